"""How loud it is where voices are: at the right moment, in any blocks, through what stands."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.analysis.envelope import RATE, STEP, loudness

Sound = NDArray[np.float32]

HOP = RATE * STEP // 1000


def noise(seconds: float, seed: int = 0) -> Sound:
    lot = np.random.default_rng(seed)
    return (0.1 * lot.standard_normal(round(seconds * RATE))).astype(np.float32)


def tone(seconds: float, pitch: float) -> Sound:
    moments = np.arange(round(seconds * RATE)) / RATE
    return np.sin(2 * np.pi * pitch * moments).astype(np.float32)


@pytest.mark.parametrize("count", [1, 7, 1000])
def test_blocks_of_any_size_are_heard_alike(count: int) -> None:
    sound = noise(1.503)
    whole = loudness([sound])
    assert len(whole) == 150
    assert loudness(np.array_split(sound, count)) == pytest.approx(whole, rel=1e-4)


def test_no_sound_has_no_loudness() -> None:
    assert len(loudness([])) == 0
    assert not loudness([np.zeros(RATE, np.float32)]).any()


@pytest.mark.parametrize("step", [0, 40, 99])
def test_a_value_is_about_the_middle_of_its_step(step: int) -> None:
    """A click there is heard as much before as after."""
    sound = np.zeros(RATE, np.float32)
    sound[step * HOP + HOP // 2 - 1 : step * HOP + HOP // 2 + 1] = 1
    heard = loudness([sound])
    assert int(np.argmax(heard)) == step
    near = heard[max(0, step - 1) : step + 2]
    if len(near) == 3:
        assert near[0] == pytest.approx(near[2], rel=1e-3)


def test_ten_times_the_energy_is_twice_as_loud() -> None:
    soft = loudness([noise(1)])[5:-5]
    loud = loudness([noise(1) * np.sqrt(10)])[5:-5]
    assert loud / soft == pytest.approx(np.full(len(soft), 10**0.3), rel=1e-3)


@pytest.mark.parametrize("pitch", [50, 7000])
def test_what_no_voice_is_made_of_is_hardly_heard(pitch: float) -> None:
    inside = loudness([tone(1, 700)])[10:-10].mean()
    assert loudness([tone(1, pitch)])[10:-10].mean() < 0.1 * inside


def test_a_voice_is_heard_beside_a_tone_that_fills_one_band() -> None:
    """What comes and goes in the other bands is not lost in it."""
    moments = np.arange(4 * RATE) / RATE
    syllables = np.sin(2 * np.pi * 2 * moments) ** 2
    voice = (noise(4) * syllables).astype(np.float32)
    alone = loudness([voice])
    beside = loudness([voice + np.float32(0.1 * np.sqrt(2)) * tone(4, 700)])
    assert np.corrcoef(alone, beside)[0, 1] > 0.95
