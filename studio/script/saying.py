"""What a voice is given to say: the text, with the project's pronunciations in place of words.

A row applies to whole words of its language and of that language's varieties ("en" also in
"en-gb"). One written in small letters applies however the word is written; one with a capital only
where the text has the very same letters, so that “Polish” leaves “polish” alone. Longer rows come
first, and what a row has put in is not looked at again.

A row that is said as it is written changes nothing; it tells that the word is meant (spelling).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from studio.script.model import Project, Pronunciation


def said(project: Project, language: str, text: str) -> str:
    """`text` as a voice of `language` is given it."""
    return spoken(text, rows_for(project.pronunciations, language))


def rows_for(rows: Iterable[Pronunciation], language: str) -> tuple[Pronunciation, ...]:
    """Those of the rows that apply to texts in `language`."""
    return tuple(
        one for one in rows if language == one.language or language.startswith(f"{one.language}-")
    )


def spoken(text: str, rows: Iterable[Pronunciation]) -> str:
    """`text` with each word that a row has written as it is said. rows: all of one language."""
    exact: dict[str, str] = {}
    any_case: dict[str, str] = {}
    for row in rows:
        written = " ".join(row.written.split())
        if written:
            (any_case if written == written.lower() else exact)[written] = row.spoken
    known = sorted({*exact, *any_case}, key=len, reverse=True)
    if not known:
        return text

    def say(match: re.Match[str]) -> str:
        found = " ".join(match[0].split())
        replaced = exact.get(found)
        if replaced is None:
            replaced = any_case.get(found.lower())
        return match[0] if replaced is None else replaced

    parts = [
        _pattern(written) if written in exact else f"(?i:{_pattern(written)})" for written in known
    ]
    return re.sub(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", say, text)


def _pattern(written: str) -> str:
    return r"\s+".join(re.escape(word) for word in written.split())
