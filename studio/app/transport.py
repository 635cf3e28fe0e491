"""The row under the picture: times, the buttons people press most, and how loud each part is."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFontDatabase
from PySide6.QtWidgets import QApplication, QLabel, QSizePolicy, QToolButton, QWidget

from studio.app.announce import name
from studio.app.words import shown_time
from studio.app.wrapping import WrappingRow


class Transport(QWidget):
    """Shows where the playhead is, with waits and in the film, and plays."""

    def __init__(self, actions: list[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rate = Fraction(25)
        self._as_timecode = False
        self._times = (0, 0, 0)
        row = WrappingRow()
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(4)
        self.setLayout(row)
        self.buttons: list[QToolButton] = []
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setAutoRaise(True)
            button.setIconSize(QSize(20, 20))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            name(button, action.text())
            row.addWidget(button)
            self.buttons.append(button)
        between = QWidget()  # takes what is left, so that the times stand at the right
        between.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(between)
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.output = QLabel()
        self.film = QLabel()
        for label, words in (
            (self.output, "Time with waits"),
            (self.film, "Time in the film"),
        ):
            label.setFont(fixed)
            label.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
            name(label, words)
        self.film.setToolTip("Where that is in the film.")
        row.addWidget(self.output)
        row.addWidget(self.film)
        self.show_times(0, 0, 0)

    def show_playing(self, playing: bool) -> None:
        """Let a screen reader find out at the button whether the film plays."""
        for button in self.buttons:
            if button.defaultAction().objectName() == "play":
                button.setAccessibleDescription(
                    "The film plays." if playing else "The film stands."
                )

    def set_film(self, rate: Fraction) -> None:
        """Count this film's frames. rate: Hz."""
        self._rate = rate

    def set_timecode(self, wanted: bool) -> None:
        """Show hours to frames, or milliseconds."""
        self._as_timecode = wanted
        self.show_times(*self._times)

    def setIconSize(self, size: QSize) -> None:  # noqa: N802  # as Qt's own bars
        """How large the buttons' icons are."""
        for button in self.buttons:
            button.setIconSize(size)

    def refresh_font(self) -> None:
        """Follow the size of the window's letters."""
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(QApplication.font().pointSizeF())
        self.output.setFont(fixed)
        self.film.setFont(fixed)

    def show_times(self, output: int, length: int, film: int) -> None:
        """output, length: output ms. film: film ms."""
        self._times = (output, length, film)
        shown = (shown_time(one, self._rate, self._as_timecode) for one in self._times)
        here, whole, film_words = shown
        self.output.setText(here)
        self.output.setToolTip(f"Where the playhead is, waits counted, of {whole} in all.")
        self.film.setText(f"film {film_words}")
