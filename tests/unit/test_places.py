"""Where descriptions go."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from studio.drafting.places import Place, places
from studio.script.model import Gap
from studio.settings import Settings
from studio.times import Span, between, joined

SETTINGS = Settings()


def spans(*edges: int) -> tuple[Span, ...]:
    return tuple(Span(a, b) for a, b in itertools.pairwise(edges))


def test_a_gap_becomes_a_place() -> None:
    found = places(
        10_000, spans(0, 10_000), (Span(6000, 10_000),), (Gap(0, 5700),), SETTINGS, False
    )
    assert found == (Place(40, 5700, "auto"),)


def test_a_gap_is_cut_at_cuts_but_not_into_crumbs() -> None:
    scenes = spans(0, 1000, 4000, 9000, 9500, 12_000)
    found = places(12_000, scenes, (), (Gap(40, 12_000),), SETTINGS, False)
    assert found == (
        Place(40, 3700, "auto"),
        Place(4000, 8700, "auto"),
        Place(9000, 12_000, "auto"),
    )


def test_a_long_scene_gets_a_place_per_cue_stretch_at_most() -> None:
    found = places(20_000, spans(0, 20_000), (), (Gap(40, 20_000),), SETTINGS, False)
    assert found == (Place(40, 9720, "auto"), Place(10_020, 20_000, "auto"))


def test_a_gap_to_be_left_silent_stays_so() -> None:
    found = places(10_000, spans(0, 10_000), (), (Gap(40, 10_000, True),), SETTINGS, True)
    assert found == ()


def test_a_film_full_of_speech_waits_in_its_longest_early_pause() -> None:
    # as in a real film whose pauses are all shorter than a gap
    scenes = spans(0, 6709, 10_250, 14_917, 16_500)
    speech = (Span(200, 2300), Span(2660, 4100), Span(4440, 9180), Span(10_260, 15_920))
    found = places(16_500, scenes, speech, (), SETTINGS, False)
    assert found == (Place(2480, 2480, "extended"),)
    assert places(16_500, scenes, speech, (), SETTINGS, True) == ()


def test_a_pause_keeps_its_guards_where_it_can() -> None:
    speech = (Span(0, 2000), Span(3000, 9000))
    found = places(9000, spans(0, 9000), speech, (), SETTINGS, False)
    assert found == (Place(2300, 2700, "extended"),)


def test_babble_without_a_pause_waits_at_the_beginning() -> None:
    found = places(9000, spans(0, 9000), (Span(0, 9000),), (), SETTINGS, False)
    assert found == (Place(40, 40, "extended"),)


def test_places_to_wait_are_far_apart() -> None:
    scenes = spans(*range(0, 120_001, 4000))
    speech = tuple(Span(start + 200, start + 3900) for start in range(0, 120_000, 4000))
    found = places(120_000, scenes, speech, (), SETTINGS, False)
    assert 5 <= len(found) <= 8
    assert all(b.start - a.end >= 2 * SETTINGS.cue_stretch for a, b in itertools.pairwise(found))


@st.composite
def films(draw: st.DrawFn):
    duration = draw(st.integers(1100, 200_000))
    times = st.integers(0, duration)
    cuts = sorted(draw(st.sets(st.integers(1, duration - 1), max_size=12)))
    scenes = spans(0, *cuts, duration)
    edges = sorted(draw(st.lists(times, max_size=16)))
    speech = joined(Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False) if a < b)
    guarded = (Span(max(0, one.start - 300), min(duration, one.end + 300)) for one in speech)
    free = between(guarded, Span(SETTINGS.first_cue, duration))
    gaps = tuple(
        Gap(one.start, one.end, draw(st.booleans()))
        for one in free
        if one.duration >= SETTINGS.gap_minimum
    )
    return duration, scenes, speech, gaps


@given(films(), st.booleans())
def test_places_are_in_order_apart_and_in_the_film(film, inline_only: bool) -> None:
    duration, scenes, speech, gaps = film
    found = places(duration, scenes, speech, gaps, SETTINGS, inline_only)
    assert list(found) == sorted(found)
    for one, two in itertools.pairwise(found):
        assert one.end < two.start
    for place in found:
        assert SETTINGS.first_cue <= place.start <= place.end <= duration


@given(films(), st.booleans())
def test_places_lie_outside_speech_and_silence(film, inline_only: bool) -> None:
    duration, scenes, speech, gaps = film
    silent = [gap.span for gap in gaps if gap.leave_silent]
    loud = [gap.span for gap in gaps if not gap.leave_silent]
    all_silent_or_speech = not loud
    for place in places(duration, scenes, speech, gaps, SETTINGS, inline_only):
        span = Span(place.start, place.end)
        assert not any(span.overlap(one) for one in (*speech, *silent))
        if place.mode == "extended":
            inside = any(one.start < place.start < one.end for one in speech)
            assert not inside or all_silent_or_speech
            assert not inline_only
        else:
            assert place.end - place.start >= SETTINGS.gap_minimum - SETTINGS.first_cue
            assert any(gap.start <= span.start and span.end <= gap.end for gap in loud)


@given(films())
def test_every_film_gets_a_place(film) -> None:
    duration, scenes, speech, gaps = film
    assert places(duration, scenes, speech, gaps, SETTINGS, False)
