"""Drawing the cues: boxes with shape, text and clip where there is room, else a row of heights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPen

from studio.app.states import WORDS, CueState
from studio.app.theme import CueLook, colour
from studio.app.timeline.lanes import Row
from studio.app.timeline.marks import draw_mark
from studio.app.timeline.painting import Canvas, paint_holds
from studio.times import Span

CLIP_BAR = 5
"""Pixels of the bar that shows when the clip sounds."""

_PAD = 4
_MARK = 0.62  # of a line's height: the size of a state's shape
_THINNEST = 3  # pixels; a held cue has a box however small it is

HEIGHTS = {
    CueState.SILENT: 0.25,
    CueState.UNWRITTEN: 0.35,
    CueState.UNSPOKEN: 0.5,
    CueState.FITS: 0.65,
    CueState.FASTER: 0.75,
    CueState.EXTENDED: 0.85,
    CueState.TOO_LONG: 1.0,
}
"""How tall narrow cues are drawn, so that states are told apart without colour."""

_LINES = {
    "solid": Qt.PenStyle.SolidLine,
    "dashed": Qt.PenStyle.DashLine,
    "dotted": Qt.PenStyle.DotLine,
}


@dataclass(frozen=True)
class CueView:
    """How the cues are shown beyond what they are. chosen: ids. moved: film spans in a drag."""

    chosen: frozenset[str]
    moved: Mapping[str, Span]


def paint_cues(canvas: Canvas, row: Row, shown: CueView) -> None:
    """All cues that show, chosen ones last."""
    paint_holds(canvas, row, 0, row.height)
    cues = canvas.placed.cues
    found = cues.whole.within(*canvas.span())
    left = np.minimum(cues.room.begin, cues.clips[:, 0])[found]
    widths = (cues.whole.end[found] - left) * canvas.view.scale
    # a box without room for its shape would tell its state by colour alone
    narrow = widths < canvas.lanes.line * _MARK + 2 * _PAD
    _paint_dense(canvas, row, found[narrow], left[narrow])
    # what is held may lie elsewhere than the document still says
    late = [cues.index[one] for one in shown.moved if one in cues.index]
    for place in np.flatnonzero(~narrow).tolist():
        index = int(found[place])
        cue = cues.cues[index].id
        if cue in shown.moved:
            continue
        if cue in shown.chosen:
            late.append(index)
        else:
            _paint_box(canvas, row, index, False, None)
    _mark_chosen(canvas, row, found[narrow], shown)
    for index in late:
        cue = cues.cues[index].id
        _paint_box(canvas, row, index, cue in shown.chosen, shown.moved.get(cue))


def _paint_dense(
    canvas: Canvas, row: Row, found: NDArray[np.intp], left: NDArray[np.float64]
) -> None:
    """Narrow cues as columns from the lane's bottom, as tall as their state is pressing."""
    if not len(found):
        return
    cues = canvas.placed.cues
    ranks, right = cues.ranks[found], cues.whole.end[found]
    height = max(1, round((row.height - 4) * canvas.ratio))
    pressing = np.full(canvas.count, -1, np.int8)  # the rank that each column shows
    for rank in range(len(WORDS)):  # what presses most comes last, on top
        of_rank = ranks == rank
        if of_rank.any():
            pressing[canvas.covered(left[of_rank], right[of_rank])] = rank
    for rank, state in enumerate(WORDS):
        above = round(height * (1 - HEIGHTS[state])) / canvas.ratio
        ink = canvas.theme.cues[state].bar
        canvas.band(pressing == rank, row.top + 2 + above, row.height - 4 - above, ink)


def _mark_chosen(canvas: Canvas, row: Row, narrow: NDArray[np.intp], shown: CueView) -> None:
    """Chosen cues that are too narrow for a box: a bar above and below them."""
    cues = canvas.placed.cues
    chosen = [index for index in narrow.tolist() if cues.cues[index].id in shown.chosen]
    if chosen:
        columns = canvas.covered(cues.room.begin[chosen], cues.whole.end[chosen])
        canvas.band(columns, row.top, 3, canvas.theme.chosen)
        canvas.band(columns, row.bottom - 3, 3, canvas.theme.chosen)


