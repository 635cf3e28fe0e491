"""Steps like those of `studio.steps` that find the cast: who speaks when, and which lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.progress import Progress
from studio.script import edits, people
from studio.script.model import Issue, Project

if TYPE_CHECKING:
    from studio.media.probe import FilmInfo

DEFAULT_DISTINGUISHER = "acoustic"
"""The diariser that is used unasked."""

ROOM = "casting"
NOBODY, MANY = f"{ROOM}.nobody", f"{ROOM}.many"
"""Rules of the issues that finding the cast leaves."""


def cast(project: Project, info: FilmInfo, diariser: str, progress: Progress) -> Project:
    """The project with turns, the people whose they are, and who says each line.

    Who has a name and what a person has settled stays: see script/people.py. A film in which
    nobody is heard ends as an ordinary project with an issue that says so. Raises EngineError and
    MediaError.
    """
    from studio.analysis.speakers import MOST_VOICES, hear_voices, who_says

    turns = hear_voices(info, project.speech, diariser, progress)
    voices = len({turn.voice for turn in turns})
    project = people.adopt_turns(project, [(turn.span, turn.voice) for turn in turns])
    project = people.adopt_speakers(project, who_says(project.lines, project.turns))
    issues: list[Issue] = []
    if not turns:
        why = "The film has no sound" if info.sound is None else "Nobody is heard in the film"
        issues.append(Issue(NOBODY, "info", f"{why}, so no voices were told apart."))
    elif voices >= MOST_VOICES:
        told = f"{voices} voices were told apart, the most that can be; some may be two people's."
        issues.append(Issue(MANY, "info", told))
    return edits.put_issues(project, ROOM, "", issues)


@dataclass(frozen=True, slots=True)
class Part:
    """What a member of the cast has. called: name or "Person 3". speaks: ms. colour: "#rrggbb"."""

    id: str
    called: str
    colour: str
    lines: int
    turns: int
    speaks: int
    faces: int


def parts(project: Project) -> tuple[Part, ...]:
    """What each member of the cast has, in the order of the cast; linear time."""
    lines = Counter(line.person for line in project.lines)
    turns = Counter(turn.person for turn in project.turns)
    faces = Counter(face.person for face in project.faces)
    speaks: Counter[str] = Counter()
    for turn in project.turns:
        speaks[turn.person] += turn.end - turn.start
    return tuple(
        Part(
            one.id,
            one.name or f"Person {place}",
            people.colour_of(project.people, one.id),
            lines[one.id],
            turns[one.id],
            speaks[one.id],
            faces[one.id],
        )
        for place, one in enumerate(project.people, 1)
    )
