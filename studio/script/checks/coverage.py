"""Rules of silence: stretches without description, stretches without a rest, gaps left silent."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from studio.script.checks.subject import Finding, Subject, Written
from studio.times import MS_PER_SECOND, Span, between, clock, joined


def findings(subject: Subject) -> Iterator[Finding]:
    """All breaches of rules about what stays silent and what does not."""
    yield from _undescribed(subject)
    yield from _crowded(subject)
    yield from _in_silence(subject)


def _undescribed(subject: Subject) -> Iterator[Finding]:
    """Stretches where nothing is said though a gap is free; told of the cue they follow."""
    longest = subject.number("timing.undescribed", "longest")
    least = subject.number("timing.undescribed", "least")
    gaps = list(_wanting_words(subject))
    starts = [gap.start for gap in gaps]
    for cue_id, stretch in _silences(subject):
        if stretch.duration <= longest:
            continue
        near = gaps[
            max(0, bisect_left(starts, stretch.start) - 1) : bisect_left(starts, stretch.end)
        ]
        free = [gap for gap in near if gap.overlap(stretch) >= least]
        if free:
            first = max(free[0].start, stretch.start)
            room = "1 gap is" if len(free) == 1 else f"{len(free)} gaps are"
            what = (
                f"Nothing is described from {clock(stretch.start)} to {clock(stretch.end)}, though "
                f"{room} free there, from {clock(first)} on. Describe what is seen, or mark the "
                "gap “leave silent”."
            )
            yield Finding("timing.undescribed", what, cue_id, subject.language)


def _wanting_words(subject: Subject) -> Iterator[Span]:
    """The gaps that may hold words, without the rooms of cues that are left silent; in order."""
    quiet = joined(
        Span(cue.start, cue.end) for cue in subject.rooms if cue.left_silent and cue.start < cue.end
    )
    starts = [one.start for one in quiet]
    for gap in subject.gaps:
        if not gap.leave_silent:
            first = max(0, bisect_left(starts, gap.start) - 1)
            yield from between(quiet[first : bisect_left(starts, gap.end)], gap.span)


def _silences(subject: Subject) -> Iterator[tuple[str, Span]]:
    """Each stretch without description, with the cue before it ("" at the film's beginning)."""
    position, cue_id = 0, ""
    for one in sorted(subject.written, key=lambda one: one.heard):
        if one.heard.start > position:
            yield cue_id, Span(position, one.heard.start)
        if one.heard.end >= position:
            position, cue_id = one.heard.end, one.cue.id
    if subject.project.film.duration > position:
        yield cue_id, Span(position, subject.project.film.duration)


def _crowded(subject: Subject) -> Iterator[Finding]:
    """Runs of descriptions with hardly a pause, in the time of the described film."""
    longest = subject.number("timing.crowded", "longest")
    pause = subject.number("timing.crowded", "pause")
    for run in _runs(subject, pause):
        first, begin, end = run
        if end - begin > longest:
            what = (
                f"begins {(end - begin) / MS_PER_SECOND:.0f} s of description without a rest of "
                f"{pause / MS_PER_SECOND:.1f} s. Leave something out, so that the film is heard."
            )
            yield subject.finding("timing.crowded", first, what)


def _runs(subject: Subject, pause: float) -> Iterator[tuple[Written, int, int]]:
    """The first of each run, and when the run begins and ends, in output ms."""
    first: Written | None = None
    begin = end = waited = 0
    for one in subject.heard:
        place = one.place
        assert place is not None  # noqa: S101  # what is heard has been placed
        starts = place.start + waited
        if first is None or starts - end >= pause:
            if first is not None:
                yield first, begin, end
            first, begin, end = one, starts, starts
        end = max(end, starts + place.duration)
        waited += place.freeze
    if first is not None:
        yield first, begin, end


def _in_silence(subject: Subject) -> Iterator[Finding]:
    silent = [gap.span for gap in subject.gaps if gap.leave_silent]
    if not silent:
        return
    starts = [gap.start for gap in silent]
    for one in subject.written:
        at = Span(one.heard.start, max(one.heard.start + 1, one.heard.end))
        near = silent[max(0, bisect_left(starts, at.start + 1) - 1) : bisect_left(starts, at.end)]
        gap = next((gap for gap in near if gap.overlap(at)), None)
        if gap is not None:
            what = (
                f"lies in the gap from {clock(gap.start)} to {clock(gap.end)}, which is marked "
                "“leave silent”. Move it, or take the mark away."
            )
            yield subject.finding("timing.silent-gap", one, what)
