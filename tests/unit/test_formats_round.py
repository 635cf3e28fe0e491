"""What is written is read back, in every format, whatever stands in the texts."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.script import formats
from studio.script.formats import Entry, Script
from studio.script.formats.text import clean, one_line
from studio.times import Span, frame_at, frame_time
from tests.unit.strategies import scripts

TWO_WAY = [row.name for row in formats.FORMATS if row.reads and row.writes]
SLOW = {"docx", "xlsx"}

ALL = {"voice", "note", "on_screen", "status", "extended", "freeze"}
KEPT = {
    "vtt": {*ALL, "id", "settings"},
    "srt": set(),
    "ass": ALL,
    "regions": set(),
    "markers": set(),
    "positions": set(),
    "csv": ALL,
    "xlsx": ALL,
    "docx": ALL,
    "html": ALL,
    "text": set(),
    "otio": {*ALL, "id", "settings"},
    "rpp": set(),
    "edl": ALL,
    "dapt": {*ALL, "id", "settings"},
    "ttml": {*ALL, "id", "settings"},
}
"""What each format keeps of an entry besides its time and text."""

ON_ONE_LINE = {"regions", "markers", "rpp"}


def _read(name: str, data: bytes, folder: Path) -> Script:
    file = folder / f"script{formats.named(name).ending}"
    file.write_bytes(data)
    return formats.read(file)


def _lines(text: str) -> str:
    return "\n".join(line.strip() for line in clean(text).split("\n"))


def _expected(entry: Entry, name: str, rate: Fraction) -> Entry:
    """The entry as it comes back."""
    text = one_line(entry.text) if name in ON_ONE_LINE else clean(entry.text)
    if name == "markers":
        text = one_line(text.replace("\t", " "))
    span = entry.span
    if name == "markers":
        span = Span(span.start, max(span.start + 1, span.end))
    if name == "edl":
        first = frame_at(span.start, rate)
        count = max(1, frame_at(span.end, rate) - first)
        span = Span(frame_time(first, rate), frame_time(first + count, rate))
    kept = KEPT[name]
    one = Entry(span, text)
    if "voice" in kept:
        one = replace(one, voice=one_line(entry.voice), status=one_line(entry.status))
        one = replace(one, note=_lines(entry.note), on_screen=_lines(entry.on_screen))
        one = replace(one, extended=entry.extended, freeze=entry.freeze)
    if "id" in kept:
        one = replace(one, id=one_line(entry.id), settings=entry.settings)
    if name == "vtt":
        extended = one.extended or span.duration <= 100
        one = replace(
            one,
            id=re.sub(r"^(NOTE|STYLE)(?=\s|$)", r"_\1", one.id.replace("-->", "→")),
            extended=extended,
        )
    return one


def _comparable(entry: Entry, name: str) -> Entry:
    """Without what formats may do as they like with."""
    text = entry.text
    if name == "rpp":
        text = text.replace("`", "'")
    if name == "srt":
        text = text.replace("\u200b", "")
    return replace(
        entry, text=text, note=_lines(entry.note), on_screen=_lines(entry.on_screen), room=None
    )


@pytest.mark.parametrize("name", TWO_WAY)
def test_writing_what_was_read_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    @settings(
        max_examples=20 if name in SLOW else 80,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(scripts())
    def check(script: Script) -> None:
        once = formats.write(name, script)
        assert formats.write(name, script) == once
        assert formats.write(name, _read(name, once, tmp_path)) == once

    check()


@pytest.mark.parametrize("name", TWO_WAY)
def test_what_a_format_has_room_for_comes_back(name: str, tmp_path: Path) -> None:
    @settings(
        max_examples=20 if name in SLOW else 80,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(scripts())
    def check(script: Script) -> None:
        again = _read(name, formats.write(name, script), tmp_path)
        rate = script.rate or Fraction(25)
        written = [one for one in script.entries if clean(one.text)]
        wanted = sorted((_expected(one, name, rate) for one in written), key=lambda one: one.span)
        assert [_comparable(one, name) for one in again.entries] == [
            _comparable(one, name) for one in wanted
        ]

    check()


@pytest.mark.parametrize("name", TWO_WAY)
def test_published_descriptions_go_through_every_format(
    name: str, shared_media: Path, tmp_path: Path
) -> None:
    files = sorted((shared_media / "ad").rglob("*.vtt"))
    assert len(files) >= 16
    for file in files:
        script = replace(formats.read(file), rate=Fraction(24))
        once = formats.write(name, script)
        again = _read(name, once, tmp_path)
        assert formats.write(name, replace(again, rate=Fraction(24))) == once
        texts = [re.sub(r"\s+", " ", one.text) for one in script.entries]
        assert [re.sub(r"\s+", " ", one.text) for one in again.entries] == texts


@given(st.text(st.characters(), max_size=60))
def test_clean_text_stays_as_it_is(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert one_line(one_line(text)) == one_line(text)
    assert "\n\n" not in clean(text)
    assert clean(text).encode().decode() == clean(text)


def test_every_two_way_format_is_tested() -> None:
    assert set(KEPT) >= set(TWO_WAY)


def test_what_once_went_wrong_comes_back(tmp_path: Path) -> None:
    entries = (
        Entry(Span(0, 900), "A.", voice="<!--", id="NOTE x", note="first\nVoice: x\nlast"),
        Entry(Span(1000, 1000), "B.", voice="--", id="REGION", status="=1\r=1", extended=True),
        Entry(Span(2000, 3000), "1. 00:00:01.000 to 00:00:02.000", note="00:00:01 – 00:00:02"),
    )
    script = Script(
        entries,
        rate=Fraction(25),
        notes=("Voice: x", "RATE: 24", "0:01 to 0:02"),
        closing=("=\u2028 =",),
    )
    for name in TWO_WAY:
        once = formats.write(name, script)
        again = _read(name, once, tmp_path)
        assert formats.write(name, again) == once, name
        assert [one.text for one in again.entries] == ["A.", "B.", entries[2].text], name
        if "voice" in KEPT[name]:
            assert [one.voice for one in again.entries] == ["<!--", "--", ""], name
            assert again.entries[0].note == "first\nVoice: x\nlast", name
