"""AAC-LC packets as they lie in MP4 and Matroska: what they say of themselves, made and decoded.

A packet holds 1,024 new samples of each channel under a window twice as long, so what is heard
while packet n plays is the end of packet n - 1 laid over the beginning of packet n (ISO 14496-3,
4.6.11). Both must be shaped alike or they do not cancel each other's aliasing: packets of two
encoders may only meet where the one before ends with the same window in both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet
from numpy.typing import NDArray

from studio.mix.containers import Coding

FRAME = 1024  # samples of a packet

Sound = NDArray[np.float32]

_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025,
          8_000, 7_350)  # fmt: skip
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
_LC = 2
_SBR = 5
_SYNC_EXTENSION = 0x2B7

UNKNOWN = -1
"""The window of a packet that does not say it where it can be read."""
LONG_KBD = 1
"""The end of a long window of Kaiser-Bessel shape: what FFmpeg's encoder makes of steady sound."""

HEAD = 4  # bytes of a packet that tell its window


@dataclass(frozen=True, slots=True)
class Config:
    """What a stream of AAC-LC says of itself. rate: Hz. layout: FFmpeg's name."""

    rate: int
    layout: str


def config(said: bytes) -> Config | None:
    """An AudioSpecificConfig (ISO 14496-3, 1.6.2.1), where packets can be made to match it.

    None for anything but AAC-LC in frames of 1,024 samples, mono, stereo or 5.1, without SBR.
    """
    if len(said) < 2:  # noqa: PLR2004
        return None
    bits = int.from_bytes(said[:2], "big")
    kind, rate, channels, flags = bits >> 11, bits >> 7 & 15, bits >> 3 & 15, bits & 7
    if kind != _LC or rate >= len(_RATES) or channels not in _LAYOUTS or flags:
        return None
    if len(said) >= 5:  # noqa: PLR2004
        extension = int.from_bytes(said[2:5], "big")
        if extension >> 13 == _SYNC_EXTENSION and extension >> 8 & 31 == _SBR and extension & 128:
            return None
    return Config(_RATES[rate], _LAYOUTS[channels])


def window_end(packet: bytes) -> int:
    """How the first channel's window ends: 2 if short, plus 1 if of Kaiser-Bessel shape.

    UNKNOWN where that lies behind data of unknown length.
    """
    head = int.from_bytes(packet[:HEAD].ljust(HEAD, b"\0"), "big")
    element, shared = head >> 29, head >> 24 & 1
    if element == 0:  # one channel: tag, gain, then the window
        at = 32 - 3 - 4 - 8
    elif element == 1 and shared:  # a pair with one window for both
        at = 32 - 3 - 4 - 1
    elif element == 1:  # a pair of two windows: the first after its gain
        at = 32 - 3 - 4 - 1 - 8
    else:
        return UNKNOWN
    sequence, shape = head >> (at - 3) & 3, head >> (at - 4) & 1
    return (2 if sequence in (1, 2) else 0) + shape


def encode(sound: Sound, first: int, coding: Coding) -> dict[int, bytes]:
    """The packets of `sound` (channels x n), by the number of the packet on the grid.

    first: the number of the packet that plays the first 1,024 samples. The packet before it, which
    the encoder begins with, is there as well.
    """
    context = av.CodecContext.create("aac", "w")
    context.sample_rate, context.layout, context.format = coding.rate, coding.layout, "fltp"
    context.bit_rate, context.options = coding.bit_rate, coding.options
    context.time_base = Fraction(1, coding.rate)
    made: list[Packet[AudioStream]] = []
    for at in range(0, sound.shape[1], FRAME):
        block = np.ascontiguousarray(sound[:, at : at + FRAME])
        frame = AudioFrame.from_ndarray(block, "fltp", coding.layout)
        frame.sample_rate, frame.time_base = coding.rate, context.time_base
        frame.pts = at
        made.extend(context.encode(frame))
    made.extend(context.encode(None))
    return {first + (packet.pts or 0) // FRAME: bytes(packet) for packet in made}


def decode(packets: Sequence[bytes], said: bytes, channels: int) -> Sound:
    """The sound of packets in a row, channels x (1,024 for each); the first lacks its other half.

    said: the AudioSpecificConfig. Raises av.FFmpegError.
    """
    context = av.CodecContext.create("aac", "r")
    context.extradata = said
    blocks: list[Sound] = [np.zeros((channels, 0), np.float32)]
    for packet in (*(Packet(data) for data in packets), None):
        for frame in context.decode(packet):
            blocks.append(frame.to_ndarray().astype(np.float32, copy=False))
    return np.concatenate(blocks, axis=1)


Data = Callable[[int], bytes | None]
"""The content of a packet by its number on the grid; None where there is none."""


def tells_all(packet: bytes, channels: int) -> bool:
    """Whether `window_end` holds for every channel of the packet."""
    return channels == 1 or (channels == 2 and packet[0] & 1 == 1)  # noqa: PLR2004  # shared


def joint(before: Data, after: Data, candidates: Sequence[int], said: bytes, channels: int) -> int:
    """The best place to go from the packets `before` to the packets `after`, nearest first.

    The result is the number of the first packet taken from `after`. Both must hold the same sound
    around the candidates, and the packet before each. The windows must match; where packets do not
    tell those of all channels, or none matches, both ways are decoded and compared.
    """
    matching, others = [], []
    for at in candidates:
        own, other = before(at - 1), after(at - 1)
        if own is None or other is None or after(at) is None:
            continue
        if not window_end(own) == window_end(other) != UNKNOWN:
            others.append(at)
        elif tells_all(own, channels) and tells_all(other, channels):
            return at
        else:
            matching.append(at)
    best, least = None, math.inf
    for at in (*matching, *others):
        error = difference(before, after, at, said, channels)
        if error < least:
            best, least = at, error
        if error < _INAUDIBLE:
            break
    if best is None:
        raise ValueError("no packet of both sounds lies at any candidate")
    return best


# of the power of a channel; what two encoders differ by is more at low bit rates
_INAUDIBLE = 0.01
_FAINT = 1e-8  # power below which nothing is heard


def difference(before: Data, after: Data, at: int, said: bytes, channels: int) -> float:
    """By how much the block at a joint differs from `after` without a joint.

    As a share of its power there, in the worst channel.
    """
    last = after(at)
    heard = []
    for way in (after, before):
        row = [data for number in (at - 2, at - 1) if (data := way(number)) is not None]
        heard.append(decode([*row, last or b""], said, channels)[:, -FRAME:])
    power = (heard[0] ** 2).mean(axis=1) + _FAINT
    return float((((heard[1] - heard[0]) ** 2).mean(axis=1) / power).max())
