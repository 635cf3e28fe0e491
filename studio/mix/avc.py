"""H.264 as it lies in packets: its units, its headers, and where a decoder can start afresh.

Packets come in two forms: units with their length before them, as in MP4 and Matroska, or with a
start code before them (Annex B), as in MPEG streams and from encoders. Headers (parameter sets)
have numbers, by which pictures name the ones they need; so pictures of two encoders can lie in one
stream if their headers have different numbers and stand side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SLICE, _IDR, _SPS, _PPS = 1, 5, 7, 8  # types of units
_PICTURES = range(_SLICE, _IDR + 1)
_START = b"\x00\x00\x00\x01"
_NUMBERS = 31  # the highest a sequence's header can have
_AVCC_HEAD = 6  # bytes before the first header


@dataclass(frozen=True)
class Headers:
    """The headers of a stream. length_size: bytes of a unit's length; 0 for start codes.

    head: the first bytes of the stream's record of them (profile and level), b"" with start codes.
    """

    sequences: tuple[bytes, ...]
    pictures: tuple[bytes, ...]
    length_size: int
    head: bytes

    def free_number(self) -> int | None:
        """A number that no header has yet, or None."""
        taken = {_number(unit) for unit in (*self.sequences, *self.pictures)}
        return next((number for number in range(1, _NUMBERS) if number not in taken), None)

    def record(self) -> bytes:
        """As a stream carries them ("extradata")."""
        if not self.length_size:
            return b"".join(_START + unit for unit in (*self.sequences, *self.pictures))
        parts = [self.head[:5], bytes([0xE0 | len(self.sequences)])]
        parts += [len(unit).to_bytes(2, "big") + unit for unit in self.sequences]
        parts.append(bytes([len(self.pictures)]))
        parts += [len(unit).to_bytes(2, "big") + unit for unit in self.pictures]
        return b"".join(parts) + self.head[5:]

    def beside(self, other: Headers) -> Headers:
        """These and the other's, in the form of these."""
        return Headers(
            self.sequences + other.sequences,
            self.pictures + other.pictures,
            self.length_size,
            self.head,
        )

    def units(self, packet: bytes) -> Iterator[bytes]:
        """The units of a packet of this stream."""
        if not self.length_size:
            yield from _started(packet)
            return
        at = 0
        while at + self.length_size < len(packet):
            end = at + self.length_size + int.from_bytes(packet[at : at + self.length_size], "big")
            yield packet[at + self.length_size : end]
            at = end

    def packet(self, units: Sequence[bytes]) -> bytes:
        """Units as a packet of this stream."""
        if not self.length_size:
            return b"".join(_START + unit for unit in units)
        return b"".join(len(unit).to_bytes(self.length_size, "big") + unit for unit in units)

    def starts_afresh(self, packet: bytes) -> bool:
        """Whether nothing from here on needs a picture before: IDR, not just any key frame."""
        first = next((unit for unit in self.units(packet) if _type(unit) in _PICTURES), b"")
        return _type(first) == _IDR


def headers(record: bytes | None) -> Headers | None:
    """The headers in a stream's record of them; None where there are none to read."""
    if not record:
        return None
    if record[0] != 1:
        units = list(_started(record))
        found = Headers(_of(units, _SPS), _of(units, _PPS), 0, b"")
        return found if found.sequences and found.pictures else None
    at, sets = _AVCC_HEAD - 1, []
    for mask in (0x1F, 0xFF):
        if at >= len(record):
            return None
        count, at = record[at] & mask, at + 1
        units = []
        for _ in range(count):
            size = int.from_bytes(record[at : at + 2], "big")
            units.append(record[at + 2 : at + 2 + size])
            at += 2 + size
        sets.append(tuple(units))
    if at > len(record) or not all(sets) or not all(all(units) for units in sets):
        return None
    return Headers(sets[0], sets[1], (record[4] & 3) + 1, record[:5] + record[at:])


def _of(units: Sequence[bytes], kind: int) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(unit for unit in units if _type(unit) == kind))


def _started(packet: bytes) -> Iterator[bytes]:
    """The units between start codes."""
    for unit in re.split(b"\x00\x00\x01", packet)[1:]:
        if bare := unit.rstrip(b"\x00"):
            yield bare


def _type(unit: bytes) -> int:
    return unit[0] & 0x1F if unit else 0


_BEFORE_NUMBER = {_SPS: 4, _PPS: 1}  # bytes: the unit's type; profile and level


def _number(unit: bytes) -> int:
    """The number of a header: a count of zero bits, and as many bits after a one."""
    start = _BEFORE_NUMBER[_type(unit)]
    bits = "".join(f"{byte:08b}" for byte in unit[start : start + 4])
    zeros = len(bits) - len(bits.lstrip("0"))
    return int(bits[zeros : 2 * zeros + 1] or "1", 2) - 1
