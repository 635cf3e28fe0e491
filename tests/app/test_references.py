"""The dialog of reference voices: by keyboard, and only with a consent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from studio import rehearsal
from studio.app import problem
from studio.app.dialogs.references import ReferencesDialog
from studio.app.jobs import Jobs
from studio.engines.references import reference, references, user_folder
from studio.script.model import VoiceChoice
from tests.app.test_window import _nameless
from tests.app.window_rig import application, no_warnings, small_project, until, window


@pytest.fixture
def dialog() -> Iterator[ReferencesDialog]:
    application()
    jobs = Jobs()
    with no_warnings():
        made = ReferencesDialog(jobs, "en-gb")
        made.show()
        until(made.isActiveWindow, "the dialog is active")
        yield made
        made.close()
        made.deleteLater()
    jobs.close()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    file = tmp_path / "ada.wav"
    buzz = 0.3 * np.sin(2 * np.pi * 200 * np.arange(8 * 22_050) / 22_050)
    soundfile.write(file, buzz, 22_050)
    return file


def type_all(made: ReferencesDialog, recorded: Path, **changed: str) -> None:
    """Fill the fields in by keyboard."""
    typed = {
        "file": str(recorded),
        "called": "Ada",
        "licence": "for this film only",
        "by": "Ada Lovelace",
        "given": "2026-02-03",
        "purpose": "a made voice for one film",
    }
    for field, words in (typed | changed).items():
        widget = getattr(made, field)
        assert isinstance(widget, QLineEdit)
        widget.setFocus()
        widget.selectAll()
        QTest.keyClick(widget, Qt.Key.Key_Delete)
        QTest.keyClicks(widget, words)


def test_a_voice_is_added_heard_and_removed_by_keyboard(
    dialog: ReferencesDialog, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed: list[bool] = []
    dialog.changed.connect(lambda: changed.append(True))
    type_all(dialog, recording)
    dialog.add.setFocus()
    QTest.keyClick(dialog.add, Qt.Key.Key_Space)
    until(lambda: "is added" in dialog.verdict.text(), "it is added")
    made = reference("Ada", "en-gb")
    assert made.consent is not None
    assert (made.consent.by, made.consent.given.isoformat()) == ("Ada Lovelace", "2026-02-03")
    assert dialog.chosen == made
    row = dialog.view.list.rows[dialog.view.list.row_of(made)].spoken
    assert "Consent: Ada Lovelace, 2026-02-03: a made voice for one film" in row
    assert dialog.by.text() == ""
    heard: list[Path] = []
    dialog.heard.connect(heard.append)
    QTest.keyClick(dialog.hear, Qt.Key.Key_Space)
    assert heard == [made.file]
    for answer, left in (("Cancel", True), ("Remove", False)):
        monkeypatch.setattr(problem, "ask", lambda *_, answer=answer: answer)
        dialog.view.setCurrentIndex(dialog.view.list.index(max(0, dialog.view.list.row_of(made))))
        QTest.keyClick(dialog.remove, Qt.Key.Key_Space)
        assert made.file.exists() == left
        assert len(changed) == 1 + (not left)


def test_a_new_voice_can_be_chosen_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with window() as made:
        made.filing.open_path(small_project(tmp_path))
        until(lambda: made.document.is_open, "it is open")
        made.document.select([made.document.project.cues[0].id])
        made.showing.reference_voices()
        dialog = made.findChild(ReferencesDialog)
        assert dialog is not None
        there, new = rehearsal.voices("en"), VoiceChoice("en", "xtts", "Ada")
        monkeypatch.setattr(rehearsal, "voices", lambda _language: (*there, new))
        dialog.changed.emit()
        assert made.voices.view.list.rows[-1].key == new
        assert made.editor.voice.findText("Ada (xtts)") > 0
        dialog.close()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"by": ""}, "Nobody is named who agreed"),
        ({"given": ""}, "The day of the consent is missing"),
        ({"given": "31.3.2026"}, "The day of the consent is missing"),
        ({"purpose": ""}, "what was agreed to"),
        ({"licence": ""}, "licence"),
        ({"file": "/nowhere/there.wav"}, "there.wav"),
    ],
)
def test_what_is_missing_is_told_and_nothing_is_added(
    dialog: ReferencesDialog, recording: Path, changed: dict[str, str], said: str
) -> None:
    type_all(dialog, recording, **changed)
    dialog.add.click()
    until(lambda: said in dialog.verdict.text(), "it is told")
    until(dialog.add.isEnabled, "it can be tried again")
    assert not user_folder().exists()
    assert dialog.called.text() == "Ada"  # what was typed stays


def test_what_came_with_the_studio_stays(dialog: ReferencesDialog) -> None:
    assert [row.key for row in dialog.view.list.rows] == list(references())
    assert dialog.hear.isEnabled()
    assert not dialog.remove.isEnabled()
    assert _nameless(dialog) == []


def test_a_voice_without_consent_is_shown_as_what_it_is(
    dialog: ReferencesDialog, recording: Path
) -> None:
    user_folder().mkdir(parents=True)
    (user_folder() / "stray-en.wav").write_bytes(recording.read_bytes())
    dialog.refresh()
    (row,) = (one for one in dialog.view.list.rows if "stray" in one.text)
    assert "may not be used: No consent is recorded for it." in row.text
