"""The timeline: shows a described film, and asks for what hands and keys want of it.

It never changes the document: what a person does here comes out as a signal, and what is so is
handed in by `set_content`. Places are output ms, the times of cues film ms.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from studio.app.theme import LIGHT, Theme
from studio.app.timeline.clock import OutputClock
from studio.app.timeline.content import Spot, TimelineContent, cue_sentence
from studio.app.timeline.drag import Drag, Moved
from studio.app.timeline.placed import place_sentence
from studio.app.timeline.snap import SnapPoints
from studio.app.timeline.spots import cue_at, spot_at
from studio.app.timeline.strip import Strip
from studio.times import MS_PER_SECOND, frame_at, frame_time

_ZOOM_STEP = 1.25
_SNAP_REACH = 8  # pixels
_DRAG_FROM = 4  # pixels; a hand is never quite still while it clicks
_WHEEL_NOTCH = 120  # Qt's eighths of a degree
_SCROLL_NOTCH = 90  # pixels
_AUTOSCROLL_MS = 40

_SHIFT = Qt.KeyboardModifier.ShiftModifier
_CONTROL = Qt.KeyboardModifier.ControlModifier
_ALT = Qt.KeyboardModifier.AltModifier
_NONE = Qt.KeyboardModifier.NoModifier


class _Grip:
    """A cue held by the mouse. clock: the time map as it was, so the hand's way stays even.

    pressed: where on the widget. film: film ms under the hand then. moved: what it has come to.
    """

    def __init__(self, drag: Drag, clock: OutputClock, pressed: QPointF, film: float) -> None:
        self.drag = drag
        self.clock = clock
        self.pressed = pressed
        self.film = film
        self.moved: Moved | None = None


class Timeline(Strip):
    """Lanes of a described film over output time.

    seek_asked: output ms. cue_chosen: a cue's id, and whether it is added to the chosen ones.
    cue_changed: a cue's id, its new span (film ms), and whether that is final; while a drag lasts
    it is sent for every move with False, in the end once with True. Escape ends a drag with the
    span it began with. Cues chosen together move together, one signal each, of which only the very
    last is final.
    gap_chosen: the gap's span, film ms. new_cue_asked: film ms.
    context_menu_asked: a `Spot` and the place on the screen.
    """

    seek_asked = Signal(int)
    cue_chosen = Signal(str, bool)
    cue_changed = Signal(str, object, bool)
    gap_chosen = Signal(object)
    new_cue_asked = Signal(int)
    context_menu_asked = Signal(object, QPoint)

    def __init__(self, parent: QWidget | None = None, theme: Theme = LIGHT) -> None:
        super().__init__(parent, theme)
        self._snapping = True
        self._points: SnapPoints | None = None
        self._grip: _Grip | None = None
        self._panned_from: QPointF | None = None
        self._scrubbing = False
        self._last = QPointF()
        self._autoscroll = QTimer(self)
        self._autoscroll.setInterval(_AUTOSCROLL_MS)
        self._autoscroll.timeout.connect(self._scroll_on)
        self.keys = self._table_of_keys()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Timeline")
        self._describe()

    def set_content(self, content: TimelineContent) -> None:
        """Show a project as it is now. The place in the film that shows stays where it is.

        What was asked for by `cue_changed` is shown as if it were so until this is called.
        """
        here = {cue.id for cue in content.project.cues}
        if self._grip is not None and not here.issuperset(self._grip.drag.origin):
            self._let_go()  # what was held is gone
        if self._grip is None:
            self._moved = {}
        super().set_content(content)
        self._points = None
        self._describe()

    def set_selection(self, ids: Iterable[str]) -> None:
        """The chosen cues; the last one is the one that keys move on from."""
        super().set_selection(ids)
        self._describe()

    def set_playhead(self, time: int, *, at_once: bool = True) -> None:
        """Where the film plays; see `Strip.set_playhead`."""
        super().set_playhead(time, at_once=at_once)
        if not self._following and self.hasFocus():
            self._describe()

    def set_snapping(self, snapping: bool) -> None:
        """Whether dragged edges are drawn to cuts, speech and cues; Alt does the opposite."""
        self._snapping = snapping

    # --- what keys ask for; the window's table of actions calls these too -------------------------

    def step(self, frames: int) -> None:
        """Ask for a place so many frames away."""
        if self._placed is not None:
            rate = self._placed.content.project.film.rate
            index = max(0, frame_at(self._playhead, rate) + frames)
            self._seek(frame_time(index, rate))

    def step_time(self, by: int) -> None:
        """Ask for a place so many ms away."""
        self._seek(self._playhead + by)

    def to_snap_point(self, way: Literal[-1, 1]) -> None:
        """Ask for the next (1) or last (-1) cut, border of speech or gap, or edge of a cue."""
        if self._placed is not None:
            points = self._snap_points()
            film = self._placed.clock.film_at(self._playhead)
            point = points.after(film) if way > 0 else points.before(film)
            if point is not None:
                self._seek(self._placed.clock.shown_at(point.film))

    def to_cue_edge(self, way: Literal[-1, 1]) -> None:
        """Ask for the next or last start or end of a cue."""
        if self._placed is None:
            return
        cues = self._placed.content.project.cues
        clock = self._placed.clock
        film = clock.film_at(self._playhead)
        edges = {edge for cue in cues for edge in (cue.start, cue.end)}
        found = [edge for edge in edges if (edge - film) * way > 0]
        if found:
            self._seek(clock.shown_at(min(found) if way > 0 else max(found)))

    def choose_cue(self, way: Literal[-1, 1]) -> None:
        """Choose the next or last cue, counted from the chosen one, else from the playhead."""
        if self._placed is None or not self._placed.cues.cues:
            return
        cues = self._placed.cues
        current = cues.index.get(self._chosen[-1]) if self._chosen else None
        if current is not None:
            wanted = current + way
        else:
            begun = int((cues.room.begin <= self._playhead).sum())
            wanted = begun if way > 0 else begun - 1
        if 0 <= wanted < len(cues.cues):
            cue = cues.cues[wanted].id
            self._reveal_cue(cue)
            self.cue_chosen.emit(cue, False)

    def nudge(self, frames: int) -> None:
        """Move the chosen cues by so many frames of the film."""
        if self._placed is None or not self._chosen:
            return
        project = self._placed.content.project
        drag = self._taken(self._chosen[-1], "body")
        if drag is not None:
            self._send(drag.moved(round(frames * MS_PER_SECOND / project.film.rate), -1), True)

    def trim_to_playhead(self, part: Literal["start", "end"]) -> None:
        """Let the chosen cue start, or end, where the film plays."""
        drag = self._taken(self._chosen[-1], part) if self._chosen else None
        if self._placed is not None and drag is not None:
            span = drag.origin[drag.cue]
            edge = span.start if part == "start" else span.end
            film = self._placed.clock.film_at(self._playhead)
            self._send(drag.moved(film - edge, -1), True)

    def ask_new_cue(self) -> None:
        """Ask for a cue where the film plays."""
        if self._placed is not None:
            self.new_cue_asked.emit(self._placed.clock.film_at(self._playhead))

    def ask_context_menu(self) -> None:
        """Ask for the menu of the chosen cue, or of the playhead without one."""
        if self._placed is None:
            return
        spans = self.spans_of(self._chosen[-1:])
        lane: Literal["cues", "ruler"] = "cues" if spans else "ruler"
        time = spans[0].start if spans else self._playhead
        row = self._lanes.row(lane)
        cue = self._chosen[-1] if spans else ""
        x = min(max(0, round(self._view.x(time))), self._view.width)
        y = 0 if row is None else row.top + row.height // 2
        spot = spot_at(self._placed, lane, time, cue, "body" if cue else "")
        self.context_menu_asked.emit(spot, self.mapToGlobal(QPoint(self._gutter + x, y)))

    def _seek(self, time: int) -> None:
        if self._placed is not None:
            wanted = min(max(0, time), self._placed.content.length)
            self._show(self._view.revealing(wanted, wanted))
            self.seek_asked.emit(wanted)

    def _snap_points(self) -> SnapPoints:
        if self._points is None:
            if self._placed is None:
                return SnapPoints(())
            self._points = SnapPoints.of(self._placed.content.project)
        return self._points

    def _taken(self, cue: str, part: Literal["start", "body", "end"]) -> Drag | None:
        if self._placed is None or cue not in self._placed.cues.index:
            return None
        drag = Drag.of(self._placed.content.project, cue, part, frozenset(self._chosen))
        known = {one: self._moved.get(one, span) for one, span in drag.origin.items()}
        return replace(drag, origin=known)

    def _send(self, moved: Moved, final: bool) -> None:
        self._moved = {**self._moved, **moved.spans}  # shown until the next content
        self._paint_anew()
        last = len(moved.spans) - 1
        for place, (cue, span) in enumerate(moved.spans.items()):
            self.cue_changed.emit(cue, span, final and place == last)

    def _reveal_cue(self, cue: str) -> None:
        for span in self.spans_of([cue]):
            self.reveal(span.start, span.end)

    # --- keys -------------------------------------------------------------------------------------

    def _table_of_keys(self) -> dict[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], None]]:
        """The defaults; the window's own shortcuts come first where it has bound a key."""
        key = Qt.Key
        return {
            (key.Key_Left, _NONE): lambda: self.step(-1),
            (key.Key_Right, _NONE): lambda: self.step(1),
            (key.Key_Left, _SHIFT): lambda: self.step_time(-MS_PER_SECOND),
            (key.Key_Right, _SHIFT): lambda: self.step_time(MS_PER_SECOND),
            (key.Key_Left, _ALT): lambda: self.to_snap_point(-1),
            (key.Key_Right, _ALT): lambda: self.to_snap_point(1),
            (key.Key_Left, _CONTROL): lambda: self.to_cue_edge(-1),
            (key.Key_Right, _CONTROL): lambda: self.to_cue_edge(1),
            (key.Key_Left, _ALT | _SHIFT): lambda: self.nudge(-1),
            (key.Key_Right, _ALT | _SHIFT): lambda: self.nudge(1),
            (key.Key_Up, _NONE): lambda: self.choose_cue(-1),
            (key.Key_Down, _NONE): lambda: self.choose_cue(1),
            (key.Key_Home, _NONE): lambda: self._seek(0),
            (key.Key_End, _NONE): lambda: self._seek(self._view.length),
            (key.Key_PageUp, _NONE): lambda: self.turn_page(-0.9),
            (key.Key_PageDown, _NONE): lambda: self.turn_page(0.9),
            (key.Key_BracketLeft, _NONE): lambda: self.trim_to_playhead("start"),
            (key.Key_BracketRight, _NONE): lambda: self.trim_to_playhead("end"),
            (key.Key_Insert, _NONE): self.ask_new_cue,
            (key.Key_Plus, _NONE): lambda: self.zoom_by(_ZOOM_STEP),
            (key.Key_Plus, _SHIFT): lambda: self.zoom_by(_ZOOM_STEP),
            (key.Key_Equal, _NONE): lambda: self.zoom_by(_ZOOM_STEP),
            (key.Key_Minus, _NONE): lambda: self.zoom_by(1 / _ZOOM_STEP),
            (key.Key_Z, _SHIFT): self.zoom_to_fit,
            (key.Key_Menu, _NONE): self.ask_context_menu,
            (key.Key_F10, _SHIFT): self.ask_context_menu,
        }

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  # Qt's name
        """Do what the key is for; leave all other keys to the window."""
        if event.key() == Qt.Key.Key_Escape and self._grip is not None:
            self._cancel_drag()
            return
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        action = self.keys.get((Qt.Key(event.key()), modifiers))
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    # --- the mouse --------------------------------------------------------------------------------

    def spot(self, at: QPointF) -> Spot | None:
        """What lies at a place of the widget; None beside the lanes."""
        x = at.x() - self._gutter
        if self._placed is None or x < 0:
            return None
        lane = self._lanes.at(int(at.y()))
        time = self._view.time(x)
        if lane != "cues":
            return spot_at(self._placed, lane, time)
        cue, part = cue_at(self._placed, self._view, x, frozenset(self._chosen))
        return spot_at(self._placed, lane, time, cue, part)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """Choose or take hold of a cue, or go to a place; the middle button takes the strip."""
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            return
        spot = self.spot(event.position())
        if event.button() != Qt.MouseButton.LeftButton or spot is None or self._grip is not None:
            return
        if spot.cue:
            self._take_cue(spot, event)
        else:
            self._scrubbing = True
            self.seek_asked.emit(spot.output)
            if spot.gap is not None and spot.lane in ("sound", "cues"):
                self.gap_chosen.emit(spot.gap)

    def _take_cue(self, spot: Spot, event: QMouseEvent) -> None:
        extend = bool(event.modifiers() & (_CONTROL | _SHIFT))
        if extend or spot.cue not in self._chosen:
            self.cue_chosen.emit(spot.cue, extend)
        if self._placed is None or spot.part == "" or extend:
            return
        drag = self._taken(spot.cue, spot.part)
        if drag is not None:
            clock = self._placed.clock
            film = float(clock.film(self._view.time(event.position().x() - self._gutter)))
            self._grip = _Grip(drag, clock, event.position(), film)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """Drag what is held; with nothing held show what could be."""
        self._last = event.position()
        if self._panned_from is not None:
            self._show(self._view.scrolled(self._panned_from.x() - event.position().x()))
            self._panned_from = event.position()
        elif self._grip is not None:
            self._drag_to(event.position(), event.modifiers())
        elif self._scrubbing:
            self.seek_asked.emit(int(self._view.time(event.position().x() - self._gutter)))
        else:
            self._show_cursor()

    def _drag_to(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        grip = self._grip
        if grip is None:
            return
        if grip.moved is None and abs(at.x() - grip.pressed.x()) < _DRAG_FROM:
            return
        outside = not self._gutter <= at.x() <= self.width()
        if outside and not self._autoscroll.isActive():
            self._autoscroll.start()
        elif not outside:
            self._autoscroll.stop()
        film = float(grip.clock.film(self._view.time(at.x() - self._gutter)))
        snapping = self._snapping != bool(modifiers & _ALT)
        reach = _SNAP_REACH / self._view.scale if snapping else -1
        moved = grip.drag.moved(round(film - grip.film), reach)
        if grip.moved is None or moved != grip.moved:
            grip.moved = moved
            self._snapped = moved.snapped
            self._send(moved, final=False)

    def _scroll_on(self) -> None:
        """While a drag is held beyond an edge, the strip runs on under it."""
        over = self._last.x() - (self._gutter if self._last.x() < self._gutter else self.width())
        self._show(self._view.scrolled(over / 2))
        self._drag_to(self._last, _NONE)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """Let go."""
        if event.button() == Qt.MouseButton.MiddleButton:
            self._panned_from = None
            self._show_cursor()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._scrubbing = False
            grip = self._let_go()
            if grip is not None and grip.moved is not None:
                self._send(grip.moved, final=True)
            elif grip is not None and len(self._chosen) > 1:
                self.cue_chosen.emit(grip.drag.cue, False)  # a click, not a drag of them all

    def _cancel_drag(self) -> None:
        grip = self._let_go()
        if grip is not None and grip.moved is not None:
            self._send(Moved(grip.drag.origin, None), final=True)

    def _let_go(self) -> _Grip | None:
        """What was held, which is held no longer."""
        grip, self._grip = self._grip, None
        self._snapped = None
        self._autoscroll.stop()
        return grip

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802  # Qt's name
        """Go to the start of a cue; where there is none, ask for one."""
        spot = self.spot(event.position())
        if event.button() != Qt.MouseButton.LeftButton or spot is None or self._placed is None:
            return
        if spot.cue:
            index = self._placed.cues.index[spot.cue]
            self.seek_asked.emit(self._placed.clock.shown_at(self._placed.cues.cues[index].start))
        elif spot.lane == "cues":
            self.new_cue_asked.emit(spot.film)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  # Qt's name
        """Scroll; with Ctrl zoom round the mouse."""
        event.accept()
        pixels, angle = event.pixelDelta(), event.angleDelta()
        if event.modifiers() & _CONTROL:
            notches = (angle.y() or angle.x()) / _WHEEL_NOTCH
            at = min(max(0.0, event.position().x() - self._gutter), float(self._view.width))
            self._show(self._view.zoomed(_ZOOM_STEP**notches, at))
        elif not pixels.isNull():
            self._show(self._view.scrolled(-(pixels.x() or pixels.y())))
        else:
            turned = (angle.x() or angle.y()) / _WHEEL_NOTCH
            self._show(self._view.scrolled(-turned * _SCROLL_NOTCH))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802  # Qt's name
        """Ask for a menu: of what lies under the mouse, or from the keyboard of what is chosen."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.ask_context_menu()
            return
        spot = self.spot(QPointF(event.pos()))
        if spot is not None:
            if spot.cue and spot.cue not in self._chosen:
                self.cue_chosen.emit(spot.cue, False)
            self.context_menu_asked.emit(spot, event.globalPos())

    def _show_cursor(self) -> None:
        spot = self.spot(self._last)
        if spot is not None and spot.part in ("start", "end"):
            self.setCursor(Qt.CursorShape.SizeHorCursor)
        elif spot is not None and spot.part == "body":
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.unsetCursor()

    # --- for screen readers, and for all ----------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Tips, pinching; and Escape belongs to a drag before it belongs to anybody else."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._show_tip(event)
            return True
        if isinstance(event, QNativeGestureEvent):
            return self._pinch(event)
        escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if escape and event.type() == QEvent.Type.ShortcutOverride and self._grip is not None:
            event.accept()
            return True
        return super().event(event)

    def _pinch(self, event: QNativeGestureEvent) -> bool:
        """Two fingers on a touchpad zoom round the place they are at."""
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return super().event(event)
        at = min(max(0.0, event.position().x() - self._gutter), float(self._view.width))
        self._show(self._view.zoomed(1 + event.value(), at))
        return True

    def _show_tip(self, event: QHelpEvent) -> None:
        spot = self.spot(QPointF(event.pos()))
        if spot is None or self._placed is None:
            QToolTip.hideText()
            return
        if spot.cue:
            text = cue_sentence(self._placed.content, spot.cue)
        elif spot.stretch is not None:
            text = spot.stretch.text
        else:
            text = place_sentence(self._placed, spot.output)
        # as rich text it is broken into lines; escaped, because a text may hold any letter
        QToolTip.showText(event.globalPos(), f"<p>{html.escape(text)}</p>", self)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  # Qt's name
        """Say where one is."""
        self._describe()
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802  # Qt's name
        """The frame goes."""
        self.update()
        super().focusOutEvent(event)

    def _describe(self) -> None:
        """What a screen reader says of the timeline: the place, and the chosen cue."""
        if self._placed is None:
            self.setAccessibleDescription("No film is open.")
            return
        parts = [f"Playhead at {place_sentence(self._placed, self._playhead)}."]
        known = [one for one in self._chosen if one in self._placed.cues.index]
        if known:
            parts.append(cue_sentence(self._placed.content, known[-1]))
        if len(known) > 1:
            parts.append(f"{len(known)} descriptions are chosen.")
        self.setAccessibleDescription(" ".join(parts))
