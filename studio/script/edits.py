"""Edits: plain functions from a project to the next one.

Each returns a project that shares all it did not touch, so comparing parts with `is` tells what
changed. What engines propose is applied here too, and never over what a person accepted.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from studio.errors import UsageError
from studio.script.model import (
    TAKE,
    Bed,
    Clip,
    Cue,
    Draft,
    FaceTrack,
    Film,
    Gap,
    Issue,
    Line,
    Mode,
    Person,
    Project,
    Pronunciation,
    Take,
    Turn,
    Version,
    VoiceChoice,
    Waiver,
)
from studio.script.saying import Sayer, rows_for, sayer
from studio.script.silence import is_silent, leave_silent, unmarked
from studio.settings import Settings
from studio.times import Span

UNSPOKEN = "speech.unspoken"
"""The rule of issues about cues that could not be spoken."""


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
    return replace(project, cues=_in_order((*project.cues, cue))), cue.id


def add_languages(project: Project, languages: Iterable[str]) -> Project:
    """The project with language versions added at the end of its list."""
    new = tuple(dict.fromkeys(one for one in languages if one not in project.languages))
    return replace(project, languages=project.languages + new)


def set_text(project: Project, cue_id: str, language: str, text: str) -> Project:
    """A person's text for a cue: it counts as accepted, and its old clip no longer fits it.

    A cue without any text left is open again; leaving it silent is another edit (silence.py).
    Words for a cue that was left silent take the mark from its gap.
    """

    def change(cue: Cue) -> Cue:
        cue = _with_text(cue, language, text)
        return replace(cue, accepted=cue.written)

    before = _cue(project, cue_id)
    changed = _change_cue(project, cue_id, change)
    if before.left_silent and text.strip():
        return replace(changed, gaps=unmarked(project.gaps, [before]))
    return changed


def put_draft(project: Project, cue_id: str, drafts: tuple[Draft, ...]) -> Project:
    """Drafts for a cue in one language, best first; the best becomes the text of an open cue.

    An accepted cue keeps its text, and one that is to stay silent its silence; they only gain
    drafts. The drafts the cue had in that language are replaced. An empty best draft proposes to
    say nothing.
    """
    if not drafts:
        return project
    language = drafts[0].language

    def change(cue: Cue) -> Cue:
        others = tuple(draft for draft in cue.drafts if draft.language != language)
        cue = replace(cue, drafts=others + drafts)
        written = cue.version(language)
        keep = is_silent(project, cue) or (
            cue.accepted and written is not None and bool(written.text)
        )
        return cue if keep else _with_text(cue, language, drafts[0].text)

    return _change_cue(project, cue_id, change)


def put_clip(project: Project, cue_id: str, language: str, text: str, clip: Clip) -> Project:
    """The clip that says `text`; ignored where the cue's text has changed since it was spoken,
    or another take, or the voice in place of one, is to be heard.
    """

    def change(cue: Cue) -> Cue:
        versions = tuple(
            replace(one, clip=clip)
            if (one.language, one.text) == (language, text) and _is_heard(one, clip)
            else one
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
    return _change_cues(project, cue_ids, lambda cue: replace(cue, mode=mode))


def set_span(project: Project, cue_id: str, span: Span) -> Project:
    """A cue with another room, kept inside the film; the cues stay in order of time."""
    start = min(max(0, span.start), project.film.duration)
    end = min(max(start, span.end), project.film.duration)
    moved = _change_cue(project, cue_id, lambda cue: replace(cue, start=start, end=end))
    return replace(moved, cues=_in_order(moved.cues))


def remove_cues(project: Project, cue_ids: Iterable[str]) -> Project:
    """The project without these cues."""
    gone = set(cue_ids)
    issues = tuple(one for one in project.issues if one.cue not in gone)
    return replace(
        project, cues=tuple(cue for cue in project.cues if cue.id not in gone), issues=issues
    )


def split_cue(project: Project, cue_id: str, at: int) -> tuple[Project, str]:
    """A cue as two, the second from `at` (film ms) on, and the second one's id.

    Each text is split between two words, nearest to where `at` lies in the room. Raises UsageError
    where `at` is not inside the cue.
    """
    cue = _cue(project, cue_id)
    if not cue.start < at < cue.end:
        raise UsageError(
            "A description is split at a place inside it.",
            advice="Move the playhead into the description first.",
        )
    part = (at - cue.start) / (cue.end - cue.start)
    texts = {one.language: _split_text(one.text, part) for one in cue.versions}
    # a take says both halves, so neither is left to it; the first keeps them to choose from
    kept, given = (
        tuple(
            replace(one, text=texts[one.language][half], clip=None, take="",
                    takes=() if half else one.takes)
            for one in cue.versions
        )
        for half in (0, 1)
    )  # fmt: skip
    project = _change_cue(project, cue_id, lambda one: replace(one, end=at, versions=kept))
    project, new_id = add_cue(project, at, cue.end, cue.mode)
    second = replace(_cue(project, new_id), versions=given, accepted=cue.accepted)
    return _change_cue(project, new_id, lambda _: second), new_id


def set_freeze(project: Project, freeze: int | None, cue_ids: Iterable[str]) -> Project:
    """How long the film waits for these cues, in ms; None lets the planner decide."""
    return _change_cues(project, cue_ids, lambda cue: replace(cue, freeze=freeze))


def set_note(project: Project, cue_id: str, note: str) -> Project:
    """A note for who works on the cue; nobody hears it."""
    return _change_cue(project, cue_id, lambda cue: replace(cue, note=note))


def set_accepted(project: Project, accepted: bool, cue_ids: Iterable[str]) -> Project:
    """Whether a person stands for the texts of these cues; then no engine overwrites them.

    There is nothing to stand for where no text is.
    """

    def change(cue: Cue) -> Cue:
        return replace(cue, accepted=accepted and (cue.written or cue.accepted))

    return _change_cues(project, cue_ids, change)


def choose_draft(project: Project, cue_id: str, draft: Draft) -> Project:
    """A draft as the text of its cue. A person chose it, so it counts as accepted.

    An empty draft proposes to say nothing: the cue is left silent.
    """
    if not draft.text.strip():
        return leave_silent(project, [cue_id])
    return set_text(project, cue_id, draft.language, draft.text)


def set_cue_voice(
    project: Project, language: str, voice: VoiceChoice | None, cue_ids: Iterable[str]
) -> Project:
    """Who says these cues in `language`; None gives them back to the voice of the language.

    Only cues that have a text in that language can have a voice. Clips stay until the cues are
    spoken again.
    """
    return _change_versions(project, language, cue_ids, lambda one: replace(one, voice=voice))


def set_tempo(project: Project, language: str, tempo: float, cue_ids: Iterable[str]) -> Project:
    """How fast these cues are said in `language`, in times of the voice's own pace."""
    return _change_versions(project, language, cue_ids, lambda one: replace(one, tempo=tempo))


