"""Drawing the timeline. Each lane is a function of what lies where and of the stretch to draw.

Stretches too many or too narrow to be drawn one by one are a row of colours, one for each device
pixel, blown up to the height of their band: the cost depends on the width, not on the film.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QImage, QPainter, QPen

from studio.app.theme import Theme, colour
from studio.app.timeline.clock import OutputClock
from studio.app.timeline.content import Stretch
from studio.app.timeline.filmstrip import Filmstrip, picture_step
from studio.app.timeline.labels import Labels
from studio.app.timeline.lanes import NAMES, Lanes, Row
from studio.app.timeline.marks import hatching
from studio.app.timeline.placed import Placed, Track
from studio.app.timeline.ruler import Marks, ruler_marks
from studio.app.timeline.view import View
from studio.app.timeline.waveform import WaveTiles, shape_of

EDGE = 3
"""Pixels of the bars that say what a band is: speech along the bottom, gaps along the top."""

WHOSE = 6
"""Pixels of the bar that says whose line it is, its frame with it."""

_NARROW = 3  # pixels; stretches below it show no borders of their own
_FEW = 40  # stretches up to which it is quicker to set the columns of each
_LABEL_ROOM = 90  # pixels a label of the ruler has, at least


@dataclass(frozen=True)
class Canvas:
    """What every lane needs to draw itself. left, right: the stretch to draw, pixels.

    ratio: device pixels to a logical one. found: what `showing` has found already.
    """

    painter: QPainter
    theme: Theme
    view: View
    lanes: Lanes
    placed: Placed
    labels: Labels
    ratio: float
    left: int
    right: int
    found: dict[int, NDArray[np.intp]] = field(default_factory=dict)

    @cached_property
    def offset(self) -> float:
        """Pixels from the film's begin to the left edge, on a device pixel."""
        return round(self.view.start * self.view.scale * self.ratio) / self.ratio

    def x(self, time: float) -> float:
        """Where output ms `time` is drawn."""
        return time * self.view.scale - self.offset

    def span(self) -> tuple[float, float]:
        """The output ms to draw."""
        scale = self.view.scale
        return (self.left + self.offset) / scale, (self.right + self.offset) / scale

    def fill(self, x: float, y: float, width: float, height: float, name: str) -> None:
        """A rectangle in one colour."""
        self.painter.fillRect(QRectF(x, y, width, height), colour(name))

    def put(self, x: float, y: float, picture: QImage) -> None:
        """A picture that was made for these pixels, on whole ones of them."""
        ratio = self.ratio
        self.painter.drawImage(QPointF(round(x * ratio) / ratio, round(y * ratio) / ratio), picture)

    def write(self, x: float, row: Row, text: str, width: float, ink: str) -> None:
        """A line of text in the middle of a row's height; nothing where there is no room."""
        if width < self.labels.metrics.averageCharWidth() * 2:
            return
        self.painter.setPen(colour(ink))
        top = row.top + (row.height - self.labels.metrics.height()) / 2
        self.painter.drawStaticText(QPointF(x, top), self.labels.text(text, width))

    def showing(self, track: Track) -> NDArray[np.intp]:
        """The indices of the stretches of `track` that show; looked for once a picture."""
        found = self.found.get(id(track))
        if found is None:
            found = self.found[id(track)] = track.within(*self.span())
        return found

    def columns(self, track: Track) -> NDArray[np.bool_]:
        """For each device pixel from `left` to `right` whether a stretch of `track` shows there."""
        found = self.showing(track)
        if not len(found):
            return np.zeros(self.count, bool)
        return self.covered(track.begin[found], track.end[found])

    def covered(self, begin: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.bool_]:
        """The same for stretches given in output ms; each shows in one column at least."""
        count = self.count
        first = self.device(begin)
        last = np.maximum(self.device(end), first + 1)
        first, last = (np.minimum(np.maximum(one, 0), count) for one in (first, last))
        shown: NDArray[np.bool_]
        if len(first) <= _FEW:
            shown = np.zeros(count, bool)
            for one, other in zip(first.tolist(), last.tolist(), strict=True):
                shown[one:other] = True
            return shown
        begun = np.bincount(first, minlength=count + 1)
        ended = np.bincount(last, minlength=count + 1)
        shown = np.cumsum(begun - ended)[:-1] > 0
        return shown

    def device(self, time: NDArray[np.float64]) -> NDArray[np.int64]:
        """The device column, from `left`, that output ms lie in."""
        at = (time * self.view.scale - self.offset - self.left) * self.ratio
        inside = np.minimum(np.maximum(at, -1e6), 1e6)  # a tenth of the cost of np.clip
        return np.floor(inside + 0.5).astype(np.int64)

    @cached_property
    def waiting(self) -> tuple[list[int], NDArray[np.bool_] | None]:
        """Holds wide enough to be hatched, and the columns of the others, if there are any."""
        holds = self.placed.holds
        found = self.showing(holds)
        widths = (holds.end[found] - holds.begin[found]) * self.view.scale
        narrow = found[widths < _NARROW]
        shown = self.covered(holds.begin[narrow], holds.end[narrow]) if len(narrow) else None
        return found[widths >= _NARROW].tolist(), shown

    @cached_property
    def count(self) -> int:
        """Device columns from `left` to `right`."""
        return max(1, round((self.right - self.left) * self.ratio))

    def blit(self, row: NDArray[np.uint32], top: float, height: float) -> None:
        """One colour (0xAARRGGBB) for each device column, over a band."""
        self.picture(row[np.newaxis], top, height)

    def picture(
        self, pixels: NDArray[np.uint32], top: float, height: float, opaque: bool = False
    ) -> None:
        """Rows of colours (0xAARRGGBB), one for each device column, over a band."""
        tall, whole = round(height * self.ratio), self.ratio.is_integer()
        single = len(pixels) == 1
        if single and whole and self.ratio != 1:  # Qt stretches more slowly than it copies
            pixels = np.broadcast_to(pixels, (tall, pixels.shape[1]))
        pixels = np.ascontiguousarray(pixels)
        rows, columns = pixels.shape
        clear, full = QImage.Format.Format_ARGB32_Premultiplied, QImage.Format.Format_RGB32
        image = QImage(pixels.data, columns, rows, columns * 4, full if opaque else clear)
        if single and self.ratio == 1:
            # as a brush, each row of it is painted from the one there is
            self.painter.setBrushOrigin(QPointF(self.left, top))
            self.painter.fillRect(QRectF(self.left, top, columns, tall), QBrush(image))
        elif whole:
            image.setDevicePixelRatio(self.ratio)
            self.painter.drawImage(QPointF(self.left, top), image)
        else:
            self.painter.drawImage(QRectF(self.left, top, self.right - self.left, height), image)

    def band(self, shown: NDArray[np.bool_], top: float, height: float, name: str) -> None:
        """The columns where something shows, in one colour."""
        if shown.any():
            self.blit(np.where(shown, argb(name), np.uint32(0)), top, height)

    def ticks(self, times: NDArray[np.float64]) -> NDArray[np.bool_]:
        """For each device pixel whether a line one logical pixel wide at one of `times` is there.

        times: output ms.
        """
        lefts = np.floor(times * self.view.scale - self.offset + 0.5) - self.left
        first = np.floor(lefts * self.ratio + 0.5).astype(np.int64)
        shown = np.zeros(self.count, bool)
        for beside in range(max(1, round(self.ratio))):
            columns = first + beside
            shown[columns[(columns >= 0) & (columns < self.count)]] = True
        return shown

    def hatch(self, begin: float, end: float, top: float, height: float) -> None:
        """Inserted time, from one output ms to another."""
        left, right = self.x(begin), max(self.x(end), self.x(begin) + 1)
        area = QRectF(left, top, right - left, height)
        self.stripes(area, self.theme.hold, self.theme.hold_ground)

    def stripes(self, area: QRectF, ink: str, ground: str) -> None:
        """Diagonal lines in what shows of an area; they scroll with the film."""
        ratio = self.ratio
        pattern = hatching(ink, ground, round(area.height() * ratio), ratio)
        width, height = pattern.width(), pattern.height()
        left, right = max(area.left(), self.left), min(area.right(), self.right)
        first, last = (round((x + self.offset) * ratio) for x in (left, right))
        while first < last:
            inside = first % width
            count = min(last - first, width - inside)
            x = first / ratio - self.offset
            target = QRectF(x, area.top(), count / ratio, height / ratio)
            self.painter.drawImage(target, pattern, QRectF(inside, 0, count, height))
            first += count


