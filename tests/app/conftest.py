"""What every test of the window gets: a keyboard on which nothing is held down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget


@pytest.fixture(scope="module")
def module_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for all tests of a file; most ask for `kept`."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def kept(module_cache: Path, own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What earlier tests of the file made of their film is there: its copy, outlines and clips.

    The first test makes it all, as a window does that opens a film for the first time.
    """
    assert own_folders.is_dir()  # its cache is replaced
    monkeypatch.setenv("XDG_CACHE_HOME", str(module_cache))


@pytest.fixture(autouse=True)
def nothing_held_down() -> Iterator[None]:
    """QTest leaves Shift and its like held down; views that select in another test ask for them."""
    yield
    if QApplication.instance() is not None:
        let_go()


def let_go() -> None:
    """Lift all fingers off the keyboard."""
    if QApplication.keyboardModifiers() != Qt.KeyboardModifier.NoModifier:
        somewhere = QWidget()
        QTest.keyRelease(somewhere, Qt.Key.Key_Shift)
        somewhere.deleteLater()
    assert QApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier
