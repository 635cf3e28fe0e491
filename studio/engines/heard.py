"""What transcribers answer, taken over only where it can be true.

Whisper and its like answer in segments: text, seconds from the beginning of what was heard, and
words with theirs. Models and servers also answer times that cannot be, and texts that nobody could
have said in that time; such an answer is refused whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from studio.engines.verbs import Phrase, SaidWord, Transcript
from studio.errors import UsageError
from studio.script.languages import language_code
from studio.times import MS_PER_SECOND, Span

Answer = Mapping[str, Any]
"""language, and segments: text, start, end, and words: word, start, end; as JSON has them."""

_BEYOND = 1000  # ms that a time may lie outside; Whisper counts in steps
_PADDED = 30_000  # ms; Whisper hears as much at a time, silence put behind
_LETTERS_A_SECOND = 50  # people say about 15 in most languages; repeated words are no speech
_ALWAYS_FAIR = 100  # letters

_OWN_CODES = {"nb": "no", "fil": "tl", "jv": "jw", "iw": "he"}
"""Languages that Whisper knows by another code."""

_FULL_NAMES = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it",
    "portuguese": "pt", "dutch": "nl", "polish": "pl", "russian": "ru", "ukrainian": "uk",
    "turkish": "tr", "arabic": "ar", "hebrew": "he", "hindi": "hi", "chinese": "zh",
    "japanese": "ja", "korean": "ko", "greek": "el", "czech": "cs", "swedish": "sv",
    "danish": "da", "norwegian": "no", "finnish": "fi", "hungarian": "hu", "romanian": "ro",
}  # fmt: skip
"""Servers of OpenAI's protocol name the language they have heard in English."""


class Unbelievable(Exception):  # noqa: N818  # one answer; becomes an Unanswered
    """An answer that cannot be true. Its text is a whole sentence."""


def code_for(language: str | None) -> str | None:
    """A language as Whisper and its like are told it: without the country."""
    if language is None:
        return None
    base = language.partition("-")[0]
    return _OWN_CODES.get(base, base)


def transcript(span: Span, answer: Answer, asked: str | None) -> Transcript:
    """What was said in `span` of the film. asked: the language that was asked for.

    Segments without a letter or digit are left out. Raises Unbelievable.
    """
    try:
        phrases = tuple(_phrases(span, answer["segments"]))
        heard = str(answer.get("language", ""))
    except (KeyError, TypeError, AttributeError) as error:
        raise Unbelievable("The answer is not as it should be.") from error
    letters = sum(len(one.text) for one in phrases)
    if letters > max(_ALWAYS_FAIR, span.duration / MS_PER_SECOND * _LETTERS_A_SECOND):
        raise Unbelievable(
            f"It was answered with {letters} letters, which nobody says in "
            f"{span.duration / MS_PER_SECOND:.1f} s."
        )
    return Transcript(asked if asked is not None else _language(heard), phrases)


def _language(heard: str) -> str:
    try:
        return language_code(_FULL_NAMES.get(heard.lower(), heard))
    except UsageError as error:
        raise Unbelievable("The answer does not say in which language it is.") from error


def _phrases(span: Span, segments: Iterable[Answer]) -> Iterable[Phrase]:
    position = span.start
    for segment in segments:
        text = _text(segment["text"])
        if not any(sign.isalnum() for sign in text):
            continue
        own = _placed(span, segment["start"], segment["end"])
        if own.start >= span.end:  # made up in the silence behind
            continue
        words = tuple(_words(span, segment.get("words") or ()))
        if words:  # they tell the beginning and the end more exactly
            own = Span(words[0].span.start, max(words[-1].span.end, words[0].span.start))
        own = Span(max(own.start, position), max(own.end, own.start, position))
        position = own.start
        yield Phrase(text, own, words)


def _words(span: Span, words: Sequence[Answer]) -> Iterable[SaidWord]:
    position = span.start
    for word in words:
        text = _text(word["word"])
        placed = _placed(span, word["start"], word["end"])
        start = max(position, placed.start)
        if text:
            yield SaidWord(text, Span(start, max(start, placed.end)))
        position = start


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return " ".join(value.split())


def _placed(span: Span, start: object, end: object) -> Span:
    first, last = (span.start + _ms(one) for one in (start, end))
    latest = max(span.end, span.start + _PADDED) + _BEYOND
    if last < first or not span.start - _BEYOND <= first <= last <= latest:
        raise Unbelievable("It was answered with times that cannot be.")
    first, last = (min(max(one, span.start), span.end) for one in (first, last))
    return Span(first, last)


def _ms(seconds: object) -> int:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(seconds)
    if not math.isfinite(seconds):
        raise Unbelievable("It was answered with times that cannot be.")
    return round(seconds * MS_PER_SECOND)
