"""How alike two texts are: a number from 0 (nothing in common) to 1 (the same words in order)."""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_GRAM = 3  # letters; long enough for stems, short enough to see "walk" in "walking"
_CACHED = 4096  # texts; about one film's


def likeness(one: str, two: str) -> float:
    """The cosine between two texts, 0..1, over their words, word pairs and runs of three letters.

    Letters count as well as words, so “walks” is near “walking”; pairs tell order. Texts without
    a word are like nothing but each other.
    """
    first, second = _features(one), _features(two)
    if not first or not second:
        return float(first == second)
    if len(first) > len(second):
        first, second = second, first
    common = sum(count * second[feature] for feature, count in first.items() if feature in second)
    return min(1.0, common / math.sqrt(_square(first) * _square(second)))


def nearest(text: str, others: Iterable[str]) -> float:
    """The likeness of `text` to the one of `others` that it is most like; 0 where there is none."""
    return max((likeness(text, other) for other in others), default=0.0)


@functools.lru_cache(_CACHED)
def _features(text: str) -> Counter[str]:
    words = _WORD.findall(text.casefold())
    features = Counter(f"w {word}" for word in words)
    features.update(f"p {one} {two}" for one, two in pairwise(words))
    for word in words:
        edged = f"<{word}>"
        features.update(edged[at : at + _GRAM] for at in range(len(edged) - _GRAM + 1))
    return features


def _square(features: Counter[str]) -> int:
    return sum(count * count for count in features.values())
