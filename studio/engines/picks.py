"""The ranker "picks": a small linear model of what one describer picks.

It lies in one readable file in the user's data folder, made by `studio tune ranker`; without the
file everything is as if it had never been. What it looks at is counted from the text alone: length,
words, signs, likeness to what was described before and to what was seen; and which words occur,
folded into a fixed number of places. Dialogue plays no part.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio import paths
from studio.engines import Check, Situation, unchecked
from studio.errors import EngineError
from studio.script.likeness import likeness, nearest
from studio.script.pace import words

FILE = "ranker.json"
FORMAT = 1  # count up when what is stored, or how features are counted, changes

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LONG = 7  # letters
_PLACES = 64  # into which words are folded

COUNTED = (
    "words of room", "room left", "too long", "letters a word", "long words", "sentences",
    "commas", "quotes", "-ing", "-ly", "capitals inside", "first is article", "different words",
    "like before", "like seen",
)  # fmt: skip
"""What is counted, in the order in which `features` gives it; the folded words follow."""

SIZE = len(COUNTED) + _PLACES


def features(text: str, situation: Situation) -> list[float]:
    """What is looked at in a text; SIZE numbers, most of them 0..1."""
    found = [word.casefold() for word in _WORD.findall(text)]
    count = max(1, len(found))
    limit = max(1, situation.word_limit)
    length = words(text)
    counted = [
        length / limit,
        max(0, limit - length) / limit,
        float(length > limit),
        sum(map(len, found)) / count / 10,
        sum(len(word) >= _LONG for word in found) / count,
        len(re.findall(r"[.!?…]+(?:\s|$)", text)) / 3,
        text.count(",") / count,
        float("“" in text or '"' in text),
        sum(word.endswith("ing") for word in found) / count,
        sum(word.endswith("ly") for word in found) / count,
        len(re.findall(r"(?<=[a-z,] )[A-Z]", text)) / count,
        float(bool(found) and found[0] in {"a", "an", "the"}),
        len(set(found)) / count,
        nearest(text, situation.before),
        likeness(text, situation.seen) if situation.seen else 0.0,
    ]
    folded = [0.0] * _PLACES
    for word in set(found):
        folded[zlib.crc32(word.encode()) % _PLACES] += 1 / math.sqrt(count)
    return counted + folded


@dataclass(frozen=True, slots=True)
class Model:
    """A trained ranker: a feature's mean and spread, and how much it weighs. Each has SIZE values.

    picks: how many choices it was made from.
    """

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    weight: tuple[float, ...]
    picks: int

    def rank(
        self, situation: Situation, texts: Sequence[str], check: Check = unchecked
    ) -> tuple[float, ...]:
        """For each text how likely it is picked, 0..1, whatever its place among the others.

        check: not called, for this takes no time.
        """
        return tuple(_logistic(self._utility(features(text, situation))) for text in texts)

    def _utility(self, values: Sequence[float]) -> float:
        # fsum: the same to the last bit, in whatever order a machine would add
        parts = zip(values, self.mean, self.spread, self.weight, strict=True)
        return math.fsum((value - mean) / spread * weight for value, mean, spread, weight in parts)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


class Picks:
    """The user's own model. Raises EngineError where its file is damaged."""

    def __init__(self) -> None:
        self._model = load(paths.data_folder() / FILE)

    def rank(
        self, situation: Situation, texts: Sequence[str], check: Check = unchecked
    ) -> tuple[float, ...]:
        return self._model.rank(situation, texts)


def load(file: Path) -> Model:
    """The model in a file. Raises EngineError."""
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
        _check_format(table["format"])
        rows = {name: _numbers(table[name]) for name in ("mean", "spread", "weight")}
        return Model(**rows, picks=int(table["picks"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(
            f"What was learned from picks cannot be read from {file} ({error}).",
            "Drafts could not be put in your order.",
            "Remove the file to do without, or learn again: studio tune ranker PROJECT...",
        ) from error


def _check_format(found: object) -> None:
    if found != FORMAT:
        raise ValueError(f"format {found}, not {FORMAT}")


def _numbers(value: Any) -> tuple[float, ...]:
    numbers = tuple(float(one) for one in value)
    if len(numbers) != SIZE or not all(map(math.isfinite, numbers)):
        raise ValueError("wrong numbers")
    return numbers


def save(model: Model, file: Path) -> None:
    """Write a model, whole or not at all. Raises EngineError."""
    table = {
        "format": FORMAT,
        "picks": model.picks,
        "mean": model.mean,
        "spread": model.spread,
        "weight": model.weight,
    }
    part = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(table) + "\n", encoding="utf-8")
        part.replace(file)
    except OSError as error:
        raise EngineError(
            f"{file} cannot be written ({error.strerror or error}).", "Nothing was learned."
        ) from error
