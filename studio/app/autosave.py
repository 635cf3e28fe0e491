"""What a crash must not lose, and who has a project open.

Each open project has a folder of its own in the user's state folder:

    lock               held while a window has the project open
    where.json         which file it is, "" while it was never saved, and its film's name
    unsaved.adproject  the project as it is now, where that is newer than the file

The copy is written at most PAUSE after an edit, on a thread, whole or not at all. It goes when the
project is saved, or when its window is closed in peace. So a folder with a copy and without a held
lock is what a crash left behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

from studio import paths
from studio.app.jobs import Job, Jobs
from studio.errors import ProjectError, StudioError
from studio.progress import Progress
from studio.script import store
from studio.script.model import Project

PAUSE = 1000
"""ms between an edit and the start of writing it down."""

_AT_LEISURE = 3000
"""ms after a project was opened before all of it is put into words, of which an edit then changes
few: in a long film that takes 0.2 s of the interpreter, and after the first edit a person waits."""

_COPY = f"unsaved{store.SUFFIX}"


@dataclass(frozen=True, slots=True)
class Leftover:
    """What a crash left behind.

    path: the project's file, None where it was never saved. film: its film's name.
    """

    folder: Path
    path: Path | None
    film: str
    written: datetime

    @property
    def copy(self) -> Path:
        """The project file that holds the newer state."""
        return self.folder / _COPY

    def forget(self) -> None:
        """Throw the newer state away."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Claim:
    """The folder of one open project, held until `release`."""

    def __init__(self, path: Path | None, film: str) -> None:
        """Claim the project at `path`, or a new one. Raises ProjectError if another has it open."""
        self.path = path
        self.folder = paths.state_folder("open") / _key(path)
        self.folder.mkdir(exist_ok=True)
        self._lock = QLockFile(str(self.folder / "lock"))
        self._lock.setStaleLockTime(0)  # a window may be open for days
        if not self._lock.tryLock(0):
            raise ProjectError(
                f"{path} is open in another window.",
                "Two windows would write over each other's work.",
                "Go on in the other window, or close it first.",
            )
        where = {"project": "" if path is None else str(path), "film": film}
        store.write_text(self.folder / "where.json", json.dumps(where))

    @property
    def copy(self) -> Path:
        """Where the newer state is kept."""
        return self.folder / _COPY

    def release(self) -> None:
        """Give the project back; nothing of it needs to be kept."""
        self._lock.unlock()
        shutil.rmtree(self.folder, ignore_errors=True)

    def abandon(self) -> None:
        """Give the project back but keep the newer state, as a crash would."""
        self._lock.unlock()


def leftovers() -> Iterator[Leftover]:
    """What crashes left behind, the newest first; folders that hold nothing are removed."""
    found = []
    for folder in paths.state_folder("open").iterdir():
        lock = QLockFile(str(folder / "lock"))
        lock.setStaleLockTime(0)
        if not lock.tryLock(0):
            continue
        lock.unlock()
        copy = folder / _COPY
        if copy.is_file():
            written = datetime.fromtimestamp(copy.stat().st_mtime)  # local time, for people
            found.append(Leftover(folder, *_where(folder), written))
        else:
            shutil.rmtree(folder, ignore_errors=True)
    yield from sorted(found, key=lambda one: one.written, reverse=True)


def held() -> Iterator[Path]:
    """The project files of all windows that are open, this one's too, as they were written last."""
    for folder in paths.state_folder("open").iterdir():
        lock = QLockFile(str(folder / "lock"))
        lock.setStaleLockTime(0)
        if lock.tryLock(0):
            lock.unlock()
            continue
        path, _ = _where(folder)
        if (folder / _COPY).is_file():
            yield folder / _COPY
        elif path is not None:
            yield path


def leftover_of(path: Path) -> Leftover | None:
    """What a crash left of the project at `path`."""
    return next((one for one in leftovers() if one.path == path.resolve()), None)


def _key(path: Path | None) -> str:
    if path is None:
        return f"new-{uuid.uuid4().hex}"
    return hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:32]


def _where(folder: Path) -> tuple[Path | None, str]:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads((folder / "where.json").read_text(encoding="utf-8"))
        named = str(said["project"])
        return Path(named) if named else None, str(said["film"])
    return None, "a film"


class Autosave(QObject):
    """Writes the project into its claim's folder soon after each edit."""

    failed = Signal(object)  # a StudioError: said once until writing works again

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._claim: Claim | None = None
        self._project: Project | None = None
        self._writing: Job | None = None
        self._wanted = False
        self._told = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self._write)
        self._opened: Project | None = None  # to be put into words at leisure
        self._readying: Job | None = None  # puts it into words
        self._leisure = QTimer(self)
        self._leisure.setSingleShot(True)
        self._leisure.setInterval(_AT_LEISURE)
        self._leisure.timeout.connect(self._get_ready)

    def watch(self, claim: Claim | None, opened: Project | None = None) -> None:
        """Keep the edits of the project that is open now. opened: as it is before the first one."""
        self._claim, self._project, self._wanted = claim, None, False
        self._timer.stop()
        self._cease_readying()
        self._opened = opened
        if opened is not None:
            self._leisure.start()

    def keep(self, project: Project) -> None:
        """`project` is not in any file: write it down soon. Its film's path is absolute."""
        self._project, self._wanted = project, True
        self._cease_readying()  # what is left is put into words for that
        if not self._timer.isActive():
            self._timer.start()

    def drop(self) -> None:
        """The project is in its file: no copy is needed."""
        self._project, self._wanted = None, False
        self._timer.stop()
        if self._claim is not None:
            self._claim.copy.unlink(missing_ok=True)

    @property
    def getting_ready(self) -> bool:
        """Whether a project that was opened is not in words yet."""
        return self._leisure.isActive() or self._readying is not None

    def _get_ready(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            self._readying = job = self._jobs.light("Get ready to autosave", _in_words, opened)
            job.ended.connect(lambda: self._is_ready(job))

    def _is_ready(self, job: Job) -> None:
        if job is self._readying:
            self._readying = None

    def _cease_readying(self) -> None:
        """Leave the rest of it: who edits is waiting for a voice."""
        self._leisure.stop()
        job, self._readying = self._readying, None
        if job is not None:
            job.cancel()

    def _write(self) -> None:
        if self._claim is None or self._project is None:
            return
        if self._writing is not None:
            self._timer.start()  # the last one is not on the disk yet
            return
        project, claim, self._project = self._project, self._claim, None
        self._writing = job = self._jobs.light("Autosave", _save, project, claim.copy)
        job.ended.connect(lambda: self._wrote(claim, job.error))

    def _wrote(self, claim: Claim, error: StudioError | None) -> None:
        self._writing = None
        if claim is not self._claim or not self._wanted:
            claim.copy.unlink(missing_ok=True)  # saved or closed while this was being written
        elif error is None:
            self._told = False
        elif not self._told:
            self._told = True
            self.failed.emit(error)


def _in_words(project: Project, progress: Progress) -> None:
    store.get_ready(project, progress.check)


def _save(project: Project, copy: Path, progress: Progress) -> None:
    progress.check()
    store.save(project, copy)
