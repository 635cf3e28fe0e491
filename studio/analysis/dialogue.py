"""Where somebody talks: the voice network's probabilities made into stretches of speech."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.analysis.silero import CHUNK, RATE, Silero
from studio.errors import MediaError
from studio.media.audio import Samples, file_blocks
from studio.media.probe import sound_streams
from studio.times import MS_PER_SECOND, Span, joined

_SPEECH = 0.5  # probability that begins a stretch
_STILL_SPEECH = 0.35  # and that keeps it going
_ONSET = 0.1  # soft beginnings stay below _SPEECH for a while
_ONSET_CHUNKS = 10
_SHORTEST_CHUNKS = 3  # 96 ms; a click or a bang is shorter
_PAUSE_CHUNKS = 3  # closures inside words are shorter
_BEFORE = 64  # ms; the network is sure of a voice only after its first 30-70 ms

_BATCH = 32  # chunks handed to the network at once: one second


def spans_of(probabilities: Sequence[float] | NDArray[np.float32]) -> tuple[Span, ...]:
    """Stretches of speech in ms, in order, from one probability a chunk of 32 ms."""
    spans: list[Span] = []
    begin: int | None = None
    pause = 0
    for chunk, probability in enumerate([*probabilities, *[0.0] * _PAUSE_CHUNKS]):
        if begin is None:
            if probability >= _SPEECH:
                begin, pause = chunk, 0
            continue
        pause = pause + 1 if probability < _STILL_SPEECH else 0
        if pause == _PAUSE_CHUNKS:
            end = chunk + 1 - pause
            if end - begin >= _SHORTEST_CHUNKS:
                spans.append(_span(_onset(probabilities, begin), end))
            begin = None
    return joined(spans)


def _onset(probabilities: Sequence[float] | NDArray[np.float32], begin: int) -> int:
    """The first chunk of the rise that led to `begin`."""
    earliest = max(0, begin - _ONSET_CHUNKS)
    while begin > earliest and probabilities[begin - 1] >= _ONSET:
        begin -= 1
    return begin


def _span(begin: int, end: int) -> Span:
    start = begin * CHUNK * MS_PER_SECOND // RATE
    return Span(max(0, start - _BEFORE), end * CHUNK * MS_PER_SECOND // RATE)


class SpeechFinder:
    """Listens to a sound block by block; one channel at 16 kHz, constant memory but for 4 bytes
    each 32 ms."""

    def __init__(self) -> None:
        self._network = Silero()
        self._rest = np.zeros(0, np.float32)
        self._probabilities: list[NDArray[np.float32]] = []

    def feed(self, block: Samples) -> None:
        """Take in 1 x n samples that follow those before."""
        self._rest = np.concatenate([self._rest, block[0]])
        ready = len(self._rest) // CHUNK
        if ready >= _BATCH:
            self._listen(ready)

    def speech(self) -> tuple[Span, ...]:
        """The stretches of speech in all that was heard, in ms. Call once, after the last block."""
        if len(self._rest):
            self._rest = np.pad(self._rest, (0, -len(self._rest) % CHUNK))
            self._listen(len(self._rest) // CHUNK)
        heard = self._probabilities
        return spans_of(np.concatenate(heard)) if heard else ()

    def _listen(self, ready: int) -> None:
        chunks = self._rest[: ready * CHUNK].reshape(ready, CHUNK)
        self._rest = self._rest[ready * CHUNK :]
        self._probabilities.append(self._network.probabilities(chunks))


def speech_in(path: Path) -> tuple[Span, ...]:
    """The stretches of speech in the first sound of any film or sound file; ms from its start.

    Raises MediaError where it cannot be read or holds no sound.
    """
    streams = sound_streams(path)
    if not streams:
        raise MediaError(f"“{path.name}” holds no sound.", advice="Choose a file with sound.")
    finder = SpeechFinder()
    for block in file_blocks(path, streams[0], sample_rate=RATE, layout="mono"):
        finder.feed(block)
    return finder.speech()
