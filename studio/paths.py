"""Where things lie: what comes with the program, and what belongs to the user.

Bundled data lie beside the package in a checkout and inside it in an installed wheel.
Settings, cache and autosave lie where the platform keeps them (platformdirs).
"""

from __future__ import annotations

import functools
from pathlib import Path

import platformdirs

APP_NAME = "audio-description-studio"

_PACKAGE = Path(__file__).resolve().parent
_IN_WHEEL = _PACKAGE / "_bundled"
_IN_CHECKOUT = _PACKAGE.parent


@functools.cache
def _bundle_root() -> Path:
    return _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_CHECKOUT


def resource(name: str) -> Path:
    """A file or folder below resources/, e.g. "phrases/en.toml"."""
    return _bundle_root() / "resources" / name


def voice_sample(name: str) -> Path:
    """A file of voice_samples/, e.g. "en-flite-rms.wav"."""
    return _bundle_root() / "voice_samples" / name


def settings_file() -> Path:
    """The user's settings; need not exist."""
    return Path(platformdirs.user_config_dir(APP_NAME, appauthor=False)) / "settings.toml"


def engines_file() -> Path:
    """Where the user has written down servers of engines; need not exist."""
    return settings_file().with_name("engines.toml")


def consent_file() -> Path:
    """To which machines the user has allowed to send something; need not exist."""
    return settings_file().with_name("allowed.json")


def cache_folder(kind: str) -> Path:
    """A folder for re-creatable files of one kind ("analysis", "clips" ...); made if missing."""
    folder = Path(platformdirs.user_cache_dir(APP_NAME, appauthor=False)) / kind
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def state_folder(kind: str) -> Path:
    """A folder for what a crash must not lose, of one kind ("open" ...); made if missing."""
    folder = Path(platformdirs.user_state_dir(APP_NAME, appauthor=False)) / kind
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def window_file() -> Path:
    """How the user has set up the window; need not exist."""
    return settings_file().with_name("window.ini")


def data_folder() -> Path:
    """Where models and voices the user has installed lie; need not exist."""
    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))
