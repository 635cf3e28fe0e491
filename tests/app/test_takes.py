"""Takes in the window: counted in, recorded, kept, trimmed, chosen; by keyboard and never lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from studio import paths
from studio.app.dialogs import takes as takes_dialog
from studio.app.dialogs.takes import TakesDialog
from studio.app.document import Document
from studio.app.jobs import Jobs
from studio.app.recorder import COUNT, Phase, Recorder
from studio.app.taking import Taking
from studio.app.window import Window
from studio.errors import StudioError
from studio.media.audio import load_clip
from studio.script import edits, store
from studio.script.model import TAKE, Version
from studio.speech.clips import CLIP_RATE, clip_file
from studio.speech.takes import clip_of, keep, load_take
from tests.app.takes_rig import RATE, Given, buzz
from tests.app.test_window import _choose_file, _nameless
from tests.app.window_rig import application, no_warnings, small_film, small_project, until, window


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("film")
    small_film(made)
    return made


@pytest.fixture
def opened(folder: Path, tmp_path: Path) -> Iterator[Window]:
    """A window on a project of its own, everything spoken."""
    project = tmp_path / "work.adproject"
    with no_warnings(), window() as made:
        made.filing.open_path(small_project(folder))
        settle(made)
        made.document.save(project)
        made.document.select([made.document.project.cues[1].id])
        yield made


def settle(made: Window) -> None:
    until(
        lambda: made.stage.sounding is not None and not made.speaking.busy and not made.stage.busy,
        "everything is spoken and shown",
    )


def version(made: Window) -> Version:
    cue = made.document.cue
    assert cue is not None
    found = made.document.version(cue)
    assert found is not None
    return found


# --- the dialog -----------------------------------------------------------------------------------


@pytest.fixture
def microphone() -> Given:
    return Given()


@pytest.fixture
def dialog(
    opened: Window, microphone: Given, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TakesDialog]:
    monkeypatch.setattr(takes_dialog, "microphones", lambda: ("USB",))
    made = TakesDialog(
        opened.document, opened.theme, opened, lambda _name: microphone, Recorder(step=20)
    )
    made.run_asked.connect(opened.playing.run_muted)
    made.open()
    until(made.isActiveWindow, "the dialog is active")
    yield made
    made.close()


def record(made: TakesDialog, microphone: Given, loudness: float, seconds: float) -> None:
    """Record by keyboard: one press on the button that has the focus, another to end it."""
    before = len(made.view.list.rows)
    made.record.setFocus()
    QTest.keyClick(made.record, Qt.Key.Key_Space)
    until(lambda: made.recorder.phase is Phase.RECORDING, "it records")
    microphone.say(loudness, seconds)
    QTest.keyClick(made.record, Qt.Key.Key_Space)
    until(lambda: len(made.view.list.rows) == before + 1, "the take is kept")


def test_a_description_is_recorded_trimmed_and_heard_by_keyboard(
    opened: Window, dialog: TakesDialog, microphone: Given
) -> None:
    assert dialog.words.toPlainText() == "A door opens."
    assert dialog.record.hasFocus()
    record(dialog, microphone, 0.2, 1.5)
    record(dialog, microphone, 0.3, 1.0)
    first, second = version(opened).takes
    assert (first.duration, second.duration) == (1500, 1000)
    assert first.text == "A door opens."
    assert version(opened).take == second.file
    assert sorted(one.name for one in (opened.document.takes).iterdir()) == sorted(
        [first.file, second.file]
    )
    assert opened.document.takes.name == "work takes"
    settle(opened)
    clip = opened.document.placements[opened.document.selection[0]].clip
    assert clip is not None
    assert (clip.speaker, clip.voice) == (TAKE, second.file)
    assert "Take 2: 1.0 s, heard in the film" in dialog.view.list.rows[1].text

    dialog.view.setFocus()
    QTest.keyClick(dialog.view, Qt.Key.Key_Up)
    assert dialog.take == first
    QTest.keyClick(dialog.view, Qt.Key.Key_Return)
    assert version(opened).take == first.file
    dialog.end.setFocus()
    dialog.end.selectAll()
    QTest.keyClicks(dialog.end, "0.75")
    QTest.keyClick(dialog.end, Qt.Key.Key_Tab)
    assert version(opened).takes[0] == replace(first, end=750)
    settle(opened)
    placed = opened.document.placements[opened.document.selection[0]]
    assert placed.duration == pytest.approx(750, abs=35)
    assert opened.document.undo() == "Trim the take"
    assert opened.document.undo() == "Choose the take"
    assert version(opened).take == second.file


def test_hearing_a_take_plays_what_the_film_will_have(
    dialog: TakesDialog, microphone: Given
) -> None:
    heard: list[Path] = []
    dialog.heard.connect(heard.append)
    record(dialog, microphone, 0.02, 1.0)
    assert dialog.take is not None
    QTest.keyClick(dialog.hear, Qt.Key.Key_Space)
    until(lambda: heard, "it is played")
    sound = load_clip(heard[0], CLIP_RATE)
    assert np.abs(sound).max() > 0.06  # brought to the level of all clips
    assert heard[0] == clip_file(clip_of(dialog.take, dialog._document.takes))


def test_a_take_is_removed_and_undo_brings_it_back(
    opened: Window, dialog: TakesDialog, microphone: Given
) -> None:
    record(dialog, microphone, 0.2, 1.0)
    (take,) = version(opened).takes
    QTest.keyClick(dialog.remove, Qt.Key.Key_Space)
    assert version(opened).takes == ()
    settle(opened)
    clip = opened.document.placements[opened.document.selection[0]].clip
    assert clip is not None
    assert clip.speaker == "flite"
    opened.document.undo()
    assert version(opened).chosen_take == take
    assert load_take(take, opened.document.takes).size
    QTest.keyClick(dialog.use_voice, Qt.Key.Key_Space)
    assert version(opened).takes == (take,)
    assert version(opened).take == ""


def test_a_whole_film_is_recorded_in_one_go(
    opened: Window, dialog: TakesDialog, microphone: Given
) -> None:
    record(dialog, microphone, 0.2, 1.0)
    assert dialog.heading.text().startswith("Description 2 of 3")
    assert dialog.heading.text().endswith("1 of 3 texts recorded")
    QTest.keyClick(dialog.next, Qt.Key.Key_Space)
    third = opened.document.project.cues[2]
    assert opened.document.selection == (third.id,)
    assert dialog.words.toPlainText() == "She looks out to the sea."
    assert dialog.record.hasFocus()
    record(dialog, microphone, 0.2, 0.5)
    assert [len(cue.versions[0].takes) for cue in opened.document.project.cues] == [0, 1, 1]
    QTest.keyClick(dialog.next, Qt.Key.Key_Space)
    assert dialog.count.text() == "There is no other description that way."
    QTest.keyClick(dialog.back, Qt.Key.Key_Space)
    assert dialog.take == opened.document.project.cues[1].versions[0].takes[0]


def test_the_microphone_is_remembered(opened: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takes_dialog, "microphones", lambda: ("Built-in", "USB"))
    for expected in ("", "USB"):
        opened.actions_by_id["takes"].trigger()
        (shown,) = (one for one in opened.findChildren(TakesDialog) if one.isVisible())
        assert shown.microphone.currentData() == expected
        shown.microphone.setFocus()
        QTest.keyClick(shown.microphone, Qt.Key.Key_End)
        shown.close()


def test_closing_while_it_records_keeps_the_take(
    opened: Window, dialog: TakesDialog, microphone: Given
) -> None:
    QTest.keyClick(dialog.record, Qt.Key.Key_Space)
    until(lambda: dialog.recorder.phase is Phase.RECORDING, "it records")
    microphone.say(0.2, 1.0)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert [one.duration for one in version(opened).takes] == [1000]
    assert microphone.heard is None


def test_the_picture_runs_without_sound_while_it_records(
    opened: Window, dialog: TakesDialog, microphone: Given
) -> None:
    QTest.keyClick(dialog.record, Qt.Key.Key_Space)
    until(lambda: dialog.recorder.phase is Phase.RECORDING, "it records")
    assert opened.player.playing
    assert opened.player._volumes.film == opened.player._volumes.description == 0.0
    microphone.say(0.2, 0.5)
    QTest.keyClick(dialog.record, Qt.Key.Key_Space)
    assert not opened.player.playing
    assert opened.player._volumes.film == opened.player._volumes.description == 1.0
    until(lambda: version(opened).takes, "the take is kept")


def test_the_count_is_told_and_ticks(dialog: TakesDialog, microphone: Given) -> None:
    ticks: list[int] = []
    dialog.tick_asked.connect(ticks.append)
    dialog.ticking.setChecked(True)
    dialog.record.click()
    assert dialog.count.text() == "3"
    assert dialog.record.accessibleName() == "Stop"
    until(lambda: dialog.recorder.phase is Phase.RECORDING, "it records")
    microphone.say(0.5, 0.5)
    until(lambda: "Recording: 0.5 s" in dialog.count.text(), "the length is told")
    assert dialog.level.text() == "−6 dB, good"
    assert dialog.meter.accessibleDescription() == "−6 dB, good"
    assert ticks == [0, 1, 2]
    dialog.record.click()
    until(lambda: dialog.take is not None, "the take is kept")
    assert dialog.level.text() == "Loudest: −6 dB, good"


def test_a_number_half_typed_stays_when_something_else_changes(
    opened: Window, dialog: TakesDialog, microphone: Given
) -> None:
    record(dialog, microphone, 0.2, 2.0)
    settle(opened)
    dialog.start.setFocus()
    dialog.start.selectAll()
    QTest.keyClicks(dialog.start, "0.7")
    project = edits.set_note(opened.document.project, opened.document.selection[0], "other")
    opened.document.edit("Note", project)
    QTest.keyClicks(dialog.start, "5")
    QTest.keyClick(dialog.start, Qt.Key.Key_Tab)
    assert version(opened).takes[0].start == 750


def test_every_control_of_the_takes_has_a_name(dialog: TakesDialog, microphone: Given) -> None:
    record(dialog, microphone, 0.2, 1.0)
    assert _nameless(dialog) == []
    keys = [one.text().partition("&")[2][:1].lower() for one in dialog.findChildren(QPushButton)]
    assert len(keys) == len(set(keys)), "two buttons have one key"
    assert QAccessible.queryAccessibleInterface(dialog).text(QAccessible.Text.Name) == "Takes"


def test_what_cannot_be_recorded_is_told_in_the_dialog(
    dialog: TakesDialog, microphone: Given
) -> None:
    microphone.refuses = "The microphone is in use."
    dialog.record.click()
    assert dialog.verdict.text() == "The microphone is in use."
    assert dialog.recorder.phase is Phase.IDLE
    microphone.refuses = ""
    dialog.record.click()
    until(lambda: dialog.recorder.phase is Phase.RECORDING, "it records")
    microphone.say(0.0, 1.0)
    dialog.record.click()
    until(lambda: "Nothing can be heard" in dialog.verdict.text(), "silence is told")


def test_a_hand_on_the_wave_trims_the_take(
    opened: Window, dialog: TakesDialog, microphone: Given
) -> None:
    record(dialog, microphone, 0.2, 2.0)
    until(lambda: dialog.wave._samples.size, "the wave shows")
    middle = dialog.wave.rect().center()
    QTest.mousePress(dialog.wave, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseRelease(dialog.wave, Qt.MouseButton.LeftButton, pos=middle)
    (take,) = version(opened).takes
    assert take.start == pytest.approx(1000, abs=20) or take.end == pytest.approx(1000, abs=20)
    assert not dialog.wave.grab().isNull()


# --- where recordings lie -------------------------------------------------------------------------


def documents_take(document: Document, cue_id: str) -> Version:
    cue = document.project.cue(cue_id)
    assert cue is not None
    found = cue.version("en")
    assert found is not None
    return found


@pytest.fixture
def unsaved(folder: Path) -> Iterator[Document]:
    """A new project with one written description."""
    application()
    jobs = Jobs()
    made = Document(jobs)
    made.open_film(small_film(folder))
    project, cue = edits.add_cue(made.project, 1000, 3000)
    made.edit("Write", edits.set_text(project, cue, "en", "A door opens."), [cue])
    yield made
    made.close()
    jobs.close()


def take_in(document: Document, seconds: float = 1.0) -> Version:
    (cue,) = document.project.cues
    taking = Taking(document)
    taking.keep_at_once(cue, documents_take(document, cue.id), buzz(seconds), RATE)
    return documents_take(document, cue.id)


def test_takes_of_a_new_project_move_beside_it_when_it_is_saved(
    unsaved: Document, tmp_path: Path
) -> None:
    (first,) = take_in(unsaved).takes
    assert (paths.state_folder("takes") / first.file).is_file()
    _, second = take_in(unsaved, 2.0).takes
    unsaved.undo()  # the second is known to the history alone
    unsaved.save(tmp_path / "work.adproject")
    assert list(paths.state_folder("takes").iterdir()) == []
    folder = store.takes_folder(tmp_path / "work.adproject")
    assert unsaved.takes == folder
    assert {one.name for one in folder.iterdir()} == {first.file, second.file}
    (tmp_path / "copy").mkdir()
    unsaved.save(tmp_path / "copy" / "copy.adproject")
    assert {one.name for one in (tmp_path / "copy" / "copy takes").iterdir()} == {
        first.file, second.file
    }  # fmt: skip
    assert {one.name for one in folder.iterdir()} == {first.file, second.file}


def test_a_recording_that_cannot_lie_beside_the_project_is_kept_elsewhere(
    unsaved: Document, tmp_path: Path
) -> None:
    unsaved.save(tmp_path / "work.adproject")
    unsaved.takes.write_text("in the way")
    said: list[StudioError] = []
    (cue,) = unsaved.project.cues
    taking = Taking(unsaved)
    taking.failed.connect(said.append)
    taking.keep_at_once(cue, documents_take(unsaved, cue.id), buzz(), RATE)
    assert documents_take(unsaved, cue.id).takes == ()
    refuge = paths.state_folder("takes")
    (kept,) = refuge.iterdir()
    assert str(refuge / kept.name) in str(said[0])
    assert load_clip(kept, RATE).size == pytest.approx(RATE, abs=2)


def test_a_take_that_comes_home_late_finds_its_project(unsaved: Document, tmp_path: Path) -> None:
    """The project is saved between the end of a recording and the end of keeping it."""
    (cue,) = unsaved.project.cues
    before = unsaved.takes
    take = keep(buzz(), RATE, before, cue.id, "en", "A door opens.")
    unsaved.save(tmp_path / "work.adproject")
    Taking(unsaved)._put(cue.id, "en", take, before)
    assert (unsaved.takes / take.file).is_file()
    assert documents_take(unsaved, cue.id).chosen_take == take


def test_a_folder_of_recordings_is_one_edit(opened: Window, tmp_path: Path) -> None:
    box = tmp_path / "box"
    for number, cue in enumerate(opened.document.project.cues, 1):
        take = keep(buzz(), RATE, box, cue.id, "en", "x")
        (box / take.file).rename(box / f"00{number}_{cue.id}.wav")
    opened.actions_by_id["import_takes"].trigger()
    _choose_file(opened, box)
    until(lambda: opened.document.history.undo_name == "Import box", "it is imported")
    found = [cue.versions[0].chosen_take for cue in opened.document.project.cues]
    assert all(found)
    settle(opened)
    assert {one.clip.speaker for one in opened.document.placements.values() if one.clip} == {TAKE}
    opened.document.undo()
    assert not any(cue.versions[0].takes for cue in opened.document.project.cues)


def test_the_editor_leads_to_the_takes_and_tells_of_them(opened: Window) -> None:
    assert opened.editor.takes.text() == "Ta&kes…"
    take = keep(buzz(), RATE, opened.document.takes, "c2", "en", "A door opens.")
    cue = opened.document.selection[0]
    opened.document.edit("Take", edits.put_take(opened.document.project, cue, "en", take))
    assert opened.editor.takes.text() == "Ta&kes (1, take 1 heard)…"
    told: list[str] = []
    opened.editor.told.connect(told.append)
    opened.editor.voice.activated.emit(1)
    assert "A take is heard here" in told[-1]
    opened.editor.takes.click()
    shown = [one for one in opened.findChildren(TakesDialog) if one.isVisible()]
    assert len(shown) == 1
    shown[0].close()


def test_the_gain_is_set_by_keyboard(opened: Window) -> None:
    opened.actions_by_id["gain"].trigger()
    assert opened.editor.gain.hasFocus()
    opened.editor.gain.selectAll()
    QTest.keyClicks(opened.editor.gain, "4.5")
    QTest.keyClick(opened.editor.gain, Qt.Key.Key_Tab)
    assert version(opened).gain == 4.5
    settle(opened)
    assert opened.document.placements[opened.document.selection[0]].gain == 4.5
    sounding = opened.stage.sounding
    assert sounding is not None
    louder = [clip.gain for clip in sounding.plan.clips]
    assert sorted(louder) == pytest.approx([1.0, 1.0, 10 ** (4.5 / 20)])
    assert opened.document.undo() == "Change the gain"
    assert version(opened).gain == 0.0


def test_a_pace_is_typed_digit_by_digit(opened: Window) -> None:
    opened.editor.pace.setFocus()
    opened.editor.pace.selectAll()
    QTest.keyClicks(opened.editor.pace, "1.15")
    QTest.keyClick(opened.editor.pace, Qt.Key.Key_Tab)
    assert version(opened).tempo == 1.15


def test_an_edit_and_its_opposite_leave_the_description_spoken(opened: Window) -> None:
    text = opened.editor.text
    text.setFocus()
    QTest.keyClicks(text, "x")
    QTest.keyClick(text, Qt.Key.Key_Backspace)
    assert version(opened).clip is None
    settle(opened)
    assert version(opened).clip is not None


def test_the_count_is_heard_as_tones_that_rise(
    opened: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    played: list[Path] = []
    monkeypatch.setattr(opened.showing._listening, "play", played.append)
    opened.actions_by_id["takes"].trigger()
    (shown,) = (one for one in opened.findChildren(TakesDialog) if one.isVisible())
    for number in range(COUNT):
        shown.tick_asked.emit(number)
    shown.close()
    sounds = [load_clip(file, CLIP_RATE) for file in played]
    assert [round(len(one) / CLIP_RATE, 2) for one in sounds] == [0.12] * COUNT
    pitches = [int(np.abs(np.fft.rfft(one, CLIP_RATE)).argmax()) for one in sounds]
    assert pitches[0] == pitches[1] < pitches[2]
    assert all(abs(one[0]) < 0.01 and abs(one[-1]) < 0.01 for one in sounds)


def test_a_project_with_takes_is_opened_as_it_was_saved(opened: Window) -> None:
    take = keep(buzz(), RATE, opened.document.takes, "c2", "en", "A door opens.")
    cue = opened.document.selection[0]
    opened.document.edit("Take", edits.put_take(opened.document.project, cue, "en", take))
    settle(opened)
    opened.document.save()
    saved, path = opened.document.project, opened.document.path
    assert path is not None
    opened.document.close()
    opened.filing.open_path(path)
    settle(opened)
    assert opened.document.project == saved
    assert not opened.document.unsaved
