"""How deliveries get under their names: written beside, renamed when whole, never two at once.

What is written lies beside its final name as `.studio-….part`. A file `.studio-….lock` that its
run keeps locked stands for each; the system lets go of the lock when the run ends, however it
ends. So a part whose lock can be had belongs to a dead run, and is removed; one whose lock cannot
be had belongs to a living one, on this machine or another, and is left alone. Final names are
locked in the same way. On the few network folders without locks nothing is swept and two exports
at once are not noticed; renaming still keeps every file whole.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import av

from studio.errors import ExportError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_SPARE_BYTES = 32 << 20  # what containers add, and room for others on the same disk
_LOCK = re.compile(r"\.studio-([0-9a-f]{12})\.lock")
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EINVAL)


# --- locks ----------------------------------------------------------------------------------------


class _Taken(Exception):  # noqa: N818  # no error: somebody else is at work
    """Another run holds the lock."""


@contextlib.contextmanager
def _locked(folder: Path, name: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock `name` in `folder`. Raises _Taken where another run has it, unless it waits.

    The lock file goes when the lock does.
    """
    path = folder / f".studio-{name}.lock"
    while True:
        handle = os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            _take(handle, wait=wait)
            if _is_same(handle, path):
                break
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # it was removed by who had it before; make a new one
    try:
        yield
    finally:
        _let_go(handle, path)


def _take(handle: int, *, wait: bool) -> None:
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            raise _Taken from error
        if error.errno not in _NO_LOCKS:
            raise


def _is_same(handle: int, path: Path) -> bool:
    """Whether the open lock file is still the one at `path`."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _let_go(handle: int, path: Path) -> None:
    if sys.platform == "win32":  # no open file can be removed there
        os.close(handle)
        with contextlib.suppress(OSError):
            path.unlink()
        return
    path.unlink(missing_ok=True)
    os.close(handle)


def sweep(folder: Path) -> None:
    """Remove what runs that were killed have left in `folder`. Raises OSError."""
    for entry in sorted(folder.iterdir()):
        match = _LOCK.fullmatch(entry.name)
        if match is not None:
            with contextlib.suppress(_Taken), _locked(folder, match[1]):
                remove(_part_of(folder, match[1]))


def _part_of(folder: Path, name: str) -> Path:
    return folder / f".studio-{name}.part"


@contextlib.contextmanager
def only_export(targets: Iterable[Path]) -> Iterator[None]:
    """Be the only export that makes these files. Raises ExportError where another is at it."""
    with contextlib.ExitStack() as stack:
        for path in sorted(targets):
            try:
                stack.enter_context(_locked(path.parent, _digest(path.name)))
            except _Taken as error:
                raise ExportError(
                    f"Another export is making “{path}” at this moment.",
                    "It was left to finish; nothing was changed here.",
                    "Wait for it to end, or choose another folder.",
                ) from error
        yield


@contextlib.contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Be the only one to change the file `path`; waits for others, who should be quick."""
    with _locked(path.parent, _digest(path.name), wait=True):
        yield


def _digest(name: str) -> str:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


# --- from beside to the final name ----------------------------------------------------------------


@contextlib.contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A name beside `path` to write under; what is still there at the end is removed."""
    with contextlib.ExitStack() as stack:
        name = secrets.token_hex(6)
        # a sweeper may hold the new lock for a moment, before it sees that nothing belongs to it
        stack.enter_context(_locked(path.parent, name, wait=True))
        part = _part_of(path.parent, name)
        try:
            yield part
        finally:
            remove(part)


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder; nothing where nothing is."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Make sure the bytes are on the disk before the file or folder gets its final name."""
    for one in path.iterdir() if path.is_dir() else [path]:
        with one.open("rb+") as file:
            os.fsync(file.fileno())


def put_in_place(part: Path, path: Path) -> None:
    """Give `part` its final name. An earlier folder there goes, but not before it is replaced."""
    if not path.is_dir():
        part.replace(path)
        return
    with beside(path) as earlier:
        path.replace(earlier)
        try:
            part.replace(path)
        except OSError:
            earlier.replace(path)
            raise


# --- before and after -----------------------------------------------------------------------------


def check_folders(targets: Iterable[Path]) -> None:
    """Raise ExportError unless each target has a folder to lie in."""
    for path in targets:
        if not path.parent.is_dir():
            raise ExportError(
                f"There is no folder “{path.parent}”.", advice="Make it, or choose another."
            )


def check_target(target: Path, film: Path) -> None:
    """Raise ExportError where `target` is a folder, or the film, which is never changed."""
    if target.is_dir():
        raise ExportError(f"“{target}” is a folder.", advice="Choose another name.")
    if target.exists() and target.samefile(film):
        raise ExportError(
            f"“{target.name}” is the film itself.",
            "The studio never changes a film.",
            "Choose another name or folder.",
        )


def check_space(sizes: Mapping[Path, int]) -> None:
    """Raise ExportError where a disk has no room. sizes: about how many bytes each target takes."""
    needed: dict[int, int] = defaultdict(int)
    folders: dict[int, Path] = {}
    for path, size in sizes.items():
        disk = path.parent.stat().st_dev
        needed[disk] += size
        folders[disk] = path.parent
    for disk, size in needed.items():
        free = shutil.disk_usage(folders[disk]).free
        if size + _SPARE_BYTES > free:
            raise ExportError(
                f"The disk of “{folders[disk]}” is too full: the deliveries need about "
                f"{(size + _SPARE_BYTES) >> 20} MB and {free >> 20} MB are free.",
                "Nothing was written.",
                "Make room, or choose a folder on another disk.",
            )


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextlib.contextmanager
def in_sentences(folder: Path) -> Iterator[None]:
    """Turns what the system and FFmpeg raise while files are written into an ExportError."""
    try:
        yield
    except (OSError, av.FFmpegError) as error:
        nothing = "No delivery was made; files that were there before are unchanged."
        if error.errno in _FULL:
            raise ExportError(
                f"The disk of “{folder}” is full.",
                nothing,
                "Make room, or choose a folder on another disk.",
            ) from error
        if error.errno in _FORBIDDEN:
            raise ExportError(
                f"Files may not be written into “{folder}”.",
                nothing,
                "Choose another folder, or ask its owner for permission.",
            ) from error
        raise ExportError(
            f"Writing into “{folder}” failed ({error.strerror or type(error).__name__}).",
            nothing,
            "Try another folder or another container, e.g. .mkv.",
        ) from error
