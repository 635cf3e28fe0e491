"""The face finder: OpenCV's frontal-face cascade, confirmed by a pair of eyes.

The cascades (Viola and Jones, trained by Lienhart) come with the OpenCV package. Alone they take
many a texture for a face; a face counts here only with two eyes side by side in its upper half.
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
    from numpy.typing import NDArray

    from studio.engines import Pixels

_NEIGHBOURS = 8  # detections that must agree on a face
_EYE_NEIGHBOURS = 5
_SMALLEST = 12  # a face is at least 1/12 of the picture's height
_LEAST_SIDE = 48  # pixels: smaller pictures show no face that can be told
_EYE_STRIP = (240, 144)  # width, height to which the upper 60 % of a face is brought
_UPPER = 0.6


class Cascade:
    """Finds frontal faces. Not safe for use by two threads at once."""

    def __init__(self) -> None:
        self._faces = _load("haarcascade_frontalface_default.xml")
        self._eyes = _load("haarcascade_eye.xml")

    def find(self, pixels: Pixels) -> tuple[Box, ...]:
        """The faces in an RGB picture, largest first."""
        height, width = pixels.shape[:2]
        if min(height, width) < _LEAST_SIDE:
            return ()
        plain = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
        grey = np.asarray(cv2.equalizeHist(plain), dtype=np.uint8)
        smallest = max(24, min(height, width) // _SMALLEST)
        found = self._faces.detectMultiScale(
            grey, scaleFactor=1.1, minNeighbors=_NEIGHBOURS, minSize=(smallest, smallest)
        )
        faces = [
            Box(x / width, y / height, w / width, h / height)
            for x, y, w, h in (map(int, one) for one in found)
            if self._has_eyes(grey[y : y + int(h * _UPPER), x : x + w])
        ]
        return tuple(sorted(faces, key=lambda box: (-box.width * box.height, box.left, box.top)))

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


def _load(name: str) -> cv2.CascadeClassifier:
    path = Path(cv2.__file__).parent / "data" / name
    classifier = cv2.CascadeClassifier(str(path))
    if classifier.empty():
        raise EngineError(
            f"The face finder “cascade” needs {name}, which OpenCV did not bring along.",
            advice="Get it with: pip install --force-reinstall opencv-python==4.13.0.92",
        )
    return classifier
