"""Frozen dataclasses to plain JSON values and back, strictly.

`from_plain` is driven by the type annotations of the document, so the document is declared once.
Everything is checked: a missing, unknown or ill-typed value raises `Misfit`, which names its place
("cues[3].versions[0].text").
"""

from __future__ import annotations

import dataclasses
import functools
import math
import re
import types
import typing
from collections.abc import Callable, Hashable
from fractions import Fraction
from typing import Any, TypeVar

T = TypeVar("T")

_HALF = re.compile("[\ud800-\udfff]")
_RATE = re.compile(r"(\d{1,12})/(\d{1,12})", re.ASCII)


class Misfit(ValueError):  # noqa: N818  # it is a finding about data, turned into a ProjectError
    """A plain value that does not fit the document. place: where; problem: what is wrong there."""

    def __init__(self, place: str, problem: str) -> None:
        self.place = place
        self.problem = problem
        super().__init__(f"{place}: {problem}")


def to_plain(value: Any) -> Any:
    """`value` as dicts, lists, strings and numbers; keys in the order of declaration."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    return value


def from_plain(kind: type[T], value: object, place: str = "") -> T:
    """`value` as a `kind`. Raises Misfit."""
    try:
        return typing.cast(T, _reader(typing.cast(Hashable, kind))(value))
    except _Wrong as wrong:
        raise Misfit(place + wrong.place(after=bool(place)), wrong.problem) from None


class _Wrong(Exception):  # noqa: N818  # becomes a Misfit
    """What is wrong, told before its place is known: each part it lies in adds itself in front."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        self.parts: list[str] = []  # from the innermost out
        super().__init__(problem)

    def inside(self, part: str) -> _Wrong:
        """Found in that field (".name") or item ("[3]")."""
        self.parts.append(part)
        return self

    def place(self, after: bool) -> str:
        """All parts. after: something stands before them."""
        whole = "".join(reversed(self.parts))
        return whole if after else whole.removeprefix(".")


_Reader = Callable[[object], Any]


@functools.cache
def _reader(kind: Hashable) -> _Reader:
    """What reads a value of that type; made once for each, for a long project has 50,000 values."""
    origin = typing.get_origin(kind)
    if dataclasses.is_dataclass(kind):
        return _fields_reader(kind)
    if origin is tuple:
        return _items_reader(_reader(typing.get_args(kind)[0]))
    if origin is typing.Literal:
        return functools.partial(_read_choice, typing.get_args(kind))
    if origin is types.UnionType:
        inner = next(one for one in typing.get_args(kind) if one is not types.NoneType)
        return _optional_reader(_reader(inner))
    if kind is Fraction:
        return _read_rate
    return _leaf_reader(kind)


def _fields_reader(kind: Any) -> _Reader:
    readers = {name: _reader(hint) for name, hint in typing.get_type_hints(kind).items()}

    def read(value: object) -> Any:
        if not isinstance(value, dict):
            raise _Wrong("should be an object")
        if value.keys() != readers.keys():
            raise _wrong_keys(value, readers)
        found = {}
        name = ""
        try:
            for name, of_field in readers.items():
                found[name] = of_field(value[name])
        except _Wrong as wrong:
            raise wrong.inside(f".{name}") from None
        return kind(**found)

    return read


def _wrong_keys(value: dict[Any, Any], readers: dict[str, _Reader]) -> _Wrong:
    for key in value:
        if key not in readers:
            return _Wrong("is not known").inside(f".{key}")
    missing = next(name for name in readers if name not in value)
    return _Wrong("is missing").inside(f".{missing}")


def _items_reader(of_item: _Reader) -> _Reader:
    def read(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _Wrong("should be a list")
        found: list[Any] = []
        try:
            for item in value:
                found.append(of_item(item))
        except _Wrong as wrong:
            raise wrong.inside(f"[{len(found)}]") from None
        return tuple(found)

    return read


def _optional_reader(inner: _Reader) -> _Reader:
    def read(value: object) -> Any:
        return None if value is None else inner(value)

    return read


def _read_choice(choices: tuple[Any, ...], value: object) -> Any:
    if not isinstance(value, str) or value not in choices:
        raise _Wrong(f"should be one of {', '.join(choices)}")
    return value


def _leaf_reader(kind: Any) -> _Reader:
    """One for each kind: most values of a project are read by it."""
    names = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
    problem = f"should be {names[kind]}"

    def read(value: object) -> Any:
        if type(value) is kind:
            return value
        raise _Wrong(problem)

    def read_text(value: object) -> Any:
        if type(value) is not str:
            raise _Wrong(problem)
        if not value.isascii() and _HALF.search(value) is not None:
            raise _Wrong("holds half a character")
        return value

    def read_number(value: object) -> Any:
        number = float(value) if type(value) is int else value
        if type(number) is not float:
            raise _Wrong(problem)
        if not math.isfinite(number):
            raise _Wrong("should be a finite number")
        return number

    return {str: read_text, float: read_number}.get(kind, read)


def _read_rate(value: object) -> Fraction:
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[1]) == 0 or int(match[2]) == 0:
        raise _Wrong("should be a rate like 24000/1001")
    return Fraction(int(match[1]), int(match[2]))
