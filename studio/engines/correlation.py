"""How far a mouth is open held against how loud it is, at every lag.

Both are kept at the pace of syllables (1 to 8 Hz; Chandrasekaran et al., “The natural statistics of
audiovisual speech”, 2009, find mouths and voices to agree there), then correlated as Pearson does.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.signal import butter, fftconvolve, sosfiltfilt

from studio.engines import LAG_STEP, Check, TalkingMouth, unchecked

Floats = NDArray[np.float64]

_RATE = 1000 / LAG_STEP  # Hz
_PACE = (1.0, 8.0)  # Hz
_SHORTEST = 100  # values, 1 s: less holds no syllables to speak of
_ENOUGH = 0.6  # share of a mouth that must be heard at a lag


class Correlation:
    """Needs no model and no training."""

    def agreement(
        self, mouths: Iterable[TalkingMouth], reach: int, check: Check = unchecked
    ) -> Generator[NDArray[np.float32]]:
        """See SyncMeter."""
        for mouth in mouths:
            check()
            yield _agreement(mouth, reach // LAG_STEP).astype(np.float32)


def _agreement(mouth: TalkingMouth, reach: int) -> Floats:
    first = -(-int(mouth.times[0]) // LAG_STEP)
    last = int(mouth.times[-1]) // LAG_STEP
    lags = np.zeros(2 * reach + 1)
    count = last - first + 1
    if count < _SHORTEST or len(mouth.loudness) < _SHORTEST:
        return lags
    moments = np.arange(first, last + 1) * LAG_STEP
    opening = _at_pace(CubicSpline(mouth.times, mouth.opening)(moments))
    loudness = _at_pace(mouth.loudness.astype(np.float64))
    start = first - reach - mouth.heard_from // LAG_STEP
    heard, known = _window(loudness, start, count + 2 * reach)
    # sums over the sound a mouth is held against at each lag
    ones = np.ones(count)
    there = _slid(known, ones)
    total, squares = _slid(heard, ones), _slid(heard**2, ones)
    opened, opened_squares = _slid(known, opening), _slid(known, opening**2)
    products = _slid(heard, opening)
    enough = there >= _ENOUGH * count
    there = np.maximum(there, 1.0)
    covariance = products - total * opened / there
    spread = (squares - total**2 / there) * (opened_squares - opened**2 / there)
    good = enough & (spread > 1e-12 * max(1e-30, float(spread.max(initial=0.0))))
    lags[good] = covariance[good] / np.sqrt(spread[good])
    return np.clip(lags, -1, 1)


def _at_pace(values: Floats) -> Floats:
    sections = butter(2, _PACE, "bandpass", fs=_RATE, output="sos")
    return np.asarray(sosfiltfilt(sections, values, padlen=min(len(values) - 1, 150)))


def _window(values: Floats, start: int, count: int) -> tuple[Floats, Floats]:
    """`count` values from `start`, 0 where there are none, and 1 where there are."""
    found, known = np.zeros(count), np.zeros(count)
    low, high = max(0, start), min(len(values), start + count)
    if low < high:
        found[low - start : high - start] = values[low:high]
        known[low - start : high - start] = 1.0
    return found, known


def _slid(values: Floats, along: Floats) -> Floats:
    """The product sums of `along` with each stretch of `values` that is as long."""
    return np.asarray(fftconvolve(values, along[::-1], "valid"))
