"""How a cue stands, as the window shows it: one state, and marks a person or a check has added."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable
from enum import Flag, auto

from studio.script.model import Placement, Project, State
from studio.script.silence import silent_cues


class CueState(Flag):
    """Exactly one of the first seven, with any of the marks ACCEPTED and ISSUES: FITS | ACCEPTED.

    SILENT: the describer wants its gap left silent. TOO_LONG: left out of the film as it stands.
    """

    UNWRITTEN = auto()
    UNSPOKEN = auto()
    SILENT = auto()
    FITS = auto()
    FASTER = auto()
    EXTENDED = auto()
    TOO_LONG = auto()
    ACCEPTED = auto()
    ISSUES = auto()

    @property
    def plain(self) -> CueState:
        """The state without its marks. Raises ValueError where there is none, or several."""
        found = self & ~MARKS
        if found not in WORDS:
            raise ValueError(f"{self!r} holds no single state of a cue")
        return found


MARKS = CueState.ACCEPTED | CueState.ISSUES

WORDS = {
    CueState.UNWRITTEN: "not written",
    CueState.UNSPOKEN: "not spoken yet",
    CueState.SILENT: "left silent",
    CueState.FITS: "fits",
    CueState.FASTER: "fits, spoken faster",
    CueState.EXTENDED: "extended, the film waits",
    CueState.TOO_LONG: "too long, left out",
}
"""Each state in words, for rows, tips and screen readers; in the order of a description's life."""

MARK_WORDS = {CueState.ACCEPTED: "accepted", CueState.ISSUES: "has issues"}

_OF_PLACEMENT: dict[State, CueState] = {
    "unwritten": CueState.UNWRITTEN,
    "unspoken": CueState.UNSPOKEN,
    "fits": CueState.FITS,
    "faster": CueState.FASTER,
    "extended": CueState.EXTENDED,
    "left out": CueState.TOO_LONG,
}


def shapes_of(state: CueState) -> tuple[CueState, ...]:
    """What is drawn for a state: itself without its marks, then each mark."""
    return (state.plain, *(mark for mark in MARK_WORDS if mark in state))


def words(state: CueState) -> str:
    """The state and its marks as people read them: "fits, accepted, has issues"."""
    marks = [word for mark, word in MARK_WORDS.items() if mark in state]
    return ", ".join([WORDS[state.plain], *marks])


def cue_states(
    project: Project, placements: Iterable[Placement], troubled: Collection[str] = ()
) -> dict[str, CueState]:
    """The state of every placed cue by id. troubled: ids of cues that checks found issues in.

    A cue without text that is left silent, or lies in a gap that is, is SILENT.
    """
    cues = {cue.id: cue for cue in project.cues}
    placed = list(placements)
    empty = [cues[one.cue] for one in placed if one.state == "unwritten"]
    silent = silent_cues(project, empty)
    states = {}
    for one in placed:
        cue = cues[one.cue]
        # silence says already that it is wanted, and what is written is no silence
        approved = cue.accepted and not (one.state == "unwritten" and cue.left_silent)
        states[cue.id] = _state(one.state, cue.id in silent, approved, cue.id in troubled)
    return states


@functools.cache
def _state(placed: State, left_silent: bool, accepted: bool, troubled: bool) -> CueState:
    """One of a few dozen; flags are slow to join, and a film has thousands of cues."""
    state = CueState.SILENT if left_silent else _OF_PLACEMENT[placed]
    if accepted:
        state |= CueState.ACCEPTED
    if troubled:
        state |= CueState.ISSUES
    return state
