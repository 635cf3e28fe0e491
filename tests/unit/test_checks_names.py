"""Names before their time or misspelled, and text on screen that nobody reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studio.script import checks
from studio.script.model import Draft, Person
from tests.unit.checked import cues_of, found, texts

# --- names ----------------------------------------------------------------------------------------


def test_named_before_first_seen() -> None:
    made = replace(
        texts("Anna Berg waves.", "Anna waves.", "Annabel waves.", "Anna smiles."),
        people=(Person("anna", "Anna Berg", 40_000),),
    )
    assert cues_of(found(made, "names.early")) == ["c1", "c2"]
    assert "first seen at 0:40.000" in found(made, "names.early")[0].sentence
    unset = replace(made, people=(Person("anna", "Anna Berg"),))
    assert found(unset, "names.early") == []


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("He greets Prog at the door.", "Prog", "Proog"),
        ("He greets Porog's dog.", "Porog", "Proog"),
        ("Prooog waits.", "Prooog", "Proog"),
        ("She loves Zoe.", "Zoe", "Zoë"),
        ("Maximillian Bergmann sleeps.", "Maximillian", "Maximilian"),
        ("Then Jean-luc wakes.", "Jean-luc", "Jean-Luc"),
        ("Macdonald enters.", "Macdonald", "MacDonald"),
    ],
)
def test_a_name_in_another_spelling(text: str, wrong: str, right: str) -> None:
    cast = ("Proog", "Zoë", "Maximilian Bergmann", "Jean-Luc", "MacDonald")
    made = replace(texts(text), people=tuple(Person(name, name) for name in cast))
    (issue,) = found(made, "names.spelling")
    assert f"“{wrong}” for “{right}”" in issue.sentence
    mended = checks.repair(made, issue)
    assert mended is not None
    version = mended.cues[0].version("en")
    assert version is not None
    assert version.text == text.replace(wrong, right)
    assert found(mended, "names.spelling") == []


@pytest.mark.parametrize(
    "text",
    [
        "Many people wait.",
        "Mary waves.",
        "MARY",
        "The Marys meet.",
        "He marks the page.",
        "A maze.",
    ],
)
def test_what_only_looks_like_a_name(text: str) -> None:
    made = replace(
        texts(text), people=(Person("mary", "Mary"), Person("emo", "Emo"), Person("mark", "Mark"))
    )
    assert found(made, "names.spelling") == []


def test_a_word_that_is_also_written_small_is_no_name() -> None:
    cast = (Person("starink", "Starink"),)
    made = replace(texts("Staring, he waits.", "He is staring."), people=cast)
    assert found(made, "names.spelling") == []
    alone = replace(texts("Staring, he waits."), people=cast)
    assert cues_of(found(alone, "names.spelling")) == ["c1"]


# --- text on screen -------------------------------------------------------------------------------


def _shows(text: str, *said: str) -> list[str]:
    """The cues told of where the first one's draft saw `text` and these texts are said."""
    made = texts(*said)
    seen = Draft(
        "en", "x", "evidence", ("1 face, 30 % of height", f"text 0.97 at 0:12.000: {text}")
    )
    first = replace(made.cues[0], drafts=(seen,))
    return cues_of(found(replace(made, cues=(first, *made.cues[1:])), "screen.unread"))


def test_text_on_screen_that_nobody_reads() -> None:
    assert _shows("THE NIGHT LAMP", "A lamp swings.") == ["c1"]
    assert _shows("THE NIGHT LAMP", "On-screen text: “The Night Lamp”.") == []
    assert _shows("EXIT", "A man runs.", "A sign: Exit.") == []
    assert _shows("EXIT", "A man runs.", "He falls.", "A sign: Exit.") == ["c1"]
    assert _shows("...", "A man runs.") == []


def test_text_that_was_read_before_counts_only_where_it_is_near() -> None:
    made = texts("A sign: Exit.", "A man runs.", "He stops.")

    def told(place: int) -> list[str]:
        seen = Draft("en", "x", "evidence", ("text 0.97 at 0:12.000: EXIT",))
        cues = [
            replace(one, drafts=(seen,) if i == place else ()) for i, one in enumerate(made.cues)
        ]
        return cues_of(found(replace(made, cues=tuple(cues)), "screen.unread"))

    assert told(1) == []
    assert told(2) == ["c3"]


def test_text_is_read_in_the_language_it_was_seen_for() -> None:
    made = texts("Ein Schild: Ausgang.", language="de")
    seen = Draft("en", "x", "evidence", ("text 0.97 at 0:12.000: EXIT",))
    made = replace(made, cues=(replace(made.cues[0], drafts=(seen,)),))
    assert found(made, "screen.unread") == []
