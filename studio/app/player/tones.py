"""Two short notes where a gap begins, upwards, and where it ends, downwards: gaps for the ear.

They belong to the preview only; nothing that exports knows of them. Both lie within the gap, to the
sample, so they never sound while somebody talks.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from studio.mix.mixer import Sound

RISING, FALLING = (660.0, 880.0), (880.0, 660.0)
"""Hz of the notes."""

_NOTE = 60  # ms each
_FADE = 5  # ms within which a note comes and goes, so that it does not click
_PEAK = 0.5  # of full scale at 0 dB


@functools.cache
def tone(notes: tuple[float, ...], rate: int) -> NDArray[np.float32]:
    """The notes one after the other, at `rate` Hz."""
    count, fade = rate * _NOTE // 1000, rate * _FADE // 1000
    shape = np.ones(count)
    shape[:fade] = np.linspace(0, 1, fade, endpoint=False)
    shape[-fade:] = shape[:fade][::-1]
    time = np.arange(count) / rate
    parts = [_PEAK * shape * np.sin(2 * np.pi * hz * time) for hz in notes]
    return np.concatenate(parts).astype(np.float32)


def with_tones(
    sound: Sound,
    start: int,
    gaps: Sequence[tuple[int, int]],
    channels: Sequence[bool],
    rate: int,
    gain: float,
) -> Sound:
    """`sound` (channels x n), which begins at output sample `start`, with the tones of `gaps`.

    gaps: output samples, in order. channels: those that tones sound in. gain: 1 is 0 dB. A gap too
    short for both tones has none.
    """
    rising, falling = tone(RISING, rate), tone(FALLING, rate)
    end = start + sound.shape[1]
    mixed = sound
    for begin, stop in gaps:
        if begin >= end or stop <= start or stop - begin < len(rising) + len(falling):
            continue
        for at, notes in ((begin, rising), (stop - len(falling), falling)):
            first, last = max(at, start), min(at + len(notes), end)
            if first < last:
                mixed = mixed.copy() if mixed is sound else mixed
                part = np.float32(gain) * notes[first - at : last - at]
                mixed[np.array(channels), first - start : last - start] += part
    return mixed
