"""Deliveries get their names whole, one export at a time, and dead ones leave nothing behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from studio.errors import ExportError
from studio.mix.files import alone_with, beside, only_export, put_in_place, sweep

_DIES = """
import os, sys
from pathlib import Path
from studio.mix.files import beside, only_export
folder = Path(sys.argv[1])
with only_export([folder / "film.mp4"]), beside(folder / "film.mp4") as part, beside(folder) as _:
    part.write_bytes(b"half")
    with beside(folder / "clips") as other:
        other.mkdir()
        (other / "001.wav").write_bytes(b"half")
        os._exit(9)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def die_in(folder: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", _DIES, folder], check=False)
    assert ended.returncode == 9


def test_what_a_dead_run_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    others = [".studio-notes.lock", ".studio-0123456789ab.part", ".film.adproject.x.part", "a.mp4"]
    for name in others:
        (folder / name).write_bytes(b"somebody's")
    die_in(folder)
    left = [name for name in names(folder) if name not in others]
    assert len([name for name in left if name.endswith(".part")]) == 2
    sweep(folder)
    assert names(folder) == sorted(others)


def test_what_a_living_run_writes_is_left_alone(tmp_path: Path) -> None:
    with beside(tmp_path / "film.mp4") as part, only_export([tmp_path / "film.mp4"]):
        part.write_bytes(b"half")
        before = names(tmp_path)
        assert len(before) == 3
        sweep(tmp_path)
        assert names(tmp_path) == before
        assert part.read_bytes() == b"half"
    assert names(tmp_path) == []


def test_a_second_export_to_the_same_name_is_refused(tmp_path: Path) -> None:
    first, other = tmp_path / "film.mp4", tmp_path / "other.mp4"
    with only_export([first, other]):
        with (
            pytest.raises(ExportError, match="Another export is making") as refused,
            only_export([other]),
        ):
            raise AssertionError("two at once")
        assert "nothing was changed" in refused.value.meaning
        with only_export([tmp_path / "third.mp4"]):
            pass
    with only_export([first]):
        pass
    assert names(tmp_path) == []


def test_the_name_of_a_dead_export_is_free(tmp_path: Path) -> None:
    die_in(tmp_path)
    with only_export([tmp_path / "film.mp4"]):
        sweep(tmp_path)
        assert [name for name in names(tmp_path) if name.endswith(".part")] == []
    assert names(tmp_path) == []


_ADDS = """
import sys
from pathlib import Path
from studio.mix.files import alone_with
path = Path(sys.argv[1])
for _ in range(100):
    with alone_with(path):
        path.write_text(str(int(path.read_text()) + 1))
"""


def test_a_shared_list_is_changed_by_one_at_a_time(tmp_path: Path) -> None:
    shared = tmp_path / "manifest.json"
    shared.write_text("0")
    running = [subprocess.Popen([sys.executable, "-c", _ADDS, shared]) for _ in range(3)]
    assert [one.wait() for one in running] == [0, 0, 0]
    assert shared.read_text() == "300"
    assert names(tmp_path) == ["manifest.json"]


def test_an_earlier_folder_is_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "old.wav").write_bytes(b"old")
    with beside(folder) as part:
        part.mkdir()
        (part / "new.wav").write_bytes(b"new")
        put_in_place(part, folder)
    assert names(folder) == ["new.wav"]
    assert names(tmp_path) == ["clips"]


def test_alone_with_can_be_had_again(tmp_path: Path) -> None:
    for _ in range(3):
        with alone_with(tmp_path / "manifest.json"):
            assert len(names(tmp_path)) == 1
    assert names(tmp_path) == []
