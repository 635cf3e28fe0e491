"""Where exactly lines begin and end: between sound and pause, near where the warp has put them.

A pause is where hardly a band of the sound is louder than the background, which is what is heard
within ten seconds while nobody speaks: silence, or the music under the speech.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.analysis.cepstra import STEP, Floats
from studio.times import Span

# rows of STEP ms
_BLOCK = 200  # that share what is background and what is loud
_NEAR = 1000  # before and after a block that tell of it
_FEWEST_QUIET = 10  # that tell the background
_SHORTEST_PAUSE = 3  # closures inside words are mostly shorter
_OUTSIDE, _INSIDE = 25, 25  # of a rough line; how far away its edges are looked for

_SOFTEST = 40.0  # dB below what is loud nearby, where nothing is heard any more
_ABOVE = 4.0  # dB that a voice stands above the background
_HEARD = 1.0  # dB, the mean over all bands, from which somebody is heard
_FULL = 0.4  # dB, the mean over the bands but the loudest quarter, from which it is surely a voice
_PAUSE_WEIGHT = 0.8  # rows further away that a pause makes up for by each row it is longer
_LONG_PAUSE = 30


@dataclass(frozen=True, slots=True, eq=False)
class Presence:
    """Whether somebody is heard, a row each STEP ms.

    heard: as soon as there is anything, be it a note of the music. full: where it fills most bands,
    as voices do and notes do not; the soft ends of words are without.
    """

    heard: NDArray[np.bool_]
    full: NDArray[np.bool_]


def edges(heard: NDArray[np.bool_], rough: Sequence[Span | None]) -> tuple[Span | None, ...]:
    """Each line from its first to its last sound, film ms; None stays None.

    heard: see Presence. rough: the lines as the warp has found them, in order. No line ends after
    the next begins.
    """
    pauses = _pauses(heard)
    found: list[Span | None] = []
    last = -1
    for one in rough:
        if one is None:
            found.append(None)
            continue
        first, end = one.start // STEP, one.end // STEP
        start = pauses.end_near(first, first - _OUTSIDE, first + _INSIDE)
        stop = pauses.start_near(end, end - _INSIDE, end + _OUTSIDE)
        start, stop = first if start is None else start, end if stop is None else stop
        before = found[last] if last >= 0 else None
        if before is not None and before.end > start * STEP:
            meeting = max(before.start, (before.end + start * STEP) // 2)
            found[last] = Span(before.start, meeting)
            start = -(-meeting // STEP)
        last = len(found)
        found.append(Span(start * STEP, max(start + 1, stop) * STEP))
    return tuple(found)


class _Pauses:
    """Stretches of rows in which nobody is heard, in order."""

    def __init__(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> None:
        self._starts, self._ends = starts, ends
        self._worth = _PAUSE_WEIGHT * np.minimum(ends - starts, _LONG_PAUSE)

    def end_near(self, row: int, low: int, high: int) -> int | None:
        """Where the pause ends that suits best for a beginning at `row`; from low to high."""
        return self._suiting(self._ends, row, low, high)

    def start_near(self, row: int, low: int, high: int) -> int | None:
        """Where the pause begins that suits best for an end at `row`; from low to high."""
        return self._suiting(self._starts, row, low, high)

    def _suiting(self, places: NDArray[np.int64], row: int, low: int, high: int) -> int | None:
        first, last = np.searchsorted(places, (low, high + 1))
        if first == last:
            return None
        price = np.abs(places[first:last] - row) - self._worth[first:last]
        return int(places[first + int(price.argmin())])


def _pauses(heard: NDArray[np.bool_]) -> _Pauses:
    turns = np.diff(heard.astype(np.int8), prepend=1, append=1)
    starts, ends = np.flatnonzero(turns == -1), np.flatnonzero(turns == 1)
    long = ends - starts >= _SHORTEST_PAUSE
    return _Pauses(starts[long], ends[long])


def presence(mel: Floats, speech: Sequence[Span]) -> Presence:
    """Where somebody is heard above the background.

    mel: powers of the whole film, a row each STEP ms. speech: where somebody talks.
    """
    talking = np.zeros(len(mel), bool)
    for one in speech:
        talking[one.start // STEP : one.end // STEP] = True
    quiet = np.flatnonzero(~talking)
    heard, full = np.zeros((2, len(mel)), bool)
    for first in range(0, len(mel), _BLOCK):
        block = slice(first, first + _BLOCK)
        low, high = max(0, first - _NEAR), min(len(mel), first + _BLOCK + _NEAR)
        near = _decibels(mel[low:high])
        still = quiet[np.searchsorted(quiet, low) : np.searchsorted(quiet, high)] - low
        few = len(still) < _FEWEST_QUIET
        background = np.percentile(near, 10, axis=0) if few else np.percentile(near[still], 90, 0)
        base = np.maximum(background + _ABOVE, np.percentile(near.max(axis=1), 95) - _SOFTEST)
        above = np.sort(np.clip(near[first - low : first - low + _BLOCK] - base, 0, None), axis=1)
        heard[block] = above.mean(axis=1) > _HEARD
        full[block] = above[:, : above.shape[1] * 3 // 4].mean(axis=1) > _FULL
    return Presence(heard, full)


def _decibels(mel: Floats) -> NDArray[np.float64]:
    return 10 * np.log10(mel.astype(np.float64) + 1e-12)
