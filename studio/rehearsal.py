"""What an editor asks beside the steps: one cue spoken, a voice tried, the room there is.

Like the steps these neither print nor ask, and change nothing: what they give are proposals.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from studio.progress import Progress
from studio.script.model import Cue, Project, VoiceChoice
from studio.times import Span

if TYPE_CHECKING:
    from studio.speech.synthesise import Spoken


def speak_cues(
    project: Project, language: str, cue_ids: Collection[str], progress: Progress
) -> Spoken:
    """Clips for some cues only, as proposals: `edits.put_spoken` applies them.

    Takes some 60 ms a cue with a built-in speaker, nothing where the clip was made before.
    """
    from studio.speech.synthesise import speak as say

    return say(project, language, progress, cue_ids)


def voices(language: str) -> tuple[VoiceChoice, ...]:
    """Every voice that speaks `language` on this machine; the one used unasked comes first."""
    from studio.speech.voices import all_voices

    return all_voices(language)


def choose_voice(language: str) -> VoiceChoice:
    """Who speaks `language` unasked. Raises EngineError where nobody on this machine does."""
    from studio.speech.voices import choose

    return choose(language)


def hear(text: str, choice: VoiceChoice, progress: Progress) -> Path:
    """A sound file (48 kHz mono WAV, in the cache) of `text` in a voice, to try it. Blocks."""
    from studio.speech.synthesise import sample

    progress(0.0, "Speaking")
    return sample(text, choice)


def room(project: Project, cue: Cue) -> Span:
    """The film time in which a cue's clip may sound without a wait; see speech.fit.room."""
    from studio.speech import fit

    return fit.room(project, cue)
