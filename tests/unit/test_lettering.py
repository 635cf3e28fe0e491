"""The script that libass draws: directions, places, and texts that stay texts."""

from __future__ import annotations

import re
from fractions import Fraction

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.mix.lettering import Look, Wishes, fitting, is_right_to_left, script
from studio.script.faces import spot_at
from studio.script.formats.ass import escaped, unescaped
from studio.script.formats.text import clean
from studio.script.model import FaceTrack, Film, Person, Project, Spot
from studio.script.subtitles import Subtitle
from studio.times import Span
from tests.unit.strategies import nasty_texts

FILM = Film("film.mp4", 1, "f", 400_000, 1920, 1080, Fraction(25), None)
FULL_HD = Look(1920, 1080)
L, R = "\u200e", "\u200f"


def event(one: Subtitle, wishes: Wishes = Wishes(), people: tuple[Person, ...] = ()) -> str:  # noqa: B008
    """The text of the one event."""
    made = script(Project(FILM, people=people), [one], FULL_HD, wishes)
    (line,) = [line for line in made.split("\n") if line.startswith("Dialogue:")]
    return line.split(",", 9)[9]


def rows(*told: str, person: str = "") -> Subtitle:
    return Subtitle("l1", "l1", Span(1000, 4000), told, person=person)


@pytest.mark.parametrize(
    ("row", "marked"),
    [
        ("Hello (again).", f"{L}Hello {L}(again){L}."),
        ("שלום (abc) 12", f"{R}שלום {R}(abc){R} 12"),
        ("ארגון World Health (WHO) guide", f"{R}ארגון World Health (WHO) guide"),
        ("WHO (ארגון) said", f"{L}WHO {L}(ארגון){L} said"),
        ("שלום (…) לך", f"{R}שלום (…) לך"),
        ("((a", f"{L}((a"),
        (")(", f"{L})("),
    ],
)
def test_brackets_stay_on_their_sides(row: str, marked: str) -> None:
    text = re.sub(r"\{[^}]*\}", "", event(rows(row)))
    assert text == marked


def test_all_rows_are_read_as_the_whole_text_is() -> None:
    text = event(rows("אמרתי לו:", "Shalom לכולם"))
    assert text.count(R) == 2
    assert is_right_to_left("12 (שלום) abc")
    assert not is_right_to_left("12 abc שלום")
    assert not is_right_to_left("12 …")


def test_a_name_does_not_turn_a_row_around() -> None:
    text = event(rows("שלום", person="a"), people=(Person("a", "Ann"),))
    assert f"{R}\u2068Ann\u2069: שלום" in text
    assert "Ann" not in event(
        rows("שלום", person="a"), Wishes(names=False), people=(Person("a", "Ann"),)
    )


@given(st.lists(nasty_texts.map(clean).filter(str.strip), min_size=1, max_size=2))
def test_an_event_stays_one_and_says_what_it_should(told: list[str]) -> None:
    one = rows(*(" ".join(row.split()) for row in told))
    made = script(Project(FILM), [one], FULL_HD, Wishes())
    (read,) = pysubs2.SSAFile.from_string(made, format_="ass").events
    assert (read.start, read.end) == (1000, 4000)
    shown = unescaped(read.text)
    for mark in (L, R):
        shown = shown.replace(mark, "")
    said = "\n".join(one.rows)
    for mark in (L, R):
        said = said.replace(mark, "")
    assert shown == said


@given(nasty_texts.map(clean))
def test_escaped_texts_come_back(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert not re.search(r"(?<!\\)[{}]|\\[nh]|\n", escaped(text))


@pytest.mark.parametrize(
    ("size", "height", "narrow"),
    [
        ((1920, 1080), 57, False),
        ((640, 480), 23, False),
        ((1080, 1920), 58, True),
        ((1, 1), 1, True),
    ],
)
def test_how_large_letters_are(size: tuple[int, int], height: int, narrow: bool) -> None:
    look = Look(*size)
    assert look.size == pytest.approx(height, abs=1)
    assert look.narrow is narrow or size == (1, 1)
    assert look.rows >= 1


def test_there_is_room_again_when_others_have_gone() -> None:
    crowd = [Subtitle(f"l{at}", "", Span(0, 1000), ("a", "b"), ("c", "d")) for at in range(5)]
    later = Subtitle("later", "", Span(1000, 2000), ("a",))
    kept, crowded = fitting([*crowd, later], FULL_HD)
    assert [one.id for one in kept] == ["l0", "l1", "l2", "later"]
    assert [one.id for one in crowded] == ["l3", "l4"]


def test_a_face_lies_on_the_line_between_its_spots() -> None:
    track = FaceTrack("f", 0, 3000, (Spot(1000, 0, 0, 100, 100), Spot(2000, 200, 100, 50, 300)))
    assert spot_at(track, 0) == Spot(0, 0, 0, 100, 100)
    assert spot_at(track, 1500) == Spot(1500, 100, 50, 75, 200)
    assert spot_at(track, 2500) == Spot(2500, 200, 100, 50, 300)


def test_three_hours_are_drawn_in_a_moment() -> None:
    """Every line is gone through once: a marker looks only at its own face's stretch."""
    people = (Person("a", "Ann"), Person("b", "Bob"))
    shown = [
        Subtitle(
            f"l{at}", "", Span(3000 * at, 3000 * at + 2500), ("A row.",), ("Two.",), "ab"[at % 2]
        )
        for at in range(3600)
    ]
    faces = tuple(
        FaceTrack(
            f"f{at}", 6000 * at, 6000 * at + 5000, (Spot(6000 * at, 1, 1, 9, 9),), "ab"[at % 2]
        )
        for at in range(1800)
    )
    project = Project(FILM, people=people, faces=faces)
    kept, crowded = fitting(shown, FULL_HD)
    made = script(project, kept, FULL_HD, Wishes(reveal=True, markers=True))
    assert crowded == []
    assert made.count("\nDialogue: 1,") == 3600
    assert 1800 <= made.count("\\p1") <= 3600
