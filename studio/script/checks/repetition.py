"""Rules of repetition: the same opening, the same words, the same text again."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from studio.script.checks import english
from studio.script.checks.subject import Finding, Subject, Written
from studio.script.checks.text import all_words, rows
from studio.times import clock

_SHORTEST = 3  # words a text needs for its likeness to another to say anything
_CONTENT = 2  # words in a row that are no function words, without which it does not stand out


def findings(subject: Subject) -> Iterator[Finding]:
    """All breaches of rules of repetition, each text compared with those just before it."""
    yield from _openings(subject)
    for index, one in enumerate(subject.written):
        same = _same_text(subject, one, index)
        if same is not None:
            what = f"says what the one at {clock(same.at)} said. Say what is new, or leave it out."
            yield subject.finding("repetition.text", one, what)
        else:
            yield from _same_words(subject, one, index)


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
    own = _word_set(one.text)
    if len(own) < _SHORTEST:
        return None
    for other in _before(subject, "repetition.text", index):
        theirs = _word_set(other.text)
        if len(own & theirs) >= share * len(own | theirs):
            return other
    return None


def _same_words(subject: Subject, one: Written, index: int) -> Iterator[Finding]:
    length = int(subject.number("repetition.phrase", "words"))
    own = _telling_rows(one.text, length)
    if not own:
        return
    for other in _before(subject, "repetition.phrase", index):
        shared = own.keys() & _telling_rows(other.text, length).keys()
        if shared:
            words = min(shared, key=lambda row: own[row])
            what = (
                f"says “{' '.join(words)}”, as the one at {clock(other.at)} did. "
                "Say it in another way, or shorter."
            )
            yield subject.finding("repetition.phrase", one, what)
            return


def _before(subject: Subject, rule: str, index: int) -> list[Written]:
    back = int(subject.number(rule, "back"))
    return list(reversed(subject.written[max(0, index - back) : index]))


@functools.lru_cache(maxsize=8192)
def _word_set(text: str) -> frozenset[str]:
    return frozenset(all_words(text))


@functools.lru_cache(maxsize=8192)
def _telling_rows(text: str, length: int) -> dict[tuple[str, ...], int]:
    """The rows of words that stand out, with where they begin."""
    needed = min(_CONTENT, length)
    return {
        row: place
        for place, row in enumerate(rows(all_words(text), length))
        if sum(word not in english.FUNCTION_WORDS for word in row) >= needed
    }


def _ordinal(number: int) -> str:
    endings = {1: "st", 2: "nd", 3: "rd"}
    teens = range(11, 14)
    return f"{number}{'th' if number % 100 in teens else endings.get(number % 10, 'th')}"
