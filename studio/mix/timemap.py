"""Film time and output time: the film waits at holds, and everything after a hold comes later.

All values are exact: seconds as fractions, or whole samples. A hold lies on the start of a frame:
what starts there (that frame, the film's sound from there on) is shown after the hold; the frame
before it is what stays on screen. Positions after many holds are computed from the exact sum of
all earlier lengths and rounded once, so rounding never accumulates.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from studio.times import MS_PER_SECOND, Span

ZERO = Fraction(0)
_LARGEST_INT64 = 2**63 - 1


@dataclass(frozen=True, slots=True, order=True)
class Hold:
    """The picture waits. at: film seconds, the start of a frame. length: seconds, over 0."""

    at: Fraction
    length: Fraction


@dataclass(frozen=True)
class TimeMap:
    """Film time to output time and back. holds: in order of `at`; some may share one `at`.

    All times are exact seconds from the film's first picture.
    """

    holds: tuple[Hold, ...] = ()

    def __post_init__(self) -> None:
        """Refuse holds out of order or without length: a bug in the caller."""
        if list(self._at) != sorted(self._at) or any(hold.length <= 0 for hold in self.holds):
            raise ValueError("holds must be in order and longer than nothing")

    @cached_property
    def _at(self) -> tuple[Fraction, ...]:
        return tuple(hold.at for hold in self.holds)

    @cached_property
    def waits(self) -> tuple[Fraction, ...]:
        """Seconds waited before hold 0, 1, ... and, last, in all; one more than there are holds."""
        return tuple(itertools.accumulate((hold.length for hold in self.holds), initial=ZERO))

    @cached_property
    def begins(self) -> tuple[Fraction, ...]:
        """The output seconds at which the holds begin."""
        return tuple(hold.at + wait for hold, wait in zip(self.holds, self.waits, strict=False))

    @property
    def added(self) -> Fraction:
        """Seconds by which the output is longer than the film."""
        return self.waits[-1]

    def output(self, film: Fraction) -> Fraction:
        """When a picture or sound that starts at `film` is shown: after a hold that lies there."""
        return film + self.waits[bisect_right(self._at, film)]

    def output_end(self, film: Fraction) -> Fraction:
        """When a thing that ends at `film` ends: before a hold that lies there."""
        return film + self.waits[bisect_left(self._at, film)]

    def same_until(self, other: TimeMap) -> Fraction | None:
        """The output seconds until which both show the same; None where they never differ."""
        for number, (hold, its) in enumerate(zip(self.holds, other.holds, strict=False)):
            if hold.at != its.at:
                return min(hold.at, its.at) + self.waits[number]
            if hold.length != its.length:
                return self.begins[number] + min(hold.length, its.length)
        shared = min(len(self.holds), len(other.holds))
        longer = max(self, other, key=lambda one: len(one.holds))
        return longer.begins[shared] if len(longer.holds) > shared else None

    @cached_property
    def _in_ticks(self) -> tuple[int, list[int], list[int]]:
        """Ticks in a second in which all is whole, and `_at` and `waits` in those."""
        parts = [one.denominator for one in (*self._at, *self.waits)]
        ticks = math.lcm(MS_PER_SECOND, *parts)
        return (
            ticks,
            [int(one * ticks) for one in self._at],
            [int(one * ticks) for one in self.waits],
        )

    def sample(self, film: int, holds: int, rate: int) -> int:
        """The output sample, to the nearest, at which film ms `film` is shown after so many holds.

        The same as rounding what exact seconds give, and quick for thousands.
        """
        ticks, _, waits = self._in_ticks
        return _nearest((film * (ticks // MS_PER_SECOND) + waits[holds]) * rate, ticks)

    def samples(self, spans: Iterable[Span], rate: int) -> list[tuple[int, int]]:
        """Film spans in output samples at `rate` Hz, to the nearest; without the holds at their
        edges. The same as rounding `output` and `output_end`, and quick for thousands.
        """
        ticks, at, waits = self._in_ticks
        edges = [(span.start, span.end) for span in spans]
        if not edges:
            return []
        a_ms = ticks // MS_PER_SECOND
        furthest = (max(map(max, edges)) * a_ms + waits[-1]) * rate
        if 2 * max(furthest, at[-1] if at else 0, ticks) > _LARGEST_INT64:  # rates nobody films at
            return [
                (
                    _nearest((start * a_ms + waits[bisect_right(at, start * a_ms)]) * rate, ticks),
                    _nearest((end * a_ms + waits[bisect_left(at, end * a_ms)]) * rate, ticks),
                )
                for start, end in edges
            ]
        start, end = np.array(edges, np.int64).T * a_ms
        all_at, all_waits = np.array(at, np.int64), np.array(waits, np.int64)
        shown = (
            start + all_waits[np.searchsorted(all_at, start, side="right")],
            end + all_waits[np.searchsorted(all_at, end, side="left")],
        )
        whole, rest = np.divmod(np.stack(shown, axis=1) * rate, ticks)
        whole += (2 * rest > ticks) | ((2 * rest == ticks) & (whole % 2 == 1))
        return [(first, last) for first, last in whole.tolist()]

    def film(self, output: Fraction) -> Fraction:
        """The film time shown at `output`; within a hold, the time it waits at."""
        index = bisect_right(self.begins, output)
        if index == 0:
            return output
        return max(self.holds[index - 1].at, output - self.waits[index])


def _nearest(part: int, of: int) -> int:
    """part / of, rounded as `round` does a Fraction."""
    whole, rest = divmod(part, of)
    return whole + (2 * rest > of or (2 * rest == of and whole % 2 == 1))


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of output samples. film: the film's sample it starts with, None while it waits."""

    output: int
    count: int
    film: int | None


@dataclass(frozen=True)
class SampleMap:
    """A time map on the grid of one sample rate.

    at: film samples at which the film waits. waits: output samples waited before hold 0, 1, ...
    and in all, one more than `at`. Every film sample occurs exactly once in the output.
    """

    at: tuple[int, ...] = ()
    waits: tuple[int, ...] = (0,)

    @classmethod
    def of(cls, times: TimeMap, rate: int, grid: int = 1) -> SampleMap:
        """`times` at `rate` Hz, waits in whole multiples of `grid` samples.

        Each position is off by at most half of `grid`, and one sample, ever: what was waited is
        rounded from the exact sum, so what one hold lacks another has.
        """
        return cls(
            tuple(round(hold.at * rate) for hold in times.holds),
            tuple(round(wait * rate / grid) * grid for wait in times.waits),
        )

    @cached_property
    def holds(self) -> tuple[tuple[int, int], ...]:
        """The output samples [begin, end) during which the film waits, in order."""
        return tuple(
            (at + before, at + after)
            for at, (before, after) in zip(self.at, itertools.pairwise(self.waits), strict=True)
        )

    @cached_property
    def _begins(self) -> tuple[int, ...]:
        return tuple(begin for begin, _ in self.holds)

    def pieces(self, start: int, count: int) -> Iterator[Piece]:
        """The output samples [start, start + count) as runs of film and of waiting."""
        position, end = start, start + count
        while position < end:
            begun = bisect_right(self._begins, position)
            if begun and position < self.holds[begun - 1][1]:
                stop, film = self.holds[begun - 1][1], None
            else:
                stop = self._begins[begun] if begun < len(self._begins) else end
                film = position - self.waits[begun]
            stop = min(stop, end)
            yield Piece(position, stop - position, film)
            position = stop
