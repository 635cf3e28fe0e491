"""Loudness after ITU-R BS.1770-4, measured while the sound passes by, in constant memory.

Each channel goes through the K filter; mean squares of 100 ms are kept (a film of 3 hours has
108,000), weighted by channel and summed. Blocks are 400 ms, four of those; they are gated at
-70 LUFS and then 10 LU below the mean of what passed. Filter coefficients for any rate follow
from the analogue prototypes in the form used by libebur128: the standard lists them for 48 kHz.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

import av
import numpy as np
from numpy.typing import NDArray

from studio.media.audio import Samples
from studio.times import Span

STEP = 100
"""ms between two blocks."""

_STEPS_IN_BLOCK = 4
_OFFSET = -0.691  # dB; makes a 997 Hz sine of 0 dBFS in one front channel read -3.01 LUFS
_ABSOLUTE_GATE = -70.0  # LUFS
_RELATIVE_GATE = -10.0  # LU
_REAR_WEIGHT = 1.41
_REAR = ("BL", "BR", "SL", "SR", "BC", "TBL", "TBR")
_SILENT = ("LFE", "LFE2")
_STEPS_AT_ONCE = 5  # of 100 ms: with the settling a transform of small factors, in the cache
_SETTLING = 125  # ms; the K filter's slowest part falls by e in 4 ms, so to 1e-12 of itself


def k_filter(rate: int) -> NDArray[np.float64]:
    """The two stages of the K filter for `rate` Hz, as second-order sections."""
    return np.array([_high_shelf(rate), _high_pass(rate)])


def _high_shelf(rate: int) -> list[float]:
    """The head's effect: +4 dB above 1.7 kHz."""
    gain = 10 ** (3.999843853973347 / 20)
    band = gain**0.4996667741545416
    quality = 0.7071752369554196
    k = math.tan(math.pi * 1681.974450955533 / rate)
    a0 = 1 + k / quality + k * k
    return [
        (gain + band * k / quality + k * k) / a0,
        2 * (k * k - gain) / a0,
        (gain - band * k / quality + k * k) / a0,
        1.0,
        2 * (k * k - 1) / a0,
        (1 - k / quality + k * k) / a0,
    ]


def _high_pass(rate: int) -> list[float]:
    """The revised low-frequency B curve: off below 38 Hz."""
    quality = 0.5003270373238773
    k = math.tan(math.pi * 38.13547087602444 / rate)
    a0 = 1 + k / quality + k * k
    return [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / quality + k * k) / a0]


class LoudnessMeter:
    """Listens to a sound block by block."""

    def __init__(self, rate: int, layout: str) -> None:
        """rate: Hz. layout: FFmpeg's name; the LFE does not count, rear channels count more."""
        names = [channel.name for channel in av.AudioLayout(layout).channels]
        self._weights = np.array([_weight(name) for name in names])
        self._filter = k_filter(rate)
        self._state = np.zeros((len(self._filter), len(names), 2))
        self._step = rate * STEP // 1000
        self._rest = np.zeros((len(names), 0))
        self._energies: list[NDArray[np.float64]] = []

    def feed(self, block: Samples) -> None:
        """Take in channels x n samples that follow those before."""
        from scipy.signal import sosfilt  # most exports measure nothing and need not wait for it

        filtered, self._state = sosfilt(
            self._filter, block.astype(np.float64), axis=1, zi=self._state
        )
        whole = np.concatenate([self._rest, filtered], axis=1)
        count = whole.shape[1] // self._step
        steps = whole[:, : count * self._step].reshape(len(whole), count, self._step)
        self._energies.append(self._weights @ np.einsum("cns,cns->cn", steps, steps) / self._step)
        self._rest = whole[:, count * self._step :]

    def energies(self) -> NDArray[np.float64]:
        """The weighted mean square of each 100 ms heard so far."""
        return np.concatenate(self._energies) if self._energies else np.zeros(0)


def energies_of(samples: NDArray[np.floating], rate: int) -> NDArray[np.float64]:
    """The mean square of each whole 100 ms of one channel, (n,) at `rate` Hz, that is all there.

    What a LoudnessMeter gives of a "mono" sound, but by Fourier transforms: for a clip that is
    measured between two key strokes, scipy would take longer to load than all else takes.
    """
    step, settling = rate * STEP // 1000, rate * _SETTLING // 1000
    count = len(samples) // step
    found = np.zeros(count)
    window = np.zeros(settling + _STEPS_AT_ONCE * step)
    response = _k_response(rate, len(window))
    for first in range(0, count, _STEPS_AT_ONCE):
        last = min(first + _STEPS_AT_ONCE, count)
        begin = first * step - settling
        heard = samples[max(0, begin) : last * step]
        window[:] = 0.0
        window[max(0, -begin) :][: len(heard)] = heard
        filtered = np.fft.irfft(np.fft.rfft(window) * response, len(window))
        # what rings beyond a window's end comes back at its beginning, in the settling
        kept = filtered[settling:][: (last - first) * step].reshape(-1, step)
        found[first:last] = np.square(kept).mean(axis=1)
    return found


@lru_cache(maxsize=4)
def _k_response(rate: int, size: int) -> NDArray[np.complex128]:
    """What the K filter makes of each frequency of a transform of `size` samples."""
    delay = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(len(delay), np.complex128)
    for b0, b1, b2, a0, a1, a2 in k_filter(rate):
        response *= (b0 + delay * (b1 + delay * b2)) / (a0 + delay * (a1 + delay * a2))
    return response


def _weight(channel: str) -> float:
    if channel in _SILENT:
        return 0.0
    return _REAR_WEIGHT if channel in _REAR else 1.0


def integrated(energies: NDArray[np.float64], within: Iterable[Span] | None = None) -> float | None:
    """The gated loudness in LUFS, of blocks that lie `within` these stretches (ms), or of all.

    None where nothing is loud enough to count, or no block lies within.
    """
    if len(energies) < _STEPS_IN_BLOCK:
        return None
    sums = np.convolve(energies, np.ones(_STEPS_IN_BLOCK), "valid")
    blocks = np.maximum(sums / _STEPS_IN_BLOCK, 0.0)
    if within is not None:
        blocks = blocks[_inside(len(blocks), within)]
    loud = blocks[blocks > _energy(_ABSOLUTE_GATE)]
    if not len(loud):
        return None
    gate = float(loud.mean()) * 10 ** (_RELATIVE_GATE / 10)
    return _lufs(float(loud[loud > gate].mean()))


def _inside(count: int, within: Iterable[Span]) -> NDArray[np.bool_]:
    """Which blocks lie wholly in one of the stretches."""
    inside = np.zeros(count, np.bool_)
    for span in within:
        inside[math.ceil(span.start / STEP) : max(0, span.end // STEP - _STEPS_IN_BLOCK + 1)] = True
    return inside


def _energy(lufs: float) -> float:
    return float(10 ** ((lufs - _OFFSET) / 10))


def _lufs(energy: float) -> float:
    return _OFFSET + 10 * math.log10(energy)
