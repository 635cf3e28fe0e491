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
    "object-finder",
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
    catalogue; then name is the row's, and engine its kind where two kinds share the name.
    """

    kind: Literal["package", "program", "file", "model"]
    name: str
    get: str
    engine: Kind | None = None

    def met(self) -> bool:
        """Whether it is there; imports nothing of it."""
        if self.kind == "program":
            return shutil.which(self.name) is not None
        if self.kind == "model":
            return bool(models.installed(self.name, self.engine or ""))
        if self.kind == "file":
            return (paths.data_folder() / self.name).is_file()
        try:
            return importlib.util.find_spec(self.name) is not None
        except ModuleNotFoundError:  # of "one.two" not even "one"
            return False

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
    takes another one behind a colon: "xtts:FOLDER". own_terms: what it loads has a licence of its
    own, of which the studio knows nothing.
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
    own_terms: bool = False

    def missing(self) -> tuple[Need, ...]:
        """The needs that are not met on this machine."""
        return tuple(need for need in self.needs if not need.met())

    def speaks(self, language: str) -> bool:
        """Whether the row works in `language`; "pt-br" is served by a row for "pt"."""
        return not self.languages or any(
            language == one or language.startswith(one + "-") for one in self.languages
        )


_HEARD_BY_WHISPER = (
    "af", "am", "ar", "as", "az", "ba", "be", "bg", "bn", "bo", "br", "bs", "ca", "cs", "cy",
    "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fil", "fo", "fr", "gl", "gu", "ha",
    "haw", "he", "hi", "hr", "ht", "hu", "hy", "id", "is", "it", "iw", "ja", "jv", "ka", "kk",
    "km", "kn", "ko", "la", "lb", "ln", "lo", "lt", "lv", "mg", "mi", "mk", "ml", "mn", "mr",
    "ms", "mt", "my", "nb", "ne", "nl", "nn", "no", "oc", "pa", "pl", "ps", "pt", "ro", "ru",
    "sa", "sd", "si", "sk", "sl", "sn", "so", "sq", "sr", "su", "sv", "sw", "ta", "te", "tg",
    "th", "tk", "tl", "tr", "tt", "uk", "ur", "uz", "vi", "yi", "yo", "yue", "zh",
)  # fmt: skip
"""The languages that Whisper was trained on, as people write their codes."""

FINDERS = ("watchful", "drawn")
"""The face finders that are asked unless others are named; each finds what the other cannot."""


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
        kind="transcriber",
        name="whisper",
        where="whisper:Whisper",
        about="writes down what people say, with the times of words; OpenAI's Whisper",
        licence="MIT",
        languages=_HEARD_BY_WHISPER,
        needs=(
            Need("package", "torch", "pip install torch (see README, AI models)"),
            Need("package", "whisper", "pip install 'audio-description-studio[ai]'"),
            Need("model", "whisper", "studio engines get whisper-small (or another model)"),
        ),
        optional=True,
        models=True,
    ),
    Row(
        kind="transcriber",
        name="faster-whisper",
        where="faster_whisper:FasterWhisper",
        about="the same by CTranslate2: quicker on a processor, in less memory",
        licence="MIT",
        languages=_HEARD_BY_WHISPER,
        needs=(
            Need("package", "faster_whisper", "pip install 'faster-whisper>=1.1,<2'"),
            Need(
                "model",
                "faster-whisper",
                "studio engines get faster-whisper-small (or another model)",
            ),
        ),
        optional=True,
        models=True,
    ),
    Row(
        kind="transcriber",
        name="openai-compatible",
        where="openai_speech:OpenAiSpeech",
        about="asks a server to write down speech: speaches, vLLM, LocalAI, OpenAI ...",
        licence="that of the model it is pointed to",
        languages=_HEARD_BY_WHISPER,
        sends="sound",
        optional=True,
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
        kind="diariser",
        name="acoustic",
        where="voices:Acoustic",
        about="tells up to twelve voices apart by timbre and pitch, one at a time; no model",
        licence="part of the studio",
    ),
    Row(
        kind="diariser",
        name="pyannote",
        where="pyannote:Pyannote",
        about="a trained pipeline of pyannote.audio; a graphics card makes it quick",
        licence="MIT; each pipeline has its own",
        own_terms=True,
        needs=(
            Need("package", "torch", "pip install torch (see README, AI models)"),
            Need("package", "pyannote.audio", "pip install 'pyannote.audio>=4,<5'"),
            Need(
                "file",
                "pyannote/config.yaml",
                "a pipeline for pyannote.audio 4, e.g. speaker-diarization-community-1, fetched "
                "with its makers' account; name its folder as pyannote:FOLDER",
            ),
        ),
        optional=True,
        models=True,
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
        kind="face-finder",
        name="yunet",
        where="yunet:YuNet",
        about="a small network for faces, turned ones too: studio cast --faces yunet",
        licence="MIT",
        needs=(Need("model", "yunet", "studio engines get yunet"),),
        optional=True,
        models=True,
    ),
    Row(
        kind="object-finder",
        name="transformers",
        where="detector:Detector",
        about="people, animals and things for “evidence” to tell of: [evidence] in engines.toml",
        licence="that of the model",
        needs=(
            Need("package", "torch", "pip install torch (see README, AI models)"),
            Need("package", "transformers", "pip install 'audio-description-studio[ai]'"),
            Need(
                "model",
                "transformers",
                "studio engines get rtdetr-r18 (or another model)",
                engine="object-finder",
            ),
        ),
        optional=True,
        models=True,
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
        kind="ranker",
        name="adapter",
        where="adapter:Adapter",
        about="a language model of yours that learned what you write: studio tune adapter",
        licence="that of the model it was learned on",
        needs=(
            Need("package", "torch", "pip install torch (see README, AI models)"),
            Need("package", "transformers", "pip install 'audio-description-studio[ai]'"),
            Need("package", "peft", "pip install 'audio-description-studio[ai]'"),
            Need("file", "adapter/learned.json", "studio tune adapter PROJECT... --model FOLDER"),
        ),
        optional=True,
        models=True,
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
        name="transformers",
        where="local_translator:LocalTranslator",
        about="a translation model on this machine: NLLB, M2M-100, MADLAD or Marian",
        licence="that of the model",
        needs=(
            Need("package", "torch", "pip install torch (see README, AI models)"),
            Need("package", "transformers", "pip install 'audio-description-studio[ai]'"),
            Need("package", "sentencepiece", "pip install 'audio-description-studio[ai]'"),
            Need(
                "model",
                "transformers",
                "studio engines get m2m100-418m (or another model)",
                engine="translator",
            ),
        ),
        optional=True,
        models=True,
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
        kind="sync-meter",
        name="learned",
        where="learned:Learned",
        about="holds the flow of lips against timbre, as it learned from your films: tune sync",
        licence="part of the studio",
        needs=(
            Need("package", "torch", "pip install torch (see README, AI models)"),
            Need("package", "safetensors", "pip install 'audio-description-studio[ai]'"),
            Need("file", "sync-meter.safetensors", "studio tune sync DATA"),
        ),
        optional=True,
        models=True,
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
    Row(
        kind="sound-maker",
        name="procedural",
        where="procedural:Procedural",
        about="pads, pulse and noise, computed from some 150 English words of mood",
        licence="part of the studio",
    ),
    Row(
        kind="sound-maker",
        name="musicgen",
        where="musicgen:MusicGen",
        about="music from words by Meta's MusicGen; a graphics card makes it quick",
        licence="CC-BY-NC-4.0 (weights): no paid work",
        needs=(
            Need("package", "torch", "pip install torch (see README, AI models)"),
            Need("package", "transformers", "pip install 'audio-description-studio[ai]'"),
            Need("model", "musicgen", "studio engines get musicgen-stereo-small (or another)"),
        ),
        optional=True,
        paid_work=False,
        models=True,
    ),
    Row(
        kind="sound-maker",
        name="audioldm",
        where="audioldm:AudioLdm",
        about="sounds of places and music from words by AudioLDM",
        licence="CC-BY-NC-SA-4.0 (weights): no paid work",
        needs=(
            Need("package", "torch", "pip install torch (see README, AI models)"),
            Need("package", "diffusers", "pip install 'audio-description-studio[ai]'"),
            Need("model", "audioldm", "studio engines get audioldm-s (or another model)"),
        ),
        optional=True,
        paid_work=False,
        models=True,
    ),
)
