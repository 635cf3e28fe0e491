"""Which packets of a mix must be encoded, and which are the film's own; all pure.

Packet q of the output plays the samples from `first + 1024 q`. A film that waits is moved by whole
packets, each wait rounded from the exact sum of all before it: its sound is off by at most half a
packet (10.7 ms at 48 kHz) after a freeze, ever; clips and ducks are not on that grid and exact.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from studio.mix.aac import FRAME
from studio.mix.mixer import MixPlan

_APART = 4  # packets; runs whose margins are nearer than this are one
RUN_IN = 12  # packets encoded before, until the encoder has settled
RUN_OUT = 4  # packets encoded after, so that the encoder sees what comes
MARGIN = 12  # packets on either side of a run among which its joint is looked for, at least
FITTING = 4  # packets in a margin that end as those of our encoder do, at least
FARTHEST = 96  # packets a margin may have for that
_WHOLE = 2  # packets at either end of the film's sound that lack a neighbour
_LONGEST = 384  # packets, 8 s at 48 kHz: what a thread encodes at a time


@dataclass(frozen=True, slots=True)
class Run:
    """The output packets [begin, end) are encoded: something in them is not the film's own sound.

    margin_in, margin_out: packets before and after among which a joint is looked for; None where
    the sound begins or ends with the run. follows: it goes on from the run before it.
    """

    begin: int
    end: int
    margin_in: int | None
    margin_out: int | None
    follows: bool

    @property
    def first(self) -> int:
        """The first packet that may be wanted of it."""
        return self.begin if self.margin_in is None else self.begin - self.margin_in - 3

    @property
    def last(self) -> int:
        """The last packet that may be wanted of it."""
        return self.end - 1 if self.margin_out is None else self.end + self.margin_out + 1


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the film's packets lie. first: the film sample that packet 0 begins to play.

    fitting: the packets that end with the window that ours end with, in order.
    """

    first: int
    count: int
    fitting: array[int]

    def sample(self, packet: int) -> int:
        """The first sample that a packet plays."""
        return self.first + packet * FRAME

    def at(self, sample: int) -> int:
        """The packet that plays a sample."""
        return (sample - self.first) // FRAME

    def margin_before(self, packet: int) -> int:
        """How far before film packet `packet` a joint to an encoded one may be looked for."""
        known = bisect_left(self.fitting, packet - 1)
        if known < FITTING:
            return max(MARGIN, packet)
        return max(MARGIN, packet - 2 - self.fitting[known - FITTING])

    def margin_after(self, packet: int) -> int:
        """How far after film packet `packet` a joint from an encoded one may be looked for."""
        known = bisect_left(self.fitting, packet - 1) + FITTING - 1
        if known >= len(self.fitting):
            return max(MARGIN, self.count - packet)
        return max(MARGIN, self.fitting[known] - packet + 1)

    def shift(self, plan: MixPlan, packet: int) -> int:
        """By how many packets the film has waited when output packet `packet` begins."""
        begins = [begin for begin, _ in plan.holds.holds]
        return plan.holds.waits[bisect_right(begins, self.sample(packet))] // FRAME


def touched(plan: MixPlan) -> list[tuple[int, int]]:
    """The output samples [begin, end) where something else than the film's own sound is heard."""
    dips = [*plan.silences, *(plan.ducks if plan.duck_level else ())]
    found = [(dip.begin - dip.fade_in, dip.end + dip.fade_out) for dip in dips]
    found += [(clip.start, clip.start + clip.count) for clip in plan.clips]
    found += [(bed.start, bed.end) for bed in plan.beds]
    return sorted(found)


def margins(grid: Grid) -> int:
    """The longest margin that anywhere holds `FITTING` packets, up to `FARTHEST` and one."""
    edges = np.concatenate([[-1], np.asarray(grid.fitting), [grid.count]])
    widths = edges[FITTING:] - edges[:-FITTING]
    return min(int(widths.max(initial=0)) or FARTHEST + 1, FARTHEST + 1)


def runs(plan: MixPlan, grid: Grid) -> tuple[Run, ...]:
    """What is encoded of a mix whose waits are whole packets, in order."""
    film_end = grid.count + plan.holds.waits[-1] // FRAME
    opening = min(0, grid.at(0) - 1)
    closing = max(film_end, grid.at(plan.length - 1) + 1)
    found: list[_Stretch] = []
    for start, stop in touched(plan):
        # packets at either end of the film's sound, and what lies beyond, belong to a run
        begin = min(grid.at(start), film_end - _WHOLE)
        end = max(grid.at(stop - 1) + 1, _WHOLE)
        before = begin - grid.margin_before(begin - grid.shift(plan, begin - 1))
        after = end + grid.margin_after(end - grid.shift(plan, end))
        if before <= _WHOLE:
            begin = before = opening
        if after >= film_end - _WHOLE:
            end = after = closing
        if found and before - found[-1].after <= _APART:
            found[-1].join(begin, end, after)
        else:
            found.append(_Stretch(begin, end, before, after))
    return tuple(
        part
        for one in found
        for part in _split(
            one.begin,
            one.end,
            None if one.begin == opening else one.begin - one.before,
            None if one.end == closing else one.after - one.end,
        )
    )


@dataclass(slots=True)
class _Stretch:
    """The packets [begin, end) are encoded; its margins begin and end at before and after."""

    begin: int
    end: int
    before: int
    after: int

    def join(self, begin: int, end: int, after: int) -> None:
        """Reach over a stretch that follows."""
        self.begin, self.end = min(self.begin, begin), max(self.end, end)
        self.after = max(self.after, after)


def _split(begin: int, end: int, margin_in: int | None, margin_out: int | None) -> Iterator[Run]:
    parts = -(-(end - begin) // _LONGEST)
    edges = [begin + (end - begin) * part // parts for part in range(parts + 1)]
    for part in range(parts):
        yield Run(
            edges[part],
            edges[part + 1],
            margin_in if part == 0 else MARGIN,
            margin_out if part == parts - 1 else MARGIN,
            part > 0,
        )
