"""Pronunciations: which words they change, and which clips they make out of date."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.script import edits
from studio.script.model import Clip, Cue, Film, Project, Pronunciation, Take, Version
from studio.script.saying import rows_for, said, spoken

FILM = Film("film.mp4", 1, "f", 60_000, 1280, 720, Fraction(25), None)
CLIP = Clip("abc", 1200, "flite", "rms", 1.0)


def row(written: str, as_said: str, language: str = "en") -> Pronunciation:
    return Pronunciation(language, written, as_said)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Siobhan climbs.", "Shivawn climbs."),
        ("Is it Siobhan’s lamp?", "Is it Shivawn’s lamp?"),
        ("siobhan", "siobhan"),  # a row with a capital is exact
        ("Lead the way; LEAD, lead.", "leed the way; leed, leed."),
        ("A leader misleads.", "A leader misleads."),  # whole words only
        ("New  York is not York.", "Noo Yawk is not Yoark."),  # the longer row first
        ("Cæsar's é", "Cæsar's é"),
        ("C++ and C", "see plus plus and C"),
        ("", ""),
    ],
)
def test_whole_words_are_said_as_their_row_says(text: str, expected: str) -> None:
    rows = [
        row("Siobhan", "Shivawn"),
        row("lead", "leed"),
        row("York", "Yoark"),
        row("New York", "Noo Yawk"),
        row("sar", "tsar"),
        row("C++", "see plus plus"),
        row("  ", "nothing"),
    ]
    assert spoken(text, rows) == expected


def test_what_was_put_in_is_not_looked_at_again() -> None:
    assert spoken("one two", [row("one", "two"), row("two", "one")]) == "two one"


def test_an_exact_row_wins_over_one_for_any_case() -> None:
    rows = [row("us", "uss"), row("US", "U S")]
    assert spoken("The US gave us", rows) == "The U S gave uss"


@given(st.text(max_size=60))
def test_no_rows_and_rows_said_as_written_change_nothing(text: str) -> None:
    assert spoken(text, []) == text
    assert spoken(text, [row("Ada", "Ada")]) == text


@given(st.text(max_size=40), st.text(max_size=12), st.text(max_size=12))
def test_any_text_and_row_can_be_said(text: str, written: str, as_said: str) -> None:
    assert isinstance(spoken(text, [row(written, as_said)]), str)


def test_rows_belong_to_a_language_and_its_varieties() -> None:
    rows = (row("lamp", "lump"), row("lamp", "lomp", "de"))
    project = replace(Project(FILM), pronunciations=rows)
    assert said(project, "en", "lamp") == said(project, "en-gb", "lamp") == "lump"
    assert said(project, "de", "lamp") == "lomp"
    assert said(project, "fr", "lamp") == "lamp"
    assert rows_for(rows, "enm") == ()


def test_a_new_row_makes_only_clips_that_it_changes_out_of_date() -> None:
    take = Take("t.wav", 1000, 0, 1000, "A lamp.")
    versions = (
        Version("en", "A lamp.", CLIP),
        Version("en", "A door.", CLIP),
        Version("en", "A lamp.", CLIP, takes=(take,), take="t.wav"),
        Version("de", "A lamp.", CLIP),
    )
    cues = tuple(Cue(f"c{n}", n, n + 1, (one,)) for n, one in enumerate(versions))
    before = Project(FILM, cues=cues)
    after = edits.set_pronunciations(before, [row("lamp", "lump")])
    assert [cue.versions[0].clip for cue in after.cues] == [None, CLIP, CLIP, CLIP]
    assert after.cues[1] is before.cues[1]
    assert after.pronunciations == (row("lamp", "lump"),)
    kept = edits.set_pronunciations(before, [row("lamp", "lamp")])
    assert kept.cues == before.cues
