"""The pictures at which the film waits, as a film of their own that mpv reads.

It is bare pictures in a row (YUV4MPEG2), each as often as its hold has frames: every frame lies at
a place that can be computed, so any seek is exact, nothing is encoded, and a picture is decoded
from the film only when its hold is reached.
"""

from __future__ import annotations

import math
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, VideoReformatter
from av.video.stream import VideoStream

from studio.app.player.reel import FIRST_SLOT, Reel, frames_in
from studio.media.ffmpeg import decoded_pictures, open_media, reading
from studio.media.proxy import colour_matrix, proxy_size
from studio.mix.timemap import TimeMap

_FRAME = b"FRAME\n"
_KEPT = 8  # pictures
_BACK = (Fraction(0), Fraction(2), Fraction(12))  # s; some formats seek too far
_MATRICES = {"auto": None, "bt709": Colorspace.ITU709, "bt601": Colorspace.ITU601}


class Stills:
    """Single pictures of a reel, bare and upright; the last few are kept, the file open.

    Callable from any thread; one reads at a time.
    """

    def __init__(self, reel: Reel) -> None:
        self.reel = reel
        self.size = proxy_size(reel.info)
        self._lock = threading.Lock()
        self._container: InputContainer | None = None
        self._kept: OrderedDict[Fraction, bytes] = OrderedDict()
        self._reformatter = VideoReformatter()
        self._matrix: Colorspace | None = None

    def before(self, at: Fraction) -> bytes:
        """The picture shown until film time `at` (s), as a frame of YUV4MPEG2. MediaError."""
        with self._lock, reading(self.reel.info.path):
            if at not in self._kept:
                self._kept[at] = _FRAME + self._planes(self._found(at))
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(at)
            return self._kept[at]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._container is not None:
                self._container.close()
                self._container = None

    def _found(self, at: Fraction) -> VideoFrame:
        frame_length = 1 / self.reel.rate
        limit = self.reel.info.picture.start + at - frame_length / 4
        for back in (*_BACK, limit):
            last: VideoFrame | None = None
            for frame in self._from(limit - frame_length - back):
                if frame.pts is None or frame.time_base is None:
                    continue
                if frame.pts * frame.time_base >= limit:
                    break
                last = frame
            if last is not None:
                return last
        raise av.InvalidDataError(0, "no picture decodes there")

    def _from(self, at: Fraction) -> Iterator[VideoFrame]:
        """The pictures from container time `at` in s, or a little earlier."""
        index = self.reel.info.picture.index
        if self._container is None:
            self._container = open_media(self.reel.info.path)
            self._matrix = _MATRICES[colour_matrix(self.reel.info)]
            self._container.streams[index].codec_context.thread_type = "AUTO"
        stream = self._container.streams[index]
        assert isinstance(stream, VideoStream)  # noqa: S101  # the index came from a picture stream
        base = self.reel.info.picture.time_base
        self._container.seek(math.floor(at / base), stream=stream, backward=True)
        return decoded_pictures(self._container, stream)

    def _planes(self, frame: VideoFrame) -> bytes:
        turns = self.reel.info.picture.rotation // 90
        width, height = self.size
        if turns % 2:
            width, height = height, width
        small = self._reformatter.reformat(
            frame,
            width,
            height,
            "yuv420p",
            src_colorspace=self._matrix,
            dst_colorspace=Colorspace.ITU601,
            dst_color_range="MPEG",
        )
        planes = []
        for plane in small.planes:
            rows = np.frombuffer(memoryview(plane), np.uint8)
            pixels = rows.reshape(plane.height, plane.line_size)[:, : plane.width]
            planes.append(np.ascontiguousarray(np.rot90(pixels, turns)).tobytes())
        return b"".join(planes)


class HeldPictures:
    """The film of held pictures; see `libmpv.Bytes`."""

    def __init__(self, stills: Stills, times: TimeMap, rate: Fraction) -> None:
        self._stills = stills
        self._at = tuple(hold.at for hold in times.holds)
        lengths = (frames_in(hold.length, rate) for hold in times.holds)
        self._slots = tuple(accumulate(lengths, initial=FIRST_SLOT))  # where each hold begins
        width, height = stills.size
        self._header = (
            f"YUV4MPEG2 W{width} H{height} F{rate.numerator}:{rate.denominator} Ip A1:1 C420mpeg2\n"
        ).encode()
        # what mpv looks at when it opens the file, and never shows; so no film need be read for it
        self._spare = _FRAME + bytes(width * height * 3 // 2)
        self._step = len(self._spare)

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return len(self._header) + self._slots[-1] * self._step

    def read(self, position: int, count: int) -> bytes:
        """At most `count` bytes from `position`. Raises MediaError."""
        if position < len(self._header):
            return self._header[position : position + count]
        slot, skipped = divmod(position - len(self._header), self._step)
        if slot >= self._slots[-1]:
            return b""
        if slot < FIRST_SLOT:
            return self._spare[skipped : skipped + count]
        hold = bisect_right(self._slots, slot) - 1
        return self._stills.before(self._at[hold])[skipped : skipped + count]
