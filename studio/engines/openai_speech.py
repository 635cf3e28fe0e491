"""The transcriber "openai-compatible": a server with OpenAI's way of transcribing a sound file.

Each stretch goes as a FLAC file to /audio/transcriptions and comes back as "verbose_json" with the
times of segments and words. Where the server is, and which model, stands in engines.toml:

    [openai-compatible-speech]
    url = "http://localhost:8000/v1"
    model = "Systran/faster-whisper-large-v3"
"""

from __future__ import annotations

import io
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from typing import Any

from studio import paths
from studio.engines import Check, Sound, Stretch, Transcript, Unanswered, outside, unchecked
from studio.engines.asking import File, NoAnswer, Patience, Server
from studio.engines.heard import Unbelievable, code_for, transcript
from studio.engines.openai import whole_number
from studio.errors import EngineError

NAME = "openai-compatible"
TABLE = "openai-compatible-speech"
"""What its rows in engines.toml stand under; the describer of that name has its own."""

_ROWS = {"url": "", "model": "", "timeout": "120"}
_POLL = 0.1  # s between two looks whether the work was stopped
_LONGEST_TIMEOUT = 86_400  # s


class OpenAiSpeech:
    """Writes down by asking a server, one stretch after the other."""

    def __init__(self, patience: Patience | None = None) -> None:
        """patience: None takes the usual one, with the timeout the user has written down."""
        self._patience = patience

    @property
    def model(self) -> str:
        rows = outside.server(TABLE, _ROWS)
        return f"{rows['url']} {rows['model']}"

    def transcribe(
        self, stretches: Iterable[Stretch], language: str | None, check: Check = unchecked
    ) -> Generator[Transcript | Unanswered]:
        rows = outside.server(TABLE, _ROWS)
        if not rows["url"] or not rows["model"]:
            raise EngineError(
                f"The transcriber “{NAME}” has not been told which server and which model to ask.",
                "Nothing was sent.",
                f"Write [{TABLE}] with url and model into {paths.engines_file()}",
            )
        outside.check("sound", rows["url"], NAME)
        timeout = whole_number(TABLE, "timeout", rows["timeout"], _LONGEST_TIMEOUT)
        patience = self._patience or Patience(timeout=float(timeout))
        key = outside.key_for(TABLE, outside.host_of(rows["url"]))
        server = Server(rows["url"], f"Bearer {key}" if key else "", patience)
        with ThreadPoolExecutor(1, "asking") as pool:
            try:
                for stretch in stretches:
                    coming = pool.submit(_ask, server, rows["model"], stretch.sound, language)
                    yield _answered(stretch, coming, language, check)
            finally:
                server.close()  # or the thread would wait for an answer nobody wants


def _ask(server: Server, model: str, sound: Sound, language: str | None) -> Any:
    fields = [
        ("model", model),
        ("response_format", "verbose_json"),
        ("timestamp_granularities[]", "segment"),
        ("timestamp_granularities[]", "word"),
        ("temperature", "0"),
    ]
    code = code_for(language)
    if code is not None:
        fields.append(("language", code))
    file = File("file", "speech.flac", "audio/flac", _flac(sound))
    return server.post_file("audio/transcriptions", fields, file)


def _flac(sound: Sound) -> bytes:
    import soundfile

    kept = io.BytesIO()
    soundfile.write(kept, sound.samples, sound.rate, format="FLAC", subtype="PCM_16")
    return kept.getvalue()


def _answered(
    stretch: Stretch, coming: Future[Any], language: str | None, check: Check
) -> Transcript | Unanswered:
    while True:
        check()
        try:
            answer = coming.result(timeout=_POLL)
        except NotYet:
            if coming.done():  # the work itself timed out; its error is the result
                raise
            continue
        except NoAnswer as error:
            return Unanswered(str(error))
        try:
            return transcript(stretch.span, _with_words(answer), language)
        except Unbelievable as error:
            return Unanswered(str(error))


def _with_words(answer: Any) -> dict[str, Any]:
    """The answer with each word in its segment; OpenAI's own servers tell them beside these.

    Raises Unbelievable where it is no transcript with times.
    """
    try:
        segments = [{**one, "words": list(one.get("words") or ())} for one in answer["segments"]]
        words = list(answer.get("words") or ())
        if not any(one["words"] for one in segments):
            for word in words:
                middle = (word["start"] + word["end"]) / 2
                inside = (one for one in segments if one["start"] <= middle <= one["end"])
                home = next(inside, None)
                if home is not None:
                    home["words"].append(word)
        return {"language": answer.get("language", ""), "segments": segments}
    except (KeyError, TypeError, AttributeError) as error:
        raise Unbelievable("The server answered without the times of what is said.") from error
