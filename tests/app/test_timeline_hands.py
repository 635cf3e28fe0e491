"""The timeline under hands and keys: what it asks for, and what comes to be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import (
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QNativeGestureEvent,
    QPointingDevice,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.app.timeline import Spot, Stretch, Timeline
from studio.mix.timemap import Hold, TimeMap
from studio.times import Span
from tests.app import timeline_film as film
from tests.app.timeline_film import Heard, drag, place, press, release

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def made() -> Iterator[Timeline]:
    with film.timeline() as timeline:
        timeline.setFocus()
        yield timeline


def _near(found: object, wanted: float, made: Timeline) -> bool:
    """Within the two pixels by which a hand on whole pixels may be off."""
    assert isinstance(found, int)
    return abs(found - wanted) <= 2 / made.view.scale


# --- the mouse: places ----------------------------------------------------------------------------


@pytest.mark.parametrize("lane", ["ruler", "pictures", "scenes", "sound"])
def test_a_click_asks_for_the_place(made: Timeline, lane: str) -> None:
    asked = Heard(made.seek_asked)
    QTest.mouseClick(made, film.LEFT, film.NONE, place(made, lane, 33_000))
    (said,) = asked.all
    assert _near(said[0], 33_000, made)


def test_dragging_along_the_ruler_scrubs(made: Timeline) -> None:
    asked = Heard(made.seek_asked)
    drag(made, place(made, "ruler", 10_000), place(made, "ruler", 40_000))
    assert len(asked.all) == 4
    for (said,), wanted in zip(asked.all, (10_000, 20_000, 30_000, 40_000), strict=True):
        assert _near(said, wanted, made)


def test_a_click_into_a_gap_chooses_it(made: Timeline) -> None:
    chosen = Heard(made.gap_chosen)
    QTest.mouseClick(made, film.LEFT, film.NONE, place(made, "sound", 10_000))
    assert chosen.all == [(Span(8300, 14_700),)]
    QTest.mouseClick(made, film.LEFT, film.NONE, place(made, "sound", 5000))
    assert len(chosen.all) == 1


def test_a_click_behind_freezes_lands_in_output_time(made: Timeline) -> None:
    spot = made.spot(place(made, "sound", 50_000).toPointF())
    assert spot is not None
    assert _near(spot.output, 50_000, made)
    assert _near(spot.film, 47_000, made)


def test_beside_the_lanes_nothing_happens(made: Timeline) -> None:
    asked, chosen = Heard(made.seek_asked), Heard(made.cue_chosen)
    QTest.mouseClick(made, film.LEFT, film.NONE, QPoint(made.gutter // 2, 100))
    assert asked.all == chosen.all == []


# --- the mouse: cues ------------------------------------------------------------------------------


def test_a_click_chooses_a_cue_and_with_ctrl_one_more(made: Timeline) -> None:
    chosen, changed = Heard(made.cue_chosen), Heard(made.cue_changed)
    QTest.mouseClick(made, film.LEFT, film.NONE, place(made, "cues", 2000))
    QTest.mouseClick(made, film.LEFT, film.CONTROL, place(made, "cues", 10_500))
    assert chosen.all == [("one", False), ("two", True)]
    assert changed.all == []


def test_a_click_on_one_of_several_chosen_leaves_only_it(made: Timeline) -> None:
    made.set_selection(["one", "two"])
    chosen = Heard(made.cue_chosen)
    press(made, place(made, "cues", 2000))
    assert chosen.all == []  # it may become a drag of both
    release(made, place(made, "cues", 2000))
    assert chosen.all == [("one", False)]


def test_dragging_a_cue_moves_it_and_tells_all_the_way(made: Timeline) -> None:
    changed = Heard(made.cue_changed)
    drag(made, place(made, "cues", 10_500), place(made, "cues", 52_500), modifiers=film.ALT)
    cues = [said[0] for said in changed.all]
    finals = [said[2] for said in changed.all]
    assert cues == ["two"] * 4
    assert finals == [False, False, False, True]
    span = changed.last[1]
    assert isinstance(span, Span)
    assert span.duration == 3000
    # 42 s further in the output, 3 of which the film waits
    assert _near(span.start, 9000 + 39_000, made)


def test_a_dragged_cue_snaps_and_alt_lets_it_go(made: Timeline) -> None:
    changed = Heard(made.cue_changed)
    start, near = place(made, "cues", 10_500), place(made, "cues", 11_600)  # 100 ms past the cut
    drag(made, start, near)
    assert changed.last == ("two", Span(10_000, 13_000), True)
    made.set_content(film.content())
    drag(made, start, near, modifiers=film.ALT)
    span = changed.last[1]
    assert isinstance(span, Span)
    assert span.start != 10_000
    assert _near(span.start, 10_100, made)


def test_snapping_can_be_turned_off_and_alt_turns_it_on(made: Timeline) -> None:
    made.set_snapping(False)
    changed = Heard(made.cue_changed)
    start, near = place(made, "cues", 10_500), place(made, "cues", 11_600)
    drag(made, start, near)
    assert changed.last[1] != Span(10_000, 13_000)
    made.set_content(film.content())
    drag(made, start, near, modifiers=film.ALT)
    assert changed.last == ("two", Span(10_000, 13_000), True)


@pytest.mark.parametrize(
    ("edge", "to", "span"),
    [(9000, 8300, Span(8300, 12_000)), (12_000, 14_650, Span(9000, 14_700))],
)
def test_dragging_an_end_trims(made: Timeline, edge: int, to: int, span: Span) -> None:
    changed = Heard(made.cue_changed)
    drag(made, place(made, "cues", edge), place(made, "cues", to))
    assert changed.last == ("two", span, True)


def test_a_room_that_ends_at_a_freeze_is_taken_where_the_wait_begins(made: Timeline) -> None:
    """The box goes on to the end of its clip, 2 s later, but the room to trim does not."""
    parts = {}
    for output in (20_000, 21_000, 22_000):
        spot = made.spot(place(made, "cues", output).toPointF())
        assert spot is not None
        assert spot.cue == "three"
        parts[output] = spot.part
    assert parts == {20_000: "end", 21_000: "body", 22_000: "body"}


def test_chosen_cues_are_dragged_together(made: Timeline) -> None:
    made.set_selection(["one", "two"])
    changed = Heard(made.cue_changed)
    drag(made, place(made, "cues", 10_500), place(made, "cues", 11_500), modifiers=film.ALT)
    assert [said[2] for said in changed.all] == [False] * (len(changed.all) - 1) + [True]
    final = {said[0]: said[1] for said in changed.all}
    assert set(final) == {"one", "two"}
    one, two = final["one"], final["two"]
    assert isinstance(one, Span)
    assert isinstance(two, Span)
    assert two.start - one.start == 8000
    assert _near(two.start, 10_000, made)


def test_escape_brings_the_cue_back(made: Timeline) -> None:
    changed = Heard(made.cue_changed)
    press(made, place(made, "cues", 10_500))
    film.move(made, place(made, "cues", 14_000))
    assert changed.last[2] is False
    QTest.keyClick(made, Qt.Key.Key_Escape)
    assert changed.last == ("two", Span(9000, 12_000), True)
    count = len(changed.all)
    film.move(made, place(made, "cues", 20_000))
    release(made, place(made, "cues", 20_000))
    assert len(changed.all) == count


def test_a_cue_that_is_removed_under_the_hand_is_let_go(made: Timeline) -> None:
    changed = Heard(made.cue_changed)
    press(made, place(made, "cues", 10_500))
    film.move(made, place(made, "cues", 14_000))
    shown = film.content()
    cues = tuple(cue for cue in shown.project.cues if cue.id != "two")
    made.set_content(replace(shown, project=replace(shown.project, cues=cues)))
    count = len(changed.all)
    film.move(made, place(made, "cues", 20_000))
    release(made, place(made, "cues", 20_000))
    made.grab()
    assert len(changed.all) == count


def test_a_hand_that_shakes_moves_nothing(made: Timeline) -> None:
    changed = Heard(made.cue_changed)
    at = place(made, "cues", 10_500)
    drag(made, at, at + QPoint(3, 2))
    assert changed.all == []


def test_the_hand_keeps_its_way_while_the_freezes_move(made: Timeline) -> None:
    """The document plans anew at every move; what is held must not jump for it."""
    seen: list[Span] = []

    def follow(cue: str, span: Span, final: bool) -> None:
        seen.append(span)
        waits = TimeMap((Hold(Fraction(len(seen) + 3), Fraction(5)), *film.HOLDS.holds))
        made.set_content(replace(film.with_room(film.content(), cue, span), time_map=waits))

    start, end = place(made, "cues", 10_500), place(made, "cues", 13_500)
    made.cue_changed.connect(follow)
    steps = range(6)
    press(made, start)
    for step in steps:
        film.move(made, start + (end - start) * (step / 5), modifiers=film.ALT)
    release(made, end)
    starts = [span.start for span in seen]
    assert starts == sorted(starts)


def test_dragging_beyond_the_edge_scrolls_on(made: Timeline) -> None:
    made.show_range(0, 15_000)
    changed = Heard(made.cue_changed)
    press(made, place(made, "cues", 10_500))
    outside = QPoint(made.width() + 40, place(made, "cues", 0).y())
    film.move(made, outside, modifiers=film.ALT)
    before, span = made.view.start, changed.last[1]
    running = [timer for timer in made.findChildren(QTimer) if timer.isActive()]
    (scrolling,) = (timer for timer in running if not timer.isSingleShot())
    for _ in range(5):
        scrolling.timeout.emit()
    assert made.view.start > before
    assert isinstance(span, Span)
    assert isinstance(changed.last[1], Span)
    assert changed.last[1].start > span.start
    release(made, outside)
    assert not scrolling.isActive()
    assert changed.last[2] is True


def test_a_double_click_goes_to_a_cue_or_asks_for_one(made: Timeline) -> None:
    asked, new = Heard(made.seek_asked), Heard(made.new_cue_asked)
    QTest.mouseDClick(made, film.LEFT, film.NONE, place(made, "cues", 49_500))
    assert asked.last == (48_000,)  # its start at 45 s, behind 3 s of freezes
    assert new.all == []
    QTest.mouseDClick(made, film.LEFT, film.NONE, place(made, "cues", 56_000))
    (said,) = new.all
    assert _near(said[0], 53_000, made)


def test_the_last_drawn_of_two_cues_is_taken_unless_the_other_is_chosen(made: Timeline) -> None:
    made.set_content(film.with_room(film.content(), "one", Span(8000, 12_000)))
    at = place(made, "cues", 10_500).toPointF()
    first = made.spot(at)
    assert first is not None
    assert first.cue == "two"
    made.set_selection(["one"])
    second = made.spot(at)
    assert second is not None
    assert second.cue == "one"


# --- wheel and menu -------------------------------------------------------------------------------


def test_ctrl_and_the_wheel_zoom_round_the_mouse(made: Timeline) -> None:
    at = place(made, "sound", 30_000)
    under = made.view.time(at.x() - made.gutter)
    film.turn_wheel(made, at, 8, film.CONTROL)
    assert made.view.shown < 63_000 / 5
    assert made.view.time(at.x() - made.gutter) == pytest.approx(under, abs=1)
    film.turn_wheel(made, at, -20, film.CONTROL)
    assert made.view.is_whole


def test_two_fingers_zoom_round_their_place(made: Timeline) -> None:
    at = place(made, "sound", 30_000).toPointF()
    under = made.view.time(at.x() - made.gutter)
    for _ in range(8):
        pinch = QNativeGestureEvent(
            Qt.NativeGestureType.ZoomNativeGesture,
            QPointingDevice.primaryPointingDevice(),
            2,
            at,
            at,
            made.mapToGlobal(at),
            0.3,
            QPointF(),
        )
        QApplication.sendEvent(made, pinch)
    assert made.view.shown == pytest.approx(63_000 / 1.3**8)
    assert made.view.time(at.x() - made.gutter) == pytest.approx(under, abs=1)


def test_the_wheel_scrolls(made: Timeline) -> None:
    made.show_range(20_000, 30_000)
    film.turn_wheel(made, QPoint(400, 100), -2)
    assert made.view.start > 20_000
    film.turn_wheel(made, QPoint(400, 100), 2)
    assert made.view.start == pytest.approx(20_000)


def test_the_middle_button_takes_the_strip_along(made: Timeline) -> None:
    made.show_range(20_000, 30_000)
    asked = Heard(made.seek_asked)
    drag(made, QPoint(600, 100), QPoint(490, 100), film.MIDDLE)
    assert made.view.start == pytest.approx(20_000 + 110 / made.view.scale)
    assert asked.all == []


def test_a_menu_is_asked_for_what_lies_under_the_mouse(made: Timeline) -> None:
    menus, chosen = Heard(made.context_menu_asked), Heard(made.cue_chosen)
    _right_click(made, place(made, "cues", 10_500))
    _right_click(made, place(made, "sound", 10_000))
    assert chosen.all == [("two", False)]
    (first, _), (second, at) = menus.all
    assert isinstance(first, Spot)
    assert (first.cue, first.part) == ("two", "body")
    assert isinstance(second, Spot)
    assert (second.cue, second.gap, second.lane) == ("", Span(8300, 14_700), "sound")
    assert at == made.mapToGlobal(place(made, "sound", 10_000))


def test_a_menu_for_one_of_several_chosen_keeps_them_chosen(made: Timeline) -> None:
    made.set_selection(["one", "two"])
    chosen, menus = Heard(made.cue_chosen), Heard(made.context_menu_asked)
    _right_click(made, place(made, "cues", 10_500))
    assert chosen.all == []
    assert len(menus.all) == 1


def _right_click(made: Timeline, at: QPoint) -> None:
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(made, QContextMenuEvent(reason, at, made.mapToGlobal(at)))


def test_the_menu_key_asks_for_the_chosen_cue_or_the_playhead(made: Timeline) -> None:
    menus = Heard(made.context_menu_asked)
    made.set_playhead(21_000)
    QTest.keyClick(made, Qt.Key.Key_Menu)
    made.set_selection(["four"])
    QTest.keyClick(made, Qt.Key.Key_Menu)
    (first, _), (second, _) = menus.all
    assert isinstance(first, Spot)
    assert (first.cue, first.output, first.film) == ("", 21_000, 20_000)
    assert isinstance(second, Spot)
    assert (second.cue, second.output) == ("four", 48_000)


def test_dialogue_and_beds_are_found_in_their_lanes() -> None:
    line, bed = Stretch(Span(4000, 8000), "Who is there?"), Stretch(Span(0, 30_000), "Rain")
    with film.timeline(film.content(lines=(line,), beds=(bed,))) as made:
        spots = [made.spot(place(made, lane, 5000).toPointF()) for lane in ("dialogue", "beds")]
        assert [spot and spot.stretch for spot in spots] == [line, bed]
        assert [row.lane for row in made.lanes.rows][-3:] == ["dialogue", "cues", "beds"]


# --- keys -----------------------------------------------------------------------------------------

KEY = Qt.Key


@pytest.mark.parametrize(
    ("key", "modifiers", "at", "wanted"),
    [
        (KEY.Key_Right, film.NONE, 10_000, 10_040),
        (KEY.Key_Left, film.NONE, 10_000, 9960),
        (KEY.Key_Left, film.NONE, 0, 0),
        (KEY.Key_Right, SHIFT, 10_000, 11_000),
        (KEY.Key_Left, SHIFT, 10_000, 9000),
        (KEY.Key_Right, film.ALT, 10_100, 12_000),  # the end of “two”
        (KEY.Key_Left, film.ALT, 10_100, 10_000),  # the cut
        (KEY.Key_Right, film.CONTROL, 12_000, 19_000),
        (KEY.Key_Left, film.CONTROL, 47_900, 22_000),  # the end of “three”, after its freeze
        (KEY.Key_Home, film.NONE, 10_000, 0),
        (KEY.Key_End, film.NONE, 10_000, 63_000),
        (KEY.Key_Right, film.NONE, 21_000, 21_040),  # inside a freeze
    ],
)
def test_keys_walk_along_the_film(
    made: Timeline, key: Qt.Key, modifiers: Qt.KeyboardModifier, at: int, wanted: int
) -> None:
    asked = Heard(made.seek_asked)
    made.set_playhead(at)
    QTest.keyClick(made, key, modifiers)
    assert asked.all == [(wanted,)]


def test_steps_hit_every_frame_at_23_976() -> None:
    shown = film.content()
    rate = Fraction(24_000, 1001)
    project = replace(shown.project, film=replace(shown.project.film, rate=rate))
    with film.timeline(replace(shown, project=project)) as made:
        made.seek_asked.connect(made.set_playhead)
        found = []
        for _ in range(48):
            made.step(1)
            found.append(made.playhead)
        assert len(set(found)) == 48
        assert found[-1] == 2002
        for _ in range(48):
            made.step(-1)
        assert made.playhead == 0


def test_up_and_down_walk_through_the_cues(made: Timeline) -> None:
    chosen = Heard(made.cue_chosen)
    made.cue_chosen.connect(lambda cue, _: made.set_selection([cue]))
    made.set_playhead(15_000)
    for key in (KEY.Key_Down, KEY.Key_Down, KEY.Key_Down, KEY.Key_Up):
        QTest.keyClick(made, key)
    assert [said[0] for said in chosen.all] == ["three", "four", "three"]  # none after “four”


def test_a_walk_brings_what_is_chosen_into_view(made: Timeline) -> None:
    made.show_range(0, 5000)
    made.set_selection(["three"])
    QTest.keyClick(made, KEY.Key_Down)
    assert made.view.start <= 48_000 < made.view.end


def test_nudging_moves_by_frames(made: Timeline) -> None:
    made.set_selection(["one", "two"])
    changed = Heard(made.cue_changed)
    QTest.keyClick(made, KEY.Key_Right, film.ALT | SHIFT)
    assert changed.all == [
        ("one", Span(1040, 3040), False),
        ("two", Span(9040, 12_040), True),
    ]


def test_nudges_add_up_while_the_document_is_slow(made: Timeline) -> None:
    """Keys repeat faster than a new plan of the whole film may come back."""
    made.set_selection(["one"])
    changed = Heard(made.cue_changed)
    for _ in range(3):
        QTest.keyClick(made, KEY.Key_Right, film.ALT | SHIFT)
    assert changed.last == ("one", Span(1120, 3120), True)
    made.set_content(film.content())  # the document has not taken them
    QTest.keyClick(made, KEY.Key_Right, film.ALT | SHIFT)
    assert changed.last == ("one", Span(1040, 3040), True)


def test_brackets_trim_to_the_playhead(made: Timeline) -> None:
    made.set_selection(["two"])
    changed = Heard(made.cue_changed)
    made.set_playhead(10_200)
    QTest.keyClick(made, KEY.Key_BracketLeft)
    QTest.keyClick(made, KEY.Key_BracketRight)
    assert changed.all == [
        ("two", Span(10_200, 12_000), True),
        ("two", Span(10_200, 10_300), True),  # a room keeps a tenth of a second
    ]


def test_insert_asks_for_a_cue_where_the_film_plays(made: Timeline) -> None:
    new = Heard(made.new_cue_asked)
    made.set_playhead(50_000)
    QTest.keyClick(made, KEY.Key_Insert)
    assert new.all == [(47_000,)]


def test_keys_zoom_and_turn_pages(made: Timeline) -> None:
    made.set_playhead(31_500)
    for _ in range(6):
        QTest.keyClick(made, KEY.Key_Plus)
    assert made.view.shown < 63_000 / 3
    assert made.view.start < 31_500 < made.view.end
    start = made.view.start
    QTest.keyClick(made, KEY.Key_PageDown)
    assert made.view.start > start
    QTest.keyClick(made, KEY.Key_Minus)
    QTest.keyClick(made, KEY.Key_Z, SHIFT)
    assert made.view.is_whole


def test_other_keys_are_left_to_the_window(made: Timeline) -> None:
    for key in (KEY.Key_Space, KEY.Key_J, KEY.Key_Escape):
        event = QKeyEvent(QEvent.Type.KeyPress, key, film.NONE)
        QApplication.sendEvent(made, event)
        assert not event.isAccepted()


# --- zoom, playhead, pictures ---------------------------------------------------------------------


def test_zoom_to_what_is_chosen_shows_it_with_its_clip(made: Timeline) -> None:
    made.set_selection(["three"])
    made.zoom_to_selection()
    assert made.view.start < 19_000
    assert made.view.end > 22_000
    assert made.view.shown < 6000


def test_the_view_turns_its_page_only_while_it_follows(made: Timeline) -> None:
    made.show_range(0, 10_000)
    made.set_playhead(12_000)
    assert made.view.start == 0
    made.set_following(True)
    made.set_playhead(12_040)
    assert made.view.start == pytest.approx(12_040 - 500, abs=1)


def test_an_edit_keeps_the_place_even_if_an_earlier_freeze_grows(made: Timeline) -> None:
    made.show_range(30_000, 40_000)
    left = made.view.start
    longer = TimeMap((Hold(Fraction(20), Fraction(7)), film.HOLDS.holds[1]))
    made.set_content(film.content(times=longer))
    assert made.view.start == pytest.approx(left + 5000)
    assert made.view.length == 68_000


def test_another_film_is_shown_whole_but_the_same_one_keeps_its_place(made: Timeline) -> None:
    shown = film.content()
    made.show_range(30_000, 40_000)
    measured = replace(shown.project.film, loudness=-30.0, path="elsewhere/film.mkv")
    made.set_content(replace(shown, project=replace(shown.project, film=measured)))
    assert made.view.start == pytest.approx(30_000)
    another = replace(shown.project.film, fingerprint="another")
    made.set_content(replace(shown, project=replace(shown.project, film=another)))
    assert made.view.is_whole


def test_missing_pictures_are_asked_for_once_and_those_that_came_not_again(
    made: Timeline,
) -> None:
    wanted = Heard(made.thumbnails_wanted)
    made.show_range(10_000, 20_000)
    film.wait_for(made.thumbnails_wanted)
    times = wanted.last[0]
    assert isinstance(times, list)
    assert times == sorted(set(times))
    assert all(9000 <= time <= 20_000 for time in times)
    picture = QImage(16, 9, QImage.Format.Format_RGB32)
    for time in times:
        made.set_thumbnail(time, picture)
    made.show_range(10_001, 20_001)
    made.ask_thumbnails()
    assert len(wanted.all) == 1
    made.show_range(40_000, 50_000)
    made.ask_thumbnails()
    made.ask_thumbnails()
    assert len(wanted.all) == 2


def test_nothing_is_asked_for_while_nobody_sees_it(made: Timeline) -> None:
    made.hide()
    wanted = Heard(made.thumbnails_wanted)
    made.show_range(10_000, 20_000)
    made.ask_thumbnails()
    assert wanted.all == []
    made.show()
    made.ask_thumbnails()
    assert len(wanted.all) == 1


# --- for screen readers ---------------------------------------------------------------------------


def test_the_timeline_says_where_it_is(made: Timeline) -> None:
    assert made.accessibleName() == "Timeline"
    made.set_playhead(9400)
    made.set_selection(["one", "two"])
    assert made.accessibleDescription() == (
        "Playhead at 0:09.400, scene 1 of 3, gap of 6.4 s. "
        "Description 2 of 4, 0:09.000 to 0:12.000, fits, spoken faster: Text of two "
        "2 descriptions are chosen."
    )


def test_a_timeline_without_a_film_says_so_and_bears_everything() -> None:
    film.application()
    empty = Timeline()
    with film.shown(empty, 800, 300):
        assert empty.accessibleDescription() == "No film is open."
        asked = Heard(empty.seek_asked)
        QTest.mouseClick(empty, film.LEFT, film.NONE, QPoint(400, 100))
        for key, modifiers in empty.keys:
            QTest.keyClick(empty, key, modifiers)
        film.turn_wheel(empty, QPoint(400, 100), 3, film.CONTROL)
        assert asked.all == []
