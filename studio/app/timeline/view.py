"""What part of the described film a strip shows, and how large: pure numbers, no Qt.

Positions are in logical pixels from the left of the strip, times in output ms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

CLOSEST = 2.0
"""Logical pixels a ms at the closest zoom: a frame of 25 Hz is 80 pixels wide."""


@dataclass(frozen=True, slots=True)
class View:
    """start: output ms at the left edge. scale: pixels a ms. width: pixels. length: ms in all."""

    start: float
    scale: float
    width: int
    length: int

    @classmethod
    def whole(cls, width: int, length: int) -> View:
        """All of a film of `length` ms in `width` pixels."""
        return cls(0.0, _whole_scale(width, length), max(1, width), max(1, length))

    @property
    def end(self) -> float:
        """Output ms at the right edge; may lie after the film's end."""
        return self.start + self.width / self.scale

    @property
    def shown(self) -> float:
        """How many ms fit in the width."""
        return self.width / self.scale

    @property
    def is_whole(self) -> bool:
        """Whether the whole film shows."""
        return self.scale <= _whole_scale(self.width, self.length)

    def x(self, time: float) -> float:
        """Where output ms `time` lies."""
        return (time - self.start) * self.scale

    def time(self, x: float) -> float:
        """The output ms at `x`, within the film."""
        return min(max(0.0, self.start + x / self.scale), float(self.length))

    def zoomed(self, factor: float, at: float) -> View:
        """`factor` times closer; the time at pixel `at` stays where it is."""
        time = self.start + at / self.scale
        scale = min(max(_whole_scale(self.width, self.length), self.scale * factor), CLOSEST)
        return replace(self, start=time - at / scale, scale=scale)._within()

    def scrolled(self, pixels: float) -> View:
        """`pixels` further to the right in the film."""
        return replace(self, start=self.start + pixels / self.scale)._within()

    def moved_to(self, start: float) -> View:
        """The same zoom with `start` at the left edge, or as near to it as the film allows."""
        return replace(self, start=start)._within()

    def showing(self, start: float, end: float, margin: float = 0.0) -> View:
        """The closest view of all from `start` to `end`, and `margin` of the width on each side."""
        room = max(1.0, self.width * (1 - 2 * margin))
        wanted = room / max(1.0, end - start)
        scale = min(max(_whole_scale(self.width, self.length), wanted), CLOSEST)
        middle = (start + end) / 2
        return replace(self, start=middle - self.width / scale / 2, scale=scale)._within()

    def revealing(self, start: float, end: float) -> View:
        """The same zoom, moved only if it must be for `start`..`end` to show, start first."""
        margin = min(self.shown * 0.05, 2000.0)
        if start >= self.start and end <= self.end:
            return self
        if end - start > self.shown - 2 * margin or start < self.start:
            return self.moved_to(start - margin)
        return self.moved_to(end + margin - self.shown)

    def resized(self, width: int, length: int) -> View:
        """The same place in another width or after the film has changed its length.

        A view of the whole film stays one.
        """
        if self.is_whole:
            return View.whole(width, length)
        width, length = max(1, width), max(1, length)
        scale = max(self.scale, _whole_scale(width, length))
        return View(self.start, scale, width, length)._within()

    def _within(self) -> View:
        last = max(0.0, self.length - self.width / self.scale)
        return replace(self, start=min(max(0.0, self.start), last))


def _whole_scale(width: int, length: int) -> float:
    return min(max(1, width) / max(1, length), CLOSEST)
