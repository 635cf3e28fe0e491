"""Translators behind a server: LibreTranslate and DeepL by their protocols, Google by a package.

deep-translator could ask all three, but it waits for ever, puts keys and texts into addresses that
servers log, and follows redirections; so only the page without a protocol is left to it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from studio import paths
from studio.engines import ALONE, Around, Check, Unanswered, outside, unchecked
from studio.engines.asking import NoAnswer, Patience, Server
from studio.errors import EngineError

_TIMEOUT = 30.0  # s; one description is a line or two
_POLL = 0.2  # s between two looks whether the work was stopped
_DEEPL = "https://api-free.deepl.com/v2"


class _Asked:
    """Asks a server off the main thread, so that stopping ends the wait."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def __call__(self, path: str, body: dict[str, Any], check: Check) -> Any:
        try:
            return finished_within(lambda: self._server.post(path, body), check)
        except BaseException:
            self._server.close()
            raise


class LibreTranslate:
    """Asks the LibreTranslate server that the user has written down."""

    def __init__(self, wait: Callable[[float], object] | None = None) -> None:
        """wait: sleeps before a question is asked again; tests give their own."""
        self._wait = wait

    def translate(
        self, text: str, source: str, target: str, check: Check = unchecked
    ) -> str | Unanswered:
        name = "libretranslate"
        url = outside.server(name, {"url": ""})["url"]
        if not url:
            raise EngineError(
                f"The translator “{name}” has not been told which server to ask.",
                "Nothing was sent.",
                f"Write [{name}] with url into {paths.engines_file()}, "
                'e.g. url = "http://localhost:5000"',
            )
        outside.check("text", url, name)
        key = outside.key_for(name, outside.host_of(url))
        body = {"q": text, "source": _plain(source), "target": _plain(target), "format": "text"}
        if key:
            body["api_key"] = key
        return _said(
            lambda: _Asked(_server(url, self._wait))("translate", body, check),
            lambda answer: answer["translatedText"],
        )


class DeepL:
    """Asks DeepL with the user's key; the free service unless another address is written down."""

    def __init__(self, wait: Callable[[float], object] | None = None) -> None:
        """wait: sleeps before a question is asked again; tests give their own."""
        self._wait = wait

    def translate(
        self, text: str, source: str, target: str, check: Check = unchecked
    ) -> str | Unanswered:
        return self.translate_among(text, ALONE, source, target, check)

    def translate_among(
        self, text: str, around: Around, source: str, target: str, check: Check = unchecked
    ) -> str | Unanswered:
        """`text` with what is around it as its `context`, which DeepL reads and does not bill."""
        name = "deepl"
        url = outside.server(name, {"url": _DEEPL})["url"]
        outside.check("text", url, name)
        host = outside.host_of(url)
        key = outside.key_for(name, host)
        if not key:
            raise EngineError(
                "DeepL wants a key, and none is known.",
                "Nothing was sent.",
                f"Store it: keyring set {outside.KEYRING} {host}",
            )
        body: dict[str, Any] = {
            "text": [text],
            "source_lang": _plain(source).upper(),
            "target_lang": target.upper(),
        }
        if around != ALONE:
            body["context"] = "\n".join((*around.before, *around.after))
        return _said(
            lambda: _Asked(_server(url, self._wait, f"DeepL-Auth-Key {key}"))(
                "translate", body, check
            ),
            lambda answer: answer["translations"][0]["text"],
        )


def _server(url: str, wait: Callable[[float], object] | None, login: str = "") -> Server:
    return Server(url, login=login, patience=Patience(timeout=_TIMEOUT), wait=wait)


def _said(ask: Callable[[], Any], text_in: Callable[[Any], Any]) -> str | Unanswered:
    """The text in what is answered."""
    try:
        text = text_in(ask())
    except NoAnswer as error:
        return Unanswered(str(error))
    except (KeyError, IndexError, TypeError):
        text = None
    return text if isinstance(text, str) else Unanswered("The answer holds no translation.")


class Google:
    """Asks Google Translate's public page by the package deep-translator."""

    def translate(
        self, text: str, source: str, target: str, check: Check = unchecked
    ) -> str | Unanswered:
        from deep_translator import GoogleTranslator, constants, exceptions

        outside.check("text", constants.BASE_URLS["GOOGLE_TRANSLATE"], "google")
        try:
            translator = GoogleTranslator(_for_google(source), _for_google(target))
            answer = finished_within(lambda: translator.translate(text), check)
        except exceptions.LanguageNotSupportedException as error:
            raise EngineError(
                f"Google does not translate from “{source}” into “{target}”.",
                "Nothing was translated.",
                "Choose another translator; see: studio engines",
            ) from error
        except exceptions.TooManyRequests as error:
            raise EngineError(
                "Google wants no more texts for now (HTTP 429).",
                "What was translated so far is kept.",
                "Go on tomorrow, or choose another translator.",
            ) from error
        except (
            NoAnswer,
            exceptions.TranslationNotFound,
            exceptions.RequestError,
            OSError,
        ) as error:
            return Unanswered(f"Google gave no translation ({type(error).__name__}).")
        return answer if isinstance(answer, str) else Unanswered("Google gave no translation.")


_OTHERWISE = {"zh": "zh-CN", "zh-cn": "zh-CN", "zh-tw": "zh-TW", "he": "iw", "nb": "no"}


def _for_google(language: str) -> str:
    return _OTHERWISE.get(language, _plain(language))


def _plain(language: str) -> str:
    """The language without its region."""
    return language.partition("-")[0]


def finished_within(work: Callable[[], Any], check: Check, timeout: float = 2 * _TIMEOUT) -> Any:
    """What `work` returns or raises, done on another thread while `check` is called.

    timeout: s, after which it is left alone and NoAnswer raised.
    """
    results: list[tuple[Any, BaseException | None]] = []
    done = threading.Event()

    def run() -> None:
        try:
            results.append((work(), None))
        except BaseException as error:  # raised again below, where it is wanted
            results.append((None, error))
        done.set()

    # daemon: a package that waits for ever must not keep the program from ending
    threading.Thread(target=run, name="translating", daemon=True).start()
    left = timeout
    while not done.wait(_POLL):
        check()
        left -= _POLL
        if left <= 0:
            raise NoAnswer(f"No answer came within {timeout:.0f} s.")
    value, error = results[0]
    if error is not None:
        raise error
    return value
