"""Captions on their way to a film that waits."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import ProjectError
from studio.mix.captions import OutputTimes, captions_suffix, write_captions
from studio.mix.timemap import Hold, TimeMap
from studio.script import formats
from studio.script.formats.retime import retimed
from studio.script.formats.script import Entry, Script
from studio.times import Span

LONG = TimeMap((Hold(Fraction(5), Fraction(10)), Hold(Fraction(20), Fraction(4))))
SHORT = TimeMap((Hold(Fraction(5), Fraction(2)),))

VTT = """\
WEBVTT - A film

STYLE
::cue(.anna) { color: yellow }

NOTE nobody sees 00:01.000 this

first
00:01.000 --> 00:03.500 line:0 align:start
<v.anna Anna>Good <i>morning</i>.

00:04.000 --> 00:00:08.000
Still <00:06.000>here.


00:30.000 --> 00:31.000
The end.
"""


def moved(times: TimeMap, start: int, end: int) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in OutputTimes(times).spans(Span(start, end))]


def test_what_is_shown_before_a_wait_stays_and_after_it_comes_later() -> None:
    assert moved(LONG, 0, 5000) == [(0, 5000)]
    assert moved(LONG, 5000, 6000) == [(15_000, 16_000)]
    assert moved(LONG, 20_000, 21_000) == [(34_000, 35_000)]


def test_a_short_wait_holds_a_caption_and_a_long_one_parts_it() -> None:
    assert moved(SHORT, 4000, 6000) == [(4000, 8000)]
    assert moved(LONG, 4000, 6000) == [(4000, 5000), (15_000, 16_000)]
    assert moved(LONG, 4000, 22_000) == [(4000, 5000), (15_000, 30_000), (34_000, 36_000)]


def test_what_is_left_of_a_caption_for_a_moment_is_not_shown() -> None:
    assert moved(LONG, 4600, 6000) == [(15_000, 16_000)]
    assert moved(LONG, 4000, 5400) == [(4000, 5000)]
    assert moved(LONG, 4700, 5200) == [(4700, 5000)]  # the longer part, where both are short


@given(st.integers(0, 40_000), st.integers(0, 20_000))
def test_captions_keep_their_order_and_never_meet_a_long_wait(start: int, length: int) -> None:
    spans = moved(LONG, start, start + length)
    assert spans
    assert spans == sorted(spans)
    for begin, end in spans:
        assert end >= begin
        assert not (begin < 15_000 and end > 5000)
        assert not (begin < 34_000 and end > 30_000)
    if length:
        assert sum(end - begin for begin, end in spans) <= length


def test_a_webvtt_file_keeps_all_but_its_times() -> None:
    text = retimed(VTT, OutputTimes(LONG))
    assert text == VTT.replace(
        "00:04.000 --> 00:00:08.000\nStill <00:06.000>here.\n",
        "00:04.000 --> 00:00:05.000\nStill <00:16.000>here.\n\n\n"
        "00:15.000 --> 00:00:18.000\nStill <00:16.000>here.\n",
    ).replace("00:30.000 --> 00:31.000", "00:44.000 --> 00:45.000")


def test_nothing_changes_where_the_film_never_waits() -> None:
    for text in (VTT, VTT.replace("\n", "\r\n"), VTT.rstrip("\n"), ""):
        assert retimed(text, OutputTimes(TimeMap())) == text


def test_subrip_is_numbered_anew() -> None:
    text = (
        "1\r\n00:00:04,000 --> 00:00:08,000\r\nOne\r\n\r\n"
        "7\r\n00:00:09,000 --> 00:00:10,500 X1:0\r\n2\r\n"
    )
    assert retimed(text, OutputTimes(LONG)) == (
        "1\r\n00:00:04,000 --> 00:00:05,000\r\nOne\r\n\r\n"
        "2\r\n00:00:15,000 --> 00:00:18,000\r\nOne\r\n\r\n"
        "3\r\n00:00:19,000 --> 00:00:20,500 X1:0\r\n2\r\n"
    )


def test_an_id_stands_but_once() -> None:
    text = retimed("WEBVTT\n\nname\n00:04.000 --> 00:06.000\nA", OutputTimes(LONG))
    assert text == ("WEBVTT\n\nname\n00:04.000 --> 00:05.000\nA\n\n00:15.000 --> 00:16.000\nA")


def test_hours_appear_where_they_are_needed() -> None:
    late = OutputTimes(TimeMap((Hold(Fraction(1), Fraction(3600)),)))
    assert "01:00:02.000 --> 01:00:03.000" in retimed("\n00:02.000 --> 00:03.000\nA", late)


def test_moved_captions_are_written(tmp_path: Path) -> None:
    source, target = tmp_path / "a.vtt", tmp_path / "b.vtt"
    source.write_bytes(b"\xef\xbb\xbf" + VTT.encode())
    assert write_captions(source, LONG, target) == ()
    assert target.read_bytes() == retimed(VTT, OutputTimes(LONG)).encode()
    entries = formats.read(target).entries
    assert [entry.span.start for entry in entries] == [1000, 4000, 15_000, 44_000]


@pytest.mark.parametrize(("name", "written"), [("ttml", "ttml"), ("dapt", "ttml"), ("csv", "srt")])
def test_other_captions_are_written_anew_and_that_is_said(
    tmp_path: Path, name: str, written: str
) -> None:
    script = Script((Entry(Span(4000, 8000), "A & B", "x", "Anna"),), "en", rate=Fraction(25))
    source = tmp_path / f"a{formats.named(name).suffixes[0]}"
    source.write_bytes(formats.write(name, script))
    target = tmp_path / f"b{captions_suffix(source)}"
    (note,) = write_captions(source, LONG, target)
    assert "how they look was not kept" in note
    again = formats.read(target, written)
    assert [(one.span, one.text) for one in again.entries] == [
        (Span(4000, 5000), "A & B"), (Span(15_000, 18_000), "A & B"),
    ]  # fmt: skip


def test_what_are_no_captions_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "a.vtt"
    source.write_text("no captions")
    with pytest.raises(ProjectError):
        write_captions(source, LONG, tmp_path / "b.vtt")
    assert not (tmp_path / "b.vtt").exists()
