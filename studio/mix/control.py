"""The description with a control track, for receivers that mix it themselves (BBC WHP 198).

Broadcasters who let the receiver mix get the description as a WAV of two channels: the first is
what is spoken, the second a data signal that says, ten times a second, how far the programme's own
sound shall step back and from where the voice shall come.

What is established, from the abstract of BBC Research White Paper WHP 198 (2011) and from what a
public decoder of the signal (GStreamer's element whp198dec, D. Holroyd, BBC) accepts:

- 48 kHz, 1,280 bit/s, Manchester code: a bit is a change in its middle, downwards for 1, upwards
  for 0. 16 bytes take 100 ms, most significant bit first.
- The bytes are an AD_descriptor of ETSI TS 101 154, annex E: 0xF and its length, 8; "DTGAD"; the
  revision "1"; AD_fade; AD_pan; then, up to 14 bytes, others that the decoder passes over; then a
  CRC of them (polynomial 0x1021, from 0x1D0F), high byte first.
- AD_fade: 0.3 dB a step, 0 for none, 0xFF for silence. AD_pan: 360/256 degrees a step, clockwise,
  0 for straight ahead.

What is not, as the paper itself was not at hand, and is our choice:

- the bytes passed over are 0xFF, as reserved bytes are in TS 101 154;
- the signal is a square wave at -18 dBFS (EBU R 68's alignment level), without shaped edges;
- a descriptor states the fade at the moment it ends, for no receiver knows it sooner;
- the first descriptor begins with the file, and they follow each other without a pause.
"""

from __future__ import annotations

import binascii
import math
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.mix.levels import Level, levelled
from studio.mix.mixer import MixPlan, Sound, ducked
from studio.mix.sound import mixed
from studio.mix.stem import wav_bytes, write_wav
from studio.progress import Progress

RATE = 48_000  # Hz
BIT_RATE = 1280
FRAME = RATE // 10  # samples of one descriptor

CHANNELS = 2
FADE_STEP = 0.3  # dB
DEEPEST_FADE, SILENT = 0xFE, 0xFF
AHEAD = 0  # straight ahead, for AD_pan

_TAG = b"DTGAD"
_REVISION = b"1"
_CHECKED = 14  # bytes before the CRC
_CRC_START = 0x1D0F
_LEVEL = 10 ** (-18 / 20)  # full scale is 1


def fade_byte(decibels: float) -> int:
    """AD_fade for a programme that is `decibels` (0 or less) below itself, to the nearest step."""
    if math.isinf(decibels):
        return SILENT
    return min(DEEPEST_FADE, round(-decibels / FADE_STEP))


def descriptor(fade: int, pan: int = AHEAD) -> bytes:
    """The 16 bytes that stand for a fade and a pan, both 0..255."""
    length = len(_TAG) + len(_REVISION) + 2
    said = bytes([0xF0 | length]) + _TAG + _REVISION + bytes([fade, pan])
    said = said.ljust(_CHECKED, b"\xff")
    return said + binascii.crc_hqx(said, _CRC_START).to_bytes(2, "big")


def signal(data: bytes) -> NDArray[np.float32]:
    """16 bytes as the 4,800 samples of their data signal."""
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    halves = np.stack([bits, 1 - bits], axis=1).ravel().astype(np.float32) * 2 - 1
    which = np.arange(FRAME) * (2 * BIT_RATE) // RATE
    return halves[which] * np.float32(_LEVEL)


def control(plan: MixPlan, start: int, count: int) -> NDArray[np.float32]:
    """The samples [start, start + count) of the data signal for the ducks of `plan`, at RATE."""
    first, last = start // FRAME, -(-(start + count) // FRAME)
    frames = [signal(descriptor(fade_byte(_fade(plan, frame)))) for frame in range(first, last)]
    whole = np.concatenate(frames) if frames else np.zeros(0, np.float32)
    return whole[start - first * FRAME :][:count]


def _fade(plan: MixPlan, frame: int) -> float:
    """How far the programme has stepped back when descriptor `frame` ends, in dB."""
    depth = ducked(plan, (frame + 1) * FRAME, 1)
    return 0.0 if depth is None else plan.duck_level * float(depth[0])


def control_bytes(plan: MixPlan) -> int:
    """The size of the file's samples on disk."""
    return wav_bytes(CHANNELS, plan.length)


def write_control(plan: MixPlan, level: Level | None, target: Path, progress: Progress) -> None:
    """Write what `plan` (one channel, at RATE) says beside its data signal, as a 24-bit WAV.

    In constant memory. Raises OSError and MediaError.
    """
    both = replace(plan, voice=(*plan.voice, 0.0))
    blocks = levelled(mixed(both, None), level, plan.rate)
    write_wav(target, both, _beside(blocks, plan, progress))


def _beside(blocks: Generator[Sound], plan: MixPlan, progress: Progress) -> Iterator[Sound]:
    done = 0
    for block in blocks:
        progress(done / plan.length, "Writing the description with its control track")
        count = block.shape[1]
        yield np.stack([block[0], control(plan, done, count)])
        done += count
