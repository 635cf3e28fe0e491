"""What a model writes, as a description can be read: no words about the film itself.

Models say “The video shows a man walking, and the camera …”, number their answers, stop in the
middle of a sentence and tell again what was told. `clean` undoes that in a fixed order: wrapping,
unfinished end, references (English), repetition, length. It never adds content, keeps the order,
and cleaning twice is cleaning once. What cannot be mended stays as the model wrote it, with the
problems named, so that a person decides; what was taken out is told as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from studio.drafting.references import parts, refers, without_references
from studio.drafting.sentences import (
    bare,
    ended,
    finished,
    sentences,
    shortened,
    without_dangling,
)
from studio.drafting.words import word_list
from studio.script.likeness import nearest
from studio.script.pace import words

DEFAULT_LIMIT = 40
"""Words kept where nobody gives a limit: what 50 tokens of a model hold, and 15 s at 160 wpm."""

_LONGEST = 4000  # letters that are looked at; no gap has room for more

REPEATED = 0.85
"""Likeness from which a sentence tells again what was just told."""

Problem = Literal["empty", "refusal", "reference", "repeats", "too long"]

PROBLEMS: dict[Problem, str] = {
    "empty": "The draft holds no sentence that could be read.",
    "refusal": "The model declined instead of describing.",
    "reference": "The draft still speaks of the video, the camera or the viewer.",
    "repeats": "The draft only tells again what was just told.",
    "too long": "The draft is too long for its gap and has no place to cut.",
}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned text. removed: sentences taken out whole. problems: what could not be mended.

    With a problem `text` is what the model wrote; one that only repeats is cleaned all the same.
    """

    text: str
    removed: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """What to say of the problems to whoever decides."""
        return tuple(PROBLEMS[one] for one in self.problems)


def clean(
    text: str, limit: int = DEFAULT_LIMIT, before: Sequence[str] = (), language: str = "en"
) -> Cleaned:
    """`text` without wrapping, references, repetition and what goes beyond `limit` words.

    before: the descriptions just before this one. language: BCP 47; references are known in
    English only, the rest works for every language that ends sentences with a full stop.
    """
    original = " ".join(text.split())
    if not original:
        return Cleaned("", problems=("empty",))
    rest = text[_LONGEST:]
    english = language.partition("-")[0] == "en"
    bare_text = _unwrapped(text[:_LONGEST])
    if not words(bare_text):
        return Cleaned(original, problems=("empty",))
    if english and _REFUSAL.search(bare_text):
        return Cleaned(original, problems=("refusal",))
    whole, removed = _finished(sentences(bare_text), english)
    removed += (rest,) if rest else ()
    if english:
        whole, about_film = _about_the_content(whole)
        removed += about_film
    if not whole:
        return Cleaned(original, problems=("reference",))
    whole, repeated, problems = _news(whole, before)
    removed += repeated
    short = shortened(_unquoted(" ".join(whole)), limit)  # what is left may be a title alone
    if short is None:
        return Cleaned(original, problems=(*problems, "too long"))
    removed += tuple(_left_out(whole, short))
    return Cleaned(short, removed, problems)


# --- wrapping -------------------------------------------------------------------------------------

_TURN = re.compile(r"(?:^|\s)(?:ASSISTANT|Assistant|### Response)\s*:\s*")
_TOKENS = re.compile(r"<\|?/?[\w ]+\|?>|\[/?(?:INST|SYS)\]|▁")
_LABEL = re.compile(
    r"^(?:(?:sure|certainly|of course|okay|ok)\b[^.:!]*[.:!]\s*)?"
    r"(?:(?:here(?:’s|'s| is| are)\b[^.:]{0,60}:|"
    r"(?:audio |scene |video |short |revised )?"
    r"(?:description|caption|answer|narration|output|scene|summary)"
    r"(?:\s+\d+)?\s*:)\s*)+",
    re.IGNORECASE,
)
_SURE = re.compile(r"^(?:sure|certainly|of course|okay|ok)[!,.:]\s+(?=[A-Z“\"])", re.IGNORECASE)
_MARKER = re.compile(r"^\s*(?:[-*•–—·>]+\s+|\(?\d{1,2}[.)]\s+|\(?[a-h]\)\s+|#{1,6}\s+)+")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_EMPHASIS = re.compile(r"(\*{1,3}|_{2,3}|`{1,3}|~~)(?=\S)(.+?)(?<=\S)\1")
_TIMESTAMP = re.compile(
    r"^\s*[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:\s*[-–]\s*\d{1,2}:\d{2}(?::\d{2})?)?[\])]?\s*:?\s*"
)
_REFUSAL = re.compile(
    r"\b(?:as an AI|I(?:’m| am|'m) (?:sorry|unable|not able)|I (?:cannot|can’t|can't) "
    r"(?:see|view|describe|watch|access|provide|help|assist))\b",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "“": "”", "‘": "’", "'": "'", "«": "»"}


