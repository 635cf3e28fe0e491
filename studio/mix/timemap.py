"""Film time and output time: the film waits at holds, and everything after a hold comes later.

All values are exact: seconds as fractions, or whole samples. A hold lies on the start of a frame:
what starts there (that frame, the film's sound from there on) is shown after the hold; the frame
before it is what stays on screen. Positions after many holds are computed from the exact sum of
all earlier lengths and rounded once, so rounding never accumulates.
"""

from __future__ import annotations

import itertools
import math
import operator
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from studio.times import MS_PER_SECOND, Span

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
        _, at, waits = self.ticks
        if any(map(operator.gt, at, at[1:])) or any(map(operator.ge, waits, waits[1:])):
            raise ValueError("holds must be in order and longer than nothing")

    @cached_property
    def ticks(self) -> tuple[int, list[int], list[int]]:
        """Ticks in a second in which all is whole; where the film waits, and `waits`, in those.

        Whole numbers, because fractions take thirty times as long to add and to compare.
        """
        parts = {one.denominator for hold in self.holds for one in (hold.at, hold.length)}
        ticks = math.lcm(MS_PER_SECOND, *parts)
        lengths = (_whole(hold.length, ticks) for hold in self.holds)
        return (
            ticks,
            [_whole(hold.at, ticks) for hold in self.holds],
            list(itertools.accumulate(lengths, initial=0)),
        )

    @cached_property
    def _begins(self) -> list[int]:
        """`begins` in ticks."""
        _, at, waits = self.ticks
        return list(map(operator.add, at, waits))

    @cached_property
    def at_ms(self) -> list[int]:
        """The film ms at which the film waits, rounded up."""
        ticks, at, _ = self.ticks
        a_ms = ticks // MS_PER_SECOND
        return [-(-one // a_ms) for one in at]

    @cached_property
    def waits(self) -> tuple[Fraction, ...]:
        """Seconds waited before hold 0, 1, ... and, last, in all; one more than there are holds."""
        ticks, _, waits = self.ticks
        return tuple(Fraction(one, ticks) for one in waits)

    @cached_property
    def begins(self) -> tuple[Fraction, ...]:
        """The output seconds at which the holds begin."""
        ticks = self.ticks[0]
        return tuple(Fraction(one, ticks) for one in self._begins)

    @property
    def added(self) -> Fraction:
        """Seconds by which the output is longer than the film."""
        return self.waited(len(self.holds))

    def waited(self, holds: int) -> Fraction:
        """Seconds that so many of the holds last together, from the first on."""
        ticks, _, waits = self.ticks
        return Fraction(waits[holds], ticks)

    def begun(self, output: Fraction) -> int:
        """How many holds begin at or before `output`, output seconds."""
        return bisect_right(self._begins, _down(output, self.ticks[0]))

    def output(self, film: Fraction) -> Fraction:
        """When a picture or sound that starts at `film` is shown: after a hold that lies there."""
        ticks, at, _ = self.ticks
        return film + self.waited(bisect_right(at, _down(film, ticks)))

    def output_end(self, film: Fraction) -> Fraction:
        """When a thing that ends at `film` ends: before a hold that lies there."""
        ticks, at, _ = self.ticks
        return film + self.waited(bisect_left(at, -_down(-film, ticks)))

    def same_until(self, other: TimeMap) -> Fraction | None:
        """The output seconds until which both show the same; None where they never differ."""
        for number, (hold, its) in enumerate(zip(self.holds, other.holds, strict=False)):
            if hold is its:
                continue
            if hold.at != its.at:
                return min(hold.at, its.at) + self.waited(number)
            if hold.length != its.length:
                return hold.at + self.waited(number) + min(hold.length, its.length)
        shared = min(len(self.holds), len(other.holds))
        longer = max(self, other, key=lambda one: len(one.holds))
        if len(longer.holds) == shared:
            return None
        return longer.holds[shared].at + longer.waited(shared)

    def shown(self, films: Sequence[int], holds: Sequence[int], rate: int) -> list[int]:
        """The output samples, to the nearest, at which film ms are shown after so many holds each.

        The same as rounding what exact seconds give, and quick for thousands.
        """
        ticks, _, waits = self.ticks
        a_ms = ticks // MS_PER_SECOND
        if self._are_many(max(films, default=0), rate):
            parts = zip(films, holds, strict=True)
            return [_nearest((film * a_ms + waits[passed]) * rate, ticks) for film, passed in parts]
        film, passed = np.array(films, np.int64), np.array(holds, np.intp)
        return _all_nearest((film * a_ms + np.array(waits, np.int64)[passed]) * rate, ticks)

    def _are_many(self, film: int, rate: int) -> bool:
        """Whether the ticks up to film ms `film` are too many for whole numbers of 64 bits."""
        ticks, at, waits = self.ticks
        furthest = (film * (ticks // MS_PER_SECOND) + waits[-1]) * rate
        return 2 * max(furthest, at[-1] if at else 0, ticks) > _LARGEST_INT64

    def samples(self, spans: Iterable[Span], rate: int) -> list[tuple[int, int]]:
        """Film spans in output samples at `rate` Hz, to the nearest; without the holds at their
        edges. The same as rounding `output` and `output_end`, and quick for thousands.
        """
        ticks, at, waits = self.ticks
        edges = [(span.start, span.end) for span in spans]
        if not edges:
            return []
        a_ms = ticks // MS_PER_SECOND
        if self._are_many(max(map(max, edges)), rate):  # rates nobody films at
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
        first, last = (_all_nearest(one * rate, ticks) for one in shown)
        return list(zip(first, last, strict=True))

    def film(self, output: Fraction) -> Fraction:
        """The film time shown at `output`; within a hold, the time it waits at."""
        index = self.begun(output)
        if index == 0:
            return output
        return max(self.holds[index - 1].at, output - self.waited(index))


def _whole(seconds: Fraction, ticks: int) -> int:
    """`seconds` in ticks of which so many are a second; they must be a whole number of them."""
    return seconds.numerator * (ticks // seconds.denominator)


def _down(seconds: Fraction, ticks: int) -> int:
    """`seconds` in ticks of which so many are a second, rounded down."""
    return seconds.numerator * ticks // seconds.denominator


def _all_nearest(parts: NDArray[np.int64], of: int) -> list[int]:
    """`_nearest` of each of the parts."""
    whole, rest = np.divmod(parts, of)
    whole += (2 * rest > of) | ((2 * rest == of) & (whole % 2 == 1))
    found: list[int] = whole.tolist()
    return found


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
        ticks, at, waits = times.ticks
        return cls(
            tuple(_nearest(one * rate, ticks) for one in at),
            tuple(_nearest(one * rate, ticks * grid) * grid for one in waits),
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
