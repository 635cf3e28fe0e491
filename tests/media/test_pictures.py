"""Pictures of a delivery: each codec in each container, fifty freezes, bit by bit the film's."""

from __future__ import annotations

import hashlib
import itertools
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

from studio.errors import ExportError
from studio.media.probe import FilmInfo, probe
from studio.mix import files
from studio.mix import pictures as pictures_module
from studio.mix.export import Delivery, deliver, foresee
from studio.mix.shown import read_picture_times
from studio.progress import Progress, unwatched
from studio.script.model import Placement
from studio.settings import Settings
from studio.times import frames_for
from tests import make_fields, make_media
from tests.make_media import Truth, number_of
from tests.media.test_export import export, heard, onsets, placed, project_for, tone_clip

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


def random_freezes(
    truth: Truth, rate: Fraction, seed: str, count: int
) -> tuple[list[Placement], dict[int, Fraction]]:
    """Placements that let the film wait before random frames, and for how long before which."""
    draw = random.Random(seed)
    waits: dict[int, Fraction] = {}
    placements = []
    for number in range(count):
        frame, freeze = draw.randrange(1, len(truth.frame_times)), draw.randint(30, 700)
        at = truth.frame_times[frame]
        placements.append(placed(str(number), at, freeze, at, freeze))
        waits[frame] = waits.get(frame, Fraction(0)) + frames_for(freeze, rate) / rate
    return sorted(placements, key=lambda one: one.freeze_at), waits


def described(
    folder: Path,
    kind: str,
    suffix: str,
    options: Mapping[str, Any],
    *,
    freezes: int = FREEZES,
    constant_rate: bool = False,
) -> Made:
    """A film of 12 s with marks and numbers, delivered with freezes before random frames."""
    source, target = folder / f"film.{kind}", folder / f"out{suffix}"
    truth = make_media.film(
        source, seconds=12, size=(160, 96), marks=MARKS, numbered=True, **options
    )
    info = probe(source)
    rate = read_picture_times(info, unwatched()).rate
    placements, waits = random_freezes(truth, rate, suffix, freezes)
    clip = tone_clip(folder, hz=0)
    (made,) = deliver(
        project_for(info, Settings(duck=0.0)),
        info,
        "en",
        placements,
        {one.cue: clip for one in placements},
        {"film": target},
        unwatched(),
        constant_rate=constant_rate,
    )
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
X265_OPEN = {"x265-params": "log-level=none:pools=none:keyint=25:bframes=4:b-pyramid=1:open-gop=1"}
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


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_pictures_that_an_edit_list_hides(tmp_path: Path, suffix: str) -> None:
    plain, source, target = (tmp_path / name for name in ("film.mp4", "cut.mp4", f"out{suffix}"))
    make_media.film(plain, seconds=6, size=(160, 96), numbered=True, gop=50, b_frames=2)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-ss", "2.4", "-i", plain, "-c", "copy", source], check=True
    )
    placements = [placed("a", 1000, 500, 1000, 500)]
    (made,) = export(source, placements, tone_clip(tmp_path), {"film": target})
    numbers = [number_of(one.grey) for one in shown(target)]
    if suffix == ".mkv":
        assert made.notes == (
            "The 10 pictures before its start, which the film hides, are shown in .mkv; .mp4 and "
            ".mov hide them.",
        )
        assert numbers == list(range(50, 150))
    else:
        assert made.notes == ()
        assert numbers == list(range(60, 150))
        assert probe(target).duration == 3600 + 520
    before = {number_of(one.grey): one.digest for one in shown(source)}
    after = {number_of(one.grey): one.digest for one in shown(target)}
    assert all(after[number] == digest for number, digest in before.items())


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_frames_of_two_field_pictures_are_copied(
    tmp_path: Path, suffix: str, together: bool
) -> None:
    source, target = tmp_path / "film.ts", tmp_path / f"out{suffix}"
    make_fields.film(source, 60, together=together)
    placements = [placed("a", 1000, 500, 1000, 500)]
    (made,) = export(source, placements, tone_clip(tmp_path), {"film": target})
    assert made.picture == "copied"
    before, after = shown(source), shown(target)
    assert [number_of(one.grey) for one in after] == list(range(60))
    assert [one.digest for one in after] == [one.digest for one in before]
    wait = after[25].at - after[24].at - Fraction(1, 25)
    assert float(wait) == pytest.approx(0.52 if together else 0.5, abs=0.0011)
    expected = [frame / 25 + float(wait) * (frame >= 25) for frame in range(60)]
    assert [float(one.at) for one in after] == pytest.approx(expected, abs=0.0011)
    coded = [unit for packet in pictures_of(source) for unit in units(packet)]
    assert [unit for packet in pictures_of(target) for unit in units(packet)] == coded
    assert len(coded) == 120
    decodes_cleanly(target)


# --- a constant rate ------------------------------------------------------------------------------

