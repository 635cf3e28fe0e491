"""Flashes and beeps of a leader: found to the millisecond, and nothing else taken for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.analysis.marks import Light, beeps, flashes, marks, paired
from studio.media.probe import probe
from studio.mix.repair import repair
from studio.mix.warp import Slip
from studio.progress import unwatched
from tests import make_media

RATE = 16_000


def tone(hz: float, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def test_marks_tell_how_late_the_sound_is(tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    make_media.film(film, seconds=8, marks=(1.0, 3.2, 6.0), music=False)
    found = marks(probe(film), unwatched())
    assert found is not None
    assert found.pairs == 3
    assert abs(found.late) < 1.5
    for late in (-333.0, 87.0):
        target = tmp_path / f"moved {late}.mkv"
        repair(probe(film), [Slip(0, -late)], target, unwatched())
        moved = marks(probe(target), unwatched())
        assert moved is not None
        assert moved.late == pytest.approx(late, abs=1.5)


def test_speech_and_music_have_no_beep(tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    make_media.film(film, seconds=6, speech=((1.0, "Who is there?"),), music=True, marks=())
    assert marks(probe(film), unwatched()) is None


def test_a_beep_is_short_pure_and_sudden() -> None:
    sound = np.zeros(4 * RATE, np.float32)
    sound[RATE : RATE + RATE // 10] = tone(1000, 0.1)  # a beep at 1 s
    noise = np.random.default_rng(1).normal(0, 0.2, RATE // 10)
    sound[2 * RATE : 2 * RATE + RATE // 10] = noise.astype(np.float32)  # a bang
    sound[2 * RATE + RATE // 2 :] = tone(440, 1.5)  # a tone that stays
    assert beeps(sound) == pytest.approx([1000.0], abs=1.0)


def test_a_flash_is_white_and_short() -> None:
    def shot(*levels: float) -> list[Light]:
        return [Light(40.0 * n, level, 5.0) for n, level in enumerate(levels)]

    assert flashes(shot(20, 20, 235, 20, 20)) == [80.0]
    assert flashes(shot(20, 20, *[235] * 20, 20)) == []  # a white scene
    assert flashes(shot(20, 20, 120, 20, 20)) == []
    uneven = [Light(0, 20, 5), Light(40, 200, 60), Light(80, 20, 5)]
    assert flashes(uneven) == []


@pytest.mark.parametrize(
    ("seen", "heard"),
    [
        ([], []),
        ([1000.0], [1000.0, 2000.0]),
        ([1000.0], [4000.0]),
        ([1000.0, 2000.0], [1040.0, 2300.0]),
    ],
)
def test_what_does_not_pair_is_no_mark(seen: list[float], heard: list[float]) -> None:
    assert paired(seen, heard) is None
