"""Which of several drafts is offered first, and when it is better to say nothing.

Every candidate gets marks of its own, 0..1: does it fit the room, does it keep to the style, does
it tell something new, does it agree with what was seen, is it what this describer picks. The sum
decides, and equal sums are decided by the text itself; so neither the order of the candidates nor
a number spoken in the film can change the choice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from studio.engines import Check, Ranker, Situation, unchecked
from studio.script.likeness import nearest
from studio.script.pace import words

Style = Callable[[str], int]
"""How many rules of the house style a text breaks."""

_WEIGHTS = {"fit": 1.0, "style": 1.0, "news": 1.5, "agreement": 0.5, "whole": 10.0, "history": 8.0}
_SILENCE = 0.25  # news below which a description is worth less than hearing the film
_FULL = 0.6  # of the words there is room for, from which a text makes good use of it
_NUMBER = re.compile(r"\S*\d\S*")
_WORD = re.compile(r"[^\W\d_]{3,}")
_STEM = 5  # letters that a word shares with its other forms


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text to choose from. broken: it could not be cleaned. evidence: as for Proposal."""

    text: str
    evidence: tuple[str, ...] = ()
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates, best first; silent: saying none of them is better."""

    best_first: tuple[Candidate, ...]
    silent: bool


def any_style(_text: str) -> int:
    """The style that no text breaks."""
    return 0


def choose(
    candidates: Sequence[Candidate],
    situation: Situation,
    style: Style = any_style,
    ranker: Ranker | None = None,
    check: Check = unchecked,
) -> Choice:
    """The candidates in the order in which they should be offered; equal texts count once.

    Without a ranker nothing of the describer's history takes part. check: for the ranker.
    """
    unique = sorted({one.text: one for one in sorted(candidates, key=_key)}.values(), key=_key)
    texts = [one.text for one in unique]
    liked = ranker.rank(situation, texts, check) if ranker is not None else None
    marks = [_marks(one, situation, style) for one in unique]
    if liked is not None:
        for mark, value in zip(marks, liked, strict=True):
            mark["history"] = value
    scores = [sum(_WEIGHTS[name] * value for name, value in mark.items()) for mark in marks]
    order = sorted(range(len(unique)), key=lambda at: -scores[at])  # stable: by text where equal
    silent = bool(unique) and all(mark["news"] < _SILENCE for mark in marks)
    return Choice(tuple(unique[at] for at in order), silent)


def _key(candidate: Candidate) -> tuple[str, bool, tuple[str, ...]]:
    return candidate.text, candidate.broken, candidate.evidence


def _marks(candidate: Candidate, situation: Situation, style: Style) -> dict[str, float]:
    text = candidate.text
    return {
        "fit": fit(words(text), situation.word_limit),
        "style": 1 / (1 + style(text)),
        "news": news(text, situation),
        "agreement": agreement(text, situation.seen),
        "whole": 0.0 if candidate.broken else 1.0,
    }


def fit(count: int, limit: int) -> float:
    """How well `count` words use room for `limit`: 1 where it is filled well and not exceeded."""
    if count > limit:
        return max(0.0, 1 - 2 * (count - limit) / limit)
    return min(1.0, count / (_FULL * limit))


def news(text: str, situation: Situation) -> float:
    """How much a text tells that was neither described just before nor is said in the film."""
    known = map(without_numbers, (*situation.dialogue, *situation.before))
    return 1 - nearest(without_numbers(text), [line for line in known if line])


def without_numbers(text: str) -> str:
    """`text` without words that hold a digit, which would make unlike sentences alike."""
    return " ".join(_NUMBER.sub(" ", text).split())


def agreement(text: str, seen: str) -> float:
    """The share of the words of a text that were also seen; 0.5 where nothing is known."""
    stems = _stems(text)
    if not seen or not stems:
        return 0.5
    return len(stems & _stems(seen)) / len(stems)


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.casefold())}
