"""The film's sound as pictures of 1024 device pixels each, kept while there is room for them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from studio.app.timeline.clock import OutputClock
from studio.media.peaks import FULL_SCALE, Peaks

TILE = 1024
"""Device pixels a tile is wide."""

_MOST_BYTES = 16 << 20  # some fifteen screens of it, at twice the usual pixels four


@dataclass(frozen=True, slots=True)
class TileKey:
    """What a tile shows. scale: device pixels a ms of output. index: it begins at index * TILE.

    height: device pixels. colour: 0xAARRGGBB.
    """

    scale: float
    index: int
    height: int
    colour: int


class _Tile:
    """An image and the pixels it shows, which it does not own."""

    def __init__(self, pixels: NDArray[np.uint32]) -> None:
        self.pixels = pixels
        height, width = pixels.shape
        kind = QImage.Format.Format_ARGB32_Premultiplied
        self.image = QImage(pixels.data, width, height, width * 4, kind)


class WaveTiles:
    """Draws tiles when they are first asked for. Use it on the main thread only."""

    def __init__(self) -> None:
        self._peaks: Peaks | None = None
        self._clock: OutputClock | None = None
        self._kept: OrderedDict[TileKey, _Tile] = OrderedDict()
        self._bytes = 0

    def set_source(self, peaks: Peaks | None, clock: OutputClock | None) -> None:
        """Whose sound, and where in the output it lies; forgets the tiles if either has changed."""
        if peaks is not self._peaks or clock is not self._clock:
            self._peaks, self._clock = peaks, clock
            self.clear()

    def clear(self) -> None:
        """Forget all tiles."""
        self._kept.clear()
        self._bytes = 0

    def tile(self, key: TileKey) -> QImage | None:
        """The tile with what shows of the sound opaque on transparent; None without any sound."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found.image
        if self._peaks is None or self._clock is None or not len(self._peaks.finest):
            return None
        made = _drawn(self._peaks, self._clock, key)
        self._kept[key] = made
        self._bytes += made.pixels.nbytes
        while self._bytes > _MOST_BYTES and len(self._kept) > 1:
            self._bytes -= self._kept.popitem(last=False)[1].pixels.nbytes
        return made.image


def _drawn(peaks: Peaks, clock: OutputClock, key: TileKey) -> _Tile:
    output = (key.index * TILE + np.arange(TILE + 1)) / key.scale
    film = clock.film(output)
    columns = peaks.columns(film).astype(np.float32) / (FULL_SCALE * peaks.loudest)
    columns[np.diff(film) <= 0] = 0  # the film waits: there is nothing to hear of it
    return _Tile(shape_of(columns, key.height, key.colour))


def shape_of(columns: NDArray[np.float32], height: int, colour: int) -> NDArray[np.uint32]:
    """Columns of lowest and highest level (-1..1) around the middle row: height x n pixels.

    Silence is one line; what is louder than 1 is cut off at the rim.
    """
    middle = (height - 1) / 2
    levels = np.clip(columns, -1, 1) * middle
    top = np.floor(middle - levels[:, 1]).astype(np.int16)
    bottom = np.maximum(top, np.floor(middle - levels[:, 0]).astype(np.int16))
    return between_rows(top, bottom, height) * np.uint32(colour)


def between_rows(
    top: NDArray[np.int16], bottom: NDArray[np.int16], height: int
) -> NDArray[np.bool_]:
    """Which of height x n pixels lie from `top` to `bottom`, both included, in each column.

    Small integers and a product, not `where`, because this is most of the cost of a tile.
    """
    rows = np.arange(height, dtype=np.int16)[:, np.newaxis]
    inside: NDArray[np.bool_] = rows >= top
    inside &= rows <= bottom
    return inside
