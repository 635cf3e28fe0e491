"""Encoded runs of sound kept in the user's cache, so that an edit encodes only what it touches.

One file a run, named by the hash of everything that went into it: a checksum, the numbers and
sizes of the packets, the packets. A file that is damaged counts as missing and is made again. The
runs used longest ago go when there are more than `LIMIT` bytes of them.
"""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
from collections.abc import Mapping
from pathlib import Path

from studio import paths
from studio.errors import ExportError

LIMIT = 1 << 30  # bytes; some ten hours of descriptions
_CHECK = 16  # bytes
_COUNT = struct.Struct("<I")
_ENTRY = struct.Struct("<iI")


def _file(key: str) -> Path:
    return paths.cache_folder("sound") / f"{key}.aac"


def load(key: str) -> dict[int, bytes] | None:
    """The packets kept under `key`, by number, or None."""
    file = _file(key)
    try:
        data = file.read_bytes()
        os.utime(file)
    except OSError:
        return None
    check, content = data[:_CHECK], data[_CHECK:]
    return _unpacked(content) if check == _checksum(content) else None


def save(key: str, packets: Mapping[int, bytes]) -> None:
    """Keep packets for the next time; whole or not at all. Raises ExportError."""
    file = _file(key)
    content = _packed(packets)
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".part")
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(_checksum(content) + content)
            part.replace(file)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ExportError(
            f"Encoded sound cannot be kept ({error.strerror or error}).",
            f"The studio keeps it in {file.parent}.",
            "Free some space there, or set XDG_CACHE_HOME to another folder.",
        ) from error


def trim(limit: int = LIMIT) -> None:
    """Remove the runs used longest ago until all together have at most `limit` bytes."""
    found = []
    for file in paths.cache_folder("sound").glob("*.aac"):
        try:
            state = file.stat()
        except FileNotFoundError:  # another export has removed it
            continue
        found.append((state.st_mtime_ns, state.st_size, file))
    size = sum(entry[1] for entry in found)
    for _, bytes_there, file in sorted(found):
        if size <= limit:
            return
        file.unlink(missing_ok=True)
        size -= bytes_there


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECK).digest()


def _packed(packets: Mapping[int, bytes]) -> bytes:
    entries = sorted(packets.items())
    head = b"".join(_ENTRY.pack(number, len(data)) for number, data in entries)
    return _COUNT.pack(len(entries)) + head + b"".join(data for _, data in entries)


def _unpacked(content: bytes) -> dict[int, bytes]:
    (count,) = _COUNT.unpack_from(content)
    at = _COUNT.size + count * _ENTRY.size
    packets = {}
    for number, size in _ENTRY.iter_unpack(content[_COUNT.size : at]):
        packets[number] = content[at : at + size]
        at += size
    return packets
