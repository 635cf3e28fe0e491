"""CSV, as spreadsheets write it: in quotes where needed, separated by , ; or tabs (RFC 4180)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from studio.errors import ProjectError
from studio.script.formats import table
from studio.script.formats.script import Script
from studio.script.formats.text import decoded

_SEPARATORS = (",", ";", "\t", "|")
_HINT = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # Excel's own first line


def read(data: bytes, rate: Fraction | None = None) -> Script:
    """The rows below the one that names the columns. Raises ProjectError."""
    text = decoded(data)
    hint = _HINT.match(text)
    if hint is not None:
        return table.read_rows(rows(text[hint.end() :], hint[1]), rate)
    found = (one for one in _SEPARATORS if _fits(text, one))
    return table.read_rows(rows(text, next(found, ",")), rate)


def _fits(text: str, separator: str) -> bool:
    try:
        return table.has_header(rows(text, separator))
    except ProjectError:  # a cell too long, because it was cut at the wrong places
        return False


def claims(data: bytes) -> bool:
    """Any table may be one; what is missing is said on reading."""
    return bool(data)


def write(script: Script) -> bytes:
    """A sheet with a byte order mark, by which spreadsheets know UTF-8."""
    return sheet(table.rows_of(script), ",")


def rows(text: str, separator: str) -> Iterator[list[str]]:
    """The rows of a sheet. Raises ProjectError where it has a cell that cannot be one."""
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error as error:
        raise ProjectError(
            f"The file is not CSV that can be read ({error}).", "Nothing was imported."
        ) from error


def sheet(lines: Iterable[Sequence[str]], separator: str) -> bytes:
    """The file of these rows, cells as they are."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(lines)
    return text.getvalue().encode("utf-8-sig")


def first_row(data: bytes, separator: str) -> list[str]:
    """The names of the columns in lower case; [] where the file is none such."""
    try:
        head = decoded(data).lstrip().partition("\n")[0]
        found = next(rows(head, separator), [])
    except ProjectError:  # not ours to complain about: another format may know the file
        return []
    return [name.strip().lower() for name in found]
