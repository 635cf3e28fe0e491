from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import UsageError
from studio.times import (
    Span,
    between,
    clock,
    frame_at,
    frame_time,
    frames_for,
    joined,
    parse_clock,
)

RATES = [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(240)]
spans = st.builds(
    lambda start, length: Span(start, start + length), st.integers(0, 5000), st.integers(0, 900)
)


@pytest.mark.parametrize("rate", RATES)
def test_every_frame_is_found_again_at_its_own_time(rate: Fraction) -> None:
    assert all(frame_at(frame_time(n, rate), rate) == n for n in range(20_000))


@given(st.integers(0, 10_800_000), st.sampled_from(RATES))
def test_the_frame_at_a_time_has_begun_and_the_next_has_not(ms: int, rate: Fraction) -> None:
    frame = frame_at(ms, rate)
    assert Fraction(frame) / rate * 1000 <= ms < Fraction(frame + 1) / rate * 1000


@given(st.integers(0, 60_000), st.sampled_from(RATES))
def test_whole_frames_last_long_enough_and_not_a_frame_longer(ms: int, rate: Fraction) -> None:
    frames = frames_for(ms, rate)
    assert Fraction(frames) / rate * 1000 >= ms
    assert frames == 0 or Fraction(frames - 1) / rate * 1000 < ms


@given(st.lists(spans), st.integers(0, 300))
def test_joined_spans_are_apart_and_cover_the_same(given_spans: list[Span], bridge: int) -> None:
    result = joined(given_spans, bridge)
    assert all(b.start - a.end > bridge for a, b in pairwise(result))
    assert all(any(r.start <= s.start and s.end <= r.end for r in result) for s in given_spans)


@given(st.lists(spans))
def test_between_and_the_spans_share_nothing_and_fill_the_whole(given_spans: list[Span]) -> None:
    whole = Span(100, 5000)
    free = list(between(given_spans, whole))
    assert all(not gap.overlap(span) for gap in free for span in given_spans)
    covered = sum(gap.duration for gap in free)
    assert covered + sum(span.overlap(whole) for span in joined(given_spans)) == whole.duration


@given(st.integers(0, 359_999_999))
def test_a_clock_time_is_read_back(ms: int) -> None:
    assert parse_clock(clock(ms)) == ms


@pytest.mark.parametrize(
    ("text", "ms"), [("9.4", 9400), ("62", 62_000), ("1:02:03,004", 3_723_004), ("0:09.40", 9400)]
)
def test_times_as_people_write_them(text: str, ms: int) -> None:
    assert parse_clock(text) == ms


@pytest.mark.parametrize("text", ["", "soon", "1:2:3:4", "-3", "1.2345"])
def test_what_is_no_time_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time"):
        parse_clock(text)


def test_a_shrunk_span_never_turns_over() -> None:
    assert Span(0, 500).shrunk(300, 300) == Span(300, 300)
    assert Span(0, 1000).shrunk(300, 200) == Span(300, 800)