def set_gain(project: Project, language: str, gain: float, cue_ids: Iterable[str]) -> Project:
    """How much louder than the others these cues are in `language`, in dB."""
    return _change_versions(project, language, cue_ids, lambda one: replace(one, gain=gain))


def put_take(project: Project, cue_id: str, language: str, take: Take) -> Project:
    """A recording of a cue, new or trimmed anew (known by its file); it is the one to be heard."""

    def change(one: Version) -> Version:
        others = tuple(take if old.file == take.file else old for old in one.takes)
        takes = others if take in others else (*others, take)
        return replace(one, takes=takes, take=take.file, clip=None)

    return _change_versions(project, language, [cue_id], change)


def choose_take(project: Project, cue_id: str, language: str, file: str) -> Project:
    """Which recording of a cue is heard; "" gives it back to the voice."""

    def change(one: Version) -> Version:
        return one if one.take == file else replace(one, take=file, clip=None)

    return _change_versions(project, language, [cue_id], change)


def remove_take(project: Project, cue_id: str, language: str, file: str) -> Project:
    """A cue without one of its recordings; the file stays, so that undo brings it back."""

    def change(one: Version) -> Version:
        takes = tuple(take for take in one.takes if take.file != file)
        if one.take != file:
            return replace(one, takes=takes)
        return replace(one, takes=takes, take="", clip=None)

    return _change_versions(project, language, [cue_id], change)


