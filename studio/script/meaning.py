"""What the types of the document alone cannot say: which values a sound project may hold.

A project file may come from a stranger, so whatever becomes a file name, a colour or a place in
the picture is held to what this program itself would write.
"""

from __future__ import annotations

import re

from studio import settings
from studio.errors import UsageError
from studio.script.languages import language_code
from studio.script.model import (
    GAIN_LEAST,
    GAIN_MOST,
    PICTURE_SIDE,
    TEMPO_LEAST,
    TEMPO_MOST,
    Bed,
    Cue,
    FaceTrack,
    Line,
    Person,
    Project,
    Spot,
    Take,
    Turn,
    Version,
)
from studio.script.plain import Misfit, to_plain
from studio.times import Span

TAKE_NAME = re.compile(r"[a-z0-9-]{1,64}\.wav")
"""What a take's file may be called; a project from a stranger must not name any other file."""

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_KEY = frozenset("0123456789abcdef")


def check_meaning(project: Project) -> None:
    """Raise Misfit where a value cannot be meant, and say where."""
    try:
        settings.from_table(to_plain(project.settings))
    except UsageError as error:
        raise Misfit("settings", str(error)) from error
    film = project.film
    if min(film.duration, film.width, film.height) < 1 or film.size < 0:
        raise Misfit("film", "duration, width and height should be positive")
    for name in ("scenes", "speech", "gaps"):
        _check_order(name, [Span(one.start, one.end) for one in getattr(project, name)])
    _check_distinct("cues", [cue.id for cue in project.cues])
    _check_distinct("languages", list(project.languages))
    for code in _languages(project):
        _check_language(code)
    _check_distinct("voices", [voice.language for voice in project.voices])
    _check_people(project.people)
    known = {"", *(one.id for one in project.people)}
    _check_lines(project.lines, known)
    _check_turns(project.turns, known)
    _check_faces(project.faces, known)
    _check_beds(project.beds)
    for index, cue in enumerate(project.cues):
        _check_cue(f"cues[{index}]", cue)


def _check_order(place: str, spans: list[Span]) -> None:
    position = 0
    for index, span in enumerate(spans):
        if not position <= span.start <= span.end:
            raise Misfit(f"{place}[{index}]", "should start after the one before and not end first")
        position = span.end


def _check_distinct(place: str, names: list[str]) -> None:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if not name:
            raise Misfit(f"{place}[{index}]", "should not be empty")
        if name in seen:
            raise Misfit(f"{place}[{index}]", f"“{name}” stands there twice")
        seen.add(name)


def _languages(project: Project) -> set[str]:
    versions = {version.language for cue in project.cues for version in cue.versions}
    drafts = {draft.language for cue in project.cues for draft in cue.drafts}
    voices = {voice.language for voice in project.voices}
    said = {one.language for one in project.pronunciations}
    lines = {one.language for line in project.lines for one in line.translations}
    dialogue = {project.dialogue_language} - {""}
    return versions | drafts | voices | said | lines | dialogue | set(project.languages)


def _check_language(code: str) -> None:
    # deliveries are named after their language, so a code must not be a path
    try:
        known = language_code(code) == code
    except UsageError:
        known = False
    if not known:
        raise Misfit("languages", f"“{code}” is not a language code")


def _check_cue(place: str, cue: Cue) -> None:
    _check_stretch(place, cue.start, cue.end)
    if cue.freeze is not None and cue.freeze < 0:
        raise Misfit(f"{place}.freeze", "should not be negative")
    _check_distinct(f"{place}.versions", [version.language for version in cue.versions])
    for index, version in enumerate(cue.versions):
        _check_version(f"{place}.versions[{index}]", version)


