"""Lists of rows that change as little as they must, so that a screen reader keeps its place."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QListView, QWidget

from studio.app.announce import name

Index = QModelIndex | QPersistentModelIndex

_Role = Qt.ItemDataRole


def swatch(colour: str) -> QIcon:
    """A square of a colour with an edge, so that it shows on any ground."""
    side = QFontMetrics(QApplication.font()).height()
    found = QPixmap(side, side)
    found.fill(QColor(colour))
    painter = QPainter(found)
    painter.setPen(QApplication.palette().placeholderText().color())
    painter.drawRect(0, 0, side - 1, side - 1)
    painter.end()
    return untinted(found)


def untinted(picture: QPixmap) -> QIcon:
    """A picture that keeps its colours where its row is selected; Qt would tint it there."""
    found = QIcon(picture)
    for mode in (QIcon.Mode.Selected, QIcon.Mode.Active, QIcon.Mode.Disabled):
        found.addPixmap(picture, mode)
    return found


def middle(old: Sequence[object], new: Sequence[object]) -> tuple[int, int, int]:
    """How many rows are alike at the start, and how many old and new ones lie before the end."""
    shared = min(len(old), len(new))
    head = _alike(old, new, shared)
    tail = _alike(reversed(old), reversed(new), shared - head)
    return head, len(old) - head - tail, len(new) - head - tail


def _alike(old: Iterable[object], new: Iterable[object], most: int) -> int:
    """How many at the start are alike, up to `most`; rows that did not change are the very same."""
    pairs = itertools.islice(zip(old, new, strict=False), most)
    differ = (n for n, (one, other) in enumerate(pairs) if one is not other and one != other)
    return next(differ, most)


@dataclass(frozen=True, slots=True)
class Row:
    """key: what the row is about. text: what is shown. spoken: what is read aloud.

    tip: more about it. strong: set in bold. faint: set in the colour of what counts less.
    colour: "#rrggbb" of a swatch before it, "" none.
    """

    key: object
    text: str
    spoken: str = ""
    tip: str = ""
    strong: bool = False
    faint: bool = False
    colour: str = ""


class Rows(QAbstractListModel):
    """A list of rows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()
        self._pictures: Mapping[object, QPixmap] = {}

    def set_pictures(self, pictures: Mapping[object, QPixmap]) -> None:
        """Show these pictures, by key, in place of the swatches."""
        self._pictures = pictures
        if self.rows:
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1))

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows; those that are alike stay where they are."""
        new = tuple(rows)
        head, gone, come = middle(self.rows, new)
        if gone == come:
            self.rows = new
            if gone:
                self.dataChanged.emit(self.index(head), self.index(head + gone - 1))
            return
        if gone:
            self.beginRemoveRows(QModelIndex(), head, head + gone - 1)
            self.rows = self.rows[:head] + self.rows[head + gone :]
            self.endRemoveRows()
        if come:
            self.beginInsertRows(QModelIndex(), head, head + come - 1)
            self.rows = new
            self.endInsertRows()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802
        """How many rows there are."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = _Role.DisplayRole) -> object:
        """What is shown, said or known of a row."""
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == _Role.FontRole and row.strong:
            font = QFont()
            font.setBold(True)
            return font
        if role == _Role.ForegroundRole and row.faint:
            return QApplication.palette().placeholderText()
        if role == _Role.DecorationRole and row.colour:
            picture = self._pictures.get(row.key)
            return swatch(row.colour) if picture is None else untinted(picture)
        return {
            _Role.DisplayRole: row.text,
            _Role.ToolTipRole: row.tip or None,
            _Role.AccessibleTextRole: row.spoken or row.text,
            _Role.AccessibleDescriptionRole: row.tip or None,
        }.get(_Role(role))

    def row_of(self, key: object) -> int:
        """Where the row about `key` is; -1 where there is none."""
        return next((n for n, row in enumerate(self.rows) if row.key == key), -1)


class RowsView(QListView):
    """A list of rows. What it says while empty is what to do then."""

    def __init__(self, called: str, about: str, empty: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = Rows(self)
        self.empty = empty
        self.setModel(self.list)
        self.setUniformItemSizes(False)
        self.setLayoutMode(QListView.LayoutMode.Batched)  # thousands of rows take their time
        self.setWordWrap(True)
        self.setSpacing(2)
        self.setMinimumHeight(self.fontMetrics().height() * 3)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        name(self, called, f"{about} {empty}".strip())

    @property
    def key(self) -> object:
        """What the current row is about; None without one."""
        index = self.currentIndex()
        return self.list.rows[index.row()].key if index.isValid() else None

    def paintEvent(self, event: object) -> None:  # noqa: N802
        """The rows, or what to do while there are none."""
        super().paintEvent(event)  # type: ignore[arg-type]  # Qt's own event
        if not self.list.rows:
            paint_empty(self, self.empty)


def paint_empty(view: QListView | QWidget, sentence: str) -> None:
    """Write what to do into an empty list."""
    viewport = view.viewport() if hasattr(view, "viewport") else view
    painter = QPainter(viewport)
    painter.setPen(view.palette().placeholderText().color())
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(viewport.rect().adjusted(16, 16, -16, -16), flags, sentence)
    painter.end()
