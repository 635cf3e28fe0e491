"""What is painted where: pixels at known places, and the same pixels however it is painted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QRegion, QStaticText
from PySide6.QtTest import QTest

from studio.app.states import CueState
from studio.app.theme import DARK, HIGH_CONTRAST, LIGHT, THEMES, Theme
from studio.app.timeline import Stretch, Timeline, painting
from studio.app.timeline.clock import OutputClock
from studio.app.timeline.labels import Labels
from studio.app.timeline.lanes import Lanes, Row, least_height
from studio.app.timeline.painting import Canvas, paint_sound
from studio.app.timeline.placed import Placed
from studio.app.timeline.view import View
from studio.app.timeline.waveform import TILE, WaveTiles, levels_of, shape_of
from studio.media.peaks import Peaks
from studio.mix.timemap import TimeMap
from studio.script.model import Cue, Project, Version
from studio.times import Span
from tests.app import timeline_film as film
from tests.app.timeline_film import colour_at, place


@pytest.fixture
def made() -> Iterator[Timeline]:
    with film.timeline() as timeline:
        yield timeline


def _column(made: Timeline, lane: str, output: float) -> list[str]:
    """The colours of a lane from top to bottom at an output time."""
    image = made.grab().toImage()
    row = next(row for row in made.lanes.rows if row.lane == lane)
    x = place(made, lane, output).x()
    return [QColor(image.pixel(x, y)).name() for y in range(row.top, row.bottom)]


# --- sound ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_the_sound_lane_shows_speech_gaps_and_what_is_heard(theme: Theme) -> None:
    with film.timeline(theme=theme) as made:
        made.set_peaks(film.loud_between(11_000, 13_000))
        silence, loud = _column(made, "sound", 9500), _column(made, "sound", 12_000)
        assert silence.count(theme.wave) == 1  # a line in the middle
        assert loud.count(theme.wave) > len(loud) * 0.8
        assert silence[0] == theme.gap_edge
        assert silence[30] == theme.gap
        speech = _column(made, "sound", 5000)
        assert (speech[10], speech[-1]) == (theme.speech, theme.speech_edge)
        silent = _column(made, "sound", 55_000)
        assert silent[0] == silent[10] == theme.silent_gap


def test_the_hatching_scrolls_with_the_film(made: Timeline) -> None:
    made.show_range(15_000, 25_000)
    before = made.grab().toImage()
    made.scroll_to(made.view.start + 3 / made.view.scale)
    after = made.grab().toImage()
    row = next(row for row in made.lanes.rows if row.lane == "sound")
    x, y = place(made, "sound", 20_500).x(), row.top + 5
    area = QRect(x, y, 100, 20)
    assert after.copy(area) == before.copy(area.translated(3, 0))
    assert after.copy(area) != before.copy(area)


def test_sound_behind_a_freeze_comes_later_and_there_is_none_in_it(made: Timeline) -> None:
    made.set_peaks(film.loud_between(0, 60_000))
    waiting = _column(made, "sound", 21_000)
    assert LIGHT.wave not in waiting
    assert {LIGHT.hold_ground} < set(waiting)  # and the hatching
    assert _column(made, "sound", 19_500).count(LIGHT.wave) > 50
    made.set_peaks(film.loud_between(25_000, 26_000))
    assert _column(made, "sound", 25_500).count(LIGHT.wave) == 1
    assert _column(made, "sound", 27_500).count(LIGHT.wave) > 50


@pytest.mark.parametrize("ratio", [1.0, 1.25, 1.5, 2.0])
def test_bands_begin_on_their_very_pixel_at_every_ratio(ratio: float) -> None:
    """Speech from 4 to 8 s at 10 pixels a second, scrolled by a part of a pixel."""
    film.application()
    placed, tiles = Placed.of(film.content()), WaveTiles()
    image = QImage(round(400 * ratio), round(100 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    lanes = Lanes.of(320, 16, dialogue=False, beds=False)
    row = next(replace(row, top=0, height=100) for row in lanes.rows if row.lane == "sound")
    view = View(1234.0, 0.01, 400, 63_000)
    canvas = Canvas(painter, LIGHT, view, lanes, placed, Labels(QFont()), ratio, 0, 400)
    paint_sound(canvas, row, tiles)
    painter.end()
    y = image.height() - 1
    found = [QColor(image.pixel(x, y)).name() == LIGHT.speech_edge for x in range(image.width())]
    first, last = found.index(True), found.index(False, found.index(True))
    assert abs(first - (4000 - 1234) * 0.01 * ratio) <= 1
    assert abs(last - (8000 - 1234) * 0.01 * ratio) <= 1


@given(
    low=st.lists(st.floats(-1, 0, width=32), min_size=1, max_size=20),
    height=st.integers(1, 90),
)
def test_an_outline_is_centred_and_never_empty(low: list[float], height: int) -> None:
    columns = np.array([(one, -one) for one in low], np.float32)
    shape = shape_of(columns, height)
    assert shape.shape == (height, len(low))
    assert shape.any(axis=0).all()
    for column, one in enumerate(low):
        rows = np.flatnonzero(shape[:, column])
        assert abs(rows.mean() - (height - 1) / 2) <= 1
        assert abs(len(rows) - -one * (height - 1)) <= 2


def test_what_is_louder_than_the_film_usually_is_reaches_the_rim_and_no_further() -> None:
    high = np.full(4000, 1000, np.int16)
    high[200:210] = 32_000
    peaks = Peaks(np.stack([-high, high], axis=1))
    levels = levels_of(peaks, np.arange(0.0, 1000.0, 20.0))
    assert levels[20].tolist() == [-1, 1]
    assert np.abs(np.abs(levels) - 1).max() < 0.01  # all else is as loud as usual


def test_sound_is_worked_out_once_and_anew_when_it_has_moved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    real = Peaks.columns

    def noted(peaks: Peaks, edges: NDArray[np.float64]) -> NDArray[np.int16]:
        asked.append(len(edges) - 1)
        return real(peaks, edges)

    monkeypatch.setattr(Peaks, "columns", noted)
    tiles, peaks = WaveTiles(), film.loud_between(0, 30_000)
    waits, sounds = round(21_000 * 0.05), round(25_000 * 0.05)  # device pixels from the begin
    first, last = TILE + 7, 3 * TILE - 9
    assert first < waits < sounds < last
    assert tiles.levels(0.05, first, last) is None
    tiles.set_source(peaks, OutputClock.of(TimeMap()))
    found = tiles.levels(0.05, first, last)
    assert found is not None
    assert found.shape == (last - first, 2)
    assert asked == [2 * TILE]  # both tiles at once
    again = tiles.levels(0.05, first + 23, last)
    assert np.array_equal(again, found[23:])
    assert len(asked) == 1
    tiles.levels(0.05, first, last + 23)
    assert asked[1:] == [TILE]  # what came into sight
    assert found[sounds - first, 1] > 0.5
    assert found[waits - first, 1] > 0.5
    tiles.set_source(peaks, OutputClock.of(film.HOLDS))
    later = tiles.levels(0.05, first, last)
    assert later is not None
    assert later[waits - first].tolist() == [0, 0]
    assert later[sounds - first, 1] > 0.5


def test_a_piece_of_the_sound_is_what_the_whole_has_there() -> None:
    random = np.random.default_rng(3)
    high = random.integers(0, 32_000, 30_000).astype(np.int16)
    peaks, clock = Peaks(np.stack([-high, high], axis=1)), OutputClock.of(film.HOLDS)
    tiles, fresh = WaveTiles(), WaveTiles()
    tiles.set_source(peaks, clock)
    fresh.set_source(peaks, clock)
    whole = fresh.levels(0.04, 0, 5 * TILE)
    assert whole is not None
    for first, last in ((0, 30), (TILE - 1, TILE + 1), (900, 2300), (TILE, 2 * TILE)):
        assert np.array_equal(tiles.levels(0.04, first, last), whole[first:last])


# --- cues -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_a_cue_has_the_colour_of_its_state_and_a_bar_for_its_clip(theme: Theme) -> None:
    with film.timeline(theme=theme) as made:
        made.show_range(0, 15_000)
        look = theme.cues[CueState.FITS]
        spoken, after = _column(made, "cues", 2000), _column(made, "cues", 2800)
        assert spoken.count(look.fill) > len(spoken) / 2
        assert look.ink in spoken[-12:]
        assert look.ink not in after[-12:-4]  # the clip ends at 2.5 s, its room at 3
        assert set(_column(made, "cues", 3500)[:-2]) == {theme.lane}
        assert theme.cues[CueState.FASTER].fill in _column(made, "cues", 10_500)


def test_a_cue_reaches_over_the_freeze_its_clip_needs(made: Timeline) -> None:
    fill = LIGHT.cues[CueState.EXTENDED].fill
    assert fill in _column(made, "cues", 21_500)
    assert fill not in _column(made, "cues", 22_500)


def test_what_is_too_long_is_striped(made: Timeline) -> None:
    look = LIGHT.cues[CueState.TOO_LONG]
    bottoms = [_column(made, "cues", 48_500 + step * 40)[-6] for step in range(40)]
    assert {look.fill, look.ink} <= set(bottoms)


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_a_chosen_cue_is_framed(theme: Theme) -> None:
    with film.timeline(theme=theme) as made:
        made.show_range(0, 15_000)
        at = place(made, "cues", 9000) + QPoint(1, 0)
        assert colour_at(made, at) != theme.chosen
        made.set_selection(["two"])
        assert colour_at(made, at) == theme.chosen


def _crowd(state: CueState) -> film.TimelineContent:
    """600 cues of one state, a tenth of a second each."""
    shown = film.content()
    cues = tuple(
        Cue(f"c{n}", n * 100, n * 100 + 90, (Version("en", f"Number {n}"),)) for n in range(600)
    )
    states = dict.fromkeys((cue.id for cue in cues), state)
    return replace(
        shown, project=replace(shown.project, cues=cues), states=states, time_map=TimeMap()
    )


def test_crowded_cues_show_their_state_by_height_too(made: Timeline) -> None:
    heights = []
    for state in (CueState.SILENT, CueState.UNSPOKEN, CueState.FITS, CueState.TOO_LONG):
        made.set_content(_crowd(state))
        bar = LIGHT.cues[state].bar
        image = made.grab().toImage()
        row = next(row for row in made.lanes.rows if row.lane == "cues")
        middle = made.gutter + made.view.width // 2
        heights.append(
            max(
                sum(QColor(image.pixel(x, y)).name() == bar for y in range(row.top, row.bottom))
                for x in range(middle, middle + 4)
            )
        )
    assert heights == sorted(set(heights))


def test_every_box_has_room_for_the_shape_of_its_state(made: Timeline) -> None:
    """A cue is drawn as a box with its shape, or as a bar whose height tells the state."""
    look = LIGHT.cues[CueState.FITS]
    shown = film.with_room(film.content(), "one", Span(1000, 1500))
    cues = tuple(cue for cue in shown.project.cues if cue.id == "one")
    alone = replace(shown, project=replace(shown.project, cues=cues), clips={})
    made.set_content(alone)
    boxes = 0
    for width in range(10, 30):
        made.show_range(0, round(500 / width * made.view.width))
        row = next(row for row in made.lanes.rows if row.lane == "cues")
        area = QRect(made.gutter, row.top, 400, row.height)
        image = made.grab(area).toImage()
        drawn = [image.pixelColor(x, y).name() for x in range(400) for y in range(row.height)]
        tall = any(image.pixelColor(x, 4).name() == look.fill for x in range(400))
        assert tall == (look.ink in drawn), f"{width} pixels wide"
        boxes += tall
    assert 0 < boxes < 20


def test_a_chosen_one_in_a_crowd_is_marked(made: Timeline) -> None:
    made.set_content(_crowd(CueState.FITS))
    made.set_selection(["c300"])
    row = next(row for row in made.lanes.rows if row.lane == "cues")
    image = made.grab().toImage()
    x = round(made.gutter + made.view.x(30_000))
    near = {QColor(image.pixel(one, row.top)).name() for one in range(x - 2, x + 3)}
    far = {QColor(image.pixel(one, row.top)).name() for one in range(x + 10, x + 60)}
    assert LIGHT.chosen in near
    assert LIGHT.chosen not in far


# --- other lanes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_the_ruler_has_a_line_at_each_mark_and_a_taller_one_at_a_label(ratio: float) -> None:
    film.application()
    row = Row("ruler", 0, 25)
    image = QImage(round(400 * ratio), round(25 * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor(LIGHT.ruler))
    painter = QPainter(image)
    lanes = Lanes.of(320, 16, dialogue=False, beds=False)
    view = View(0.0, 0.0125, 400, 63_000)
    placed = Placed.of(replace(film.content(), time_map=TimeMap()))
    canvas = Canvas(painter, LIGHT, view, lanes, placed, Labels(QFont()), ratio, 0, 400)
    painting.paint_ruler(canvas, row)
    painter.end()

    def columns(y: int) -> list[int]:
        seen = range(image.width())
        return [x for x in seen if image.pixelColor(x, round(y * ratio)).name() == LIGHT.muted]

    def at(times: Iterable[float]) -> list[int]:
        lefts = sorted(round(round(time * 0.0125) * ratio) for time in times)
        return [x + beside for x in lefts for beside in range(round(ratio)) if x < image.width()]

    assert columns(18) == at(range(0, 32_000, 10_000))
    assert columns(22) == at(range(0, 32_000, 2000))


def test_cuts_lie_in_their_lane(made: Timeline) -> None:
    assert colour_at(made, place(made, "scenes", 10_000)) == LIGHT.cut
    assert colour_at(made, place(made, "scenes", 27_000)) == LIGHT.cut  # at 25 s of the film
    assert colour_at(made, place(made, "scenes", 25_000)) != LIGHT.cut


def test_a_box_without_text_says_how_it_stands() -> None:
    shown = film.content()
    cues = tuple(replace(cue, versions=()) for cue in shown.project.cues)
    states = dict.fromkeys((cue.id for cue in cues), CueState.UNWRITTEN)
    empty = replace(shown, project=replace(shown.project, cues=cues), states=states)
    with film.timeline(empty) as made:
        made.show_range(9000, 13_000)
        row = next(row for row in made.lanes.rows if row.lane == "cues")
        x = place(made, "cues", 9000).x()
        inside = made.grab(QRect(x + 30, row.top + 6, 60, made.fontMetrics().height())).toImage()
        pixels = [inside.pixelColor(x, y).name() for x in range(60) for y in range(10)]
        assert len(set(pixels) - {LIGHT.lane}) > 3


@pytest.mark.parametrize("duration", [1, 40, 60_000])
def test_a_film_nobody_has_looked_at_yet_is_shown(duration: int) -> None:
    shown = film.content()
    bare = replace(
        shown,
        project=Project(replace(shown.project.film, duration=duration)),
        states={},
        clips={},
        time_map=TimeMap(),
    )
    with film.timeline(bare) as made:
        made.set_peaks(Peaks(np.zeros((0, 2), np.int16)))
        for key, modifiers in made.keys:
            QTest.keyClick(made, key, modifiers)
        made.zoom_by(1e9)
        assert colour_at(made, QPoint(made.gutter + 5, made.height() - 20)) == LIGHT.lane


def test_dialogue_and_beds_are_boxes() -> None:
    line, bed = Stretch(Span(4000, 8000), ""), Stretch(Span(30_000, 40_000), "")
    with film.timeline(film.content(lines=(line,), beds=(bed,))) as made:
        assert colour_at(made, place(made, "dialogue", 6000)) == LIGHT.stretch
        assert colour_at(made, place(made, "dialogue", 9000)) == LIGHT.lane
        assert colour_at(made, place(made, "beds", 33_000)) == LIGHT.stretch


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_a_line_has_the_colour_of_who_says_it_and_a_short_one_too(theme: Theme) -> None:
    anna, ben = "#b5479d", "#2e7d32"
    lines = (
        Stretch(Span(4000, 8000), "", anna),
        Stretch(Span(9000, 10_000), ""),
        Stretch(Span(20_000, 20_002), "", ben),
        Stretch(Span(50_000, 50_002), "", anna),
    )
    with film.timeline(film.content(lines=lines), theme=theme) as made:
        clock = Placed.of(film.content(lines=lines)).clock
        for time, whose in ((6000, anna), (20_000, ben), (50_000, anna)):
            seen = _column(made, "dialogue", float(clock.output(time)))
            assert whose in seen, time
            assert theme.stretch in seen
        nobodys = set(_column(made, "dialogue", 9500))
        assert nobodys & {anna, ben} == set()


def test_pictures_lie_where_they_were_wanted_and_stand_in_for_near_ones(made: Timeline) -> None:
    wanted = film.Heard(made.thumbnails_wanted)
    made.ask_thumbnails()
    times = wanted.last[0]
    assert isinstance(times, list)
    red = QImage(32, 18, QImage.Format.Format_RGB32)
    red.fill(QColor("#ff0000"))
    made.set_thumbnail(times[3], red)
    row = next(row for row in made.lanes.rows if row.lane == "pictures")
    width = made.picture_size.width()
    centre = QPoint(made.gutter + int(3.5 * width), row.top + row.height // 2)
    assert colour_at(made, centre) == "#ff0000"
    assert colour_at(made, centre + QPoint(6 * width, 0)) == LIGHT.ruler
    made.zoom_by(1.5, 0)
    shifted = {colour_at(made, QPoint(made.gutter + x, centre.y())) for x in range(0, 600, 20)}
    assert "#ff0000" in shifted


def test_the_playhead_is_drawn_where_the_film_plays(made: Timeline) -> None:
    made.set_playhead(33_000)
    for lane in ("ruler", "pictures", "scenes", "sound", "cues"):
        assert colour_at(made, place(made, lane, 33_000)) == LIGHT.playhead


def test_what_a_drag_snaps_to_is_shown_while_it_lasts(made: Timeline) -> None:
    def snap_shows() -> bool:
        return LIGHT.snap in _column(made, "sound", 10_000)

    film.press(made, place(made, "cues", 10_500))
    film.move(made, place(made, "cues", 11_000))
    film.move(made, place(made, "cues", 11_550))
    assert snap_shows()
    film.release(made, place(made, "cues", 11_550))
    assert not snap_shows()


def test_a_moved_cue_stays_where_it_was_let_go_until_the_document_answers(
    made: Timeline,
) -> None:
    fill = LIGHT.cues[CueState.FASTER].fill
    film.drag(made, place(made, "cues", 10_500), place(made, "cues", 54_000))
    assert fill in _column(made, "cues", 54_000)
    assert fill not in _column(made, "cues", 10_500)
    made.show_range(50_000, 58_000)  # where the document does not know it yet
    assert fill in _column(made, "cues", 54_000)
    made.zoom_to_fit()
    made.set_content(film.content())
    assert fill in _column(made, "cues", 10_500)


def test_what_has_the_keyboard_is_framed(made: Timeline, monkeypatch: pytest.MonkeyPatch) -> None:
    corner = QPoint(0, 0)
    for focused in (True, False):  # the desktop decides; without a window manager nobody has it
        monkeypatch.setattr(made, "hasFocus", lambda focused=focused: focused)
        assert (colour_at(made, corner) == LIGHT.focus) is focused


def test_lanes_fill_the_height_and_grow_with_the_letters() -> None:
    for line, dialogue, beds in ((15, False, False), (15, True, True), (40, True, False)):
        least = least_height(line, dialogue, beds)
        for height in (least, least + 1, least + 333):
            lanes = Lanes.of(height, line, dialogue, beds)
            assert lanes.height == height
            assert all(row.height >= line for row in lanes.rows)
            assert [lanes.at(row.top) for row in lanes.rows] == [row.lane for row in lanes.rows]
    with film.timeline() as made:
        font = made.font()
        font.setPointSizeF(font.pointSizeF() * 2)
        before = made.minimumHeight(), made.gutter
        made.setFont(font)
        assert made.minimumHeight() > before[0] * 1.6
        assert made.gutter > before[1] * 1.6


# --- the same pixels however it is painted --------------------------------------------------------


def _rendered(made: Timeline, area: QRect) -> QImage:
    image = QImage(area.size(), QImage.Format.Format_RGB32)
    image.fill(QColor("#00ff00"))
    made.render(image, QPoint(0, 0), QRegion(area))
    return image


@pytest.mark.parametrize(("start", "end"), [(0, 63_000), (17_300, 24_900), (44_000, 44_900)])
def test_a_strip_is_painted_like_the_whole(made: Timeline, start: int, end: int) -> None:
    made.set_peaks(film.loud_between(1000, 55_000))
    made.show_range(start, end)
    made.set_selection(["two", "three"])
    made.set_playhead((start + end) // 2)
    whole = _rendered(made, made.rect())
    for left in (0, made.gutter - 3, made.gutter, 301, 602, 747, made.width() - 9):
        area = QRect(left, 0, 9, made.height())
        assert _rendered(made, area) == whole.copy(area), f"at pixel {left}"


@pytest.mark.parametrize("ratio", [1.25, 1.5, 2.0])
def test_a_strip_is_painted_like_the_whole_on_finer_screens(ratio: float) -> None:
    class Finer(Timeline):
        def devicePixelRatioF(self) -> float:  # noqa: N802
            return ratio

    film.application()
    made = Finer()
    with film.shown(made, 1200, 320):
        made.set_content(film.content())
        made.set_peaks(film.loud_between(1000, 55_000))
        made.show_range(17_333, 44_111)
        made.set_playhead(33_000)

        def painted(area: QRect) -> QImage:
            size = QSize(round(made.width() * ratio), round(made.height() * ratio))
            image = QImage(size, QImage.Format.Format_RGB32)
            image.setDevicePixelRatio(ratio)
            image.fill(QColor("#00ff00"))
            made.render(image, area.topLeft(), QRegion(area))
            return image

        whole = painted(made.rect())
        for left in range(201, 1170, 9):
            part = painted(QRect(left, 0, 12, made.height()))
            inner = QRect(int(left * ratio) + 2, 0, int(12 * ratio) - 4, whole.height())
            assert part.copy(inner) == whole.copy(inner), f"at pixel {left}"


def test_a_moving_playhead_repaints_two_strips_only() -> None:
    class Watched(Timeline):
        painted: QRegion

        def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
            self.painted = QRegion(event.region())
            super().paintEvent(event)

    application = film.application()
    made = Watched()
    with film.shown(made, 1200, 320):
        made.set_content(film.content())
        application.processEvents()
        made.set_playhead(30_000)
        application.processEvents()
        made.set_playhead(30_040)
        application.processEvents()
        assert made.painted.boundingRect().width() < 20
        made.set_playhead(50_000)
        application.processEvents()
        strips = list(made.painted)  # type: ignore[call-overload]
        assert sum(strip.width() for strip in strips) < 40


def test_a_moving_playhead_paints_no_lane(made: Timeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of descriptions cost nothing while a film plays."""
    colour_at(made, place(made, "cues", 5000))
    painted: list[str] = []
    real = Timeline._paint_row

    def noted(one: Timeline, canvas: Canvas, row: Row) -> None:
        painted.append(row.lane)
        real(one, canvas, row)

    monkeypatch.setattr(Timeline, "_paint_row", noted)
    was = colour_at(made, place(made, "cues", 33_000))
    made.set_playhead(33_000)
    assert colour_at(made, place(made, "cues", 33_000)) == LIGHT.playhead
    made.set_playhead(34_000)
    assert colour_at(made, place(made, "cues", 33_000)) == was
    assert painted == []
    made.set_content(film.content())
    colour_at(made, place(made, "cues", 33_000))
    assert "cues" in painted


def test_zooming_lays_out_no_figure_and_paints_no_name_anew(
    made: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    colour_at(made, place(made, "cues", 5000))
    named: list[object] = []
    laid_out: list[str] = []
    real = Labels.text

    def text(labels: Labels, text: str, width: float, lines: int = 1) -> QStaticText:
        laid_out.append(text)
        return real(labels, text, width, lines)

    monkeypatch.setattr(Labels, "text", text)
    monkeypatch.setattr(painting, "paint_names", lambda *given: named.append(given))
    made.zoom_by(1.5, 20_000)
    made.grab()
    assert laid_out  # of cues and gaps
    assert not [one for one in laid_out if ":" in one]
    assert named == []


def test_other_colours_come_at_once(made: Timeline) -> None:
    at = place(made, "cues", 5000)
    for theme in (DARK, HIGH_CONTRAST, LIGHT):
        made.set_theme(theme)
        assert colour_at(made, at) == theme.lane
