"""New times for packets that are copied: the picture with its holds, and everything beside it.

A picture is never touched: a hold moves every packet whose picture is shown after it, and the
picture before it lasts longer. Packets lie in decoding order, not in order of presentation
(B-frames, open GOPs), so each is moved by what lies before its *presentation* time. Its decoding
time is moved by the least move among the packets from it to the end of the film: then decoding
times still rise, and still lie at or before every presentation time they must not pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from numpy.typing import NDArray

from studio.errors import MediaError
from studio.media.ffmpeg import open_media, packets, reading
from studio.media.probe import FilmInfo
from studio.mix.timemap import Hold, TimeMap
from studio.progress import Progress
from studio.script.model import Placement
from studio.times import MS_PER_SECOND, frames_for

Ticks = NDArray[np.int64]

_REORDERING = ("h264", "hevc", "mpeg4")  # may show pictures in another order than they lie in
_REPORT_EVERY = 1000  # packets
_FASTEST_GRID = Fraction(61)  # Hz; a finer grid than this is that of the clock, not of frames
_FINEST_BASE = 10_000_000  # ticks a second; MP4 keeps 32 bits, and players like it small
_ROUNDING = Fraction(1, MS_PER_SECOND)  # containers that count in ms put a frame up to 1 ms late


@dataclass(frozen=True)
class PictureTimes:
    """When the picture packets of a film are shown, in file order.

    base: seconds of a tick. pts: ticks from film time 0; negative where an edit list hides the
    picture. dts: ticks, rising, never after pts. last: ticks for which the last picture is shown.
    rate: frames a second; of a film that leaves frames out, with them.
    """

    base: Fraction
    pts: Ticks
    dts: Ticks
    last: int
    rate: Fraction

    @property
    def end(self) -> Fraction:
        """When the last picture ends, in exact seconds of film time."""
        return (int(self.pts.max()) + self.last) * self.base


@dataclass(frozen=True)
class CopiedTimes:
    """The times picture packets are written with, in file order, in ticks of `base` seconds."""

    base: Fraction
    pts: Ticks
    dts: Ticks
    duration: Ticks


class NotCopyable(Exception):  # noqa: N818  # no error: the picture is encoded instead
    """Why the picture packets of a film cannot be copied; the text completes "because ..."."""


def picture_packets(container: InputContainer, stream: Stream) -> Iterator[Packet[Stream]]:
    """The packets of `stream` that hold a picture, whole ones only, in file order."""
    for packet in packets(container, stream):
        if is_whole(packet):
            yield packet


def is_whole(packet: Packet[Stream]) -> bool:
    """Whether a packet holds something and nothing of it is missing (a truncated film's end)."""
    return packet.size > 0 and not packet.is_corrupt


def read_picture_times(info: FilmInfo, progress: Progress) -> PictureTimes:
    """The times of all picture packets; reads the whole file, decodes nothing.

    Raises NotCopyable where packets do not say when their picture is shown, and MediaError.
    """
    picture = info.picture
    if info.container == "avi" and picture.codec in _REORDERING:
        raise NotCopyable("AVI does not say when each picture is shown")
    pts: list[int] = []
    dts: list[int | None] = []
    durations: list[int] = []
    seconds = max(info.duration, 1) / MS_PER_SECOND
    with open_media(info.path) as container, reading(info.path):
        stream = container.streams[picture.index]
        for packet in picture_packets(container, stream):
            if packet.pts is None:
                raise NotCopyable("the film does not say when each of its pictures is shown")
            pts.append(packet.pts)
            dts.append(packet.dts)
            durations.append(packet.duration or 0)
            if len(pts) % _REPORT_EVERY == 0:
                progress(float(packet.pts * picture.time_base - picture.start) / seconds)
    if not pts:
        raise MediaError(f"“{info.path.name}” holds no whole picture.")
    zero = round(picture.start / picture.time_base)
    times = np.array(pts, np.int64) - zero
    last = durations[int(times.argmax())] or max(1, round(1 / picture.rate / picture.time_base))
    decoding = _decoding_times(times, dts, zero)
    rate = _grid(times, picture.time_base, picture.rate) if picture.variable else picture.rate
    return PictureTimes(picture.time_base, times, decoding, last, rate)


def _grid(pts: Ticks, base: Fraction, mean: Fraction) -> Fraction:
    """The rate of a film that leaves frames out: that of the grid its pictures lie on.

    A hold of whole grid steps keeps it on the grid. Where there is no such grid, the mean rate.
    """
    if len(pts) > 1:
        step = int(np.gcd.reduce(np.diff(np.sort(pts)))) * base
        if step >= 1 / _FASTEST_GRID:
            return 1 / step
    return mean


def _decoding_times(pts: Ticks, said: Sequence[int | None], zero: int) -> Ticks:
    """What the file says where that is legal; else the shortest constant delay that is."""
    if None not in said:
        dts = np.array(said, np.int64) - zero
        if (np.diff(dts) > 0).all() and (dts <= pts).all():
            return dts
    ordered = np.sort(pts)
    if (np.diff(ordered) <= 0).any():
        raise NotCopyable("two of the film's pictures are shown at the same time")
    delayed: Ticks = ordered - int((ordered - pts).max())
    return delayed


def even_times(info: FilmInfo) -> PictureTimes:
    """Times for a film that does not tell its own: one picture after the other at its rate."""
    rate = info.picture.rate
    count = max(1, round(info.duration * rate / MS_PER_SECOND))
    index = np.arange(count, dtype=np.int64)
    return PictureTimes(1 / rate, index, index, 1, rate)


# --- holds ----------------------------------------------------------------------------------------


def holds(placements: Sequence[Placement], times: PictureTimes) -> TimeMap:
    """Where the film waits for the placements: on the starts of its real frames.

    The frame before which it waits is the last that starts at or before `freeze_at`, never the
    first; where there is none, it waits at the film's end. A hold lasts whole frames.
    """
    shown = np.unique(times.pts[times.pts >= 0])
    result = []
    for placement in freezing(placements):
        limit = Fraction(placement.freeze_at, MS_PER_SECOND) + _ROUNDING
        frame = int(np.searchsorted(shown, math.floor(limit / times.base), side="right")) - 1
        frame = max(1, frame)
        at = int(shown[frame]) * times.base if frame < len(shown) else times.end
        result.append(Hold(at, frames_for(placement.freeze, times.rate) / times.rate))
    return TimeMap(tuple(result))


def freezing(placements: Sequence[Placement]) -> Sequence[Placement]:
    """Those of the placements for which the film waits, in the order in which it does."""
    waiting = [one for one in placements if one.clip is not None and one.freeze > 0]
    return sorted(waiting, key=lambda one: (one.freeze_at, one.start))


def output_base(base: Fraction, rate: Fraction) -> Fraction:
    """A tick that divides both the film's tick and its frames, so that nothing is rounded.

    Where that is finer than containers allow, the film's own: each time is then rounded once.
    """
    wanted = math.lcm(base.denominator, rate.numerator)
    return Fraction(1, wanted if wanted <= _FINEST_BASE else min(base.denominator, _FINEST_BASE))


def with_holds(times: PictureTimes, time_map: TimeMap) -> CopiedTimes:
    """The times of the film's picture packets once the film waits where `time_map` says."""
    base = output_base(times.base, times.rate)
    at = np.array([math.ceil(hold.at / times.base) for hold in time_map.holds], np.int64)
    waits = np.array([round(wait / base) for wait in time_map.waits], np.int64)

    def moved(ticks: Ticks, by: Ticks) -> Ticks:
        return _rescaled(ticks, times.base, base) + waits[np.searchsorted(at, by, side="right")]

    pts = moved(times.pts, times.pts)
    still_to_come = np.minimum.accumulate(times.pts[::-1])[::-1]
    dts = moved(times.dts, still_to_come)
    order = np.argsort(pts, kind="stable")
    end = round(time_map.output(times.end) / base)
    duration = np.empty_like(pts)
    duration[order] = np.diff(pts[order], append=end)
    return CopiedTimes(base, pts, dts, duration)


def _rescaled(ticks: Ticks, base: Fraction, to: Fraction) -> Ticks:
    """Ticks of one length as ticks of another, rounded down."""
    scale = base / to
    return ticks * scale.numerator // scale.denominator