X264_CLOSED = {"b_frames": 2, "gop": 25}
CONSTANT: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "h264": ("mp4", X264_CLOSED, ".mp4", "partly encoded"),
    "h264 in mkv": ("mkv", X264_CLOSED | {"rate": NTSC}, ".mkv", "partly encoded"),
    "h264 pyramid to mov": ("mp4", {"b_frames": 3, "gop": 25}, ".mov", "partly encoded"),
    "h264 without b-frames": ("mkv", {"gop": 25}, ".mp4", "partly encoded"),
    "h264 ts": ("ts", X264_CLOSED | {"start": 3600.0}, ".mkv", "partly encoded"),
    "h264 10 bits 4:2:2": (
        "mkv", X264_CLOSED | {"pixel_format": "yuv422p10le"}, ".mp4", "partly encoded"
    ),
    "h264 interlaced": ("mp4", {"gop": 25, "options": X264_FIELDS}, ".mp4", "partly encoded"),
    "h264 open": ("mp4", {"options": X264_OPEN}, ".mp4", "encoded"),
    "hevc": ("mp4", {"codec": "libx265", "options": X265_OPEN}, ".mp4", "encoded"),
    "vp8 to mp4": ("webm", {"codec": "libvpx", "sound_codec": "opus"}, ".mp4", "encoded"),
    "prores": ("mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le"}, ".mov", "copied"),
    "prores to mp4": (
        "mov", {"codec": "prores_ks", "pixel_format": "yuv422p10le"}, ".mp4", "encoded"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONSTANT)
def test_a_constant_rate_has_a_picture_for_every_tick(tmp_path: Path, name: str) -> None:
    kind, options, suffix, becomes = CONSTANT[name]
    made = described(tmp_path, kind, suffix, options, freezes=3, constant_rate=True)
    assert made.delivery.picture == becomes
    rate, before, after = made.truth.rate, shown(made.source), shown(made.target)
    expected = [
        frame
        for frame in range(len(before))
        for _ in range(1 + int(made.waits.get(frame + 1, Fraction(0)) * rate))
    ]
    assert [number_of(one.grey) for one in after] == expected
    clock = 0.0006 if suffix == ".mkv" else 1e-9
    assert [float(one.at) for one in after] == pytest.approx(
        [float(tick / rate) for tick in range(len(expected))], abs=clock
    )
    same = sum(after[expected.index(frame)].digest == before[frame].digest for frame in expected)
    again = {"copied": 0, "encoded": len(expected)}.get(becomes)
    if again is None:
        assert "pictures around the freezes are encoded anew" in made.delivery.picture_why
        assert made.delivery.notes[0] == made.delivery.picture_why
        assert outside_are_the_films_own(made, before, after, expected)
    else:
        assert same == len(expected) - again
    assert not probe(made.target).picture.variable
    assert sound_is_in_step(made, float(1 / rate) / 2)
    decodes_cleanly(made.target)
    assert [path.name for path in tmp_path.glob(".*")] == []


