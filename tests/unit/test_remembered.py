"""What a film is, remembered: the same as looked at, and looked at anew once it has changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from studio import paths, steps
from studio.errors import MediaError
from studio.media import remembered
from studio.media.probe import FilmInfo, fingerprint, probe
from studio.script import store
from studio.settings import DEFAULTS
from tests import make_media


@pytest.fixture
def film(tmp_path: Path) -> Path:
    made = tmp_path / "film.mp4"
    make_media.film(made, seconds=4, cuts=(2,), speech=((1, "Hello."),), size=(160, 90))
    return made


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The films that were looked at."""
    asked: list[Path] = []

    def noted(path: Path) -> FilmInfo:
        asked.append(path)
        return probe(path)

    monkeypatch.setattr(remembered, "probe", noted)
    return asked


def test_a_film_is_looked_at_once(film: Path, looked: list[Path]) -> None:
    expected = probe(film)
    assert remembered.known(film) == expected
    assert remembered.known(film) == expected
    assert remembered.known(film, fingerprint(film)) == expected
    assert looked == [film]


def test_a_film_that_was_moved_is_known_where_it_is(film: Path, looked: list[Path]) -> None:
    remembered.known(film)
    moved = film.rename(film.with_name("other.mp4"))
    assert remembered.known(moved) == probe(moved)
    assert looked == [film]


def test_a_film_that_was_changed_is_looked_at_anew(film: Path, looked: list[Path]) -> None:
    remembered.known(film)
    os.utime(film, ns=(0, film.stat().st_mtime_ns + 1))
    remembered.known(film)
    assert looked == [film, film]


@pytest.mark.parametrize(
    "damage", ["", "{}", "7", '{"picture": 3}', '{"path": "", "size": [1,', "[" * 100_000]
)
def test_damaged_memory_is_made_again(film: Path, looked: list[Path], damage: str) -> None:
    expected = remembered.known(film)
    (kept,) = paths.cache_folder("analysis").glob("*.film")
    whole = kept.read_text()
    kept.write_text(damage)
    assert remembered.known(film) == expected
    assert looked == [film, film]
    assert kept.read_text() == whole


def test_what_is_no_film_is_told_of_each_time(tmp_path: Path) -> None:
    file = tmp_path / "film.mp4"
    file.write_text("no film")
    for _ in range(2):
        with pytest.raises(MediaError, match="not a film"):
            remembered.known(file)
    with pytest.raises(MediaError):
        remembered.known(tmp_path / "gone.mp4")


def test_a_project_that_opens_again_does_not_look_at_its_film(
    film: Path, looked: list[Path], tmp_path: Path
) -> None:
    project, info = steps.begin(film, DEFAULTS, ["en"])
    path = tmp_path / f"film{store.SUFFIX}"
    steps.save_project(project, path)
    found = [steps.open_project(path)[1] for _ in range(3)]
    assert found == [info] * 3
    assert len(looked) == 1
