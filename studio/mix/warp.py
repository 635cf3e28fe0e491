"""The film's sound moved under its picture: by a constant, ever more, or from a jump on.

Sound is read at a place between its samples, by a windowed sinc (Kaiser, beta 8; J. O. Smith,
“Digital Audio Resampling”): flat to 0.85 of half the rate, images below -75 dB. Where one slip
follows another the two are faded into each other. Blocks only, so memory is constant.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.media.audio import sound_blocks
from studio.media.probe import FilmInfo, SoundStream
from studio.mix.containers import Coding
from studio.mix.mixer import Sound
from studio.mix.sound import BLOCK, SoundInOrder
from studio.times import MS_PER_SECOND

_TAPS = 32
_PHASES = 8192
_BETA = 8.0
_FADE = 10  # ms in which one slip gives way to the next
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Slip:
    """How late the sound is from film ms `start` on: `late` ms there, `drift` ppm more as it goes.

    Negative: it is early. What belongs to picture time t then lies at t + late in the sound.
    """

    start: int
    late: float
    drift: float = 0.0

    def late_at(self, time: float) -> float:
        """How late the sound is at film ms `time`."""
        return self.late + (time - self.start) * self.drift / _MILLION


def repaired_sound(
    info: FilmInfo, source: SoundStream, slips: Sequence[Slip], length: int, form: Coding
) -> Generator[Sound]:
    """`source` in blocks, channels x n, in the form given, in step with the picture.

    slips: in order of time, the first from 0. length: ms of the film; where the sound goes on
    after that, so do the blocks.
    """
    blocks = sound_blocks(info, source, sample_rate=form.rate, layout=form.layout)
    film = SoundInOrder(blocks, len(form.channels))
    total = length * form.rate // MS_PER_SECOND
    for start in range(0, total, BLOCK):
        yield warped(film, slips, form.rate, start, min(BLOCK, total - start))
    position = total
    while (place := math.floor(_place(slips[-1], position, form.rate))) < 0 or film.there(
        place, BLOCK
    ):
        yield warped(film, slips, form.rate, position, BLOCK)
        position += BLOCK


def warped(film: SoundInOrder, slips: Sequence[Slip], rate: int, start: int, count: int) -> Sound:
    """`count` samples from sample `start` of the sound in step; to be asked for in order."""
    begins = [_samples(slip.start, rate) if number else 0 for number, slip in enumerate(slips)]
    fade = _samples(_FADE, rate)
    heard = [
        number
        for number, begin in enumerate(begins)
        if begin < start + count and not any(end + fade <= start for end in begins[number + 1 :])
    ]
    later = [
        _place(slip, begin, rate)
        for slip, begin in zip(slips, begins, strict=True)
        if begin >= start + count
    ]
    first = min([*(_place(slips[number], start, rate) for number in heard), *later])
    last = max(_place(slips[number], start + count, rate) for number in heard)
    low = math.floor(first) - _TAPS
    sound = _read(film, low, math.ceil(last) + _TAPS - low)
    mix: Sound | None = None
    for number in heard:
        part = _between(sound, _place(slips[number], start, rate) - low, slips[number], count)
        part = part * _share(begins, number, fade, start, count)
        mix = part if mix is None else mix + part
    assert mix is not None  # noqa: S101  # the first slip begins at 0
    return mix


def _place(slip: Slip, sample: int, rate: int) -> float:
    """Where in the film's sound lies what belongs at `sample`, in samples."""
    return sample + slip.late_at(sample * MS_PER_SECOND / rate) * rate / MS_PER_SECOND


def _samples(time: float, rate: int) -> int:
    return round(time * rate / MS_PER_SECOND)


def _read(film: SoundInOrder, start: int, count: int) -> Sound:
    """Samples from `start`, which may lie before the sound begins."""
    before = min(max(0, -start), count)
    sound = film.read(max(0, start), count - before)
    return np.pad(sound, ((0, 0), (before, 0))) if before else sound


def _share(
    begins: Sequence[int], number: int, fade: int, start: int, count: int
) -> NDArray[np.float32]:
    """How much of a slip is heard at each sample: all of it, but where it gives way."""
    times = np.arange(start, start + count)
    share = np.ones(count, np.float32)
    if number:
        share *= np.clip((times - begins[number]) / fade, 0, 1).astype(np.float32)
    if number + 1 < len(begins):
        share *= 1 - np.clip((times - begins[number + 1]) / fade, 0, 1).astype(np.float32)
    return share


def _between(sound: Sound, first: float, slip: Slip, count: int) -> Sound:
    """`count` samples read from place `first` of `sound` on, a little more than one apart."""
    places = first + np.arange(count) * (1 + slip.drift / _MILLION)
    whole = np.floor(places).astype(np.int64)
    phases = ((places - whole) * _PHASES).astype(np.int64)
    taps = _sinc()[phases]
    windows = np.lib.stride_tricks.sliding_window_view(sound, _TAPS, axis=1)
    starts = whole - (_TAPS // 2 - 1)
    return np.stack([np.einsum("nt,nt->n", channel[starts], taps) for channel in windows])


@functools.cache
def _sinc() -> NDArray[np.float32]:
    """The weights of the samples around a place, for each part of the way between two samples."""
    parts = (np.arange(_PHASES) + 0.5) / _PHASES
    away = np.arange(_TAPS)[None, :] - (_TAPS // 2 - 1) - parts[:, None]
    window = np.i0(_BETA * np.sqrt(np.clip(1 - (away / (_TAPS / 2)) ** 2, 0, 1))) / np.i0(_BETA)
    weights = np.sinc(away) * window
    even: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return even
