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
from fractions import Fraction
from typing import Any, TypeVar

T = TypeVar("T")

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
    return typing.cast(T, _read(kind, value, place))


def _read(kind: Any, value: object, place: str) -> Any:
    origin = typing.get_origin(kind)
    if dataclasses.is_dataclass(kind):
        return _read_fields(kind, value, place)
    if origin is tuple:
        return _read_items(typing.get_args(kind)[0], value, place)
    if origin is typing.Literal:
        return _read_choice(typing.get_args(kind), value, place)
    if origin is types.UnionType:
        if value is None:
            return None
        inner = next(one for one in typing.get_args(kind) if one is not types.NoneType)
        return _read(inner, value, place)
    return _read_leaf(kind, value, place)


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _read_fields(kind: Any, value: object, place: str) -> Any:
    if not isinstance(value, dict):
        raise Misfit(place, "should be an object")
    hints = _hints(kind)
    unknown = next((key for key in value if key not in hints), None)
    if unknown is not None:
        raise Misfit(_inside(place, unknown), "is not known")
    missing = next((name for name in hints if name not in value), None)
    if missing is not None:
        raise Misfit(_inside(place, missing), "is missing")
    return kind(
        **{name: _read(hint, value[name], _inside(place, name)) for name, hint in hints.items()}
    )


def _read_items(kind: Any, value: object, place: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise Misfit(place, "should be a list")
    return tuple(_read(kind, item, f"{place}[{index}]") for index, item in enumerate(value))


def _read_choice(choices: tuple[Any, ...], value: object, place: str) -> Any:
    if not isinstance(value, str) or value not in choices:
        raise Misfit(place, f"should be one of {', '.join(choices)}")
    return value


def _read_leaf(kind: Any, value: object, place: str) -> Any:
    if kind is Fraction:
        return _read_rate(value, place)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        names = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
        raise Misfit(place, f"should be {names[kind]}")
    if isinstance(value, float) and not math.isfinite(value):
        raise Misfit(place, "should be a finite number")
    if isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Misfit(place, "holds half a character")
    return value


def _read_rate(value: object, place: str) -> Fraction:
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None or int(match[1]) == 0 or int(match[2]) == 0:
        raise Misfit(place, "should be a rate like 24000/1001")
    return Fraction(int(match[1]), int(match[2]))


def _inside(place: str, name: object) -> str:
    return f"{place}.{name}" if place else str(name)
