"""WebVTT, read as text with times and written as a `descriptions` track (W3C WebVTT 1)."""

from __future__ import annotations

import html
from collections.abc import Iterable

from studio.script.formats.blocks import clean, read_entries, stamp
from studio.script.formats.script import Entry

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def read(text: str) -> tuple[Entry, ...]:
    """The cues with text; tags are dropped, character references resolved."""
    return tuple(
        Entry(entry.span, html.unescape(entry.text)) for entry in read_entries(text, "vtt")
    )


def write(entries: Iterable[Entry], language: str) -> str:
    """A track for `<track kind="descriptions">`, one cue an entry, in the order given."""
    parts = [f"WEBVTT\nKind: descriptions\nLanguage: {language}\n"]
    for number, entry in enumerate(entries, start=1):
        times = f"{stamp(entry.span.start, '.')} --> {stamp(entry.span.end, '.')}"
        parts.append(f"{number}\n{times}\n{clean(entry.text).translate(_ESCAPES)}\n")
    return "\n".join(parts)
