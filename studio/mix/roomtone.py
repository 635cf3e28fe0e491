"""Room tone: the sound of a place in which nothing happens, made for as long as the film waits.

A room tone keeps what makes a place sound like itself: how loud each twelfth of an octave is in
each channel, and how alike the channels are. From that noise is made: overlapping frames of
random phase, added so that their power is even. Nothing is repeated, so nothing is heard to loop,
and each frame follows from the tone and its own number alone: any stretch may be asked for, in any
order, and is the same however it is cut.
"""

from __future__ import annotations

import functools
import hashlib
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]  # channels x samples, full scale is 1.0

_FRAME_SECONDS = 0.17  # long enough to tell 6 Hz apart, short enough to need little sound
_BANDS_PER_OCTAVE = 12
_FRAMES_KEPT = 16
_TURN = 2 * math.pi / 2**64


@dataclass(frozen=True)
class RoomTone:
    """What a place sounds like, at `rate` Hz.

    factors: complex64, bands x channels x channels; a band's matrix turns independent noise of
    power 1 into noise as loud and as alike in the channels as the place's own.
    """

    rate: int
    channels: int
    factors: bytes

    @cached_property
    def seed(self) -> int:
        """A number that two different room tones hardly ever share."""
        return int.from_bytes(hashlib.blake2b(self.factors, digest_size=8).digest(), "big")


def frame_length(rate: int) -> int:
    """The samples of a frame at `rate` Hz: a power of two."""
    return 1 << round(math.log2(rate * _FRAME_SECONDS))


@functools.cache
def _bands(rate: int) -> NDArray[np.int64]:
    """The first bin of each band, and the end of the last; the constant part belongs to none."""
    end = frame_length(rate) // 2 + 1
    edges = [1]
    while edges[-1] < end:
        edges.append(min(end, max(edges[-1] + 1, round(edges[-1] * 2 ** (1 / _BANDS_PER_OCTAVE)))))
    return np.array(edges, np.int64)


# --- from a place's sound -------------------------------------------------------------------------


def measured_tone(sound: Sound, rate: int) -> RoomTone:
    """The room tone of `sound`, channels x n, which should be steady; short ones are padded."""
    length = frame_length(rate)
    padded = np.pad(sound, ((0, 0), (0, max(0, length - sound.shape[1])))).astype(np.float64)
    window = np.hanning(length + 1)[:length]
    starts = range(0, padded.shape[1] - length + 1, length // 2)
    frames = np.stack([padded[:, at : at + length] * window for at in starts])
    spectra = np.fft.rfft(frames, axis=2)
    alike = np.einsum("fck,fdk->kcd", spectra, spectra.conj()) / (len(frames) * (window**2).sum())
    alike *= padded.shape[1] / sound.shape[1]  # what was padded has no power
    edges = _bands(rate)
    sums = np.add.reduceat(alike, edges[:-1], axis=0)[: len(edges) - 1]
    means = sums / np.diff(edges)[:, None, None]
    powers, ways = np.linalg.eigh(means)
    factors = ways * np.sqrt(np.maximum(powers, 0))[:, None, :]
    return RoomTone(rate, len(sound), factors.astype(np.complex64).tobytes())


# --- and back -------------------------------------------------------------------------------------


def tone_at(tone: RoomTone, start: int, count: int) -> Sound:
    """`count` samples of the tone from sample `start`, which may be negative: channels x count."""
    hop = frame_length(tone.rate) // 2
    result = np.zeros((tone.channels, count), np.float32)
    position = start
    while position < start + count:
        number, inside = divmod(position, hop)
        part = min(hop - inside, start + count - position)
        fading = _frame(tone, number)[:, hop + inside : hop + inside + part]
        rising = _frame(tone, number + 1)[:, inside : inside + part]
        at = position - start
        result[:, at : at + part] = fading + rising
        position += part
    return result


@functools.lru_cache(_FRAMES_KEPT)
def _frame(tone: RoomTone, number: int) -> Sound:
    """Frame `number` of a tone, windowed so that frames half a length apart add up evenly."""
    length, edges = frame_length(tone.rate), _bands(tone.rate)
    bins = int(edges[-1])
    key = np.array([tone.seed, number % 2**64], np.uint64)
    drawn = np.random.Philox(key=key).random_raw(tone.channels * bins)
    phases = np.exp(1j * (drawn.reshape(bins, tone.channels) * _TURN))
    factors = np.frombuffer(tone.factors, np.complex64)
    factors = factors.reshape(len(edges) - 1, tone.channels, tone.channels)
    each = np.repeat(factors, np.diff(edges), axis=0)
    spectrum = np.zeros((tone.channels, bins), np.complex128)
    spectrum[:, 1:] = np.einsum("kcd,kd->ck", each, phases[1:]) * math.sqrt(length)
    window = np.sin(math.pi * (np.arange(length) + 0.5) / length)
    frame: Sound = (np.fft.irfft(spectrum, length, axis=1) * window).astype(np.float32)
    frame.flags.writeable = False
    return frame
