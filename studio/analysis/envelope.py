"""How loud the film is where voices are, a hundred times a second: what mouths are held against.

Four bands each have their say: music that fills one of them leaves the voice to the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt, sosfilt_zi

from studio.media.audio import sound_blocks
from studio.media.probe import FilmInfo, SoundStream

STEP = 10
"""ms that one value is about; value n is about the sound from n * STEP on."""

RATE = 16_000
"""Hz, of the sound that is listened to."""

_EDGES = (250.0, 600.0, 1200.0, 2200.0, 3800.0)  # Hz; the vowels' formants, about one a band
_ORDER = 2
_COMPRESSED = 0.3  # loudness grows with about this power of the energy (Stevens)

Envelope = NDArray[np.float32]


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
    hop = RATE * STEP // 1000
    bands = [butter(_ORDER, band, "bandpass", fs=RATE, output="sos") for band in pairwise(_EDGES)]
    states = [sosfilt_zi(sections) * 0.0 for sections in bands]
    rest = np.zeros((len(bands), 0))
    found: list[Envelope] = []
    for block in blocks:
        heard = np.empty((len(bands), len(block)))
        for number, sections in enumerate(bands):
            heard[number], states[number] = sosfilt(sections, block, zi=states[number])
        rest = np.concatenate([rest, heard], axis=1)
        count = rest.shape[1] // hop
        parts = rest[:, : count * hop].reshape(len(bands), count, hop)
        energy = (parts**2).mean(axis=2)
        found.append((energy**_COMPRESSED).sum(axis=0).astype(np.float32))
        rest = rest[:, count * hop :]
    return np.concatenate(found) if found else np.zeros(0, np.float32)
