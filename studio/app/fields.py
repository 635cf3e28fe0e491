"""Showing a number in a field that somebody may be typing into."""

from __future__ import annotations

from PySide6.QtWidgets import QDoubleSpinBox


def show_number(field: QDoubleSpinBox, value: float, most: float | None = None) -> None:
    """Show `value` unless it shows already: setting it again would spoil one half typed.

    most: the largest the field takes from now on; None leaves that as it is.
    """
    if most is not None and round(field.maximum() - most, field.decimals()):
        field.setMaximum(most)
    if round(field.value() - value, field.decimals()):
        field.setValue(value)
