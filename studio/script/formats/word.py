"""Word documents (Office Open XML), by python-docx: headings and paragraphs, no tables.

Made for narrators who listen: the heading of each scene can be jumped to, and all else is read in
order. A table in a document that comes in is read as a sheet, where its columns are named.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from studio.errors import ProjectError
from studio.script.formats import archive, table
from studio.script.formats.paragraphs import (
    MOST_PARAGRAPHS,
    Kind,
    Paragraph,
    no_times,
    paragraphs_of,
    script_from,
    too_long,
)
from studio.script.formats.script import Script
from studio.script.formats.text import one_line

if TYPE_CHECKING:
    from docx.document import Document

_STYLES: Mapping[Kind, str] = {
    "title": "Title",
    "heading": "Heading 1",
    "times": "Cue Times",
    "text": "Normal",
    "label": "Cue Remark",
}


# --- reading --------------------------------------------------------------------------------------


def read(data: bytes, rate: Fraction | None = None) -> Script:
    """The script in a document's paragraphs, or in its first table that is one."""
    import docx

    archive.check(data)
    try:
        document = docx.Document(io.BytesIO(data))
        language = one_line(document.core_properties.language or "")
        paragraphs = list(_paragraphs(document))
        tables = [list(_rows(one._tbl)) for one in document.tables[:_MOST_TABLES]]
    except ProjectError:
        raise
    except Exception as error:  # python-docx meets a damaged file with whatever it trips over
        raise ProjectError(
            f"The document cannot be read ({type(error).__name__}: {error}).",
            "Nothing was imported.",
            "Open it in an office program, save it anew and try again.",
        ) from error
    script = script_from(paragraphs, language, rate)
    if script.entries:
        return script
    sheet = next((rows for rows in tables if table.has_header(rows)), None)
    if sheet is None:
        raise no_times("document")
    return table.read_rows(sheet, rate)


_MOST_TABLES = 64


def _paragraphs(document: Document) -> Iterator[Paragraph]:
    # looked up once: asked for each paragraph, python-docx searches all styles each time
    names = {style.style_id: style.name or "" for style in document.styles}
    for number, paragraph in enumerate(document.paragraphs):
        if number >= MOST_PARAGRAPHS:
            raise too_long("document")
        style = names.get(paragraph._p.style or "", "")
        yield Paragraph(_kind(style), paragraph.text)


def _kind(style: str) -> Kind:
    if style == "Title":
        return "title"
    return "heading" if style.startswith("Heading") else "text"


def _rows(tree: Any) -> Iterator[list[str]]:
    """The rows of a table as text; taken from the XML, because python-docx is slow at tables."""
    from docx.oxml.ns import qn

    for number, row in enumerate(tree.iterchildren(qn("w:tr"))):
        if number > table.MOST_ROWS:
            return
        cells = list(row.iterchildren(qn("w:tc")))[: table.MOST_COLUMNS]
        yield ["\n".join(one.text for one in cell.iterchildren(qn("w:p"))) for cell in cells]


# --- writing --------------------------------------------------------------------------------------


def write(script: Script) -> bytes:
    """A document; the same script gives the same bytes."""
    return document_of(script, paragraphs_of(script))


def document_of(script: Script, paragraphs: Sequence[Paragraph], points: float = 12) -> bytes:
    """The paragraphs as a document with the script's title and language.

    points: size of the letters in 1/72 inch.
    """
    import docx

    document = docx.Document()
    _add_styles(document, points, one_line(script.language))
    properties = document.core_properties
    properties.title = one_line(script.title)
    properties.language = one_line(script.language)
    properties.author = "Audio Description Studio"
    properties.comments = ""
    styles = {kind: document.styles[name].style_id for kind, name in _STYLES.items()}
    for paragraph in paragraphs:
        added = document.add_paragraph(paragraph.text)
        if paragraph.kind != "text":  # the style of the text is the one a paragraph has anyway
            added._p.style = styles[paragraph.kind]
    saved = io.BytesIO()
    document.save(saved)
    return archive.reproducible(saved.getvalue())


def _add_styles(document: Document, points: float, language: str) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    styles: Any = document.styles  # its members are typed as the least special of all styles
    normal = styles["Normal"]
    normal.font.size = Pt(points)
    normal.paragraph_format.space_after = Pt(points / 2)
    if language:
        properties = normal.element.get_or_add_rPr()
        element = OxmlElement("w:lang")
        element.set(qn("w:val"), language)
        properties.append(element)
    for name in (_STYLES["times"], _STYLES["label"]):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = normal
        style.font.size = Pt(points)
    times = styles[_STYLES["times"]]
    times.font.bold = True
    times.paragraph_format.space_before = Pt(points)
    times.paragraph_format.space_after = Pt(0)
    times.paragraph_format.keep_with_next = True
