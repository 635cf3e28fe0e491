"""The diariser "pyannote": the pipelines of pyannote.audio 4, from files of this machine.

    studio cast PROJECT --diariser pyannote:FOLDER

FOLDER holds a pipeline's config.yaml, which names files of this machine, as the hub's own program
leaves it there ("pyannote/speaker-diarization-community-1" and others; their makers ask for an
account, so the studio cannot fetch them). While it works the hub is offline and pyannote's own
metrics, which it sends home unasked, are off. The speech of the whole film is given to it at once,
4 bytes a sample of 16,000 a second: 230 MB for an hour of speech, and what pyannote needs besides.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import os
import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio import paths
from studio.engines.machine import device, in_short, quiet
from studio.engines.translators import finished_within
from studio.engines.verbs import Check, Stretch, VoiceTurn, unchecked
from studio.errors import EngineError, UsageError
from studio.times import Span

NAME = "pyannote"
CONFIG = "config.yaml"

_RATE = 16_000
_PAUSE = 500  # ms of silence between two stretches, so that nobody's turn leads over
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "PYANNOTE_METRICS_ENABLED": "false",
}


class Pyannote:
    """Tells voices apart with a pipeline of pyannote.audio. Loaded anew for each film."""

    def __init__(self, model: str = "") -> None:
        """model: a folder with config.yaml; "" the one named pyannote in the data folder."""
        self._folder = Path(model).expanduser() if model else paths.data_folder() / NAME
        if not (self._folder / CONFIG).is_file():
            raise UsageError(
                f"The folder {self._folder} holds no {CONFIG} of a pipeline of pyannote.audio.",
                advice=f"Name one that does, as {NAME}:FOLDER.",
            )

    def tell_apart(
        self, stretches: Iterable[Stretch], most: int, check: Check = unchecked
    ) -> tuple[VoiceTurn, ...]:
        """See Diariser. Where two talk at once it names the one who is heard best."""
        joined = _joined(stretches, check)
        if not joined.spans:
            return ()
        stopped = threading.Event()

        def hook(*_: object, **__: object) -> None:
            """pyannote calls this after every batch."""
            if stopped.is_set():
                raise _NoLongerWantedError

        try:
            turns = finished_within(
                lambda: self._turns(joined.samples, most, hook), check, timeout=math.inf
            )
        finally:
            stopped.set()  # the thread ends with its next batch
        return _numbered(piece for turn in turns for piece in _in_film(turn, joined))

    def _turns(
        self, samples: NDArray[np.float32], most: int, hook: object
    ) -> list[tuple[float, float, str]]:
        """Start and end, ms in `samples`, and whose turn it is."""
        with quiet(), _offline():
            try:
                import torch

                audio: Any = importlib.import_module("pyannote.audio")
                pipeline = audio.Pipeline.from_pretrained(self._folder / CONFIG)
                if device() == "cuda":
                    pipeline.to(torch.device("cuda"))
                sound = {
                    "waveform": torch.from_numpy(samples[np.newaxis]),
                    "sample_rate": _RATE,
                }
                answer = pipeline(sound, max_speakers=most, hook=hook)
                tracks = answer.exclusive_speaker_diarization.itertracks(yield_label=True)
                return [(one.start * 1000, one.end * 1000, str(who)) for one, _, who in tracks]
            except Exception as error:  # whatever the pipeline's own code raises
                raise EngineError(
                    f"The diariser “{NAME}” failed with {self._folder} ({in_short(error)}).",
                    "No voices were told apart.",
                    f"Its {CONFIG} must name files of this machine; nothing is fetched.",
                ) from error


class _NoLongerWantedError(Exception):
    """Ends the pipeline's work from within."""


@contextlib.contextmanager
def _offline() -> Iterator[None]:
    """Keep the hub's library from the network and pyannote from sending metrics."""
    import huggingface_hub.constants as hub

    before = {name: os.environ.get(name) for name in _OFFLINE}
    hub_before = hub.HF_HUB_OFFLINE  # read from the environment once, when it was imported
    os.environ.update(_OFFLINE)
    hub.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        hub.HF_HUB_OFFLINE = hub_before
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


# --- the film's time and the pipeline's -----------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Joined:
    """Stretches one after the other, with pauses. starts: ms in `samples`, one for each span."""

    spans: tuple[Span, ...]
    starts: tuple[float, ...]
    samples: NDArray[np.float32]


def _joined(stretches: Iterable[Stretch], check: Check) -> _Joined:
    spans: list[Span] = []
    starts: list[float] = []
    parts: list[NDArray[np.float32]] = []
    length = 0
    for stretch in stretches:
        check()
        if spans and stretch.span.start > spans[-1].end:
            parts.append(np.zeros(_PAUSE * _RATE // 1000, np.float32))
            length += len(parts[-1])
        spans.append(stretch.span)
        starts.append(length * 1000 / _RATE)
        parts.append(stretch.sound.samples)
        length += len(parts[-1])
    samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return _Joined(tuple(spans), tuple(starts), samples)


def _in_film(turn: tuple[float, float, str], joined: _Joined) -> Iterator[tuple[Span, str]]:
    """The parts of a turn that lie in stretches, film ms."""
    start, end, who = turn
    place = max(0, bisect_right(joined.starts, start) - 1)
    while place < len(joined.spans) and joined.starts[place] < end:
        span, begin = joined.spans[place], joined.starts[place]
        here = round(span.start + max(0.0, start - begin))
        until = min(span.end, round(span.start + end - begin))
        if here < until:
            yield Span(here, until), who
        place += 1


def _numbered(found: Iterable[tuple[Span, str]]) -> tuple[VoiceTurn, ...]:
    """Turns in order of time, those of one voice that touch made one; voices as first heard."""
    turns: list[VoiceTurn] = []
    numbers: dict[str, int] = {}
    for span, who in sorted(found, key=lambda one: (one[0].start, one[0].end, one[1])):
        voice = numbers.setdefault(who, len(numbers))
        if turns and turns[-1].voice == voice and turns[-1].span.end == span.start:
            turns[-1] = VoiceTurn(Span(turns[-1].span.start, span.end), voice)
        else:
            turns.append(VoiceTurn(span, voice))
    return tuple(turns)
