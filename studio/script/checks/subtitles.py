"""Subtitles that are hard to read, in one language.

They are judged as they would be delivered: in rows and parts, at the times at which they are shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from studio.script.checks.subject import Finding, Subject
from studio.script.checks.text import shown
from studio.script.subtitles import (
    ROWS,
    Subtitle,
    cells,
    columns_for,
    script_of,
    speed,
    subtitles,
)
from studio.times import clock


def findings(subject: Subject) -> Iterator[Finding]:
    """Breaches of the rules of reading; none where the film has no lines in the language."""
    made = subtitles(subject.project, subject.language)
    for one in made:
        yield from _speed(subject, one)
        yield from _length(subject, one)
        yield from _rows(subject, one)
    for before, after in pairwise(made):
        yield from _between(subject, before, after)


def _speed(subject: Subject, one: Subtitle) -> Iterator[Finding]:
    script, measured = script_of(one.text), speed(one.text, one.span.duration)
    for rule in ("subtitle.too-fast", "subtitle.speed"):
        most = subject.number(rule, script)
        if measured > most:
            what = (
                f"has {measured:.1f} characters a second; {most:.0f} can be read. Shorten it, or "
                "let it stay longer."
            )
            yield _finding(subject, rule, one, what)
            return


def _length(subject: Subject, one: Subtitle) -> Iterator[Finding]:
    length = one.span.duration
    least = subject.number("subtitle.short", "least")
    if length < least:
        what = f"is shown for {length} ms; {least:.0f} ms are needed to notice it."
        yield _finding(subject, "subtitle.short", one, what)
    most = subject.number("subtitle.long", "most")
    if length > most:
        what = f"is shown for {length / 1000:.1f} s; {most / 1000:.1f} s are enough. Split it."
        yield _finding(subject, "subtitle.long", one, what)


def _rows(subject: Subject, one: Subtitle) -> Iterator[Finding]:
    limit = columns_for(one.text)
    widest = max(map(cells, one.rows))
    if len(one.rows) > ROWS or widest > limit:
        what = (
            f"does not fit into {ROWS} rows of {limit} cells (it has {len(one.rows)}, of up to "
            f"{widest}). Shorten it."
        )
        yield _finding(subject, "subtitle.rows", one, what)


def _between(subject: Subject, before: Subtitle, after: Subtitle) -> Iterator[Finding]:
    least = subject.number("subtitle.between", "least")
    apart = after.span.start - before.span.end
    if before.person == after.person and apart < least:
        told = f"comes {apart} ms after" if apart >= 0 else f"begins {-apart} ms before the end of"
        what = f"{told} the one before; leave at least {least:.0f} ms."
        yield _finding(subject, "subtitle.between", after, what)


def _finding(subject: Subject, rule: str, one: Subtitle, what: str) -> Finding:
    text = " ".join(one.rows)
    sentence = f"The subtitle at {clock(one.span.start)} (“{shown(text)}”) {what}"
    return Finding(rule, sentence, "", subject.language)
