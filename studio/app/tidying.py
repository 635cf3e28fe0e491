"""Keeps the cache as small as the preferences say; once, a while after the start."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from studio import cache
from studio.app import autosave
from studio.app.document import Document
from studio.app.jobs import Jobs
from studio.app.preferences import Preferences
from studio.errors import StudioError
from studio.progress import Progress
from studio.script import store
from studio.script.model import Project

_AFTER = 20_000  # ms, when the film that was asked for is open


class Tidying(QObject):
    """Cleans on a thread; spares what belongs to open projects, of other windows too."""

    def __init__(
        self, document: Document, jobs: Jobs, preferences: Preferences, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._jobs = jobs
        self._preferences = preferences
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.tidy)

    def begin(self) -> None:
        """Clean in a while."""
        self._timer.start(_AFTER)

    def tidy(self) -> None:
        """Clean now."""
        self._timer.stop()
        document = self._document
        own = (document.project,) if document.is_open else ()
        limit = self._preferences.cache_size * cache.GIGABYTE
        others = tuple(autosave.held())  # here, where nobody claims a project at the same time
        self._jobs.light("Tidy the cache", _tidy, limit, own, others)


def _tidy(
    limit: int, own: tuple[Project, ...], others: tuple[Path, ...], progress: Progress
) -> int:
    spared = {name for project in (*own, *_read(others)) for name in names_of(project)}
    return cache.clean(limit, spared, progress)


def _read(files: tuple[Path, ...]) -> list[Project]:
    """The projects in these files."""
    found = []
    for file in files:
        try:
            found.append(store.load(file))
        except StudioError:  # its window tells of that; its clips can be made again
            continue
    return found


def names_of(project: Project) -> set[str]:
    """How the cached files of a project begin: by film, clip or bed."""
    clips = (version.clip for cue in project.cues for version in cue.versions)
    made = {clip.key for clip in clips if clip is not None}
    return {project.film.fingerprint, *made, *(bed.sound for bed in project.beds if bed.sound)}
