"""The film's pictures: all of them small, in one pass, or single ones found by time."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from studio.errors import MediaError
from studio.media.ffmpeg import decoded_pictures, open_media, reading
from studio.media.probe import FilmInfo, PictureStream
from studio.progress import Progress
from studio.times import MS_PER_SECOND, clock, exact_seconds, frame_time

Pixels = NDArray[np.uint8]
"""height x width x 3, upright"""


@dataclass(frozen=True, slots=True, eq=False)
class SmallPicture:
    """One picture of the film, scaled down. time: film ms at which it starts, rounded up.

    index: which frame; at a constant rate the point of the grid, so that a damaged picture leaves
    a hole and does not shift those after it. pixels: BGR.
    """

    index: int
    time: int
    pixels: Pixels


def pictures(info: FilmInfo, width: int, progress: Progress) -> Generator[SmallPicture]:
    """Every picture of the film once, in order, `width` pixels wide or less where it is smaller.

    Decodes on all cores; constant memory. Raises MediaError (also where the film's clock jumps
    back, as where recordings were joined end to end), and Cancelled between two pictures.
    """
    with open_media(info.path) as container, reading(info.path):
        stream = _stream(container, info.picture)
        scaled = _Scaler(info.picture, width)
        count = 0
        latest = Fraction(0)
        for frame in decoded_pictures(container, stream):
            progress.check()
            at = _film_time(frame, info.picture)
            if at is None or at < 0:
                continue
            if at < latest - _JUMP:
                raise _jumps_back(info, latest)
            latest = max(latest, at)
            index = count if info.picture.variable else round(at * info.picture.rate)
            time = _shown_time(at, info.picture)
            if count % _REPORT_EVERY == 0:
                progress(time / info.duration, "Reading the film")
            yield SmallPicture(index, time, scaled(frame))
            count += 1


def pictures_at(
    info: FilmInfo, times: Iterable[int], width: int, early: int = 0
) -> Generator[tuple[int, Pixels]]:
    """For each film time in ms the picture shown then: when it starts (ms) and its RGB pixels.

    Times may come in any order, rising ones are fastest; a time after the last picture gives the
    last. One decoder serves them all. `width` as for `pictures`.
    early: ms; a picture shown at most so long before will do. Where key frames are far apart that
    saves decoding all pictures between. Raises MediaError.
    """
    with open_media(info.path) as container, reading(info.path):
        finder = _Finder(container, info.picture)
        scaled = _Scaler(info.picture, width)
        for time in times:
            frame, at = finder.shown_at(min(max(0, time), info.duration), early)
            yield _shown_time(at, info.picture), scaled(frame)[:, :, ::-1]


_REPORT_EVERY = 12
_JUMP = 1  # s; less may be the carelessness of a container, and shifts little


def _jumps_back(info: FilmInfo, latest: Fraction) -> MediaError:
    return MediaError(
        f"The clock of “{info.path.name}” jumps back after {clock(round(latest * MS_PER_SECOND))}.",
        "Recordings were probably joined end to end; what lies behind has the times of what lies "
        "before, so no description would know where it belongs.",
        "Give it one clock (for example: ffmpeg -i FILM -map 0 -c copy NEW.mkv) and open that.",
    )


def _stream(container: InputContainer, picture: PictureStream) -> VideoStream:
    stream = container.streams[picture.index]
    assert isinstance(stream, VideoStream)  # noqa: S101  # the index came from a picture stream
    stream.thread_type = "AUTO"
    return stream


def _film_time(frame: VideoFrame, picture: PictureStream) -> Fraction | None:
    """Film time of a frame in s; None where the container gives it none."""
    if frame.pts is None or frame.time_base is None:
        return None
    return frame.pts * frame.time_base - picture.start


def _shown_time(at: Fraction, picture: PictureStream) -> int:
    """`at` in ms by the frame rule; at a constant rate the grid's time, as clocks may be coarse."""
    if picture.variable:
        return math.ceil(at * MS_PER_SECOND)
    return frame_time(round(at * picture.rate), picture.rate)


