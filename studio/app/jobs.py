"""Work in the background: a job is a plain function whose last argument is a `Progress`.

Heavy jobs (models, export) run one at a time, each in a process of its own, so that neither the
interpreter's lock nor a crash in native code can touch the window. Light jobs (pictures, peaks, a
single clip) run on a few threads. What a job gives comes home on the main thread through its
signals. A job that is asked to stop has a second to do so; then its process is ended.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from studio.app.processes import BugError, Work, as_bug, run_in_process
from studio.errors import StudioError
from studio.progress import Cancelled, Progress

_REPORT_EVERY = 0.05  # s: each report costs the main thread a little, and more nobody can see


class JobState(Enum):
    """What became of a job; the value is what people read."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class Job(QObject):
    """One piece of work and how far it is. Its signals arrive on the main thread.

    title: as the jobs list shows it. fraction: 0..1. log: what it said so far, one line each.
    """

    progressed = Signal()
    done = Signal(object)
    failed = Signal(object)  # a StudioError
    stopped = Signal()
    ended = Signal()  # after any of the three

    _reported = Signal(float, str)
    _came_home = Signal(object, object)

    def __init__(self, title: str, work: Work, arguments: tuple[Any, ...]) -> None:
        super().__init__()
        self.title = title
        self.state = JobState.WAITING
        self.fraction = 0.0
        self.message = ""
        self.log: list[str] = []
        self.error: StudioError | None = None
        self.folder: Path | None = None  # where it put files that people want to see
        self.work = work
        self.arguments = arguments
        self.stop = threading.Event()
        self._began: float | None = None
        self._told, self._said = 0.0, ""
        self._reported.connect(self._take_report, Qt.ConnectionType.QueuedConnection)
        self._came_home.connect(self._take_result, Qt.ConnectionType.QueuedConnection)

    @property
    def active(self) -> bool:
        """Whether it waits or runs."""
        return self.state in {JobState.WAITING, JobState.RUNNING, JobState.STOPPING}

    @property
    def seconds_left(self) -> float | None:
        """How long it will go on at the pace so far; None where that cannot be said yet."""
        if self._began is None or not self.active or self.fraction <= 0:
            return None
        return (time.monotonic() - self._began) * (1 - self.fraction) / self.fraction

    def cancel(self) -> None:
        """Ask it to stop; `stopped` follows within PATIENCE."""
        self.stop.set()
        if self.state is JobState.RUNNING:
            self.state = JobState.STOPPING
            self.progressed.emit()

    # called on any thread; by queued signals the rest happens on the main thread

    def report(self, fraction: float, message: str) -> None:
        """Say how far the work is; what comes too soon after the last report is left out."""
        now = time.monotonic()
        if now - self._told >= _REPORT_EVERY or fraction >= 1 or message != self._said:
            self._told, self._said = now, message
            self._reported.emit(fraction, message)

    def come_home(self, result: object, error: BaseException | None) -> None:
        """Bring the result, or what went wrong. Exactly once."""
        self._came_home.emit(result, error)

    def _take_report(self, fraction: float, message: str) -> None:
        if self._began is None:
            self._began = time.monotonic()
            if self.state is JobState.WAITING:
                self.state = JobState.RUNNING
        self.fraction = fraction
        if message and message != self.message:
            self.message = message
            self.log.append(message)
        self.progressed.emit()

    def _take_result(self, result: object, error: object) -> None:
        if isinstance(error, Cancelled) or (error is None and self.stop.is_set()):
            self.state = JobState.STOPPED
            self.log.append("stopped")
            self.stopped.emit()
        elif isinstance(error, StudioError):
            self.state, self.error = JobState.FAILED, error
            self.log.append(str(error))
            if isinstance(error, BugError):
                self.log.append(error.trace)
            self.failed.emit(error)
        else:
            self.state, self.fraction = JobState.DONE, 1.0
            self.done.emit(result)
        self.progressed.emit()
        self.ended.emit()


class Jobs(QObject):
    """The heavy lane and the light pool. `close` before the application ends."""

    started = Signal(object)  # a heavy Job that was put into the lane
    changed = Signal()  # a heavy job goes on, ends or is put into the lane

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs: list[Job] = []  # the heavy ones, oldest first
        self._queue: deque[Job] = deque()
        self._running: Job | None = None
        self._thread: threading.Thread | None = None
        self._pool = ThreadPoolExecutor(4, "light")
        self._light: set[Job] = set()
        self._closed = False

    def heavy(self, title: str, work: Work, *arguments: Any) -> Job:
        """Run `work(*arguments, progress)` in a process of its own, after what waits already.

        `work` and all it is given and gives back must be picklable; `work` is a module's function.
        """
        job = Job(title, work, arguments)
        job.setParent(self)
        job.progressed.connect(self.changed)
        job.ended.connect(self._next)
        self.jobs.append(job)
        self._queue.append(job)
        self.started.emit(job)
        self.changed.emit()
        self._next()
        return job

    def light(self, title: str, work: Work, *arguments: Any) -> Job:
        """Run `work(*arguments, progress)` on a thread. For work that is short or waits."""
        job = Job(title, work, arguments)
        self._light.add(job)
        job.ended.connect(lambda: self._light.discard(job))
        if self._closed:
            job.stop.set()
            job.come_home(None, Cancelled())
        else:
            self._pool.submit(_on_thread, job)
        return job

    @property
    def busy(self) -> bool:
        """Whether a heavy job waits or runs."""
        return any(job.active for job in self.jobs)

    def close(self) -> None:
        """Stop every job and wait for it: about a second at most."""
        self._closed = True
        self._queue.clear()
        for job in (*self.jobs, *self._light):
            if job.active:
                job.cancel()
        if self._thread is not None:
            self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _next(self) -> None:
        if self._closed or (self._running is not None and self._running.active):
            return
        if self._thread is not None:
            self._thread.join()  # it has brought its result home and is about to end
            self._thread = None
        self._running = self._queue.popleft() if self._queue else None
        if self._running is None:
            return
        if self._running.stop.is_set():
            self._running.come_home(None, Cancelled())
            return
        self._running.state = JobState.RUNNING
        self._thread = threading.Thread(target=_in_process, args=(self._running,), name="heavy")
        self._thread.start()


def _on_thread(job: Job) -> None:
    try:
        job.come_home(job.work(*job.arguments, Progress(job.report, job.stop)), None)
    except (StudioError, Cancelled) as error:
        job.come_home(None, error)
    except Exception as error:
        job.come_home(None, as_bug(job.title, error))


def _in_process(job: Job) -> None:
    job.come_home(*run_in_process(job.title, job.work, job.arguments, job.report, job.stop))
