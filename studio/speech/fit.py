"""Where each clip sounds and whether the film waits for it: a pure function of the project.

A clip never sounds while somebody in the film talks, and never together with another clip.
It begins where its cue begins, or, while an earlier clip still sounds, a little after that one.
What the room lacks is made up by a freeze: the picture stops at a frame's start, at the end of
the room, and holds for whole frames until the clip has ended.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from fractions import Fraction

from studio.script.model import Clip, Cue, Issue, Placement, Project, State
from studio.times import (
    MS_PER_SECOND,
    Span,
    between,
    clock,
    frame_at,
    frame_time,
    frames_for,
    joined,
)


@dataclass(frozen=True, slots=True)
class _Refused:
    """A clip that could not be placed. missing: ms of room it lacks."""

    missing: int
    room: int


def plan(project: Project, language: str) -> tuple[Placement, ...]:
    """A placement for every cue, in order of time; the same for the same project.

    A cue that is left out, unspoken or unwritten has a placement without a clip.
    """
    return tuple(placement for placement, _ in _planned(project, language))


def issues(project: Project, language: str) -> tuple[Issue, ...]:
    """One sentence for every clip that is left out: how much is missing and what to do."""
    found = []
    cues = {cue.id: cue for cue in project.cues}
    for placement, refused in _planned(project, language):
        if refused is not None:
            cue = cues[placement.cue]
            sentence = _sentence(cue, language, refused, project.settings.freeze_limit)
            found.append(Issue("fit.left-out", "error", sentence, cue.id, language))
    return tuple(found)


def room(project: Project, cue: Cue) -> Span:
    """The stretch in which the cue's clip may sound without a freeze.

    It begins where the cue does, or after the speech that lies there, and ends at the next speech,
    at the cue's end, or at the film's; it is empty where nothing is free.
    """
    return _room(project, cue, joined(project.speech))


def _room(project: Project, cue: Cue, speech: tuple[Span, ...]) -> Span:
    film_end = project.film.duration
    start = min(max(cue.start, project.settings.first_cue), film_end)
    whole = Span(start, max(start, min(cue.end, film_end)))
    first = max(0, bisect_right(speech, Span(start, start)) - 1)
    near = []
    for span in speech[first:]:
        if span.start >= whole.end:
            break
        near.append(span)
    return next(between(near, whole), Span(start, start))


def _planned(project: Project, language: str) -> list[tuple[Placement, _Refused | None]]:
    speech = joined(project.speech)
    free_from = 0  # film ms from which no earlier clip sounds and no earlier freeze stands
    planned: list[tuple[Placement, _Refused | None]] = []
    for cue in sorted(project.cues, key=lambda one: (one.start, one.end, one.id)):
        version = cue.version(language)
        if version is None or not version.text.strip():
            planned.append((Placement(cue.id, "unwritten", start=cue.start), None))
        elif version.clip is None:
            planned.append((Placement(cue.id, "unspoken", start=cue.start), None))
        else:
            found = _place(project, cue, version.clip, speech, free_from)
            if isinstance(found, _Refused):
                planned.append((Placement(cue.id, "left out", start=cue.start), found))
                continue
            # A clip that starts at the very frame of a freeze would sound while the film waits,
            # so behind a freeze the next one begins a moment later.
            free_from = found.freeze_at + 1 if found.freeze else found.start + found.duration
            planned.append((replace(found, gain=version.gain), None))
    return planned


def _place(
    project: Project, cue: Cue, clip: Clip, speech: tuple[Span, ...], free_from: int
) -> Placement | _Refused:
    free = _room(project, cue, speech)
    if free_from > free.start:
        start = free_from + project.settings.cue_spacing
        used_up = start > free.end  # a freeze must not drift into what lies behind the room
        free = Span(start, max(start, free.end))
    else:
        used_up = False
    asked = cue.mode == "extended" or (cue.mode == "auto" and bool(cue.freeze))
    if not asked and clip.duration <= free.duration and not used_up:
        state: State = "faster" if clip.tempo > 1.0 else "fits"
        return Placement(
            cue.id, state, free.start, clip.duration, free.start + clip.duration, 0, clip
        )
    refused = _Refused(clip.duration - (0 if used_up else free.duration), free.duration)
    if used_up or cue.mode == "inline" or (cue.mode == "auto" and cue.freeze == 0):
        return refused
    extended = _extended(project.film.rate, project.film.duration, cue, clip, free, speech)
    if extended is None or extended.freeze_at < free_from:
        return refused
    if not asked and extended.freeze > project.settings.freeze_limit:
        return refused
    return extended


def _extended(
    rate: Fraction, film_end: int, cue: Cue, clip: Clip, free: Span, speech: tuple[Span, ...]
) -> Placement | None:
    """The clip with the freeze it needs; None where the film has no frame to hold."""
    stop = _stop(free.end, rate, film_end, speech)
    if stop is None:
        return None
    start = min(free.start, stop)
    if _touches(speech, Span(start, stop)):
        start = stop  # all of it while the film waits
    missing = max(clip.duration - (stop - start), cue.freeze or 0, 1)
    freeze = _whole_frames(missing, rate)
    return Placement(cue.id, "extended", start, clip.duration, stop, freeze, clip)


def _stop(at: int, rate: Fraction, film_end: int, speech: tuple[Span, ...]) -> int | None:
    """The first frame boundary at or after `at`; the one before where that lies in speech.

    At least one frame is shown before it and one after it.
    """
    last = frame_at(max(0, film_end - 1), rate)
    if last < 1:
        return None
    index = frame_at(at, rate)
    if frame_time(index, rate) < at:
        index += 1
    if index > 1 and _talks(speech, frame_time(index, rate)):
        earlier = frame_time(index - 1, rate)
        if not _talks(speech, earlier) and not _touches(speech, Span(earlier, at)):
            index -= 1
    return frame_time(min(max(1, index), last), rate)


def _whole_frames(least: int, rate: Fraction) -> int:
    """The length in ms of as many whole frames as last at least `least` ms.

    Rounded down, because `frames_for` of a length rounded up is one frame more.
    """
    return int(frames_for(least, rate) * MS_PER_SECOND / rate)


def _talks(speech: tuple[Span, ...], at: int) -> bool:
    """Whether a stop at `at` would cut speech in two."""
    index = bisect_right(speech, at, key=lambda span: span.start) - 1
    return index >= 0 and speech[index].start < at < speech[index].end


def _touches(speech: tuple[Span, ...], stretch: Span) -> bool:
    index = max(0, bisect_right(speech, stretch.start, key=lambda span: span.start) - 1)
    return any(span.overlap(stretch) for span in speech[index : index + 2])


def _sentence(cue: Cue, language: str, refused: _Refused, freeze_limit: int) -> str:
    version = cue.version(language)
    text = version.text if version is not None else ""
    limit = 40
    shown = text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
    what = (
        f"The description at {clock(cue.start)} (“{shown}”) is left out: it needs "
        f"{refused.missing / MS_PER_SECOND:.1f} s more than its gap has free."
    )
    if cue.mode == "inline" or cue.freeze == 0:
        advice = "Shorten the text, or let the film wait for it (mode “extended” or “auto”)."
    elif refused.missing > freeze_limit and cue.mode == "auto":
        advice = (
            f"That is longer than the film waits unasked ({freeze_limit / MS_PER_SECOND:.1f} s). "
            "Shorten the text, or set the mode “extended”."
        )
    else:
        advice = "Shorten it or the one before, or move them apart."
    return f"{what} {advice}"
