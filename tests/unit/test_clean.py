"""What models write, cleaned: against a table to be read, and what holds for every text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.drafting.clean import DEFAULT_LIMIT, PROBLEMS, clean
from studio.drafting.present import in_present, participle, third_person
from studio.drafting.references import refers
from studio.drafting.sentences import finished, sentences, shortened
from studio.drafting.words import word_list
from studio.script.likeness import likeness
from studio.script.pace import words

_LINES = (Path(__file__).parent / "model_sentences.txt").read_text(encoding="utf-8").splitlines()
TABLE = [(raw, kept.strip()) for raw, kept in zip(_LINES[1::2], _LINES[2::2], strict=True)]
ABOUT_FILM = re.compile(
    r"^(?:in )?(?:the|this) (?:video|scene|image|frame|clip|footage|camera)\b"
    r"(?! game| on the wall| of the bicycle)"
    r"|\bthe (?:video(?! game)|clip|footage|camera)\b|\bviewers?\b|\bwe (?:see|can)\b",
    re.IGNORECASE,
)
_MORE = """
    features depicts begins starts ends opens captures displays showcases then zooms pans moves
    focuses follows cuts shifts transitions changes view close-up
    also then there seen shown can see shows show video videos clip footage scene scenes image
    images frame shot shots camera viewer viewers one finally next overall here during first
    we’re lets straight ahead forward up be it’s