@lru_cache(maxsize=256)
def argb(name: str) -> np.uint32:
    """A "#rrggbb" as an opaque pixel."""
    return np.uint32(0xFF000000 | int(name[1:], 16))


# --- the lanes ------------------------------------------------------------------------------------


def paint_grounds(canvas: Canvas) -> None:
    """The lanes' grounds, and the lines between."""
    theme, width, rows = canvas.theme, canvas.right - canvas.left, canvas.lanes.rows
    canvas.fill(canvas.left, 0, width, canvas.lanes.height, theme.lane)
    for row in rows:
        if row.lane == "ruler":
            canvas.fill(canvas.left, row.top, width, row.height, theme.ruler)
        canvas.fill(canvas.left, row.bottom, width, 1, theme.line)


def paint_ruler(canvas: Canvas, row: Row) -> None:
    """Output time; where the film waits the ruler is hatched."""
    paint_holds(canvas, row, row.height - 5, 5)
    labels = canvas.labels
    label = max(_LABEL_ROOM, labels.width("0:00:00.00") + 12)
    marks = ruler_marks(canvas.view, label, *canvas.span())
    ink = canvas.theme.muted
    _paint_ticks(canvas, row, marks)
    scale, offset = canvas.view.scale, canvas.offset
    painter, baseline = canvas.painter, row.top + 2 + labels.metrics.ascent()
    painter.setPen(colour(ink))
    for time, text in marks.labels():
        x = math.floor(time * scale - offset + 0.5) + 3
        painter.drawGlyphRun(QPointF(x, baseline), labels.figures(text))


