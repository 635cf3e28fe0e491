"""What an export found and made, kept in the user's cache so that the next one is quick.

Encoded runs of sound, so that an edit encodes only what it touches; and where a film's packets lie,
so that it is read once less. One file each, named by the hash of all that went into it: a checksum
and the content. A file that is damaged counts as missing and is made again. Those used longest ago
go when all together have more than `LIMIT` bytes.
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio import cache, paths
from studio.errors import ExportError
from studio.media.ffmpeg import reading
from studio.media.probe import fingerprint

LIMIT = 1 << 30  # bytes; some ten hours of descriptions
SUFFIX = ".kept"
_CHECK = 16  # bytes
_COUNT = struct.Struct("<I")
_ENTRY = struct.Struct("<iI")


def key(*inputs: object) -> str:
    """A name for what follows from these inputs; their `repr` must tell them apart."""
    return hashlib.blake2b(repr(inputs).encode(), digest_size=16).hexdigest()


def film(path: Path) -> tuple[str, int]:
    """What tells a film from all others, and from itself before it was changed. Raises MediaError.

    The fingerprint alone would not: it leaves out most of the file.
    """
    with reading(path):
        changed = path.stat().st_mtime_ns
    return fingerprint(path), changed


def load(name: str) -> bytes | None:
    """What was kept under `name`, or None."""
    file = _file(name)
    try:
        data = file.read_bytes()
    except OSError:
        return None
    cache.used(file)
    check, content = data[:_CHECK], data[_CHECK:]
    return content if check == _checksum(content) else None


def save(name: str, content: bytes) -> None:
    """Keep `content` for the next time; whole or not at all. Raises ExportError."""
    file = _file(name)
    try:
        cache.write(file, lambda stream: stream.write(_checksum(content) + content))
    except OSError as error:
        raise ExportError(
            f"What the export has made cannot be kept ({error.strerror or error}).",
            f"The studio keeps it in {file.parent}.",
            "Free some space there, or set XDG_CACHE_HOME to another folder.",
        ) from error


def trim(limit: int = LIMIT) -> None:
    """Remove what was used longest ago until all together has at most `limit` bytes."""
    found = []
    for file in paths.cache_folder("export").glob(f"*{SUFFIX}"):
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


def _file(name: str) -> Path:
    return paths.cache_folder("export") / f"{name}{SUFFIX}"


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECK).digest()


# --- what is kept ---------------------------------------------------------------------------------


def from_packets(packets: Mapping[int, bytes]) -> bytes:
    """Packets by number, as bytes."""
    entries = sorted(packets.items())
    head = b"".join(_ENTRY.pack(number, len(data)) for number, data in entries)
    return _COUNT.pack(len(entries)) + head + b"".join(data for _, data in entries)


def to_packets(content: bytes) -> dict[int, bytes]:
    """The packets again."""
    (count,) = _COUNT.unpack_from(content)
    at = _COUNT.size + count * _ENTRY.size
    packets = {}
    for number, size in _ENTRY.iter_unpack(content[_COUNT.size : at]):
        packets[number] = content[at : at + size]
        at += size
    return packets


def from_numbers(**numbers: NDArray[np.int64]) -> bytes:
    """Rows of whole numbers by name, as bytes."""
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **numbers)
    return stream.getvalue()


def to_numbers(content: bytes) -> dict[str, NDArray[np.int64]]:
    """The rows of numbers again."""
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}
