"""Lines and cast in the window: by the keyboard, each change one step, and jobs that bring them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QFileDialog

from studio import engines, hearing
from studio.app.document import Document
from studio.app.jobs import Jobs
from studio.app.panels.lines import TEXT, WHO, LinesPanel
from studio.app.panels.people import CastPanel
from studio.app.portraits import portraits
from studio.engines import VoiceTurn
from studio.media.frames import pictures_at
from studio.media.probe import probe
from studio.progress import unwatched
from studio.script import edits, people
from studio.script.model import Line, Person, Spot, Turn
from studio.times import Span
from tests.app.window_rig import application, no_warnings, small_film, small_project, until, window

_Role = Qt.ItemDataRole
_Tester = QAbstractItemModelTester.FailureReportingMode.Warning
_Flag = QItemSelectionModel.SelectionFlag

LINES = (
    Line("l1", 0, 900, "Who is there?", person="p1"),
    Line("l2", 1000, 1900, "It is me.", person="p2"),
    Line("l3", 2000, 2900, "Come in.", person="p1"),
    Line("l4", 3000, 3900, "Thank you.", person="p2"),
)
TURNS = tuple(Turn(one.start, one.end, one.person) for one in LINES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film in it."""
    made = tmp_path_factory.mktemp("film")
    small_film(made)
    return made


@pytest.fixture
def document(folder: Path) -> Iterator[Document]:
    """A document with four lines of two people, of whom one has a name."""
    application()
    jobs = Jobs()
    made = Document(jobs)
    made.open_project(small_project(folder))
    project = edits.set_people(made.project, (Person("p1", "Anna"), Person("p2", "")))
    made.edit("Begin", edits.set_turns(edits.set_lines(project, LINES), TURNS))
    yield made
    made.close()
    jobs.close()


def choose(panel: LinesPanel | CastPanel, *rows: int) -> None:
    model = panel.view.selectionModel()
    model.clear()
    for row in rows:
        model.select(panel.view.model().index(row, 0), _Flag.Select | _Flag.Rows)
    model.setCurrentIndex(panel.view.model().index(rows[-1], 0), _Flag.NoUpdate)


# --- the lines ------------------------------------------------------------------------------------


def test_a_line_is_a_sentence_for_who_listens(document: Document) -> None:
    table = LinesPanel(document).view.table
    said = table.data(table.index(1, TEXT), _Role.AccessibleTextRole)
    assert said == "Line 2 of 4, 0:01.0, Person 2: It is me."
    assert table.data(table.index(0, WHO)) == "Anna"


def test_given_lines_take_an_unnamed_voice_along_in_one_step(document: Document) -> None:
    panel = LinesPanel(document)
    told: list[str] = []
    panel.told.connect(told.append)
    choose(panel, 1)
    panel.who.setCurrentIndex(panel.who.findText("Anna"))
    panel.give.click()
    assert {one.person for one in document.project.lines} == {"p1"}
    assert told == ["Anna says 2 more lines now."]
    assert document.undo() == "Say who says it"
    assert document.project.lines == LINES


def test_lines_go_to_somebody_new(document: Document) -> None:
    panel = LinesPanel(document)
    choose(panel, 0, 2)
    panel.who.setCurrentText("Somebody new")
    panel.give.click()
    assert [one.person for one in document.project.lines] == ["p3", "p2", "p3", "p2"]
    assert [panel.who.itemText(n) for n in range(panel.who.count())] == [
        "Anna", "Person 2", "Person 3", "Somebody new",
    ]  # fmt: skip


def test_words_are_changed_in_place(document: Document) -> None:
    panel = LinesPanel(document)
    table = panel.view.table
    assert table.setData(table.index(2, TEXT), "Do come in.")
    assert document.project.lines[2].text == "Do come in."
    assert document.history.undo_name == "Change a line"
    steps = len(document.history.steps)
    assert not table.setData(table.index(2, TEXT), "  ")
    assert not table.setData(table.index(2, TEXT), "Do come in.")
    assert len(document.history.steps) == steps


def test_return_goes_to_the_line(document: Document) -> None:
    panel = LinesPanel(document)
    heard: list[Line] = []
    panel.view.chosen.connect(heard.append)
    choose(panel, 3)
    QTest.keyClick(panel.view, Qt.Key.Key_Return)
    assert heard == [LINES[3]]


