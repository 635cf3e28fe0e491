"""Everything fits a small screen, with letters twice as large too, and no end is cut off unseen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QStyle,
    QWidget,
)

from studio.app.dialogs.export import ExportDialog
from studio.app.dialogs.manual import ManualDialog
from studio.app.dialogs.preferences import PreferencesDialog
from studio.app.dialogs.pronunciations import PronunciationsDialog
from studio.app.dialogs.references import ReferencesDialog
from studio.app.dialogs.shortcuts import ShortcutsDialog
from studio.app.dialogs.story import StoryDialog
from studio.app.dialogs.sync import SyncDialog
from studio.app.dialogs.takes import TakesDialog
from studio.app.fields import ShortBox
from studio.app.window import Window
from studio.app.wrapping import WrappingRow, labelled, scrolling
from studio.script import beds, edits, store
from studio.script.model import Bed, Line
from tests.app.window_rig import application, small_project, until, window

ROOMS = {100: QSize(1280, 660), 200: QSize(1440, 820)}
"""By text size, pixels: screens of 1280x720 and 1440x900 less what a desktop takes of them."""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Window]:
    """A window with all lanes there are; texts have their own size again at the end."""
    path = small_project(tmp_path)
    project = edits.set_lines(store.load(path), [Line("l1", 4000, 5000, "Who is there?")])
    project, _ = beds.add(project, Bed("", 0, 6000, "dark", "slow", "piano"))
    with window() as made:
        made.filing.open_path(path)
        until(lambda: made.document.is_open, "it is open")
        made.document.edit("Lines and a bed", edits.relink(project, made.document.project.film))
        until(lambda: not made.stage.busy and not made.jobs.busy, "it is shown")
        yield made
        made.preferences.text_size = 100
        made.apply_theme()


def _settle() -> None:
    for _ in range(10):  # layouts follow a new size of the letters in several rounds
        QApplication.sendPostedEvents()
        QApplication.processEvents()


def _fits(needed: QSize, room: QSize) -> bool:
    return needed.width() <= room.width() and needed.height() <= room.height()


def test_controls_that_are_there_follow_each_text_size(opened: Window) -> None:
    """A style sheet that is set once would leave them with the letters they had then."""
    box = QCheckBox("Follow", opened)
    box.show()
    boxes = []
    for size in (100, 200, 100):
        opened.preferences.text_size = size
        opened.apply_theme()
        _settle()
        letters = QFontMetrics(QApplication.font()).height()
        buttons = [one for one in opened.findChildren(QPushButton) if one.isVisible()]
        assert buttons
        assert {one.fontMetrics().height() for one in (box, *buttons)} == {letters}
        boxes.append(box.style().pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth, None, box))
    assert boxes[1] > 1.6 * boxes[0]
    assert boxes[2] == boxes[0]
    box.deleteLater()


def test_a_draft_can_be_read_with_large_letters(opened: Window) -> None:
    """The buttons below give way; the keyboard brings them back."""
    opened.preferences.text_size = 200
    opened.apply_theme()
    opened.resize(ROOMS[200])
    opened.tabs.setCurrentWidget(opened.drafts)
    _settle()
    panel, line = opened.drafts, QFontMetrics(QApplication.font()).height()
    assert panel.view.visibleRegion().boundingRect().height() >= 4 * line
    panel.describer.setFocus()
    _settle()
    assert panel.describer.visibleRegion().boundingRect().size() == panel.describer.size()


def test_the_window_and_every_dialog_fit(opened: Window) -> None:
    too_large = []
    for size, room in ROOMS.items():
        opened.preferences.text_size = size
        opened.apply_theme()
        for place in range(opened.tabs.count()):
            opened.tabs.setCurrentIndex(place)
            _settle()
            if not _fits(opened.minimumSizeHint(), room):
                too_large.append((opened.tabs.tabText(place), size, opened.minimumSizeHint()))
        opened.resize(room)
        _settle()
        assert opened.size() == room
        for dialog in _dialogs(opened):
            dialog.show()
            _settle()
            if not _fits(dialog.minimumSizeHint(), room):
                too_large.append((dialog.windowTitle(), size, dialog.minimumSizeHint()))
            dialog.close()
            dialog.deleteLater()
    assert too_large == []


def _dialogs(made: Window) -> list[QDialog]:
    return [
        ExportDialog(made.document, made),
        PreferencesDialog(made.preferences, made.document, made),
        ShortcutsDialog(made.preferences, made),
        ManualDialog(made.preferences, made),
        TakesDialog(made.document, made.theme, made),
        PronunciationsDialog(made.document, "lamp", made),
        ReferencesDialog(made.jobs, "en", made),
        StoryDialog(made.document, made),
        SyncDialog(made.jobs, made.document.film, made.theme, made),
    ]


# --- rows that wrap -------------------------------------------------------------------------------


@pytest.fixture
def row() -> Iterator[QWidget]:
    """A label with a field, and three buttons."""
    application()
    whole = QWidget()
    buttons = [QPushButton(text) for text in ("Open", "Take it back", "Remove")]
    whole.setLayout(WrappingRow(labelled("&Who", QLineEdit()), *buttons))
    yield whole
    whole.deleteLater()


def _laid_out(whole: QWidget, width: int) -> list[QRect]:
    layout = whole.layout()
    assert layout is not None
    layout.setGeometry(QRect(0, 0, width, layout.heightForWidth(width)))
    found = [layout.itemAt(place) for place in range(layout.count())]
    return [one.geometry() for one in found if one is not None]


def test_a_row_wraps_where_it_is_too_wide(row: QWidget) -> None:
    wide = _laid_out(row, 900)
    assert len({one.center().y() for one in wide}) == 1
    assert wide[0].width() > 3 * wide[1].width()  # the field takes what is left over
    assert wide[-1].right() == 899
    for width in (400, 250, 150):
        placed, inside = _laid_out(row, width), row.layout().geometry()
        assert all(inside.contains(one) for one in placed)
        assert not any(
            one.intersects(other) for n, one in enumerate(placed) for other in placed[:n]
        )
    assert len({one.center().y() for one in _laid_out(row, 150)}) > 1


def test_a_row_runs_from_right_to_left_where_its_window_does(row: QWidget) -> None:
    row.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    placed = _laid_out(row, 900)
    assert [one.left() for one in placed] == sorted((one.left() for one in placed), reverse=True)
    assert placed[0].right() == 899


def test_even_columns_stay_columns() -> None:
    application()
    whole = QWidget()
    whole.setLayout(WrappingRow(*(QPushButton("x" * n) for n in (4, 8, 12, 3, 5, 6, 7)), even=True))
    for width in (2000, 500, 200):
        placed = _laid_out(whole, width)
        assert len({one.width() for one in placed}) == 1
        lefts = {one.left() for one in placed}
        tops = {one.top() for one in placed}
        assert len(tops) == -(-len(placed) // len(lefts))
    whole.deleteLater()


def test_what_is_hidden_takes_no_room(row: QWidget) -> None:
    layout = row.layout()
    assert layout is not None
    last = layout.itemAt(3)
    assert last is not None
    before = layout.sizeHint().width()
    last.widget().hide()
    layout.invalidate()
    assert layout.sizeHint().width() < before


def test_a_scrolled_form_is_never_cut_off_at_its_side() -> None:
    application()
    label = QLabel("a line that must not be cut off")
    body = QWidget()
    body.setLayout(WrappingRow(label))
    area = scrolling(body)
    before = area.minimumSizeHint().width()
    assert before > label.minimumSizeHint().width()
    label.setText(label.text() * 2)
    _settle()
    assert area.minimumSizeHint().width() > before
    area.deleteLater()


def test_a_short_box_shows_that_there_is_more() -> None:
    application()
    box = ShortBox(6)
    box.addItem("Somebody with a very long name")
    box.resize(box.minimumSizeHint())
    assert box.shown_text.endswith("…")
    assert len(box.shown_text) >= 6
    box.resize(600, box.height())
    assert box.shown_text == "Somebody with a very long name"
    box.deleteLater()
