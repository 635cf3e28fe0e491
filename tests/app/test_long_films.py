"""What keeps a window on a long film prompt: who does what, when, and how often."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QSize, QTimer
from PySide6.QtWidgets import QApplication

from studio import rehearsal, steps
from studio.app import autosave, speaking, stage, turns
from studio.app import document as document_module
from studio.app.document import Change, Document
from studio.app.jobs import Jobs
from studio.app.panels.cues import TEXT, CuesPanel, CueTable
from studio.app.panels.issues import IssuesPanel
from studio.app.panels.lists import VoicesPanel
from studio.app.panels.rows import Index, Rows
from studio.app.player import Player
from studio.app.speaking import Speaking
from studio.app.states import CueState
from studio.app.timeline import Timeline
from studio.app.timeline.placed import Placed
from studio.app.window import Window
from studio.mix.sounding import Sounding
from studio.progress import Cancelled, Progress, unwatched
from studio.script import edits, store
from studio.script.model import Cue, Issue, Project, Version, VoiceChoice
from studio.times import Span
from tests.app.window_rig import LONG, application, small_project, until, window

CUES, ISSUES = 300, 2000


@pytest.fixture
def document(tmp_path: Path) -> Iterator[Document]:
    """A document with as many descriptions as a long film has in an hour."""
    application()
    jobs = Jobs()
    made = Document(jobs)
    made.open_project(small_project(tmp_path))
    cues = tuple(
        Cue(f"c{n}", 40 * n, 40 * n + 30, (Version("en", f"Step {n}."),)) for n in range(CUES)
    )
    made.complete(replace(made.project, cues=cues))
    yield made
    made.close()
    jobs.close()


def _write(document: Document, number: int, text: str) -> None:
    cue = document.project.cues[number]
    document.edit("Write", edits.set_text(document.project, cue.id, "en", text))


def _issues(document: Document, last: str = "Last.") -> tuple[Issue, ...]:
    ids = [cue.id for cue in document.project.cues]
    found = [Issue(f"rule.{n}", "caution", f"{n}.", ids[n % CUES], "en") for n in range(ISSUES)]
    return (*found[:-1], replace(found[-1], sentence=last))


def test_an_edit_makes_one_row_anew(document: Document) -> None:
    table = CueTable(document)
    before, told = table.rows, []
    table.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    _write(document, 7, "She waves.")
    assert [n for n in range(CUES) if table.rows[n] is not before[n]] == [7]
    assert told == [(7, 7)]
    assert table.rows[7].text == "She waves."


def test_another_language_shows_its_own_texts(document: Document) -> None:
    """The rows before are no help then, though their cues are the very same."""
    project = edits.add_languages(document.project, ["de"])
    document.edit("Add", edits.set_text(project, "c3", "de", "Er winkt."))
    table = CueTable(document)
    document.set_language("de")
    assert [row.text for row in table.rows[2:5]] == ["", "Er winkt.", ""]
    document.set_language("en")
    assert table.rows[2].text == "Step 2."


def test_states_are_worked_out_once_a_change(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    real = document_module.cue_states

    def counted(*given: Any) -> Any:
        asked.append(given)
        return real(*given)

    monkeypatch.setattr(document_module, "cue_states", counted)
    first, second = CueTable(document), CueTable(document)
    _write(document, 7, "She waves.")
    assert first.rows == second.rows
    assert document.states is document.states
    assert len(asked) == 2  # for the first look, and for the edit
    document.take_issues(document.project, "en", _issues(document))
    assert len(asked) == 3
    assert document.open_issues == document.issues
    document.edit("Note", edits.set_note(document.project, "c1", "why"))
    assert document.troubled is document.troubled


def test_issues_are_listed_when_somebody_looks(document: Document) -> None:
    panel = IssuesPanel(document)
    document.take_issues(document.project, "en", _issues(document))
    assert panel.view.list.rowCount() == 0
    assert panel.step(1) == document.issues[0]  # F8 looks, whatever tab shows
    assert panel.view.list.rowCount() == ISSUES
    document.take_issues(document.project, "en", ())
    assert panel.view.list.rowCount() == ISSUES
    assert panel.chosen is None
    document.take_issues(document.project, "en", _issues(document))
    panel.show()
    assert panel.view.list.rowCount() == ISSUES
    panel.deleteLater()


def test_an_issue_that_stays_keeps_its_row(document: Document) -> None:
    panel = IssuesPanel(document)
    panel.show()
    document.take_issues(document.project, "en", _issues(document))
    before = panel.view.list.rows
    document.take_issues(document.project, "en", _issues(document, "Another."))
    after = panel.view.list.rows
    assert [n for n in range(ISSUES) if after[n] is not before[n]] == [ISSUES - 1]
    panel.deleteLater()


def test_only_the_first_rows_are_laid_out_at_once(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = IssuesPanel(document)
    panel.show()
    QApplication.processEvents()
    asked: set[int] = set()
    real = Rows.data

    def counted(rows: Rows, index: QModelIndex, *role: int) -> object:
        asked.add(index.row())
        return real(rows, index, *role)

    monkeypatch.setattr(Rows, "data", counted)
    document.take_issues(document.project, "en", _issues(document))
    panel.view.doItemsLayout()
    assert 0 < len(asked) < ISSUES / 4
    panel.deleteLater()


def test_only_what_was_edited_is_looked_at_to_be_spoken(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others need nothing: they have no text."""
    empty = tuple(replace(cue, versions=()) for cue in document.project.cues)
    document.complete(replace(document.project, cues=empty))
    jobs = Jobs()
    speaking = Speaking(document, jobs)
    document.edit("Note", edits.set_note(document.project, "c0", "first"))
    asked: list[str] = []
    real = Speaking._is_wanted

    def counted(one: Speaking, cue: Cue) -> bool:
        asked.append(cue.id)
        return real(one, cue)

    monkeypatch.setattr(Speaking, "_is_wanted", counted)
    document.edit("Note", edits.set_note(document.project, "c8", "why"))
    assert asked == ["c8"]
    assert not speaking.busy
    jobs.close()


