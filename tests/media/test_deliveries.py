"""What is heard in a delivery, and that it is made whole or not at all."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Generator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.media.audio import save_wav, sound_blocks
from studio.media.probe import FilmInfo, probe
from studio.mix.ahead import Ahead
from studio.mix.ambience import Ambience
from studio.mix.copying import holds
from studio.mix.export import Delivery, DeliveryName, Foreseen, deliver, foresee
from studio.mix.shown import read_picture_times
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
    source: Path,
    placements: Sequence[Placement],
    name: DeliveryName,
    target: Path,
    progress: Progress,
    settings: Settings | None = None,
) -> Foreseen:
    info = probe(source)
    project = project_for(info, settings)
    (one,) = foresee(project, info, "en", placements, {name: target}, progress)
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
        foreseen(noisy, [], "film", noisy.with_name("out.mp4"), progress)
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
        ffmpeg(
            "-i", source, "-c:v", "libvpx", "-threads", "1", "-c:a", "libopus", "-b:a", "192k", vp8
        )
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


@pytest.mark.parametrize("target", ["out.mp4", "out.mkv"])
def test_eight_channels_stay_eight(tmp_path: Path, target: str) -> None:
    time = np.arange(4 * RATE) / RATE
    hertz = [300, 400, 500, 50, 700, 800, 900, 1000]  # the fourth is the LFE, which is coded low
    tones = [0.1 * np.cos(2 * np.pi * one * time) for one in hertz]
    plain = film_with(tmp_path, np.stack(tones).astype(np.float32), "plain.mkv")
    source, out = tmp_path / "eight.mkv", tmp_path / target
    ffmpeg("-i", plain, "-c:v", "copy", "-c:a", "flac", "-channel_layout", "7.1", source)
    export(source, [placed("a", 1000, 500, 1000, 500)], clip(tmp_path), {"film": out}, ROOM)
    assert probe(out).sounds[0].layout == "7.1"
    sound = heard(out)[:, 2 * RATE : 3 * RATE]
    for number, one in enumerate(hertz):
        level = amplitude(sound, one)
        assert level[number] == pytest.approx(0.1, rel=0.05)
        assert np.delete(level, number).max() < 0.003
