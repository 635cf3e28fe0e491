"""Room tone: as loud and as coloured as the place it comes from, without end, joint or loop."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import fftconvolve, firwin2, welch

from studio.mix.ambience import places_near, quietest
from studio.mix.mixer import Dip, MixPlan, render
from studio.mix.roomtone import RoomTone, measured_tone, tone_at
from studio.mix.timemap import SampleMap
from studio.times import Span

RATE = 48_000


def place(seconds: float, channels: int = 2, seed: int = 1) -> NDArray[np.float32]:
    """A room: noise that falls towards the highs, with a bump; half of it alike in all channels."""
    draw = np.random.default_rng(seed)
    hertz = [0, 60, 200, 1000, 1400, 2000, 8000, 24_000]
    taps = firwin2(4095, hertz, [0.3, 1, 0.5, 0.2, 0.4, 0.2, 0.05, 0.01], fs=RATE)
    noise = draw.standard_normal((channels + 1, round(seconds * RATE) + 4094))
    coloured = np.stack([fftconvolve(one, taps, "valid") for one in noise])
    return (0.02 * (coloured[:-1] + coloured[-1])).astype(np.float32)


def decibels(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return 10 * np.log10(power)


def thirds(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """The level of each third of an octave from 100 Hz to 16 kHz, in dB, by channel."""
    hertz, power = welch(sound.astype(np.float64), RATE, nperseg=8192)
    centres = 1000 * 2 ** (np.arange(-10, 13) / 3)
    return np.array(
        [
            decibels(
                power[:, (hertz >= c * 2 ** (-1 / 6)) & (hertz < c * 2 ** (1 / 6))].mean(axis=1)
            )
            for c in centres
        ]
    )


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_it_is_as_loud_and_as_coloured_as_the_place(channels: int) -> None:
    room = place(20, channels)
    tone = measured_tone(room[:, : round(1.5 * RATE)], RATE)
    made = tone_at(tone, 0, 20 * RATE)
    level = decibels((made.astype(np.float64) ** 2).mean(axis=1))
    assert level == pytest.approx(decibels((room.astype(np.float64) ** 2).mean(axis=1)), abs=1)
    assert np.abs(thirds(made) - thirds(room)).max() < 2


def test_channels_stay_as_alike_as_they_are() -> None:
    def likeness(sound: NDArray[np.float32]) -> float:
        return float(np.corrcoef(sound)[0, 1])

    room = place(10)
    made = tone_at(measured_tone(room, RATE), 0, 10 * RATE)
    assert likeness(made) == pytest.approx(likeness(room), abs=0.05)
    twice = np.repeat(room[:1], 2, axis=0)
    made = tone_at(measured_tone(twice, RATE), 0, RATE)
    assert np.allclose(made[0], made[1], atol=1e-6)


def test_no_loop_and_no_joint_is_heard() -> None:
    made = tone_at(measured_tone(place(1.5, 1), RATE), 0, 30 * RATE)[0].astype(np.float64)
    spectrum = np.fft.rfft(made, 2 * len(made))
    alike = np.fft.irfft(np.abs(spectrum) ** 2)[: len(made)]
    assert np.abs(alike[RATE // 20 :]).max() < 0.05 * alike[0]
    # even to the ear: no 50 ms stand out, where frames join or elsewhere
    steps = decibels((made.reshape(-1, RATE // 20) ** 2).mean(axis=1))
    assert np.abs(steps - np.median(steps)).max() < 3
    # a click is a jump: none is larger than what the noise itself does
    jumps = np.diff(made)
    assert np.abs(jumps).max() < 6.5 * jumps.std()


@given(st.integers(-20_000, 50_000), st.lists(st.integers(1, 29_999), max_size=6))
@settings(max_examples=20)
def test_any_stretch_is_the_same_however_it_is_cut(start: int, cuts: list[int]) -> None:
    tone = measured_tone(place(0.5), RATE)
    whole = tone_at(tone, start, 30_000)
    edges = sorted({0, *cuts, 30_000})
    parts = [tone_at(tone, start + a, b - a) for a, b in reversed(list(pairwise(edges)))]
    assert np.array_equal(np.concatenate(parts[::-1], axis=1), whole)


def test_every_tone_and_every_frame_is_drawn_anew() -> None:
    tones = [measured_tone(place(0.3, 1, seed), RATE) for seed in range(8)]
    # seeds on both sides of what a signed number holds
    assert len({tone.seed >> 63 for tone in tones}) == 2
    made = [tone_at(tone, at, 8192)[0] for tone in tones for at in (-90_000, 0, 90_000)]
    likeness = np.corrcoef(np.stack(made)) - np.eye(len(made))
    assert np.abs(likeness).max() < 0.3


def test_silence_gives_silence_and_the_same_sound_the_same_tone() -> None:
    silent = measured_tone(np.zeros((2, RATE), np.float32), RATE)
    assert not tone_at(silent, 0, RATE).any()
    room = place(0.5)
    assert measured_tone(room, RATE) == measured_tone(room.copy(), RATE)
    assert len({measured_tone(room, RATE), measured_tone(room.copy(), RATE)}) == 1
    assert measured_tone(room, RATE) != measured_tone(room / 2, RATE)


# --- in the mix -----------------------------------------------------------------------------------


class Room:
    """A film that is nothing but its room."""

    def __init__(self, sound: NDArray[np.float32]) -> None:
        self.sound = sound

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        part = self.sound[:, start : start + count]
        return np.pad(part, ((0, 0), (0, count - part.shape[1])))


def no_clip(_: Path) -> NDArray[np.float32]:
    raise AssertionError("nothing is said")


def plan_with(tone: RoomTone | None, **more: object) -> MixPlan:
    holds = SampleMap((2 * RATE, 2 * RATE, 4 * RATE), (0, 2 * RATE, 3 * RATE, 5 * RATE))
    return MixPlan(
        RATE, 11 * RATE, (0.5, 0.5), holds, hold_fade=RATE // 10, room_tones=(tone,) * 3, **more
    )  # type: ignore[arg-type]


def test_the_room_goes_on_while_the_film_waits() -> None:
    room = place(6)
    plan = plan_with(measured_tone(room[:, :RATE], RATE))
    mix = render(plan, Room(room), no_clip, 0, plan.length)
    steps = (mix.astype(np.float64).reshape(2, -1, RATE // 10) ** 2).mean(axis=2)
    assert np.abs(decibels(steps) - np.median(decibels(steps))).max() < 2
    whole = [render(plan, Room(room), no_clip, a, 999) for a in (2 * RATE - 400, 5 * RATE - 500)]
    assert np.array_equal(whole[0], mix[:, 2 * RATE - 400 : 2 * RATE + 599])
    assert np.array_equal(whole[1], mix[:, 5 * RATE - 500 : 5 * RATE + 499])
    assert np.array_equal(mix[:, :RATE], room[:, :RATE])


def test_the_room_is_ducked_like_the_film() -> None:
    room = place(6)
    ducks = (Dip(RATE, 11 * RATE, 100, 100),)
    plan = plan_with(measured_tone(room, RATE), ducks=ducks, duck_level=-12.0)
    mix = render(plan, Room(room), no_clip, 2 * RATE + RATE // 5, 2 * RATE)
    level = decibels((mix.astype(np.float64) ** 2).mean())
    assert level == pytest.approx(decibels((room.astype(np.float64) ** 2).mean()) - 12, abs=1)


def test_a_silent_place_stays_silent() -> None:
    room = place(6)
    mix = render(plan_with(None), Room(room), no_clip, 2 * RATE, 3 * RATE)
    assert not mix.any()


# --- where it is found ----------------------------------------------------------------------------


def test_it_is_sought_near_and_away_from_words() -> None:
    speech = (Span(0, 9000), Span(12_000, 30_000), Span(40_000, 50_000))
    assert places_near(11_000, speech, 60_000) == (Span(9250, 11_750),)
    assert places_near(20_000, speech, 60_000) == (Span(9250, 11_750),)
    assert places_near(35_000, speech, 60_000) == (Span(30_250, 39_750),)
    assert places_near(49_000, speech, 60_000) == (Span(50_250, 54_000),)
    assert places_near(5000, (Span(0, 60_000),), 60_000) == ()


def test_the_quietest_steady_stretch_is_taken_and_never_a_hole() -> None:
    sound = place(8, 1)
    sound[:, : 3 * RATE] *= 10
    sound[:, 5 * RATE : 6 * RATE] = 0
    sound[:, 7 * RATE] = 0.9  # a knock
    found = quietest([sound[:, : 4 * RATE], sound[:, 4 * RATE :]], RATE)
    assert found is not None
    assert (found.astype(np.float64) ** 2).mean() == pytest.approx(
        (sound[:, 3 * RATE : 5 * RATE].astype(np.float64) ** 2).mean(), rel=0.3
    )
    assert np.abs(found).max() < 0.5
    assert quietest([np.zeros((2, RATE), np.float32)], RATE) is None
    assert quietest([], RATE) is None
