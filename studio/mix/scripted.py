"""DAPT with sound: the script refers to the clips, or holds them, and says how the film ducks."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from studio.errors import ExportError
from studio.mix.clips import ClipFile, alone
from studio.mix.levels import Level, levelled
from studio.mix.mixer import MixPlan
from studio.mix.sound import mixed
from studio.mix.stem import wav_bytes, write_wav_to
from studio.progress import Progress
from studio.script.exchange import script_of
from studio.script.formats import LARGEST_FILE, dapt
from studio.script.model import Placement, Project

ENDING = ".dapt-clips.xml"

_TEXT_BYTES = 2 << 20  # more than the texts of the longest film take
_PACKED = 4 / 3 * 77 / 76  # base64 in lines


def clips_folder(document: Path) -> str:
    """The name of the folder of clips that a document refers to, beside it."""
    return f"{document.name.removesuffix(ENDING)}.clips"


def embedded_bytes(files: Sequence[ClipFile]) -> int:
    """About how large a document with these clips in it is."""
    sounds = sum(wav_bytes(1, file.placed.count) for file in files)
    return round(sounds * _PACKED) + _TEXT_BYTES


def write_dapt(
    project: Project,
    language: str,
    placements: Sequence[Placement],
    folder: str,
    files: Sequence[ClipFile],
    target: Path,
) -> None:
    """Write the script of one language, each spoken cue with its clip's file in `folder`."""
    sounds = {
        file.entry.cue: dapt.Sound(src=f"{quote(folder)}/{quote(file.entry.file)}")
        for file in files
    }
    target.write_bytes(_document(project, language, placements, sounds))


def write_embedded(
    project: Project,
    language: str,
    placements: Sequence[Placement],
    plan: MixPlan,
    level: Level | None,
    files: Sequence[ClipFile],
    target: Path,
    progress: Progress,
) -> None:
    """Write the script of one language with its clips in it, as `plan` (one channel) mixes them.

    Raises ExportError where that is more than programs read as a script, OSError and MediaError.
    """
    if embedded_bytes(files) > LARGEST_FILE:
        raise ExportError(
            f"The spoken clips would make a script of {embedded_bytes(files) >> 20} MiB.",
            f"A script of more than {LARGEST_FILE >> 20} MiB is not read again, by the studio and "
            "by others; nothing was made.",
            "Deliver dapt-clips, which refers to the clips instead.",
        )
    sounds = {}
    for done, file in enumerate(files):
        progress(done / len(files), "Writing the script with its clips")
        one = alone(plan, file)
        wav = io.BytesIO()
        write_wav_to(wav, one, levelled(mixed(one, None), level, plan.rate))
        sounds[file.entry.cue] = dapt.Sound(data=wav.getvalue())
    target.write_bytes(_document(project, language, placements, sounds))


def _document(
    project: Project, language: str, placements: Sequence[Placement], sounds: dict[str, dapt.Sound]
) -> bytes:
    script = script_of(project, language, placements)
    said = {
        index: sounds[entry.id] for index, entry in enumerate(script.entries) if entry.id in sounds
    }
    ducking = dapt.Ducking(project.settings.duck, project.settings.duck_fade)
    return dapt.serialise(dapt.document_of(script, said, ducking))
