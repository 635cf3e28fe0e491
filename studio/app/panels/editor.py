"""The cue editor: text, how it fits, voice, pace, gain, waiting, room, takes and note."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio import rehearsal
from studio.app import fitting
from studio.app.announce import name
from studio.app.document import Document
from studio.app.fields import ShortBox, show_number
from studio.app.panels.meter import FitMeter
from studio.app.panels.spelled import SpellingMenu, Underlines
from studio.app.spelling import Spelling
from studio.app.theme import LIGHT, Theme
from studio.app.words import brief
from studio.app.wrapping import WrappingRow, labelled, scrolling
from studio.errors import UsageError
from studio.script import edits
from studio.script.model import (
    GAIN_LEAST,
    GAIN_MOST,
    TEMPO_LEAST,
    TEMPO_MOST,
    Cue,
    Mode,
    VoiceChoice,
)
from studio.times import MS_PER_SECOND, Span, clock, parse_clock

MODES: tuple[tuple[Mode, str], ...] = (
    ("auto", "If needed (auto)"),
    ("inline", "Never (inline)"),
    ("extended", "Always (extended)"),
)
AS_NEEDED = "as needed"
LONGEST_WAIT = 120.0  # s
_ABOUT_TEXT = "What is said. Escape goes back to the list of descriptions."
_LINES = 3  # of the text that always show
_SHORT = 9  # letters of a choice that always show


class TextField(QPlainTextEdit):
    """The text. Undo is the document's, Tab leaves, Escape goes back to the list."""

    left = Signal()
    menu_asked = Signal(object, int)  # where on the screen, and for which letter

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """Some lines; what room there is beyond, it takes."""
        return QSize(super().sizeHint().width(), self.minimumSizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """Some lines."""
        around = 2 * (self.frameWidth() + int(self.document().documentMargin()))
        high = self.fontMetrics().height() * _LINES + around
        return QSize(super().minimumSizeHint().width(), high)

    def event(self, event: QEvent) -> bool:
        """Leave undo and redo to the window."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = QKeySequence.StandardKey
            if event.matches(keys.Undo) or event.matches(keys.Redo):
                event.ignore()
                return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Escape goes back to the list of descriptions."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802  # Qt's name
        """The menu of the word under the mouse, or at the caret where a key asks."""
        if event.reason() is QContextMenuEvent.Reason.Mouse:
            position = self.cursorForPosition(event.pos()).position()
        else:
            position = self.textCursor().position()
        self.menu_asked.emit(event.globalPos(), position)


class TimeField(QLineEdit):
    """A time of the film that can be typed: 1:02.400."""

    def __init__(self, called: str, about: str) -> None:
        super().__init__()
        name(self, called, about)

    def sizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """As wide as the longest time."""
        wide = self.fontMetrics().horizontalAdvance("0:00:00.000")
        return QSize(wide + self.fontMetrics().height(), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802  # Qt's name
        """The same: a time that is cut off is none."""
        return self.sizeHint()

    def show_time(self, ms: int) -> None:
        """Show a time unless somebody is typing one."""
        if not (self.hasFocus() and self.isModified()):
            self.setText(clock(ms))


class EditorPanel(QWidget):
    """Shows and edits the selected cue; voice, waiting and pace go to all that are selected."""

    told = Signal(str)  # a sentence for the status line
    left = Signal()  # the writer wants back to the list
    takes_asked = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self._theme = LIGHT
        self._voices: tuple[VoiceChoice, ...] = ()
        self._make_fields()
        self.spelling = Spelling(document, self)
        self._underlines = Underlines(self.text, self.spelling)
        self.spelling_menu = SpellingMenu(self.text, self.spelling)
        self._lay_out()
        self._connect()
        self.load_voices()
        self.show_cue()

    # --- what there is to see ---------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.heading = QLabel()
        self.heading.setTextFormat(Qt.TextFormat.PlainText)
        self.accepted = QCheckBox("&Accepted")
        name(
            self.accepted,
            "Accepted",
            "A person stands for this text; no engine overwrites it.",
        )
        self.text = TextField()
        name(self.text, "Text", _ABOUT_TEXT)
        self.text.setMinimumHeight(self.fontMetrics().height() * 3)
        self.text.setPlaceholderText("Write what is to be seen, or take a draft with 1 to 5.")
        self.meter = FitMeter()
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.verdict.setTextFormat(Qt.TextFormat.PlainText)
        self.voice = ShortBox(_SHORT)
        name(self.voice, "Voice", "Who says this description.")
        self.pace = QDoubleSpinBox()
        self.pace.setRange(TEMPO_LEAST, TEMPO_MOST)
        self.pace.setSingleStep(0.05)
        self.pace.setSuffix(" ×")
        name(self.pace, "Pace", "How fast it is said, in times of the voice's own pace.")
        self.gain = QDoubleSpinBox()
        self.gain.setRange(GAIN_LEAST, GAIN_MOST)
        self.gain.setSingleStep(0.5)
        self.gain.setDecimals(1)
        self.gain.setSuffix(" dB")
        name(self.gain, "Gain", "How much louder than the others it is heard, in decibels.")
        self.mode = ShortBox(_SHORT)
        for mode, words in MODES:
            self.mode.addItem(words, mode)
        name(self.mode, "Film waits", "Whether the picture may hold while this is said.")
        self.freeze = QDoubleSpinBox()
        self.freeze.setRange(0.0, LONGEST_WAIT)
        self.freeze.setSingleStep(0.1)
        self.freeze.setDecimals(1)
        self.freeze.setSuffix(" s")
        self.freeze.setSpecialValueText(AS_NEEDED)
        name(self.freeze, "Wait at least", "How long the picture holds at least, in seconds.")
        self.start = TimeField("From", "Where the room of the description begins, in film time.")
        self.end = TimeField("To", "Where the room of the description ends, in film time.")
        self.note = QLineEdit()
        name(self.note, "Note", "A note for who works on this; nobody hears it.")
        self.note.setPlaceholderText("for colleagues; not spoken")
        self.takes = QPushButton()

    def _lay_out(self) -> None:
        self.heading.setWordWrap(True)
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.accepted)
        fields = WrappingRow(
            labelled("&Voice", self.voice, above=True),
            labelled("&Pace", self.pace, above=True),
            labelled("Ga&in", self.gain, above=True),
            labelled("Film &waits", self.mode, above=True),
            labelled("Wait at &least", self.freeze, above=True),
            labelled("F&rom", self.start, above=True),
            labelled("&To", self.end, above=True),
            even=True,
        )
        remark = WrappingRow(labelled("&Note", self.note), self.takes)
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(8, 6, 8, 6)
        inside.setSpacing(4)
        inside.addLayout(top)
        inside.addWidget(self.text, 1)
        inside.addWidget(self.meter)
        inside.addWidget(self.verdict)
        inside.addLayout(fields)
        inside.addLayout(remark)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolling(body))

    def _connect(self) -> None:
        self.text.textChanged.connect(self._write)
        self.text.left.connect(self.left)
        self.accepted.clicked.connect(self._accept)
        self.voice.activated.connect(self._choose_voice)
        self.pace.valueChanged.connect(self._set_pace)
        self.gain.valueChanged.connect(self._set_gain)
        self.takes.clicked.connect(self.takes_asked)
        self.text.menu_asked.connect(self.spelling_menu.open_at)
        self.spelling_menu.told.connect(self.told)
        self.spelling.changed.connect(self._tell_of_spelling)
        self.mode.activated.connect(self._set_mode)
        self.freeze.valueChanged.connect(self._set_freeze)
        self.start.editingFinished.connect(self._move)
        self.end.editingFinished.connect(self._move)
        self.note.textEdited.connect(self._note)
        self.document.opened.connect(self.load_voices)
        self.document.language_changed.connect(self.load_voices)
        self.document.changed.connect(self.show_cue)
        self.document.selection_changed.connect(self.show_cue)

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._theme = theme
        self.meter.set_theme(theme)
        self._underlines.set_theme(theme)
        self._show_fit()

    def _tell_of_spelling(self) -> None:
        """Say it with the field where its words are not checked; silence would look like praise."""
        checked = self.spelling.checks is not False
        missing = "" if checked else f" Spelling is not checked in {self.document.language}."
        self.text.setAccessibleDescription(f"{_ABOUT_TEXT}{missing}")

    def load_voices(self) -> None:
        """Look anew for who speaks the language."""
        self._voices = rehearsal.voices(self.document.language) if self.document.is_open else ()
        self.show_cue()

    def show_cue(self, _change: object = None) -> None:
        """Show the selected cue as it is now."""
        cue = self.document.cue
        several = len(self.document.selection) > 1
        for alone in (self.text, self.start, self.end, self.note):
            alone.setEnabled(cue is not None)
        for shared in (
            self.accepted, self.voice, self.pace, self.gain, self.mode, self.freeze
        ):  # fmt: skip
            shared.setEnabled(cue is not None or several)
        self.heading.setText(self._heading())
        shown = cue
        if shown is None and several:
            shown = self.document.project.cue(self.document.selection[0])
        self._show_fields(shown, alone=cue is not None)
        self._show_fit()

    def _heading(self) -> str:
        document = self.document
        if not document.is_open or not document.selection:
            return "No description is selected"
        if document.cue is None:
            return f"{len(document.selection)} descriptions are selected"
        cues = document.project.cues
        number = cues.index(document.cue) + 1
        room = f"{brief(document.cue.start)} to {brief(document.cue.end)}"
        return f"Description {number} of {len(cues)}, {room}"

    def _show_fields(self, cue: Cue | None, alone: bool) -> None:
        fields = (
            self.text,
            self.accepted,
            self.voice,
            self.pace,
            self.gain,
            self.mode,
            self.freeze,
            self.note,
        )
        blocked = [QSignalBlocker(field) for field in fields]
        text = self.document.text(cue) if cue is not None and alone else ""
        if self.text.toPlainText() != text:
            self._put_text(text)
        self.note.setText(cue.note if cue is not None and alone else "")
        if cue is not None:
            version = self.document.version(cue)
            self.accepted.setChecked(cue.accepted)
            self.mode.setCurrentIndex([mode for mode, _ in MODES].index(cue.mode))
            show_number(self.freeze, (cue.freeze or 0) / MS_PER_SECOND)
            show_number(self.pace, version.tempo if version is not None else 1.0)
            show_number(self.gain, version.gain if version is not None else 0.0)
            self.start.show_time(cue.start)
            self.end.show_time(cue.end)
        else:
            self.accepted.setChecked(False)
            self.start.clear()
            self.end.clear()
        self._show_voices(cue)
        self._show_takes(cue if alone else None)
        del blocked

    def _show_takes(self, cue: Cue | None) -> None:
        version = None if cue is None else self.document.version(cue)
        takes = () if version is None else version.takes
        chosen = None if version is None else version.chosen_take
        heard = "no take" if chosen is None else f"take {takes.index(chosen) + 1}"
        self.takes.setText(f"Ta&kes ({len(takes)}, {heard} heard)…" if takes else "Ta&kes…")
        about = "Record the description, or choose the recording that is heard."
        self.takes.setToolTip("")
        name(self.takes, self.takes.text().replace("&", ""), about)
        self.takes.setEnabled(version is not None and bool(version.text.strip()))

    def _put_text(self, text: str) -> None:
        """Replace the text but keep the caret where people expect it."""
        caret = self.text.textCursor().position()
        self.text.setPlainText(text)
        cursor = self.text.textCursor()
        cursor.setPosition(min(caret, len(text)) if self.text.hasFocus() else len(text))
        self.text.setTextCursor(cursor)

    def _show_voices(self, cue: Cue | None) -> None:
        document = self.document
        general = document.project.voice(document.language) if document.is_open else None
        general = general or (self._voices[0] if self._voices else None)
        first = (
            "No voice speaks this language"
            if general is None
            else f"{general.voice}, as the others"
        )
        wanted = [(first, None), *((_voice_words(one), one) for one in self._voices)]
        present = [
            (self.voice.itemText(n), self.voice.itemData(n)) for n in range(self.voice.count())
        ]
        if present != wanted:
            self.voice.clear()
            for words, choice in wanted:
                self.voice.addItem(words, choice)
        version = document.version(cue) if cue is not None else None
        own = version.voice if version is not None else None
        choices = [choice for _, choice in wanted]
        if own is not None and own not in choices:
            self.voice.addItem(f"{_voice_words(own)} (not installed)", own)
            choices.append(own)
        self.voice.setCurrentIndex(choices.index(own))

    def _show_fit(self) -> None:
        document, cue = self.document, self.document.cue
        if cue is None:
            self.meter.set_fit(None)
            self.verdict.clear()
            return
        place = document.placements[cue.id]
        room = rehearsal.room(document.project, cue).duration
        found = fitting.fit(cue, document.version(cue), place, room, document.project.settings)
        self.meter.set_fit(found)
        self.verdict.setText(found.sentence)
        colours = {"good": self._theme.good, "warn": self._theme.warn, "bad": self._theme.bad}
        colour = colours.get(found.level, self._theme.text)
        palette = self.verdict.palette()
        palette.setColor(self.verdict.foregroundRole(), colour)
        self.verdict.setPalette(palette)

    # --- what a person does -----------------------------------------------------------------------

    def _write(self) -> None:
        cue = self.document.cue
        if cue is None:
            return
        document, text = self.document, self.text.toPlainText()
        if text == document.text(cue):  # an underline changed, not the text
            return
        key = f"text {cue.id} {document.language} {len(text.split())}"
        project = edits.set_text(document.project, cue.id, document.language, text)
        document.edit("Write the text", project, amend=key)

    def _accept(self, wanted: bool) -> None:
        ids = self.document.selection
        what = "Accept" if wanted else "Take back the acceptance"
        self.document.edit(what, edits.set_accepted(self.document.project, wanted, ids))

    def _choose_voice(self, index: int) -> None:
        document = self.document
        choice = self.voice.itemData(index)
        if choice is not None and not isinstance(choice, VoiceChoice):
            choice = VoiceChoice(*choice)  # Qt gives tuples back as lists
        project = edits.set_cue_voice(
            document.project, document.language, choice, document.selection
        )
        if project is document.project and not self._written():
            self.told.emit("Write the text first; then it can have a voice of its own.")
        document.edit("Change the voice", project)
        self._remind_of_takes()
        for sentence in rehearsal.terms((choice,) if choice is not None else ()):
            self.told.emit(sentence)

    def _remind_of_takes(self) -> None:
        """A voice that is chosen is not heard where a take is."""
        cues = (self.document.project.cue(one) for one in self.document.selection)
        versions = (self.document.version(cue) for cue in cues if cue is not None)
        if any(version is not None and version.take for version in versions):
            self.told.emit("A take is heard here, not the voice; Ctrl+R shows the takes.")

    def _written(self) -> bool:
        document = self.document
        cues = (document.project.cue(one) for one in document.selection)
        return any(cue is not None and document.version(cue) is not None for cue in cues)

    def _set_pace(self, tempo: float) -> None:
        document = self.document
        tempo = round(tempo, 2)
        project = edits.set_tempo(document.project, document.language, tempo, document.selection)
        document.edit("Change the pace", project, amend=f"pace {document.selection}")

    def _set_gain(self, gain: float) -> None:
        document = self.document
        gain = round(gain, 1)
        project = edits.set_gain(document.project, document.language, gain, document.selection)
        document.edit("Change the gain", project, amend=f"gain {document.selection}")

    def _set_mode(self, index: int) -> None:
        document = self.document
        project = edits.set_mode(document.project, MODES[index][0], document.selection)
        document.edit("Change whether the film waits", project)

    def _set_freeze(self, wait: float) -> None:
        document = self.document
        ms = round(wait * MS_PER_SECOND) or None
        project = edits.set_freeze(document.project, ms, document.selection)
        document.edit("Change the wait", project, amend=f"freeze {document.selection}")

    def _move(self) -> None:
        cue = self.document.cue
        if cue is None:
            return
        try:
            span = Span(parse_clock(self.start.text()), parse_clock(self.end.text()))
        except UsageError as error:
            self.told.emit(str(error))
            self.start.setText(clock(cue.start))
            self.end.setText(clock(cue.end))
            return
        self.start.setModified(False)
        self.end.setModified(False)
        if span != Span(cue.start, cue.end):
            self.document.edit("Move", edits.set_span(self.document.project, cue.id, span))

    def _note(self, note: str) -> None:
        cue = self.document.cue
        if cue is not None:
            project = edits.set_note(self.document.project, cue.id, note)
            self.document.edit("Write a note", project, amend=f"note {cue.id}")


def _voice_words(choice: VoiceChoice) -> str:
    return f"{choice.voice} ({choice.speaker})"
