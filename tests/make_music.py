"""Pieces of music for trials, played by instruments that are drawn by lot.

What speech has to be heard through: pads that stand, strings that are plucked on every beat or
between, a bass, a tune with vibrato, drums. Each piece has its own beat, mix and brightness.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

Sound = NDArray[np.float64]
Lot = np.random.Generator

RATE = 16_000
"""Hz."""

TUNES = 20
"""Pieces of music at different beats, 60 to 180 a minute."""

_BEATS = 16  # four bars
_CHORDS = ((0, 4, 7, 12), (0, 3, 7, 12), (0, 5, 7, 12), (0, 4, 7, 10))  # semitones over the root
_SCALE = (0, 2, 4, 5, 7, 9, 11, 12, 14, 16)
_TABLE = 2048  # places of one period of a tone
_HIGHEST = 7000.0  # Hz of a partial
_FADED = 400  # samples a tone takes to end, 25 ms


@dataclass(frozen=True, eq=False)
class Tune:
    """beat: s. sound: whole bars at `RATE`, of rms 1; goes round."""

    beat: float
    sound: Sound


@functools.cache
def tune(number: int) -> Tune:
    """One of `TUNES`."""
    lot = np.random.default_rng([7, number])
    beat = round(float(lot.uniform(0.33, 1.0)) * 100) / 100
    key = 110 * 2 ** (lot.integers(0, 12) / 12)
    roots = [float(key * 2 ** (lot.choice((0, 5, 7, 9)) / 12)) for _ in range(_BEATS // 4)]
    chords = [_CHORDS[int(lot.integers(len(_CHORDS)))] for _ in roots]
    whole = np.zeros(round(_BEATS * beat * RATE))
    wanted = lot.random(5) < (0.7, 0.6, 0.7, 0.6, 0.6)
    wanted[int(lot.integers(4))] = True  # drums alone are no piece
    for play, plays in zip((_pads, _plucked, _bass, _melody, _drums), wanted, strict=True):
        part = np.zeros(len(whole))
        play(part, beat, roots, chords, lot)
        if plays:
            whole += part * lot.uniform(0.3, 1.0) / math.sqrt(float((part**2).mean()))
    dull = butter(1, lot.uniform(1500, 6000), fs=RATE, output="sos")
    whole = sosfilt(dull, np.tile(whole, 2))[len(whole) :]
    return Tune(beat, whole / math.sqrt(float((whole**2).mean())))


# --- instruments: each plays a piece into a part, which goes round --------------------------------

_Chords = list[tuple[int, ...]]


def _pads(part: Sound, beat: float, roots: list[float], chords: _Chords, lot: Lot) -> None:
    """Chords that swell and stand for a bar, each tone by two players a little out of tune."""
    swell, dark = lot.uniform(0.1, 0.8), lot.uniform(0.8, 1.6)
    for bar, (root, chord) in enumerate(zip(roots, chords, strict=True)):
        for step in (*chord, *chord):
            own = _tone(root * 2 ** (step / 12) * lot.normal(1, 0.003), 4.1 * beat, dark, lot)
            own *= np.minimum(1, np.arange(len(own)) / (swell * RATE))
            _add(part, 4 * bar * beat, own)


def _plucked(part: Sound, beat: float, roots: list[float], chords: _Chords, lot: Lot) -> None:
    """Chords or single tones on the beats or between them, as hands play them."""
    each = beat / float(lot.choice((1, 2, 2, 4)))
    broken, dying = lot.random() < 0.5, lot.uniform(1.5, 8)
    for number in range(round(_BEATS * beat / each)):
        if lot.random() < 0.15:
            continue
        bar = min(int(number * each / (4 * beat)), len(roots) - 1)
        chord = chords[bar]
        for step in (chord[number % len(chord)],) if broken else chord:
            own = _tone(2 * roots[bar] * 2 ** (step / 12), min(1.5, 4 * each), 1.0, lot)
            own *= np.exp(-dying * np.arange(len(own)) / RATE) * lot.uniform(0.4, 1)
            _add(part, number * each + lot.normal(0, 0.008), own)


def _bass(part: Sound, beat: float, roots: list[float], chords: _Chords, lot: Lot) -> None:
    each = beat * float(lot.choice((0.5, 1, 2)))
    for number in range(round(_BEATS * beat / each)):
        bar = min(int(number * each / (4 * beat)), len(roots) - 1)
        step = float(lot.choice((0, 0, chords[bar][2])))
        own = _tone(roots[bar] / 2 * 2 ** (step / 12), 0.95 * each, 1.5, lot)
        _add(part, number * each, own * np.exp(-2 * np.arange(len(own)) / RATE))


def _melody(part: Sound, beat: float, roots: list[float], chords: _Chords, lot: Lot) -> None:
    """Notes of a scale, some long, with vibrato; the player breathes now and then."""
    moment, degree, soft = 0.0, 4, lot.uniform(0.02, 0.12)
    while moment < (_BEATS - 0.5) * beat:
        lasting = beat * float(lot.choice((0.5, 0.5, 1, 1, 2)))
        degree = int(np.clip(degree + lot.integers(-2, 3), 0, len(_SCALE) - 1))
        if lot.random() < 0.85:
            pitch = 4 * roots[0] * 2 ** (_SCALE[degree] / 12)
            own = _tone(pitch, 0.95 * lasting, 1.2, lot, vibrato=0.006)
            own *= np.minimum(1, np.arange(len(own)) / (soft * RATE)) * lot.uniform(0.5, 1)
            _add(part, moment, own)
        moment += lasting


def _drums(part: Sound, beat: float, roots: list[float], chords: _Chords, lot: Lot) -> None:
    """A low drum, a snare on the beats between, and a cymbal several times a beat."""
    own = np.arange(round(0.3 * RATE)) / RATE
    low = np.sin(2 * np.pi * (50 * own + 4 * (1 - np.exp(-own / 0.03)))) * np.exp(-own / 0.09)
    noise = lot.standard_normal(len(own))
    snare = sosfilt(butter(1, (800, 5000), "bandpass", fs=RATE, output="sos"), noise)
    snare *= np.exp(-own / lot.uniform(0.04, 0.12))
    cymbal = sosfilt(butter(2, 4500, "highpass", fs=RATE, output="sos"), noise)
    cymbal *= np.exp(-own / lot.uniform(0.02, 0.07)) * lot.uniform(0.2, 0.8)
    ticks = int(lot.choice((1, 2, 4)))
    for number in range(_BEATS):
        _add(part, number * beat, (snare if number % 2 else low) * lot.uniform(0.7, 1))
        for tick in range(ticks):
            _add(part, (number + tick / ticks) * beat, cymbal * lot.uniform(0.4, 1))


def _tone(pitch: float, seconds: float, dark: float, lot: Lot, vibrato: float = 0.0) -> Sound:
    """A tone whose partials fall with the power `dark` of their number, ended softly."""
    count = max(_FADED, round(seconds * RATE))
    slow = np.sin(2 * np.pi * lot.uniform(4.5, 6.5) * np.arange(count) / RATE)
    turns = np.cumsum(pitch / RATE * (1 + vibrato * slow)) + lot.random()
    partials = np.arange(1, max(2, int(_HIGHEST / pitch)))
    strengths = partials**-dark * lot.uniform(0.3, 1, len(partials))
    spectrum = np.zeros(_TABLE // 2 + 1, np.complex128)
    known = min(len(strengths), _TABLE // 2)
    spectrum[1 : known + 1] = strengths[:known] * np.exp(2j * np.pi * lot.random(known))
    period = np.fft.irfft(spectrum) * _TABLE / 2
    tone = period[(turns * _TABLE).astype(np.int64) % _TABLE]
    tone[-_FADED:] *= np.linspace(1, 0, _FADED)
    return np.asarray(tone)


def _add(part: Sound, start: float, own: Sound) -> None:
    places = (round(start * RATE) + np.arange(len(own))) % len(part)
    np.add.at(part, places, own)
