"""Silence that is wanted: gaps and single descriptions a person has left without words.

A gap carries the mark itself (Gap.leave_silent). A gap holds several cues where the picture
changes in it, so a cue can be left silent alone: it is accepted and has no text in any language
(Cue.left_silent). When nothing is to be said in any cue of a gap, the gap is marked with them, and
words for one of them take that mark away.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable
from dataclasses import replace

from studio.script.model import Cue, Gap, Project


def is_silent(project: Project, cue: Cue) -> bool:
    """Whether nothing is to be said there: the cue, or all of its gap, is left silent."""
    return cue.left_silent or any(gap.leave_silent and _holds(gap, cue) for gap in project.gaps)


def silent_cues(project: Project, cues: Iterable[Cue] | None = None) -> frozenset[str]:
    """The ids of those cues, of all where none are given, of which `is_silent` holds."""
    gaps = sorted((gap for gap in project.gaps if gap.leave_silent), key=lambda gap: gap.start)
    starts = [gap.start for gap in gaps]
    found = set()
    for cue in project.cues if cues is None else cues:
        at = bisect_right(starts, cue.start) - 1
        if cue.left_silent or (at >= 0 and _holds(gaps[at], cue)):
            found.add(cue.id)
    return frozenset(found)


def leave_silent(project: Project, cue_ids: Iterable[str]) -> Project:
    """Nothing is said in these cues: their texts go in every language, drafts and takes stay.

    What drafting reported of them is settled with that.
    """
    wanted = set(cue_ids)
    cues = tuple(_emptied(cue) if cue.id in wanted else cue for cue in project.cues)
    issues = tuple(
        one
        for one in project.issues
        if not (one.cue in wanted and one.rule.startswith("drafting."))
    )
    gaps = tuple(
        replace(gap, leave_silent=True) if _wants_silence(gap, cues, wanted) else gap
        for gap in project.gaps
    )
    return replace(project, cues=cues, issues=issues, gaps=gaps)


def _wants_silence(gap: Gap, cues: Iterable[Cue], touched: Collection[str]) -> bool:
    inside = [cue for cue in cues if cue.start < gap.end and gap.start < cue.end]
    return any(cue.id in touched for cue in inside) and all(cue.left_silent for cue in inside)


def allow_words(project: Project, cue_ids: Iterable[str]) -> Project:
    """Something may be said in these cues again: their own mark goes, and that of their gaps."""
    wanted = [cue for cue in project.cues if cue.id in set(cue_ids) and is_silent(project, cue)]
    marked = {cue.id for cue in wanted if cue.left_silent}
    cues = tuple(replace(cue, accepted=False) if cue.id in marked else cue for cue in project.cues)
    return replace(project, cues=cues, gaps=unmarked(project.gaps, wanted))


def unmarked(gaps: tuple[Gap, ...], cues: Collection[Cue]) -> tuple[Gap, ...]:
    """The gaps, those that hold one of `cues` no longer to be left silent."""
    if not any(gap.leave_silent and _holds(gap, cue) for gap in gaps for cue in cues):
        return gaps
    return tuple(
        replace(gap, leave_silent=False)
        if gap.leave_silent and any(_holds(gap, cue) for cue in cues)
        else gap
        for gap in gaps
    )


def _holds(gap: Gap, cue: Cue) -> bool:
    return gap.start <= cue.start and cue.end <= gap.end


def _emptied(cue: Cue) -> Cue:
    versions = tuple(replace(one, text="", clip=None, take="") for one in cue.versions)
    return replace(cue, versions=versions, accepted=True)
