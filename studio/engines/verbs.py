"""What engines are given and give back, and the one verb of each kind.

Kinds whose engines listen are given Stretches, so a film's sound is never held whole.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from studio.times import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]  # height x width x 3, RGB
    Samples = NDArray[np.float32]  # one channel, full scale is 1.0
    Stereo = NDArray[np.float32]  # 2 x n, full scale is 1.0

# --- what engines are given and give back ---------------------------------------------------------


@dataclass(frozen=True)
class Voice:
    """A voice of a speaker. language: BCP 47, e.g. "en" or "pt-br"."""

    name: str
    language: str


@dataclass(frozen=True)
class Sound:
    """Speech as one channel of float32 samples, full scale 1.0. rate: Hz."""

    samples: Samples
    rate: int


@dataclass(frozen=True)
class Picture:
    """A frame of the film. time: film ms. pixels: height x width x 3, RGB, uint8."""

    time: int
    pixels: Pixels


@dataclass(frozen=True)
class Stretch:
    """A stretch of the film's sound for engines that listen. sound: 16,000 Hz, one channel."""

    span: Span
    sound: Sound


@dataclass(frozen=True)
class SaidWord:
    """A word and when it is said, film ms."""

    text: str
    span: Span


@dataclass(frozen=True)
class Phrase:
    """What somebody says without a pause. words: in order, where the engine tells them."""

    text: str
    span: Span
    words: tuple[SaidWord, ...] = ()


@dataclass(frozen=True)
class Transcript:
    """What is said in a stretch. language: BCP 47, as heard or as asked for."""

    language: str
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True)
class VoiceTurn:
    """A stretch, film ms, in which the voice of that number speaks, counted from 0."""

    span: Span
    voice: int


BED_RATE = 48_000
"""Hz, of all sound that a sound-maker makes."""


@dataclass(frozen=True)
class Wish:
    """What a bed shall sound like.

    atmosphere, rhythm, melody: the mood in words. samples: how long, at BED_RATE. loop: its end
    shall lead into its beginning. seed: the same one gives the same sound.
    """

    atmosphere: str
    rhythm: str
    melody: str
    samples: int
    loop: bool = False
    seed: int = 0


LAG_STEP = 10
"""ms from one lag of a SyncMeter to the next, and from one loudness to the next."""


LIP_GRID = (7, 10)
"""Rows and columns of the grid over a mouth in whose cells the motion of lips is told."""

TIMBRE = 12
"""Cepstra that tell how the film sounds at a moment; the first is about how loud it is."""


@dataclass(frozen=True, eq=False)
class Timbre:
    """How a film sounds: n x TIMBRE, a row each LAG_STEP ms. Compared by identity: it is long."""

    rows: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class TalkingMouth:
    """A mouth in one stretch, and how loud the film is around it.

    times: when each picture is shown, ms, rising. opening: how far the mouth is open in each.
    loudness: one value each LAG_STEP ms; the first is about the sound at ms `heard_from`, the last
    at least a SyncMeter's reach after the last picture. lips, timbre: only for meters that look
    closely. lips: pictures x LIP_GRID; how far each cell moved down since the picture before, in
    64ths of the face's width. timbre: its rows belong to the values of loudness, one to one.
    """

    times: NDArray[np.int64]
    opening: NDArray[np.float32]
    loudness: NDArray[np.float32]
    heard_from: int
    lips: NDArray[np.float32] | None = None
    timbre: Timbre | None = None


SEEN = "{seen}"
"""Where a brief's second question takes what was answered to the first."""


SAW = "saw: "
"""Begins the line of a proposal's evidence that holds all the model saw, in its own words."""


@dataclass(frozen=True)
class Brief:
    """What a model is asked about a moment, in two turns.

    system: who it is to be. look: asked with the pictures; wants everything there is to see.
    shorten: asked with what it answered in the place of SEEN; wants descriptions, one a line.
    """

    system: str
    look: str
    shorten: str


@dataclass(frozen=True)
class Moment:
    """What a describer is shown: one stretch of the film that wants a description.

    pictures: in order of time, at least one. motion: mean difference of neighbouring pictures,
    0..255, over the stretch. word_limit: what can be said there. before: the descriptions just
    before this one, oldest first, in the same language.
    earlier, later: a picture each of the shots before and after, in order of time; brief: what to
    ask. Only engines whose row says `free` get these.
    """

    span: Span
    language: str
    pictures: tuple[Picture, ...]
    motion: float
    word_limit: int
    before: tuple[str, ...] = ()
    earlier: tuple[Picture, ...] = ()
    later: tuple[Picture, ...] = ()
    brief: Brief | None = None


@dataclass(frozen=True)
class Proposal:
    """A text for a moment and what in the pictures it rests on."""

    text: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unanswered:
    """A moment that could not be described, while others can. why: a whole sentence."""

    why: str


@dataclass(frozen=True)
class Around:
    """What is said before and after a text, in its language, in order of time."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


ALONE = Around()
"""Nothing is known of what is said around."""


@dataclass(frozen=True)
class Situation:
    """What a choice between texts depends on.

    word_limit: what can be said. before: the descriptions just before, oldest first. dialogue: what
    people in the film say around there. seen: everything that was seen, in a model's words.
    """

    language: str
    word_limit: int
    before: tuple[str, ...] = ()
    dialogue: tuple[str, ...] = ()
    seen: str = ""


@dataclass(frozen=True)
class Box:
    """A rectangle in a picture, in fractions 0..1 of its width and height."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class ReadText:
    """One line of text seen in a picture. confidence: 0..1."""

    text: str
    confidence: float
    box: Box


