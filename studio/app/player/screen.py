"""The widget that shows the film: mpv draws into memory, Qt puts it on the window.

That works wherever Qt does, on Wayland and without a graphics card. The picture is drawn no larger
than the widget and no larger than the film, in the pixels of the screen; Qt enlarges the rest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.app.player.player import Player

SMALLEST = QSize(160, 90)  # logical pixels


def describe(screen: QWidget) -> None:
    """What every screen has: its size, and what it is called."""
    screen.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    screen.setMinimumSize(SMALLEST)
    screen.setAccessibleName("Picture")
    screen.setAccessibleDescription("The described film at the playhead.")


def screen_for(player: Player) -> QWidget:
    """The screen that draws as the player was made to."""
    if player.by_opengl:
        from studio.app.player.glscreen import GlScreen  # loads what few need

        return GlScreen(player)
    return Screen(player)


class Screen(QWidget):
    """Shows what a player plays, in its shape, with black beside it. Close the player, not this."""

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        """A screen for `player`; a player has one."""
        super().__init__(parent)
        self._player = player
        self._image = QImage()
        self._pixels: NDArray[np.uint32] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        describe(self)
        player.picture_changed.connect(self._show_new)

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """Twice the smallest size."""
        return SMALLEST * 2

    @property
    def image(self) -> QImage:
        """The picture as it was drawn last; null before the first."""
        return self._image.copy()

    def _show_new(self) -> None:
        """Put a new picture on the window before whatever else waits to be painted."""
        if self._draw():
            self.repaint()
            self._player.tell_shown()

    def _draw(self, *, always: bool = False) -> bool:
        """Whether there is another image now."""
        size = self._drawn_size()
        pixels = self._player.draw(size.width(), size.height(), always=always)
        if pixels is None:
            return False
        height, width = pixels.shape
        self._pixels = pixels  # the image has no memory of its own
        self._image = QImage(
            pixels.data, size.width(), height, width * 4, QImage.Format.Format_RGB32
        )
        return True

    def _drawn_size(self) -> QSize:
        """The film's shape within the widget, in pixels of the screen, at most the film's own."""
        film = QSize(*self._player.picture_size)
        room = self.size() * self.devicePixelRatioF()
        fitting = film.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        return fitting.boundedTo(film).expandedTo(QSize(2, 2))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Draw the same picture in the new size."""
        super().resizeEvent(event)
        if self._draw(always=True):
            self.update()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802
        """Put the picture into the middle, black around it."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(Qt.GlobalColor.black))
            if self._image.isNull():
                return
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            shape = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(0, 0, shape.width(), shape.height())
            target.moveCenter(self.rect().center())
            painter.drawImage(target, self._image)
