"""A microphone that hears what a test says, and sounds to keep as takes."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from studio.errors import EngineError

RATE = 16_000
BLOCK = RATE // 50


class Given:
    """A microphone that hears what a test says, when it says so."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses = refuses
        self.heard: Callable[[NDArray[np.float32]], None] | None = None
        self.starts = 0

    def start(self, heard: Callable[[NDArray[np.float32]], None]) -> int:
        if self.refuses:
            raise EngineError(self.refuses)
        self.heard, self.starts = heard, self.starts + 1
        return RATE

    def stop(self) -> None:
        self.heard = None

    def say(self, loudness: float, seconds: float = 1.0) -> None:
        """A buzz, given in a thread as PortAudio does."""
        assert self.heard is not None, "nobody listens"
        buzz = loudness * np.sign(np.sin(np.arange(int(seconds * RATE)) / 8))
        for start in range(0, len(buzz), BLOCK):
            block = buzz[start : start + BLOCK].astype(np.float32)
            thread = threading.Thread(target=self.heard, args=(block,))
            thread.start()
            thread.join()


def buzz(seconds: float = 1.0) -> NDArray[np.float32]:
    return (0.2 * np.sign(np.sin(np.arange(int(seconds * RATE)) / 8))).astype(np.float32)
