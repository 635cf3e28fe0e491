"""Where the film of a project lies: a film may be moved, alone or with its project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from studio.errors import ProjectError
from studio.script.model import Film


def find_film(film: Film, folder: Path) -> Path:
    """Where the film of a project in `folder` lies now. Raises ProjectError where nowhere near."""
    recorded = folder / film.path
    beside = folder / Path(film.path).name
    for candidate in (recorded, beside, *_same_size(film, folder)):
        if candidate.is_file() and is_same(film, candidate):
            return candidate.resolve()
    if recorded.is_file():
        raise ProjectError(
            f"{recorded} has changed since the project was made.",
            "The cues may no longer stand where they should; nothing was done.",
            "Put the original film back, or start a project for this one: studio new FILM",
        )
    raise ProjectError(
        f"The film {film.path} is not where the project says, nor beside the project.",
        "The project is unharmed.",
        "Move the film back, or name its new place: studio relink PROJECT FILM",
    )


def _same_size(film: Film, folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.stat().st_size == film.size:
            yield path


def is_same(film: Film, path: Path) -> bool:
    """Whether the file at `path` is that film, by size and content."""
    from studio.media.probe import fingerprint

    return path.stat().st_size == film.size and fingerprint(path) == film.fingerprint
