"""The lists: right after every edit, and models Qt's own tester finds no fault with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest

from studio import steps
from studio.app.document import Document
from studio.app.jobs import Jobs
from studio.app.panels.cues import FIT, LENGTH, TEXT, CuesPanel, CueTable
from studio.app.panels.editor import EditorPanel
from studio.app.panels.issues import ALL, OPEN, PASSED, IssuesPanel
from studio.app.panels.lists import HistoryPanel, VoicesPanel
from studio.app.panels.rows import Row, Rows
from studio.script import edits
from studio.script.model import Clip, Cue, Issue
from studio.times import Span
from tests.app.conftest import let_go
from tests.app.window_rig import application, no_warnings, small_film, small_project, until

_Tester = QAbstractItemModelTester.FailureReportingMode.Warning
_Role = Qt.ItemDataRole


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film in it."""
    made = tmp_path_factory.mktemp("film")
    small_film(made)
    return made


@pytest.fixture
def document(folder: Path) -> Iterator[Document]:
    """A document with three descriptions."""
    application()
    jobs = Jobs()
    made = Document(jobs)
    made.open_project(small_project(folder))
    yield made
    made.close()
    jobs.close()


def _shown(table: CueTable, column: int) -> list[object]:
    return [table.data(table.index(row, column)) for row in range(table.rowCount())]


def _texts(document: Document) -> list[str]:
    return [document.text(cue) for cue in document.project.cues]


def test_a_row_is_a_sentence_for_who_listens(document: Document) -> None:
    table = CueTable(document)
    said = table.data(table.index(1, TEXT), _Role.AccessibleTextRole)
    assert said == "Description 2 of 3, 0:06.0 to 0:08.0, not spoken yet, accepted: A door opens."
    assert table.data(table.index(1, FIT)) == "not spoken  ✓"
    assert table.data(table.index(1, LENGTH)) == "–"


def test_a_clip_shows_how_it_fits(document: Document) -> None:
    table = CueTable(document)
    cue = document.project.cues[1]
    clip = Clip("abc", 1400, "flite", "rms", 1.0)
    spoken = edits.put_clip(document.project, cue.id, "en", document.text(cue), clip)
    document.complete(spoken)
    assert table.data(table.index(1, FIT)) == "fits  ✓"
    assert table.data(table.index(1, LENGTH)) == "1.4 s"
    long = edits.put_clip(
        document.project, cue.id, "en", document.text(cue), Clip("abd", 3000, "flite", "rms", 1.0)
    )
    document.complete(edits.set_mode(long, "inline", [cue.id]))
    assert table.data(table.index(1, FIT)) == "too long  ✓"


steps_ = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "move", "write", "undo", "redo", "split"]),
        st.integers(0, 9),
        st.integers(0, 11_000),
    ),
    max_size=12,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(doings=steps_)
def test_the_table_follows_any_edits(
    document: Document, doings: list[tuple[str, int, int]]
) -> None:
    while document.undo():
        pass
    with no_warnings():
        table = CueTable(document)
        tester = QAbstractItemModelTester(table, _Tester)
        gone, come, changed = [], [], []  # type: ignore[var-annotated]
        table.rowsRemoved.connect(lambda *_: gone.append(1))
        table.rowsInserted.connect(lambda *_: come.append(1))
        table.modelReset.connect(lambda: changed.append(1))
        for what, number, time in doings:
            _do(document, what, number, time)
            assert _shown(table, TEXT) == _texts(document)
            assert [row.cue for row in table.rows] == list(document.project.cues)
        assert changed == []  # a reader's place is never lost
        tester.deleteLater()
        table.deleteLater()


def _check(document: Document) -> None:
    """What `Checking` does on a thread."""
    found = steps.issues(document.project, document.language)
    document.take_issues(document.project, document.language, found)


def _do(document: Document, what: str, number: int, time: int) -> None:
    project = document.project
    if what == "undo":
        document.undo()
    elif what == "redo":
        document.redo()
    elif what == "add":
        document.edit("Add", edits.add_cue(project, time, time + 500)[0])
    elif project.cues:
        cue = project.cues[number % len(project.cues)]
        if what == "remove":
            document.edit("Remove", edits.remove_cues(project, [cue.id]))
        elif what == "move":
            document.edit("Move", edits.set_span(project, cue.id, Span(time, time + 700)))
        elif what == "write":
            document.edit("Write", edits.set_text(project, cue.id, "en", f"Text {time}."))
        elif cue.end - cue.start > 1:
            middle = (cue.start + cue.end) // 2
            document.edit("Split", edits.split_cue(project, cue.id, middle)[0])


