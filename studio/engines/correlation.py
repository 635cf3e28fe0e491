"""How far a mouth is open held against how loud it is, at every lag.

Mouths and voices agree at the pace of syllables (1 to 8 Hz; Chandrasekaran et al., “The natural
statistics of audiovisual speech”, 2009) and there about as well at each pace, so each pace is to
count alike: both are evened before they are correlated (Carter, Nuttall and Cable, “The smoothed
coherence transform”, 1973). What has a beat, as music has, is strong at few paces and weak after.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq
from scipy.interpolate import CubicSpline
from scipy.ndimage import uniform_filter1d
from scipy.signal import fftconvolve

from studio.engines import LAG_STEP, Check, TalkingMouth, unchecked

Floats = NDArray[np.float64]

_RATE = 1000 / LAG_STEP  # Hz
_LOWEST, _HIGHEST = 1.0, 8.0  # Hz
_MOUTH_WIDE, _SOUND_WIDE = 2.0, 0.25  # Hz that are evened together; a few seconds tell no finer
_LEAST = 0.02  # of the mean power; what is weaker is not raised to the others
_SHORTEST = 100  # values, 1 s: less holds no syllables to speak of
_SETTLED = 150  # values, 1.5 s, in which the sound forgets where it began
_ENOUGH = 0.6  # share of a mouth that must be heard at a lag


class Correlation:
    """Needs no model and no training."""

    looks_closely = False
    learned_from = ""

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
    opening = _at_pace(CubicSpline(mouth.times, mouth.opening)(moments), _MOUTH_WIDE)
    start = first - reach - mouth.heard_from // LAG_STEP
    heard, known = _heard(mouth.loudness, start, count + 2 * reach)
    # sums over the sound a mouth is held against at each lag
    there, total, squares = (_sums(values, count) for values in (known, heard, heard**2))
    opened, opened_squares = _opened(known, opening), _opened(known, opening**2)
    enough = there >= _ENOUGH * count
    there = np.maximum(there, 1.0)
    covariance = _slid(heard, opening) - total * opened / there
    spread = (squares - total**2 / there) * (opened_squares - opened**2 / there)
    good = enough & (spread > 1e-12 * max(1e-30, float(spread.max(initial=0.0))))
    lags[good] = covariance[good] / np.sqrt(spread[good])
    return np.clip(lags, -1, 1)


def _at_pace(values: Floats, wide: float) -> Floats:
    """What changes at the pace of syllables, at each pace about alike.

    wide: Hz over which the power is averaged (with triangular weights) to even it.
    """
    size = next_fast_len(2 * len(values), real=True)
    spectrum = rfft(values - values.mean(), size)
    paces = rfftfreq(size, 1 / _RATE)
    near = max(1, round(wide / paces[1]))
    power = uniform_filter1d(np.abs(spectrum) ** 2, near, mode="nearest")
    power = uniform_filter1d(power, near, mode="nearest")
    usual = float(power[(paces >= _LOWEST) & (paces <= _HIGHEST)].mean())
    if usual <= 0:
        return np.zeros(len(values))
    # the edges are those of Butterworth's filter of the second order, run both ways
    slow, quick = (_LOWEST / np.maximum(paces, paces[1])) ** 4, (paces / _HIGHEST) ** 4
    evened = spectrum / np.sqrt(power / usual + _LEAST) / (1 + slow) / (1 + quick)
    return np.asarray(irfft(evened, size)[: len(values)])


def _heard(loudness: NDArray[np.float32], start: int, count: int) -> tuple[Floats, Floats]:
    """`count` values from `start` at the pace of syllables, and 1 where they are known, else 0.

    Only what is near is filtered, so a mouth costs the same in a long film.
    """
    found, known = np.zeros(count), np.zeros(count)
    low, high = max(0, start), min(len(loudness), start + count)
    begin, end = max(0, low - _SETTLED), min(len(loudness), high + _SETTLED)
    if low < high and end - begin >= _SHORTEST:
        near = _at_pace(loudness[begin:end].astype(np.float64), _SOUND_WIDE)
        found[low - start : high - start] = near[low - begin : high - begin]
        known[low - start : high - start] = 1.0
    return found, known


def _sums(values: Floats, count: int) -> Floats:
    """The sum of each stretch of `count` values."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(sums[count:] - sums[:-count])


def _opened(known: Floats, opening: Floats) -> Floats:
    """The sum of `opening` over what is known at each lag."""
    if known.all():
        return np.full(len(known) - len(opening) + 1, opening.sum())
    return _slid(known, opening)


def _slid(values: Floats, along: Floats) -> Floats:
    """The product sums of `along` with each stretch of `values` that is as long."""
    return np.asarray(fftconvolve(values, along[::-1], "valid"))
