"""What lies under the mouse."""

from __future__ import annotations

from typing import Literal

from studio.app.timeline.content import Lane, Spot
from studio.app.timeline.placed import Placed
from studio.app.timeline.view import View

GRIP = 6
"""Pixels at each end of a cue that trim it."""

_OUTSIDE = 3  # pixels beside a cue that still belong to it

Part = Literal["", "start", "body", "end"]


def spot_at(placed: Placed, lane: Lane | None, time: float, cue: str = "", part: Part = "") -> Spot:
    """What lies in `lane` at output ms `time`; `cue` and `part` as found by `cue_at`."""
    gap = placed.gaps.at(time)
    stretch = None
    if lane == "dialogue" and (line := placed.lines.at(time)) is not None:
        stretch = placed.content.lines[line]
    if lane == "beds" and (bed := placed.beds.at(time)) is not None:
        stretch = placed.content.beds[bed]
    return Spot(
        lane=lane,
        output=int(time),
        film=placed.clock.film_at(time),
        cue=cue,
        part=part,
        gap=None if gap is None else placed.content.project.gaps[gap].span,
        stretch=stretch,
    )


def cue_at(placed: Placed, view: View, x: float, chosen: frozenset[str]) -> tuple[str, Part]:
    """The cue at pixel `x` and what of it; chosen ones first, then the one drawn last."""
    time, beside = view.start + x / view.scale, _OUTSIDE / view.scale
    cues = placed.cues
    found = cues.whole.within(time - beside, time + beside).tolist()
    for index in sorted(found, key=lambda one: (cues.cues[one].id not in chosen, -one)):
        part = _part(placed, view, index, x)
        if part:
            return cues.cues[index].id, part
    return "", ""


def _part(placed: Placed, view: View, index: int, x: float) -> Part:
    """A box is taken by its ends where it is wide enough to leave a body between them."""
    cues = placed.cues
    begin = view.x(float(cues.room.begin[index]))
    end = view.x(float(cues.room.end[index]))
    left = min(begin, view.x(float(cues.clips[index, 0])))
    right = max(end, view.x(float(cues.clips[index, 1])), left + 1)
    if not left - _OUTSIDE <= x <= right + _OUTSIDE:
        return ""
    grip = min(GRIP, (end - begin) / 4)
    if begin - _OUTSIDE <= x < begin + grip and begin <= left + 1:
        return "start"
    if end - grip < x <= end + _OUTSIDE:
        return "end"
    return "body"
