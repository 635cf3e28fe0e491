from __future__ import annotations

from pathlib import Path

import pytest

from studio.errors import ProjectError, UsageError
from studio.script import formats
from studio.script.formats import Entry, Script, srt, vtt
from studio.times import Span

SCRIPT = Script(
    (
        Entry(Span(40, 2500), "A door marked <EXIT> & a “sign”."),
        Entry(Span(3_600_000, 3_601_250), "Two\nlines."),
    ),
    language="en",
)


def test_a_vtt_track_reads_as_people_expect() -> None:
    assert vtt.write(SCRIPT).decode() == (
        "WEBVTT\n\nNOTE\nKind: descriptions\nLanguage: en\n\n"
        "00:00:00.040 --> 00:00:02.500\nA door marked &lt;EXIT&gt; &amp; a “sign”.\n\n"
        "01:00:00.000 --> 01:00:01.250\nTwo\nlines.\n"
    )


def test_a_srt_file_reads_as_people_expect() -> None:
    assert srt.write(SCRIPT).decode() == (
        "1\n00:00:00,040 --> 00:00:02,500\nA door marked <EXIT> & a “sign”.\n\n"
        "2\n01:00:00,000 --> 01:00:01,250\nTwo\nlines.\n"
    )


@pytest.mark.parametrize("write", [vtt.write, srt.write])
def test_a_blank_line_in_a_text_does_not_end_its_entry(write: object) -> None:
    text = write(Script((Entry(Span(40, 900), "One.\n\nTwo."),)))  # type: ignore[operator]
    assert b"One.\nTwo.\n" in text


def test_a_format_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Known are: \.vtt, \.srt"):
        formats.read(tmp_path / "script.doc")


def test_an_empty_script_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.vtt"
    file.write_text("WEBVTT\n", encoding="utf-8")
    with pytest.raises(ProjectError, match="no cue with times and text"):
        formats.read(file)


def test_published_descriptions_are_read(shared_media: Path) -> None:
    counts = {
        "elephantsdream/descriptions.en.vtt": 63,
        "ableplayer/blocks4all_descriptions_en.vtt": 7,
        "the-light-that-burned--ad.en.vtt": 9,
    }
    for name, count in counts.items():
        assert len(formats.read(shared_media / "ad" / name).entries) == count
