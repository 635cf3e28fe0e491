"""The preferences: how the window looks, and the table of settings of this project."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QScrollArea,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from studio import settings
from studio.app.announce import name
from studio.app.document import Document
from studio.app.preferences import (
    CACHE_SIZES,
    GAP_TONE_LEVELS,
    SURFACES,
    TEXT_SIZES,
    THEMES,
    Preferences,
)
from studio.app.sizes import open_at
from studio.script import edits
from studio.settings import Settings


class PreferencesDialog(QDialog):
    """Changes take effect with OK. The numbers are those of the open project."""

    changed = Signal()

    def __init__(
        self, preferences: Preferences, document: Document, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self._document = document
        self.setWindowTitle("Preferences")
        name(self, "Preferences")
        self.tabs = QTabWidget()
        self.tabs.addTab(self._window_page(), "Window")
        self.values: dict[str, Callable[[], object]] = {}  # what is chosen, by setting
        if document.is_open:
            self.tabs.addTab(self._settings_page(document.project.settings), "This project")
        name(self.tabs, "Preferences")
        name(self.tabs.tabBar(), "Pages")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self._take)
        buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.addWidget(self.tabs)
        whole.addWidget(buttons)
        open_at(self, 103, 45)

    def _window_page(self) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        line = self.fontMetrics().height()
        form.setHorizontalSpacing(line)
        form.setVerticalSpacing(line // 2)
        self.theme = QComboBox()
        self.theme.addItems([one.capitalize() for one in THEMES])
        self.theme.setCurrentIndex(THEMES.index(self._preferences.theme))
        name(self.theme, "Colours", "System follows what the desktop says.")
        self.text_size = QComboBox()
        for size in TEXT_SIZES:
            self.text_size.addItem(f"{size} %", size)
        self.text_size.setCurrentIndex(TEXT_SIZES.index(self._preferences.text_size))
        name(self.text_size, "Text size", "Of all text in the window.")
        self.announce = QCheckBox("Tell a screen reader what was done")
        self.announce.setChecked(self._preferences.spoken_edits)
        name(self.announce, "Tell a screen reader what was done")
        self.gap_tones = QCheckBox("Sound a &tone where a gap begins and ends")
        self.gap_tones.setChecked(self._preferences.gap_tones)
        name(self.gap_tones, "Sound a tone where a gap begins and ends", "In the preview only.")
        self.gap_tone_level = QSpinBox()
        self.gap_tone_level.setRange(*GAP_TONE_LEVELS)
        self.gap_tone_level.setSuffix(" dB")
        self.gap_tone_level.setValue(self._preferences.gap_tone_level)
        name(self.gap_tone_level, "Level of the tones", "0 dB is the loudest.")
        self.cache_size = QSpinBox()
        self.cache_size.setRange(*CACHE_SIZES)
        self.cache_size.setSuffix(" GB")
        self.cache_size.setValue(self._preferences.cache_size)
        name(
            self.cache_size,
            "Room on the disk",
            "For copies that seek fast, clips and the like. What was used longest ago goes first.",
        )
        self.surface = QComboBox()
        self.surface.addItems(["In memory, works everywhere", "By the graphics card (OpenGL)"])
        self.surface.setCurrentIndex(SURFACES.index(self._preferences.surface))
        name(self.surface, "Picture drawn", "Takes effect when the studio is started next.")
        form.addRow("&Colours", self.theme)
        form.addRow("Te&xt size", self.text_size)
        form.addRow(self.announce)
        form.addRow(self.gap_tones)
        form.addRow("&Level of the tones", self.gap_tone_level)
        form.addRow("&Room on the disk", self.cache_size)
        form.addRow("&Picture drawn", self.surface)
        return page

    def _settings_page(self, values: Settings) -> QWidget:
        inside = QWidget()
        form = QFormLayout(inside)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for row in dataclasses.fields(Settings):
            field: QWidget = self._field(row, getattr(values, row.name))
            about = str(row.metadata["about"])
            name(field, _words(row.name), about)
            label = QLabel(f"{_words(row.name)}\n{about}")
            label.setWordWrap(True)
            label.setBuddy(field)
            form.addRow(label, field)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return scroll

    def _field(self, row: dataclasses.Field[Any], value: Any) -> QWidget:
        """A field for one row of the table, which says of what kind it is."""
        if "choices" in row.metadata:
            choice = QComboBox()
            for one in row.metadata["choices"]:
                choice.addItem(str(one).replace("-", " "), one)
            choice.setCurrentIndex(choice.findData(value))
            self.values[row.name] = choice.currentData
            return choice
        low, high = row.metadata["low"], row.metadata["high"]
        if row.type == "int":
            whole = QSpinBox()
            whole.setRange(low, high)
            whole.setSingleStep(10 if high > _MANY else 1)
            whole.setSuffix(f" {row.metadata['unit']}")
            whole.setValue(value)
            self.values[row.name] = whole.value
            return whole
        number = QDoubleSpinBox()
        number.setDecimals(2)
        number.setRange(low, high)
        number.setSingleStep(0.5 if high - low > _WIDE else 0.05)
        number.setSuffix(f" {row.metadata['unit']}")
        number.setValue(value)
        self.values[row.name] = number.value
        return number

    def _take(self) -> None:
        preferences = self._preferences
        preferences.theme = THEMES[self.theme.currentIndex()]
        preferences.text_size = TEXT_SIZES[self.text_size.currentIndex()]
        preferences.spoken_edits = self.announce.isChecked()
        preferences.surface = SURFACES[self.surface.currentIndex()]
        preferences.cache_size = self.cache_size.value()
        preferences.gap_tones = self.gap_tones.isChecked()
        preferences.gap_tone_level = self.gap_tone_level.value()
        preferences.write()
        if self.values:
            chosen = settings.from_table({key: value() for key, value in self.values.items()})
            project = edits.set_settings(self._document.project, chosen)
            if chosen != self._document.project.settings:
                self._document.edit("Change the settings", project)
        self.changed.emit()
        self.accept()


_MANY, _WIDE = 1000, 10  # from these ranges on a step is larger


def _words(field: str) -> str:
    return field.replace("_", " ").capitalize()
