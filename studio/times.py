"""Integer milliseconds, stretches of time, timecodes and the frame rule.

All times in the document and in every signature are whole milliseconds of film time. Exact
fractions live only in `media` and `mix`, where frames and samples are counted.

The frame rule: the time of a frame is rounded *up* to a millisecond and the frame at a time is the
last one that starts at or before it. Then `frame_at(frame_time(n)) == n` at every rate up to
1000 fps (rounding to nearest or down loses frames at 23.976).
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from studio.errors import UsageError

MS_PER_SECOND = 1000


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time from `start` up to, not including, `end`; both in ms."""

    start: int
    end: int

    @property
    def duration(self) -> int:
        """Length in ms."""
        return self.end - self.start

    def overlap(self, other: Span) -> int:
        """How many ms both stretches share; 0 when they only touch."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def shrunk(self, before: int, after: int) -> Span:
        """The stretch without its first `before` and last `after` ms (never negative)."""
        start = self.start + before
        return Span(start, max(start, self.end - after))


_edges = operator.attrgetter("start", "end")


def joined(spans: Iterable[Span], bridge: int = 0) -> tuple[Span, ...]:
    """The spans in order, those that touch, overlap or lie at most `bridge` ms apart made one."""
    result: list[Span] = []
    for span in sorted(spans, key=_edges):  # quicker than to compare spans
        if result and span.start - result[-1].end <= bridge:
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return tuple(result)


def between(spans: Iterable[Span], whole: Span) -> Iterator[Span]:
    """What is left of `whole` where no span lies, in order, without empty pieces."""
    position = whole.start
    for span in joined(spans):
        if span.start >= whole.end:
            break
        if span.start > position:
            yield Span(position, span.start)
        position = max(position, span.end)
    if position < whole.end:
        yield Span(position, whole.end)


def frame_time(index: int, rate: Fraction) -> int:
    """When frame `index` of a constant-rate film starts, in ms, rounded up."""
    return math.ceil(index * MS_PER_SECOND / rate)


def frame_at(ms: int, rate: Fraction) -> int:
    """The last frame that starts at or before `ms`."""
    return math.floor(ms * rate / MS_PER_SECOND)


def frames_for(ms: int, rate: Fraction) -> int:
    """How many whole frames are needed to last at least `ms`."""
    return math.ceil(ms * rate / MS_PER_SECOND)


def exact_seconds(ms: int) -> Fraction:
    """`ms` as exact seconds."""
    return Fraction(ms, MS_PER_SECOND)


def clock(ms: int) -> str:
    """`ms` for people: 0:09.400, 12:03.000, 1:02:03.004."""
    sign = "-" if ms < 0 else ""
    seconds, rest = divmod(abs(ms), MS_PER_SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{sign}{hours}:{minutes:02}:{seconds:02}.{rest:03}"
    return f"{sign}{minutes}:{seconds:02}.{rest:03}"


_DROPPED = {Fraction(30_000, 1001): 2, Fraction(60_000, 1001): 4}
"""Frame numbers left out at each minute but every tenth, so that the count keeps with the clock."""


def timecode(ms: int, rate: Fraction) -> str:
    """The frame at `ms` as SMPTE timecode: 00:00:09:10; with drop frames 00:00:09;10."""
    frame = frame_at(ms, rate)
    whole = math.ceil(rate)
    dropped = _DROPPED.get(rate, 0)
    if dropped:
        per_minute = whole * 60 - dropped
        per_ten = per_minute * 10 + dropped
        tens, rest = divmod(frame, per_ten)
        minutes = max(0, rest - dropped) // per_minute
        frame += dropped * (9 * tens + minutes)
    seconds, frames = divmod(frame, whole)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{';' if dropped else ':'}{frames:02}"


_TIMECODE = re.compile(r"(\d{1,3}):(\d{1,2}):(\d{1,2})([:;])(\d{1,3})", re.ASCII)


def parse_timecode(text: str, rate: Fraction) -> int:
    """When the frame of an SMPTE timecode starts, in ms: what `timecode` wrote, read back.

    A semicolon means drop frames, at rates that have them. Raises UsageError.
    """
    match = _TIMECODE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"“{text}” is no timecode.", advice="Write it like 01:02:03:04.")
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    whole = math.ceil(rate)
    dropped = _DROPPED.get(rate, 0) if match[4] == ";" else 0
    left_out = dropped and frames < dropped and seconds == 0 and minutes % 10
    if minutes > 59 or seconds > 59 or frames >= whole or left_out:  # noqa: PLR2004
        raise UsageError(
            f"There is no timecode “{text}” at {float(rate):g} pictures a second.",
            advice="Check the frame rate it was made for.",
        )
    minutes += hours * 60
    frame = (minutes * 60 + seconds) * whole + frames - dropped * (minutes - minutes // 10)
    return frame_time(frame, rate)


_CLOCK = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,2}):)?(\d{1,6})(?:[.,](\d{1,3}))?", re.ASCII)


def parse_clock(text: str) -> int:
    """The ms of a time as people write it: 9.4, 0:09.400, 1:02:03,004. Raises UsageError."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"“{text}” is not a time.", advice="Write it like 1:02:03.400 or 62.5.")
    hours, minutes, seconds, rest = match.groups(default="0")
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * MS_PER_SECOND + int(rest.ljust(3, "0"))
