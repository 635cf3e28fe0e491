"""What a project holds, as frozen values. Times are film time in whole ms.

    Project ── Film          the media file being described
            ├─ scenes        stretches between picture cuts
            ├─ speech        stretches where somebody talks
            ├─ Gap...        where a description has room
            ├─ Cue...        one description
            │    ├─ Version... its text in one language, the Takes of it and the Clip that says it
            │    └─ Draft...   texts proposed for it
            ├─ Line...       what people in the film say
            │    ├─ Word...        when each word is said
            │    └─ Translation... the line in another language
            ├─ Person...     the cast
            ├─ Turn...       who speaks when, by the sound
            ├─ FaceTrack...  whose face is where, a Spot at a time
            ├─ Bed...        background sound made for a stretch
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


TAKE = "take"
"""The speaker of clips that a person has recorded; their voice is the file of the Take."""

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
    accepted: a person has written or approved the text; no engine overwrites it. Where there is no
    text, it is silence that a person wants (script/silence.py).
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

    @property
    def written(self) -> bool:
        """Whether it has a text in any language."""
        return any(one.text.strip() for one in self.versions)

    @property
    def left_silent(self) -> bool:
        """Whether a person wants nothing to be said here, in any language."""
        return self.accepted and not self.written


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
class Word:
    """A word of a line and when it is said, film ms."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Translation:
    """A line in another language. engine: who put it so; "" a person, whom no engine overwrites."""

    language: str
    text: str
    engine: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One phrase of the film's own dialogue.

    words: in order, where they are known. person: the id of who says it, "" where nobody knows.
    engine: who heard it; "" a person wrote or imported it. settled: a person has said who speaks.
    """

    id: str
    start: int
    end: int
    text: str
    words: tuple[Word, ...] = ()
    person: str = ""
    translations: tuple[Translation, ...] = ()
    engine: str = ""
    settled: bool = False

    def translation(self, language: str) -> Translation | None:
        """The line in `language`, or None."""
        return next((one for one in self.translations if one.language == language), None)


PICTURE_SIDE = 1000
"""The width and the height of any picture, for a Spot."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A face at one time: film ms, and its box in thousandths of the picture as shown."""

    time: int
    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """One face while it stays in one shot.

    spots: in order of time; between two of them the face lies on the straight line.
    person: the id of whose it is, "" unknown. settled: a person has said so.
    """

    id: str
    start: int
    end: int
    spots: tuple[Spot, ...]
    person: str = ""
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch, in film ms, in which one person speaks; found by the sound. person: their id."""

    start: int
    end: int
    person: str


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the cast.

    name: as descriptions spell it; "" as long as nobody has named them. first_seen: film ms from
    which on the name may be used, None where it was not set. look: how they are told apart, for
    whoever describes them. colour: of their lines, "#rrggbb"; "" takes one by their place in the
    cast. picture: where their face is seen well.
    """

    id: str
    name: str
    first_seen: int | None = None
    look: str = ""
    colour: str = ""
    picture: Spot | None = None


@dataclass(frozen=True, slots=True)
class Bed:
    """Background sound made for a stretch of the film.

    atmosphere, rhythm, melody: the mood, in words. engine: the sound-maker. seed: the same one
    makes the same sound. still: film ms of the picture the mood was taken from. gain: dB. fade_in,
    fade_out: ms. loop: its end leads into its beginning. sound: names its file in the cache; ""
    where it has not been made.
    """

    id: str
    start: int
    end: int
    atmosphere: str
    rhythm: str
    melody: str
    engine: str = "procedural"
    seed: int = 0
    still: int | None = None
    gain: float = 0.0
    fade_in: int = 500
    fade_out: int = 500
    loop: bool = False
    sound: str = ""


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
    dialogue_language: what people in the film speak, "" where nobody has said.
    story: the story so far, told to describers that can read.
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
    lines: tuple[Line, ...] = ()
    turns: tuple[Turn, ...] = ()
    faces: tuple[FaceTrack, ...] = ()
    beds: tuple[Bed, ...] = ()
    dialogue_language: str = ""
    story: str = ""
    settings: Settings = DEFAULTS

    def cue(self, cue_id: str) -> Cue | None:
        """The cue of that id, or None."""
        return next((cue for cue in self.cues if cue.id == cue_id), None)

    def line(self, line_id: str) -> Line | None:
        """The line of that id, or None."""
        return next((line for line in self.lines if line.id == line_id), None)

    def person(self, person_id: str) -> Person | None:
        """The member of the cast of that id, or None."""
        return next((one for one in self.people if one.id == person_id), None)

    @property
    def named(self) -> tuple[Person, ...]:
        """The members of the cast who have a name."""
        return tuple(one for one in self.people if one.name)

    def called(self, person_id: str) -> str:
        """What to call a member of the cast: the name, else "Person 3" by the place in the cast."""
        for place, one in enumerate(self.people, 1):
            if one.id == person_id:
                return one.name or f"Person {place}"
        return ""

    def voice(self, language: str) -> VoiceChoice | None:
        """Who speaks `language`, or None where nobody was chosen."""
        return next((v for v in self.voices if v.language == language), None)

    def voice_of(self, version: Version) -> VoiceChoice | None:
        """Who speaks that version of a cue: its own voice, or that of its language."""
        return version.voice or self.voice(version.language)
