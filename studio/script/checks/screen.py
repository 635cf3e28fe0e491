"""Text that was seen on screen, and whether anybody reads it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from studio.script.checks.subject import Finding, Subject
from studio.script.checks.text import all_words, shown
from studio.script.model import Cue
from studio.times import clock

_EVIDENCE = re.compile(r"text \d\.\d+ at [\d:.]+: (?P<text>.+)", re.DOTALL)
"""How describers write down text they have read in a picture."""


def findings(subject: Subject) -> Iterator[Finding]:
    """Cues whose drafts saw text that no text near them reads, in the language it was read in."""
    share = subject.number("screen.unread", "share")
    near = int(subject.number("screen.unread", "near"))
    starts = [one.cue.start for one in subject.written]
    for cue in subject.rooms:
        seen = on_screen(cue, subject.language)
        if not seen:
            continue
        # the one before may begin much earlier and end near
        first = max(0, bisect_left(starts, cue.start - near) - 1)
        last = bisect_right(starts, max(cue.end, cue.start) + near)
        beside = [one for one in subject.written[first:last] if one.cue.end >= cue.start - near]
        read = {word for one in beside for word in all_words(one.text)}
        unread = [text for text in seen if not _is_read(text, read, share)]
        if unread:
            listed = ", ".join(f"“{shown(text)}”" for text in unread)
            what = (
                f"At {clock(cue.start)} the film shows text that no description near it reads: "
                f"{listed}. Read it, or waive this where it does not matter."
            )
            yield Finding("screen.unread", what, cue.id, subject.language)


def on_screen(cue: Cue, language: str) -> tuple[str, ...]:
    """The texts that the drafts of a cue in `language` were made from."""
    matches = (
        _EVIDENCE.fullmatch(line)
        for draft in cue.drafts
        if draft.language == language
        for line in draft.evidence
        if line.startswith("text ")
    )
    texts = (match["text"].strip() for match in matches if match is not None)
    return tuple(dict.fromkeys(text for text in texts if all_words(text)))


def _is_read(text: str, read: set[str], share: float) -> bool:
    words = all_words(text)
    return sum(word in read for word in words) >= share * len(words)
