"""The drafts side by side: what a card says, how one is chosen, what a new one may touch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from studio import steps
from studio.app import cards
from studio.app.dialogs.story import StoryDialog
from studio.app.states import CueState
from studio.app.theme import DARK, HIGH_CONTRAST, LIGHT
from studio.app.window import Window
from studio.script import edits, silence
from studio.script.model import Cue, Draft, Project
from tests.app.window_rig import (
    named,
    no_warnings,
    small_film,
    small_project,
    until,
    window,
)

_Key = Qt.Key
DRAFTS = (
    Draft("en", "A woman climbs the stairs.", "evidence", ("a face", "brightness 20 of 255")),
    Draft(
        "en",
        "We see a woman who climbs up all of the many stairs in the old tower.",
        "openai-compatible",
        (
            "model tiny", "saw: Stairs. A woman.", "prompt neutral 2",
            "wrote: The video shows a woman.",
        ),
    ),
    Draft("en", "Stairs.", "evidence"),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film in it."""
    made = tmp_path_factory.mktemp("film")
    small_film(made)
    return made


@pytest.fixture
def opened(folder: Path, kept: None) -> Iterator[Window]:
    """A window whose first description, selected, has three drafts of which the first stands."""
    with no_warnings(), window() as made:
        made.filing.open_path(small_project(folder))
        first = made.document.project.cues[0].id
        project = edits.set_accepted(made.document.project, False, [first])
        project = edits.put_draft(project, first, DRAFTS)
        made.document.edit("Draft", project, [first])
        until(lambda: QApplication.focusWidget() is made.cues, "the list has the keyboard")
        yield made


def _found(opened: Window) -> tuple[cards.Card, ...]:
    return tuple(row.key for row in opened.drafts.view.list.rows)  # type: ignore[misc]


def _cue(opened: Window) -> Cue:
    return opened.document.project.cues[0]


def _text(opened: Window) -> str:
    return opened.document.text(_cue(opened))


def _press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, modifiers)


# --- what a card says -----------------------------------------------------------------------------


def test_cards_tell_who_made_them_how_they_fit_and_what_is_wrong(opened: Window) -> None:
    first, second, third, last = _found(opened)
    assert [one.number for one in (first, second, third, last)] == [1, 2, 3, cards.SILENCE]
    assert (first.measure, first.made_by, first.faults) == ("5 of 9 words", "evidence", ())
    assert first.evidence == ("a face", "brightness 20 of 255")
    assert second.measure == "16 words, 7 too many"
    assert second.made_by == "openai-compatible, model tiny, prompt neutral 2"
    assert second.evidence == ("Stairs. A woman.",)
    assert second.wrote == "The video shows a woman."
    assert second.faults == ("Speaks of watching",)
    assert [one.taken for one in (first, second, third, last)] == [True, False, False, False]
    assert last.title == "Leave silent"


def test_a_card_is_one_sentence_for_who_listens(opened: Window) -> None:
    rows = opened.drafts.view.list
    said = [str(rows.data(rows.index(n), Qt.ItemDataRole.AccessibleTextRole)) for n in range(4)]
    assert said[0] == (
        "Draft 1 of 3: A woman climbs the stairs.; 5 of 9 words; taken; by evidence."
    )
    assert said[1].startswith("Draft 2 of 3: We see a woman")
    assert "; 16 words, 7 too many; would raise: " in said[1]
    assert said[1].endswith("; by openai-compatible, model tiny, prompt neutral 2.")
    assert said[3] == "0, Leave silent."
    about = rows.data(rows.index(1), Qt.ItemDataRole.AccessibleDescriptionRole)
    assert about == (
        "By openai-compatible, model tiny, prompt neutral 2. Seen: Stairs. A woman. "
        "The model wrote: The video shows a woman."
    )


def test_what_an_engine_would_leave_silent_is_told_on_the_card_of_silence(opened: Window) -> None:
    proposed = (Draft("en", "", "m", ("model big", "nothing new")), *DRAFTS)
    project = edits.put_draft(opened.document.project, _cue(opened).id, proposed)
    opened.document.edit("Draft", project)
    found = _found(opened)
    assert [one.number for one in found] == [1, 2, 3, 0]
    assert found[-1].made_by == "proposed by m, model big"
    assert found[-1].evidence == ("nothing new",)
    assert not found[-1].taken, "a proposal is no decision"
    assert not any(one.taken for one in found)
    assert opened.drafts.take(1)
    assert _text(opened) == DRAFTS[0].text


def test_without_one_description_there_is_nothing_to_choose(opened: Window) -> None:
    opened.document.select([cue.id for cue in opened.document.project.cues])
    assert _found(opened) == ()
    assert "Select one description" in opened.drafts.view.empty
    opened.document.select([opened.document.project.cues[1].id])
    assert [one.number for one in _found(opened)] == [0]


# --- choosing -------------------------------------------------------------------------------------


