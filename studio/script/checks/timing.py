"""Rules of time: over speech, in too little room, too fast, too close, beyond the film."""

from __future__ import annotations

import functools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from studio.script import pace
from studio.script.checks.subject import Finding, Subject, Written
from studio.script.model import Clip, Cue
from studio.times import MS_PER_SECOND, Span, clock


def findings(subject: Subject) -> Iterator[Finding]:
    """All breaches of rules of time but those about silence (see checks.coverage)."""
    yield from _rooms(subject)
    yield from _overlapping_rooms(subject)
    for one in subject.heard:
        yield from _over_speech(subject, one)
        yield from _near_speech(subject, one)
        yield from _short_gap(subject, one)
        yield from _long_freeze(subject, one)
    yield from _at_once(subject)
    for one in subject.written:
        version = one.cue.version(subject.language)
        if version is not None and version.clip is not None:
            yield from _pace(subject, one, version.clip)
            yield from _stretched(subject, one, version.clip)


# --- where it lies --------------------------------------------------------------------------------


def _rooms(subject: Subject) -> Iterator[Finding]:
    """What is wrong with the rooms themselves, whatever is said in them."""
    film = subject.project.film.duration
    earliest = subject.number("timing.at-zero", "earliest")
    for cue in subject.rooms:
        if cue.start < earliest:
            what = (
                f"The cue “{cue.id}” starts at {clock(cue.start)}, and players miss what starts "
                f"with the film. Start it at {clock(int(earliest))} or later."
            )
            yield Finding("timing.at-zero", what, cue.id, "")
        if cue.start >= film:
            what = (
                f"The cue “{cue.id}” starts at {clock(cue.start)}, behind the end of the film "
                f"({clock(film)}), so it is never heard. Move it into the film, or remove it."
            )
            yield Finding("timing.beyond-film", what, cue.id, "")
        elif cue.end > film:
            what = (
                f"The room of the cue “{cue.id}” ends at {clock(cue.end)}, behind the end of the "
                f"film ({clock(film)}). End it with the film."
            )
            yield Finding("timing.beyond-film", what, cue.id, "")


def _overlapping_rooms(subject: Subject) -> Iterator[Finding]:
    """Each room that reaches into a later one's; only the later of the two can give way."""
    for before, after in _neighbours(subject.rooms):
        what = (
            f"The room of the cue “{before.id}” ends at {clock(before.end)}, after the next one "
            f"begins ({clock(after.start)}). The second waits for the first, or is left out. "
            "End the first earlier."
        )
        yield Finding("timing.rooms-overlap", what, before.id, "")


def _neighbours(rooms: Sequence[Cue]) -> Iterator[tuple[Cue, Cue]]:
    """Each cue whose room overlaps the next one's."""
    for before, after in pairwise(rooms):
        if before.end > after.start and after.end > before.start:
            yield before, after


def _at_once(subject: Subject) -> Iterator[Finding]:
    """Each description that begins while an earlier one is heard."""
    allowed = subject.number("timing.overlap", "allowed")
    latest: Written | None = None
    for one in subject.heard:
        if latest is not None:
            shared = latest.heard.end - one.at
            if shared > allowed and shared > 0:
                what = (
                    f"begins {_seconds(shared)} before the one at {clock(latest.at)} has ended. "
                    "Shorten that one, or move them apart."
                )
                yield subject.finding("timing.overlap", one, what)
        if latest is None or one.heard.end > latest.heard.end:
            latest = one


def _short_gap(subject: Subject, one: Written) -> Iterator[Finding]:
    """Inline descriptions whose whole room is too short to be used."""
    if one.place is not None and one.place.freeze:
        return
    least = subject.number("timing.short-gap", "least")
    room = one.cue.end - one.cue.start
    if room < least:
        what = (
            f"has a room of {_seconds(room)}, and {_seconds(least)} is the least. "
            "Give it more room, or let the film wait for it."
        )
        yield subject.finding("timing.short-gap", one, what)


