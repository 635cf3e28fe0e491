"""What an object finder saw, counted and put in words: “Two people and a dog.”

A thing counts where two pictures agree on it. The words are in resources/phrases/things.toml; what
has no word there is not spoken of.
"""

from __future__ import annotations

import functools
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from studio import paths
from studio.engines.verbs import Thing

PERSON = "person"
"""The label of people, in COCO as in all lists of classes made after it."""

_SURE = 0.7  # confidence a thing needs; people rather miss one than hear of one that is not there
_MOST = 3  # kinds of things in one sentence
_NUMBERS = {2: "two", 3: "three", 4: "four"}


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of one kind are there at once. confidence: 0..1, of the least sure one of them."""

    label: str
    count: int
    confidence: float


def counted(pictures: Sequence[Sequence[Thing]]) -> tuple[Counted, ...]:
    """What at least two of the pictures show (one, where there is only one).

    People come first, then the largest things. Labels are those of the words' file.
    """
    seen: defaultdict[str, list[list[Thing]]] = defaultdict(list)
    for things in pictures:
        of_kind: defaultdict[str, list[Thing]] = defaultdict(list)
        for one in things:
            label = _label(one)
            if one.confidence >= _SURE and label:
                of_kind[label].append(one)
        for label, ones in of_kind.items():
            seen[label].append(sorted(ones, key=lambda one: -one.confidence))
    needed = min(2, len(pictures))
    kinds = [(label, ones) for label, ones in seen.items() if len(ones) >= needed]
    kinds.sort(key=lambda kind: (kind[0] != PERSON, -_size(kind[1]), kind[0]))
    return tuple(_agreed(label, ones, needed) for label, ones in kinds)


def sentences(things: Sequence[Counted], language: str) -> tuple[str, ...]:
    """All of them in one sentence, then shorter ones that leave out the last; () for nothing."""
    said = [_words(one, language) for one in things[:_MOST]]
    return tuple(_sentence(said[:length], language) for length in range(len(said), 0, -1))


def _agreed(label: str, pictures: list[list[Thing]], needed: int) -> Counted:
    """What `needed` of the pictures show at least; in each the surest come first."""
    count = sorted(map(len, pictures))[-needed]
    sure = max(ones[count - 1].confidence for ones in pictures if len(ones) >= count)
    return Counted(label, count, sure)


def _size(pictures: list[list[Thing]]) -> float:
    return max(one.box.width * one.box.height for ones in pictures for one in ones)


def _label(thing: Thing) -> str:
    """The row of the words' file that a thing is in, or ""."""
    table = _table()
    label = table["same"].get(thing.label, thing.label)
    return label if label in table["words"] else ""


def _words(one: Counted, language: str) -> str:
    single, many = _table()["words"][one.label][language]
    if one.count == 1:
        return str(single)
    number = _table()["numbers"][language][_NUMBERS.get(one.count, "more")]
    return f"{number} {many}"


def _sentence(said: list[str], language: str) -> str:
    *others, last = said
    joined = ", ".join(others)
    text = f"{joined} {_table()['numbers'][language]['and']} {last}" if others else last
    return text[0].upper() + text[1:] + "."


@functools.cache
def _table() -> Any:
    file = paths.resource("phrases/things.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))
