"""The first page: what to do when nothing is open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from studio.app import autosave
from studio.app.announce import name
from studio.app.autosave import Leftover
from studio.app.panels.rows import Row, RowsView
from studio.app.preferences import Preferences


class WelcomePanel(QWidget):
    """Open something, go on with something, or try it with a short film made here."""

    open_asked = Signal()
    demo_asked = Signal()
    project_asked = Signal(object)  # a Path
    leftover_asked = Signal(object)  # a Leftover

    def __init__(self, preferences: Preferences) -> None:
        super().__init__()
        self._preferences = preferences
        title = QLabel("Audio Description Studio")
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.8)
        font.setBold(True)
        title.setFont(font)
        words = QLabel(
            "Open a film: the studio finds its scenes, the speech and the gaps between, drafts a "
            "description for each gap and speaks it. You write, hear and decide. You can also drag "
            "a film or a project in here."
        )
        words.setWordWrap(True)
        self.open = QPushButton("&Open a film or a project…")
        name(self.open, "Open a film or a project", "Ctrl+O does the same everywhere.")
        self.demo = QPushButton("&Make a short film to try")
        name(self.demo, "Make a short film to try", "Takes some seconds and needs no download.")
        for button in (self.open, self.demo):
            button.setMinimumHeight(40)
        self.open.clicked.connect(self.open_asked)
        self.demo.clicked.connect(self.demo_asked)
        self.heading = QLabel("&Go on with")
        self.list = RowsView(
            "Recent projects",
            "Return opens one.",
            "Projects you have worked on will be listed here.",
        )
        self.heading.setBuddy(self.list)
        self.list.activated.connect(lambda index: self._choose(index.row()))
        hint = QLabel("F1 opens the manual, Shift+F1 lists all keys.")
        column = QVBoxLayout()
        for widget in (title, words, self.open, self.demo, self.heading, self.list, hint):
            column.addWidget(widget)
            column.addSpacing(6)
        inner = QWidget()
        inner.setLayout(column)
        inner.setMaximumWidth(720)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(32, 32, 32, 32)
        whole.addWidget(inner, 1, Qt.AlignmentFlag.AlignHCenter)
        inner.setMinimumWidth(420)
        self.setFocusProxy(self.open)
        self.refresh()

    def refresh(self) -> None:
        """List what crashes left behind, then the recent projects."""
        rows = []
        for left in autosave.leftovers():
            what = left.path.stem if left.path is not None else f"the project for {left.film}"
            when = f"as it was on {left.written:%d.%m. at %H:%M:%S}; it was not saved"
            rows.append(Row(left, f"Recover {what}\n{when}", f"Recover {what}, {when}", "", True))
        for path in self._preferences.recent:
            rows.append(Row(path, f"{path.stem}\n{path.parent}", f"{path.stem}, in {path.parent}"))
        self.list.list.set_rows(rows)
        if rows:
            self.list.setCurrentIndex(self.list.list.index(0))

    def _choose(self, number: int) -> None:
        key = self.list.list.rows[number].key
        if isinstance(key, Leftover):
            self.leftover_asked.emit(key)
        elif isinstance(key, Path):
            self.project_asked.emit(key)