def _long_freeze(subject: Subject, one: Written) -> Iterator[Finding]:
    longest = subject.number("timing.freeze-long", "longest")
    if one.place is not None and one.place.freeze > longest:
        what = (
            f"makes the film wait {_seconds(one.place.freeze)}, and {_seconds(longest)} was set "
            "as the longest. Shorten it, or say part of it elsewhere."
        )
        yield subject.finding("timing.freeze-long", one, what)


# --- speech ---------------------------------------------------------------------------------------


def _over_speech(subject: Subject, one: Written) -> Iterator[Finding]:
    shared = over(one.heard, subject.speech, subject.speech_starts)
    if shared > subject.number("timing.over-speech", "allowed"):
        what = (
            f"sounds {shared} ms over speech of the film. "
            "Move it, shorten it, or let the film wait."
        )
        yield subject.finding("timing.over-speech", one, what)


def over(heard: Span, speech: Sequence[Span], starts: Sequence[int]) -> int:
    """How many ms of `heard` lie over `speech`, which is in order and without overlaps.

    starts: those of `speech`.
    """
    shared = 0
    index = max(0, bisect_right(starts, heard.start) - 1)
    while index < len(speech) and speech[index].start < heard.end:
        shared += heard.overlap(speech[index])
        index += 1
    return shared


def _near_speech(subject: Subject, one: Written) -> Iterator[Finding]:
    """Too little time after the speech before it, or before the speech behind it.

    Not where the pause between the two is too short for both: there nothing could be better. A
    description that ends while the film waits ends where the pause does, so only its start counts.
    """
    speech = subject.speech
    index = bisect_right(subject.speech_starts, one.heard.start)
    before = speech[index - 1].end if index else None
    behind = bisect_left(subject.speech_starts, one.heard.end)
    after = speech[behind].start if behind < len(speech) else None
    lead_in, lead_out = (
        subject.number(rule, "least") for rule in ("timing.lead-in", "timing.lead-out")
    )
    if before is not None and after is not None and after - before < lead_in + lead_out:
        return
    if before is not None and 0 <= one.heard.start - before < lead_in:
        what = (
            f"begins {one.heard.start - before} ms after speech of the film, and {lead_in:.0f} ms "
            "is the least. Start it a little later."
        )
        yield subject.finding("timing.lead-in", one, what)
    waits = one.place is not None and one.place.freeze
    if after is not None and not waits and after - one.heard.end < lead_out:
        what = (
            f"ends {after - one.heard.end} ms before speech of the film, and {lead_out:.0f} ms is "
            "the least. Shorten it a little, or start it earlier."
        )
        yield subject.finding("timing.lead-out", one, what)


# --- pace -----------------------------------------------------------------------------------------


def _pace(subject: Subject, one: Written, clip: Clip) -> Iterator[Finding]:
    """The graver of the two rules of pace that the measured clip breaks."""
    count = _words(one.text)
    speed = count * 60 * MS_PER_SECOND / clip.duration
    for rule in ("pace.too-fast", "pace.fast"):
        limit = subject.number(rule, "limit")
        if (
            subject.style.severity(rule) is not None
            and count >= subject.number(rule, "words")
            and speed > limit
        ):
            what = (
                f"is spoken at {speed:.0f} words a minute, and {limit:.0f} is the limit. "
                "Use fewer words, or give it more time."
            )
            yield subject.finding(rule, one, what)
            return


@functools.lru_cache(maxsize=8192)
def _words(text: str) -> int:
    return pace.words(text)


def _stretched(subject: Subject, one: Written, clip: Clip) -> Iterator[Finding]:
    most = subject.number("timing.stretched", "most")
    if clip.tempo > most + 1e-6:  # tempo is computed; a rounding is no fault
        what = (
            f"is sped up {clip.tempo:.2f} times, and {most:g} times is the most. "
            "Use fewer words, or let the film wait."
        )
        yield subject.finding("timing.stretched", one, what)


def _seconds(ms: float) -> str:
    return f"{ms / MS_PER_SECOND:.1f} s"
