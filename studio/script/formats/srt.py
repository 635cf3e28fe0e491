"""SubRip: numbered entries with times to the millisecond."""

from __future__ import annotations

from collections.abc import Iterable

from studio.script.formats.blocks import clean, read_entries, stamp
from studio.script.formats.script import Entry


def read(text: str) -> tuple[Entry, ...]:
    """The entries with text; formatting tags are dropped."""
    return read_entries(text, "srt")


def write(entries: Iterable[Entry], language: str) -> str:
    """The entries numbered from 1, in the order given; SubRip has no place for `language`."""
    parts = []
    for number, entry in enumerate(entries, start=1):
        times = f"{stamp(entry.span.start, ',')} --> {stamp(entry.span.end, ',')}"
        parts.append(f"{number}\n{times}\n{clean(entry.text)}\n")
    return "\n".join(parts)
