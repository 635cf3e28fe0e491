"""A text taken apart for the checks: sentences, words, and what in it is only read out.

Text that the film shows is read as it stands, so what lies between quotation marks, or after
“a sign reads:”, is nobody's wording and no rule of language looks into it.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_QUOTED = re.compile(
    r"“[^”]*”|„[^“”]*[“”]|«[^»]*»|»[^«]*«|\"[^\"]*\"|‘[^’]*’(?!\w)|(?<!\w)'[^']*'(?!\w)"
)
_READING = re.compile(
    r"\b(?:reads?|reading|says?|saying|sign|caption|title|titles|text|words?|letters|subtitles?"
    r"|credits?|headline|logo|labell?ed|appears?|liest|steht|text|schild|lit|texte|dice|texto"
    r"|rótulo)\b[^.:!?]{0,40}:\s",
    re.IGNORECASE,
)
_SHORT_FORMS = r"(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bSt)(?<!\bProf)(?<!\b[A-Z])"
_SENTENCE_END = re.compile(rf"{_SHORT_FORMS}[.!?…]+[\"'”’»)\]]*\s+|\n\s*\n|(?<=[.!?…])\n")
_HIDDEN = "\ufffc"  # no letter, no space: it ends words and joins none


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. text: with what is only read out hidden. words: as written; folded: in lower
    case with plain apostrophes. joined[i]: whether only spaces lie between word i and the next.
    """

    text: str
    words: tuple[str, ...]
    folded: tuple[str, ...]
    joined: tuple[bool, ...]


@functools.lru_cache(maxsize=8192)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of `text` that are the describer's own words."""
    hidden = _hide(text)
    found = []
    start = 0
    for end in [*(match.end() for match in _SENTENCE_END.finditer(hidden)), len(hidden)]:
        one = _sentence(hidden[start:end])
        if one.words:
            found.append(one)
        start = end
    return tuple(found)


@functools.lru_cache(maxsize=8192)
def all_words(text: str) -> tuple[str, ...]:
    """Every word of `text`, what is read out too, in lower case."""
    return tuple(word.casefold().replace("’", "'") for word in _WORD.findall(text))


def sentence_lengths(text: str) -> tuple[int, ...]:
    """How many words each sentence has, what is read out counted as one word."""
    return tuple(len(one.words) + one.text.count(_HIDDEN) for one in sentences(text))


def rows(words: tuple[str, ...], length: int) -> list[tuple[str, ...]]:
    """All rows of `length` words that stand next to each other."""
    return [words[index : index + length] for index in range(len(words) - length + 1)]


def shown(text: str, limit: int = 40) -> str:
    """The beginning of `text`, to name a description by."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def _hide(text: str) -> str:
    """`text` with each quotation as one sign, and what is read out at its end as one."""
    hidden = _QUOTED.sub(_HIDDEN, text)
    reading = _READING.search(hidden)
    return hidden if reading is None else hidden[: reading.end()] + _HIDDEN


def _sentence(text: str) -> Sentence:
    matches = list(_WORD.finditer(text))
    words = tuple(match[0] for match in matches)
    return Sentence(
        text.strip(),
        words,
        tuple(word.casefold().replace("’", "'") for word in words),
        tuple(text[one.end() : two.start()].isspace() for one, two in pairwise(matches)),
    )
