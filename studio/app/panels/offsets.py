"""How late the sound is over a film, drawn: what each passage says, the line through, the norm."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.app.announce import name
from studio.app.theme import Theme
from studio.instep import InStep, late_at
from studio.syncing import Norm
from studio.times import clock

_LEAST = 150.0  # ms shown up and down
_ROOM = 1.15  # times the farthest value
_SMALLEST, _LARGER = 2.5, 4.0  # pixels: the radius of a doubtful dot, and what a sure one has more
_LETTERS = 10  # of the values beside the plot
_LINES = 9  # of text its height asks for


class OffsetPlot(QWidget):
    """Late is up, early is down. The band is what the norm lets pass.

    Dots are passages, larger where surer; the line is what was found of the whole. The list beside
    it says the same in words.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._found: InStep | None = None
        self._norm: Norm | None = None
        self._length = 1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        name(self, "Lateness over the film")

    def show_found(self, found: InStep | None, norm: Norm, length: int) -> None:
        """Draw what was found in a film of `length` ms; None: the band alone."""
        self._found, self._norm, self._length = found, norm, max(1, length)
        count = len(found.passages) if found is not None else 0
        self.setAccessibleDescription(
            f"A picture of {count} passages; the list “Passages” tells of each."
        )
        self.update()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """A few lines of text high."""
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 3 * _LETTERS, metrics.height() * _LINES)

    sizeHint = minimumSizeHint  # noqa: N815

    @property
    def farthest(self) -> float:
        """ms at the upper edge of the plot; as many early at the lower."""
        values = [_LEAST]
        if self._norm is not None:
            values += [self._norm.early, self._norm.late]
        if self._found is not None:
            values += [abs(one.offset) for one in self._found.passages]
            values += [abs(late) for _, _, ends in self._lines() for late in ends]
        return max(values) * _ROOM

    def _lines(self) -> list[tuple[int, int, tuple[float, float]]]:
        """Each stretch: its start and end, and how late the sound is at both."""
        stretches = self._found.stretches if self._found is not None else ()
        ends = [one.start for one in stretches[1:]] + [self._length]
        return [
            (one.start, end, (one.late, late_at(stretches, max(one.start, end - 1))))
            for one, end in zip(stretches, ends, strict=True)
        ]

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        """The plot and its two scales."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        left = metrics.averageCharWidth() * _LETTERS
        whole = QRectF(self.rect())
        field = whole.adjusted(left, 2, -2, -metrics.height() - 2)
        painter.fillRect(whole, QColor(self._theme.ruler))
        painter.fillRect(field, QColor(self._theme.lane))
        self._paint_scales(painter, field)
        painter.setClipRect(field)
        self._paint_found(painter, field)
        painter.end()

    def _point(self, field: QRectF, time: float, late: float) -> QPointF:
        across = field.left() + field.width() * time / self._length
        return QPointF(across, field.center().y() - late / self.farthest * field.height() / 2)

    def _paint_scales(self, painter: QPainter, field: QRectF) -> None:
        theme, high = self._theme, self.fontMetrics().height()
        values = [0.0]
        if self._norm is not None:
            early, late = -float(self._norm.early), float(self._norm.late)
            top, bottom = self._point(field, 0, late), self._point(field, self._length, early)
            painter.fillRect(QRectF(top, bottom), QColor(theme.gap))
            painter.setPen(QPen(QColor(theme.gap_edge), 1))
            for value in (early, late):
                painter.drawLine(
                    self._point(field, 0, value), self._point(field, self._length, value)
                )
            values += [late, early]
        edge = self.farthest / _ROOM
        values += [edge, -edge]
        painter.setPen(QPen(QColor(theme.wave), 1, Qt.PenStyle.DashLine))
        painter.drawLine(self._point(field, 0, 0), self._point(field, self._length, 0))
        painter.setPen(QColor(theme.text))
        written: list[float] = []
        for value in values:  # those first named have the right to their place
            y = self._point(field, 0, value).y()
            if all(abs(y - other) >= high for other in written):
                written.append(y)
                where = QRectF(0, y - high / 2, field.left() - 4, high)
                painter.drawText(
                    where,
                    Qt.AlignmentFlag.AlignRight,
                    f"{value:+.0f} ms" if round(value) else "0 ms",
                )
        below = QRectF(field.left(), field.bottom(), field.width(), high + 2)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, clock(0))
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, clock(self._length))

    def _paint_found(self, painter: QPainter, field: QRectF) -> None:
        theme, found = self._theme, self._found
        if found is None:
            return
        painter.setPen(QPen(QColor(theme.playhead), 3))
        for start, end, (first, last) in self._lines():
            painter.drawLine(self._point(field, start, first), self._point(field, end, last))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.wave))
        for one in found.passages:
            radius = _SMALLEST + _LARGER * one.confidence
            middle = (one.start + one.end) / 2
            painter.drawEllipse(self._point(field, middle, one.offset), radius, radius)
