"""Where everything lies in output time, as arrays that are searched and drawn many at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studio import times
from studio.app.states import WORDS, CueState, shapes_of
from studio.app.timeline.clock import OutputClock, Times
from studio.app.timeline.content import IN_TIME, TimelineContent
from studio.script.model import Cue
from studio.times import Span


@dataclass(frozen=True, eq=False)
class Track:
    """Stretches in order of their begin, output ms; they may overlap and may be empty.

    reach: the furthest end of all stretches up to each, so what shows is found by bisection.
    """

    begin: Times
    end: Times
    reach: Times

    @classmethod
    def of(cls, begin: Times, end: Times) -> Track:
        """The stretches [begin, end), already in order."""
        return cls(begin, end, np.maximum.accumulate(end))

    def __len__(self) -> int:
        """How many stretches there are."""
        return len(self.begin)

    def within(self, start: float, end: float) -> NDArray[np.intp]:
        """The indices of the stretches that show between two output times, in order."""
        first = int(np.searchsorted(self.reach, start, side="left"))
        last = int(np.searchsorted(self.begin, end, side="right"))
        found = np.arange(first, max(first, last))
        shown: NDArray[np.intp] = found[self.end[first : first + len(found)] >= start]
        return shown

    def at(self, time: float) -> int | None:
        """The last stretch that begins at or before `time` and ends after it."""
        found = self.within(time, time)
        inside = found[(self.begin[found] <= time) & (self.end[found] > time)]
        return int(inside[-1]) if len(inside) else None


@dataclass(frozen=True, eq=False)
class FilmTrack(Track):
    """Stretches of the film, where they are shown.

    things: what they are the stretches of. film: rows of start and end, film ms. clock: by which
    they are placed.
    """

    things: object
    film: Times
    clock: OutputClock

    @classmethod
    def made(
        cls,
        things: object,
        spans: Callable[[], Sequence[Span]],
        clock: OutputClock,
        before: FilmTrack | None,
    ) -> FilmTrack:
        """The `spans` of `things`, asked for only where `before` was not made of the very same."""
        if before is None or before.things is not things:
            film = np.array([(one.start, one.end) for one in spans()], np.float64).reshape(-1, 2)
        elif before.clock is clock:
            return before
        else:
            film = before.film
        begin, end = clock.output(film[:, 0]), clock.output_end(film[:, 1])
        return cls(begin, end, np.maximum.accumulate(end), things, film, clock)


@dataclass(frozen=True, eq=False)
class PlacedCues:
    """Cues in order of start. room: where they may sound; whole: room and clip together.

    clips: as rows of begin and end, output ms; equal where there is no clip.
    states: the state of each without its marks; ranks: its place in WORDS. marks: each one's
    shapes, in the order they are drawn in. Index i is the same cue everywhere.
    """

    cues: tuple[Cue, ...]
    room: Track
    whole: Track
    clips: NDArray[np.float64]
    states: tuple[CueState, ...]
    ranks: NDArray[np.intp]
    marks: tuple[tuple[CueState, ...], ...]
    index: Mapping[str, int]

    @classmethod
    def of(cls, content: TimelineContent, clock: OutputClock) -> PlacedCues:
        """The cues of a project, placed."""
        cues = sorted(content.project.cues, key=IN_TIME)
        film = np.array([(cue.start, cue.end) for cue in cues], np.float64).reshape(-1, 2)
        begin = clock.output(film[:, 0])
        # a room that is empty, at a hold, would otherwise end before it begins
        end = np.maximum(begin, clock.output_end(film[:, 1]))
        spans = [content.clips.get(cue.id) for cue in cues]
        clips = np.array(
            [
                (at, at) if span is None else (span.start, span.end)
                for at, span in zip(begin.tolist(), spans, strict=True)
            ],
            np.float64,
        ).reshape(-1, 2)
        states = [content.states[cue.id] for cue in cues]
        known = {id(state): state for state in states}  # a few; flags are slow to hash
        of = {at: _parts(state.value) for at, state in known.items()}
        parts = [of[id(state)] for state in states]
        left, right = np.minimum(begin, clips[:, 0]), np.maximum(end, clips[:, 1])
        return cls(
            cues=tuple(cues),
            room=Track.of(begin, end),
            whole=_ordered(left, right),
            clips=clips,
            states=tuple(plain for plain, _, _ in parts),
            ranks=np.array([rank for _, rank, _ in parts], np.intp),
            marks=tuple(shapes for _, _, shapes in parts),
            index={cue.id: number for number, cue in enumerate(cues)},
        )


@lru_cache(maxsize=64)
def _parts(value: int) -> tuple[CueState, int, tuple[CueState, ...]]:
    """The plain state of a state's value, its rank, and its shapes. (Flags are slow to hash.)"""
    state = CueState(value)
    return state.plain, list(WORDS).index(state.plain), shapes_of(state)


def _ordered(left: Times, right: Times) -> Track:
    """Clips may begin a little before their room; bisection only needs a bound that rises."""
    bound = np.minimum.accumulate(left[::-1])[::-1]
    return Track(bound, right, np.maximum.accumulate(right))


@dataclass(frozen=True, eq=False)
class Placed:
    """All that the timeline draws, in output ms."""

    content: TimelineContent
    clock: OutputClock
    scenes: FilmTrack
    speech: FilmTrack
    gaps: FilmTrack
    silent: FilmTrack
    holds: Track
    lines: FilmTrack
    beds: FilmTrack
    cues: PlacedCues

    @classmethod
    def of(cls, content: TimelineContent, before: Placed | None = None) -> Placed:
        """Everything placed; what is the very same object as `before` is not read again."""
        clock = (
            before.clock
            if before is not None and before.content.time_map == content.time_map
            else OutputClock.of(content.time_map)
        )
        project, lines, beds = content.project, content.lines, content.beds

        gaps = project.gaps

        def track(name: str, things: object, spans: Callable[[], Sequence[Span]]) -> FilmTrack:
            return FilmTrack.made(things, spans, clock, getattr(before, name, None))

        return cls(
            content=content,
            clock=clock,
            scenes=track("scenes", project.scenes, lambda: project.scenes),
            speech=track("speech", project.speech, lambda: project.speech),
            gaps=track("gaps", gaps, lambda: [gap.span for gap in gaps]),
            silent=track("silent", gaps, lambda: [gap.span for gap in gaps if gap.leave_silent]),
            holds=Track.of(*clock.holds()),
            lines=track("lines", lines, lambda: [line.span for line in lines]),
            beds=track("beds", beds, lambda: [bed.span for bed in beds]),
            cues=PlacedCues.of(content, clock),
        )


def place_sentence(placed: Placed, output: int) -> str:
    """What is at an output time, as people read it: "0:09.400, scene 3 of 80, gap of 4.2 s"."""
    parts = [times.clock(output)]
    if placed.holds.at(output) is not None:
        parts.append("the film waits")
    scene = placed.scenes.at(output)
    if scene is not None:
        parts.append(f"scene {scene + 1} of {len(placed.scenes)}")
    gap = placed.gaps.at(output)
    if gap is not None:
        found = placed.content.project.gaps[gap]
        length = f"gap of {found.span.duration / 1000:.1f} s"
        parts.append(f"{length}, to be left silent" if found.leave_silent else length)
    elif placed.speech.at(output) is not None:
        parts.append("speech")
    line = placed.lines.at(output)
    if line is not None:  # its text begins with the name of who says it
        parts.append(f"the line “{placed.content.lines[line].text}”")
    return ", ".join(parts)
