"""`cast` where faces are seen: voices get their faces, and names survive a second look."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio import hearing, steps
from studio.progress import unwatched
from studio.script import edits, people
from studio.script.model import Line, Project
from studio.settings import DEFAULTS
from tests.make_faces import HEADS, Heads, Said, talking

TURNS = (
    Said(0.6, "I never said that you could take the car.", 0),
    Said(4.0, "There are three reasons why this will not work.", 1),
    Said(8.0, "Nobody believed him until the very last page.", 0),
    Said(12.0, "They walked for hours across the fields.", 1),
)


@pytest.fixture(scope="module")
def heads(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Heads]:
    """Two heads that are both in the picture and take turns."""
    film = tmp_path_factory.mktemp("heads") / "heads.mkv"
    return film, talking(film, heads=(HEADS[0], HEADS[1]), turns=TURNS)


def test_voices_get_their_faces_and_names_stay(heads: tuple[Path, Heads]) -> None:
    film, truth = heads
    project, info = steps.begin(film, DEFAULTS, ("en",))
    project = steps.analyse(project, info, unwatched())
    lines = [
        Line(f"l{number}", span.start, span.end, said.text)
        for number, (span, said) in enumerate(zip(truth.turns, TURNS, strict=True))
    ]
    project = edits.set_lines(project, lines)
    found, notes = hearing.cast(project, info, hearing.DISTINGUISHER, True, unwatched())
    assert notes
    assert [part.lines for part in hearing.parts(found)] == [2, 2]
    assert all(part.faces >= 1 for part in hearing.parts(found))
    assert all(one.first_seen is not None and one.picture is not None for one in found.people)
    assert [one.person for one in found.lines] == [found.lines[0].person, found.lines[1].person] * 2
    left = min(found.people, key=lambda one: one.picture.left if one.picture else 0)
    first = min(range(2), key=lambda head: float(truth.boxes[head, 0, 0]))
    assert _says(found, left.id) == [n for n, said in enumerate(TURNS) if said.head == first]

    named = people.rename(found, left.id, "Anna")
    again, _ = hearing.cast(named, info, hearing.DISTINGUISHER, True, unwatched())
    assert again == named


def _says(project: Project, person: str) -> list[int]:
    return [number for number, line in enumerate(project.lines) if line.person == person]
