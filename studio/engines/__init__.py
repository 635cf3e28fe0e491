"""The models and programs the studio works with: one-verb protocols, then the table.

A row is data: what kind of work, its name, where its class is, what it needs. Adding an engine is
a row, a file beside this one and a pass of the shared suite in tests/engines. Stages ask
`open(kind, name)` and never name a file. What is missing raises EngineError saying what to do;
no engine ever stands in silently for another.
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, overload

from studio import paths
from studio.engines import models
from studio.errors import EngineError, UsageError
from studio.times import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]  # height x width x 3, RGB
    Samples = NDArray[np.float32]  # one channel, full scale is 1.0

Kind = Literal["describer", "face-finder", "ranker", "speaker", "text-reader", "translator"]
Sent = Literal["frames", "text"]


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

    def rank(self, situation: Situation, texts: Sequence[str]) -> tuple[float, ...]:
        """For each text how likely it is picked, 0..1, whatever its place among the others."""
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


class Speaker(Protocol):
    """Speaks a text."""

    def voices(self) -> tuple[Voice, ...]:
        """Its voices; for each language the one to use unasked comes first."""
        ...

    def speak(self, text: str, voice: Voice, tempo: float) -> Sound:
        """`text` spoken at `tempo` times the voice's own pace. Raises EngineError."""
        ...


# --- the table ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Need:
    """Something a row cannot work without, and how to get it.

    kind: a Python package, a program, a file in the user's data folder, or a model of the
    catalogue; then name is the row's.
    """

    kind: Literal["package", "program", "file", "model"]
    name: str
    get: str

    def met(self) -> bool:
        """Whether it is there; imports nothing of it."""
        if self.kind == "program":
            return shutil.which(self.name) is not None
        if self.kind == "model":
            return bool(models.installed(self.name))
        if self.kind == "file":
            return (paths.data_folder() / self.name).is_file()
        return importlib.util.find_spec(self.name) is not None

    @property
    def called(self) -> str:
        """What it is, for a sentence."""
        return "a model" if self.kind == "model" else self.name


@dataclass(frozen=True)
class Row:
    """One engine. where: "module:Class" below studio.engines. languages: () means any.

    optional: the studio does its work without it. free: it writes freely, so it is given context
    and its words are cleaned and chosen from. sends: what leaves this machine, unless it is set up
    to work on this machine. paid_work: its licence allows it. models: it works with a model, and
    takes another one behind a colon: "xtts:FOLDER".
    """

    kind: Kind
    name: str
    where: str
    about: str
    licence: str
    languages: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    free: bool = False
    sends: Sent | None = None
    optional: bool = False
    paid_work: bool = True
    models: bool = False

    def missing(self) -> tuple[Need, ...]:
        """The needs that are not met on this machine."""
        return tuple(need for need in self.needs if not need.met())

    def speaks(self, language: str) -> bool:
        """Whether the row works in `language`; "pt-br" is served by a row for "pt"."""
        return not self.languages or any(
            language == one or language.startswith(one + "-") for one in self.languages
        )


