"""What this machine has of what the studio needs, and how to get the rest."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from studio import engines, paths

_FFMPEG = engines.Need("program", "ffmpeg", "apt-get install ffmpeg")
_ROOM_WANTED = 2 * 1024**3  # bytes; thumbnails, statistics and clips of a long film stay well below


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. needed: work stops without it. advice: how to get it, "" when ok."""

    name: str
    ok: bool
    needed: bool
    sentence: str
    advice: str = ""


def examine() -> tuple[Finding, ...]:
    """Look at Python, programs, engines and the cache; changes nothing and imports no engine."""
    return (_python(), _program(_FFMPEG), *(_engine(row) for row in engines.rows()), _cache())


def _python() -> Finding:
    # packaging refuses older ones; this line is for reports
    return Finding("python", True, True, f"{platform.python_version()} on {platform.platform()}")


def _program(need: engines.Need) -> Finding:
    found = shutil.which(need.name)
    if found is None:
        return Finding(need.name, False, True, "is not installed", need.get)
    return Finding(need.name, True, True, f"is {found}")


def _engine(row: engines.Row) -> Finding:
    name = f"{row.kind} {row.name}"
    missing = row.missing()
    if missing and row.optional:
        return Finding(name, True, False, "is not set up; the studio does without it")
    if missing:
        lacking = " and ".join(need.called for need in missing)
        advice = "; ".join(need.get for need in missing)
        return Finding(name, False, True, f"needs {lacking}", advice)
    return Finding(name, True, True, "is ready")


def _cache() -> Finding:
    folder = paths.cache_folder("analysis").parent
    free = shutil.disk_usage(folder).free
    if not os.access(folder, os.W_OK):
        return Finding("cache", False, True, f"{folder} cannot be written", _own(folder))
    room = f"{folder} has {free / 1024**3:.1f} GiB free"
    if free < _ROOM_WANTED:
        return Finding("cache", False, False, room, "Make room on that disk.")
    return Finding("cache", True, True, room)


def _own(folder: Path) -> str:
    return f"Give yourself the right to write to {folder}."
