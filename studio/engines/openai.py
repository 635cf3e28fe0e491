"""The describer "openai-compatible": a vision model on a server that speaks OpenAI's chat protocol.

Two questions a moment: what is to be seen (with the pictures), then descriptions of it that fit.
Several moments are asked at once, as many as the server is said to take; vLLM and its like do the
scheduling. Every answer is kept in the cache under a hash of its question, so a run that was ended
asks only for what is missing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import cache, paths
from studio.engines import (
    SAW,
    SEEN,
    Brief,
    Check,
    Moment,
    Picture,
    Proposal,
    Unanswered,
    answers,
    outside,
    unchecked,
)
from studio.engines.asking import NoAnswer, Patience, Server
from studio.errors import EngineError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME = "openai-compatible"

_ROWS = {"url": "", "model": "", "parallel": "4", "timeout": "120"}
_WIDTH = 768  # pixels of a picture sent; what vision models see at once
_QUALITY = 85
_TOKENS_LOOK, _TOKENS_SHORT = 600, 400
_TEMPERATURE = 0.3  # some variety between candidates, little invention
_SEED = 1
_POLL = 0.2  # s between two looks whether the work was stopped
_MOST_AT_ONCE = 64
_MOST_LETTERS = 20_000  # of an answer; the questions ask for a page at most


class OpenAiCompatible:
    """Describes by asking a server. Where it is, and which model, the user has written down."""

    def __init__(self, wait: Callable[[float], object] | None = None) -> None:
        """wait: sleeps before a question is asked again; tests give their own."""
        self._wait = wait

    def describe(
        self, moments: Iterable[Moment], check: Check = unchecked
    ) -> Generator[tuple[Proposal, ...] | Unanswered]:
        rows = outside.server(NAME, _ROWS)
        if not rows["url"] or not rows["model"]:
            raise EngineError(
                f"The describer “{NAME}” has not been told which server and which model to ask.",
                "Nothing was sent.",
                f"Write [{NAME}] with url and model into {paths.engines_file()}",
            )
        outside.check("frames", rows["url"], NAME)
        at_once = whole_number(NAME, "parallel", rows["parallel"], _MOST_AT_ONCE)
        patience = Patience(timeout=float(whole_number(NAME, "timeout", rows["timeout"], 86_400)))
        key = outside.key_for(NAME, outside.host_of(rows["url"]))
        login = f"Bearer {key}" if key else ""
        server = Server(rows["url"], login, patience, self._wait)
        model = _Model(server, rows["model"])
        yield from _in_order(moments, model.proposals, at_once, check, server.close)


def whole_number(name: str, row: str, value: str, most: int) -> int:
    """The row of an engine in engines.toml as a number from 1 to `most`. Raises UsageError."""
    if not value.isdigit() or not 1 <= int(value) <= most:
        raise UsageError(
            f"For {name}, {row} cannot be “{value}”.",
            advice=f"Give a whole number from 1 to {most}.",
        )
    return int(value)


def _in_order(
    moments: Iterable[Moment],
    work: Callable[[Moment], tuple[Proposal, ...]],
    at_once: int,
    check: Check,
    stop: Callable[[], None],
) -> Generator[tuple[Proposal, ...] | Unanswered]:
    """The answers to all moments in order, worked on `at_once` at a time on threads.

    A moment is taken in only when one has been given out, so which answers are known by then does
    not depend on how fast they came.
    """
    waiting = iter(moments)
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="asking")
    try:
        running: deque[Future[tuple[Proposal, ...]]] = deque(
            pool.submit(work, moment) for moment in islice(waiting, at_once)
        )
        while running:
            try:
                answer: tuple[Proposal, ...] | Unanswered = _result(running.popleft(), check)
            except NoAnswer as error:
                answer = Unanswered(str(error))
            yield answer
            running.extend(pool.submit(work, moment) for moment in islice(waiting, 1))
    finally:
        stop()  # or threads would wait for answers nobody wants
        pool.shutdown(wait=True, cancel_futures=True)


def _result(future: Future[tuple[Proposal, ...]], check: Check) -> tuple[Proposal, ...]:
    while True:
        check()
        try:
            return future.result(timeout=_POLL)
        except NotYet:
            if future.done():  # the work itself timed out; its error is the result
                raise


class _Model:
    """A model on a server, asked in two turns; answers are kept."""

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name
        self._kept = paths.cache_folder("answers")

    def proposals(self, moment: Moment) -> tuple[Proposal, ...]:
        """The candidates for a moment. Raises NoAnswer and EngineError."""
        brief = moment.brief
        if brief is None:
            raise ValueError("a moment for a free describer needs a brief")
        seen = self._look(brief, moment)
        short = self._ask(
            _message("system", brief.system),
            _message("user", brief.shorten.replace(SEEN, seen.replace(SEEN, ""))),
            tokens=_TOKENS_SHORT,
        )
        evidence = (f"model {self._name}", SAW + answers.shortened(seen))
        return tuple(Proposal(text, evidence) for text in answers.candidates(short))

    def _look(self, brief: Brief, moment: Moment) -> str:
        shown: list[dict[str, Any]] = []
        for label, pictures in (
            ("The shots before:", moment.earlier),
            ("The shot to describe:", moment.pictures),
            ("The shots after:", moment.later),
        ):
            if pictures:
                shown += [_text(label), *map(_image, pictures)]
        user = {"role": "user", "content": [*shown, _text(brief.look)]}
        return self._ask(_message("system", brief.system), user, tokens=_TOKENS_LOOK)

    def _ask(self, *messages: dict[str, Any], tokens: int) -> str:
        """The text answered to `messages`, from the cache where it was asked before."""
        body = {
            "model": self._name,
            "messages": messages,
            "max_tokens": tokens,
            "temperature": _TEMPERATURE,
            "seed": _SEED,
        }
        question = json.dumps([self._server.url, body], ensure_ascii=False, sort_keys=True)
        file = self._kept / f"{hashlib.sha256(question.encode()).hexdigest()}.txt"
        try:
            return file.read_text(encoding="utf-8")
        except FileNotFoundError:
            text = _answered(self._server.post("chat/completions", body), self._server.host)
        except UnicodeDecodeError:  # damaged: asked again, and written anew
            text = _answered(self._server.post("chat/completions", body), self._server.host)
        _keep(file, text)
        return text


def _answered(answer: Any, host: str) -> str:
    """The text in a completion. Raises NoAnswer where there is none."""
    try:
        content = answer["choices"][0]["message"]["content"]
        if isinstance(content, list):  # in parts
            content = "".join(part["text"] for part in content if part["type"] == "text")
    except (KeyError, IndexError, TypeError) as error:
        raise NoAnswer(f"{host} gave an answer without a text.") from error
    if not isinstance(content, str):
        raise NoAnswer(f"{host} gave an answer without a text.")
    text = answers.plain(content)
    if not answers.says_something(text):
        raise NoAnswer(f"{host} gave an empty answer.")
    if len(text) > _MOST_LETTERS:
        raise NoAnswer(f"{host} gave a text of {len(text)} letters, where a few lines were asked.")
    return text


def _keep(file: Path, text: str) -> None:
    """Write an answer to the cache. Raises EngineError."""
    try:
        cache.write(file, lambda stream: stream.write(text.encode()))
    except OSError as error:
        raise EngineError(
            f"An answer cannot be kept in {file.parent} ({error.strerror or error}).",
            "The next run would have to ask for it again.",
            "Make room there.",
        ) from error


def _message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": text}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _image(picture: Picture) -> dict[str, Any]:
    import cv2
    import numpy as np

    height, width = picture.pixels.shape[:2]
    pixels: NDArray[np.uint8] = np.ascontiguousarray(picture.pixels[:, :, ::-1])
    scale = _WIDTH / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    done, jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise NoAnswer("A picture of the film cannot be written as JPEG.")
    data = base64.b64encode(jpeg.tobytes()).decode("ascii")
    return {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{data}"}}
