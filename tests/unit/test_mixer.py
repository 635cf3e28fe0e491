"""The mix: where clips sound, how the film steps back, that blocks do not matter."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.mix.arrange import (
    clip_starts,
    duck_plan,
    voice_channels,
    voice_gain,
)
from studio.mix.languages import track_language
from studio.mix.mixer import Dip, MixPlan, PlacedClip, bend_peaks, film_gain, render
from studio.mix.sound import SoundInOrder
from studio.mix.stem import wav_header
from studio.mix.timemap import Hold, SampleMap, TimeMap
from studio.script.model import Clip, Placement
from studio.settings import Settings
from studio.times import Span

FILE = Path("clip.wav")
CLIP = Clip("key", 1000, "flite", "rms", 1.0)


class Ramp:
    """A film whose sample n is n / 1e6 on every channel."""

    def __init__(self, channels: int) -> None:
        self.channels = channels

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        line = (np.arange(start, start + count) / 1e6).astype(np.float32)
        return np.tile(line, (self.channels, 1))


def voice(_: Path) -> NDArray[np.float32]:
    return np.full(500, 0.25, np.float32)


PLAN = MixPlan(
    rate=1000,
    length=9000,
    voice=(0.5, 0.5),
    holds=SampleMap((2000, 4000), (0, 700, 1500)),
    clips=(PlacedClip(1800, 500, FILE), PlacedClip(6000, 500, FILE), PlacedClip(6600, 500, FILE)),
    ducks=(Dip(1800, 2300, 300, 200), Dip(6000, 7100, 300, 300)),
    duck_level=-9.0,
    hold_fade=30,
)


@given(st.lists(st.integers(1, 9000), max_size=8))
def test_blocks_do_not_matter(cuts: list[int]) -> None:
    whole = render(PLAN, Ramp(2), voice, 0, PLAN.length)
    edges = sorted({0, *cuts, PLAN.length})
    parts = [render(PLAN, Ramp(2), voice, start, end - start) for start, end in pairwise(edges)]
    assert np.array_equal(np.concatenate(parts, axis=1), whole)


def test_the_film_is_itself_away_from_descriptions_and_holds() -> None:
    assert np.array_equal(render(PLAN, Ramp(2), voice, 0, 1500), Ramp(2).read(0, 1500))
    assert np.array_equal(render(PLAN, Ramp(2), voice, 7500, 500), Ramp(2).read(6000, 500))


def test_the_film_waits_in_silence_and_goes_on_where_it_stopped() -> None:
    plan = MixPlan(1000, 5000, (1.0,), SampleMap((2000,), (0, 700)), hold_fade=30)
    mix = render(plan, Ramp(1), voice, 0, 5000)[0]
    assert not mix[2000:2700].any()
    assert mix[2700] < mix[2800] / 10
    assert mix[2800] == pytest.approx(0.0021)
    assert mix[1969] == pytest.approx(0.001969)
    assert mix[1985] == pytest.approx(0.001985 / 2, rel=0.05)


def test_ducking_has_arrived_when_the_clip_begins_and_lasts_to_its_end() -> None:
    gain = film_gain(PLAN, 5000, 3000)
    assert gain is not None
    down = 10 ** (-9 / 20)
    assert gain[1000 : 1000 + 1100] == pytest.approx(down, rel=1e-6)
    assert gain[1000 - 150] == pytest.approx(10 ** (-4.5 / 20), rel=0.01)
    assert gain[600] == 1
    assert gain[1000 + 1100 + 150] == pytest.approx(10 ** (-4.5 / 20), rel=0.02)


def test_a_clip_keeps_its_loudness_in_every_layout() -> None:
    assert voice_channels(("FC",)) == (1.0,)
    assert voice_channels(("FL", "FR")) == pytest.approx((math.sqrt(0.5), math.sqrt(0.5)))
    assert voice_channels(("FL", "FR", "FC", "LFE", "BL", "BR")) == (0, 0, 1, 0, 0, 0)
    assert sum(gain**2 for gain in voice_channels(("FL", "FR", "BL", "BR"))) == pytest.approx(1)


def test_the_voice_follows_the_film_unless_there_is_nothing_to_follow() -> None:
    settings = Settings()
    assert voice_gain(-17.0, settings) == pytest.approx(10 ** (6 / 20))
    assert voice_gain(None, settings) == pytest.approx(1)
    assert voice_gain(-70.0, settings) == pytest.approx(1)


@given(st.floats(-20, 20))
def test_peaks_are_bent_below_full_scale_and_never_wrap(peak: float) -> None:
    sound = np.array([[peak, peak / 2]], np.float32)
    before = sound.copy()
    bend_peaks(sound)
    assert np.abs(sound).max() <= 1
    assert (np.sign(sound) == np.sign(before)).all()
    quiet = np.abs(before) <= 0.89
    assert (sound[quiet] == before[quiet]).all()


# --- the plan -------------------------------------------------------------------------------------


def clips(*spans: tuple[int, int]) -> list[PlacedClip]:
    return [PlacedClip(start, end - start, FILE) for start, end in spans]


def test_a_short_pause_is_bridged_but_never_where_somebody_talks() -> None:
    placed = clips((1000, 2000), (2900, 4000))
    assert duck_plan(placed, (), 300, 1000, 10) == (Dip(1000, 4000, 300, 300),)
    assert duck_plan(placed, ((2300, 2500),), 300, 1000, 10) == (
        Dip(1000, 2000, 300, 300),
        Dip(2900, 4000, 300, 300),
    )


def test_a_fade_ends_where_speech_begins() -> None:
    found = duck_plan(clips((1000, 2000)), ((0, 900), (2050, 3000)), 300, 1000, 10)
    assert found == (Dip(1000, 2000, 100, 50),)


@given(
    st.lists(st.integers(0, 20_000), max_size=12).map(sorted),
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 900)), max_size=6),
)
def test_ducks_hold_under_every_clip_and_let_speech_be(
    starts: list[int], talk: list[tuple[int, int]]
) -> None:
    speech: list[tuple[int, int]] = []
    for begin, length in sorted(talk):
        if not speech or begin > speech[-1][1]:
            speech.append((begin, begin + length))
    placed = [
        PlacedClip(start, 400, FILE)
        for start in starts
        if all(end <= start or begin >= start + 400 for begin, end in speech)
    ]
    ducks = duck_plan(placed, speech, 300, 1000, 10)
    plan = MixPlan(1000, 25_000, (1.0,), clips=tuple(placed), ducks=ducks, duck_level=-9.0)
    gain = film_gain(plan, 0, plan.length)
    if gain is None:
        assert not placed
        return
    for clip in placed:
        assert (gain[clip.start : clip.start + clip.count] < 0.36).all()
    for begin, end in speech:
        assert (gain[begin + 11 : max(begin + 11, end - 11)] == 1).all()


@given(
    st.lists(st.tuples(st.integers(0, 9000), st.integers(0, 1500)), max_size=12).map(sorted),
    st.lists(st.integers(0, 9000), max_size=10, unique=True).map(sorted),
    st.sampled_from([(300, 1000, 10), (300, 0, 10), (0, 500, 0), (900, 100, 40)]),
)
def test_many_clips_at_once_are_ducked_as_one_after_the_other_is(
    placed: list[tuple[int, int]], edges: list[int], lengths: tuple[int, int, int]
) -> None:
    speech = list(zip(edges[::2], edges[1::2], strict=False))
    fade, bridge, shortest = lengths
    runs: list[list[int]] = []
    for start, count in placed:
        if runs:
            since, pause = runs[-1][1], start - runs[-1][1]
            talks = any(begin < start and end > since for begin, end in speech)
            if pause <= 0 or (pause < max(bridge, 2 * fade) and not talks):
                runs[-1][1] = max(since, start + count)
                continue
        runs.append([start, start + count])
    expected = []
    for down, up in runs:
        room_in = min((down - end for _, end in speech if end <= down), default=fade)
        room_out = min((begin - up for begin, _ in speech if begin >= up), default=fade)
        fades = (max(shortest, min(fade, room)) for room in (room_in, room_out))
        expected.append(Dip(down, up, *fades))
    clips = [PlacedClip(start, count, FILE) for start, count in placed]
    assert duck_plan(clips, speech, fade, bridge, shortest) == tuple(expected)


def test_a_clip_at_the_boundary_begins_with_the_hold() -> None:
    rate = Fraction(24000, 1001)
    at = 100 / rate  # 4170.83 ms, so 4171 in whole ms
    times = TimeMap((Hold(at, Fraction(2)), Hold(Fraction(9), Fraction(1))))
    starts = clip_starts(
        [
            Placement("own", "extended", 4171, 1000, 4171, 2000, CLIP),
            Placement("before", "fits", 1000, 1000, 0, 0, CLIP),
            Placement("later", "extended", 8500, 1000, 9000, 1000, CLIP),
            Placement("out", "left out", 9500, 1000),
        ],
        times,
    )
    assert starts["own"] == Fraction(4171, 1000)
    assert starts["before"] == 1
    assert starts["later"] == Fraction(21, 2)
    assert "out" not in starts


def test_two_freezes_at_one_place_follow_one_another() -> None:
    times = TimeMap((Hold(Fraction(4), Fraction(2)), Hold(Fraction(4), Fraction(3))))
    starts = clip_starts(
        [
            Placement("a", "extended", 4000, 2000, 4000, 2000, CLIP),
            Placement("b", "extended", 4000, 3000, 4000, 3000, CLIP),
        ],
        times,
    )
    assert starts == {"a": 4, "b": 6}


# --- reading in order -----------------------------------------------------------------------------


@given(st.lists(st.integers(1, 50), max_size=20), st.lists(st.integers(1, 70), max_size=20))
def test_sound_in_order_is_the_sound_then_silence(sizes: list[int], reads: list[int]) -> None:
    total = sum(sizes)
    line = np.arange(1, total + 1, dtype=np.float32)
    blocks = np.split(line[None], np.cumsum(sizes)[:-1], axis=1) if sizes else []
    film = SoundInOrder(iter(blocks), 1)
    padded = np.concatenate([line, np.zeros(sum(reads) + 1, np.float32)])
    position = 0
    for count in reads:
        assert film.there(position, count) == max(0, min(count, total - position))
        assert np.array_equal(film.read(position, count)[0], padded[position : position + count])
        position += count


def test_sound_in_order_does_not_go_back() -> None:
    film = SoundInOrder(iter([np.zeros((1, 100), np.float32)]), 1)
    film.read(50, 10)
    with pytest.raises(ValueError, match="in order"):
        film.read(10, 5)


# --- files ----------------------------------------------------------------------------------------


def test_a_stem_beyond_4_gib_has_64_bit_sizes() -> None:
    assert wav_header(48_000, 1, 48_000)[:4] == b"RIFF"
    count = 2 << 30
    header = wav_header(48_000, 1, count)
    assert header[:4] == b"RF64"
    assert header[12:16] == b"ds64"
    assert int.from_bytes(header[28:36], "little") == 3 * count
    assert int.from_bytes(header[20:28], "little") == len(header) - 8 + 3 * count


@pytest.mark.parametrize(
    ("tag", "letters"),
    [("en", "eng"), ("pt-br", "por"), ("DE", "deu"), ("yue", "yue"), ("", "und")],
)
def test_track_languages(tag: str, letters: str) -> None:
    assert track_language(tag) == letters


def test_speech_moves_with_the_film() -> None:
    from studio.mix.arrange import speech_samples

    times = TimeMap((Hold(Fraction(2), Fraction(1)),))
    assert speech_samples((Span(1000, 2000), Span(2000, 3000)), times, 10) == ((10, 20), (30, 40))