def _check_version(place: str, version: Version) -> None:
    voice = version.voice
    if voice is not None and voice.language != version.language:
        raise Misfit(f"{place}.voice", "speaks another language")
    if not TEMPO_LEAST <= version.tempo <= TEMPO_MOST:
        raise Misfit(f"{place}.tempo", "is not a pace people can follow")
    if not GAIN_LEAST <= version.gain <= GAIN_MOST:
        raise Misfit(f"{place}.gain", f"should be from {GAIN_LEAST} to {GAIN_MOST} dB")
    clip = version.clip
    if clip is not None and not (clip.duration > 0 and clip.tempo > 0 and set(clip.key) <= _KEY):
        raise Misfit(f"{place}.clip", "is not a clip of the cache")
    _check_distinct(f"{place}.takes", [take.file for take in version.takes])
    for index, take in enumerate(version.takes):
        _check_take(f"{place}.takes[{index}]", take)
    if version.take and version.chosen_take is None:
        raise Misfit(f"{place}.take", f"“{version.take}” is none of the takes")


def _check_take(place: str, take: Take) -> None:
    if TAKE_NAME.fullmatch(take.file) is None:
        raise Misfit(f"{place}.file", "is not the name of a take")
    if not 0 <= take.start < take.end <= take.duration:
        raise Misfit(place, "should use a part of the recording")


def _check_people(people: tuple[Person, ...]) -> None:
    _check_distinct("people", [person.id for person in people])
    _check_distinct("people", [person.name for person in people if person.name])
    for index, person in enumerate(people):
        if person.colour and _COLOUR.fullmatch(person.colour) is None:
            raise Misfit(f"people[{index}].colour", "should be “#” and six of 0-9a-f")
        if person.picture is not None:
            _check_spot(f"people[{index}].picture", person.picture)


def _check_lines(lines: tuple[Line, ...], known: set[str]) -> None:
    _check_distinct("lines", [line.id for line in lines])
    for index, line in enumerate(lines):
        place = f"lines[{index}]"
        _check_stretch(place, line.start, line.end)
        _check_known(place, line.person, known)
        _check_distinct(f"{place}.translations", [one.language for one in line.translations])
        for number, word in enumerate(line.words):
            _check_stretch(f"{place}.words[{number}]", word.start, word.end)


def _check_turns(turns: tuple[Turn, ...], known: set[str]) -> None:
    for index, turn in enumerate(turns):
        _check_stretch(f"turns[{index}]", turn.start, turn.end)
        _check_known(f"turns[{index}]", turn.person, known)


def _check_faces(faces: tuple[FaceTrack, ...], known: set[str]) -> None:
    _check_distinct("faces", [face.id for face in faces])
    for index, face in enumerate(faces):
        place = f"faces[{index}]"
        _check_stretch(place, face.start, face.end)
        _check_known(place, face.person, known)
        _check_order(f"{place}.spots", [Span(spot.time, spot.time) for spot in face.spots])
        for number, spot in enumerate(face.spots):
            _check_spot(f"{place}.spots[{number}]", spot)


def _check_beds(beds: tuple[Bed, ...]) -> None:
    _check_distinct("beds", [bed.id for bed in beds])
    for index, bed in enumerate(beds):
        place = f"beds[{index}]"
        _check_stretch(place, bed.start, bed.end)
        if min(bed.fade_in, bed.fade_out, bed.seed) < 0:
            raise Misfit(place, "its fades and its seed should not be negative")
        if not GAIN_LEAST <= bed.gain <= GAIN_MOST:
            raise Misfit(f"{place}.gain", f"should be from {GAIN_LEAST} to {GAIN_MOST} dB")
        if not set(bed.sound) <= _KEY:
            raise Misfit(f"{place}.sound", "is not a sound of the cache")


def _check_stretch(place: str, start: int, end: int) -> None:
    if not 0 <= start <= end:
        raise Misfit(place, "should not end before it starts")


def _check_known(place: str, person: str, known: set[str]) -> None:
    if person not in known:
        raise Misfit(f"{place}.person", f"“{person}” is not in the cast")


def _check_spot(place: str, spot: Spot) -> None:
    right, bottom = spot.left + spot.width, spot.top + spot.height
    least = min(spot.time, spot.left, spot.top, spot.width, spot.height)
    if least < 0 or max(right, bottom) > PICTURE_SIDE:
        raise Misfit(place, "should lie in the picture, in thousandths of it")
