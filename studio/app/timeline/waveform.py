"""The film's sound as columns of device pixels, worked out in tiles that are kept.

What is kept is how loud each column is, not its picture: that is a hundredth of the memory, and a
lane is put together faster from its columns than from pictures that are laid over one another.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.app.timeline.clock import OutputClock
from studio.media.peaks import FULL_SCALE, Peaks

TILE = 512
"""Device columns a tile is wide."""

Levels = NDArray[np.float32]
"""n x 2: the lowest and the highest level of each column, -1..1; 1 is all that is as loud as the
film usually gets, or louder."""

_MOST = 1000  # tiles, 4 MB


@dataclass(frozen=True, slots=True)
class TileKey:
    """What a tile is of. scale: device pixels a ms of output. index: it begins at index * TILE."""

    scale: float
    index: int


class WaveTiles:
    """Works out tiles when they are first asked for. Use it on the main thread only."""

    def __init__(self) -> None:
        self._peaks: Peaks | None = None
        self._clock: OutputClock | None = None
        self._kept: OrderedDict[TileKey, Levels] = OrderedDict()
        self._sheet = np.empty(0, np.uint32)

    def set_source(self, peaks: Peaks | None, clock: OutputClock | None) -> None:
        """Whose sound, and where in the output it lies; forgets the tiles if either has changed."""
        if peaks is not self._peaks or clock is not self._clock:
            self._peaks, self._clock = peaks, clock
            self.clear()

    def clear(self) -> None:
        """Forget all tiles."""
        self._kept.clear()

    def sheet(self, height: int, width: int) -> NDArray[np.uint32]:
        """Pixels to put a lane together in, with whatever was there last.

        They are the same ones each time: so much new memory comes from the system page by page,
        which takes longer than all that is done with it.
        """
        if self._sheet.size < height * width:
            self._sheet = np.empty(height * width, np.uint32)
        return self._sheet[: height * width].reshape(height, width)

    def levels(self, scale: float, first: int, last: int) -> Levels | None:
        """The device columns from `first` up to `last`, counted from the film's begin.

        scale: device pixels a ms of output. None without any sound.
        """
        if self._peaks is None or self._clock is None or not len(self._peaks.finest):
            return None
        keys = [TileKey(scale, index) for index in range(first // TILE, -(-last // TILE))]
        missing = [key.index for key in keys if key not in self._kept]
        if missing:
            self._work_out(self._peaks, self._clock, scale, range(missing[0], missing[-1] + 1))
        for key in keys:
            self._kept.move_to_end(key)
        found: Levels = np.concatenate([self._kept[key] for key in keys])
        while len(self._kept) > max(_MOST, len(keys)):
            self._kept.popitem(last=False)
        begin = keys[0].index * TILE
        return found[first - begin : last - begin]

    def _work_out(self, peaks: Peaks, clock: OutputClock, scale: float, tiles: range) -> None:
        """All of them in one go: a zoom asks for a whole width of them each time."""
        output = np.arange(tiles.start * TILE, tiles.stop * TILE + 1) / scale
        film = clock.film(output)
        columns = levels_of(peaks, film)
        columns[film[1:] <= film[:-1]] = 0  # the film waits: there is nothing to hear of it
        for place, index in enumerate(tiles):
            # a copy: a part of the whole would keep all of it in memory
            self._kept[TileKey(scale, index)] = columns[place * TILE : (place + 1) * TILE].copy()


def levels_of(peaks: Peaks, edges: NDArray[np.float64]) -> Levels:
    """The levels between each two of the film times `edges` (ms, not falling)."""
    levels = peaks.columns(edges).astype(np.float32)
    levels *= np.float32(1 / (FULL_SCALE * peaks.loudest))
    np.minimum(levels, 1, out=levels)
    np.maximum(levels, -1, out=levels)
    return levels


def shape_of(columns: Levels, height: int) -> NDArray[np.bool_]:
    """Which of height x n pixels lie between the lowest and the highest level of their column.

    Levels lie around the middle row. Silence is one line.
    """
    middle = (height - 1) / 2
    # a row is a small number and wraps around below 0: one comparison tells what lies between
    kind = np.uint8 if height <= 1 << 8 else np.uint16
    rows = np.floor(np.float32(middle) - columns * np.float32(middle))
    top = rows[:, 1].astype(kind)
    bottom = np.maximum(top, rows[:, 0].astype(kind))
    inside: NDArray[np.bool_] = np.arange(height, dtype=kind)[:, np.newaxis] - top <= bottom - top
    return inside
