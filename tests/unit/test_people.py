"""Edits on the cast: corrections go as far as is safe, and nothing settled is overwritten."""

from __future__ import annotations

from fractions import Fraction

import pytest

from studio.errors import UsageError
from studio.script import people
from studio.script.model import FaceTrack, Film, Line, Person, Project, Spot, Turn
from studio.times import Span

FILM = Film("film.mp4", 1, "0" * 64, 60_000, 640, 360, Fraction(25), None)


def line(number: int, person: str = "", settled: bool = False) -> Line:
    """Line `number` lies from its second on, 800 ms long."""
    start = number * 1000
    return Line(f"l{number}", start, start + 800, f"Line {number}.", (), person, settled=settled)


def turn(start: int, end: int, person: str) -> Turn:
    return Turn(start * 1000, end * 1000, person)


def project(**parts: object) -> Project:
    return Project(film=FILM, **parts)  # type: ignore[arg-type]


TALK = project(
    people=(Person("p1", "Anna"), Person("p2", ""), Person("p3", "")),
    lines=(line(0, "p1"), line(2, "p2"), line(4, "p3"), line(6, "p2"), line(8, "p3")),
    turns=(
        turn(0, 2, "p1"),
        turn(2, 4, "p2"),
        turn(4, 6, "p3"),
        turn(6, 8, "p2"),
        turn(8, 9, "p3"),
    ),
    faces=(FaceTrack("f1", 2000, 3000, (Spot(2000, 1, 1, 9, 9),), "p2"),),
)


def speakers(changed: Project) -> dict[str, str]:
    return {one.id: one.person for one in changed.lines}


# --- one person -----------------------------------------------------------------------------------


def test_a_name_is_taken_only_once_whatever_its_capitals() -> None:
    with pytest.raises(UsageError, match="merge them"):
        people.rename(TALK, "p2", " anna ")
    assert people.rename(TALK, "p1", "ANNA").called("p1") == "ANNA"
    assert people.rename(people.rename(TALK, "p2", ""), "p3", "").called("p3") == "Person 3"


def test_changes_of_one_person_leave_the_others_alone() -> None:
    changed = people.set_colour(TALK, "p2", "#AABBCC")
    changed = people.set_look(changed, "p2", "tall, grey")
    changed = people.set_first_seen(changed, "p2", 1234)
    assert changed.people[1] == Person("p2", "", 1234, "tall, grey", "#aabbcc")
    assert changed.people[0] is TALK.people[0]
    assert changed.lines is TALK.lines


def test_everybody_has_a_colour_of_their_own() -> None:
    cast = tuple(Person(f"p{number}", "") for number in range(len(people.COLOURS)))
    assert len({people.colour_of(cast, one.id) for one in cast}) == len(cast)
    assert people.colour_of((Person("a", "", colour="#123456"),), "a") == "#123456"


def test_who_is_removed_leaves_lines_that_are_nobodys() -> None:
    changed = people.remove(TALK, "p2")
    assert speakers(changed)["l2"] == ""
    assert changed.faces[0].person == ""
    assert {one.person for one in changed.turns} == {"p1", "p3"}
    with pytest.raises(UsageError, match="not in the cast"):
        people.remove(TALK, "p9")


def test_merged_people_are_one_with_all_that_was_known_of_them() -> None:
    start = people.set_look(people.set_first_seen(TALK, "p3", 400), "p2", "tall")
    changed = people.merge(start, "p2", ["p3", "p2"])
    assert [one.id for one in changed.people] == ["p1", "p2"]
    assert changed.people[1] == Person("p2", "", 400, "tall")
    assert set(speakers(changed).values()) == {"p1", "p2"}
    assert all(one.settled for one in changed.lines if one.person == "p2")
    assert not any(one.settled for one in changed.lines if one.person == "p1")
    assert {one.person for one in changed.turns} == {"p1", "p2"}


# --- one correction -------------------------------------------------------------------------------


def test_a_line_takes_with_it_a_voice_nobody_has_named() -> None:
    changed = people.give_lines(TALK, ["l2"], "p1")
    assert speakers(changed) == {"l0": "p1", "l2": "p1", "l4": "p3", "l6": "p1", "l8": "p3"}
    assert changed.line("l2").settled  # type: ignore[union-attr]
    assert not changed.line("l6").settled  # type: ignore[union-attr]
    assert [one.id for one in changed.people] == ["p1", "p3"]
    assert changed.faces[0].person == "p1"


