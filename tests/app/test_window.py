"""The window by keyboard alone: what a describer does, from film to delivery."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from studio import engines
from studio.app import actions
from studio.app.dialogs.export import ExportDialog
from studio.app.dialogs.manual import ManualDialog
from studio.app.dialogs.preferences import PreferencesDialog
from studio.app.dialogs.pronunciations import PronunciationsDialog
from studio.app.dialogs.references import ReferencesDialog
from studio.app.dialogs.shortcuts import ShortcutsDialog
from studio.app.dialogs.takes import TakesDialog
from studio.app.preferences import Preferences
from studio.app.window import Window
from studio.media.probe import probe
from tests.app.window_rig import (
    application,
    named,
    no_warnings,
    small_film,
    small_project,
    until,
    window,
)

_Key = Qt.Key
_CONTROL = Qt.KeyboardModifier.ControlModifier
_ALT = Qt.KeyboardModifier.AltModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film in it."""
    made = tmp_path_factory.mktemp("film")
    small_film(made)
    return made


@pytest.fixture
def opened(folder: Path, kept: None) -> Iterator[Window]:
    """A window with three descriptions, the film shown and all spoken."""
    with no_warnings(), window() as made:
        made.filing.open_path(small_project(folder))
        _settle(made)
        yield made


def _settle(made: Window) -> None:
    until(
        lambda: (
            made.stage.sounding is not None
            and not made.speaking.busy
            and not made.stage.busy
            and not made.checking.busy
            and not made.jobs.busy
        ),
        "everything is spoken and shown",
    )


def _focus() -> QWidget:
    focused = QApplication.focusWidget()
    assert focused is not None, "nothing has the focus"
    return focused


def _press(key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
    """A key, wherever the focus is."""
    held = Qt.KeyboardModifier.NoModifier
    for one in modifiers:
        held |= one
    QTest.keyClick(_focus(), key, held)


def _do(made: Window, action: str) -> None:
    """The first key of an action, as its row says."""
    assert made.actions_by_id[action].isEnabled(), f"{action} cannot be done now"
    QTest.keySequence(_focus(), QKeySequence(actions.by_id(action).keys[0]))


def _choose_file(made: Window, file: Path) -> None:
    """Name a file in the dialog that is open."""
    until(lambda: isinstance(QApplication.activeModalWidget(), QFileDialog), "a file dialog")
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, QFileDialog)
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    assert field is not None
    until(dialog.isActiveWindow, "the dialog is active")
    field.setFocus()
    field.setText(str(file))
    QTest.keyClick(field, _Key.Key_Return)
    until(lambda: QApplication.activeModalWidget() is None, "the dialog is gone")
    made.activateWindow()  # where no window manager does it
    until(made.isActiveWindow, "the window is active again")


# --- the whole way --------------------------------------------------------------------------------