"""
FUNCTION_WORDS = word_list("dangling") | set(_MORE.split())


def content(text: str) -> list[str]:
    """The stems of the words that say something, in order."""
    found = re.findall(r"[a-z]+", text.lower())
    return [word[:3] for word in found if word not in FUNCTION_WORDS and len(word) > 2]


def is_subsequence(part: list[str], whole: list[str]) -> bool:
    rest = iter(whole)
    return all(word in rest for word in part)


# --- the table ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("raw", "kept"), TABLE, ids=[raw[:60] for raw, _ in TABLE])
def test_table_of_model_sentences(raw: str, kept: str) -> None:
    assert clean(raw).text == kept


def test_table_holds_what_the_issue_asks() -> None:
    assert len(TABLE) > 400
    assert len({raw for raw, _ in TABLE}) == len(TABLE)
    for raw, kept in TABLE:
        assert not ABOUT_FILM.search(kept), kept
        assert not refers(kept), kept
        assert finished(kept), kept
        assert kept[:1] == kept[:1].strip(" ,;").upper() != "", kept
        assert words(kept) <= min(DEFAULT_LIMIT, words(raw)), raw
        assert clean(kept).text == kept, "cleaning again changes it"


def test_most_content_words_of_the_table_are_kept() -> None:
    """Of sentences; what is cut are unfinished ends, repetition, remarks about the making."""
    kept_words = whole_words = 0
    for raw, kept in TABLE:
        if len(sentences(raw)) > 1:
            continue
        wanted, there = content(raw), content(kept)
        whole_words += len(wanted)
        kept_words += sum(word in there for word in wanted)
    assert kept_words / whole_words > 0.88  # the rest says what the camera does


# --- whole texts ----------------------------------------------------------------------------------


def test_what_is_taken_out_is_told() -> None:
    cleaned = clean("A man walks. The video quality is good. He wears a hat and a")
    assert cleaned.text == "A man walks."
    assert cleaned.removed == ("He wears a hat and a", "The video quality is good.")
    assert cleaned.problems == ()


def test_what_cannot_be_cleaned_stays_and_is_named() -> None:
    for text, problem in [
        ("The video ends.", "reference"),
        ("The camera is stationary.", "reference"),
        ("I'm sorry, I cannot see the video.", "refusal"),
        ("As an AI language model, I have no eyes.", "refusal"),
        ("…", "empty"),
        ("", "empty"),
        ("  \n ", "empty"),
        ("```", "empty"),
    ]:
        cleaned = clean(text)
        assert cleaned.text == text.strip()
        assert cleaned.problems == (problem,)
        assert cleaned.sentences == (PROBLEMS[problem],)  # type: ignore[index]


def test_a_text_without_a_place_to_cut_stays_and_is_named() -> None:
    text = "The video shows a man."
    assert clean(text, limit=1).problems == ("too long",)
    assert clean(text, limit=1).text == text


def test_the_last_descriptions_are_not_told_again() -> None:
    before = ("A man walks down a street.",)
    cleaned = clean("A man walks down the street. He opens a door.", before=before)
    assert (cleaned.text, cleaned.problems) == ("He opens a door.", ())
    assert cleaned.removed == ("A man walks down the street.",)
    again = clean("The video shows a man walking down a street.", before=before)
    assert (again.text, again.problems) == ("A man walks down a street.", ("repeats",))


def test_length_is_kept_by_whole_sentences_then_clauses_then_phrases() -> None:
    text = "A man opens the door, looks around and leaves. A dog follows him."
    assert clean(text, limit=20).text == text
    assert clean(text, limit=10).text == "A man opens the door, looks around and leaves."
    assert clean(text, limit=8).text == "A man opens the door, looks around."
    assert clean(text, limit=6).text == "A man opens the door."
    # A cut inside “the red car of his brother” would leave half a phrase.
    long = "An old man slowly drives the big red car of his younger brother through the city"
    assert clean(long, limit=14).text == (
        "An old man slowly drives the big red car of his younger brother."
    )
    assert clean(long, limit=10).text == "An old man slowly drives the big red car."


def test_other_languages_are_unwrapped_but_not_reworded() -> None:
    cleaned = clean('1. "Ein Mann geht. Das Video zeigt einen Hund. Er trägt ein"', language="de")
    assert cleaned.text == "Ein Mann geht. Das Video zeigt einen Hund."
    assert clean("Eine Frau singt", language="de").text == "Eine Frau singt."


def test_a_text_without_end_is_cut_and_told() -> None:
    cleaned = clean("A man walks down a street. " + "word " * 5000 + "He waves.")
    assert cleaned.text == "A man walks down a street."
    assert cleaned.removed[-1].endswith("He waves.")


def test_abbreviations_and_numbers_end_no_sentence() -> None:
    assert sentences("Mr. Smith meets Dr. J. Brown. They talk at 3.30 p.m. outside.") == [
        "Mr. Smith meets Dr. J. Brown.",
        "They talk at 3.30 p.m. outside.",
    ]


# --- the present tense ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "sentence"),
    [
        ("a man walking", "a man walks"),
        ("two men carrying a box", "two men carry a box"),
        ("the man carrying a box", "the man carries a box"),
        ("a black and white cat sitting on a wall", "a black and white cat sits on a wall"),
        ("a man and woman sitting on a bench", "a man and woman sit on a bench"),
        ("a man in a suit and a woman in a dress dancing", None),
        ("a man in a suit and tie waiting for a bus", "a man in a suit and tie waits for a bus"),
        ("a few people waiting for a bus", "a few people wait for a bus"),
        ("a man’s hands holding a cup", "a man’s hands hold a cup"),
        ("a man slowly lying down", "a man slowly lies down"),
        ("a kitchen with a man cooking", None),
        ("a man with a dog barking at a cat", None),
        ("a man with a beard shouting at a cat", "a man with a beard shouts at a cat"),
        ("a view of cars driving down a road", None),
        ("a woman in red sitting on a chair", None),
        ("a tall building in a city", None),
        ("a large parking lot", None),
        ("sheep grazing on a hill", None),
        ("a man being carried away", "a man is being carried away"),
        ("men being carried away", "men are being carried away"),
        ("a man who is asleep", "a man is asleep"),
        ("her car in the rain", None),
        ("her running in the rain", "she runs in the rain"),
        ("a man walk into a room", "a man walks into a room"),
        ("two men walk into a room", None),
        ("a woman dance performance", None),
        ("a man standing while reading a book", "a man stands while reading a book"),
        ("in a room a man standing", None),
        ("", None),
    ],
)
def test_in_present(phrase: str, sentence: str | None) -> None:
    assert in_present(phrase) == (phrase if sentence is None else sentence)
    assert in_present(in_present(phrase)) == in_present(phrase)


def test_forms_of_verbs() -> None:
    forms = {
        "walk": ("walking", "walks"),
        "sit": ("sitting", "sits"),
        "lie": ("lying", "lies"),
        "carry": ("carrying", "carries"),
        "play": ("playing", "plays"),
        "have": ("having", "has"),
        "do": ("doing", "does"),
        "watch": ("watching", "watches"),
        "fix": ("fixing", "fixes"),
        "see": ("seeing", "sees"),
        "begin": ("beginning", "begins"),
        "open": ("opening", "opens"),
        "eat": ("eating", "eats"),
        "ski": ("skiing", "skis"),
        "snow": ("snowing", "snows"),
    }
    assert {verb: (participle(verb), third_person(verb)) for verb in forms} == forms


# --- what holds for every text --------------------------------------------------------------------


def choice(texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts.split("|"))


_SUBJECTS = choice(
    "a man|two women|the old woman|a group of people|a man in a suit and tie|a rabbit|waves|"
    "a woman with a hat|some children|a man and a dog|the red car|people|her face|him"
)
_DEEDS = choice(
    "walking down a street|sitting at a table and eating|looking at the camera|"
    "holding a camera|standing in a kitchen with a pot boiling on the stove|who is crying|"
    "in a room|playing a video game|being chased by a dog|wearing a hat standing near a tree"
)
_OPENINGS = choice(
    "The video shows|In the video, we see|The scene features|The camera zooms in on|We see|"
    "The viewer can see|The video begins with|The image depicts|As the video ends, there is|"
    "The camera pans across the room to reveal|Then the scene shifts to|This is a video of|"
    "Video of|The main focus of the clip is|In the background of the scene, there is|"
)
_ENDINGS = choice(
    ".|, as seen in the video.|, and the camera follows them.|"
    ", and the video ends with a cat.|, with the camera focusing on her face.| in the video.|"
    ", allowing the viewer to see it.|| while the camera pans.|"
    ", before the scene fades to black.| and a"
)
model_sentence = st.builds(
    lambda a, b, c, d: f"{a} {b} {c}{d}".strip(), _OPENINGS, _SUBJECTS, _DEEDS, _ENDINGS
)
model_text = st.lists(model_sentence, min_size=1, max_size=4).map(" ".join)


@given(model_text, st.integers(3, 60))
def test_every_model_text_comes_out_clean(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    if cleaned.problems:
        assert cleaned.text == text
        return
    assert words(cleaned.text) <= min(limit, words(text))
    assert finished(cleaned.text)
    for sentence in sentences(cleaned.text):
        assert not refers(sentence), sentence
        assert sentence[:1].upper() == sentence[:1]


@given(model_text)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once.text).text == once.text


@given(model_sentence)
def test_order_is_kept_and_nothing_is_invented(text: str) -> None:
    every = [word[:3] for word in re.findall(r"[a-z]+", text.lower())]
    assert is_subsequence(content(clean(text).text), every)


@given(st.text(max_size=200), st.integers(1, 30))
def test_any_text_at_all_is_taken(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    if not cleaned.problems:
        assert 0 < words(cleaned.text) <= limit
        assert clean(cleaned.text, limit).text == cleaned.text
    else:
        assert cleaned.text == " ".join(text.split())


@given(model_text, st.integers(1, 20))
def test_shortening_keeps_a_beginning(text: str, limit: int) -> None:
    short = shortened(text, limit)
    if short is not None:
        assert words(short) <= limit
        assert text.lower().startswith(short.rstrip(".").lower())


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_is_a_measure(one: str, two: str) -> None:
    assert 0 <= likeness(one, two) <= 1
    assert likeness(one, two) == likeness(two, one)
    assert likeness(one, one) == pytest.approx(1)


def test_likeness_ranks_as_people_would() -> None:
    text = "A man walks down a dark street."
    same = likeness(text, "A man is walking down the dark street.")
    near = likeness(text, "A man walks into a dark house.")
    far = likeness(text, "Two dogs play in the snow.")
    assert 1 > same > near > far
    assert far < 0.3
