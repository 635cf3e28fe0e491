"""The outline of the film's sound, to draw it at any zoom: a pyramid of lowest and highest samples.

The film is decoded once, block by block; the result grows by 10 MB an hour and is kept in the
user's cache by the film's fingerprint.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

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
_VERSION = 2  # count up when what is stored, or how it is found, changes


@dataclass(frozen=True, eq=False)
class Peaks:
    """The outline of a whole film's sound, the first bin at film time 0; empty without sound."""

    finest: Outline

    @cached_property
    def levels(self) -> tuple[Outline, ...]:
        """The outline, then each time a quarter as many bins."""
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
        highest = np.abs(level.astype(np.int32)).max(axis=1)
        return max(float(np.percentile(highest, 99)) / FULL_SCALE, 0.02)

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


def film_peaks(info: FilmInfo, progress: Progress) -> Peaks:
    """The outline of the film's own sound; decoded unless that was done before.

    Blocks; memory does not grow but for the result. Raises MediaError, and Cancelled.
    """
    sound = info.sound
    if sound is None:
        return Peaks(np.zeros((0, 2), np.int16))
    kept = cached_peaks(info)
    if kept is None:
        kept = _ready(_listen(info, sound, progress))
        _save(info, kept)
    progress(1.0)
    return kept


def cached_peaks(info: FilmInfo) -> Peaks | None:
    """The outline as found before; None where it must be made. Reads some MB at most."""
    kept = _file(info)
    cache.used(kept)
    try:
        with kept.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return _ready(stored["finest"].astype(np.int16).reshape(-1, 2))
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None  # missing, damaged or of another version: made again


def _ready(finest: Outline) -> Peaks:
    """The peaks with what a window would otherwise wait for when it draws them first."""
    made = Peaks(finest)
    _ = made.levels, made.loudest
    return made


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
    grouped = whole.reshape(-1, _FACTOR, 2)
    return np.stack([grouped[:, :, 0].min(axis=1), grouped[:, :, 1].max(axis=1)], axis=1)


# --- the cache ------------------------------------------------------------------------------------


def _file(info: FilmInfo) -> Path:
    track = 0 if info.sound is None else info.sound.index
    return paths.cache_folder("peaks") / f"{fingerprint(info.path)}-{track}-v{_VERSION}.npz"


def _save(info: FilmInfo, peaks: Peaks) -> None:
    file = _file(info)
    try:
        cache.write(file, lambda stream: np.savez(stream, allow_pickle=False, finest=peaks.finest))
    except OSError as error:
        raise MediaError(
            f"The outline of “{info.path.name}” cannot be kept ({error.strerror or error}).",
            f"The studio keeps it in {file.parent}.",
            "Free some space there, or set XDG_CACHE_HOME to another folder.",
        ) from error
