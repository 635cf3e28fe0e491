"""Which pictures of the film a describer is shown for a cue."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from studio.engines import Picture
from studio.media.frames import pictures_at
from studio.media.probe import FilmInfo
from studio.script.model import Cue, Project
from studio.times import Span

if TYPE_CHECKING:
    from studio.engines import Pixels

_WIDTH = 960  # pixels: small print can still be read
_FEWEST, _MOST = 3, 6  # pictures of a moment
_APART = 1200  # ms between two of them, as far as that number allows
_AROUND = 4000  # ms of its scene shown on either side of a cue that has little room
_LITTLE = 1000  # ms of room from which the room alone shows what there is to describe
_NEIGHBOURS = 2  # shots on either side that tell what is new
_STEP = 8  # every so many pixels are compared to measure motion


@dataclass(frozen=True)
class Shots:
    """The pictures for one cue, in order of time. motion: as for Moment."""

    span: Span
    own: tuple[Picture, ...]
    earlier: tuple[Picture, ...]
    later: tuple[Picture, ...]
    motion: float


def shots(
    info: FilmInfo, project: Project, cues: Sequence[Cue], *, context: bool
) -> Generator[Shots]:
    """The shots for each of `cues`, which stand in order of time; one pass over the film.

    context: with a picture each of the shots around. Pictures are held only as long as a cue still
    to come is shown them. Raises MediaError.
    """
    spans = [shown(project, cue) for cue in cues]
    own = [sample_times(span) for span in spans]
    around = [_neighbours(project.scenes, span) if context else ((), ()) for span in spans]
    wanted = [
        {*times, *earlier, *later} for times, (earlier, later) in zip(own, around, strict=True)
    ]
    still = _earliest_from_here(wanted)
    times = sorted(set().union(*wanted))
    taken = pictures_at(info, times, _WIDTH)
    held: dict[int, Picture] = {}
    coming = iter(times)
    try:
        for at, span in enumerate(spans):
            while not wanted[at] <= held.keys():
                time, (starts, pixels) = next(coming), next(taken)
                held[time] = Picture(starts, pixels)
            earlier, later = around[at]
            mine = _pictures(held, own[at])
            moved = _motion([one.pixels for one in mine])
            yield Shots(span, mine, _pictures(held, earlier), _pictures(held, later), moved)
            held = {time: one for time, one in held.items() if time >= still[at + 1]}
    finally:
        taken.close()


def _earliest_from_here(wanted: Sequence[set[int]]) -> list[float]:
    """For each place the earliest time that is wanted there or later; one more for the end."""
    earliest = [float("inf")]
    for times in reversed(wanted):
        earliest.append(min(earliest[-1], *times))
    return earliest[::-1]


def _pictures(held: dict[int, Picture], times: Sequence[int]) -> tuple[Picture, ...]:
    """The pictures at these times, each once."""
    return tuple({held[time].time: held[time] for time in times}.values())


def _neighbours(scenes: Sequence[Span], span: Span) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The middle of each of the shots before and after a stretch."""
    before = [one for one in scenes if one.end <= span.start][-_NEIGHBOURS:]
    after = [one for one in scenes if one.start >= span.end][:_NEIGHBOURS]
    return tuple(map(_middle, before)), tuple(map(_middle, after))


def _middle(span: Span) -> int:
    return (span.start + span.end) // 2


def shown(project: Project, cue: Cue) -> Span:
    """The stretch a description is about: the cue's room, or its scene around it.

    A cue for which the film waits has little room; what is described there is its scene so far and
    a little beyond.
    """
    film = Span(0, project.film.duration)
    if cue.end - cue.start >= _LITTLE:
        return Span(cue.start, cue.end)
    scene = next((one for one in project.scenes if one.start <= cue.start < one.end), film)
    start = max(scene.start, cue.start - _AROUND)
    return Span(start, max(start + 1, min(scene.end, cue.end + _AROUND)))


def sample_times(span: Span) -> list[int]:
    """Where pictures are taken from: evenly spread, in the middle of as many equal parts."""
    count = min(_MOST, max(_FEWEST, -(-span.duration // _APART)))
    return [span.start + span.duration * (2 * part + 1) // (2 * count) for part in range(count)]


def _motion(pictures: list[Pixels]) -> float:
    """Mean difference of neighbouring pictures, 0..255, fades not counted."""
    small = [one[::_STEP, ::_STEP].astype(np.float32) for one in pictures]
    small = [one - one.mean() for one in small]  # what only grows lighter does not move
    steps = [float(np.abs(a - b).mean()) for a, b in pairwise(small)]
    return sum(steps) / len(steps) if steps else 0.0
