"""Lines as subtitles: rows, parts, times, reading speed, and the files they are delivered in."""

from __future__ import annotations

import importlib
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio import deliveries, subtitling
from studio.errors import ProjectError
from studio.script import formats, subtitles
from studio.script.formats.text import clean, one_line
from studio.script.graphemes import clusters
from studio.script.model import Film, Issue, Line, Person, Project, Translation, Word
from studio.script.subtitles import (
    BETWEEN,
    LONGEST,
    ROWS,
    SHORTEST,
    cells,
    characters,
    columns_for,
    paired,
    rows_of,
    script_of,
    speed,
    units,
)
from studio.times import Span
from tests.unit.strategies import nasty_texts, projects

FILM = Film("film.mp4", 1, "f", 400_000, 320, 180, Fraction(25), None)
LONG = (
    "But when the rain came down upon the old town, nobody was there to see what had become of "
    "it, and we walked home alone, thinking of the days that were gone. Nobody spoke."
)


def heard(number: int, start: int, end: int, text: str, **more: str) -> Line:
    """A line as an engine gives it."""
    return Line(f"l{number}", start, end, text, engine="whisper", **more)


def project(*lines: Line, spoken: str = "en") -> Project:
    return Project(FILM, lines=lines, dialogue_language=spoken)


# --- rows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Hello there.", ("Hello there.",)),
        ("- Hi.\n- Hello, you!", ("- Hi.", "- Hello, you!")),
        (
            "I saw him yesterday, but he did not even look at me.",
            ("I saw him yesterday,", "but he did not even look at me."),
        ),
        (
            "He never told me about the house. She did.",
            ("He never told me about the house. She did.",),
        ),
        ("我从来没有想过会再见到你。你呢？", ("我从来没有想过会再见到你。你呢？",)),
        (
            "我从来没有想过会在这里再见到你。你呢？我很好。",
            ("我从来没有想过会在这里再见到你。", "你呢？我很好。"),
        ),
        (
            "한국어 문장은 띄어쓰기가 있습니다. 그래서 나눕니다.",
            ("한국어 문장은 띄어쓰기가", "있습니다. 그래서 나눕니다."),
        ),
    ],
)
def test_rows_end_where_phrases_do(text: str, rows: tuple[str, ...]) -> None:
    assert rows_of(text) == rows


def test_no_row_begins_with_what_closes_or_ends_with_what_opens() -> None:
    text = "他说：「我们明天一早就出发吧，好吗？」她没有回答，只是看着窗外（雨很大）。"
    for narrow in (False, True):
        for row in rows_of(text, narrow=narrow):
            assert row[0] not in "」，。？）"
            assert row[-1] not in "「（"


words = st.text(st.characters(categories=("Lu", "Ll", "Lo", "Po", "Mn")), min_size=1, max_size=12)
sentences = st.lists(words, min_size=1, max_size=30).map(" ".join)


@given(sentences | nasty_texts)
def test_rows_keep_every_word(text: str) -> None:
    said = "".join(one_line(text).split())
    rows = rows_of(text)
    assert "".join("".join(rows).split()) == said
    assert "".join("".join(units(text)).split()) == said
    assert all(row == row.strip() and row for row in rows)


@given(sentences)
def test_two_rows_fit(text: str) -> None:
    rows, limit = rows_of(text), columns_for(text)
    if len(rows) <= ROWS and len(rows) > 1:
        assert all(cells(row) <= limit for row in rows)
    if len(rows) == 1:
        assert cells(rows[0]) <= limit or len(units(text)) == 1
    if cells(one_line(text)) <= limit:
        assert len(rows) == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("abc", 3),
        ("e\u0301a\u0308", 2),
        ("क्षि", 1),
        ("👨‍👩‍👧", 1),
        ("🇵🇱🇩🇪", 2),
        ("한\u11ab", 1),
        ("เก่า", 2),
    ],
)
def test_characters_are_counted_as_people_do(text: str, count: int) -> None:
    assert characters(text) == count
    assert "".join(clusters(text)) == text


@pytest.mark.parametrize(
    ("text", "script"),
    [("Hello", "letters"), ("Привет", "letters"), ("你好", "han"), ("食べる", "kana"),
     ("안녕 漢字", "hangul"), ("नमस्ते", "letters"), ("OK 你好", "han"), ("", "letters"),
     ("🎬", "letters")],
)  # fmt: skip
def test_which_reading_speed_counts(text: str, script: str) -> None:
    assert script_of(text) == script


def test_speed_counts_spaces() -> None:
    assert speed("ab cd", 500) == 10


# --- parts and times ------------------------------------------------------------------------------


