"""Sizes of dialogs, told in letters, so that they grow with the text."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

_MOST = 0.95  # of the screen that a dialog may fill


def open_at(dialog: QWidget, letters: int, lines: int) -> None:
    """Make a dialog so many letters wide and lines high, or as large as the screen allows."""
    metrics = dialog.fontMetrics()
    room = dialog.screen().availableSize() * _MOST
    wanted_width, wanted_height = metrics.averageCharWidth() * letters, metrics.height() * lines
    dialog.resize(min(wanted_width, room.width()), min(wanted_height, room.height()))
