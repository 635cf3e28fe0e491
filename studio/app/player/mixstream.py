"""The mix as a sound file that mpv reads: made where it is read, by the export's own mixer.

It poses as one WAV of 16-bit samples. Whoever reads it always gets the newest mix, so after an edit
mpv only has to read again; how long that is, no header can say beforehand.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import av
import numpy as np
from numpy.typing import NDArray

from studio.app.player.tones import with_tones
from studio.media.soundtrack import Soundtrack
from studio.mix.mixer import ClipReader, FilmSound, MixPlan, Sound, render
from studio.mix.sounding import Sounding

_SAMPLE_BYTES = 2
_FULL_SCALE = 32768
_LARGEST_RIFF = 0xFFFFFFFF
_IN_DS64 = 0xFFFFFFFF  # the size stands in the ds64 chunk
_EXPECTED = 1 << 15  # bytes that mpv reads at first
_ENDLESS = 1 << 40  # bytes that no mix has

# Microsoft's bit for each of FFmpeg's channel names
_SPEAKERS = {
    "FL": 0x1, "FR": 0x2, "FC": 0x4, "LFE": 0x8, "BL": 0x10, "BR": 0x20, "FLC": 0x40, "FRC": 0x80,
    "BC": 0x100, "SL": 0x200, "SR": 0x400,
}  # fmt: skip
_PCM = bytes.fromhex("0100000000001000800000aa00389b71")  # the GUID that says integer samples


@dataclass(frozen=True)
class Volumes:
    """How loud the preview is; an export knows nothing of it. film, description: gains, 1 is as is.

    alone: without the film's own sound and the beds. tones: the gain of those at gaps, 0 is none.
    """

    film: float = 1.0
    description: float = 1.0
    alone: bool = False
    tones: float = 0.0


@dataclass(frozen=True)
class _Quieter:
    """The film's sound with a gain."""

    film: FilmSound
    gain: np.float32

    def read(self, start: int, count: int) -> Sound:
        """See `FilmSound`."""
        quieter: Sound = self.film.read(start, count) * self.gain
        return quieter


@dataclass(frozen=True)
class Mix:
    """One state of what is heard; another one takes its place after an edit."""

    sounding: Sounding
    volumes: Volumes
    film: Soundtrack | None
    clip: ClipReader

    @cached_property
    def _plan(self) -> MixPlan:
        plan = self.sounding.plan
        gain = self.volumes.description
        beds = () if self.volumes.alone else plan.beds
        return replace(plan, voice=tuple(gain * part for part in plan.voice), beds=beds)

    @cached_property
    def _film(self) -> FilmSound | None:
        if self.film is None or self.volumes.alone:
            return None
        if self.volumes.film == 1:
            return self.film
        return _Quieter(self.film, np.float32(self.volumes.film))

    def samples(self, start: int, count: int) -> Sound:
        """The samples [start, start + count) as they are heard; channels x count."""
        sound = render(self._plan, self._film, self.clip, start, count)
        if not self.volumes.tones:
            return sound
        speaking = [part > 0 for part in self.sounding.plan.voice]
        gaps, rate = self.sounding.gaps, self.sounding.plan.rate
        return with_tones(sound, start, gaps, speaking, rate, self.volumes.tones)


class MixStream:
    """The WAV.

    current: gives the mix to be heard; its rate and channels never change. first: waits for what is
    to be made before the sound of a seek.
    """

    def __init__(self, current: Callable[[], Mix], first: Callable[[], None]) -> None:
        self._current, self._first = current, first
        plan = current().sounding.plan
        layout = av.AudioLayout(current().sounding.form.layout)
        self._frame_bytes = plan.channels * _SAMPLE_BYTES
        names = [channel.name for channel in layout.channels]
        self._header = wav_header(plan.rate, names, _ENDLESS // self._frame_bytes)

    @property
    def size(self) -> int:
        """Its length in bytes; another after an edit that makes the film wait otherwise."""
        return len(self._header) + self._current().sounding.plan.length * self._frame_bytes

    def expect(self, position: int) -> None:
        """Decode the sound from `position` on; mpv shows its first picture while it does that.

        Only then would it read, and wait again. Raises MediaError.
        """
        self._first()
        self.read(position, _EXPECTED)

    def read(self, position: int, count: int) -> bytes:
        """At most `count` bytes from `position`. Raises MediaError."""
        if position < len(self._header):
            return self._header[position : position + count]
        first, skipped = divmod(position - len(self._header), self._frame_bytes)
        mix = self._current()
        length = mix.sounding.plan.length
        frames = min(-(-(skipped + count) // self._frame_bytes), length - first)
        if frames <= 0:
            return b""
        made = whole_samples(mix.samples(first, frames)).astype("<i2").tobytes()
        return made[skipped : skipped + count]


def whole_samples(mix: Sound) -> NDArray[np.int16]:
    """A mix (channels x n) as 16-bit samples (n x channels), each the nearest there is."""
    scaled = np.rint(mix.T * np.float32(_FULL_SCALE))
    whole: NDArray[np.int16] = np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
    return whole


def wav_header(rate: int, channels: list[str], length: int) -> bytes:
    """What stands before `length` samples of the named channels; RF64 where RIFF is too small."""
    block = len(channels) * _SAMPLE_BYTES
    data = length * block
    mask = sum(_SPEAKERS.get(name, 0) for name in channels)
    form = struct.pack("<HHIIHH", 0xFFFE, len(channels), rate, rate * block, block, 16)
    form += struct.pack("<HHI", 22, 16, mask) + _PCM
    fmt = b"fmt " + struct.pack("<I", len(form)) + form
    riff = 4 + len(fmt) + 8 + data
    if riff <= _LARGEST_RIFF:
        return b"RIFF" + struct.pack("<I", riff) + b"WAVE" + fmt + b"data" + struct.pack("<I", data)
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, riff + 36, data, length, 0)
    return (
        b"RF64" + struct.pack("<I", _IN_DS64) + b"WAVE" + ds64 + fmt
        + b"data" + struct.pack("<I", _IN_DS64)
    )  # fmt: skip
