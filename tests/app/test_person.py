"""What is known of one person, told and corrected in the window: each change is one step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from studio.app.document import Document
from studio.app.jobs import Jobs
from studio.app.panels.people import CastPanel
from studio.app.panels.person import PersonForm
from studio.drafting.cast import bound
from studio.script import edits
from studio.script.model import FaceTrack, Person, Project, Spot
from tests.app.window_rig import application, no_warnings, small_project, until, window

CAST = (Person("p1", "Anna", look="a woman in red"), Person("p2", ""), Person("p3", "Cleo"))


def face(number: int, start: int, left: int, person: str) -> FaceTrack:
    """A face from second `start` on for two, moving to the right by 100 thousandths."""
    first, last = start * 1000, start * 1000 + 2000
    spots = (Spot(first, left, 100, 100, 200), Spot(last, left + 100, 100, 100, 200))
    return FaceTrack(f"f{number}", first, last, spots, person)


FACES = (
    face(1, 0, 100, "p2"),
    face(2, 4, 100, "p1"),
    face(3, 4, 450, "p2"),
    face(4, 5, 800, ""),
    face(5, 8, 100, "p2"),
)


class Panel:
    """The cast panel on a document, with a playhead to move and what it told."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.here = 0
        self.cast = CastPanel(document, lambda: self.here)
        self.told: list[str] = []
        self.cast.told.connect(self.told.append)

    @property
    def one(self) -> PersonForm:
        """What is known of the one who is chosen."""
        return self.cast.one

    @property
    def project(self) -> Project:
        """The project as it is now."""
        return self.document.project

    def choose(self, place: int, here: int = 0) -> None:
        """Choose somebody, with the playhead at film ms `here`."""
        self.here = here
        self.cast.view.setCurrentIndex(self.cast.view.list.index(place))

    def press(self, button: QPushButton) -> list[str]:
        """Press a button by the keyboard; returns what was told."""
        self.told.clear()
        QTest.keyClick(button, Qt.Key.Key_Space)
        return list(self.told)

    def pick(self, place: int) -> list[str]:
        """Take one of the faces that the menu asks for; returns what was told."""
        menu = self.one.menu
        assert menu is not None
        self.told.clear()
        for _ in range(place):
            QTest.keyClick(menu, Qt.Key.Key_Down)
        QTest.keyClick(menu, Qt.Key.Key_Return)
        return list(self.told)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the film."""
    return tmp_path_factory.mktemp("film")


@pytest.fixture
def panel(folder: Path) -> Iterator[Panel]:
    """Three people, of whom one has no name, and five faces."""
    application()
    jobs = Jobs()
    document = Document(jobs)
    document.open_project(small_project(folder))
    project = edits.set_faces(edits.set_people(document.project, CAST), FACES)
    document.edit("Begin", project)
    made = Panel(document)
    yield made
    made.cast.deleteLater()
    document.close()
    jobs.close()


def owners(project: Project) -> dict[str, str]:
    return {one.id: one.person for one in project.faces}


# --- how somebody looks, and from when on they are named ------------------------------------------


def test_looks_are_typed_and_reach_the_describers(panel: Panel) -> None:
    panel.choose(2)
    assert panel.one.looks.text() == ""
    QTest.keyClicks(panel.one.looks, "the  tall man ")
    QTest.keyClick(panel.one.looks, Qt.Key.Key_Return)
    assert panel.project.people[2].look == "the tall man"
    assert panel.one.looks.text() == "the tall man"
    assert panel.told == ["Cleo is told apart by: the tall man."]
    assert bound("Cleo sits.", panel.project.people, 0)[0] == "A tall man sits."
    assert panel.document.undo() == "Say how a person looks"
    assert panel.one.looks.text() == ""


def test_looks_that_did_not_change_are_no_step(panel: Panel) -> None:
    panel.choose(0)
    steps = len(panel.document.history.steps)
    QTest.keyClicks(panel.one.looks, " ")
    QTest.keyClick(panel.one.looks, Qt.Key.Key_Return)
    assert panel.one.looks.text() == "a woman in red"
    assert len(panel.document.history.steps) == steps


def test_from_when_somebody_may_be_named_is_set_and_cleared(panel: Panel) -> None:
    panel.choose(0, here=4200)
    assert panel.one.since.text() == "not yet"
    assert panel.press(panel.one.from_here) == ["Anna may be named from 0:04.200."]
    assert panel.project.people[0].first_seen == 4200
    assert panel.one.since.text() == "0:04.200"
    steps = len(panel.document.history.steps)
    assert panel.press(panel.one.from_here) == ["Anna may be named from 0:04.200 already."]
    assert len(panel.document.history.steps) == steps
    assert panel.press(panel.one.clear) == ["Anna may not be named yet."]
    assert panel.project.people[0].first_seen is None
    assert panel.one.since.text() == "not yet"
    panel.press(panel.one.clear)
    assert panel.document.undo() == "Clear from when a person may be named"
    assert panel.document.undo() == "Say from when a person may be named"


def test_the_form_shows_the_one_who_is_chosen_or_nobody(panel: Panel) -> None:
    for place, looks in ((1, ""), (0, "a woman in red")):
        panel.choose(place)
        assert panel.one.isEnabled()
        assert panel.one.looks.text() == looks
    panel.cast.view.selectAll()
    assert not panel.one.isEnabled()
    assert panel.one.looks.text() == ""


# --- faces ----------------------------------------------------------------------------------------


def test_a_picture_is_taken_where_the_face_is(panel: Panel) -> None:
    panel.choose(0, here=5000)
    assert panel.press(panel.one.picture) == ["Anna is shown as at 0:05.0 now."]
    assert panel.project.people[0].picture == Spot(5000, 150, 100, 100, 200)
    assert panel.press(panel.one.picture) == ["Anna is shown as at 0:05.0 already."]
    assert panel.document.undo() == "Change the picture of a person"


@pytest.mark.parametrize(
    ("place", "here", "why"),
    [(0, 0, "No face at 0:00.0 is known to be of Anna"), (0, 3000, "No face is seen at 0:03.0")],
)
def test_no_picture_is_taken_of_somebody_else(
    panel: Panel, place: int, here: int, why: str
) -> None:
    panel.choose(place, here)
    steps = len(panel.document.history.steps)
    (told,) = panel.press(panel.one.picture)
    assert told.startswith(why)
    assert len(panel.document.history.steps) == steps


def test_one_face_brings_those_of_one_whom_nobody_has_named(panel: Panel) -> None:
    panel.choose(0, here=1000)
    assert panel.press(panel.one.theirs) == ["Anna has 3 more faces now."]
    assert owners(panel.project) == {"f1": "p1", "f2": "p1", "f3": "p1", "f4": "", "f5": "p1"}
    assert [one.id for one in panel.project.people] == ["p1", "p3"]
    (told,) = panel.press(panel.one.theirs)
    assert told == "That face is known to be of Anna already."
    assert panel.document.undo() == "Say whose face it is"
    assert panel.project.faces == FACES


def test_a_face_that_was_found_rightly_can_be_settled(panel: Panel) -> None:
    panel.choose(1, here=8500)
    panel.press(panel.one.theirs)
    assert panel.project.faces[4].settled
    assert owners(panel.project) == owners(edits.set_faces(panel.project, FACES))


def test_which_of_several_faces_is_asked(panel: Panel) -> None:
    panel.choose(2, here=5500)
    assert panel.press(panel.one.theirs) == []
    menu = panel.one.menu
    assert menu is not None
    assert [one.text() for one in menu.actions()] == [
        "1 of 3, left: Anna",
        "2 of 3, middle: Person 2",
        "3 of 3, right: nobody known",
    ]
    assert panel.project.faces == FACES
    assert panel.pick(2) == ["Cleo has 1 more face now."]
    assert owners(panel.project) == owners(edits.set_faces(panel.project, FACES)) | {"f4": "p3"}


def test_a_menu_of_faces_that_have_gone_does_nothing(panel: Panel) -> None:
    panel.choose(2, here=5500)
    panel.press(panel.one.theirs)
    panel.document.edit("Other faces", edits.set_faces(panel.project, [face(4, 5, 0, "p1")]))
    (told,) = panel.pick(2)
    assert "changed meanwhile" in told
    assert owners(panel.project) == {"f4": "p1"}


def test_a_face_is_given_back(panel: Panel) -> None:
    panel.choose(0, here=5000)
    panel.press(panel.one.picture)
    (told,) = panel.press(panel.one.not_theirs)
    assert told.startswith("Nobody knows whose face it is now.")
    assert owners(panel.project)["f2"] == ""
    assert panel.project.people[0].picture is None  # it was of that face
    (told,) = panel.press(panel.one.not_theirs)
    assert told == "No face at 0:05.0 is known to be of Anna. Nothing changed."
    assert panel.document.undo() == "Say whose face it is not"
    assert panel.project.people[0].picture is not None


def test_without_any_faces_it_is_said_how_to_find_them(panel: Panel) -> None:
    panel.document.edit("None", edits.set_faces(panel.project, ()))
    panel.choose(0)
    for button in (panel.one.theirs, panel.one.not_theirs, panel.one.picture):
        assert panel.press(button) == [
            "No faces were found in this film yet. Ctrl+Alt+C looks for them."
        ]


# --- in the window --------------------------------------------------------------------------------


def test_the_playhead_of_the_window_counts(folder: Path) -> None:
    with no_warnings(), window() as made:
        made.filing.open_path(small_project(folder))
        until(lambda: made.document.is_open and not made.stage.busy, "a project")
        document = made.document
        document.edit("Begin", edits.set_faces(edits.set_people(document.project, CAST), FACES))
        until(lambda: made.player.sounding is not None, "the film is shown")
        made.playing.go(5000)
        until(lambda: made.playing.here == 5000, "the playhead has moved")
        made.actions_by_id["go_cast"].trigger()
        made.cast.one.from_here.click()
        made.cast.one.picture.click()
        spot = Spot(5000, 150, 100, 100, 200)
        anna = document.project.people[0]
        assert (anna.first_seen, anna.picture) == (5000, spot)
        assert made.statusBar().currentMessage() == "Anna is shown as at 0:05.0 now."
        until(lambda: spot in made.portraits.known, "the picture of the face")
        fields = made.cast.one.findChildren(QPushButton)
        assert all(one.accessibleName() and one.accessibleDescription() for one in fields)
        document.undo()
        document.undo()
        assert document.project.people == CAST
