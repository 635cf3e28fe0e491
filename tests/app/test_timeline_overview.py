"""The whole film in one strip: where it is, and how it moves the timeline."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.app.states import CueState
from studio.app.theme import DARK, LIGHT
from studio.app.timeline import Overview, Timeline
from studio.app.timeline import overview as overview_module
from tests.app import timeline_film as film
from tests.app.timeline_film import colour_at, drag

WIDTH = 630
"""Pixels; ten a second of the 63 s film."""


@pytest.fixture
def made() -> Iterator[tuple[Timeline, Overview]]:
    with film.timeline() as timeline:
        overview = Overview(timeline)
        with film.shown(overview, WIDTH, 48):
            yield timeline, overview


def test_the_frame_lies_round_what_the_timeline_shows(made: tuple[Timeline, Overview]) -> None:
    timeline, overview = made
    assert overview.frame().width() == pytest.approx(WIDTH)
    timeline.show_range(21_000, 42_000)
    assert overview.frame().left() == pytest.approx(210)
    assert overview.frame().right() == pytest.approx(420)
    timeline.zoom_by(1e6)
    assert overview.frame().width() >= 6


def test_dragging_the_frame_scrolls(made: tuple[Timeline, Overview]) -> None:
    timeline, overview = made
    timeline.show_range(10_000, 20_000)
    drag(overview, QPoint(150, 20), QPoint(350, 20))
    assert timeline.view.start == pytest.approx(30_000)
    assert timeline.view.shown == pytest.approx(10_000)


def test_a_click_beside_the_frame_brings_it_there(made: tuple[Timeline, Overview]) -> None:
    timeline, overview = made
    timeline.show_range(10_000, 20_000)
    QTest.mouseClick(overview, film.LEFT, film.NONE, QPoint(450, 20))
    assert timeline.view.start + timeline.view.shown / 2 == pytest.approx(45_000)


@pytest.mark.parametrize(
    ("side", "to", "start", "end"), [(100, 50, 5000, 20_000), (200, 300, 10_000, 30_000)]
)
def test_dragging_a_side_of_the_frame_zooms(
    made: tuple[Timeline, Overview], side: int, to: int, start: int, end: int
) -> None:
    timeline, overview = made
    timeline.show_range(10_000, 20_000)
    drag(overview, QPoint(side, 20), QPoint(to, 20))
    assert timeline.view.start == pytest.approx(start, abs=120)
    assert timeline.view.end == pytest.approx(end, abs=120)


def test_keys_and_wheel_move_the_timeline(made: tuple[Timeline, Overview]) -> None:
    timeline, overview = made
    timeline.show_range(20_000, 30_000)
    QTest.keyClick(overview, Qt.Key.Key_Right)
    assert timeline.view.start == pytest.approx(22_500)
    QTest.keyClick(overview, Qt.Key.Key_Left)
    film.turn_wheel(overview, QPoint(10, 10), -4)
    assert timeline.view.start == pytest.approx(30_000)
    film.turn_wheel(overview, QPoint(10, 10), 2, film.CONTROL)
    assert timeline.view.shown == pytest.approx(10_000 / 1.25**2)
    assert timeline.view.start + timeline.view.shown / 2 == pytest.approx(35_000, abs=1)
    QTest.keyClick(overview, Qt.Key.Key_End)
    assert timeline.view.end == pytest.approx(63_000)
    QTest.keyClick(overview, Qt.Key.Key_Home)
    assert timeline.view.start == 0
    QTest.keyClick(overview, Qt.Key.Key_Minus)
    assert timeline.view.shown == pytest.approx(10_000 / 1.25)


def test_it_shows_sound_cues_freezes_and_the_playhead(made: tuple[Timeline, Overview]) -> None:
    timeline, overview = made
    timeline.set_peaks(film.loud_between(25_000, 30_000))
    timeline.set_playhead(56_000)
    assert colour_at(overview, QPoint(300, 10)) == LIGHT.wave
    assert colour_at(overview, QPoint(210, 5)) == LIGHT.hold_ground
    assert colour_at(overview, QPoint(50, 5)) == LIGHT.speech
    assert colour_at(overview, QPoint(20, 44)) == LIGHT.cues[CueState.FITS].bar
    assert colour_at(overview, QPoint(560, 10)) == LIGHT.playhead
    tall = colour_at(overview, QPoint(500, 34)), colour_at(overview, QPoint(20, 34))
    assert tall == (LIGHT.cues[CueState.TOO_LONG].bar, LIGHT.lane)


def test_what_does_not_show_steps_back(made: tuple[Timeline, Overview]) -> None:
    timeline, overview = made
    timeline.set_peaks(film.loud_between(0, 60_000))
    timeline.show_range(0, 20_000)
    inside, outside = (colour_at(overview, QPoint(x, 10)) for x in (100, 400))
    assert inside == LIGHT.wave
    assert QColor(outside).lightness() > QColor(inside).lightness()


def test_the_film_is_drawn_once_until_it_changes(
    made: tuple[Timeline, Overview], monkeypatch: pytest.MonkeyPatch
) -> None:
    timeline, overview = made
    overview.grab()
    drawn = []
    draw = overview_module._film_image
    monkeypatch.setattr(
        overview_module, "_film_image", lambda *all_: drawn.append(1) or draw(*all_)
    )
    timeline.set_playhead(5000)
    timeline.show_range(1000, 9000)
    overview.repaint()
    assert drawn == []
    timeline.set_content(film.content())
    overview.repaint()
    assert drawn == []  # an edit's own turn has enough to do
    QApplication.processEvents()
    assert drawn == [1]
    timeline.set_theme(DARK)
    overview.repaint()
    assert drawn == [1, 1]  # other colours come at once


def test_it_says_what_the_timeline_shows(made: tuple[Timeline, Overview]) -> None:
    timeline, overview = made
    timeline.show_range(10_000, 20_000)
    assert overview.accessibleName() == "Overview of the film"
    assert overview.accessibleDescription() == (
        "The timeline shows 0:10.000 to 0:20.000 of 1:03.000."
    )
