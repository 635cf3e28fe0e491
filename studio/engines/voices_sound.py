"""What is heard of a voice, every 10 ms: its timbre and its pitch.

Only sounding frames count: vowels and what is like them carry a voice, hisses and pauses hardly
differ between people. The timbre is 15 mel-frequency cepstra (Davis and Mermelstein 1980) without
the first one, which is loudness; the pitch comes from the autocorrelation, divided by that of its
window (Boersma 1993, "Accurate short-term analysis of the fundamental frequency").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from studio.engines.verbs import Samples

Floats = NDArray[np.float32]

RATE = 16_000
"""Hz of the sound that is listened to."""

STEP = 10
"""ms from one frame to the next."""

TIMBRE = 15
"""How many cepstra tell the timbre."""

SIZE = TIMBRE + 1
"""Numbers that tell a frame: its timbre, then the logarithm of its pitch in Hz."""

_HOP = RATE * STEP // 1000
_LONG = 640  # 40 ms: two periods of the lowest voice
_SHORT = 400  # 25 ms: the timbre moves quicker than the pitch
_BESIDE = (_LONG - _SHORT) // 2
_MIDDLE = 1000 * _LONG // 2 // RATE  # ms from the start of a frame to its middle
_BATCH = 1000  # frames at once

_BANDS, _LOWEST, _HIGHEST, _SPECTRUM = 26, 80.0, 7600.0, 512
_RISE = 0.97  # pre-emphasis: levels the fall of the voice's spectrum
_SILENT = 1e-8

_PITCHES = 65.0, 400.0  # Hz
_CORRELATED = 2048  # points of the spectrum the autocorrelation is made by
_OCTAVE_COST = 0.02  # how much stronger a peak an octave lower has to be
_SOUNDING = 0.6  # of the autocorrelation's peak; of 1
_SOFTEST = 0.02  # of the energy of a stretch's louder frames


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The sounding frames of a stretch. time: n film ms. heard: n x SIZE."""

    time: NDArray[np.int64]
    heard: Floats


def frames(samples: Samples, start: int) -> Iterator[Frames]:
    """The sounding frames of one channel at RATE that begins at `start` (film ms), in batches."""
    count = max(0, (len(samples) - _LONG) // _HOP + 1)
    if not count:
        return
    windows = np.lib.stride_tricks.sliding_window_view(samples, _LONG)[::_HOP]
    energy = _energy(windows)
    softest = _SOFTEST * np.quantile(energy, 0.9)
    for first in range(0, count, _BATCH):
        batch = windows[first : first + _BATCH]
        pitch, strength = _pitch(batch)
        sounding = (strength > _SOUNDING) & (energy[first : first + _BATCH] > softest)
        heard = np.column_stack([_timbre(batch[sounding]), np.log(pitch[sounding])])
        time = start + _MIDDLE + STEP * (first + np.flatnonzero(sounding))
        yield Frames(time.astype(np.int64), heard.astype(np.float32))


def _energy(windows: Floats) -> Floats:
    energy = np.empty(len(windows), np.float32)
    for first in range(0, len(windows), _BATCH):  # a view of the samples: do not copy it whole
        energy[first : first + _BATCH] = windows[first : first + _BATCH].var(axis=1)
    return energy


def _timbre(windows: Floats) -> Floats:
    from scipy.fft import dct

    risen = windows[:, _BESIDE : _BESIDE + _SHORT]
    risen = risen - _RISE * windows[:, _BESIDE - 1 : _BESIDE - 1 + _SHORT]
    power = np.abs(np.fft.rfft(risen * _SHORT_WINDOW, _SPECTRUM)) ** 2
    bands = np.log(power @ _MEL + _SILENT)
    cepstra: Floats = dct(bands, axis=1, norm="ortho")[:, 1 : TIMBRE + 1]
    return cepstra


def _pitch(windows: Floats) -> tuple[Floats, Floats]:
    """The pitch of each window in Hz, and how periodic it is, 0..1."""
    level = windows - windows.mean(axis=1, keepdims=True)
    longest = int(RATE / _PITCHES[0]) + 2
    shortest = int(RATE / _PITCHES[1])
    power = np.abs(np.fft.rfft(level * _LONG_WINDOW, _CORRELATED)) ** 2
    same = np.fft.irfft(power)[:, :longest]
    same = same / (same[:, :1] + _SILENT) / _WINDOW_ITSELF[:longest]
    lags = np.arange(shortest, longest - 1)
    score = same[:, shortest : longest - 1] - _OCTAVE_COST * np.log2(lags / shortest)
    row, best = np.arange(len(windows)), score.argmax(axis=1) + shortest
    before, at, after = same[row, best - 1], same[row, best], same[row, best + 1]
    # the top of a parabola through the three
    bend = before - 2 * at + after
    shift = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, -1.0), 0.0)
    return (RATE / (best + np.clip(shift, -0.5, 0.5))).astype(np.float32), at.astype(np.float32)


def _mel_bands() -> Floats:
    """Triangles evenly spaced in mel, 257 x bands (O'Shaughnessy's formula: 1127 ln(1 + f/700))."""
    edges = np.linspace(1127 * np.log1p(_LOWEST / 700), 1127 * np.log1p(_HIGHEST / 700), _BANDS + 2)
    edges = 700 * np.expm1(edges / 1127)
    hz = np.arange(_SPECTRUM // 2 + 1)[:, np.newaxis] * (RATE / _SPECTRUM)
    rise = (hz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - hz) / (edges[2:] - edges[1:-1])
    bands: Floats = np.maximum(0, np.minimum(rise, fall)).astype(np.float32)
    return bands


_MEL = _mel_bands()
_SHORT_WINDOW = np.hanning(_SHORT).astype(np.float32)
_LONG_WINDOW = np.hanning(_LONG).astype(np.float32)
_itself = np.fft.irfft(np.abs(np.fft.rfft(_LONG_WINDOW, _CORRELATED)) ** 2)
_WINDOW_ITSELF = (_itself / _itself[0]).astype(np.float32)
