"""Every cue of a language said: by a voice, or by the take that was chosen for it.

A voice says a text as the project's pronunciations have it, at its own pace or a little faster. A
take is heard as it was recorded. Both become clips (clips.py), made once and found again.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio import engines
from studio.engines import ReadySpeaker, Speaker, Voice
from studio.errors import EngineError, MediaError, ProjectError, StudioError
from studio.progress import Progress
from studio.script.edits import UNSPOKEN
from studio.script.model import TAKE, Clip, Cue, Issue, Placement, Project, Version, VoiceChoice
from studio.script.saying import said
from studio.speech import fit
from studio.speech.clips import CLIP_RATE, clip_file, clip_key, finished, is_kept, kept
from studio.speech.takes import clip_of
from studio.speech.voices import choose

if TYPE_CHECKING:
    from studio.engines import Samples

__all__ = [
    "CLIP_RATE",
    "Spoken",
    "clip_file",
    "clip_files",
    "finished",
    "get_ready",
    "sample",
    "speak",
]

_VERSION = 1  # part of every key: raise it when the making of clips changes
_TRIES = 3  # syntheses to find the tempo that fits
_MARGIN = 1.004  # asked for beyond what is needed: programs round their pace


@dataclass(frozen=True, slots=True)
class Spoken:
    """What `speak` made. clips: (cue id, text that was spoken, clip). issues: cues that failed."""

    clips: tuple[tuple[str, str, Clip], ...]
    issues: tuple[Issue, ...]


def speak(
    project: Project,
    language: str,
    progress: Progress,
    cue_ids: Collection[str] | None = None,
    takes: Path | None = None,
) -> Spoken:
    """A clip for every written cue: its take, or a voice at its own pace or a little faster.

    cue_ids: speak only these. takes: the folder of the project's recordings. A cue that cannot be
    spoken becomes an issue and the others go on; where none could be, its error is raised.
    """
    written = [
        (cue, version)
        for cue in project.cues
        if (cue_ids is None or cue.id in cue_ids)
        and (version := cue.version(language)) is not None
        and version.text.strip()
    ]
    voices = _Voices(project, language)
    clips: list[tuple[str, str, Clip]] = []
    issues: list[Issue] = []
    failed: StudioError | None = None
    for done, (cue, version) in enumerate(written):
        progress(done / len(written), "Speaking")
        try:
            if version.chosen_take is not None:
                clip = clip_of(version.chosen_take, takes)
            else:
                clip = _fitting(project, cue, version, voices.of(version))
            clips.append((cue.id, version.text, clip))
        except (EngineError, MediaError, ProjectError) as error:
            failed = failed or error
            issues.append(Issue(UNSPOKEN, "error", str(error), cue.id, language))
    if failed is not None and not clips:
        raise failed
    progress(1.0, "Speaking")
    return Spoken(tuple(clips), tuple(issues))


def get_ready(project: Project, language: str, cue_id: str) -> None:
    """Begin what a new text of that cue will need, where its speaker can; it may never come.

    A model is not loaded for that. Raises EngineError, UsageError for an unknown speaker.
    """
    cue = project.cue(cue_id)
    version = None if cue is None else cue.version(language)
    choice = project.voice(language) if version is None else project.voice_of(version)
    if choice is None or (version is not None and version.take):
        return
    row = engines.row("speaker", choice.speaker)
    if row.models or row.sends is not None:
        return
    speaker = engines.open("speaker", choice.speaker)
    if isinstance(speaker, ReadySpeaker):
        tempo = 1.0 if version is None else version.tempo
        speaker.get_ready(Voice(choice.voice, choice.language), tempo)


def sample(text: str, choice: VoiceChoice) -> Path:
    """A clip of any text, to hear what a voice is like. Raises EngineError."""
    voiced = _Voiced(engines.open("speaker", choice.speaker), choice)
    return clip_file(voiced.clip(text, 1.0))


def clip_files(
    project: Project, language: str, placements: Sequence[Placement], takes: Path | None = None
) -> dict[str, Path]:
    """The file of every placed clip, by cue id. takes: the folder of the project's recordings.

    A clip the cache no longer holds is made again just as it was. Raises ProjectError where that
    gives another clip (the text or the program has changed since) or the recording is gone,
    EngineError and MediaError where it fails.
    """
    files = {}
    for placement in placements:
        if placement.clip is not None:
            files[placement.cue] = clip_file(placement.clip)
            if not is_kept(placement.clip):
                _make_again(project, language, placement.cue, placement.clip, takes)
    return files


def _make_again(
    project: Project, language: str, cue_id: str, clip: Clip, takes: Path | None
) -> None:
    cue = project.cue(cue_id)
    version = cue.version(language) if cue is not None else None
    text = version.text if version is not None else ""
    again = None
    if clip.speaker == TAKE:
        take = version.chosen_take if version is not None else None
        again = clip_of(take, takes) if take is not None else None
    else:
        choice = VoiceChoice(language, clip.speaker, clip.voice)
        spoken = said(project, language, text)
        if _key(spoken, choice, clip.tempo) == clip.key:
            again = _Voiced(engines.open("speaker", clip.speaker), choice).clip(spoken, clip.tempo)
    if again != clip:
        raise ProjectError(
            f"The clip of “{text}” is no longer there and cannot be made as it was.",
            "Nothing was exported: it might not fit its gap any more.",
            "Speak the cues again: studio speak PROJECT",
        )


class _Voices:
    """The speakers of one language, each opened when it is first needed."""

    def __init__(self, project: Project, language: str) -> None:
        self._language = language
        self._general = project.voice(language)
        self._speakers: dict[str, Speaker] = {}

    def of(self, version: Version) -> _Voiced:
        """Who says a version. Raises EngineError."""
        choice = version.voice
        if choice is None:
            self._general = choice = self._general or choose(self._language)
        if choice.speaker not in self._speakers:
            self._speakers[choice.speaker] = engines.open("speaker", choice.speaker)
        return _Voiced(self._speakers[choice.speaker], choice)


@dataclass(frozen=True)
class _Voiced:
    """A loaded speaker with the voice it uses."""

    speaker: Speaker
    choice: VoiceChoice

    def clip(self, text: str, tempo: float) -> Clip:
        """The clip of `text` at `tempo`, from the cache where it lies there undamaged."""
        choice = self.choice
        clip = Clip(_key(text, choice, tempo), 0, choice.speaker, choice.voice, tempo)

        def say() -> Samples:
            sound = self.speaker.speak(text, Voice(choice.voice, choice.language), tempo)
            return finished(sound.samples, sound.rate)

        return kept(clip, say)


def _fitting(project: Project, cue: Cue, version: Version, voiced: _Voiced) -> Clip:
    """The clip at the pace set for it, or as little faster as makes it fit, if that is allowed."""
    text = said(project, version.language, version.text)
    own = voiced.clip(text, version.tempo)
    room = fit.room(project, cue).duration
    limit = project.settings.faster_limit
    waits = cue.mode == "extended" or (cue.mode == "auto" and bool(cue.freeze))
    if waits or own.duration <= room or room <= 0:
        return own
    tempo = _tempo(version.tempo * own.duration / room)
    for _ in range(_TRIES):
        if tempo > limit:
            return own
        faster = voiced.clip(text, tempo)
        if faster.duration <= room:
            return faster
        tempo = _tempo(tempo * faster.duration / room)
    return own


def _tempo(needed: float) -> float:
    """`needed` with a margin, rounded up to a thousandth: few tempos, so clips are found again."""
    return math.ceil(needed * _MARGIN * 1000) / 1000


def _key(text: str, choice: VoiceChoice, tempo: float) -> str:
    return clip_key(_VERSION, choice.speaker, choice.voice, choice.language, f"{tempo:.3f}", text)
