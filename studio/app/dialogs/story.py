"""The dialog of the story so far: a running note that describers which can read are told."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from studio.app.announce import name
from studio.app.document import Document
from studio.app.sizes import open_at
from studio.script import edits

_ABOUT = (
    "What has happened so far and what matters, in a few sentences. Describers that can read are "
    "told it with every gap; nobody hears it."
)


class StoryDialog(QDialog):
    """Edits the story as one step; Escape leaves it as it was."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._film = document.film
        self.setWindowTitle("Story so far")
        name(self, "Story so far", _ABOUT)
        about = QLabel(_ABOUT)
        about.setWordWrap(True)
        self.text = QPlainTextEdit(document.project.story)
        self.text.setTabChangesFocus(True)
        name(self.text, "Story", _ABOUT)
        about.setBuddy(self.text)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self._keep)
        buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.addWidget(about)
        whole.addWidget(self.text, 1)
        whole.addWidget(buttons)
        open_at(self, 80, 18)

    def _keep(self) -> None:
        document, story = self._document, self.text.toPlainText().strip()
        if document.is_open and document.film is self._film and story != document.project.story:
            document.edit("Write the story so far", edits.set_story(document.project, story))
        self.accept()
