"""From a project to a script and back: what a project holds, as other programs can have it.

A project has no fields for the voice of a person, for text that is seen, or for another program's
status. Those stand in the note of a cue as lines with a label ("On screen: EXIT"), and are told
from it again on the way out, so nothing of a person's is lost.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from studio.script import edits
from studio.script.formats.labels import labelled, unlabelled
from studio.script.formats.script import Entry, Script
from studio.script.formats.text import clean
from studio.script.model import Cue, Placement, Project, Version
from studio.times import Span

ACCEPTED, DRAFT, LEFT_OUT = "accepted", "draft", "left out"
"""The studio's own words for how far an entry is. Other words are kept in the cue's note."""

_SHORTEST_ENTRY = 100  # ms; the length by which players know a cue that makes them pause
_NEAR = 1000  # ms


# --- out ------------------------------------------------------------------------------------------


def script_of(
    project: Project,
    language: str,
    placements: Iterable[Placement],
    *,
    players: bool = False,
    dialogue: tuple[Entry, ...] = (),
) -> Script:
    """The written cues of one language, in order of film time.

    placements: from speech.fit.plan. A spoken cue lasts as long as its clip, or until the film
    waits for it; any other takes its room. players: for those who watch, so without what is left
    out of the film and without what only those who work on it need to know. dialogue: what people
    say in the film, as far as that is known.
    """
    planned = {place.cue: place for place in placements}
    entries = []
    for cue in project.cues:
        version = cue.version(language)
        place = planned.get(cue.id)
        if version is None or not version.text.strip():
            continue
        left_out = place is not None and place.state == LEFT_OUT
        if players and left_out:
            continue
        entry = _entry(project, cue, version, place)
        if left_out:
            entry = replace(entry, status=LEFT_OUT)
        entries.append(_for_players(entry, cue) if players else entry)
    return Script(
        tuple(sorted(entries, key=lambda one: one.span)),
        language=language,
        title=Path(project.film.path).stem,
        rate=project.film.rate,
        duration=project.film.duration,
        scenes=project.scenes,
        dialogue=dialogue,
        pronunciations=tuple(one for one in project.pronunciations if one.language == language),
    )


def _entry(project: Project, cue: Cue, version: Version, place: Placement | None) -> Entry:
    span = Span(cue.start, max(cue.end, cue.start + _SHORTEST_ENTRY))
    extended, freeze = cue.mode == "extended", cue.freeze
    if place is not None and place.clip is not None:
        end = place.start + place.duration
        if place.freeze:
            end = min(end, place.freeze_at)
        span = Span(place.start, max(end, place.start + _SHORTEST_ENTRY))
        extended, freeze = place.freeze > 0, place.freeze or None
    entry = Entry(
        span,
        version.text,
        id=cue.id,
        status=ACCEPTED if cue.accepted else DRAFT,
        extended=extended,
        freeze=freeze,
        room=max(0, cue.end - span.start),
    )
    entry = _with_note(entry, cue.note)
    return entry if entry.voice else replace(entry, voice=_voice(project, version))


def _with_note(entry: Entry, note: str) -> Entry:
    """The entry with what the note of its cue says; only there can settings and words be."""
    said, rest = unlabelled(Entry(entry.span, ""), note.split("\n"))
    return replace(
        entry,
        voice=said.voice,
        on_screen=said.on_screen,
        status=said.status or entry.status,
        settings=said.settings,
        note="\n".join([*([said.note] if said.note else []), *rest]).strip(),
    )


def _voice(project: Project, version: Version) -> str:
    """Who says it: the studio's voice, or nobody the studio knows where a person recorded it."""
    choice = project.voice_of(version)
    return "" if choice is None or version.take else choice.voice


def _for_players(entry: Entry, cue: Cue) -> Entry:
    said, _ = unlabelled(Entry(entry.span, ""), cue.note.split("\n"))
    return replace(entry, voice=said.voice, status=said.status)


# --- in -------------------------------------------------------------------------------------------


