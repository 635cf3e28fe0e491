"""Plain text in place of the film: what is seen and what is said, in order of time.

This is the alternative for time-based media of WCAG 2 (success criteria 1.2.3 and 1.2.8). A line
that goes on is indented. It holds nothing that only those who work on the description need.
"""

from __future__ import annotations

import re

from studio.errors import ProjectError
from studio.script.formats.moments import moment, stamp
from studio.script.formats.script import Entry, Script
from studio.script.formats.text import clean, decoded, one_line
from studio.times import Span

DESCRIPTION, DIALOGUE = "Description", "Dialogue"
_LINE = re.compile(
    r"\[(\d+:\d\d:\d\d\.\d{3}) to (\d+:\d\d:\d\d\.\d{3})\] ([^:\n]+): (.*)", re.ASCII | re.DOTALL
)
_GOES_ON = "    "


def has_times(data: bytes) -> bool:
    """Whether a text has lines as we write them, and is no plain list."""
    return any(line.startswith("[") and _LINE.match(line) for line in decoded(data).splitlines())


def read(data: bytes) -> Script:
    """Descriptions and dialogue of a text that we wrote. Raises ProjectError."""
    title, *rest = re.sub(r"\r\n?", "\n", decoded(data)).split("\n")
    entries: list[Entry] = []
    dialogue: list[Entry] = []
    for line in "\n".join(["", *rest]).split("\n["):
        match = _LINE.fullmatch(f"[{line}".rstrip("\n"))
        if match is None:
            continue
        start = moment(match[1])
        span = Span(start, max(start, moment(match[2])))
        text = clean(re.sub(rf"\n{_GOES_ON}", "\n", match[4]))
        if match[3] == DESCRIPTION:
            entries.append(Entry(span, text))
        else:
            person = "" if match[3] == DIALOGUE else match[3]
            dialogue.append(Entry(span, text, voice=person))
    if not entries:
        raise ProjectError(
            "The text has no line “[0:00:01.000 to 0:00:02.000] Description: …”.",
            "Nothing was imported.",
            "Only texts that the studio exported are read; use .csv or .docx otherwise.",
        )
    return Script(tuple(entries), title=_title(title), dialogue=tuple(dialogue))


def _title(line: str) -> str:
    return "" if line.startswith("[") else one_line(line)


def write(script: Script) -> bytes:
    """The title, then a paragraph for each description and line of dialogue."""
    said = [(one.span, DESCRIPTION, one.text) for one in script.entries]
    said += [(one.span, _person(one.voice), one.text) for one in script.dialogue]
    blocks = [one_line(script.title).lstrip("[")]
    for span, person, text in sorted(said, key=lambda one: one[0]):
        if clean(text):
            words = clean(text).replace("\n", f"\n{_GOES_ON}")
            blocks.append(f"[{stamp(span.start)} to {stamp(span.end)}] {person}: {words}")
    return ("\n\n".join(blocks) + "\n").encode()


def _person(name: str) -> str:
    """Who speaks, so that the line can be told from a description."""
    name = one_line(re.sub(r"\s*:+\s*", " ", name))
    return f"{name} (person)" if name in (DESCRIPTION, DIALOGUE) else name or DIALOGUE
