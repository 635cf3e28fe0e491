"""One pass over the film's sound: speech, loudness, and peaks to draw it by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.analysis.dialogue import SpeechFinder
from studio.analysis.silero import RATE
from studio.media.audio import Converter, Samples, sound_blocks
from studio.media.loudness import LoudnessMeter, integrated
from studio.media.probe import FilmInfo, SoundStream
from studio.times import Span

PEAK_STEP = 10
"""ms that one pair of peaks is about."""

_PEAK_SAMPLES = RATE * PEAK_STEP // 1000
_FULL_SCALE = 32767

Peaks = NDArray[np.int16]
"""n x 2: the lowest and highest sample of each `PEAK_STEP`, all channels mixed, 32767 = full"""


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What one pass over a sound found. Times are film ms.

    loudness: LUFS of the speech, of the whole sound where nobody speaks; None for silence.
    """

    speech: tuple[Span, ...]
    loudness: float | None
    peaks: Peaks


SILENT = Heard((), None, np.zeros((0, 2), np.int16))
"""What is heard of a film without sound."""


def listen(info: FilmInfo, stream: SoundStream, check: Callable[[], None]) -> Heard:
    """Decode `stream` once. Blocks; constant memory but for the results, 0.7 MB an hour.

    check: called several times a second; stops the pass by raising. Raises MediaError.
    """
    finder, peaks = SpeechFinder(), _PeakFinder()
    meter = LoudnessMeter(stream.sample_rate, stream.layout)
    to_mono = Converter(stream, RATE, "mono")
    for block in sound_blocks(info, stream):
        check()
        meter.feed(block)
        mono = to_mono.feed(block)
        finder.feed(mono)
        peaks.feed(mono)
    rest = to_mono.finish()
    finder.feed(rest)
    peaks.feed(rest)
    speech = _within(finder.speech(), info.duration)
    return Heard(speech, _loudness(meter, speech), peaks.peaks())


def _within(speech: tuple[Span, ...], duration: int) -> tuple[Span, ...]:
    """Sound may go on after the last picture; that is no film time."""
    return tuple(
        Span(talk.start, min(talk.end, duration)) for talk in speech if talk.start < duration
    )


def _loudness(meter: LoudnessMeter, speech: tuple[Span, ...]) -> float | None:
    """Words too short to measure do not count as speech here: the whole sound stands in."""
    energies = meter.energies()
    spoken = integrated(energies, speech)
    return integrated(energies) if spoken is None else spoken


class _PeakFinder:
    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)
        self._found: list[Peaks] = []

    def feed(self, block: Samples) -> None:
        """Take in 1 x n samples that follow those before."""
        whole = np.concatenate([self._rest, block[0]])
        count = len(whole) // _PEAK_SAMPLES
        self._add(whole[: count * _PEAK_SAMPLES].reshape(count, _PEAK_SAMPLES))
        self._rest = whole[count * _PEAK_SAMPLES :]

    def peaks(self) -> Peaks:
        """All that was found. Call once, after the last block."""
        if len(self._rest):
            self._add(self._rest[np.newaxis])
        return np.concatenate(self._found) if self._found else np.zeros((0, 2), np.int16)

    def _add(self, steps: NDArray[np.float32]) -> None:
        if len(steps):
            both = np.stack([steps.min(axis=1), steps.max(axis=1)], axis=1)
            self._found.append((np.clip(both, -1, 1) * _FULL_SCALE).round().astype(np.int16))
