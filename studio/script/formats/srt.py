"""SubRip: numbered entries with times to the millisecond, and nothing besides.

Text that a player would take for a tag, or for the next entry's times, gets a zero-width space
inside, which is taken out again on reading.
"""

from __future__ import annotations

import re

from studio.script.formats.blocks import ARROW, times_of
from studio.script.formats.moments import stamp
from studio.script.formats.script import Entry, Script
from studio.script.formats.text import clean, decoded
from studio.times import Span

_TAG = re.compile(r"</?(?:b|i|u|s|font|c|v|br)(?:[ .][^<>]*)?/?>|\{\\[^{}]*\}", re.IGNORECASE)
_MISTAKABLE = re.compile(r"(--)(>)|(<)(/?(?:b|i|u|s|font|c|v|br)\b)|(\{)(\\)", re.IGNORECASE)
_ZERO_WIDTH = "\u200b"
_SPLIT = re.compile(rf"(--|<|\{{){_ZERO_WIDTH}(>|/?(?:b|i|u|s|font|c|v|br)\b|\\)", re.IGNORECASE)


def read(data: bytes) -> Script:
    """The entries with text; formatting tags are dropped. Raises ProjectError."""
    entries: list[Entry] = []
    span: Span | None = None
    lines: list[str] = []
    for line in [*re.sub(r"\r\n?", "\n", decoded(data)).split("\n"), None]:
        found = times_of(line) if line is not None else None
        if line is not None and found is None:
            lines.append(line)
            continue
        if span is not None:
            entries += _entry(span, _without_number(lines) if line is not None else lines)
        span, lines = (found[0] if found else None), []
    return Script(tuple(entries))


def _without_number(lines: list[str]) -> list[str]:
    """The lines without the number of the next entry at their end."""
    return lines[:-1] if lines and re.fullmatch(r"\s*\d+\s*", lines[-1]) else lines


def _entry(span: Span, lines: list[str]) -> list[Entry]:
    raw = _TAG.sub("", "\n".join(lines))
    text = clean(_SPLIT.sub(r"\1\2", raw))
    return [Entry(span, text)] if text else []


def write(script: Script) -> bytes:
    """The entries numbered from 1, in the order given."""
    parts = []
    texts = ((entry.span, clean(entry.text)) for entry in script.entries)
    for number, (span, text) in enumerate(((one, two) for one, two in texts if two), start=1):
        times = f"{stamp(span.start, ',')} {ARROW} {stamp(span.end, ',')}"
        parts.append(f"{number}\n{times}\n{_MISTAKABLE.sub(_split, text)}\n")
    return "\n".join(parts).encode()


def _split(match: re.Match[str]) -> str:
    return _ZERO_WIDTH.join(part for part in match.groups() if part)