def test_the_models_are_sound_through_every_change(document: Document) -> None:
    with no_warnings():
        lines, cast = LinesPanel(document), CastPanel(document, lambda: 0)
        testers = [
            QAbstractItemModelTester(lines.view.table, _Tester),
            QAbstractItemModelTester(cast.view.list, _Tester),
        ]
        project = document.project
        document.edit("Fewer", edits.set_lines(project, LINES[1:3]))
        document.edit("Nobody", edits.set_people(document.project, ()))
        document.edit("None", edits.set_lines(document.project, ()))
        document.undo()
        document.undo()
        document.undo()
        assert [row.who for row in lines.view.table.rows] == ["Anna", "Person 2"] * 2
        assert len(testers) == 2


# --- the cast -------------------------------------------------------------------------------------


def test_each_person_is_a_row_that_says_what_is_theirs(document: Document) -> None:
    rows = CastPanel(document, lambda: 0).view.list.rows
    assert [row.text for row in rows] == [
        "Anna: 2 lines, speaks for 0:01.8",
        "Person 2: 2 lines, speaks for 0:01.8",
    ]
    assert len({row.colour for row in rows}) == 2


def test_a_name_is_typed_and_taken(document: Document) -> None:
    panel = CastPanel(document, lambda: 0)
    told: list[str] = []
    panel.told.connect(told.append)
    choose(panel, 1)
    assert panel.one.called.text() == ""
    QTest.keyClicks(panel.one.called, "Ben")
    QTest.keyClick(panel.one.called, Qt.Key.Key_Return)
    assert [one.name for one in document.project.people] == ["Anna", "Ben"]
    assert document.history.undo_name == "Name a person"
    assert told == ["Now called Ben."]
    assert panel.one.called.text() == "Ben"


def test_a_name_that_is_taken_is_refused_in_words(document: Document) -> None:
    panel = CastPanel(document, lambda: 0)
    told: list[str] = []
    panel.told.connect(told.append)
    choose(panel, 1)
    QTest.keyClicks(panel.one.called, "anna")
    QTest.keyClick(panel.one.called, Qt.Key.Key_Return)
    assert document.project.people[1].name == ""
    assert len(told) == 1
    assert "merge them" in told[0]


def test_people_are_merged_into_the_one_with_a_name(document: Document) -> None:
    panel = CastPanel(document, lambda: 0)
    choose(panel, 0)
    assert not panel.merge.isEnabled()
    choose(panel, 0, 1)
    assert not panel.one.called.isEnabled()
    panel.merge.click()
    assert [one.name for one in document.project.people] == ["Anna"]
    assert all(one.settled for one in document.project.lines)
    assert document.undo() == "Merge people"
    assert len(document.project.people) == 2
    project = people.rename(people.rename(document.project, "p1", ""), "p2", "Ben")
    document.edit("Other names", project)
    choose(panel, 0, 1)
    panel.merge.click()
    assert [(one.id, one.name) for one in document.project.people] == [("p2", "Ben")]


def test_a_colour_and_a_removal_are_steps(document: Document) -> None:
    panel = CastPanel(document, lambda: 0)
    choose(panel, 1)
    panel.one.set_colour("#123456")
    assert document.project.people[1].colour == "#123456"
    assert panel.view.list.rows[1].colour == "#123456"
    panel.remove.click()
    assert [one.person for one in document.project.lines] == ["p1", "", "p1", ""]
    assert document.history.undo_name == "Remove people"


def test_faces_are_cut_from_the_film_and_stay_inside_it(folder: Path) -> None:
    info = probe(small_film(folder))
    spots = (Spot(1000, 400, 300, 200, 200), Spot(7000, 900, 900, 100, 100), Spot(0, 0, 0, 1, 1))
    cut = portraits(info, spots, unwatched())
    assert [one.shape for one in cut] == [(54, 96, 3), (23, 40, 3), (1, 1, 3)]
    whole = next(pictures_at(info, [1000], 640))[1]
    assert np.array_equal(cut[0], whole[45:99, 112:208])


def test_a_row_shows_the_face_in_place_of_the_swatch(document: Document) -> None:
    panel, spot = CastPanel(document, lambda: 0), Spot(1000, 400, 300, 200, 200)
    document.edit("Picture", people.set_picture(document.project, "p1", spot))
    face = QPixmap(30, 40)
    face.fill(QColor("#ff0000"))
    panel.show_pictures({spot: face})
    rows = [panel.view.list.index(row) for row in range(2)]
    shown, swatch = (panel.view.list.data(row, _Role.DecorationRole) for row in rows)
    assert isinstance(shown, QIcon)
    assert shown.pixmap(shown.availableSizes()[0]).toImage().pixelColor(5, 5) == QColor("#ff0000")
    assert isinstance(swatch, QIcon)
    second = people.colour_of(document.project.people, "p2")
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):  # a selected row does not tint it
        pixels = swatch.pixmap(swatch.availableSizes()[0], mode).toImage()
        assert pixels.pixelColor(pixels.rect().center()) == QColor(second)


