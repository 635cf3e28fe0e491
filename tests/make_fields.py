"""H.264 whose frames are two field pictures each, as broadcasters make it and no encoder here does.

Every macroblock carries its samples as they are (I_PCM), so a page of code is an encoder.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

WIDTH, FIELD_HEIGHT = 12, 3  # macroblocks; a frame is 192 x 96
FIELD_RATE = 50  # Hz
_START = b"\x00\x00\x00\x01"
_CODES = 12  # the bits of a picture's number, a macroblock each, as `make_media.number_of` reads


class _Bits:
    """Bits of a unit, in order."""

    def __init__(self) -> None:
        self._bits: list[str] = []

    def fixed(self, count: int, value: int) -> _Bits:
        self._bits.append(format(value, f"0{count}b"))
        return self

    def coded(self, *values: int) -> _Bits:
        """Values by Exp-Golomb code."""
        for value in values:
            bits = format(value + 1, "b")
            self._bits.append("0" * (len(bits) - 1) + bits)
        return self

    def aligned(self, content: bytes) -> _Bits:
        together = "".join(self._bits)
        together += "0" * (-len(together) % 8)
        self._bits = [together, "".join(f"{byte:08b}" for byte in content)]
        return self

    def unit(self, head: int) -> bytes:
        """The unit, with what keeps its bytes from looking like a start code."""
        bits = "".join(self._bits) + "1"
        bits += "0" * (-len(bits) % 8)
        safe, zeros = bytearray([head]), 0
        for byte in int(bits, 2).to_bytes(len(bits) // 8, "big"):
            if zeros == 2 and byte <= 3:
                safe.append(3)
                zeros = 0
            safe.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        return _START + bytes(safe)


def _headers() -> bytes:
    sequence = _Bits().fixed(8, 77).fixed(8, 0).fixed(8, 30).coded(0, 0, 2, 1).fixed(1, 0)
    sequence.coded(WIDTH - 1, FIELD_HEIGHT - 1).fixed(1, 0).fixed(1, 0).fixed(1, 1).fixed(1, 0)
    sequence.fixed(1, 1).fixed(4, 0).fixed(1, 1).fixed(32, 1).fixed(32, FIELD_RATE).fixed(1, 1)
    sequence.fixed(4, 0)
    picture = _Bits().coded(0, 0).fixed(2, 0).coded(0, 0, 0).fixed(3, 0).coded(0, 0, 0).fixed(3, 0)
    return sequence.unit(0x67) + picture.unit(0x68)


def _field(number: int, bottom: bool) -> bytes:
    """One field: the number of its frame along the upper edge, a shade below."""
    bits = _Bits().coded(0, 7, 0).fixed(4, 0).fixed(1, 1).fixed(1, int(bottom))
    if bottom:
        bits.fixed(1, 0)
    else:
        bits.coded(number % 2).fixed(2, 0)
    bits.coded(0)
    for row in range(FIELD_HEIGHT):
        for column in range(WIDTH):
            code = 235 if number >> column & 1 else 16
            shade = code if row == 0 else 60 + number % 100
            bits.coded(25).aligned(bytes([shade]) * 256 + bytes([128]) * 128)
    return bits.unit(0x61 if bottom else 0x65)


def _frames(count: int) -> Iterator[tuple[bytes, bytes]]:
    delimiter = _START + b"\x09\xf0"
    for number in range(count):
        first = delimiter + _headers() + _field(number, bottom=False)
        yield first, delimiter + _field(number, bottom=True)


def film(path: Path, frames: int, *, together: bool) -> None:
    """Make a silent MPEG-TS of `frames` numbered frames at 25 Hz.

    together: both fields in one block with one time, as most broadcasters do; else one each.
    """
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=FIELD_RATE // 2)
        stream.width, stream.height = WIDTH * 16, FIELD_HEIGHT * 32
        for number, fields in enumerate(_frames(frames)):
            for half, content in enumerate([b"".join(fields)] if together else fields):
                packet = av.Packet(content)
                packet.stream, packet.time_base = stream, Fraction(1, FIELD_RATE)
                packet.pts = packet.dts = 2 * number + half
                packet.is_keyframe = half == 0
                container.mux_one(packet)