def test_the_columns_fit_what_shows_and_each_cell_is_measured_once(document: Document) -> None:
    measured: list[tuple[int, int]] = []

    class Counted(CuesPanel):
        def sizeHintForIndex(self, index: Index) -> QSize:  # noqa: N802  # Qt's name
            measured.append((index.row(), index.column()))
            return super().sizeHintForIndex(index)

    panel = Counted(document)
    panel.resize(500, 400)
    panel.show()

    def fit() -> None:
        until(lambda: not panel._fitting.isActive(), "they fit")
        found = [panel.columnWidth(column) for column in range(TEXT)]
        for column in range(TEXT):
            panel.resizeColumnToContents(column)  # what Qt thinks
        assert [panel.columnWidth(column) for column in range(TEXT)] == found

    fit()
    measured.clear()
    cue = document.project.cues[3]
    document.edit("Move", edits.set_span(document.project, cue.id, Span(cue.start + 1, cue.end)))
    until(lambda: not panel._fitting.isActive(), "they fit")
    assert set(measured) <= {(3, column) for column in range(TEXT)}
    fit()
    panel.scrollToBottom()
    document.edit("Mode", edits.set_mode(document.project, "extended", [f"c{CUES - 1}"]))
    fit()
    font = panel.font()
    font.setPointSize(font.pointSize() + 5)
    panel.setFont(font)
    fit()
    panel.deleteLater()


