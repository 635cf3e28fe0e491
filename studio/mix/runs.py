"""Which packets of a mix must be encoded, and which are the film's own; all pure.

Packet q of the output plays the samples from `first + 1024 q`. A film that waits is moved by whole
packets, each wait rounded from the exact sum of all before it: its sound is off by at most half a
packet (10.7 ms at 48 kHz) after a freeze, ever; clips and ducks are not on that grid and exact.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from studio.mix.aac import FRAME
from studio.mix.mixer import MixPlan

MARGIN = 12  # packets on either side of a run among which its joint is looked for
RUN_IN = 96  # packets encoded before; FFmpeg's encoder starts with twice the noise it settles to
RUN_OUT = 4  # packets encoded after, so that the encoder sees what comes
_APART = 2 * MARGIN + 4  # runs nearer than this are one
_WHOLE = 2  # packets at either end of the film's sound that lack a neighbour
_LONGEST = 384  # packets, 8 s at 48 kHz: what a thread encodes at a time


@dataclass(frozen=True, slots=True)
class Run:
    """The output packets [begin, end) are encoded: something in them is not the film's own sound.

    opens, closes: the sound begins or ends with it. follows: it goes on from the run before it.
    """

    begin: int
    end: int
    opens: bool
    closes: bool
    follows: bool

    @property
    def first(self) -> int:
        """The first packet that may be wanted of it."""
        return self.begin if self.opens else self.begin - MARGIN - 3

    @property
    def last(self) -> int:
        """The last packet that may be wanted of it."""
        return self.end - 1 if self.closes else self.end + MARGIN + 1


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the film's packets lie. first: the film sample that packet 0 begins to play."""

    first: int
    count: int

    def sample(self, packet: int) -> int:
        """The first sample that a packet plays."""
        return self.first + packet * FRAME

    def at(self, sample: int) -> int:
        """The packet that plays a sample."""
        return (sample - self.first) // FRAME

    def shift(self, plan: MixPlan, packet: int) -> int:
        """By how many packets the film has waited when output packet `packet` begins."""
        begins = [begin for begin, _ in plan.holds.holds]
        return plan.holds.waits[bisect_right(begins, self.sample(packet))] // FRAME


def touched(plan: MixPlan) -> list[tuple[int, int]]:
    """The output samples [begin, end) where something else than the film's own sound is heard."""
    dips = [*plan.silences, *(plan.ducks if plan.duck_level else ())]
    found = [(dip.begin - dip.fade_in, dip.end + dip.fade_out) for dip in dips]
    found += [(clip.start, clip.start + clip.count) for clip in plan.clips]
    return sorted(found)


def runs(plan: MixPlan, grid: Grid) -> tuple[Run, ...]:
    """What is encoded of a mix whose waits are whole packets, in order."""
    film_end = grid.count + plan.holds.waits[-1] // FRAME
    opening = min(0, grid.at(0) - 1)
    closing = max(film_end, grid.at(plan.length - 1) + 1)
    found: list[list[int]] = []
    for begin, end in touched(plan):
        first, last = grid.at(begin), grid.at(end - 1) + 1
        if first <= MARGIN + 3:
            first, last = opening, max(last, _WHOLE)
        if last >= film_end - MARGIN - 3:
            first, last = min(first, film_end - _WHOLE), closing
        if found and first - found[-1][1] <= _APART:
            found[-1][1] = max(found[-1][1], last)
        else:
            found.append([first, last])
    return tuple(
        part
        for begin, end in found
        for part in _split(begin, end, begin == opening, end == closing)
    )


def _split(begin: int, end: int, opens: bool, closes: bool) -> Iterator[Run]:
    parts = -(-(end - begin) // _LONGEST)
    edges = [begin + (end - begin) * part // parts for part in range(parts + 1)]
    for part in range(parts):
        yield Run(
            edges[part],
            edges[part + 1],
            opens and part == 0,
            closes and part == parts - 1,
            part > 0,
        )
