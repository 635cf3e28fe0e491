"""The dialog of takes: record a description, choose among its recordings, trim, hear."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio import rehearsal
from studio.amounts import counted
from studio.app import taking
from studio.app.announce import announce, name
from studio.app.document import Document
from studio.app.fields import ShortBox, show_number
from studio.app.fitting import fit
from studio.app.microphone import Microphone, SystemMicrophone, microphones
from studio.app.panels.rows import Row, RowsView
from studio.app.panels.waves import LevelMeter, WaveView, level_words
from studio.app.recorder import COUNT, QUIETEST, Phase, Recorder
from studio.app.sizes import open_at
from studio.app.taking import Taking, take_words
from studio.app.theme import Theme
from studio.app.words import brief, seconds
from studio.app.wrapping import WrappingRow, labelled, scrolling
from studio.errors import StudioError
from studio.script.model import Cue, Take, Version
from studio.times import MS_PER_SECOND

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

SOUNDS = "*.wav *.flac *.mp3 *.m4a *.aac *.ogg *.oga *.opus *.aif *.aiff *.mka"
_LARGE = 1.8  # times the usual size: the count and the length are read from some way off
_READABLE = 1.4  # the same for the text
_LINES = 4.5  # of it that show
_PASSED = "; descriptions without words are passed over."
_STEP = 0.05  # s a trim moves at a time

NewMicrophone = Callable[[str], Microphone]


class TakesDialog(QDialog):
    """The takes of the description that is selected when it opens, in the present language.

    tick_asked: the count goes on, so a short tone may be heard. heard: the path of a sound to play.
    run_asked: the film's picture shall run without sound from the description on, or stand again.
    microphone_chosen: the name of another one, "" for what the system prefers.
    """

    tick_asked = Signal(int)
    heard = Signal(object)
    run_asked = Signal(bool)
    microphone_chosen = Signal(str)
    told = Signal(str)
    failed = Signal(object)  # a StudioError that came when this was closed already

    def __init__(
        self,
        document: Document,
        theme: Theme,
        parent: QWidget | None = None,
        new_microphone: NewMicrophone = SystemMicrophone,
        recorder: Recorder | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._cue_id = document.selection[0]
        self._language = document.language
        self._new_microphone = new_microphone
        self._shown: Take | None = None
        self._following = True  # what the document does, until it is closed
        self._closing = False
        self._loudest = QUIETEST  # dBFS in the present recording
        self._room = ""  # how much there is, in words
        self.taking = Taking(document, self)
        self.recorder = recorder if recorder is not None else Recorder()
        self.recorder.setParent(self)
        self.setWindowTitle("Takes")
        name(self, "Takes", "Record the description, and choose the recording that is heard.")
        self._make_fields(theme)
        self._lay_out()
        self._connect()
        self.refresh()
        self._show_phase()
        self._list_microphones()
        self.record.setFocus()

    # --- what there is to see ---------------------------------------------------------------------

    def _make_fields(self, theme: Theme) -> None:
        self.heading = QLabel()
        self.heading.setWordWrap(True)
        self.back = QPushButton("&Back")
        self.next = QPushButton("Ne&xt")
        name(
            self.back,
            "Previous description",
            f"Go on with the text before{_PASSED}",
        )
        name(
            self.next,
            "Next description",
            f"Go on with the next text{_PASSED}",
        )
        self.words = QPlainTextEdit()
        self.words.setReadOnly(True)
        self.words.setTabChangesFocus(True)
        larger = self.words.font()
        larger.setPointSizeF(larger.pointSizeF() * _READABLE)
        self.words.setFont(larger)
        self.words.setFixedHeight(round(QFontMetrics(larger).height() * _LINES))
        name(self.words, "What to say")
        self.microphone = ShortBox(20)
        name(self.microphone, "Microphone", "What records.")
        self.running = QCheckBox("Run the &picture")
        name(self.running, "Run the picture", "The film runs without sound while you record.")
        self.running.setChecked(True)
        self.ticking = QCheckBox("Count with &tones")
        name(self.ticking, "Count with tones", "Hear a short tone for each number of the count.")
        self.ticking.setChecked(True)
        self.count = QLabel()
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        font = self.count.font()
        font.setPointSizeF(font.pointSizeF() * _LARGE)
        self.count.setFont(font)
        self.count.setMinimumHeight(round(QFontMetrics(font).height() * 1.3))
        name(self.count, "Recording")
        self.meter = LevelMeter()
        self.meter.set_theme(theme)
        self.level = QLabel()
        self.level.setMinimumWidth(
            self.fontMetrics().horizontalAdvance("Loudest: −60 dB, too loud ")
        )
        self.record = QPushButton()
        self.import_ = QPushButton("&Import…")
        name(self.import_, "Import a recording", "Use a sound file that was made elsewhere.")
        self._make_choosing_fields(theme)

    def _make_choosing_fields(self, theme: Theme) -> None:
        self.view = RowsView("Recordings", "Return lets one be heard in the film.",
                             "Nothing is recorded yet.")  # fmt: skip
        self.wave = WaveView()
        self.wave.set_theme(theme)
        self.start = _seconds_field("Use from", "Where the part that is used begins.")
        self.end = _seconds_field("Use to", "Where the part that is used ends.")
        self.hear = QPushButton("&Hear it")
        self.use = QPushButton("&Use it")
        self.use_voice = QPushButton("Use the &voice")
        self.remove = QPushButton("Re&move")
        name(self.hear, "Hear it", "Play the chosen recording as it sounds in the film.")
        name(self.use, "Use it", "Let the chosen recording be heard in the film.")
        name(self.use_voice, "Use the voice", "Leave the description to the voice again.")
        name(self.remove, "Remove", "Take the recording off the list; its file stays.")
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        name(self.verdict, "How it fits")

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow("Micropho&ne", self.microphone)
        form.addRow("", WrappingRow(self.running, self.ticking))
        levels = QHBoxLayout()
        levels.addWidget(self.meter, 1)
        levels.addWidget(self.level)
        making = QHBoxLayout()
        making.addWidget(self.record, 1)
        making.addWidget(self.import_)
        trimming = WrappingRow(
            labelled("Use &from", self.start), labelled("t&o", self.end),
            self.hear, self.use, self.use_voice, self.remove,
        )  # fmt: skip
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.rejected.connect(self.reject)
        above = QHBoxLayout()
        above.addWidget(self.heading, 1)
        above.addWidget(self.back)
        above.addWidget(self.next)
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addLayout(above)
        inside.addWidget(self.words)
        inside.addLayout(form)
        inside.addWidget(self.count)
        inside.addLayout(levels)
        inside.addLayout(making)
        inside.addWidget(self.view, 2)
        inside.addWidget(self.wave, 1)
        inside.addLayout(trimming)
        whole = QVBoxLayout(self)
        whole.addWidget(scrolling(body), 1)
        whole.addWidget(self.verdict)
        whole.addWidget(self.buttons)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Return in the list is for the list
        open_at(self, 95, 40)

    def _connect(self) -> None:
        self.back.clicked.connect(lambda: self._go(-1))
        self.next.clicked.connect(lambda: self._go(1))
        self.microphone.activated.connect(self._remember_microphone)
        self.record.clicked.connect(self._record_or_stop)
        self.import_.clicked.connect(self._ask_for_file)
        self.recorder.phase_changed.connect(self._show_phase)
        self.recorder.counted.connect(self._show_count)
        self.recorder.heard.connect(self._show_level)
        self.recorder.recorded.connect(self._keep)
        for source in (self.recorder, self.taking):
            source.failed.connect(self._fail)
        self.taking.told.connect(self._tell)
        self.view.selectionModel().currentChanged.connect(self._chosen)
        self.view.activated.connect(self._use)
        self.wave.trimmed.connect(self._trim)
        self.start.valueChanged.connect(self._trim_by_field)
        self.end.valueChanged.connect(self._trim_by_field)
        self.hear.clicked.connect(self._hear)
        self.use.clicked.connect(self._use)
        self.use_voice.clicked.connect(self._leave_to_voice)
        self.remove.clicked.connect(self._remove)
        self._document.changed.connect(self.refresh)

    def _list_microphones(self) -> None:
        self.microphone.addItem("The one the system prefers", "")
        try:
            for one in microphones():
                self.microphone.addItem(one, one)
        except StudioError as error:
            self._set_count(error.what)

    def choose_microphone(self, called: str) -> None:
        """Record with the one of that name, if it is plugged in."""
        self.microphone.setCurrentIndex(max(0, self.microphone.findData(called)))

    def _remember_microphone(self) -> None:
        self.microphone_chosen.emit(str(self.microphone.currentData()))

    # --- the description and its takes ------------------------------------------------------------

    @property
    def _cue(self) -> Cue | None:
        return self._document.project.cue(self._cue_id) if self._document.is_open else None

    def _now(self) -> tuple[Cue, Version] | None:
        """The description and its text, or None where they are gone."""
        cue = self._cue
        version = None if cue is None else cue.version(self._language)
        return None if cue is None or version is None else (cue, version)

    def _written(self) -> list[Cue]:
        """The descriptions that can be recorded, in order."""
        cues = self._document.project.cues
        return [one for one in cues if (v := one.version(self._language)) and v.text.strip()]

    def _go(self, by: int) -> None:
        """Go on with the description `by` places on; a whole film is recorded in one go."""
        cues = self._written()
        here = next((n for n, one in enumerate(cues) if one.id == self._cue_id), 0)
        if not 0 <= here + by < len(cues):
            self._tell("There is no other description that way.")
            return
        self._cue_id = cues[here + by].id
        self._document.select([self._cue_id])
        self.view.list.set_rows([])
        self.refresh()
        self._show_phase()
        self.record.setFocus()
        announce(self, f"{self.heading.text()}: {self.words.toPlainText()}")

    @property
    def take(self) -> Take | None:
        """The recording that is chosen in the list."""
        now, file = self._now(), self.view.key
        takes = () if now is None else now[1].takes
        return next((one for one in takes if one.file == file), None)

    def refresh(self, _change: object = None) -> None:
        """Show the description and its takes as they are now."""
        now = self._now()
        if now is None:
            self.close()
            return
        cue, version = now
        self.heading.setText(self._heading(cue))
        if self.words.toPlainText() != version.text:
            self.words.setPlainText(version.text)
        known = {row.key for row in self.view.list.rows}
        rows = [
            Row(one.file, take_words(number, version, one), strong=one.file == version.take)
            for number, one in enumerate(version.takes, 1)
        ]
        self.view.list.set_rows(rows)
        new = next((n for n, row in enumerate(rows) if row.key not in known), None)
        if new is not None and known:
            self.view.setCurrentIndex(self.view.list.index(new))
        elif rows and not self.view.currentIndex().isValid():
            chosen = max(0, self.view.list.row_of(version.take))
            self.view.setCurrentIndex(self.view.list.index(chosen))
        self._show_take()
        self._show_fit(cue, version)

    def _heading(self, cue: Cue) -> str:
        """Its number as in the list of descriptions, and how far the recording of all is."""
        cues, written = self._document.project.cues, self._written()
        recorded = sum(bool(v and v.take) for v in (one.version(self._language) for one in written))
        return (
            f"Description {cues.index(cue) + 1} of {len(cues)}, "
            f"{brief(cue.start)} to {brief(cue.end)}, in {self._language}; "
            f"{recorded} of {counted(len(written), 'text')} recorded"
        )

    def _show_fit(self, cue: Cue, version: Version) -> None:
        document = self._document
        if document.language != self._language:
            return
        room = rehearsal.room(document.project, cue).duration
        found = fit(cue, version, document.placements[cue.id], room, document.project.settings)
        self.verdict.setText(found.sentence)

    def _chosen(self, _index: QModelIndex, _before: QModelIndex) -> None:
        self._show_take()

    def _show_take(self) -> None:
        take = self.take
        for widget in (self.start, self.end, self.hear, self.use, self.remove):
            widget.setEnabled(take is not None)
        now = self._now()
        self.use_voice.setEnabled(now is not None and bool(now[1].take))
        if take is None:
            self._shown = None
            self.wave.show_sound(np.zeros(0, np.float32), 1)
            return
        blocked = [QSignalBlocker(field) for field in (self.start, self.end)]
        for field, value in ((self.start, take.start), (self.end, take.end)):
            show_number(field, value / MS_PER_SECOND, take.duration / MS_PER_SECOND)
        del blocked
        if self._shown is None or self._shown.file != take.file:
            job = self._document.jobs.light("Show the take", taking.load, take,
                                            self._document.takes)  # fmt: skip
            job.done.connect(lambda samples: self._show_wave(take, samples))
            job.failed.connect(self._fail)
        self._shown = take
        self.wave.show_part(take.start, take.end)

    def _show_wave(self, take: Take, samples: Samples) -> None:
        from studio.speech.clips import CLIP_RATE

        if self._shown is not None and self._shown.file == take.file:
            self.wave.show_sound(samples, CLIP_RATE)
            self.wave.show_part(self._shown.start, self._shown.end)

    # --- recording --------------------------------------------------------------------------------

    def _record_or_stop(self) -> None:
        if self.recorder.phase is Phase.IDLE:
            self.recorder.start(self._new_microphone(str(self.microphone.currentData())))
        else:
            self.recorder.stop()

    def _show_phase(self) -> None:
        idle = self.recorder.phase is Phase.IDLE
        self.record.setText("&Record" if idle else "&Stop")
        about = "Count in and record." if idle else "End the recording and keep it."
        self.record.setToolTip("")
        name(self.record, "Record" if idle else "Stop", about)
        for widget in (self.microphone, self.import_, self.view, self.back, self.next):
            widget.setEnabled(idle)
        if idle:
            self.run_asked.emit(False)
            self.meter.show_level(QUIETEST)
            self._room = self._room_words()
            self._set_count(self._room)
        elif self.recorder.phase is Phase.RECORDING:
            self._loudest = QUIETEST  # what was heard while counting does not matter

    def _room_words(self) -> str:
        cue = self._cue
        if cue is None:
            return ""
        room = rehearsal.room(self._document.project, cue).duration
        return f"{seconds(room)} of room"

    def _set_count(self, words: str) -> None:
        self.count.setText(words)
        self.count.setAccessibleDescription(words)

    def _show_count(self, number: int) -> None:
        self._set_count(str(number) if number else "Recording")
        announce(self, str(number) if number else "Recording", urgent=True)
        if number and self.ticking.isChecked():
            self.tick_asked.emit(COUNT - number)
        if not number and self.running.isChecked():
            self.run_asked.emit(True)

    def _show_level(self, decibels: float, length: int) -> None:
        self.meter.show_level(decibels)
        self._loudest = max(self._loudest, decibels)
        self.level.setText(level_words(decibels))
        if self.recorder.phase is Phase.RECORDING:
            self.count.setText(f"Recording: {seconds(length)}, {self._room}")

    def _keep(self, samples: Samples, rate: int) -> None:
        now = self._now()
        self.level.setText(f"Loudest: {level_words(self._loudest)}")
        announce(self, self.level.text())
        if now is not None:
            keep = self.taking.keep_at_once if self._closing else self.taking.keep
            keep(*now, samples, rate)

    def _ask_for_file(self) -> None:
        folder = str(self._document.takes.parent)
        kinds = f"Sounds ({SOUNDS});;All files (*)"
        dialog = QFileDialog(self, "Import a recording", folder, kinds)
        name(dialog, "Import a recording")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda file: self.import_from(Path(file)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def import_from(self, file: Path) -> None:
        """Use a recording made elsewhere."""
        now = self._now()
        if now is not None:
            self.taking.import_file(*now, file)

    # --- choosing and trimming --------------------------------------------------------------------

    def _trim_by_field(self, _seconds: float) -> None:
        self._trim(*(round(field.value() * MS_PER_SECOND) for field in (self.start, self.end)))

    def _trim(self, start: int, end: int) -> None:
        now, take = self._now(), self.take
        if now is not None and take is not None:
            self.taking.trim(now[0], self._language, take, start, end)

    def _use(self, _index: object = None) -> None:
        now, take = self._now(), self.take
        if now is not None and take is not None:
            self.taking.choose(now[0], self._language, take)

    def _leave_to_voice(self) -> None:
        now = self._now()
        if now is not None:
            self.taking.choose(now[0], self._language, None)

    def _remove(self) -> None:
        now, take = self._now(), self.take
        if now is not None and take is not None:
            self.taking.remove(now[0], self._language, take)

    def _hear(self) -> None:
        take = self.take
        if take is not None:
            job = self._document.jobs.light("Hear the take", taking.clip, take,
                                            self._document.takes)  # fmt: skip
            job.done.connect(self.heard)
            job.failed.connect(self._fail)

    # --- words ------------------------------------------------------------------------------------

    def _tell(self, sentence: str) -> None:
        self._set_count(sentence)
        announce(self, sentence)
        self.told.emit(sentence)

    def _fail(self, error: StudioError) -> None:
        """Say what went wrong where the work is: here, or in the window once this is closed."""
        if not self.isVisible():
            self.failed.emit(error)
            return
        self.verdict.setText(str(error))
        self.verdict.setAccessibleDescription(str(error))
        announce(self, str(error), urgent=True)

    def done(self, result: int) -> None:
        """Close; what is being recorded is kept."""
        self._closing = True
        self.recorder.stop()
        if self._following:
            self._following = False
            self._document.changed.disconnect(self.refresh)
        super().done(result)


def _seconds_field(called: str, about: str) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setDecimals(2)
    field.setSingleStep(_STEP)
    field.setSuffix(" s")
    field.setKeyboardTracking(False)  # a number half typed is no trim
    name(field, called, about)
    return field
