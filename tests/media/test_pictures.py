"""Pictures of a delivery: each codec in each container, fifty freezes, bit by bit the film's."""

from __future__ import annotations

import hashlib
import random
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.media.probe import FilmInfo, probe
from studio.mix.export import Delivery
from studio.mix.shown import read_picture_times
from studio.progress import unwatched
from studio.script.model import Placement
from studio.settings import Settings
from studio.times import frames_for
from tests import make_media
from tests.make_media import Truth, number_of
from tests.media.test_export import export, heard, onsets, placed, tone_clip

NTSC = Fraction(24000, 1001)
FREEZES = 50
MARKS = tuple(0.4 + 0.8 * number for number in range(15))


# --- making and reading ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Made:
    """A film of known truth with its freezes, and the described film made of it.

    waits: for how long the film waits before frame n, in exact seconds.
    """

    source: Path
    truth: Truth
    info: FilmInfo
    waits: Mapping[int, Fraction]
    target: Path
    delivery: Delivery

    def shown_at(self, frame: int) -> float:
        """When a frame of the film is to be seen in the delivery, in s after its first picture."""
        waited = sum(wait for before, wait in self.waits.items() if before <= frame)
        return self.truth.frame_times[frame] / 1000 + float(waited)


def fifty_freezes(
    truth: Truth, rate: Fraction, seed: str
) -> tuple[list[Placement], dict[int, Fraction]]:
    """Placements that let the film wait before random frames, and for how long before which."""
    draw = random.Random(seed)
    waits: dict[int, Fraction] = {}
    placements = []
    for number in range(FREEZES):
        frame, freeze = draw.randrange(1, len(truth.frame_times)), draw.randint(30, 700)
        at = truth.frame_times[frame]
        placements.append(placed(str(number), at, freeze, at, freeze))
        waits[frame] = waits.get(frame, Fraction(0)) + frames_for(freeze, rate) / rate
    return sorted(placements, key=lambda one: one.freeze_at), waits


def described(
    folder: Path, kind: str, suffix: str, options: Mapping[str, Any], **wanted: Any
) -> Made:
    """A film of 12 s with marks and numbers, delivered with fifty freezes."""
    source, target = folder / f"film.{kind}", folder / f"out{suffix}"
    truth = make_media.film(
        source, seconds=12, size=(160, 96), marks=MARKS, numbered=True, **options
    )
    return delivered(source, truth, target, **wanted)


def delivered(source: Path, truth: Truth, target: Path, **wanted: Any) -> Made:
    info = probe(source)
    rate = read_picture_times(info, unwatched()).rate
    placements, waits = fifty_freezes(truth, rate, target.name)
    (made,) = export(
        source, placements, tone_clip(target.parent, hz=0), {"film": target}, Settings(duck=0.0),
        **wanted,
    )  # fmt: skip
    return Made(source, truth, info, waits, target, made)


@dataclass(frozen=True)
class Shown:
    """A decoded picture. at: seconds after the first one."""

    at: Fraction
    digest: str
    grey: NDArray[np.uint8]


def shown(path: Path) -> list[Shown]:
    pictures = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            assert frame.pts is not None
            assert frame.time_base is not None
            pixels = hashlib.blake2b(frame.to_ndarray().tobytes()).hexdigest()
            grey = frame.to_ndarray(format="gray")
            pictures.append(Shown(frame.pts * frame.time_base, pixels, grey))
    first = pictures[0].at
    return [Shown(one.at - first, one.digest, one.grey) for one in pictures]