def test_a_number_takes_a_draft_from_anywhere(opened: Window) -> None:
    opened.cues.setFocus()
    _press(_Key.Key_3)
    assert _text(opened) == "Stairs."
    assert _cue(opened).accepted
    assert [one.taken for one in _found(opened)] == [False, False, True, False]
    assert opened.statusBar().currentMessage() == "Draft 3 taken: Stairs."
    _press(_Key.Key_5)
    assert opened.statusBar().currentMessage() == "There is no draft 5."
    opened.drafts.view.setFocus()
    _press(_Key.Key_1)
    assert _text(opened) == DRAFTS[0].text
    opened.editing.undo()
    assert _text(opened) == "Stairs."


def test_nothing_is_left_silent_by_a_key_and_brought_back(opened: Window) -> None:
    opened.cues.setFocus()
    before = _text(opened)
    assert before == DRAFTS[0].text
    _press(_Key.Key_0)
    cue = _cue(opened)
    assert cue.left_silent
    assert cue.drafts == DRAFTS
    assert opened.document.project.gaps[0].leave_silent, "it is alone in its gap"
    assert opened.document.states[cue.id] == CueState.SILENT
    assert _found(opened)[-1].taken
    assert opened.editor.verdict.text() == "Left silent: nothing is said here."
    assert opened.statusBar().currentMessage() == "Left silent: nothing is said here."
    opened.editing.undo()
    assert _text(opened) == before
    assert not opened.document.project.gaps[0].leave_silent
    assert _found(opened)[0].taken
    _press(_Key.Key_0)
    _press(_Key.Key_0)
    assert not _cue(opened).left_silent
    assert not opened.document.project.gaps[0].leave_silent
    assert _text(opened) == ""
    _press(_Key.Key_0)
    _press(_Key.Key_2)
    assert _text(opened) == DRAFTS[1].text
    assert not opened.document.project.gaps[0].leave_silent


def test_return_takes_the_card_that_is_current(opened: Window) -> None:
    view = opened.drafts.view
    view.setFocus()
    view.setCurrentIndex(view.list.index(2))
    _press(_Key.Key_Return)
    assert _text(opened) == "Stairs."
    view.setCurrentIndex(view.list.index(3))
    _press(_Key.Key_Return)
    assert _cue(opened).left_silent
    _press(_Key.Key_Return)
    assert not _cue(opened).left_silent