def test_from_film_to_delivery_by_keyboard(  # noqa: PLR0915  # one story, told at once
    folder: Path, tmp_path: Path
) -> None:
    film = small_film(folder)
    project = tmp_path / "work.adproject"
    with no_warnings(), window() as made:
        document = made.document
        _do(made, "open")
        _choose_file(made, film)
        until(lambda: document.is_open and document.project.scenes, "the film is analysed")
        assert len(document.project.scenes) == 2

        _do(made, "draft")
        until(lambda: document.project.cues, "it is drafted")
        _settle(made)
        assert all(one.clip for one in document.placements.values())

        _do(made, "go_cues")
        _press(_Key.Key_Home)
        _press(_Key.Key_Down)
        second = document.project.cues[1]
        assert document.selection == (second.id,)

        _press(_Key.Key_Return)
        text = _focus()
        assert isinstance(text, QPlainTextEdit)
        _press(_Key.Key_A, _CONTROL)
        QTest.keyClicks(text, "A door opens slowly.")
        _settle(made)
        assert document.text(document.cue) == "A door opens slowly."  # type: ignore[arg-type]
        assert document.cue.accepted  # type: ignore[union-attr]
        assert document.placements[second.id].clip is not None

        _do(made, "voice")
        voice = _focus()
        assert isinstance(voice, QComboBox)
        QTest.keyClicks(voice, "slt")
        _press(_Key.Key_Return)
        _settle(made)
        assert document.placements[second.id].clip.voice == "slt"  # type: ignore[union-attr]

        _do(made, "mode_extended")
        _do(made, "freeze")
        freeze = _focus()
        assert isinstance(freeze, QDoubleSpinBox)
        freeze.selectAll()
        QTest.keyClicks(freeze, "2.0")
        _press(_Key.Key_Tab)
        _settle(made)
        place = document.placements[second.id]
        assert (place.state, place.freeze) == ("extended", 2000)
        length = made.player.length
        assert length == pytest.approx(12_000 + 2000, abs=41)

        _do(made, "go_cues")
        _do(made, "play_cue")
        until(lambda: made.player.playing, "it plays")
        until(lambda: not made.player.playing, "it has been heard")

        before = document.project
        _do(made, "undo")
        _do(made, "undo")
        assert document.project.cue(second.id).mode == "auto"  # type: ignore[union-attr]
        _do(made, "redo")
        _do(made, "redo")
        _settle(made)
        assert document.project == before

        _do(made, "save")
        _choose_file(made, project)
        until(lambda: document.path == project.resolve(), "it is saved")
        saved = document.project
        _do(made, "close")
        until(lambda: not document.is_open, "it is closed")
        _do(made, "open")
        _choose_file(made, project)
        until(lambda: document.is_open, "it is open again")
        assert document.project == saved
        _settle(made)

        _do(made, "export")
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ExportDialog)
        until(dialog.isActiveWindow, "the dialog is active")
        dialog.others.setFocus()
        QTest.keyClicks(dialog.others, "recording-page")
        QTest.keyClick(dialog.others, _Key.Key_Space)
        dialog.folder.setFocus()
        dialog.folder.selectAll()
        QTest.keyClicks(dialog.folder, str(tmp_path / "out"))
        QTest.keyClick(dialog.folder, _Key.Key_Return)
        until((tmp_path / "out" / "manifest.json").is_file, "it is exported")
        _settle(made)
        assert "work_en.mp4 (en)" in made.jobs.jobs[-1].log
        assert (tmp_path / "out" / "work_en.recording-page.html").is_file()
    described = probe(tmp_path / "out" / "work_en.mp4")
    assert described.duration == pytest.approx(length, abs=41)
    assert [one.described for one in described.sounds] == [False]


# --- everything has a name and a key --------------------------------------------------------------


