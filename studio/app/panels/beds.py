"""The sound beds: which there are, the picture and the mood of one, making and hearing it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from studio import soundbeds, wording
from studio.app.announce import name
from studio.app.bedmaking import FIELDS, BedMaking
from studio.app.document import Document
from studio.app.fields import ShortBox, show_number
from studio.app.panels.rows import Row, RowsView
from studio.app.words import brief
from studio.app.wrapping import WrappingRow, scrolling, widen
from studio.errors import StudioError
from studio.script import beds
from studio.script.model import GAIN_LEAST, GAIN_MOST, Bed
from studio.times import MS_PER_SECOND, clock, parse_clock

_HERE = "at the playhead"
_STEPS = 1000  # of the bar
_SHORT = 9  # letters of a choice that always show
_PICTURE = 4  # lines of text that the still is high


class BedsPanel(QWidget):
    """A list of beds and, beside it, the one that is chosen. Every change is a step of undo."""

    told = Signal(str)
    heard = Signal(object)  # the file of a bed's sound, to be played
    silenced = Signal()

    def __init__(self, document: Document, making: BedMaking, here: Callable[[], int]) -> None:
        """here: the playhead in film ms."""
        super().__init__()
        self.document = document
        self.making = making
        self._here = here
        self._shown_still: int | None = None
        self._sounding = QTimer(self)
        self._sounding.setSingleShot(True)
        self._make_list()
        self._make_mood()
        self._make_numbers()
        self._lay_out_form()
        beside = QHBoxLayout()
        beside.addWidget(self.view, 2)
        beside.addWidget(self._area, 3)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addLayout(beside, 1)
        whole.addLayout(self._below)
        self._connect()
        self.refresh()

    # --- making -----------------------------------------------------------------------------------

    def _make_list(self) -> None:
        self.view = RowsView(
            "Sound beds",
            "Background sound that was added to the film.",
            "No sound is added to this film. “New” plans some for the scene at the playhead.",
        )
        self.new = _button("&New", "New sound bed", "Plan sound for the scene at the playhead.")
        self.make = _button("&Make", "Make the bed", "Let the sound-maker make its sound.")
        self.play = _button("&Play", "Play the bed", "Hear its sound alone, or stop it.")
        self.remove = _button("Remo&ve", "Remove the bed", "Take the bed out of the film.")
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        name(self.bar, "Progress of the bed", "How far the work on the bed is.")
        self.stop = _button("&Stop", "Stop the work on the bed", "Stop; nothing half-made is used.")
        self._below = WrappingRow(self.new, self.make, self.play, self.remove, self.bar, self.stop)
        self._below.setContentsMargins(6, 0, 6, 2)
        widen(self.bar)

    def _make_mood(self) -> None:
        self.still, self.maker = ShortBox(_SHORT), ShortBox(_SHORT)
        self.still.addItems([*soundbeds.STILLS, _HERE])
        name(self.still, "Still", "The picture of the stretch that the mood is taken from.")
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.from_still = _button(
            "Take its m&ood", "Mood from the picture", "Fill in the mood from the still."
        )
        self.describer = ShortBox(_SHORT)
        name(self.describer, "Describer for the mood", "A model that looks at the still.")
        for one in wording.describers():
            if one.free:
                needs = f" (needs {one.needs})" if one.needs else ""
                self.describer.addItem(f"{one.name}{needs}", one.name)
        self.ask = _button(
            "As&k the describer",
            "Ask the describer",
            "Let it fill in what you have not written yourself.",
        )
        self.fields = {one: QLineEdit() for one in FIELDS}
        for called, field in self.fields.items():
            name(field, called.capitalize(), "A few English words, e.g. dark, wind, slow, piano.")
        self.words = QLabel()

    def _make_numbers(self) -> None:
        self.start, self.end = QLineEdit(), QLineEdit()
        name(self.start, "Bed starts", "When the bed begins, in the film's time.")
        name(self.end, "Bed ends", "When the bed ends, in the film's time.")
        self.maker.addItems(list(soundbeds.makers()))
        name(self.maker, "Sound-maker", "Who makes the sound.")
        self.seed = QSpinBox()
        self.seed.setRange(0, beds.SEED_MOST)
        name(self.seed, "Seed", "Another number, another piece in the same mood.")
        self.gain = _number(GAIN_LEAST, GAIN_MOST, " dB")
        name(self.gain, "Level of the bed", "Decibels by which it is louder than beds are.")
        self.fade_in = _number(0, beds.FADE_MOST / MS_PER_SECOND, " s")
        self.fade_out = _number(0, beds.FADE_MOST / MS_PER_SECOND, " s")
        name(self.fade_in, "Bed fades in", "Seconds in which it comes.")
        name(self.fade_out, "Bed fades out", "Seconds in which it goes.")
        self.loop = QCheckBox("Its end &leads into its beginning")
        name(self.loop, "Loop", "Make it so that it can be repeated without a seam.")

    def _lay_out_form(self) -> None:
        self.form = QWidget()
        form = QFormLayout(self.form)
        form.setContentsMargins(6, 0, 6, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        choosing = QVBoxLayout()
        choosing.addWidget(self.still)
        choosing.addWidget(self.from_still)
        choosing.addLayout(WrappingRow(self.describer, self.ask))
        choosing.addStretch(1)
        seen = QHBoxLayout()
        seen.addWidget(self.picture)
        seen.addLayout(choosing, 1)
        form.addRow(seen)
        form.addRow("&Atmosphere:", self.fields["atmosphere"])
        form.addRow("&Rhythm:", self.fields["rhythm"])
        form.addRow("M&elody:", self.fields["melody"])
        form.addRow("", self.words)
        form.addRow("From, to:", WrappingRow(self.start, self.end, even=True))
        form.addRow("Maker, seed:", WrappingRow(self.maker, self.seed, even=True))
        form.addRow("Level:", self.gain)
        form.addRow("Fades:", WrappingRow(self.fade_in, self.fade_out, even=True))
        form.addRow("", self.loop)
        self._area = scrolling(self.form)

    def _connect(self) -> None:
        document, making = self.document, self.making
        document.changed.connect(self.refresh)
        document.opened.connect(self._open)
        self.view.selectionModel().currentChanged.connect(lambda *_: self._show_bed())
        self.view.activated.connect(lambda _index: self._toggle())
        making.begun.connect(self._choose)
        making.progressed.connect(self._show_progress)
        making.still_found.connect(self._show_picture)
        self.new.clicked.connect(self.begin)
        self.make.clicked.connect(self._make)
        self.play.clicked.connect(self._toggle)
        self.remove.clicked.connect(self._remove)
        self.stop.clicked.connect(making.stop)
        self._sounding.timeout.connect(self._enable)
        self.still.activated.connect(self._take_still)
        self.from_still.clicked.connect(self._take_mood)
        self.ask.clicked.connect(self._ask)
        for called, field in self.fields.items():
            field.editingFinished.connect(lambda one=called: self._take_words(one))
            field.textEdited.connect(lambda _text: self._count_words())
        self.start.editingFinished.connect(lambda: self._take_time("start", self.start))
        self.end.editingFinished.connect(lambda: self._take_time("end", self.end))
        self.maker.activated.connect(lambda _: self._take_maker(self.maker.currentText()))
        self.seed.editingFinished.connect(lambda: self._change(seed=self.seed.value()))
        self.gain.editingFinished.connect(lambda: self._change(gain=self.gain.value()))
        for fade, key in ((self.fade_in, "fade_in"), (self.fade_out, "fade_out")):
            fade.editingFinished.connect(
                lambda one=fade, part=key: self._change(
                    **{part: round(one.value() * MS_PER_SECOND)}
                )
            )
        self.loop.clicked.connect(lambda on: self._change(loop=on))

    # --- what is shown ----------------------------------------------------------------------------

    def _open(self) -> None:
        self.silenced.emit()
        self._sounding.stop()
        self._shown_still = None
        self.refresh()

    def refresh(self, _change: object = None) -> None:
        """Show the beds there are now."""
        found = self.document.project.beds if self.document.is_open else ()
        self.view.list.set_rows([Row(bed.id, self._words(bed)) for bed in found])
        if found and not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.view.list.index(0))
        self.view.viewport().update()
        self._show_bed()

    def _words(self, bed: Bed) -> str:
        state = "made" if soundbeds.is_there(bed) else "not made yet"
        if bed.sound and state != "made":
            state = "made, but no longer kept"
        return f"{brief(bed.start)} to {brief(bed.end)}, {state}: {beds.mood(bed)}"

    @property
    def bed(self) -> Bed | None:
        """The bed that is chosen."""
        if not self.document.is_open:
            return None
        return next((one for one in self.document.project.beds if one.id == self.view.key), None)

    def _choose(self, bed_id: str) -> None:
        self.view.setCurrentIndex(self.view.list.index(self.view.list.row_of(bed_id)))

    def _show_bed(self) -> None:
        bed = self.bed
        self._enable()
        self._show_progress()
        if bed is None:
            self.picture.clear()
            return
        for called, field in self.fields.items():
            _show_text(field, getattr(bed, called))
        self._count_words()
        _show_text(self.start, clock(bed.start))
        _show_text(self.end, clock(bed.end))
        if self.maker.findText(bed.engine) < 0:
            self.maker.addItem(bed.engine)  # a model in a folder, or one that has gone
        self.maker.setCurrentText(bed.engine)
        with QSignalBlocker(self.seed), QSignalBlocker(self.loop):
            self.seed.setValue(bed.seed)
            self.loop.setChecked(bed.loop)
        show_number(self.gain, bed.gain)
        show_number(self.fade_in, bed.fade_in / MS_PER_SECOND)
        show_number(self.fade_out, bed.fade_out / MS_PER_SECOND)
        self._show_still(bed)

    def _show_still(self, bed: Bed) -> None:
        still = bed.still if bed.still is not None else bed.start
        offered = [soundbeds.still_of(beds.span(bed), one) for one in soundbeds.STILLS]
        self.still.setCurrentIndex(offered.index(still) if still in offered else len(offered))
        self.picture.setAccessibleName(f"The picture at {clock(still)}")
        if still != self._shown_still:
            self._shown_still = still
            self.making.show_still(still)

    def _show_picture(self, film: int, pixels: NDArray[np.uint8]) -> None:
        if film == self._shown_still:
            height, width = pixels.shape[:2]
            data = pixels.tobytes()
            image = QImage(data, width, height, width * 3, QImage.Format.Format_RGB888).copy()
            tall = self.fontMetrics().height() * _PICTURE
            smooth = Qt.TransformationMode.SmoothTransformation
            self.picture.setPixmap(QPixmap.fromImage(image).scaledToHeight(tall, smooth))

    def _count_words(self) -> None:
        texts = [field.text() for field in self.fields.values()]
        count, most = beds.words(*texts), beds.WORDS_BELOW - 1
        ignored = ""
        bed = self.bed
        if bed is not None and bed.engine == soundbeds.MAKER:
            strange = soundbeds.unknown_words(*texts)
            ignored = f" Not known to the maker: {', '.join(strange)}." if strange else ""
        self.words.setText(f"{count} of at most {most} words.{ignored}")
        self.words.setWordWrap(True)

    def _show_progress(self) -> None:
        job = self.making.job
        busy = self.making.busy
        self.bar.setVisible(busy)
        self.stop.setVisible(busy)
        if job is not None and busy:
            self.bar.setValue(round(job.fraction * _STEPS))
        self._enable()

    def _enable(self) -> None:
        bed = self.bed
        self.new.setEnabled(self.document.is_open)
        self.form.setEnabled(bed is not None)
        self.remove.setEnabled(bed is not None)
        there = bed is not None and soundbeds.is_there(bed)
        self.make.setEnabled(bed is not None and not there and not self.making.busy)
        self.ask.setEnabled(bed is not None and not self.making.busy)
        self.play.setEnabled(there)
        playing = self._sounding.isActive()
        self.play.setText("Stop &playing" if playing else "&Play")
        self.play.setAccessibleName("Stop playing the bed" if playing else "Play the bed")

    # --- what is done -----------------------------------------------------------------------------

    def begin(self) -> None:
        """Plan a bed for the scene at the playhead."""
        self.making.begin(self._here())

    def _make(self) -> None:
        bed = self.bed
        if bed is not None:
            self.making.make(bed)
            self._show_progress()

    def _toggle(self) -> None:
        bed = self.bed
        if self._sounding.isActive():
            self._sounding.stop()
            self.silenced.emit()
        elif bed is not None and soundbeds.is_there(bed):
            self._sounding.start(bed.end - bed.start)
            file: Path = soundbeds.sound_file(bed)
            self.heard.emit(file)
        self._enable()

    def _remove(self) -> None:
        bed = self.bed
        if bed is not None:
            self.document.edit("Remove a sound bed", beds.remove(self.document.project, bed.id))
            self.told.emit("The bed is removed. Undo brings it back.")

    def _take_still(self, index: int) -> None:
        bed = self.bed
        if bed is None:
            return
        if index < len(soundbeds.STILLS):
            still = soundbeds.still_of(beds.span(bed), soundbeds.STILLS[index])
        else:
            still = min(max(bed.start, self._here()), bed.end - 1)
        self._change(still=still)

    def _take_maker(self, maker: str) -> None:
        self._change(engine=maker)
        terms = soundbeds.terms(maker)
        if terms:
            self.told.emit(terms)

    def _take_mood(self) -> None:
        if self.bed is not None:
            self.making.take_mood(self.bed)

    def _ask(self) -> None:
        bed = self.bed
        if bed is not None:
            self.making.ask_mood(bed, str(self.describer.currentData()))
            self._show_progress()

    def _take_words(self, called: str) -> None:
        self._change(**{called: " ".join(self.fields[called].text().split())})

    def _take_time(self, part: str, field: QLineEdit) -> None:
        try:
            self._change(**{part: parse_clock(field.text())})
        except StudioError as error:
            self._refuse(error)

    def _change(self, **fields: Any) -> None:
        bed = self.bed
        if bed is None:
            return
        try:
            project = beds.change(self.document.project, bed.id, **fields)
        except StudioError as error:
            self._refuse(error)
            return
        self.document.edit("Change a sound bed", project)

    def _refuse(self, error: StudioError) -> None:
        self.told.emit(str(error))
        self._show_bed()


def _button(text: str, called: str, about: str) -> QPushButton:
    button = QPushButton(text)
    name(button, called, about)
    return button


def _number(least: float, most: float, unit: str) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setRange(least, most)
    field.setDecimals(1)
    field.setSingleStep(0.5)
    field.setSuffix(unit)
    return field


def _show_text(field: QLineEdit, text: str) -> None:
    """Show a text unless it shows already, so that the caret stays."""
    if field.text() != text:
        field.setText(text)
