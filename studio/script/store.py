"""The project file: one UTF-8 JSON file, `name.adproject`.

`format`, `version` and `written_by` come first, then the document in the order in which model.py
declares it. Reading is strict (plain.py): damage is an error that names its place, never a guess.
Writing goes beside the file and then takes its place, so a crash leaves the old or the new one.
A project file may come from a stranger: it is data only, its size is limited, and the film it
names is opened only as a local file (media/ffmpeg.py).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import studio
from studio import settings
from studio.errors import ProjectError, UsageError
from studio.script import migrations
from studio.script.languages import language_code
from studio.script.model import (
    GAIN_LEAST,
    GAIN_MOST,
    TEMPO_LEAST,
    TEMPO_MOST,
    Cue,
    Project,
    Take,
    Version,
)
from studio.script.plain import Misfit, from_plain, to_plain
from studio.times import Span

SUFFIX = ".adproject"
FORMAT = "audio-description-project"
LARGEST_FILE = 64 * 1024 * 1024  # bytes; 1,500 cues in five languages need 2 MiB

TAKE_NAME = re.compile(r"[a-z0-9-]{1,64}\.wav")
"""What a take's file may be called; a project from a stranger must not name any other file."""

_HEADER = ("format", "version", "written_by")


def takes_folder(path: Path) -> Path:
    """Where the recordings of the project file `path` lie."""
    return path.with_name(f"{path.stem} takes")


def save(project: Project, path: Path) -> None:
    """Write `project` to `path`, whole or not at all. Raises ProjectError."""
    write_text(path, to_text(project))


def to_text(project: Project) -> str:
    """The project file's content."""
    header = {
        "format": FORMAT,
        "version": migrations.VERSION,
        "written_by": f"studio {studio.__version__}",
    }
    return json.dumps(header | to_plain(project), ensure_ascii=False, indent=1) + "\n"


def load(path: Path) -> Project:
    """The project in `path`; an older file is upgraded and its original kept beside it.

    Raises ProjectError when the file cannot be read, is damaged, or is newer than this program.
    """
    plain = _parse(path)
    version = _version(path, plain)
    if version < migrations.VERSION:
        plain = migrations.upgrade(plain, version)
    body = {key: value for key, value in plain.items() if key not in _HEADER}
    try:
        project = from_plain(Project, body)
        _check_meaning(project)
    except (Misfit, RecursionError) as error:
        _refuse(path, str(error))
    if version < migrations.VERSION:
        _keep_original(path, version)
    return project


def write_text(path: Path, text: str) -> None:
    """Write beside `path`, flush to disk, then take its place. Raises ProjectError."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write beside `path`, flush to disk, then take its place. Raises ProjectError."""

    def fill(handle: int) -> None:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    _replace(path, fill)


def _replace(path: Path, fill: Callable[[int], None]) -> None:
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        temporary = Path(name)
        fill(handle)
        _give_usual_permissions(temporary, path)
        temporary.replace(path)
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be written ({error.strerror or error}).",
            "What was in it before is unchanged.",
            "Check that the folder exists, can be written to and has room, or save elsewhere.",
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()


def _give_usual_permissions(temporary: Path, path: Path) -> None:
    # mkstemp makes files only their owner can read; keep what the old file had, or the usual mode
    if path.exists():
        temporary.chmod(path.stat().st_mode & 0o777)
    else:
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)


def _parse(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            _refuse(path, f"it is larger than {LARGEST_FILE // 1024 // 1024} MiB")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise ProjectError(
            f"There is no project {path}.", advice="Make one with: studio new FILM"
        ) from error
    except UnicodeDecodeError:
        _refuse(path, "it is not UTF-8 text")
    except OSError as error:
        raise ProjectError(f"{path} cannot be read ({error.strerror or error}).") from error
    try:
        plain = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        _refuse(path, str(error))
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        _refuse(path, f"it does not say “format”: “{FORMAT}”")
    return plain


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twice = next((key for key, count in Counter(k for k, _ in pairs).items() if count > 1), None)
    if twice is not None:
        raise ValueError(f"“{twice}” stands twice in one object")
    return dict(pairs)


def _version(path: Path, plain: dict[str, Any]) -> int:
    version = plain.get("version")
    if type(version) is not int or version < 1:
        _refuse(path, "version: should be a whole number from 1")
    if type(plain.get("written_by")) is not str:
        _refuse(path, "written_by: should be text")
    if version > migrations.VERSION:
        raise ProjectError(
            f"{path} was written by a newer studio ({plain['written_by']}, version {version}).",
            f"This studio reads up to version {migrations.VERSION} and leaves the file untouched.",
            "Update the studio to open it.",
        )
    return version


def _keep_original(path: Path, version: int) -> None:
    kept = path.with_name(f"{path.stem}.v{version}{path.suffix}")
    if not kept.exists():
        # where nothing can be written beside it, nothing can be written over it either
        with contextlib.suppress(ProjectError):
            write_text(kept, path.read_text(encoding="utf-8-sig"))


def _refuse(path: Path, problem: str) -> NoReturn:
    raise ProjectError(
        f"{path} is not a sound project file: {problem}.",
        "It was not opened and is unchanged.",
        "Restore it from a backup, or make the project anew with: studio new FILM",
    )


# --- what types alone cannot say ------------------------------------------------------------------


def _check_meaning(project: Project) -> None:
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
    _check_distinct("people", [person.name for person in project.people])
    for index, cue in enumerate(project.cues):
        _check_cue(f"cues[{index}]", cue)


def _check_order(place: str, spans: list[Span]) -> None:
    position = 0
    for index, span in enumerate(spans):
        if not position <= span.start <= span.end:
            raise Misfit(f"{place}[{index}]", "should start after the one before and not end first")
        position = span.end


def _check_distinct(place: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        if not name:
            raise Misfit(f"{place}[{index}]", "should not be empty")
        if name in names[:index]:
            raise Misfit(f"{place}[{index}]", f"“{name}” stands there twice")


def _languages(project: Project) -> set[str]:
    versions = {version.language for cue in project.cues for version in cue.versions}
    drafts = {draft.language for cue in project.cues for draft in cue.drafts}
    voices = {voice.language for voice in project.voices}
    said = {one.language for one in project.pronunciations}
    return versions | drafts | voices | said | set(project.languages)


def _check_language(code: str) -> None:
    # deliveries are named after their language, so a code must not be a path
    try:
        known = language_code(code) == code
    except UsageError:
        known = False
    if not known:
        raise Misfit("languages", f"“{code}” is not a language code")


def _check_cue(place: str, cue: Cue) -> None:
    if not 0 <= cue.start <= cue.end:
        raise Misfit(place, "should not end before it starts")
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
    if clip is not None and not (
        clip.duration > 0 and clip.tempo > 0 and set(clip.key) <= set("0123456789abcdef")
    ):
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
