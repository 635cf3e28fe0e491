"""What the pictures are like over time, sampled while they pass by; and their thumbnails."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.analysis.sound import Peaks
from studio.media.frames import Pixels, SmallPicture

SAMPLE_STEP = 250
"""ms between two sampled pictures, at least."""

THUMBNAIL_STEP = 2000
"""ms between two thumbnails, at least."""

_THUMBNAIL_WIDTH = 160
_JPEG_QUALITY = 80

COLOURS = ("red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink")
"""Names for hues; `PictureStatistics.colour` holds their index, or -1."""

_HUE_ENDS = (7, 18, 34, 85, 99, 130, 152, 172)  # of OpenCV's 0..179; the rest is red again
_COLOURFUL = 60  # 0..255: saturation and value from which a pixel has a colour
_CLEARLY = 0.4  # share of all pixels that one hue must have to be the picture's colour

_NO_COLOUR = -1


@dataclass(frozen=True, slots=True, eq=False)
class PictureStatistics:
    """One row per sampled picture, about four a second; all arrays have the same length.

    time: film ms, rising. light: mean luma, 0..255. saturation: mean, 0..255. colour: index into
    `COLOURS` of the hue that clearly prevails, -1 where none does. motion: mean difference of a
    picture from the one just before it (not the sampled one before), 0..255.
    thumbnails: JPEG files; thumbnail_times: film ms each shows.
    peaks: see studio.analysis.sound; PEAK_STEP ms a row.
    """

    time: NDArray[np.int64]
    light: NDArray[np.float32]
    saturation: NDArray[np.float32]
    colour: NDArray[np.int8]
    motion: NDArray[np.float32]
    thumbnail_times: tuple[int, ...]
    thumbnails: tuple[bytes, ...]
    peaks: Peaks


class Sampler:
    """Is shown all pictures of a film and measures some; memory grows by 2 MB an hour."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, float, float, int, float]] = []
        self._thumbnails: list[tuple[int, bytes]] = []
        self._before: Pixels | None = None
        self._next_sample = 0
        self._next_thumbnail = 0

    def look(self, picture: SmallPicture) -> None:
        """Take in the next picture, BGR."""
        if picture.time >= self._next_sample:
            self._rows.append((picture.time, *self._measured(picture.pixels)))
            self._next_sample = picture.time + SAMPLE_STEP
        if picture.time >= self._next_thumbnail:
            self._thumbnails.append((picture.time, _thumbnail(picture.pixels)))
            self._next_thumbnail = picture.time + THUMBNAIL_STEP
        self._before = picture.pixels

    def _measured(self, pixels: Pixels) -> tuple[float, float, int, float]:
        """Light, saturation, colour and motion."""
        gray = _gray(pixels)
        before = gray if self._before is None else _gray(self._before)
        motion = float(cv2.absdiff(gray, before).mean())
        return (float(gray.mean()), *_colours(pixels), motion)

    def statistics(self, peaks: Peaks) -> PictureStatistics:
        """All that was measured."""
        columns = list(zip(*self._rows, strict=True)) or [()] * 5
        time, light, saturation, colour, motion = columns
        return PictureStatistics(
            time=np.array(time, np.int64),
            light=np.array(light, np.float32),
            saturation=np.array(saturation, np.float32),
            colour=np.array(colour, np.int8),
            motion=np.array(motion, np.float32),
            thumbnail_times=tuple(time for time, _ in self._thumbnails),
            thumbnails=tuple(jpeg for _, jpeg in self._thumbnails),
            peaks=peaks,
        )


def _gray(pixels: Pixels) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(pixels[::2, ::2], cv2.COLOR_BGR2GRAY), np.uint8)


def _colours(pixels: Pixels) -> tuple[float, int]:
    """Mean saturation, and the index of the hue that clearly prevails or -1."""
    hue, saturation, value = cv2.split(cv2.cvtColor(pixels[::2, ::2], cv2.COLOR_BGR2HSV))
    coloured = hue[(saturation >= _COLOURFUL) & (value >= _COLOURFUL)]
    counts = np.bincount(
        np.searchsorted(_HUE_ENDS, coloured, side="right") % len(COLOURS), minlength=len(COLOURS)
    )
    most = int(counts.argmax())
    clear = counts[most] >= _CLEARLY * hue.size
    return float(saturation.mean()), most if clear else _NO_COLOUR


def _thumbnail(pixels: Pixels) -> bytes:
    height, width = pixels.shape[:2]
    if width > _THUMBNAIL_WIDTH:
        size = (_THUMBNAIL_WIDTH, max(1, round(height * _THUMBNAIL_WIDTH / width)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    _, jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return jpeg.tobytes()
