"""Film ms to output ms and back, for many times at once.

The time map counts exactly and one by one; a picture of the timeline needs thousands of positions
and no more than a tenth of a millisecond. A hold's place is rounded up to a ms, as all times of
frames are (studio.times), so a cue that ends where the film waits ends before the wait.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from studio.mix.timemap import TimeMap
from studio.times import MS_PER_SECOND

Times = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OutputClock:
    """at: film ms of each hold, rising. waits: ms waited before hold 0, 1, ... and in all."""

    at: Times
    waits: Times

    @classmethod
    def of(cls, times: TimeMap) -> OutputClock:
        """The clock of a time map."""
        ticks, _, waits = times.ticks
        ms = [wait * MS_PER_SECOND / ticks for wait in waits]
        return cls(np.array(times.at_ms, np.float64), np.array(ms, np.float64))

    def output(self, film: ArrayLike) -> Times:
        """When what starts at these film ms is shown: after a hold that lies there."""
        film = np.asarray(film, np.float64)
        return _times(film + self.waits[np.searchsorted(self.at, film, side="right")])

    def output_end(self, film: ArrayLike) -> Times:
        """When what ends at these film ms ends: before a hold that lies there."""
        film = np.asarray(film, np.float64)
        return _times(film + self.waits[np.searchsorted(self.at, film, side="left")])

    def film(self, output: ArrayLike) -> Times:
        """The film ms shown at these output ms; within a hold, the time it waits at."""
        output = np.asarray(output, np.float64)
        if not len(self.at):
            return _times(output)
        index = np.searchsorted(self.at + self.waits[:-1], output, side="right")
        held = np.where(index > 0, self.at[np.maximum(index - 1, 0)], -np.inf)
        return _times(np.maximum(held, output - self.waits[index]))

    def shown_at(self, film: int) -> int:
        """When the film at `film` ms is shown, output ms rounded up, so never a frame early."""
        return math.ceil(round(float(self.output(film)), 6))

    def film_at(self, output: float) -> int:
        """The film ms shown at `output` ms, rounded down."""
        return math.floor(round(float(self.film(output)), 6))

    def holds(self) -> tuple[Times, Times]:
        """When each hold begins and when it ends, output ms."""
        return self.at + self.waits[:-1], self.at + self.waits[1:]


def _times(values: Any) -> Times:
    return np.asarray(values, np.float64)
