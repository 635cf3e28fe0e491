"""A small project on a timeline, and hands and keys to use it with.

A 60 s film at 25 Hz that waits 2 s at 20 s and 1 s at 40 s, so it lasts 63 s:

    scenes   0 ........ 10 ............ 25 .................. 60
    speech       4-8         15-18           30-36
    gaps     0-4   8.3-14.7      18.3-29.7        36.3-60 (the last to be left silent)
    cues     one 1-3   two 9-12   three 19-20 (+ freeze)   four 45-50
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

import numpy as np
from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QEventLoop,
    QPoint,
    QPointF,
    Qt,
    QTimer,
    SignalInstance,
)
from PySide6.QtGui import QColor, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from studio.app.states import CueState
from studio.app.theme import LIGHT, Theme
from studio.app.timeline import Stretch, Timeline, TimelineContent
from studio.app.timeline.clock import OutputClock
from studio.media.peaks import BINS_PER_SECOND, Peaks
from studio.mix.timemap import Hold, TimeMap
from studio.script.model import Clip, Cue, Film, Gap, Project, Version
from studio.times import Span

FILM = Film("film.mkv", 1, "f", 60_000, 1280, 720, Fraction(25), -20.0)
HOLDS = TimeMap((Hold(Fraction(20), Fraction(2)), Hold(Fraction(40), Fraction(1))))
NONE = Qt.KeyboardModifier.NoModifier
ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton

_STATES = {
    "one": CueState.FITS | CueState.ACCEPTED,
    "two": CueState.FASTER,
    "three": CueState.EXTENDED,
    "four": CueState.TOO_LONG | CueState.ISSUES,
}
_ROOMS = {
    "one": (1000, 3000),
    "two": (9000, 12_000),
    "three": (19_000, 20_000),
    "four": (45_000, 50_000),
}
_CLIPS = {"one": 1500, "two": 3000, "three": 3000}


def content(
    states: dict[str, CueState] | None = None,
    times: TimeMap = HOLDS,
    lines: tuple[Stretch, ...] = (),
    beds: tuple[Stretch, ...] = (),
) -> TimelineContent:
    """The film above, its clips where they are planned."""
    clock = OutputClock.of(times)
    cues = tuple(
        Cue(cue, start, end, (Version("en", f"Text of {cue}", _clip(cue)),))
        for cue, (start, end) in _ROOMS.items()
    )
    project = Project(
        FILM,
        scenes=(Span(0, 10_000), Span(10_000, 25_000), Span(25_000, 60_000)),
        speech=(Span(4000, 8000), Span(15_000, 18_000), Span(30_000, 36_000)),
        gaps=(
            Gap(0, 4000),
            Gap(8300, 14_700),
            Gap(18_300, 29_700),
            Gap(36_300, 60_000, leave_silent=True),
        ),
        cues=cues,
    )
    clips = {}
    for cue, duration in _CLIPS.items():
        start = clock.shown_at(_ROOMS[cue][0])
        clips[cue] = Span(start, start + duration)
    return TimelineContent(project, "en", states or _STATES, times, clips, lines, beds)


def _clip(cue: str) -> Clip | None:
    return Clip("k", _CLIPS[cue], "s", "v", 1.0) if cue in _CLIPS else None


def with_room(shown: TimelineContent, cue_id: str, span: Span) -> TimelineContent:
    """The content after a cue has got another room."""
    cues = tuple(
        replace(cue, start=span.start, end=span.end) if cue.id == cue_id else cue
        for cue in shown.project.cues
    )
    return replace(shown, project=replace(shown.project, cues=cues))


def loud_between(start: int, end: int) -> Peaks:
    """Silence, but for a steady tone between two film ms."""
    finest = np.zeros((60 * BINS_PER_SECOND, 2), np.int16)
    finest[start * BINS_PER_SECOND // 1000 : end * BINS_PER_SECOND // 1000] = (-25_000, 25_000)
    return Peaks(finest)


def application() -> QApplication:
    """The one there is; off screen unless the machine was told otherwise."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    found = QApplication.instance() or QApplication([])
    assert isinstance(found, QApplication)
    return found


