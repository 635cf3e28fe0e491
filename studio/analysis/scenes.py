"""Where the picture cuts: PySceneDetect's adaptive detector, and two questions it does not ask.

The detector compares each picture's change with that of its neighbours. That alone takes a
photographer's flash for two cuts, an animation drawn on every third frame for one a drawing, and
the first pictures of a fade for cuts. So a cut it proposes is believed only if the picture does
not return to what it was, and changes far more than the neighbours do one by one. A scene may
also begin out of black, where nothing cuts.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray
from scenedetect import FrameTimecode
from scenedetect.detectors import AdaptiveDetector

from studio.media.frames import Pixels, SmallPicture
from studio.times import Span

_SHORTEST = Fraction(3, 10)  # s; what is shorter is no scene
_TINY = (64, 36)  # pixels; small enough that grain averages out

_AROUND = 8  # pictures before and after a cut that are asked how much they move
_STANDS_OUT = 3.2  # x; a cut's change against the second largest around it
_CHANGE = 2.0  # 0..255; less than this is no cut however still the rest

_FLASH = 4  # pictures before and after a cut that must not look alike
_ALIKE = 0.35  # x of the cut's change: what differs less looks alike

_BLACK_LEVEL = 28  # 0..255; video black is not always 0
_LIT = 0.01  # share of values that may be brighter in a black picture
_BLACK_LASTS = Fraction(1, 5)  # s


def scenes(cuts: Sequence[int], duration: int) -> tuple[Span, ...]:
    """The stretches between `cuts`, tiling 0..`duration`; all in ms. At least one."""
    inside = sorted({cut for cut in cuts if 0 < cut < duration})
    return tuple(Span(a, b) for a, b in zip([0, *inside], [*inside, duration], strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """A picture in `_TINY` size, and its mean difference from the one before, 0..255."""

    time: int
    tiny: NDArray[np.int16]
    change: float


@dataclass(frozen=True, slots=True)
class _Cut:
    """The first picture of a scene: its number, and its time in ms."""

    number: int
    time: int


class CutFinder:
    """Finds the cuts of a film that is shown to it picture by picture; constant memory."""

    def __init__(self, rate: Fraction) -> None:
        """rate: pictures a second, the mean where it varies."""
        self._rate = rate
        self._shortest = math.ceil(_SHORTEST * rate)
        self._detector = AdaptiveDetector(min_scene_len=self._shortest)
        self._recent: deque[_Look] = deque(maxlen=2 * _AROUND + 2)
        self._count = 0
        self._proposed: deque[int] = deque()
        self._cuts: list[_Cut] = []
        self._fades: list[tuple[_Cut, int]] = []  # the middle of a black stretch, its half length
        self._black_since: int | None = None

    def look(self, picture: SmallPicture) -> None:
        """Take in the next picture."""
        half = _halved(picture.pixels)
        tiny = cv2.resize(half, _TINY, interpolation=cv2.INTER_AREA).astype(np.int16)
        change = _difference(tiny, self._recent[-1].tiny) if self._recent else 0.0
        self._recent.append(_Look(picture.time, tiny, change))
        code = FrameTimecode(self._count, self._rate)
        found = self._detector.process_frame(code, half)
        self._proposed.extend(cut.frame_num for cut in found)
        self._count += 1
        while self._proposed and self._proposed[0] + _AROUND < self._count:
            self._judge(self._proposed.popleft())
        self._watch_black(tiny)

    def cuts(self) -> tuple[int, ...]:
        """When a picture starts that is the first of a scene, in ms. Call after the last look."""
        while self._proposed:
            self._judge(self._proposed.popleft())
        apart = self._shortest
        fades = (
            fade
            for fade, half in self._fades
            if all(abs(cut.number - fade.number) > half + apart for cut in self._cuts)
        )
        return tuple(sorted(cut.time for cut in (*self._cuts, *fades)))

    def _judge(self, cut: int) -> None:
        first = self._count - len(self._recent)  # number of the oldest picture still known
        looks = {first + n: look for n, look in enumerate(self._recent)}
        change = looks[cut].change
        near = range(cut - _AROUND, cut + _AROUND + 1)
        others = sorted(looks[n].change for n in near if n in looks and n not in (0, cut))
        if change < max(_CHANGE, _STANDS_OUT * (others[-2] if len(others) > 1 else 0.0)):
            return
        before = [looks[n].tiny for n in range(cut - _FLASH, cut) if n in looks]
        after = [looks[n].tiny for n in range(cut, cut + _FLASH) if n in looks]
        if any(_difference(a, b) < _ALIKE * change for a in before for b in after):
            return
        self._cuts.append(_Cut(cut, looks[cut].time))

    def _watch_black(self, tiny: NDArray[np.int16]) -> None:
        """A scene begins in the middle of black that no cut begins or ends."""
        number = self._count - 1
        if np.count_nonzero(tiny >= _BLACK_LEVEL) <= _LIT * tiny.size:
            if self._black_since is None:
                self._black_since = number
            return
        since, self._black_since = self._black_since, None
        if not since or number - since < _BLACK_LASTS * self._rate:
            return  # never was black, has been from the first picture on, or for a blink
        middle = (since + number) // 2
        self._fades.append((_Cut(middle, self._time_of(middle)), number - middle))

    def _time_of(self, number: int) -> int:
        """When a picture that may be known no longer started, in ms."""
        back = self._count - 1 - number
        if back < len(self._recent):
            return self._recent[-1 - back].time
        return max(0, self._recent[-1].time - math.floor(back * 1000 / self._rate))


def _difference(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    return float(np.abs(one - other).mean())


def _halved(pixels: Pixels) -> Pixels:
    """Half as wide and high, at least 2 x 2: OpenCV takes a single row for a list of pixels."""
    height, width = pixels.shape[:2]
    size = (max(2, width // 2), max(2, height // 2))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
