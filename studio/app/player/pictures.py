"""The described film's pictures as a file that mpv reads: each made where it is read.

It is bare pictures in a row (YUV4MPEG2), one for each frame of the output, those at which the film
waits as often as it does. Every frame lies at a place that can be computed, so any seek is exact,
and whoever reads it always gets what is shown since the last edit.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from studio.app.player.libmpv import Content
from studio.app.player.reel import Reel
from studio.mix.timemap import TimeMap

_FRAME = b"FRAME\n"
_LOOKED_AT = 1 << 20  # bytes at the beginning that mpv reads, at most, to know what the file is
_PATIENCE = 0.1  # s that other things wait for the picture of a seek


@dataclass(frozen=True)
class Slots:
    """Which picture is shown in each frame of the output.

    at: film seconds at which the film waits. begins, ends: the frames of each hold, in order.
    waited: frames waited before hold 0, 1, ... and in all. count: frames in all.
    """

    rate: Fraction
    at: tuple[Fraction, ...]
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    waited: tuple[int, ...]
    count: int

    @classmethod
    def of(cls, times: TimeMap, end: Fraction, rate: Fraction) -> Slots:
        """The frames of a film that ends at `end` (film seconds) and waits as `times` says."""
        at = tuple(hold.at for hold in times.holds)
        lengths = tuple(max(1, round(hold.length * rate)) for hold in times.holds)
        waited = tuple(accumulate(lengths, initial=0))
        begins = tuple(round(one * rate) + before for one, before in zip(at, waited, strict=False))
        ends = tuple(begin + length for begin, length in zip(begins, lengths, strict=True))
        count = max(1, round(end * rate)) + waited[-1]
        return cls(rate, at, begins, ends, waited, count)

    def until(self, slot: int) -> Fraction:
        """The film seconds until which the picture of frame `slot` is shown in the film."""
        begun = bisect_right(self.begins, slot)
        if begun and slot < self.ends[begun - 1]:
            return max(self.at[begun - 1], 1 / self.rate)
        return (slot - self.waited[begun] + 1) / self.rate


class Sought:
    """The frame that mpv is about to show after a seek; everything else waits. For any thread.

    All at once would take turns with the interpreter, and with a small processor.
    """

    def __init__(self, *, drawn: bool) -> None:
        """drawn: whether somebody will tell when it is drawn."""
        self._drawn = drawn
        self._frame: int | None = None  # until it has been read
        self._shown = threading.Event()
        self._shown.set()

    def begin(self, frame: int) -> None:
        """mpv is told to seek to that frame of the output."""
        self._frame = frame
        self._shown.clear()

    def passed_over(self, frame: int) -> bool:
        """Whether a frame is only read on the way: a player seeks to the one before."""
        return self._frame == frame + 1

    @property
    def is_read(self) -> bool:
        """Whether the frame has been read, so that the next one drawn is this."""
        return self._frame is None

    def read(self, frame: int) -> None:
        """A frame has been read, or cannot be."""
        if frame == self._frame:
            self._frame = None
            if not self._drawn:
                self._shown.set()

    def drawn(self) -> None:
        """A frame has been drawn."""
        if self.is_read:
            self._shown.set()

    def end(self) -> None:
        """mpv has arrived, or will not."""
        self._frame = None
        self._shown.set()

    def let_read(self) -> None:
        """Wait until the frame has been read and drawn, or it takes too long."""
        self._shown.wait(_PATIENCE)

    def let_draw(self) -> None:
        """Wait until the frame is drawn, once it has been read, or it takes too long."""
        if self.is_read:
            self._shown.wait(_PATIENCE)


class Pictures:
    """The file; see `libmpv.Bytes`. Its methods belong into one thread.

    current: gives what is shown. start: the frame that is to be shown first. sought: the one after
    each seek. What mpv reads before those it never shows; no film is decoded for it.
    """

    def __init__(
        self, reel: Reel, current: Callable[[], Slots], start: int, sought: Sought
    ) -> None:
        self._reel, self._current, self._sought = reel, current, sought
        width, height = reel.size
        rate = reel.rate
        self._header = (
            f"YUV4MPEG2 W{width} H{height} F{rate.numerator}:{rate.denominator} Ip A1:1 C420mpeg2\n"
        ).encode()
        self._step = len(_FRAME) + width * height * 3 // 2
        self._unseen = start if start * self._step > _LOOKED_AT else 0
        self._last: Content = bytes(self._step - len(_FRAME))  # the picture that was read last

    @property
    def size(self) -> int:
        """Its length in bytes; another after an edit that makes the film wait otherwise."""
        return len(self._header) + self._current().count * self._step

    def expect(self, position: int) -> None:
        """Nothing: a picture is read as soon as it is sought."""

    def read(self, position: int, count: int) -> Content:
        """At most `count` bytes from `position`. Raises MediaError."""
        if position < len(self._header):
            return self._header[position : position + count]
        slot, skipped = divmod(position - len(self._header), self._step)
        slots = self._current()
        if slot >= slots.count:
            return b""
        if skipped < len(_FRAME):
            return _FRAME[skipped : skipped + count]
        skipped -= len(_FRAME)
        if slot >= self._unseen:
            self._unseen = 0
            self._look_at(slot, slots)
        return self._last[skipped : skipped + count]

    def _look_at(self, slot: int, slots: Slots) -> None:
        # where a film ends, a player shows the last frame it got, whatever it sought
        if self._sought.passed_over(slot) and slot + 1 < slots.count:
            return
        self._sought.let_draw()
        try:
            self._last = self._reel.before(slots.until(slot))
        finally:
            self._sought.read(slot)
