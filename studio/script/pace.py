"""How fast a text is spoken, from its words and its measured clip."""

from __future__ import annotations

import functools
import re

_WORD = re.compile(r"\w+(?:['’\-]\w+)*")
# Han, Kana and Hangul are written without spaces; about two such letters make a spoken word
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LETTERS_PER_DENSE_WORD = 2
_MS_PER_MINUTE = 60_000


@functools.lru_cache(maxsize=16_384)  # all texts of a long film are counted at every keystroke
def words(text: str) -> int:
    """How many words `text` has, as people count them."""
    dense = len(_DENSE.findall(text))
    return len(_WORD.findall(_DENSE.sub(" ", text))) + -(-dense // _LETTERS_PER_DENSE_WORD)


def words_per_minute(text: str, duration: int) -> float:
    """The pace of a clip of `duration` ms that says `text`."""
    return words(text) * _MS_PER_MINUTE / duration


def words_in(duration: int, pace: int) -> int:
    """How many words can be said in `duration` ms at `pace` words per minute; at least 1."""
    return max(1, duration * pace // _MS_PER_MINUTE)
