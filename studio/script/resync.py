"""A project whose film has been put in step: what was found by the sound moves with the sound.

Only times that follow the film's sound move: speech, turns, and lines that an engine heard. What a
person wrote, imported or placed stays where it is, and so does all that follows the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from studio.script import edits
from studio.script.model import Line, Project, Turn, Word
from studio.times import Span

_Timed = TypeVar("_Timed", Span, Turn, Word, Line)


def sound_moved(project: Project, late: Callable[[int], float]) -> Project:
    """The project after its film's sound has come earlier. late(t): by how many ms at film ms t.

    Nothing moves out of the film; stretches keep an order of begin and end, and 1 ms at least.
    """
    last = project.film.duration

    def moved(one: _Timed) -> _Timed:
        start = min(max(0, round(one.start - late(one.start))), last - 1)
        end = min(max(start + 1, round(one.end - late(one.end))), last)
        return replace(one, start=start, end=end)

    def line(one: Line) -> Line:
        if not one.engine:
            return one
        return replace(moved(one), words=tuple(moved(word) for word in one.words))

    speech = [moved(one) for one in project.speech]
    project = edits.put_analysis(project, project.scenes, speech, project.gaps)
    project = edits.set_turns(project, [moved(one) for one in project.turns])
    return edits.set_lines(project, [line(one) for one in project.lines])
