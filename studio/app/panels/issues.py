"""What the checks find wrong, and what a person lets pass with a reason."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.app.announce import name
from studio.app.document import Change, Document
from studio.app.fields import ShortBox
from studio.app.panels.rows import Row, RowsView
from studio.app.wrapping import WrappingRow, labelled
from studio.errors import UsageError
from studio.script import checks, edits, styles
from studio.script.model import Issue, Project, Waiver

OPEN, PASSED, ALL = "Open", "Let pass", "All"


class IssuesPanel(QWidget):
    """Return goes to an issue's description. What is let pass is set faint, with its reason."""

    waive_asked = Signal(object)  # an Issue somebody wants to let pass; the reason is to be asked
    told = Signal(str)

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self.view = RowsView(
            "Issues", "What is wrong. Return goes there; F8 goes to the next.", "Nothing is wrong."
        )
        self.setFocusProxy(self.view)
        self.shown = QComboBox()
        self.shown.addItems([OPEN, PASSED, ALL])
        name(self.shown, "Show issues", "The open ones, those that are let pass, or all.")
        self.house = ShortBox(8)
        name(self.house, "House style", "What the texts of this project are held against.")
        self.waive = QPushButton("Let it &pass…")
        name(self.waive, "Let the issue pass", "Say why this issue may stay as it is.")
        self.mend = QPushButton("&Repair")
        name(self.mend, "Repair", "Change what the issue is about, where that is safe.")
        self.unwaive = QPushButton("Take it &back")
        name(self.unwaive, "Take it back", "Let the chosen issue count again.")
        which = labelled("Sho&w", self.shown)
        against = labelled("House st&yle", self.house)
        row = WrappingRow(which, against, self.mend, self.waive, self.unwaive)
        row.setContentsMargins(6, 0, 6, 2)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.view, 1)
        whole.addLayout(row)
        self.view.activated.connect(self._go)
        self.view.selectionModel().currentChanged.connect(lambda *_: self._enable())
        self.shown.currentIndexChanged.connect(lambda _index: self.refresh())
        self.house.activated.connect(lambda _index: self._hold_against())
        self.mend.clicked.connect(self.repair)
        self.waive.clicked.connect(self.ask_to_waive)
        self.unwaive.clicked.connect(self.take_back)
        self._outdated = True
        self._styles_outdated = True
        document.changed.connect(self._change)
        document.issues_changed.connect(self.refresh)
        document.language_changed.connect(self.refresh)
        document.opened.connect(self.refresh)
        document.opened.connect(self._refresh_styles)
        self.refresh()

    def _change(self, change: Change) -> None:
        if change.before.style != change.after.style:
            self._refresh_styles()
        if change.waivers:  # what is wrong is told of by itself
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  # Qt's name
        """Show what was found while nobody looked."""
        self.catch_up()
        self._show_styles()
        super().showEvent(event)

    def refresh(self) -> None:
        """Show the issues there are now, of those that are wanted, as soon as somebody looks.

        A long film has thousands, and most edits change some while another tab shows.
        """
        self._outdated = True
        if self.isVisible():
            self.catch_up()

    def catch_up(self) -> None:
        """Bring the list up to date, if it is not."""
        if not self._outdated:
            return
        self._outdated = False
        wanted = self.shown.currentText()
        issues = self.document.issues if self.document.is_open else ()
        passed = dict(checks.waived(self.document.project, issues)) if issues else {}
        before = {
            row.key: row
            for row in self.view.list.rows
            if isinstance(row.key, Issue) and not row.faint
        }
        rows = []
        for issue in issues:
            waiver = passed.get(issue) if passed else None
            if wanted in (ALL, OPEN if waiver is None else PASSED):
                known = before.get(issue) if waiver is None else None
                rows.append(known or _row(issue, waiver))
        self.view.list.set_rows(rows)
        self.view.empty = "Nothing is let pass." if wanted == PASSED else "Nothing is wrong."
        self.view.viewport().update()
        self._enable()

    def _refresh_styles(self) -> None:
        """Offer others as soon as somebody looks: to read them all takes some tens of ms."""
        self._styles_outdated = True
        if self.isVisible():
            self._show_styles()

    def _show_styles(self) -> None:
        """Offer what there is, and the project's own even where it is not there."""
        if not self._styles_outdated:
            return
        self._styles_outdated = False
        self.house.setEnabled(self.document.is_open)
        self.house.clear()
        if not self.document.is_open:
            return
        own = self.document.project.style
        for style in dict.fromkeys((*styles.names(), own)):
            self.house.addItem(_title(style), style)
        self.house.setCurrentIndex(self.house.findData(own))

    def _hold_against(self) -> None:
        """Hold the texts against the style that was chosen."""
        project, style = self.document.project, self.house.currentData()
        if style == project.style:
            return
        self.document.edit("Change the house style", edits.set_style(project, style))
        self.told.emit(f"The house style is now {self.house.currentText()}.")

    def _enable(self) -> None:
        issue = self.chosen
        passed = issue is not None and self.document.waiver(issue) is not None
        self.waive.setEnabled(issue is not None and not passed)
        self.unwaive.setEnabled(passed)
        self.mend.setEnabled(not passed and self._repaired(issue) is not None)

    def _repaired(self, issue: Issue | None) -> Project | None:
        return None if issue is None else checks.repair(self.document.project, issue)

    @property
    def chosen(self) -> Issue | None:
        """The current issue."""
        self.catch_up()
        key = self.view.key if self.document.is_open else None
        return key if isinstance(key, Issue) else None

    def step(self, by: int) -> Issue | None:
        """Go `by` open issues on, round the end; None where nothing is wrong."""
        if self.shown.currentText() == PASSED:
            self.shown.setCurrentText(OPEN)
        self.catch_up()
        rows = [n for n, row in enumerate(self.view.list.rows) if not row.faint]
        if not rows:
            return None
        current = self.view.currentIndex()
        here = current.row() if current.isValid() else -1
        later, sooner = [n for n in rows if n > here], [n for n in rows if n < here]
        found = (later or rows)[0] if by > 0 else (sooner or rows)[-1]
        index = self.view.list.index(found)
        self.view.setCurrentIndex(index)
        self._go(index)
        return self.chosen

    def _go(self, index: QModelIndex) -> None:
        issue = self.view.list.rows[index.row()].key
        if isinstance(issue, Issue) and issue.cue:
            self.document.select([issue.cue])

    def repair(self) -> None:
        """Change what the current issue is about, where that is safe."""
        issue = self.chosen
        project = self._repaired(issue)
        if issue is None or project is None:
            self.told.emit("This issue cannot be repaired by itself.")
            return
        self.document.edit("Repair an issue", project)
        self.told.emit("Repaired. Undo takes it back.")

    def ask_to_waive(self) -> None:
        """Have the reason asked for which the current issue may stay."""
        issue = self.chosen
        if issue is None:
            self.told.emit("Choose an issue first; F8 goes to the next.")
        elif self.document.waiver(issue) is not None:
            self.told.emit("This issue is let pass already.")
        else:
            self.waive_asked.emit(issue)

    def let_pass(self, issue: Issue, reason: str) -> None:
        """Let an issue stay as it is, for a reason."""
        if not reason.strip():
            self.told.emit("The issue stays open: without a reason nobody could judge it later.")
            return
        waiver = Waiver(issue.rule, issue.cue, issue.language, reason.strip())
        project = edits.waive(self.document.project, waiver)
        self.document.edit("Let an issue pass", project)
        self.told.emit(f"Let pass: {waiver.reason}")

    def take_back(self) -> None:
        """Let the current issue count again."""
        issue = self.chosen
        waiver = self.document.waiver(issue) if issue is not None else None
        if waiver is None:
            self.told.emit("This issue is not let pass.")
            return
        self.document.edit("Let an issue count again", edits.unwaive(self.document.project, waiver))
        self.told.emit("The issue is open again.")


def _title(style: str) -> str:
    try:
        return styles.load(style).title
    except UsageError:  # the checks tell what is wrong with it
        return style


def _row(issue: Issue, waiver: Waiver | None) -> Row:
    text = f"{issue.severity.capitalize()}: {issue.sentence}"
    if waiver is None:
        return Row(issue, text)
    return Row(issue, f"Let pass ({waiver.reason}). {text}", faint=True)
