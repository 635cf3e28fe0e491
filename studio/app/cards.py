"""The choices for one description as cards: each draft, and to leave it silent. Pure functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from studio.engines import SAW
from studio.script import checks, pace, styles
from studio.script.model import Cue, Draft, Project
from studio.script.room import word_limit
from studio.script.silence import is_silent

SILENCE = 0
"""The number of the card that leaves a description silent; drafts count from 1."""

_MODEL, _PROMPT, _WROTE = "model ", "prompt ", "wrote: "  # how lines of evidence begin

Faults = Callable[[str], tuple[str, ...]]
"""The titles of the rules that a text would break."""


@dataclass(frozen=True, slots=True)
class Card:
    """One choice.

    draft: what it would make the text; None for silence where no engine proposes it. count, limit:
    words it has and may have. faults: titles of the rules it would break. made_by: engine, model
    and prompt. evidence: what it rests on. wrote: the engine's own words, "" where they are the
    text. taken: it is what stands there now.
    """

    number: int
    draft: Draft | None
    text: str
    count: int = 0
    limit: int = 0
    faults: tuple[str, ...] = ()
    made_by: str = ""
    evidence: tuple[str, ...] = ()
    wrote: str = ""
    taken: bool = False

    @property
    def fits(self) -> bool:
        """Whether its words can be said in the time there is."""
        return self.count <= self.limit

    @property
    def measure(self) -> str:
        """How it fits: "8 of 11 words", "13 words, 2 too many"; "" for silence."""
        if self.number == SILENCE:
            return ""
        if self.fits:
            return f"{self.count} of {self.limit} words"
        return f"{self.count} words, {self.count - self.limit} too many"

    @property
    def title(self) -> str:
        """What it is called: "Draft 2" or "Leave silent"."""
        return "Leave silent" if self.number == SILENCE else f"Draft {self.number}"


def cards(project: Project, cue: Cue, language: str, faults: Faults) -> tuple[Card, ...]:
    """The drafts of a cue in one language, best first, and silence as the last."""
    silent = is_silent(project, cue)
    version = cue.version(language)
    written = "" if version is None else version.text.strip()
    found = [draft for draft in cue.drafts if draft.language == language]
    worded = [draft for draft in found if draft.text.strip()]
    limit = word_limit(project, cue, language) if worded else 0  # it asks all descriptions
    taken = (draft.text.strip() == written for draft in worded)
    numbered = [
        _card(number, draft, limit, faults, taken=this)
        for number, (draft, this) in enumerate(zip(worded, taken, strict=True), 1)
    ]
    proposed = next((one for one in found if not one.text.strip()), None)
    return (*numbered, _silence(proposed, taken=silent and not written))


def faults_in(project: Project, language: str) -> Faults:
    """What the checks would find in a text, by the project's house style."""
    style, _ = styles.house_style(project)

    def titles(text: str) -> tuple[str, ...]:
        return tuple(rule.title for rule in checks.faults(text, project, language, style))

    return titles


def _card(number: int, draft: Draft, limit: int, faults: Faults, *, taken: bool) -> Card:
    wrote = (line.removeprefix(_WROTE) for line in draft.evidence if line.startswith(_WROTE))
    return Card(
        number,
        draft,
        draft.text,
        pace.words(draft.text),
        limit,
        faults(draft.text),
        _made_by(draft),
        _seen(draft),
        next(wrote, ""),
        taken,
    )


def _silence(proposed: Draft | None, *, taken: bool) -> Card:
    """The card of silence; an engine that found nothing new to say proposes it itself."""
    if proposed is None:
        return Card(SILENCE, None, "Nothing is said here.", taken=taken)
    return Card(
        SILENCE,
        proposed,
        "Nothing is said here.",
        made_by=f"proposed by {_made_by(proposed)}",
        evidence=_seen(proposed),
        taken=taken,
    )


def _made_by(draft: Draft) -> str:
    known = [line for line in draft.evidence if line.startswith((_MODEL, _PROMPT))]
    return ", ".join([draft.engine, *known])


def _seen(draft: Draft) -> tuple[str, ...]:
    return tuple(
        line.removeprefix(SAW)
        for line in draft.evidence
        if not line.startswith((_MODEL, _PROMPT, _WROTE))
    )


def spoken(card: Card, count: int) -> str:
    """A card as it is read aloud, its words first. count: how many drafts there are."""
    if card.number == SILENCE:
        said = [f"0, {card.title}"]
    else:
        said = [f"Draft {card.number} of {count}: {card.text}", card.measure]
    if card.taken:
        said.append("taken")
    if card.faults:
        said.append(f"would raise: {', '.join(card.faults)}")
    if card.made_by:
        said.append(card.made_by if card.number == SILENCE else f"by {card.made_by}")
    return "; ".join(said) + "."


def tip(card: Card) -> str:
    """All that is known of a card beside its words."""
    parts = [f"By {card.made_by}."] if card.draft is not None else []
    if card.evidence:
        seen = "; ".join(card.evidence)
        parts.append(f"Seen: {seen}" if seen.endswith(".") else f"Seen: {seen}.")
    if card.wrote:
        parts.append(f"The model wrote: {card.wrote}")
    return " ".join(parts)