class _Scaler:
    """Makes frames small, square-pixelled, upright and BGR."""

    def __init__(self, picture: PictureStream, width: int) -> None:
        shown_width = min(width, picture.width)
        shown_height = max(1, round(shown_width * picture.height / picture.width))
        self._turns = picture.rotation // 90
        sideways = self._turns % 2 == 1
        self._size = (shown_height, shown_width) if sideways else (shown_width, shown_height)
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> Pixels:
        width, height = self._size
        small = self._reformatter.reformat(
            frame, width, height, "bgr24", interpolation="FAST_BILINEAR", threads=1
        )  # more threads would only take turns with those that decode
        plane = small.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(height, plane.line_size)
        pixels = rows[:, : width * 3].reshape(height, width, 3)
        return np.ascontiguousarray(np.rot90(pixels, self._turns))


def _timed_frames(
    container: InputContainer, stream: VideoStream, picture: PictureStream
) -> Iterator[tuple[VideoFrame, Fraction]]:
    """The frames from where the container stands, and when each is shown, in s.

    No method, for a finder that is held by its own frames would keep the decoder and its pictures
    in memory, some 20 MB, until Python looks for circles.
    """
    for frame in decoded_pictures(container, stream):
        at = _film_time(frame, picture)
        if at is not None and at >= 0:
            yield frame, at


class _Finder:
    """Finds single frames: decodes on where the wanted one is near, seeks where it is not."""

    _NEAR = Fraction(3)  # s; about the key frame distance of most films
    _BACK_OFFS = (0, 1, 10)  # s; some formats seek too far
    _BEFORE_ALL = Fraction(-10)  # s

    def __init__(self, container: InputContainer, picture: PictureStream) -> None:
        self._container = container
        self._picture = picture
        self._stream = _stream(container, picture)
        self._frames = _timed_frames(self._container, self._stream, self._picture)
        self._shown: tuple[VideoFrame, Fraction] | None = None
        self._next: tuple[VideoFrame, Fraction] | None = None

    def shown_at(self, time: int, early: int) -> tuple[VideoFrame, Fraction]:
        """The last frame that starts at or before `time` ms, and when it does, in s.

        Or the first that is found from `early` ms before on.
        """
        position = None if self._shown is None else self._shown[1]
        wanted = exact_seconds(time)
        if position is not None and self._time(position) <= time and wanted - position < self._NEAR:
            self._advance(time, early)
            return self._found()
        for at in (*(wanted - back for back in self._BACK_OFFS), self._BEFORE_ALL):
            self._seek(at)
            self._advance(time, early)
            if self._shown is not None and self._time(self._shown[1]) <= time:
                break
        return self._found()

    def _time(self, at: Fraction) -> int:
        return _shown_time(at, self._picture)

    def _found(self) -> tuple[VideoFrame, Fraction]:
        if self._shown is None:
            raise av.InvalidDataError(0, "no picture decodes")
        return self._shown

    def _seek(self, at: Fraction) -> None:
        base = self._picture.time_base
        target = self._picture.start + at
        self._container.seek(math.floor(target / base), stream=self._stream, backward=True)
        self._frames = _timed_frames(self._container, self._stream, self._picture)
        self._shown = self._next = None

    def _advance(self, time: int, early: int) -> None:
        """Decode until the frame after the one shown at `time` is known, or the film ends.

        A frame that starts at most `early` ms before `time` ends it too.
        """
        while True:
            if early and self._shown is not None:
                before = time - self._time(self._shown[1])
                if 0 <= before <= early:
                    return
            if self._next is None:
                self._next = next(self._frames, None)
            if self._next is None:
                return
            if self._shown is not None and self._time(self._next[1]) > time:
                return
            self._shown, self._next = self._next, None
