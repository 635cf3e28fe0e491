"""The face finder for drawn faces, puppets and line art: a plain surface, two eyes and a mouth.

What the cascades learned from photographs misses most drawn faces. A drawn face is a plain surface
with two like spots side by side in it, and a third below and between them.
The picture is cut at many levels of light, colour and smoothness; a piece that has such holes
speaks for a face, and a face is believed when several levels agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import cv2
import numpy as np

from studio.engines import Box

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from studio.engines import Pixels

    Plane = NDArray[np.uint8]

_WIDTH = 480  # pixels in which faces are looked for
_LEAST_SIDE = 48  # pixels: smaller pictures show no face that can be told
_LEVELS = tuple(range(24, 248, 16))
_STEEP = (5, 7, 9, 12, 16, 22)  # levels a pixel
_DARK = 24  # added to colours, so that black has no hue
_SMALLEST = 1 / 12  # of the picture's height: the least width and height of a face
_AGREEING = 4  # levels that must see the face
_ALIKE = 0.5  # shared by two boxes of one face, of what both cover
_FEWEST_HOLES, _MOST_HOLES = 3, 24  # a surface with more is a texture

_EYES_APART = (0.04, 0.5)  # of the picture's height
# all else in parts of the distance between the eyes
_EYES_LEVEL = 0.15
_EYE_WIDTH = (0.1, 0.75)
_EYE_SHAPE = (0.4, 4.5)  # width by height
_EYES_LIKE = 1.6  # times as large at most
_MOUTH_BELOW = (0.55, 1.7)
_MOUTH_CENTRED = 0.15
_MOUTH_WIDTH = (0.25, 1.7)
_MOUTH_HEIGHT = 1.1

_OVAL = (0.95, 0.66)  # half of the oval that must be plain: of the eyes' distance, of their height
_MORE_FEATURES = 3  # in the oval: a nose, brows
_PLAIN = 0.95  # share of the oval

# boxes are as the cascades give them: square, the eyes and the mouth at these heights
_EYES_AT, _MOUTH_AT = 0.38, 0.78


@dataclass(frozen=True, slots=True)
class _Spot:
    """A hole in a surface. x, y: its centre. All in pixels of the small picture."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Face:
    """left, top, side: pixels of the small picture."""

    left: float
    top: float
    side: float


class Drawn:
    """Finds drawn faces. Safe for use by several threads."""

    def find(self, pixels: Pixels) -> tuple[Box, ...]:
        """The faces in an RGB picture, largest first."""
        height, width = pixels.shape[:2]
        if min(height, width) < _LEAST_SIDE:
            return ()
        small = _small(pixels)
        tall, wide = small.shape[:2]
        seen = [face for surface in _surfaces(small) for face in _in_surface(surface)]
        faces = [_mean(group) for group in _groups(seen) if len(group) >= _AGREEING]
        faces.sort(key=lambda face: (-face.side, face.left, face.top))
        return tuple(
            Box(face.left / wide, face.top / tall, face.side / wide, face.side / tall)
            for face in faces
        )


def _small(pixels: Pixels) -> Plane:
    height, width = pixels.shape[:2]
    if width <= _WIDTH:
        plain = np.ascontiguousarray(pixels)
    else:
        size = (_WIDTH, max(2, round(height * _WIDTH / width)))
        smaller = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
        plain = np.asarray(smaller, np.uint8)
    return np.asarray(cv2.medianBlur(plain, 3), np.uint8)


def _surfaces(small: Plane) -> Iterator[Plane]:
    """The picture cut at every level: 1 where a face may be, 0 elsewhere.

    By light; by the share of red and of blue, for faces as light as what is behind them; and by
    what is smooth, for faces lit from one side, which no level cuts out whole.
    """
    light: Plane = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
    planes: list[Plane] = [light, *_shares(small)]
    for plane in planes:
        for level in _LEVELS:
            bright = (plane > level).astype(np.uint8)
            yield bright
            yield 1 - bright
    steep = _steepness(small)
    for level in _STEEP:
        yield (steep < level).astype(np.uint8)


def _shares(small: Plane) -> Iterator[Plane]:
    """How much of the light is red, and blue, twice spread about a third; shade leaves it alone."""
    colours = small.astype(np.float32) + _DARK
    whole = colours.sum(axis=2)
    for channel in (0, 2):
        share = colours[:, :, channel] / whole
        yield np.clip((share - 1 / 3) * 512 + 128, 0, 255).astype(np.uint8)


