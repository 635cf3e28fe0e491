"""One long sound from the short pieces that models make: joined, resampled, looped, cut to length.

Models make some seconds at a time. Each piece after the first begins with what the one before ended
with, or overlaps it, and the two are cross-faded. Memory is that of a piece.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from av.audio.resampler import AudioResampler

from studio.engines.verbs import BED_RATE, Wish
from studio.media.audio import frame_of, samples_of

if TYPE_CHECKING:
    from studio.engines import Stereo

_SEAM = 1.0  # s over which a loop's end is faded into its begin, or a quarter of a short one


def needed(wish: Wish) -> float:
    """Seconds that must be made for a wish; a loop needs some more for its seam."""
    return (wish.samples + _seam(wish)) / BED_RATE


def finished(
    pieces: Iterator[Stereo], rate: int, overlap: int, alike: bool, wish: Wish
) -> Iterator[Stereo]:
    """Pieces, one or two channels at `rate` Hz, as what was wished for.

    overlap: samples that a piece shares with the one before. alike: they are the same there, so
    that the cross-fade is linear; else it keeps the power. What is too much is left out; what is
    missing is not made up for.
    """
    joined = _joined((_stereo(piece) for piece in pieces), overlap, alike)
    whole = _first(_at_bed_rate(joined, rate), wish.samples + _seam(wish))
    yield from _looped(whole, _seam(wish)) if wish.loop else whole


def _seam(wish: Wish) -> int:
    return min(round(_SEAM * BED_RATE), wish.samples // 4) if wish.loop else 0


def _stereo(piece: Stereo) -> Stereo:
    return np.repeat(piece, 2, axis=0) if len(piece) == 1 else piece[:2]


def _joined(pieces: Iterator[Stereo], overlap: int, alike: bool) -> Iterator[Stereo]:
    rising = (np.arange(overlap, dtype=np.float32) + 0.5) / max(1, overlap)
    falling = 1 - rising
    if not alike:
        rising, falling = (np.sin(one * (math.pi / 2)) for one in (rising, falling))
    held: Stereo | None = None
    for piece in pieces:
        if held is not None:
            piece = piece.copy()  # noqa: PLW2901
            piece[:, :overlap] = piece[:, :overlap] * rising + held * falling
        yield piece[:, : piece.shape[1] - overlap]
        held = piece[:, piece.shape[1] - overlap :]
    if held is not None:
        yield held


def _at_bed_rate(blocks: Iterator[Stereo], rate: int) -> Iterator[Stereo]:
    if rate == BED_RATE:
        yield from blocks
        return
    converter, position = AudioResampler("fltp", "stereo", BED_RATE), 0
    for block in blocks:
        if block.shape[1]:
            frame = frame_of(block.astype(np.float32), "stereo", rate, position)
            yield from map(samples_of, converter.resample(frame))
            position += block.shape[1]
    yield from map(samples_of, converter.resample(None))


def _first(blocks: Iterator[Stereo], count: int) -> Iterator[Stereo]:
    """The first `count` samples; no block beyond is asked for."""
    for block in blocks:
        yield block[:, :count]
        count -= min(count, block.shape[1])
        if not count:
            return


def _looped(blocks: Iterator[Stereo], seam: int) -> Iterator[Stereo]:
    """A sound without its last `seam` samples, which fade into the first: it begins behind those.

    So its end, where the seam is, leads into its begin without a step.
    """
    head = np.zeros((2, 0), np.float32)
    tail = np.zeros((2, 0), np.float32)
    for block in blocks:
        missing = seam - head.shape[1]
        head = np.concatenate([head, block[:, :missing]], axis=1)
        tail = np.concatenate([tail, block[:, missing:]], axis=1)
        if tail.shape[1] > seam:
            yield tail[:, : tail.shape[1] - seam]
            tail = tail[:, tail.shape[1] - seam :]
    turn = (np.arange(seam, dtype=np.float32) + 0.5) / max(1, seam) * (math.pi / 2)
    yield (tail * np.cos(turn) + head * np.sin(turn)).astype(np.float32)
