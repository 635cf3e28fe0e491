"""Gaps are what speech and its guards leave, no more and no less."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.analysis.gaps import gaps
from studio.script.model import Gap
from studio.settings import Settings
from studio.times import Span

DURATION = 60_000

talks = st.lists(
    st.builds(
        lambda start, length: Span(start, start + length),
        st.integers(0, DURATION + 5000),
        st.integers(1, 9000),
    ),
    max_size=12,
)
settings = st.builds(
    Settings,
    gap_minimum=st.integers(500, 6000),
    speech_guard=st.integers(0, 1500),
    first_cue=st.integers(1, 2000),
)


@pytest.mark.parametrize(
    ("speech", "expected"),
    [
        ((), (Gap(40, 60_000),)),
        ((Span(10_000, 20_000),), (Gap(40, 9700), Gap(20_300, 60_000))),
        ((Span(0, 57_000),), (Gap(57_300, 60_000),)),
        ((Span(0, 57_701),), ()),
        ((Span(2340, 60_000),), (Gap(40, 2040),)),
        ((Span(2339, 60_000),), ()),
        ((Span(0, 60_000),), ()),
    ],
)
def test_guards_lie_beside_speech_only(speech: tuple[Span, ...], expected: tuple[Gap, ...]) -> None:
    assert gaps(speech, DURATION, Settings()) == expected


@given(talks, settings)
def test_gaps_are_ordered_long_enough_and_clear_of_speech(
    speech: list[Span], chosen: Settings
) -> None:
    found = gaps(speech, DURATION, chosen)
    assert list(found) == sorted(found, key=lambda gap: gap.start)
    for before, after in pairwise(found):
        assert before.end < after.start
    for gap in found:
        assert chosen.first_cue <= gap.start
        assert gap.end <= DURATION
        assert gap.end - gap.start >= chosen.gap_minimum
        for talk in speech:
            guarded = Span(talk.start - chosen.speech_guard, talk.end + chosen.speech_guard)
            assert guarded.overlap(gap.span) == 0


@given(talks, settings)
def test_every_stretch_that_could_be_a_gap_is_in_one(speech: list[Span], chosen: Settings) -> None:
    found = gaps(speech, DURATION, chosen)
    guard = chosen.speech_guard
    free = [
        not any(talk.start - guard <= ms < talk.end + guard for talk in speech)
        for ms in range(chosen.first_cue, DURATION)
    ]
    run = 0
    for offset, is_free in enumerate([*free, False]):
        if is_free:
            run += 1
            continue
        if run >= chosen.gap_minimum:
            end = chosen.first_cue + offset
            assert Gap(end - run, end) in found
        run = 0


@given(talks, settings)
def test_order_and_repetition_of_speech_do_not_matter(speech: list[Span], chosen: Settings) -> None:
    found = gaps(speech, DURATION, chosen)
    assert gaps([*reversed(speech), *speech], DURATION, chosen) == found
