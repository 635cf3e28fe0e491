"""How a whole film sounds from moment to moment, for what has learned to listen.

Twelve mel-frequency cepstra (cepstra.py) each 10 ms, of the whole film, each with mean 0 and
deviation 1 where the film is not silent. The passes are constant in memory but for the results:
while the sound is read 20 MB an hour, afterwards 17.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from studio.analysis.cepstra import RATE, Floats, Mel, loud_power, shapes
from studio.engines import TIMBRE, Timbre
from studio.media.audio import sound_blocks
from studio.media.probe import FilmInfo, SoundStream

_SILENCE = 0.003  # of a loud moment's power, -25 dB; what is softer says nothing of the colours
_TINY = 1e-12  # of power, so that its logarithm is a number
_AT_ONCE = 6000  # rows, a minute


def mono_blocks(
    info: FilmInfo, stream: SoundStream, check: Callable[[], None]
) -> Iterator[NDArray[np.float32]]:
    """A sound of the film as one channel at `RATE`, in blocks; check stops it by raising.

    Raises MediaError.
    """
    for block in sound_blocks(info, stream, sample_rate=RATE, layout="mono"):
        check()
        yield block[0]


def timbre(blocks: Iterable[Floats]) -> Timbre:
    """The timbre of one channel at `RATE`, given in blocks; row n is about ms 10 n."""
    mel = Mel()
    kept = [_logarithms(mel.feed(block)) for block in blocks]
    kept.append(_logarithms(mel.finish()))
    powers = np.concatenate([np.exp(one.astype(np.float32)).sum(axis=1) for one in kept])
    if not len(powers):
        return Timbre(np.zeros((0, TIMBRE), np.float32))
    loud = loud_power(powers)
    rows = np.empty((len(powers), TIMBRE), np.float32)
    done = 0
    for one in kept:
        for begin in range(0, len(one), _AT_ONCE):
            part = np.exp(one[begin : begin + _AT_ONCE].astype(np.float32))
            rows[done : done + len(part)] = shapes(part, loud)[:, :TIMBRE]
            done += len(part)
    heard = rows[powers >= _SILENCE * loud]
    rows -= heard.mean(axis=0)
    rows /= heard.std(axis=0) + np.float32(1e-3)
    return Timbre(rows)


def _logarithms(mel: Floats) -> NDArray[np.float16]:
    found: NDArray[np.float16] = np.log(mel + np.float32(_TINY)).astype(np.float16)
    return found
