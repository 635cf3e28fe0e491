from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import ProjectError, UsageError
from studio.script import formats
from studio.script.formats import Entry, srt, vtt
from studio.times import Span

SCRIPT = [
    Entry(Span(40, 2500), "A door marked <EXIT> & a “sign”."),
    Entry(Span(3_600_000, 3_601_250), "Two\nlines."),
]


def test_a_vtt_track_reads_as_people_expect() -> None:
    assert vtt.write(SCRIPT, "en") == (
        "WEBVTT\nKind: descriptions\nLanguage: en\n\n"
        "1\n00:00:00.040 --> 00:00:02.500\nA door marked &lt;EXIT&gt; &amp; a “sign”.\n\n"
        "2\n01:00:00.000 --> 01:00:01.250\nTwo\nlines.\n"
    )


@pytest.mark.parametrize("suffix", [".vtt", ".srt"])
def test_what_was_written_is_read_back(tmp_path: Path, suffix: str) -> None:
    plain = [Entry(Span(40, 2500), "A door & a “sign”."), SCRIPT[1]]
    file = tmp_path / f"script{suffix}"
    file.write_text("\ufeff" + formats.write(suffix, plain, "en"), encoding="utf-8")
    assert formats.read(file) == tuple(plain)


@pytest.mark.parametrize("write", [vtt.write, srt.write])
def test_a_blank_line_in_a_text_does_not_end_its_entry(write: object) -> None:
    text = write([Entry(Span(40, 900), "One.\n\nTwo.")], "en")  # type: ignore[operator]
    assert "One.\nTwo.\n" in text


@given(st.binary(max_size=300))
def test_no_file_does_worse_than_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    for suffix in formats.FORMATS:
        file = tmp_path_factory.mktemp("s") / f"x{suffix}"
        file.write_bytes(b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + raw)
        with contextlib.suppress(ProjectError):
            assert formats.read(file)


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
        assert len(formats.read(shared_media / "ad" / name)) == count
