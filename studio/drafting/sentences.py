"""English sentences as text: where they end, whether they are whole, how to make them shorter."""

from __future__ import annotations

import re

from studio.drafting.words import word_list
from studio.script.pace import words

_END = re.compile(r"""[.!?…]+["”’')\]]*(?=\s|$)""")
_FINISHED = re.compile(r"""[.!?…]["”’')\]]*$""")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Prof|No|vs|approx|e\.g|i\.e)|\b[A-Z]|\b[ap]\.m)\.$"
)

# What a sentence cannot end with.
_DANGLING = word_list("dangling")

_PUNCTUATION = ".,;:!?…—–-\"“”'‘’()[]"

# Where a sentence that is too long is cut: the end of a clause first, of a phrase otherwise.
_CLAUSE = re.compile(
    r"""[,;:]\s+|\s+[—–-]\s+|\s+(?=(?:while|as|who|which|where|when|because|but|before|after|until
    |and(?:\s+then)?\s+(?:is|are|he|she|it|they|the|a|an|\w+s|\w+ing))\b)""",
    re.VERBOSE | re.IGNORECASE,
)
_PHRASE = re.compile(
    r"""\s+(?=(?:in|on|at|to|with|for|from|by|into|onto|over|under|near|behind|beside|between|through
    |down|up|off|past|below|above|before|after|during|while|as|because|when|where|who|which|next
    |across|around|along|about|against|towards?|without|inside|outside|and|or|of|that|wearing|holding
    |\w+ing)\b)""",
    re.VERBOSE | re.IGNORECASE,
)
_FEWEST = 3  # words a sentence cut short must keep; with fewer it says nothing


def sentences(text: str) -> list[str]:
    """The sentences of `text` in order, without the space around them."""
    found, start = [], 0
    for match in _END.finditer(text):
        if _ABBREVIATION.search(text[start : match.end()]) and match.end() < len(text):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    found.append(text[start:].strip())
    return [one for one in found if one]


def finished(sentence: str) -> bool:
    """Whether a sentence ends as one does."""
    return bool(_FINISHED.search(sentence))


def ended(sentence: str) -> str:
    """The sentence with a capital and a full stop, and without what it cannot end with."""
    text = sentence.strip()
    if not finished(text):
        text = without_dangling(text)
        text = f"{text}." if text else ""
    return capital(text)


def capital(text: str) -> str:
    """`text` with its first letter large; a quotation mark before it does not matter."""
    for at, sign in enumerate(text):
        if sign.isalpha():
            return text[:at] + sign.upper() + text[at + 1 :]
        if sign.isalnum():
            break
    return text


def without_dangling(text: str) -> str:
    """`text` without the words at its end that want another one after them."""
    kept = text.split()
    while kept and bare(kept[-1]) in _DANGLING:
        kept.pop()
    return " ".join(kept).rstrip(" ,;:—–-")


def bare(word: str) -> str:
    """A word in small letters, without signs around it."""
    return word.strip(_PUNCTUATION).casefold()


def shortened(text: str, limit: int) -> str | None:
    """`text` in at most `limit` words, or None where nothing whole would be left.

    Whole sentences from the front as long as they fit; a first one that is too long by itself is
    cut at the end of a clause, of a phrase otherwise, never inside one.
    """
    if words(text) <= limit:
        return text
    whole = sentences(text)
    kept: list[str] = []
    for sentence in whole:
        if words(" ".join([*kept, sentence])) > limit:
            break
        kept.append(sentence)
    return " ".join(kept) or _cut(whole[0], limit)


def _cut(sentence: str, limit: int) -> str | None:
    body = sentence.rstrip(_PUNCTUATION)
    clause = _last_whole(body, _CLAUSE, limit)
    phrase = _last_whole(body, _PHRASE, limit)
    # a clause that keeps less than half of what has room is a poorer end than a phrase
    if clause and (not phrase or 2 * words(clause) >= limit):
        return ended(clause)
    return ended(phrase) if phrase else None


def _last_whole(body: str, boundary: re.Pattern[str], limit: int) -> str:
    """The longest beginning of `body` that ends at a boundary and keeps to the limit, or ""."""
    best = ""
    for match in boundary.finditer(body):
        start = without_dangling(body[: match.start()])
        count = words(start)
        if count > limit:
            break
        if count >= _FEWEST:
            best = start
    return best
