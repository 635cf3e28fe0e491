"""What a voice is given to say: the text, with the project's pronunciations in place of words.

A row applies to whole words of its language and of that language's varieties ("en" also in
"en-gb"). One written in small letters applies however the word is written; one with a capital only
where the text has the very same letters, so that “Polish” leaves “polish” alone. Longer rows come
first, and what a row has put in is not looked at again.

A row that is said as it is written changes nothing; it tells that the word is meant (spelling).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable

from studio.script.model import Project, Pronunciation


def said(project: Project, language: str, text: str) -> str:
    """`text` as a voice of `language` is given it."""
    return _sayer(project.pronunciations, language)(text)


def rows_for(rows: Iterable[Pronunciation], language: str) -> tuple[Pronunciation, ...]:
    """Those of the rows that apply to texts in `language`."""
    return tuple(
        one for one in rows if language == one.language or language.startswith(f"{one.language}-")
    )


def spoken(text: str, rows: Iterable[Pronunciation]) -> str:
    """`text` with each word that a row has written as it is said. rows: all of one language."""
    return sayer(rows)(text)


Sayer = Callable[[str], str]
"""Gives a text as it is said."""

_Rows = tuple[Pronunciation, ...]
_KEPT = 1 << 13  # texts; more than a long film has

_last: tuple[_Rows, str, Sayer] | None = None  # replaced whole, so threads may share it


def _sayer(rows: _Rows, language: str) -> Sayer:
    """How texts are said, kept for whoever asks next, as a window does for every cue."""
    global _last  # noqa: PLW0603  # remembers the value of a pure function
    known = _last
    if known is None or known[0] is not rows or known[1] != language:
        say = functools.lru_cache(_KEPT)(sayer(rows_for(rows, language)))
        known = _last = (rows, language, say)
    return known[2]


def sayer(rows: Iterable[Pronunciation]) -> Sayer:
    """How these rows, all of one language, say any text."""
    exact: dict[str, str] = {}
    any_case: dict[str, str] = {}
    for row in rows:
        written = " ".join(row.written.split())
        if written:
            (any_case if written == written.lower() else exact)[written] = row.spoken
    known = sorted({*exact, *any_case}, key=len, reverse=True)
    if not known:
        return str

    def say(match: re.Match[str]) -> str:
        found = " ".join(match[0].split())
        replaced = exact.get(found)
        if replaced is None:
            replaced = any_case.get(found.lower())
        return match[0] if replaced is None else replaced

    parts = [
        _pattern(written) if written in exact else f"(?i:{_pattern(written)})" for written in known
    ]
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)")
    firsts = {_first_word(written) for written in known}

    def said_so(text: str) -> str:
        # most texts hold none of the words, and looking for each at every letter takes long
        if "" not in firsts and firsts.isdisjoint(_WORD.findall(text.lower())):
            return text
        return pattern.sub(say, text)

    return said_so


_WORD = re.compile(r"\w+")


def _first_word(written: str) -> str:
    found = _WORD.search(written.lower())
    return "" if found is None else found[0]


def _pattern(written: str) -> str:
    return r"\s+".join(re.escape(word) for word in written.split())
