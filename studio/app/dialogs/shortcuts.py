"""The keys: every action with its keys, presets, and changing them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.app import actions
from studio.app.announce import name
from studio.app.panels.rows import Row, RowsView
from studio.app.preferences import Preferences
from studio.app.sizes import open_at


class ShortcutsDialog(QDialog):
    """Shows all actions; a new key takes effect at once."""

    changed = Signal()

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.setWindowTitle("Keys")
        name(self, "Keys", "Every action and its keys.")
        self.preset = QComboBox()
        self.preset.addItems(actions.PRESETS)
        self.preset.setCurrentText(preferences.preset or actions.PRESETS[0])
        name(self.preset, "Preset", "Keys after the habits of other programs.")
        self.search = QLineEdit()
        self.search.setPlaceholderText("What are you looking for?")
        self.search.setClearButtonEnabled(True)
        name(self.search, "Search", "Lists the actions that have these words.")
        self.view = RowsView("Actions", "Every action and its keys.", "No action is called so.")
        self.key = QKeySequenceEdit()
        self.key.setMaximumSequenceLength(1)
        name(self.key, "New key", "Press the new key for the chosen action. Tab leaves.")
        field = self.key.findChild(QLineEdit)
        if field is not None:
            name(field, "New key", "Press the new key for the chosen action. Tab leaves.")
        self.set = QPushButton("&Use it")
        self.usual = QPushButton("As in the &preset")
        for button in (self.set, self.usual):
            button.setAutoDefault(False)  # Return while searching changes nothing
        name(self.set, "Use the new key")
        name(self.usual, "As in the preset", "Give the chosen action its usual keys back.")
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self._lay_out()
        self.preset.activated.connect(self._choose_preset)
        self.search.textChanged.connect(self.refresh)
        self.set.clicked.connect(self._set)
        self.usual.clicked.connect(self._give_back)
        self.refresh()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow("&Preset", self.preset)
        form.addRow("&Search", self.search)
        row = QHBoxLayout()
        label = QLabel("&New key")
        label.setBuddy(self.key)
        for widget in (label, self.key, self.set, self.usual):
            row.addWidget(widget)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        for button in buttons.buttons():
            if isinstance(button, QPushButton):
                button.setAutoDefault(False)
        whole = QVBoxLayout(self)
        whole.addLayout(form)
        whole.addWidget(self.view, 1)
        whole.addLayout(row)
        whole.addWidget(self.verdict)
        whole.addWidget(buttons)
        open_at(self, 113, 45)

    def refresh(self) -> None:
        """List the actions that are looked for."""
        wanted = self.search.text().casefold().split()
        preset, changed = self.preset.currentText(), self._preferences.keys
        rows = []
        for action in actions.TABLE:
            keys = "  ".join(_shown(key) for key in action.bound(preset, changed)) or "no key"
            text = f"{action.menu} › {action.text}"
            found = f"{text} {action.about} {keys}".casefold()
            if all(word in found for word in wanted):
                rows.append(
                    Row(action.id, f"{text}\n     {keys}", f"{action.text}: {keys}", action.about)
                )
        self.view.list.set_rows(rows)
        if rows and not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.view.list.index(0))

    def _choose_preset(self) -> None:
        self._preferences.preset = self.preset.currentText()
        self._preferences.keys = {}
        self._tell_changed(f"The keys are those of {self.preset.currentText()}.")

    def _set(self) -> None:
        key = self.key.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        chosen = self.view.key
        if not key or not isinstance(chosen, str):
            self.verdict.setText("Choose an action and press a key for it.")
            return
        preset, changed = self.preset.currentText(), self._preferences.keys
        owners = [
            one
            for one in actions.TABLE
            if one.id != chosen and key in actions.all_keys(one.bound(preset, changed))
        ]
        changed[chosen] = [key]
        words = f"{_shown(key)} now does “{actions.by_id(chosen).text}”."
        for owner in owners:
            left = [
                one for one in owner.bound(preset, changed) if key not in actions.all_keys([one])
            ]
            changed[owner.id] = left
            words += f" “{owner.text}” has {' '.join(map(_shown, left)) or 'no key any more'}."
        self._preferences.keys = changed
        self.key.clear()
        self._tell_changed(words)

    def _give_back(self) -> None:
        chosen, changed = self.view.key, self._preferences.keys
        if isinstance(chosen, str):
            changed.pop(chosen, None)
            self._preferences.keys = changed
            self._tell_changed(f"“{actions.by_id(chosen).text}” has its usual keys.")

    def _tell_changed(self, words: str) -> None:
        self._preferences.write()
        self.verdict.setText(words)
        self.refresh()
        self.changed.emit()


def _shown(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
