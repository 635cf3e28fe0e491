"""The describer that asks a server: against real servers, honest and otherwise."""

from __future__ import annotations

import itertools
import socket
import threading
from email.utils import formatdate
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.engines import SEEN, Brief, Moment, Picture, Proposal, Unanswered, outside
from studio.engines.asking import NoAnswer, Patience, Server
from studio.engines.openai import NAME, OpenAiCompatible
from studio.errors import EngineError, StudioError, UsageError
from studio.progress import Cancelled
from studio.times import Span
from tests.chat_server import Asked, ChatServer, plain, serving


def picture(time: int, shade: int = 90) -> Picture:
    return Picture(time, np.full((540, 960, 3), shade, np.uint8))


def moment(number: int = 0, **changes: object) -> Moment:
    brief = Brief("You describe.", f"Look at number {number}.", f"Shorten {number}: {SEEN}")
    values = {"pictures": (picture(number), picture(number + 100)), "brief": brief, **changes}
    return Moment(Span(number, number + 200), "en", motion=1.0, word_limit=9, **values)  # type: ignore[arg-type]


class Pauses:
    """Takes the place of sleeping and notes how long it would have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def describe(server: ChatServer, count: int = 1, **rows: str) -> list:
    set_up(server.url, **rows)
    moments = (moment(number) for number in range(count))
    return list(OpenAiCompatible(Pauses()).describe(moments))


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    global _PATCH  # noqa: PLW0603
    _PATCH = monkeypatch
    monkeypatch.setenv("STUDIO_OPENAI_COMPATIBLE_KEY", "")


_PATCH: pytest.MonkeyPatch


def set_up(url: str, **rows: str) -> None:
    for row, value in {"url": url, "model": "tiny-vl", **rows}.items():
        _PATCH.setenv(f"STUDIO_OPENAI_COMPATIBLE_{row.upper()}", value)


# --- an honest server -----------------------------------------------------------------------------


def test_two_turns_give_candidates() -> None:
    with serving(plain) as server:
        (answer,) = describe(server)
    assert [one.text for one in answer] == [
        "A man in a green coat opens a door.",
        "The video shows a man opening a wooden door at night.",
        "A man opens a wooden door.",
        "At night, a door opens.",
    ]
    assert answer[0].evidence == (
        "model tiny-vl",
        "saw: A man in a green coat opens a wooden door. It is night.",
    )
    look, shorten = server.asked
    assert look.path == shorten.path == "/v1/chat/completions"
    assert look.body["model"] == "tiny-vl"
    assert "Look at number 0." in look.text
    assert "Shorten 0: A man in a green coat opens a wooden door." in shorten.text
    assert not shorten.jpegs
    assert "authorization" not in look.headers


def test_pictures_go_as_jpeg_in_order_of_time() -> None:
    shots = moment(earlier=(picture(1, 10),), later=(picture(3, 250),), pictures=(picture(2, 120),))
    with serving(plain) as server:
        set_up(server.url)
        list(OpenAiCompatible().describe([shots]))
    shown = [
        cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_COLOR)
        for one in server.asked[0].jpegs
    ]
    assert [one.shape for one in shown] == [(432, 768, 3)] * 3
    assert [round(float(one.mean())) for one in shown] == pytest.approx([10, 120, 250], abs=2)


def test_several_are_asked_at_once_and_come_in_order() -> None:
    both = threading.Barrier(2, timeout=60)

    def answer(asked: Asked) -> None:
        if asked.looks:
            both.wait()  # passes only when two questions are there together
        asked.say(f"A man. {asked.text[-40:]}" if asked.looks else asked.text.splitlines()[-1])

    with serving(answer) as server:
        answers = describe(server, 6, parallel="2")
    assert server.most_at_once == 2
    assert [f"number {n}." in one[0].text for n, one in enumerate(answers)] == [True] * 6


def test_what_was_answered_is_not_asked_again() -> None:
    with serving(plain) as server:
        first = describe(server, 3)
        assert len(server.asked) == 6
        assert describe(server, 4) == [*first, first[0]]
        assert len(server.asked) == 8
        describe(server, 1, model="another")
        assert len(server.asked) == 10


def test_thoughts_and_parts_are_understood() -> None:
    def answer(asked: Asked) -> None:
        if asked.looks:
            asked.say(
                [
                    {"type": "text", "text": "<think>Hm. A dog?</think>A "},
                    {"type": "text", "text": "cat."},
                ]
            )
        else:
            asked.say("<think>short</think>\nA cat.\n\n---\nA cat.")

    with serving(answer) as server:
        (answer_,) = describe(server)
    assert answer_ == (Proposal("A cat.", ("model tiny-vl", "saw: A cat.")),)


# --- servers that fail ----------------------------------------------------------------------------

LIES = {
    "no JSON": lambda asked: asked.send("<html>It works!</html>"),
    "half a JSON": lambda asked: asked.send('{"choices": [{"mess'),
    "no choices": lambda asked: asked.send('{"choices": []}'),
    "a list": lambda asked: asked.send("[1, 2]"),
    "a number": lambda asked: asked.send("7"),
    "an error in a 200": lambda asked: asked.send('{"error": {"message": "no"}}'),
    "no text": lambda asked: asked.say(None),
    "a number for a text": lambda asked: asked.say(3),
    "an empty text": lambda asked: asked.say("  …\n"),
    "only thoughts": lambda asked: asked.say("<think>what could that be"),
    "broken off": lambda asked: asked.send('{"choices"', promised=500),
    "refused": lambda asked: asked.send("{}", 400),
    "too deep": lambda asked: asked.send("[" * 100_000),
    "huge": lambda asked: asked.send('"' + "x" * (5 * 1024**2) + '"'),
    "a book": lambda asked: asked.say("A man walks. " * 5000),
    "closed": lambda asked: asked.handler.connection.shutdown(socket.SHUT_RDWR),
    "not HTTP": lambda asked: asked.handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("turn", ["look", "shorten"])
def test_a_broken_answer_costs_one_moment(lie: str, turn: str) -> None:
    def answer(asked: Asked) -> None:
        second = "number 1." in asked.text or "Shorten 1" in asked.text
        if second and asked.looks == (turn == "look"):
            LIES[lie](asked)
            return
        plain(asked)

    with serving(answer) as server:
        answers = describe(server, 3)
    assert [isinstance(one, Unanswered) for one in answers] == [False, True, False]
    assert answers[1].why.startswith("127.0.0.1 ")
    assert answers[1].why.endswith(".")


def test_a_server_that_drips_for_ever_is_left() -> None:
    def answer(asked: Asked) -> None:
        asked.drip(server.stop)

    with serving(answer) as server:
        (one,) = describe(server, timeout="1")
    assert one == Unanswered("127.0.0.1 gave no answer within 1 s.")


def test_a_silent_server_is_left() -> None:
    with serving(lambda asked: server.stop.wait()) as server:
        connection = Server(server.url, patience=Patience(timeout=0.2))
        with pytest.raises(NoAnswer, match="no answer within"):
            connection.post("chat/completions", {"messages": []})
        server.stop.set()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again_after_longer_and_longer(status: int) -> None:
    times = itertools.count()

    def answer(asked: Asked) -> None:
        if next(times) < 3:
            asked.send("busy", status)
        else:
            plain(asked)

    pauses = Pauses()
    with serving(answer) as server:
        set_up(server.url)
        (one,) = OpenAiCompatible(pauses).describe([moment()])
    assert len(one) == 4
    assert pauses.seconds == [1, 2, 4]
    assert len(server.asked) == 5


def test_a_server_says_how_long_to_wait() -> None:
    asks = iter(["7", formatdate(0, usegmt=True), "soon"])

    def answer(asked: Asked) -> None:
        after = next(asks, None)
        plain(asked) if after is None else asked.send("", 429, Retry_After=after)

    pauses = Pauses()
    with serving(answer) as server:
        set_up(server.url)
        (one,) = OpenAiCompatible(pauses).describe([moment()])
    assert len(one) == 4
    assert pauses.seconds == [7, 0, 4]  # a date gone by; then words, which say nothing


def test_a_server_that_wants_an_hour_is_left() -> None:
    with serving(lambda asked: asked.send("", 429, Retry_After="3600")) as server:
        (one,) = describe(server)
    assert one == Unanswered("127.0.0.1 fails (HTTP 429). It wants to be left alone for 3600 s.")


def test_a_server_that_stays_busy_is_left_after_five_times() -> None:
    with serving(lambda asked: asked.send("", 503)) as server:
        (one,) = describe(server)
    assert one == Unanswered("127.0.0.1 fails (HTTP 503). It was asked 5 times.")
    assert len(server.asked) == 5


@pytest.mark.parametrize(
    ("status", "words"), [(401, "key"), (403, "allow"), (404, "nothing at"), (307, "nothing at")]
)
def test_what_no_other_question_could_mend_ends_the_work(status: int, words: str) -> None:
    away = "http://127.0.0.1:1/v1"
    with serving(lambda asked: asked.send("", status, Location=away)) as server:
        with pytest.raises(EngineError, match=words):
            describe(server, 5, parallel="1")
        assert len(server.asked) == 1


def test_a_server_that_is_not_there_ends_the_work() -> None:
    with serving(plain) as server:
        gone = server.url
    set_up(gone)
    pauses = Pauses()
    with pytest.raises(EngineError, match="cannot be reached") as caught:
        list(OpenAiCompatible(pauses).describe([moment()]))
    assert "Start the server" in caught.value.advice
    assert pauses.seconds == [1, 2, 4, 8]


# --- stopping -------------------------------------------------------------------------------------


def test_stopping_breaks_off_what_is_under_way() -> None:
    reached = threading.Event()

    def answer(asked: Asked) -> None:
        reached.set()
        server.stop.wait(120)

    def check() -> None:
        if reached.is_set():
            raise Cancelled

    with serving(answer) as server:
        set_up(server.url)
        with pytest.raises(Cancelled):
            list(OpenAiCompatible().describe([moment(), moment(1)], check))
        left = [one for one in threading.enumerate() if one.name.startswith("asking")]
        assert left == []  # before the server answered


def test_closing_half_way_and_going_on_asks_only_for_the_rest() -> None:
    with serving(plain) as server:
        set_up(server.url, parallel="1")
        work = OpenAiCompatible().describe(moment(number) for number in range(10))
        first = list(itertools.islice(work, 4))
        work.close()
        assert len(server.asked) == 8  # two questions for each
        again = describe(server, 10, parallel="1")
        assert again[:4] == first
        assert all(isinstance(one, tuple) for one in again)
        assert len(server.asked) == 20
        assert describe(server, 10, parallel="7") == again
        assert len(server.asked) == 20


# --- who may be asked -----------------------------------------------------------------------------


def test_without_a_server_it_says_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match="not been told which server") as caught:
        list(OpenAiCompatible().describe([moment()]))
    assert "engines.toml" in caught.value.advice


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.org/v1",
        "http://192.168.0.7:8000/v1",
        "http://localhost.example.org/v1",
        "http://127.0.0.1.example.org/v1",
        "http://[2001:db8::1]:8000/v1",
    ],
)
def test_another_machine_gets_nothing_until_it_is_allowed(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "post", lambda *_: pytest.fail("something was sent"))
    set_up(url)
    host = outside.host_of(url)
    with pytest.raises(EngineError, match="would send pictures of the film") as caught:
        list(OpenAiCompatible().describe([moment()]))
    assert f"frames:{host}" in caught.value.advice
    outside.change(f"text:{host}", allow=True)  # something else
    with pytest.raises(EngineError):
        outside.check("frames", url, NAME)
    outside.change(f"frames:{host}", allow=True)
    outside.check("frames", url, NAME)
    outside.change(f"frames:{host}", allow=False)
    with pytest.raises(EngineError):
        outside.check("frames", url, NAME)


def test_this_machine_needs_no_leave() -> None:
    for host in ("localhost", "127.0.0.1", "127.8.9.1", "[::1]", "LOCALHOST", "ai.localhost"):
        outside.check("frames", f"http://{host}:8000/v1", NAME)
    assert not outside.is_this_machine("")
    assert not outside.is_this_machine("0.0.0.0")  # noqa: S104


@pytest.mark.parametrize(
    "url",
    ["ftp://a/b", "localhost:8000", "http://", "http://localhost:x/", "http://me:pw@a.org/", ""],
)
def test_an_address_must_be_one(url: str) -> None:
    with pytest.raises(EngineError, match="no address"):
        outside.host_of(url)


def test_a_damaged_list_of_machines_allows_none(own_folders: Path) -> None:
    from studio import paths

    outside.change("frames:a.org", allow=True)
    for text in ("{", "[]", '{"frames": "a.org", "text": []}', '{"frames": [3], "text": []}'):
        paths.consent_file().write_text(text)
        with pytest.raises(UsageError, match="cannot be read"):
            outside.check("frames", "http://a.org/", NAME)
    for word in ("a.org", "frames:", "pictures:a.org", "frames:http://a.org", ""):
        with pytest.raises(UsageError, match="does not say"):
            outside.change(word, allow=True)


def test_the_key_comes_from_the_environment_or_the_keyring(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keyring = pytest.importorskip("keyring")
    monkeypatch.setattr(keyring, "get_password", lambda service, user: f"{service}/{user}")
    monkeypatch.setenv("STUDIO_OPENAI_COMPATIBLE_KEY", "sesame")
    with serving(plain) as server:
        describe(server, 1)
        monkeypatch.delenv("STUDIO_OPENAI_COMPATIBLE_KEY")
        describe(server, 1, model="other")
    keys = [one.headers["authorization"] for one in server.looks]
    assert keys == ["Bearer sesame", "Bearer audio-description-studio/127.0.0.1"]


def test_the_users_file_says_where_the_server_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from studio import paths

    file = paths.engines_file()
    file.parent.mkdir(parents=True)
    file.write_text('["openai-compatible"]\nurl = "http://localhost:1/v1"\nmodel = "a"\n')
    rows = {"url": "", "model": "", "parallel": "4"}
    assert outside.server(NAME, rows) == {**rows, "url": "http://localhost:1/v1", "model": "a"}
    monkeypatch.setenv("STUDIO_OPENAI_COMPATIBLE_MODEL", "b")
    assert outside.server(NAME, rows)["model"] == "b"
    for text, words in [('["openai-compatible"]\nmodle = "a"', "modle"), ("[", "cannot be read")]:
        file.write_text(text)
        with pytest.raises(UsageError, match=words):
            outside.server(NAME, rows)


@pytest.mark.parametrize(
    ("row", "value"), [("parallel", "0"), ("parallel", "x"), ("timeout", "-1")]
)
def test_wrong_rows_are_sentences(row: str, value: str) -> None:
    set_up("http://localhost:1/v1", **{row: value})
    with pytest.raises(StudioError, match=f"{row} cannot be"):
        list(OpenAiCompatible().describe([moment()]))
