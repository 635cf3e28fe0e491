"""The speaker piper: natural voices that need little, each a file the user has fetched."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio.engines import Sound, Voice, models, speech_program
from studio.errors import EngineError, UsageError
from studio.script.languages import language_code

if TYPE_CHECKING:
    from piper import PiperVoice

    from studio.engines import Samples


class Piper:
    """Speaks with the voices of the catalogue that are here, or with those in a folder."""

    def __init__(self, folder: str = "") -> None:
        self._folders = (
            [models.located("piper", folder)]
            if folder
            else [one.folder for one in models.installed("piper")]
        )

    def voices(self) -> tuple[Voice, ...]:
        """One a file, named like it ("en_GB-alan-medium"); its language is in its papers."""
        found = (Voice(file.stem, _language(file)) for file in self._files())
        return tuple(sorted(found, key=lambda one: (one.language, one.name)))

    def speak(self, text: str, voice: Voice, tempo: float) -> Sound:
        """`text` at `tempo` times the voice's own pace, at the voice's own rate.

        Raises EngineError where there is nothing to say or the voice fails, UsageError for a voice
        that is not here.
        """
        file = next((one for one in self._files() if one.stem == voice.name), None)
        if file is None:
            names = ", ".join(one.stem for one in self._files())
            raise UsageError(
                f"piper has no voice “{voice.name}”.", advice=f"Choose one of: {names}."
            )
        spoken = speech_program.plain(text)
        if not speech_program.has_words(spoken):
            raise speech_program.nothing_to_say("piper", text)
        samples, rate = _said(file, spoken, tempo)
        if not samples.size or float(np.abs(samples).max()) == 0:
            raise EngineError(
                f"piper made only silence of “{speech_program.shortened(text)}”.",
                "The cue stays unspoken.",
                "Change the text, or choose another voice.",
            )
        return Sound(samples, rate)

    def _files(self) -> list[Path]:
        found = (file for folder in self._folders for file in folder.resolve().rglob("*.onnx"))
        return sorted(found)


@functools.lru_cache(maxsize=64)
def _language(file: Path) -> str:
    try:
        said = json.loads(_papers(file).read_text(encoding="utf-8"))
        return language_code(str(said["language"]["code"]).replace("_", "-"))
    except (OSError, ValueError, KeyError, TypeError, UsageError) as error:
        raise EngineError(
            f"{_papers(file)} does not say which language the voice speaks.",
            "The voice cannot be used.",
            "Get it again: studio engines get NAME",
        ) from error


def _papers(file: Path) -> Path:
    return file.with_name(f"{file.name}.json")


def _said(file: Path, text: str, tempo: float) -> tuple[Samples, int]:
    from piper import SynthesisConfig

    try:
        voice = _loaded(file)
        # piper varies pace and melody by chance; without that a clip is made again as it was
        manner = SynthesisConfig(
            length_scale=voice.config.length_scale / tempo, noise_scale=0.0, noise_w_scale=0.0
        )
        chunks = [chunk.audio_float_array for chunk in voice.synthesize(text, manner)]
    except Exception as error:  # onnxruntime and piper raise kinds of their own
        raise EngineError(
            f"piper failed on “{speech_program.shortened(text)}” ({error}).",
            "The cue stays unspoken.",
            "Change the text or the voice; if it fails always, get the voice again.",
        ) from error
    whole = np.concatenate(chunks) if chunks else np.zeros(0, np.float32)
    return whole.astype(np.float32), voice.config.sample_rate


@functools.lru_cache(maxsize=2)
def _loaded(file: Path) -> PiperVoice:
    from piper import PiperVoice

    return PiperVoice.load(file)
