"""How much can be said in a cue: the time there is, and the pace of the voice that says it."""

from __future__ import annotations

from studio.script.model import Cue, Project
from studio.script.pace import words, words_in

_CLIPS = 5  # measured clips from which a voice's pace is known
_MS_PER_MINUTE = 60_000


def word_limit(project: Project, cue: Cue, language: str | None = None) -> int:
    """What can be said in the cue's room and the wait it may make, at the pace of the voice.

    Without a language, or before enough clips of its voice were measured, at the target pace.
    """
    return words_in(time_to_speak(project, cue), pace_of(project, language))


def pace_of(project: Project, language: str | None) -> int:
    """Words per minute of the voice of a language, measured on its clips at its own tempo.

    The target pace where fewer than five are known; never more than what deserves a look.
    """
    settings = project.settings
    chosen = project.voice(language) if language is not None else None
    spoken = [
        (words(version.text), version.clip)
        for cue in project.cues
        for version in cue.versions
        if chosen is not None and version.language == language and version.clip is not None
        if (version.clip.speaker, version.clip.voice) == (chosen.speaker, chosen.voice)
    ]
    if len(spoken) < _CLIPS:
        return settings.pace_target
    minutes = sum(clip.duration * clip.tempo for _, clip in spoken) / _MS_PER_MINUTE
    return min(round(sum(count for count, _ in spoken) / minutes), settings.pace_caution)


def time_to_speak(project: Project, cue: Cue) -> int:
    """Ms in which a description of the cue is spoken: its room and the wait it may make."""
    room = max(0, cue.end - cue.start)
    if cue.mode == "extended" or cue.freeze:
        room += cue.freeze or project.settings.freeze_limit
    return room
