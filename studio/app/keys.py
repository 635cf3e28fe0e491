"""Which keys belong to a control while it has the focus, so that no shortcut takes them from it.

Qt asks the focused widget before it looks for a shortcut. Text fields answer for themselves. The
other controls do not, and without this Space would play the film while a button has the focus.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTableView,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

_Key = Qt.Key
_ARROWS = {_Key.Key_Left, _Key.Key_Right, _Key.Key_Up, _Key.Key_Down, _Key.Key_Home, _Key.Key_End}
_PAGES = {_Key.Key_PageUp, _Key.Key_PageDown}
_PRESS = {_Key.Key_Space, _Key.Key_Select}
_ENTER = {_Key.Key_Return, _Key.Key_Enter}
_UP_DOWN = {_Key.Key_Up, _Key.Key_Down, _Key.Key_Home, _Key.Key_End}

_OWN: tuple[tuple[type[QWidget], set[Qt.Key]], ...] = (
    (QAbstractButton, _PRESS | _ENTER),
    (QComboBox, _PRESS | _UP_DOWN | _PAGES | {_Key.Key_F4}),
    (QAbstractSlider, _ARROWS | _PAGES),
    (QTabBar, {_Key.Key_Left, _Key.Key_Right, _Key.Key_Home, _Key.Key_End}),
)


def belongs_to(widget: QObject, key: int, modifiers: Qt.KeyboardModifier) -> bool:
    """Whether a key is meant for the control itself."""
    if modifiers & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier):
        return False
    if isinstance(widget, QAbstractItemView):
        return _belongs_to_list(widget, key)
    if isinstance(widget, QAbstractSpinBox):
        # its text field is asked too, but only for the keys that type
        return key in _UP_DOWN | _PAGES | _ENTER or _types(key)
    if isinstance(widget, QLineEdit | QPlainTextEdit | QTextEdit):
        return _types(key) or key in _ARROWS | _PAGES | _ENTER | {_Key.Key_Delete, _Key.Key_Insert}
    if isinstance(widget, QComboBox) and _types(key):  # letters choose in it
        return True
    return any(isinstance(widget, kind) and key in keys for kind, keys in _OWN)


def _belongs_to_list(widget: QAbstractItemView, key: int) -> bool:
    if widget.state() == QAbstractItemView.State.EditingState:
        return True
    if isinstance(widget, QTableView):  # the cue table: Up and Down move in it as everywhere
        return key in _UP_DOWN | _PAGES
    return key in _ARROWS | _PAGES | _PRESS | _ENTER


def _types(key: int) -> bool:
    return _Key.Key_Space <= key <= _Key.Key_ydiaeresis or key == _Key.Key_Backspace


class ControlsFirst(QObject):
    """Watches the control that has the focus, and gives it the keys that are its own."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watched: QWidget | None = None

    def follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        """The focus has moved; to be connected to QApplication.focusChanged."""
        if self._watched is not None and isValid(self._watched):
            self._watched.removeEventFilter(self)
        self._watched = new
        if new is not None:
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
        """Accept the override where the key belongs to the focused control."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and belongs_to(watched, event.key(), event.modifiers())
        ):
            event.accept()
            return True
        return False
