"""The fit meter: how long the clip is beside the room it has, as a bar."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.app.announce import name
from studio.app.fitting import Fit
from studio.app.theme import LIGHT, Theme


class FitMeter(QWidget):
    """A bar whose whole width is the longer of clip and room; the frame is the room.

    What fits is filled, what is spoken while the film waits is hatched, what is too long crossed.
    The sentence beside it says the same in words.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fit: Fit | None = None
        self._theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        name(self, "Fit", "How long the description is beside the room it has.")

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._theme = theme
        self.update()

    def set_fit(self, fit: Fit | None) -> None:
        """Show how a description fits; None where there is none."""
        self._fit = fit
        self.setAccessibleDescription(fit.sentence if fit is not None else "")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as a line of text."""
        return QSize(160, self.fontMetrics().height())

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """The bar."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, fit = self._theme, self._fit
        frame = QRectF(self.rect()).adjusted(1, 2, -1, -2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.field))
        painter.drawRoundedRect(frame, 3, 3)
        whole = max(fit.used, fit.room) if fit is not None else 0
        room = frame.width()
        if fit is not None and whole:
            room = frame.width() * fit.room / whole
            used = frame.width() * fit.used / whole
            inside = QRectF(frame.left(), frame.top(), min(used, room), frame.height())
            over = QRectF(frame.left() + room, frame.top(), max(0.0, used - room), frame.height())
            painter.fillRect(inside, QColor(_inside(theme, fit)))
            if over.width() > 0:
                self._paint_over(painter, over, fit)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.edge), 1))
        painter.drawRoundedRect(frame, 3, 3)
        if fit is not None and 0 < room < frame.width():
            painter.setPen(QPen(QColor(theme.text), 2))
            at = frame.left() + room
            painter.drawLine(int(at), int(frame.top()) - 1, int(at), int(frame.bottom()) + 1)
        painter.end()

    def _paint_over(self, painter: QPainter, over: QRectF, fit: Fit) -> None:
        theme = self._theme
        if fit.freeze:
            painter.fillRect(over, QColor(theme.hold_ground))
            painter.fillRect(over, QBrush(QColor(theme.hold), Qt.BrushStyle.BDiagPattern))
        else:
            painter.fillRect(over, QBrush(QColor(theme.bad), Qt.BrushStyle.DiagCrossPattern))


def _inside(theme: Theme, fit: Fit) -> str:
    if fit.estimated:
        return theme.edge
    return {"good": theme.good, "warn": theme.warn, "bad": theme.bad, "plain": theme.edge}[
        fit.level
    ]
