"""The panel of sound beds: planned from a picture, changed, made, heard, stopped and undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from studio import soundbeds
from studio.app.window import Window
from tests.app.window_rig import named, no_warnings, small_film, small_project, until, window
from tests.chat_server import Asked, ChatServer, serving


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film in it."""
    made = tmp_path_factory.mktemp("film")
    small_film(made)
    return made


@pytest.fixture
def opened(folder: Path) -> Iterator[Window]:
    with no_warnings(), window() as made:
        made.filing.open_path(small_project(folder))
        until(lambda: made.stage.sounding is not None and not made.speaking.busy, "it is shown")
        yield made


def press(root: QWidget, called: str) -> None:
    button = named(root, called)
    assert isinstance(button, QPushButton)
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)


def write(root: QWidget, called: str, text: str) -> None:
    field = named(root, called)
    assert isinstance(field, QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def begun(made: Window) -> None:
    made.actions_by_id["add_bed"].trigger()
    until(lambda: made.document.project.beds, "a bed is planned")


def test_from_a_picture_to_a_bed_in_the_film(opened: Window) -> None:
    begun(opened)
    [bed] = opened.document.project.beds
    assert (bed.start, bed.end, bed.still, bed.sound) == (0, 6000, 1980, "")
    assert bed.atmosphere
    assert opened.stage.sounding is not None
    assert opened.stage.sounding.plan.beds == ()
    panel = opened.beds
    until(lambda: not panel.picture.pixmap().isNull(), "the still is shown")
    assert not named(panel, "Play the bed").isEnabled()
    press(panel, "Make the bed")
    until(lambda: opened.document.project.beds[0].sound, "it is made")
    assert named(panel, "Play the bed").isEnabled()
    assert not panel.make.isEnabled()
    until(lambda: opened.stage.sounding and opened.stage.sounding.plan.beds, "it is heard")
    assert opened.document.undo() == "Make a sound bed"
    assert opened.document.undo() == "Add a sound bed"
    assert opened.document.project.beds == ()
    assert "No sound is added" in panel.view.empty


def test_what_is_written_is_a_step_and_takes_the_sound_away(opened: Window) -> None:
    begun(opened)
    panel, document = opened.beds, opened.document
    press(panel, "Make the bed")
    until(lambda: document.project.beds[0].sound, "it is made")
    write(panel, "Melody", "bells velvet")
    [bed] = document.project.beds
    assert (bed.melody, bed.sound) == ("bells velvet", "")
    assert "Not known to the maker: velvet." in panel.words.text()
    write(panel, "Bed ends", "0:04.5")
    assert document.project.beds[0].end == 4500
    told: list[str] = []
    panel.told.connect(told.append)
    write(panel, "Bed ends", "0:99")
    write(panel, "Bed starts", "noon")
    write(panel, "Rhythm", "slow " * 30)
    assert document.project.beds[0].end == 4500
    assert "cannot be made" in told[0]
    assert "not a time" in told[1]
    assert "fewer than 30" in told[2]
    assert panel.end.text() == "0:04.500"
    assert document.undo() == "Change a sound bed"


def test_a_still_can_be_chosen_and_tells_its_mood(opened: Window) -> None:
    begun(opened)
    panel, document = opened.beds, opened.document
    panel.still.setFocus()
    QTest.keyClick(panel.still, Qt.Key.Key_Down)
    assert document.project.beds[0].still == 3960
    opened.playing.go(2500)
    until(lambda: opened.playing.here in {2500, 2520}, "the playhead is there")
    QTest.keyClick(panel.still, Qt.Key.Key_Down)
    assert document.project.beds[0].still == opened.playing.here
    write(panel, "Atmosphere", "dark")
    press(panel, "Mood from the picture")
    until(lambda: document.project.beds[0].atmosphere != "dark", "the picture is asked")


def test_it_is_played_and_stopped(opened: Window) -> None:
    begun(opened)
    panel = opened.beds
    press(panel, "Make the bed")
    until(lambda: opened.document.project.beds[0].sound, "it is made")
    heard: list[Path] = []
    silenced: list[bool] = []
    panel.heard.disconnect()
    panel.heard.connect(heard.append)
    panel.silenced.connect(lambda: silenced.append(True))
    press(panel, "Play the bed")
    assert heard == [soundbeds.sound_file(opened.document.project.beds[0])]
    press(panel, "Stop playing the bed")
    assert silenced == [True]
    assert named(panel, "Play the bed").isEnabled()


def test_making_is_stopped(opened: Window) -> None:
    begun(opened)
    panel = opened.beds
    press(panel, "Make the bed")
    assert panel.bar.isVisible()
    press(panel, "Stop the work on the bed")
    until(lambda: not opened.jobs.busy, "it ends")
    assert opened.document.project.beds[0].sound == ""
    assert not panel.bar.isVisible()


def test_beds_have_a_lane_while_there_are_some(opened: Window) -> None:
    def shown() -> list[str]:
        placed = opened.timeline._placed
        return [one.text for one in placed.content.beds] if placed is not None else []

    begun(opened)
    until(shown, "the lane has it")
    press(opened.beds, "Remove the bed")
    until(lambda: not shown(), "the lane is gone")


def test_beds_are_reached_by_the_keyboard(opened: Window) -> None:
    opened.actions_by_id["go_beds"].trigger()
    assert opened.focusWidget() is opened.beds.view
    assert opened.tabs.tabText(opened.tabs.currentIndex()) == "Beds"


# --- the mood asked of a describer ----------------------------------------------------------------

TOLD = "Atmosphere: empty stairs\nRhythm: slow steps, 60 bpm\nMelody: one low cello"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """A describer that answers with TOLD, on this machine."""

    def answer(asked: Asked) -> None:
        asked.say("Stairs." if asked.looks else TOLD)

    with serving(answer) as made:
        monkeypatch.setenv("STUDIO_OPENAI_COMPATIBLE_URL", made.url)
        monkeypatch.setenv("STUDIO_OPENAI_COMPATIBLE_MODEL", "example")
        monkeypatch.setenv("STUDIO_OPENAI_COMPATIBLE_KEY", "")
        yield made


def ask(made: Window) -> None:
    panel = made.beds
    panel.describer.setCurrentIndex(panel.describer.findData("openai-compatible"))
    press(panel, "Ask the describer")
    assert panel.bar.isVisible()
    assert not panel.make.isEnabled()
    until(lambda: not made.jobs.busy, "it has answered")


def test_a_describer_fills_in_what_nobody_wrote(opened: Window, server: ChatServer) -> None:
    begun(opened)
    document, panel = opened.document, opened.beds
    measured = document.project.beds[0]
    write(panel, "Melody", "an old piano")
    told: list[str] = []
    opened.bed_making.told.connect(told.append)
    ask(opened)
    [bed] = document.project.beds
    assert (bed.atmosphere, bed.rhythm) == ("empty stairs", "slow steps, 60 bpm")
    assert bed.melody == "an old piano"
    assert told[-1].endswith("What you wrote as melody stays.")
    assert document.undo() == "Take the mood from a describer"
    assert document.project.beds[0].atmosphere == measured.atmosphere
    assert document.project.beds[0].melody == "an old piano"


def test_what_a_describer_told_may_be_asked_for_again_but_no_words_of_a_person(
    opened: Window, server: ChatServer
) -> None:
    begun(opened)
    document, panel = opened.document, opened.beds
    ask(opened)
    assert document.project.beds[0].melody == "one low cello"
    told: list[str] = []
    opened.bed_making.told.connect(told.append)
    ask(opened)  # its own words are no person's
    assert "The describer says" in told[-1]
    for field in ("Atmosphere", "Rhythm", "Melody"):
        write(panel, field, "mine")
    before = document.project
    ask(opened)
    assert document.project is before
    assert "All three fields hold words of yours" in told[-1]


def test_asking_is_stopped(opened: Window, server: ChatServer) -> None:
    begun(opened)
    before = opened.document.project
    press(opened.beds, "Ask the describer")
    press(opened.beds, "Stop the work on the bed")
    until(lambda: not opened.jobs.busy, "it ends")
    assert opened.document.project is before
