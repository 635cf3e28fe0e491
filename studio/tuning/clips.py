"""The clips a sync-meter learns from, on the disk: written once, read one at a time, parted.

A clip is a file of numpy arrays; a film's own file, written after its clips, lists them and what
was refused. So a preparation that was stopped goes on with the next film, and memory is that of a
few clips however many there are.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from studio.engines import TalkingMouth, Timbre
from studio.errors import EngineError, UsageError
from studio.times import Span

FEWEST = 8
"""Clips from which something can be learned and tested."""

_HELD_OUT = 5  # one of so many is kept for testing
_GROUPS = 4  # people (or films) at least, so that some can be held out whole
_TOLD = 6  # sentences on what was left out, where too little is left
_IN_MEMORY = 512  # clips, some 100 MB


@dataclass(frozen=True, slots=True, order=True)
class Stored:
    """A clip on the disk. person: who speaks, as far as the folders say; else the film."""

    file: Path
    person: str
    length: int


@dataclass(frozen=True)
class Film:
    """What one film gave. person: as for Stored. key: of its content. faces: how many its clips

    show. refused: stretches in ms and why.
    """

    name: str
    person: str
    key: str
    faces: int
    clips: tuple[Stored, ...]
    refused: tuple[tuple[int, int, str], ...]


def put(
    folder: Path,
    name: str,
    person: str,
    key: str,
    faces: int,
    clips: Sequence[tuple[Span, TalkingMouth]],
    refused: Sequence[tuple[Span, str]],
) -> Film:
    """Keep a film's clips in a folder; the film's list is written last. Raises EngineError."""
    rows = []
    try:
        for number, (span, mouth) in enumerate(clips):
            file = folder / f"{key}-{number:05}.npz"
            assert mouth.lips is not None  # noqa: S101  # who cuts clips looks closely
            assert mouth.timbre is not None  # noqa: S101
            np.savez(
                file,
                allow_pickle=False,
                times=mouth.times,
                opening=mouth.opening,
                loudness=mouth.loudness,
                heard_from=np.int64(mouth.heard_from),
                lips=mouth.lips.astype(np.float16),
                timbre=mouth.timbre.rows.astype(np.float16),
            )
            rows.append({"file": file.name, "length": span.duration})
        load.cache_clear()  # what was read before may have been written anew
        told = {
            "name": name, "person": person, "key": key, "faces": faces, "clips": rows,
            "refused": [(span.start, span.end, why) for span, why in refused],
        }  # fmt: skip
        part = folder / f".{key}.part"
        part.write_text(json.dumps(told), encoding="utf-8")
        part.replace(folder / f"{key}.json")
    except OSError as error:
        raise EngineError(
            f"The clips of “{name}” cannot be kept in {folder} ({error.strerror or error}).",
            "What was prepared before is kept.",
            "Make room there, and start again.",
        ) from error
    return _film(folder, told)


def kept(folder: Path, key: str) -> Film | None:
    """What was kept of the film with this content; None where it was not, or not whole."""
    try:
        return _film(folder, json.loads((folder / f"{key}.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # made again from the film


def _film(folder: Path, told: dict[str, Any]) -> Film:
    clips = (Stored(folder / one["file"], told["person"], one["length"]) for one in told["clips"])
    refused = ((int(start), int(end), str(why)) for start, end, why in told["refused"])
    name, person, key = (str(told[what]) for what in ("name", "person", "key"))
    return Film(name, person, key, int(told["faces"]), tuple(clips), tuple(refused))


@lru_cache(maxsize=_IN_MEMORY)
def load(file: Path) -> TalkingMouth:
    """A clip as it was put. Raises EngineError."""
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
            return TalkingMouth(
                stored["times"].astype(np.int64),
                stored["opening"].astype(np.float32),
                stored["loudness"].astype(np.float32),
                int(stored["heard_from"]),
                stored["lips"].astype(np.float32),
                Timbre(stored["timbre"].astype(np.float32)),
            )
    except Exception as error:  # as many kinds as there are ways to damage a file
        raise EngineError(
            f"The clip {file} cannot be read.",
            "The training cannot go on.",
            "Begin anew: --restart",
        ) from error


def check_enough(count: int, refused: Sequence[str] = ()) -> None:
    """Raise UsageError where `count` clips are too few. refused: sentences on what was left out."""
    if count >= FEWEST:
        return
    more = len(refused) - _TOLD
    left = [*refused[:_TOLD], *([f"and {more} more."] if more > 0 else [])]
    raise UsageError(
        f"There are {count} usable clips, too few to learn from.",
        " ".join(["Nothing was learned.", *(["Left out were:", *left] if left else [])]),
        f"Give films in which somebody is seen to speak for longer; at least {FEWEST} clips of "
        "3 to 6 s are needed.",
    )


def split(
    clips: Sequence[Stored], seed: int
) -> tuple[tuple[Stored, ...], tuple[Stored, ...], bool]:
    """The clips to learn from, those to test with, and whether no person is on both sides.

    Where there are at least four people, or films, some are held out whole; else single clips are.
    The same clips and seed part in the same way, in whatever order they come. Raises UsageError.
    """
    ordered = sorted(set(clips))
    check_enough(len(ordered))
    people = sorted({one.person for one in ordered})
    apart = len(people) >= _GROUPS
    names = people if apart else [one.file.name for one in ordered]
    order = np.random.default_rng([seed, zlib.crc32(" ".join(names).encode())])
    shuffled = [names[at] for at in order.permutation(len(names))]
    held = set(shuffled[: max(1, round(len(names) / _HELD_OUT))])
    tested = tuple(one for one in ordered if (one.person if apart else one.file.name) in held)
    return tuple(one for one in ordered if one not in set(tested)), tested, apart
