"""Starts the application and its window."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from studio import __version__, paths
from studio.app import memory, problem, turns
from studio.app.keys import ControlsFirst
from studio.app.player import Player
from studio.app.preferences import Preferences
from studio.app.processes import BugError
from studio.app.window import TITLE, Window
from studio.errors import EngineError, StudioError

NO_OPENGL = (
    "The graphics card cannot draw the picture here, so it is drawn in memory. "
    "The preferences say which is wanted."
)

_LISTEN_EVERY = 200  # ms: lets Python see Ctrl-C while Qt waits


def run(file: Path | None, arguments: Sequence[str] = ()) -> int:
    """Open the window, with `file` in it; gives the exit code once it is closed."""
    if _no_screen():  # Qt would abort without a word that helps
        sys.stderr.write(
            "studio: There is no screen to open the window on. At the prompt everything works "
            "without one; see: studio --help\n"
        )
        return EngineError.exit_code
    memory.give_back()
    memory.search_only_what_is_new()
    turns.take_short_turns()
    application = QApplication([sys.argv[0], *arguments])
    application.setApplicationName(TITLE)
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("audio-description-studio")
    faulthandler.enable((paths.state_folder("log") / "crash.txt").open("w"))
    controls = ControlsFirst()
    application.focusChanged.connect(controls.follow)
    preferences = Preferences()
    opengl = preferences.surface == "opengl" and _opengl_works()
    try:
        player = Player(opengl=opengl)
    except StudioError as error:
        problem.box(None, error).exec()
        return error.exit_code
    window = Window(preferences, player)
    sys.excepthook = _Hook(window)
    window.show()
    window.tidying.begin()
    if preferences.surface == "opengl" and not opengl:
        window.tell(NO_OPENGL)
    if file is not None:
        QTimer.singleShot(0, lambda: window.filing.open_path(file))
    signal.signal(signal.SIGINT, lambda *_: window.end())
    signal.signal(signal.SIGTERM, lambda *_: window.end())
    beat = QTimer()
    beat.start(_LISTEN_EVERY)
    beat.timeout.connect(lambda: None)
    code = application.exec()
    player.close()
    return code


def _opengl_works() -> bool:
    from studio.app.player.glscreen import opengl_works  # loads what few need

    return opengl_works()


def _no_screen() -> bool:
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform == "linux" and not any(os.environ.get(one) for one in named)


class _Hook:
    """A bug must not end the window: it is told, and the work can be saved."""

    def __init__(self, window: QWidget) -> None:
        self._window = window

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if isinstance(error, StudioError):
            problem.show(self._window, error)
            return
        import traceback

        text = "".join(traceback.format_exception(kind, error, trace))
        log = paths.cache_folder("log") / "last-error.txt"
        log.write_text(text, encoding="utf-8")
        sys.stderr.write(text)
        problem.show(self._window, BugError("What you just did", f"{kind.__name__}: {error}", text))
