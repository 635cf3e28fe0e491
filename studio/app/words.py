"""What the window says about cues, gaps and places: the sentences of rows and announcements."""

from __future__ import annotations

from fractions import Fraction

from studio import times
from studio.app import states
from studio.app.states import CueState
from studio.script.model import Cue, Gap, Project
from studio.times import MS_PER_SECOND

_TENTH = 100  # ms


def brief(ms: int) -> str:
    """A time to the tenth of a second: 0:09.4."""
    return times.clock(ms // _TENTH * _TENTH)[:-2]


def seconds(ms: int) -> str:
    """A length: 2.4 s."""
    return f"{ms / MS_PER_SECOND:.1f} s"


def shown_time(ms: int, rate: Fraction, as_timecode: bool) -> str:
    """A place in the film as the user wants to read it."""
    return times.timecode(ms, rate) if as_timecode else times.clock(ms)


def cue_sentence(number: int, count: int, cue: Cue, state: CueState, text: str) -> str:
    """A row of the cue table, as it is read aloud."""
    span = f"{brief(cue.start)} to {brief(cue.end)}"
    return f"Description {number} of {count}, {span}, {states.words(state)}: {text or 'no text'}"


def gap_sentence(project: Project, film: int) -> str:
    """What a gap at `film` (ms) is, or what is there instead."""
    gap = gap_at(project, film)
    if gap is None:
        speech = next((one for one in project.speech if one.start <= film < one.end), None)
        if speech is not None:
            return f"Speech, {brief(speech.start)} to {brief(speech.end)}."
        return "No gap here."
    inside = [cue for cue in project.cues if gap.start <= cue.start < gap.end]
    held = {0: "no description", 1: "1 description"}.get(len(inside), f"{len(inside)} descriptions")
    silent = ", to be left silent" if gap.leave_silent else ""
    length = seconds(gap.end - gap.start)
    return f"Gap of {length}, {brief(gap.start)} to {brief(gap.end)}, {held}{silent}."


def gap_at(project: Project, film: int) -> Gap | None:
    """The gap at `film` (ms)."""
    return next((gap for gap in project.gaps if gap.start <= film < gap.end), None)


def place_sentence(project: Project, film: int, output: int) -> str:
    """Where the playhead is: time, scene, and what lies there."""
    scene = next(
        (n for n, one in enumerate(project.scenes, 1) if one.start <= film < one.end), None
    )
    parts = [f"{brief(film)} of {brief(project.film.duration)} in the film"]
    if output != film:
        parts.append(f"{brief(output)} with waits")
    if scene is not None:
        parts.append(f"scene {scene} of {len(project.scenes)}")
    cues = [n for n, cue in enumerate(project.cues, 1) if cue.start <= film < cue.end]
    parts += [f"in description {number}" for number in cues]
    return ", ".join(parts) + ". " + gap_sentence(project, film)
