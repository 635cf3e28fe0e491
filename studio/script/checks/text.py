"""A text taken apart for the checks: sentences, words, and what in it is only read out.

Text that the film shows is read as it stands, so what lies between quotation marks, or after
“a sign reads:”, is nobody's wording and no rule of language looks into it.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from itertools import chain

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_PLAIN_WORD = re.compile(r"[^\W_]+(?:['\-][^\W_]+)*")
_WORD_AND_SPACE = re.compile(r"([^\W_]+(?:['\-][^\W_]+)*)(\s+(?=[^\W_]))?")
_QUOTED = re.compile(
    r"“[^”]*”|„[^“”]*[“”]|«[^»]*»|»[^«]*«|\"[^\"]*\"|‘[^’]*’(?!\w)|(?<!\w)'[^']*'(?!\w)"
)
_QUOTE_SIGNS = frozenset("“„«»\"‘'")
_READING = re.compile(
    r"\b(?:reads?|reading|says?|saying|sign|caption|title|titles|text|words?|letters|subtitles?"
    r"|credits?|headline|logo|labell?ed|appears?|liest|steht|text|schild|lit|texte|dice|texto"
    r"|rótulo)\b[^.:!?]{0,40}:\s",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+|\n\s*\n")
_SHORT_FORM = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Prof|[A-Z])\Z")
_HIDDEN = "\ufffc"  # no letter, no space: it ends words and joins none


@dataclass(frozen=True)
class Sentence:
    """One sentence. text: with what is only read out hidden, and plain apostrophes.

    folded: its words in lower case. Most sentences need no more, so the rest waits to be asked for.
    """

    text: str
    folded: tuple[str, ...]

    @functools.cached_property
    def words(self) -> tuple[str, ...]:
        """Its words as written."""
        return tuple(word for word, _ in self._found)

    @functools.cached_property
    def joined(self) -> tuple[bool, ...]:
        """For each word but the last, whether only spaces lie between it and the next."""
        return tuple(space != "" for _, space in self._found[:-1])

    @functools.cached_property
    def _found(self) -> list[tuple[str, str]]:
        return _WORD_AND_SPACE.findall(self.text)


@functools.lru_cache(maxsize=8192)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of `text` that are the describer's own words."""
    hidden = _hide(text)
    found = []
    start = 0
    for match in _SENTENCE_END.finditer(hidden):
        if _SHORT_FORM.search(hidden, start, match.start()) is None:
            found.append(_sentence(hidden[start : match.end()]))
            start = match.end()
    found.append(_sentence(hidden[start:]))
    return tuple(one for one in found if one.folded)


@functools.lru_cache(maxsize=8192)
def all_words(text: str) -> tuple[str, ...]:
    """Every word of `text`, what is read out too, in lower case."""
    if ":" not in text and _QUOTE_SIGNS.isdisjoint(text):  # then nothing in it is hidden
        return tuple(chain.from_iterable(one.folded for one in sentences(text)))
    return tuple(_WORD.findall(text.casefold().replace("’", "'")))


def sentence_lengths(text: str) -> tuple[int, ...]:
    """How many words each sentence has, what is read out counted as one word."""
    return tuple(len(one.folded) + one.text.count(_HIDDEN) for one in sentences(text))


def shown(text: str, limit: int = 40) -> str:
    """The beginning of `text`, to name a description by."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def _hide(text: str) -> str:
    """`text` with each quotation as one sign, and what is read out at its end as one."""
    hidden = text if _QUOTE_SIGNS.isdisjoint(text) else _QUOTED.sub(_HIDDEN, text)
    reading = _READING.search(hidden) if ":" in hidden else None
    return hidden if reading is None else hidden[: reading.end()] + _HIDDEN


def _sentence(text: str) -> Sentence:
    plain = text.strip().replace("’", "'")
    if plain.isascii():  # where small letters are as many as capitals
        return Sentence(plain, tuple(_PLAIN_WORD.findall(plain.lower())))
    return Sentence(plain, tuple(word.casefold() for word in _PLAIN_WORD.findall(plain)))
