"""The icons of actions, painted in the theme's colours so that they are sharp at any size."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from studio.app.theme import Theme

_GRID = 24  # units a side
_SIZES = (20, 40, 60)  # pixels: at 1, 2 and 3 times

Drawing = Callable[[QPainter], None]


def icon(name: str, theme: Theme) -> QIcon:
    """The icon of an action; a null one where it has none."""
    drawing = _DRAWINGS.get(name)
    made = QIcon()
    if drawing is None:
        return made
    for mode, ink in ((QIcon.Mode.Normal, theme.text), (QIcon.Mode.Disabled, theme.edge)):
        for size in _SIZES:
            pixmap = QPixmap(size, size)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(size / _GRID, size / _GRID)
            painter.setPen(
                QPen(
                    QColor(ink),
                    2,
                    Qt.PenStyle.SolidLine,
                    Qt.PenCapStyle.RoundCap,
                    Qt.PenJoinStyle.RoundJoin,
                )
            )
            drawing(painter)
            painter.end()
            made.addPixmap(pixmap, mode)
    return made


def _line(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.drawPolyline(QPolygonF([QPointF(*point) for point in points]))


def _solid(painter: QPainter, *points: tuple[float, float]) -> None:
    painter.setBrush(painter.pen().color())
    painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _play(painter: QPainter) -> None:
    _solid(painter, (7, 5), (19, 12), (7, 19))


def _pause(painter: QPainter) -> None:
    _solid(painter, (7, 5), (9.5, 5), (9.5, 19), (7, 19))
    _solid(painter, (14.5, 5), (17, 5), (17, 19), (14.5, 19))


def _frame_back(painter: QPainter) -> None:
    _solid(painter, (17, 6), (8, 12), (17, 18))
    _line(painter, (6, 6), (6, 18))


def _frame_on(painter: QPainter) -> None:
    _solid(painter, (7, 6), (16, 12), (7, 18))
    _line(painter, (18, 6), (18, 18))


def _edge_back(painter: QPainter) -> None:
    _solid(painter, (13, 7), (6, 12), (13, 17))
    _solid(painter, (20, 7), (13, 12), (20, 17))
    _line(painter, (4, 5), (4, 19))


def _edge_on(painter: QPainter) -> None:
    _solid(painter, (4, 7), (11, 12), (4, 17))
    _solid(painter, (11, 7), (18, 12), (11, 17))
    _line(painter, (20, 5), (20, 19))


def _hear(painter: QPainter) -> None:
    _solid(painter, (4, 9.5), (7.5, 9.5), (11.5, 6), (11.5, 18), (7.5, 14.5), (4, 14.5))
    painter.drawArc(QRectF(10, 8.5, 6, 7), -60 * 16, 120 * 16)
    painter.drawArc(QRectF(10, 5, 10, 14), -60 * 16, 120 * 16)


def _solo(painter: QPainter) -> None:
    painter.drawArc(QRectF(4, 4.5, 16, 16), 0, 180 * 16)
    painter.drawRoundedRect(QRectF(4, 13, 3.5, 6.5), 1, 1)
    painter.drawRoundedRect(QRectF(16.5, 13, 3.5, 6.5), 1, 1)


def _open(painter: QPainter) -> None:
    _line(painter, (4, 18), (4, 6), (9, 6), (11, 8.5), (18, 8.5), (18, 11))
    _line(painter, (4, 18), (7, 11), (21, 11), (18, 18), (4, 18))


def _save(painter: QPainter) -> None:
    _line(painter, (5, 5), (16, 5), (19, 8), (19, 19), (5, 19), (5, 5))
    painter.drawRect(QRectF(8, 13, 8, 6))
    _line(painter, (8.5, 5), (8.5, 9), (14, 9), (14, 5))


def _undo(painter: QPainter) -> None:
    _line(painter, (9, 5), (5, 9), (9, 13))
    _line(painter, (5, 9), (14, 9))
    painter.drawArc(QRectF(9, 9, 10, 9.5), -90 * 16, 180 * 16)
    _line(painter, (14, 18.5), (9, 18.5))


def _redo(painter: QPainter) -> None:
    _line(painter, (15, 5), (19, 9), (15, 13))
    _line(painter, (19, 9), (10, 9))
    painter.drawArc(QRectF(5, 9, 10, 9.5), 90 * 16, 180 * 16)
    _line(painter, (10, 18.5), (15, 18.5))


def _analyse(painter: QPainter) -> None:
    painter.drawEllipse(QRectF(4, 4, 11.5, 11.5))
    _line(painter, (14, 14), (20, 20))


def _draft(painter: QPainter) -> None:
    _line(painter, (5, 19), (6, 15), (16, 5), (19, 8), (9, 18), (5, 19))
    _line(painter, (13.5, 7.5), (16.5, 10.5))


def _add(painter: QPainter) -> None:
    _line(painter, (12, 5), (12, 19))
    _line(painter, (5, 12), (19, 12))


def _export(painter: QPainter) -> None:
    _line(painter, (12, 4), (12, 14))
    _line(painter, (8, 10.5), (12, 14.5), (16, 10.5))
    _line(painter, (5, 15), (5, 19.5), (19, 19.5), (19, 15))


_DRAWINGS: dict[str, Drawing] = {
    "play": _play,
    "pause": _pause,
    "frame_back": _frame_back,
    "frame_on": _frame_on,
    "edge_back": _edge_back,
    "edge_on": _edge_on,
    "play_cue": _hear,
    "solo": _solo,
    "open": _open,
    "save": _save,
    "undo": _undo,
    "redo": _redo,
    "analyse": _analyse,
    "draft": _draft,
    "add_cue": _add,
    "export": _export,
}
