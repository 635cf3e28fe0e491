"""What people in the film say: when, who and what. Not the descriptions: the film itself."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSignalBlocker,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from studio.amounts import counted
from studio.app.announce import name
from studio.app.document import Document
from studio.app.fields import ShortBox
from studio.app.panels.rows import middle, paint_empty, swatch
from studio.app.words import brief
from studio.app.wrapping import WrappingRow, labelled, widen
from studio.errors import UsageError
from studio.script import lines, people
from studio.script.model import Line, Project

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole

HEADINGS = ("Start", "Who", "What is said")
START, WHO, TEXT = range(len(HEADINGS))

EMPTY = (
    "No lines yet.\n\nCtrl+Alt+I brings captions or a list of who says what.\n"
    "Ctrl+Alt+W writes down what people say.\n"
    "Ctrl+Alt+C finds who speaks when."
)

SOMEBODY_NEW = "Somebody new"
_SHORT = 10  # letters of a name that always show


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line as the table shows it. number: from 1. who: "" where nobody knows. colour: theirs."""

    number: int
    line: Line
    who: str
    colour: str


class LineTable(QAbstractTableModel):
    """The lines of the document. The text can be changed in place."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.rows: tuple[LineRow, ...] = ()
        self._shown: Project | None = None
        document.opened.connect(self.refresh)
        document.changed.connect(self.refresh)
        self.refresh()

    def refresh(self, _change: object = None) -> None:
        """Show the lines as they are now; rows that did not change stay where they are."""
        project = self.document.project if self.document.is_open else None
        before, self._shown = self._shown, project
        if before is not None and project is not None:
            same = before.lines is project.lines and before.people is project.people
            if same:
                return
        self._show(_rows(project) if project is not None else ())

    def _show(self, new: tuple[LineRow, ...]) -> None:
        old_ids = [row.line.id for row in self.rows]
        new_ids = [row.line.id for row in new]
        if old_ids != new_ids:
            head, gone, come = middle(old_ids, new_ids)
            if gone:
                self.beginRemoveRows(QModelIndex(), head, head + gone - 1)
                self.rows = self.rows[:head] + self.rows[head + gone :]
                self.endRemoveRows()
            if come:
                self.beginInsertRows(QModelIndex(), head, head + come - 1)
                self.rows = self.rows[:head] + new[head : head + come] + self.rows[head:]
                self.endInsertRows()
        head, changed, _ = middle(self.rows, new)
        self.rows = new
        if changed:
            self.dataChanged.emit(self.index(head, 0), self.index(head + changed - 1, TEXT))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """One a line."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """See HEADINGS."""
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> object:
        """The headings."""
        if orientation is Qt.Orientation.Horizontal and role == _Role.DisplayRole:
            return HEADINGS[section]
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Texts can be changed."""
        found = super().flags(index)
        return found | Qt.ItemFlag.ItemIsEditable if index.column() == TEXT else found

    def data(self, index: Index, role: int = _Role.DisplayRole) -> object:
        """What a cell shows; for screen readers the text column says the whole row."""
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        found: object = None
        if role == _Role.DisplayRole:
            found = (brief(row.line.start), row.who or "–", row.line.text)[column]
        elif role == _Role.EditRole and column == TEXT:
            found = row.line.text
        elif role == _Role.AccessibleTextRole and column == TEXT:
            found = line_sentence(row, len(self.rows))
        elif role == _Role.DecorationRole and column == WHO and row.who:
            found = swatch(row.colour)
        elif role == _Role.ToolTipRole:
            settled = f"{row.who}; somebody has said so" if row.line.settled else row.who
            found = {TEXT: row.line.text, WHO: settled or None}.get(column)
        return found

    def setData(self, index: Index, value: object, role: int = _Role.EditRole) -> bool:  # noqa: N802
        """Another text for a line, as one edit."""
        if role != _Role.EditRole or index.column() != TEXT:
            return False
        line = self.rows[index.row()].line
        text = str(value).strip()
        if not text or text == line.text:
            return False
        self.document.edit("Change a line", lines.set_text(self.document.project, line.id, text))
        return True


def line_sentence(row: LineRow, count: int) -> str:
    """A row as it is read aloud: "Line 2 of 9, 0:04.0, Anna: Who is there?"."""
    who = row.who or "nobody known"
    text = " ".join(row.line.text.split()) or "no words"
    return f"Line {row.number} of {count}, {brief(row.line.start)}, {who}: {text}"


