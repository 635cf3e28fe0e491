"""HTML: one page with a heading for each scene, readable in a browser and by a screen reader."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from fractions import Fraction
from html.parser import HTMLParser

from studio.script.formats.paragraphs import Kind, Paragraph, no_times, paragraphs_of, script_from
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
_SOURCE_BREAK = re.compile(r"[ \t]*[\r\n]+[ \t]*")


def read(data: bytes, rate: Fraction | None = None) -> Script:
    """The script in a page's paragraphs; nothing in the page is run or fetched."""
    page = _Page()
    page.feed(decoded(data))
    page.close()
    page.end_block()
    script = script_from(page.paragraphs, one_line(page.language), rate)
    if not script.entries:
        raise no_times("page")
    return script


class _Page(HTMLParser):
    """The paragraphs of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.paragraphs: list[Paragraph] = []
        self.language = ""
        self._kind: Kind = "text"
        self._text: list[str] = []
        self._unheard = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A block begins a paragraph, a break a line."""
        if tag == "html":
            self.language = dict(attrs).get("lang") or ""
        if tag in _BLOCKS:
            self.end_block()
            self._kind = "title" if tag == "h1" else "heading" if tag in _HEADINGS else "text"
        if tag == "br":
            self._text.append("\n")
        if tag in _UNHEARD:
            self._unheard += 1

    def handle_endtag(self, tag: str) -> None:
        """A block ends its paragraph."""
        if tag in _BLOCKS:
            self.end_block()
            self._kind = "text"
        if tag in _UNHEARD and self._unheard:
            self._unheard -= 1

    def handle_data(self, data: str) -> None:
        """Words; how the page's source is broken into lines means nothing."""
        if not self._unheard:
            self._text.append(_SOURCE_BREAK.sub(" ", data))

    def end_block(self) -> None:
        """Keep the paragraph that was collected, if there is one."""
        text = clean("".join(self._text))
        self._text = []
        if text:
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