@pytest.mark.parametrize("how", ["named", "settled"])
def test_of_a_voice_that_is_known_only_the_line_goes(how: str) -> None:
    known = (
        people.rename(TALK, "p2", "Ben")
        if how == "named"
        else people.give_lines(TALK, ["l6"], "p2")
    )
    changed = people.give_lines(known, ["l2"], "p3")
    assert speakers(changed)["l2"] == "p3"
    assert speakers(changed)["l6"] == "p2"
    assert Turn(2000, 2800, "p3") in changed.turns
    assert Turn(2800, 4000, "p2") in changed.turns


def test_lines_given_to_somebody_new_are_all_that_goes() -> None:
    changed, new = people.give_to_new(TALK, ["l6"], "Cleo")
    assert new == "p4"
    assert changed.called(new) == "Cleo"
    assert speakers(changed) == {"l0": "p1", "l2": "p2", "l4": "p3", "l6": "p4", "l8": "p3"}


def test_a_line_of_nobody_is_settled_by_nobody() -> None:
    changed = people.give_lines(people.give_lines(TALK, ["l0"], "p1"), ["l0"], "")
    assert (changed.lines[0].person, changed.lines[0].settled) == ("", False)


def test_a_face_takes_with_it_the_faces_of_one_nobody_has_named() -> None:
    seen = FaceTrack("f2", 5000, 5500, (Spot(5000, 1, 1, 9, 9),), "p2")
    start = project(people=TALK.people, faces=(*TALK.faces, seen))
    changed = people.give_faces(start, ["f1"], "p1")
    assert [(one.person, one.settled) for one in changed.faces] == [("p1", True), ("p1", False)]
    assert [one.id for one in changed.people] == ["p1", "p3"]


# --- found by engines -----------------------------------------------------------------------------


def heard(*turns: tuple[int, int, int]) -> list[tuple[Span, int]]:
    return [(Span(start * 1000, end * 1000), voice) for start, end, voice in turns]


AGAIN = heard((0, 2, 0), (2, 4, 1), (4, 6, 2), (6, 8, 1), (8, 9, 2))


def test_the_first_run_makes_a_person_of_each_voice() -> None:
    found = people.adopt_turns(project(), AGAIN)
    assert [one.id for one in found.people] == ["p1", "p2", "p3"]
    assert [one.person for one in found.turns] == ["p1", "p2", "p3", "p2", "p3"]


def test_a_second_run_finds_the_same_people() -> None:
    other_numbers = [(span, 2 - voice) for span, voice in AGAIN]
    assert people.adopt_turns(TALK, other_numbers) == TALK


def test_what_was_corrected_survives_a_second_run() -> None:
    merged = people.rename(people.merge(TALK, "p1", ["p3"]), "p2", "Ben")
    again = people.adopt_turns(merged, AGAIN)
    assert [one.name for one in again.people] == ["Anna", "Ben"]
    assert [one.person for one in again.turns] == ["p1", "p2", "p1", "p2", "p1"]
    split, new = people.give_to_new(TALK, ["l6"])
    again = people.adopt_turns(split, AGAIN)
    assert Turn(6000, 6800, new) in again.turns
    assert Turn(2000, 4000, "p2") in again.turns


def test_an_engine_never_says_otherwise_than_a_person() -> None:
    settled = people.give_lines(TALK, ["l0"], "p1")
    again = people.adopt_speakers(settled, ["p3", "p3", "p3", "p3", "p3"])
    assert speakers(again) == {"l0": "p1", "l2": "p3", "l4": "p3", "l6": "p3", "l8": "p3"}


def test_who_is_heard_no_more_goes_unless_a_person_knows_of_them() -> None:
    found = people.adopt_turns(project(people=TALK.people, turns=TALK.turns), heard((30, 40, 0)))
    assert [(one.id, one.name) for one in found.people] == [("p1", "Anna"), ("p4", "")]
    assert people.adopt_turns(project(people=TALK.people, turns=TALK.turns), []).people == (
        Person("p1", "Anna"),
    )


def test_imported_names_go_to_the_voices_that_say_their_lines() -> None:
    imported = project(
        people=(Person("p1", "Anna"), Person("p2", "Ben")),
        lines=(line(0, "p1", settled=True), line(2, "p2", settled=True), line(6)),
    )
    found = people.adopt_turns(imported, heard((0, 2, 0), (2, 4, 1), (6, 8, 1)))
    assert [one.person for one in found.turns][-1] == "p2"
    assert len(found.people) == 2
