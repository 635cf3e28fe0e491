"""Flash and beep: a white picture and a pure tone, which a leader has so that its sync can be seen.

Looked for in the first minute, where leaders are. A flash is a picture that is all but white and
much brighter than those around it; a beep is a pure tone that begins and ends suddenly. They are
taken for marks only where every flash has its beep, all at the same distance, and no beep is left
over: a film's own lightning and telephones do not do that.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.amounts import counted
from studio.media.audio import sound_blocks
from studio.media.frames import pictures
from studio.media.probe import FilmInfo, SoundStream
from studio.progress import Progress
from studio.times import MS_PER_SECOND

_WHERE = 60 * MS_PER_SECOND  # ms from the film's start
_WIDTH = 64  # pixels

_WHITE, _EVEN = 180.0, 25.0  # levels: mean and deviation of a flash
_BRIGHTER = 60.0  # levels over its neighbours
_LONGEST_FLASH = 6  # pictures

_RATE = 16_000
_BLOCK = 80  # samples, 5 ms
_LOUD = -45.0  # dB; what is softer is no beep
_RISE = 20.0  # dB over what was before
_SHORTEST_BEEP, _LONGEST_BEEP = 2, 250  # blocks
_PURE = 0.85  # share of a beep's energy in its strongest tone
_TONES = (300.0, 4000.0)  # Hz

_FARTHEST = 1300  # ms from a flash to its beep
_STEADY = 25.0  # ms by which distances may differ: half a frame either way


@dataclass(frozen=True, slots=True)
class Marked:
    """Marks that were found. late: ms the beeps come after their flashes. pairs: how many."""

    late: float
    pairs: int

    @property
    def sentence(self) -> str:
        """What was found, for people."""
        return f"{counted(self.pairs, 'flash', 'flashes')} with a beep in the first minute."


def marks(info: FilmInfo, progress: Progress) -> Marked | None:
    """The marks in the film's first minute, or None. Raises MediaError and Cancelled."""
    if info.sound is None:
        return None
    seen = flashes(_light(info, progress))
    if not seen:
        return None
    heard = beeps(_opening(info, info.sound, progress))
    return paired(seen, heard)


def paired(seen: Sequence[float], heard: Sequence[float]) -> Marked | None:
    """What flashes and beeps (film ms) say together, or None."""
    if not seen or len(seen) != len(heard):
        return None
    apart = np.array(heard) - np.array(seen)
    middle = float(np.median(apart))
    if abs(middle) > _FARTHEST or float(np.abs(apart - middle).max()) > _STEADY:
        return None
    return Marked(float(apart.mean()), len(seen))


# --- flashes --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Light:
    """How bright a picture is. time: film ms. mean, deviation: levels, 0..255."""

    time: float
    mean: float
    deviation: float


def _light(info: FilmInfo, progress: Progress) -> list[Light]:
    found = []
    with contextlib.closing(pictures(info, _WIDTH, progress)) as shown:
        for one in shown:
            if one.time > _WHERE:
                break
            grey = one.pixels.mean(axis=2)
            found.append(Light(float(one.time), float(grey.mean()), float(grey.std())))
    return found


def flashes(light: Sequence[Light]) -> list[float]:
    """When each flash begins, film ms."""
    found: list[float] = []
    since: int | None = None
    for number in range(1, len(light)):
        before, here = light[number - 1], light[number]
        if here.mean - before.mean > _BRIGHTER and _is_white(here):
            since = number
        elif since is not None and here.mean < light[since].mean - _BRIGHTER:
            if number - since <= _LONGEST_FLASH:
                found.append(light[since].time)
            since = None
    return found


def _is_white(light: Light) -> bool:
    return light.mean > _WHITE and light.deviation < _EVEN


# --- beeps ----------------------------------------------------------------------------------------


def _opening(info: FilmInfo, sound: SoundStream, progress: Progress) -> NDArray[np.float32]:
    """The film's first minute of sound, one channel."""
    wanted = _WHERE * _RATE // MS_PER_SECOND
    parts: list[NDArray[np.float32]] = []
    for block in sound_blocks(info, sound, sample_rate=_RATE, layout="mono"):
        progress.check()
        parts.append(block[0])
        wanted -= block.shape[1]
        if wanted <= 0:
            break
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def beeps(sound: NDArray[np.float32]) -> list[float]:
    """When each beep begins, ms; sound: one channel at 16 kHz."""
    count = len(sound) // _BLOCK
    blocks = sound[: count * _BLOCK].reshape(count, _BLOCK).astype(np.float64)
    levels = 10 * np.log10((blocks**2).mean(axis=1) + 1e-12)
    found = []
    number = 1
    while number < count:
        before = levels[max(0, number - 4) : number].max()
        if levels[number] > _LOUD and levels[number] - before > _RISE / 2:
            top = levels[number : number + 2].max()
            if top - before > _RISE:
                end = number + 1
                while end < count and levels[end] > top - _RISE:
                    end += 1
                begin, stop = number * _BLOCK, end * _BLOCK
                lasting = _SHORTEST_BEEP <= end - number <= _LONGEST_BEEP
                if lasting and _is_pure(sound[begin:stop]):
                    found.append(_onset(sound, begin) * MS_PER_SECOND / _RATE)
                number = end
                continue
        number += 1
    return found


def _is_pure(sound: NDArray[np.float32]) -> bool:
    """Whether nearly all of it is one tone."""
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 4096)) ** 2
    top = int(np.argmax(power))
    width = max(2, round(2.5 * 4096 / len(sound)))
    near = power[max(0, top - width) : top + width + 1].sum()
    pitch = top * _RATE / 4096
    return bool(_TONES[0] <= pitch <= _TONES[1] and near > _PURE * power.sum())


def _onset(sound: NDArray[np.float32], block: int) -> int:
    """The sample, near the start of a block, at which it becomes loud."""
    low = max(0, block - _BLOCK)
    near = np.abs(sound[low : block + 2 * _BLOCK])
    return low + int(np.argmax(near > 0.2 * near.max()))
