"""Advanced SubStation Alpha and its elder SSA, read by pysubs2; written by nobody here."""

from __future__ import annotations

from studio.errors import ProjectError
from studio.script.formats.script import Entry, Script
from studio.script.formats.table import MOST_ROWS
from studio.script.formats.text import clean, decoded, one_line
from studio.times import Span

_MOST_OPEN = 100


def read(data: bytes) -> Script:
    """Lines with text, the name of who speaks as their voice; drawings are left out.

    Comments become notes of the line that follows them in time. Raises ProjectError.
    """
    import pysubs2

    text = decoded(data)
    _check(text)
    try:
        events = pysubs2.SSAFile.from_string(text, format_="ass").events
    except Exception as error:  # pysubs2 meets a damaged file with whatever it trips over
        raise ProjectError(
            f"The script is not ASS that can be read ({error}).", "Nothing was imported."
        ) from error
    if len(events) > MOST_ROWS:
        raise ProjectError(f"The script has over {MOST_ROWS:,} lines; nothing was imported.")
    entries: list[Entry] = []
    notes: list[str] = []
    for event in sorted(events, key=lambda one: (one.start, not one.is_comment)):
        words = clean(event.plaintext)
        if not words or event.is_drawing or event.start < 0:
            continue
        if event.is_comment:
            notes.append(words)
            continue
        span = Span(event.start, max(event.start, event.end))
        entries.append(Entry(span, words, voice=one_line(event.name), note="\n".join(notes)))
        notes = []
    return Script(tuple(entries), closing=tuple(notes))


def _check(text: str) -> None:
    """Raises ProjectError for a line that would take the library's patterns for ever."""
    for line in text.split("\n"):
        if line.count("{", line.rfind("}") + 1) > _MOST_OPEN:
            raise ProjectError(
                f"A line of the script opens over {_MOST_OPEN} brackets and closes none.",
                "Nothing was imported.",
            )
