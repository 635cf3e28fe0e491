"""Spelling: what counts as known, what may be meant, and how a text field shows it."""

from __future__ import annotations

import gzip
import importlib.resources
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat
from PySide6.QtTest import QTest

from studio.app.dialogs.pronunciations import PronunciationsDialog
from studio.app.spelling import Dictionary, read_dictionary, word_at, words
from studio.app.window import Window
from studio.errors import EngineError
from studio.progress import Cancelled, Progress, unwatched
from studio.script import edits
from studio.script.model import Draft, Person
from tests.app.window_rig import no_warnings, small_film, small_project, until, window


@pytest.fixture(scope="module")
def english() -> Dictionary:
    found = read_dictionary("en-gb", unwatched())
    assert found is not None
    return found


def unknown(dictionary: Dictionary, text: str) -> list[str]:
    return [one.text for one in words(text) if not dictionary.knows(one.text)]


def test_words_are_told_from_figures_and_signs() -> None:
    assert [one.text for one in words("At 10:30 she’s—well-lit!")] == ["At", "she’s", "well", "lit"]
    assert word_at("A door", 3) == next(one for one in words("A door") if one.text == "door")
    assert word_at("A  door", 2) is None


def test_english_is_known_on_both_sides_of_the_sea(english: Dictionary) -> None:
    text = (
        "The colour of the harbour’s grey theatre; she recognised the jewellery, travelling to the "
        "centre. They don’t organize color. A sign: WKRP."
    )
    assert unknown(english, text) == []
    wrong = "She clibms the stairss; a doour, cemtre, harbuor."
    assert unknown(english, wrong) == ["clibms", "stairss", "doour", "cemtre", "harbuor"]


def test_languages_that_join_words_know_the_joined() -> None:
    german = read_dictionary("de", unwatched())
    assert german is not None
    assert unknown(german, "Die Straßenlaterne über dem Hauptbahnhof, ein Filmabspann.") == []
    assert unknown(german, "Er öfnet die Türr.") == ["öfnet", "Türr"]
    french = read_dictionary("fr", unwatched())
    assert french is not None
    assert unknown(french, "Aujourd’hui l’homme qu’il voit d’aujourd’hui") == []
    assert unknown(french, "l’arbbre") == ["l’arbbre"]


def test_what_may_be_meant(english: Dictionary) -> None:
    assert english.meant("stairss")[0] == "stairs"
    assert english.meant("Teh")[0] == "The"
    assert "climbs" in english.meant("clibms")
    assert english.meant("qqqqqqqqqqq") == ()


def test_a_list_is_read_in_slices_and_whole(english: Dictionary) -> None:
    """Reading it at once would hold up the window; in slices it must be the same list."""
    source = importlib.resources.files("spellchecker") / "resources" / "en.json.gz"
    whole = json.loads(gzip.decompress(source.read_bytes()))
    assert english._counts == {word.lower(): count for word, count in whole.items()}
    reports: list[float] = []
    read_dictionary("es", Progress(lambda done, _: reports.append(done)))
    assert len(reports) > 20
    stopping = Progress(lambda done, _: stopping.cancel() if done > 0.5 else None)
    with pytest.raises(Cancelled):
        read_dictionary("es", stopping)


def test_a_language_without_a_list_and_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_dictionary("sw", unwatched()) is None
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(EngineError, match="pip install"):
        read_dictionary("en", unwatched())


# --- in the window --------------------------------------------------------------------------------


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Window]:
    small_film(tmp_path)
    with no_warnings(), window() as made:
        made.filing.open_path(small_project(tmp_path))
        until(lambda: made.stage.sounding is not None and not made.speaking.busy, "it is shown")
        until(lambda: made.editor.spelling.checks is not None, "the words are read")
        yield made


def underlined(made: Window) -> list[str]:
    """The words with a wave under them, as the field draws them."""
    block = made.editor.text.document().firstBlock()
    wave = QTextCharFormat.UnderlineStyle.SpellCheckUnderline
    return [
        block.text()[one.start : one.start + one.length]
        for one in block.layout().formats()
        if one.format.underlineStyle() is wave
    ]


def write(made: Window, text: str) -> None:
    document = made.document
    document.edit("Write", edits.set_text(document.project, document.selection[0], "en", text))