def _tree(root: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    yield root
    for index in range(root.childCount()):
        child = root.child(index)
        if child is not None and child.isValid():
            yield from _tree(child)


def _nameless(root: QWidget) -> list[str]:
    """What can have the focus, can be seen, and has no name a screen reader could say."""
    interface = QAccessible.queryAccessibleInterface(root)
    found = []
    for one in _tree(interface):
        state = one.state()
        if state.focusable and not state.invisible and not one.text(QAccessible.Text.Name):
            widget = one.object()
            found.append(f"{one.role()} {type(widget).__name__}")
    return found


def test_every_control_of_the_window_has_a_name(opened: Window) -> None:
    names = [
        one.text(QAccessible.Text.Name)
        for one in _tree(QAccessible.queryAccessibleInterface(opened))
    ]
    assert {"Descriptions", "Text", "Voice", "Timeline", "Picture"} <= set(names)
    assert "Description 2 of 3, 0:06.0 to 0:08.0, fits, accepted: A door opens." in names
    for index in range(opened.tabs.count()):
        opened.tabs.setCurrentIndex(index)
        assert _nameless(opened) == []


def test_every_control_of_the_dialogs_has_a_name(opened: Window) -> None:
    dialogs: list[QDialog] = [
        ExportDialog(opened.document, opened),
        PreferencesDialog(opened.preferences, opened.document, opened),
        ShortcutsDialog(opened.preferences, opened),
        ManualDialog(opened.preferences, opened),
        PronunciationsDialog(opened.document, "door", opened),
        ReferencesDialog(opened.jobs, "en", opened),
        TakesDialog(opened.document, opened.theme, opened),
    ]
    for dialog in dialogs:
        dialog.show()
        assert _nameless(dialog) == []
        dialog.close()
        dialog.deleteLater()


def test_a_nameless_control_is_noticed(opened: Window) -> None:
    stranger = QLineEdit(opened)
    stranger.show()
    assert any("QLineEdit" in one for one in _nameless(opened))
    stranger.deleteLater()


def test_the_first_page_has_names_and_the_focus(folder: Path) -> None:
    small_project(folder)
    with no_warnings(), window() as made:
        assert _nameless(made) == []
        assert _focus().accessibleName() == "Open a film or a project"
        assert {one.id for one in actions.TABLE if made.actions_by_id[one.id].isEnabled()} == {
            one.id for one in actions.TABLE if one.when == "always"
        }


@pytest.mark.parametrize("preset", actions.PRESETS)
def test_every_action_has_a_key_of_its_own(preset: str) -> None:
    assert [one.id for one in actions.TABLE if not one.bound(preset, {})] == []
    assert actions.conflicts(preset, {}) == {}
    application()
    for one in actions.TABLE:
        for key in actions.all_keys(one.bound(preset, {})):
            assert not QKeySequence(key).isEmpty(), f"{one.id}: Qt does not know {key}"
    ids = [one.id for one in actions.TABLE]
    assert len(ids) == len(set(ids))


def test_a_key_used_twice_is_noticed() -> None:
    assert actions.conflicts("NLE", {"save": ["Ctrl+O"]}) == {"ctrl+o": ("open", "save")}
    assert actions.conflicts("NLE", {"save": ["Alt+Shift+K"]}) == {"alt+shift+k": ("save", "play")}


def test_the_tab_key_goes_round_the_window_and_never_stops(opened: Window) -> None:
    opened.cues.setFocus()
    visited: list[QWidget] = []
    for _ in range(60):
        visited.append(_focus())
        _press(_Key.Key_Tab)
        if _focus() is opened.cues:
            break
    assert _focus() is opened.cues, "Tab never comes back"
    names = {one.accessibleName() for one in visited}
    assert {"Descriptions", "Text", "Voice", "Film waits", "Timeline", "Drafts"} <= names


def test_f6_goes_from_part_to_part(opened: Window) -> None:
    opened.cues.setFocus()
    seen = []
    for _ in range(5):
        seen.append(_focus().accessibleName())
        _press(_Key.Key_F6)
    assert _focus() is opened.cues
    assert seen == ["Descriptions", "Text", "Drafts", "Timeline", "Play or pause"]


# --- keys -----------------------------------------------------------------------------------------


def test_a_single_key_types_in_a_text_and_acts_elsewhere(opened: Window) -> None:
    count = len(opened.document.project.cues)
    opened.document.select([opened.document.project.cues[1].id])
    opened.editor.text.setFocus()
    QTest.keyClicks(opened.editor.text, " s")
    assert opened.editor.text.toPlainText() == "A door opens. s"
    opened.playing.go(7000)
    until(lambda: opened.playing.here == 7000, "the playhead is there")
    opened.cues.setFocus()
    QTest.keyClick(opened.cues, _Key.Key_S)
    assert len(opened.document.project.cues) == count + 1
    chosen = opened.document.undo() and opened.document.selection
    assert chosen == (opened.document.project.cues[1].id,)
    opened.playing.go(7000)
    until(lambda: opened.playing.here == 7000, "the playhead is there again")
    opened.editor.text.setFocus()
    QTest.keyClick(opened.editor.text, _Key.Key_S, _ALT | _SHIFT)
    assert len(opened.document.project.cues) == count + 1


def test_space_presses_a_button_and_plays_elsewhere(opened: Window) -> None:
    opened.editor.accepted.setFocus()
    assert opened.editor.accepted.isChecked()
    _press(_Key.Key_Space)
    assert not opened.editor.accepted.isChecked()
    assert not opened.player.playing
    opened.cues.setFocus()
    _press(_Key.Key_Space)
    assert opened.player.playing
    _press(_Key.Key_Space)
    assert not opened.player.playing


def test_undo_in_the_text_is_that_of_the_project(opened: Window) -> None:
    cue = opened.document.project.cues[0]
    opened.document.select([cue.id])
    opened.editor.text.setFocus()
    QTest.keyClicks(opened.editor.text, " Then")
    QTest.keyClicks(opened.editor.text, " stops.")
    assert opened.document.text(opened.document.project.cues[0]).endswith("stairs. Then stops.")
    _press(_Key.Key_Z, _CONTROL)
    assert opened.editor.text.toPlainText().rstrip() == "A woman climbs the stairs. Then"
    _press(_Key.Key_Z, _CONTROL, _SHIFT)
    assert opened.editor.text.toPlainText().endswith("Then stops.")
    assert named(opened, "Text") is opened.editor.text
    _press(_Key.Key_Escape)
    assert _focus() is opened.cues


def test_a_preset_and_a_key_of_ones_own_take_effect_at_once(opened: Window) -> None:
    dialog = ShortcutsDialog(opened.preferences, opened)
    dialog.changed.connect(opened.bind_keys)
    dialog.preset.setCurrentText("Aegisub")
    dialog.preset.activated.emit(dialog.preset.currentIndex())
    assert opened.actions_by_id["set_start"].shortcut().toString() == "Ctrl+3"
    dialog.view.setCurrentIndex(dialog.view.list.index(dialog.view.list.row_of("split")))
    dialog.key.setKeySequence(QKeySequence("Ctrl+3"))
    dialog.set.click()
    assert opened.actions_by_id["split"].shortcut().toString() == "Ctrl+3"
    assert opened.actions_by_id["set_start"].shortcuts() == []
    assert "“Start at the playhead” has no key any more" in dialog.verdict.text()
    assert Preferences().keys == {"split": ["Ctrl+3"], "set_start": []}
    dialog.deleteLater()


# --- hands ----------------------------------------------------------------------------------------


def test_a_drag_on_the_timeline_is_one_step(opened: Window) -> None:
    from studio.times import Span

    cue = opened.document.project.cues[1]
    for start in (6100, 6200, 6300):
        opened.timeline.cue_changed.emit(cue.id, Span(start, start + 2000), False)
    opened.timeline.cue_changed.emit(cue.id, Span(6300, 8300), True)
    opened.timeline.cue_changed.emit(cue.id, Span(6400, 8400), True)
    assert opened.document.undo() == "Move"
    assert opened.document.project.cues[1].start == 6300
    assert opened.document.undo() == "Move"
    assert opened.document.project.cues[1].start == 6000


def test_choosing_on_the_timeline_chooses_in_the_table(opened: Window) -> None:
    first, second, _ = (cue.id for cue in opened.document.project.cues)
    opened.timeline.cue_chosen.emit(first, False)
    opened.timeline.cue_chosen.emit(second, True)
    assert opened.document.selection == (first, second)
    rows = opened.cues.selectionModel().selectedRows()
    assert sorted(index.row() for index in rows) == [0, 1]
    opened.timeline.cue_chosen.emit(second, True)
    assert opened.document.selection == (first,)


def test_results_never_take_a_persons_text(opened: Window) -> None:
    """Drafts come home while somebody writes: what was written stays."""
    from studio.script import edits
    from studio.script.model import Draft

    before = opened.document.project
    first = before.cues[0].id
    open_ = edits.set_accepted(before, False, [first])
    opened.document.edit("Open", open_)
    drafted = edits.put_draft(open_, first, (Draft("en", "Drafted.", "evidence"),))
    opened.document.select([first])
    opened.editor.text.setFocus()
    QTest.keyClicks(opened.editor.text, " Mine.")
    opened.working._adopt_drafts(opened.document.film, open_, drafted)
    cue = opened.document.project.cues[0]
    assert opened.document.text(cue) == "A woman climbs the stairs. Mine."
    assert [draft.text for draft in cue.drafts] == ["Drafted."]


def test_the_meter_tells_what_to_cut(opened: Window) -> None:
    cue = opened.document.project.cues[1]
    opened.document.select([cue.id])
    _do(opened, "mode_inline")
    opened.editor.text.setFocus()
    QTest.keyClicks(
        opened.editor.text, " Behind it lies a long hall with a great many dusty pictures."
    )
    _settle(opened)
    assert "too long: cut about" in opened.editor.verdict.text()
    assert opened.editor.meter.accessibleDescription() == opened.editor.verdict.text()
    assert "fit.left-out" in [issue.rule for issue in opened.document.issues]
    assert (
        opened.tabs.tabText(opened.tabs.indexOf(opened.issues))
        == f"Issues ({len(opened.document.issues)})"
    )


def test_a_describer_that_must_not_work_for_money_is_told_when_it_is_chosen(
    opened: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = replace(engines.row("describer", "transformers"), paid_work=False, licence="CC-BY-NC")
    others = (one for one in engines.TABLE if one.name != "transformers")
    monkeypatch.setattr(engines, "TABLE", (bound, *others))
    box = opened.drafts.describer
    for called, told in (("evidence", False), ("transformers", True)):
        opened.statusBar().clearMessage()
        box.setCurrentIndex(box.findData(called))
        box.activated.emit(box.currentIndex())
        assert opened.working.describer == called
        assert ("must not be used for paid work" in opened.statusBar().currentMessage()) == told
