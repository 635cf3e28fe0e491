"""Beds: background sound made for stretches of the film, and what may be done with them.

A bed is there because a person asked for it. Whatever decides how it sounds takes its sound away
when it changes, so that what is heard is always what the project says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from studio.errors import ProjectError, UsageError
from studio.script import edits
from studio.script.model import GAIN_LEAST, GAIN_MOST, Bed, Project
from studio.times import MS_PER_SECOND, Span, clock

WORDS_BELOW = 30
"""A mood has fewer words than this, its three fields together: what describes all, says nothing."""

SHORTEST = 1000
"""ms of a bed, at least."""

FADE_MOST = 30_000
"""ms of a fade, at most."""

SEED_MOST = 2**31 - 1

_DECIDING = ("start", "end", "atmosphere", "rhythm", "melody", "engine", "seed", "loop")


def words(*fields: str) -> int:
    """How many words the fields of a mood have together."""
    return sum(len(one.split()) for one in fields)


def check(bed: Bed, duration: int) -> None:
    """Raise UsageError unless the bed can be made for a film of `duration` ms."""
    if not 0 <= bed.start <= bed.end - SHORTEST or bed.end > duration:
        raise UsageError(
            f"A bed from {clock(bed.start)} to {clock(bed.end)} cannot be made.",
            advice=f"Give a stretch of at least {SHORTEST // MS_PER_SECOND} s that lies in the "
            f"film, which ends at {clock(duration)}.",
        )
    count = words(bed.atmosphere, bed.rhythm, bed.melody)
    if count == 0:
        raise UsageError(
            "The mood has no words, so nobody knows how the bed shall sound.",
            advice="Fill in atmosphere, rhythm or melody.",
        )
    if count >= WORDS_BELOW:
        raise UsageError(
            f"The mood has {count} words, and fewer than {WORDS_BELOW} are allowed.",
            "More of them contradict each other.",
            "Keep those that matter.",
        )
    if not GAIN_LEAST <= bed.gain <= GAIN_MOST:
        raise UsageError(
            f"A bed cannot be {bed.gain:g} dB louder than beds are.",
            advice=f"Give {GAIN_LEAST:g} to {GAIN_MOST:g} dB.",
        )
    if not (0 <= bed.fade_in <= FADE_MOST and 0 <= bed.fade_out <= FADE_MOST):
        raise UsageError(
            f"A bed cannot fade for {bed.fade_in} and {bed.fade_out} ms.",
            advice=f"Give 0 to {FADE_MOST} ms.",
        )
    if not 0 <= bed.seed <= SEED_MOST:
        raise UsageError(f"{bed.seed} is no seed.", advice=f"Give a number from 0 to {SEED_MOST}.")


def bed_of(project: Project, bed_id: str) -> Bed:
    """The bed of that id. Raises ProjectError."""
    found = next((bed for bed in project.beds if bed.id == bed_id), None)
    if found is None:
        raise ProjectError(f"The project has no bed “{bed_id}”.")
    return found


def add(project: Project, bed: Bed) -> tuple[Project, str]:
    """The project with a bed more, and its id; the id and sound of `bed` do not count.

    Raises UsageError where it cannot be made.
    """
    check(bed, project.film.duration)
    taken = {one.id for one in project.beds}
    number = next(n for n in range(1, len(taken) + 2) if f"b{n}" not in taken)
    added = replace(bed, id=f"b{number}", sound="")
    return edits.set_beds(project, (*project.beds, added)), added.id


def change(project: Project, bed_id: str, **fields: Any) -> Project:
    """The project with some fields of a bed set; its sound goes where they decide how it sounds.

    Raises UsageError where it could not be made any more, ProjectError for an unknown id.
    """
    before = bed_of(project, bed_id)
    after = replace(before, **fields)
    if after == before:
        return project
    check(after, project.film.duration)
    if any(getattr(before, one) != getattr(after, one) for one in _DECIDING):
        after = replace(after, sound="")
    return _with(project, after)


def put_sound(project: Project, made: Bed) -> Project:
    """The project with the sound that was made for `made`; ignored where that bed has changed."""
    now = next((bed for bed in project.beds if bed.id == made.id), None)
    if now is None or any(getattr(now, one) != getattr(made, one) for one in _DECIDING):
        return project
    return _with(project, replace(now, sound=made.sound))


def remove(project: Project, bed_id: str) -> Project:
    """The project without a bed. Raises ProjectError for an unknown id."""
    gone = bed_of(project, bed_id)
    return edits.set_beds(project, (bed for bed in project.beds if bed is not gone))


def _with(project: Project, changed: Bed) -> Project:
    return edits.set_beds(
        project, (changed if bed.id == changed.id else bed for bed in project.beds)
    )


def mood(bed: Bed) -> str:
    """The three fields as one line."""
    return ", ".join(one.strip() for one in (bed.atmosphere, bed.rhythm, bed.melody) if one.strip())


def span(bed: Bed) -> Span:
    """The stretch of the film a bed is for."""
    return Span(bed.start, bed.end)


def told(bed: Bed) -> str:
    """Where a bed was added and by whom it was made, for reports: "0:01.000 to 0:09.000 ..."."""
    return f"{clock(bed.start)} to {clock(bed.end)}, {mood(bed)} (made by {bed.engine})"
