"""A speaker's program that has started and waits for its text, so that only speaking takes time.

A program of 20 MB of voices needs a fifth of the time that a sentence takes only to start. Where
the next text is foreseen, it is started beforehand; with the studio's end it reads the end of its
text, and ends as well.
"""

from __future__ import annotations

import atexit
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from studio.engines import Sound, speech_program


class Waiting:
    """A program that reads a text to its end, says it into a WAV file and ends."""

    def __init__(self, speaker: str, command: Callable[[Path], list[str]]) -> None:
        """Start it. command: its arguments, for the file to write. Raises EngineError."""
        self._speaker = speaker
        # made only when there is something to write: a studio that is killed leaves nothing behind
        self._folder = Path(tempfile.gettempdir()) / f"studio-say-{secrets.token_hex(8)}"
        self._target = self._folder / "speech.wav"
        self._program = speech_program.started(speaker, command(self._target))

    @property
    def waits(self) -> bool:
        """Whether it can still be told a text."""
        return self._program.poll() is None

    def say(self, text: str) -> Sound:
        """The sound it makes of `text`; it has ended then. Raises EngineError."""
        self._folder.mkdir(mode=0o700)
        try:
            speech_program.finish(self._speaker, self._program, text)
            return speech_program.sound_of(self._speaker, text, self._target)
        finally:
            shutil.rmtree(self._folder)

    def close(self) -> None:
        """End it unused."""
        with self._program:
            self._program.kill()


class Spare:
    """Keeps one program waiting for whoever needs just this one next. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: tuple[tuple[str, ...], Waiting] | None = None  # and what it can be used for
        atexit.register(self.clear)

    def keep(self, use: tuple[str, ...], start: Callable[[], Waiting]) -> None:
        """Let one wait for that use in place of any other. Raises what `start` does."""
        with self._lock:
            if self._kept is not None and self._kept[0] == use and self._kept[1].waits:
                return
            self._end()
            self._kept = use, start()

    def take(self, use: tuple[str, ...]) -> Waiting | None:
        """The one that waits for that use; it is the caller's now."""
        with self._lock:
            if self._kept is None or self._kept[0] != use or not self._kept[1].waits:
                return None
            _, program = self._kept
            self._kept = None
            return program

    def clear(self) -> None:
        """Let none wait."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._kept is not None:
            self._kept[1].close()
            self._kept = None
