"""Words for a screen reader: results are told when they happen, not only when looked for."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(widget: QWidget, sentence: str, urgent: bool = False) -> None:
    """Let a screen reader say `sentence`. urgent: at once, in the middle of what it says."""
    if not sentence or not QAccessible.isActive():
        return
    event = QAccessibleAnnouncementEvent(widget, sentence)
    if urgent:
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    QAccessible.updateAccessibility(event)


def name(widget: QWidget, called: str, about: str = "") -> None:
    """Give a control its accessible name, and what it is for."""
    widget.setAccessibleName(called)
    if about:
        widget.setAccessibleDescription(about)
        if not widget.toolTip():
            widget.setToolTip(about)
