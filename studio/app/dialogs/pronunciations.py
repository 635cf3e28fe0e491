"""The dialog of words: how words of the project are said, and which are meant as they stand."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.app.announce import announce, name
from studio.app.document import Document
from studio.app.panels.rows import Row, RowsView
from studio.app.sizes import open_at
from studio.script import edits
from studio.script.model import Pronunciation
from studio.script.saying import spoken


class PronunciationsDialog(QDialog):
    """The words of the present language; each change is one edit and is heard at once.

    heard: a text somebody wants to hear, as the voice of the language says it.
    """

    heard = Signal(str)

    def __init__(self, document: Document, word: str = "", parent: QWidget | None = None) -> None:
        """word: one that is to be said in another way, "" for none."""
        super().__init__(parent)
        self._document = document
        self._language = document.language
        self._following = True  # what the document does, until it is closed
        self.setWindowTitle("Words")
        name(self, "Words", "How words are said, and words that are meant as they are written.")
        self._make_fields()
        self._lay_out()
        self._connect()
        self.refresh()
        if word:
            self.written.setText(word)
            self.said.setFocus()

    def _make_fields(self) -> None:
        self.view = RowsView(
            "Words of the project",
            "Choose one to change it.",
            "No word is said in a way of its own yet.",
        )
        self.written = QLineEdit()
        name(
            self.written,
            "Written",
            "A word as it stands in the texts. With a capital it is told from the one without.",
        )
        self.said = QLineEdit()
        self.said.setPlaceholderText("as written")
        name(
            self.said,
            "Said as",
            "How the voice is given it, for example Shivawn. Empty: as written; the word is then "
            "only known to the spelling.",
        )
        self.hear = QPushButton("&Hear it")
        self.use = QPushButton("&Use it")
        self.remove = QPushButton("Re&move")
        name(self.hear, "Hear it", "Let the voice of this language say the word as it is typed.")
        name(self.use, "Use it", "Say the word so from now on.")
        name(self.remove, "Remove", "Say the chosen word as it is written again.")
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        name(self.verdict, "What happened")

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow("&Written", self.written)
        form.addRow("&Said as", self.said)
        row = QHBoxLayout()
        for button in (self.hear, self.use, self.remove):
            row.addWidget(button)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.addWidget(QLabel(f"Words of the texts in {self._language}"))
        whole.addWidget(self.view, 1)
        whole.addLayout(form)
        whole.addLayout(row)
        whole.addWidget(self.verdict)
        whole.addWidget(buttons)
        for one in self.findChildren(QPushButton):
            one.setAutoDefault(False)
        self.use.setDefault(True)  # Return in the fields
        open_at(self, 70, 26)

    def _connect(self) -> None:
        self.view.selectionModel().currentChanged.connect(self._show_row)
        self.written.textChanged.connect(self._enable)
        self.said.textChanged.connect(self._enable)
        self.hear.clicked.connect(self._hear)
        self.use.clicked.connect(self._use)
        self.remove.clicked.connect(self._remove)
        self._document.changed.connect(self.refresh)

    @property
    def _rows(self) -> tuple[Pronunciation, ...]:
        """Those of this language, in order of the alphabet."""
        rows = self._document.project.pronunciations if self._document.is_open else ()
        own = (one for one in rows if one.language == self._language)
        return tuple(sorted(own, key=lambda one: one.written.casefold()))

    def refresh(self, _change: object = None) -> None:
        """Show the words there are now."""
        self.view.list.set_rows([Row(one.written, _words(one)) for one in self._rows])
        self._enable()

    def _show_row(self, _index: QModelIndex, _before: QModelIndex) -> None:
        chosen = next((one for one in self._rows if one.written == self.view.key), None)
        if chosen is not None:
            self.written.setText(chosen.written)
            self.said.setText("" if chosen.spoken == chosen.written else chosen.spoken)

    def _enable(self, _text: str = "") -> None:
        there = bool(self._typed().written)
        self.hear.setEnabled(there)
        self.use.setEnabled(there and self._typed() not in self._rows)
        self.remove.setEnabled(self._typed().written in {one.written for one in self._rows})

    def _typed(self) -> Pronunciation:
        written = " ".join(self.written.text().split())
        said = " ".join(self.said.text().split())
        return Pronunciation(self._language, written, said or written)

    def _hear(self) -> None:
        typed = self._typed()
        self.heard.emit(spoken(typed.written, [typed]))

    def _use(self) -> None:
        typed = self._typed()
        if typed in self._rows or not typed.written:
            return
        self._edit(f"Say “{typed.written}”", (*self._others(typed), typed))
        self._tell(f"{_words(typed)}.")

    def _remove(self) -> None:
        typed = self._typed()
        self._edit(f"Remove the word “{typed.written}”", self._others(typed))
        self._tell(f"“{typed.written}” is no longer in the list.")
        self.written.clear()
        self.said.clear()
        self.written.setFocus()

    def _others(self, typed: Pronunciation) -> tuple[Pronunciation, ...]:
        same = (typed.language, typed.written)
        rows = self._document.project.pronunciations
        return tuple(one for one in rows if (one.language, one.written) != same)

    def _edit(self, called: str, rows: tuple[Pronunciation, ...]) -> None:
        document = self._document
        document.edit(called, edits.set_pronunciations(document.project, rows))

    def _tell(self, sentence: str) -> None:
        self.verdict.setText(sentence)
        announce(self, sentence)

    def done(self, result: int) -> None:
        """Close."""
        if self._following:
            self._following = False
            self._document.changed.disconnect(self.refresh)
        super().done(result)


def _words(row: Pronunciation) -> str:
    if row.spoken == row.written:
        return f"{row.written}: as written"
    return f"{row.written}: said as “{row.spoken}”"
