"""The shape of every state and mark of a cue, so that no state is told by colour alone.

not written   three dots          fits       a filled disc
not spoken    a ring              faster     two arrow heads
left silent   a crossed ring      extended   two bars, as on a pause key
too long      a cross             accepted   a tick        has issues   a triangle
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPainterPath, QPen, QPixmap

from studio.app.states import CueState
from studio.app.theme import Theme, colour

_PEN = 0.14  # of a shape's size


@lru_cache(maxsize=256)
def mark_image(state: CueState, ink: str, size: float, ratio: float) -> QImage:
    """The shape of one state or mark, drawn once; a picture is put down in a tenth of the time.

    ink: "#rrggbb". size: logical pixels. ratio: device pixels to a logical one.
    """
    whole = math.ceil(size * ratio)
    image = QImage(whole, whole, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    draw_mark(painter, state, QRectF(0, 0, size, size), colour(ink))
    painter.end()
    return image


def draw_mark(painter: QPainter, state: CueState, box: QRectF, ink: QColor) -> None:
    """Draw the shape of one state or mark in a square `box`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width(), box.height())
    filled, stroked = _shape(state)
    if filled is not None:
        painter.fillPath(filled, ink)
    if stroked is not None:
        painter.strokePath(
            stroked,
            QPen(
                ink, _PEN, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.MiterJoin
            ),
        )
    painter.restore()


@lru_cache(maxsize=16)
def _shape(state: CueState) -> tuple[QPainterPath | None, QPainterPath | None]:
    """What is filled and what is stroked, in a square of size 1."""
    path = QPainterPath()
    ring = QRectF(0.14, 0.14, 0.72, 0.72)
    if state is CueState.FITS:
        path.addEllipse(ring)
        return path, None
    if state is CueState.EXTENDED:
        path.addRect(QRectF(0.16, 0.1, 0.24, 0.8))
        path.addRect(QRectF(0.6, 0.1, 0.24, 0.8))
        return path, None
    if state is CueState.UNWRITTEN:
        for x in (0.18, 0.5, 0.82):
            path.addEllipse(QPointF(x, 0.5), 0.12, 0.12)
        return path, None
    if state is CueState.FASTER:
        for x in (0.06, 0.5):
            _lines(path, (x, 0.1), (x + 0.44, 0.5), (x, 0.9), (x, 0.1))
        return path, None
    if state is CueState.ISSUES:
        _lines(path, (0.5, 0.04), (0.98, 0.92), (0.02, 0.92), (0.5, 0.04))
        path.addRect(QRectF(0.44, 0.36, 0.12, 0.28))  # even-odd: a hole in the triangle
        path.addRect(QRectF(0.44, 0.7, 0.12, 0.12))
        return path, None
    if state in (CueState.UNSPOKEN, CueState.SILENT):
        path.addEllipse(ring)
        if state is CueState.SILENT:
            _lines(path, (0.1, 0.9), (0.9, 0.1))
    elif state is CueState.TOO_LONG:
        _lines(path, (0.16, 0.16), (0.84, 0.84))
        _lines(path, (0.84, 0.16), (0.16, 0.84))
    elif state is CueState.ACCEPTED:
        _lines(path, (0.1, 0.55), (0.4, 0.84), (0.92, 0.16))
    else:
        raise ValueError(f"{state!r} is not one state or mark")
    return None, path


def _lines(path: QPainterPath, *points: tuple[float, float]) -> None:
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)


def state_icon(theme: Theme, state: CueState, size: int, ratio: float = 1.0) -> QIcon:
    """A state as its shape on its colour, for rows and menus; its marks are left out.

    size: logical pixels. ratio: device pixels to a logical one.
    """
    image = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    look = theme.cues[state.plain]
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour(look.edge), 1))
    painter.setBrush(colour(look.fill))
    painter.drawRoundedRect(QRectF(0.5, 0.5, size - 1, size - 1), 3, 3)
    inset = size * 0.22
    box = QRectF(inset, inset, size - 2 * inset, size - 2 * inset)
    draw_mark(painter, state.plain, box, colour(look.ink))
    painter.end()
    found = QIcon(image)
    found.addPixmap(image, QIcon.Mode.Selected)  # Qt would tint it there
    return found


_STRIPE = 8  # logical pixels from one line to the next
_PATTERN = 256  # logical pixels of a drawn pattern, a multiple of the stripes


@lru_cache(maxsize=64)
def hatching(ink: str, ground: str, height: int, ratio: float) -> QImage:
    """Diagonal lines of one colour on another, `height` device pixels tall, without a seam.

    An image and no brush: Qt paints with brushes of fine screens at a tenth of the speed.
    """
    stripe = round(_STRIPE * ratio)
    width = stripe * (_PATTERN // _STRIPE)
    column, row = np.arange(width), np.arange(height)[:, np.newaxis]
    across = (column + row) % stripe  # lines rise to the right
    thick = 2.1 * ratio
    share = np.clip(thick / 2 + 0.5 - np.abs(across - stripe / 2), 0, 1)[..., np.newaxis]
    colours = (np.array([int(name[at : at + 2], 16) for at in (5, 3, 1)]) for name in (ink, ground))
    over, under = colours
    pixels = np.full((height, width, 4), 255, np.uint8)
    pixels[..., :3] = np.round(over * share + under * (1 - share))
    return QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGB32).copy()
