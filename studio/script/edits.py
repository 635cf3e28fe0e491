"""Edits: plain functions from a project to the next one.

Each returns a project that shares all it did not touch, so comparing parts with `is` tells what
changed. What engines propose is applied here too, and never over what a person accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from studio.errors import UsageError
from studio.script.model import (
    Clip,
    Cue,
    Draft,
    Film,
    Gap,
    Issue,
    Mode,
    Project,
    Version,
    VoiceChoice,
)
from studio.times import Span


def put_analysis(
    project: Project, scenes: Iterable[Span], speech: Iterable[Span], gaps: Iterable[Gap]
) -> Project:
    """The project with what was found in the film; cues stay as they are."""
    return replace(project, scenes=tuple(scenes), speech=tuple(speech), gaps=tuple(gaps))


def relink(project: Project, film: Film) -> Project:
    """The project with its film at a new place."""
    return replace(project, film=film)


def add_cue(project: Project, start: int, end: int, mode: Mode = "auto") -> tuple[Project, str]:
    """The project with an empty cue in the room start..end (ms), and the new cue's id."""
    cue = Cue(id=_new_id(project), start=start, end=end, mode=mode)
    cues = sorted((*project.cues, cue), key=lambda one: (one.start, one.end))
    return replace(project, cues=tuple(cues)), cue.id


def add_languages(project: Project, languages: Iterable[str]) -> Project:
    """The project with language versions added at the end of its list."""
    new = tuple(dict.fromkeys(one for one in languages if one not in project.languages))
    return replace(project, languages=project.languages + new)


def set_text(project: Project, cue_id: str, language: str, text: str) -> Project:
    """A person's text for a cue: it counts as accepted, and its old clip no longer fits it."""
    return _change_cue(
        project, cue_id, lambda cue: replace(_with_text(cue, language, text), accepted=True)
    )


def put_draft(project: Project, cue_id: str, drafts: tuple[Draft, ...]) -> Project:
    """Drafts for a cue in one language, best first; the best becomes the text of an open cue.

    An accepted cue keeps its text and only gains drafts. The drafts the cue had in that language
    are replaced.
    """
    if not drafts:
        return project
    language = drafts[0].language

    def change(cue: Cue) -> Cue:
        others = tuple(draft for draft in cue.drafts if draft.language != language)
        cue = replace(cue, drafts=others + drafts)
        written = cue.version(language)
        keep = cue.accepted and written is not None and written.text
        return cue if keep else _with_text(cue, language, drafts[0].text)

    return _change_cue(project, cue_id, change)


def put_clip(project: Project, cue_id: str, language: str, text: str, clip: Clip) -> Project:
    """The clip that says `text`; ignored where the cue's text has changed since it was spoken."""

    def change(cue: Cue) -> Cue:
        versions = tuple(
            replace(one, clip=clip) if (one.language, one.text) == (language, text) else one
            for one in cue.versions
        )
        return replace(cue, versions=versions)

    return _change_cue(project, cue_id, change)


def set_voice(project: Project, choice: VoiceChoice) -> Project:
    """Who speaks a language. Clips stay until the cues are spoken again."""
    others = tuple(one for one in project.voices if one.language != choice.language)
    return replace(project, voices=(*others, choice))


def set_mode(project: Project, mode: Mode, cue_ids: Iterable[str]) -> Project:
    """How these cues may fit: see Cue.mode."""
    wanted = set(cue_ids)
    cues = (replace(cue, mode=mode) if cue.id in wanted else cue for cue in project.cues)
    return replace(project, cues=tuple(cues))


def put_issues(project: Project, room: str, language: str, issues: Iterable[Issue]) -> Project:
    """What one room ("speech", "drafting") reports of a language now, in place of its last word."""
    others = (
        one
        for one in project.issues
        if not (one.rule.startswith(f"{room}.") and one.language == language)
    )
    return replace(project, issues=(*others, *issues))


def import_texts(project: Project, language: str, cues: Iterable[tuple[Span, str]]) -> Project:
    """Texts from a script, put on the cues they belong to; new cues where none is near.

    A text belongs to the cue whose start is nearest, if the two overlap or start within a second
    of each other, and each cue takes one text. All imported texts count as a person's words.
    """
    project = add_languages(project, [language])
    free = {cue.id: Span(cue.start, cue.end) for cue in project.cues}
    for span, text in sorted(cues):
        cue_id = _nearest(free, span)
        if cue_id is None:
            project, cue_id = add_cue(project, span.start, span.end)
        else:
            del free[cue_id]
        project = set_text(project, cue_id, language, text)
    return project


_NEAR = 1000  # ms


def _nearest(cues: Mapping[str, Span], span: Span) -> str | None:
    near = [
        (abs(room.start - span.start), cue_id)
        for cue_id, room in cues.items()
        if room.overlap(span) or abs(room.start - span.start) <= _NEAR
    ]
    return min(near)[1] if near else None


def _with_text(cue: Cue, language: str, text: str) -> Cue:
    old = cue.version(language)
    if old is not None and old.text == text:
        return cue
    new = Version(language, text)
    versions = tuple(new if one is old else one for one in cue.versions)
    return replace(cue, versions=versions if old is not None else (*versions, new))


def _change_cue(project: Project, cue_id: str, change: Callable[[Cue], Cue]) -> Project:
    if project.cue(cue_id) is None:
        raise UsageError(f"There is no cue “{cue_id}” in this project.")
    cues = tuple(change(cue) if cue.id == cue_id else cue for cue in project.cues)
    return replace(project, cues=cues)


def _new_id(project: Project) -> str:
    used = {cue.id for cue in project.cues}
    number = len(used) + 1
    while f"c{number}" in used:
        number += 1
    return f"c{number}"
