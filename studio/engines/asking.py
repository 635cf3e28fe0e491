"""One server asked over HTTP: with patience, within bounds, and so that it can be broken off.

Tried again: a server that cannot be reached, is busy (429) or fails (5xx), after a pause that
doubles, or as long as it asks for (Retry-After). Not tried again: an answer that came but is
broken, too long or too slow, because asked once more it would be the same. Redirections are not
followed: they could lead to a machine that nobody allowed.
"""

from __future__ import annotations

import email.utils
import http.client
import json
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from studio.engines.outside import host_of, is_this_machine
from studio.errors import EngineError


class NoAnswer(Exception):  # noqa: N818  # one request failed; becomes an Unanswered
    """This request got no usable answer; another may. Its text is a whole sentence."""


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for.

    tries: how often one request is sent at most. pause: s before the second; doubles each time.
    longest: s of a single pause. timeout: s from sending to the last byte of an answer.
    """

    tries: int = 5
    pause: float = 1.0
    longest: float = 60.0
    timeout: float = 120.0


@dataclass(frozen=True)
class File:
    """A file of a form. kind: its media type. name: what the server is told it is called."""

    field: str
    name: str
    kind: str
    data: bytes


@dataclass(frozen=True)
class _Body:
    """What a request holds. kind: its media type."""

    kind: str
    data: bytes


def _form(fields: Sequence[tuple[str, str]], file: File) -> _Body:
    boundary = uuid.uuid4().hex  # in no file by chance
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{file.field}"; '
        f'filename="{file.name}"\r\nContent-Type: {file.kind}\r\n\r\n'
    )
    data = "".join(parts).encode() + head.encode() + file.data + f"\r\n--{boundary}--\r\n".encode()
    return _Body(f"multipart/form-data; boundary={boundary}", data)


_MOST_BYTES = 4 * 1024**2  # an answer of a few hundred words has some KB
_CHUNK = 65_536
_OK, _BUSY, _TIMEOUT, _FAILS = 200, 429, 408, 500
_DENIED = {401: "does not accept the key", 403: "does not allow this", 402: "wants to be paid"}
_NOT_THERE = {404, 405, 410}
_MOVED = range(300, 400)
_KEPT = "What was answered so far is kept."


class Server:
    """A server that takes JSON or a form, gives JSON, and may be asked by many threads at once."""

    def __init__(
        self,
        url: str,
        login: str = "",
        patience: Patience | None = None,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """url: without a path's last part. login: what is sent as Authorization, "" for nothing.

        wait: sleeps for some seconds; `close` ends its own.
        """
        self.host = host_of(url)
        self.url = url.rstrip("/")
        self._login = login
        self._patience = patience if patience is not None else Patience()
        self._closed = threading.Event()
        self._wait = wait if wait is not None else self._closed.wait
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()

    def close(self) -> None:
        """Break off every request under way and send no more."""
        self._closed.set()
        with self._lock:
            for connected in self._open:
                _shut(connected)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON that the server answers to `body` at `url`/`path`.

        Raises NoAnswer for this request, EngineError where no request can succeed.
        """
        data = json.dumps(body, ensure_ascii=False).encode()
        return self._asked(path, _Body("application/json", data))

    def post_file(self, path: str, fields: Sequence[tuple[str, str]], file: File) -> Any:
        """As `post`, with a file and fields as a form sends them (RFC 7578); names may repeat."""
        return self._asked(path, _form(fields, file))

    def _asked(self, path: str, body: _Body) -> Any:
        why, absent = "", False
        for attempt in range(self._patience.tries):
            if self._closed.is_set():
                raise NoAnswer("The work was stopped.")
            try:
                status, headers, answer = self._send(path, body)
            except OSError as error:
                why = f"{self.host} cannot be reached ({_reason(error)})."
                asked = None
                if isinstance(error, ssl.SSLError):  # will not be another one the next time
                    raise _unreachable(why) from error
                absent = isinstance(error, ConnectionRefusedError | socket.gaierror)
            else:
                if status == _OK:
                    return _json(answer, self.host)
                self._raise_if_final(status, path)
                why = f"{self.host} fails (HTTP {status})."
                asked, absent = _retry_after(headers), False
            if attempt + 1 < self._patience.tries:
                self._pause(attempt, asked, why)
        if absent:
            raise _unreachable(why)
        raise NoAnswer(f"{why} It was asked {self._patience.tries} times.")

    def _pause(self, attempt: int, asked: float | None, why: str) -> None:
        pause = self._patience.pause * 2**attempt if asked is None else asked
        if pause > self._patience.longest and asked is not None:
            raise NoAnswer(f"{why} It wants to be left alone for {pause:.0f} s.")
        self._wait(min(pause, self._patience.longest))

    def _raise_if_final(self, status: int, path: str) -> None:
        if status in _DENIED:
            raise EngineError(
                f"{self.host} {_DENIED[status]} (HTTP {status}).",
                _KEPT,
                f"Store a key for it: keyring set audio-description-studio {self.host}",
            )
        if status in _NOT_THERE or status in _MOVED:
            raise EngineError(
                f"{self.host} has nothing at {self.url}/{path} (HTTP {status}).",
                _KEPT,
                "Check the address, which often ends in /v1, and the name of the model.",
            )
        if status < _FAILS and status not in (_BUSY, _TIMEOUT):
            raise NoAnswer(f"{self.host} refuses the question (HTTP {status}).")

    def _send(self, path: str, body: _Body) -> tuple[int, http.client.HTTPMessage, bytes]:
        ends = time.monotonic() + self._patience.timeout
        connection = self._connection()
        try:
            connection.connect()
        except TimeoutError as error:
            raise NoAnswer(self._too_slow()) from error
        connected: socket.socket = connection.sock
        with self._lock:
            self._open.add(connected)
        try:
            return self._exchange(connection, connected, path, body, ends)
        finally:
            with self._lock:
                self._open.discard(connected)
            connection.close()
            _release(connected)

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        connected: socket.socket,
        path: str,
        body: _Body,
        ends: float,
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        headers = {"Content-Type": body.kind, "Accept": "application/json"}
        if self._login:
            headers["Authorization"] = self._login
        target = f"{urlsplit(self.url).path}/{path}"
        try:
            connection.request("POST", target, body=body.data, headers=headers)
            answer = connection.getresponse()
        except TimeoutError as error:
            raise NoAnswer(self._too_slow()) from error
        except http.client.HTTPException as error:  # it answers, but not in HTTP
            if isinstance(error, ConnectionError):
                raise
            raise NoAnswer(f"{self.host} gave no answer that can be read.") from error
        with answer:
            return answer.status, answer.headers, self._body(connected, answer, ends)

    def _body(
        self, connected: socket.socket, answer: http.client.HTTPResponse, ends: float
    ) -> bytes:
        taken = bytearray()
        try:
            while chunk := answer.read1(_CHUNK):
                taken += chunk
                left = ends - time.monotonic()
                if len(taken) > _MOST_BYTES:
                    raise NoAnswer(f"{self.host} gave an answer of more than 4 MiB.")
                if left <= 0:
                    raise NoAnswer(self._too_slow())
                connected.settimeout(left)  # a server may send a byte now and then for ever
        except TimeoutError as error:
            raise NoAnswer(self._too_slow()) from error
        except (http.client.HTTPException, OSError) as error:
            raise NoAnswer(f"{self.host} broke off in the middle of its answer.") from error
        promised = answer.headers.get("Content-Length", "")
        if promised.isdigit() and len(taken) < int(promised):
            raise NoAnswer(f"{self.host} broke off in the middle of its answer.")
        return bytes(taken)

    def _too_slow(self) -> str:
        return f"{self.host} gave no answer within {self._patience.timeout:.0f} s."

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        host, port, timeout = parts.hostname or "", parts.port, self._patience.timeout
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=timeout)
        context = ssl.create_default_context()
        proxy = None if is_this_machine(host) or proxy_bypass(host) else getproxies().get("https")
        if proxy is None:
            return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
        between = urlsplit(proxy)
        tunnel = http.client.HTTPSConnection(
            between.hostname or "", between.port, timeout=timeout, context=context
        )
        tunnel.set_tunnel(host, port or http.client.HTTPS_PORT)
        return tunnel


def _json(answer: bytes, host: str) -> Any:
    try:
        return json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise NoAnswer(f"{host} gave an answer that is not JSON.") from error


def _retry_after(headers: http.client.HTTPMessage) -> float | None:
    """Seconds a server asks to wait, given as such or as a date; None where it asks nothing."""
    asked = headers.get("Retry-After")
    if asked is None:
        return None
    if asked.strip().isdigit():
        return float(asked)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(asked).timestamp() - time.time())
    except ValueError:
        return None


def _unreachable(why: str) -> EngineError:
    return EngineError(why, _KEPT, "Start the server, or correct its address.")


def _shut(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:  # it was closed by the other side in the same moment
        return


def _release(connected: socket.socket) -> None:
    """Close for good what http.client leaves open where an answer could not be begun."""
    if connected.fileno() >= 0:
        socket.close(connected.detach())


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
