"""Deliveries on films with known truth: what is seen and heard lies where it was planned."""

from __future__ import annotations

import hashlib
import random
import subprocess
import threading
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.errors import ExportError
from studio.media.audio import save_wav
from studio.media.probe import FilmInfo, probe
from studio.mix import export as export_module
from studio.mix import files
from studio.mix.export import Delivery, DeliveryName, deliver, foresee
from studio.progress import Cancelled, Progress, unwatched
from studio.script.model import Clip, Film, Placement, Project
from studio.settings import Settings
from studio.times import frame_time, frames_for
from tests import make_media

NTSC = Fraction(24000, 1001)


# --- making and reading ---------------------------------------------------------------------------


def project_for(info: FilmInfo, settings: Settings | None = None) -> Project:
    picture = info.picture
    film = Film(
        info.path.name,
        info.size,
        "",
        info.duration,
        picture.width,
        picture.height,
        picture.rate,
        None,
    )
    return Project(film, settings=settings or Settings())


def tone_clip(folder: Path, seconds: float = 0.5, hz: float = 3000.0) -> Path:
    """A clip that is a tone from its first sample to its last; hz 0 is silence."""
    time = np.arange(round(48_000 * seconds)) / 48_000
    path = folder / f"clip-{hz:.0f}-{seconds}.wav"
    save_wav(path, (0.2 * np.cos(2 * np.pi * hz * time) * (hz > 0)).astype(np.float32), 48_000)
    return path


def placed(cue: str, start: int, duration: int, freeze_at: int = 0, freeze: int = 0) -> Placement:
    state = "extended" if freeze else "fits"
    clip = Clip(cue, duration, "flite", "rms", 1.0)
    return Placement(cue, state, start, duration, freeze_at, freeze, clip)  # type: ignore[arg-type]


