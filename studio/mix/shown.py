"""When each picture of a film is shown: what its packets say, or, where they do not, its decoder.

MP4, Matroska and WebM say it of every packet. MPEG streams say it of some, and FFmpeg then guesses
the others, not always rightly; AVI says it of none. There the film is decoded once, which tells in
what order the pictures come; each is shown when its packet says, or else right after the one
before it.
"""

from __future__ import annotations

import contextlib
import itertools
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from studio.errors import MediaError
from studio.media.ffmpeg import open_media, packets, reading
from studio.media.probe import FilmInfo
from studio.mix import keep
from studio.progress import Progress
from studio.times import MS_PER_SECOND

Ticks = NDArray[np.int64]
Reals = NDArray[np.float64]

_REORDERING = ("h264", "hevc", "mpeg4")  # may show pictures in another order than they lie in
_GUESSED = ("mpeg", "mpegts", "mpegvideo")  # FFmpeg's names of formats that leave times out
_REPORT_EVERY = 1000  # packets
_VERSION = 1  # count up when other times are found in the same film
_NEIGHBOURS = 5  # pictures that say when they are shown; more than two wrong ones are not found
_FASTEST_GRID = Fraction(61)  # Hz; a finer grid than this is that of the clock, not of frames


@dataclass(frozen=True, eq=False)
class PictureTimes:
    """When the picture packets of a film are shown, in file order.

    base: seconds of a tick. pts: ticks from film time 0; negative where an edit list hides the
    picture. dts: ticks, rising, never after pts. last: ticks for which the last picture is shown.
    rate: frames a second; of a film that leaves frames out, with them. even: whether each picture
    is shown for one frame of that rate, as far as the container's clock can tell. fields: whether
    packets hold fields, two to a picture.
    """

    base: Fraction
    pts: Ticks
    dts: Ticks
    last: int
    rate: Fraction
    even: bool = True
    fields: bool = False

    @cached_property
    def end(self) -> Fraction:
        """When the last picture ends, in exact seconds of film time."""
        return (int(self.pts.max()) + self.last) * self.base

    @cached_property
    def shown(self) -> Ticks:
        """When each picture is shown, in order, in ticks."""
        # not np.unique: its hashing takes twenty times as long as sorting what is nearly in order
        found = np.sort(self.pts[self.pts >= 0], kind="stable")
        return found[np.diff(found, prepend=-1) > 0]

    @property
    def hidden(self) -> int:
        """How many pictures lie before film time 0: needed by others, shown by no player."""
        return int((self.pts < 0).sum())


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


def picture_times(info: FilmInfo, progress: Progress) -> PictureTimes:
    """What `read_picture_times` finds, kept for the next time.

    Raises what that does, and ExportError where it cannot be kept.
    """
    kept = kept_picture_times(info)
    if kept is not None:
        return kept
    times = read_picture_times(info, progress)
    keep.save(_name(info), _packed(times))
    return times


def kept_picture_times(info: FilmInfo) -> PictureTimes | None:
    """What was kept of them; None where they are not known. Raises MediaError."""
    kept = keep.load(_name(info))
    return None if kept is None else _unpacked(kept)


def _name(info: FilmInfo) -> str:
    return keep.key("pictures", _VERSION, keep.film(info.path), info.picture)


def _packed(times: PictureTimes) -> bytes:
    parts = [*times.base.as_integer_ratio(), times.last, *times.rate.as_integer_ratio(), times.even]
    return keep.from_numbers(pts=times.pts, dts=times.dts, rest=np.array(parts, np.int64))


def _unpacked(content: bytes) -> PictureTimes:
    rows = keep.to_numbers(content)
    base, per, last, rate, of, even = rows["rest"].tolist()
    return PictureTimes(
        Fraction(base, per), rows["pts"], rows["dts"], last, Fraction(rate, of), bool(even)
    )