def pictures_of(path: Path) -> list[bytes]:
    """What the packets of the picture hold, in file order."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def units(packet: bytes) -> list[bytes]:
    """The NAL units of a packet in either form that code pictures, without those around them."""
    if packet.startswith((b"\x00\x00\x00\x01", b"\x00\x00\x01")):
        parts = [part.rstrip(b"\x00") for part in re.split(b"\x00\x00\x01", packet)[1:]]
    else:
        parts = []
        while packet:
            size = int.from_bytes(packet[:4])
            parts.append(packet[4 : 4 + size].rstrip(b"\x00"))
            packet = packet[4 + size :]
    return [part for part in parts if part[0] & 31 in (1, 5)]


def decodes_cleanly(path: Path) -> None:
    run = subprocess.run(
        ["ffmpeg", "-v", "warning", "-i", path, "-map", "0:v", "-map", "0:a", "-fps_mode",
         "passthrough", "-enc_time_base", "-1", "-f", "null", "-"],
        capture_output=True, check=True, text=True,
    )  # fmt: skip
    assert run.stderr == ""


# --- freezes --------------------------------------------------------------------------------------

X264_OPEN = {"x264-params": "open-gop=1:bframes=3:b-pyramid=normal:keyint=25:scenecut=0"}
X264_FIELDS = {"x264-params": "tff=1:bframes=3:keyint=25", "flags": "+ildct+ilme"}
X265_OPEN = {"x265-params": "log-level=none:pools=2:keyint=25:bframes=4:b-pyramid=1:open-gop=1"}
ALT_REF = {"auto-alt-ref": "1", "lag-in-frames": "16", "deadline": "good", "g": "40"}

FILMS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "h264 b-frames 23.976": ("mp4", {"rate": NTSC, "b_frames": 3, "gop": 48}, ("mp4", "mkv")),
    "h264 open 29.97": (
        "mkv", {"rate": Fraction(30000, 1001), "options": X264_OPEN}, ("mp4", "mkv", "mov")
    ),
    "h264 interlaced": ("mp4", {"options": X264_FIELDS}, ("mp4", "mkv")),
    "h264 variable": ("mp4", {"variable": True, "b_frames": 2}, ("mp4", "mkv")),
    "h264 start 3600": ("ts", {"start": 3600.0, "options": X264_OPEN}, ("mp4", "mkv")),
    "h264 10 bits": ("mkv", {"pixel_format": "yuv422p10le", "b_frames": 2}, ("mp4", "mkv")),
    "hevc open": ("mp4", {"codec": "libx265", "options": X265_OPEN}, ("mp4", "mkv", "mov")),
    "hevc start 3600": (
        "ts", {"codec": "libx265", "start": 3600.0, "options": X265_OPEN}, ("mp4", "mkv")
    ),
    "av1": ("mkv", {"codec": "libsvtav1", "sound_codec": "opus"}, ("mp4", "mkv", "webm")),
    "vp9 alternate": (
        "webm", {"codec": "libvpx-vp9", "sound_codec": "opus", "options": ALT_REF},
        ("mp4", "mkv", "webm"),
    ),
    "vp8 alternate": (
        "webm", {"codec": "libvpx", "sound_codec": "opus", "options": ALT_REF}, ("mkv", "webm")
    ),
    "mpeg2": ("mp4", {"codec": "mpeg2video", "b_frames": 2, "gop": 15}, ("mp4", "mkv", "mov")),
    "mpeg2 ts": (
        "ts", {"codec": "mpeg2video", "b_frames": 2, "gop": 15, "sound_codec": "mp2"},
        ("mp4", "mkv"),
    ),
    "mpeg2 programme": (
        "mpg", {"codec": "mpeg2video", "b_frames": 2, "gop": 15, "sound_codec": "mp2"},
        ("mp4", "mkv"),
    ),
    "mpeg4 avi": ("avi", {"codec": "mpeg4", "b_frames": 2, "sound_codec": "mp2"}, ("mp4", "mkv")),
    "prores": ("mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le"}, ("mov", "mkv")),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "suffix"), [(name, f".{one}") for name in FILMS for one in FILMS[name][2]]
)
def test_fifty_freezes_leave_every_picture_as_it_was(
    tmp_path: Path, name: str, suffix: str
) -> None:
    kind, options, _ = FILMS[name]
    made = described(tmp_path, kind, suffix, options)
    assert made.delivery.picture == "copied"
    before, after = shown(made.source), shown(made.target)
    half = float(1 / made.truth.rate) / 2

    assert [number_of(one.grey) for one in after] == list(range(len(made.truth.frame_times)))
    assert [one.digest for one in after] == [one.digest for one in before]
    if kind not in ("ts", "mpg"):
        assert pictures_of(made.target) == pictures_of(made.source)
    # every picture, not only the marks, comes when the freezes before it say
    expected = [made.shown_at(frame) for frame in range(len(after))]
    assert [float(one.at) for one in after] == pytest.approx(expected, abs=0.0021)
    length = made.truth.duration_ms / 1000 + float(sum(made.waits.values()))
    assert probe(made.target).duration / 1000 == pytest.approx(length, abs=half)
    if kind != "avi":  # which does not say at which sound its first picture is shown
        assert sound_is_in_step(made, half)
    decodes_cleanly(made.target)


def sound_is_in_step(made: Made, half: float) -> bool:
    """Whether the film's tones have waited with it; those near a freeze are faded, not asked."""
    tones = onsets(heard(made.target), 1000)
    clear = [
        made.shown_at(frame)
        for frame in made.truth.mark_frames
        if all(abs(frame - waiting) > made.truth.rate / 8 for waiting in made.waits)
    ]
    return bool(clear) and all(min(abs(at - tone) for tone in tones) < half for at in clear)


def test_a_transport_stream_keeps_its_coded_pictures(tmp_path: Path) -> None:
    made = described(tmp_path, "ts", ".mkv", {"start": 3600.0, "options": X264_OPEN})
    before = [units(packet) for packet in pictures_of(made.source)]
    assert [units(packet) for packet in pictures_of(made.target)] == before
    assert all(before)


# --- players --------------------------------------------------------------------------------------


def mpv(*arguments: str | Path) -> str:
    """What mpv says of a file it plays as fast as it can."""
    if shutil.which("mpv") is None:
        pytest.skip("mpv is not installed")
    run = subprocess.run(
        ["mpv", "--no-config", "--quiet", "--untimed", "--vo=null", "--ao=pcm",
         "--ao-pcm-file=/dev/null", *arguments],
        capture_output=True, check=True,
    )  # fmt: skip
    return (run.stdout + run.stderr).decode("utf-8", "replace").strip()


@pytest.mark.parametrize("name", ["h264 open 29.97", "hevc open", "vp9 alternate"])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_mpv_plays_it_without_a_word_and_seeks_to_the_frame(
    tmp_path: Path, name: str, suffix: str
) -> None:
    kind, options, _ = FILMS[name]
    made = described(tmp_path, kind, suffix, options)
    quiet = "--msg-level=all=warn"
    assert mpv(quiet, "--aid=no", made.target) == ""
    assert mpv(quiet, "--vid=no", made.target) == ""

    for frame in random.Random(name).sample(sorted(made.waits), 6):
        # the first picture after a freeze, and the one that is held; mpv takes the first picture
        # that begins no more than 5 ms before the time it is asked for
        for wanted in (frame, frame - 1):
            assert seen_by_mpv(made.target, made.shown_at(wanted) + 0.001, tmp_path) == wanted


def seen_by_mpv(path: Path, at: float, folder: Path) -> int:
    """The number of the picture that mpv shows after an exact seek to `at` seconds."""
    mpv("--vo=image", "--vo-image-format=png", f"--vo-image-outdir={folder}", "--aid=no",
        "--hr-seek=yes", f"--start={at:.4f}", "--frames=1", path)  # fmt: skip
    with av.open(str(folder / "00000001.png")) as container:
        return number_of(next(container.decode(video=0)).to_ndarray(format="gray"))
