"""A ranker learned from picks, and how often it is right about picks it has not seen.

Pairwise logistic regression over the features of engines/picks.py: the text that was taken should
score higher than each that was not (Bradley and Terry 1952). A Gaussian prior of variance 1 on
standardised features keeps few picks from meaning too much; Newton's method finds the one optimum,
so the same picks give the same model in whatever order they come.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.engines import Situation
from studio.engines.picks import SIZE, Model, features
from studio.errors import UsageError
from studio.tuning.examples import Example

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST = 20
"""Choices between several drafts from which something can be learned and tested."""

_HELD_OUT = 4  # every so many choices are kept for testing
_STEPS = 50  # of Newton's method; it takes about ten
_DONE = 1e-12
_LEAST_SPREAD = 1e-9  # a feature that never changes tells nothing

Choose = Callable[[Situation, Sequence[str]], str]
"""Which of some texts is offered first."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A model and what it was worth. before, after: the share of right first offers, 0..1,

    on `tested` choices that took no part in learning; chance: what blind picking would reach there.
    """

    model: Model
    tested: int
    chance: float
    before: float
    after: float


def choices(examples: Iterable[Example]) -> tuple[Example, ...]:
    """The examples in which one of several drafts was taken, in an order of their own."""
    real = (one for one in examples if one.chosen is not None and len(one.candidates) > 1)
    return tuple(sorted(real, key=_identity))


def learn(examples: Iterable[Example], choose: Callable[[Model | None], Choose]) -> Learned:
    """A model of the picks in `examples`, tested on a quarter that is held out.

    choose: the studio's own choice, with a model or without. Raises UsageError for too few picks.
    """
    found = choices(examples)
    if len(found) < FEWEST:
        raise UsageError(
            f"There are {len(found)} choices between several drafts, too few to learn from.",
            "Nothing was learned.",
            f"Pick or edit drafts in at least {FEWEST} places first.",
        )
    held_out = [one for one in found if _is_held_out(one)] or list(found[::_HELD_OUT])
    used = [one for one in found if one not in held_out]
    model = train(used)
    return Learned(
        model=model,
        tested=len(held_out),
        chance=sum(1 / len(one.candidates) for one in held_out) / len(held_out),
        before=accuracy(held_out, choose(None)),
        after=accuracy(held_out, choose(model)),
    )


def accuracy(examples: Sequence[Example], choose: Choose) -> float:
    """How often the text offered first is the one that was taken, 0..1."""
    right = 0
    for one in examples:
        assert one.chosen is not None  # noqa: S101  # `choices` has seen to it
        right += choose(one.situation, one.candidates) == one.candidates[one.chosen]
    return right / len(examples)


def train(examples: Sequence[Example]) -> Model:
    """The model of these choices."""
    import numpy as np

    ordered = choices(examples)
    tables = [
        np.array([features(text, one.situation) for text in one.candidates]) for one in ordered
    ]
    every = np.concatenate(tables)
    mean, spread = every.mean(axis=0), every.std(axis=0)
    spread[spread < _LEAST_SPREAD] = 1.0
    rows = []
    for one, table in zip(ordered, tables, strict=True):
        scaled = (table - mean) / spread
        rows.append(scaled[one.chosen] - np.delete(scaled, one.chosen, axis=0))  # type: ignore[arg-type]
    weight = _newton(np.concatenate(rows))
    return Model(tuple(mean.tolist()), tuple(spread.tolist()), tuple(weight.tolist()), len(ordered))


def _newton(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The w that minimises sum(log(1 + exp(-rows w))) + |w|^2 / 2."""
    import numpy as np

    weight = np.zeros(SIZE)
    for _ in range(_STEPS):
        wrong = 1 / (1 + np.exp(np.clip(rows @ weight, -500, 500)))
        slope = weight - rows.T @ wrong
        bend = np.eye(SIZE) + (rows * (wrong * (1 - wrong))[:, None]).T @ rows
        step = np.linalg.solve(bend, slope)
        weight = weight - step
        if float(np.abs(step).max()) < _DONE:
            break
    return weight


def _identity(example: Example) -> str:
    """The same for the same choice, wherever it stands."""
    return json.dumps(
        [sorted(example.candidates), example.text, example.cue, example.situation.seen]
    )


def _is_held_out(example: Example) -> bool:
    return zlib.crc32(_identity(example).encode()) % _HELD_OUT == 0
