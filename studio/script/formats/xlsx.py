"""Excel workbooks (Office Open XML), by openpyxl. Formulas are never worked out."""

from __future__ import annotations

import contextlib
import datetime
import io
import itertools
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from studio.errors import ExportError, ProjectError
from studio.script.formats import archive, table
from studio.script.formats.moments import stamp
from studio.script.formats.script import Script
from studio.script.formats.text import clean, one_line
from studio.times import MS_PER_SECOND

_LONGEST_CELL = 32_767  # characters; Excel's limit
_WIDTHS = (6, 14, 14, 14, 70, 30, 16, 14, 14, 40)  # of the columns, in characters


# --- reading --------------------------------------------------------------------------------------


def read(data: bytes, rate: Fraction | None = None) -> Script:
    """The first sheet that names the columns of a script; hidden ones too. Raises ProjectError."""
    import openpyxl

    archive.check(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which we do not read
            # read_only reads row by row; links to other files are not followed
            book = openpyxl.load_workbook(
                io.BytesIO(data), read_only=True, data_only=True, keep_links=False
            )
            with contextlib.closing(book):
                script = table.read_rows(_chosen(book.worksheets[:_MOST_SHEETS]), rate)
                language = one_line(book.properties.language or "")
                return replace(
                    script, language=language, title=one_line(book.properties.title or "")
                )
    except ProjectError:
        raise
    except Exception as error:  # openpyxl meets a damaged file with whatever it trips over
        raise ProjectError(
            f"The workbook cannot be read ({type(error).__name__}: {error}).",
            "Nothing was imported.",
            "Open it in an office program, save it anew and try again.",
        ) from error


def _chosen(sheets: Iterable[object]) -> Iterator[list[str]]:
    """The rows of the first sheet that names the columns of a script; none where none does."""
    for sheet in sheets:
        rows = _rows(sheet)
        top = list(itertools.islice(rows, table.HEADER_WITHIN))
        if table.has_header(top):
            return itertools.chain(top, rows)
    return iter(())


_MOST_SHEETS = 32


def _rows(sheet: object) -> Iterator[list[str]]:
    """The rows as text, no more than `table` reads."""
    if not hasattr(sheet, "iter_rows"):  # a sheet that is a chart
        return
    limits = {"max_row": table.MOST_ROWS + 1, "max_col": table.MOST_COLUMNS}
    for row in sheet.iter_rows(values_only=True, **limits):
        yield [_text(value) for value in row]


def _text(value: object) -> str:
    """A cell as text; times that Excel keeps as numbers become clocks."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        value = value.time()
    if isinstance(value, datetime.time):
        value = datetime.timedelta(
            hours=value.hour,
            minutes=value.minute,
            seconds=value.second,
            microseconds=value.microsecond,
        )
    if isinstance(value, datetime.timedelta):
        # Excel keeps days as floating-point numbers, so a ms is not always whole
        return stamp(max(0, round(value.total_seconds() * MS_PER_SECOND)))
    return _decoded(str(value))


# --- writing --------------------------------------------------------------------------------------


def write(script: Script) -> bytes:
    """A workbook with one sheet; the same script gives the same bytes. Raises ExportError."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Description"
    for number, row in enumerate(table.rows_of(script), start=1):
        for column, value in enumerate(row, start=1):
            if len(value) > _LONGEST_CELL:
                raise ExportError(
                    f"Line {number - 1} of the script is longer than a cell of Excel can be.",
                    "The workbook was not made.",
                    "Shorten the text, or deliver it as csv.",
                )
            cell = sheet.cell(number, column)
            cell.value = _encoded(value)
            cell.data_type = "s"  # text, whatever it looks like
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            if number == 1:
                cell.font = Font(bold=True)
    for column, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    book.properties.title = one_line(script.title) or None
    book.properties.language = one_line(script.language) or None
    book.properties.creator = "Audio Description Studio"
    saved = io.BytesIO()
    book.save(saved)
    return archive.reproducible(saved.getvalue())


_CODED = re.compile(r"_x(?=[0-9A-Fa-f]{4}_)")
_CODE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _encoded(text: str) -> str:
    """`text` so that Excel does not take "_x0041_" in it for the code of a character."""
    return _CODED.sub("_x005F_x", text)


def _decoded(text: str) -> str:
    return clean(_CODE.sub(lambda code: chr(int(code[1], 16)), text))
