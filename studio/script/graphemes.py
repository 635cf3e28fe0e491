"""What people take for one character, by what `unicodedata` knows (after Unicode UAX #29).

Needed where text is counted, broken or shown bit by bit: a mark must stay on its letter, the parts
of an emoji together, the jamo of a syllable too.
"""

from __future__ import annotations

import unicodedata

_FIRST_MARK = "\u0300"  # below it nothing is combined, wide or unseen, but the soft hyphen
_ZWJ = "\u200d"
_MARKS = ("Mn", "Mc", "Me")
_VIRAMAS = frozenset(
    "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0c4d\u0ccd\u0d4d\u1039\u17d2"
)  # join the next letter

# Written without spaces between words: Thai, Lao, Myanmar, Khmer, Tibetan (first and last letters).
_UNSPACED = ((0x0E00, 0x0EFF), (0x0F00, 0x0FFF), (0x1000, 0x109F), (0x1780, 0x17FF))
_HANGUL = ((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF))
_LEADING_VOWELS = frozenset("เแโใไເແໂໃໄ")  # stand before the consonant they belong to


def is_simple(text: str) -> bool:
    """Whether each character of it is one letter, sign or space of Latin, and one cell wide."""
    return not text or (max(text) < _FIRST_MARK and "\xad" not in text)


def is_wide(character: str) -> bool:
    """Whether it takes two cells: Han, kana, Hangul, full-width forms, most emoji."""
    return unicodedata.east_asian_width(character) in ("W", "F")


def is_unspaced(character: str) -> bool:
    """Whether it belongs to a script that is written without spaces between words."""
    code = ord(character)
    if any(first <= code <= last for first, last in _UNSPACED):
        return True
    return is_wide(character) and not _is_hangul(code)


def _is_hangul(code: int) -> bool:
    return any(first <= code <= last for first, last in _HANGUL)


def clusters(text: str) -> list[str]:
    """`text` in characters as people count them."""
    found: list[str] = []
    for one in text:
        if found and _stays(found[-1], one):
            found[-1] += one
        else:
            found.append(one)
    return found


def _stays(before: str, one: str) -> bool:
    """Whether a character belongs to the cluster before it."""
    last = before[-1]
    if last.isspace() or one.isspace():
        return False
    if unicodedata.category(one) in _MARKS or one == _ZWJ or "\U0001f3fb" <= one <= "\U0001f3ff":
        return True
    if last == _ZWJ or last in _VIRAMAS or last in _LEADING_VOWELS:
        return True
    if _is_regional(last) and _is_regional(one):
        return sum(map(_is_regional, before)) % 2 == 1
    return _is_jamo_tail(one) and ("\u1100" <= last <= "\u11ff" or "\uac00" <= last <= "\ud7a3")


def _is_regional(one: str) -> bool:
    return "\U0001f1e6" <= one <= "\U0001f1ff"


def _is_jamo_tail(one: str) -> bool:
    return "\u1160" <= one <= "\u11ff"
