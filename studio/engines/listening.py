"""A model that listens, in a process of its own: it can be ended at any moment, and with it its
memory is free again.

    python -m studio.engines.listening whisper FILE

The process loads the model, then answers one question after the other: a line of JSON that tells
how many samples follow, the samples, and back a line of JSON. It ends when its input does.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from studio.engines.heard import Answer, Unbelievable, code_for, transcript
from studio.engines.verbs import Check, Stretch, Transcript, Unanswered
from studio.errors import EngineError

Question = tuple[NDArray[np.float32], str | None]
Hear = Callable[[NDArray[np.float32], str | None], Answer]
"""16,000 Hz samples and a language, None to tell it, to what is said."""

_POLL = 0.1  # s between two looks whether the work was stopped
_ENGINES = {"whisper": "whisper", "faster-whisper": "faster_whisper"}
"""The module of each engine that can be hosted; it has `load(place) -> Hear`."""


# --- here -----------------------------------------------------------------------------------------


def transcripts(
    engine: str, place: Path, stretches: Iterable[Stretch], language: str | None, check: Check
) -> Generator[Transcript | Unanswered]:
    """What the model at `place` hears in each stretch; see engines.Transcriber."""
    with contextlib.ExitStack() as stack:
        process: _Process | None = None
        for stretch in stretches:
            if process is None:  # not before there is something to hear
                process = stack.enter_context(_Process(engine, place))
            answer = process.ask(stretch.sound.samples, code_for(language), check)
            if "failed" in answer:
                yield Unanswered(f"The model failed ({answer['failed']}).")
                continue
            try:
                yield transcript(stretch.span, answer, language)
            except Unbelievable as error:
                yield Unanswered(str(error))


class _Process:
    """The process of a model. Leaving it as a context ends it, whatever it does."""

    def __init__(self, engine: str, place: Path) -> None:
        self._engine, self._place = engine, place

    def __enter__(self) -> _Process:
        root = str(Path(__file__).resolve().parents[2])
        search = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "studio.engines.listening", self._engine, str(self._place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": search, "HF_HUB_OFFLINE": "1"},
        )
        self._talking = ThreadPoolExecutor(1, "listening")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._talking.shutdown()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):  # what was not read is not wanted
                    pipe.close()

    def ask(
        self, samples: NDArray[np.float32], language: str | None, check: Check
    ) -> dict[str, Any]:
        """What the model answers. Raises EngineError where it cannot be loaded, or has died."""
        coming = self._talking.submit(self._exchange, samples, language)
        while True:
            check()
            try:
                said = coming.result(timeout=_POLL)
                break
            except NotYet:
                continue
        if not said:
            raise self._died()
        answer: dict[str, Any] = json.loads(said)
        if "unusable" in answer:
            raise EngineError(
                f"The model {self._place} cannot be loaded ({answer['unusable']}).",
                "What was heard so far is kept.",
                f"Get it again, or name another one: --engine {self._engine}:MODEL",
            )
        return answer

    def _exchange(self, samples: NDArray[np.float32], language: str | None) -> bytes:
        """One question and its answer; b"" where the process has ended."""
        to, back = self._process.stdin, self._process.stdout
        assert to is not None  # noqa: S101  # both are pipes
        assert back is not None  # noqa: S101
        question = json.dumps({"language": language, "samples": len(samples)})
        try:
            to.write(question.encode() + b"\n")
            to.write(samples.astype("<f4").tobytes())
            to.flush()
        except OSError:  # it has died; what it said before tells why
            pass
        return back.readline()

    def _died(self) -> EngineError:
        code = self._process.wait()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return EngineError(
            f"“{self._engine}” ended unexpectedly while it listened ({how}).",
            "What was heard so far is kept.",
            "Try again; too little memory is the usual cause, then a smaller model helps.",
        )


# --- in the process -------------------------------------------------------------------------------


def serve(engine: str, place: Path, questions: IO[bytes], answers: IO[bytes]) -> None:
    """Load the model, then answer until the questions end."""
    waiting: queue.Queue[Question] = queue.Queue()
    threading.Thread(target=_read, args=(questions, waiting), daemon=True).start()
    try:
        hear: Hear = importlib.import_module(f"studio.engines.{_ENGINES[engine]}").load(place)
    except Exception as error:  # as many kinds as there are ways to damage a model
        _say(answers, {"unusable": _kind(error)})
        return
    while True:
        samples, language = waiting.get()
        try:
            answer = hear(samples, language)
        except Exception as error:  # whatever the model's own code raises
            answer = {"failed": _kind(error)}
        _say(answers, answer)


def _read(
    questions: IO[bytes], waiting: queue.Queue[tuple[NDArray[np.float32], str | None]]
) -> None:
    """Take questions in; at their end nobody wants an answer, so the process ends at once."""
    while line := questions.readline():
        asked = json.loads(line)
        data = questions.read(4 * asked["samples"])
        waiting.put((np.frombuffer(data, "<f4").astype(np.float32), asked["language"]))
    os._exit(0)


def _say(answers: IO[bytes], answer: Answer) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


def _kind(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]


def _main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # libraries print there
    serve(sys.argv[1], Path(sys.argv[2]), sys.stdin.buffer, answers)


if __name__ == "__main__":
    _main()
