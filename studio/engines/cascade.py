"""The face finders of OpenCV's frontal-face cascades: one strict, one for following faces.

The cascades (Viola and Jones, trained by Lienhart) come with the OpenCV package. Alone they take
many a texture for a face. To the strict one a face counts only with two eyes side by side in its
upper half, or where two more cascades clearly agree (eyes may be shut, or lie in the dark); the
watchful one takes more, and leaves it to whoever follows faces to believe them.
Drawn and turned faces are mostly missed, which for a description is the better mistake.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from studio.engines import Box
from studio.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from studio.engines import Pixels

    Corners = tuple[int, int, int, int]  # left, top, width, height in pixels

_NEIGHBOURS = 8  # detections that must agree on a face
_EYE_NEIGHBOURS = 5
_SMALLEST = 12  # a face is at least 1/12 of the picture's height
_LEAST_SIDE = 48  # pixels: smaller pictures show no face that can be told
_EYE_STRIP = (240, 144)  # width, height to which the upper 60 % of a face is brought
_UPPER = 0.6
_CLOSE_UP = 120  # pixels to which a face is brought to be judged without its eyes
_SEARCHED = (60, 200)  # pixels that it may have then
# detections of two cascades that agree: photographed faces gave 16 to 114, textures at most 10
_CLEARLY = 18
_FREE = 5  # detections that must agree where a face is followed
_WATCHED_WIDTH = 480  # pixels in which faces to follow are looked for


class Cascade:
    """Finds frontal faces. Not safe for use by two threads at once."""

    def __init__(self) -> None:
        self._faces = _load("haarcascade_frontalface_default.xml")
        self._eyes = _load("haarcascade_eye.xml")
        self._others = [_load(f"haarcascade_frontalface_{name}.xml") for name in ("alt2", "alt")]

    def find(self, pixels: Pixels) -> tuple[Box, ...]:
        """The faces in an RGB picture, largest first."""
        grey = _even_grey(pixels)
        if grey is None:
            return ()
        smallest = max(24, min(grey.shape) // _SMALLEST)
        found = self._faces.detectMultiScale(
            grey, scaleFactor=1.1, minNeighbors=_NEIGHBOURS, minSize=(smallest, smallest)
        )
        sure = [
            (x, y, w, h)
            for x, y, w, h in (tuple(map(int, one)) for one in found)
            if self._has_eyes(grey[y : y + int(h * _UPPER), x : x + w])
            or self._is_clear(grey, (x, y, w, h))
        ]
        return _largest_first(sure, grey)

    def _is_clear(self, grey: NDArray[np.uint8], face: Corners) -> bool:
        """Whether the other cascades, too, see a face there, and are sure of it."""
        x, y, w, h = face
        left, top = max(0, x - w // 2), max(0, y - h // 2)
        near = grey[top : y + h + h // 2, left : x + w + w // 2]
        scale = _CLOSE_UP / w
        size = (round(near.shape[1] * scale), round(near.shape[0] * scale))
        close = np.asarray(cv2.resize(near, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
        centre = ((x + w / 2 - left) * scale, (y + h / 2 - top) * scale)
        agreeing = sum(_agreeing(one, close, centre) for one in self._others)
        return agreeing >= _CLEARLY

    def _has_eyes(self, upper: NDArray[np.uint8]) -> bool:
        strip = cv2.resize(upper, _EYE_STRIP, interpolation=cv2.INTER_LINEAR)
        eyes = [
            (x + w / 2, y + h / 2)
            for x, y, w, h in self._eyes.detectMultiScale(
                strip, scaleFactor=1.1, minNeighbors=_EYE_NEIGHBOURS, minSize=(28, 28)
            )
        ]
        width, height = _EYE_STRIP
        left = [eye for eye in eyes if eye[0] < width * 0.48]
        right = [eye for eye in eyes if eye[0] > width * 0.52]
        return any(abs(one[1] - two[1]) < height * 0.2 for one in left for two in right)


class Watchful:
    """Finds frontal faces, also those whose eyes cannot be told, by two cascades that agree.

    For following faces through a shot: there, what is seen once and never again is dropped anyway,
    so a doubtful sighting helps more than it harms. Not safe for use by two threads at once.
    """

    def __init__(self) -> None:
        self._strict = _load("haarcascade_frontalface_alt2.xml")
        self._free = _load("haarcascade_frontalface_default.xml")

    def find(self, pixels: Pixels) -> tuple[Box, ...]:
        """The faces in an RGB picture, largest first."""
        grey = _even_grey(_narrowed(pixels))
        if grey is None:
            return ()
        smallest = max(20, min(grey.shape) // _SMALLEST)
        found: list[Corners] = []
        for cascade, neighbours in ((self._free, _FREE), (self._strict, _NEIGHBOURS // 2)):
            boxes, agreeing = cascade.detectMultiScale2(
                grey, scaleFactor=1.15, minNeighbors=neighbours, minSize=(smallest, smallest)
            )
            # of two in one place the one that more of the search agrees on
            for place in np.argsort(-np.asarray(agreeing, np.int64), kind="stable"):
                x, y, w, h = map(int, boxes[place])
                if not any(_overlap((x, y, w, h), other) for other in found):
                    found.append((x, y, w, h))
        return _largest_first(found, grey)


def _agreeing(
    cascade: cv2.CascadeClassifier, close: NDArray[np.uint8], centre: tuple[float, float]
) -> int:
    """How many detections agree best on a face whose middle lies near `centre`."""
    low, high = _SEARCHED
    boxes, agreeing = cascade.detectMultiScale2(
        close, scaleFactor=1.1, minNeighbors=1, minSize=(low, low), maxSize=(high, high)
    )
    near = [
        int(count)
        for (x, y, w, h), count in zip(boxes, agreeing, strict=True)
        if max(abs(x + w / 2 - centre[0]), abs(y + h / 2 - centre[1])) < _CLOSE_UP / 4
    ]
    return max(near, default=0)


def _narrowed(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    if width <= _WATCHED_WIDTH:
        return pixels
    size = (_WATCHED_WIDTH, max(1, round(height * _WATCHED_WIDTH / width)))
    small = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def _even_grey(pixels: Pixels) -> NDArray[np.uint8] | None:
    """The light of an RGB picture, spread over its whole range; None where it is too small."""
    if min(pixels.shape[:2]) < _LEAST_SIDE:
        return None
    plain = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.equalizeHist(plain), dtype=np.uint8)


def _overlap(one: Corners, two: Corners) -> bool:
    """Whether the middle of one lies in the other."""
    x, y = one[0] + one[2] / 2, one[1] + one[3] / 2
    return two[0] <= x <= two[0] + two[2] and two[1] <= y <= two[1] + two[3]


def _largest_first(found: Sequence[Corners], grey: NDArray[np.uint8]) -> tuple[Box, ...]:
    height, width = grey.shape
    boxes = [Box(x / width, y / height, w / width, h / height) for x, y, w, h in found]
    return tuple(sorted(boxes, key=lambda box: (-box.width * box.height, box.left, box.top)))


def _load(name: str) -> cv2.CascadeClassifier:
    path = Path(cv2.__file__).parent / "data" / name
    classifier = cv2.CascadeClassifier(str(path))
    if classifier.empty():
        raise EngineError(
            f"The face finder “cascade” needs {name}, which OpenCV did not bring along.",
            advice="Get it with: pip install --force-reinstall opencv-python==4.13.0.92",
        )
    return classifier
