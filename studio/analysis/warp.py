"""The best way through a film for the lines of a script: dynamic time warping that may leave out.

    film       ~~~~~ says line 1 ~~~ says something else ~~~ says line 2 ~~~
    path       filler | line 1     | filler             | line 2     | filler

Each row of the film belongs to a row of a line, in order, at half to any multiple of its pace, or
to the filler between two lines, at a fixed price; a line may be skipped, at a price for its length.
A silence in the film falls best between two lines: inside one it costs. So does a shorter pause, in
which nobody is heard above the music: a line waits in it, or ends before it. The path of least cost
is found row by row (Viterbi, 1967; for warping Sakoe and Chiba, 1978), within a window of the
script that follows the best place, so time is linear in the film and memory is constant.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.analysis.cepstra import Floats

FILLER = -1
"""The line to which rows of the film belong that say nothing of the script."""

_NEVER = 1e18
_STAY, _NEXT, _OVER, _SKIP = range(4)  # how a place was reached; the first three: places advanced


@dataclass(frozen=True, slots=True)
class Prices:
    """What a path pays, in distances of two rows that have nothing in common.

    filler: a row of the film outside of all lines. skip: a row of a line that is left out; more
    squeezes lines in that nobody says, less leaves out some that are said. pause, held: a row in
    which nobody is heard, outside of all lines, and inside one, which waits meanwhile. uneven: what
    a row adds where the line is not said at the script's pace. joined: what a line adds that begins
    where nobody pauses. All were fitted on the known films of tests/bench/alignment.py.
    """

    filler: float
    skip: float
    pause: float
    held: float
    uneven: float
    joined: float


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """lines: to which line each row of the film belongs, or FILLER. cost: of the whole way."""

    lines: NDArray[np.int32]
    cost: float


class _Script:
    """All places of a script: a filler, the rows of line 0, a filler, ... and a filler at last."""

    def __init__(self, lines: Sequence[Floats], skip: float) -> None:
        lengths = np.array([len(one) for one in lines], np.int64)
        self.fillers = np.concatenate([[0], np.cumsum(lengths + 1)])
        self.size = int(self.fillers[-1]) + 1
        self.is_filler = np.zeros(self.size, bool)
        self.is_filler[self.fillers] = True
        self.rows = np.zeros((self.size, lines[0].shape[1]), np.float32)
        self.rows[~self.is_filler] = np.concatenate(lines)
        self.squares = (self.rows**2).sum(axis=1)
        self.skipped = np.concatenate([[0.0], np.cumsum(lengths * skip)])
        # a silence costs inside a line; on the first row of one it is reached from outside
        self.inside = (~self.is_filler).astype(np.float64)
        self.inside_next = self.inside.copy()
        self.inside_next[self.fillers[:-1] + 1] = 0
        self.inside_over = self.inside_next.copy()
        seconds = self.fillers[:-1] + 2
        self.inside_over[seconds[seconds < self.size]] = 0
        self.entered_next = self.inside - self.inside_next
        self.entered_over = self.inside - self.inside_over

    def line_of(self, place: int) -> int:
        if self.is_filler[place]:
            return FILLER
        return int(np.searchsorted(self.fillers, place)) - 1


def way(
    film: Floats,
    silences: Floats,
    quiet: NDArray[np.bool_],
    lines: Sequence[Floats],
    prices: Prices,
    window: int,
    check: Callable[[int], None],
) -> Way:
    """The cheapest way of `film` through `lines`.

    film: n x d, speech only. silences: n; the price of being inside a line between the row before
    and this one, 0 where nothing was left out there. quiet: n; whether nobody is heard in the row.
    lines: of one row and more each. window: how many rows of the script are looked at together.
    check: called with the row, every so often; what it raises ends the work.
    """
    script = _Script(lines, prices.skip)
    found = np.full(len(film), FILLER, np.int32)
    if not len(film):
        return Way(found, float(script.skipped[-1]))
    search = _Search(script, prices, min(window, script.size))
    steps: deque[_Step] = deque()
    settled = 0
    for row, sound in enumerate(film):
        steps.append(search.step(sound, float(silences[row]), bool(quiet[row]), first=row == 0))
        if len(steps) >= 2 * window:
            check(row)
            place = search.best_place()
            settled = _settle(steps, place, script, found, settled, keep=window)
    place, cost = search.end()
    _settle(steps, place, script, found, settled, keep=0)
    check(len(film))
    return Way(found, cost)


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """How the places from `low` on were reached at one row of the film."""

    low: int
    moves: NDArray[np.uint8]


def _settle(
    steps: deque[_Step],
    place: int,
    script: _Script,
    found: NDArray[np.int32],
    settled: int,
    keep: int,
) -> int:
    """Write the way back from `place` into `found`, but for the last rows; gives how many stand."""
    last = settled + len(steps) - 1
    for row in range(last, settled - 1, -1):
        step = steps[row - settled]
        while step.moves[place - step.low] == _SKIP:
            place = int(script.fillers[np.searchsorted(script.fillers, place) - 1])
        if row <= last - keep:
            found[row] = script.line_of(place)
        place -= int(step.moves[place - step.low])
    for _ in range(len(steps) - keep):
        steps.popleft()
    return last + 1 - keep


class _Search:
    """The cheapest way to each place of the window, row by row."""

    def __init__(self, script: _Script, prices: Prices, width: int) -> None:
        self._script, self._prices, self._width = script, prices, width
        self._low = 0
        self._paused = True
        self._costs = np.full(width, _NEVER)
        self._look()

    def _look(self) -> None:
        """Take the window's part of the script."""
        script, part = self._script, slice(self._low, self._low + self._width)
        first, last = np.searchsorted(script.fillers, (part.start, part.stop))
        self._fillers = script.fillers[first:last] - self._low
        self._skipped = script.skipped[first:last]
        self._rows, self._squares = script.rows[part], script.squares[part]
        self._is_filler = script.is_filler[part]
        self._entered_next, self._entered_over = (
            script.entered_next[part],
            script.entered_over[part],
        )
        self._uneven = np.where(self._is_filler, 0, self._prices.uneven)
        self._inside = script.inside[part]
        self._inside_next, self._inside_over = script.inside_next[part], script.inside_over[part]

    def step(self, sound: Floats, silence: float, quiet: bool, *, first: bool) -> _Step:
        """Go on by one row of the film."""
        if first:
            moves, costs = self._begin()
        else:
            self._follow()
            moves, costs = self._moved(silence)
        before, self._paused = self._costs, quiet
        distance = self._squares - 2 * (self._rows @ sound) + float(sound @ sound)
        paid = np.sqrt(np.maximum(distance, 0))
        paid[self._is_filler] = self._prices.pause if quiet else self._prices.filler
        costs += paid
        if quiet and not first:  # a line waits where its speaker does, whatever it sounds like
            waiting = before + silence * self._inside + self._prices.held
            held = ~self._is_filler & (waiting < costs)
            costs[held], moves[held] = waiting[held], _STAY
        cheapest = np.minimum.accumulate(costs[self._fillers] - self._skipped) + self._skipped
        skipping = cheapest < costs[self._fillers] - 1e-9  # rounding
        costs[self._fillers[skipping]] = cheapest[skipping]
        moves[self._fillers[skipping]] = _SKIP
        self._costs = costs
        return _Step(self._low, moves)

    def _begin(self) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Before the first row: at any filler, all lines before it skipped, or just behind one."""
        costs = np.full(self._width, _NEVER)
        moves = np.full(self._width, _STAY, np.uint8)
        costs[self._fillers] = self._skipped
        behind = self._fillers[self._fillers + 1 < self._width]
        costs[behind + 1] = self._skipped[: len(behind)]
        return moves, costs

    def _moved(self, silence: float) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        before = self._costs
        costs, near, over = (
            before.copy(),
            np.full(self._width, _NEVER),
            np.full(self._width, _NEVER),
        )
        near[1:], over[2:] = before[:-1], before[:-2]
        if silence:
            costs += silence * self._inside
            near += silence * self._inside_next
            over += silence * self._inside_over
        elif not self._paused:
            near += self._prices.joined * self._entered_next
            over += self._prices.joined * self._entered_over
        costs += self._uneven
        over += self._uneven
        moves = (near < costs).astype(np.uint8)
        np.minimum(near, costs, out=costs)
        further = over < costs
        costs[further] = over[further]
        moves[further] = _OVER
        return moves, costs

    def _follow(self) -> None:
        """Move the window on when the best place has passed its middle."""
        best = int(self._costs.argmin())
        ahead = min(best - self._width // 4, self._script.size - self._width - self._low)
        if best <= self._width // 2 or ahead <= 0:
            return
        self._low += ahead
        self._costs = np.concatenate([self._costs[ahead:], np.full(ahead, _NEVER)])
        self._look()

    def best_place(self) -> int:
        """Where the cheapest way has come."""
        return self._low + int(self._costs.argmin())

    def end(self) -> tuple[int, float]:
        """Where the cheapest way ends, the lines behind it skipped: its place and its cost."""
        ends = np.concatenate([self._fillers, self._fillers[self._fillers > 0] - 1])
        left = self._script.skipped[-1] - self._skipped
        costs = self._costs[ends] + np.concatenate([left, left[self._fillers > 0]])
        best = int(costs.argmin())
        return self._low + int(ends[best]), float(costs[best])
