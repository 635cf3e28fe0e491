"""The film's pictures, or those of its small copy, found one by one, bare and upright.

The file stays open; what is asked for in order is decoded in order. Only where a picture lies
before the last one, or far behind it, a jump to the key frame before it is made. What will be asked
for soon can be announced; a thread of the reel's own makes it ready then.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from studio.errors import MediaError
from studio.media.ffmpeg import decoded_pictures, open_media, reading
from studio.media.probe import FilmInfo
from studio.media.proxy import KEY_EVERY, colour_matrix, proxy_size

_KEPT = 3  # pictures
_BACK = (Fraction(0), Fraction(2), Fraction(12))  # s; some formats seek too far
_NEAR_IN_FILM = Fraction(3)  # s; about as far as key frames are
_MATRICES = {"auto": None, "bt709": Colorspace.ITU709, "bt601": Colorspace.ITU601}

Planes = NDArray[np.uint8]
"""A picture in YUV 4:2:0: the bytes of its three planes, one after the other."""

_Timed = tuple[Fraction, VideoFrame]
"""A picture and the container time in s at which it begins to be shown."""


class Reel:
    """A file whose pictures are those of the film, open until closed.

    rate: frames a second. size: width and height of the pictures that are given, in pixels.
    copied: whether it is the small copy. Callable from any thread; one reads at a time.
    """

    def __init__(self, info: FilmInfo, rate: Fraction, *, copied: bool = False) -> None:
        """Open the file. Raises MediaError."""
        self.info, self.rate, self.copied = info, rate, copied
        self.size = proxy_size(info)
        self._near = KEY_EVERY / rate if copied else _NEAR_IN_FILM
        self._lock = threading.Lock()
        self._container = open_media(info.path)
        self._closing = False
        stream = self._container.streams[info.picture.index]
        assert isinstance(stream, VideoStream)  # noqa: S101  # the index came from a picture stream
        self._stream = stream
        # with threads a jump to one picture of the copy would wait for those after it as well
        stream.codec_context.thread_type = "NONE" if copied else "AUTO"
        self._matrix = None if copied else _MATRICES[colour_matrix(info)]
        self._reformatter = VideoReformatter()
        self._coming: Iterator[_Timed] = iter(())
        self._shown: _Timed | None = None
        self._next: _Timed | None = None
        self._kept: OrderedDict[Fraction, Planes] = OrderedDict()
        self._announced: Fraction | None = None
        self._ahead = ThreadPoolExecutor(1, "pictures")  # its thread starts with the first work

    def before(self, at: Fraction) -> Planes:
        """The picture shown until film time `at` (s). Raises MediaError."""
        with self._lock, reading(self.info.path):
            if at not in self._kept:
                self._kept[at] = self._planes(self._found(at))
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(at)
            return self._kept[at]

    def announce(self, at: Fraction) -> None:
        """Make ready the picture shown until film time `at` (s); forgets one not begun yet."""
        self._announced = at
        self._ahead.submit(self._make_announced)

    def _make_announced(self) -> None:
        at, self._announced = self._announced, None
        if at is not None and not self._closing:
            # whoever then reads it meets the same error, and tells it
            with contextlib.suppress(MediaError):
                self.before(at)

    def close(self) -> None:
        """Let go of the file; whoever reads a picture just now is told that there is none."""
        self._closing = True
        self._ahead.shutdown()
        with self._lock:
            self._coming = iter(())
            self._shown = self._next = None
            self._kept.clear()
            self._container.close()

    def _found(self, at: Fraction) -> VideoFrame:
        self._check()
        frame_length = 1 / self.rate
        limit = self.info.picture.start + at - frame_length / 4
        if self._shown is not None and 0 < limit - self._shown[0] <= self._near:
            self._advance(limit)
            return self._shown[1]
        for back in (*_BACK, limit):
            self._jump(limit - frame_length / 2 - back)  # not into the picture before
            self._advance(limit)
            if self._shown is not None:
                return self._shown[1]
        raise av.InvalidDataError(0, "no picture decodes there")

    def _jump(self, to: Fraction) -> None:
        """Go on from container time `to` in s, or a little earlier."""
        at = math.floor(to / self.info.picture.time_base)
        self._container.seek(at, stream=self._stream, backward=True)
        self._coming = self._timed()
        self._shown = self._next = None

    def _timed(self) -> Iterator[_Timed]:
        for frame in decoded_pictures(self._container, self._stream):
            self._check()
            if frame.pts is not None and frame.time_base is not None:
                yield frame.pts * frame.time_base, frame

    def _check(self) -> None:
        if self._closing:
            raise av.ExitError(0, "the film was closed")

    def _advance(self, limit: Fraction) -> None:
        """Decode until the last picture that begins before container time `limit` is shown."""
        while True:
            if self._shown is not None and self._is_last(self._shown[0], limit):
                return
            if self._next is None:
                self._next = next(self._coming, None)
            if self._next is None or self._next[0] >= limit:
                return
            self._shown, self._next = self._next, None

    def _is_last(self, at: Fraction, limit: Fraction) -> bool:
        """Whether the rate alone tells that the picture after this one begins too late."""
        return not self.info.picture.variable and at >= limit - 1 / self.rate

    def _planes(self, frame: VideoFrame) -> Planes:
        turns = self.info.picture.rotation // 90
        width, height = self.size
        if turns % 2:
            width, height = height, width
        if not self.copied:
            frame = self._reformatter.reformat(
                frame,
                width,
                height,
                "yuv420p",
                src_colorspace=self._matrix,
                dst_colorspace=Colorspace.ITU601,
                dst_color_range="MPEG",
            )
        made = np.empty(width * height * 3 // 2, np.uint8)
        begin = 0
        for plane in frame.planes:
            rows = np.frombuffer(memoryview(plane), np.uint8)
            pixels = np.rot90(rows.reshape(plane.height, -1)[:, : plane.width], turns)
            made[begin : begin + pixels.size].reshape(pixels.shape)[:] = pixels
            begin += pixels.size
        return made
