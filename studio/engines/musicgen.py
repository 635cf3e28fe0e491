"""The sound-maker "musicgen": music from words, by a MusicGen model on this machine.

    studio bed FILM --engine musicgen:FOLDER -o OUT.wav

Any model of the class MusicgenForConditionalGeneration, of the catalogue or in a folder; nothing is
fetched here. It makes half a minute at a time; for more it is given the end of what it has made and
goes on from there. Its weights allow no paid work.
"""

from __future__ import annotations

import contextlib
import functools
import io
import math
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio.engines import Check, Wish, models, unchecked
from studio.engines.continued import finished, needed
from studio.errors import EngineError, StudioError

if TYPE_CHECKING:
    from studio.engines import Stereo

NAME = "musicgen"

_WINDOW = 30.0  # s that a model was trained to make at once
_HEARD = 5.0  # s of what it has made that it goes on from, or a third of a shorter window
_GUIDANCE = 3.0  # how closely it keeps to the words, as its authors use it


class MusicGen:
    """Makes music in the mood of the words. Loaded when first asked, kept until another is."""

    def __init__(self, model: str = "") -> None:
        """model: of the catalogue or a folder; "" takes the one that was fetched."""
        self._folder = models.located(NAME, model or models.installed(NAME)[0].name).resolve()

    def make(self, wish: Wish, check: Check = unchecked) -> Generator[Stereo]:
        with failing(NAME, self._folder):
            model = _loaded(self._folder)
            heard = round(model.heard * model.rate)
            yield from finished(model.pieces(wish, check), model.rate, heard, True, wish)


class _Model:
    """A loaded model. rate: Hz. window, heard: s it makes at once, and of those before."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoProcessor, MusicgenForConditionalGeneration

        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
        loaded = MusicgenForConditionalGeneration.from_pretrained(folder, local_files_only=True)
        self._model = loaded.to(self._device).eval()
        codec = loaded.config.audio_encoder
        self.rate = int(codec.sampling_rate)
        self._frames = codec.frame_rate  # tokens a second
        most = loaded.generation_config.max_length or math.inf
        self.window = min(_WINDOW, most / self._frames)
        self.heard = math.floor(min(_HEARD, self.window / 3) * self._frames) / self._frames

    def pieces(self, wish: Wish, check: Check) -> Iterator[Stereo]:
        """Each piece begins with the last `heard` seconds of the one before."""
        words = ", ".join(one for one in (wish.atmosphere, wish.rhythm, wish.melody) if one.strip())
        left, before = needed(wish), None
        number = 0
        while left > 0:
            seconds = min(self.window, left + (self.heard if before is not None else 0))
            # never too short to be gone on from
            seconds = max(seconds, 2 * self.heard)
            piece = self._piece(words, seconds, before, wish.seed + number, check)
            left -= piece.shape[1] / self.rate - self.heard * bool(number)
            before, number = piece[:, piece.shape[1] - round(self.heard * self.rate) :], number + 1
            yield piece

    def _piece(
        self, words: str, seconds: float, before: Stereo | None, seed: int, check: Check
    ) -> Stereo:
        from transformers import StoppingCriteria, StoppingCriteriaList

        torch = self._torch

        class Checked(StoppingCriteria):  # type: ignore[misc]  # transformers ships no types
            def __call__(self, input_ids: Any, _scores: Any, **_: Any) -> Any:
                check()
                return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)

        given: dict[str, Any] = {}
        heard = 0.0
        if before is not None:
            sound = before if len(before) > 1 else before[0]
            given, heard = {"audio": sound, "sampling_rate": self.rate}, self.heard
        inputs = self._processor(text=[words], padding=True, return_tensors="pt", **given)
        tokens = max(1, math.ceil((seconds - heard) * self._frames))
        with torch.random.fork_rng(["cuda"] if self._device == "cuda" else []):
            torch.manual_seed(seed)
            with torch.inference_mode():
                made = self._model.generate(
                    **inputs.to(self._device),
                    do_sample=True,
                    guidance_scale=_GUIDANCE,
                    max_new_tokens=tokens,
                    stopping_criteria=StoppingCriteriaList([Checked()]),
                )
        return np.asarray(made[0].float().cpu().numpy(), np.float32)


@functools.lru_cache(maxsize=1)
def _loaded(folder: Path) -> _Model:
    with _quiet():
        return _Model(folder)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the libraries print about themselves off the terminal."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


@contextlib.contextmanager
def failing(name: str, folder: Path) -> Iterator[None]:
    """Whatever a model's own code raises, as a sentence."""
    try:
        yield
    except StudioError:
        raise
    except Exception as error:  # as many kinds as there are ways to damage a model
        raise _failed(name, folder, error) from error


def _failed(name: str, folder: Path, error: Exception) -> EngineError:
    kind = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return EngineError(
        f"The sound-maker “{name}” failed with the model in {folder} ({kind}).",
        "The bed has no sound.",
        "Get the model again, name another one, or use the built-in sound-maker “procedural”.",
    )
