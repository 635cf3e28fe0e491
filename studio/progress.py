"""How a job tells how far it is, and learns that it is no longer wanted.

A job is a plain function whose last argument is a `Progress`. One call does both things:
`progress(0.4, "Reading the picture")` reports, and raises `Cancelled` once somebody has asked
the job to stop. A step of a job gets a stretch of it: `progress.part(0.2, 0.7)`; the steps of one
share it by how long each takes: `progress.shared(1, 20, 4)`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

Report = Callable[[float, str], None]


class Cancelled(BaseException):
    """The user stopped the job. Not an `Exception`, so no `except Exception` swallows it."""


class Progress:
    """Reports a fraction of the whole job, 0..1, and raises `Cancelled` when asked to stop.

    Safe to call from any thread; `report` is called on the thread that calls.
    """

    def __init__(
        self,
        report: Report | None = None,
        stop: threading.Event | None = None,
        span: tuple[float, float] = (0.0, 1.0),
    ) -> None:
        self._report = report
        self._stop = stop if stop is not None else threading.Event()
        self._from, self._to = span

    def __call__(self, fraction: float, message: str = "") -> None:
        """Report that `fraction` (0..1) of this part is done. Raises `Cancelled` if stopped."""
        self.check()
        if self._report is not None:
            inside = min(1.0, max(0.0, fraction))
            self._report(self._from + (self._to - self._from) * inside, message)

    def check(self) -> None:
        """Raise `Cancelled` if the job was asked to stop; reports nothing."""
        if self._stop.is_set():
            raise Cancelled

    def part(self, start: float, end: float) -> Progress:
        """The stretch from `start` to `end` (0..1 of this part) as a progress of its own."""
        width = self._to - self._from
        return Progress(
            self._report, self._stop, (self._from + width * start, self._from + width * end)
        )

    def shared(self, *weights: float) -> tuple[Progress, ...]:
        """A part for each of the weights, one after the other, each as long as it weighs."""
        whole, done = sum(weights), 0.0
        parts = []
        for weight in weights:
            parts.append(self.part(done / whole, (done + weight) / whole))
            done += weight
        return tuple(parts)

    def cancel(self) -> None:
        """Ask the job to stop at its next report. Callable from any thread or a signal handler."""
        self._stop.set()


def unwatched() -> Progress:
    """A progress nobody watches, for scripts and tests."""
    return Progress()


class TimeLeft:
    """How long a job still takes, told from how far it has come.

    What is told mostly follows the last quarter of the time, so that a slower stage is noticed,
    and a little the job as a whole. Small changes of speed are not passed on: it counts down like
    a clock.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: seconds; only differences count."""
        self._clock = clock
        self._seen: deque[tuple[float, float]] = deque()  # when, and how far; the oldest is kept
        self._told: tuple[float, float] | None = None  # when, and seconds left then

    def at(self, fraction: float) -> int | None:
        """Seconds left now that `fraction` (0..1) is done; None while that cannot be known."""
        now = self._clock()
        self._seen.append((now, fraction))
        began, first = self._seen[0]
        while len(self._seen) > _FEWEST and self._seen[1][0] < now - (now - began) / 4:
            del self._seen[1]
        if now - began < _SOONEST or fraction - first < _LEAST:
            return None
        whole = _left(self._seen[0], now, fraction)
        lately = _left(self._seen[1], now, fraction) if self._seen[1][0] < now else whole
        left = whole + _LATELY * (min(lately, _MOST_SLOWED * whole) - whole)
        if self._told is not None:
            expected = max(0.0, self._told[1] - (now - self._told[0]))
            if expected <= left <= expected * _TOLERANCE + 1:
                left = expected
        self._told = (now, left)
        return round(left)


_FEWEST = 3
_SOONEST = 1.0  # s
_LEAST = 0.01  # of the job
_TOLERANCE = 1.15
_LATELY = 0.75  # how much of what is told follows the last quarter
_MOST_SLOWED = 4  # times; a stage that reports nothing for a while has not stopped for ever


def _left(since: tuple[float, float], now: float, fraction: float) -> float:
    """Seconds left at the speed since then."""
    done = fraction - since[1]
    return (1 - fraction) * (now - since[0]) / max(done, 1e-6)
