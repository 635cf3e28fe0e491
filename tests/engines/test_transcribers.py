"""Transcribers: Whisper by two packages, a server of any manners, and what is made of answers."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio import engines
from studio.engines import (
    Sound,
    Stretch,
    Transcript,
    Unanswered,
    heard,
    listening,
    models,
    outside,
)
from studio.engines.asking import Patience
from studio.engines.openai_speech import OpenAiSpeech
from studio.errors import EngineError, UsageError
from studio.progress import Cancelled
from studio.times import Span

RATE = 16_000
SPAN = Span(10_000, 13_000)


def stretch(start: int = 10_000, ms: int = 3000) -> Stretch:
    """Some noise; what is said in it is up to the engine."""
    samples = np.random.default_rng(start).normal(0, 0.05, RATE * ms // 1000)
    return Stretch(Span(start, start + ms), Sound(samples.astype(np.float32), RATE))


def segment(text: str, start: float, end: float, *words: tuple[str, float, float]) -> dict:
    said = [{"word": word, "start": first, "end": last} for word, first, last in words]
    return {"text": text, "start": start, "end": end, "words": said}


# --- what is made of answers ----------------------------------------------------------------------


def test_an_answer_is_put_where_it_was_heard() -> None:
    answer = {
        "language": "en",
        "segments": [
            segment(" Where is it?", 0, 2, (" Where", 0.2, 0.5), (" is it?", 0.5, 1)),
            segment(" ...", 1.2, 1.4),
            segment(" Here.", 2.5, 29.98),
            segment(" Thank you for watching!", 20, 25),
        ],
    }
    found = heard.transcript(SPAN, answer, None)
    assert found.language == "en"
    assert [(one.text, one.span) for one in found.phrases] == [
        ("Where is it?", Span(10_200, 11_000)),
        ("Here.", Span(12_500, 13_000)),  # Whisper hears 30 s, padded with silence
    ]
    assert [one.text for one in found.phrases[0].words] == ["Where", "is it?"]


@pytest.mark.parametrize(
    ("segments", "why"),
    [
        ([segment("Here.", 700, 701)], "times that cannot be"),
        ([segment("Here.", -5, 1)], "times that cannot be"),
        ([segment("Here.", 2, 1)], "times that cannot be"),
        ([segment("Here.", float("nan"), 1)], "times that cannot be"),
        ([segment("Here.", 0, 32)], "times that cannot be"),
        ([segment("Here.", 0, 1, ("Here.", 50, 51))], "times that cannot be"),
        ([segment("la " * 400, 0, 3)], "which nobody says in 3.0 s"),
        ([{"text": "Here."}], "not as it should be"),
        ([segment("Here.", "0", 1)], "not as it should be"),  # type: ignore[arg-type]
        ([{"text": None, "start": 0, "end": 1}], "not as it should be"),
        (["Here."], "not as it should be"),
        (None, "not as it should be"),
    ],
)
def test_an_answer_that_cannot_be_true_is_refused(segments: Any, why: str) -> None:
    with pytest.raises(heard.Unbelievable, match=why):
        heard.transcript(SPAN, {"language": "en", "segments": segments}, "en")


def test_languages_are_told_in_the_codes_of_whisper_and_back() -> None:
    assert heard.code_for("pt-br") == "pt"
    assert heard.code_for("nb") == "no"
    assert heard.code_for(None) is None
    assert heard.transcript(SPAN, {"language": "German", "segments": []}, None).language == "de"
    assert heard.transcript(SPAN, {"language": "de", "segments": []}, "de-at").language == "de-at"
    with pytest.raises(heard.Unbelievable, match="in which language"):
        heard.transcript(SPAN, {"language": "", "segments": []}, None)


# --- models on this machine -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["whisper", "faster-whisper"])
def test_a_model_writes_down_what_it_hears(name: str, installed_models: None) -> None:
    pytest.importorskip(name.replace("-", "_"))
    transcriber = engines.open("transcriber", f"{name}:tiny")
    assert engines.open("transcriber", name).model == transcriber.model  # the only one here
    sound = stretch(ms=2000 if name == "whisper" else 3000)
    (found,) = transcriber.transcribe(iter([sound]), "en")
    assert isinstance(found, Transcript), found
    assert found.language == "en"
    assert found.phrases
    for phrase in found.phrases:
        assert sound.span.start <= phrase.span.start <= phrase.span.end <= sound.span.end
        assert phrase.words


def test_faster_whisper_tells_the_language(installed_models: None) -> None:
    pytest.importorskip("faster_whisper")
    (found,) = engines.open("transcriber", "faster-whisper").transcribe(iter([stretch()]), None)
    assert isinstance(found, Transcript)
    assert found.language in ("en", "de", "fr")


def test_a_folder_that_would_need_the_network_is_refused(
    installed_models: None, tmp_path: Path
) -> None:
    pytest.importorskip("faster_whisper")
    whole = models.model("faster-whisper-tiny").folder
    folder = tmp_path / "half"
    shutil.copytree(whole, folder)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(EngineError, match=r"lacks tokenizer\.json"):
        engines.open("transcriber", f"faster-whisper:{folder}")


def test_a_damaged_model_is_told_in_a_sentence(tmp_path: Path) -> None:
    pytest.importorskip("whisper")
    file = tmp_path / "broken.pt"
    file.write_bytes(b"this is no model")
    transcriber = engines.open("transcriber", f"whisper:{file}")
    with pytest.raises(EngineError, match=r"broken\.pt cannot be loaded"):
        next(transcriber.transcribe(iter([stretch()]), "en"))


def test_a_model_nobody_has_is_named(own_folders: Path) -> None:
    pytest.importorskip("whisper")
    with pytest.raises(EngineError, match="“whisper-base” is not on this machine"):
        engines.open("transcriber", "whisper:base")
    with pytest.raises(UsageError, match="neither a model"):
        engines.open("transcriber", "whisper:nonsense")


# --- the process of a model -----------------------------------------------------------------------


@pytest.fixture
def hosted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Makes an engine of a few lines of Python, `hear(samples, language)`; gives its name."""
    package = tmp_path / "hosted"
    package.mkdir()

    def make(code: str) -> str:
        (package / "hosting.py").write_text(
            "import sys, types, os, time\n"
            "ears = types.ModuleType('studio.engines.ears')\n"
            f"exec({code!r}, ears.__dict__)\n"
            "import studio.engines.listening as listening\n"
            "listening._ENGINES['ears'] = 'ears'\n"
            "sys.modules['studio.engines.ears'] = ears\n",
            encoding="utf-8",
        )
        (package / "run.py").write_text(
            "import hosting, studio.engines.listening as listening\nlistening._main()\n",
            encoding="utf-8",
        )
        start = listening.subprocess.Popen

        def popen(command: list[str], **options: Any) -> Any:
            return start([command[0], str(package / "run.py"), *command[3:]], **options)

        monkeypatch.setattr(listening.subprocess, "Popen", popen)
        return "ears"

    return make


