"""Jobs for tests; a module of its own, so that their processes start quickly."""

from __future__ import annotations

import os
import signal
import threading

from studio.errors import MediaError
from studio.progress import Progress


def double(number: int, progress: Progress) -> tuple[int, int]:
    """A job: twice the number, and the process it ran in."""
    for part in range(10):
        progress(part / 10, f"part {part}")
    return 2 * number, os.getpid()


def wait_for_ever(progress: Progress) -> None:
    """A job that heeds a stop."""
    progress(0.5, "waiting")
    while True:
        threading.Event().wait(0.01)
        progress(0.5)


def be_deaf(progress: Progress) -> None:
    """A job that does not."""
    progress(0.5, "deaf")
    threading.Event().wait()


def refuse(progress: Progress) -> None:
    """A job that ends with a sentence."""
    progress.check()
    raise MediaError("It is no film.", "Nothing was done.", "Take another.")


def err(progress: Progress) -> None:
    """A job with a bug."""
    progress.check()
    raise ZeroDivisionError("oh")


def die(progress: Progress) -> None:
    """A job whose process is killed, as by a crash in native code."""
    progress.check()
    os.kill(os.getpid(), signal.SIGKILL)
