"""What an analysis found, kept in the user's cache so that a film is decoded once.

One file a film and sound track, named by the film's fingerprint: a zip of numpy arrays, whose
checksums tell a damaged one. A file that is damaged or of another version counts as missing.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio import cache, paths
from studio.analysis.statistics import PictureStatistics
from studio.errors import MediaError
from studio.media.probe import FilmInfo, fingerprint
from studio.times import Span

_VERSION = 1  # count up when what is stored, or how it is found, changes


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What one pass over a film found: cuts (ms), speech, loudness (LUFS) and statistics."""

    cuts: tuple[int, ...]
    speech: tuple[Span, ...]
    loudness: float | None
    statistics: PictureStatistics


def load(info: FilmInfo) -> Found | None:
    """What was found in the film before, or None."""
    kept = _file(info)
    cache.used(kept)
    try:
        # opened here: numpy leaves a damaged file open
        with kept.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return _unpacked({name: stored[name] for name in stored.files})
    except (OSError, EOFError, ValueError, KeyError, IndexError, zipfile.BadZipFile):
        return None


def save(info: FilmInfo, found: Found) -> None:
    """Keep `found` for the next time; whole or not at all. Raises MediaError."""
    file = _file(info)
    try:
        cache.write(file, lambda stream: np.savez(stream, allow_pickle=False, **_packed(found)))
    except OSError as error:
        raise MediaError(
            f"What was found in “{info.path.name}” cannot be kept ({error.strerror or error}).",
            f"The studio keeps it in {file.parent}.",
            "Free some space there, or set XDG_CACHE_HOME to another folder.",
        ) from error


def _file(info: FilmInfo) -> Path:
    track = "silent" if info.sound is None else str(info.sound.index)
    return paths.cache_folder("analysis") / f"{fingerprint(info.path)}-{track}-v{_VERSION}.npz"


def _packed(found: Found) -> dict[str, NDArray[np.generic]]:
    statistics = found.statistics
    return {
        "cuts": np.array(found.cuts, np.int64),
        "speech": np.array([(s.start, s.end) for s in found.speech], np.int64).reshape(-1, 2),
        "loudness": np.array([] if found.loudness is None else [found.loudness], np.float64),
        "time": statistics.time,
        "light": statistics.light,
        "saturation": statistics.saturation,
        "colour": statistics.colour,
        "motion": statistics.motion,
        "thumbnail_times": np.array(statistics.thumbnail_times, np.int64),
        "thumbnail_sizes": np.array([len(jpeg) for jpeg in statistics.thumbnails], np.int64),
        "thumbnails": np.frombuffer(b"".join(statistics.thumbnails), np.uint8),
        "peaks": statistics.peaks,
    }


def _unpacked(stored: dict[str, NDArray[np.generic]]) -> Found:
    speech = stored["speech"].tolist()
    loudness = stored["loudness"].tolist()
    return Found(
        cuts=tuple(stored["cuts"].tolist()),
        speech=tuple(Span(start, end) for start, end in speech),
        loudness=loudness[0] if loudness else None,
        statistics=PictureStatistics(
            time=stored["time"].astype(np.int64),
            light=stored["light"].astype(np.float32),
            saturation=stored["saturation"].astype(np.float32),
            colour=stored["colour"].astype(np.int8),
            motion=stored["motion"].astype(np.float32),
            thumbnail_times=tuple(stored["thumbnail_times"].tolist()),
            thumbnails=_split(stored["thumbnails"].tobytes(), stored["thumbnail_sizes"].tolist()),
            peaks=stored["peaks"].astype(np.int16),
        ),
    )


def _split(data: bytes, sizes: list[int]) -> tuple[bytes, ...]:
    ends = np.cumsum([0, *sizes]).tolist()
    return tuple(data[start:end] for start, end in pairwise(ends))