def import_script(
    project: Project, language: str, script: Script, placements: Sequence[Placement] = ()
) -> tuple[Project, tuple[str, ...]]:
    """The project with a script's entries, and sentences on what it could not take over.

    An entry belongs to the cue of its id, or else the one whose start is nearest, if the two
    overlap or start within a second of each other, and each cue takes one entry; new cues where
    none is near. Imported texts count as a person's words, unless the script calls them drafts and
    they are no news. placements: the present plan; a freeze that only repeats it is no news either.
    """
    project = edits.add_languages(project, [language])
    free = {cue.id: Span(cue.start, cue.end) for cue in project.cues}
    cues = {cue.id: cue for cue in project.cues}
    planned = {place.cue: place.freeze for place in placements}
    number = len(cues)
    cleaned = (replace(entry, text=clean(entry.text)) for entry in script.entries)
    written = (entry for entry in cleaned if entry.text)
    for entry in sorted(written, key=lambda one: one.span):
        cue_id = entry.id if _meet(free.get(entry.id), entry.span) else _nearest(free, entry.span)
        # each edit looks at all cues, so it is given a project of the one it is about
        if cue_id is None:
            number = next(one for one in itertools.count(number + 1) if f"c{one}" not in cues)
            cue_id = f"c{number}"
            alone = replace(project, cues=(Cue(cue_id, entry.span.start, entry.span.end),))
            alone = _with_wait(alone, cue_id, entry)
        else:
            del free[cue_id]
            alone = replace(project, cues=(cues[cue_id],))
            alone = _with_new_wait(alone, cue_id, entry, planned.get(cue_id, 0))
        [cues[cue_id]] = _with_entry(alone, cue_id, language, entry).cues
    in_order = sorted(cues.values(), key=lambda one: (one.start, one.end))
    return replace(project, cues=tuple(in_order)), _untaken(project, script)


def _meet(room: Span | None, span: Span) -> bool:
    return room is not None and (room.overlap(span) > 0 or abs(room.start - span.start) <= _NEAR)


def _nearest(cues: Mapping[str, Span], span: Span) -> str | None:
    near = [
        (abs(room.start - span.start), cue_id) for cue_id, room in cues.items() if _meet(room, span)
    ]
    return min(near)[1] if near else None


def _with_wait(project: Project, cue_id: str, entry: Entry) -> Project:
    """A new cue that waits as the script says."""
    if entry.extended:
        project = edits.set_mode(project, "extended", [cue_id])
    return edits.set_freeze(project, entry.freeze, [cue_id])


def _with_new_wait(project: Project, cue_id: str, entry: Entry, planned: int) -> Project:
    """A known cue that waits where the script says something else than the plan."""
    cue = project.cue(cue_id)
    if cue is None:
        return project
    if entry.freeze is not None and entry.freeze not in (planned, cue.freeze):
        project = edits.set_freeze(project, entry.freeze, [cue_id])
    if entry.extended and cue.mode == "inline":
        project = edits.set_mode(project, "extended", [cue_id])
    return project


def _with_entry(project: Project, cue_id: str, language: str, entry: Entry) -> Project:
    cue = project.cue(cue_id)
    version = None if cue is None else cue.version(language)
    known = version is not None and version.text == entry.text
    accepted = True
    if entry.status == DRAFT and (known or version is None or not version.text):
        accepted = False
    if entry.status == LEFT_OUT and known and cue is not None:
        accepted = cue.accepted
    project = edits.set_text(project, cue_id, language, entry.text)
    project = edits.set_accepted(project, accepted, [cue_id])
    return edits.set_note(project, cue_id, _note(project, cue_id, language, entry))


def _note(project: Project, cue_id: str, language: str, entry: Entry) -> str:
    """The note of a cue: what it said before, and what of the entry has no field in a project.

    A field that the entry has replaces what the note said of it; notes of both are kept.
    """
    cue = project.cue(cue_id)
    if cue is None:
        return ""
    version = cue.version(language)
    said, rest = unlabelled(Entry(entry.span, ""), cue.note.split("\n"))
    lines = [one for one in "\n".join([said.note, *rest]).split("\n") if one.strip()]
    lines += [one for one in entry.note.split("\n") if one.strip() and one not in lines]
    known_voice = "" if version is None else _voice(project, version)
    voice = "" if entry.voice == known_voice else entry.voice
    status = "" if entry.status in (ACCEPTED, DRAFT, LEFT_OUT) else entry.status
    told = Entry(
        entry.span,
        "",
        voice=voice or said.voice,
        on_screen=entry.on_screen or said.on_screen,
        status=status or said.status,
        settings=entry.settings or said.settings,
        note="\n".join(lines),
    )
    new = labelled(told, bare_notes=True, settings=True)
    same = set(new) == {one.strip() for one in cue.note.split("\n")} - {""}
    return cue.note if same else "\n".join(new)


def _untaken(project: Project, script: Script) -> tuple[str, ...]:
    """Sentences on what of a script has no place in a project."""
    said = []
    beyond = sum(entry.span.start >= project.film.duration for entry in script.entries)
    if beyond:
        count = "1 description begins" if beyond == 1 else f"{beyond} descriptions begin"
        said.append(f"{count} after the end of the film; check that the script is for this one.")
    if script.dialogue:
        said.append(
            f"The {len(script.dialogue)} lines of dialogue were not taken over; a project keeps "
            "where people speak, not what they say."
        )
    remarks = [" ".join(one.split()) for one in (*script.notes, *script.closing)]
    said += [f"The file says of itself, and the project does not keep: {one}" for one in remarks]
    if script.settings:
        said.append("The styles and regions of the file were not taken over.")
    return tuple(said)