def listen(engine: str, *stretches: Stretch, check: Callable[[], None] = lambda: None) -> list:
    return list(listening.transcripts(engine, Path("x"), iter(stretches), "en", check))


SAYS = "{'language': 'en', 'segments': [{'text': 'Hi.', 'start': 0, 'end': 1}]}"


def test_a_failure_at_one_stretch_does_not_end_the_others(
    hosted: Callable[[str], str],
) -> None:
    engine = hosted(
        "def load(place):\n"
        "    print('noise on stdout')\n"
        "    def hear(samples, language):\n"
        "        if len(samples) < 40000: raise ValueError('too short')\n"
        f"        return {SAYS}\n"
        "    return hear\n"
    )
    found = listen(engine, stretch(0), stretch(5000, 1000), stretch(9000))
    assert isinstance(found[0], Transcript)
    assert isinstance(found[2], Transcript)
    assert found[1] == Unanswered("The model failed (ValueError: too short).")


def test_a_process_that_dies_is_told(hosted: Callable[[str], str]) -> None:
    engine = hosted("import os\ndef load(place):\n    return lambda *_: os._exit(9)\n")
    with pytest.raises(EngineError, match="ended unexpectedly while it listened"):
        listen(engine, stretch())


def test_a_stop_ends_a_model_that_does_not_listen_to_it(hosted: Callable[[str], str]) -> None:
    engine = hosted("import time\ndef load(place):\n    return lambda *_: time.sleep(600)\n")
    calls = itertools.count()

    def check() -> None:
        if next(calls) > 2:
            raise Cancelled

    before = time.monotonic()
    with pytest.raises(Cancelled):
        listen(engine, stretch(), check=check)
    assert time.monotonic() - before < 60  # it would have slept for ten minutes


