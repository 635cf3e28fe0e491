"""Looks for what is wrong, beside the work: in a long project that takes longer than an edit may.

A moment after the last change the whole project is checked on a thread. Until that is done the
window shows what was found before. What is edited is to be heard first, and a film that is opened
to be seen: a check would share the interpreter with both, so one under way is given up when a text
is written.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from studio import steps
from studio.app.document import Change, Document
from studio.app.jobs import Job, Jobs
from studio.progress import Progress
from studio.script.model import Issue, Project

_PAUSE = 600  # ms without a change before it is looked; a text that was written is heard by then
_PAUSE_FOR_VOICE = 1500  # ms after a text was changed: its voice is made first, and restarts it
_PAUSE_AT_FIRST = 1500  # ms after a project was opened


class Checking(QObject):
    """Brings the document its issues, of the present language."""

    def __init__(self, document: Document, jobs: Jobs) -> None:
        super().__init__(document)
        self._document = document
        self._jobs = jobs
        self._job: Job | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)
        document.opened.connect(lambda: self._timer.start(_PAUSE_AT_FIRST))
        document.changed.connect(self._change)
        document.language_changed.connect(lambda: self._timer.start(_PAUSE))

    @property
    def busy(self) -> bool:
        """Whether the last change is not checked yet."""
        return self._job is not None or self._timer.isActive()

    def _change(self, change: Change) -> None:
        waits = change.awaits_voice(self._document.language)
        if waits and self._job is not None:
            self._job.cancel()
        self._timer.start(_PAUSE_FOR_VOICE if waits else _PAUSE)

    def _look(self) -> None:
        document = self._document
        if not document.is_open:
            return
        if self._job is not None:
            self._timer.start(_PAUSE)  # another look when this one has ended
            return
        project, language = document.project, document.language
        job = self._job = self._jobs.light("Check", _issues, project, language)
        job.done.connect(lambda found: document.take_issues(project, language, found))
        job.ended.connect(self._ended)

    def _ended(self) -> None:
        self._job = None


def _issues(project: Project, language: str, progress: Progress) -> tuple[Issue, ...]:
    return steps.issues(project, language, progress)
