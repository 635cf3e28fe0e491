"""CSV as one web tool for audio description exports it: Position;Start;End;Text;Dialogue.

A row has a description, or what is said in the film meanwhile, or both.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from studio.script.formats.csvfile import first_row, rows, sheet
from studio.script.formats.moments import stamp
from studio.script.formats.script import Entry, Script
from studio.script.formats.table import escaped, read_rows
from studio.script.formats.text import clean, decoded, one_line
from studio.times import Span

HEADER = ("Position", "Start", "End", "Text", "Dialogue")


def claims(data: bytes) -> bool:
    """Whether the first row names these columns."""
    return set(first_row(data, ";")) >= {name.lower() for name in HEADER}


def read(data: bytes, rate: Fraction | None = None) -> Script:
    """Descriptions and dialogue. Raises ProjectError."""
    return read_rows(rows(decoded(data), ";"), rate)


def write(script: Script) -> bytes:
    """A row for each description and each line of dialogue, in order of time."""
    lines = [list(HEADER)]
    for number, (span, text, dialogue) in enumerate(_rows(script), start=1):
        cells = [str(number), stamp(span.start), stamp(span.end), text, dialogue]
        lines.append([escaped(cell) for cell in cells])
    return sheet(lines, ";")


def _rows(script: Script) -> Iterator[tuple[Span, str, str]]:
    """Description and dialogue share a row where their times are the same."""
    waiting: dict[Span, list[str]] = {}
    for line in script.dialogue:
        waiting.setdefault(line.span, []).append(_said(line))
    found: list[tuple[Span, str, str]] = []
    for entry in script.entries:
        if clean(entry.text):
            said = waiting.get(entry.span, [])
            found.append((entry.span, clean(entry.text), said.pop(0) if said else ""))
    found += [(span, "", one) for span, said in waiting.items() for one in said]
    yield from sorted((row for row in found if row[1] or row[2]), key=lambda row: row[0])


def _said(line: Entry) -> str:
    text, person = clean(line.text), one_line(line.voice)
    return f"{person}: {text}" if person and text else text
