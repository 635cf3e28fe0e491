"""Rules of repetition: the same opening, the same words, the same text again."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from itertools import accumulate

from studio.script.checks import english
from studio.script.checks.subject import Finding, Subject, Written
from studio.script.checks.text import all_words
from studio.times import clock

_SHORTEST = 3  # words a text needs for its likeness to another to say anything
_CONTENT = 2  # words in a row that are no function words, without which it does not stand out


def findings(subject: Subject) -> Iterator[Finding]:
    """All breaches of rules of repetition, each text compared with those just before it."""
    yield from _openings(subject)
    length = int(subject.number("repetition.phrase", "words"))
    latest: dict[tuple[str, ...], int] = {}  # the last text that said a row of words
    for index, one in enumerate(subject.written):
        said = _telling_rows(one.text, length)
        same = _same_text(subject, one, index)
        if same is not None:
            what = f"says what the one at {clock(same.at)} said. Say what is new, or leave it out."
            yield subject.finding("repetition.text", one, what)
        else:
            yield from _same_words(subject, one, index, said, latest)
        latest.update(dict.fromkeys(said, index))


def _openings(subject: Subject) -> Iterator[Finding]:
    count = int(subject.number("repetition.opening", "words"))
    most = int(subject.number("repetition.opening", "run"))
    run = 0
    before: tuple[str, ...] = ()
    for one in subject.written:
        opening = all_words(one.text)[:count]
        run = run + 1 if len(opening) == count and opening == before else 1
        before = opening
        if run >= most:
            what = (
                f"is the {_ordinal(run)} in a row that begins with “{' '.join(opening)}”. "
                "Begin in another way."
            )
            yield subject.finding("repetition.opening", one, what)


def _same_text(subject: Subject, one: Written, index: int) -> Written | None:
    """The latest of the texts before that has nearly all words in common with this one."""
    share = subject.number("repetition.text", "share")
    back = int(subject.number("repetition.text", "back"))
    own = _word_set(one.text)
    if len(own) < _SHORTEST:
        return None
    for other in reversed(subject.written[max(0, index - back) : index]):
        theirs = _word_set(other.text)
        if len(own) < share * len(theirs) or len(theirs) < share * len(own):
            continue
        common = len(own & theirs)
        if common >= share * (len(own) + len(theirs) - common):
            return other
    return None


def _same_words(
    subject: Subject,
    one: Written,
    index: int,
    said: tuple[tuple[str, ...], ...],
    latest: dict[tuple[str, ...], int],
) -> Iterator[Finding]:
    """The first row of words that one of the texts just before said too."""
    back = int(subject.number("repetition.phrase", "back"))
    row = next((row for row in said if latest.get(row, -back - 1) >= index - back), None)
    if row is not None:
        what = (
            f"says “{' '.join(row)}”, as the one at {clock(subject.written[latest[row]].at)} did. "
            "Say it in another way, or shorter."
        )
        yield subject.finding("repetition.phrase", one, what)


@functools.lru_cache(maxsize=8192)
def _word_set(text: str) -> frozenset[str]:
    return frozenset(all_words(text))


@functools.lru_cache(maxsize=8192)
def _telling_rows(text: str, length: int) -> tuple[tuple[str, ...], ...]:
    """The rows of words that stand out, in order."""
    needed = min(_CONTENT, length)
    words = all_words(text)
    telling = [0, *accumulate(word not in english.FUNCTION_WORDS for word in words)]
    return tuple(
        [
            words[place : place + length]
            for place in range(len(words) - length + 1)
            if telling[place + length] - telling[place] >= needed
        ]
    )


def _ordinal(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    teens = range(11, 14)
    return f"{number}{'th' if number % 100 in teens else endings.get(number % 10, 'th')}"
