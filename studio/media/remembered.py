"""What a film is, remembered from when it was looked at before.

To look at a film its whole index is read: of three hours 0.2 s, in which a window that opens could
not be used. What was found is kept in the user's cache for the film as it is then: one that was
changed since is looked at anew.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from studio import cache, paths
from studio.media.ffmpeg import reading
from studio.media.probe import FilmInfo, PictureStream, SoundStream, fingerprint, probe

_VERSION = 1  # count up when what `probe` finds changes
_DAMAGED = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError)


def known(path: Path, mark: str | None = None) -> FilmInfo:
    """What `probe` says of the film at `path`; asked only where it was not before.

    mark: the film's fingerprint, where somebody has just taken it. Raises MediaError.
    """
    file = _file(path, mark)
    try:
        found = _read(path, file.read_text(encoding="utf-8"))
    except (OSError, *_DAMAGED):  # it may not be there, either
        found = probe(path)
        # where it cannot be kept it is looked at again; who keeps more there tells of that
        with contextlib.suppress(OSError):
            cache.write(file, lambda stream: stream.write(_written(found).encode()))
        return found
    cache.used(file)
    return found


def _file(path: Path, mark: str | None) -> Path:
    """For the film as it is now, and as the FFmpeg in use understands it."""
    with reading(path):
        changed = path.stat().st_mtime_ns
    name = f"{mark or fingerprint(path)}-{changed}-{av.__version__}-v{_VERSION}.film"
    return paths.cache_folder("analysis") / name


def _written(info: FilmInfo) -> str:
    """All of it but the path, by which nothing is known."""
    return json.dumps({**asdict(info), "path": ""}, default=_fraction)


def _fraction(value: object) -> list[int]:
    if not isinstance(value, Fraction):
        raise TypeError(f"{value!r} is no part of what a film is")
    return list(value.as_integer_ratio())


def _read(path: Path, text: str) -> FilmInfo:
    plain: dict[str, Any] = json.loads(text)
    picture = plain.pop("picture")
    for name in ("rate", "start", "time_base"):
        picture[name] = Fraction(*picture[name])
    sounds = plain.pop("sounds")
    for sound in sounds:
        for name in ("start", "time_base"):
            sound[name] = None if sound[name] is None else Fraction(*sound[name])
    streams = tuple(SoundStream(**sound) for sound in sounds)
    return FilmInfo(**{**plain, "path": path}, picture=PictureStream(**picture), sounds=streams)
