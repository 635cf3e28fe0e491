"""The cast: who is in the film, what they are called, and what is theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from studio import hearing
from studio.amounts import counted
from studio.app.announce import name
from studio.app.document import Document
from studio.app.fields import ShortBox
from studio.app.panels.person import PersonForm, button
from studio.app.panels.rows import Row, RowsView
from studio.app.words import brief
from studio.app.wrapping import WrappingRow, labelled, scrolling, widen
from studio.errors import UsageError
from studio.hearing import Part
from studio.script import people
from studio.script.model import Person, Project, Spot

_SHORT = 8  # letters of a face finder that always show
EMPTY = "Nobody yet. Ctrl+Alt+C finds who speaks when in the film."


class CastPanel(QWidget):
    """Everybody in the cast; what is known of the current one, and several made one."""

    told = Signal(str)
    cast_asked = Signal()
    finders_chosen = Signal(object)  # the names of who is to look for faces; () for the usual ones

    def __init__(self, document: Document, here: Callable[[], int]) -> None:
        super().__init__()
        self.document = document
        self._shown: Project | None = None
        self.view = RowsView(
            "Cast", "Who is in the film. Return goes to the name; Shift and Up select more.", EMPTY
        )
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setFocusProxy(self.view)
        self.one = PersonForm(document, here)
        self.merge = button("&Merge", "Merge", "Make the selected people one: the first of them.")
        self.remove = button(
            "Take o&ut", "Remove", "Take the selected people out; their lines become nobody's."
        )
        self.search = button("Find the ca&st", "Find the cast", "Find who speaks when in the film.")
        self.faces = ShortBox(_SHORT)
        name(self.faces, "Face finder", "Who looks for faces when the cast is found.")
        self.faces.addItem("The usual ones", "")
        for one in hearing.face_finders():
            needs = f" (needs {one.needs})" if one.needs else ""
            self.faces.addItem(f"{one.name}{needs}", one.name)
        widen(self.faces)
        self._lay_out()
        self.faces.activated.connect(lambda _index: self._choose_finder())
        self.one.told.connect(self.told)
        self.merge.clicked.connect(self.merge_selected)
        self.remove.clicked.connect(self.remove_selected)
        self.search.clicked.connect(self.cast_asked)
        self.view.activated.connect(lambda _index: self._to_name())
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._show_person())
        self.view.selectionModel().currentChanged.connect(lambda *_: self._show_person())
        document.opened.connect(self.refresh)
        document.changed.connect(self.refresh)
        self.refresh()

    def _lay_out(self) -> None:
        row = WrappingRow(self.merge, self.remove, self.search)
        row.setContentsMargins(6, 0, 6, 2)
        finder = WrappingRow(labelled("&Faces", self.faces))
        finder.setContentsMargins(6, 0, 6, 0)
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.one)
        inside.addLayout(finder)
        inside.addStretch(1)
        beside = QHBoxLayout()
        beside.addWidget(self.view, 2)
        beside.addWidget(scrolling(body), 3)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addLayout(beside, 1)
        whole.addLayout(row)

    # --- what there is ----------------------------------------------------------------------------

    @property
    def selected(self) -> tuple[str, ...]:
        """The ids of those who are selected, in the order of the cast."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedIndexes())
        return tuple(str(self.view.list.rows[row].key) for row in rows)

    @property
    def person(self) -> Person | None:
        """The one who is selected; None where none or several are."""
        chosen = self.selected if self.document.is_open else ()
        return self.document.project.person(chosen[0]) if len(chosen) == 1 else None

    def refresh(self, _change: object = None) -> None:
        """Show the cast as it is now; who was selected stays so."""
        project = self.document.project if self.document.is_open else None
        before, self._shown = self._shown, project
        if before is not None and project is not None and hearing.same_cast(before, project):
            return
        chosen = self.selected
        self.view.list.set_rows([_row(one) for one in hearing.parts(project)] if project else [])
        self._select(chosen)
        self._show_person()

    def show_pictures(self, known: Mapping[Spot, QPixmap]) -> None:
        """Show the faces that have come, framed in the colours of their lines."""
        project = self.document.project if self.document.is_open else None
        side = self.fontMetrics().height() * 3
        self.view.setIconSize(QSize(side, side))
        shown: dict[object, QPixmap] = {}
        for one in project.people if project is not None else ():
            face = known.get(one.picture) if one.picture is not None else None
            if face is not None and project is not None:
                colour = QColor(people.colour_of(project.people, one.id))
                shown[one.id] = _framed(face, colour, side)
        self.view.list.set_pictures(shown)

    def _select(self, ids: tuple[str, ...]) -> None:
        rows = [n for n, row in enumerate(self.view.list.rows) if row.key in ids]
        if not rows and self.view.list.rows:
            rows = [0]
        wanted = QItemSelection()
        for row in rows:
            wanted.select(self.view.list.index(row), self.view.list.index(row))
        model = self.view.selectionModel()
        model.select(wanted, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if rows:
            index = self.view.list.index(rows[0])
            model.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _show_person(self) -> None:
        self.one.show_person(self.person)
        self.merge.setEnabled(len(self.selected) > 1)
        self.remove.setEnabled(bool(self.selected))
        self.search.setEnabled(self.document.is_open)

    def _choose_finder(self) -> None:
        chosen = str(self.faces.currentData())
        self.finders_chosen.emit((chosen,) if chosen else ())
        for sentence in hearing.terms(hearing.DISTINGUISHER, (chosen,) if chosen else ()):
            self.told.emit(sentence)

    def _to_name(self) -> None:
        self.one.called.setFocus()
        self.one.called.selectAll()

    # --- changing it ------------------------------------------------------------------------------

    def merge_selected(self) -> None:
        """Make the selected people one; one with a name stays before one without."""
        project, chosen = self.document.project, self.selected
        if len(chosen) < _FEWEST:
            self.told.emit("Select the people who are one first.")
            return
        named = [one for one in chosen if (who := project.person(one)) is not None and who.name]
        keep = (named or list(chosen))[0]
        self._edit(
            "Merge people",
            lambda before: people.merge(before, keep, chosen),
            f"{counted(len(chosen), 'person', 'people')} are one now: {project.called(keep)}.",
        )

    def remove_selected(self) -> None:
        """Take the selected people out of the cast."""
        chosen = self.selected

        def removed(project: Project) -> Project:
            for one in chosen:
                project = people.remove(project, one)
            return project

        if chosen:
            gone = counted(len(chosen), "person", "people")
            self._edit("Remove people", removed, f"{gone} removed. Undo brings them back.")

    def _edit(self, title: str, change: Callable[[Project], Project], told: str) -> None:
        try:
            project = change(self.document.project)
        except UsageError as error:
            self.told.emit(str(error))
            return
        self.document.edit(title, project)
        self.told.emit(told)


_FEWEST = 2


def _row(part: Part) -> Row:
    parts = [counted(part.lines, "line")]
    parts.append(f"speaks for {brief(part.speaks)}" if part.speaks else "not heard")
    if part.faces:
        parts.append(counted(part.faces, "face"))
    return Row(part.id, f"{part.called}: {', '.join(parts)}", colour=part.colour)


def _framed(face: QPixmap, colour: QColor, side: int) -> QPixmap:
    """A face `side` pixels high and wide, with a bar of the colour below it."""
    bar = max(2, side // 12)
    found = face.scaled(
        side,
        side,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    painter = QPainter(found)
    painter.fillRect(0, side - bar, side, bar, colour)
    painter.end()
    return found
