"""The window by keyboard alone: what a describer does, from film to delivery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from studio.app import actions
from studio.app.dialogs.export import ExportDialog
from studio.app.window import Window
from studio.media.probe import probe
from tests.app.window_rig import (
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
def opened(folder: Path) -> Iterator[Window]:
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
        dialog.folder.setFocus()
        dialog.folder.selectAll()
        QTest.keyClicks(dialog.folder, str(tmp_path / "out"))
        QTest.keyClick(dialog.folder, _Key.Key_Return)
        until((tmp_path / "out" / "manifest.json").is_file, "it is exported")
        _settle(made)
        assert "work_en.mp4 (en)" in made.jobs.jobs[-1].log
    described = probe(tmp_path / "out" / "work_en.mp4")
    assert described.duration == pytest.approx(length, abs=41)
    assert [one.described for one in described.sounds] == [False, True]
