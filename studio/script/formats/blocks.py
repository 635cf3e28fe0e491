"""What SubRip and WebVTT share: blocks of a time line and text, read by pysubs2."""

from __future__ import annotations

import re

import pysubs2

from studio.errors import ProjectError
from studio.script.formats.script import Entry
from studio.times import Span

_BLANK_LINES = re.compile(r"\n\s*\n")


def read_entries(text: str, format_name: str) -> tuple[Entry, ...]:
    """The entries of `text` that have times and text. Raises ProjectError."""
    try:
        events = pysubs2.SSAFile.from_string(text, format_=format_name).events
    except (pysubs2.Pysubs2Error, ValueError, OverflowError) as error:
        raise ProjectError(
            f"The script is not {format_name.upper()} that can be read ({error}).",
            "Nothing was imported.",
        ) from error
    entries = (Entry(_span(event), clean(event.plaintext)) for event in events)
    return tuple(entry for entry in entries if entry.text and entry.span.start >= 0)


def _span(event: pysubs2.SSAEvent) -> Span:
    return Span(event.start, max(event.start, event.end))


def clean(text: str) -> str:
    """`text` without blank lines: one would end its entry in both formats."""
    return _BLANK_LINES.sub("\n", text.replace("\r\n", "\n")).strip()


def stamp(ms: int, point: str) -> str:
    """00:00:01.000, with `point` before the milliseconds."""
    seconds, rest = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{rest:03}"
