"""Moving and trimming cues with the mouse or by keys: pure, in film ms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from studio.app.timeline.snap import SnapPoint, SnapPoints
from studio.script.model import Project
from studio.times import Span

SHORTEST = 100
"""ms that trimming leaves of a cue's room, unless it was shorter before."""

Part = Literal["start", "body", "end"]


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a drag has brought the cues, and what it has snapped to."""

    spans: Mapping[str, Span]
    snapped: SnapPoint | None


@dataclass(frozen=True)
class Drag:
    """A hold on a cue. part: its start or end is trimmed, or its body moved.

    origin: the spans before, by id; with a body, all of them move together. within: where cues
    may lie. points: what edges snap to.
    """

    cue: str
    part: Part
    origin: Mapping[str, Span]
    within: Span
    points: SnapPoints

    @classmethod
    def of(cls, project: Project, cue: str, part: Part, chosen: frozenset[str]) -> Drag:
        """Take hold of a cue; with its body all chosen ones where it is among them."""
        moving = chosen if part == "body" and cue in chosen else frozenset([cue])
        return cls(
            cue,
            part,
            {one.id: Span(one.start, one.end) for one in project.cues if one.id in moving},
            Span(project.settings.first_cue, project.film.duration),
            SnapPoints.of(project, without=moving),
        )

    def moved(self, by: int, reach: float) -> Moved:
        """The cues moved or trimmed by `by` ms, edges drawn to points up to `reach` ms away."""
        span = self.origin[self.cue]
        if self.part == "body":
            return self._shifted(span, by, reach)
        edge = (span.start if self.part == "start" else span.end) + by
        point = self.points.nearest(edge, reach)
        trimmed = self._trimmed(span, edge if point is None else point.film)
        kept = point is not None and point.film in (trimmed.start, trimmed.end)
        return Moved({self.cue: trimmed}, point if kept else None)

    def _shifted(self, span: Span, by: int, reach: float) -> Moved:
        found = [
            (abs(point.film - edge - by), point.film - edge, point)
            for edge in (span.start, span.end)
            if (point := self.points.nearest(edge + by, reach)) is not None
        ]
        point = None
        if found:
            _, by, point = min(found, key=lambda one: one[0])
        earliest = self.within.start - min(one.start for one in self.origin.values())
        latest = self.within.end - max(one.end for one in self.origin.values())
        # a cue that lies outside already may stay there, but not be moved further out
        allowed = min(max(by, min(0, earliest)), max(0, latest))
        spans = {
            cue: Span(one.start + allowed, one.end + allowed) for cue, one in self.origin.items()
        }
        return Moved(spans, point if allowed == by else None)

    def _trimmed(self, span: Span, edge: int) -> Span:
        least = min(SHORTEST, span.duration)
        if self.part == "start":
            lowest = min(span.start, self.within.start)
            return Span(min(max(edge, lowest), span.end - least), span.end)
        highest = max(span.end, self.within.end)
        return Span(span.start, max(min(edge, highest), span.start + least))
