"""Drafts for the cues of a project, from the film's pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio import cli, engines
from studio.drafting.describe import draft
from studio.drafting.shots import sample_times, shown
from studio.engines import Moment, Proposal
from studio.errors import EngineError
from studio.media.probe import FilmInfo, probe
from studio.progress import unwatched
from studio.script import store
from studio.script.model import Cue, Film, Project, Version
from studio.script.room import word_limit
from studio.times import Span
from tests.make_media import film

FILM = Film("film.mp4", 1, "f", 12_000, 320, 180, Fraction(25), None)
SCENES = (Span(0, 5000), Span(5000, 12_000))


class Recorder:
    """A describer that notes what it is shown and counts."""

    def __init__(self, silent_at: int = -1) -> None:
        self.moments: list[Moment] = []
        self.silent_at = silent_at

    def describe(self, moments: Iterable[Moment], check) -> Iterator[tuple[Proposal, ...]]:
        for number, moment in enumerate(moments):
            self.moments.append(moment)
            yield () if number == self.silent_at else (Proposal(f"Text {number}.", ("seen",)),)


@pytest.fixture(scope="module")
def info(tmp_path_factory: pytest.TempPathFactory) -> FilmInfo:
    path: Path = tmp_path_factory.mktemp("film") / "film.mp4"
    film(path, seconds=12, cuts=(5,), sound=False)
    return probe(path)


def project(*cues: Cue) -> Project:
    return Project(FILM, scenes=SCENES, cues=cues)


def drafted(info: FilmInfo, made: Project, recorder: Recorder, monkeypatch) -> list:
    monkeypatch.setattr(engines, "open", lambda kind, name: recorder)
    return [(one.cue, one.drafts) for one in draft(info, made, "en", "evidence", unwatched())]


def test_each_cue_is_shown_its_own_pictures(info: FilmInfo, monkeypatch) -> None:
    recorder = Recorder()
    made = project(Cue("b", 6000, 9600), Cue("a", 1000, 4000))
    answers = drafted(info, made, recorder, monkeypatch)
    assert [cue for cue, _ in answers] == ["a", "b"]
    assert [(d.text, d.engine, d.evidence) for _, (d,) in answers] == [
        ("Text 0.", "evidence", ("seen",)),
        ("Text 1.", "evidence", ("seen",)),
    ]
    first, second = recorder.moments
    assert first.span == Span(1000, 4000)
    assert [picture.time for picture in first.pictures] == [1480, 2480, 3480]
    assert all(5000 < picture.time < 9600 for picture in second.pictures)
    assert first.pictures[0].pixels.shape == (180, 320, 3)
    assert (first.before, second.before) == ((), ("Text 0.",))
    assert first.word_limit == 8  # 3 s at 160 words a minute


def test_accepted_texts_are_kept_and_told(info: FilmInfo, monkeypatch) -> None:
    recorder = Recorder(silent_at=0)
    written = Cue("a", 1000, 3000, (Version("en", "A boat."),), accepted=True)
    made = project(written, Cue("b", 4000, 6000), Cue("c", 8000, 10_000))
    answers = drafted(info, made, recorder, monkeypatch)
    assert [(cue, len(drafts)) for cue, drafts in answers] == [("b", 0), ("c", 1)]
    assert [moment.before for moment in recorder.moments] == [("A boat.",), ("A boat.",)]


def test_nothing_open_loads_nothing(info: FilmInfo, monkeypatch) -> None:
    def refuse(kind: str, name: str) -> None:
        pytest.fail("no engine is needed")

    monkeypatch.setattr(engines, "open", refuse)
    assert list(draft(info, project(), "en", "evidence", unwatched())) == []


def test_an_unknown_language_says_what_to_do(info: FilmInfo) -> None:
    with pytest.raises(EngineError, match="does not write in “fi”") as caught:
        list(draft(info, project(Cue("a", 0, 1)), "fi", "evidence", unwatched()))
    assert "--language fi" in caught.value.advice


def test_a_cue_without_room_is_shown_its_scene() -> None:
    waiting = Cue("a", 6000, 6000, mode="extended")
    made = project(waiting)
    assert shown(made, waiting) == Span(5000, 10_000)
    assert word_limit(made, waiting) == 53  # the longest wait, 20 s
    assert word_limit(made, replace(waiting, freeze=3000)) == 8
    assert word_limit(made, Cue("b", 2000, 5000, mode="auto")) == 8


def test_pictures_are_spread_over_the_stretch() -> None:
    for length in (1, 500, 3000, 7000, 60_000):
        times = sample_times(Span(1000, 1000 + length))
        assert 3 <= len(times) <= 6
        assert all(1000 <= time < 1000 + length for time in times)
        steps = np.diff(times)
        assert steps.max() - steps.min() <= 1


def test_real_films_are_described(shared_media: Path) -> None:
    info = probe(shared_media / "film" / "keyboard_compatibility.mp4")
    title = Cue("a", 2480, 2480, mode="extended")
    made = Project(replace(FILM, duration=16_500), scenes=(Span(0, 6709),), cues=(title,))
    (drafted,) = draft(info, made, "en", "evidence", unwatched())
    (proposal,) = drafted.drafts
    assert "Keyboard Compatibility" in proposal.text
    assert any(line.startswith("text 1.00 at 0:") for line in proposal.evidence)


@pytest.mark.parametrize(
    ("name", "texts", "within"),
    [
        ("keyboard_compatibility", ("Keyboard Compatibility",), Span(0, 6710)),
        ("sintel_16s", ("THE BLENDER FOUNDATION", "presents"), Span(8900, 12_000)),
    ],
)
def test_titles_of_real_films_are_read_into_drafts(
    name: str, texts: tuple[str, ...], within: Span, shared_media: Path, tmp_path: Path
) -> None:
    """From `studio new` on; the second is a small card between two black stretches."""
    file = tmp_path / "film.adproject"
    source = shared_media / "film" / f"{name}.mp4"
    assert cli.run(["new", str(source), "-o", str(file), "--quiet"]) == 0
    assert cli.run(["draft", str(file), "--describer", "evidence", "--quiet"]) == 0
    cues = [cue for cue in store.load(file).cues if Span(cue.start, cue.end + 1).overlap(within)]
    drafts = [one.text for cue in cues for one in cue.drafts]
    assert any(all(text in draft for text in texts) for draft in drafts), drafts
