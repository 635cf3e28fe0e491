"""How speech sounds from moment to moment, in numbers that two voices share.

Every STEP ms: the power in bands as the ear parts them (mel), and from it cepstra: the shape of the
spectrum without its level and, over a whole recording, without the colour of its voice. They are
the mel-frequency cepstral coefficients of Davis and Mermelstein (1980), each brought to mean 0 and
deviation 1 (Viikki and Laurila, 1998), with their change over time beside them (Furui, 1986).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RATE = 16_000
"""Hz of the sound that is listened to."""

STEP = 10
"""ms from one row to the next."""

_HOP = RATE * STEP // 1000
_WINDOW = 400  # samples: 25 ms
_BINS = 512  # of the Fourier transform
_BANDS = 26
_LOWEST, _HIGHEST = 80, 6500  # Hz
_EMPHASIS = 0.97  # of the sample before, taken off: speech falls with frequency
_CEPSTRA = 13
_FLOOR = 1e-3  # of a loud moment; what is softer sounds like silence
_LOUD = 90  # percentile
_CHANGE_WEIGHT = 2.0
_TINY = 1e-30  # a power that is none


def mel_bands(count: int, lowest: float, highest: float) -> Floats:
    """count x bins: triangles from `lowest` to `highest` Hz, even on O'Shaughnessy's mel scale."""
    mels = 1127 * np.log1p(np.arange(_BINS // 2 + 1) * RATE / _BINS / 700)
    low, high = 1127 * np.log1p(np.array([lowest, highest]) / 700)
    edges = np.linspace(low, high, count + 2)
    left, middle, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (mels - left) / (middle - left), (right - mels) / (right - middle)
    bands: Floats = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    return bands


def _cosines() -> Floats:
    """_BANDS x _CEPSTRA: the orthonormal cosine transform of the second kind."""
    phase = np.pi / _BANDS * (np.arange(_BANDS)[:, None] + 0.5) * np.arange(_CEPSTRA)
    cosines: Floats = (np.cos(phase) * np.sqrt(2 / _BANDS)).astype(np.float32)
    return cosines


_MEL, _COSINES = mel_bands(_BANDS, _LOWEST, _HIGHEST), _cosines()
_SHAPE = np.hanning(_WINDOW).astype(np.float32)


class Mel:
    """Makes rows of mel powers, n x bands, of a sound block by block; constant memory.

    Row r is about the 25 ms around sample r * RATE * STEP / 1000 + later. bands: as `mel_bands` has
    them. emphasis: of high tones; the share of the sample before that is taken off each.
    """

    def __init__(self, bands: Floats = _MEL, emphasis: float = _EMPHASIS, later: int = 0) -> None:
        self._rest = np.zeros(_WINDOW // 2 - later, np.float32)
        self._before = np.zeros(1, np.float32)
        self._bands, self._emphasis = bands, np.float32(emphasis)

    def feed(self, samples: Floats) -> Floats:
        """The rows that are complete with these samples; one channel at RATE."""
        shifted = np.concatenate([self._before, samples[:-1]]) if len(samples) else samples
        self._before = samples[-1:] if len(samples) else self._before
        whole = np.concatenate([self._rest, samples - self._emphasis * shifted])
        count = max(0, (len(whole) - _WINDOW) // _HOP + 1)
        self._rest = whole[count * _HOP :]
        if not count:
            return np.zeros((0, len(self._bands)), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(whole, _WINDOW)[::_HOP][:count]
        power = np.abs(np.fft.rfft(windows * _SHAPE, _BINS)) ** 2
        rows: Floats = power.astype(np.float32) @ self._bands.T
        return rows

    def finish(self) -> Floats:
        """The rows of the end, as if silence followed."""
        return self.feed(np.zeros(_WINDOW // 2, np.float32))


def mel_of(samples: Floats) -> Floats:
    """The mel powers of a whole short sound."""
    mel = Mel()
    return np.concatenate([mel.feed(samples), mel.finish()])


def loud_power(powers: Floats) -> float:
    """The power of a loud moment among n, never 0."""
    return max(float(np.percentile(powers, _LOUD)), _TINY)


def shapes(mel: Floats, loud: float) -> Floats:
    """n x 13: the cepstra of each row as they are; loud: as `loud_power` has it."""
    found: Floats = np.log(mel * np.float32(_BANDS / loud) + np.float32(_FLOOR)) @ _COSINES
    return found


def cepstra(mel: Floats) -> Floats:
    """n x 26: how it sounds at each row, and how that changes; for speech without its pauses.

    Two recordings of the same words lie near each other, whoever speaks, however loud. A distance
    of 1 is about that of two moments that have nothing in common.
    """
    if not len(mel):
        return np.zeros((0, 2 * _CEPSTRA), np.float32)
    shape = _evened(shapes(mel, loud_power(mel.sum(axis=1))))
    padded = np.pad(shape, ((2, 2), (0, 0)), "edge")
    change = 2 * (padded[4:] - padded[:-4]) + (padded[3:-1] - padded[1:-3])
    both = np.hstack([shape, _evened(change) * np.float32(_CHANGE_WEIGHT)])
    # two independent rows of deviation 1 lie sqrt(2 n) apart
    size = np.sqrt(2 * _CEPSTRA * (1 + _CHANGE_WEIGHT**2))
    found: Floats = (both / np.float32(size)).astype(np.float32)
    return found


def _evened(rows: Floats) -> Floats:
    """Each column with mean 0 and deviation 1."""
    deviation = rows.std(axis=0) + np.float32(1e-6)
    found: Floats = ((rows - rows.mean(axis=0)) / deviation).astype(np.float32)
    return found
