"""Rules of names: one spelling for each person, and no name before the film has introduced them."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator

from studio.script.checks import english
from studio.script.checks.subject import Finding, Subject
from studio.script.model import Person, Project
from studio.times import clock

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SHORTEST = 4  # letters a name needs for a word like it to be taken for the name
_LONG = 8  # letters from which a name may differ in two of them


def findings(subject: Subject) -> Iterator[Finding]:
    """Names that come too early, and words that are nearly a name of the cast."""
    people = subject.project.named
    if not people:
        return
    cast = tuple(one.name for one in people)
    allowed = subject.number("names.early", "allowed")
    for one in subject.written:
        early = [
            person
            for person in people
            if person.first_seen is not None
            and one.at < person.first_seen - allowed
            and _names(one.text, person)
        ]
        for person in early[:1]:
            assert person.first_seen is not None  # noqa: S101  # asked for above
            what = (
                f"names {person.name}, who is first seen at {clock(person.first_seen)}. "
                f"Say what {person.name} looks like until then."
            )
            yield subject.finding("names.early", one, what)
        wrong = _misspelt(one.text, cast, subject.project, subject.language)
        if wrong:
            found = ", ".join(f"“{word}” for “{name}”" for word, name in wrong)
            what = (
                f"spells a name in another way than the cast: {found}. Spell it one way throughout."
            )
            yield subject.finding("names.spelling", one, what)


def misspelt(text: str, project: Project, language: str) -> tuple[tuple[str, str], ...]:
    """The words of `text` that are nearly a name of the cast, each with that name."""
    cast = tuple(one.name for one in project.named)
    return _misspelt(text, cast, project, language)


def small_words(project: Project, language: str) -> frozenset[str]:
    """All words that stand in small letters somewhere in the script: where a sentence begins with
    one of them, it is no name.
    """
    versions = (cue.version(language) for cue in project.cues)
    return _small_words(tuple(one.text for one in versions if one is not None))


@functools.lru_cache(maxsize=4)
def _small_words(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(word for text in texts for word in _words(text) if word[0].islower())


@functools.lru_cache(maxsize=8192)
def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text))


def _names(text: str, person: Person) -> bool:
    """Whether `text` names the person: by the whole name, or by its first part."""
    parts = person.name.split()
    first = parts[0] if parts else ""
    known = {person.name, first} if len(first) > 2 else {person.name}  # noqa: PLR2004
    return any(
        re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None for name in known if name
    )


def _misspelt(
    text: str, cast: tuple[str, ...], project: Project, language: str
) -> tuple[tuple[str, str], ...]:
    found = _like_names(text, cast)
    if any(begins for _, _, begins in found):
        common = small_words(project, language)
        found = tuple(one for one in found if not (one[2] and one[0].lower() in common))
    return tuple((word, name) for word, name, _ in found)


@functools.lru_cache(maxsize=8192)
def _like_names(text: str, cast: tuple[str, ...]) -> tuple[tuple[str, str, bool], ...]:
    """The words that are nearly a name, that name, and whether a sentence begins with the word."""
    known = _parts(cast)
    found: dict[str, tuple[str, str, bool]] = {}
    for match in _candidates(cast).finditer(text):
        word = match[0]
        if not word[0].isupper() or word.isupper() or word in known:
            continue
        if match.start() and text[match.start() - 1].isalnum():
            continue  # a capital inside a word
        begins = _begins_sentence(text, match.start())
        if begins and word.lower() in english.LIKE_NAMES:
            continue
        near = next((name for name in known if _is_nearly(word, name)), None)
        if near is not None:
            found.setdefault(word, (word, near, begins))
    return tuple(found.values())


@functools.lru_cache(maxsize=64)
def _parts(names: tuple[str, ...]) -> tuple[str, ...]:
    """The words of all names, in order; hyphens stay inside a word."""
    return tuple(dict.fromkeys(word for name in names for word in _WORD.findall(name)))


@functools.lru_cache(maxsize=64)
def _candidates(cast: tuple[str, ...]) -> re.Pattern[str]:
    """Words that begin as a name of the cast does, or with a letter that may have an accent."""
    initials = {_plain(part)[:1].upper() for part in _parts(cast)}
    plain = "".join(sorted(one for one in initials if one.isascii()))
    return re.compile(rf"[{plain}\x80-\U0010ffff][^\W\d_]*(?:-[^\W\d_]+)*")


def _begins_sentence(text: str, place: int) -> bool:
    before = text[:place].rstrip(" \t\n\"“‘'(–—-")
    return not before or before[-1] in ".!?:…"


@functools.lru_cache(maxsize=65_536)
def _is_nearly(word: str, name: str) -> bool:
    """Whether `word` is most likely `name` in another spelling."""
    one, two = _plain(word), _plain(name)
    if one == two:
        return True
    if min(len(one), len(two)) < _SHORTEST or one[0] != two[0] or one in (f"{two}s", f"{two}es"):
        return False
    return _differs_by(one, two, 2 if len(two) >= _LONG else 1)


def _plain(word: str) -> str:
    """In small letters without accents and hyphens."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in letters if sign.isalnum() and not unicodedata.combining(sign))


def _differs_by(one: str, two: str, most: int) -> bool:
    """Whether at most `most` letters must be changed, added, dropped or swapped with the next."""
    if abs(len(one) - len(two)) > most:
        return False
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, start=1):
        after = [i]
        for j, b in enumerate(two, start=1):
            cost = min(row[j] + 1, after[j - 1] + 1, row[j - 1] + (a != b))
            if before and j > 1 and a == two[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            after.append(cost)
        before, row = row, after
    return row[-1] <= most
