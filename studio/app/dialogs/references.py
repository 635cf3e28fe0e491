"""The dialog of reference voices: those there are, and adding one with its speaker's consent."""

from __future__ import annotations

import datetime
from pathlib import Path

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.app import problem
from studio.app.announce import announce, name
from studio.app.dialogs.takes import SOUNDS
from studio.app.jobs import Jobs
from studio.app.panels.rows import Row, RowsView
from studio.app.sizes import open_at
from studio.app.wrapping import scrolling
from studio.engines.references import (
    LONGEST,
    SHORTEST,
    Consent,
    Reference,
    add,
    references,
    remove,
)
from studio.errors import StudioError, UsageError
from studio.progress import Progress


class ReferencesDialog(QDialog):
    """Reference voices in whose manner cloning engines may speak.

    heard: the path of one. changed: one was added or removed.
    """

    heard = Signal(object)
    changed = Signal()

    def __init__(self, jobs: Jobs, language: str, parent: QWidget | None = None) -> None:
        """language: of the voice that is added, unless another is typed."""
        super().__init__(parent)
        self._jobs = jobs
        self.setWindowTitle("Reference voices")
        name(self, "Reference voices", "Recordings in whose manner an engine may speak.")
        self._make_fields(language)
        self._lay_out()
        self._connect()
        self.refresh()

    def _make_fields(self, language: str) -> None:
        self.view = RowsView("Voices there are", "Each with its consent.", "There are none.")
        self.hear = QPushButton("&Hear it")
        self.remove = QPushButton("Re&move…")
        name(self.hear, "Hear it", "Play the chosen recording.")
        name(self.remove, "Remove", "Delete the chosen recording and its consent.")
        self.file = QLineEdit()
        length = f"{SHORTEST // 1000} to {LONGEST // 1000} s of one person speaking"
        name(self.file, "Recording", f"A sound file, {length}.")
        self.browse = QPushButton("Choo&se…")
        name(self.browse, "Choose the recording")
        self.called = QLineEdit()
        name(self.called, "Name of the voice", "What the voice is called here.")
        self.language = QLineEdit(language)
        name(self.language, "Language of the voice", "A language code, for example en or pt-br.")
        self.licence = QLineEdit()
        self.licence.setPlaceholderText("for example: for this film only")
        name(self.licence, "Licence", "Under which terms the recording may be used.")
        self.by = QLineEdit()
        name(self.by, "Who agreed", "The full name of the person who speaks and has agreed.")
        self.given = QLineEdit()
        self.given.setPlaceholderText(datetime.date.today().isoformat())
        name(self.given, "On which day", "The day of the consent: year, month and day, 2026-03-31.")
        self.purpose = QLineEdit()
        self.purpose.setPlaceholderText("for example: a made voice for the description of one film")
        name(self.purpose, "For what", "What the person has agreed to, in words they would know.")
        self.add = QPushButton("&Add the voice")
        name(self.add, "Add the voice", "Check the recording and keep it with its consent.")
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        name(self.verdict, "What happened")

    def _lay_out(self) -> None:
        above = QHBoxLayout()
        above.addWidget(self.hear)
        above.addWidget(self.remove)
        above.addStretch(1)
        where = QHBoxLayout()
        where.addWidget(self.file, 1)
        where.addWidget(self.browse)
        form = QFormLayout()
        label = QLabel("R&ecording")
        label.setBuddy(self.file)
        form.addRow(label, where)
        for words, field in (
            ("&Name", self.called),
            ("&Language", self.language),
            ("L&icence", self.licence),
            ("&Who agreed", self.by),
            ("On which &day", self.given),
            ("For wha&t", self.purpose),
        ):
            form.addRow(words, field)
        form.addRow("", self.add)
        box = QGroupBox("Add a voice")
        box.setLayout(form)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.rejected.connect(self.reject)
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.view, 1)
        inside.addLayout(above)
        inside.addWidget(box)
        whole = QVBoxLayout(self)
        whole.addWidget(scrolling(body), 1)
        whole.addWidget(self.verdict)
        whole.addWidget(self.buttons)
        for one in self.findChildren(QPushButton):
            one.setAutoDefault(False)
        open_at(self, 85, 38)

    def _connect(self) -> None:
        self.view.selectionModel().currentChanged.connect(self._enable)
        self.view.activated.connect(self._hear)
        self.hear.clicked.connect(self._hear)
        self.remove.clicked.connect(self._remove)
        self.browse.clicked.connect(self._browse)
        self.add.clicked.connect(self._add)

    # --- those there are --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the voices there are now."""
        self.view.list.set_rows([Row(one, *_words(one)) for one in references()])
        if self.view.list.rows and not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.view.list.index(0))
        self._enable()

    @property
    def chosen(self) -> Reference | None:
        """The voice that is chosen in the list."""
        key = self.view.key
        return key if isinstance(key, Reference) else None

    def _enable(self, _index: object = None, _before: object = None) -> None:
        chosen = self.chosen
        self.hear.setEnabled(chosen is not None)
        self.remove.setEnabled(chosen is not None and not chosen.bundled)

    def _hear(self, _index: QModelIndex | bool | None = None) -> None:
        if self.chosen is not None:
            self.heard.emit(self.chosen.file)

    def _remove(self) -> None:
        chosen = self.chosen
        if chosen is None:
            return
        answer = problem.ask(
            self,
            f"Remove the voice “{chosen.name}”?",
            "The recording and its consent are deleted; that cannot be undone.",
            "Remove",
            "Cancel",
        )
        if answer != "Remove":
            return
        try:
            remove(chosen)
        except StudioError as error:
            self._tell(str(error))
            return
        self.refresh()
        self.changed.emit()
        self._tell(f"The voice “{chosen.name}” is removed.")

    # --- adding -----------------------------------------------------------------------------------

    def _browse(self) -> None:
        dialog = QFileDialog(self, "Choose a recording", "", f"Sounds ({SOUNDS});;All files (*)")
        name(dialog, "Choose a recording")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.file.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _add(self) -> None:
        try:
            consent = Consent(self.by.text().strip(), self._day(), self.purpose.text().strip())
        except UsageError as error:
            self._tell(str(error))
            self.given.setFocus()
            return
        job = self._jobs.light(
            "Add a voice",
            _add_voice,
            Path(self.file.text()).expanduser(),
            self.called.text().strip(),
            self.language.text().strip(),
            self.licence.text().strip(),
            consent,
        )
        self.add.setEnabled(False)
        job.done.connect(self._added)
        job.failed.connect(lambda error: self._tell(str(error)))
        job.ended.connect(lambda: self.add.setEnabled(True))

    def _day(self) -> datetime.date:
        try:
            return datetime.date.fromisoformat(self.given.text().strip())
        except ValueError as error:
            raise UsageError(
                "The day of the consent is missing or is none.",
                "A voice is added only with the consent of its speaker.",
                "Type it as year, month and day, for example 2026-03-31.",
            ) from error

    def _added(self, voice: Reference) -> None:
        self.refresh()
        self.view.setCurrentIndex(self.view.list.index(self.view.list.row_of(voice)))
        for field in (self.file, self.called, self.licence, self.by, self.given, self.purpose):
            field.clear()
        self.changed.emit()
        self._tell(f"The voice “{voice.name}” is added.")

    def _tell(self, sentence: str) -> None:
        self.verdict.setText(sentence)
        announce(self, sentence, urgent=True)


def _add_voice(
    file: Path, called: str, language: str, licence: str, consent: Consent, progress: Progress
) -> Reference:
    progress(0.0, "Checking the recording")
    return add(file, called, language, licence, consent)


def _words(voice: Reference) -> tuple[str, str]:
    """A row of the list: as it shows and as it is read aloud."""
    first = f"{voice.name} ({voice.language}{', came with the studio' if voice.bundled else ''})"
    consent = voice.consent
    if consent is None:
        second = f"may not be used: {voice.problem}"
    else:
        given = f"{consent.by}, {consent.given.isoformat()}: {consent.purpose}"
        second = f"{voice.licence}. Consent: {given}"
    return f"{first}\n     {second}", f"{first}, {second}"