def test_a_project_that_was_opened_is_put_into_words_at_leisure(
    document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first autosave then writes only what was edited."""
    items: list[object] = []
    real = store.to_plain

    def counted(value: object) -> Any:
        items.append(value)
        return real(value)

    monkeypatch.setattr(store, "to_plain", counted)
    done: list[Project] = []
    real_ready = autosave._in_words

    def noted(project: Project, progress: Progress) -> None:
        real_ready(project, progress)
        done.append(project)

    monkeypatch.setattr(autosave, "_in_words", noted)
    document.save(tmp_path / "kept.adproject")
    document.close()
    document.open_project(tmp_path / "kept.adproject")
    opened = document.project
    until(lambda: done, "it is put into words")
    assert done == [opened]
    assert len(items) > CUES
    items.clear()
    _write(document, 5, "Other words.")
    until(lambda: autosave.leftover_of(tmp_path / "kept.adproject") or items, "it is written")
    until(lambda: not document.autosave._writing, "it is on the disk")
    assert 0 < sum(isinstance(one, Cue) for one in items) <= 2
    document.close()


def test_an_edit_comes_before_what_is_done_at_leisure(
    document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, edited, given_up = threading.Event(), threading.Event(), []

    def slowly(project: Project, progress: Progress) -> None:
        begun.set()
        assert edited.wait(60)
        try:
            progress.check()
        except Cancelled:
            given_up.append(project)
            raise

    monkeypatch.setattr(autosave, "_in_words", slowly)
    document.autosave._leisure.setInterval(0)
    document.save(tmp_path / "kept.adproject")
    document.close()
    document.open_project(tmp_path / "kept.adproject")
    opened = document.project
    until(begun.is_set, "it has begun")
    assert document.autosave.getting_ready
    _write(document, 5, "Other words.")
    edited.set()
    until(lambda: given_up, "it is given up")
    assert given_up == [opened]
    assert not document.autosave.getting_ready
    until(lambda: not document.autosave._writing, "it is on the disk")
    document.close()


def test_the_voice_of_what_is_chosen_gets_ready_for_its_next_text(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once when it was chosen, and once after each text that it has said."""
    begun: list[str | None] = []
    monkeypatch.setattr(
        rehearsal, "get_ready_to_speak", lambda project, language, cue: begun.append(cue)
    )
    empty = tuple(replace(cue, versions=()) for cue in document.project.cues)
    voice = VoiceChoice("en", "flite", "rms")
    document.complete(replace(document.project, cues=empty, voices=(voice,)))
    jobs = Jobs()
    speaking = Speaking(document, jobs)
    document.select(["c8"])
    document.select(["c9"])
    until(lambda: begun, "the voice of the last one is ready")
    assert begun == ["c9"]
    document.edit("Text", edits.set_text(document.project, "c9", "en", "A bell rings."))
    until(lambda: len(begun) > 1, "it is ready again")
    until(lambda: not speaking.busy, "it is spoken")
    assert begun == ["c9", "c9"]
    assert document.version(document.project.cues[9]).clip is not None
    jobs.close()


def test_a_voice_is_heard_before_anything_else_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on its way to the ear does not wait for tables and panels; drags come as before."""
    project = small_project(tmp_path)
    with window() as made:
        made.filing.open_path(project)
        until(lambda: made.stage.sounding and not made.stage.fetching, "all is known")
        until(lambda: not made.speaking.busy and not made.stage.busy, "all is spoken")
        told: list[str] = []
        played, shown = Player.update, CueTable.refresh

        def heard(player: Player, sounding: Sounding) -> None:
            told.append("heard")
            played(player, sounding)

        def refreshed(table: CueTable, change: object = None) -> None:
            told.append("shown")
            shown(table, change)

        monkeypatch.setattr(Player, "update", heard)
        made.document.changed.connect(lambda change: refreshed(made.cues.table, change))
        document = made.document
        cue = document.project.cues[0]
        version = document.version(cue)
        assert version is not None
        assert version.clip is not None
        other = replace(version.clip, tempo=1.01)
        document.complete(edits.put_clip(document.project, cue.id, "en", version.text, other))
        assert told == ["heard", "shown"]
        told.clear()
        document.edit(
            "Move", edits.set_span(document.project, cue.id, Span(cue.start + 40, cue.end))
        )
        assert told == ["shown"]
        assert made.stage.busy


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Window]:
    """A window on a small film, all of it spoken and shown."""
    with window() as made:
        made.filing.open_path(small_project(tmp_path))
        until(lambda: made.stage.sounding and not made.stage.fetching, "all is known")
        until(lambda: not made.speaking.busy and not made.stage.busy, "all is spoken")
        yield made


def test_a_film_that_opens_is_planned_and_drawn_once_and_then_played(
    opened: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The timeline waits for no film to be opened, and nothing is worked out a second time."""
    opened.document.save()
    project = opened.document.path
    assert project is not None
    opened.document.close()
    told: list[str] = []

    def note(what: Any, name: str, said: str) -> None:
        real = getattr(what, name)

        def noted(*given: Any, **named: Any) -> Any:
            told.append(said)
            return real(*given, **named)

        monkeypatch.setattr(what, name, noted)

    note(rehearsal, "sounding", "planned")
    note(Placed, "of", "drawn")
    note(opened.player, "open", "played")
    opened.filing.open_path(project)
    until(lambda: opened.stage.sounding and not opened.stage.fetching, "all is known")
    until(lambda: not opened.speaking.busy and not opened.stage.busy, "all is shown")
    assert told == ["planned", "drawn", "played"]


def _told_of(made: Window, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the window does, in order; a new turn of the event loop is told as well."""
    told: list[str] = []

    def note(what: type, name: str, said: str) -> None:
        real = getattr(what, name)

        def noted(*given: Any) -> Any:
            told.append(said)
            QTimer.singleShot(0, lambda: told.append("turn") if told[-1] != "turn" else None)
            return real(*given)

        monkeypatch.setattr(what, name, noted)

    note(Speaking, "_order", "ordered")
    note(Player, "update", "heard")
    note(CueTable, "_show", "listed")
    note(Timeline, "set_content", "drawn")
    return told


def test_a_new_text_is_ordered_listed_heard_listed_and_drawn(
    opened: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this order, and what is for the ear, for the lists and for the eye in turns of its own."""
    told = _told_of(opened, monkeypatch)
    document = opened.document
    cue = document.project.cues[1]
    document.edit("Write", edits.set_text(document.project, cue.id, "en", "A gate swings."))
    assert told == ["ordered", "listed"]
    until(lambda: "drawn" in told and not opened.speaking.busy, "it is drawn")
    told.append("turn")
    first = told.index("drawn") + 1
    assert told[:first] == ["ordered", "listed", "turn", "heard", "turn", "listed", "turn", "drawn"]


@pytest.mark.parametrize("arrives", [True, False])
def test_the_timeline_waits_for_a_picture_but_not_for_ever(
    opened: Window, monkeypatch: pytest.MonkeyPatch, *, arrives: bool
) -> None:
    """Both of them painted in one turn would keep a key waiting."""
    told = _told_of(opened, monkeypatch)
    asked: list[None] = []

    def seeking(_: Player) -> bool:
        asked.append(None)
        return not (arrives and len(asked) > 3)

    document = opened.document
    with monkeypatch.context() as patched:
        patched.setattr(Player, "seeking", property(seeking))
        document.edit(
            "Move", edits.set_mode(document.project, "extended", [document.project.cues[1].id])
        )
        until(lambda: "drawn" in told, "it is drawn")
    assert len(asked) >= (4 if arrives else stage._PUT_OFF_MOST)


def test_tables_wait_until_a_voice_is_heard_and_no_longer(
    opened: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The threads of the player have the interpreter to themselves while they open the mix."""
    monkeypatch.setattr(speaking, "HEARD_FIRST", 10 * LONG)
    told: list[str] = []
    document = opened.document
    document.coming.connect(lambda _: told.append("coming"))
    opened.player.caught_up.connect(lambda: told.append("heard"))
    document.changed.connect(lambda _: told.append("changed"))
    cue = document.project.cues[0]  # at the playhead, so that mpv has read what is there now
    document.edit("Write", edits.set_text(document.project, cue.id, "en", "A gate swings."))
    until(lambda: not opened.speaking.busy, "it is listed")
    assert told[0] == "changed"  # the text; its voice comes later
    assert told[told.index("coming") :] == ["coming", "heard", "changed"]


def test_lists_and_undo_are_of_one_mind_while_a_voice_is_heard_already(
    opened: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, heard = opened.document, []
    older_due: list[bool] = []
    cue = document.project.cues[1]
    table = opened.cues.table
    real = Player.update

    def update(player: Player, sounding: Sounding) -> None:
        row = table.rows[table.row_of(cue.id)]
        heard.append((row.state.plain, document.states[cue.id].plain, cue.id in sounding.clips))
        older_due.append(opened.stage.busy)
        real(player, sounding)

    monkeypatch.setattr(Player, "update", update)
    document.edit("Write", edits.set_text(document.project, cue.id, "en", "A gate swings."))
    until(lambda: not opened.speaking.busy, "it is listed")
    assert heard == [(CueState.UNSPOKEN, CueState.UNSPOKEN, True)]
    assert older_due == [False]
    assert table.rows[table.row_of(cue.id)].state.plain == CueState.FITS
    document.undo()
    assert document.text(document.project.cues[1]) == "A door opens."
    assert table.rows[table.row_of(cue.id)].state.plain == CueState.FITS


def test_what_is_written_while_a_voice_is_heard_already_stays(
    opened: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The voice of the text before goes into no document then, and the new text is spoken."""
    document = opened.document
    cue = document.project.cues[1].id
    real, heard = Player.update, []

    def update(player: Player, sounding: Sounding) -> None:
        real(player, sounding)
        heard.append(sounding)
        if len(heard) == 1:
            text = edits.set_text(document.project, cue, "en", "A gate falls.")
            QTimer.singleShot(0, lambda: document.edit("Write", text))

    monkeypatch.setattr(Player, "update", update)
    document.edit("Write", edits.set_text(document.project, cue, "en", "A gate swings."))
    until(lambda: document.text(document.project.cues[1]) == "A gate falls.", "it is written")
    assert document.project.cues[1].versions[0].clip is None
    until(lambda: not opened.speaking.busy and not opened.stage.busy, "it is spoken")
    assert document.text(document.project.cues[1]) == "A gate falls."
    clip = document.project.cues[1].versions[0].clip
    assert clip is not None
    sounding = opened.player.sounding
    assert sounding is not None
    assert sounding.clips[cue][0].clip == clip
    spoken = rehearsal.speak_cues(document.project, "en", [cue], None, unwatched())
    assert spoken.clips[0][2] == clip


def test_who_writes_on_hears_no_silence_between(
    opened: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first text is spoken when the second stands there: it is of no use to anybody."""
    document = opened.document
    cue, heard = document.project.cues[1].id, []
    real = Player.update

    def update(player: Player, sounding: Sounding) -> None:
        heard.append(cue in sounding.clips)
        real(player, sounding)

    monkeypatch.setattr(Player, "update", update)
    for text in ("A gate", "A gate swings."):
        document.edit("Write", edits.set_text(document.project, cue, "en", text), amend="text")
    until(lambda: not opened.speaking.busy and not opened.stage.busy, "it is spoken")
    assert heard == [True]
    assert document.project.cues[1].versions[0].clip is not None


def test_voices_are_looked_for_when_another_one_is_chosen(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time, every engine is asked for what it has."""
    panel = VoicesPanel(document)
    asked: list[str] = []
    real = rehearsal.voices

    def counted(language: str) -> Any:
        asked.append(language)
        return real(language)

    monkeypatch.setattr(rehearsal, "voices", counted)
    _write(document, 7, "She waves.")
    assert asked == []
    other = real("en")[-1]
    document.edit("Voice", edits.set_voice(document.project, other))
    assert asked == ["en"]
    strong = [row.key for row in panel.view.list.rows if row.strong]
    assert strong == [other]
    panel.deleteLater()


def test_a_change_tells_which_cues_are_new(document: Document) -> None:
    """However many there are, and wherever they stand now."""
    changes: list[Change] = []
    document.changed.connect(changes.append)
    cues = document.project.cues
    _write(document, 7, "She waves.")
    moved = (cues[5], *cues[:5], *cues[6:])
    document.edit("Order", replace(document.project, cues=moved))
    document.edit("Less", replace(document.project, cues=moved[:3]))
    document.edit("More", replace(document.project, cues=(Cue("new", 0, 40), *moved[:3])))
    texts = [[document.text(cue) for cue in change.new_cues] for change in changes]
    assert texts == [["She waves."], ["Step 7."], [], [""]]


def test_threads_take_short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """mpv's threads need the interpreter often, and a thread that works would keep it for 5 ms."""
    given: list[float] = []
    monkeypatch.setattr(sys, "setswitchinterval", given.append)
    turns.take_short_turns()
    assert given == [turns.TURN]
    assert turns.TURN < 0.001


def test_a_project_has_the_same_states_however_it_came_to_be(document: Document) -> None:
    """What is kept from the last change must never outlive it."""
    _write(document, 7, "")
    _write(document, 7, "She waves.")
    document.undo()
    placed = steps.plan(document.project, "en")
    expected = document_module.cue_states(document.project, placed, document.troubled)
    assert document.states == expected
    assert list(document.placements.values()) == list(placed)
