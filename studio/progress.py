"""How a job tells how far it is, and learns that it is no longer wanted.

A job is a plain function whose last argument is a `Progress`. One call does both things:
`progress(0.4, "Reading the picture")` reports, and raises `Cancelled` once somebody has asked
the job to stop. A step of a job gets a stretch of it: `progress.part(0.2, 0.7)`.
"""

from __future__ import annotations

import threading
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

    def cancel(self) -> None:
        """Ask the job to stop at its next report. Callable from any thread or a signal handler."""
        self._stop.set()


def unwatched() -> Progress:
    """A progress nobody watches, for scripts and tests."""
    return Progress()
