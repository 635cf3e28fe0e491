"""How loud the film is where voices are, a hundred times a second: what mouths are held against."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt, sosfilt_zi

from studio.media.audio import sound_blocks
from studio.media.probe import FilmInfo, SoundStream

STEP = 10
"""ms that one value is about; value n is about the sound from n * STEP on."""

_RATE = 16_000
_BAND = (250.0, 3800.0)  # Hz; the vowels' formants, and less of a bass or a cymbal
_ORDER = 2
_COMPRESSED = 0.3  # loudness grows with about this power of the energy (Stevens)

Envelope = NDArray[np.float32]


def speech_envelope(info: FilmInfo, stream: SoundStream, check: Callable[[], None]) -> Envelope:
    """The loudness of a sound in the voice's band, one value each `STEP` from film time 0 on.

    Decodes the sound once; constant memory but for the result, 1.4 MB an hour. check: called
    several times a second; stops the pass by raising. Raises MediaError.
    """
    hop = _RATE * STEP // 1000
    sections = butter(_ORDER, _BAND, "bandpass", fs=_RATE, output="sos")
    state = sosfilt_zi(sections) * 0.0
    rest = np.zeros(0)
    found: list[Envelope] = []
    for block in sound_blocks(info, stream, sample_rate=_RATE, layout="mono"):
        check()
        heard, state = sosfilt(sections, block[0], zi=state)
        rest = np.concatenate([rest, heard])
        count = len(rest) // hop
        energy = (rest[: count * hop].reshape(count, hop) ** 2).mean(axis=1)
        found.append((energy**_COMPRESSED).astype(np.float32))
        rest = rest[count * hop :]
    return np.concatenate(found) if found else np.zeros(0, np.float32)
