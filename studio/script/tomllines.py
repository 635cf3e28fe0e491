"""On which line of a TOML file a value stands: `tomllib` reads files but does not tell."""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

Place = Sequence[str | int]
"""How to come to a value: keys of tables and indices of lists, from the outside in."""


def line_of(text: str, place: Place) -> int:
    """The line, from 1, of the value at `place` in a valid TOML file; 1 where it is not there.

    In a list over several lines it is the line of the item, where its text can be found.
    """
    lines = [f"{line}\n" for line in text.split("\n")]
    ends = list(_statements(lines))
    # a value is there once its statement was read, and stays
    index = bisect_left(ends, True, key=lambda end: _holds("".join(lines[:end]), place))
    if index == len(ends):
        return 1
    start = ends[index - 1] if index else 0
    value = _value(tomllib.loads(text), place)
    inside = range(start, ends[index])
    return 1 + next((one for one in inside if _shows(lines[one], value)), start)


def _statements(lines: Sequence[str]) -> Iterator[int]:
    """After how many lines each statement ends; one over several lines is read to its end.

    One over very many lines may be told as one with those behind it: so reading it stays cheap.
    """
    start = 0
    while start < len(lines):
        end = start + 1
        while not _is_whole("".join(lines[start:end])) and end < len(lines):
            end += 1 if end - start < _SURE else end - start
            end = min(end, len(lines))
        yield end
        start = end


_SURE = 64  # lines of a statement whose end is looked for one by one


def _is_whole(text: str) -> bool:
    try:
        tomllib.loads(text)
    except ValueError:
        return False
    return True


def _shows(line: str, value: object) -> bool:
    return isinstance(value, str) and bool(value) and value in line


def _holds(text: str, place: Place) -> bool:
    try:
        _value(tomllib.loads(text), place)
    except (KeyError, IndexError, TypeError):
        return False
    return True


def _value(table: Any, place: Place) -> Any:
    for key in place:
        table = table[key]
    return table