def _paint_box(canvas: Canvas, row: Row, index: int, chosen: bool, moved: Span | None) -> None:
    """A cue's room and clip as one box: shapes, text, and below them when its clip sounds."""
    placed = canvas.placed
    cues = placed.cues
    cue, state = cues.cues[index], cues.states[index]
    begin, end = float(cues.room.begin[index]), float(cues.room.end[index])
    clip_begin, clip_end = cues.clips[index].tolist()
    if moved is not None and moved != Span(cue.start, cue.end):
        begin = float(placed.clock.output(moved.start))
        end = max(begin, float(placed.clock.output_end(moved.end)))
        clip_begin = clip_end = begin  # planned anew when the document says so
    left, right = canvas.x(min(begin, clip_begin)), canvas.x(max(end, clip_end))
    # far outside the lane a box need not reach, and its line would be cut to pieces there
    box = QRectF(max(left, -64.0), row.top + 2, 0, row.height - 4)
    box.setRight(max(box.left() + _THINNEST, min(right, canvas.view.width + 64.0)))
    look = canvas.theme.cues[state]
    _paint_ground(canvas, box, look)
    bar = QRectF(box.left(), box.bottom() - CLIP_BAR - 4, box.width(), CLIP_BAR)
    if clip_end > clip_begin:
        bar.setLeft(max(canvas.x(clip_begin), -64.0))
        bar.setRight(min(canvas.x(clip_end), canvas.view.width + 64.0))
        canvas.painter.fillRect(bar.adjusted(4, 0, -4, 0), colour(look.ink))
        room_end = canvas.x(end)
        if clip_end > end > begin:  # the clip goes on while the film waits
            canvas.fill(room_end, bar.top() - 5, 2, CLIP_BAR + 6, look.ink)
    _outline(canvas, box, look, chosen)
    version = cue.version(placed.content.language)
    text = WORDS[state] if version is None or not version.text else version.text
    _write_in_box(canvas, box, cues.marks[index], look, text)


def _paint_ground(canvas: Canvas, box: QRectF, look: CueLook) -> None:
    canvas.painter.fillRect(box, colour(look.fill))
    if look.style == "striped":
        stripes = QRectF(box.left(), box.bottom() - CLIP_BAR - 6, box.width(), CLIP_BAR + 5)
        canvas.stripes(stripes, look.ink, look.fill)


def _outline(canvas: Canvas, box: QRectF, look: CueLook, chosen: bool) -> None:
    """Inside the box. A chosen one has two lines, so that it stands out from lane and fill."""
    painter = canvas.painter
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if not chosen:
        painter.setPen(QPen(colour(look.edge), 1.0, _LINES[look.line]))
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        return
    painter.setPen(QPen(colour(canvas.theme.chosen), 2.0, j=Qt.PenJoinStyle.MiterJoin))
    painter.drawRect(box.adjusted(1, 1, -1, -1))
    painter.setPen(QPen(colour(look.ink), 1.0, j=Qt.PenJoinStyle.MiterJoin))
    painter.drawRect(box.adjusted(2.5, 2.5, -2.5, -2.5))


def _write_in_box(
    canvas: Canvas, box: QRectF, marks: Iterable[CueState], look: CueLook, text: str
) -> None:
    """Shapes first, then as much text as fits beside them; both stay in sight while a box does."""
    size = canvas.lanes.line * _MARK
    top = box.top() + _PAD
    x = max(box.left(), 0.0) + _PAD
    ink = colour(look.ink)
    for mark in marks:
        if x + size > box.right() - 1:
            return
        middle = top + canvas.lanes.line / 2
        draw_mark(canvas.painter, mark, QRectF(x, middle - size / 2, size, size), ink)
        x += size + 3
    x += 2
    room = box.right() - x - _PAD
    lines = max(1, int((box.height() - CLIP_BAR - _PAD * 2) // canvas.labels.metrics.height()))
    if text and room >= canvas.labels.metrics.averageCharWidth() * 3:
        canvas.painter.setPen(ink)
        canvas.painter.drawStaticText(QPointF(x, top), canvas.labels.text(text, room, lines))