def _unwrapped(text: str) -> str:
    """The words of `text`: one line, no list, no markup, no label, no quotation marks around it."""
    turns = _TURN.split(text)
    body = _TOKENS.sub(" ", turns[-1].replace("\\n", "\n").replace('\\"', '"'))
    lines = [_line(one) for one in body.splitlines()]
    joined = " ".join(one for one in lines if one)
    for _ in range(_LAYERS):
        stripped = _unquoted(_SURE.sub("", _LABEL.sub("", _line(joined))))
        if stripped == joined:
            break
        joined = stripped
    return " ".join(joined.split())


_LAYERS = 6  # of quotes, labels and markers around each other


def _line(line: str) -> str:
    line = _TIMESTAMP.sub("", _MARKER.sub("", line)).strip()
    line = _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", line))
    return line.strip("*_`~ \t").strip()


def _unquoted(text: str) -> str:
    """`text` without a pair of marks around it, and without a mark that has no partner."""
    text = text.strip()
    closing = _QUOTES.get(text[:1])
    if closing is not None and len(text) > 1 and text.rstrip(".!?").endswith(closing):
        inner = text.rstrip(".!?")
        end = text[len(inner) :]
        if not any(mark in inner[1:-1] for mark in (text[0], closing) if mark not in "'’"):
            inside = inner[1:-1]
            return inside if finished(inside) else inside + end
    for mark in ('"',):
        if text.count(mark) % 2:
            at = 0 if text.startswith(mark) else text.rfind(mark)
            text = text[:at] + text[at + 1 :]
    for left, right in (("“", "”"), ("«", "»")):
        if text.count(left) > text.count(right):
            text = text[: text.rfind(left)] + text[text.rfind(left) + 1 :]
        elif text.count(right) > text.count(left):
            text = text[: text.find(right)] + text[text.find(right) + 1 :]
    return text.strip()


# --- whole sentences about the content ------------------------------------------------------------


def _finished(found: list[str], english: bool) -> tuple[list[str], tuple[str, ...]]:
    """The sentences without an unfinished last one; a single one is ended instead."""
    if finished(found[-1]):
        return found, ()
    if len(found) > 1:
        return found[:-1], (found[-1],)
    if not english:
        return [found[0].rstrip(" ,;:—–-") + "."], ()
    return [without_dangling(found[0]) + "."], ()


def _about_the_content(whole: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """The sentences without references, and those that were about nothing else."""
    kept: list[str] = []
    removed: list[str] = []
    for sentence in whole:
        rewritten = [one for one in _rewritten(sentence) if not refers(one)]
        if not rewritten:
            removed.append(sentence)
        kept += rewritten
    return kept, tuple(removed)


def _rewritten(sentence: str) -> Iterator[str]:
    for part in parts(sentence):
        text = _tidy(without_references(part))
        if refers(text):
            text = _tidy(_without_clauses(text))
        if words(text) and any(bare(word) not in _EMPTY for word in text.split()):
            yield ended(text)


_EMPTY = word_list("empty")


def _without_clauses(text: str) -> str:
    """`text` without the clauses, between commas, that still speak of the film."""
    end = text[len(text.rstrip(".!?…")) :]
    clauses = re.split(r",\s+", text.rstrip(".!?…"))
    kept = [one for one in clauses if not refers(one)]
    return ", ".join(kept) + end if kept else text


_SPACE_BEFORE = re.compile(r"\s+([,.;:!?])")
_DOUBLE = re.compile(r"([,;:])(?:\s*[,;:])+")
_LINK_COMMA = re.compile(r"(,\s*(?:and|but|while|then)),(?=\s)")
_COMMA_END = re.compile(r"[,;:]\s*(?=[.!?])")
_FRONT = re.compile(r"^(?:[,;:.\s]|(?:and|but|then|so|while)\b,?\s+(?=\w+\s+\w))+", re.IGNORECASE)
_HANGING = re.compile(
    r",?\s+(?:and|but|or|while|as|with|where|who|which)\s*(?=[.!?]?$)", re.IGNORECASE
)


def _tidy(text: str) -> str:
    """Signs and words that stand alone after something was taken out."""
    text = _SPACE_BEFORE.sub(r"\1", " ".join(text.split()))
    text = _COMMA_END.sub("", _DOUBLE.sub(r"\1", _LINK_COMMA.sub(r"\1", text)))
    text = _HANGING.sub("", _FRONT.sub("", text))
    return text.strip(" ,;:")


# --- repetition and length ------------------------------------------------------------------------


def _news(
    whole: list[str], before: Sequence[str]
) -> tuple[list[str], tuple[str, ...], tuple[Problem, ...]]:
    """The sentences that tell something new; all of them, and a problem, where none does."""
    told = [sentence for text in before for sentence in sentences(text)]
    kept: list[str] = []
    repeated: list[str] = []
    for sentence in whole:
        again = nearest(sentence, [*told, *kept]) >= REPEATED
        (repeated if again else kept).append(sentence)
    if kept:
        return kept, tuple(repeated), ()
    return whole, (), ("repeats",)


def _left_out(whole: list[str], short: str) -> Iterator[str]:
    """The sentences that `shortened` did not keep."""
    kept = len(sentences(short))
    yield from whole[kept:]
