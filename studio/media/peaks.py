"""The outline of the film's sound, to draw it at any zoom: a pyramid of lowest and highest samples.

The film is decoded once, block by block; the result grows by 10 MB an hour and is kept in the
user's cache by the film's fingerprint. From there it is mapped, not read: of a long film only what
has been drawn is in memory, and a window that opens waits for none of it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from studio import cache, paths
from studio.errors import MediaError
from studio.media.audio import Samples, sound_blocks
from studio.media.probe import FilmInfo, SoundStream, fingerprint
from studio.progress import Progress
from studio.times import MS_PER_SECOND

BINS_PER_SECOND = 500
"""Finest steps of the outline: 2 ms, 4 pixels wide at the timeline's closest zoom."""

FULL_SCALE = 32767

Outline = NDArray[np.int16]
"""n x 2: the lowest and highest sample of each bin over all channels; 32767 is full scale"""

_FACTOR = 4  # bins of one level in a bin of the next
_COARSEST = 1000  # bins; a level of fewer needs no coarser one
_VERSION = 3  # count up when what is stored, or how it is found, changes
_HEAD = struct.Struct("<Q")  # how many bins the finest level has; all levels follow, finest first
_STORED = np.dtype("<i2")
_BIN = 2 * _STORED.itemsize  # bytes


@dataclass(frozen=True, eq=False)
class Peaks:
    """The outline of a whole film's sound, the first bin at film time 0; empty without sound.

    coarser: the other levels where they are known; else they are made when they are needed first.
    """

    finest: Outline
    coarser: tuple[Outline, ...] | None = None

    @cached_property
    def levels(self) -> tuple[Outline, ...]:
        """The outline, then each time a quarter as many bins."""
        if self.coarser is not None:
            return (self.finest, *self.coarser)
        made = [self.finest]
        while len(made[-1]) > _COARSEST:
            made.append(_coarser(made[-1]))
        return tuple(made)

    @cached_property
    def loudest(self) -> float:
        """The level, 0..1, that all but the loudest hundredth of the sound stays below.

        Drawn relative to it, a quiet film can be read as well as a loud one.
        """
        if not len(self.finest):
            return 1.0
        level = self.levels[min(2, len(self.levels) - 1)]
        highest = np.maximum(level[:, 1], -level[:, 0].astype(np.int32))
        return max(_percentile(highest, 0.99) / FULL_SCALE, 0.02)

    def columns(self, edges: NDArray[np.float64]) -> Outline:
        """The outline between each two of the film times `edges` (ms, not falling): n - 1 x 2.

        A column of no width shows the bin it lies in; one beyond the sound is 0.
        """
        if not len(self.finest):
            return np.zeros((len(edges) - 1, 2), np.int16)
        per_ms = BINS_PER_SECOND / MS_PER_SECOND
        widest = float(np.diff(edges).max(initial=0.0)) * per_ms
        depth = min(int(math.log(max(widest, 1.0), _FACTOR)), len(self.levels) - 1)
        level = self.levels[depth]
        bins = np.floor(edges * (per_ms / _FACTOR**depth)).astype(np.int64)
        inside = (bins[:-1] >= 0) & (bins[:-1] < len(level))
        first, last = int(max(bins[0], 0)), int(min(bins[-1] + 1, len(level)))
        found = np.zeros((len(edges) - 1, 2), np.int16)
        if first >= last or not inside.any():
            return found
        part = level[first:last]
        starts = bins[:-1][inside] - first
        found[inside, 0] = np.minimum.reduceat(part[:, 0], starts)
        found[inside, 1] = np.maximum.reduceat(part[:, 1], starts)
        return found


def _percentile(values: NDArray[np.int32], share: float) -> float:
    """The value that a share of all lies below, between two neighbours where it falls there.

    That of numpy says the same, and loads a large part of numpy when it is first asked: a window
    that opens waits 0.03 s for that.
    """
    place = share * (len(values) - 1)
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    ordered = np.partition(values, (below, above))
    low, high = float(ordered[below]), float(ordered[above])
    return low + (high - low) * (place - below)


def film_peaks(info: FilmInfo, progress: Progress) -> Peaks:
    """The outline of the film's own sound; decoded unless that was done before.

    Blocks; memory does not grow but for the outline. Raises MediaError, and Cancelled.
    """
    sound = info.sound
    if sound is None:
        return Peaks(np.zeros((0, 2), np.int16))
    kept = cached_peaks(info)
    if kept is None:
        made = Peaks(_listen(info, sound, progress))
        _save(info, made)
        kept = cached_peaks(info) or made
    progress(1.0)
    return kept


