"""`manifest.json`: what lies in a folder of deliveries, and what each was made from.

From it an export that was interrupted, or is asked for again, knows what is there already: a
delivery is unchanged when it was made from the same things and is still the file that was made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from studio.media.probe import fingerprint
from studio.mix.files import alone_with

MANIFEST = "manifest.json"

Entry = dict[str, Any]
"""A line of the list; "file" is a name in the folder."""


def entries(folder: Path) -> dict[str, Entry]:
    """The lines of the folder's list by file; none where there is no list, or none of ours."""
    try:
        listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["deliveries"]
        return {str(one["file"]): one for one in listed}
    except (OSError, ValueError, TypeError, KeyError):  # none yet, or somebody else's
        return {}


def record(folder: Path, project: str, film: str, made: Iterable[Entry]) -> Path:
    """Put the lines of new deliveries into the folder's list, beside those still there.

    project, film: what the list says of itself: those of the last export. Returns the list's path.
    Raises ProjectError.
    """
    from studio.script.store import write_text

    path = folder / MANIFEST
    with alone_with(path):
        listed = {name: one for name, one in entries(folder).items() if (folder / name).exists()}
        for one in made:
            listed[one["file"]] = {**one, "project": project, "film": film}
        whole = {"project": project, "film": film, "deliveries": list(listed.values())}
        write_text(path, json.dumps(whole, ensure_ascii=False, indent=1) + "\n")
    return path


def inputs_key(parts: Mapping[str, Any]) -> str:
    """A name for what a delivery is made from; parts: plain values."""
    text = json.dumps(parts, ensure_ascii=True, sort_keys=True)
    return hashlib.blake2b(text.encode("ascii"), digest_size=16).hexdigest()


def content_of(path: Path) -> tuple[int, str]:
    """Bytes and fingerprint of a file, or of all files of a folder. Raises MediaError, OSError."""
    if not path.is_dir():
        return path.stat().st_size, fingerprint(path)
    files = sorted(path.iterdir())
    digest = hashlib.blake2b(digest_size=16)
    for one in files:
        digest.update(f"{one.name}\0{fingerprint(one)}\n".encode())
    return sum(one.stat().st_size for one in files), digest.hexdigest()


def sums_of(path: Path) -> dict[str, str]:
    """The SHA-256 of a file by its name, or of every file of a folder. Raises OSError."""
    sums = {}
    for one in sorted(path.iterdir()) if path.is_dir() else [path]:
        with one.open("rb") as file:
            sums[one.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return sums


def is_unchanged(entry: Entry | None, path: Path, inputs: str) -> bool:
    """Whether `path` is the delivery of that line, and would be made the same. Raises as above."""
    if entry is None or entry.get("inputs") != inputs or not path.exists():
        return False
    return (entry.get("bytes"), entry.get("fingerprint")) == content_of(path)