@contextmanager
def shown(widget: QWidget, width: int, height: int) -> Iterator[None]:
    """The widget on the screen, and gone for good afterwards."""
    widget.resize(width, height)
    widget.show()
    QApplication.processEvents()
    try:
        yield
    finally:
        widget.close()
        widget.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@contextmanager
def timeline(
    what: TimelineContent | None = None, theme: Theme = LIGHT, width: int = 1200, height: int = 320
) -> Iterator[Timeline]:
    """A timeline of the film above, one second being as wide as the same number of pixels."""
    application()
    made = Timeline(theme=theme)
    with shown(made, width, height):
        made.set_content(content() if what is None else what)
        QApplication.processEvents()
        yield made


class Heard:
    """What a signal has said, in order."""

    def __init__(self, signal: SignalInstance) -> None:
        self.all: list[tuple[object, ...]] = []
        signal.connect(self._hear)

    def _hear(self, *said: object) -> None:
        self.all.append(said)

    @property
    def last(self) -> tuple[object, ...]:
        """The last word."""
        return self.all[-1]


def place(made: Timeline, lane: str, output: float) -> QPoint:
    """The pixel of an output time in the middle of a lane."""
    row = next(row for row in made.lanes.rows if row.lane == lane)
    return QPoint(round(made.gutter + made.view.x(output)), row.top + row.height // 2)


def _mouse(
    to: QWidget,
    kind: QEvent.Type,
    at: QPoint,
    button: Qt.MouseButton,
    modifiers: Qt.KeyboardModifier,
) -> None:
    down = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
    pressed = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button
    event = QMouseEvent(kind, QPointF(at), to.mapToGlobal(QPointF(at)), pressed, down, modifiers)
    QApplication.sendEvent(to, event)


def press(
    to: QWidget,
    at: QPoint,
    button: Qt.MouseButton = LEFT,
    modifiers: Qt.KeyboardModifier = NONE,
) -> None:
    """A button goes down."""
    _mouse(to, QEvent.Type.MouseButtonPress, at, button, modifiers)


def move(
    to: QWidget,
    at: QPoint,
    button: Qt.MouseButton = LEFT,
    modifiers: Qt.KeyboardModifier = NONE,
) -> None:
    """The mouse moves with the button down."""
    _mouse(to, QEvent.Type.MouseMove, at, button, modifiers)


def release(to: QWidget, at: QPoint, button: Qt.MouseButton = LEFT) -> None:
    """The button goes up."""
    _mouse(to, QEvent.Type.MouseButtonRelease, at, button, NONE)


def drag(
    to: QWidget,
    start: QPoint,
    end: QPoint,
    button: Qt.MouseButton = LEFT,
    modifiers: Qt.KeyboardModifier = NONE,
) -> None:
    """From one place to another in three moves."""
    press(to, start, button)
    for step in (1, 2, 3):
        way = QPoint(
            round((end.x() - start.x()) * step / 3), round((end.y() - start.y()) * step / 3)
        )
        move(to, start + way, button, modifiers)
    release(to, end, button)


def turn_wheel(
    to: QWidget, at: QPoint, notches: float, modifiers: Qt.KeyboardModifier = NONE
) -> None:
    """The wheel turns towards the desk (negative) or away from it."""
    event = QWheelEvent(
        QPointF(at),
        to.mapToGlobal(QPointF(at)),
        QPoint(0, 0),
        QPoint(0, round(notches * 120)),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(to, event)


def colour_at(made: QWidget, at: QPoint) -> str:
    """The colour "#rrggbb" of a pixel as painted; logical pixels."""
    image = made.grab().toImage()
    ratio = image.devicePixelRatio()
    return QColor(image.pixel(int(at.x() * ratio), int(at.y() * ratio))).name()


def wait_for(signal: SignalInstance) -> None:
    """Let the window live until the signal comes; the test fails where it never does."""
    loop, heard = QEventLoop(), Heard(signal)
    signal.connect(loop.quit)
    QTimer.singleShot(30_000, loop, loop.quit)
    loop.exec()
    assert heard.all
