"""The built-in sound-maker: exact lengths, tempos, seams, seeds, and moods that can be measured."""

from __future__ import annotations

import functools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio import engines
from studio.engines import BED_RATE, Wish
from studio.engines.moods import feeling, unknown
from studio.engines.procedural import _piece, sound_at
from studio.media.truepeak import TruePeakMeter

Sound = NDArray[np.float32]


@functools.cache
def made(
    atmosphere: str, rhythm: str, melody: str, ms: int = 20_000, loop: bool = False, seed: int = 1
) -> Sound:
    wish = Wish(atmosphere, rhythm, melody, ms * BED_RATE // 1000, loop, seed)
    return np.concatenate(list(engines.open("sound-maker", "procedural").make(wish)), axis=1)


def onsets(sound: Sound) -> tuple[NDArray[np.float64], float]:
    """How much rises at each moment over all bands, and the moments a second."""
    size, hop = 1024, 240
    frames = np.lib.stride_tricks.sliding_window_view(sound.mean(axis=0), size)[::hop]
    bands = np.log1p(100 * np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)))
    rise = np.maximum(0, np.diff(bands, axis=0)).sum(axis=1)
    return rise, BED_RATE / hop


def tempo(sound: Sound) -> float:
    """Beats a minute from 40 to 200: where the onsets resemble themselves most."""
    rise, rate = onsets(sound)
    rise = rise - rise.mean()
    spectrum = np.abs(np.fft.rfft(rise, 2 * len(rise))) ** 2
    alike = np.fft.irfft(spectrum)[: len(rise)] / np.arange(len(rise), 0, -1)
    low, high = round(rate * 60 / 200), round(rate * 60 / 40)
    best = low + int(alike[low:high].argmax())
    before, here, after = alike[best - 1 : best + 2]
    finer = best + 0.5 * (before - after) / (before - 2 * here + after)
    # twice as slow fits as well: the quickest that fits nearly as well is meant
    for part in (3, 2):
        if best // part >= low and alike[round(finer / part)] > 0.8 * here:
            finer /= part
            break
    return 60 * rate / finer


def onset_rate(sound: Sound) -> float:
    """Onsets a second: strong single rises."""
    rise, rate = onsets(sound)
    peak = (rise[1:-1] > rise[:-2]) & (rise[1:-1] >= rise[2:]) & (rise[1:-1] > 4 * np.median(rise))
    return float(peak.sum()) / (len(rise) / rate)


def centroid(sound: Sound) -> float:
    spectrum = np.abs(np.fft.rfft(sound.mean(axis=0) * np.hanning(sound.shape[1]))) ** 2
    frequency = np.fft.rfftfreq(sound.shape[1], 1 / BED_RATE)
    return float((spectrum * frequency).sum() / spectrum.sum())


# --- length, tempo, seam, seed --------------------------------------------------------------------


@settings(max_examples=6, deadline=None)
@given(st.integers(1000, 4000), st.booleans())
def test_the_length_is_exact(ms: int, loop: bool) -> None:
    assert made("calm sea", "slow pulse", "bells", ms, loop).shape == (2, ms * 48)


@pytest.mark.parametrize("bpm", [47, 60, 72.5, 90, 120, 163])
def test_the_tempo_is_the_one_asked_for(bpm: float) -> None:
    sound = made("warm room", f"steady pulse, {bpm} bpm", "none", 23_456)
    assert tempo(sound) == pytest.approx(bpm, rel=0.02)


@pytest.mark.parametrize("ms", [1000, 2345, 5000, 61_001])
@pytest.mark.parametrize("bpm", [33.3, 60, 119.0])
def test_a_beat_is_never_two_percent_off(ms: int, bpm: float) -> None:
    piece = _piece(Wish("", f"{bpm} bpm", "", ms * 48, loop=True))
    assert 60 / piece.beat == pytest.approx(bpm, rel=0.02)
    assert piece.beats * piece.beat <= ms / 1000 + 1e-9 or piece.beats == 1


@pytest.mark.parametrize(
    "mood",
    [
        ("calm sea", "none", "strings"),
        ("tense city", "driving drums, 132 bpm", "busy bells"),
        ("bright wind", "steady 90 bpm", "flute melody"),
    ],
)
@pytest.mark.parametrize("ms", [3000, 7500])
def test_a_loop_has_no_seam(mood: tuple[str, str, str], ms: int) -> None:
    sound = made(*mood, ms, True).astype(np.float64)
    around = np.concatenate([sound[:, -4800:], sound[:, :4800]], axis=1)
    steps, normal = np.diff(around, axis=1), np.diff(sound, axis=1).std(axis=1, keepdims=True)
    assert np.abs(steps[:, 4799:4800] / normal).max() < 2
    bends = np.abs(np.diff(steps, axis=1) / np.diff(sound, 2, axis=1).std(axis=1, keepdims=True))
    assert bends[:, 4798:4800].max() < 3


def test_it_is_the_same_however_it_is_cut() -> None:
    piece = _piece(Wish("dark wind", "60 bpm", "piano", 4 * BED_RATE, False, 5))
    whole = sound_at(piece, 0, 4 * BED_RATE)
    parts = [sound_at(piece, at, 9973) for at in range(0, 4 * BED_RATE, 9973)]
    assert np.allclose(np.concatenate(parts, axis=1)[:, : 4 * BED_RATE], whole, atol=1e-6)