@dataclass(frozen=True)
class Thing:
    """A person, an animal or an object seen in a picture.

    label: what it is, in the words of the model's list of classes. confidence: 0..1.
    """

    label: str
    confidence: float
    box: Box


# --- the verbs ------------------------------------------------------------------------------------

Check = Callable[[], None]


def unchecked() -> None:
    """A check that never ends anything."""


class Describer(Protocol):
    """Says what is to be seen."""

    def describe(
        self, moments: Iterable[Moment], check: Check = unchecked
    ) -> Generator[tuple[Proposal, ...] | Unanswered]:
        """For each moment, in order, its proposals, best first; () where nothing can be said.

        Lazy: may read some moments ahead to work in batches or at once. check: called at least
        every half second while the engine works; what it raises ends the work, and so does
        closing. Raises EngineError where no further moment could be described either.
        """
        ...


class Ranker(Protocol):
    """Knows which texts its user picks."""

    def rank(
        self, situation: Situation, texts: Sequence[str], check: Check = unchecked
    ) -> tuple[float, ...]:
        """For each text how likely it is picked, 0..1, whatever its place among the others.

        check: as for Describer.
        """
        ...


class Transcriber(Protocol):
    """Writes down what people say."""

    @property
    def model(self) -> str:
        """What answers: another text for another model, so that what was heard can be kept."""
        ...

    def transcribe(
        self, stretches: Iterable[Stretch], language: str | None, check: Check = unchecked
    ) -> Generator[Transcript | Unanswered]:
        """For each stretch, in order, what is said in it; language: of it, None to tell it.

        Lazy, check and errors: as for Describer.
        """
        ...


class Diariser(Protocol):
    """Tells voices apart."""

    def tell_apart(
        self, stretches: Iterable[Stretch], most: int, check: Check = unchecked
    ) -> tuple[VoiceTurn, ...]:
        """Who speaks when, at most `most` voices, in order of time; check: as for Describer."""
        ...


class SyncMeter(Protocol):
    """Holds mouths against the sound."""

    @property
    def looks_closely(self) -> bool:
        """Whether it is to be given the `lips` and the `timbre` of mouths, too."""
        ...

    @property
    def learned_from(self) -> str:
        """A sentence on what it was trained on and how well it does; "" where it was not."""
        ...

    def agreement(
        self, mouths: Iterable[TalkingMouth], reach: int, check: Check = unchecked
    ) -> Generator[NDArray[np.float32]]:
        """For each mouth how well the sound fits it at each lag, -1..1.

        2 * reach / LAG_STEP + 1 values: the first supposes that the sound is early by `reach` ms,
        the last that it is late by as much. check: as for Describer.
        """
        ...


class Translator(Protocol):
    """Says a text in another language."""

    def translate(
        self, text: str, source: str, target: str, check: Check = unchecked
    ) -> str | Unanswered:
        """`text`, one description in language `source`, in language `target` (BCP 47).

        One at a time, so that no engine can put one description's words into another. check: as
        for Describer. Raises EngineError where no other text could be translated either.
        """
        ...


@runtime_checkable
class ContextTranslator(Protocol):
    """A translator that understands a text better by what is said around it."""

    def translate_among(
        self, text: str, around: Around, source: str, target: str, check: Check = unchecked
    ) -> str | Unanswered:
        """`text` alone as `translate` gives it; what is around it is only read."""
        ...


class TextReader(Protocol):
    """Reads signs, titles and credits."""

    def read(self, pixels: Pixels) -> tuple[ReadText, ...]:
        """The lines of text in a picture, in reading order."""
        ...


class FaceFinder(Protocol):
    """Finds faces."""

    def find(self, pixels: Pixels) -> tuple[Box, ...]:
        """The faces in a picture, largest first."""
        ...


class ObjectFinder(Protocol):
    """Finds people, animals and objects."""

    def find(self, pixels: Pixels) -> tuple[Thing, ...]:
        """What is in a picture with a confidence of at least a half, surest first."""
        ...


class Speaker(Protocol):
    """Speaks a text."""

    def voices(self) -> tuple[Voice, ...]:
        """Its voices; for each language the one to use unasked comes first."""
        ...

    def speak(self, text: str, voice: Voice, tempo: float) -> Sound:
        """`text` spoken at `tempo` times the voice's own pace. Raises EngineError."""
        ...


@runtime_checkable
class ReadySpeaker(Speaker, Protocol):
    """A speaker that can begin before there is a text."""

    def get_ready(self, voice: Voice, tempo: float) -> None:
        """Begin what the next `speak` in that voice and at that pace needs; it may never come.

        Takes some ms. Raises EngineError.
        """
        ...


class SoundMaker(Protocol):
    """Makes background sound."""

    def make(self, wish: Wish, check: Check = unchecked) -> Generator[Stereo]:
        """The sound in blocks, at BED_RATE: `wish.samples` in all, below full scale, not levelled.

        Lazy, so that its length does not matter. check: as for Describer. Raises EngineError.
        """
        ...
