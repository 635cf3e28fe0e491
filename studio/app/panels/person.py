"""All that is known of one member of the cast: what they are called, how they look, from when on
they may be named, and which faces of the film are theirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QColorDialog,
    QFormLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QWidget,
)

from studio.amounts import counted
from studio.app.announce import name
from studio.app.document import Document
from studio.app.words import brief
from studio.app.wrapping import WrappingRow, widen
from studio.errors import UsageError
from studio.script import people
from studio.script.faces import faces_at, spot_at
from studio.script.model import PICTURE_SIDE, FaceTrack, Person, Project
from studio.times import clock

NOT_YET = "not yet"
_UNKNOWN = "nobody known"


class PersonForm(QWidget):
    """Changes one person, each time as one step. here: where the playhead is, in film ms."""

    told = Signal(str)

    def __init__(self, document: Document, here: Callable[[], int]) -> None:
        super().__init__()
        self.document = document
        self.person: Person | None = None
        self.menu: QMenu | None = None  # which of several faces is meant
        self._here = here
        self._make_fields()
        self._make_buttons()
        self._lay_out()
        self._connect()

    # --- making -----------------------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.called, self.looks, self.since = QLineEdit(), QLineEdit(), QLineEdit()
        name(self.called, "Name", "What this person is called. Return takes it.")
        name(
            self.looks,
            "Looks",
            "How this person is told apart, e.g. a tall woman in a red coat. Describers are told.",
        )
        name(
            self.since,
            "May be named from",
            "From when on descriptions may use the name; before, they say how the person looks.",
        )
        self.since.setReadOnly(True)

    def _make_buttons(self) -> None:
        self.colour = button("C&olour…", "Colour", "The colour of this person's lines.")
        self.from_here = button(
            "From the pla&yhead",
            "May be named from the playhead on",
            "Descriptions may use the name from where the playhead is.",
        )
        self.clear = button(
            "Clea&r",
            "Clear from when they may be named",
            "No description may use the name until there is a time again.",
        )
        self.picture = button(
            "P&icture from the playhead",
            "Picture from the playhead",
            "Show this person as they are seen at the playhead.",
        )
        self.theirs = button(
            "&This face is theirs",
            "This face is theirs",
            "Say that the face at the playhead is this person's. "
            "All faces of somebody whom nobody has named go along.",
        )
        self.not_theirs = button(
            "&Not this person",
            "Not this person",
            "Say that the face at the playhead is not this person's.",
        )

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(6, 0, 6, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        widen(self.called)
        _add(form, "&Called:", self.called, WrappingRow(self.called, self.colour))
        _add(form, "&Looks:", self.looks)
        since = WrappingRow(self.since, self.from_here, self.clear)
        _add(form, "May &be named from:", self.since, since)
        form.addRow(WrappingRow(self.theirs, self.not_theirs, self.picture))

    def _connect(self) -> None:
        self.called.editingFinished.connect(self.rename)
        self.looks.editingFinished.connect(self.take_looks)
        self.colour.clicked.connect(self.ask_colour)
        self.from_here.clicked.connect(self.name_from_here)
        self.clear.clicked.connect(self.name_from_nowhere)
        self.picture.clicked.connect(self.take_picture)
        self.theirs.clicked.connect(self.give_face)
        self.not_theirs.clicked.connect(self.take_face)

    # --- what is shown ----------------------------------------------------------------------------

    def show_person(self, person: Person | None) -> None:
        """Show somebody, or nobody; what is half typed about the same person stays."""
        before, self.person = self.person, person
        same = before is not None and person is not None and before.id == person.id
        since = None if person is None else person.first_seen
        _show_text(self.called, "" if person is None else person.name, same)
        _show_text(self.looks, "" if person is None else person.look, same)
        _show_text(self.since, NOT_YET if since is None else clock(since), False)
        self.setEnabled(person is not None)

    def _who(self, person: Person) -> str:
        return self.document.project.called(person.id)

    # --- what is said of a person -----------------------------------------------------------------

    def rename(self) -> None:
        """Take the name that was typed."""
        person, wanted = self.person, self.called.text().strip()
        if person is None or wanted == person.name:
            return
        self.called.setText(person.name)  # until it is taken; says no twice for no name
        called = wanted or "nobody named"
        self._edit(
            "Name a person",
            lambda project: people.rename(project, person.id, wanted),
            f"Now called {called}.",
        )

    def take_looks(self) -> None:
        """Take the words on how the person is told apart."""
        person, looks = self.person, " ".join(self.looks.text().split())
        if person is None:
            return
        self.looks.setText(person.look)  # until it is taken
        if looks == person.look:
            return
        who = self._who(person)
        self._edit(
            "Say how a person looks",
            lambda project: people.set_look(project, person.id, looks),
            f"{who} is told apart by: {looks}." if looks else f"Nothing tells {who} apart now.",
        )

    def ask_colour(self) -> None:
        """Have a colour chosen for the lines of the person."""
        person = self.person
        if person is None:
            return
        now = QColor(people.colour_of(self.document.project.people, person.id))
        chosen = QColorDialog.getColor(now, self, f"Colour of {person.name or 'the lines'}")
        if chosen.isValid():
            self.set_colour(chosen.name())

    def set_colour(self, colour: str) -> None:
        """Give the person's lines that colour, "#rrggbb"."""
        person = self.person
        if person is not None:
            self._edit(
                "Change a colour",
                lambda project: people.set_colour(project, person.id, colour),
                "The colour is changed.",
            )

    def name_from_here(self) -> None:
        """Descriptions may name the person from the playhead on."""
        person, here = self.person, self._here()
        if person is None:
            return
        if person.first_seen == here:
            self.told.emit(f"{self._who(person)} may be named from {clock(here)} already.")
            return
        self._edit(
            "Say from when a person may be named",
            lambda project: people.set_first_seen(project, person.id, here),
            f"{self._who(person)} may be named from {clock(here)}.",
        )

    def name_from_nowhere(self) -> None:
        """Descriptions may not name the person until there is a time again."""
        person = self.person
        if person is None:
            return
        if person.first_seen is None:
            self.told.emit(f"{self._who(person)} has no time from which to be named.")
            return
        self._edit(
            "Clear from when a person may be named",
            lambda project: people.set_first_seen(project, person.id, None),
            f"{self._who(person)} may not be named yet.",
        )

    # --- faces ------------------------------------------------------------------------------------

    def take_picture(self) -> None:
        """Show the person as they are at the playhead, where a face of theirs is seen there."""
        person, here = self.person, self._here()
        if person is None:
            return
        seen = self._seen(here)
        own = [face for face in seen if face.person == person.id]
        if not seen:
            return
        who = self._who(person)
        if not own:
            self.told.emit(
                f"No face at {brief(here)} is known to be of {who}. No picture was taken. "
                "If one is, say so first with “This face is theirs”."
            )
            return
        spot = spot_at(own[0], here)
        if spot == person.picture:
            self.told.emit(f"{who} is shown as at {brief(here)} already.")
            return
        self._edit(
            "Change the picture of a person",
            lambda project: people.set_picture(project, person.id, spot),
            f"{who} is shown as at {brief(here)} now.",
        )

    def give_face(self) -> None:
        """The face at the playhead is the person's; which one is asked where there are several."""
        person, here = self.person, self._here()
        if person is not None:
            self._ask_which(self._seen(here), here, lambda face: self._give(person, face))

    def take_face(self) -> None:
        """The face at the playhead is not the person's."""
        person, here = self.person, self._here()
        if person is None:
            return
        seen = self._seen(here)
        own = [face for face in seen if face.person == person.id]
        if seen and not own:
            who = self._who(person)
            self.told.emit(f"No face at {brief(here)} is known to be of {who}. Nothing changed.")
        self._ask_which(own, here, self._give_back)

    def _seen(self, here: int) -> tuple[FaceTrack, ...]:
        """The faces at the playhead; says so where there are none."""
        project = self.document.project
        seen = faces_at(project, here)
        if not project.faces:
            self.told.emit("No faces were found in this film yet. Ctrl+Alt+C looks for them.")
        elif not seen:
            self.told.emit(
                f"No face is seen at {brief(here)}. Nothing changed. "
                "Move the playhead to where the person is seen."
            )
        return seen

    def _ask_which(
        self, faces: Sequence[FaceTrack], here: int, then: Callable[[FaceTrack], None]
    ) -> None:
        """Do something with one of the faces; with several of them a menu asks which."""
        if len(faces) == 1:
            then(faces[0])
        if len(faces) < 2:  # noqa: PLR2004  # nothing to choose
            return
        menu = QMenu(self)
        menu.setAccessibleName("Which face")
        for number, face in enumerate(faces, 1):
            whose = self.document.project.called(face.person) or _UNKNOWN
            place = _place(face, here)
            action = menu.addAction(f"{number} of {len(faces)}, {place}: {whose}")
            action.triggered.connect(lambda _=False, one=face: self._if_still_there(one, then))
        menu.setActiveAction(menu.actions()[0])
        menu.aboutToHide.connect(menu.deleteLater)
        self.menu = menu
        under = self.theirs
        menu.popup(under.mapToGlobal(under.rect().bottomLeft()))

    def _if_still_there(self, face: FaceTrack, then: Callable[[FaceTrack], None]) -> None:
        if face in self.document.project.faces:
            then(face)
        else:  # the cast was found while the menu was open
            self.told.emit("The faces have changed meanwhile. Nothing was done; choose again.")

    def _give(self, person: Person, face: FaceTrack) -> None:
        who = self._who(person)
        if face.person == person.id and face.settled:
            self.told.emit(f"That face is known to be of {who} already.")
            return
        try:
            given = people.give_faces(self.document.project, [face.id], person.id)
        except UsageError as error:
            self.told.emit(str(error))
            return
        before = {one.id: one.person for one in self.document.project.faces}
        more = sum(one.person != before[one.id] for one in given.faces)
        told = f"{who} has {counted(more, 'more face')} now." if more else f"It stays {who} now."
        self._edit("Say whose face it is", lambda _project: given, told)

    def _give_back(self, face: FaceTrack) -> None:
        self._edit(
            "Say whose face it is not",
            lambda project: people.give_faces(project, [face.id], ""),
            "Nobody knows whose face it is now. Finding the cast again looks once more.",
        )

    def _edit(self, title: str, change: Callable[[Project], Project], told: str) -> None:
        try:
            project = change(self.document.project)
        except UsageError as error:
            self.told.emit(str(error))
            return
        self.document.edit(title, project)
        self.told.emit(told)


def button(text: str, called: str, about: str) -> QPushButton:
    """A button with its accessible name and what it is for."""
    made = QPushButton(text)
    name(made, called, about)
    return made


def _add(form: QFormLayout, words: str, field: QWidget, row: QLayout | None = None) -> None:
    """A row of the form; the key of its label leads to the field."""
    label = QLabel(words)
    label.setBuddy(field)
    if row is None:
        form.addRow(label, field)
    else:
        form.addRow(label, row)


def _show_text(field: QLineEdit, text: str, keep: bool) -> None:
    """Show a text. keep: not where somebody is typing another."""
    if field.text() != text and not (keep and field.isModified() and field.hasFocus()):
        field.setText(text)


def _place(face: FaceTrack, time: int) -> str:
    """Where in the picture a face is, for a menu."""
    spot = spot_at(face, time)
    middle = spot.left + spot.width / 2
    thirds = ("left", "middle", "right")
    return thirds[min(len(thirds) - 1, int(middle * len(thirds) / PICTURE_SIDE))]
