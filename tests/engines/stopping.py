"""A progress that is stopped at a moment chosen beforehand."""

from __future__ import annotations

from studio.progress import Progress


class StoppedAt(Progress):
    """Is asked to stop at the given look at it."""

    def __init__(self, look: int) -> None:
        super().__init__()
        self.looks, self._at = 0, look

    def check(self) -> None:
        self.looks += 1
        if self.looks == self._at:
            self.cancel()
        super().check()

    def part(self, start: float, end: float) -> Progress:
        return self
