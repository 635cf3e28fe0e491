"""What a delivery carries beside the picture: rooms, subtitles, covers; and that it is whole."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.media.audio import save_wav, sound_blocks
from studio.media.probe import FilmInfo, probe
from studio.mix.ambience import Ambience
from studio.mix.copying import holds, read_picture_times
from studio.mix.export import Delivery, DeliveryName, deliver
from studio.progress import Progress, unwatched
from studio.script.model import Clip, Film, Placement, Project
from studio.settings import Settings
from studio.times import Span
from tests import make_media
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
) -> tuple[Delivery, ...]:
    info = probe(source)
    files = {placement.cue: said for placement in placements}
    project = project_for(info, settings, speech)
    return deliver(project, info, "en", placements, files, wanted, progress or unwatched())


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
