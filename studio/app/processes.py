"""A process of its own for a heavy job. Nothing here needs Qt, so such a process starts quickly.

The window and the process talk through a pipe: reports and the result come home, "stop" goes out.
If the window is gone, the process ends; if the process is gone, the job has crashed.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from studio.errors import StudioError
from studio.progress import Cancelled, Progress, Report

PATIENCE = 1.0
"""Seconds a job has to stop after it was asked to."""

_REPORT_EVERY = 0.05  # seconds: more reports than that nobody can see
_NICENESS = 5  # of heavy processes, so that the window and the sound come first

Work = Callable[..., Any]


class CrashError(StudioError):
    """The process of a job ended without a word: a crash in native code, or too little memory."""

    exit_code = 1

    def __init__(self, title: str, code: int | None) -> None:
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        super().__init__(
            f"“{title}” ended unexpectedly ({how}).",
            "Your work is untouched; nothing of this job was used.",
            "Try again; if it happens again, the film or an engine may be the cause.",
        )


class BugError(StudioError):
    """A bug in a job. trace: for the report."""

    exit_code = 1

    def __init__(self, title: str, said: str, trace: str) -> None:
        self.trace = trace
        super().__init__(
            f"“{title}” failed: {said}.",
            "This is a bug, not your doing; your work is untouched.",
            "Please report it with the job's log.",
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled with all its arguments."""
        return (_failed_again, (self.what, self.meaning, self.advice, self.trace))


def _failed_again(what: str, meaning: str, advice: str, trace: str) -> BugError:
    error = BugError.__new__(BugError)
    StudioError.__init__(error, what, meaning, advice)
    error.trace = trace
    return error


def as_bug(title: str, error: Exception) -> BugError:
    """An error nobody has foreseen, to be told and reported. Inside its `except` only."""
    return BugError(title, f"{type(error).__name__}: {error}", traceback.format_exc())


def run_in_process(
    title: str, work: Work, arguments: tuple[Any, ...], report: Report, stop: threading.Event
) -> tuple[object, BaseException | None]:
    """Run `work(*arguments, progress)` in a process; its result, or what went wrong.

    Blocks. Once `stop` is set the process has PATIENCE to end by itself. What went wrong is a
    StudioError or Cancelled.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(theirs, title, work, arguments), daemon=True)
    try:
        process.start()
    except Exception as error:
        return None, as_bug(title, error)
    finally:
        theirs.close()
    try:
        return _listen(ours, report, stop)
    except EOFError:
        process.join()
        return None, Cancelled() if stop.is_set() else CrashError(title, process.exitcode)
    finally:
        ours.close()
        process.join(PATIENCE)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()


def _listen(
    ours: Connection, report: Report, stop: threading.Event
) -> tuple[object, BaseException | None]:
    """Pass on reports until the result is there. Ends the wait when a stop is not heeded."""
    asked: float | None = None
    while True:
        if stop.is_set() and asked is None:
            asked = time.monotonic()
            with contextlib.suppress(OSError):  # it has just ended by itself
                ours.send("stop")
        if asked is not None and time.monotonic() - asked > PATIENCE:
            return None, Cancelled()
        if not ours.poll(0.05):
            continue
        try:
            kind, *rest = ours.recv()
        except OSError as error:  # a broken pipe is the other way to say that it is gone
            raise EOFError from error
        if kind == "report":
            report(*rest)
        elif kind == "done":
            return rest[0], None
        else:
            return None, rest[0]


def _child(home: Connection, title: str, work: Work, arguments: tuple[Any, ...]) -> None:
    """The main function of a heavy job's process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the window's to answer
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    stop = threading.Event()
    threading.Thread(target=_heed, args=(home, stop), daemon=True).start()
    last = 0.0
    lock = threading.Lock()

    def report(fraction: float, message: str) -> None:
        nonlocal last
        now = time.monotonic()
        with lock:
            if now - last >= _REPORT_EVERY or fraction >= 1:
                last = now
                home.send(("report", fraction, message))

    try:
        answer: tuple[str, object] = ("done", work(*arguments, Progress(report, stop)))
    except (StudioError, Cancelled) as error:
        answer = ("error", error)
    except Exception as error:
        answer = ("error", as_bug(title, error))
    with lock, contextlib.suppress(BrokenPipeError):  # nobody is left who wants to know
        home.send(answer)


def _heed(home: Connection, stop: threading.Event) -> None:
    """Wait for the word to stop. If the window is gone, this process has nothing left to do."""
    try:
        home.recv()
    except (EOFError, OSError):
        os._exit(1)
    stop.set()
