"""One channel at another rate, as scipy.signal.resample_poly gives it, without scipy.

What speaks a clip is on the way from a key stroke to a sound: loading scipy.signal for this alone
takes up to two seconds there, and 90 MB of the window's memory for as long as it is open.

The sound is thought of as `up` times as fast, with zeros between the samples, low-passed, and every
`down`th sample kept. Of the low-pass only one tap in `up` then meets a sample that is not zero, so
each of the `up` phases is a short filter of its own (a polyphase filter bank; e.g. Crochiere and
Rabiner, Multirate Digital Signal Processing, 1983, chapter 3).
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]

_ZEROS = 10  # crossings of the low-pass on each side of its middle
_BETA = 5.0  # of its Kaiser window
_BLOCK = 1 << 15  # samples of one phase that are made at a time


def resampled(samples: NDArray[np.floating], rate: int, to: int) -> Reals:
    """One channel, (n,) at `rate` Hz, as ceil(n * to / rate) samples at `to` Hz, not delayed."""
    ratio = Fraction(to, rate)
    up, down = ratio.numerator, ratio.denominator
    made = np.zeros(-(-len(samples) * up // down))
    if up == down or not len(samples):
        return samples.astype(np.float64)
    phases = _phases(up, down)
    taps = phases.shape[1]
    middle = _ZEROS * max(up, down)
    padded = np.zeros(len(samples) + 2 * taps + middle // up)
    padded[taps : taps + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, taps)
    for first in range(min(up, len(made))):
        newest, phase = divmod(first * down + middle, up)
        wanted = -(-(len(made) - first) // up)
        for begin in range(0, wanted, _BLOCK):
            end = min(begin + _BLOCK, wanted)
            # a window begins with its oldest sample, so that its last one is `newest`
            start = newest + 1 + begin * down
            found = windows[start : start + (end - begin - 1) * down + 1 : down]
            made[first + begin * up : first + (end - 1) * up + 1 : up] = found @ phases[phase]
    return made


@lru_cache(maxsize=8)
def _phases(up: int, down: int) -> Reals:
    """The low-pass as `up` filters: up x taps, each with the tap of its oldest sample first."""
    steepest = max(up, down)
    at = np.arange(-_ZEROS * steepest, _ZEROS * steepest + 1)
    low_pass = np.sinc(at / steepest) * np.kaiser(len(at), _BETA)
    low_pass *= up / low_pass.sum()
    whole = np.zeros(-(-len(low_pass) // up) * up)
    whole[: len(low_pass)] = low_pass
    return np.ascontiguousarray(whole.reshape(-1, up).T[:, ::-1])