def test_unknown_words_are_underlined_until_they_are_the_projects(opened: Window) -> None:
    write(opened, "Siobhan opennes Okafor’s door.")
    assert underlined(opened) == ["Siobhan", "opennes", "Okafor’s"]
    document = opened.document
    document.edit("Cast", edits.set_people(document.project, [Person("siobhan", "Siobhan Doyle")]))
    assert underlined(opened) == ["opennes", "Okafor’s"]
    opened.editor.spelling.add("Okafor")
    assert underlined(opened) == ["opennes"]
    assert document.undo() == "Add the word “Okafor”"
    assert underlined(opened) == ["opennes", "Okafor’s"]


def test_an_underline_is_no_edit(opened: Window) -> None:
    document, cue = opened.document, opened.document.selection[0]
    project = edits.set_accepted(document.project, False, [cue])
    project = edits.put_draft(project, cue, (Draft("en", "A doorr.", "x"),))
    document.edit("Draft", project)
    steps = len(document.history.steps)
    opened.editor.spelling.add("doorr")  # one edit, which takes the underline away
    assert len(document.history.steps) == steps + 1
    assert document.cue is not None
    assert not document.cue.accepted


def test_f7_goes_to_the_next_unknown_word_and_offers_others(opened: Window) -> None:
    write(opened, "She opennes a doorr.")
    opened.cues.setFocus()
    menu = opened.editor.spelling_menu
    opened.actions_by_id["next_word"].trigger()
    until(lambda: menu.menu is not None and menu.menu.isVisible(), "the menu is open")
    assert opened.editor.text.textCursor().selectedText() == "opennes"
    assert menu.menu is not None
    offered = [action.text() for action in menu.menu.actions() if action.text()]
    assert offered[0] == "Write “openness”"
    assert "Add “opennes” to the project's words" in offered
    QTest.keyClick(menu.menu, Qt.Key.Key_Return)
    until(lambda: opened.editor.text.toPlainText() == "She openness a doorr.", "it is written")
    assert opened.document.text(opened.document.project.cues[0]) == "She openness a doorr."
    opened.actions_by_id["next_word"].trigger()
    until(
        lambda: (
            opened.editor.text.textCursor().selectedText() == "doorr"
            and menu.menu is not None
            and menu.menu.isVisible()
        ),
        "the next one is offered",
    )
    menu.menu.close()
    opened.actions_by_id["add_word"].trigger()
    assert opened.document.history.undo_name == "Add the word “doorr”"
    told: list[str] = []
    menu.told.connect(told.append)
    opened.actions_by_id["next_word"].trigger()
    assert told == ["Every word is known."]


def test_a_language_that_is_not_checked_says_so(opened: Window) -> None:
    document = opened.document
    document.edit("Add", edits.add_languages(document.project, ["sw"]))
    document.set_language("sw")
    until(lambda: opened.editor.spelling.checks is False, "it is known that there is no list")
    document.edit("Write", edits.set_text(document.project, document.selection[0], "sw", "Xyzzy"))
    assert underlined(opened) == []
    about = opened.editor.text.accessibleDescription()
    assert about.endswith("Spelling is not checked in sw.")
    document.set_language("en")
    assert "not checked" not in opened.editor.text.accessibleDescription()


# --- words and how they are said ------------------------------------------------------------------


def test_a_word_is_said_in_another_way_from_the_text(opened: Window) -> None:
    write(opened, "Siobhan opens a door.")
    until(lambda: not opened.speaking.busy, "it is spoken")
    before = opened.document.placements[opened.document.selection[0]].clip
    text = opened.editor.text
    text.setFocus()
    QTest.keyClick(text, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    opened.actions_by_id["say_word"].trigger()
    (dialog,) = (one for one in opened.findChildren(PronunciationsDialog) if one.isVisible())
    until(dialog.isActiveWindow, "the dialog is active")
    assert dialog.written.text() == "Siobhan"
    assert dialog.said.hasFocus()
    heard: list[str] = []
    dialog.heard.connect(heard.append)
    QTest.keyClicks(dialog.said, "Shivawn")
    dialog.hear.click()
    assert heard == ["Shivawn"]
    QTest.keyClick(dialog.said, Qt.Key.Key_Return)
    assert opened.document.history.undo_name == "Say “Siobhan”"
    assert dialog.isVisible()
    until(lambda: not opened.speaking.busy, "it is spoken anew")
    after = opened.document.placements[opened.document.selection[0]].clip
    assert before is not None
    assert after is not None
    assert after.key != before.key
    assert [row.text for row in dialog.view.list.rows] == ["Siobhan: said as “Shivawn”"]
    dialog.remove.click()
    assert opened.document.project.pronunciations == ()
    until(lambda: not opened.speaking.busy, "it is spoken as before")
    assert opened.document.placements[opened.document.selection[0]].clip == before
    dialog.close()