def test_the_same_seed_gives_the_same_bytes_in_another_run() -> None:
    program = (
        "import hashlib; from tests.unit.test_procedural import made; "
        "print(hashlib.sha256(made('dim rain','slow','bells',1500).tobytes()).hexdigest())"
    )
    found = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout
        for _ in range(2)
    }
    assert len(found) == 1
    assert not np.array_equal(
        made("dim rain", "slow", "bells", 1500, seed=1),
        made("dim rain", "slow", "bells", 1500, seed=2),
    )


def test_three_hours_are_no_more_than_their_blocks() -> None:
    """Any stretch of them is made alone, and what follows the end is the beginning."""
    whole = 3 * 3600 * BED_RATE
    piece = _piece(Wish("dark sea", "60 bpm", "bells melody", whole, True, 2))
    assert len(piece.roots) > 1000
    assert np.array_equal(sound_at(piece, whole, 9000), sound_at(piece, 0, 9000))
    assert np.abs(sound_at(piece, whole - 9000, 9000)).max() > 0.005
    blocks = engines.open("sound-maker", "procedural").make(
        Wish("dark sea", "60 bpm", "bells melody", whole, False, 2)
    )
    assert np.array_equal(next(blocks)[:, :9000], sound_at(piece, 0, 9000))


# --- how it sounds --------------------------------------------------------------------------------

MOODS = (
    ("dark night forest", "slow 60 bpm pulse", "piano, sparse"),
    ("bright sunny day", "upbeat 120 bpm", "bells melody"),
    ("tense stormy sea", "driving drums, 140 bpm", "busy strings"),
    ("", "", "drone"),
)


@pytest.mark.parametrize("mood", MOODS)
def test_no_clipping_no_dc_no_click(mood: tuple[str, str, str]) -> None:
    sound = made(*mood)
    meter = TruePeakMeter(2)
    meter.feed(sound)
    assert meter.finish() < -1
    assert np.abs(sound.mean(axis=1)).max() < 1e-3
    assert np.abs(np.diff(sound, axis=1)).max() < 0.2
    rms = np.sqrt(np.mean(sound.astype(np.float64) ** 2))
    assert -32 < 20 * np.log10(rms) < -14
    assert 0 < np.corrcoef(sound)[0, 1] < 0.98  # wide, and fit for mono


def test_minutes_do_not_repeat() -> None:
    sound = made("calm", "", "drone", 48_000).mean(axis=0)
    parts = sound.reshape(12, -1)[:, ::4]
    powers = np.abs(np.fft.rfft(parts, axis=1))[:, : 5 * 2000]
    alike = np.corrcoef(powers)
    assert np.median(alike[~np.eye(12, dtype=bool)]) < 0.8


def test_pads_are_consonant() -> None:
    """Nearly all their power lies within a third of a semitone of the notes of one scale."""
    sound = made("calm bright", "", "drone", 20_000)
    piece = _piece(Wish("calm bright", "", "drone", 20 * BED_RATE, False, 1))
    scale = {(piece.key + step) % 12 for step in (0, 2, 4, 5, 7, 9, 11)}
    power = np.abs(np.fft.rfft(sound[0] * np.hanning(sound.shape[1]))) ** 2
    frequency = np.fft.rfftfreq(sound.shape[1], 1 / BED_RATE)
    heard = (frequency > 60) & (frequency < 1000)
    pitch = 69 + 12 * np.log2(frequency[heard] / 440)
    near = np.abs(pitch - np.rint(pitch)) < 1 / 3
    in_scale = np.isin(np.rint(pitch).astype(int) % 12, list(scale))
    assert power[heard][near & in_scale].sum() / power[heard].sum() > 0.95


def test_bright_moods_are_brighter_than_dark_ones() -> None:
    for seed in (1, 2, 3):
        dark, bright = (made(one, "", "drone", 5000, False, seed) for one in ("dark", "bright"))
        assert centroid(bright) > 1.5 * centroid(dark)


def test_tense_moods_have_more_onsets_than_calm_ones() -> None:
    for seed in (1, 2, 3):
        calm, tense = (made(one, "", "", 6000, False, seed) for one in ("calm", "tense"))
        assert onset_rate(tense) > onset_rate(calm) + 1


def test_noise_lies_where_its_word_says() -> None:
    def share(word: str, low: float, high: float) -> float:
        power = np.abs(np.fft.rfft(made(word, "", "drone", 6000)[0])) ** 2
        frequency = np.fft.rfftfreq(6000 * 48, 1 / BED_RATE)
        return float(power[(frequency > low) & (frequency < high)].sum() / power.sum())

    assert share("rain", 2000, 8000) > 20 * share("still", 2000, 8000)
    assert share("rain", 2000, 8000) > 5 * share("wind", 2000, 8000)


# --- words ----------------------------------------------------------------------------------------


def test_what_words_ask_for() -> None:
    asked = feeling("dark forest, wind", "slow soft pulse", "sparse bells")
    assert (asked.bpm, asked.instrument, asked.major) == (60, "bell", False)
    assert dict(asked.textures).keys() == {"air", "wind"}
    assert asked.bright < 0.3
    assert feeling("x", "72,5 bpm", "").bpm == 72.5
    assert feeling("", "900 bpm", "").bpm == 240


def test_what_is_denied_is_not_asked_for() -> None:
    assert feeling("", "no drums", "").pulse == 0
    assert feeling("", "without a beat", "").pulse == 0
    assert feeling("", "none", "").pulse == 0
    assert feeling("not dark", "", "").bright == 0.5
    assert feeling("", "", "no melody").melody == 0
    assert feeling("tense, driving drums", "", "").pulse > 0.5


def test_words_nobody_knows_are_told() -> None:
    assert unknown("dark velvet", "slow polka", "Velvet") == ("velvet", "polka")
    assert unknown("a bright day", "60 bpm, no drums") == ()
