"""Whether picture and sound of a film are in step: what was measured, as plain values.

Times are film time. "Late" is the sound after its picture, in ms; early is negative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

SURE = 0.99
"""0..1; a number of less confidence is likely, but not certain."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch in which somebody is seen to talk. offset: ms the sound is late there.

    confidence: 0..1, how well mouth and sound agree there.
    """

    start: int
    end: int
    offset: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """From film ms `start` on the sound is late: by `late` ms there, later by `drift` ppm."""

    start: int
    late: float
    drift: float = 0.0


@dataclass(frozen=True)
class InStep:
    """What was measured. method: by mouths, by a flash and a beep, or not at all.

    stretches: () where nothing was found; more than one where the sound jumps. confidence: 0..1,
    how likely it is that these were not found by chance, not once in a thousand films whose mouths
    say something else, and that no other offset is meant. why: where nothing was found, a sentence
    on that.
    """

    method: Literal["mouths", "marks", "none"]
    stretches: tuple[Stretch, ...] = ()
    confidence: float = 0.0
    passages: tuple[Passage, ...] = ()
    why: str = ""

    @property
    def offset(self) -> float | None:
        """How late the sound is at the film's start, in ms; None where it was not found."""
        return self.stretches[0].late if self.stretches else None

    @property
    def drift(self) -> float | None:
        """By how many ppm it gets later, None where it was not found."""
        return self.stretches[0].drift if self.stretches else None

    @property
    def certain(self) -> bool:
        """Whether the number may be relied on."""
        return self.confidence >= SURE


def late_at(stretches: Sequence[Stretch], time: float) -> float:
    """How late the sound is at film ms `time`."""
    stretch = max((one for one in stretches if one.start <= time), key=lambda one: one.start)
    return stretch.late + (time - stretch.start) * stretch.drift / 1_000_000