def read_picture_times(info: FilmInfo, progress: Progress) -> PictureTimes:
    """The times of all picture packets; reads the whole film, and decodes it if it must.

    Raises NotCopyable where not even the decoder tells them, and MediaError.
    """
    picture = info.picture
    said = _said_times(info, progress)
    if None in said.pts or (info.container == "avi" and picture.codec in _REORDERING):
        said = _decoded_times(info, said, progress)
    zero = round(picture.start / picture.time_base)
    pts = np.array(said.pts, np.int64) - zero
    ordered = np.sort(pts)
    if (np.diff(ordered) <= 0).any():
        raise NotCopyable("two of the film's pictures are shown at the same time")
    last = said.durations[int(pts.argmax())] or _step(info)
    rate, even = _rate(ordered, info)
    dts = _legal(pts, said.dts, zero)
    return PictureTimes(picture.time_base, pts, dts, last, rate, even, said.fields)


def even_times(info: FilmInfo) -> PictureTimes:
    """Times for a film that does not tell its own: one picture after the other at its rate."""
    rate = info.picture.rate
    count = max(1, round(info.duration * rate / MS_PER_SECOND))
    index = np.arange(count, dtype=np.int64)
    return PictureTimes(1 / rate, index, index, 1, rate)


# --- what packets say -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Said:
    """What is said of each picture packet, in file order, in ticks; it may last 0, for unknown."""

    pts: Sequence[int | None]
    dts: Sequence[int | None]
    durations: Sequence[int]
    fields: bool = False


def _said_times(info: FilmInfo, progress: Progress) -> _Said:
    """What the file itself says, without FFmpeg's guesses where those may be wrong."""
    picture = info.picture
    pts: list[int | None] = []
    dts: list[int | None] = []
    durations = array("q")
    guessed = {"fflags": "nofillin"} if info.container in _GUESSED else {}
    with open_media(info.path, **guessed) as container, reading(info.path):
        for packet in picture_packets(container, container.streams[picture.index]):
            pts.append(packet.pts)
            dts.append(packet.dts)
            durations.append(packet.duration or 0)
            if len(pts) % _REPORT_EVERY == 0 and packet.pts is not None:
                progress(_fraction(packet.pts, info))
    if not pts:
        raise MediaError(f"“{info.path.name}” holds no whole picture.")
    return _Said(pts, dts, durations)


def _fraction(pts: int, info: FilmInfo) -> float:
    seconds = max(info.duration, 1) / MS_PER_SECOND
    return float(pts * info.picture.time_base - info.picture.start) / seconds


def _step(info: FilmInfo) -> int:
    """One frame, in ticks."""
    return max(1, round(1 / info.picture.rate / info.picture.time_base))


def _rate(ordered: Ticks, info: FilmInfo) -> tuple[Fraction, bool]:
    """The rate of the grid the pictures lie on, and whether each point of it has its picture.

    A hold of whole grid steps keeps the film on its grid. Without a grid, the mean rate.
    """
    picture = info.picture
    if not picture.variable:
        return picture.rate, _is_even(ordered, picture.time_base, picture.rate)
    if len(ordered) > 1:
        steps = np.diff(ordered)
        step = int(np.gcd.reduce(steps)) * picture.time_base
        if step >= 1 / _FASTEST_GRID:
            return 1 / step, bool((steps == steps[0]).all())
    return picture.rate, False


def _is_even(ordered: Ticks, base: Fraction, rate: Fraction) -> bool:
    """Whether no picture of a film at a constant rate lies off its grid, or is missing."""
    numbers = np.rint((ordered - ordered[0]) * float(base * rate)).astype(np.int64)
    return bool((np.diff(numbers) == 1).all())


def _legal(pts: Ticks, said: Sequence[int | None], zero: int) -> Ticks:
    """The decoding times the file says where they are legal; else the shortest constant delay."""
    if None not in said:
        dts = np.array(said, np.int64) - zero
        if (np.diff(dts) > 0).all() and (dts <= pts).all():
            return dts
    ordered = np.sort(pts)
    delayed: Ticks = ordered - int((ordered - pts).max())
    return delayed


