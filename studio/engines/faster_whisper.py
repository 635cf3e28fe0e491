"""The transcriber faster-whisper: Whisper by CTranslate2, quicker on processors and in less memory.

A model is a folder, named by the catalogue or by its path; nothing is fetched here. It works in a
process of its own (listening.py).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.engines import Check, Stretch, Transcript, Unanswered, models, unchecked
from studio.engines.heard import Answer
from studio.engines.listening import Hear, transcripts
from studio.engines.whisper import catalogued, largest
from studio.errors import EngineError

NAME = "faster-whisper"
_NEEDED = ("model.bin", "config.json", "tokenizer.json")
"""Without the last one the package would ask the network for it."""


class FasterWhisper:
    """Writes down what a model hears. Loaded anew for each run, and gone with it."""

    def __init__(self, model: str = "") -> None:
        """model: "large-v3" as in the catalogue, or a folder; "" the largest there is."""
        self._folder = models.located(NAME, catalogued(NAME, model) if model else largest(NAME))
        missing = [one for one in _NEEDED if not (self._folder / one).is_file()]
        if missing:
            raise EngineError(
                f"The folder {self._folder} lacks {' and '.join(missing)}.",
                f"“{NAME}” cannot work with it.",
                "Name a folder with a Whisper model for CTranslate2.",
            )

    @property
    def model(self) -> str:
        found = (self._folder / "model.bin").stat()
        return f"{self._folder.resolve().name} {found.st_size} {found.st_mtime_ns}"

    def transcribe(
        self, stretches: Iterable[Stretch], language: str | None, check: Check = unchecked
    ) -> Generator[Transcript | Unanswered]:
        yield from transcripts(NAME, self._folder, stretches, language, check)


def load(folder: Path) -> Hear:
    """The model in a folder, ready to hear; for the process it works in."""
    import ctranslate2
    from faster_whisper import WhisperModel

    model = WhisperModel(str(folder), device="auto", local_files_only=True)

    def hear(samples: NDArray[np.float32], language: str | None) -> Answer:
        ctranslate2.set_random_seed(1)  # where it is unsure it draws lots: always the same
        segments, about = model.transcribe(
            samples,
            language=language,
            word_timestamps=True,
            condition_on_previous_text=False,  # or one mistake would lead to the next
        )
        said = [
            {
                "text": one.text,
                "start": float(one.start),
                "end": float(one.end),
                "words": [
                    {"word": w.word, "start": float(w.start), "end": float(w.end)}
                    for w in one.words or ()
                ],
            }
            for one in segments
        ]
        return {"language": about.language, "segments": said}

    return hear
