"""What lies over a stretch of the film, found without looking at all of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from studio.times import Span

Item = TypeVar("Item")


class Near(Generic[Item]):
    """Things with a stretch each. span_of: tells it."""

    def __init__(self, items: Iterable[Item], span_of: Callable[[Item], Span]) -> None:
        self._items = sorted(((span_of(one), one) for one in items), key=lambda pair: pair[0])
        self._starts = [span.start for span, _ in self._items]
        self._longest = max((span.duration for span, _ in self._items), default=0)

    def over(self, stretch: Span) -> Iterator[Item]:
        """Those that share some of `stretch` (ms), by their start."""
        first = bisect_left(self._starts, stretch.start - self._longest)
        for span, one in self._items[first : bisect_left(self._starts, stretch.end)]:
            if span.overlap(stretch):
                yield one
