"""What every test gets: folders of its own, no left-over threads; the real media, if present."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings

from studio import engines

# Machines that test may be slow and busy: a slow example is no failure.
settings.register_profile("studio", settings(deadline=None))
settings.load_profile("studio")

# Tests run side by side: more threads a process would mostly wait for each other, in busy loops.
# Read when numpy and torch are first imported, and handed on to the programs that tests start.
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_MEDIA = REPOSITORY.parent / "shared" / "media"


@pytest.fixture
def shared_media() -> Path:
    """The folder of real films and sounds; skips the test where it is absent."""
    if not SHARED_MEDIA.is_dir():
        pytest.skip("real media (../shared/media beside the checkout) are not here")
    return SHARED_MEDIA


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of folders that are not there yet. (`mktemp` would read through all of them each time
    for the next number, which takes longer than many a test.)"""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def own_folders(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, so that no cache or settings of the machine are read or touched."""
    home = next(homes)
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    return home


@pytest.fixture
def unpaid(monkeypatch: pytest.MonkeyPatch) -> str:
    """What is told of the usual English speaker, whose licence is made to forbid paid work."""
    flite = replace(engines.row("speaker", "flite"), paid_work=False, licence="CC-BY-NC-4.0")
    others = (one for one in engines.TABLE if (one.kind, one.name) != ("speaker", "flite"))
    monkeypatch.setattr(engines, "TABLE", (flite, *others))
    return "“flite” must not be used for paid work: its licence is CC-BY-NC-4.0."


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    """Fails a test that leaves a thread running."""
    before = set(threading.enumerate())
    yield
    left = []
    for thread in set(threading.enumerate()) - before:
        if not thread.daemon:
            thread.join(10)  # a pool that is let go ends its threads soon
            left += [thread.name] * thread.is_alive()
    if left:
        pytest.fail(f"threads left running: {', '.join(sorted(left))}")
