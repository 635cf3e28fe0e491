"""Colours that can be read, states that can be told apart without them, letters that scale."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPalette
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QToolTip

from studio.app import edges
from studio.app import theme as themes
from studio.app.states import MARKS, WORDS, CueState, cue_states, shapes_of, words
from studio.app.theme import DARK, HIGH_CONTRAST, LIGHT, THEMES, Theme, contrast
from studio.app.timeline.marks import draw_mark, state_icon
from studio.script.model import Placement
from studio.times import Span
from tests.app import timeline_film as film


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.005)
    assert contrast("#123456", "#123456") == 1


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_all_that_is_read_or_told_apart_has_enough_contrast(theme: Theme) -> None:
    pairs = list(theme.pairs())
    assert len(pairs) > 60
    too_little = [
        f"{name}: {contrast(one, other):.2f} < {least}"
        for name, one, other, least in pairs
        if contrast(one, other) < least
    ]
    assert too_little == []


def test_too_little_contrast_is_noticed() -> None:
    pale = replace(LIGHT, muted="#9aa0a8")
    assert any(contrast(one, other) < least for _, one, other, least in pale.pairs())


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_every_state_has_a_look(theme: Theme) -> None:
    assert set(theme.cues) == set(WORDS) == set(CueState) - set(MARKS)


# --- states ---------------------------------------------------------------------------------------


def _drawn(state: CueState) -> np.ndarray:  # type: ignore[type-arg]
    film.application()
    image = QImage(24, 24, QImage.Format.Format_Grayscale8)
    image.fill(QColor("white"))
    painter = QPainter(image)
    draw_mark(painter, state, QRectF(2, 2, 20, 20), QColor("black"))
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(24, 24) < 128


def test_states_and_marks_differ_in_shape() -> None:
    drawn = {state: _drawn(state) for state in CueState}
    for one, other in combinations(CueState, 2):
        differing = (drawn[one] != drawn[other]).mean()
        assert differing > 0.04, f"{one.name} looks like {other.name}"
    assert all(shape.any() for shape in drawn.values())


def test_a_state_with_marks_is_said_and_drawn_in_whole() -> None:
    state = CueState.EXTENDED | CueState.ISSUES | CueState.ACCEPTED
    assert words(state) == "extended, the film waits, accepted, has issues"
    assert shapes_of(state) == (CueState.EXTENDED, CueState.ACCEPTED, CueState.ISSUES)
    assert state.plain is CueState.EXTENDED


@pytest.mark.parametrize("state", [CueState.ACCEPTED, CueState.FITS | CueState.FASTER, CueState(0)])
def test_marks_alone_or_two_states_are_no_state(state: CueState) -> None:
    with pytest.raises(ValueError, match="no single state"):
        _ = state.plain


def test_states_follow_from_placements_gaps_and_issues() -> None:
    shown = film.content()
    project = film.with_room(shown, "four", Span(45_000, 50_000)).project
    cues = tuple(replace(cue, accepted=cue.id == "one") for cue in project.cues)
    placements = [
        Placement("one", "fits"),
        Placement("two", "left out"),
        Placement("three", "unwritten"),
        Placement("four", "unwritten"),
    ]
    assert cue_states(replace(project, cues=cues), placements, {"two"}) == {
        "one": CueState.FITS | CueState.ACCEPTED,
        "two": CueState.TOO_LONG | CueState.ISSUES,
        "three": CueState.UNWRITTEN,
        "four": CueState.SILENT,  # its gap is to be left silent
    }


def test_icons_of_states_differ_and_are_sharp() -> None:
    film.application()
    seen = set()
    for state in WORDS:
        icon = state_icon(DARK, state | CueState.ACCEPTED, 16, 2.0)
        assert isinstance(icon, QIcon)
        (size,) = icon.availableSizes()
        image = icon.pixmap(size).toImage()
        assert (image.width(), image.height()) == (32, 32)
        seen.add(bytes(image.constBits()))
    assert len(seen) == len(WORDS)


# --- Qt's side ------------------------------------------------------------------------------------


def test_a_theme_reaches_every_control_and_scales_do_not_multiply() -> None:
    application = film.application()
    before, palette = application.font().pointSizeF(), application.palette()
    try:
        themes.apply(application, DARK, 2.0)
        themes.apply(application, HIGH_CONTRAST, 1.5)
        assert application.font().pointSizeF() == pytest.approx(before * 1.5)
        shown = application.palette()
        assert shown.color(QPalette.ColorRole.Window).name() == HIGH_CONTRAST.window
        assert shown.color(QPalette.ColorRole.Text).name() == HIGH_CONTRAST.text
        tips = QToolTip.palette()
        assert tips.color(QPalette.ColorRole.ToolTipText).name() == HIGH_CONTRAST.text
        assert tips.color(QPalette.ColorRole.ToolTipBase).name() == HIGH_CONTRAST.button
        assert QToolTip.font().pointSizeF() == pytest.approx(before * 1.5)
        sheet = application.styleSheet()  # a window before may have left one, which hides the style
        application.setStyleSheet("")
        assert application.style().name() == "fusion"
        application.setStyleSheet(sheet)
        themes.apply(application, LIGHT, 100.0)
        assert application.font().pointSizeF() == pytest.approx(before * themes.SCALES[1])
    finally:
        themes.apply(application, LIGHT, 1.0)
        application.setPalette(palette)
    assert application.font().pointSizeF() == pytest.approx(before)


def test_the_desktop_says_whether_it_is_dark() -> None:
    film.application()
    assert themes.system_theme() in (LIGHT, DARK)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_a_box_that_is_not_ticked_can_be_seen_and_grows_with_the_letters(theme: Theme) -> None:
    application = film.application()
    sheet, palette = application.styleSheet(), application.palette()
    highs = []
    try:
        for scale in (1.0, 2.0):
            themes.apply(application, theme, scale)
            application.setStyleSheet(edges.style_sheet(theme))
            listed = QListWidget()
            item = QListWidgetItem("One", listed)
            item.setCheckState(Qt.CheckState.Unchecked)
            image = listed.grab().toImage()
            row = listed.visualItemRect(item).translated(listed.viewport().pos())
            column = row.left() + row.height() // 2
            seen = [image.pixelColor(column, y).name() for y in range(row.top(), row.bottom() + 1)]
            lines = [y for y, one in enumerate(seen) if one == theme.edge]
            assert len(lines) == 2, "the upper and the lower line of the box"
            highs.append(lines[1] - lines[0])
            listed.deleteLater()
    finally:
        themes.apply(application, LIGHT, 1.0)
        application.setStyleSheet(sheet)
        application.setPalette(palette)
    assert highs[1] >= 1.6 * highs[0]