def set_people(project: Project, people: Iterable[Person]) -> Project:
    """The cast. Lines, turns and faces of who is no longer in it become nobody's."""
    cast = tuple(people)
    known = {"", *(one.id for one in cast)}
    return replace(
        project,
        people=cast,
        lines=_of_known(project.lines, known),
        turns=tuple(one for one in project.turns if one.person in known),
        faces=_of_known(project.faces, known),
    )


Owned = TypeVar("Owned", Line, FaceTrack)


def _of_known(owned: tuple[Owned, ...], known: Collection[str]) -> tuple[Owned, ...]:
    if all(one.person in known for one in owned):
        return owned
    return tuple(
        one if one.person in known else replace(one, person="", settled=False) for one in owned
    )


def set_lines(project: Project, lines: Iterable[Line], language: str | None = None) -> Project:
    """What people in the film say, in order of time; language: of the dialogue, None keeps it."""
    spoken = project.dialogue_language if language is None else language
    ordered = tuple(sorted(lines, key=lambda line: (line.start, line.end)))
    return replace(project, lines=ordered, dialogue_language=spoken)


def set_turns(project: Project, turns: Iterable[Turn]) -> Project:
    """Who speaks when, in order of time; turns of two people may overlap."""
    ordered = tuple(sorted(turns, key=lambda turn: (turn.start, turn.end)))
    return replace(project, turns=ordered)


def set_faces(project: Project, faces: Iterable[FaceTrack]) -> Project:
    """Whose face is where, in order of time."""
    ordered = tuple(sorted(faces, key=lambda face: (face.start, face.end)))
    return replace(project, faces=ordered)


def set_beds(project: Project, beds: Iterable[Bed]) -> Project:
    """The background sound, in order of time."""
    return replace(project, beds=tuple(sorted(beds, key=lambda bed: bed.start)))


def set_story(project: Project, story: str) -> Project:
    """The story so far, as it is told to describers that can read."""
    return replace(project, story=story)


def set_pronunciations(project: Project, rows: Iterable[Pronunciation]) -> Project:
    """How words are said. Clips go where a voice would now say the text in another way."""
    changed = replace(project, pronunciations=tuple(rows))

    @functools.cache
    def sayers(language: str) -> tuple[Sayer, Sayer]:
        tables = (project.pronunciations, changed.pronunciations)
        before, after = (sayer(rows_for(table, language)) for table in tables)
        return before, after

    def without_old_clip(one: Version) -> Version:
        if one.clip is None or one.take:
            return one
        before, after = sayers(one.language)
        return one if before(one.text) == after(one.text) else replace(one, clip=None)

    def change(cue: Cue) -> Cue:
        return replace(cue, versions=tuple(without_old_clip(one) for one in cue.versions))

    return _change_cues(changed, [cue.id for cue in project.cues], change)


def set_style(project: Project, style: str) -> Project:
    """The house style the texts are checked against, by name."""
    return replace(project, style=style)


def waive(project: Project, waiver: Waiver) -> Project:
    """The project with an issue let pass; an earlier reason for the same issue is replaced."""
    return replace(project, waivers=(*_other_waivers(project, waiver), waiver))


def unwaive(project: Project, waiver: Waiver) -> Project:
    """The project with that issue open again."""
    return replace(project, waivers=_other_waivers(project, waiver))


