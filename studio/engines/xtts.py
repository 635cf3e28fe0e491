"""The speaker xtts: Coqui's XTTS v2, which speaks 17 languages like a reference voice.

Only voices whose owner agreed are offered (references.py). The model's licence allows no paid
work. Everything is read from a folder on this machine; nothing is ever fetched here.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from studio import engines
from studio.engines import Sound, Voice, models, references, speech_program
from studio.errors import EngineError, UsageError
from studio.media.audio import load_clip

RATE = 24_000  # Hz, of what the model makes

_REFERENCE_RATE = 22_050  # Hz, at which it listens
_OWN_CODES = {"zh": "zh-cn"}  # where the model's name of a language is another
_SENTENCES = re.compile(r"[^.!?…]+[.!?…]*[\"”’)\]]*")
_PAUSE = 0.25  # s between two sentences that are spoken apart
_FEWEST_LETTERS = 60  # no language's limit is below


class Xtts:
    """Speaks like the reference voices; a voice is named like its file."""

    def __init__(self, model: str = "xtts-v2") -> None:
        self._folder = models.located("xtts", model).resolve()  # loaded once, however it is named

    def voices(self) -> tuple[Voice, ...]:
        """Every usable reference in every language; those recorded in a language come first."""
        usable = [one for one in references.references() if not one.problem]
        return tuple(
            Voice(one.file.stem, code)
            for code in engines.row("speaker", "xtts").languages
            for one in sorted(usable, key=lambda one: one.language != code)
        )

    def speak(self, text: str, voice: Voice, tempo: float) -> Sound:
        """`text` at `tempo` times the pace the model gives it; the same for the same arguments.

        Blocks for seconds, the first time for longer: the model is loaded then and kept. Raises
        EngineError where there is nothing to say or the model fails, UsageError for a voice there
        is not.
        """
        reference = _reference(voice)
        spoken = speech_program.plain(text)
        if not speech_program.has_words(spoken):
            raise speech_program.nothing_to_say("xtts", text)
        language = _OWN_CODES.get(voice.language, voice.language)
        with _failing(text):
            model = _loaded(self._folder)
            limit = max(_FEWEST_LETTERS, model.tokenizer.char_limits.get(language, 0))
            pause = np.zeros(round(_PAUSE / tempo * RATE), np.float32)
            pieces: list[Any] = []
            for piece in _pieces(spoken, limit):
                pieces += [pause] if pieces else []
                pieces.append(_said(model, piece, language, reference, tempo))
        return Sound(np.concatenate(pieces), RATE)


def _reference(voice: Voice) -> references.Reference:
    found = next((one for one in references.references() if one.file.stem == voice.name), None)
    if found is None:
        names = ", ".join(one.file.stem for one in references.references())
        raise UsageError(f"xtts has no voice “{voice.name}”.", advice=f"Choose one of: {names}.")
    return references.reference(found.name, found.language)


def _pieces(text: str, limit: int) -> Iterator[str]:
    """The sentences of `text`, the model speaks best one by one; long ones in parts."""
    for sentence in _SENTENCES.findall(text) or [text]:
        yield from _cut(sentence.strip(), limit)


def _cut(sentence: str, limit: int) -> Iterator[str]:
    while len(sentence) > limit:
        place = max(sentence.rfind(", ", 0, limit) + 1, 0) or sentence.rfind(" ", 0, limit)
        place = place if place > 0 else limit
        yield sentence[:place].strip()
        sentence = sentence[place:].strip()
    if sentence:
        yield sentence


def _said(
    model: Any, text: str, language: str, reference: references.Reference, tempo: float
) -> engines.Samples:
    import torch

    gpt, speaker = _manner(model, reference.file, reference.file.stat().st_mtime_ns)
    # the model draws lots: from the text and the voice, so that a clip is made again as it was
    seed = hashlib.sha256(f"{language}\0{reference.file.stem}\0{text}".encode()).digest()[:8]
    device = model.device
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(int.from_bytes(seed) >> 1)
        made = model.inference(text, language, gpt, speaker, speed=tempo)
    samples = np.asarray(made["wav"], dtype=np.float32).reshape(-1)
    return np.clip(samples, -1.0, 1.0)


@functools.lru_cache(maxsize=1)
def _loaded(folder: Path) -> Any:
    """The model in `folder`, on the graphics card where there is one that torch can use."""
    import torch
    from TTS.tts.configs.xtts_config import XttsConfig
    from TTS.tts.models.xtts import Xtts as Model

    config = XttsConfig()
    config.load_json(str(folder / "config.json"))
    model = Model(config)
    model.load_checkpoint(config, checkpoint_dir=str(folder), eval=True)
    return model.to("cuda" if torch.cuda.is_available() else "cpu")


@functools.lru_cache(maxsize=8)
def _manner(model: Any, file: Path, _changed: int) -> tuple[Any, Any]:
    """What the model takes from a reference. `_changed`: a recording made anew is heard anew."""
    import torch

    heard = torch.from_numpy(load_clip(file, _REFERENCE_RATE)).unsqueeze(0).to(model.device)
    with torch.no_grad():
        speaker = model.get_speaker_embedding(heard, _REFERENCE_RATE)
        gpt = model.get_gpt_cond_latents(heard, _REFERENCE_RATE)
    return gpt, speaker


@contextlib.contextmanager
def _failing(text: str) -> Iterator[None]:
    """Whatever the model's libraries raise or print, as a sentence."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            yield
    except (EngineError, UsageError):
        raise
    except ImportError as error:
        raise EngineError(
            f"xtts cannot work: {error}.",
            "The cue stays unspoken.",
            "Install what is missing: pip install 'audio-description-studio[ai]'",
        ) from error
    except Exception as error:
        kind = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise EngineError(
            f"xtts failed on “{speech_program.shortened(text)}” ({kind}).",
            "The cue stays unspoken.",
            "Change the text or the voice; if it fails always, get the model again: "
            "studio engines get xtts-v2",
        ) from error
