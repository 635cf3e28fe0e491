"""Time on the timeline, without any window: film and output, views, snapping, drags."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.app.timeline.clock import OutputClock
from studio.app.timeline.content import Stretch, clip_spans, cue_sentence
from studio.app.timeline.drag import SHORTEST, Drag
from studio.app.timeline.placed import Placed, Track, place_sentence
from studio.app.timeline.ruler import ruler_label, ruler_marks, ruler_step
from studio.app.timeline.snap import SnapPoints
from studio.app.timeline.view import CLOSEST, View
from studio.mix.timemap import Hold, TimeMap
from studio.speech.fit import plan
from studio.times import Span, exact_seconds, frame_time
from tests.app.timeline_film import HOLDS, content, with_room

RATE = Fraction(24_000, 1001)

# --- film and output ------------------------------------------------------------------------------

holds = st.lists(st.tuples(st.integers(1, 2000), st.integers(1, 300)), max_size=8).map(
    lambda found: TimeMap(
        tuple(Hold(frame / RATE, length / RATE) for frame, length in sorted(found))
    )
)


@given(times=holds, frames=st.lists(st.integers(0, 2100), min_size=1, max_size=20))
def test_the_clock_agrees_with_the_time_map_at_every_frame(
    times: TimeMap, frames: list[int]
) -> None:
    clock = OutputClock.of(times)
    for frame in frames:
        film = frame_time(frame, RATE)
        exact = times.output(Fraction(frame) / RATE) * 1000
        assert -1e-6 <= float(clock.output(film)) - exact < 1
        ends = times.output_end(Fraction(frame) / RATE) * 1000
        assert -1e-6 <= float(clock.output_end(film)) - ends < 1
        assert clock.film_at(clock.shown_at(film)) == film


@given(times=holds, output=st.integers(0, 200_000))
def test_the_clock_finds_the_film_shown(times: TimeMap, output: int) -> None:
    exact = times.film(exact_seconds(output)) * 1000
    assert abs(float(OutputClock.of(times).film(output)) - exact) <= 1


def test_a_cue_that_ends_where_the_film_waits_ends_before_the_wait() -> None:
    """At 23.976 Hz frames start between two ms; a document rounds them up."""
    frame = 100
    clock = OutputClock.of(TimeMap((Hold(frame / RATE, Fraction(2)),)))
    stop = frame_time(frame, RATE)
    assert float(clock.output_end(stop)) == stop
    assert float(clock.output(stop)) == stop + 2000


def test_many_times_are_mapped_as_one_by_one() -> None:
    clock = OutputClock.of(HOLDS)
    film = np.arange(0, 60_000, 333)
    assert clock.output(film).tolist() == [float(clock.output(one)) for one in film.tolist()]
    begin, end = clock.holds()
    assert (begin.tolist(), end.tolist()) == ([20_000, 42_000], [22_000, 43_000])


def test_clips_lie_where_the_mix_places_them() -> None:
    shown = content()
    placements = plan(shown.project, "en")
    frozen = [one for one in placements if one.freeze]
    assert [one.cue for one in frozen] == ["three"]
    times = TimeMap(
        tuple(Hold(exact_seconds(one.freeze_at), exact_seconds(one.freeze)) for one in frozen)
    )
    assert times == TimeMap(HOLDS.holds[:1])
    assert clip_spans(placements, times) == {
        "one": Span(1000, 2500),
        "two": Span(9000, 12_000),
        "three": Span(19_000, 22_000),
    }


# --- what lies where ------------------------------------------------------------------------------

spans = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 200)), max_size=30)


@given(found=spans, start=st.integers(-50, 1200), length=st.integers(0, 300))
def test_a_track_finds_all_that_shows(
    found: list[tuple[int, int]], start: int, length: int
) -> None:
    ordered = sorted(found)
    begin = np.array([one for one, _ in ordered], np.float64)
    track = Track.of(begin, begin + np.array([two for _, two in ordered], np.float64))
    expected = [
        index
        for index, (one, two) in enumerate(ordered)
        if one <= start + length and one + two >= start
    ]
    assert track.within(start, start + length).tolist() == expected


def test_untouched_parts_are_not_placed_again() -> None:
    before = Placed.of(content())
    after = Placed.of(with_room(before.content, "one", Span(1500, 2500)), before)
    assert after.clock is before.clock
    assert after.scenes is before.scenes
    assert after.speech is before.speech
    assert after.cues is not before.cues
    assert Placed.of(content(times=TimeMap()), before).scenes is not before.scenes


def test_what_stays_is_shown_at_other_times_where_the_film_waits_otherwise() -> None:
    """As if it was all placed anew; but the spans are not read from the project again."""
    before = Placed.of(content())
    other = replace(before.content, time_map=TimeMap((Hold(Fraction(2), Fraction(3)),)))
    moved, anew = Placed.of(other, before), Placed.of(other)
    for name in ("scenes", "speech", "gaps", "silent", "lines", "beds"):
        one, two = getattr(moved, name), getattr(anew, name)
        assert one.film is getattr(before, name).film
        assert one.begin.tolist() == two.begin.tolist()
        assert one.end.tolist() == two.end.tolist()
    assert moved.scenes.begin.tolist() != before.scenes.begin.tolist()


def test_a_place_in_a_line_says_who_speaks_and_what() -> None:
    said = content(lines=(Stretch(Span(4000, 8000), "Anna: Who is there?", "#b5479d"),))
    assert place_sentence(Placed.of(said), 5000) == (
        "0:05.000, scene 1 of 3, speech, the line “Anna: Who is there?”"
    )


def test_places_and_cues_are_read_as_sentences() -> None:
    placed = Placed.of(content())
    assert place_sentence(placed, 9400) == "0:09.400, scene 1 of 3, gap of 6.4 s"
    assert place_sentence(placed, 5000) == "0:05.000, scene 1 of 3, speech"
    assert place_sentence(placed, 21_000) == (
        "0:21.000, the film waits, scene 2 of 3, gap of 11.4 s"
    )
    assert place_sentence(placed, 62_000) == (
        "1:02.000, scene 3 of 3, gap of 23.7 s, to be left silent"
    )
    assert cue_sentence(placed.content, "two") == (
        "Description 2 of 4, 0:09.000 to 0:12.000, fits, spoken faster: Text of two"
    )
    assert cue_sentence(placed.content, "four") == (
        "Description 4 of 4, 0:45.000 to 0:50.000, too long, left out, has issues: Text of four"
    )


# --- views ----------------------------------------------------------------------------------------

views = st.builds(
    lambda width, length, start, zoom: (
        View.whole(width, length).zoomed(zoom, 0).moved_to(start * length)
    ),
    width=st.integers(1, 4000),
    length=st.integers(1, 4 * 3600 * 1000),
    start=st.floats(0, 1),
    zoom=st.floats(1, 1e5),
)


@given(view=views, factor=st.floats(0.01, 100), part=st.floats(0, 1))
def test_zooming_keeps_what_is_under_the_cursor(view: View, factor: float, part: float) -> None:
    x = view.width * part
    zoomed = view.zoomed(factor, x)
    _inside(zoomed)
    pinned = zoomed.start == 0 or zoomed.end >= zoomed.length - 1e-3
    assert pinned or abs(zoomed.x(view.start + x / view.scale) - x) < 1e-3


@given(view=views, start=st.floats(0, 1), length=st.floats(0, 1))
def test_a_range_asked_for_shows(view: View, start: float, length: float) -> None:
    begin = start * view.length
    end = min(float(view.length), begin + length * view.length)
    shown = view.showing(begin, end)
    _inside(shown)
    assert shown.start <= begin + 1e-3
    assert shown.end >= end - 1e-3
    revealed = view.revealing(begin, begin)
    _inside(revealed)
    assert revealed.start - 1e-3 <= begin <= revealed.end + 1e-3
    assert revealed.scale == view.scale


@given(view=views, pixels=st.floats(-1e5, 1e5), width=st.integers(1, 4000))
def test_a_view_never_leaves_the_film(view: View, pixels: float, width: int) -> None:
    _inside(view.scrolled(pixels))
    resized = view.resized(width, view.length)
    _inside(resized)
    assert not view.is_whole or resized.is_whole


def _inside(view: View) -> None:
    assert view.start >= 0
    assert view.end <= view.length + 1e-3 or view.start == 0
    assert view.scale <= CLOSEST
    assert view.is_whole or view.shown <= view.length


def test_a_view_that_already_shows_it_stays() -> None:
    view = View(1000.0, 0.1, 1000, 60_000)
    assert view.revealing(5000, 6000) is view
    assert view.revealing(12_000, 13_000).end == pytest.approx(13_500)
    assert view.revealing(500, 800).start == pytest.approx(0)


# --- the ruler ------------------------------------------------------------------------------------


@given(view=views)
def test_the_ruler_is_legible_at_every_zoom(view: View) -> None:
    marks = ruler_marks(view, 90, view.start, view.end)
    labelled = list(marks.labelled)
    step = ruler_step(view.scale, 90)
    assert marks.step == step
    assert all(two - one == step for one, two in pairwise(labelled))
    assert step * view.scale >= 90 or step == 3_600_000
    assert len(labelled) + len(marks.small) < 4000 / 90 * 8 + 40 or step == 3_600_000
    assert all(time % step for time in marks.small)
    if labelled:
        parts, rest = divmod(len(marks.small), len(labelled))
        assert rest == 0
        assert np.diff(marks.small[:parts]).max() - np.diff(marks.small[:parts]).min() <= 1
    assert labelled == [] or labelled[0] <= max(view.start, 0) or labelled[0] == 0


def test_labels_have_the_parts_that_tell_them_apart() -> None:
    assert ruler_label(9000, 1000) == "0:09"
    assert ruler_label(9200, 200) == "0:09.2"
    assert ruler_label(9240, 40) == "0:09.24"
    assert ruler_label(3_723_000, 60_000) == "1:02:03"


# --- snapping and drags ---------------------------------------------------------------------------


def test_snap_points_are_named_after_what_matters_most() -> None:
    points = SnapPoints.of(content().project, without={"one"})
    named = {point.film: point.what for point in points.points}
    assert named[10_000] == "cut"
    assert named[8000] == "speech"
    assert named[8300] == "gap"
    assert named[9000] == "description"
    assert 1000 not in named
    assert named[0] == "cut"
    assert points.after(8000) == points.nearest(8310, 20)
    assert points.before(8300) == points.nearest(7990, 20)
    assert points.nearest(8150, 100) is None
    assert points.before(0) is None
    assert points.after(60_000) is None


def _held(part: str, cue: str = "two", chosen: tuple[str, ...] = ()) -> Drag:
    return Drag.of(content().project, cue, part, frozenset(chosen))  # type: ignore[arg-type]


def test_a_moved_cue_snaps_with_the_nearer_end() -> None:
    # 9-12: by +2.65 the end is 50 ms before the gap's end (14.7), the start near nothing
    moved = _held("body").moved(2650, 100)
    assert moved.spans == {"two": Span(11_700, 14_700)}
    assert moved.snapped is not None
    assert (moved.snapped.film, moved.snapped.what) == (14_700, "gap")


def test_without_snapping_a_cue_goes_where_the_hand_goes() -> None:
    moved = _held("body").moved(2650, -1)
    assert moved.spans == {"two": Span(11_650, 14_650)}
    assert moved.snapped is None


@pytest.mark.parametrize(
    ("part", "by", "span"),
    [
        ("start", 940, Span(10_000, 12_000)),  # drawn to the cut
        ("end", -1930, Span(9000, 10_000)),
        ("start", 9000, Span(12_000 - SHORTEST, 12_000)),
        ("end", -9000, Span(9000, 9000 + SHORTEST)),
        ("start", -20_000, Span(40, 12_000)),  # players miss a cue before 40 ms
        ("end", 90_000, Span(9000, 60_000)),
    ],
)
def test_trimming_stops_where_it_must(part: str, by: int, span: Span) -> None:
    assert _held(part).moved(by, 100).spans == {"two": span}


def test_chosen_cues_move_together_and_none_leaves_the_film() -> None:
    held = _held("body", "two", ("one", "two"))
    assert held.moved(500, -1).spans == {"one": Span(1500, 3500), "two": Span(9500, 12_500)}
    assert held.moved(-5000, -1).spans == {"one": Span(40, 2040), "two": Span(8040, 11_040)}
    assert held.moved(90_000, -1).spans["two"].end == 60_000


def test_a_cue_moves_alone_where_it_is_not_chosen_or_is_trimmed() -> None:
    assert set(_held("body", "two", ("one", "four")).origin) == {"two"}
    assert set(_held("end", "two", ("one", "two")).origin) == {"two"}


@given(by=st.integers(-100_000, 100_000), part=st.sampled_from(["start", "body", "end"]))
def test_no_drag_turns_a_cue_inside_out_or_throws_it_out(by: int, part: str) -> None:
    span = _held(part).moved(by, 300).spans["two"]
    assert 40 <= span.start < span.end <= 60_000
    assert part != "body" or span.duration == 3000


def test_a_cue_without_room_keeps_none_when_it_is_moved() -> None:
    project = with_room(content(), "two", Span(9000, 9000)).project
    held = Drag.of(project, "two", "body", frozenset())
    assert held.moved(100, -1).spans == {"two": Span(9100, 9100)}
    assert Drag.of(project, "two", "start", frozenset()).moved(50, -1).spans == {
        "two": Span(9000, 9000)
    }