rows_of = st.lists(st.integers(0, 6), max_size=8, unique=True)


@given(first=rows_of, then=rows_of, words=st.text(max_size=3))
def test_rows_change_as_little_as_they_must(first: list[int], then: list[int], words: str) -> None:
    application()
    with no_warnings():
        rows = Rows()
        tester = QAbstractItemModelTester(rows, _Tester)
        rows.set_rows([Row(key, str(key)) for key in first])
        rows.set_rows([Row(key, f"{key}{words}") for key in then])
        assert [row.key for row in rows.rows] == then
        assert [rows.data(rows.index(n)) for n in range(len(then))] == [f"{k}{words}" for k in then]
        assert rows.data(QModelIndex()) is None
        tester.deleteLater()


def test_the_selection_of_table_and_document_is_one(document: Document) -> None:
    panel = CuesPanel(document)
    panel.show()
    second = panel.visualRect(panel.table.index(1, TEXT)).center()
    QTest.mouseClick(panel.viewport(), Qt.MouseButton.LeftButton, pos=second)
    assert document.selection == (document.project.cues[1].id,)
    document.select(cue.id for cue in document.project.cues[:2])
    assert sorted(i.row() for i in panel.selectionModel().selectedRows()) == [0, 1]
    gone = edits.remove_cues(document.project, [document.project.cues[0].id])
    document.edit("Remove", gone)
    assert [i.row() for i in panel.selectionModel().selectedRows()] == [0]
    assert len(document.selection) == 1
    panel.deleteLater()


def test_the_table_scrolls_to_what_was_chosen_elsewhere(document: Document) -> None:
    """In a turn of its own: all rows that show are painted for it."""
    cues = tuple(Cue(f"n{n}", 100 * n, 100 * n + 90) for n in range(60))
    document.complete(replace(document.project, cues=cues))
    panel = CuesPanel(document)
    panel.resize(400, 200)
    panel.show()
    document.select(["n50"])
    assert panel.currentIndex().row() == 50
    assert not panel.viewport().rect().contains(panel.visualRect(panel.currentIndex()).center())
    until(lambda: not panel._scrolling.isActive(), "it has scrolled")
    assert panel.viewport().rect().contains(panel.visualRect(panel.currentIndex()).center())
    panel.scrollToTop()
    QTest.keyClick(panel, Qt.Key.Key_Down)
    assert document.selection == ("n51",)  # who moves here sees it at once
    assert panel.viewport().rect().contains(panel.visualRect(panel.currentIndex()).center())
    panel.deleteLater()


def test_keys_that_a_test_pressed_are_not_held_in_the_next(document: Document) -> None:
    panel = CuesPanel(document)
    QTest.keyClick(panel, Qt.Key.Key_F24, Qt.KeyboardModifier.ShiftModifier)
    let_go()
    panel.selectRow(1)
    assert document.selection == (document.project.cues[1].id,)
    panel.deleteLater()


def test_issues_lead_to_their_cue_one_after_the_other(document: Document) -> None:
    panel = IssuesPanel(document)
    assert panel.step(1) is None
    ids = [cue.id for cue in document.project.cues]
    found = [
        Issue("speech.unspoken", "error", f"No voice for {one}.", one, "en") for one in ids[:2]
    ]
    document.complete(edits.put_issues(document.project, "speech", "en", found))
    _check(document)
    assert [panel.step(1), panel.step(1), panel.step(1)] == [*found, found[0]]
    assert document.selection == (ids[0],)
    assert panel.step(-1) == found[1]
    panel.deleteLater()


def test_the_house_style_is_chosen_below_the_issues(document: Document) -> None:
    panel = IssuesPanel(document)
    assert panel.house.count() == 0  # nobody looks yet
    panel.show()
    assert panel.house.currentData() == document.project.style == "neutral"
    panel.house.setFocus()
    panel.house.setCurrentIndex(panel.house.findData("netflix"))
    panel.house.activated.emit(panel.house.currentIndex())
    assert document.project.style == "netflix"
    document.undo()
    assert panel.house.currentData() == "neutral"
    document.edit("A style of a stranger", edits.set_style(document.project, "not there"))
    assert panel.house.currentText() == panel.house.currentData() == "not there"
    panel.house.activated.emit(panel.house.currentIndex())
    assert document.project.style == "not there"
    panel.deleteLater()