_TALL, _SMALL = 7, 4  # pixels that a mark of the ruler is high, with and without a label


def _paint_ticks(canvas: Canvas, row: Row, marks: Marks) -> None:
    """All marks as one picture along the bottom."""
    ink, clear = argb(canvas.theme.muted), np.uint32(0)
    tall = canvas.ticks(np.array(marks.labelled, np.float64))
    small = tall | canvas.ticks(marks.small)
    pixels = np.empty((round(_TALL * canvas.ratio), canvas.count), np.uint32)
    low = round(_SMALL * canvas.ratio)
    pixels[:-low] = np.where(tall, ink, clear)
    pixels[-low:] = np.where(small, ink, clear)
    canvas.picture(pixels, row.bottom - _TALL, _TALL)


def paint_holds(canvas: Canvas, row: Row, top: int, height: int) -> None:
    """The film's waiting, hatched, over a band of a row; dense ones as plain colour."""
    holds = canvas.placed.holds
    wide, narrow = canvas.waiting
    if narrow is not None:
        canvas.band(narrow, row.top + top, height, canvas.theme.hold)
    for index in wide:
        canvas.hatch(holds.begin[index], holds.end[index], row.top + top, height)


def slot_times(
    view: View, clock: OutputClock, left: float, right: float, width: int
) -> list[tuple[int, int]]:
    """The pictures between two pixels of the whole strip: each one's place, counted in picture
    widths from the film's begin, and the film ms it shows.
    """
    step = picture_step(width / view.scale)
    slots = np.arange(max(0, int(left // width)), int(right // width) + 1)
    starts = slots * width / view.scale
    inside = starts < view.length
    times = (clock.film(starts[inside]) // step * step).astype(np.int64)
    return list(zip(slots[inside].tolist(), times.tolist(), strict=True))


def paint_pictures(canvas: Canvas, row: Row, strip: Filmstrip, width: int) -> None:
    """A strip of pictures, each `width` wide; where one is missing, the nearest one there is."""
    step = picture_step(width / canvas.view.scale)
    left, right = canvas.left + canvas.offset, canvas.right + canvas.offset
    missing: list[QRectF] = []
    for slot, time in slot_times(canvas.view, canvas.placed.clock, left, right, width):
        picture = strip.shown(time, step * 2)
        x = slot * width - canvas.offset
        if picture is not None:
            canvas.painter.drawImage(QPointF(x, row.top), picture)
        else:
            missing.append(QRectF(x + 1, row.top + 1, width - 2, row.height - 2))
    if missing:
        canvas.painter.setPen(Qt.PenStyle.NoPen)
        canvas.painter.setBrush(colour(canvas.theme.ruler))
        canvas.painter.drawRects(missing)


def paint_scenes(canvas: Canvas, row: Row) -> None:
    """Scene borders, and each scene's number where there is room."""
    scenes = canvas.placed.scenes
    found = canvas.showing(scenes)
    begin = scenes.begin[found]
    shown = np.zeros(canvas.count, bool)
    columns = canvas.device(begin)
    shown[columns[(columns >= 0) & (columns < canvas.count)]] = True
    canvas.band(shown, row.top, row.height, canvas.theme.cut)
    lefts = begin * canvas.view.scale - canvas.offset
    widths = (scenes.end[found] - begin) * canvas.view.scale
    for place in np.flatnonzero(widths >= canvas.labels.width("0000") + 8).tolist():
        left, width = float(lefts[place]), float(widths[place])
        anchor = max(left, 0.0)
        text = str(int(found[place]) + 1)
        canvas.write(anchor + 5, row, text, left + width - anchor - 8, canvas.theme.muted)


def paint_sound(canvas: Canvas, row: Row, tiles: WaveTiles) -> None:
    """Gaps (a bar on top, unless kept silent), speech (a bar below), sound, and inserted time."""
    canvas.picture(_sound_pixels(canvas, row, tiles), row.top, row.height, opaque=True)
    paint_holds(canvas, row, 0, row.height)
    _label_gaps(canvas, row)
    _label_holds(canvas, row)


def _sound_pixels(canvas: Canvas, row: Row, tiles: WaveTiles) -> NDArray[np.uint32]:
    """Every device pixel of the lane as one picture: in layers each would be painted thrice."""
    theme, placed, ratio = canvas.theme, canvas.placed, canvas.ratio
    gaps, speech = canvas.columns(placed.gaps), canvas.columns(placed.speech)
    silent = canvas.columns(placed.silent)
    ground = np.full(canvas.count, argb(theme.lane), np.uint32)
    ground[gaps] = argb(theme.gap)
    ground[silent] = argb(theme.silent_gap)
    ground[speech] = argb(theme.speech)
    edge = round(EDGE * ratio)
    height = max(1, round(row.height * ratio) - 2 * edge)
    pixels = tiles.sheet(height + 2 * edge, canvas.count)
    pixels[:edge] = np.where(gaps & ~silent, argb(theme.gap_edge), ground)
    pixels[-edge:] = np.where(speech, argb(theme.speech_edge), ground)
    first = round(canvas.left * ratio) + round(canvas.offset * ratio)
    levels = tiles.levels(canvas.view.scale * ratio, first, first + canvas.count)
    inner = pixels[edge:-edge]
    if levels is None:
        inner[:] = ground
    else:  # the wave's colour where its shape is: half the cost of `where`
        np.multiply(shape_of(levels, height), ground ^ argb(theme.wave), out=inner)
        inner ^= ground
    return pixels


def _label_gaps(canvas: Canvas, row: Row) -> None:
    """How long each gap is, where there is room: what a describer looks for first."""
    gaps = canvas.placed.content.project.gaps
    track = canvas.placed.gaps
    found = canvas.showing(track)
    widths = (track.end[found] - track.begin[found]) * canvas.view.scale
    label = Row(row.lane, row.top + EDGE, canvas.lanes.line)
    for place in np.flatnonzero(widths >= canvas.labels.width("0.0 s") + 10).tolist():
        gap = gaps[int(found[place])]
        text = f"{gap.span.duration / 1000:.1f} s"
        if gap.leave_silent:
            text = f"silent {text}"
        left = canvas.x(float(track.begin[found[place]]))
        anchor = max(left, 0.0) + 4
        room = left + float(widths[place]) - anchor - 4
        _boxed(canvas, anchor, label, text, room, canvas.theme.lane)


def _label_holds(canvas: Canvas, row: Row) -> None:
    holds = canvas.placed.holds
    found = canvas.showing(holds)
    widths = (holds.end[found] - holds.begin[found]) * canvas.view.scale
    middle = Row(row.lane, row.top + (row.height - canvas.lanes.line) // 2, canvas.lanes.line)
    for place in np.flatnonzero(widths >= canvas.labels.width("waits 00.0 s") + 10).tolist():
        begin, end = float(holds.begin[found[place]]), float(holds.end[found[place]])
        left = canvas.x(begin)
        anchor = max(left, 0.0) + 4
        room = left + float(widths[place]) - anchor - 4
        text = f"waits {(end - begin) / 1000:.1f} s"
        _boxed(canvas, anchor, middle, text, room, canvas.theme.hold_ground)


def _boxed(canvas: Canvas, x: float, row: Row, text: str, room: float, ground: str) -> None:
    """A short text on a plain ground of its own, or nothing where it does not fit."""
    width = canvas.labels.width(text)
    if room >= width + 4:
        canvas.fill(x - 2, row.top, width + 4, row.height, ground)
        canvas.write(x, row, text, width + 1, canvas.theme.text)


def paint_stretches(canvas: Canvas, row: Row, track: Track, named: Sequence[Stretch]) -> None:
    """Dialogue or beds: a box each with its text, dense ones as plain colour.

    Below the text of a line runs a bar in the colour of who says it, whose name the text begins
    with; where lines are dense the bars are what is told of them.
    """
    found = canvas.showing(track)
    widths = (track.end[found] - track.begin[found]) * canvas.view.scale
    narrow = found[widths < _NARROW * 2]
    if len(narrow):
        shown = canvas.covered(track.begin[narrow], track.end[narrow])
        canvas.band(shown, row.top + 1, row.height - 2, canvas.theme.stretch)
        _paint_whose(canvas, row, track, narrow, named)
    for place in np.flatnonzero(widths >= _NARROW * 2).tolist():
        index = int(found[place])
        left, width = canvas.x(float(track.begin[index])), float(widths[place])
        canvas.fill(left, row.top + 1, width - 1, row.height - 2, canvas.theme.stretch)
        anchor = max(left, 0.0) + 4
        stretch, room = named[index], left + width - anchor - 4
        if stretch.colour:
            # framed as text is written, for a colour may be that of the box
            top, wide = row.bottom - 2 - WHOSE, max(1.0, width - 3)
            canvas.fill(left + 1, top, wide, WHOSE, canvas.theme.on_stretch)
            canvas.fill(left + 2, top + 1, max(1.0, wide - 2), WHOSE - 2, stretch.colour)
        text = Row(row.lane, row.top, row.height - (WHOSE if stretch.colour else 0))
        canvas.write(anchor, text, stretch.text, room, canvas.theme.on_stretch)


def _paint_whose(
    canvas: Canvas,
    row: Row,
    track: Track,
    narrow: NDArray[np.intp],
    named: Sequence[Stretch],
) -> None:
    """The colours of the people below lines too short for a box of their own."""
    colours = {named[index].colour for index in narrow.tolist()} - {""}
    for one in sorted(colours):
        theirs = np.array([named[index].colour == one for index in narrow.tolist()])
        shown = canvas.covered(track.begin[narrow[theirs]], track.end[narrow[theirs]])
        canvas.band(shown, row.bottom - 1 - WHOSE, WHOSE - 2, one)


def paint_line(canvas: Canvas, time: float, name: str, width: float) -> None:
    """A line through all lanes at an output time."""
    x = round(canvas.x(time) * canvas.ratio) / canvas.ratio
    canvas.fill(x, 0, width, canvas.lanes.height, name)


def paint_snap(canvas: Canvas, time: float, what: str) -> None:
    """The dashed line at what a dragged edge has snapped to, and what that is in words."""
    x, theme = canvas.x(time), canvas.theme
    canvas.painter.setPen(QPen(colour(theme.snap), 2, Qt.PenStyle.DashLine))
    canvas.painter.drawLine(QPointF(x, 0), QPointF(x, canvas.lanes.height))
    width = canvas.labels.width(what)
    row = Row("ruler", canvas.lanes.rows[0].top + 2, canvas.lanes.line)
    canvas.fill(x + 2, row.top, width + 8, row.height, theme.ruler)
    canvas.write(x + 6, row, what, width + 1, theme.text)


def paint_names(painter: QPainter, theme: Theme, labels: Labels, lanes: Lanes, width: int) -> None:
    """The lanes' names, in a column of their own at the left."""
    for row in lanes.rows:
        painter.fillRect(0, row.top, width, row.height, colour(theme.ruler))
        painter.fillRect(0, row.bottom, width, 1, colour(theme.line))
        top = row.top + (row.height - labels.metrics.height()) / 2
        painter.setPen(colour(theme.muted))
        painter.drawStaticText(QPointF(6, top), labels.text(NAMES[row.lane], width))
    painter.fillRect(width - 1, 0, 1, lanes.height, colour(theme.line))
