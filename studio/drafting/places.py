"""Where descriptions go: a pure function of what was found in the film.

Gaps are cut at picture cuts, so that a description belongs to one scene. Scenes full of speech
get a place in their longest pause, where the film waits for the description.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from studio.script import edits
from studio.script.model import Gap, Mode, Project
from studio.settings import Settings
from studio.times import Span, between, joined

_APART = 2  # an extended place keeps this many cue stretches away from other places
_LONG_ENOUGH = 1000  # ms: a shorter film needs no description


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Room for one description, ms; mode as of a cue. A place to wait may have no length."""

    start: int
    end: int
    mode: Mode


def places(
    duration: int,
    scenes: Sequence[Span],
    speech: Sequence[Span],
    gaps: Sequence[Gap],
    settings: Settings,
    inline_only: bool,
) -> tuple[Place, ...]:
    """The places for descriptions, in order and apart; at least one where the film lasts 1 s.

    duration: of the film, ms. inline_only: only where there is a gap, so perhaps none.
    Places lie outside speech and outside gaps to be left silent. (Where somebody talks from the
    first moment to the last, the film waits at its very beginning.)
    """
    mode: Mode = "inline" if inline_only else "auto"
    cuts = sorted({scene.start for scene in scenes})
    inside = [
        Place(span.start, span.end, mode)
        for gap in sorted(gaps, key=lambda one: one.start)
        if not gap.leave_silent
        for span in _in_gap(_playable(gap.span, duration, settings), cuts, settings)
    ]
    if inline_only:
        return tuple(inside)
    silent = [gap.span for gap in gaps if gap.leave_silent]
    pauses = tuple(_pauses(duration, speech, silent, settings))
    waits = _waiting(duration, scenes, pauses, inside, settings)
    if not inside and not waits and duration > _LONG_ENOUGH:
        waits = [_anywhere(pauses, settings)]
    return tuple(sorted([*inside, *waits]))


def with_places(project: Project, inline_only: bool) -> Project:
    """The project with an empty cue at each of its places."""
    found = places(
        project.film.duration,
        project.scenes,
        project.speech,
        project.gaps,
        project.settings,
        inline_only,
    )
    for place in found:
        mode: Mode = "inline" if inline_only else place.mode
        project, _ = edits.add_cue(project, place.start, place.end, mode)
    return project


# --- in gaps --------------------------------------------------------------------------------------


def _playable(gap: Span, duration: int, settings: Settings) -> Span:
    start = max(gap.start, settings.first_cue)
    return Span(start, max(start, min(gap.end, duration)))


def _in_gap(gap: Span, cuts: Sequence[int], settings: Settings) -> Iterator[Span]:
    """The gap in pieces, one a scene, long ones divided, with the spacing between them."""
    if not gap.duration:
        return
    least = settings.gap_minimum + settings.cue_spacing
    pieces = [part for scene in _cut(gap, cuts, least) for part in _divided(scene, settings, least)]
    for piece in pieces[:-1]:
        yield piece.shrunk(0, settings.cue_spacing)
    yield pieces[-1]


def _cut(gap: Span, cuts: Sequence[int], least: int) -> list[Span]:
    """The gap cut at the scenes' starts, short pieces joined to a neighbour.

    A short piece joins the one before it; the first one, the piece after it.
    """
    inside = cuts[bisect_right(cuts, gap.start) :]
    edges = [gap.start]
    for cut in inside:
        if cut >= gap.end:
            break
        if cut - edges[-1] >= least:
            edges.append(cut)
    if len(edges) > 1 and gap.end - edges[-1] < least:
        edges.pop()
    return [Span(*pair) for pair in zip(edges, [*edges[1:], gap.end], strict=True)]


def _divided(piece: Span, settings: Settings, least: int) -> list[Span]:
    """One part for each whole cue stretch the piece lasts, all of the same length."""
    parts = max(1, min(piece.duration // settings.cue_stretch, piece.duration // least))
    edges = [piece.start + piece.duration * part // parts for part in range(parts + 1)]
    return [Span(*pair) for pair in pairwise(edges)]


# --- where the film has to wait -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Pause:
    """A stretch without speech, however short, and the place in it that keeps the guards."""

    span: Span
    place: Span


def _pauses(
    duration: int, speech: Sequence[Span], silent: Iterable[Span], settings: Settings
) -> Iterator[_Pause]:
    whole = Span(min(settings.first_cue, duration), duration)
    quiet = joined(silent)
    for pause in between(speech, Span(0, duration)):
        guarded = pause.shrunk(
            settings.speech_guard if pause.start > 0 else 0,
            settings.speech_guard if pause.end < duration else 0,
        )
        room = Span(max(guarded.start, whole.start), guarded.end)
        if room.duration <= 0:
            middle = (pause.start + pause.end) // 2
            room = Span(middle, middle)
        wanted_silent = any(one.start <= room.end and room.start <= one.end for one in quiet)
        if room.start >= whole.start and not wanted_silent:
            yield _Pause(pause, room)


def _waiting(
    duration: int,
    scenes: Sequence[Span],
    pauses: Sequence[_Pause],
    inside: Sequence[Place],
    settings: Settings,
) -> list[Place]:
    """A place in the longest pause near the start of each scene far from any other place."""
    apart = _APART * settings.cue_stretch
    taken = list(inside)
    waits: list[Place] = []
    starts = [pause.span.start for pause in pauses]
    for scene in scenes or (Span(0, duration),):
        near = Span(scene.start, min(scene.end, scene.start + settings.cue_stretch))
        first = max(0, bisect_right(starts, near.start) - 1)
        last = bisect_right(starts, near.end)
        best = max(
            (one for one in pauses[first:last] if near.start <= one.place.start < near.end),
            key=lambda one: (one.span.duration, -one.place.start),
            default=None,
        )
        if best is None:
            continue
        if any(_distance(best.place, place) < apart for place in _around(taken, best)):
            continue
        # a longer scene may reach far beyond its start: the room ends with it
        room = Span(best.place.start, max(best.place.start, min(best.place.end, scene.end)))
        waits.append(Place(room.start, room.end, "extended"))
        insort(taken, waits[-1])
    return waits


def _around(taken: Sequence[Place], pause: _Pause) -> Sequence[Place]:
    """The places next to the pause: none further off can be nearer."""
    index = bisect_right(taken, pause.place.start, key=lambda place: place.start)
    return taken[max(0, index - 1) : index + 1]


def _distance(one: Span, two: Place) -> int:
    return max(0, two.start - one.end, one.start - two.end)


def _anywhere(pauses: Sequence[_Pause], settings: Settings) -> Place:
    """The longest pause of the film; its beginning where nobody ever pauses."""
    best = max(pauses, key=lambda one: (one.span.duration, -one.place.start), default=None)
    room = best.place if best is not None else Span(settings.first_cue, settings.first_cue)
    return Place(room.start, room.end, "extended")
