"""The widget that shows the film by the graphics card: mpv draws straight into it.

It takes less of the processor than `Screen`, and needs an OpenGL that works; see `opengl_works`.
"""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QOffscreenSurface, QOpenGLContext
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QWidget

from studio.app.player.player import Player
from studio.app.player.screen import SMALLEST, describe
from studio.errors import MediaError


def opengl_works() -> bool:
    """Whether this machine can draw by OpenGL. To be called once there is a QApplication."""
    context, surface = QOpenGLContext(), QOffscreenSurface()
    if not context.create():
        return False
    surface.setFormat(context.format())
    surface.create()
    if not context.makeCurrent(surface):
        return False
    context.doneCurrent()
    return True


class GlScreen(QOpenGLWidget):
    """Shows what a player plays, in its shape, with black beside it. Close the player, not this.

    The player must have been made with `opengl`.
    """

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        """A screen for `player`; a player has one."""
        super().__init__(parent)
        self._player = player
        describe(self)
        player.picture_changed.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """Twice the smallest size."""
        return SMALLEST * 2

    @property
    def image(self) -> QImage:
        """The picture as it is drawn now, black beside it."""
        return self.grabFramebuffer()

    def initializeGL(self) -> None:  # noqa: N802  # Qt's name
        """Let mpv draw here."""
        context = self.context()
        try:
            self._player.draw_by_opengl(context.getProcAddress, self.makeCurrent)
        except MediaError as error:
            self._player.failed.emit(str(error))
            return
        # a widget that comes into another window gets another context
        context.aboutToBeDestroyed.connect(self._player.cease_opengl)

    def paintGL(self) -> None:  # noqa: N802  # Qt's name
        """Draw the newest picture."""
        size = self.size() * self.devicePixelRatioF()
        self._player.draw_into(self.defaultFramebufferObject(), size.width(), size.height())
