"""What a delivery carries beside the picture: rooms, subtitles, covers; and that it is whole."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Generator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pysubs2
import pytest
from av.subtitles.stream import SubtitleStream
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.media.audio import save_wav, sound_blocks
from studio.media.probe import FilmInfo, probe
from studio.mix.ahead import Ahead
from studio.mix.ambience import Ambience
from studio.mix.copying import holds
from studio.mix.export import Delivery, DeliveryName, Foreseen, deliver, foresee
from studio.mix.shown import read_picture_times
from studio.mix.subtitles import Line, OneAtATime
from studio.progress import Cancelled, Progress, unwatched
from studio.script.model import Clip, Film, Placement, Project
from studio.settings import PROFILES, Settings
from studio.times import Span
from tests import make_media
from tests.media.test_levels import by_ffmpeg
from tests.unit.test_roomtone import decibels, place, thirds

RATE = 48_000


# --- making and reading ---------------------------------------------------------------------------


def ffmpeg(*arguments: object) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


def film_with(folder: Path, sound: NDArray[np.float32], name: str = "film.mkv") -> Path:
    """A grey film that sounds like `sound` (channels x n at 48 kHz), uncompressed."""
    picture, voice, film = folder / "picture.mkv", folder / "voice.wav", folder / name
    make_media.film(picture, seconds=sound.shape[1] / RATE, size=(64, 36), sound=False)
    save_wav(voice, sound, RATE)
    ffmpeg("-i", picture, "-i", voice, "-c", "copy", film)
    return film


def project_for(
    info: FilmInfo, settings: Settings | None = None, speech: Sequence[Span] = ()
) -> Project:
    picture = info.picture
    size = (picture.width, picture.height, picture.rate)
    film = Film(info.path.name, info.size, "", info.duration, *size, None)
    return Project(film, speech=tuple(speech), settings=settings or Settings())


def clip(folder: Path, seconds: float = 0.5, hz: float = 3000.0, peak: float = 0.2) -> Path:
    time = np.arange(round(RATE * seconds)) / RATE
    path = folder / f"clip-{hz:.0f}-{seconds}-{peak}.wav"
    save_wav(path, (peak * np.cos(2 * np.pi * hz * time) * (hz > 0)).astype(np.float32), RATE)
    return path


def placed(cue: str, start: int, duration: int, freeze_at: int = 0, freeze: int = 0) -> Placement:
    said = Clip(cue, duration, "flite", "rms", 1.0)
    if not freeze:
        return Placement(cue, "fits", start, duration, clip=said)
    return Placement(cue, "extended", start, duration, freeze_at, freeze, said)


def export(
    source: Path,
    placements: Sequence[Placement],
    said: Path,
    wanted: Mapping[DeliveryName, Path],
    settings: Settings | None = None,
    speech: Sequence[Span] = (),
    progress: Progress | None = None,
    *,
    fold_down: bool = False,
) -> tuple[Delivery, ...]:
    info = probe(source)
    files = {placement.cue: said for placement in placements}
    project = project_for(info, settings, speech)
    watched = progress or unwatched()
    return deliver(project, info, "en", placements, files, wanted, watched, fold_down=fold_down)


def foreseen(
    source: Path, placements: Sequence[Placement], out: Path, progress: Progress
) -> Foreseen:
    info = probe(source)
    (one,) = foresee(project_for(info), info, "en", placements, {"film": out}, progress)
    return one


def heard(path: Path, track: int = 0) -> NDArray[np.float32]:
    """A sound track from film time 0, channels x n at 48 kHz."""
    info = probe(path)
    return np.concatenate(list(sound_blocks(info, info.sounds[track], sample_rate=RATE)), axis=1)


# --- room tone ------------------------------------------------------------------------------------

ROOM = Settings(duck=0.0, freeze_sound="room-tone", freeze_fade=100)


def test_the_room_is_heard_while_the_film_waits(tmp_path: Path) -> None:
    room = place(12)
    room[:, 5 * RATE : 5 * RATE + RATE // 2] += 0.3  # words
    source, target = film_with(tmp_path, room), tmp_path / "out.mp4"
    placements = [placed("a", 4000, 6000, 4000, 6000), placed("b", 8000, 400, 8000, 400)]
    said, speech = clip(tmp_path, 6.0, hz=0), [Span(5000, 5500)]
    export(source, placements, said, {"film": target}, ROOM, speech)
    sound = heard(target)
    waiting = sound[:, round(4.1 * RATE) : round(9.9 * RATE)]
    level = decibels((waiting.astype(np.float64) ** 2).mean(axis=1))
    rest = room[:, 6 * RATE :]
    assert level == pytest.approx(decibels((rest.astype(np.float64) ** 2).mean(axis=1)), abs=1)
    assert np.abs(thirds(waiting) - thirds(rest)).max() < 2.5  # coded, and six seconds only
    joints = sound[:, round(3.8 * RATE) : round(10.2 * RATE)].astype(np.float64)
    steps = decibels((joints.reshape(2, -1, RATE // 10) ** 2).mean(axis=2))
    assert np.abs(steps - np.median(steps)).max() < 2


def test_a_silent_film_waits_in_silence(tmp_path: Path) -> None:
    source, target = film_with(tmp_path, np.zeros((2, 6 * RATE), np.float32)), tmp_path / "out.mkv"
    export(
        source, [placed("a", 3000, 900, 3000, 900)], clip(tmp_path, 0.9, 0), {"film": target}, ROOM
    )
    assert np.abs(heard(target)).max() < 1e-4


def test_preview_and_export_plan_the_same_room(tmp_path: Path) -> None:
    source = film_with(tmp_path, place(8))
    info = probe(source)
    assert info.sound is not None
    times = holds([placed("a", 3000, 900, 3000, 900)], read_picture_times(info, unwatched()))
    found = [
        Ambience(info, (), unwatched()).of(info.sound, RATE, "stereo", times) for _ in range(2)
    ]
    assert found[0] == found[1]
    assert hash(found[0]) == hash(found[1])
    assert found[0][0] is not None


# --- subtitles and covers -------------------------------------------------------------------------

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
    assert foreseen(film, waits, out, unwatched()).notes == made.notes


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


# --- surround -------------------------------------------------------------------------------------

CHANNELS = ("FL", "FR", "FC", "LFE", "BL", "BR")
TONES = {"FL": 400, "FR": 600, "FC": 800, "LFE": 50, "BL": 1000, "BR": 1200}  # Hz
SAID = 3000  # Hz
SIDE = 0.5**0.5


def surround(folder: Path, peak: float, layout: str = "5.1") -> Path:
    """Six seconds of a film with another tone in each channel."""
    time = np.arange(6 * RATE) / RATE
    sound = np.stack([peak * np.cos(2 * np.pi * TONES[name] * time) for name in CHANNELS])
    source = film_with(folder, sound.astype(np.float32), "plain.mkv")
    film = folder / "surround.mkv"
    ffmpeg("-i", source, "-c:v", "copy", "-c:a", "flac", "-channel_layout", layout, film)
    return film


def amplitude(sound: NDArray[np.float32], hertz: float) -> NDArray[np.float64]:
    """How strong a tone is in each channel, over a whole number of its waves."""
    carrier = np.exp(-2j * np.pi * hertz * np.arange(sound.shape[1]) / RATE)
    return np.abs(sound.astype(np.float64) @ carrier) * 2 / sound.shape[1]


@pytest.mark.parametrize("layout", ["5.1", "5.1(side)"])
def test_surround_keeps_each_channel_and_speaks_from_the_centre(
    tmp_path: Path, layout: str
) -> None:
    source, target = surround(tmp_path, 0.1, layout), tmp_path / "out.mp4"
    export(source, [placed("a", 3000, 2000)], clip(tmp_path, 2.0), {"film": target})
    sound = heard(target)
    before, during = sound[:, RATE : 2 * RATE], sound[:, round(3.5 * RATE) : round(4.5 * RATE)]
    for number, name in enumerate(CHANNELS):
        level = amplitude(before, TONES[name])
        assert level[number] == pytest.approx(0.1, rel=0.05)
        assert np.delete(level, number).max() < 0.003
    spoken = amplitude(during, SAID)
    assert spoken[2] > 0.05
    assert np.delete(spoken, 2).max() < 0.003


@pytest.mark.parametrize("layout", ["5.1", "5.1(side)"])
def test_surround_is_folded_down_as_the_standard_says(tmp_path: Path, layout: str) -> None:
    source, target = surround(tmp_path, 0.1, layout), tmp_path / "out.mp4"
    said = clip(tmp_path, 2.0)
    export(source, [placed("a", 3000, 2000)], said, {"film": target}, fold_down=True)
    assert probe(target).sounds[0].layout == "stereo"
    sound = heard(target)
    before, during = sound[:, RATE : 2 * RATE], sound[:, round(3.5 * RATE) : round(4.5 * RATE)]
    left_right = {
        "FL": (1, 0), "FR": (0, 1), "FC": (SIDE, SIDE), "LFE": (0, 0), "BL": (SIDE, 0),
        "BR": (0, SIDE),
    }  # fmt: skip
    for name, gains in left_right.items():
        expected = [0.1 * gain for gain in gains]
        assert amplitude(before, TONES[name]) == pytest.approx(expected, rel=0.04, abs=0.002)
    spoken = amplitude(during, SAID)
    assert spoken[0] == pytest.approx(spoken[1], rel=0.01)
    assert spoken[0] > 0.05


def test_folding_down_never_clips(tmp_path: Path) -> None:
    source, target = surround(tmp_path, 0.95), tmp_path / "out.mkv"
    export(source, [placed("a", 3000, 500)], clip(tmp_path), {"film": target}, fold_down=True)
    sound = heard(target)
    assert np.abs(sound).max() < 1
    # held by the limiter, not cut off: no tone appears that was not there
    strongest = max(float(amplitude(sound[:, RATE : 2 * RATE], hz).max()) for hz in (1600, 2400))
    assert strongest < 0.02


def test_stereo_is_not_touched_by_folding_down(tmp_path: Path) -> None:
    source = film_with(tmp_path, place(3))
    sounds = []
    for folded in (False, True):
        target = tmp_path / f"out{folded}.mkv"
        export(source, [placed("a", 900, 500)], clip(tmp_path), {"film": target}, fold_down=folded)
        sounds.append(heard(target))
    assert np.array_equal(*sounds)


# --- stopping -------------------------------------------------------------------------------------

ALL: dict[DeliveryName, str] = {
    "film": "out.mp4", "track": "out.mkv", "stem": "out.wav", "clips": "out.clips"
}  # fmt: skip
STAGES = [
    "Listening to the film's rooms",
    "Measuring the loudness",
    "Writing the film",
    "Writing the description alone",
    "Writing the clips",
    "Making sure that all is on the disk",
]


def everything(source: Path, folder: Path, said: Path, progress: Progress) -> tuple[Delivery, ...]:
    """All that can be made of a film, with a loudness, a freeze and its room."""
    info = probe(source)
    waits = [placed("a", 1000, 500), placed("b", 2000, 500, 2000, 500)]
    return deliver(
        project_for(info, ROOM), info, "en", waits, {"a": said, "b": said},
        {name: folder / file for name, file in ALL.items()}, progress,
        dict.fromkeys(("film", "stem", "clips"), PROFILES[0]),
    )  # fmt: skip


class Told:
    """A progress that notes what it is told, and stops the job when it is told `until`."""

    def __init__(self, until: str | None) -> None:
        self.stages: list[str] = []
        self.after = 0
        self.fractions: list[float] = []
        self.progress = Progress(self._report)
        self._until = until

    def _report(self, fraction: float, message: str) -> None:
        self.fractions.append(fraction)
        if message and message not in self.stages:
            self.stages.append(message)
        if self._until is not None and message == self._until:
            self.progress.cancel()


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film_with(tmp_path_factory.mktemp("noisy"), place(4))


def test_every_stage_is_named_and_progress_never_goes_back(noisy: Path, tmp_path: Path) -> None:
    told = Told(None)
    out = tmp_path / "out"
    out.mkdir()
    everything(noisy, out, clip(tmp_path), told.progress)
    assert [one for one in told.stages if one in STAGES] == STAGES
    assert all(after >= before for before, after in pairwise(told.fractions))
    assert told.fractions[-1] == 1
    assert sorted(path.name for path in out.iterdir()) == sorted(ALL.values())


@pytest.mark.parametrize("stage", STAGES)
def test_stopping_at_any_stage_leaves_what_was_there(
    noisy: Path, tmp_path: Path, stage: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "out.mp4").write_bytes(b"earlier")
    with pytest.raises(Cancelled):
        everything(noisy, out, clip(tmp_path), Told(stage).progress)
    assert [path.name for path in out.iterdir()] == ["out.mp4"]
    assert (out / "out.mp4").read_bytes() == b"earlier"


def test_a_job_that_waits_for_a_slow_thread_can_be_stopped() -> None:
    progress, let_go = Progress(), threading.Event()

    def slow() -> Generator[int]:
        yield 1
        progress.cancel()
        let_go.wait()
        yield 2

    stopped = False
    with contextlib.ExitStack() as stack:
        ahead = stack.enter_context(Ahead(slow(), 1, progress))
        stack.callback(let_go.set)  # before the thread is waited for
        assert next(ahead) == 1
        try:
            next(ahead)
        except Cancelled:
            stopped = True
    assert stopped


def test_a_job_that_was_stopped_before_it_began_looks_at_nothing(noisy: Path) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        foreseen(noisy, [], noisy.with_name("out.mp4"), progress)
    with pytest.raises(Cancelled):
        everything(noisy, noisy.parent, noisy, progress)


# --- levels ---------------------------------------------------------------------------------------


def level_over_time(sound: NDArray[np.float32], hertz: float) -> NDArray[np.float64]:
    """How strong a tone is around each sample, in dB: over ten of its waves, so others cancel."""
    carrier = sound.astype(np.float64) * np.exp(-2j * np.pi * hertz * np.arange(len(sound)) / RATE)
    width = round(10 * RATE / hertz)
    return decibels(np.abs(np.convolve(carrier, np.ones(width) / width, "same")) ** 2 + 1e-12)


def straight(
    level: NDArray[np.float64], depth: float, start: float, end: float
) -> tuple[float, float]:
    """When a fade, straight in dB, is at 0 and at `depth`, in seconds: by the line through it."""
    moments = np.arange(round(start * RATE), round(end * RATE))
    part = level[moments]
    within = (part < -1) & (part > depth + 1)
    slope, at_zero = np.polyfit(moments[within] / RATE, part[within], 1)
    return -at_zero / slope, (depth - at_zero) / slope


@pytest.mark.parametrize("target", ["out.mp4", "out.mkv", "out.webm"])
@pytest.mark.parametrize(("depth", "fade"), [(-9.0, 300), (-18.0, 100), (-6.0, 800)])
def test_the_film_steps_back_as_far_and_as_fast_as_set(
    tmp_path: Path, target: str, depth: float, fade: int
) -> None:
    time = np.arange(9 * RATE) / RATE
    tone = np.tile(0.2 * np.cos(2 * np.pi * 1000 * time), (2, 1)).astype(np.float32)
    source = film_with(tmp_path, tone)
    if target.endswith("webm"):
        vp8 = tmp_path / "film.webm"
        ffmpeg("-i", source, "-c:v", "libvpx", "-c:a", "libopus", "-b:a", "192k", vp8)
        source = vp8
    settings = Settings(duck=depth, duck_fade=fade)
    said = clip(tmp_path, 2.0, hz=3100)
    export(source, [placed("a", 3000, 2000)], said, {"film": tmp_path / target}, settings)
    level = level_over_time(heard(tmp_path / target)[0], 1000)
    before = float(np.median(level[RATE : 2 * RATE]))
    level -= before
    down = level[round(3.1 * RATE) : round(4.9 * RATE)]
    assert down == pytest.approx(depth, abs=1)
    assert level[round(7 * RATE) : round(8 * RATE)] == pytest.approx(0, abs=0.3)
    leaves, arrives = straight(level, depth, 1.5, 3.1)
    assert arrives - leaves == pytest.approx(fade / 1000, abs=0.02)
    assert arrives == pytest.approx(3.0, abs=0.02)
    returned, begins = straight(level, depth, 4.9, 6.5)
    assert returned - begins == pytest.approx(fade / 1000, abs=0.02)
    assert begins == pytest.approx(5.0, abs=0.02)


@pytest.mark.parametrize("fold_down", [False, True])
def test_surround_is_brought_to_a_profile_too(tmp_path: Path, fold_down: bool) -> None:
    source, target = surround(tmp_path, 0.3), tmp_path / "out.mp4"
    info = probe(source)
    web = PROFILES[3]
    (made,) = deliver(
        project_for(info), info, "en", [placed("a", 3000, 500)], {"a": clip(tmp_path)},
        {"film": target}, unwatched(), {"film": web}, fold_down=fold_down,
    )  # fmt: skip
    loudness, peak = by_ffmpeg(made.path)
    assert loudness == pytest.approx(web.loudness, abs=0.5)
    assert peak <= web.peak
