"""What a project holds, as frozen values. Times are film time in whole ms.

    Project ── Film          the media file being described
            ├─ scenes        stretches between picture cuts
            ├─ speech        stretches where somebody talks
            ├─ Gap...        where a description has room
            ├─ Cue...        one description
            │    ├─ Version... its text in one language, the Takes of it and the Clip that says it
            │    └─ Draft...   texts proposed for it
            ├─ Person...     the cast
            ├─ Pronunciation... how words are said that a voice gets wrong
            └─ Waiver...     what the checks find and a person lets pass

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

GAIN_LEAST, GAIN_MOST = -24.0, 12.0
"""How much softer or louder than the others a person may set a cue, in dB."""


DEFAULT_STYLE = "neutral"


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
class Take:
    """A recording of a cue by a person.

    file: its name in the project's folder of takes (script/store.py), where it is never changed.
    duration: ms of the whole recording. start, end: ms of it that are used. text: what it says.
    """

    file: str
    duration: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Version:
    """A cue in one language. `clip` is None until it is spoken, and again when the text changes.

    voice: who says this cue; None leaves it to the voice of the language (Project.voice).
    tempo: the pace a person has set, TEMPO_LEAST..TEMPO_MOST; 1.0 is the voice's own.
    gain: dB louder than the other cues, GAIN_LEAST..GAIN_MOST.
    takes: recordings of it, in the order in which they were made. take: the file of the one that
    is heard; "" leaves the cue to the voice.
    """

    language: str
    text: str
    clip: Clip | None = None
    voice: VoiceChoice | None = None
    tempo: float = 1.0
    gain: float = 0.0
    takes: tuple[Take, ...] = ()
    take: str = ""

    @property
    def chosen_take(self) -> Take | None:
        """The recording that is heard, or None where a voice says the cue."""
        return next((one for one in self.takes if one.file == self.take), None)


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
class Waiver:
    """An issue a person lets pass, and why. cue and language as in the Issue."""

    rule: str
    cue: str
    language: str
    reason: str


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the cast.

    name: as descriptions spell it. first_seen: film ms from which on the name may be used, None
    where it was not set. look: how they are told apart, for whoever describes them.
    """

    name: str
    first_seen: int | None = None
    look: str = ""


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """A word as it is written and as the voice is given it, in one language."""

    language: str
    written: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one clip sounds and whether the film waits for it; planned by speech/fit.py.

    start: film ms at which the clip begins. duration: ms of the clip.
    freeze_at: film ms at which the picture stops, a frame's start; freeze: for how many ms
    (0: never stops). The clip always begins at or before freeze_at.
    gain: dB by which the clip is louder than the others (Version.gain).
    """

    cue: str
    state: State
    start: int = 0
    duration: int = 0
    freeze_at: int = 0
    freeze: int = 0
    clip: Clip | None = None
    gain: float = 0.0


@dataclass(frozen=True, slots=True)
class Project:
    """Everything a person made or decided, and what was found in the film.

    languages: the language versions, in the order they are delivered.
    issues: what engines reported and a person should know; what can be derived is not stored.
    style: the name of the house style its texts are checked against (resources/styles).
    """

    film: Film
    scenes: tuple[Span, ...] = ()
    speech: tuple[Span, ...] = ()
    gaps: tuple[Gap, ...] = ()
    cues: tuple[Cue, ...] = ()
    languages: tuple[str, ...] = ("en",)
    voices: tuple[VoiceChoice, ...] = ()
    issues: tuple[Issue, ...] = ()
    people: tuple[Person, ...] = ()
    pronunciations: tuple[Pronunciation, ...] = ()
    style: str = DEFAULT_STYLE
    waivers: tuple[Waiver, ...] = ()
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
