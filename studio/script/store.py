"""The project file: one UTF-8 JSON file, `name.adproject`.

`format`, `version` and `written_by` come first, then the document in the order in which model.py
declares it. Reading is strict (plain.py): damage is an error that names its place, never a guess.
Writing goes beside the file and then takes its place, so a crash leaves the old or the new one.
A project file may come from a stranger: it is data only, its size is limited, and the film it
names is opened only as a local file (media/ffmpeg.py).
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import studio
from studio.errors import ProjectError
from studio.script import migrations
from studio.script.meaning import check_meaning
from studio.script.model import Project
from studio.script.plain import Misfit, from_plain, to_plain

SUFFIX = ".adproject"
FORMAT = "audio-description-project"
LARGEST_FILE = 64 * 1024 * 1024  # bytes; 1,500 cues in five languages need 2 MiB

_HEADER = ("format", "version", "written_by")


def takes_folder(path: Path) -> Path:
    """Where the recordings of the project file `path` lie."""
    return path.with_name(f"{path.stem} takes")


def save(project: Project, path: Path) -> None:
    """Write `project` to `path`, whole or not at all. Raises ProjectError."""
    write_text(path, to_text(project))


def to_text(project: Project) -> str:
    """The project file's content: the indented JSON of all of it.

    What was written before is not put into words again: of a long project an edit changes one part
    in thousands, and while a thread is at this the window shares the interpreter with it.
    """
    global _written  # noqa: PLW0603  # remembers values of a pure function
    header = {
        "format": FORMAT,
        "version": migrations.VERSION,
        "written_by": f"studio {studio.__version__}",
    }
    last, known = _written, _Written()
    parts = [f' "{name}": {_dumped(value)}' for name, value in header.items()]
    for field in dataclasses.fields(project):
        text = _in_words(getattr(project, field.name), last, known)
        parts.append(f' "{field.name}": {text}')
    _written = known
    return "{\n" + ",\n".join(parts) + "\n}\n"


def get_ready(project: Project, check: Callable[[], None]) -> None:
    """Put the many parts of `project` into words, so that `to_text` finds them done.

    check: called between them; where it raises, what is done stays done.
    """
    global _written  # noqa: PLW0603  # see to_text
    last, known = _written, _Written()
    try:
        for field in dataclasses.fields(project):
            value = getattr(project, field.name)
            for item in value if isinstance(value, tuple) else ():
                check()
                _item_in_words(item, last, known)
    finally:
        _written = {**_written, **known}


_Written = dict[int, tuple[object, str]]
_written = _Written()
"""The parts of the project that was written last: by id the part, which keeps the id, and its text.

It is replaced whole, so threads may share it.
"""


def _in_words(value: object, last: _Written, known: _Written) -> str:
    """The JSON of one field of the project. What is in `last` is taken from there; all of it goes
    into `known`.
    """
    if not isinstance(value, tuple):
        return _dumped(to_plain(value)).replace("\n", "\n ")
    if not value:
        return "[]"
    found = last.get(id(value))
    if found is None or found[0] is not value:
        items = ",\n  ".join([_item_in_words(item, last, known) for item in value])
        found = value, f"[\n  {items}\n ]"
    else:
        known.update((id(item), last[id(item)]) for item in value if id(item) in last)
    known[id(value)] = found
    return found[1]


def _item_in_words(item: object, last: _Written, known: _Written) -> str:
    found = last.get(id(item))
    if found is None or found[0] is not item:
        # a line break within a text is written as \\n, so each one here ends a line of JSON
        found = item, _dumped(to_plain(item)).replace("\n", "\n  ")
    known[id(item)] = found
    return found[1]


def _dumped(plain: object) -> str:
    return json.dumps(plain, ensure_ascii=False, indent=1)


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
        check_meaning(project)
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
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key, count in Counter(k for k, _ in pairs).items() if count > 1)
        raise ValueError(f"“{twice}” stands twice in one object")
    return found


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
