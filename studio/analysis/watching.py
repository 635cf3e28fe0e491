"""The faces of a film and how their mouths move, kept in the cache: a film is watched once.

One file a film and question asked of it, named by the film's fingerprint: a zip of numpy arrays. A
file that is damaged or of another version counts as missing.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio import cache, paths
from studio.analysis.envelope import Envelope, speech_envelope
from studio.analysis.faces import Track, Watched, watch
from studio.analysis.mouths import MouthMotion
from studio.analysis.timbre import mono_blocks, timbre
from studio.engines import FINDERS, TIMBRE, Timbre
from studio.errors import MediaError
from studio.media.probe import FilmInfo, fingerprint
from studio.progress import Progress
from studio.times import Span

_LIPS = " lips"
_VERSION = 4  # count up when what is stored, or how it is found, changes


def watched(
    info: FilmInfo,
    cuts: Sequence[int],
    talk: Sequence[Span],
    progress: Progress,
    finders: Sequence[str] = FINDERS,
    *,
    lips: bool = False,
) -> Watched:
    """What `faces.watch` finds, from the cache where the film was watched before.

    Raises MediaError, EngineError, and Cancelled within a second.
    """
    asked = repr((tuple(cuts), tuple((t.start, t.end) for t in talk), tuple(finders)))
    kept = _file(info, "watched", asked + _LIPS if lips else asked)
    stored = _load(kept)
    if stored is not None:
        progress(1.0)
        return _unpacked(stored)
    found = watch(info, cuts, talk, progress, finders, lips=lips)
    _save(info, kept, _packed(found))
    progress(1.0)
    return found


def heard_envelope(info: FilmInfo, progress: Progress) -> Envelope:
    """`speech_envelope` of the film's own sound, from the cache where it was made before.

    Empty for a film without sound. Raises MediaError, and Cancelled within a second.
    """
    if info.sound is None:
        return np.zeros(0, np.float32)
    kept = _file(info, "envelope", str(info.sound.index))
    stored = _load(kept)
    if stored is not None:
        return stored["envelope"].astype(np.float32)
    found = speech_envelope(info, info.sound, progress.check)
    _save(info, kept, {"envelope": found})
    return found


def heard_timbre(info: FilmInfo, progress: Progress) -> Timbre:
    """`timbre` of the film's own sound, from the cache where it was made before.

    Empty for a film without sound. Raises MediaError, and Cancelled within a second.
    """
    if info.sound is None:
        return Timbre(np.zeros((0, TIMBRE), np.float32))
    kept = _file(info, "timbre", str(info.sound.index))
    stored = _load(kept)
    if stored is not None:
        return Timbre(stored["timbre"].astype(np.float32))
    found = timbre(mono_blocks(info, info.sound, progress.check))
    _save(info, kept, {"timbre": found.rows.astype(np.float16)})
    return found


def _file(info: FilmInfo, what: str, asked: str) -> Path:
    question = hashlib.sha256(f"{what} {asked}".encode()).hexdigest()[:16]
    name = f"{fingerprint(info.path)}-{what}-{question}-v{_VERSION}.npz"
    return paths.cache_folder("faces") / name


def _load(file: Path) -> dict[str, NDArray[np.generic]] | None:
    cache.used(file)
    try:
        # opened here: numpy leaves a damaged file open
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def _save(info: FilmInfo, file: Path, arrays: dict[str, NDArray[np.generic]]) -> None:
    try:
        cache.write(file, lambda stream: np.savez(stream, allow_pickle=False, **arrays))
    except OSError as error:
        raise MediaError(
            f"What was seen in “{info.path.name}” cannot be kept ({error.strerror or error}).",
            f"The studio keeps it in {file.parent}.",
            "Free some space there, or set XDG_CACHE_HOME to another folder.",
        ) from error


def _packed(found: Watched) -> dict[str, NDArray[np.generic]]:
    tracks, motions = found.tracks, found.motions
    return {
        "track_sizes": np.array([len(t.times) for t in tracks], np.int64),
        "track_facts": np.array([(t.shot, t.best, t.seen) for t in tracks], np.int64).reshape(
            -1, 3
        ),
        "track_times": _end_to_end([t.times for t in tracks], np.int64),
        "track_boxes": _end_to_end([t.boxes.reshape(-1) for t in tracks], np.float32),
        "looks": np.stack([t.look for t in tracks]) if tracks else np.zeros((0, 0), np.float32),
        "motion_sizes": np.array([len(m.times) for m in motions], np.int64),
        "motion_tracks": np.array([m.track for m in motions], np.int64),
        "motion_facts": np.array([(m.strength, m.share) for m in motions], np.float64).reshape(
            -1, 2
        ),
        "motion_times": _end_to_end([m.times for m in motions], np.int64),
        "motion_openings": _end_to_end([m.opening for m in motions], np.float32),
        "motion_speeds": _end_to_end([m.speed for m in motions], np.float32),
        # of a film that was watched closely all have lips, of another none
        "motion_lips": _end_to_end([m.lips for m in motions if m.lips is not None], np.float16),
    }


def _end_to_end(
    arrays: Sequence[NDArray[np.generic]], kind: type[np.generic]
) -> NDArray[np.generic]:
    return np.concatenate(arrays) if arrays else np.zeros(0, kind)


def _unpacked(stored: dict[str, NDArray[np.generic]]) -> Watched:
    tracks = []
    cuts = _places(stored["track_sizes"])
    for number, (start, end) in enumerate(cuts):
        shot, best, seen = stored["track_facts"][number].tolist()
        boxes = stored["track_boxes"][start * 4 : end * 4].astype(np.float32).reshape(-1, 4)
        times = stored["track_times"][start:end].astype(np.int64)
        look = stored["looks"][number].astype(np.float32)
        tracks.append(Track(shot, times, boxes, look, best, seen))
    motions = []
    for number, (start, end) in enumerate(_places(stored["motion_sizes"])):
        strength, share = stored["motion_facts"][number].tolist()
        lips = stored["motion_lips"][start:end].astype(np.float16)
        motions.append(
            MouthMotion(
                track=int(stored["motion_tracks"][number]),
                times=stored["motion_times"][start:end].astype(np.int64),
                opening=stored["motion_openings"][start:end].astype(np.float32),
                speed=stored["motion_speeds"][start:end].astype(np.float32),
                strength=strength,
                share=share,
                lips=lips if len(lips) else None,
            )
        )
    return Watched(tuple(tracks), tuple(motions))


def _places(sizes: NDArray[np.generic]) -> list[tuple[int, int]]:
    ends = np.cumsum([0, *sizes.tolist()]).tolist()
    return list(pairwise(ends))
