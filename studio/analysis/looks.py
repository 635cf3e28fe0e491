"""What a face looks like, as numbers: a vector that is much the same for one person all along.

No model: the colours of face, hair and clothes, and the coarse pattern of light. That tells the
people of a scene apart, and drawn figures throughout; it does not know a person who has changed
clothes and light. A track that is like nobody stays nobody's.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.media.frames import Pixels

Floats = NDArray[np.float32]

_BINS = (6, 8, 8)  # light, red against green, yellow against blue
_PLACES = (
    # left, top, right, bottom, in the face's own width and height, and how much it counts
    (0.15, 0.2, 0.85, 0.95, 1.0),  # the face
    (0.0, -0.3, 1.0, 0.15, 0.8),  # hair or hat
    (-0.4, 1.25, 1.4, 1.9, 0.8),  # clothes
)
_PATTERN = (10, 10)
_PATTERN_COUNTS = 0.6


def look_of(pixels: Pixels, box: NDArray[np.float64]) -> Floats:
    """The look of the face in `box` (left, top, width, height in pixels) of a BGR picture.

    A vector of length 1; the product of two is 1 for the same look.
    """
    parts = [_colours(_part(pixels, box, place)) * place[4] for place in _PLACES]
    parts.append(_pattern(_part(pixels, box, (0, 0, 1, 1))) * _PATTERN_COUNTS)
    whole = np.concatenate(parts)
    return np.asarray(whole / max(1e-9, float(np.linalg.norm(whole))), np.float32)


def sharpness(grey: NDArray[np.uint8], box: NDArray[np.float64]) -> float:
    """How well a face can be seen: its size times how sharp it is. Larger is better."""
    part = _part(grey, box, (0, 0, 1, 1))
    if part.size == 0:
        return 0.0
    small = cv2.resize(part, (48, 48), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(small, cv2.CV_32F).std() * np.sqrt(box[2]))


def _part(
    pixels: NDArray[np.uint8], box: NDArray[np.float64], place: tuple[float, ...]
) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    left, right = (int(box[0] + box[2] * at) for at in (place[0], place[2]))
    top, bottom = (int(box[1] + box[3] * at) for at in (place[1], place[3]))
    return pixels[
        max(0, top) : max(0, min(height, bottom)), max(0, left) : max(0, min(width, right))
    ]


def _colours(part: Pixels) -> Floats:
    """The square root of how often each colour comes, so that products compare the shares."""
    if part.size == 0:
        return np.zeros(int(np.prod(_BINS)), np.float32)
    small = cv2.resize(part, (24, 24), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).reshape(-1, 3).astype(np.float32)
    # hues keep to the middle of their range
    lab[:, 1:] = np.clip((lab[:, 1:] - 128) * 2 + 128, 0, 255)
    # each colour counts for its two nearest bins, so that a little more light moves little
    counts = np.zeros(int(np.prod(_BINS)))
    places = lab / 256 * np.array(_BINS) - 0.5
    low = np.floor(places).astype(int)
    share = places - low
    for corner in np.ndindex(2, 2, 2):
        index = np.clip(low + corner, 0, np.array(_BINS) - 1)
        weight = np.prod(np.where(corner, share, 1 - share), axis=1)
        bins = np.ravel_multi_index((index[:, 0], index[:, 1], index[:, 2]), _BINS)
        counts += np.bincount(bins, weight, counts.size)
    return np.asarray(np.sqrt(counts / counts.sum()), np.float32)


def _pattern(part: Pixels) -> Floats:
    """Where the face is light and dark, coarsely; even light falls out."""
    if part.size == 0:
        return np.zeros(_PATTERN[0] * _PATTERN[1], np.float32)
    grey = cv2.cvtColor(part, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, _PATTERN, interpolation=cv2.INTER_AREA).astype(np.float32).reshape(-1)
    small -= small.mean()
    return np.asarray(small / max(1.0, float(np.linalg.norm(small))), np.float32)
