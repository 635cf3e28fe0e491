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
    lines = text.splitlines(keepends=True)
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
    """After how many lines each statement ends; one over several lines is read to its end."""
    start = 0
    for end in range(1, len(lines) + 1):
        try:
            tomllib.loads("".join(lines[start:end]))
        except tomllib.TOMLDecodeError:
            continue
        yield end
        start = end


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