def test_the_colour_of_a_person_is_kept_where_the_row_is_selected(document: Document) -> None:
    panel = CastPanel(document, lambda: 0)
    panel.resize(400, 300)
    colour = QColor(people.colour_of(document.project.people, "p1"))
    for chosen in (True, False):
        panel.view.clearSelection()
        if chosen:
            panel.view.selectAll()
        image = panel.view.grab().toImage()
        row = panel.view.visualRect(panel.view.list.index(0))
        seen = [image.pixelColor(x, row.center().y()) for x in range(row.left(), row.left() + 40)]
        assert colour in seen, f"selected: {chosen}"


def test_the_terms_of_a_face_finder_are_told_when_it_is_chosen(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpaid = replace(engines.row("face-finder", "cascade"), paid_work=False, licence="CC-BY-NC-4.0")
    monkeypatch.setattr(engines, "TABLE", (unpaid, *engines.TABLE))
    panel = CastPanel(document, lambda: 0)
    told: list[str] = []
    chosen: list[tuple[str, ...]] = []
    panel.told.connect(told.append)
    panel.finders_chosen.connect(chosen.append)
    for called in ("cascade", ""):
        panel.faces.setCurrentIndex(panel.faces.findData(called))
        panel.faces.activated.emit(panel.faces.currentIndex())
    assert chosen == [("cascade",), ()]
    assert told == ["“cascade” must not be used for paid work: its licence is CC-BY-NC-4.0."]


# --- in the window --------------------------------------------------------------------------------


def test_the_cast_is_found_by_a_job_and_is_one_step(folder: Path) -> None:
    with no_warnings(), window() as made:
        made.filing.open_path(small_project(folder))
        until(lambda: made.document.is_open, "a project")
        document = made.document
        document.edit("Lines", edits.set_lines(document.project, (Line("l1", 4000, 5000, "Who?"),)))
        faces = made.cast.faces
        faces.setCurrentIndex(faces.findData("cascade"))
        faces.activated.emit(faces.currentIndex())
        assert made.working.finders == ("cascade",)
        made.actions_by_id["find_cast"].trigger()
        assert made.jobs.jobs[-1].arguments[-1] == ("cascade",)
        until(lambda: document.project.people, "a cast")
        assert document.history.undo_name == "Find the cast"
        assert document.project.lines[0].person == document.project.people[0].id
        spot = Spot(1000, 400, 300, 200, 200)
        person = document.project.people[0].id
        document.edit("Picture", people.set_picture(document.project, person, spot))
        until(lambda: spot in made.portraits.known, "the picture of a face")
        made.actions_by_id["go_cast"].trigger()
        assert made.tabs.currentWidget() is made.cast
        assert made.cast.view.hasFocus()
        made.actions_by_id["go_lines"].trigger()
        assert made.lines.view.hasFocus()
        document.undo()
        document.undo()
        assert document.project.people == ()


def test_captions_become_lines_in_one_step(folder: Path, tmp_path: Path) -> None:
    captions = tmp_path / "film.vtt"
    captions.write_text(
        "WEBVTT\n\na\n00:01.000 --> 00:02.000\n<v Ann>Who is there?\n\n"
        "b\n00:02.500 --> 00:03.000\nNobody.\n",
        encoding="utf-8",
    )
    with no_warnings(), window() as made:
        made.filing.open_path(small_project(folder))
        until(lambda: made.document.is_open, "a project")
        document = made.document
        made.lines.bring.click()
        dialog = made.findChild(QFileDialog)
        assert dialog is not None
        dialog.fileSelected.emit(str(captions))
        dialog.reject()
        until(lambda: document.project.lines, "lines")
        assert [(one.id, one.start, one.text) for one in document.project.lines] == [
            ("a", 1000, "Who is there?"),
            ("b", 2500, "Nobody."),
        ]
        assert document.project.called(document.project.lines[0].person) == "Ann"
        assert document.undo() == "Import the lines of film.vtt"
        assert document.project.lines == document.project.people == ()


def test_what_was_done_meanwhile_stays(document: Document) -> None:
    heard = [VoiceTurn(Span(turn.start, turn.end), int(turn.person[1:])) for turn in TURNS]
    found = hearing.with_voices(document.project, document.film, heard)
    assert found == document.project
    silent = hearing.with_voices(document.project, document.film, ())
    assert [one.name for one in silent.named] == ["Anna"]
    assert silent.turns == ()
