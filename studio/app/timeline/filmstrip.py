"""Small pictures of the film by time: which are missing, and which may stand in meanwhile."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Iterable

from PySide6.QtGui import QImage

MOST = 300
"""Pictures kept, some fifteen screens; at 160 x 90 about 13 MB."""

_FINEST = 125  # ms; nearer pictures are hardly different


def picture_step(shown: float) -> int:
    """The distance in ms of the pictures to ask for where one is `shown` ms wide on the strip.

    Doubles from 125 ms on, so pictures asked for at one zoom serve others too.
    """
    step = _FINEST
    while step * 2 <= shown:
        step *= 2
    return step


class Filmstrip:
    """Pictures by film ms, the least used forgotten first."""

    def __init__(self) -> None:
        self._pictures: OrderedDict[int, QImage] = OrderedDict()
        self._times: list[int] = []

    def clear(self) -> None:
        """Forget everything: another film."""
        self._pictures.clear()
        self._times.clear()

    def put(self, time: int, picture: QImage) -> None:
        """The picture that was asked for at film ms `time`."""
        if time not in self._pictures:
            insort(self._times, time)
        self._pictures[time] = picture
        self._pictures.move_to_end(time)
        while len(self._pictures) > MOST:
            gone, _ = self._pictures.popitem(last=False)
            del self._times[bisect_left(self._times, gone)]

    def shown(self, time: int, reach: int) -> QImage | None:
        """The picture of `time`, or while it is missing the nearest at most `reach` ms away."""
        found = self._pictures.get(time)
        if found is not None:
            self._pictures.move_to_end(time)
            return found
        index = bisect_left(self._times, time)
        near = self._times[max(0, index - 1) : index + 1]
        best = min(near, key=lambda one: abs(one - time), default=None)
        if best is None or abs(best - time) > reach:
            return None
        return self._pictures[best]

    def missing(self, times: Iterable[int]) -> list[int]:
        """Those of `times` that are not there, in order."""
        return sorted({time for time in times if time not in self._pictures})
