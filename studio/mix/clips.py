"""The clips, one WAV a cue, in a folder with a list of them.

A clip is as loud as it is in the mix: laid at their output times, the files add up to the stem.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from studio.errors import ExportError
from studio.mix.levels import Level, levelled
from studio.mix.mixer import MixPlan, PlacedClip
from studio.mix.sound import mixed
from studio.mix.stem import wav_bytes, write_wav
from studio.mix.timemap import TimeMap
from studio.progress import Progress
from studio.script.clipnames import KIND, MANIFEST, clip_stem
from studio.script.model import Placement, Project
from studio.times import MS_PER_SECOND

_VERSION = 1


@dataclass(frozen=True, slots=True)
class ClipEntry:
    """A line of the list. Times in ms; start in the film, output in the described film.

    freeze_at: film time at which the picture waits for it, freeze: how long; 0, 0 where it does
    not. The file's own name is made from number and cue.
    """

    number: int
    cue: str
    file: str
    text: str
    start: int
    output: int
    duration: int
    freeze_at: int
    freeze: int
    speaker: str
    voice: str


@dataclass(frozen=True, slots=True)
class ClipFile:
    """A clip to be written: its line in the list, and where it sounds in the mix."""

    entry: ClipEntry
    placed: PlacedClip


def clip_list(
    project: Project,
    language: str,
    placements: Sequence[Placement],
    placed: Sequence[tuple[str, PlacedClip]],
    times: TimeMap,
    rate: int,
) -> tuple[ClipFile, ...]:
    """The clips in order of output time, numbered from 1. placed: cue and clip, at `rate` Hz."""
    plans = {placement.cue: placement for placement in placements}
    result = []
    for number, (cue, clip) in enumerate(sorted(placed, key=lambda pair: pair[1].start), 1):
        plan = plans[cue]
        written = project.cue(cue)
        version = None if written is None else written.version(language)
        said = plan.clip
        entry = ClipEntry(
            number=number,
            cue=cue,
            file=f"{clip_stem(number, len(placed), cue)}.wav",
            text="" if version is None else version.text,
            start=plan.start,
            output=round(clip.start * MS_PER_SECOND / rate),
            duration=round(clip.count * MS_PER_SECOND / rate),
            freeze_at=plan.freeze_at if plan.freeze else 0,
            freeze=plan.freeze,
            speaker="" if said is None else said.speaker,
            voice="" if said is None else said.voice,
        )
        result.append(ClipFile(entry, clip))
    return tuple(result)


def clips_bytes(files: Sequence[ClipFile]) -> int:
    """The size of the clips' samples on disk."""
    return sum(wav_bytes(1, file.placed.count) for file in files)


def write_clips(
    files: Sequence[ClipFile],
    plan: MixPlan,
    level: Level | None,
    language: str,
    folder: Path,
    progress: Progress,
) -> None:
    """Make `folder`, a 24-bit WAV in it for each clip as `plan` (one channel) mixes it, the list.

    Raises OSError and MediaError.
    """
    folder.mkdir()
    for done, file in enumerate(files):
        progress(done / len(files), "Writing the clips")
        alone = MixPlan(
            plan.rate,
            file.placed.count,
            plan.voice,
            clips=(replace(file.placed, start=0),),
        )
        blocks = levelled(mixed(alone, None), level, plan.rate)
        write_wav(folder / file.entry.file, alone, blocks)
    manifest = {
        "kind": KIND,
        "version": _VERSION,
        "language": language,
        "rate": plan.rate,
        "clips": [asdict(file.entry) for file in files],
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def check_replaceable(folder: Path) -> None:
    """Raise ExportError unless nothing of that name is there, or clips of the studio alone."""
    if not folder.exists() and not folder.is_symlink():
        return
    known = None if folder.is_symlink() or not folder.is_dir() else _made_here(folder)
    if known is None:
        raise ExportError(
            f"“{folder}” is there already and is no folder of clips that the studio made.",
            "It was left as it is.",
            "Move it away, or choose another folder.",
        )
    strange = sorted(one.name for one in folder.iterdir() if one.name not in known)
    if strange:
        raise ExportError(
            f"“{folder}” holds “{strange[0]}”, which the studio did not put there.",
            "Delivering the clips again would remove it; nothing was changed.",
            "Move it away, or choose another folder.",
        )


def _made_here(folder: Path) -> frozenset[str] | None:
    """The names in a folder that `write_clips` made; None for any other folder."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["kind"] != KIND:
            return None
        return frozenset([MANIFEST, *(clip["file"] for clip in manifest["clips"])])
    except (OSError, ValueError, TypeError, KeyError):  # no list, or not one of ours
        return None