# --- what the decoder says ------------------------------------------------------------------------


def _decoded_times(info: FilmInfo, said: _Said, progress: Progress) -> _Said:
    """Times in the order in which the decoder shows the pictures. Raises NotCopyable."""
    count, step = len(said.pts), 1 / info.picture.rate / info.picture.time_base
    pictures = list(_decoded_order(info, count, progress))
    second = _second_fields(said, [index for index, _ in pictures])
    steps = (step if abs(lasting - step) <= 1 else Fraction(lasting) for _, lasting in pictures)
    even = np.array([float(at) for at in itertools.accumulate(steps, initial=Fraction(0))][:-1])
    order = np.array([index for index, _ in pictures])
    start = info.picture.start / info.picture.time_base
    if info.container == "avi":  # what it says is the order in the file
        times = np.rint(even + float(start))
    else:
        own = np.array([np.nan if at is None else at for at in said.pts], np.float64)[order]
        times = _agreed(own, even, float(start), float(step) / 2)
    shown = np.empty(count, np.int64)
    shown[order] = times
    if (np.diff(times) <= 0).any():
        raise NotCopyable("the times of the film's pictures jump back")
    half = round(step / 2)
    shown[second] = shown[np.array(second, np.int64) - 1] + half
    durations = np.full(count, round(step))
    durations[second] -= half
    return _Said(shown.tolist(), [None] * count, durations.tolist(), fields=bool(second))


def _second_fields(said: _Said, decoded: Sequence[int]) -> list[int]:
    """The packets that hold the second field of the picture in the packet before.

    They say no time of their own, and come out of the decoder as one picture with the first.
    Raises NotCopyable where a packet shows nothing for another reason, or shows two pictures.
    """
    silent = set(range(len(said.pts))) - set(decoded)
    field = all(said.pts[index] is None and index - 1 not in silent for index in silent)
    if len(decoded) + len(silent) != len(said.pts) or not field or 0 in silent:
        raise NotCopyable("the film does not say when each of its pictures is shown")
    return sorted(silent)


def _agreed(own: Reals, even: Reals, start: float, near: float) -> Reals:
    """When pictures are shown of which some say it, and some of those say it wrongly.

    own: what they say, in order of presentation, NaN for nothing. even: the time from the first
    one on if none is missing. A picture that says something else than its neighbours got the time
    of another: FFmpeg gives it to the wrong one where a picture begins at the end of an MPEG block.
    """
    from scipy.ndimage import median_filter  # takes long to load, and few films need it

    knows = np.flatnonzero(~np.isnan(own))
    if not len(knows):
        return np.rint(even + start)
    late = median_filter(own[knows] - even[knows], _NEIGHBOURS, mode="nearest")
    before = np.maximum(np.searchsorted(knows, np.arange(len(own)), side="right") - 1, 0)
    times: Reals = np.rint(even + late[before])
    return np.where(np.abs(own - times) < near, own, times)


def _decoded_order(info: FilmInfo, count: int, progress: Progress) -> Iterator[tuple[int, int]]:
    """Of each picture that is shown, in order: which packet it was, and the ticks it lasts.

    A packet's place in the file goes through the decoder as its time, and comes out with the
    picture. count: how many there are, for the progress.
    """
    with open_media(info.path) as container, reading(info.path):
        stream = container.streams[info.picture.index]
        assert isinstance(stream, VideoStream)  # noqa: S101  # the index came from a picture stream
        stream.thread_type = "AUTO"
        lasting: list[int] = []
        for packet in packets(container, stream):
            if is_whole(packet):
                packet.pts = packet.dts = len(lasting)
                lasting.append(packet.duration or 0)
                progress(len(lasting) / count, "Reading the order of the pictures")
            with contextlib.suppress(av.InvalidDataError):
                for frame in stream.decode(packet):
                    if frame.pts is not None:
                        yield frame.pts, lasting[frame.pts]
