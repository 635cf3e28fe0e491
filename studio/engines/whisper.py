"""The transcriber whisper: OpenAI's Whisper by its own package, on this machine.

    studio transcribe PROJECT --engine whisper:large-v3

A model is a file of the package's own kind (.pt), named by the catalogue or by its path; nothing is
fetched here. It works in a process of its own (listening.py).
"""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.engines import Check, Stretch, Transcript, Unanswered, models, unchecked
from studio.engines.heard import Answer
from studio.engines.listening import Hear, transcripts
from studio.errors import EngineError, UsageError

NAME = "whisper"
_SUFFIX = ".pt"


class Whisper:
    """Writes down what a model hears. Loaded anew for each run, and gone with it."""

    def __init__(self, model: str = "") -> None:
        """model: "large-v3" as in the catalogue, a file or its folder; "" the largest there is."""
        self._file = _file(model).resolve()

    @property
    def model(self) -> str:
        found = self._file.stat()
        return f"{self._file.name} {found.st_size} {found.st_mtime_ns}"

    def transcribe(
        self, stretches: Iterable[Stretch], language: str | None, check: Check = unchecked
    ) -> Generator[Transcript | Unanswered]:
        yield from transcripts(NAME, self._file, stretches, language, check)


def largest(engine: str) -> str:
    """The largest model of an engine that is on this machine. Raises UsageError."""
    here = models.installed(engine)
    if not here:
        raise UsageError(
            f"The transcriber “{engine}” has not been told which model to use.",
            advice=f"Name one as {engine}:MODEL, or see: studio engines get",
        )
    return max(here, key=lambda one: one.size).name


def catalogued(engine: str, model: str) -> str:
    """A model's name in the catalogue, for which "large-v3" is enough; else as it is."""
    full = f"{engine}-{model}"
    return full if any(one.name == full for one in models.catalogue()) else model


def _file(model: str) -> Path:
    file = Path(model).expanduser()
    if model and file.is_file():
        return file
    folder = models.located(NAME, catalogued(NAME, model) if model else largest(NAME))
    found = sorted(folder.glob(f"*{_SUFFIX}"))
    if len(found) != 1:
        raise EngineError(
            f"The folder {folder} holds {len(found)} files of Whisper ({_SUFFIX}).",
            "It is not clear what to load.",
            f"Name the file: --engine {NAME}:FILE",
        )
    return found[0]


def load(file: Path) -> Hear:
    """The model in a file, ready to hear; for the process it works in."""
    import torch
    import whisper

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = whisper.load_model(str(file), device=device)
    heads = whisper._ALIGNMENT_HEADS.get(file.stem)  # a file does not bring its own
    if heads is not None:  # those that tell the times of words best
        model.set_alignment_heads(heads)

    def hear(samples: NDArray[np.float32], language: str | None) -> Answer:
        torch.manual_seed(0)  # where it is unsure it draws lots: always the same
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about slower code where there is no compiler
            said = model.transcribe(
                samples,
                language=language,
                word_timestamps=True,
                condition_on_previous_text=False,  # or one mistake would lead to the next
                fp16=device == "cuda",
                verbose=None,
            )
        segments = [
            {
                "text": one["text"],
                "start": float(one["start"]),
                "end": float(one["end"]),
                "words": [
                    {"word": w["word"], "start": float(w["start"]), "end": float(w["end"])}
                    for w in one.get("words", ())
                ],
            }
            for one in said["segments"]
        ]
        return {"language": said["language"], "segments": segments}

    return hear
