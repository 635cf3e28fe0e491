"""What every test gets: folders of its own, no left-over threads; the real media, if present."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Machines that test may be slow and busy: a slow example is no failure.
settings.register_profile("studio", settings(deadline=None))
settings.load_profile("studio")

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_MEDIA = REPOSITORY.parent / "shared" / "media"


@pytest.fixture
def shared_media() -> Path:
    """The folder of real films and sounds; skips the test where it is absent."""
    if not SHARED_MEDIA.is_dir():
        pytest.skip("real media (../shared/media beside the checkout) are not here")
    return SHARED_MEDIA


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, so that no cache or settings of the machine are read or touched."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    return home


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    """Fails a test that leaves a thread running."""
    before = set(threading.enumerate())
    yield
    left = [thread.name for thread in set(threading.enumerate()) - before if not thread.daemon]
    if left:
        pytest.fail(f"threads left running: {', '.join(sorted(left))}")