def _other_waivers(project: Project, waiver: Waiver) -> tuple[Waiver, ...]:
    same = (waiver.rule, waiver.cue, waiver.language)
    return tuple(one for one in project.waivers if (one.rule, one.cue, one.language) != same)


def set_leave_silent(project: Project, start: int, leave_silent: bool) -> Project:
    """Whether the gap that starts at `start` (film ms) is meant to stay without description."""
    gaps = (
        replace(gap, leave_silent=leave_silent) if gap.start == start else gap
        for gap in project.gaps
    )
    return replace(project, gaps=tuple(gaps))


def set_settings(project: Project, settings: Settings) -> Project:
    """The numbers the project is planned with. Gaps stay until the film is analysed again."""
    return replace(project, settings=settings)


def adopt_analysis(project: Project, analysed: Project) -> Project:
    """What an analysis found while the describer went on working on `project`.

    A gap that was to stay silent still is. Cues are untouched.
    """
    silent = {gap.span for gap in project.gaps if gap.leave_silent}
    gaps = (replace(gap, leave_silent=gap.span in silent) for gap in analysed.gaps)
    film = replace(project.film, loudness=analysed.film.loudness)
    return put_analysis(replace(project, film=film), analysed.scenes, analysed.speech, gaps)


def adopt_drafts(project: Project, before: Project, drafted: Project) -> Project:
    """What drafting made of `before` while the describer went on from there to `project`.

    Accepted texts stay, deleted cues stay deleted, and a new cue comes in only where the describer
    has made none meanwhile. What drafting reported of these cues takes the place of what it
    reported before.
    """
    known = {cue.id for cue in before.cues}
    here = {cue.id for cue in project.cues}
    rooms = [Span(cue.start, cue.end) for cue in project.cues if cue.id not in known]
    project = add_languages(project, drafted.languages)
    adopted: dict[str, str] = {}
    for cue in drafted.cues:
        cue_id = cue.id
        if cue_id not in known:
            if any(_meets(Span(cue.start, cue.end), room) for room in rooms):
                continue
            project, cue_id = add_cue(project, cue.start, cue.end, cue.mode)
        elif cue_id not in here:
            continue
        adopted[cue.id] = cue_id
        old = before.cue(cue.id) if cue.id in known else None
        for language in dict.fromkeys(draft.language for draft in cue.drafts):
            drafts = _drafts(cue, language)
            if old is None or drafts != _drafts(old, language):
                project = put_draft(project, cue_id, drafts)
    return _with_reports(project, drafted, adopted)


def _with_reports(project: Project, drafted: Project, adopted: Mapping[str, str]) -> Project:
    """The project with what drafting reported; adopted: the ids of cues there and here."""
    here = set(adopted.values())
    settled = {cue.id for cue in project.cues if cue.accepted}
    kept = tuple(one for one in project.issues if not (_is_report(one) and one.cue in here))
    new = tuple(
        replace(one, cue=adopted[one.cue])
        for one in drafted.issues
        if _is_report(one) and one.cue in adopted and adopted[one.cue] not in settled
    )
    issues = (*kept, *new)
    return project if issues == project.issues else replace(project, issues=issues)


def _is_report(issue: Issue) -> bool:
    return issue.rule.startswith("drafting.")


def _drafts(cue: Cue, language: str) -> tuple[Draft, ...]:
    return tuple(draft for draft in cue.drafts if draft.language == language)


def _meets(one: Span, other: Span) -> bool:
    return one.start == other.start or one.overlap(other) > 0


def put_issues(
    project: Project,
    room: str,
    language: str,
    issues: Iterable[Issue],
    cue_ids: Collection[str] | None = None,
) -> Project:
    """What one room ("speech", "drafting") reports of a language now, in place of its last word.

    cue_ids: the cues it speaks of now; what it said of others stays. None: of all.
    """
    others = (
        one
        for one in project.issues
        if not (one.rule.startswith(f"{room}.") and one.language == language)
        or (cue_ids is not None and one.cue not in cue_ids)
    )
    return replace(project, issues=(*others, *issues))


