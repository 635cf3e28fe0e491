"""Whether a film can be described in its pauses: told from its gaps, before any work.

WCAG 2.2 asks for standard description (1.2.5) where the pauses suffice and knows an extended one
(1.2.7), for which the film waits, where they do not. Nobody says how many pauses suffice. The
bounds here are the studio's own: a film is cut into stretches of STRETCH, and what counts is how
many of them have a usable gap, because what happens must be told near to where it happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from studio.amounts import counted
from studio.script.model import Project
from studio.script.pace import words_in
from studio.times import MS_PER_SECOND, Span

STRETCH = 30_000
"""ms of film within which a description still belongs to what it tells of."""
ENOUGH, TOO_LITTLE = 0.75, 0.4
"""Shares of the stretches with a usable gap from which, and below which, the answer is clear."""
BOUNDS = (2, 4, 8, 16, 30)
"""Seconds at which the classes of the histogram begin; the last is open."""

Suggestion = Literal["standard", "extended", "uncertain"]


@dataclass(frozen=True, slots=True)
class LengthClass:
    """Gaps of a length. start, end: seconds, end None where the class is open. count: how many."""

    start: int
    end: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Describability:
    """What room a film has. usable: ms in gaps that may be used. share: of the film, 0..1.

    gaps: how many there are. longest: ms of the longest. words: how many fit at the pace drafts are
    written for. covered: share of the film's stretches with a usable gap, 0..1. histogram: the
    gaps by length. suggested: the kind of description. why: a sentence on that.
    """

    usable: int
    share: float
    gaps: int
    longest: int
    words: int
    covered: float
    histogram: tuple[LengthClass, ...]
    suggested: Suggestion
    why: str

    @property
    def sentence(self) -> str:
        """All of it in short, for people."""
        gaps = counted(self.gaps, "gap")
        return (
            f"Room for description: {self.usable / MS_PER_SECOND:.0f} s in {gaps}, "
            f"{self.words} words; suggested: {self.suggested}. {self.why}"
        )


def describability(project: Project) -> Describability:
    """What room for description the film of a project has. Gaps to leave silent do not count."""
    least = project.settings.gap_minimum
    usable = [
        gap.span for gap in project.gaps if not gap.leave_silent and gap.span.duration >= least
    ]
    free = sum(gap.duration for gap in usable)
    pace = project.settings.pace_target
    covered = _covered(usable, project.film.duration)
    suggested, why = _suggested(project, usable, covered)
    return Describability(
        usable=free,
        share=free / project.film.duration,
        gaps=len(usable),
        longest=max((gap.duration for gap in usable), default=0),
        words=sum(words_in(gap.duration, pace) for gap in usable),
        covered=covered,
        histogram=_histogram(usable),
        suggested=suggested,
        why=why,
    )


def _covered(usable: list[Span], duration: int) -> float:
    """The share of the film's stretches that a usable gap reaches into, by 1 s or to its end."""
    count = max(1, -(-duration // STRETCH))
    reached = set()
    for gap in usable:
        for index in range(gap.start // STRETCH, min(count - 1, (gap.end - 1) // STRETCH) + 1):
            stretch = Span(index * STRETCH, (index + 1) * STRETCH)
            if gap.overlap(stretch) >= min(MS_PER_SECOND, gap.duration):
                reached.add(index)
    return len(reached) / count


def _suggested(project: Project, usable: list[Span], covered: float) -> tuple[Suggestion, str]:
    parts = f"{covered:.0%} of its stretches of {STRETCH // MS_PER_SECOND} s".replace("%", " %")
    if not project.scenes and not project.speech and not project.gaps:
        return "uncertain", "The film has not been analysed yet, so its pauses are not known."
    if not usable:
        return "extended", "The film has no gap that can be used, so it must wait for descriptions."
    if covered >= ENOUGH:
        return "standard", f"The film has a usable gap in {parts}, so its pauses should do."
    if covered < TOO_LITTLE:
        return (
            "extended",
            f"The film has a usable gap in only {parts}, so it must wait for most descriptions.",
        )
    return (
        "uncertain",
        f"The film has a usable gap in {parts}. Whether that is enough depends on what is seen.",
    )


def _histogram(usable: list[Span]) -> tuple[LengthClass, ...]:
    """Gaps by length; those shorter than the first bound count in the first class."""
    seconds = [gap.duration / MS_PER_SECOND for gap in usable]
    ends = (*BOUNDS[1:], None)
    lows = (0, *BOUNDS[1:])
    return tuple(
        LengthClass(start, end, sum(low <= one and (end is None or one < end) for one in seconds))
        for start, low, end in zip(BOUNDS, lows, ends, strict=True)
    )