def outside_are_the_films_own(
    made: Made, before: list[Shown], after: list[Shown], expected: list[int]
) -> bool:
    """Whether nothing but the stretches of 25 frames with a freeze differs from the film."""
    around = {(frame - 1) // 25 for frame in made.waits}
    own = {
        frame: after[expected.index(frame)].digest == one.digest for frame, one in enumerate(before)
    }
    outside = [frame for frame in own if frame // 25 not in around]
    return len(outside) > len(own) / 2 and all(own[frame] for frame in outside)


def test_what_is_said_before_is_what_becomes_of_the_pictures(tmp_path: Path) -> None:
    source = tmp_path / "film.mp4"
    make_media.film(source, seconds=8, **X264_CLOSED)
    at = 2000
    placements = [placed("a", at, 500, at, 500)]
    clip = tone_clip(tmp_path)
    info = probe(source)
    for constant in (False, True):
        target = {"film": tmp_path / "out.mp4"}
        (seen,) = foresee(
            project_for(info), info, "en", placements, target, unwatched(),  # type: ignore[arg-type]
            constant_rate=constant,
        )  # fmt: skip
        said: list[tuple[float, str]] = []
        (made,) = deliver(
            project_for(info), info, "en", placements, {"a": clip}, target,  # type: ignore[arg-type]
            Progress(lambda *report, into=said: into.append(report)), constant_rate=constant,
        )  # fmt: skip
        assert (seen.picture, seen.picture_why, seen.notes) == (
            made.picture, made.picture_why, made.notes
        )  # fmt: skip
        if constant:
            assert "the 25 of 200 pictures around the freezes" in made.picture_why
            stages = [stage for _, stage in said]
            encoding = stages.index("Making the frames of the freezes")
            assert stages.index(made.picture_why) < encoding
        else:
            assert made.picture_why == (
                "The pictures are copied bit by bit; at a freeze, the one before it is shown for "
                "longer."
            )


def test_a_film_that_never_waits_is_copied_at_its_own_constant_rate(tmp_path: Path) -> None:
    source, target = tmp_path / "film.mp4", tmp_path / "out.webm"
    make_media.film(source, seconds=2, codec="libvpx-vp9", sound_codec="opus")
    info = probe(source)
    (made,) = deliver(
        project_for(info), info, "en", [], {}, {"film": target}, unwatched(), constant_rate=True
    )
    assert (made.picture, made.notes) == ("copied", ())
    assert pictures_of(target) == pictures_of(source)


def test_webm_cannot_wait_at_a_constant_rate_and_says_so(tmp_path: Path) -> None:
    source = tmp_path / "film.webm"
    make_media.film(source, seconds=2, codec="libvpx", sound_codec="opus")
    placements = [placed("a", 1000, 500, 1000, 500)]
    with pytest.raises(ExportError, match=r"constant rate.*\.mkv or \.mp4"):
        foresee(
            project_for(probe(source)), probe(source), "en", placements,
            {"film": tmp_path / "o.webm"}, unwatched(), constant_rate=True,
        )  # fmt: skip


def test_fields_cannot_be_brought_to_a_constant_rate_and_it_says_so(tmp_path: Path) -> None:
    source = tmp_path / "film.ts"
    make_fields.film(source, 60, together=True)
    with pytest.raises(ExportError, match=r"two to a picture.*without a constant rate"):
        foresee(
            project_for(probe(source)), probe(source), "en", [], {"film": tmp_path / "o.mp4"},
            unwatched(), constant_rate=True,
        )  # fmt: skip


def test_a_rate_that_varies_becomes_a_constant_one(tmp_path: Path) -> None:
    made = described(tmp_path, "mp4", ".mp4", {"variable": True}, freezes=3, constant_rate=True)
    assert made.delivery.picture == "encoded"
    after = shown(made.target)
    steps = {later.at - one.at for one, later in itertools.pairwise(after)}
    assert steps == {Fraction(1, 25)}
    at = [float(one.at) for one in after]
    for frame in sorted({number_of(one.grey) for one in after}):
        first = next(place for place, one in enumerate(after) if number_of(one.grey) == frame)
        assert at[first] == pytest.approx(made.shown_at(frame), abs=0.0201)
    decodes_cleanly(made.target)


def test_space_is_asked_for_before_anything_is_encoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "film.webm", tmp_path / "out.mp4"
    make_media.film(source, seconds=1, codec="libvpx", sound_codec="opus")

    def full(_: Path) -> Any:
        return shutil._ntuple_diskusage(1 << 40, 1 << 40, 40 << 20)  # type: ignore[attr-defined]

    def never(*_: object) -> None:
        raise AssertionError("the picture was encoded")

    monkeypatch.setattr(pictures_module, "encode_picture", never)
    monkeypatch.setattr(pictures_module, "_BITS_PER_PIXEL", 1000)
    monkeypatch.setattr(files.shutil, "disk_usage", full)
    with pytest.raises(ExportError, match="too full"):
        export(source, [], tone_clip(tmp_path), {"film": target})


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


@pytest.mark.parametrize(
    "name", ["h264 b-frames 23.976", "h264 open 29.97", "hevc open", "vp9 alternate"]
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_mpv_plays_it_without_a_word_and_seeks_to_the_frame(
    tmp_path: Path, name: str, suffix: str
) -> None:
    kind, options, _ = FILMS[name]
    made = described(tmp_path, kind, suffix, options)
    quiet = "--msg-level=all=warn"
    assert mpv(quiet, "--aid=no", made.target) == ""
    assert mpv(quiet, "--vid=no", made.target) == ""

    if "open" in name and suffix == ".mp4":
        # MP4 is sought by decoding times: asked for a picture that lies after an open key frame but
        # is shown before it, players begin at the key frame, with freezes or without
        return
    for frame in random.Random(name).sample(sorted(made.waits), 6):
        # the first picture after a freeze, and the one that is held; mpv takes the first picture
        # that begins no more than 5 ms before the time it is asked for
        for wanted in (frame, frame - 1):
            assert seen_by_mpv(made.target, made.shown_at(wanted) + 0.001, tmp_path) == wanted


def test_mpv_seeks_into_a_freeze_that_is_made_of_frames(tmp_path: Path) -> None:
    made = described(tmp_path, "mp4", ".mkv", X264_CLOSED, freezes=3, constant_rate=True)
    assert mpv("--msg-level=all=warn", "--aid=no", made.target) == ""
    for frame, wait in made.waits.items():
        middle = made.shown_at(frame) - round(float(wait) / 2 * 25) / 25
        assert seen_by_mpv(made.target, middle + 0.001, tmp_path) == frame - 1
        assert seen_by_mpv(made.target, made.shown_at(frame) + 0.001, tmp_path) == frame


def seen_by_mpv(path: Path, at: float, folder: Path) -> int:
    """The number of the picture that mpv shows after an exact seek to `at` seconds."""
    mpv("--vo=image", "--vo-image-format=png", f"--vo-image-outdir={folder}", "--aid=no",
        "--hr-seek=yes", f"--start={at:.4f}", "--frames=1", path)  # fmt: skip
    with av.open(str(folder / "00000001.png")) as container:
        return number_of(next(container.decode(video=0)).to_ndarray(format="gray"))