def export(
    source: Path,
    placements: Sequence[Placement],
    clip: Path,
    wanted: Mapping[DeliveryName, Path],
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> tuple[Delivery, ...]:
    info = probe(source)
    files = {placement.cue: clip for placement in placements}
    return deliver(
        project_for(info, settings), info, "en", placements, files, wanted, progress or unwatched()
    )


def heard(path: Path, track: int = 0, rate: int = 48_000) -> NDArray[np.float32]:
    """The sound as players give it: each decoded frame at its own time, one channel, from 0."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[track]
        resampler = av.AudioResampler("fltp", "mono", rate)
        pieces = []
        for frame in container.decode(stream):
            assert frame.pts is not None
            assert frame.time_base is not None
            at = frame.pts * frame.time_base
            frame.pts = None
            for part in resampler.resample(frame):
                pieces.append((round(at * rate), part.to_ndarray()[0]))
        end = max(at + len(part) for at, part in pieces)
        sound = np.zeros(end, np.float32)
        for at, part in pieces:
            skipped = max(0, -at)
            sound[at + skipped : at + len(part)] = part[skipped:]
    return sound


def seen(path: Path) -> list[tuple[float, NDArray[np.uint8]]]:
    """Seconds and picture (grey) of every frame."""
    with av.open(str(path)) as container:
        return [(float(f.time), f.to_ndarray(format="gray")) for f in container.decode(video=0)]  # type: ignore[arg-type]


def flashes(pictures: Iterable[tuple[float, NDArray[np.uint8]]]) -> list[float]:
    return [time for time, grey in pictures if grey.mean() > 225]


def onsets(sound: NDArray[np.float32], hz: float, rate: int = 48_000) -> list[float]:
    """Seconds at which a tone of `hz` begins: where its energy in 2 ms passes a fifth of full."""
    carrier = sound * np.exp(-2j * np.pi * hz * np.arange(len(sound)) / rate)
    width = rate // 500
    level = np.abs(np.convolve(carrier, np.ones(width) / width, "full"))[: len(sound)]
    loud = level > level.max() / 5
    starts = np.flatnonzero(loud[1:] & ~loud[:-1]) + 1
    kept: list[int] = []
    for start in starts.tolist():
        if not kept or start - kept[-1] > rate // 10:
            kept.append(start)
    return [start / rate for start in kept]


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def decodes_cleanly(path: Path) -> None:
    run = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-map", "0:v", "-map", "0:a", "-f", "null", "-"],
        capture_output=True, check=True,
    )  # fmt: skip
    assert run.stderr == b""


# --- freezes --------------------------------------------------------------------------------------

OPEN = {"x264-params": "open-gop=1:bframes=3:b-pyramid=normal:keyint=25:scenecut=0"}
FILMS = {
    "25 b-frames": ("mp4", {"b_frames": 2}),
    "23.976": ("mp4", {"rate": NTSC, "b_frames": 3, "gop": 48}),
    "29.97 mkv": ("mkv", {"rate": Fraction(30000, 1001), "b_frames": 2}),
    "variable": ("mkv", {"variable": True}),
    "start 3600": ("ts", {"start": 3600.0, "b_frames": 2}),
    "open gop": ("mp4", {"options": OPEN}),
    "hevc": ("mp4", {"codec": "libx265", "b_frames": 2}),
    "av1": ("mkv", {"codec": "libsvtav1", "sound_codec": "opus"}),
    "vp9": ("webm", {"codec": "libvpx-vp9", "sound_codec": "opus"}),
}


MARKS = [0.5 + second for second in range(51)]


@pytest.fixture(scope="module", params=FILMS)
def marked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path, make_media.Truth]:
    """A name of FILMS, that film with 51 marks, and the truth about it."""
    kind, options = FILMS[request.param]
    source = tmp_path_factory.mktemp("marked") / f"film.{kind}"
    truth = make_media.film(source, seconds=52, size=(160, 90), marks=MARKS, **options)  # type: ignore[arg-type]
    return request.param, source, truth


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_marks_after_fifty_freezes_stay_in_step(
    tmp_path: Path, marked: tuple[str, Path, make_media.Truth], suffix: str
) -> None:
    name, source, truth = marked
    info = probe(source)
    draw = random.Random(name)
    # Freezes lie 0.25 .. 0.75 s after a mark, clear of its tone and of the fades.
    placements = []
    waits: list[tuple[int, Fraction]] = []
    for number, mark in enumerate(MARKS[:-1]):
        wanted = mark + draw.uniform(0.25, 0.75)
        frame = min(
            range(len(truth.frame_times)), key=lambda n: abs(truth.frame_times[n] / 1000 - wanted)
        )
        at, freeze = truth.frame_times[frame], draw.randint(40, 900)
        placements.append(placed(str(number), at, freeze, at, freeze))
        waits.append((frame, frames_for(freeze, info.picture.rate) / info.picture.rate))
    target = tmp_path / f"out{suffix}"
    (made,) = export(
        source, placements, tone_clip(tmp_path, hz=0), {"film": target}, Settings(duck=0.0)
    )
    assert made.picture == "copied"

    expected = [
        truth.frame_times[frame] / 1000 + float(sum(wait for at, wait in waits if at <= frame))
        for frame in truth.mark_frames
    ]
    half = float(1 / truth.rate) / 2
    pictures = seen(target)
    zero = pictures[0][0]
    flashed, sounded = flashes(pictures), onsets(heard(target), 1000)
    assert [time - zero for time in flashed] == pytest.approx(expected, abs=half)
    assert sounded == pytest.approx(expected, abs=half)
    assert [a - b for a, b in zip(flashed, sounded, strict=True)] == (
        pytest.approx([0] * len(MARKS), abs=min(half, 0.012))
    )
    added = float(sum(wait for _, wait in waits))
    length = (truth.duration_ms / 1000) + added
    assert probe(target).duration / 1000 == pytest.approx(length, abs=half)
    decodes_cleanly(target)
    if source.suffix != ".ts":
        assert packets(target) == packets(source)
    before = [hashlib.blake2b(grey).digest() for _, grey in seen(source)]
    assert [hashlib.blake2b(grey).digest() for _, grey in pictures] == before


def test_a_clip_begins_when_it_is_planned(tmp_path: Path) -> None:
    source, target, stem = (tmp_path / name for name in ("film.mp4", "out.mp4", "stem.wav"))
    make_media.film(source, seconds=12, music=True, b_frames=2)
    boundary = frame_time(150, Fraction(25))
    placements = [
        placed("a", 1234, 500),
        placed("b", 5700, 500, boundary, 1000),
        placed("c", boundary + 1500, 500),
        placed("d", 9000, 500, frame_time(225, Fraction(25)), 480),
    ]
    export(source, placements, tone_clip(tmp_path), {"film": target, "stem": stem})
    expected = [1.234, 5.7, 7.5 + 1.0, 9.0 + 1.0]
    assert onsets(heard(target), 3000) == pytest.approx(expected, abs=0.01)
    sound = heard(stem)
    assert onsets(sound, 3000) == pytest.approx(expected, abs=0.01)
    assert len(sound) == round((12 + 1.0 + 0.48) * 48_000)
    quiet = sound.copy()
    for start in expected:
        quiet[round(start * 48_000) - 10 : round((start + 0.5) * 48_000) + 10] = 0
    assert np.abs(quiet).max() == 0


# --- tracks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_the_description_is_a_second_flagged_track(tmp_path: Path, suffix: str) -> None:
    source, target = tmp_path / "film.mp4", tmp_path / f"out{suffix}"
    make_media.film(source, seconds=4, music=True)
    (made,) = export(source, [placed("a", 1000, 500)], tone_clip(tmp_path), {"track": target})
    assert made.notes == ()
    with av.open(str(target)) as container, av.open(str(source)) as film:
        own, described = container.streams.audio
        assert own.disposition == av.stream.Disposition.default
        assert described.disposition & av.stream.Disposition.visual_impaired
        assert not described.disposition & av.stream.Disposition.default
        assert described.language == "eng"
        title = "handler_name" if suffix == ".mp4" else "title"
        assert described.metadata[title] == "Audio description"
        copied = [bytes(packet) for packet in container.demux(own) if packet.size]
        before = [bytes(packet) for packet in film.demux(audio=0) if packet.size]
        assert copied == before[len(before) - len(copied) :]
        assert len(before) - len(copied) <= 1
    assert onsets(heard(target, 1), 3000) == pytest.approx([1.0], abs=0.01)
    assert onsets(heard(target, 1), 3000) != onsets(heard(target, 0), 3000)


def test_a_container_without_flags_says_so(tmp_path: Path) -> None:
    source, target = tmp_path / "film.mp4", tmp_path / "out.mov"
    make_media.film(source, seconds=2, music=True)
    (made,) = export(source, [placed("a", 500, 500)], tone_clip(tmp_path), {"track": target})
    assert any("keep the flag" in note for note in made.notes)


def test_a_silent_film_gets_the_description_alone(tmp_path: Path) -> None:
    source, target = tmp_path / "film.mp4", tmp_path / "out.mp4"
    make_media.film(source, seconds=3, sound=False)
    export(source, [placed("a", 1000, 500)], tone_clip(tmp_path), {"film": target})
    assert onsets(heard(target), 3000) == pytest.approx([1.0], abs=0.01)
    assert probe(target).sounds[0].layout == "stereo"


def test_surround_keeps_its_channels_and_speaks_from_the_centre(tmp_path: Path) -> None:
    source, target = tmp_path / "film.mkv", tmp_path / "out.mp4"
    make_media.film(source, seconds=3, channels=6)
    export(source, [placed("a", 1000, 500)], tone_clip(tmp_path), {"film": target})
    with av.open(str(target)) as container:
        stream = container.streams.audio[0]
        assert stream.layout.name == "5.1"
        sound = np.concatenate([f.to_ndarray() for f in container.decode(stream)], axis=1)
    power = (sound**2).mean(axis=1)
    assert power[2] > 1000 * np.delete(power, 2).max()


def test_subtitles_and_chapters_wait_with_the_film(tmp_path: Path) -> None:
    plain, source, target = (tmp_path / name for name in ("plain.mkv", "film.mkv", "out.mkv"))
    make_media.film(plain, seconds=6)
    (tmp_path / "words.srt").write_text(
        "1\n00:00:01,500 --> 00:00:02,500\nA\n\n2\n00:00:04,000 --> 00:00:05,000\nB\n"
    )
    (tmp_path / "chapters.txt").write_text(
        ";FFMETADATA1\ntitle=Night\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=3000\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=3000\nEND=6000\ntitle=Two\n"
    )
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", plain, "-i", tmp_path / "words.srt", "-i",
         tmp_path / "chapters.txt", "-map", "0", "-map", "1", "-map_metadata", "2", "-c", "copy",
         "-metadata:s:s:0", "language=fra", source],
        check=True,
    )  # fmt: skip
    export(
        source, [placed("a", 2000, 1000, 2000, 1000)], tone_clip(tmp_path, 1.0), {"film": target}
    )
    with av.open(str(target)) as container:
        assert container.metadata["title"] == "Night"
        chapters = [
            tuple(chapter[side] * chapter["time_base"] for side in ("start", "end"))
            for chapter in container.chapters()
        ]
        # in the film the encoder's run-in has put the picture 21 ms after the container's zero
        assert [float(t) for pair in chapters for t in pair] == pytest.approx(
            [0, 4, 4, 7], abs=0.025
        )
        stream = container.streams.subtitles[0]
        assert stream.language == "fra"
        shown = [(p.pts, p.duration) for p in container.demux(stream) if p.size]
    assert shown == [(pytest.approx(1500, abs=25), 2000), (pytest.approx(5000, abs=25), 1000)]


def test_what_is_foreseen_is_what_happens(tmp_path: Path) -> None:
    plain, source = tmp_path / "plain.mkv", tmp_path / "film.mkv"
    make_media.film(plain, seconds=2, codec="libvpx", sound_codec="opus")
    (tmp_path / "a.ass").write_text(
        "[Events]\nFormat: Start, End, Text\nDialogue: 0:00:00.50,0:00:01.50,A\n"
    )
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", plain, "-i", tmp_path / "a.ass", "-map", "0", "-map", "1",
         "-c", "copy", "-attach", tmp_path / "a.ass", "-metadata:s:t", "mimetype=text/plain",
         source],
        check=True,
    )  # fmt: skip
    for suffix in (".mp4", ".mkv"):
        wanted: dict[DeliveryName, Path] = {
            "track": tmp_path / f"out{suffix}", "stem": tmp_path / "stem.wav"
        }  # fmt: skip
        before = sorted(tmp_path.iterdir())
        info, placements = probe(source), [placed("a", 500, 500)]
        seen = foresee(project_for(info), info, "en", placements, wanted, unwatched())
        assert sorted(tmp_path.iterdir()) == before
        made = export(source, placements, tone_clip(tmp_path), wanted)
        assert [(one.name, one.path, one.sound, one.notes) for one in seen] == [
            (one.name, one.path, one.sound, one.notes) for one in made
        ]
        assert seen[0].picture == made[0].picture
        sound = "Sound track 1 is encoded in full, because only AAC can be spliced"
        if suffix == ".mp4":
            assert sound in seen[0].notes[1]
            assert "becomes mov_text" in seen[0].notes[2]
            assert "a font or other file, was left out; .mkv can carry it." in seen[0].notes[3]
            assert len(seen[0].notes) == 4
        else:
            assert sound in seen[0].notes[0]
            assert len(seen[0].notes) == 1
        wanted["track"].unlink()


# --- pictures that cannot be copied ---------------------------------------------------------------


def test_a_picture_the_container_cannot_carry_is_encoded_and_said(tmp_path: Path) -> None:
    source, target = tmp_path / "film.webm", tmp_path / "out.mp4"
    truth = make_media.film(
        source, seconds=4, size=(161, 91), marks=(1, 3), codec="libvpx", sound_codec="opus"
    )
    at = frame_time(50, Fraction(25))
    (made,) = export(
        source, [placed("a", at, 1000, at, 1000)], tone_clip(tmp_path, hz=0), {"film": target},
        Settings(duck=0.0),
    )  # fmt: skip
    assert made.picture == "encoded"
    assert any("cannot carry vp8" in note for note in made.notes)
    assert flashes(seen(target)) == pytest.approx([1.0, 4.0], abs=0.02)
    assert onsets(heard(target), 1000) == pytest.approx([1.0, 4.0], abs=0.02)
    assert probe(target).duration == truth.duration_ms + 1000
    decodes_cleanly(target)
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_webm_refuses_what_it_would_have_to_encode(tmp_path: Path) -> None:
    source = tmp_path / "film.mp4"
    make_media.film(source, seconds=1)
    with pytest.raises(ExportError, match=r"cannot carry h264.*\.mkv or \.mp4"):
        export(source, [], tone_clip(tmp_path), {"film": tmp_path / "out.webm"})


def test_avi_without_picture_times_is_copied_in_the_decoders_order(tmp_path: Path) -> None:
    plain, source, target = (tmp_path / name for name in ("film.mp4", "film.avi", "out.mp4"))
    make_media.film(plain, seconds=4, marks=(1, 3), b_frames=2)
    subprocess.run(["ffmpeg", "-v", "error", "-i", plain, "-c", "copy", source], check=True)
    (made,) = export(source, [], tone_clip(tmp_path), {"film": target})
    zero = seen(target)[0][0]
    assert [time - zero for time in flashes(seen(target))] == pytest.approx([1.0, 3.0], abs=0.021)
    assert made.picture == "copied"
    before = [hashlib.blake2b(grey).digest() for _, grey in seen(plain)]
    assert [hashlib.blake2b(grey).digest() for _, grey in seen(target)] == before
    decodes_cleanly(target)


# --- all or nothing -------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Path:
    source = tmp_path / "film.mp4"
    make_media.film(source, seconds=4, music=True)
    return source


def only(folder: Path, *names: str) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)


def test_a_cancelled_export_leaves_nothing(tmp_path: Path, small: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "out.mp4").write_bytes(b"earlier")
    stop = threading.Event()
    progress = Progress(lambda done, _: stop.set() if done > 0.6 else None, stop)
    with pytest.raises(Cancelled):
        export(
            small, [placed("a", 1000, 500)], tone_clip(tmp_path),
            {"film": out / "out.mp4", "stem": out / "out.wav"}, progress=progress,
        )  # fmt: skip
    only(out, "out.mp4")
    assert (out / "out.mp4").read_bytes() == b"earlier"


def test_the_film_itself_is_never_overwritten(tmp_path: Path, small: Path) -> None:
    before = small.read_bytes()
    link = tmp_path / "link.mp4"
    link.symlink_to(small)
    for target in (small, link):
        with pytest.raises(ExportError, match="is the film itself"):
            export(small, [], tone_clip(tmp_path), {"film": target})
    assert small.read_bytes() == before


def test_a_missing_clip_is_said_before_anything_is_written(tmp_path: Path, small: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(ExportError, match="Speak the project again"):
        export(small, [placed("a", 1000, 500)], tmp_path / "gone.wav", {"film": out / "out.mp4"})
    only(out)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("out.xyz", "ends in one of"), ("none/out.mp4", "no folder"), ("film.d.mp4", "is a folder")],
)
def test_targets_that_cannot_be(tmp_path: Path, small: Path, name: str, sentence: str) -> None:
    (tmp_path / "film.d.mp4").mkdir()
    with pytest.raises(ExportError, match=sentence):
        export(small, [], tone_clip(tmp_path), {"film": tmp_path / name})


def test_a_full_disk_is_noticed_before(
    tmp_path: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(ExportError, match="too full"):
        export(small, [], tone_clip(tmp_path), {"film": tmp_path / "out.mp4"})
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_disk_that_fills_up_ends_in_a_sentence(
    tmp_path: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> Path:
        part = path.with_name(".studio-full.part")
        part.symlink_to("/dev/full")
        return part

    from contextlib import contextmanager

    @contextmanager
    def part(path: Path):  # type: ignore[no-untyped-def]
        link = full(path)
        yield link
        link.unlink()

    monkeypatch.setattr(export_module, "beside", part)
    for wanted in ({"film": tmp_path / "out.mp4"}, {"stem": tmp_path / "out.wav"}):
        with pytest.raises(ExportError, match="is full"):
            export(small, [placed("a", 1000, 500)], tone_clip(tmp_path), wanted)  # type: ignore[arg-type]
        (tmp_path / ".studio-full.part").unlink(missing_ok=True)


def test_hostile_names(tmp_path: Path) -> None:
    source = tmp_path / "-i concat:a|b.mp4"
    make_media.film(tmp_path / "plain.mp4", seconds=1)
    (tmp_path / "plain.mp4").rename(source)
    target = tmp_path / "%d http:x é.mkv"
    export(source, [], tone_clip(tmp_path), {"film": target})
    assert probe(target).duration == 1000


# --- real films -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "film/big_buck_bunny_30s.webm", "film/sintel_16s.mp4", "film/keyboard_compatibility.mp4",
        "film/nasa_two_tracks.mp4", "ad/rabbit_video.mp4", "odd/bbb_audio_late_800ms.mkv",
        "odd/bbb_start3600.ts", "odd/bbb_rotated90.mp4", "odd/bbb_vfr.mp4", "odd/bbb_hevc10.mp4",
        "odd/av1_no_audio.mkv", "odd/bbb_truncated_faststart.mp4", "odd/one_pixel.mp4",
    ],
)  # fmt: skip
def test_real_films_keep_every_picture(shared_media: Path, tmp_path: Path, name: str) -> None:
    source = shared_media / name
    info = probe(source)
    middle = frame_time(round(info.duration * info.picture.rate / 2000), info.picture.rate)
    placements = [placed("a", 300, 500), placed("b", middle, 500, middle, 500)]
    suffixes = [".webm", ".mkv"] if source.suffix == ".webm" else [".mp4", ".mkv"]
    for suffix in suffixes:
        target = tmp_path / f"out{suffix}"
        (made,) = export(source, placements, tone_clip(tmp_path), {"film": target})
        assert made.picture == "copied"
        decodes_cleanly(target)
        again = probe(target)
        freeze = frames_for(500, info.picture.rate) / info.picture.rate
        assert again.duration == pytest.approx(
            info.duration + 1000 * freeze, abs=60 if info.picture.variable else 2
        )
        assert again.picture.rotation == info.picture.rotation
        if source.suffix != ".ts":
            copied = packets(target)
            assert copied == packets(source)[: len(copied)]
