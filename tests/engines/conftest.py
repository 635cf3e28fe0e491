"""Models for the engines that need one: tiny, random, made once and installed for every test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.engines.models import INSTALLED, model
from tests.engines import tiny


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models as the user's data folder holds them."""
    folder = tmp_path_factory.mktemp("models")
    tiny.make_xtts(folder / "xtts-v2")
    tiny.make_piper(folder / "piper-en-gb-alan", "en_GB-alan-medium", "en_GB")
    tiny.make_llava(folder / "smolvlm2-500m")
    tiny.make_whisper(folder / "whisper-tiny" / "random.pt")
    tiny.make_faster_whisper(folder / "faster-whisper-tiny")
    for one in folder.iterdir():
        (one / INSTALLED).write_text(json.dumps({"files": {}}), encoding="utf-8")
    return folder


@pytest.fixture
def installed_models(tiny_models: Path, own_folders: Path) -> None:
    """The tiny models, installed for this test."""
    place = model("xtts-v2").folder.parent
    place.parent.mkdir(parents=True)
    place.symlink_to(tiny_models, target_is_directory=True)
