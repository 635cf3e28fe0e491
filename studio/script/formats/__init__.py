"""Scripts and captions in the formats other programs use: one file each, chosen by suffix."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import cast

from studio.errors import ProjectError, UsageError
from studio.script.formats.script import Entry

LARGEST_FILE = 16 * 1024 * 1024  # bytes; a three-hour script is under 1 MiB


FORMATS = {".vtt": "vtt", ".srt": "srt"}


def read(path: Path) -> tuple[Entry, ...]:
    """The entries of a script, in order of time. Raises UsageError or ProjectError."""
    module = _module(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ProjectError(f"{path} is too large for a script ({LARGEST_FILE >> 20} MiB).")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ProjectError(f"{path} cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise ProjectError(
            f"{path} is not UTF-8 text.", "Nothing was imported.", "Save it as UTF-8 and try again."
        ) from error
    parse = cast("Callable[[str], tuple[Entry, ...]]", module.read)
    entries = parse(text)
    if not entries:
        raise ProjectError(
            f"There is no cue with times and text in {path}.", "Nothing was imported."
        )
    return tuple(sorted(entries, key=lambda entry: entry.span))


def write(suffix: str, entries: Iterable[Entry], language: str) -> str:
    """`entries` as a file of that suffix (".vtt" ...). Raises UsageError."""
    module = _module(Path(f"x{suffix}"))
    render = cast("Callable[[Iterable[Entry], str], str]", module.write)
    return render(entries, language)


def _module(path: Path) -> ModuleType:
    name = FORMATS.get(path.suffix.lower())
    if name is None:
        raise UsageError(
            f"{path.name} is in a format the studio does not know.",
            advice=f"Known are: {', '.join(FORMATS)}.",
        )
    return importlib.import_module(f"studio.script.formats.{name}")
