"""What a project holds, as frozen values. Times are film time in whole ms.

    Project ── Film          the media file being described
            ├─ scenes        stretches between picture cuts
            ├─ speech        stretches where somebody talks
            ├─ Gap...        where a description has room
            └─ Cue...        one description
                 ├─ Version... its text in one language, and the Clip that says it
                 └─ Draft...   texts proposed for it

Nothing here is ever changed in place: an edit (script/edits.py) returns a new project that shares
all untouched parts, so undo is keeping the old one and "what changed" is comparing with `is`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from studio.settings import DEFAULTS, Settings
from studio.times import Span

Mode = Literal["auto", "inline", "extended"]
Severity = Literal["error", "caution", "info"]
State = Literal["fits", "faster", "extended", "left out", "unspoken", "unwritten"]

TEMPO_LEAST, TEMPO_MOST = 0.5, 2.0
"""The paces a person may set for a cue, in times of the voice's own."""


@dataclass(frozen=True, slots=True)
class Film:
    """The film as it was when the project was made.

    path: relative to the project file where possible, with forward slashes.
    size: bytes. fingerprint: see studio.media.probe.fingerprint.
    duration: ms. width, height: as shown, rotation applied. rate: exact mean frame rate in Hz.
    loudness: LUFS of its dialogue, of its whole sound where nobody speaks, None without sound.
    """

    path: str
    size: int
    fingerprint: str
    duration: int
    width: int
    height: int
    rate: Fraction
    loudness: float | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch free of speech, guards taken off. `leave_silent`: the describer wants it so."""

    start: int
    end: int
    leave_silent: bool = False

    @property
    def span(self) -> Span:
        """The gap as a plain stretch."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Clip:
    """The sound of a cue in one language.

    key: names its file in the clip cache; made from text, voice and tempo.
    duration: ms, measured. tempo: 1.0 is the voice's own pace; 1.1 is a tenth faster.
    """

    key: str
    duration: int
    speaker: str
    voice: str
    tempo: float


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """Who speaks one language: a Speaker row and one of its voices."""

    language: str
    speaker: str
    voice: str


@dataclass(frozen=True, slots=True)
class Version:
    """A cue in one language. `clip` is None until it is spoken, and again when the text changes.

    voice: who says this cue; None leaves it to the voice of the language (Project.voice).
    tempo: the pace a person has set, TEMPO_LEAST..TEMPO_MOST; 1.0 is the voice's own.
    """

    language: str
    text: str
    clip: Clip | None = None
    voice: VoiceChoice | None = None
    tempo: float = 1.0


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed text, the engine that made it and what it saw."""

    language: str
    text: str
    engine: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cue:
    """One description.

    start, end: the room it may sound in without a freeze; free of speech, guards taken off. A cue
    that can only be extended has little or no room: the film waits at `end`.
    mode: "inline" never freezes, "extended" always does, "auto" freezes for what is missing.
    freeze: ms the describer has set; None lets the planner decide.
    accepted: a person has written or approved the text; no engine overwrites it.
    """

    id: str
    start: int
    end: int
    versions: tuple[Version, ...] = ()
    drafts: tuple[Draft, ...] = ()
    mode: Mode = "auto"
    freeze: int | None = None
    accepted: bool = False
    note: str = ""

    def version(self, language: str) -> Version | None:
        """The cue in `language`, or None where it has no text in it."""
        return next((v for v in self.versions if v.language == language), None)


@dataclass(frozen=True, slots=True)
class Issue:
    """Something found wrong. cue and language are "" where it is about the whole project."""

    rule: str
    severity: Severity
    sentence: str
    cue: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one clip sounds and whether the film waits for it; planned by speech/fit.py.

    start: film ms at which the clip begins. duration: ms of the clip.
    freeze_at: film ms at which the picture stops, a frame's start; freeze: for how many ms
    (0: never stops). The clip always begins at or before freeze_at.
    """

    cue: str
    state: State
    start: int = 0
    duration: int = 0
    freeze_at: int = 0
    freeze: int = 0
    clip: Clip | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """Everything a person made or decided, and what was found in the film.

    languages: the language versions, in the order they are delivered.
    issues: what engines reported and a person should know; what can be derived is not stored.
    """

    film: Film
    scenes: tuple[Span, ...] = ()
    speech: tuple[Span, ...] = ()
    gaps: tuple[Gap, ...] = ()
    cues: tuple[Cue, ...] = ()
    languages: tuple[str, ...] = ("en",)
    voices: tuple[VoiceChoice, ...] = ()
    issues: tuple[Issue, ...] = ()
    settings: Settings = DEFAULTS

    def cue(self, cue_id: str) -> Cue | None:
        """The cue of that id, or None."""
        return next((cue for cue in self.cues if cue.id == cue_id), None)

    def voice(self, language: str) -> VoiceChoice | None:
        """Who speaks `language`, or None where nobody was chosen."""
        return next((v for v in self.voices if v.language == language), None)

    def voice_of(self, version: Version) -> VoiceChoice | None:
        """Who speaks that version of a cue: its own voice, or that of its language."""
        return version.voice or self.voice(version.language)
