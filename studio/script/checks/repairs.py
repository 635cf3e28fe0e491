"""Repairs that are safe: they change only what is wrong, and nobody could want it otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from studio.script import edits
from studio.script.checks import names
from studio.script.model import Cue, Issue, Project
from studio.times import Span

_FILM = r"(?:the|this) (?:video|film|movie|clip|scene|shot|image|picture|footage|screen)"
_SHOWN = (
    rf"(?:(?:in|on) {_FILM},? )?"
    rf"(?:{_FILM} (?:shows|depicts|displays|features)|(?:we|you) (?:can )?see)"
)
_LEAD = re.compile(rf"\s*{_SHOWN}\s+(?:that\s+)?(?P<rest>.+)", re.IGNORECASE | re.DOTALL)
_NO_SUBJECT = re.compile(
    r"(?:him|her|them|us|me|it|how|why|what|where|when|if|whether|who|here|as|in|on|at|from)\b",
    re.IGNORECASE,
)
"""What cannot begin a sentence that tells what is there."""
_GOES_ON = re.compile(r"\b\w{2,}ing\b|\b(?:is|are|who|which|stands|sits|lies)\b", re.IGNORECASE)
"""Behind “we see”, a verb form that stays right when those words go."""


def repair(project: Project, issue: Issue) -> Project | None:
    """The project without the issue; None where no repair is safe.

    A text that is repaired counts as a person's and must be spoken again. Whoever asks for it is
    a person who has read the issue.
    """
    found = _REPAIRS.get(issue.rule)
    cue = project.cue(issue.cue)
    if found is None or cue is None:
        return None
    repaired = found(project, cue, issue.language)
    return None if repaired is None or repaired == project else repaired


def _without_lead(project: Project, cue: Cue, language: str) -> Project | None:
    """“The video shows a man walking.” becomes “A man walking.”"""
    version = cue.version(language)
    match = _LEAD.fullmatch(version.text) if version is not None else None
    if match is None or not language.startswith("en"):
        return None
    rest = match["rest"]
    watched = re.search(r"\b(?:we|you) (?:can )?see\b", match[0][: match.start("rest")], re.I)
    if _NO_SUBJECT.match(rest) or (watched and not _GOES_ON.search(rest)):
        return None
    return edits.set_text(project, cue.id, language, rest[:1].upper() + rest[1:])


def _names_as_cast(project: Project, cue: Cue, language: str) -> Project | None:
    version = cue.version(language)
    if version is None:
        return None
    text = version.text
    for word, name in names.misspelt(text, project, language):
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", name, text)
    return edits.set_text(project, cue.id, language, text)


def _off_zero(project: Project, cue: Cue, _language: str) -> Project | None:
    start = project.settings.first_cue
    if cue.start >= start or start >= project.film.duration:
        return None
    return edits.set_span(project, cue.id, Span(start, max(start, cue.end)))


def _inside_film(project: Project, cue: Cue, _language: str) -> Project | None:
    if cue.start >= project.film.duration:
        return None  # where it belongs instead, only a person knows
    return edits.set_span(project, cue.id, Span(cue.start, project.film.duration))


def _apart(project: Project, cue: Cue, _language: str) -> Project | None:
    """The room ended where the next one begins, if all that is spoken in it still fits."""
    later = [one for one in project.cues if one.start > cue.start]
    next_start = min((one.start for one in later), default=cue.end)
    spoken = [one.clip.duration for one in cue.versions if one.clip is not None]
    if next_start >= cue.end or max(spoken, default=0) > next_start - cue.start:
        return None
    cues = tuple(replace(one, end=next_start) if one is cue else one for one in project.cues)
    return replace(project, cues=cues)


_REPAIRS: dict[str, Callable[[Project, Cue, str], Project | None]] = {
    "language.shows": _without_lead,
    "language.viewer": _without_lead,
    "names.spelling": _names_as_cast,
    "timing.at-zero": _off_zero,
    "timing.beyond-film": _inside_film,
    "timing.rooms-overlap": _apart,
}
