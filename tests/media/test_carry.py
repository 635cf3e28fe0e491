"""What a film file holds beside picture and sound: subtitles, covers; and what is left out."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pysubs2
import pytest
from av.subtitles.stream import SubtitleStream
from hypothesis import given
from hypothesis import strategies as st

from studio.media.probe import probe
from studio.mix.export import DeliveryName
from studio.mix.subtitles import Line, OneAtATime
from studio.progress import unwatched
from tests import make_media
from tests.media.test_deliveries import clip, export, ffmpeg, foreseen, placed

WORDS = """1
00:00:00,500 --> 00:00:01,500
<i>Slanted</i> and <b>strong</b>
second line

2
00:00:03,000 --> 00:00:05,000
Später — so
"""


def subtitled(folder: Path, name: str, codec: str, words: str = WORDS, ending: str = "srt") -> Path:
    picture, texts, film = folder / "picture.mkv", folder / f"words.{ending}", folder / name
    make_media.film(picture, seconds=6, size=(64, 36), codec=_picture_codec(name), sound=False)
    texts.write_text(words, encoding="utf-8")
    ffmpeg(
        "-i", picture, "-i", texts, "-map", "0", "-map", "1", "-c:v", "copy", "-c:s", codec,
        "-metadata:s:s:0", "language=fra", "-metadata:s:s:0", "title=Mots", film,
    )  # fmt: skip
    return film


def _picture_codec(name: str) -> str:
    return "libvpx" if name.endswith("webm") else "libx264"


def shown(film: Path) -> list[tuple[float, float, str]]:
    """Start, end and text of each subtitle, as FFmpeg turns them into SRT, read by pysubs2."""
    texts = film.with_name(f"{film.name}.shown.srt")
    ffmpeg("-i", film, "-map", "0:s:0", "-c:s", "subrip", texts)
    lines = pysubs2.load(str(texts), keep_html_tags=True)
    return [(line.start / 1000, line.end / 1000, line.text) for line in lines]


def probed(film: Path) -> list[dict[str, Any]]:
    said = subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-of", "json", film],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    streams: list[dict[str, Any]] = json.loads(said)["streams"]
    return streams


@pytest.mark.parametrize(
    ("source", "codec", "target", "becomes"),
    [
        ("film.mkv", "subrip", "out.mp4", "mov_text"),
        ("film.mkv", "webvtt", "out.mp4", "mov_text"),
        ("film.mkv", "ass", "out.mov", "mov_text"),
        ("film.mp4", "mov_text", "out.mkv", "subrip"),
        ("film.webm", "webvtt", "out.webm", "webvtt"),
        ("film.webm", "webvtt", "out.mkv", "webvtt"),
        ("film.mkv", "ass", "out.mkv", "ass"),
        ("film.mp4", "mov_text", "out.mp4", "mov_text"),
    ],
)
def test_subtitles_arrive_in_a_codec_of_the_target_and_wait(
    tmp_path: Path, source: str, codec: str, target: str, becomes: str
) -> None:
    film, out = subtitled(tmp_path, source, codec), tmp_path / target
    before = shown(film)
    waits = [placed("a", 2000, 1000, 2000, 1000)]
    (made,) = export(film, waits, clip(tmp_path, 1.0), {"film": out})
    (track,) = (one for one in probed(out) if one["codec_type"] == "subtitle")
    assert track["codec_name"] == becomes
    assert track["tags"]["language"] == "fra"
    after = shown(out)
    assert [one[2] for one in after] == [one[2] for one in before]
    assert "<i>Slanted</i> and <b>strong</b>" in after[0][2]
    assert [edge for one in after for edge in one[:2]] == pytest.approx([0.5, 1.5, 4, 6], abs=0.025)
    said = [note for note in made.notes if "subtitle" in note]
    assert bool(said) == (codec != becomes)
    if said:
        assert f"becomes {becomes}" in said[0]
        assert "it stays as it is in .mkv" in said[0] or codec == "mov_text"
    assert foreseen(film, waits, "film", out, unwatched()).notes == made.notes


def test_lines_that_overlap_are_shown_together_where_one_text_is_all(tmp_path: Path) -> None:
    words = (
        "1\n00:00:00,500 --> 00:00:02,500\nA\n\n2\n00:00:01,000 --> 00:00:01,500\nB\n\n"
        "3\n00:00:01,000 --> 00:00:04,000\nC\n"
    )
    film = subtitled(tmp_path, "film.mkv", "subrip", words)
    export(film, [placed("a", 5000, 500)], clip(tmp_path), {"film": tmp_path / "out.mp4"})
    assert [(a, b, text.replace("\\N", " ")) for a, b, text in shown(tmp_path / "out.mp4")] == [
        (0.5, 1.0, "A"), (1.0, 1.5, "A B C"), (1.5, 2.5, "A C"), (2.5, 4.0, "C")
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 50)), max_size=8).map(sorted))
def test_no_line_is_lost_where_one_is_shown_at_a_time(spans: list[tuple[int, int]]) -> None:
    lines = [Line(at, at + long, b"%d" % index) for index, (at, long) in enumerate(spans)]
    single = OneAtATime()
    told = [one for line in lines for one in single.add(line)] + list(single.rest())
    assert all(one.start < one.end for one in told)
    assert all(one.end <= after.start for one, after in pairwise(told))
    for moment in range(151):
        there = {line.text for line in lines if line.start <= moment < line.end}
        said = [one.text.split(rb"\N") for one in told if one.start <= moment < one.end]
        assert {text for texts in said for text in texts} == there


def test_subtitles_that_are_pictures_are_left_out_and_said(tmp_path: Path) -> None:
    picture, film = tmp_path / "picture.mkv", tmp_path / "film.mkv"
    make_media.film(picture, seconds=2, size=(64, 36), sound=False)
    _add_bitmap_track(picture, film)
    for suffix, notes in ((".mov", 1), (".mkv", 0)):
        wanted: dict[DeliveryName, Path] = {"film": tmp_path / f"out{suffix}"}
        (made,) = export(film, [placed("a", 500, 500)], clip(tmp_path), wanted)
        assert len(made.notes) == notes
        assert all("a subtitle track (dvd_subtitle), was left out" in one for one in made.notes)
        assert all(".mkv can carry it" in one for one in made.notes)


def _add_bitmap_track(film: Path, target: Path) -> None:
    """Copy a film and give it a track of subtitle pictures that holds one packet."""
    palette = b"size: 64x36\npalette: " + b", ".join([b"000000"] * 16) + b"\n"
    with av.open(str(film)) as source, av.open(str(target), "w") as output:
        picture = output.add_stream_from_template(source.streams.video[0])
        drawn = output.add_stream("dvdsub")
        assert isinstance(drawn, SubtitleStream)
        drawn.codec_context.extradata = palette
        drawn.codec_context.time_base = Fraction(1, 1000)
        output.start_encoding()
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = picture
                output.mux(packet)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize(("kind", "source"), [("mjpeg", "film.mp4"), ("png", "film.mkv")])
def test_a_cover_is_carried(tmp_path: Path, kind: str, source: str, suffix: str) -> None:
    picture, film = tmp_path / "picture.mp4", tmp_path / source
    make_media.film(picture, seconds=2, size=(64, 36))
    cover = tmp_path / f"cover.{'jpg' if kind == 'mjpeg' else 'png'}"
    ffmpeg("-f", "lavfi", "-i", "testsrc=size=80x60", "-frames:v", "1", cover)
    if source.endswith("mkv"):
        ffmpeg(
            "-i",
            picture,
            "-c",
            "copy",
            "-attach",
            cover,
            "-metadata:s:t",
            "mimetype=image/png",
            film,
        )
    else:
        ffmpeg(
            "-i",
            picture,
            "-i",
            cover,
            "-map",
            "0",
            "-map",
            "1",
            "-c",
            "copy",
            "-disposition:v:1",
            "attached_pic",
            film,
        )
    out = tmp_path / f"out{suffix}"
    (made,) = export(film, [placed("a", 500, 400, 500, 400)], clip(tmp_path, 0.4), {"film": out})
    covers = [one for one in probed(out) if one["disposition"]["attached_pic"]]
    if suffix == ".mov":
        assert covers == []
        assert "a cover picture" in made.notes[0]
        assert ".mp4 and .mkv can carry it" in made.notes[0]
        return
    assert made.notes == ()
    assert [one["codec_name"] for one in covers] == [kind]
    back = tmp_path / "back.rgb"
    index = covers[0]["index"]
    ffmpeg("-i", out, "-map", f"0:{index}", "-f", "rawvideo", "-pix_fmt", "rgb24", back)
    before = tmp_path / "before.rgb"
    ffmpeg("-i", cover, "-f", "rawvideo", "-pix_fmt", "rgb24", before)
    assert back.read_bytes() == before.read_bytes()
    assert probe(out).picture.width == 64


def test_a_second_picture_stays_behind_and_is_said(tmp_path: Path) -> None:
    picture, film, out = (tmp_path / name for name in ("picture.mkv", "film.mkv", "out.mkv"))
    make_media.film(picture, seconds=2, size=(64, 36))
    ffmpeg("-i", picture, "-i", picture, "-map", "0", "-map", "1:v", "-c", "copy", film)
    (made,) = export(film, [placed("a", 500, 400)], clip(tmp_path, 0.4), {"film": out})
    assert made.notes == ("Stream 2, a further picture (h264), was left out.",)
