"""Where each clip sounds and whether the film waits for it: a pure function of the project.

A clip never sounds while somebody in the film talks, and never together with another clip.
It begins where its cue begins, or, while an earlier clip still sounds, a little after that one.
What the room lacks is made up by a freeze: the picture stops at a frame's start, at the end of
the room, and holds for whole frames until the clip has ended.
"""

from __future__ import annotations

import operator
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
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
    return _planned(project, language).placements


def issues(project: Project, language: str) -> tuple[Issue, ...]:
    """One sentence for every clip that is left out: how much is missing and what to do."""
    found = []
    for one in _planned(project, language).cues:
        if one.refused is not None:
            sentence = _sentence(one.cue, language, one.refused, project.settings.freeze_limit)
            found.append(Issue("fit.left-out", "error", sentence, one.cue.id, language))
    return tuple(found)


def room(project: Project, cue: Cue) -> Span:
    """The stretch in which the cue's clip may sound without a freeze.

    It begins where the cue does, or after the speech that lies there, and ends at the next speech,
    at the cue's end, or at the film's; it is empty where nothing is free.
    """
    return _room(project, cue, _joined_speech(project, _last))


def _room(project: Project, cue: Cue, speech: tuple[Span, ...]) -> Span:
    film_end = project.film.duration
    start = min(max(cue.start, project.settings.first_cue), film_end)
    whole = Span(start, max(start, min(cue.end, film_end)))
    first = max(0, bisect_right(speech, start, key=_begin) - 1)
    near = speech[first : bisect_left(speech, whole.end, key=_begin)]
    if not near or (len(near) == 1 and near[0].end <= whole.start):
        return whole
    return next(between(near, whole), Span(start, start))


_begin = operator.attrgetter("start")
_in_time = operator.attrgetter("start", "end", "id")


@dataclass(frozen=True, slots=True)
class _Planned:
    """One cue's place in a plan. free_from: what it was placed after, see `_plan`."""

    cue: Cue
    free_from: int
    placement: Placement
    refused: _Refused | None


@dataclass(frozen=True, slots=True)
class _Plan:
    """The plan of one project in one language. speech: where somebody talks, joined."""

    project: Project
    language: str
    speech: tuple[Span, ...]
    cues: tuple[_Planned, ...]
    placements: tuple[Placement, ...]

    def by_cue(self, project: Project, language: str) -> dict[str, _Planned]:
        """By the cue's id, what is as good for `project`: nothing where more than cues differ."""
        same = (
            self.language == language
            and self.project.speech is project.speech
            and self.project.settings is project.settings
            and self.project.film is project.film
        )
        return {one.cue.id: one for one in self.cues} if same else {}


_last: _Plan | None = None  # replaced whole, so threads may share it


def _planned(project: Project, language: str) -> _Plan:
    """What is planned; kept for whoever asks next, as a window does often after every edit."""
    global _last  # noqa: PLW0603  # remembers values of a pure function
    known = _last
    if known is None or known.project is not project or known.language != language:
        earlier = {} if known is None else known.by_cue(project, language)
        speech = _joined_speech(project, known)
        placed = tuple(_plan(project, language, speech, earlier))
        placements = tuple(one.placement for one in placed)
        known = _last = _Plan(project, language, speech, placed, placements)
    return known


def _joined_speech(project: Project, known: _Plan | None) -> tuple[Span, ...]:
    """Where somebody in the film talks, joined; that of a known plan of the same speech."""
    if known is not None and known.project.speech is project.speech:
        return known.speech
    return joined(project.speech)


def _plan(
    project: Project, language: str, speech: tuple[Span, ...], earlier: Mapping[str, _Planned]
) -> Iterator[_Planned]:
    """Place one cue after the other. earlier: of the same film; a cue that stands as it did there,
    behind the same, is placed as it was.
    """
    free_from = 0  # film ms from which no earlier clip sounds and no earlier freeze stands
    for cue in sorted(project.cues, key=_in_time):
        found = earlier.get(cue.id)
        if found is None or found.cue is not cue or found.free_from != free_from:
            found = _Planned(cue, free_from, *_placed(project, language, cue, speech, free_from))
        place = found.placement
        if place.clip is not None:
            # A clip that starts at the very frame of a freeze would sound while the film waits,
            # so behind a freeze the next one begins a moment later.
            free_from = place.freeze_at + 1 if place.freeze else place.start + place.duration
        yield found


def _placed(
    project: Project, language: str, cue: Cue, speech: tuple[Span, ...], free_from: int
) -> tuple[Placement, _Refused | None]:
    version = cue.version(language)
    if version is None or not version.text.strip():
        return Placement(cue.id, "unwritten", start=cue.start), None
    if version.clip is None:
        return Placement(cue.id, "unspoken", start=cue.start), None
    found = _place(project, cue, version.clip, speech, free_from)
    if isinstance(found, _Refused):
        return Placement(cue.id, "left out", start=cue.start), found
    return replace(found, gain=version.gain), None


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
    index = bisect_right(speech, at, key=_begin) - 1
    return index >= 0 and speech[index].start < at < speech[index].end


def _touches(speech: tuple[Span, ...], stretch: Span) -> bool:
    index = max(0, bisect_right(speech, stretch.start, key=_begin) - 1)
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
