"""Unknown words in a text field: underlined, with suggestions in its menu and by key."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QMenu, QPlainTextEdit

from studio.app.announce import announce
from studio.app.spelling import Spelling, Word, word_at
from studio.app.theme import LIGHT, Theme


class Underlines(QSyntaxHighlighter):
    """Draws a wave under each word that nobody knows."""

    def __init__(self, field: QPlainTextEdit, spelling: Spelling) -> None:
        super().__init__(field.document())
        self._spelling = spelling
        self._format = QTextCharFormat()
        self._format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SpellCheckUnderline)
        self.set_theme(LIGHT)
        spelling.changed.connect(self.rehighlight)

    def set_theme(self, theme: Theme) -> None:
        """Use other colours."""
        self._format.setUnderlineColor(QColor(theme.bad))
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:  # noqa: N802  # Qt's name
        """Underline the unknown words of one paragraph."""
        for word in self._spelling.unknown(text):
            self.setFormat(word.start, word.end - word.start, self._format)


class SpellingMenu(QObject):
    """The menu of a text field, and the way from one unknown word to the next.

    told: what a screen reader should say. word_asked: a word to be said in another way.
    """

    told = Signal(str)
    word_asked = Signal(str)

    def __init__(self, field: QPlainTextEdit, spelling: Spelling) -> None:
        super().__init__(field)
        self._field = field
        self._spelling = spelling
        self.menu: QMenu | None = None

    @property
    def word(self) -> str:
        """What is selected in the text, or the word at the caret."""
        cursor = self._field.textCursor()
        if cursor.hasSelection():
            return " ".join(cursor.selectedText().split())
        found = word_at(self._field.toPlainText(), cursor.position())
        return "" if found is None else found.text

    def open_at(self, place: QPoint, position: int) -> None:
        """Open the menu at `place` on the screen for the letter at `position` of the text."""
        found = next(
            (
                one
                for one in self._spelling.unknown(self._field.toPlainText())
                if one.start <= position <= one.end
            ),
            None,
        )
        if found is None:
            self._show(place, None, ())
        else:
            self._spelling.ask(found.text, lambda meant: self._show(place, found, meant))

    def next_unknown(self) -> None:
        """Select the next unknown word after the caret, around the end, and offer others."""
        unknown = self._spelling.unknown(self._field.toPlainText())
        if not unknown:
            self.told.emit(
                "Spelling is not checked in this language."
                if self._spelling.checks is False
                else "Every word is known."
            )
            return
        here = self._field.textCursor().selectionEnd()
        found = next((one for one in unknown if one.start >= here), unknown[0])
        cursor = self._field.textCursor()
        cursor.setPosition(found.start)
        cursor.setPosition(found.end, QTextCursor.MoveMode.KeepAnchor)
        self._field.setTextCursor(cursor)
        self._field.setFocus()
        corner = self._field.cursorRect().bottomLeft()
        place = self._field.viewport().mapToGlobal(corner)
        self._spelling.ask(found.text, lambda meant: self._show(place, found, meant))

    def add_word(self) -> None:
        """Put the word at the caret into the project's list."""
        word = self.word
        if not word:
            self.told.emit("There is no word at the caret.")
            return
        self._spelling.add(word)
        self.told.emit(f"“{word}” is known in this project now.")

    def _show(self, place: QPoint, word: Word | None, meant: tuple[str, ...]) -> None:
        menu = self._field.createStandardContextMenu()
        first = menu.actions()[0] if menu.actions() else None
        made = []
        for one in meant if word is not None else ():
            made.append(menu.addAction(f"Write “{one}”"))
            made[-1].triggered.connect(lambda _=False, one=one: self._replace(word, one))
        if word is not None:
            if not meant:
                made.append(menu.addAction("No suggestion"))
                made[-1].setEnabled(False)
            made.append(menu.addAction(f"Add “{word.text}” to the project's words"))
            made[-1].triggered.connect(lambda _=False: self._spelling.add(word.text))
        own = word.text if word is not None else self.word
        if own:
            made.append(menu.addAction(f"Say “{own}” in another way…"))
            made[-1].triggered.connect(lambda _=False: self.word_asked.emit(own))
        made.append(menu.addSeparator())
        for action in made:
            menu.removeAction(action)
        menu.insertActions(first, made) if first is not None else menu.addActions(made)
        if word is not None:
            able = next((action for action in made if action.isEnabled()), None)
            if able is not None:
                menu.setActiveAction(able)
            said = ", ".join(meant) or "no suggestion"
            announce(self._field, f"Unknown word {word.text}: {said}.", urgent=True)
        menu.setAccessibleName("Words")
        menu.aboutToHide.connect(menu.deleteLater)
        self.menu = menu
        menu.popup(place)

    def _replace(self, word: Word | None, by: str) -> None:
        """Write another word in the place of one, where that still stands."""
        if word is None or self._field.toPlainText()[word.start : word.end] != word.text:
            return
        cursor = self._field.textCursor()
        cursor.setPosition(word.start)
        cursor.setPosition(word.end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(by)
        self._field.setTextCursor(cursor)
