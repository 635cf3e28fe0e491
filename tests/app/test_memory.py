"""Memory freed by a thread goes back to the system; what stays is not searched for garbage."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.app import memory

_TRIAL = """
import sys, threading
from pathlib import Path
from studio.app import memory

def used():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) >> 10

if sys.argv[1] == "with":
    memory.give_back()
before = used()
kept = []
def work():
    del bytearray(24 << 20)[:]  # the first large block, freed, raises glibc's limit
    blocks = [bytearray(b"x") * (8 << 20) for _ in range(20)]
    kept.append(bytearray(b"x") * 1000)  # something small lies behind them
    del blocks
threads = [threading.Thread(target=work) for _ in range(2)]
for one in threads:
    one.start()
for one in threads:
    one.join()
print(used() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc only")
def test_what_a_thread_has_freed_is_given_back() -> None:
    kept = {
        how: int(
            subprocess.run(
                [sys.executable, "-c", _TRIAL, how], capture_output=True, check=True, text=True
            ).stdout
        )
        for how in ("with", "without")
    }
    assert kept["with"] < 40, kept


class _Ring:
    """Refers to itself, so that only the search for garbage finds it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def only_new() -> Iterator[None]:
    """Full searches leave out what was there, during a test."""
    before, threshold = list(gc.callbacks), gc.get_threshold()
    memory.search_only_what_is_new()
    yield
    gc.callbacks[:] = before
    gc.set_threshold(*threshold)
    gc.unfreeze()


@pytest.mark.usefixtures("only_new")
def test_a_full_search_leaves_out_what_was_there_before() -> None:
    old = _Ring()
    gc.collect(1)
    assert any(one is old for one in gc.get_objects())
    gc.collect()
    assert not any(one is old for one in gc.get_objects())  # no search looks at it any more
    new = weakref.ref(_Ring())
    gc.collect()
    assert new() is None  # what comes and goes later is found


@pytest.mark.usefixtures("only_new")
def test_all_is_searched_when_a_project_is_closed() -> None:
    ring = _Ring()
    gone = weakref.ref(ring)
    gc.collect()
    del ring
    gc.collect()
    assert gone() is not None
    memory.search_all()
    assert gone() is None


def test_without_leaving_out_nothing_is_searched_on_closing() -> None:
    gc.collect()
    ring = _Ring()
    gone = weakref.ref(ring)
    del ring
    memory.search_all()
    assert gone() is not None
    gc.collect()


_EMPTY = """
import sys
from tests.app.window_rig import window

with window():
    print(*sorted({one.partition(".")[0] for one in sys.modules}))
"""


def test_an_empty_window_loads_nothing_that_works_on_films(tmp_path: Path) -> None:
    """Each of these costs tens of MB for as long as the window is open."""
    done = subprocess.run(
        [sys.executable, "-c", _EMPTY],
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)},
        capture_output=True,
        check=True,
        text=True,
    )
    heavy = {"cv2", "onnxruntime", "pydub", "scenedetect", "scipy", "torch", "transformers"}
    assert not heavy & set(done.stdout.split())
