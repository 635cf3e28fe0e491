"""Texts laid out once and drawn often: broken into lines, cut to the room there is."""

from __future__ import annotations

from collections import OrderedDict
from itertools import accumulate

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QGlyphRun,
    QRawFont,
    QStaticText,
    QTransform,
)

_MOST = 1000
_STEP = 16  # pixels; rooms are rounded down to it, so a scroll does not lay texts out anew
_WHOLE = -1  # the room of a text that fits
_ELLIPSIS = "…"
_BREAK = "\u2028"  # what Qt breaks a line at


class Labels:
    """Texts in one font. Make a new one for another font. Use it on the main thread only."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(font)
        self._words: dict[str, float] = {}
        self._widths: dict[str, float] = {}
        self._kept: OrderedDict[tuple[str, int, int], QStaticText] = OrderedDict()
        self._raw = QRawFont.fromFont(font, QFontDatabase.WritingSystem.Latin)
        self._runs: dict[str, QGlyphRun] = {}

    def figures(self, text: str) -> QGlyphRun:
        """A text of figures, colons and points, to be drawn on its baseline.

        A ruler that zooms has others all the time, and to lay out a text takes three times as long.
        """
        run = self._runs.get(text)
        if run is None:
            run = QGlyphRun()
            glyphs = self._raw.glyphIndexesForString(text)
            ends = list(accumulate(map(self._word, text)))
            run.setRawFont(self._raw)
            run.setGlyphIndexes(glyphs)
            run.setPositions([QPointF(x, 0.0) for x in (0.0, *ends[:-1])])
            if len(self._runs) > _MOST:
                self._runs.clear()
            self._runs[text] = run
        return run

    def text(self, text: str, width: float, lines: int = 1) -> QStaticText:
        """`text` in at most `lines` lines of `width` pixels, ended by “…” where it is too long."""
        whole = width >= self.width(text)
        room = _WHOLE if whole else max(0, int(width)) // _STEP * _STEP
        key = (text, room, lines)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        made = QStaticText(text if whole else self.broken(text, room, lines))
        made.setTextFormat(Qt.TextFormat.PlainText)
        made.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
        made.prepare(QTransform(), self.font)
        self._kept[key] = made
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return made

    def width(self, text: str) -> float:
        """How wide `text` is on one line, in pixels: the sum of its words."""
        width = self._widths.get(text)
        if width is None:
            words = text.split(" ")
            width = sum(self._word(word) for word in words) + self._word(" ") * (len(words) - 1)
            self._widths[text] = width
            if len(self._widths) > _MOST * 10:
                self._widths.clear()
        return width

    def broken(self, text: str, width: float, lines: int) -> str:
        """`text` with breaks (U+2028) between words so that no line is wider than `width`."""
        words = text.split()
        done: list[str] = []
        while words:
            count = self._fitting(words, width)
            if count == 0 or (count < len(words) and len(done) == lines - 1):
                done.append(self._cut(" ".join(words), width))  # a word too wide, or no more lines
                break
            done.append(" ".join(words[:count]))
            words = words[count:]
        return _BREAK.join(done)

    def _fitting(self, words: list[str], width: float) -> int:
        """How many of the first words fit one line."""
        used, space = -self._word(" "), self._word(" ")
        for count, word in enumerate(words):
            used += self._word(word) + space
            if used > width:
                return count
        return len(words)

    def _cut(self, text: str, width: float) -> str:
        """As much of `text` as fits with an ellipsis; nothing where not even a letter does."""
        room = width - self._word(_ELLIPSIS)
        used, end = 0.0, 0
        for end, letter in enumerate(text):  # noqa: B007  # the place where the loop ends
            used += self._word(letter)
            if used > room:
                break
        kept = text[:end].rstrip()
        return kept + _ELLIPSIS if kept else ""

    def _word(self, word: str) -> float:
        width = self._words.get(word)
        if width is None:
            width = self.metrics.horizontalAdvance(word)
            if len(self._words) > _MOST * 10:
                self._words.clear()
            self._words[word] = width
        return width