def test_e_takes_a_draft_into_the_text_and_goes_there(opened: Window) -> None:
    view = opened.drafts.view
    view.setFocus()
    view.setCurrentIndex(view.list.index(2))
    _press(_Key.Key_E)
    text = opened.editor.text
    assert QApplication.focusWidget() is text
    QTest.keyClicks(text, " And a door.")
    assert _text(opened) == "Stairs. And a door."
    opened.cues.setFocus()
    view.setCurrentIndex(view.list.index(0))
    _press(_Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    assert QApplication.focusWidget() is text
    assert _text(opened) == DRAFTS[0].text
    assert text.textCursor().position() == len(DRAFTS[0].text)


def test_arrows_go_from_card_to_card(opened: Window) -> None:
    view = opened.drafts.view
    view.setFocus()
    view.setCurrentIndex(view.list.index(0))
    _press(_Key.Key_Right)
    assert view.currentIndex().row() == 1
    selected = opened.document.selection
    _press(_Key.Key_Down)
    assert opened.document.selection == selected, "the arrows are the cards' own"


def test_what_has_no_text_is_not_accepted(opened: Window) -> None:
    opened.document.edit(
        "Empty", edits.set_text(opened.document.project, _cue(opened).id, "en", "")
    )
    opened.editing.accept()
    assert not _cue(opened).accepted
    assert opened.statusBar().currentMessage() == "There is no text to accept."


# --- how it looks ---------------------------------------------------------------------------------


def test_cards_stand_side_by_side_where_there_is_room(opened: Window) -> None:
    view = opened.drafts.view
    letter = view.fontMetrics().averageCharWidth()
    rows: dict[int, int] = {}
    for letters in (30, 60, 85, 130):
        view.setMinimumWidth(letters * letter)
        view.setMaximumWidth(letters * letter)
        QApplication.sendPostedEvents()
        QApplication.processEvents()
        rects = [view.visualRect(view.list.index(n)) for n in range(4)]
        rows[letters] = len({rect.top() for rect in rects})
        assert len({rect.height() for rect in rects}) == 1
        assert len({rect.width() for rect in rects[:3]}) == 1
        assert all(rect.right() <= view.viewport().width() for rect in rects)
        assert not any(a.intersects(b) for n, a in enumerate(rects) for b in rects[n + 1 :])
    assert rows == {30: 4, 60: 2, 85: 1, 130: 1}


@pytest.mark.parametrize("theme", [LIGHT, DARK, HIGH_CONTRAST], ids=lambda one: str(one.name))
def test_the_current_card_is_framed_and_every_card_is_drawn(opened: Window, theme) -> None:
    view = opened.drafts.view
    view.setMinimumSize(900, 200)
    view.set_theme(theme)
    view.setFocus()
    view.setCurrentIndex(view.list.index(1))
    QApplication.processEvents()
    picture = view.viewport().grab().toImage()
    ratio = picture.devicePixelRatio()

    def colours(n: int) -> set[str]:
        rect = view.visualRect(view.list.index(n))
        across = range(rect.left(), min(rect.right(), view.viewport().width() - 1))
        middle = rect.top() + rect.height() // 4
        points = [QPoint(x, y) * ratio for x in across for y in range(rect.top(), middle)]
        return {picture.pixelColor(point).name() for point in points if picture.valid(point)}

    assert theme.focus in colours(1)
    assert theme.focus not in colours(2)
    for n in range(4):
        assert theme.text in colours(n) or theme.muted in colours(n)


# --- drafting -------------------------------------------------------------------------------------


def test_what_is_selected_is_drafted_anew_and_no_more(opened: Window) -> None:
    """Through the job and its process: a person's text stays and gains candidates."""
    mine = opened.document.project.cues[1].id
    opened.document.select([mine])
    before = opened.document.project
    opened.actions_by_id["draft_selected"].trigger()
    (job,) = [one for one in opened.jobs.jobs if one.title == "Draft 1 description anew"]
    until(lambda: not job.active, "it is drafted")
    assert job.error is None
    after = opened.document.project
    assert [bool(cue.drafts) for cue in before.cues] == [True, False, False]
    assert [bool(cue.drafts) for cue in after.cues] == [True, True, False]
    assert after.cues[0].drafts == DRAFTS
    assert [opened.document.text(cue) for cue in after.cues] == [
        opened.document.text(cue) for cue in before.cues
    ]


def test_new_drafts_come_to_what_a_person_chose_and_change_nothing_else(opened: Window) -> None:
    before = opened.document.project
    chosen, silent, _ = (cue.id for cue in before.cues)
    before = silence.leave_silent(edits.set_text(before, chosen, "en", "Mine."), [silent])
    opened.document.edit("Choose", before)
    drafted = before
    for cue_id in (chosen, silent):
        drafted = edits.put_draft(drafted, cue_id, (Draft("en", "New.", "m"),))
    opened.working._adopt_anew(opened.document.film, before, drafted)
    after = opened.document.project
    assert [steps.text_of(cue, "en") for cue in after.cues[:2]] == ["Mine.", ""]
    assert [cue.drafts[0].text for cue in after.cues[:2]] == ["New.", "New."]
    assert opened.document.history.undo_name == "Draft anew"
    opened.working._adopt_anew(opened.document.film, after, after)
    assert opened.statusBar().currentMessage() == "The describer proposes nothing else."


def test_a_stopped_draft_changes_nothing(opened: Window) -> None:
    before = opened.document.project
    opened.actions_by_id["draft_selected"].trigger()
    assert opened.jobs.busy
    opened.working.stop_jobs()
    until(lambda: not opened.jobs.busy, "it has stopped")
    after = opened.document.project
    assert [cue.drafts for cue in after.cues] == [cue.drafts for cue in before.cues]
    assert opened.document.history.undo_name == "Draft"
    assert opened.statusBar().currentMessage().endswith("stopped.")


def test_the_describer_is_chosen_and_remembered(opened: Window) -> None:
    combo = opened.drafts.describer
    names = [str(combo.itemData(n)) for n in range(combo.count())]
    assert {"evidence", "openai-compatible", "transformers"} <= set(names)
    at = names.index("openai-compatible")
    combo.setCurrentIndex(at)
    combo.activated.emit(at)
    assert opened.working.describer == opened.preferences.describer == "openai-compatible"
    opened.drafts.choose_describer("gone")
    assert opened.drafts.chosen_describer == names[0]


def test_the_story_is_written_as_one_step(opened: Window) -> None:
    opened.showing.story()
    (dialog,) = [one for one in opened.findChildren(StoryDialog) if one.isVisible()]
    text = named(dialog, "Story")
    assert isinstance(text, QPlainTextEdit)
    QTest.keyClicks(text, " She looks for her brother. ")
    dialog.accept()
    assert opened.document.project.story == ""
    dialog._keep()
    assert opened.document.project.story == "She looks for her brother."
    assert opened.document.history.undo_name == "Write the story so far"
    opened.editing.undo()
    assert opened.document.project.story == ""
    again = StoryDialog(opened.document, opened)
    again._keep()
    assert opened.document.history.redo_name == "Write the story so far", "nothing was changed"
    again.deleteLater()


# --- without a window -----------------------------------------------------------------------------


def test_cards_are_of_one_language_only() -> None:
    project = Project(
        steps_film(), cues=(Cue("a", 0, 3000, drafts=(*DRAFTS, Draft("de", "Treppen.", "m"))),)
    )
    found = cards.cards(project, project.cues[0], "de", lambda _text: ())
    assert [one.text for one in found] == ["Treppen.", "Nothing is said here."]


def steps_film():  # type: ignore[no-untyped-def]
    """The film of a project that is not opened."""
    from fractions import Fraction

    from studio.script.model import Film

    return Film("film.mp4", 1, "f", 12_000, 320, 180, Fraction(25), None)
