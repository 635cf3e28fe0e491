"""What a recording looks like: its level while it is made, and its wave with the part in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.app.announce import name
from studio.app.recorder import QUIETEST
from studio.app.theme import LIGHT, Theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

TOO_LOUD, LOUD, SOFT = -1.0, -6.0, -30.0
"""dBFS of the loudest sample: from here on clipped, near it, and below: lost in the noise."""


def level_words(decibels: float) -> str:
    """A level in words: the colour of the meter never says it alone."""
    if decibels <= QUIETEST:
        return "silence"
    if decibels >= TOO_LOUD:
        verdict = "too loud"
    elif decibels >= LOUD:
        verdict = "loud"
    else:
        verdict = "good" if decibels >= SOFT else "soft"
    return f"{decibels:.0f} dB, {verdict}".replace("-", "−")


class LevelMeter(QWidget):
    """A bar from silence to full scale, with a mark where a voice should reach to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._level = QUIETEST
        self._theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        name(self, "Level", level_words(QUIETEST))

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._theme = theme
        self.update()

    def show_level(self, decibels: float) -> None:
        """Show a level in dBFS."""
        words, before = level_words(decibels), self.accessibleDescription()
        if words.partition(", ")[2] != before.partition(", ")[2]:
            self.setAccessibleDescription(words)  # not at every dB: a screen reader would drown
        self._level = decibels
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """As high as a line of text."""
        return QSize(200, self.fontMetrics().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """The bar."""
        theme = self._theme
        painter = QPainter(self)
        frame = QRectF(self.rect()).adjusted(1, 2, -1, -2)
        painter.fillRect(frame, QColor(theme.field))
        colour = theme.good if SOFT <= self._level < LOUD else theme.warn
        if self._level >= TOO_LOUD:
            colour = theme.bad
        filled = QRectF(frame)
        filled.setWidth(frame.width() * _share(self._level))
        painter.fillRect(filled, QColor(colour))
        painter.setPen(QPen(QColor(theme.edge), 1))
        painter.drawRect(frame)
        painter.setPen(QPen(QColor(theme.text), 1, Qt.PenStyle.DashLine))
        for mark in (SOFT, LOUD):
            at = frame.left() + frame.width() * _share(mark)
            painter.drawLine(int(at), int(frame.top()), int(at), int(frame.bottom()))
        painter.end()


def _share(decibels: float) -> float:
    return min(1.0, max(0.0, 1 - decibels / QUIETEST))


class WaveView(QWidget):
    """A recording's wave; what is not used is faint. A hand may drag the edges of what is.

    trimmed: start and end of the used part in ms; the fields beside it do the same by keyboard.
    """

    trimmed = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._samples: Samples = np.zeros(0, np.float32)
        self._rate = 1
        self._start = self._end = 0
        self._held: str = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        name(self, "Wave", "No recording is chosen.")

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._theme = theme
        self.update()

    def show_sound(self, samples: Samples, rate: int) -> None:
        """Show another recording, (n,) at `rate` Hz; an empty one where none is chosen."""
        self._samples, self._rate = samples, rate
        self.show_part(0, self._duration)

    def show_part(self, start: int, end: int) -> None:
        """Show what of it is used, in ms."""
        self._start, self._end = start, end
        self.setAccessibleDescription(
            f"{start / 1000:.2f} to {end / 1000:.2f} s of {self._duration / 1000:.2f} s are used."
            if self._samples.size
            else "No recording is chosen."
        )
        self.update()

    @property
    def _duration(self) -> int:
        return int(self._samples.size * 1000 // self._rate)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """High enough to see a breath."""
        return QSize(200, self.fontMetrics().height() * 4)

    sizeHint = minimumSizeHint  # noqa: N815  # Qt's name

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """The wave, lowest and highest sample of each column of pixels."""
        theme = self._theme
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.lane))
        if self._samples.size:
            begin, end = (self._at(ms) for ms in (self._start, self._end))
            used = QRectF(begin, 0, end - begin, self.height())
            painter.fillRect(used, QColor(theme.gap))
            middle = self.height() / 2
            scale = middle / max(0.05, float(np.abs(self._samples).max()))
            for column, (low, high) in enumerate(self._columns()):
                inside = begin <= column < end
                painter.setPen(QColor(theme.wave if inside else theme.edge))
                top, bottom = int(middle - high * scale), int(middle - low * scale)
                painter.drawLine(column, top, column, max(bottom, top + 1))
            painter.setPen(QPen(QColor(theme.playhead), 2))
            for at in (begin, end):
                painter.drawLine(int(at), 0, int(at), self.height())
        painter.setPen(QColor(theme.edge))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _columns(self) -> list[tuple[float, float]]:
        edges = np.linspace(0, self._samples.size, self.width() + 1).astype(int)
        starts = np.minimum(edges[:-1], self._samples.size - 1)
        low = np.minimum.reduceat(self._samples, starts)
        high = np.maximum.reduceat(self._samples, starts)
        return list(zip(low.tolist(), high.tolist(), strict=True))

    def _at(self, ms: int) -> float:
        return ms * self.width() / max(1, self._duration)

    def _ms(self, x: float) -> int:
        return round(min(max(0.0, x / max(1, self.width())), 1.0) * self._duration)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """Take hold of the nearer edge."""
        if not self._samples.size or event.button() is not Qt.MouseButton.LeftButton:
            return
        at = self._ms(event.position().x())
        self._held = "start" if abs(at - self._start) <= abs(at - self._end) else "end"
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """Move the edge that is held."""
        at = self._ms(event.position().x())
        if self._held == "start":
            self.trimmed.emit(at, self._end)
        elif self._held == "end":
            self.trimmed.emit(self._start, at)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """Let go."""
        self._held = ""
