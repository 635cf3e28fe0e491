"""What spreadsheets share: columns, rows, and cells that no program takes for a formula.

Read are the columns in common use, under their usual English names, in any order, below any lines
that stand above them. Written are eight columns, and three more only where something is in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from studio.errors import ProjectError
from studio.script.formats.moments import guessed_length, moment, stamp
from studio.script.formats.script import Entry, Script
from studio.script.formats.text import clean, one_line
from studio.times import Span

MOST_ROWS = 20_000
"""A sheet with more rows is refused; the longest films have about 2,000 descriptions."""

MOST_COLUMNS = 64
"""Columns behind these are not looked at."""

HEADER_WITHIN = 30
"""The names of the columns are looked for in so many rows from the top."""

_COLUMNS = {
    "start": "timecode in|tc in|time in|in|in time|start|start time|begin|timecode|time code|tc",
    "end": "timecode out|tc out|time out|out|out time|end|end time",
    "duration": "duration|length",
    "text": "script|text|description|audio description|narration|ad|ad script|ad text",
    "on_screen": "on-screen note|on screen note|on-screen text|on screen text|on-screen|on screen",
    "voice": "voice|narrator|talent|speaker",
    "status": "status|state",
    "freeze": "freeze",
    "note": "note|notes|comment|comments|remark|remarks",
    "dialogue": "dialogue|dialog",
}
_MEANINGS = {name: field for field, names in _COLUMNS.items() for name in names.split("|")}

_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_EXTENDED = "yes"  # in the column of freezes, where nobody has said for how long


# --- cells ----------------------------------------------------------------------------------------


def escaped(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula: an apostrophe is put in front.

    Concerned is what begins with = + - @, also in full width, a tab or a carriage return, after
    any apostrophes, so that `unescaped` gives exactly the same text back (OWASP, CSV injection).
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unescaped(text: str) -> str:
    """The text that `escaped` made `text` from."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


# --- reading --------------------------------------------------------------------------------------


def has_header(rows: Iterable[Sequence[str]]) -> bool:
    """Whether one of the first rows names a column of texts and one of times."""
    return any(_header(row) is not None for _, row in zip(range(HEADER_WITHIN), rows, strict=False))


def read_rows(rows: Iterable[Sequence[str]], rate: Fraction | None) -> Script:
    """The script in the rows of a sheet. rate: for times that count frames. Raises ProjectError."""
    columns: dict[str, int] | None = None
    reading = _Rows(rate)
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise ProjectError(
                f"The sheet has more than {MOST_ROWS:,} rows.",
                "That is no script of one film; nothing was imported.",
            )
        if columns is None:
            columns = _header(row)
            if columns is None and number > HEADER_WITHIN:
                break
            continue
        cells = {field: _cell(row, index) for field, index in columns.items()}
        reading.take(number, cells)
    if columns is None:
        raise ProjectError(
            "No row of the sheet names its columns.",
            "Nothing was imported.",
            "Put a row on top with the names “Timecode In”, “Timecode Out” and “Script”.",
        )
    return reading.script()


def _header(row: Sequence[str]) -> dict[str, int] | None:
    """Where the columns are, if the row names at least those of times and texts."""
    columns: dict[str, int] = {}
    for index, name in enumerate(row[:MOST_COLUMNS]):
        field = _MEANINGS.get(" ".join(name.replace("_", " ").lower().split()))
        if field is not None:
            columns.setdefault(field, index)
    return columns if {"start", "text"} <= set(columns) else None


def _cell(row: Sequence[str], index: int) -> str:
    return clean(unescaped(clean(row[index]))) if index < len(row) else ""


class _Rows:
    """The rows read so far. heading: text without times, which belongs to what comes next."""

    def __init__(self, rate: Fraction | None) -> None:
        self._rate = rate
        self._entries: list[Entry] = []
        self._dialogue: list[Entry] = []
        self._heading: list[str] = []

    def take(self, number: int, cells: dict[str, str]) -> None:
        """One row. Raises ProjectError, naming it."""
        text, dialogue = cells["text"], cells.get("dialogue", "")
        if not cells["start"]:
            if text:
                self._heading.append(text)
            return
        if not text and not dialogue:
            return
        try:
            span = self._span(cells, text or dialogue)
            extended, freeze = self._wait(cells.get("freeze", ""))
        except ProjectError as error:
            raise ProjectError(f"Row {number}: {error.what}", error.meaning, error.advice) from None
        if dialogue:
            self._dialogue.append(Entry(span, dialogue))
        if text:
            note = "\n".join([*self._heading, *([cells["note"]] if cells.get("note") else [])])
            self._heading = []
            self._entries.append(
                Entry(
                    span,
                    text,
                    voice=one_line(cells.get("voice", "")),
                    note=note,
                    on_screen=cells.get("on_screen", ""),
                    status=one_line(cells.get("status", "")),
                    extended=extended,
                    freeze=freeze,
                )
            )

    def _span(self, cells: dict[str, str], text: str) -> Span:
        start = moment(cells["start"], self._rate)
        if cells.get("end"):
            return Span(start, max(start, moment(cells["end"], self._rate)))
        if cells.get("duration"):
            return Span(start, start + moment(cells["duration"], self._rate))
        return Span(start, start + guessed_length(text))

    def _wait(self, cell: str) -> tuple[bool, int | None]:
        if not cell:
            return False, None
        if cell.lower() == _EXTENDED:
            return True, None
        freeze = moment(cell, self._rate)
        return freeze > 0, freeze

    def script(self) -> Script:
        """All that was read."""
        return Script(
            tuple(self._entries), dialogue=tuple(self._dialogue), closing=tuple(self._heading)
        )


# --- writing --------------------------------------------------------------------------------------

HEADER = (
    *("Line", "Timecode In", "Timecode Out", "Duration", "Script"),
    *("On-screen note", "Voice", "Status"),
)


def rows_of(script: Script) -> list[list[str]]:
    """The header and a row for each entry, cells escaped."""
    entries = [replace(one, text=clean(one.text)) for one in script.entries if clean(one.text)]
    more = []
    if any(one.freeze is not None or one.extended for one in entries):
        more.append("Freeze")
    if any(clean(one.note) for one in entries):
        more.append("Note")
    rows = [[*HEADER, *more]]
    for number, entry in enumerate(entries, start=1):
        extra = {"Freeze": _wait(entry), "Note": clean(entry.note)}
        row = [
            str(number),
            stamp(entry.span.start),
            stamp(entry.span.end),
            stamp(entry.span.duration),
            entry.text,
            clean(entry.on_screen),
            one_line(entry.voice),
            one_line(entry.status),
            *(extra[name] for name in more),
        ]
        rows.append([escaped(cell) for cell in row])
    return rows


def _wait(entry: Entry) -> str:
    if entry.freeze is not None:
        return stamp(entry.freeze)
    return _EXTENDED if entry.extended else ""
