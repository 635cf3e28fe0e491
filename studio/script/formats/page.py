"""HTML: one page with a heading for each scene, readable in a browser and by a screen reader."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from studio.errors import ProjectError
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
from studio.script.formats.text import clean, decoded, one_line

_STYLE = (
    "body{{font:{size}px/1.5 sans-serif;max-width:45em;margin:2em auto;padding:0 1em}}"
    ".text{{white-space:pre-wrap;margin-top:0}}.times{{font-weight:bold;margin-bottom:0}}"
)
_TAGS: dict[Kind, str] = {"title": "h1", "heading": "h2", "times": "p", "text": "p", "label": "p"}
_BLOCKS = {
    *("p", "div", "section", "article", "main", "header", "footer", "li", "ul", "ol", "dl", "dt"),
    *("dd", "td", "th", "tr", "table", "tbody", "thead", "body", "html", "head", "blockquote"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr", "form", "nav", "aside", "figure"),
}
_HEADINGS = {"h2", "h3", "h4", "h5", "h6"}
_UNHEARD = {"script", "style", "title", "template", "noscript"}


def read(data: bytes, rate: Fraction | None = None) -> Script:
    """The script in a page's paragraphs; nothing in the page is run or fetched."""
    from lxml import etree

    page = _Page()
    target: Any = page  # the stubs ask for more methods than lxml does
    parser = etree.HTMLParser(target=target, encoding="utf-8", no_network=True)
    try:
        etree.fromstring(decoded(data).encode("utf-8", "replace") or b" ", parser)
    except etree.XMLSyntaxError as error:
        raise ProjectError(
            f"The page cannot be read ({error}).", "Nothing was imported."
        ) from error
    if len(page.paragraphs) > MOST_PARAGRAPHS:
        raise too_long("page")
    script = script_from(page.paragraphs, one_line(page.language), rate)
    if not script.entries:
        raise no_times("page")
    return script


class _Page:
    """The paragraphs of a page, as lxml's parser tells of it (its target interface)."""

    def __init__(self) -> None:
        self.paragraphs: list[Paragraph] = []
        self.language = ""
        self._kind: Kind = "text"
        self._text: list[str] = []
        self._unheard = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """A block begins a paragraph, a break a line."""
        if tag == "html":
            self.language = attributes.get("lang", "")
        if tag in _BLOCKS:
            self._end_block()
            self._kind = "title" if tag == "h1" else "heading" if tag in _HEADINGS else "text"
        if tag == "br":
            self._text.append("\n")
        if tag in _UNHEARD:
            self._unheard += 1

    def end(self, tag: str) -> None:
        """A block ends its paragraph."""
        if tag in _BLOCKS:
            self._end_block()
            self._kind = "text"
        if tag in _UNHEARD and self._unheard:
            self._unheard -= 1

    def data(self, data: str) -> None:
        """Words; how the page's source is broken into lines means nothing."""
        if not self._unheard:
            self._text.append(data.replace("\r", " ").replace("\n", " "))

    def close(self) -> None:
        """The page ends."""
        self._end_block()

    def _end_block(self) -> None:
        text = clean("".join(self._text))
        self._text = []
        if text and len(self.paragraphs) <= MOST_PARAGRAPHS:
            self.paragraphs.append(Paragraph(self._kind, text))


def write(script: Script) -> bytes:
    """A page that needs nothing besides itself."""
    return page_of(script, paragraphs_of(script))


def page_of(script: Script, paragraphs: Sequence[Paragraph], points: int = 16) -> bytes:
    """The paragraphs as a page with the script's title and language. points: CSS px of letters."""
    language = html.escape(one_line(script.language))
    title = html.escape(one_line(script.title) or "Audio description")
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{language}">' if language else "<html>",
        '<head><meta charset="utf-8">',
        f"<title>{title}</title>",
        f"<style>{_STYLE.format(size=points)}</style></head>",
        "<body><main>",
    ]
    for one in paragraphs:
        text = html.escape(one.text, quote=False).replace("\n", "<br>")
        lines.append(f'<{_TAGS[one.kind]} class="{one.kind}">{text}</{_TAGS[one.kind]}>')
    lines += ["</main></body>", "</html>", ""]
    return "\n".join(lines).encode()
