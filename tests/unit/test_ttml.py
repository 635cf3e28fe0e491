"""TTML: read from others, written for others, judged by ttconv."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from xml.etree import ElementTree

import pytest
import ttconv.imsc.reader
from hypothesis import given
from hypothesis import strategies as st
from ttconv.model import Br, ContentElement, P, Text

from studio.errors import ProjectError
from studio.script.formats import dapt, ttml
from studio.script.formats.script import Entry, Script
from studio.script.formats.ttml_time import NotATime, Rates, seconds
from studio.times import Span
from tests.unit.test_dapt import FULL, scripts

BODY = """<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
 xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xml:lang="de" {root}><body {body}>{text}</body></tt>
"""


def entries(text: str, root: str = "", body: str = "") -> list[tuple[int, int, str]]:
    script = ttml.read(BODY.format(root=root, body=body, text=text).encode())
    return [(entry.span.start, entry.span.end, entry.text) for entry in script.entries]


# --- reading --------------------------------------------------------------------------------------


def test_paragraphs_are_entries() -> None:
    text = '<div><p begin="1s" end="2s" xml:id="a">One.</p><p begin="3s" dur="500ms">Two.</p></div>'
    script = ttml.read(BODY.format(root="", body="", text=text).encode())
    assert script == Script(
        (Entry(Span(1000, 2000), "One.", "a"), Entry(Span(3000, 3500), "Two.")), "de"
    )


def test_times_are_relative_to_the_parent() -> None:
    text = (
        '<div begin="10s" end="14s"><p begin="1s" end="2s">A</p><p begin="3s" end="9s">B</p></div>'
    )
    assert entries(text, body='begin="1m"') == [(71_000, 72_000, "A"), (73_000, 74_000, "B")]


def test_what_is_in_a_sequence_follows_each_other() -> None:
    text = (
        '<div timeContainer="seq"><p dur="1s">A</p><p begin="1s" dur="2s">B</p></div>'
        '<div begin="10s"><p timeContainer="seq"><span dur="1s"/><span dur="1s">C</span></p></div>'
    )
    assert entries(text) == [(0, 1000, "A"), (2000, 4000, "B"), (11_000, 12_000, "C")]


def test_in_a_sequence_what_has_no_duration_has_none() -> None:
    text = '<div timeContainer="seq"><p>A</p><p begin="1s" dur="1s">B</p></div>'
    assert entries(text) == [(0, 0, "A"), (1000, 2000, "B")]


def test_in_a_sequence_what_holds_others_lasts_as_long_as_they() -> None:
    text = (
        '<div timeContainer="seq"><div><p begin="1s" end="2s">A</p></div>'
        '<p begin="1s" dur="1s">B</p></div>'
    )
    assert entries(text) == [(1000, 2000, "A"), (3000, 4000, "B")]


def test_words_last_as_long_as_the_spans_they_stand_in() -> None:
    text = (
        '<div><p begin="10s" end="20s"> <span begin="1s" end="2s">One</span>\n'
        '<span begin="3s" end="4s">two.</span> </p></div>'
    )
    assert entries(text) == [(11_000, 14_000, "One two.")]


def test_what_has_no_end_lasts_until_the_next() -> None:
    text = '<div><p begin="1s">A</p><p begin="1s">B</p><p begin="3s">C</p></div>'
    assert entries(text) == [(1000, 3000, "A"), (1000, 3000, "B"), (3000, 3000, "C")]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (" a\n  b ", "a b"),
        ("a<br/> b <br/>c", "a\nb\nc"),
        ("a <span> b</span>", "a b"),
        ('<span xml:space="preserve"> a  b </span>', " a  b "),
        ("a<metadata>no</metadata><!-- no -->b", "ab"),
        ('a<x xmlns="urn:other">no</x>b', "ab"),
        ("&lt;b&gt; &amp; &#8220;", "<b> & “"),
        ("<![CDATA[<i>]]>", "<i>"),
    ],
)
def test_white_space_and_what_is_no_text(text: str, read: str) -> None:
    assert entries(f'<div><p begin="0s" end="1s">{text}</p></div>') == [(0, 1000, read)]


AN_HOUR = Fraction(107_892 * 1001, 30_000)  # frames of drop-frame timecode in an hour (ST 12-1)


@pytest.mark.parametrize(
    ("text", "rates", "exact"),
    [
        ("00:01:02.5", Rates(), Fraction(125, 2)),
        ("100:00:00", Rates(), Fraction(360_000)),
        ("00:00:01:12", Rates(nominal=25), 1 + Fraction(12, 25)),
        ("00:00:01:12.1", Rates(nominal=25, sub=2), 1 + Fraction(25, 50)),
        ("00:00:01:15", Rates(multiplier=Fraction(1000, 1001)), 1 + Fraction(1001, 2000)),
        ("00:00:01:00", Rates(multiplier=Fraction(1000, 1001), smpte=True), Fraction(1001, 1000)),
        ("00:01:00:02", Rates(30, Fraction(1000, 1001), smpte=True, drop=True), Fraction(3003, 50)),
        ("01:00:00:00", Rates(30, Fraction(1000, 1001), smpte=True, drop=True), AN_HOUR),
        ("1.5h", Rates(), Fraction(5400)),
        ("2m", Rates(), Fraction(120)),
        ("40ms", Rates(), Fraction(1, 25)),
        ("48f", Rates(24, Fraction(1000, 1001)), Fraction(1001, 500)),
        ("90000t", Rates(ticks=Fraction(90_000)), Fraction(1)),
    ],
)
def test_times_are_exact(text: str, rates: Rates, exact: Fraction) -> None:
    # TTML2 12.3.1; drop frame: 1,800 frames come before 00:01:00;02 (SMPTE ST 12-1)
    assert seconds(text, rates) == exact


@pytest.mark.parametrize(
    "text", ["", "5", "1:00:00", "00:60:00", "00:00:00:30", "1 s", "-1s", "1e3s"]
)
def test_no_times(text: str) -> None:
    with pytest.raises(NotATime):
        seconds(text, Rates())


def test_files_in_utf_16_are_read() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?>' + BODY.format(
        root="", body="", text='<div><p begin="1s" end="2s">Ölig</p></div>'
    )
    assert ttml.read(text.encode("utf-16")).entries[0].text == "Ölig"


def test_people_and_remarks_are_kept() -> None:
    text = (
        '<metadata><ttm:agent xml:id="b" type="person"><ttm:name type="full">Bo</ttm:name>'
        '</ttm:agent></metadata><div ttm:agent="b"><p begin="1s" end="2s">'
        "<metadata><ttm:desc>soft</ttm:desc></metadata>A</p></div>"
    )
    script = ttml.read(BODY.format(root="", body="", text=text).encode())
    assert script.entries == (Entry(Span(1000, 2000), "A", voice="Bo", note="soft"),)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not well-formed"),
        (b"WEBVTT", "not well-formed"),
        (b"<html/>", "<html> is not the <tt> of TTML"),
        (b"<tt/>", "<tt> is not the <tt> of TTML"),
        (b"<!DOCTYPE tt><tt/>", "document type declaration"),
        (b"\xff\xfe<", "not encoded as UTF-8"),
        (b"<tt>\n\xff</tt>", "Line 2: The text is not encoded as UTF-8"),
        (BODY.format(root='ttp:timeBase="clock"', body="", text="").encode(), "times of day"),
        (BODY.format(root='ttp:tickRate="x"', body="", text="").encode(), "ttp:tickRate is “x”"),
        (BODY.format(root="", body='begin="x"', text="").encode(), "Line 2: “x” is no time"),
    ],
)
def test_what_is_no_ttml_is_refused_in_words(data: bytes, said: str) -> None:
    with pytest.raises(ProjectError) as error:
        ttml.read(data)
    assert said in error.value.what
    assert error.value.meaning == "The file is not TTML that can be read; nothing was imported."


@given(st.binary(max_size=200), st.integers(0, 900), st.integers(0, 30))
def test_no_file_does_worse_than_a_sentence(raw: bytes, at: int, length: int) -> None:
    good = ttml.write(FULL)
    for data in (raw, good[:at] + raw + good[at + length :]):
        with contextlib.suppress(ProjectError):
            ttml.read(data)


# --- writing --------------------------------------------------------------------------------------


@given(scripts)
def test_export_import_export_is_stable(script: Script) -> None:
    once = ttml.write(script)
    assert ttml.write(ttml.read(once)) == once


def test_entries_lose_nothing_on_their_way() -> None:
    assert ttml.read(ttml.write(FULL)).entries == FULL.entries


SHOWN = [entry for entry in FULL.entries if entry.span.duration]  # ttconv drops what never shows


def heard(data: bytes) -> list[tuple[Fraction, Fraction, str]]:
    """What ttconv, the reference implementation's successor for IMSC, shows, and when."""
    model = ttconv.imsc.reader.to_model(ElementTree.ElementTree(ElementTree.fromstring(data)))  # noqa: S314
    body = model.get_body()
    assert body is not None
    return [
        (_sum(p, "get_begin"), _sum(p, "get_end"), _words(p))
        for p in body.dfs_iterator()
        if isinstance(p, P)
    ]


def _sum(element: ContentElement, of: str) -> Fraction:
    """The time of an element that runs at its parent's where it has none of its own."""
    own = getattr(element, of)()
    parent = element.parent()
    if own is None:
        return Fraction(0) if parent is None else _sum(parent, of)
    return Fraction(own) + (Fraction(0) if parent is None else _sum(parent, "get_begin"))


def _words(p: P) -> str:
    return "".join(
        "\n" if isinstance(one, Br) else one.get_text() if isinstance(one, Text) else ""
        for one in p.dfs_iterator()
    )


def test_ttconv_shows_what_was_written() -> None:
    assert heard(ttml.write(FULL)) == [
        (Fraction(entry.span.start, 1000), Fraction(entry.span.end, 1000), entry.text)
        for entry in SHOWN
    ]


def test_ttconv_shows_the_words_of_dapt() -> None:
    shown = heard(dapt.write(FULL))
    assert [words for _, _, words in shown] == [
        *(entry.text for entry in SHOWN),
        *(entry.text for entry in FULL.dialogue),
    ]
    assert [begin for begin, _, _ in shown][:2] == [Fraction(40, 1000), Fraction(5)]
