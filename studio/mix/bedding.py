"""Beds in the mix: any stretch of the sound that was made for one, at the rate of the mix.

A bed runs in output time: where the film waits within its stretch it goes on, because music that
stops for each description is worse than none. So it is heard for longer than it was made; beyond
its end it begins again: at once where the sound was made as a loop, else with a cross-fade of
`_OVERLAP`. Nothing is kept between two calls, and blocks do not matter: resampling is by a filter
without state (polyphase) that is begun at multiples of its period.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from studio.errors import MediaError

BED_RATE = 48_000
"""Hz of the files of beds (engines.BED_RATE)."""

_OVERLAP = BED_RATE  # samples, or half of a shorter sound
_FILTER = 10  # periods of the slower rate on each side that scipy's resample_poly looks at

Sound = NDArray[np.float32]  # channels x samples, full scale is 1.0


@dataclass(frozen=True)
class PlacedBed:
    """A bed on the output's sample grid: [start, start + count).

    file: stereo at BED_RATE. frames: its samples. content: a name for what is in it. gain: factor.
    fade_in, fade_out: output samples. loop: the file's end leads into its beginning.
    """

    start: int
    count: int
    file: Path
    frames: int
    content: str
    gain: float = 1.0
    fade_in: int = 0
    fade_out: int = 0
    loop: bool = False

    @property
    def end(self) -> int:
        """The first output sample after it."""
        return self.start + self.count

    @cached_property
    def period(self) -> int:
        """Samples at BED_RATE after which it begins again."""
        return self.frames if self.loop else self.frames - min(_OVERLAP, self.frames // 2)


def bed_at(bed: PlacedBed, rate: int, start: int, count: int) -> Sound:
    """The output samples [start, start + count), which lie within the bed, 2 x count, as mixed.

    rate: of the output, Hz. Raises MediaError where the file is gone or damaged.
    """
    inside = start - bed.start
    if rate == BED_RATE:
        sound = _endless(bed, rate, inside, count)
    else:
        sound = _resampled(bed, rate, inside, count)
    return sound * _fades(bed, inside, count)


def _fades(bed: PlacedBed, inside: int, count: int) -> NDArray[np.float32]:
    """The bed's gain from its sample `inside` on; it fades as a raised cosine."""
    positions = np.arange(inside, inside + count)
    gain = np.full(count, bed.gain)
    for distance, fade in (
        (positions + 0.5, bed.fade_in),
        (bed.count - positions - 0.5, bed.fade_out),
    ):
        if fade:
            gain *= np.sin(np.clip(distance / fade, 0, 1) * (math.pi / 2)) ** 2
    return gain.astype(np.float32)


def _resampled(bed: PlacedBed, rate: int, inside: int, count: int) -> Sound:
    from scipy.signal import resample_poly

    common = math.gcd(rate, BED_RATE)
    up, down = rate // common, BED_RATE // common
    before = math.ceil(_FILTER * max(up, down) / (up * down)) + 1  # whole periods of the filter
    first = inside // up - before
    periods = (inside + count) // up + 1 + before - first
    own = _endless(bed, rate, first * down, periods * down)
    made = resample_poly(own, up, down, axis=1)
    skipped = inside - first * up
    return np.asarray(made[:, skipped : skipped + count], np.float32)


def _endless(bed: PlacedBed, rate: int, start: int, count: int) -> Sound:
    """The bed's samples at BED_RATE from its sample `start` on; silence before and after it."""
    sound = np.zeros((2, count), np.float32)
    turns = _turns(bed, rate)
    first = max(0, (start - bed.frames) // bed.period)
    for turn in range(first, min(turns, max(0, (start + count - 1) // bed.period + 1))):
        begin = max(start, turn * bed.period)
        end = min(start + count, turn * bed.period + bed.frames)
        if end > begin:
            inside = begin - turn * bed.period
            part = _read(bed.file, inside, end - begin)
            joint = _joint(bed, turn, turns, inside, end - begin)
            sound[:, begin - start : end - start] += part * joint
    return sound


def _turns(bed: PlacedBed, rate: int) -> int:
    """How often the sound is begun to last as long as the bed."""
    missing = bed.count * BED_RATE // rate - bed.frames
    return 1 if missing <= _ROUNDED else 1 - (-missing // bed.period)


_ROUNDED = 2  # samples by which edges of a stretch may be off at another rate


def _joint(
    bed: PlacedBed, turn: int, turns: int, inside: int, count: int
) -> NDArray[np.float32] | np.float32:
    """The gain with which a turn of a bed meets the one before and after it, at even power."""
    overlap = bed.frames - bed.period
    if not overlap or turns == 1:
        return np.float32(1)
    positions = np.arange(inside, inside + count) + 0.5
    gain = np.ones(count)
    if turn < turns - 1:
        gain *= np.sin(np.clip((bed.frames - positions) / overlap, 0, 1) * (math.pi / 2))
    if turn:
        gain *= np.sin(np.clip(positions / overlap, 0, 1) * (math.pi / 2))
    return np.asarray(gain, np.float32)


def _read(file: Path, start: int, count: int) -> Sound:
    try:
        with soundfile.SoundFile(file) as sound:
            sound.seek(start)
            read: Sound = sound.read(count, dtype="float32", always_2d=True).T
    except (OSError, soundfile.SoundFileError) as error:
        raise _lost(file) from error
    if read.shape != (2, count):
        raise _lost(file)
    return read


def _lost(file: Path) -> MediaError:
    return MediaError(
        f"The sound of a bed ({file.name}) is gone or damaged.",
        "The film would lack it.",
        "Make the bed again.",
    )