def test_an_issue_is_let_pass_with_a_reason_and_taken_back(document: Document) -> None:
    panel = IssuesPanel(document)
    said: list[str] = []
    asked: list[Issue] = []
    panel.told.connect(said.append)
    panel.show()
    panel.waive_asked.connect(asked.append)
    ids = [cue.id for cue in document.project.cues]
    first, second = (
        Issue("speech.unspoken", "error", f"No voice for {one}.", one, "en") for one in ids[:2]
    )
    document.complete(edits.put_issues(document.project, "speech", "en", [first, second]))
    _check(document)
    assert document.troubled == {ids[0], ids[1]}
    panel.step(1)
    assert panel.waive.isEnabled()
    assert not panel.unwaive.isEnabled()
    panel.ask_to_waive()
    assert asked == [first]

    panel.let_pass(first, "  ")
    assert document.project.waivers == ()
    assert "stays open" in said[-1]
    panel.let_pass(first, " It is a name. ")
    assert document.open_issues == (second,)
    assert document.troubled == {ids[1]}
    assert document.history.undo_name == "Let an issue pass"
    assert [row.key for row in panel.view.list.rows] == [second]
    assert [panel.step(1), panel.step(1), panel.step(-1)] == [second] * 3

    panel.shown.setCurrentText(ALL)
    assert [row.key for row in panel.view.list.rows] == [first, second]
    assert [row.faint for row in panel.view.list.rows] == [True, False]
    faint = panel.view.list.index(0)
    assert "Let pass (It is a name.). Error: No voice" in str(panel.view.list.data(faint))
    assert panel.view.list.data(faint, _Role.ForegroundRole) is not None
    assert panel.step(1) == panel.step(1) == second  # F8 passes over what is let pass

    panel.shown.setCurrentText(PASSED)
    assert [row.key for row in panel.view.list.rows] == [first]
    panel.view.setCurrentIndex(faint)
    assert panel.unwaive.isEnabled()
    panel.take_back()
    assert document.open_issues == (first, second)
    assert panel.step(1) is not None
    assert panel.shown.currentText() == OPEN
    panel.deleteLater()


def test_the_history_shows_every_step_and_goes_there(document: Document) -> None:
    panel = HistoryPanel(document)
    first = document.project
    for note in ("a", "b"):
        cue = document.project.cues[0].id
        document.edit(f"Note {note}", edits.set_note(document.project, cue, note))
    assert [row.text for row in panel.list.rows] == ["Open the project", "Note a", "Note b"]
    panel.activated.emit(panel.list.index(0))
    assert document.project is first
    assert [row.text for row in panel.list.rows][1:] == ["Note a (undone)", "Note b (undone)"]
    assert panel.list.rows[0].spoken == "Open the project, you are here"
    panel.deleteLater()


def test_what_is_safe_to_repair_is_repaired_by_a_button(document: Document) -> None:
    cue = document.project.cues[0].id
    words = "The video shows a man walking."
    document.edit("Write", edits.set_text(document.project, cue, "en", words))
    panel = IssuesPanel(document)
    panel.show()
    told: list[str] = []
    panel.told.connect(told.append)

    def found() -> list[Issue]:
        _check(document)
        return [one for one in document.issues if one.rule == "language.shows"]

    (issue,) = found()
    panel.view.setCurrentIndex(panel.view.list.index(panel.view.list.row_of(issue)))
    assert panel.mend.isEnabled()
    panel.mend.click()
    assert document.project.cues[0].version("en").text == "A man walking."  # type: ignore[union-attr]
    assert found() == []
    assert told == ["Repaired. Undo takes it back."]
    document.undo()
    assert document.project.cues[0].version("en").text == words  # type: ignore[union-attr]
    panel.deleteLater()


def test_a_voice_that_must_not_speak_for_money_is_told_where_it_is_chosen(
    document: Document, unpaid: str
) -> None:
    panel, editor = VoicesPanel(document), EditorPanel(document)
    told: list[str] = []
    panel.told.connect(told.append)
    editor.told.connect(told.append)
    free = next(
        number for number, row in enumerate(panel.view.list.rows) if row.key.speaker != "flite"
    )
    for row, wanted in ((free, []), (0, [unpaid])):
        panel.view.setCurrentIndex(panel.view.list.index(row))
        document.select([document.project.cues[0].id])
        for button in (panel.use, panel.use_here):
            told.clear()
            button.click()
            assert told == wanted
    bound = panel.view.list.rows[0].key
    editor.voice.setCurrentIndex(editor.voice.findText(f"{bound.voice} ({bound.speaker})"))
    told.clear()
    editor.voice.activated.emit(editor.voice.currentIndex())
    assert told == [unpaid]