def _steepness(small: Plane) -> NDArray[np.float32]:
    """How much the colour changes from pixel to pixel, the most of three channels."""
    across = cv2.Sobel(small, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(small, cv2.CV_32F, 0, 1, ksize=3)
    return np.asarray((np.abs(across) + np.abs(down)).max(axis=2) / 4, np.float32)


def _in_surface(surface: Plane) -> Iterator[_Face]:
    """The faces that are pieces of a surface with two eyes and a mouth for holes."""
    surface = np.ascontiguousarray(surface)
    contours, tree = cv2.findContours(surface, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if tree is None:
        return
    links = tree[0]
    least = _SMALLEST * surface.shape[0]
    for piece in np.flatnonzero((links[:, 3] < 0) & (links[:, 2] >= 0)).tolist():
        _, _, wide, high = cv2.boundingRect(contours[piece])
        if min(wide, high) < least:
            continue
        frames = [cv2.boundingRect(contours[hole]) for hole in _holes(links, piece)]
        holes = [_Spot(x + w / 2, y + h / 2, w, h) for x, y, w, h in frames]
        if _FEWEST_HOLES <= len(holes) <= _MOST_HOLES:
            yield from _faces_with(holes, surface)


def _holes(links: NDArray[np.int32], piece: int) -> Iterator[int]:
    """The numbers of the contours that are holes of a piece."""
    at = int(links[piece][2])
    while at >= 0:
        yield at
        at = int(links[at][0])


def _faces_with(holes: Sequence[_Spot], surface: Plane) -> Iterator[_Face]:
    for one, two in combinations(holes, 2):
        if not _a_pair(one, two, surface.shape[0]):
            continue
        apart = abs(one.x - two.x)
        middle, height = (one.x + two.x) / 2, (one.y + two.y) / 2
        for mouth in holes:
            if not _a_mouth(mouth, middle, height, apart):
                continue
            features = (one, two, mouth)
            if _plain_between(features, holes, surface):
                side = (mouth.y - height) / (_MOUTH_AT - _EYES_AT)
                yield _Face(middle - side / 2, height - _EYES_AT * side, side)


def _a_pair(one: _Spot, two: _Spot, tall: int) -> bool:
    apart = abs(one.x - two.x)
    if not _EYES_APART[0] * tall <= apart <= _EYES_APART[1] * tall:
        return False
    for spot in (one, two):
        if not _EYE_WIDTH[0] * apart <= spot.width <= _EYE_WIDTH[1] * apart:
            return False
        if not _EYE_SHAPE[0] <= spot.width / spot.height <= _EYE_SHAPE[1]:
            return False
    wide, high = one.width / two.width, one.height / two.height
    like = all(1 / _EYES_LIKE <= times <= _EYES_LIKE for times in (wide, high))
    return like and abs(one.y - two.y) <= _EYES_LEVEL * apart


def _a_mouth(spot: _Spot, middle: float, height: float, apart: float) -> bool:
    return (
        _MOUTH_BELOW[0] <= (spot.y - height) / apart <= _MOUTH_BELOW[1]
        and abs(spot.x - middle) <= _MOUTH_CENTRED * apart
        and _MOUTH_WIDTH[0] <= spot.width / apart <= _MOUTH_WIDTH[1]
        and spot.height <= _MOUTH_HEIGHT * apart
    )


def _plain_between(features: Sequence[_Spot], holes: Sequence[_Spot], surface: Plane) -> bool:
    """Whether the oval round the features is one surface but for them, and a nose or so."""
    one, two, mouth = features
    apart = abs(one.x - two.x)
    middle, height = (one.x + two.x) / 2, (one.y + two.y) / 2
    centre = (height + mouth.y) / 2
    across, down = _OVAL[0] * apart, _OVAL[1] * (mouth.y - height)
    within = [
        spot
        for spot in holes
        if ((spot.x - middle) / across) ** 2 + ((spot.y - centre) / down) ** 2 <= 1
    ]
    if len(within) > len(features) + _MORE_FEATURES:
        return False
    tall, wide = surface.shape
    left, right = int(middle - across), int(middle + across) + 1
    top, bottom = int(centre - down), int(centre + down) + 1
    if left < 0 or top < 0 or right > wide or bottom > tall:
        return False
    part = surface[top:bottom, left:right].copy()
    for spot in features:
        x, y = spot.x - left - spot.width / 2, spot.y - top - spot.height / 2
        rows = slice(max(0, int(y)), max(0, int(y + spot.height) + 1))
        part[rows, max(0, int(x)) : max(0, int(x + spot.width) + 1)] = 1
    oval = np.zeros_like(part)
    middle_of_it = (round(middle - left), round(centre - top))
    halves = (max(1, round(across)), max(1, round(down)))
    cv2.ellipse(oval, middle_of_it, halves, 0, 0, 360, 1, -1)
    return bool(part[oval == 1].mean() >= _PLAIN)


def _groups(faces: Iterable[_Face]) -> list[list[_Face]]:
    groups: list[list[_Face]] = []
    for face in faces:
        group = next((one for one in groups if _shared(face, one[0]) >= _ALIKE), None)
        if group is None:
            groups.append([face])
        else:
            group.append(face)
    return groups


def _shared(one: _Face, two: _Face) -> float:
    wide = min(one.left + one.side, two.left + two.side) - max(one.left, two.left)
    high = min(one.top + one.side, two.top + two.side) - max(one.top, two.top)
    both = max(0.0, wide) * max(0.0, high)
    return both / (one.side**2 + two.side**2 - both)


def _mean(group: Sequence[_Face]) -> _Face:
    values = np.median([(face.left, face.top, face.side) for face in group], axis=0)
    return _Face(*map(float, values))
