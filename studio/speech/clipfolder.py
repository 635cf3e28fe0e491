"""A folder of recordings that comes back: files named like the clips that were delivered.

A narrator gets the clips of a project as a folder, records each anew under the same name (in any
sound format), and the folder is brought in: each file becomes a take of its cue, and is heard.
Where the folder still has the studio's list, that tells which words a file was recorded for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.errors import UsageError
from studio.progress import Progress
from studio.script import edits
from studio.script.clipnames import KIND, MANIFEST, cue_slug, slug_in
from studio.script.model import Project
from studio.speech.takes import bring_in

SOUNDS = frozenset(
    (".aac", ".aif", ".aiff", ".flac", ".m4a", ".mka", ".mp3", ".oga", ".ogg", ".opus", ".wav")
)
"""Suffixes of the files that are looked at."""


@dataclass(frozen=True, slots=True)
class _Recording:
    """A file, the cue it belongs to and the words it was recorded for."""

    file: Path
    cue: str
    text: str


def import_clips(
    project: Project, folder: Path, language: str, takes: Path, progress: Progress
) -> Project:
    """The project with every recording in `folder` as a take that is heard; `takes` keeps them.

    A cue that has no text in `language` gets that of the folder's list. All or nothing: raises
    UsageError where a file belongs to no cue, MediaError for one that cannot be used, ProjectError
    where it cannot be kept.
    """
    found = _recordings(project, folder, language)
    for done, one in enumerate(found):
        progress(done / len(found), "Bringing in the recordings")
        take = bring_in(one.file, takes, one.cue, language, one.text)
        cue = project.cue(one.cue)
        if cue is not None and cue.version(language) is None:
            project = edits.set_text(project, one.cue, language, one.text)
        project = edits.put_take(project, one.cue, language, take)
    progress(1.0, "Bringing in the recordings")
    return edits.add_languages(project, [language])


def _recordings(project: Project, folder: Path, language: str) -> list[_Recording]:
    listed = _listed(folder, language)
    by_slug: dict[str, list[str]] = {}
    for cue in project.cues:
        by_slug.setdefault(cue_slug(cue.id), []).append(cue.id)
    found: list[_Recording] = []
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() not in SOUNDS or file.name.startswith("."):
            continue
        cue_id, text = listed.get(file.stem, ("", ""))
        named = [cue_id] if cue_id else by_slug.get(slug_in(file.stem), [])
        cues = [cue for cue in map(project.cue, named) if cue is not None]
        if len(cues) != 1:
            raise UsageError(
                f"“{file.name}” belongs to no description of the project.",
                "Nothing was imported.",
                "Name it like the clip that was delivered (003_c12.wav), or move it elsewhere.",
            )
        version = cues[0].version(language)
        text = text or (version.text if version is not None else "")
        if not text.strip():
            raise UsageError(
                f"The description of “{file.name}” has no text in “{language}”.",
                "Nothing was imported: a recording belongs to a text.",
                "Write or import the texts first.",
            )
        found.append(_Recording(file, cues[0].id, text))
    _check_distinct(found)
    if not found:
        raise UsageError(
            f"There are no recordings in {folder}.",
            advice="Give a folder of sound files named like the clips that were delivered.",
        )
    return found


def _check_distinct(found: list[_Recording]) -> None:
    by_cue: dict[str, Path] = {}
    for one in found:
        if one.cue in by_cue:
            raise UsageError(
                f"“{by_cue[one.cue].name}” and “{one.file.name}” belong to one description.",
                "Nothing was imported.",
                "Keep the one that shall be heard.",
            )
        by_cue[one.cue] = one.file


def _listed(folder: Path, language: str) -> Mapping[str, tuple[str, str]]:
    """Cue and text of each name in the studio's list; none where there is no such list."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["kind"] != KIND:
            return {}
        listed = {
            Path(str(one["file"])).stem: (str(one["cue"]), str(one["text"]))
            for one in manifest["clips"]
        }
        known = str(manifest["language"])
    except (OSError, ValueError, TypeError, KeyError):  # no list, or not one of ours
        return {}
    if known != language:
        raise UsageError(
            f"The clips in {folder} were delivered in “{known}”, not in “{language}”.",
            "Nothing was imported.",
            f"Import them as what they are: --language {known}",
        )
    return listed
