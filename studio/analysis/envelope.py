"""How loud the film is where voices are, a hundred times a second: what mouths are held against.

Bands as narrow as the ear's each have their say, and one that stands out has more: through music
a voice is heard in the bands where it is the stronger. To count all bands alike, or to bring each
to its own mean (Wang et al., “Trainable frontend”, 2017), was tried and finds fewer voices, as it
raises those in which there is no voice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from studio.analysis.cepstra import RATE, STEP, Mel, mel_bands
from studio.media.audio import sound_blocks
from studio.media.probe import FilmInfo, SoundStream

__all__ = ["RATE", "STEP", "Envelope", "loudness", "speech_envelope"]

_BANDS = 24
_LOWEST, _HIGHEST = 150.0, 5000.0  # Hz
_OUTSTANDING = 0.6  # power of a band's energy that counts; 1: they add up, 0: all are alike
_COMPRESSED = 0.3  # loudness grows with about this power of the energy (Stevens)
_MIDDLE = RATE * STEP // 1000 // 2  # samples from the start of a step to its middle

Envelope = NDArray[np.float32]
"""One value each STEP ms; value n is about the sound from n * STEP on."""


def speech_envelope(info: FilmInfo, stream: SoundStream, check: Callable[[], None]) -> Envelope:
    """The loudness of a sound in the voice's bands, one value each `STEP` from film time 0 on.

    Decodes the sound once; constant memory but for the result, 1.4 MB an hour. check: called
    several times a second; stops the pass by raising. Raises MediaError.
    """

    def blocks() -> Iterator[NDArray[np.float32]]:
        for block in sound_blocks(info, stream, sample_rate=RATE, layout="mono"):
            check()
            yield block[0]

    return loudness(blocks())


def loudness(blocks: Iterable[NDArray[np.floating]]) -> Envelope:
    """The same of one channel at `RATE`, given in blocks."""
    bands = mel_bands(_BANDS, _LOWEST, _HIGHEST)
    bands /= bands.sum(axis=1, keepdims=True)
    mel, heard = Mel(bands, emphasis=0.0, later=_MIDDLE), 0
    found: list[Envelope] = []
    for block in blocks:
        heard += len(block)
        found.append(_loudness(mel.feed(block.astype(np.float32))))
    found.append(_loudness(mel.finish()))
    return np.concatenate(found)[: heard * 1000 // RATE // STEP]


def _loudness(powers: NDArray[np.float32]) -> Envelope:
    loud = (powers**_OUTSTANDING).sum(axis=1) ** (_COMPRESSED / _OUTSTANDING)
    return np.asarray(loud, np.float32)
