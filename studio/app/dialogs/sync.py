"""The dialog of sync: measure whether picture and sound are in step, and put them back."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio import syncing
from studio.app import work
from studio.app.announce import announce, name
from studio.app.fields import ShortBox
from studio.app.jobs import Job, Jobs
from studio.app.panels.offsets import OffsetPlot
from studio.app.panels.rows import Row, RowsView
from studio.app.sizes import open_at
from studio.app.theme import Theme
from studio.app.wrapping import WrappingRow, labelled
from studio.errors import UsageError
from studio.instep import InStep, Passage, Stretch
from studio.media.probe import FilmInfo
from studio.syncing import NORMS, Norm, late_words
from studio.times import clock

_NOT_YET = (
    "Not measured yet. Faces that speak are looked for in the whole film; that takes a while."
)
_FARTHEST = 10_000  # ms that can be typed
_SUREST = 0.99  # that is said; nothing measured is certain


class SyncDialog(QDialog):
    """Measures one film in the background and repairs it into another file.

    told: a sentence for the status bar. use_asked: the path of a repaired film that the project is
    to go on with, and how late the sound of its own was, as stretches.
    """

    told = Signal(str)
    use_asked = Signal(object, object)

    def __init__(
        self, jobs: Jobs, info: FilmInfo, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs, self._info = jobs, info
        self._job: Job | None = None
        self._said_first = ""
        self.measured: InStep | None = None
        self._repaired: tuple[Path, tuple[Stretch, ...]] | None = None
        self.setWindowTitle("Sync")
        name(self, "Sync", "Whether picture and sound are in step.")
        self._make_fields(theme)
        self._lay_out()
        self._connect()
        self._show()

    def _make_fields(self, theme: Theme) -> None:
        self.measure = QPushButton("&Measure")
        name(self.measure, "Measure", "Hold mouths against the sound, or a flash against a beep.")
        self.stop = QPushButton("S&top")
        name(self.stop, "Stop", "Stop measuring or repairing; nothing half-made is kept.")
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        name(self.progress, "How far the work is")
        self.norm = ShortBox(20)
        for norm in NORMS:
            self.norm.addItem(norm.source, norm)
        name(self.norm, "Norm", "What the film is held against.")
        self.meter = ShortBox(20)
        name(self.meter, "Measured by", "What holds mouths against the sound.")
        try:
            rows = [one for one in syncing.meters() if not one.needs]
        except UsageError as error:  # of engines.toml; what is built in measures all the same
            rows, self._said_first = [], str(error)
            self.meter.addItem(syncing.DEFAULT_METER, syncing.DEFAULT_METER)
        for one in rows:
            self.meter.addItem(f"{one.name}: {one.about}", one.name)
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        name(self.verdict, "Verdict")
        self.plot = OffsetPlot(theme)
        self.passages = RowsView("Passages", "Where somebody is seen to speak.", "There are none.")
        self.repair = QPushButton("&Repair as measured…")
        name(self.repair, "Repair as measured", "Write the film in step to another file.")
        self.late = QDoubleSpinBox()
        self.late.setRange(-_FARTHEST, _FARTHEST)
        self.late.setDecimals(1)
        self.late.setSuffix(" ms")
        name(self.late, "How late the sound is", "In milliseconds; negative where it is early.")
        self.repair_by = QPushButton("Repair &by this…")
        name(self.repair_by, "Repair by this", "Write the film with its sound so much earlier.")
        self.use = QPushButton("&Use it in the project")
        name(
            self.use,
            "Use it in the project",
            "Let the project go on with the film that was written, and save it. Speech and gaps "
            "are looked for anew; your own film stays as it is.",
        )

    def _lay_out(self) -> None:
        above = QHBoxLayout()
        above.addWidget(self.measure)
        above.addWidget(self.stop)
        above.addWidget(self.progress, 1)
        against = QHBoxLayout()
        label = QLabel("&Norm")
        label.setBuddy(self.norm)
        against.addWidget(label)
        against.addWidget(self.norm, 1)
        by = QLabel("Measured b&y")
        by.setBuddy(self.meter)
        by_whom = QHBoxLayout()
        by_whom.addWidget(by)
        by_whom.addWidget(self.meter, 1)
        known = labelled("The sound is &late by", self.late)
        below = WrappingRow(self.repair, known, self.repair_by, self.use)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        whole = QVBoxLayout(self)
        whole.addLayout(above)
        whole.addLayout(by_whom)
        whole.addLayout(against)
        whole.addWidget(self.verdict)
        whole.addWidget(self.plot, 2)
        whole.addWidget(self.passages, 1)
        whole.addLayout(below)
        whole.addWidget(self.buttons)
        for one in self.findChildren(QPushButton):
            one.setAutoDefault(False)
        open_at(self, 100, 36)

    def _connect(self) -> None:
        self.buttons.rejected.connect(self.reject)
        self.measure.clicked.connect(self._measure)
        self.stop.clicked.connect(self._stop)
        self.norm.currentIndexChanged.connect(self._show)
        self.repair.clicked.connect(partial(self._ask_where, None))
        self.repair_by.clicked.connect(lambda: self._ask_where(self.late.value()))
        self.use.clicked.connect(self._use)
        self.finished.connect(self._stop)

    @property
    def allowed(self) -> Norm:
        """The norm that is chosen."""
        return NORMS[self.norm.currentIndex()]

    # --- work -------------------------------------------------------------------------------------

    def _begin(self, job: Job) -> None:
        self._job = job
        job.progressed.connect(self._tell_progress)
        job.failed.connect(lambda error: self._tell(str(error)))
        job.stopped.connect(lambda: self._tell("Stopped."))
        job.ended.connect(self._ended)
        self._enable()
        self.stop.setFocus()

    def _tell_progress(self) -> None:
        if self._job is not None:
            self.progress.setValue(round(self._job.fraction * 1000))

    def _ended(self) -> None:
        self._job = None
        self._enable()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _enable(self) -> None:
        busy = self._job is not None
        self.stop.setEnabled(busy)
        if not busy:
            self.progress.setValue(0)
        for one in (self.measure, self.meter, self.repair_by, self.late):
            one.setEnabled(not busy)
        found = self.measured is not None and bool(self.measured.stretches)
        self.repair.setEnabled(found and not busy)
        self.use.setEnabled(self._repaired is not None and not busy)

    def _measure(self) -> None:
        job = self._jobs.heavy(
            "Measure the sync", work.measure_sync, self._info.path, self.meter.currentData()
        )
        job.done.connect(self._adopt)
        self._begin(job)

    def _adopt(self, found: InStep) -> None:
        self.measured = found
        if len(found.stretches) == 1:
            self.late.setValue(found.stretches[0].late)
        self._show()
        self._tell(self.verdict.text())

    def _ask_where(self, late: float | None) -> None:
        path = self._info.path
        suggested = path.with_name(f"{path.stem} in step{path.suffix}")
        dialog = QFileDialog(self, "Where is the film in step to be written?", str(path.parent))
        name(dialog, dialog.windowTitle())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(suggested.name)
        dialog.fileSelected.connect(lambda file: self.repair_to(Path(file), late))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def repair_to(self, target: Path, late: float | None) -> None:
        """Write the film in step to `target`. late: ms; None: as measured, and measured again."""
        found = self.measured if late is None else None
        job = self._jobs.heavy(
            "Repair the sync",
            work.repair_sync,
            self._info.path,
            target,
            found,
            late or 0.0,
            self.meter.currentData(),
        )
        slips = found.stretches if found is not None else (Stretch(0, late or 0.0),)
        job.done.connect(partial(self._tell_of_repair, target, slips))
        self._begin(job)

    def _use(self) -> None:
        """Close, for this is about the old film."""
        if self._repaired is not None:
            repaired = self._repaired
            self.accept()
            self.use_asked.emit(*repaired)

    def _tell_of_repair(
        self,
        target: Path,
        slips: tuple[Stretch, ...],
        done: tuple[tuple[str, ...], InStep | None],
    ) -> None:
        notes, after = done
        self._repaired = (target, slips)
        said = [f"{target.name} is written.", *notes]
        if after is not None:
            said.append(
                f"Measured again: {syncing.checked(self._info, after, self.allowed).verdict}"
            )
        self._tell(" ".join(said))
        self.told.emit(f"{target} is written.")

    # --- what is shown ----------------------------------------------------------------------------

    def _show(self, _index: int = 0) -> None:
        """What was measured, held against the chosen norm."""
        found = self.measured
        self.plot.show_found(found, self.allowed, self._info.duration)
        passages = found.passages if found is not None else ()
        self.passages.list.set_rows([_row(one) for one in passages])
        if found is None:
            self.verdict.setText(self._said_first or _NOT_YET)
        else:
            self.verdict.setText(syncing.checked(self._info, found, self.allowed).verdict)
        self._enable()

    def _tell(self, sentence: str) -> None:
        self.verdict.setText(sentence)
        announce(self.verdict, sentence)


def _row(one: Passage) -> Row:
    words = f"{clock(one.start)} to {clock(one.end)}: {late_words(one.offset)}"
    return Row(one, f"{words}; {min(one.confidence, _SUREST):.0%} sure.")