def _rows(project: Project) -> tuple[LineRow, ...]:
    called = {one.id: project.called(one.id) for one in project.people}
    colours = {one.id: people.colour_of(project.people, one.id) for one in project.people}
    return tuple(
        LineRow(number, line, called.get(line.person, ""), colours.get(line.person, ""))
        for number, line in enumerate(project.lines, 1)
    )


class LinesView(QTableView):
    """The table itself."""

    chosen = Signal(object)  # the Line to go to

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.table = LineTable(document, self)
        self.document = document
        self.setModel(self.table)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        edited_by = QAbstractItemView.EditTrigger
        self.setEditTriggers(edited_by.EditKeyPressed | edited_by.DoubleClicked)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
        header.setResizeContentsPrecision(0)
        header.setHighlightSections(False)
        self.setMinimumHeight(self.fontMetrics().height() * 3)
        name(
            self,
            "Lines",
            "What people in the film say. Return goes there in the film, F2 changes the words.",
        )

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the selected lines, in order."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return tuple(self.table.rows[row].line.id for row in rows)

    def moveCursor(  # noqa: N802
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Stay in the text column, whose cells say the whole row."""
        return super().moveCursor(action, modifiers).siblingAtColumn(TEXT)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Return goes to the line; no search by typing, single letters are shortcuts."""
        current = self.currentIndex()
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and current.isValid():
            self.chosen.emit(self.table.rows[current.row()].line)
            return
        if event.text() and event.text().isprintable() and not event.modifiers():
            event.ignore()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """The rows, or what to do while there are none."""
        super().paintEvent(event)
        if not self.table.rows and self.document.is_open:
            paint_empty(self, EMPTY)


class LinesPanel(QWidget):
    """The lines, and who says those that are selected."""

    told = Signal(str)
    transcribe_asked = Signal()
    import_asked = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self.view = LinesView(document)
        self.setFocusProxy(self.view)
        self.who = ShortBox(_SHORT)
        widen(self.who)
        name(self.who, "Who says it", "Somebody in the cast, or somebody new.")
        self.give = QPushButton("Give to the&m")
        name(
            self.give,
            "Give the lines to them",
            "Say who says the selected lines. All lines of a voice that nobody has named go along.",
        )
        self.write = QPushButton("Write down")
        name(self.write, "Write down what people say", "Let a transcriber listen to the film.")
        self.bring = QPushButton("Import…")
        name(self.bring, "Import lines of the film", "From captions, or a list of who says what.")
        row = WrappingRow(labelled("Wh&o", self.who), self.give, self.bring, self.write)
        row.setContentsMargins(6, 0, 6, 2)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.view, 1)
        whole.addLayout(row)
        self.give.clicked.connect(self.give_selected)
        self.write.clicked.connect(self.transcribe_asked)
        self.bring.clicked.connect(self.import_asked)
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        document.opened.connect(self.refresh)
        document.changed.connect(self.refresh)
        self.refresh()

    def refresh(self, _change: object = None) -> None:
        """Offer the cast as it is now."""
        project = self.document.project if self.document.is_open else None
        cast = [(project.called(one.id), one.id) for one in project.people] if project else []
        offered = [*cast, (SOMEBODY_NEW, "")]
        if [
            (self.who.itemText(n), self.who.itemData(n)) for n in range(self.who.count())
        ] != offered:
            kept = self.who.currentData() or None
            with QSignalBlocker(self.who):
                self.who.clear()
                for called, person in offered:
                    self.who.addItem(called, person)
                self.who.setCurrentIndex(max(0, self.who.findData(kept)))
        self._enable()

    def _enable(self) -> None:
        there = self.document.is_open
        self.give.setEnabled(there and bool(self.view.ids))
        self.who.setEnabled(there)
        self.write.setEnabled(there)
        self.bring.setEnabled(there)

    def give_selected(self) -> None:
        """The selected lines are said by whom the box names."""
        document, ids = self.document, self.view.ids
        if not ids:
            self.told.emit("Select the lines first.")
            return
        person = str(self.who.currentData() or "")
        try:
            if person:
                project = people.give_lines(document.project, ids, person)
            else:
                project, person = people.give_to_new(document.project, ids)
        except UsageError as error:
            self.told.emit(str(error))
            return
        before = {line.id: line.person for line in document.project.lines}
        moved = sum(before[line.id] != line.person for line in project.lines)
        document.edit("Say who says it", project)
        self.told.emit(f"{project.called(person)} says {counted(moved, 'more line')} now.")
