"""The script that a voice talent reads from: large print, a description at a time.

    7. In at 00:01:04:10, 5.2 seconds
    11 words
    Two people stand on a small bridge.
    Say: Proog as “prohg”

Written only. Timecodes count the film's frames where its rate is known.
"""

from __future__ import annotations

import re

from studio.amounts import counted
from studio.script.formats.moments import stamp
from studio.script.formats.paragraphs import Paragraph, scene_at
from studio.script.formats.script import Entry, Script
from studio.script.formats.text import clean, one_line
from studio.script.pace import words
from studio.times import MS_PER_SECOND, Span, timecode

LARGE_PRINT = 18  # points; the least that the American Printing House for the Blind calls large


def write(script: Script) -> bytes:
    """A Word document."""
    from studio.script.formats.word import document_of

    return document_of(script, paragraphs_of(script), LARGE_PRINT)


def paragraphs_of(script: Script) -> list[Paragraph]:
    """What the talent reads, title first."""
    entries = [one for one in script.entries if clean(one.text)]
    result = [Paragraph("title", one_line(script.title) or "Audio description")]
    total = sum(words(one.text) for one in entries)
    result.append(
        Paragraph("label", f"{counted(len(entries), 'description')}, {counted(total, 'word')}.")
    )
    scene: Span | None = None
    scenes = 0
    for number, entry in enumerate(entries, start=1):
        here = scene_at(script, entry.span.start)
        if here is not None and here != scene:
            scene = here
            scenes += 1
            result.append(Paragraph("heading", f"Scene {scenes}, {_code(here.start, script)}"))
        seconds = f"{_time_there(entry) / MS_PER_SECOND:.1f} seconds"
        times = f"{number}. In at {_code(entry.span.start, script)}, {seconds}"
        result.append(Paragraph("times", times))
        count = words(entry.text)
        result.append(Paragraph("label", "1 word" if count == 1 else f"{count} words"))
        result.append(Paragraph("text", clean(entry.text)))
        result += [Paragraph("label", line) for line in _remarks(entry, script)]
    return result


def _code(ms: int, script: Script) -> str:
    return stamp(ms) if script.rate is None else timecode(ms, script.rate)


def _time_there(entry: Entry) -> int:
    """The ms in which it can be said: its room, and for how long the film waits."""
    room = entry.span.duration if entry.room is None else entry.room
    return room + (entry.freeze or 0)


def _remarks(entry: Entry, script: Script) -> list[str]:
    lines = []
    if entry.freeze:
        lines.append(f"The film waits {entry.freeze / MS_PER_SECOND:.1f} seconds.")
    elif entry.extended:
        lines.append("The film waits until it is said.")
    if one_line(entry.voice):
        lines.append(f"Voice: {one_line(entry.voice)}")
    said = [
        f"{one_line(one.written)} as “{one_line(one.spoken)}”"
        for one in script.pronunciations
        if one.written.strip() and _is_in(one.written.strip(), entry.text)
    ]
    if said:
        lines.append(f"Say: {', '.join(said)}")
    if clean(entry.note):
        lines.append(f"Note: {clean(entry.note)}")
    return lines


def _is_in(word: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None
