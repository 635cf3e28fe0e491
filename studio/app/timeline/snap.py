"""Places of the film that a dragged edge or the playhead is drawn to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection
from dataclasses import dataclass

from studio.script.model import Project


@dataclass(frozen=True, slots=True, order=True)
class SnapPoint:
    """film: ms. what: in words, for the line that shows it."""

    film: int
    what: str


@dataclass(frozen=True)
class SnapPoints:
    """points: in order of time, one for each time."""

    points: tuple[SnapPoint, ...]

    @classmethod
    def of(cls, project: Project, without: Collection[str] = ()) -> SnapPoints:
        """Cuts, borders of speech and gaps, and edges of cues but for those `without`.

        Where several meet, the first in that list gives the name.
        """
        named: dict[int, str] = {}
        for cue in project.cues:
            if cue.id not in without:
                named |= {cue.start: "description", cue.end: "description"}
        for gap in project.gaps:
            named |= {gap.start: "gap", gap.end: "gap"}
        for speech in project.speech:
            named |= {speech.start: "speech", speech.end: "speech"}
        named |= {scene.start: "cut" for scene in project.scenes}
        return cls(tuple(SnapPoint(film, what) for film, what in sorted(named.items())))

    def nearest(self, film: float, reach: float) -> SnapPoint | None:
        """The point nearest to `film`, at most `reach` ms away."""
        index = bisect_left(self.points, film, key=lambda point: point.film)
        near = self.points[max(0, index - 1) : index + 1]
        best = min(near, key=lambda point: abs(point.film - film), default=None)
        return best if best is not None and abs(best.film - film) <= reach else None

    def after(self, film: int) -> SnapPoint | None:
        """The first point later than `film`."""
        index = bisect_right(self.points, film, key=lambda point: point.film)
        return self.points[index] if index < len(self.points) else None

    def before(self, film: int) -> SnapPoint | None:
        """The last point earlier than `film`."""
        index = bisect_left(self.points, film, key=lambda point: point.film)
        return self.points[index - 1] if index else None
