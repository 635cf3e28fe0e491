"""Fields that are shown in little room, and numbers in fields that somebody is typing into."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolTip,
)


class ShortBox(QComboBox):
    """A choice that may be narrower than what it says: it ends in “…” then, and its tip tells all.

    letters: how many of them always show.
    """

    def __init__(self, letters: int) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(letters)

    @property
    def shown_text(self) -> str:
        """What stands in the closed box."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            self,
        )
        return self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, field.width() - _INSIDE
        )

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  # Qt's name
        """As any other, but with an end that shows that there is more."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self.shown_text
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def event(self, event: QEvent) -> bool:
        """The tip tells all where not all shows."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            whole = self.currentText()
            cut = self.shown_text != whole
            QToolTip.showText(event.globalPos(), whole if cut else self.toolTip(), self)
            return True
        return super().event(event)


_INSIDE = 4  # pixels of the field that the style keeps free of text


def show_number(field: QDoubleSpinBox, value: float, most: float | None = None) -> None:
    """Show `value` unless it shows already: setting it again would spoil one half typed.

    most: the largest the field takes from now on; None leaves that as it is.
    """
    if most is not None and round(field.maximum() - most, field.decimals()):
        field.setMaximum(most)
    if round(field.value() - value, field.decimals()):
        field.setValue(value)
