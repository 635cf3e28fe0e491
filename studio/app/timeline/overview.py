"""The whole film in one strip: its sound, cues and freezes, and a frame round what shows."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.app.theme import Theme, colour
from studio.app.timeline.cuepainting import HEIGHTS
from studio.app.timeline.painting import argb
from studio.app.timeline.placed import Placed, Track
from studio.app.timeline.timeline import Timeline
from studio.app.timeline.waveform import levels_of, shape_of
from studio.media.peaks import Peaks
from studio.times import clock

_GRIP = 6  # pixels at each side of the frame that widen or narrow it
_LEAST_FRAME = 6  # pixels the frame has at least, however little shows
_NOTCH = 120  # Qt's eighths of a degree
_ZOOM_STEP = 1.25
_SHADE = 110  # of 255: how far what does not show steps back

Held = Literal["", "left", "frame", "right"]


class Overview(QWidget):
    """Shows where in the film a timeline is, and moves it: drag the frame, or a side of it."""

    def __init__(self, timeline: Timeline, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timeline = timeline
        self._ground: QImage | None = None
        self._drawn_for: tuple[Placed, Peaks | None, Theme] | None = None
        self._draw_later = QTimer(self)
        self._draw_later.setSingleShot(True)
        self._draw_later.timeout.connect(self._draw_anew)
        self._held: Held = ""
        self._grabbed = 0.0  # pixels from the frame's left side to the hand
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumHeight(28)
        self.setAccessibleName("Overview of the film")
        timeline.view_changed.connect(self._changed)
        timeline.playhead_moved.connect(self._playhead_moved)
        self._describe()

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """As wide as there is room, three lines of text high."""
        return QSize(960, max(36, self.fontMetrics().height() * 3))

    def frame(self) -> QRectF:
        """The frame round what the timeline shows, in pixels."""
        view = self._timeline.view
        scale = self.width() / view.length
        left, width = view.start * scale, view.shown * scale
        if width < _LEAST_FRAME:
            left, width = left + width / 2 - _LEAST_FRAME / 2, _LEAST_FRAME
        return QRectF(left, 0, min(width, self.width()), self.height())

    # --- hands and keys ---------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """Take the frame or a side of it; outside, bring the frame here."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x, frame = event.position().x(), self.frame()
        self._held = self._part(x)
        if not self._held:
            self._held = "frame"
            self._grabbed = frame.width() / 2
            self._drag_to(x)
        else:
            self._grabbed = x - frame.left()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """Drag what is held."""
        if self._held:
            self._drag_to(event.position().x())
        else:
            sides = self._part(event.position().x()) in ("left", "right")
            self.setCursor(Qt.CursorShape.SizeHorCursor if sides else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = ""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  # Qt's name
        """Scroll the timeline; with Ctrl zoom it."""
        event.accept()
        notches = (event.angleDelta().y() or event.angleDelta().x()) / _NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            middle = self._timeline.view.start + self._timeline.view.shown / 2
            self._timeline.zoom_by(_ZOOM_STEP**notches, round(middle))
        else:
            self._timeline.turn_page(-notches / 4)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        """Arrows scroll, plus and minus zoom, Home and End go to the film's ends."""
        timeline, key = self._timeline, Qt.Key
        pages = {
            key.Key_Left: -0.25,
            key.Key_Right: 0.25,
            key.Key_PageUp: -0.9,
            key.Key_PageDown: 0.9,
        }
        pressed = Qt.Key(event.key())
        if pressed in pages:
            timeline.turn_page(pages[pressed])
        elif pressed == key.Key_Home:
            timeline.scroll_to(0)
        elif pressed == key.Key_End:
            timeline.scroll_to(timeline.view.length)
        elif pressed in (key.Key_Plus, key.Key_Equal):
            timeline.zoom_by(_ZOOM_STEP)
        elif pressed == key.Key_Minus:
            timeline.zoom_by(1 / _ZOOM_STEP)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  # Qt's name
        """The frame of what has the keyboard comes."""
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802  # Qt's name
        """The frame goes."""
        self.update()
        super().focusOutEvent(event)

    def _part(self, x: float) -> Held:
        frame = self.frame()
        grip = min(_GRIP, frame.width() / 4)
        if not frame.left() - _GRIP <= x <= frame.right() + _GRIP:
            return ""
        if x < frame.left() + grip:
            return "left"
        return "right" if x > frame.right() - grip else "frame"

    def _drag_to(self, x: float) -> None:
        view = self._timeline.view
        scale = self.width() / view.length
        time = round(min(max(0.0, x / scale), view.length))
        if self._held == "frame":
            self._timeline.scroll_to((x - self._grabbed) / scale)
        elif self._held == "left":
            end = round(view.end)
            self._timeline.show_range(min(time, end - 1), end)
        else:
            start = round(view.start)
            self._timeline.show_range(start, max(time, start + 1))

    # --- painting ---------------------------------------------------------------------------------

    def _changed(self) -> None:
        self.update()
        self._describe()

    def _playhead_moved(self, old: int, new: int) -> None:
        scale = self.width() / self._timeline.view.length
        for time in (old, new):
            self.update(int(time * scale) - 3, 0, 7, self.height())

    def _describe(self) -> None:
        view = self._timeline.view
        shown = f"The timeline shows {clock(round(view.start))} to {clock(round(view.end))}"
        text = f"{shown} of {clock(view.length)}." if self._timeline.placed else "No film is open."
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        """Drawn anew when it is painted next."""
        self._ground = None
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """The film, drawn once and kept; the frame and the playhead over it."""
        theme, painter = self._timeline.theme, QPainter(self)
        placed = self._timeline.placed
        painter.fillRect(event.rect(), colour(theme.lane))
        if placed is not None:
            painter.drawImage(QPointF(0, 0), self._film(placed))
            self._paint_frame(painter, theme)
            x = self._timeline.playhead * self.width() / self._timeline.view.length
            painter.fillRect(QRectF(x - 1, 0, 2, self.height()), colour(theme.playhead))
        if self.hasFocus():
            painter.setPen(QPen(colour(theme.focus), 2, j=Qt.PenJoinStyle.MiterJoin))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_frame(self, painter: QPainter, theme: Theme) -> None:
        frame = self.frame()
        shade = QColor(theme.window)
        shade.setAlpha(_SHADE)
        painter.fillRect(QRectF(0, 0, frame.left(), self.height()), shade)
        painter.fillRect(QRectF(frame.right(), 0, self.width(), self.height()), shade)
        painter.setPen(QPen(colour(theme.chosen), 2, j=Qt.PenJoinStyle.MiterJoin))
        painter.drawRect(frame.adjusted(1, 1, -1, -1))

    def _film(self, placed: Placed) -> QImage:
        """The ground; what an edit has changed in it comes in a turn of its own."""
        timeline, ratio = self._timeline, self.devicePixelRatioF()
        ground, drawn_for = self._ground, self._drawn_for
        if ground is None or drawn_for is None or ground.devicePixelRatio() != ratio:
            return self._drawn(placed)
        drawn, peaks, theme = drawn_for
        film = placed.content.project.film
        if (peaks, theme) != (timeline.peaks, timeline.theme) or drawn.content.project.film != film:
            return self._drawn(placed)
        if drawn is not placed:
            self._draw_later.start()
        return ground

    def _drawn(self, placed: Placed) -> QImage:
        timeline, ratio = self._timeline, self.devicePixelRatioF()
        size = QSize(round(self.width() * ratio), round(self.height() * ratio))
        self._ground = _film_image(timeline, placed, size)
        self._ground.setDevicePixelRatio(ratio)
        self._drawn_for = (placed, timeline.peaks, timeline.theme)
        return self._ground

    def _draw_anew(self) -> None:
        placed = self._timeline.placed
        if placed is not None:
            self._drawn(placed)
            self.update()


def _film_image(timeline: Timeline, placed: Placed, size: QSize) -> QImage:
    """Sound in the upper two thirds, cues by state below it, freezes behind both."""
    width, height, theme = size.width(), size.height(), timeline.theme
    pixels = np.full((height, width), argb(theme.lane), np.uint32)
    scale = width / max(1, placed.content.length)
    sound = height * 2 // 3

    def columns(track: Track) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        edges = np.zeros(width + 1, np.int32)
        first = np.clip((track.begin * scale).astype(np.int64), 0, width - 1)
        last = np.clip((track.end * scale).astype(np.int64), first + 1, width)
        np.add.at(edges, first, 1)
        np.add.at(edges, last, -1)
        return np.cumsum(edges[:-1]) > 0

    pixels[:sound, columns(placed.speech)] = argb(theme.speech)
    pixels[:, columns(placed.holds)] = argb(theme.hold_ground)
    if timeline.peaks is not None:
        output = np.arange(width + 1) / scale
        levels = levels_of(timeline.peaks, placed.clock.film(output))
        pixels[:sound][shape_of(levels, sound)] = argb(theme.wave)
    low = height - sound
    cues = placed.cues
    lefts = (np.minimum(cues.room.begin, cues.clips[:, 0]) * scale).astype(np.int64)
    rights = (cues.whole.end * scale).astype(np.int64)
    for index, (left, right) in enumerate(zip(lefts.tolist(), rights.tolist(), strict=True)):
        state = cues.states[index]
        tall = max(2, round(low * HEIGHTS[state]))
        pixels[height - tall :, left : max(right, left + 1)] = argb(theme.cues[state].bar)
    kind = QImage.Format.Format_RGB32
    return QImage(pixels.data, width, height, width * 4, kind).copy()