def test_nothing_to_hear_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening.subprocess, "Popen", None)
    assert listen("whisper") == []


# --- a server -------------------------------------------------------------------------------------


class Form:
    """One request as it came: its fields, its file, what it was authorised by."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self.handler = handler
        self.path = handler.path
        self.login = handler.headers.get("Authorization", "")
        data = handler.rfile.read(int(handler.headers["Content-Length"]))
        kind = handler.headers["Content-Type"]
        boundary = re.fullmatch(r"multipart/form-data; boundary=(\w+)", kind)[1].encode()  # type: ignore[index]
        parts = data.split(b"--" + boundary)
        assert parts[0] == b""
        assert parts[-1] == b"--\r\n"
        self.fields: list[tuple[str, str]] = []
        for part in parts[1:-1]:
            head, _, body = part.partition(b"\r\n\r\n")
            name = re.search(rb'name="([^"]*)"', head)[1].decode()  # type: ignore[index]
            if b"filename=" in head:
                self.file = body[:-2]
            else:
                self.fields.append((name, body[:-2].decode()))

    def answer(self, body: object, status: int = 200, promised: int = 0) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.handler.send_response(status)
        self.handler.send_header("Content-Length", str(promised or len(data)))
        self.handler.end_headers()
        self.handler.wfile.write(data)


GOOD = {
    "language": "english",
    "segments": [{"text": " Where is it?", "start": 0.0, "end": 1.5}],
    "words": [
        {"word": "Where", "start": 0.1, "end": 0.4},
        {"word": "is", "start": 0.4, "end": 0.6},
        {"word": "it", "start": 0.6, "end": 1.0},
    ],
}

Answering = Callable[[Form], None]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answering], list[Form]]]:
    """Runs a server that answers in this way; gives the list of what it was asked."""
    running: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(answering: Answering) -> list[Form]:
        asked: list[Form] = []

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked.append(Form(self))
                answering(asked[-1])

            def log_message(self, *_: Any) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        running.append((server, thread))
        name = "STUDIO_OPENAI_COMPATIBLE_SPEECH_"
        monkeypatch.setenv(f"{name}URL", f"http://127.0.0.1:{server.server_port}/v1")
        monkeypatch.setenv(f"{name}MODEL", "tiny")
        monkeypatch.setenv(f"{name}KEY", "secret")
        return asked

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(*stretches: Stretch, language: str | None = "en-gb", tries: int = 2) -> list:
    patience = Patience(tries=tries, pause=0.001, timeout=0.5)
    return list(OpenAiSpeech(patience).transcribe(iter(stretches), language))


def test_a_server_is_asked_as_openai_says(serve: Callable[[Answering], list[Form]]) -> None:
    import io

    import soundfile

    asked = serve(lambda form: form.answer(GOOD))
    sound = stretch()
    (found,) = ask(sound)
    assert isinstance(found, Transcript)
    assert found.language == "en-gb"
    (phrase,) = found.phrases
    assert (phrase.text, phrase.span) == ("Where is it?", Span(10_100, 11_000))
    assert [one.text for one in phrase.words] == ["Where", "is", "it"]
    (form,) = asked
    assert form.path == "/v1/audio/transcriptions"
    assert form.login == "Bearer secret"
    assert ("response_format", "verbose_json") in form.fields
    assert [value for name, value in form.fields if name == "timestamp_granularities[]"] == [
        "segment", "word"
    ]  # fmt: skip
    assert ("language", "en") in form.fields
    samples, rate = soundfile.read(io.BytesIO(form.file), dtype="float32")
    assert rate == RATE
    assert np.abs(samples - sound.sound.samples).max() < 1e-4


def test_a_server_may_tell_the_language(serve: Callable[[Answering], list[Form]]) -> None:
    asked = serve(lambda form: form.answer(GOOD))
    (found,) = ask(stretch(), language=None)
    assert isinstance(found, Transcript)
    assert found.language == "en"
    assert "language" not in dict(asked[0].fields)


LIES: dict[str, tuple[Answering, str]] = {
    "no times": (lambda form: form.answer({"text": "Hi."}), "without the times"),
    "a list": (lambda form: form.answer([1]), "without the times"),
    "no JSON": (lambda form: form.answer("Where is it?"), "not JSON"),
    "cut off": (lambda form: form.answer(GOOD, promised=4000), "broke off in the middle"),
    "refuses": (lambda form: form.answer({}, status=400), "refuses the question"),
    "fails": (lambda form: form.answer({}, status=500), "fails (HTTP 500)"),
    "another time": (
        lambda form: form.answer({"segments": [segment("Hi.", 900, 901)], "language": "en"}),
        "times that cannot be",
    ),
    "a novel": (
        lambda form: form.answer({"segments": [segment("la " * 999, 0, 1)], "language": "en"}),
        "nobody says",
    ),
    "words of no kind": (
        lambda form: form.answer({**GOOD, "words": [{"word": "Where", "start": "0"}]}),
        "without the times",
    ),
}


@pytest.mark.parametrize("how", LIES)
def test_a_bad_answer_leaves_one_stretch_out(
    how: str, serve: Callable[[Answering], list[Form]]
) -> None:
    answering, why = LIES[how]
    count = itertools.count()

    def first_badly(form: Form) -> None:
        tries = 2 if how == "fails" else 1
        if next(count) < tries:
            answering(form)
        else:
            form.answer(GOOD)

    serve(first_badly)
    bad, good = ask(stretch(0), stretch(20_000))
    assert isinstance(bad, Unanswered)
    assert why in bad.why
    assert isinstance(good, Transcript)


def test_a_slow_server_is_given_up_and_a_key_refused_ends_it(
    serve: Callable[[Answering], list[Form]],
) -> None:
    done = threading.Event()
    serve(lambda form: (done.wait(30), None)[1])
    (found,) = ask(stretch())
    done.set()
    assert isinstance(found, Unanswered)
    assert "no answer within" in found.why
    serve(lambda form: form.answer({}, status=401))
    with pytest.raises(EngineError, match="does not accept the key"):
        ask(stretch())


def test_a_stop_does_not_wait_for_the_server(serve: Callable[[Answering], list[Form]]) -> None:
    done = threading.Event()
    serve(lambda form: (done.wait(60), None)[1])
    calls = itertools.count()

    def check() -> None:
        if next(calls) > 1:
            raise Cancelled

    transcriber = OpenAiSpeech(Patience(timeout=600))
    with pytest.raises(Cancelled):
        next(transcriber.transcribe(iter([stretch()]), None, check))
    done.set()


def test_sound_goes_only_where_its_user_has_allowed_it(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "STUDIO_OPENAI_COMPATIBLE_SPEECH_"
    with pytest.raises(EngineError, match="has not been told which server"):
        ask(stretch())
    monkeypatch.setenv(f"{name}URL", "https://speech.example/v1")
    monkeypatch.setenv(f"{name}MODEL", "tiny")
    outside.change("frames:speech.example", allow=True)
    with pytest.raises(EngineError, match="would send the sound of the film to speech"):
        ask(stretch())
    outside.change("sound:speech.example", allow=True)
    assert outside.allowed()["sound"] == ("speech.example",)
    outside.check("sound", "https://speech.example/v1", "x")
