"""The user's cache: files that can be made again, each whole or not there, and not without end.

A file says by its time of change when it was used last (`used`); times of access are kept by few
systems. Its name begins with what it belongs to: a film's fingerprint or a clip's key.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from studio import paths
from studio.progress import Progress

ROOMS = ("analysis", "answers", "clips", "export", "faces", "peaks", "proxies")
"""The folders that are kept small. Others hold logs."""

GIGABYTE = 1 << 30

_PART = ".part"
_DEAD_AFTER = 24 * 3600  # s after which a file that is still being written never will be


def write(file: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Let `fill` write the content of `file`: beside it, and into its place once it is whole.

    Two programs may do so at once. Raises OSError, and what `fill` raises; nothing is left then.
    """
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=_PART)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            fill(stream)
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def used(file: Path) -> None:
    """Remember that a file was needed now, so that others go before it."""
    with contextlib.suppress(OSError):  # it has just gone, or belongs to somebody else
        os.utime(file)


@dataclass(frozen=True, slots=True, order=True)
class _Kept:
    """A file as it was found. changed: ns since 1970. size: bytes on the disk."""

    changed: int
    size: int
    file: Path


def clean(limit: int, spared: Collection[str], progress: Progress) -> int:
    """Remove what was used longest ago until all rooms together hold at most `limit` bytes.

    spared: names with which files begin that nobody may take, because their project is open. What
    is used meanwhile stays as well. Blocks; gives the bytes removed. What cannot be removed, as an
    open file on Windows, stays for the next time.
    """
    found = sorted(_files())
    removed, size = 0, sum(one.size for one in found)
    for done, one in enumerate(found):
        progress(done / len(found))
        if size <= limit:
            break
        if one.file.name.startswith(tuple(spared)):
            continue
        with contextlib.suppress(OSError):
            if one.file.stat().st_mtime_ns == one.changed:
                one.file.unlink()
                removed, size = removed + one.size, size - one.size
    return removed


def _files() -> Iterator[_Kept]:
    """Everything that is whole; what was never finished and lies there for long is removed."""
    dead = time.time() - _DEAD_AFTER
    for room in ROOMS:
        for file in paths.cache_folder(room).iterdir():
            with contextlib.suppress(OSError):  # somebody else has removed it
                state = file.stat()
                if not file.is_file():
                    continue
                if file.name.endswith(_PART):
                    if state.st_mtime < dead:
                        file.unlink()
                    continue
                yield _Kept(state.st_mtime_ns, state.st_size, file)
