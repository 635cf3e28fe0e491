"""The cache: whole files only, and those used longest ago go first."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import BinaryIO

import pytest

from studio import cache, paths
from studio.progress import Cancelled, Progress, unwatched

_OLD = 1_000_000_000  # s since 1970


def kept(room: str, name: str, size: int, age: int) -> Path:
    """A file of `size` bytes, the older the larger `age`."""
    file = paths.cache_folder(room) / name
    file.write_bytes(b"x" * size)
    os.utime(file, (_OLD - age, _OLD - age))
    return file


def names() -> set[str]:
    return {file.name for room in cache.ROOMS for file in paths.cache_folder(room).iterdir()}


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    cache.write(file, lambda stream: stream.write(b"one"))
    assert file.read_bytes() == b"one"

    def fail(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        cache.write(file, fail)
    assert file.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [file]


def test_what_was_used_longest_ago_goes_first() -> None:
    kept("clips", "old.wav", 100, age=30)
    middle = kept("proxies", "middle.mp4", 400, age=20)
    kept("peaks", "new.npz", 100, age=10)
    assert cache.clean(600, (), unwatched()) == 0
    assert cache.clean(550, (), unwatched()) == 100
    assert names() == {"middle.mp4", "new.npz"}
    cache.used(middle)
    assert cache.clean(450, (), unwatched()) == 100
    assert names() == {"middle.mp4"}
    assert cache.clean(0, (), unwatched()) == 400
    assert names() == set()


def test_what_belongs_to_an_open_project_stays() -> None:
    kept("clips", "aa11.wav", 100, age=30)
    kept("proxies", "film9-25-1.mp4", 100, age=30)
    kept("clips", "bb22.wav", 100, age=20)
    assert cache.clean(0, {"aa11", "film9"}, unwatched()) == 100
    assert names() == {"aa11.wav", "film9-25-1.mp4"}


def test_what_is_used_while_others_are_removed_stays() -> None:
    first, second = kept("clips", "a.wav", 100, age=30), kept("clips", "b.wav", 100, age=20)

    def use(_fraction: float, _message: str) -> None:
        if first.exists():
            cache.used(second)

    assert cache.clean(0, (), Progress(use, threading.Event())) == 100
    assert names() == {"b.wav"}


def test_only_what_will_never_be_finished_is_swept() -> None:
    kept("clips", ".dead.part", 100, age=0)
    writing = paths.cache_folder("clips") / ".living.part"
    writing.write_bytes(b"half")
    log = paths.cache_folder("log") / "last-error.txt"
    log.write_text("kept")
    cache.clean(0, (), unwatched())
    assert names() == {".living.part"}
    assert log.exists()


def test_it_can_be_stopped() -> None:
    kept("clips", "a.wav", 100, age=30)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        cache.clean(0, (), Progress(lambda *_: None, stop))
    assert names() == {"a.wav"}
