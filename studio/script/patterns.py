"""Regular expressions that a style file may hold: a small part of the language, with a known cost.

A pattern from a stranger must not be able to hang the checks. So it is read here first, by the
grammar below, and its steps are counted: how many a matcher takes at most that tries, from one
place of a text, every way in which the pattern can go on. Held below MOST_STEPS, the time grows
with the length of the text and no faster.

    pattern   part | part ...
    part      piece piece ...
    piece     atom, atom? or atom{least,most}     (most at most MOST_TIMES)
    atom      a letter, ., \\b \\w \\d \\s ^ $, a class like [a-z], or a group ( ) or (?: )
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace

LONGEST = 400
"""Characters a pattern may have."""
MOST_STEPS = 2000
"""Steps a pattern may take from one place of a text."""
MOST_TIMES = 30
"""How often a part may be repeated."""
_DEEPEST = 10

_KINDS = frozenset("bBwWdDsS")
_REPEAT = re.compile(r"\{(\d{1,4})(?:,(\d{1,4}))?\}", re.ASCII)


class BadPattern(ValueError):  # noqa: N818  # a finding about a style file, told with its line
    """A pattern that is not of this form. The message is the end of “the pattern … ”."""


def compiled(pattern: str) -> re.Pattern[str]:
    """`pattern` ready to be searched for, upper and lower case alike. Raises BadPattern."""
    if len(pattern) > LONGEST:
        raise BadPattern(f"is longer than {LONGEST} characters")
    if not pattern:
        raise BadPattern("is empty")
    steps(pattern)
    try:
        found = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise BadPattern(f"is not a regular expression ({error})") from error
    matches = (found.search(text) for text in ("", "a a", "aa"))
    if any(match is not None and not match[0] for match in matches):
        raise BadPattern("also matches where there is nothing")
    return found


def steps(pattern: str) -> int:
    """How many steps `pattern` takes at most from one place of a text. Raises BadPattern."""
    return _read(pattern).steps


def keys(pattern: str) -> tuple[str, ...]:
    """Letters in lower case of which at least one row is in every text that `pattern` matches.

    So a text without any need not be searched. Empty where nothing is sure. Raises BadPattern.
    """
    return _read(pattern).keys


@functools.lru_cache(maxsize=1024)
def _read(pattern: str) -> _Cost:
    reader = _Reader(pattern)
    cost = reader.choice(0)
    if reader.at < len(pattern):
        raise BadPattern("closes a group that was not opened")
    return cost


@dataclass(frozen=True, slots=True)
class _Cost:
    """What a part of a pattern may cost from one place.

    ways: in how many ways it can succeed. steps: taken to try all of them. letters: the text it
    stands for, where it is only letters; two such parts can both succeed only if one begins
    with the other. keys: see `keys`.
    """

    ways: int
    steps: int
    letters: str | None = None
    keys: tuple[str, ...] = ()

    def then(self, other: _Cost) -> _Cost:
        """This part and the other behind it."""
        letters = None
        if self.letters is not None and other.letters is not None:
            letters = self.letters + other.letters
        return _held(_Cost(self.ways * other.ways, self.steps + self.ways * other.steps, letters))


_NOTHING = _Cost(1, 0, "")


class _Reader:
    """Reads a pattern from left to right and counts what it costs."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def choice(self, depth: int) -> _Cost:
        """Parts with | between them, up to the end of the group."""
        if depth > _DEEPEST:
            raise BadPattern(f"holds groups in groups more than {_DEEPEST} deep")
        parts = [self._part(depth)]
        while self._next() == "|":
            self.at += 1
            parts.append(self._part(depth))
        if len(parts) == 1:
            return parts[0]
        sure = all(one.keys for one in parts)
        found = tuple(dict.fromkeys(key for one in parts for key in one.keys)) if sure else ()
        tried = sum(one.steps + 1 for one in parts)
        return _held(_Cost(_together(parts), tried, keys=found))

    def _part(self, depth: int) -> _Cost:
        cost = _NOTHING
        run = ""
        found: list[tuple[str, ...]] = []
        while self._next() not in ("", "|", ")"):
            piece = self._piece(depth)
            cost = cost.then(piece)
            if piece.letters is not None:
                run += piece.letters
            else:
                found += [(run,), piece.keys]
                run = ""
        # the longer and the fewer, the fewer texts are searched
        sure = [one for one in (*found, (run,)) if one and all(one)]
        best = max(sure, key=lambda one: (min(map(len, one)), -len(one)), default=())
        return replace(cost, keys=best)

    def _piece(self, depth: int) -> _Cost:
        once = self._atom(depth)
        least, most = self._repeat()
        if self._next() and self._next() in "?*+{":
            raise BadPattern("repeats a repetition")
        if (least, most) == (1, 1):
            return once
        times, ways, tried = _NOTHING, 0, 0
        for count in range(most + 1):
            if count:
                times = times.then(once)
            if count >= least:
                ways += times.ways
            tried = times.steps
        return _held(_Cost(ways, tried + 1, keys=once.keys if least else ()))

    def _repeat(self) -> tuple[int, int]:
        sign = self._next()
        if sign == "?":
            self.at += 1
            return 0, 1
        if sign in ("*", "+"):
            raise BadPattern(f"repeats without end; write {{0,{MOST_TIMES}}} instead of “{sign}”")
        if sign != "{":
            return 1, 1
        match = _REPEAT.match(self.pattern, self.at)
        if match is None:
            raise BadPattern("holds a “{” without a number of times; write \\{ for the sign")
        self.at = match.end()
        least = int(match[1])
        most = least if match[2] is None else int(match[2])
        if not least <= most <= MOST_TIMES:
            raise BadPattern(f"repeats a part more than {MOST_TIMES} times, or from more to fewer")
        return least, most

    def _atom(self, depth: int) -> _Cost:
        sign = self._next()
        self.at += 1
        if sign == "(":
            return self._group(depth)
        if sign == "[":
            self._class()
        elif sign == "\\":
            return _Cost(1, 1, self._escape())
        elif sign in "?*+{":
            raise BadPattern(f"holds a “{sign}” with nothing before it to repeat")
        return _Cost(1, 1, None if sign in "[.^$" else sign.casefold())

    def _group(self, depth: int) -> _Cost:
        if self._next() == "?":
            if self.pattern[self.at : self.at + 2] != "?:":
                raise BadPattern("holds a group of a kind that is not allowed; write (?: )")
            self.at += 2
        cost = self.choice(depth + 1)
        if self._next() != ")":
            raise BadPattern("opens a group that is not closed")
        self.at += 1
        return cost

    def _class(self) -> None:
        if self._next() == "^":
            self.at += 1
        first = True
        while first or self._next() != "]":
            if self._next() == "":
                raise BadPattern("opens a class with “[” that is not closed")
            if self._next() == "[":
                raise BadPattern("holds a “[” inside a class; write \\[ for the sign")
            self.at += 1
            if self.pattern[self.at - 1] == "\\":
                self._escape()
            first = False
        self.at += 1

    def _escape(self) -> str | None:
        """The sign that is meant; None for a kind of signs."""
        sign = self._next()
        if sign == "":
            raise BadPattern("ends with a single “\\”")
        if not sign.isascii() or (sign.isalnum() and sign not in _KINDS):
            raise BadPattern(f"holds “\\{sign}”, which is not allowed")
        self.at += 1
        return None if sign in _KINDS else sign

    def _next(self) -> str:
        return self.pattern[self.at : self.at + 1]


def _together(parts: list[_Cost]) -> int:
    """In how many ways a choice can succeed at one place."""
    letters = [one.letters for one in parts if one.letters is not None]
    others = sum(one.ways for one in parts if one.letters is None)
    most = max((sum(one.startswith(two) for two in letters) for one in letters), default=0)
    return others + most


def _held(cost: _Cost) -> _Cost:
    if cost.steps > MOST_STEPS or cost.ways > MOST_STEPS:
        raise BadPattern(
            f"can take more than {MOST_STEPS} steps at one place of a text; make it simpler"
        )
    return cost
