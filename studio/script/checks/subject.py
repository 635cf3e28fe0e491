"""What the checks look at: one language version of a project, sorted once for all rules."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from studio.script.checks.text import shown
from studio.script.model import Cue, Gap, Placement, Project
from studio.script.rules import RULES
from studio.script.styles import Style
from studio.times import Span, clock, joined


@dataclass(frozen=True, slots=True)
class Finding:
    """A breach of a rule; an Issue once the style has said how grave it is.

    language: "" where it is about the cue's room, which all languages share.
    """

    rule: str
    sentence: str
    cue: str
    language: str


@dataclass(frozen=True, slots=True)
class Written:
    """A cue with its text in the language, and where it is planned.

    at: film ms at which it is heard, or would be. sounds: whether it is planned to be heard. heard:
    film ms while it is heard and the film runs; its room where it is not spoken yet.
    """

    cue: Cue
    text: str
    place: Placement | None
    at: int
    sounds: bool
    heard: Span

    @classmethod
    def of(cls, cue: Cue, text: str, place: Placement | None) -> Written:
        """A cue as it is planned; place: None where nobody planned it."""
        if place is None or place.duration <= 0:
            room = Span(cue.start, max(cue.start, cue.end))
            return cls(cue, text, place, cue.start, False, room)
        end = place.start + place.duration
        if place.freeze:
            end = max(place.start, min(end, place.freeze_at))
        return cls(cue, text, place, place.start, True, Span(place.start, end))

    @property
    def named(self) -> str:
        """What a sentence calls it."""
        return _named(self.at, self.text)


@functools.lru_cache(maxsize=8192)
def _named(at: int, text: str) -> str:
    return f"The description at {clock(at)} (“{shown(text)}”)"


@dataclass(frozen=True)
class Subject:
    """A language version of a project. placements: from the planner, one for each cue."""

    project: Project
    language: str
    placements: Sequence[Placement]
    style: Style

    def number(self, rule: str, name: str) -> float:
        """A number of a rule, as style and project say."""
        return self._numbers[rule, name]

    @cached_property
    def _numbers(self) -> dict[tuple[str, str], float]:
        return {
            (rule.id, one.name): self.style.number(rule.id, one.name, self.project.settings)
            for rule in RULES
            for one in rule.numbers
        }

    @property
    def plain_language(self) -> str:
        """The language without its region: "en" for "en-gb"."""
        return self.language.partition("-")[0]

    @cached_property
    def speech(self) -> tuple[Span, ...]:
        """Where the film talks, in order, without overlaps."""
        return joined(self.project.speech)

    @cached_property
    def speech_starts(self) -> tuple[int, ...]:
        """Where each stretch of it begins, to look it up by."""
        return tuple(one.start for one in self.speech)

    @cached_property
    def rooms(self) -> tuple[Cue, ...]:
        """All cues, in order of time."""
        return tuple(sorted(self.project.cues, key=lambda one: (one.start, one.end, one.id)))

    @cached_property
    def written(self) -> tuple[Written, ...]:
        """The cues with a text, in order of time."""
        return tuple(self._written())

    def _written(self) -> Iterator[Written]:
        planned = {place.cue: place for place in self.placements}
        for cue in self.rooms:
            version = cue.version(self.language)
            if version is not None and version.text.strip():
                yield Written.of(cue, version.text, planned.get(cue.id))

    @cached_property
    def heard(self) -> tuple[Written, ...]:
        """The cues that sound, in the order in which they do."""
        sounding = [one for one in self.written if one.sounds]
        return tuple(sorted(sounding, key=lambda one: (one.at, one.cue.id)))

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """The gaps in order of time."""
        return tuple(sorted(self.project.gaps, key=lambda one: (one.start, one.end)))

    def finding(self, rule: str, one: Written, what: str) -> Finding:
        """A breach by a description; `what` goes on after its name."""
        return Finding(rule, f"{one.named} {what}", one.cue.id, self.language)
