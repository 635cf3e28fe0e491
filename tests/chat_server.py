"""A chat server for tests: speaks the protocol of completions, and every way of breaking it."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[["Asked"], None]


class Asked:
    """One request: what came, and the ways of answering it."""

    def __init__(self, handler: BaseHTTPRequestHandler, leave: Callable[[], None]) -> None:
        self.handler = handler
        self.leave = leave
        self.path = handler.path
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        length = int(handler.headers.get("Content-Length", 0))
        sent = handler.rfile.read(length)
        if len(sent) < length:
            raise ConnectionAbortedError("whoever asked has gone before the question was whole")
        self.body: dict[str, Any] = json.loads(sent or "{}")

    @property
    def text(self) -> str:
        """All the text of the request."""
        return "\n".join(self._parts("text"))

    @property
    def jpegs(self) -> list[bytes]:
        """All its pictures."""
        return [base64.b64decode(url.partition("base64,")[2]) for url in self._parts("image_url")]

    def _parts(self, kind: str) -> Iterator[str]:
        for message in self.body["messages"]:
            content = message["content"]
            if isinstance(content, str):
                content = [{"type": "text", "text": content}]
            for part in content:
                if part["type"] == kind:
                    yield part[kind] if kind == "text" else part[kind]["url"]

    @property
    def looks(self) -> bool:
        """Whether it is the first question, the one with pictures."""
        return bool(self.jpegs)

    def say(self, text: Any) -> None:
        """Answer as a model does."""
        self.send(json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}))

    def send(
        self, body: str, status: int = 200, promised: int | None = None, **headers: str
    ) -> None:
        """Answer anything; `promised`: the length it says it has."""
        data = body.encode("utf-8", "surrogatepass")
        self.leave()  # who has its answer may ask again before this thread goes on
        self.handler.send_response(status)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.send_header("Content-Length", str(promised if promised else len(data)))
        self.handler.end_headers()
        self.handler.wfile.write(data)

    def drip(self, stop: threading.Event) -> None:
        """Send a byte now and then, for ever."""
        self.handler.send_response(200)
        self.handler.end_headers()
        while not stop.wait(0.02):
            self.handler.wfile.write(b" ")
            self.handler.wfile.flush()


class ChatServer:
    """Answers with `answer`; `asked` keeps every request in the order in which they came."""

    def __init__(self, answer: Answer) -> None:
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.stop = threading.Event()
        self._at_once = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                there = contextlib.ExitStack()
                try:
                    asked = Asked(self, there.close)
                except ConnectionError:
                    return
                with outer._lock:
                    outer.asked.append(asked)
                    outer._at_once += 1
                    outer.most_at_once = max(outer.most_at_once, outer._at_once)
                there.callback(outer._left)
                with there, contextlib.suppress(OSError):  # whoever asked has gone
                    answer(asked)

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_: Any) -> None:
                return

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = False

    def _left(self) -> None:
        with self._lock:
            self._at_once -= 1

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/v1"

    @property
    def looks(self) -> list[Asked]:
        return [one for one in self.asked if one.looks]


@contextlib.contextmanager
def serving(answer: Answer) -> Iterator[ChatServer]:
    """A running server; it and its threads end with the block."""
    server = ChatServer(answer)
    thread = threading.Thread(target=server.http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.stop.set()
        server.http.shutdown()
        thread.join()
        server.http.server_close()


def plain(asked: Asked) -> None:
    """What a friendly model says: what it saw, then four lines."""
    if asked.looks:
        asked.say("A man in a green coat opens a wooden door. It is night.")
    else:
        asked.say(
            "1. A man in a green coat opens a door.\n"
            "2. The video shows a man opening a wooden door at night.\n"
            "A man opens a wooden door.\n- At night, a door opens."
        )
