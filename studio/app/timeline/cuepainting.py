"""Drawing the cues: boxes with shape, text and clip where there is room, else a row of heights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPen

from studio.app.states import WORDS, CueState
from studio.app.theme import CueLook, colour
from studio.app.timeline.lanes import Row
from studio.app.timeline.marks import mark_image
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
    found = canvas.showing(cues.whole)
    left = np.minimum(cues.room.begin[found], cues.clips[found, 0])
    widths = (cues.whole.end[found] - left) * canvas.view.scale
    # a box without room for its shape would tell its state by colour alone
    narrow = widths < canvas.lanes.line * _MARK + 2 * _PAD
    _paint_dense(canvas, row, found[narrow], left[narrow])
    # what is held may lie elsewhere than the document still says
    late = [cues.index[one] for one in shown.moved if one in cues.index]
    wide = found[~narrow]
    for index, extent in zip(wide.tolist(), _extents(canvas, wide), strict=True):
        cue = cues.cues[index].id
        if cue in shown.moved:
            continue
        if cue in shown.chosen:
            late.append(index)
        else:
            _paint_box(canvas, row, index, False, extent)
    _mark_chosen(canvas, row, found[narrow], shown)
    for index, extent in zip(late, _extents(canvas, np.array(late, np.intp)), strict=True):
        cue = cues.cues[index]
        span = shown.moved.get(cue.id)
        moved = span is not None and span != Span(cue.start, cue.end)
        place = _moved_to(canvas, span) if span is not None and moved else extent
        _paint_box(canvas, row, index, cue.id in shown.chosen, place)


_Extent = Sequence[float]  # pixels: where a room begins and ends, where its clip begins and ends


def _extents(canvas: Canvas, found: NDArray[np.intp]) -> list[_Extent]:
    """All at once: one by one it would take longer than to draw them."""
    cues = canvas.placed.cues
    times = np.empty((len(found), 4), np.float64)
    times[:, 0], times[:, 1] = cues.room.begin[found], cues.room.end[found]
    times[:, 2:] = cues.clips[found]
    extents: list[_Extent] = (times * canvas.view.scale - canvas.offset).tolist()
    return extents


def _moved_to(canvas: Canvas, span: Span) -> _Extent:
    """Without its clip, which is planned anew when the document says so."""
    clock = canvas.placed.clock
    begin = float(clock.output(span.start))
    left = canvas.x(begin)
    return left, canvas.x(max(begin, float(clock.output_end(span.end)))), left, left


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
    there = [rank for rank in range(len(WORDS)) if (ranks == rank).any()]
    for rank in there:  # what presses most comes last, on top
        of_rank = ranks == rank
        pressing[canvas.covered(left[of_rank], right[of_rank])] = rank
    states = list(WORDS)
    for rank in there:
        above = round(height * (1 - HEIGHTS[states[rank]])) / canvas.ratio
        ink = canvas.theme.cues[states[rank]].bar
        canvas.band(pressing == rank, row.top + 2 + above, row.height - 4 - above, ink)


def _mark_chosen(canvas: Canvas, row: Row, narrow: NDArray[np.intp], shown: CueView) -> None:
    """Chosen cues that are too narrow for a box: a bar above and below them."""
    cues = canvas.placed.cues
    known = [cues.index[cue] for cue in shown.chosen if cue in cues.index]
    chosen = narrow[np.isin(narrow, known)] if known else ()
    if len(chosen):
        columns = canvas.covered(cues.room.begin[chosen], cues.whole.end[chosen])
        canvas.band(columns, row.top, 3, canvas.theme.chosen)
        canvas.band(columns, row.bottom - 3, 3, canvas.theme.chosen)


def _paint_box(canvas: Canvas, row: Row, index: int, chosen: bool, extent: _Extent) -> None:
    """A cue's room and clip as one box: shapes, text, and below them when its clip sounds."""
    placed = canvas.placed
    cues = placed.cues
    cue, state = cues.cues[index], cues.states[index]
    begin, end, clip_begin, clip_end = extent
    left, right = min(begin, clip_begin), max(end, clip_end)
    # far outside the lane a box need not reach, and its line would be cut to pieces there
    box = QRectF(max(left, -64.0), row.top + 2, 0, row.height - 4)
    box.setRight(max(box.left() + _THINNEST, min(right, canvas.view.width + 64.0)))
    look = canvas.theme.cues[state]
    _paint_ground(canvas, box, look)
    bar = QRectF(box.left(), box.bottom() - CLIP_BAR - 4, box.width(), CLIP_BAR)
    if clip_end > clip_begin:
        bar.setLeft(max(clip_begin, -64.0))
        bar.setRight(min(clip_end, canvas.view.width + 64.0))
        canvas.painter.fillRect(bar.adjusted(4, 0, -4, 0), colour(look.ink))
        if clip_end > end > begin:  # the clip goes on while the film waits
            canvas.fill(end, bar.top() - 5, 2, CLIP_BAR + 6, look.ink)
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
    painter.setBrush(_EMPTY)
    lines = _chosen_lines(canvas.theme.chosen, look.ink) if chosen else _lines(look.edge, look.line)
    for pen, inset in lines:
        painter.setPen(pen)
        painter.drawRect(box.adjusted(inset, inset, -inset, -inset))


_EMPTY = Qt.BrushStyle.NoBrush

_Lines = tuple[tuple[QPen, float], ...]  # each line, and how far inside the box its middle runs


@lru_cache(maxsize=64)
def _lines(edge: str, line: str) -> _Lines:
    return ((QPen(colour(edge), 1.0, _LINES[line]), 0.5),)


@lru_cache(maxsize=64)
def _chosen_lines(chosen: str, ink: str) -> _Lines:
    frame, inner = QPen(colour(chosen), 2.0), QPen(colour(ink), 1.0)
    for pen in (frame, inner):
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    return (frame, 1.0), (inner, 2.5)


def _write_in_box(
    canvas: Canvas, box: QRectF, marks: Iterable[CueState], look: CueLook, text: str
) -> None:
    """Shapes first, then as much text as fits beside them; both stay in sight while a box does."""
    size = canvas.lanes.line * _MARK
    top = box.top() + _PAD
    x = max(box.left(), 0.0) + _PAD
    for mark in marks:
        if x + size > box.right() - 1:
            return
        canvas.put(
            x, top + (canvas.lanes.line - size) / 2, mark_image(mark, look.ink, size, canvas.ratio)
        )
        x += size + 3
    x += 2
    room = box.right() - x - _PAD
    lines = max(1, int((box.height() - CLIP_BAR - _PAD * 2) // canvas.labels.metrics.height()))
    if text and room >= canvas.labels.metrics.averageCharWidth() * 3:
        canvas.painter.setPen(colour(look.ink))
        canvas.painter.drawStaticText(QPointF(x, top), canvas.labels.text(text, room, lines))
