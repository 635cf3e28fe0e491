"""The part of the timeline that shows: lanes over output time, painted; zoom and scroll."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen, QRegion, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from studio.app.theme import LIGHT, Theme, colour
from studio.app.timeline import painting
from studio.app.timeline.content import TimelineContent
from studio.app.timeline.cuepainting import CueView, paint_cues
from studio.app.timeline.filmstrip import Filmstrip
from studio.app.timeline.labels import Labels
from studio.app.timeline.lanes import NAMES, Lanes, Row, least_height
from studio.app.timeline.painting import Canvas
from studio.app.timeline.placed import Placed
from studio.app.timeline.snap import SnapPoint
from studio.app.timeline.view import View
from studio.app.timeline.waveform import WaveTiles
from studio.media.peaks import Peaks
from studio.times import MS_PER_SECOND, Span

_PICTURES_AFTER_MS = 150  # decoding them would hold up who goes on jumping about in the film
_ALIGN = 4  # pixels; whole device pixels at every usual ratio (1.25, 1.5, 1.75)
_COMFORT = 1.4  # of the least height


class Strip(QWidget):
    """Shows a described film; `Timeline` is the one that listens to hands and keys.

    thumbnails_wanted: film ms of the pictures that are missing; a new list replaces earlier ones.
    view_changed: another stretch, or something else, shows. playhead_moved: from, to; output ms.
    """

    thumbnails_wanted = Signal(list)
    view_changed = Signal()
    playhead_moved = Signal(int, int)

    def __init__(self, parent: QWidget | None = None, theme: Theme = LIGHT) -> None:
        super().__init__(parent)
        self._theme = theme
        self._placed: Placed | None = None
        self._peaks: Peaks | None = None
        self._tiles = WaveTiles()
        self._strip = Filmstrip()
        self._view = View.whole(1, 1)
        self._playhead = 0
        self._line_at = 0  # where the playhead was painted last
        self._chosen: tuple[str, ...] = ()
        self._moved: Mapping[str, Span] = {}
        self._snapped: SnapPoint | None = None
        self._following = False
        self._asked: list[int] = []
        self._pictures_later = QTimer(self)
        self._pictures_later.setSingleShot(True)
        self._pictures_later.setInterval(_PICTURES_AFTER_MS)
        self._pictures_later.timeout.connect(self.ask_thumbnails)
        self._ground = QImage()  # all but what moves with every picture that is played
        self._stale = QRegion()  # where that is not what it should be
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._take_font()

    # --- what is shown ----------------------------------------------------------------------------

    def set_content(self, content: TimelineContent) -> None:
        """Show a project as it is now. The place in the film that shows stays where it is."""
        before = self._placed
        placed = Placed.of(content, before)
        if before is None or _another_film(before.content, content):
            self._strip.clear()
            self._view = View.whole(self._strip_width, content.length)
        else:
            left = before.clock.film(self._view.start)
            view = self._view.resized(self._strip_width, content.length)
            if before.clock is not placed.clock and not view.is_whole:
                view = view.moved_to(float(placed.clock.output(left)))
            self._view = view
        self._placed = placed
        self._tiles.set_source(self._peaks, placed.clock)
        self._playhead = min(self._playhead, content.length)
        self._lay_out()
        self._seen_anew()

    def set_peaks(self, peaks: Peaks | None) -> None:
        """The outline of the film's sound; None while there is none."""
        self._peaks = peaks
        self._tiles.set_source(peaks, None if self._placed is None else self._placed.clock)
        self._seen_anew()

    def set_thumbnail(self, time: int, picture: QImage) -> None:
        """A picture that was wanted, by the very film ms it was wanted for; any size."""
        fitted = picture.scaled(
            self.picture_size,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        ).convertToFormat(QImage.Format.Format_RGB32)
        fitted.setDevicePixelRatio(self.devicePixelRatioF())
        self._strip.put(time, fitted)
        row = self._lanes.row("pictures")
        if row is not None:
            self._paint_anew(QRect(0, row.top, self.width(), row.height))

    def set_selection(self, ids: Iterable[str]) -> None:
        """The chosen cues; the last one is the one that keys move on from."""
        self._chosen = tuple(ids)
        self._paint_anew()

    def set_playhead(self, time: int, *, at_once: bool = True) -> None:
        """Where the film plays, output ms.

        at_once: False leaves its line where it is until `show_playhead`.
        """
        self._playhead = time
        if at_once:
            self.show_playhead()

    def show_playhead(self) -> None:
        """Paint its line where it is now. Costs two narrow strips, however much shows."""
        old, self._line_at = self._line_at, self._playhead
        time = self._playhead
        if self._following and not self._view.start <= time < self._view.end:
            self._show(self._view.moved_to(time - self._view.shown * 0.05))
        for place in (old, time):
            x = self._gutter + self._view.x(place)
            if -_ALIGN <= x <= self.width() + _ALIGN:
                self.update(QRect(int(x) - _ALIGN, 0, 2 * _ALIGN + 1, self.height()))
        self.playhead_moved.emit(old, time)

    def set_following(self, following: bool) -> None:
        """Whether the view turns its page when the playhead leaves it, as while playing."""
        self._following = following

    def set_theme(self, theme: Theme) -> None:
        """Other colours."""
        self._theme = theme
        self._tiles.clear()
        self._seen_anew()

    @property
    def theme(self) -> Theme:
        """The colours in use."""
        return self._theme

    @property
    def view(self) -> View:
        """The stretch that shows."""
        return self._view

    @property
    def placed(self) -> Placed | None:
        """What is shown, in output ms; None before the first content."""
        return self._placed

    @property
    def peaks(self) -> Peaks | None:
        """The outline of the film's sound, if there is one yet."""
        return self._peaks

    @property
    def playhead(self) -> int:
        """Where the film plays, output ms."""
        return self._playhead

    @property
    def selection(self) -> tuple[str, ...]:
        """The ids of the chosen cues, the one that keys move on from last."""
        return self._chosen

    @property
    def lanes(self) -> Lanes:
        """Where each lane lies."""
        return self._lanes

    @property
    def gutter(self) -> int:
        """Pixels of the column with the lanes' names; time begins right of it."""
        return self._gutter

    @property
    def picture_size(self) -> QSize:
        """Device pixels of a picture in its lane: what `set_thumbnail` is best given."""
        row = self._lanes.row("pictures")
        height = 1 if row is None else row.height
        ratio = self.devicePixelRatioF()
        return QSize(round(self._picture_width * ratio), round(height * ratio))

    # --- zoom and scroll --------------------------------------------------------------------------

    def zoom_by(self, factor: float, at: int | None = None) -> None:
        """`factor` times closer; output ms `at` stays in its place, the playhead without it.

        Where that does not show, the middle does.
        """
        x = self._view.x(self._playhead if at is None else at)
        if not 0 <= x <= self._view.width:
            x = self._view.width / 2
        self._show(self._view.zoomed(factor, x))

    def zoom_to_fit(self) -> None:
        """The whole film."""
        self._show(View.whole(self._view.width, self._view.length))

    def zoom_to_selection(self) -> None:
        """The chosen cues with a little around them; nothing without any."""
        spans = self.spans_of(self._chosen)
        if spans:
            start, end = min(one.start for one in spans), max(one.end for one in spans)
            self._show(self._view.showing(start, max(end, start + MS_PER_SECOND), margin=0.15))

    def show_range(self, start: int, end: int) -> None:
        """All from one output ms to another, as close as possible."""
        self._show(self._view.showing(start, end))

    def reveal(self, start: int, end: int) -> None:
        """Scroll, if need be, until these output ms show."""
        self._show(self._view.revealing(start, end))

    def scroll_to(self, start: float) -> None:
        """Put output ms `start` at the left edge, as near as the film allows."""
        self._show(self._view.moved_to(start))

    def turn_page(self, pages: float) -> None:
        """Scroll by so many widths of what shows."""
        self._show(self._view.scrolled(self._view.width * pages))

    def spans_of(self, ids: Sequence[str]) -> list[Span]:
        """Where these cues and their clips show, output ms; unknown ids are left out."""
        if self._placed is None:
            return []
        cues = self._placed.cues
        found = [cues.index[one] for one in ids if one in cues.index]
        return [Span(round(cues.room.begin[one]), round(cues.whole.end[one])) for one in found]

    def _show(self, view: View) -> None:
        if view != self._view:
            self._view = view
            self._paint_anew(self._right_of_names())
            self._seen_elsewhere()

    def _right_of_names(self) -> QRect:
        return self.rect().adjusted(self._gutter, 0, 0, 0)

    def _paint_anew(self, rect: QRect | None = None) -> None:
        """What lies in `rect`, everywhere without one, is another than was painted."""
        self._stale = self._stale.united(self.rect() if rect is None else rect)
        self.update(self._stale)

    def _seen_anew(self) -> None:
        self._paint_anew()
        self._seen_elsewhere()

    def _seen_elsewhere(self) -> None:
        self._pictures_later.start()
        self.view_changed.emit()

    def ask_thumbnails(self) -> None:
        """Ask for the pictures that are missing; not twice running for the same ones."""
        if self._placed is None or not self.isVisible():
            return
        left = self._view.start * self._view.scale
        slots = painting.slot_times(
            self._view, self._placed.clock, left, left + self._view.width, self._picture_width
        )
        missing = self._strip.missing(time for _, time in slots)
        if missing and missing != self._asked:
            self.thumbnails_wanted.emit(missing)
        self._asked = missing

    # --- sizes ------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """A comfortable size."""
        return QSize(960, round(self.minimumHeight() * _COMFORT))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  # Qt's name
        """Keep the place, in another width."""
        self._lay_out()
        self._show(self._view.resized(self._strip_width, self._view.length))
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  # Qt's name
        """Ask for what was not asked for while nobody saw it."""
        self._asked = []
        self._pictures_later.start()
        super().showEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  # Qt's name
        """Letters of another size give lanes of another height."""
        if event.type() == QEvent.Type.FontChange:
            self._take_font()
        self._paint_anew()
        super().changeEvent(event)

    def event(self, event: QEvent) -> bool:
        """Another screen may have other pixels: pictures are made anew."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._tiles.clear()
            self._forget_pictures()
            self._paint_anew()
        return super().event(event)

    def _take_font(self) -> None:
        self._labels = Labels(self.font())
        self._line = round(self._labels.metrics.height())
        names = max(self._labels.width(name) for name in NAMES.values())
        self._gutter = -(-(round(names) + 14) // _ALIGN) * _ALIGN
        self._lay_out()
        self._forget_pictures()
        self._show(self._view.resized(self._strip_width, self._view.length))

    def _forget_pictures(self) -> None:
        """Those that were given have the wrong size now."""
        self._strip.clear()
        self._asked = []
        self._pictures_later.start()

    def _lay_out(self) -> None:
        content = None if self._placed is None else self._placed.content
        dialogue = content is not None and bool(content.lines)
        beds = content is not None and bool(content.beds)
        self._lanes = Lanes.of(self.height(), self._line, dialogue, beds)
        self.setMinimumHeight(least_height(self._line, dialogue, beds))
        self.setMinimumWidth(self._gutter + 100)

    @property
    def _strip_width(self) -> int:
        return max(1, self.width() - self._gutter)

    @property
    def _picture_width(self) -> int:
        row = self._lanes.row("pictures")
        height = 1 if row is None else row.height
        if self._placed is None:
            return height
        film = self._placed.content.project.film
        return max(_ALIGN * 2, round(height * film.width / film.height / _ALIGN) * _ALIGN)

    # --- painting ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """Show what was painted last, with what has changed; then what moves all the time."""
        self._freshen()
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setClipRegion(event.region())
        painter.drawImage(QPointF(), self._ground)
        if self._placed is not None:
            self._paint_moving(painter, self._placed)
        if self.hasFocus():
            painter.setPen(QPen(colour(self._theme.focus), 2, j=Qt.PenJoinStyle.MiterJoin))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def _freshen(self) -> None:
        """Paint the ground where it is stale; all of it where it has another size."""
        ratio = self.devicePixelRatioF()
        size = QSize(math.ceil(self.width() * ratio), math.ceil(self.height() * ratio))
        if self._ground.size() != size or self._ground.devicePixelRatio() != ratio:
            self._ground = QImage(size, QImage.Format.Format_RGB32)
            self._ground.setDevicePixelRatio(ratio)
            self._stale = QRegion(self.rect())
        if self._stale.isEmpty():
            return
        stale, self._stale = self._stale, QRegion()
        painter = QPainter(self._ground)
        self.initPainter(painter)
        for rect in list(stale):  # type: ignore[call-overload]  # the stubs lack __iter__
            self._paint(painter, rect)
        painter.end()

    def _paint_moving(self, painter: QPainter, placed: Placed) -> None:
        """What a drag snaps to and the playhead, right of the names."""
        painter.save()
        painter.setClipRect(self._right_of_names(), Qt.ClipOperation.IntersectClip)
        painter.translate(self._gutter, 0)
        canvas = self._canvas(painter, placed, 0, self._strip_width)
        if self._snapped is not None:
            time = float(placed.clock.output(self._snapped.film))
            painting.paint_snap(canvas, time, self._snapped.what)
        painting.paint_line(canvas, self._playhead, self._theme.playhead, 2)
        painter.restore()

    def _canvas(self, painter: QPainter, placed: Placed, left: int, right: int) -> Canvas:
        return Canvas(
            painter=painter,
            theme=self._theme,
            view=self._view,
            lanes=self._lanes,
            placed=placed,
            labels=self._labels,
            ratio=self.devicePixelRatioF(),
            left=left,
            right=right,
        )

    def _paint(self, painter: QPainter, rect: QRect) -> None:
        painter.save()
        painter.setClipRect(rect)
        if self._placed is None:
            painter.fillRect(rect, colour(self._theme.lane))
        elif rect.right() >= self._gutter:
            left = max(0, rect.left() - self._gutter) // _ALIGN * _ALIGN
            right = -(-(rect.right() + 1 - self._gutter) // _ALIGN) * _ALIGN
            painter.translate(self._gutter, 0)
            right = max(right, left + _ALIGN)
            self._paint_lanes(self._canvas(painter, self._placed, left, right))
            painter.translate(-self._gutter, 0)
        if rect.left() < self._gutter:
            painting.paint_names(painter, self._theme, self._labels, self._lanes, self._gutter)
        painter.restore()

    def _paint_lanes(self, canvas: Canvas) -> None:
        painting.paint_grounds(canvas)
        for row in self._lanes.rows:
            self._paint_row(canvas, row)

    def _paint_row(self, canvas: Canvas, row: Row) -> None:
        placed = canvas.placed
        match row.lane:
            case "ruler":
                painting.paint_ruler(canvas, row)
            case "pictures":
                painting.paint_pictures(canvas, row, self._strip, self._picture_width)
            case "scenes":
                painting.paint_scenes(canvas, row)
            case "sound":
                painting.paint_sound(canvas, row, self._tiles)
            case "dialogue":
                painting.paint_stretches(canvas, row, placed.lines, placed.content.lines)
            case "cues":
                paint_cues(canvas, row, CueView(frozenset(self._chosen), self._moved))
            case "beds":
                painting.paint_stretches(canvas, row, placed.beds, placed.content.beds)


def _another_film(one: TimelineContent, other: TimelineContent) -> bool:
    """Whether the pictures of one are not those of the other; a film may be moved, or measured."""
    before, after = one.project.film, other.project.film
    return (before.fingerprint, before.size, before.duration) != (
        after.fingerprint,
        after.size,
        after.duration,
    )