TABLE: tuple[Row, ...] = (
    Row(
        kind="describer",
        name="evidence",
        where="evidence:Evidence",
        about="says only what can be measured: shot scale, light, colour, motion, text on screen",
        licence="part of the studio",
        languages=("de", "en", "es", "fr"),
    ),
    Row(
        kind="describer",
        name="openai-compatible",
        where="openai:OpenAiCompatible",
        about="asks a vision model on a server: vLLM, llama.cpp, Ollama, LM Studio ...",
        licence="that of the model it is pointed to",
        free=True,
        sends="frames",
        optional=True,
    ),
    Row(
        kind="describer",
        name="transformers",
        where="vision:Vision",
        about="a vision model on this machine; a graphics card makes it quick",
        licence="that of the model",
        needs=(
            Need("package", "torch", "pip install torch (see README, AI models)"),
            Need("package", "transformers", "pip install 'audio-description-studio[ai]'"),
            Need("model", "transformers", "studio engines get smolvlm2-500m (or another model)"),
        ),
        free=True,
        optional=True,
        models=True,
    ),
    Row(
        kind="text-reader",
        name="rapidocr",
        where="rapidocr:RapidOcr",
        about="reads Latin and Chinese print; models come with the package",
        licence="Apache-2.0",
        needs=(Need("package", "rapidocr", "pip install 'rapidocr>=3,<4' onnxruntime"),),
    ),
    Row(
        kind="face-finder",
        name="cascade",
        where="cascade:Cascade",
        about="frontal faces by OpenCV's cascades; strict, so it rather misses one",
        licence="Apache-2.0",
    ),
    Row(
        kind="ranker",
        name="picks",
        where="picks:Picks",
        about="learned from what you accepted, changed and turned down: studio tune ranker",
        licence="part of the studio",
        needs=(Need("file", "ranker.json", "studio tune ranker PROJECT..."),),
        optional=True,
    ),
    Row(
        kind="translator",
        name="by-hand",
        where="byhand:ByHand",
        about="leaves every text for a person to translate",
        licence="part of the studio",
    ),
    Row(
        kind="translator",
        name="libretranslate",
        where="translators:LibreTranslate",
        about="a LibreTranslate server, best one of your own",
        licence="AGPL-3.0 (a separate program)",
        sends="text",
        optional=True,
    ),
    Row(
        kind="translator",
        name="deepl",
        where="translators:DeepL",
        about="DeepL, with a key of your own",
        licence="a paid service",
        sends="text",
        optional=True,
    ),
    Row(
        kind="translator",
        name="google",
        where="translators:Google",
        about="Google Translate's public page, through deep-translator",
        licence="MIT (deep-translator); the service has terms of its own",
        needs=(Need("package", "deep_translator", "pip install 'deep-translator>=1.11'"),),
        sends="text",
        optional=True,
    ),
    Row(
        kind="speaker",
        name="flite",
        where="flite:Flite",
        about="clear English voices, offline",
        licence="BSD-like (CMU Flite)",
        languages=("en",),
        needs=(Need("program", "flite", "apt-get install flite"),),
    ),
    Row(
        kind="speaker",
        name="espeak-ng",
        where="espeak:Espeak",
        about="over 100 languages, offline, robotic",
        licence="GPL-3.0 (a separate program)",
        needs=(Need("program", "espeak-ng", "apt-get install espeak-ng"),),
    ),
    Row(
        kind="speaker",
        name="piper",
        where="piper:Piper",
        about="natural voices, offline, quick; each is fetched by itself",
        licence="GPL-3.0; each voice has its own, see its MODEL_CARD",
        needs=(
            Need("package", "piper", "pip install 'piper-tts>=1.3,<2'"),
            Need("model", "piper", "studio engines get piper-en-gb-alan (or another voice)"),
        ),
        optional=True,
        models=True,
    ),
    Row(
        kind="speaker",
        name="xtts",
        where="xtts:Xtts",
        about="speaks in the manner of a reference voice whose owner agreed",
        licence="Coqui Public Model License: no paid work",
        languages=(
            "ar",
            "cs",
            "de",
            "en",
            "es",
            "fr",
            "hi",
            "hu",
            "it",
            "ja",
            "ko",
            "nl",
            "pl",
            "pt",
            "ru",
            "tr",
            "zh",
        ),
        needs=(
            Need("package", "torch", "pip install torch (see README, AI models)"),
            Need("package", "TTS", "pip install 'audio-description-studio[ai]'"),
            Need("model", "xtts", "studio engines get xtts-v2"),
        ),
        optional=True,
        paid_work=False,
        models=True,
    ),
)


def rows(kind: Kind | None = None) -> tuple[Row, ...]:
    """The rows of one kind, or all; where several can do the work, the first is preferred."""
    return tuple(row for row in TABLE if kind in (None, row.kind))


def row(kind: Kind, name: str) -> Row:
    """The row of that name, with or without a model. Raises UsageError listing the names."""
    plain, colon, _ = name.partition(":")
    found = next((one for one in rows(kind) if one.name == plain), None)
    if found is None or (colon and not found.models):
        names = ", ".join(one.name for one in rows(kind))
        raise UsageError(f"There is no {kind} “{name}”.", advice=f"Choose one of: {names}.")
    return found


@overload
def open(kind: Literal["describer"], name: str) -> Describer: ...
@overload
def open(kind: Literal["face-finder"], name: str) -> FaceFinder: ...
@overload
def open(kind: Literal["ranker"], name: str) -> Ranker: ...
@overload
def open(kind: Literal["translator"], name: str) -> Translator: ...
@overload
def open(kind: Literal["speaker"], name: str) -> Speaker: ...
@overload
def open(kind: Literal["text-reader"], name: str) -> TextReader: ...


def open(kind: Kind, name: str) -> Any:
    """The engine itself, ready to work. Raises EngineError when something it needs is missing.

    name: of the row; where it works with models, perhaps with one of them ("xtts:FOLDER").
    """
    chosen = row(kind, name)
    model = name.partition(":")[2]
    missing = [need for need in chosen.missing() if not (model and need.kind == "model")]
    if missing:
        raise EngineError(
            f"The {kind} “{name}” needs {' and '.join(need.called for need in missing)}, "
            "which this machine does not have.",
            advice="Get it with: " + "; ".join(need.get for need in missing),
        )
    module, _, attribute = chosen.where.partition(":")
    engine = getattr(importlib.import_module(f"studio.engines.{module}"), attribute)
    return engine(model) if model else engine()
