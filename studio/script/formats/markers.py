"""Markers of Adobe Audition: columns separated by tabs, in a file called .csv."""

from __future__ import annotations

from fractions import Fraction

from studio.errors import ProjectError
from studio.script.formats.csvfile import first_row
from studio.script.formats.moments import guessed_length, moment, stamp
from studio.script.formats.script import Entry, Script
from studio.script.formats.table import MOST_ROWS, escaped, unescaped
from studio.script.formats.text import decoded, one_line
from studio.times import MS_PER_SECOND, Span

HEADER = ("Name", "Start", "Duration", "Time Format", "Type", "Description")


def claims(data: bytes) -> bool:
    """Whether the first row names these columns."""
    wanted = [name.lower() for name in HEADER]
    return first_row(data, "\t")[: len(wanted)] == wanted


def read(data: bytes, rate: Fraction | None = None) -> Script:
    """Markers with a description, or else their names. Raises ProjectError."""
    entries = []
    lines = decoded(data).replace("\r\n", "\n").split("\n")
    if len(lines) > MOST_ROWS:
        raise ProjectError(f"The list has more than {MOST_ROWS:,} rows; nothing was imported.")
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        name, start, length, time_format, _, description, *_ = (*line.split("\t"), *[""] * 6)
        text = one_line(unescaped(one_line(description))) or one_line(unescaped(one_line(name)))
        if not text:
            continue
        try:
            begin = _moment(start, time_format, rate)
            duration = _moment(length, time_format, rate) if length.strip() else 0
        except ProjectError as error:
            raise ProjectError(
                f"Row {number}: {error.what}",
                error.meaning,
                "Set Audition's time display to decimal and export the markers again.",
            ) from error
        entries.append(Entry(Span(begin, begin + (duration or guessed_length(text))), text))
    return Script(tuple(entries))


def _moment(text: str, time_format: str, rate: Fraction | None) -> int:
    if time_format.strip().lower() == "samples":
        raise ProjectError(f"The time “{text}” counts samples.", "Nothing was imported.")
    return moment(text, rate)


def write(script: Script) -> bytes:
    """A marker with a length for each entry, its text on one line as the description."""
    lines = ["\t".join(HEADER)]
    named = ((one.span, one_line(one.text)) for one in script.entries if one_line(one.text))
    for number, (span, text) in enumerate(named, start=1):
        # a marker without length is a point, whose end would have to be guessed
        times = (_clock(span.start), _clock(max(1, span.duration)))
        described = escaped(text.replace("\t", " "))
        lines.append("\t".join((f"Marker {number:02}", *times, "decimal", "Cue", described)))
    return ("\n".join(lines) + "\n").encode("utf-8-sig")


def _clock(ms: int) -> str:
    """0:01.000 below an hour, 1:00:01.000 above, as Audition writes it."""
    text = stamp(ms)
    if ms >= 3600 * MS_PER_SECOND:
        return text.lstrip("0")
    minutes = text[3:]
    return minutes[1:] if minutes.startswith("0") else minutes