def test_a_long_line_is_shown_in_parts_by_its_words() -> None:
    said = LONG.split()
    timed = tuple(Word(one, 1000 + 300 * at, 1250 + 300 * at) for at, one in enumerate(said))
    line = replace(heard(1, 1000, 1000 + 300 * len(said), LONG), words=timed)
    parts = subtitles.subtitles(project(line), "en")
    assert [one.id for one in parts] == ["l1", "l1-2", "l1-3"]
    assert " ".join(" ".join(one.rows) for one in parts) == LONG
    assert all(len(one.rows) <= ROWS and max(map(cells, one.rows)) <= 42 for one in parts)
    starts = {one.start for one in timed}
    assert all(one.span.start in starts for one in parts)
    for before, after in pairwise(parts):
        assert after.span.start - before.span.end == BETWEEN
    first = len(" ".join(parts[0].rows).split())
    assert parts[1].span.start == timed[first].start


def test_without_words_parts_last_as_long_as_their_text() -> None:
    parts = subtitles.subtitles(project(heard(1, 0, 10_000, LONG)), "en")
    for one in parts:
        share = cells(" ".join(one.rows)) / cells(LONG)
        assert one.span.duration / 10_000 == pytest.approx(share, abs=0.03)


def test_what_lasts_too_long_goes_in_parts_too() -> None:
    parts = subtitles.subtitles(project(heard(1, 0, 9_000, "Well, I do not know. Not yet.")), "en")
    assert [" ".join(one.rows) for one in parts] == ["Well, I do not know.", "Not yet."]
    assert all(one.span.duration <= LONGEST for one in parts)


def test_heard_lines_stay_until_they_are_read() -> None:
    lines = (
        heard(1, 1000, 1300, "Yes."),
        heard(2, 5000, 5500, "Nobody here has ever seen it."),
        heard(3, 6200, 6900, "No."),
        heard(4, 6920, 8000, "Not me."),
    )
    first, second, third, fourth = subtitles.subtitles(project(*lines), "en")
    assert first.span == Span(1000, 1000 + SHORTEST)
    assert second.span == Span(5000, 6200 - BETWEEN), "as long as there is room"
    assert third.span == Span(6200, 6920 - BETWEEN)
    assert fourth.span == Span(6920, 8000)


def test_people_speaking_at_once_are_shown_at_once() -> None:
    lines = (heard(1, 1000, 3000, "Listen to me now."), heard(2, 2000, 4000, "No, you listen."))
    first, second = subtitles.subtitles(project(*lines), "en")
    assert first.span == Span(1000, 3000)
    assert second.span == Span(2000, 4000)


def test_a_persons_times_are_theirs() -> None:
    lines = (Line("a", 100, 200, "Much too much for a moment."), Line("b", 210, 9999, "Long."))
    assert [one.span for one in subtitles.subtitles(project(*lines), "en")] == [
        Span(100, 200), Span(210, 9999),
    ]  # fmt: skip


def test_a_translation_goes_with_its_line() -> None:
    told = (Translation("pl", "Krótko mówiąc, nic takiego się nie stało.", "google"),)
    made = project(
        replace(heard(1, 0, 9000, LONG), translations=told), heard(2, 9500, 9900, "And then?")
    )
    pairs = paired(made, "pl")
    assert [one.line for one in pairs] == ["l1", "l1", "l1", "l2"]
    assert " ".join(" ".join(one.below) for one in pairs).strip() == told[0].text
    assert pairs[3].below == ()
    assert all(one.below == () for one in paired(made, "en")), "the line is not said twice"
    (only,) = {one.line for one in subtitles.subtitles(made, "pl")}
    assert only == "l1"


@given(projects())
def test_any_project_has_subtitles_in_order(made: Project) -> None:
    for language in ("en", "de", "pl"):
        for shown in (subtitles.subtitles(made, language), paired(made, language)):
            assert len({(one.id, one.span) for one in shown}) == len(shown) or not shown
            for one in shown:
                line = made.line(one.line)
                assert line is not None
                assert line.start <= one.span.start <= max(line.start, line.end)
                assert one.rows
                assert all(one.rows)


@pytest.mark.parametrize(
    ("language", "dialogue", "spoken"),
    [("en", "en", True), ("en-gb", "en", True), ("en", "en-us", True), ("de", "", True),
     ("de", "en", False), ("en-gb", "en-us", False)],
)  # fmt: skip
def test_what_the_film_speaks(language: str, dialogue: str, spoken: bool) -> None:
    assert subtitles.is_spoken(language, dialogue) is spoken


# --- files ----------------------------------------------------------------------------------------


