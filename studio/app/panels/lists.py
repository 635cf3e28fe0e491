"""The smaller lists: voices, jobs, history."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from studio import rehearsal
from studio.app.announce import name
from studio.app.document import Document
from studio.app.jobs import Job, Jobs, JobState
from studio.app.panels.rows import Row, RowsView
from studio.app.words import brief
from studio.app.wrapping import WrappingRow
from studio.script import edits
from studio.script.model import VoiceChoice


class VoicesPanel(QWidget):
    """The voices of the language: hear one, use it for all or for what is selected."""

    heard = Signal(object)  # a VoiceChoice somebody wants to hear
    told = Signal(str)

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self.view = RowsView(
            "Voices",
            "The voices that speak this language.",
            "No voice for this language is installed. The manual (F1) says how to get one.",
        )
        self.hear = QPushButton("&Hear it")
        self.use = QPushButton("Use for a&ll")
        self.use_here = QPushButton("Use for the &selected")
        name(self.hear, "Hear the voice", "Let this voice say the selected description.")
        name(self.use, "Use for all", "Let this voice say every description without its own.")
        name(self.use_here, "Use for the selected", "Let this voice say the selected descriptions.")
        self.hear.clicked.connect(self._hear)
        self.use.clicked.connect(self._use)
        self.use_here.clicked.connect(self._use_here)
        self.view.activated.connect(lambda _index: self._hear())
        buttons = WrappingRow(self.hear, self.use, self.use_here)
        buttons.setContentsMargins(6, 0, 6, 2)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.view, 1)
        whole.addLayout(buttons)
        document.changed.connect(self.refresh)
        document.language_changed.connect(self.refresh)
        document.opened.connect(self.refresh)
        document.selection_changed.connect(self._enable)
        self.refresh()

    def refresh(self, _change: object = None) -> None:
        """Show the voices there are."""
        document = self.document
        voices = rehearsal.voices(document.language) if document.is_open else ()
        general = document.project.voice(document.language) if document.is_open else None
        general = general or (voices[0] if voices else None)
        rows = []
        for one in voices:
            used = ", the voice of this language" if one == general else ""
            text = f"{one.voice}  ({one.speaker}){used}"
            rows.append(Row(one, text, strong=bool(used)))
        self.view.list.set_rows(rows)
        if rows and not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.view.list.index(0))
        self._enable()

    def _enable(self) -> None:
        there = bool(self.view.list.rows)
        self.hear.setEnabled(there)
        self.use.setEnabled(there)
        self.use_here.setEnabled(there and bool(self.document.selection))

    def _chosen(self) -> VoiceChoice | None:
        key = self.view.key
        return key if isinstance(key, VoiceChoice) else None

    def _hear(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.heard.emit(chosen)

    def _use(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            project = edits.set_voice(self.document.project, chosen)
            self.document.edit(f"Use the voice {chosen.voice}", project)
            self._tell_terms(chosen)

    def _use_here(self) -> None:
        document, chosen = self.document, self._chosen()
        if chosen is not None:
            project = edits.set_cue_voice(
                document.project, document.language, chosen, document.selection
            )
            document.edit("Change the voice", project)
            self._tell_terms(chosen)

    def _tell_terms(self, chosen: VoiceChoice) -> None:
        for sentence in rehearsal.terms((chosen,)):
            self.told.emit(sentence)


class HistoryPanel(RowsView):
    """Every edit so far; Return goes to the project as it was after one."""

    def __init__(self, document: Document) -> None:
        super().__init__(
            "History", "Every edit so far. Return goes back, or forth, to one.", "Nothing was done."
        )
        self.document = document
        self.activated.connect(lambda index: document.go_to(index.row()))
        document.changed.connect(self.refresh)
        document.opened.connect(self.refresh)

    def refresh(self, _change: object = None) -> None:
        """Show the steps; the present one is set in bold."""
        if not self.document.is_open:
            self.list.set_rows([])
            return
        history = self.document.history
        rows = []
        for number, step in enumerate(history.steps):
            here = number == history.position
            undone = " (undone)" if number > history.position else ""
            spoken = f"{step.name}{undone}{', you are here' if here else ''}"
            rows.append(Row(number, f"{step.name}{undone}", spoken, strong=here))
        self.list.set_rows(rows)
        with QSignalBlocker(self.selectionModel()):
            self.setCurrentIndex(self.list.index(history.position))
        self.viewport().update()


class JobsPanel(QWidget):
    """The work in the background: how far it is, how long it takes, what it said."""

    def __init__(self, jobs: Jobs) -> None:
        super().__init__()
        self.jobs = jobs
        self.view = RowsView("Jobs", "The work in the background.", "No work is going on.")
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setTabChangesFocus(True)
        self.log.setMinimumHeight(self.fontMetrics().height() * 2)
        name(self.log, "Log", "What the chosen job said.")
        self.stop = QPushButton("&Stop it")
        name(self.stop, "Stop the job", "Stop the chosen job; nothing half-made is used.")
        self.stop.clicked.connect(self._stop)
        self.folder = QPushButton("Open the &folder")
        name(self.folder, "Open the folder", "Show the files the chosen job has made.")
        self.folder.clicked.connect(self._open_folder)
        buttons = WrappingRow(self.stop, self.folder)
        buttons.setContentsMargins(6, 0, 6, 2)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.view, 2)
        whole.addWidget(self.log, 1)
        whole.addLayout(buttons)
        self.view.selectionModel().currentChanged.connect(lambda *_: self._show_job())
        jobs.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show how far each job is; the newest first."""
        listed = list(reversed(self.jobs.jobs))
        self.view.list.set_rows([Row(id(job), job_words(job)) for job in listed])
        if listed and not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.view.list.index(0))
        self._show_job()

    def _chosen(self) -> Job | None:
        key = self.view.key
        return next((job for job in self.jobs.jobs if id(job) == key), None)

    def _show_job(self) -> None:
        job = self._chosen()
        text = "\n".join(job.log) if job is not None else ""
        if self.log.toPlainText() != text:
            self.log.setPlainText(text)
        self.stop.setEnabled(job is not None and job.active)
        self.folder.setEnabled(job is not None and job.folder is not None)

    def _open_folder(self) -> None:
        job = self._chosen()
        if job is not None and job.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(job.folder)))

    def _stop(self) -> None:
        job = self._chosen()
        if job is not None:
            job.cancel()


def job_words(job: Job) -> str:
    """A job and how far it is: "Export: 42 %, about 0:12 left, Copying"."""
    if not job.active:
        end = f": {job.error.what}" if job.error is not None else ""
        return f"{job.title}: {job.state.value}{end}"
    if job.state is not JobState.RUNNING:
        return f"{job.title}: {job.state.value}"
    parts = [f"{round(job.fraction * 100)} %"]
    left = job.seconds_left
    if left is not None and job.fraction > _SURE:
        parts.append(f"about {brief(round(left) * 1000).split('.')[0]} left")
    if job.message:
        parts.append(job.message)
    return f"{job.title}: {', '.join(parts)}"


_SURE = 0.03  # of the work done, before the rest can be guessed
