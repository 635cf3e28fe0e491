"""Films of every kind are delivered, or refused in a sentence."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import av
import pytest

from studio.errors import MediaError
from studio.media.probe import probe
from studio.mix.export import DeliveryName
from studio.progress import unwatched
from studio.times import frame_time
from tests.media.test_deliveries import ROOM, clip, export, ffmpeg, foreseen, placed

REAL = [
    "film/big_buck_bunny_30s.webm", "film/flower.webm", "film/keyboard_compatibility.mp4",
    "film/nasa_two_tracks.mp4", "film/sintel_16s.mp4", "ad/rabbit_video.mp4",
    "ad/rabbit_video-with-voiceover.mp4", "odd/av1_no_audio.mkv", "odd/bbb_audio_late_800ms.mkv",
    "odd/bbb_hevc10.mp4", "odd/bbb_noaudio.mp4", "odd/bbb_rotated90.mp4", "odd/bbb_start3600.ts",
    "odd/bbb_truncated_faststart.mp4", "odd/bbb_vfr.mp4", "odd/one_pixel.mp4",
]  # fmt: skip
REFUSED = [
    "ad/rabbit_audio-description.mp3", "ad/rabbit_descriptions.vtt",
    "odd/bbb_truncated_nomoov.mp4", "odd/empty.mp4", "odd/not_a_video.mp4",
]  # fmt: skip


def decodes(film: Path) -> bool:
    ran = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", film, "-map", "0:v", "-map", "0:a", "-f", "null", "-"],
        capture_output=True, check=False,
    )  # fmt: skip
    return (ran.returncode, ran.stderr) == (0, b"")


# All pictures of this one would be encoded, for minutes; flower.webm shows the same in seconds.
LONG = {("film/big_buck_bunny_30s.webm", ".mp4")}


@pytest.mark.parametrize(
    ("name", "suffix"),
    [one for one in itertools.product(REAL, (".mp4", ".mkv")) if one not in LONG],
)
def test_real_films_are_delivered_with_a_second_track(
    shared_media: Path, tmp_path: Path, name: str, suffix: str
) -> None:
    source, target = shared_media / name, tmp_path / f"out{suffix}"
    info = probe(source)
    middle = frame_time(round(info.duration * info.picture.rate / 2000), info.picture.rate)
    places = [placed("a", 300, 500), placed("b", middle, 500, middle, 500)]
    wanted: dict[DeliveryName, Path] = {"track": target}
    seen = foreseen(source, places, "track", target, unwatched(), ROOM)
    (made,) = export(source, places, clip(tmp_path), wanted, ROOM)
    assert decodes(target)
    assert seen.picture == made.picture
    assert set(seen.notes) <= set(made.notes)
    again = probe(target)
    assert [one.described for one in again.sounds].count(True) == 1
    assert len(again.sounds) == len(info.sounds) + 1
    said = " ".join(made.notes)
    with av.open(str(source)) as film, av.open(str(target)) as output:
        lost = len(film.streams) - len(output.streams) + 1
    assert said.count("was left out") == lost


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_film_is_refused_in_a_sentence(shared_media: Path, name: str) -> None:
    with pytest.raises(MediaError) as refused:
        probe(shared_media / name)
    assert refused.value.exit_code == 3
    assert Path(name).name in refused.value.what


# Kinds of film that come from cameras, broadcasters and discs: suffix, and how FFmpeg makes them.
KINDS = {
    "avi mpeg4": ("avi", ["-c:v", "mpeg4", "-bf", "2", "-c:a", "libmp3lame"]),
    "mpeg-2 program": ("mpg", ["-c:v", "mpeg2video", "-bf", "2", "-c:a", "mp2"]),
    "flash": ("flv", ["-c:v", "libx264", "-c:a", "aac", "-ar", "44100"]),
    "windows media": ("wmv", ["-c:v", "wmv2", "-c:a", "wmav2"]),
    "broadcast mxf": ("mxf", ["-c:v", "mpeg2video", "-c:a", "pcm_s16le", "-ac", "2"]),
    "theora": ("ogv", ["-c:v", "libtheora", "-c:a", "libvorbis", "-ac", "2"]),
    "prores": ("mov", ["-c:v", "prores_ks", "-c:a", "pcm_s24le", "-timecode", "01:00:00:00"]),
    "blu-ray": ("m2ts", ["-c:v", "libx264", "-bf", "3", "-c:a", "ac3"]),
    "raw": ("mov", ["-c:v", "rawvideo", "-pix_fmt", "uyvy422", "-c:a", "pcm_s16be"]),
    "flac 96 kHz": ("mkv", ["-c:v", "libx264", "-c:a", "flac", "-ar", "96000"]),
    "dts": ("mkv", ["-c:v", "libx264", "-c:a", "dca", "-strict", "-2", "-ac", "6"]),
    "speech rate": ("mov", ["-c:v", "mjpeg", "-c:a", "pcm_u8", "-ar", "11025"]),
    "fragmented": ("mp4", ["-c:v", "libx264", "-movflags", "frag_keyframe+empty_moov"]),
}


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("kind", KINDS)
def test_films_of_every_kind_are_delivered(tmp_path: Path, kind: str, suffix: str) -> None:
    ending, options = KINDS[kind]
    source, target = tmp_path / f"film.{ending}", tmp_path / f"out{suffix}"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=size=176x144:rate=25:duration=3", "-f", "lavfi", "-i",
        "sine=frequency=440:duration=3:sample_rate=48000", *options, source,
    )  # fmt: skip
    (made,) = export(
        source, [placed("a", 1000, 520, 1000, 520)], clip(tmp_path, 0.52), {"film": target}
    )
    assert decodes(target)
    assert probe(target).duration == pytest.approx(probe(source).duration + 520, abs=41)
    if made.picture == "encoded":
        assert any("encoded anew, because" in note for note in made.notes)
