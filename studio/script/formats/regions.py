"""Regions of Reaper, as its region and marker list exports them: #,Name,Start,End,Length."""

from __future__ import annotations

from fractions import Fraction

from studio.errors import ProjectError
from studio.script.formats.csvfile import first_row, rows, sheet
from studio.script.formats.moments import guessed_length, moment, stamp
from studio.script.formats.script import Entry, Script
from studio.script.formats.table import MOST_ROWS, escaped, unescaped
from studio.script.formats.text import clean, decoded, one_line
from studio.times import Span

HEADER = ("#", "Name", "Start", "End", "Length")


def claims(data: bytes) -> bool:
    """Whether the first row names these columns."""
    return first_row(data, ",")[: len(HEADER)] == [name.lower() for name in HEADER]


def read(data: bytes, rate: Fraction | None = None) -> Script:
    """Regions and markers with a name; a marker lasts as long as its name takes to say.

    Raises ProjectError, also for times in bars and beats.
    """
    entries = []
    for number, row in enumerate(rows(decoded(data), ","), start=1):
        if number > MOST_ROWS:
            raise ProjectError(f"The list has more than {MOST_ROWS:,} rows; nothing was imported.")
        cells = [cell.strip() for cell in (*row, "", "", "", "")][: len(HEADER)]
        text = clean(unescaped(clean(cells[1])))
        if number == 1 or not text or not cells[2]:
            continue
        try:
            start = moment(cells[2], rate)
            end = moment(cells[3], rate) if cells[3] else start + guessed_length(text)
        except ProjectError as error:
            raise ProjectError(
                f"Row {number}: {error.what}",
                error.meaning,
                "Set Reaper's ruler to minutes and seconds and export the list again.",
            ) from error
        entries.append(Entry(Span(start, max(start, end)), text))
    return Script(tuple(entries))


def write(script: Script) -> bytes:
    """A region for each entry, its text on one line as the name."""
    lines = [list(HEADER)]
    named = ((one.span, one_line(one.text)) for one in script.entries if one_line(one.text))
    for number, (span, text) in enumerate(named, start=1):
        times = (stamp(span.start), stamp(span.end), stamp(span.duration))
        lines.append([f"R{number}", escaped(text), *times])
    return sheet(lines, ",").removeprefix(b"\xef\xbb\xbf")  # Reaper takes the mark for a name
