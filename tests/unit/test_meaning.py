"""What a project of dialogue, cast and beds may hold; what changes when the cast does."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from studio.errors import ProjectError
from studio.script import edits, migrations, store
from studio.script.model import Bed, FaceTrack, Film, Line, Person, Project, Spot, Turn, Word

SPOT = Spot(1000, 400, 100, 200, 300)
FULL = Project(
    Film("film.mp4", 1, "f", 60_000, 1280, 720, Fraction(25), -23.0),
    people=(Person("p1", "Ann", 1000, colour="#ff8800", picture=SPOT), Person("p2", "")),
    lines=(
        Line("l1", 1000, 2000, "Where is it?", (Word("Where", 1000, 1200),), "p1", settled=True),
        Line("l2", 3000, 4000, "Here.", person="p2"),
    ),
    turns=(Turn(900, 2100, "p1"), Turn(2900, 4100, "p2")),
    faces=(FaceTrack("f1", 500, 5000, (SPOT,), "p1", settled=True),),
    beds=(Bed("b1", 0, 9000, "night rain", "slow", "none", sound="00ff"),),
)


def _write(tmp_path: Path, *path: Any, value: object) -> Path:
    plain = json.loads(store.to_text(FULL))
    inside = plain
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    file = tmp_path / "a.adproject"
    file.write_text(json.dumps(plain), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("people", 1, "id"), "p1", r"people\[1\]: “p1” stands there twice"),
        (("people", 1, "name"), "Ann", r"people\[1\]: “Ann” stands there twice"),
        (("people", 0, "colour"), "red;}", r"people\[0\]\.colour: should be “#”"),
        (("people", 0, "picture", "left"), 900, r"people\[0\]\.picture: should lie in the picture"),
        (("lines", 1, "person"), "p9", r"lines\[1\]\.person: “p9” is not in the cast"),
        (("lines", 1, "id"), "l1", r"lines\[1\]: “l1” stands there twice"),
        (("lines", 0, "words", 0, "end"), 7, r"lines\[0\]\.words\[0\]: should not end before"),
        (("turns", 0, "person"), "", r"^$"),
        (("turns", 1, "end"), 0, r"turns\[1\]: should not end before it starts"),
        (("faces", 0, "spots", 0, "height"), 950, r"faces\[0\]\.spots\[0\]: should lie"),
        (("faces", 0, "person"), "x", r"faces\[0\]\.person: “x” is not in the cast"),
        (("beds", 0, "sound"), "../../x", r"beds\[0\]\.sound: is not a sound of the cache"),
        (("beds", 0, "gain"), 90.0, r"beds\[0\]\.gain: should be from"),
        (("beds", 0, "fade_in"), -1, r"beds\[0\]: its fades"),
        (("dialogue_language",), "../x", "is not a language code"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    tmp_path: Path, path: tuple[Any, ...], value: object, place: str
) -> None:
    file = _write(tmp_path, *path, value=value)
    if place == "^$":  # a turn may be nobody's
        store.load(file)
        return
    with pytest.raises(ProjectError, match=place):
        store.load(file)


def test_who_leaves_the_cast_leaves_lines_turns_and_faces() -> None:
    left = edits.set_people(FULL, FULL.people[1:])
    assert [(line.person, line.settled) for line in left.lines] == [("", False), ("p2", False)]
    assert [turn.person for turn in left.turns] == ["p2"]
    assert [(face.person, face.settled) for face in left.faces] == [("", False)]
    assert left.lines[1] is FULL.lines[1]


def test_a_changed_cast_keeps_all_else() -> None:
    renamed = edits.set_people(FULL, (replace(FULL.people[0], name="Anna"), FULL.people[1]))
    assert renamed.lines is FULL.lines
    assert renamed.faces is FULL.faces


def test_who_has_no_name_is_called_by_their_place() -> None:
    assert [FULL.called(one) for one in ("p1", "p2", "p9", "")] == ["Ann", "Person 2", "", ""]
    assert [one.id for one in FULL.named] == ["p1"]


def test_lines_turns_faces_and_beds_are_kept_in_order_of_time() -> None:
    project = edits.set_lines(FULL, FULL.lines[::-1], "pl")
    assert project.lines == FULL.lines
    assert project.dialogue_language == "pl"
    assert edits.set_lines(project, ()).dialogue_language == "pl"
    assert edits.set_turns(FULL, FULL.turns[::-1]) == FULL
    later = (*FULL.faces, replace(FULL.faces[0], id="f0", start=0))
    assert [one.id for one in edits.set_faces(FULL, later).faces] == ["f0", "f1"]
    beds = (replace(FULL.beds[0], id="b2", start=10_000, end=11_000), *FULL.beds)
    assert [one.id for one in edits.set_beds(FULL, beds).beds] == ["b1", "b2"]
    assert edits.set_story(FULL, "They look for it.").story == "They look for it."


def test_the_cast_of_version_4_gets_ids() -> None:
    old = {"people": [{"name": "Ann", "first_seen": 5, "look": ""}, "damage"], "cues": []}
    plain = migrations.upgrade(old, 4)
    person = {"name": "Ann", "first_seen": 5, "look": "", "id": "p1", "colour": "", "picture": None}
    assert plain["people"] == [person, "damage"]
    assert plain["lines"] == plain["turns"] == plain["faces"] == plain["beds"] == []
    assert plain["story"] == plain["dialogue_language"] == ""
