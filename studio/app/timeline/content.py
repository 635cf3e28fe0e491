"""What the timeline shows, as one frozen value, and what lies at a place of it."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from studio.app.states import CueState, words
from studio.mix.arrange import clip_starts
from studio.mix.timemap import TimeMap
from studio.script.model import Placement, Project
from studio.times import MS_PER_SECOND, Span, clock

IN_TIME = operator.attrgetter("start", "end", "id")
"""How cues are put in order."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A named stretch of the film: a line of its dialogue, or a bed. span: film ms.

    colour: "#rrggbb" of who says it; "" where nobody is known, and for beds.
    """

    span: Span
    text: str
    colour: str = ""


@dataclass(frozen=True, eq=False)
class TimelineContent:
    """What there is to see. Hand over a new one after every edit; untouched parts cost nothing.

    states: the state of every cue by id. time_map: film to output; the timeline shows output time.
    clips: when each placed cue's clip sounds, output ms, by id. lines, beds: in order of start;
    their lanes show only where there are some.
    """

    project: Project
    language: str
    states: Mapping[str, CueState]
    time_map: TimeMap
    clips: Mapping[str, Span]
    lines: tuple[Stretch, ...] = ()
    beds: tuple[Stretch, ...] = ()

    @property
    def length(self) -> int:
        """How long the described film is, output ms rounded up."""
        return self.project.film.duration + math.ceil(self.time_map.added * MS_PER_SECOND)


def clip_spans(placements: Sequence[Placement], times: TimeMap) -> dict[str, Span]:
    """When each placed clip sounds, output ms, by cue. `times` holds what `placements` freeze."""
    durations = {placement.cue: placement.duration for placement in placements}
    spans = {}
    for cue, start in clip_starts(placements, times).items():
        begin = math.ceil(start * MS_PER_SECOND)
        spans[cue] = Span(begin, begin + durations[cue])
    return spans


Lane = Literal["ruler", "pictures", "scenes", "sound", "dialogue", "cues", "beds"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the timeline and what lies there.

    output, film: ms. cue: its id, "" where none lies there. part: what of the cue. gap: the gap
    there. stretch: the dialogue or bed there.
    """

    lane: Lane | None
    output: int
    film: int
    cue: str = ""
    part: Literal["", "start", "body", "end"] = ""
    gap: Span | None = None
    stretch: Stretch | None = None


def cue_sentence(content: TimelineContent, cue_id: str) -> str:
    """A cue as people read it: "Description 12 of 80, 0:09.400 to 0:12.000, fits: She climbs ..."

    The times are film times. Raises KeyError for an unknown cue.
    """
    cues = sorted(content.project.cues, key=IN_TIME)
    for number, cue in enumerate(cues, 1):
        if cue.id == cue_id:
            version = cue.version(content.language)
            text = version.text if version is not None and version.text else "no text yet"
            return (
                f"Description {number} of {len(cues)}, {clock(cue.start)} to {clock(cue.end)}, "
                f"{words(content.states[cue.id])}: {text}"
            )
    raise KeyError(cue_id)
