"""Scripts and captions in the formats other programs use: one row of the table and one file each.

A file is read in the format that its name ends in; where several formats share an ending, their
modules look into the file in the order of the table, and the first that knows it reads it. A file
is written in a format by its name.

A module has `read(data: bytes) -> Script` where its row says so, and `write(script) -> bytes`.
A format whose times count frames (`frames`) is read with the film's rate: `read(data, rate)`.
`claims(data: bytes) -> bool` tells whether a file is in this format; a module that shares its
ending with others needs it. What a file cannot hold is left out; what cannot be read is a
ProjectError, and no file does worse than that.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from studio.errors import ProjectError, UsageError
from studio.script.formats.script import Entry, Script

LARGEST_FILE = 16 * 1024 * 1024  # bytes; a three-hour script is under 1 MiB
MOST_ENTRIES = 10_000  # the longest films have about 2,000 descriptions


@dataclass(frozen=True, slots=True)
class Format:
    """A row of the table.

    name: as export and import call it. suffixes: how its files end; the first is that of files we
    write. module: in this folder. about: what it is for, for people. frames: its times count
    frames. players: it is for players, so what does not fit into the film is left out of it.
    dialogue: it tells also what people say in the film.
    """

    name: str
    suffixes: tuple[str, ...]
    module: str
    reads: bool
    writes: bool
    about: str
    frames: bool = False
    players: bool = False
    dialogue: bool = False

    @property
    def ending(self) -> str:
        """How a file of it is called after the project's name: ".vtt", ".regions.csv" ..."""
        suffix = self.suffixes[0]
        return suffix if suffix == f".{self.name}" else f".{self.name}{suffix}"


FORMATS = (
    Format("vtt", (".vtt",), "vtt", True, True, "descriptions for web players", players=True),
    Format("srt", (".srt",), "srt", True, True, "for all that reads subtitles", players=True),
    Format("dapt", (".xml", ".ttml"), "dapt", True, True, "W3C's exchange format for descriptions"),
    Format("ttml", (".ttml", ".xml", ".dfxp"), "ttml", True, True, "for broadcast", players=True),
    Format("ass", (".ass", ".ssa"), "ass", True, True, "for subtitle editors", players=True),
    Format("regions", (".csv",), "regions", True, True, "regions of Reaper", True),
    Format("markers", (".csv",), "markers", True, True, "markers of Adobe Audition", True),
    Format("positions", (".csv",), "positions", True, True, "for web tools", True, dialogue=True),
    Format("csv", (".csv", ".tsv"), "csvfile", True, True, "for spreadsheets", True),
    Format("xlsx", (".xlsx",), "xlsx", True, True, "for Excel", True),
    Format("docx", (".docx",), "word", True, True, "for Word, headings per scene", True),
    Format("html", (".html", ".htm"), "page", True, True, "for browsers, headings per scene", True),
    Format("text", (".txt",), "alternative", True, True, "in place of the film", dialogue=True),
    Format("otio", (".otio",), "otio", True, True, "markers for edit systems"),
    Format("rpp", (".rpp",), "rpp", True, True, "a project of Reaper, a region a description"),
    Format("edl", (".edl",), "edl", True, True, "events for edit systems (CMX 3600)", True),
    Format("recording", (".docx",), "recording", False, True, "large print for a voice talent"),
    Format("recording-page", (".html",), "recordingpage", False, True, "the same for a browser"),
)
"""All formats. Those that share a suffix are tried in this order."""


def readable() -> tuple[Format, ...]:
    """The formats that can be read."""
    return tuple(row for row in FORMATS if row.reads)


def writable() -> tuple[Format, ...]:
    """The formats that can be written."""
    return tuple(row for row in FORMATS if row.writes)


def suffixes() -> tuple[str, ...]:
    """The suffixes of files that can be read, each once."""
    return tuple(dict.fromkeys(suffix for row in readable() for suffix in row.suffixes))


def named(name: str) -> Format:
    """The format of that name. Raises UsageError."""
    found = next((row for row in FORMATS if row.name == name), None)
    if found is None:
        raise UsageError(
            f"There is no format “{name}”.",
            advice=f"Choose from: {', '.join(row.name for row in FORMATS)}.",
        )
    return found


def read(path: Path, name: str | None = None, rate: Fraction | None = None) -> Script:
    """The script in a file, its entries in order of time.

    name: its format, where the ending of the file does not tell. rate: pictures per second of the
    film, for files that count frames and do not say. Raises UsageError or ProjectError.
    """
    candidates = _candidates(path, name)
    data = content(path)
    row = _chosen(candidates, data, path)
    module = _module(row)
    try:
        script = cast("Script", module.read(data, rate) if row.frames else module.read(data))
    except ProjectError as error:
        raise ProjectError(f"{path}: {error.what}", error.meaning, error.advice) from error
    if not script.entries:
        raise ProjectError(
            f"There is no cue with times and text in {path}.", "Nothing was imported."
        )
    if len(script.entries) > MOST_ENTRIES:
        raise ProjectError(
            f"{path} has more than {MOST_ENTRIES:,} entries.",
            "That is no script of one film; nothing was imported.",
        )
    return replace(script, entries=_in_order(script.entries))


def write(name: str, script: Script) -> bytes:
    """The script as a file of that format. Raises UsageError, and ExportError where it cannot."""
    row = named(name)
    if not row.writes:
        raise UsageError(
            f"Files in “{name}” are read, not written.",
            advice=f"Choose from: {', '.join(one.name for one in writable())}.",
        )
    ordered = replace(script, entries=_in_order(script.entries))
    return cast("bytes", _module(row).write(ordered))


def _in_order(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.span))


def _candidates(path: Path, name: str | None) -> tuple[Format, ...]:
    if name is not None:
        row = named(name)
        if not row.reads:
            raise UsageError(
                f"Files in “{name}” are written, not read.",
                advice=f"Choose from: {', '.join(one.name for one in readable())}.",
            )
        return (row,)
    suffix = path.suffix.lower()
    rows = tuple(row for row in readable() if suffix in row.suffixes)
    if not rows:
        raise UsageError(
            f"{path.name} is in a format the studio does not know.",
            advice=f"Known are: {', '.join(suffixes())}.",
        )
    return rows


def content(path: Path) -> bytes:
    """What is in a file that may be a script. Raises ProjectError."""
    try:
        if path.exists() and not path.is_file():
            raise ProjectError(f"{path} is no file.", "Nothing was imported.")
        if path.stat().st_size > LARGEST_FILE:
            raise ProjectError(f"{path} is too large for a script ({LARGEST_FILE >> 20} MiB).")
        return path.read_bytes()
    except OSError as error:
        raise ProjectError(f"{path} cannot be read ({error.strerror or error}).") from error


def _chosen(rows: tuple[Format, ...], data: bytes, path: Path) -> Format:
    if len(rows) == 1:
        return rows[0]
    for row in rows:
        if _module(row).claims(data):
            return row
    names = ", ".join(row.name for row in rows)
    raise ProjectError(
        f"{path} is none of the kinds of {path.suffix} that the studio reads ({names}).",
        "Nothing was imported.",
        "Compare its first line with a file that the studio exported, or name its format.",
    )


def _module(row: Format) -> Any:
    module: ModuleType = importlib.import_module(f"studio.script.formats.{row.module}")
    return module
