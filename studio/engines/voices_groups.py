"""Pieces of speech put together by voice, without being told how many voices there are.

Each piece is known by the mean of its frames, in numbers scaled so that frames of one piece scatter
by 1 in every direction: differences that vowels make count little, those that throats make much.
Two groups of n and m frames whose means lie `d` apart would, were they one voice, tell by

    evidence = h d^2 / 2,   h = n m / (n + m)

(the likelihood ratio of two Gaussians against one) that they are two. Even one voice never says the
same sounds twice, so there is evidence where there are not two: as much by chance in a short group
as in a long one (a likelihood ratio does not grow with what it is taken of), and more with h where
a voice is in another mood or room. Two groups are one voice while it stays below `allowed(h)`. The
nearest go together first. Thousands of pieces are put together stretch by stretch, and then the
groups of the stretches, so memory stays bounded and time grows with the length of the film.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

_CHANCE, _MOOD = 250.0, 0.5
"""Set by trials on conversations of synthetic voices (tests/bench/voices.py) and on eight recorded
ones. Groups of one voice mostly gave 170 to 380 whatever their h, those of two voices 400 and more.
"""

_AT_ONCE = 600
"""Pieces that are compared each with each."""

_SURE = 0.5
"""Within a stretch only groups this much nearer than allowed go together."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Voices found. of: for each piece the number of its group.

    size: frames of each group. mean: groups x SIZE.
    """

    of: NDArray[np.int64]
    size: Doubles
    mean: Doubles


def allowed(frames: Doubles) -> Doubles:
    """How much evidence two groups of one voice give against being one; frames: h, see above."""
    tolerated: Doubles = _CHANCE + _MOOD * frames
    return tolerated


def group(size: Doubles, mean: Doubles, most: int, check: Callable[[], None]) -> Groups:
    """Pieces of `size` frames (n, none of them 0) and their means (n x SIZE) by voice."""
    of = np.arange(len(size))
    while len(size) > _AT_ONCE:
        parts = -(-len(size) // _AT_ONCE)
        bounds = np.linspace(0, len(size), parts + 1).astype(int)
        step = np.empty(len(size), np.int64)
        sizes, means, count = [], [], 0
        for start, end in pairwise(bounds.tolist()):
            found = _merged(size[start:end], mean[start:end], _AT_ONCE // 2, _SURE, check)
            step[start:end] = found.of + count
            count += len(found.size)
            sizes.append(found.size)
            means.append(found.mean)
        of, size, mean = step[of], np.concatenate(sizes), np.concatenate(means)
    last = _merged(size, mean, most, 1.0, check)
    return Groups(last.of[of], last.size, last.mean)


def _merged(
    size: Doubles, mean: Doubles, most: int, share: float, check: Callable[[], None]
) -> Groups:
    """Put together the nearest two until they are further apart than `share` of what is allowed,
    and there are at most `most` groups."""
    size, mean = size.copy(), mean.copy()
    count = len(size)
    of, alive = np.arange(count), np.ones(count, bool)
    apart = np.full((count, count), np.inf)
    for one in range(count):
        apart[one, :one] = _apart(size[one], mean[one], size[:one], mean[:one])
        apart[:one, one] = apart[one, :one]
    nearest = apart.min(axis=1, initial=np.inf)
    left = count
    while left > 1:
        check()
        one = int(nearest.argmin())
        if nearest[one] > share and left <= most:
            break
        other = int(apart[one].argmin())
        whole = size[one] + size[other]
        mean[one] = (size[one] * mean[one] + size[other] * mean[other]) / whole
        size[one] = whole
        of[of == other], alive[other] = one, False
        apart[other], apart[:, other], nearest[other] = np.inf, np.inf, np.inf
        fresh = np.where(alive, _apart(size[one], mean[one], size, mean), np.inf)
        fresh[one] = np.inf
        apart[one], apart[:, one] = fresh, fresh
        nearest = apart.min(axis=1, initial=np.inf)
        left -= 1
    kept = np.flatnonzero(alive)
    number = np.full(count, -1)
    number[kept] = np.arange(len(kept))
    return Groups(number[of], size[kept], mean[kept])


def _apart(size: np.float64, mean: Doubles, sizes: Doubles, means: Doubles) -> Doubles:
    """The evidence that a group and others are two voices, as shares of what is allowed."""
    frames = size * sizes / (size + sizes)
    evidence = 0.5 * frames * ((means - mean) ** 2).sum(axis=1)
    shares: Doubles = evidence / allowed(frames)
    return shares
