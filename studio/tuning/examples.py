"""Picks: what a person made of the drafts of a cue, as examples to learn from.

An accepted text that equals a draft was accepted; one much like a draft was edited from it; where
the text is like none of them, all were rejected, and so they were where the cue was left silent.
With an existing script the draft nearest to it stands for the person's pick.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from studio.engines import SAW, Situation
from studio.script.likeness import likeness
from studio.script.model import Cue, Project
from studio.script.room import word_limit
from studio.times import Span

EDITED = 0.5
"""Likeness to a draft from which a text counts as edited from it."""

_NEAREST = 0.2  # likeness to a script's text below which no draft stands for it
_BEFORE = 4  # descriptions before, as a describer is told of them

Kind = Literal["accepted", "edited", "rejected", "silent", "matched"]


@dataclass(frozen=True, slots=True)
class Example:
    """One choice. text: what became of it. candidates: the drafts, each once, in any order.

    chosen: the place of the draft that was taken; None where none was.
    """

    cue: str
    kind: Kind
    situation: Situation
    candidates: tuple[str, ...]
    chosen: int | None
    text: str


def picks(project: Project, language: str) -> tuple[Example, ...]:
    """An example for every cue a person decided on and that has drafts in `language`.

    Where a cue has words in other languages only, nobody has decided about this one.
    """
    found = []
    for at, cue in enumerate(project.cues):
        drafts = _drafts(cue, language)
        if not cue.accepted or not drafts:
            continue
        text = _text(cue, language)
        if not text and not cue.left_silent:
            continue
        kind, chosen = _what_became(text, drafts)
        found.append(Example(cue.id, kind, _situation(project, at, language), drafts, chosen, text))
    return tuple(found)


def matches(
    project: Project, language: str, script: Iterable[tuple[Span, str]]
) -> tuple[Example, ...]:
    """An example for every cue with drafts where a script of the same film has a text.

    script: texts with their times, which need not be those of the cues: the text that overlaps
    most, or starts nearest within two seconds.
    """
    entries = list(script)
    found = []
    for at, cue in enumerate(project.cues):
        drafts = _drafts(cue, language)
        text = _meant(entries, Span(cue.start, cue.end))
        if not drafts or text is None:
            continue
        chosen, like = _nearest(text, drafts)
        if like >= _NEAREST:
            situation = _situation(project, at, language)
            found.append(Example(cue.id, "matched", situation, drafts, chosen, text))
    return tuple(found)


def as_jsonl(examples: Iterable[Example]) -> str:
    """Examples as lines of JSON with a prompt and the response to it, as trainers read them."""
    return "".join(f"{json.dumps(_row(one), ensure_ascii=False)}\n" for one in examples)


def _row(example: Example) -> dict[str, object]:
    return {
        "prompt": prompt(example.situation, example.candidates),
        "response": example.text,
        "kind": example.kind,
        "candidates": list(example.candidates),
        "chosen": example.chosen,
        "language": example.situation.language,
    }


def prompt(situation: Situation, candidates: Sequence[str]) -> str:
    """A choice in words. The candidates stand in the order of their letters, whatever it was."""
    parts = [
        f"Choose an audio description of at most {situation.word_limit} words "
        f"in “{situation.language}”.",
        _list("Described before:", situation.before),
        _list("Seen:", (situation.seen,) if situation.seen else ()),
        _list("Candidates:", sorted(candidates)),
        "Description:",
    ]
    return "\n".join(part for part in parts if part)


def _list(title: str, texts: Sequence[str]) -> str:
    return "\n".join([title, *(f"- {text}" for text in texts)]) if texts else ""


def _what_became(text: str, drafts: tuple[str, ...]) -> tuple[Kind, int | None]:
    if not text:
        return "silent", None
    if text in drafts:
        return "accepted", drafts.index(text)
    chosen, like = _nearest(text, drafts)
    return ("edited", chosen) if like >= EDITED else ("rejected", None)


def _nearest(text: str, drafts: tuple[str, ...]) -> tuple[int, float]:
    """The place of the draft most like a text, and how like; of equals the first by letters."""
    likes = [likeness(text, draft) for draft in drafts]
    best = min(range(len(drafts)), key=lambda at: (-likes[at], drafts[at]))
    return best, likes[best]


_APART = 2000  # ms between the starts of a cue and of a script's text that do not overlap


def _meant(entries: list[tuple[Span, str]], room: Span) -> str | None:
    near = [
        (-span.overlap(room), abs(span.start - room.start), text)
        for span, text in entries
        if span.overlap(room) > 0 or abs(span.start - room.start) <= _APART
    ]
    return min(near)[2] if near else None


def _situation(project: Project, at: int, language: str) -> Situation:
    cue = project.cues[at]
    told = [_text(one, language) for one in project.cues[:at]]
    saw = (
        line.removeprefix(SAW)
        for draft in cue.drafts
        if draft.language == language
        for line in draft.evidence
        if line.startswith(SAW)
    )
    limit = word_limit(project, cue, language)
    before = tuple(text for text in told if text)[-_BEFORE:]
    return Situation(language, limit, before, (), next(saw, ""))


def _drafts(cue: Cue, language: str) -> tuple[str, ...]:
    """The texts proposed for a cue, each once."""
    texts = (draft.text for draft in cue.drafts if draft.language == language and draft.text)
    return tuple(dict.fromkeys(texts))


def _text(cue: Cue, language: str) -> str:
    version = cue.version(language)
    return "" if version is None else version.text.strip()
