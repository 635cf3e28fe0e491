"""The table of engines: for what work, under what name, where the class is, what it needs."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass
from typing import Literal

from studio import paths
from studio.engines import models

Kind = Literal[
    "describer",
    "diariser",
    "face-finder",
    "ranker",
    "sound-maker",
    "speaker",
    "sync-meter",
    "text-reader",
    "transcriber",
    "translator",
]
Sent = Literal["frames", "sound", "text"]


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
        kind="face-finder",
        name="watchful",
        where="cascade:Watchful",
        about="the same cascades, less strict; for following faces through a shot",
        licence="Apache-2.0",
    ),
    Row(
        kind="face-finder",
        name="drawn",
        where="drawn:Drawn",
        about="drawn faces and puppets: a plain surface with two eyes and a mouth",
        licence="part of the studio",
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
        kind="sync-meter",
        name="correlation",
        where="correlation:Correlation",
        about="holds how far mouths are open against how loud it is",
        licence="part of the studio",
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