def _reread(name: str, data: bytes) -> formats.Script:
    module = importlib.import_module(f"studio.script.formats.{name}")
    script = module.read(data)
    assert isinstance(script, formats.Script)
    return script


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 9000), nasty_texts), max_size=5))
def test_nothing_is_lost_in_any_file(told: list[tuple[int, int, str]]) -> None:
    at, lines = 0, []
    for number, (gap, length, text) in enumerate([*told, (7, 1234, "A {\\b1}line\\N, <i>so</i>.")]):
        who = ("a", "b", "")[number % 3]
        lines.append(Line(f"l{number}", at + gap, at + gap + length, text, person=who))
        at += gap + length
    people = (Person("a", "Smith, John <b>"), Person("b", ""))
    made = replace(project(*lines), people=people)
    script = subtitles.as_script(made, "en", subtitles.subtitles(made, "en"))
    for name, row in deliveries.SUBTITLES.items():
        again = _reread(row, formats.write(row, script))
        assert [one.span for one in again.entries] == [one.span for one in script.entries], name
        texts = [one.text.replace("\u200b", "") for one in again.entries]
        assert texts == [clean(one.text).replace("\u200b", "") for one in script.entries], name
        if row != "srt":  # which has no place for it
            assert [one.voice for one in again.entries] == [one.voice for one in script.entries]
        if row in ("vtt", "ttml"):
            assert [one.id for one in again.entries] == [one.id for one in script.entries]


def test_ass_keeps_hundredths_others_moved() -> None:
    made = project(Line("l1", 1234, 5678, "Hello."))
    script = subtitles.as_script(made, "en", subtitles.subtitles(made, "en"))
    data = formats.write("ass", script).decode()
    assert ",0:00:01.23,0:00:05.68," in data
    assert _reread("ass", data.encode()).entries[0].span == Span(1234, 5678)
    moved = data.replace("0:00:05.68", "0:00:05.00")
    assert _reread("ass", moved.encode()).entries[0].span == Span(1230, 5000)


def test_each_person_has_a_colour_in_ass() -> None:
    people = (Person("a", "Ann", colour="#12aBff"), Person("b", "Bob"))
    lines = (
        replace(heard(1, 0, 2000, "One."), person="a"),
        replace(heard(2, 3000, 5000, "Two."), person="b"),
    )
    made = replace(project(*lines), people=people)
    data = formats.write(
        "ass", subtitles.as_script(made, "en", subtitles.subtitles(made, "en"))
    ).decode()
    assert "Style: Voice 1,sans-serif,57,&H00FFAB12," in data
    assert ",Voice 1,Ann,0,0,0," in data
    assert ",Voice 2,Bob,0,0,0," in data


def test_vtt_says_what_it_is() -> None:
    made = project(heard(1, 0, 2000, "One."))
    data = formats.write(
        "vtt", subtitles.as_script(made, "en", subtitles.subtitles(made, "en"))
    ).decode()
    assert "Kind: subtitles\nLanguage: en" in data


def test_no_lines_no_subtitles() -> None:
    made = project(Line("l1", 0, 1000, " \n"), Line("l2", 0, 1000, "Words."))
    with pytest.raises(ProjectError, match="No line of the film has a text in “pl”"):
        subtitles.as_script(made, "pl", subtitles.subtitles(made, "pl"))
    assert len(subtitles.subtitles(made, "en")) == 1


# --- what is hard to read -------------------------------------------------------------------------


def found(*lines: Line, language: str = "en") -> list[Issue]:
    return list(subtitling.issues(project(*lines), language))


def test_what_is_hard_to_read_is_found() -> None:
    good = Line("a", 1000, 3000, "This can be read.")
    assert found(good) == []
    rules = [
        (
            Line("b", 4000, 5000, "This is too quick for me."),
            "subtitle.too-fast",
            "25.0 characters",
        ),
        (Line("b", 4000, 5000, "A little quick, no?"), "subtitle.speed", "19.0 characters"),
        (Line("b", 4000, 4500, "No."), "subtitle.short", "for 500 ms"),
        (Line("b", 4000, 13_000, "No."), "subtitle.long", "for 9.0 s"),
        (Line("b", 4000, 9000, "W" * 50), "subtitle.rows", "(it has 1, of up to 50)"),
        (Line("b", 3010, 5000, "Right after."), "subtitle.between", "comes 10 ms after the one"),
        (
            Line("b", 2500, 5000, "Before it."),
            "subtitle.between",
            "begins 500 ms before the end of",
        ),
    ]
    for line, rule, said in rules:
        (issue,) = found(good, line)
        assert issue.rule == rule
        assert said in issue.sentence
        assert line.text[:20] in issue.sentence
        assert (issue.language, issue.cue) == ("en", "")


def test_each_script_has_its_own_speed() -> None:
    assert [one.rule for one in found(Line("a", 0, 1000, "你好世界你好世界"))] == ["subtitle.speed"]
    assert [one.rule for one in found(Line("a", 0, 1000, "こんにちは世界です"))] == [
        "subtitle.too-fast"
    ]
    assert found(Line("a", 0, 1000, "안녕하세요")) == []


def test_untranslated_lines_are_told_with_the_rest() -> None:
    stored = Issue("subtitling.untranslated", "caution", "Not this one.", language="pl")
    made = replace(project(Line("a", 0, 2000, "Hello.")), issues=(stored,))
    assert subtitling.issues(made, "pl") == (stored,)
    assert subtitling.issues(made, "en") == ()
