"""What every test of the window gets: a keyboard on which nothing is held down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget


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
