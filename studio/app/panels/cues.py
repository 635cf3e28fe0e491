"""The cue table: every description as a row. It is the first list for ears as well as for eyes."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
)
from PySide6.QtGui import QIcon, QKeyEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from studio.app import states
from studio.app.announce import name
from studio.app.document import Document
from studio.app.panels.rows import middle, paint_empty
from studio.app.states import CueState
from studio.app.words import brief, cue_sentence, seconds
from studio.script.model import Cue, Placement

Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole

HEADINGS = ("No.", "Start", "Length", "How it fits", "Text")
NUMBER, START, LENGTH, FIT, TEXT = range(len(HEADINGS))

EMPTY = (
    "No descriptions yet.\n\n"
    "Ctrl+G finds scenes, speech and gaps.\n"
    "Ctrl+D drafts a description for each gap.\n"
    "Insert makes an empty one at the playhead."
)
EMPTY_NO_PROJECT = "Open a film or a project with Ctrl+O."


@dataclass(frozen=True, slots=True)
class CueRow:
    """A cue as the table shows it; two rows that are equal look and sound the same.

    number: counted from 1. It is kept here so that it changes when views are told, not before.
    """

    number: int
    cue: Cue
    place: Placement
    state: CueState
    text: str

    @property
    def length(self) -> int:
        """ms that its clip lasts, 0 without one."""
        return self.place.duration

    @property
    def freeze(self) -> int:
        """ms that the film waits for it."""
        return self.place.freeze


class CueTable(QAbstractTableModel):
    """The cues of the document in its present language."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.rows: tuple[CueRow, ...] = ()
        self._language = ""  # that of the rows
        self.refreshing = False  # a view that loses a row now loses no selection of the user's
        self.icons: dict[CueState, QIcon] = {}
        document.opened.connect(self.refresh)
        document.changed.connect(self.refresh)
        document.language_changed.connect(self.refresh)
        document.issues_changed.connect(self.refresh)
        self.refresh()

    def refresh(self, _change: object = None) -> None:
        """Show the cues as they are now; rows that did not change stay where they are."""
        self.refreshing = True
        self._show(self._now())
        self.refreshing = False

    def _show(self, new: tuple[CueRow, ...]) -> None:
        old_ids = [row.cue.id for row in self.rows]
        new_ids = [row.cue.id for row in new]
        if old_ids != new_ids:
            head, gone, come = middle(old_ids, new_ids)
            count = len(self.rows)
            if gone:
                self.beginRemoveRows(QModelIndex(), head, head + gone - 1)
                self.rows = self.rows[:head] + self.rows[head + gone :]
                self.endRemoveRows()
            if come:
                self.beginInsertRows(QModelIndex(), head, head + come - 1)
                self.rows = self.rows[:head] + new[head : head + come] + self.rows[head:]
                self.endInsertRows()
            if count != len(new) and self.rows:  # each row says how many there are
                self._tell(0, len(self.rows) - 1)
        head, changed, _ = middle(self.rows, new)
        self.rows = new
        if changed:
            self._tell(head, head + changed - 1)

    def _tell(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, TEXT))

    def _now(self) -> tuple[CueRow, ...]:
        document = self.document
        if not document.is_open:
            return ()
        placements, known = document.placements, document.states
        same = self._language == document.language  # in another one a cue has another text
        self._language = document.language
        before = {row.cue.id: row for row in self.rows} if same else {}
        rows = []
        for number, cue in enumerate(document.project.cues, 1):  # thousands; most stay
            row, place, state = before.get(cue.id), placements[cue.id], known[cue.id]
            if (
                row is None
                or row.cue is not cue
                or row.place is not place
                or row.state is not state
                or row.number != number
            ):
                row = CueRow(number, cue, place, state, document.text(cue))
            rows.append(row)
        return tuple(rows)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """One a cue."""
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

    def data(self, index: Index, role: int = _Role.DisplayRole) -> object:
        """What a cell shows; for screen readers the text column says the whole row."""
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        found: object = None
        if role == _Role.DisplayRole:
            found = _shown(row, column)
        elif role == _Role.AccessibleTextRole and column == TEXT:
            found = cue_sentence(row.number, len(self.rows), row.cue, row.state, row.text)
        elif role == _Role.TextAlignmentRole and column in {NUMBER, START, LENGTH}:
            found = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        elif role == _Role.DecorationRole and column == FIT:
            found = self.icons.get(row.state.plain)
        elif role == _Role.ToolTipRole:
            found = {TEXT: row.text, FIT: states.words(row.state)}.get(column)
        return found

    def row_of(self, cue_id: str) -> int:
        """Where a cue is; -1 where it is not."""
        return next((n for n, row in enumerate(self.rows) if row.cue.id == cue_id), -1)


SIGNS = {CueState.ACCEPTED: "✓", CueState.ISSUES: "!"}
"""Marks in the narrow column; its tip and the row's sentence say them in words."""

SHORT = {
    CueState.UNWRITTEN: "not written",
    CueState.UNSPOKEN: "not spoken",
    CueState.SILENT: "silent",
    CueState.FITS: "fits",
    CueState.FASTER: "faster",
    CueState.EXTENDED: "extended",
    CueState.TOO_LONG: "too long",
}


def _shown(row: CueRow, column: int) -> str:
    if column == NUMBER:
        return str(row.number)
    if column == START:
        return brief(row.cue.start)
    if column == LENGTH:
        return seconds(row.length) if row.length else "–"
    if column == FIT:
        wait = f", waits {seconds(row.freeze)}" if row.freeze else ""
        marks = "".join(f"  {sign}" for mark, sign in SIGNS.items() if mark in row.state)
        return SHORT[row.state.plain] + wait + marks
    return row.text


class CuesPanel(QTableView):
    """The table itself. Its selection is the document's."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fitting = QTimer(self)
        self._fitting.setSingleShot(True)
        self._fitting.timeout.connect(self._fit_columns)
        self._widths: dict[tuple[int, str, CueState], int] = {}  # of what was measured
        self._scrolling = QTimer(self)  # a turn of its own: all rows are painted for it
        self._scrolling.setSingleShot(True)
        self._scrolling.timeout.connect(self._scroll_to_current)
        self.document = document
        self._showing = False  # the document's selection, so nothing is selected by hand
        self.table = CueTable(document, self)
        self.setModel(self.table)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
        header.setResizeContentsPrecision(0)  # by the rows that show: all take 0.1 s in a long film
        header.setHighlightSections(False)
        name(
            self,
            "Descriptions",
            "Every description of the film. Up and Down move, Return goes to the text.",
        )
        # asked to do this by itself, Qt measures them in the middle of every edit
        for told in (self.table.dataChanged, self.table.rowsInserted, self.table.rowsRemoved):
            told.connect(lambda *_: self._fitting.start())
        self._fitting.start()
        document.selection_changed.connect(self.show_selection)
        document.opened.connect(self.show_selection)
        document.changed.connect(self.show_selection)
        self.show_selection()

    def show_icons(self, icons: dict[CueState, QIcon]) -> None:
        """Show each state by that sign from now on."""
        self.table.icons = icons
        self._widths.clear()
        self._fitting.start()
        self.viewport().update()

    def _fit_columns(self) -> None:
        """Make the narrow columns as wide as what shows in them.

        As Qt would, which measures every cell that shows again, 20 ms of them after each edit.
        """
        last = self.rowAt(self.viewport().height() - 1)
        rows = self.table.rows[self.rowAt(0) : None if last < 0 else last + 1]
        for column in range(TEXT):
            least = self.horizontalHeader().sectionSizeHint(column)
            width = max((self._width(row, column) for row in rows), default=0)
            self.setColumnWidth(column, max(least, width))

    def _width(self, row: CueRow, column: int) -> int:
        """How wide that cell wants to be, in pixels."""
        known = column, _shown(row, column), row.state.plain
        if known not in self._widths:
            index = self.table.index(row.number - 1, column)
            self._widths[known] = self.sizeHintForIndex(index).width()
        return self._widths[known]

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Other letters need other columns."""
        super().changeEvent(event)
        self._widths.clear()
        self._fitting.start()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """More rows may show."""
        super().resizeEvent(event)
        self._fitting.start()

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:  # noqa: N802
        """What is selected here is selected in the document."""
        super().selectionChanged(selected, deselected)
        if not self._showing and not self.table.refreshing and self.document.is_open:
            rows = sorted(index.row() for index in self.selectionModel().selectedRows())
            self.document.select(self.table.rows[row].cue.id for row in rows)

    def show_selection(self, _change: object = None) -> None:
        """Select what the document has selected."""
        wanted = [self.table.row_of(one) for one in self.document.selection]
        present = sorted(index.row() for index in self.selectionModel().selectedRows())
        if sorted(wanted) == present:
            return
        self._showing = True
        chosen = QItemSelection()
        for row in wanted:
            chosen.select(self.table.index(row, 0), self.table.index(row, TEXT))
        model = self.selectionModel()
        model.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if wanted:
            current = self.table.index(wanted[-1], TEXT)
            self.setAutoScroll(False)  # not now
            model.setCurrentIndex(current, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.setAutoScroll(True)
            self._scrolling.start()
        self._showing = False

    def _scroll_to_current(self) -> None:
        self.scrollTo(self.currentIndex())

    def moveCursor(  # noqa: N802
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Stay in the text column, whose cells say the whole row."""
        found = super().moveCursor(action, modifiers)
        return found.siblingAtColumn(TEXT)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """No search by typing: single letters are shortcuts, and stray ones should do nothing."""
        if event.text() and event.text().isprintable() and not event.modifiers():
            event.ignore()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """The rows, or what to do while there are none."""
        super().paintEvent(event)
        if not self.table.rows:
            paint_empty(self, EMPTY if self.document.is_open else EMPTY_NO_PROJECT)
