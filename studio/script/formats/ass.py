"""Advanced SubStation Alpha and its elder SSA, read by pysubs2; written by nobody here."""

from __future__ import annotations

from studio.errors import ProjectError
from studio.script.formats.script import Entry, Script
from studio.script.formats.text import clean, decoded, one_line
from studio.times import Span


def read(data: bytes) -> Script:
    """Lines with text, the name of who speaks as their voice; drawings are left out.

    Comments become notes of the line that follows them in time. Raises ProjectError.
    """
    import pysubs2

    text = decoded(data)
    try:
        events = pysubs2.SSAFile.from_string(text, format_="ass").events
    except Exception as error:  # pysubs2 meets a damaged file with whatever it trips over
        raise ProjectError(
            f"The script is not ASS that can be read ({error}).", "Nothing was imported."
        ) from error
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
