"""A window on a made film, hands on its keyboard, and no warning of Qt's unheard."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import (
    QDeadlineTimer,
    QEventLoop,
    QMessageLogContext,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication, QWidget

from studio.app.keys import ControlsFirst
from studio.app.player import Player
from studio.app.preferences import Preferences
from studio.app.window import Window
from studio.script import edits, store
from studio.script.model import Gap, Project
from studio.times import Span

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

LONG = 240_000  # ms; a machine may be slow, no test waits that long on purpose
_LOOK_EVERY = 5  # ms

_KNOWN = (
    "This plugin does not support",  # the offscreen platform has no window hints
    "QFont::setPointSizeF",
    "propagateSizeHints",
)


def application() -> QApplication:
    """The one application of the test process."""
    found = QApplication.instance()
    return found if isinstance(found, QApplication) else QApplication(["studio"])


def until(condition: Callable[[], object], what: str) -> None:
    """Let events happen until `condition` holds and what came with that changes nothing of it."""
    loop, tick = QEventLoop(), QTimer()
    late = QDeadlineTimer(LONG)
    tick.timeout.connect(lambda: loop.quit() if condition() or late.hasExpired() else None)
    tick.start(_LOOK_EVERY)
    while not (held := condition()) and not late.hasExpired():
        loop.exec()  # whatever else was due in its last turn has happened, too
    tick.stop()
    assert held, f"never: {what}"


@contextmanager
def no_warnings() -> Iterator[None]:
    """Fails where Qt warns of anything, as the model tester does of a bad model."""
    heard: list[str] = []

    def hear(kind: QtMsgType, _where: QMessageLogContext, words: str) -> None:
        bad = kind in {QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg}
        if bad and not any(known in words for known in _KNOWN):
            heard.append(words)

    before = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(before)
    assert heard == []


def small_film(folder: Path) -> Path:
    """Twelve seconds, one cut, one sentence."""
    from tests import make_media

    film = folder / "small.mp4"
    if not film.exists():
        make_media.film(
            film, seconds=12, cuts=(6,), speech=((4, "Who is there?"),), size=(320, 180)
        )
    return film


def small_project(folder: Path) -> Path:
    """A project for the small film, beside it, with three written descriptions."""
    from studio import steps
    from studio.settings import DEFAULTS

    path = folder / f"small{store.SUFFIX}"
    project, _ = steps.begin(small_film(folder), DEFAULTS, ["en"])
    steps.save_project(written(project), path)
    return path


def written(project: Project) -> Project:
    """With scenes, gaps and three descriptions as an analysis would find them."""
    gaps = (Gap(0, 3700), Gap(5300, 12_000))
    project = edits.put_analysis(
        project, [Span(0, 6000), Span(6000, 12_000)], [Span(4000, 5000)], gaps
    )
    for start, end, text in (
        (40, 3700, "A woman climbs the stairs."),
        (6000, 8000, "A door opens."),
        (9000, 12_000, "She looks out to the sea."),
    ):
        project, cue = edits.add_cue(project, start, end)
        project = edits.set_text(project, cue, "en", text)
    return project


@contextmanager
def window() -> Iterator[Window]:
    """A window as `studio` opens it, without sound; closed again without a question."""
    found = application()
    controls = ControlsFirst()
    found.focusChanged.connect(controls.follow)
    player = Player(sound="null")
    made = Window(Preferences(), player)
    made.show()
    made.activateWindow()
    until(made.isActiveWindow, "the window is active")
    try:
        yield made
    finally:
        found.focusChanged.disconnect(controls.follow)
        if made.document.is_open:
            made.filing.may_leave = lambda: True  # type: ignore[method-assign]
        made.close()
        made.deleteLater()
        QApplication.sendPostedEvents()
        QApplication.processEvents()


def named(root: QWidget, called: str) -> QWidget:
    """The visible control of that accessible name."""
    found = [
        one
        for one in root.findChildren(QWidget)
        if one.accessibleName() == called and one.isVisible()
    ]
    assert len(found) == 1, f"{len(found)} controls are called {called}"
    return found[0]