def cached_peaks(info: FilmInfo) -> Peaks | None:
    """The outline as found before; None where it must be made. Reads next to nothing."""
    kept = _file(info)
    cache.used(kept)
    try:
        stored = np.memmap(kept, np.uint8, "r")
        (count,) = _HEAD.unpack(stored[: _HEAD.size].tobytes())
        ends = list(_level_ends(count))
        if len(stored) != ends[-1]:
            return None
    except (OSError, ValueError, struct.error, OverflowError):
        return None  # missing or damaged: made again
    begins = [_HEAD.size, *ends[:-1]]
    levels = [
        stored[begin:end].view(_STORED).reshape(-1, 2)
        for begin, end in zip(begins, ends, strict=True)
    ]
    found = Peaks(levels[0], tuple(levels[1:]))
    _ = found.loudest  # else a window waits for it when it draws first
    return found


def _level_ends(count: int) -> Iterator[int]:
    """Where each level ends in the file, in bytes; count: bins of the finest."""
    end = _HEAD.size
    while True:
        end += count * _BIN
        yield end
        if count <= _COARSEST:
            return
        count = -(-count // _FACTOR)


def _listen(info: FilmInfo, sound: SoundStream, progress: Progress) -> Outline:
    """Decode the sound. What sounds after the last picture is no film time."""
    found = np.zeros((math.ceil(info.duration * BINS_PER_SECOND / MS_PER_SECOND), 2), np.int16)
    done = 0
    for outline in _outlines(sound_blocks(info, sound), sound.sample_rate):
        part = outline[: len(found) - done]
        found[done : done + len(part)] = part
        done += len(part)
        progress(done / max(1, len(found)), "Drawing the sound")
        if done == len(found):
            break
    return found


def _outlines(blocks: Iterable[Samples], rate: int) -> Iterable[Outline]:
    """The outline of contiguous blocks, piece by piece.

    Bin n begins at sample ceil(n * rate / BINS_PER_SECOND), so no rate lets it drift.
    """
    rest = np.zeros((0, 2), np.float32)  # lowest and highest of samples whose bin is not full yet
    first, done = 0, 0  # the sample `rest` begins with, and bins given
    for block in blocks:
        extremes = np.stack([block.min(axis=0), block.max(axis=0)], axis=1)
        rest = np.concatenate([rest, extremes])
        full = (first + len(rest)) * BINS_PER_SECOND // rate
        if full > done:
            edges = [-(-n * rate // BINS_PER_SECOND) - first for n in range(done, full + 1)]
            yield _binned(rest[: edges[-1]], edges[:-1])
            rest, first, done = rest[edges[-1] :], first + edges[-1], full
    if len(rest):
        yield _binned(rest, [0])


def _binned(extremes: NDArray[np.float32], starts: list[int]) -> Outline:
    low = np.minimum.reduceat(extremes[:, 0], starts)
    high = np.maximum.reduceat(extremes[:, 1], starts)
    both = np.clip(np.stack([low, high], axis=1), -1, 1) * FULL_SCALE
    outline: Outline = both.round().astype(np.int16)
    return outline


def _coarser(level: Outline) -> Outline:
    missing = -len(level) % _FACTOR
    whole = np.concatenate([level, np.repeat(level[-1:], missing, axis=0)])
    quarters = [whole[number::_FACTOR] for number in range(_FACTOR)]
    made = quarters[0].copy()
    for quarter in quarters[1:]:
        np.minimum(made[:, 0], quarter[:, 0], out=made[:, 0])
        np.maximum(made[:, 1], quarter[:, 1], out=made[:, 1])
    return made


# --- the cache ------------------------------------------------------------------------------------


def _file(info: FilmInfo) -> Path:
    track = 0 if info.sound is None else info.sound.index
    return paths.cache_folder("peaks") / f"{fingerprint(info.path)}-{track}-v{_VERSION}.peaks"


def _save(info: FilmInfo, peaks: Peaks) -> None:
    def fill(stream: BinaryIO) -> None:
        stream.write(_HEAD.pack(len(peaks.finest)))
        for level in peaks.levels:
            stream.write(level.astype(_STORED, copy=False).tobytes())

    file = _file(info)
    try:
        cache.write(file, fill)
    except OSError as error:
        raise MediaError(
            f"The outline of “{info.path.name}” cannot be kept ({error.strerror or error}).",
            f"The studio keeps it in {file.parent}.",
            "Free some space there, or set XDG_CACHE_HOME to another folder.",
        ) from error