def put_spoken(
    project: Project,
    language: str,
    cue_ids: Collection[str],
    clips: Iterable[tuple[str, str, Clip]],
    issues: Iterable[Issue],
) -> Project:
    """What speaking these cues gave: clips (cue id, text, clip) and what could not be spoken.

    A clip is taken only where the cue is still there and still has that text, and that take or a
    voice is still to be heard.
    """
    spoken = {(cue_id, text): clip for cue_id, text, clip in clips}

    def change(cue: Cue) -> Cue:
        versions = tuple(
            replace(one, clip=clip)
            if one.language == language
            and (clip := spoken.get((cue.id, one.text))) is not None
            and _is_heard(one, clip)
            else one
            for one in cue.versions
        )
        return replace(cue, versions=versions)

    project = _change_cues(project, {cue_id for cue_id, _ in spoken}, change)
    kept = tuple(
        one
        for one in project.issues
        if not (one.rule == UNSPOKEN and one.language == language and one.cue in cue_ids)
    )
    found = (*kept, *(one for one in issues if project.cue(one.cue) is not None))
    return project if found == project.issues else replace(project, issues=found)


def _is_heard(version: Version, clip: Clip) -> bool:
    """Whether a clip is of the take that was chosen, or of a voice where none was."""
    return (clip.voice if clip.speaker == TAKE else "") == version.take


def _with_text(cue: Cue, language: str, text: str) -> Cue:
    old = cue.version(language)
    if old is not None and old.text == text:
        return cue
    new = Version(language, text) if old is None else replace(old, text=text, clip=None)
    versions = tuple(new if one is old else one for one in cue.versions)
    return replace(cue, versions=versions if old is not None else (*versions, new))


def _split_text(text: str, part: float) -> tuple[str, str]:
    """`text` in two, between the words nearest to `part` (0..1) of its length."""
    words = text.split()
    if len(words) < 2:  # noqa: PLR2004  # one word cannot be two
        return text, ""
    lengths = list(itertools.accumulate(len(word) + 1 for word in words))
    cut = min(range(1, len(words)), key=lambda count: abs(lengths[count - 1] - part * lengths[-1]))
    return " ".join(words[:cut]), " ".join(words[cut:])


def _in_order(cues: Iterable[Cue]) -> tuple[Cue, ...]:
    return tuple(sorted(cues, key=lambda one: (one.start, one.end)))


def _cue(project: Project, cue_id: str) -> Cue:
    cue = project.cue(cue_id)
    if cue is None:
        raise UsageError(f"There is no cue “{cue_id}” in this project.")
    return cue


def _change_cue(project: Project, cue_id: str, change: Callable[[Cue], Cue]) -> Project:
    _cue(project, cue_id)
    return _change_cues(project, [cue_id], change)


def _change_cues(project: Project, cue_ids: Iterable[str], change: Callable[[Cue], Cue]) -> Project:
    """With these cues changed; the same project where that makes no difference."""
    wanted = set(cue_ids)
    cues = []
    for cue in project.cues:
        changed = change(cue) if cue.id in wanted else cue
        cues.append(cue if changed is cue or changed == cue else changed)
    if all(new is old for new, old in zip(cues, project.cues, strict=True)):
        return project
    return replace(project, cues=tuple(cues))


def _change_versions(
    project: Project,
    language: str,
    cue_ids: Iterable[str],
    change: Callable[[Version], Version],
) -> Project:
    def in_language(cue: Cue) -> Cue:
        versions = (change(one) if one.language == language else one for one in cue.versions)
        return replace(cue, versions=tuple(versions))

    return _change_cues(project, cue_ids, in_language)


def _new_id(project: Project) -> str:
    used = {cue.id for cue in project.cues}
    number = len(used) + 1
    while f"c{number}" in used:
        number += 1
    return f"c{number}"
