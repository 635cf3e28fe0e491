"""The planner: where clips sound and where the film waits."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.script.model import Clip, Cue, Film, Mode, Placement, Project, Version
from studio.settings import Settings
from studio.speech.fit import issues, plan, room
from studio.times import Span, frame_at, frame_time, frames_for, joined

RATES = [Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60), Fraction(12)]


def film(duration: int = 60_000, rate: Fraction = Fraction(25)) -> Film:
    return Film("film.mp4", 1, "f", duration, 320, 180, rate, -23.0)


def cue(
    number: int,
    start: int,
    end: int,
    clip: int | None,
    mode: Mode = "auto",
    tempo: float = 1.0,
    freeze: int | None = None,
) -> Cue:
    sound = Clip("k" * 32, clip, "flite", "rms", tempo) if clip is not None else None
    versions = (Version("en", "A man waits.", sound),)
    return Cue(f"c{number}", start, end, versions, mode=mode, freeze=freeze)


def project(*cues: Cue, speech: tuple[Span, ...] = (), **changes: object) -> Project:
    values = {"film": film(), "settings": Settings(), **changes}
    return Project(cues=cues, speech=speech, **values)  # type: ignore[arg-type]


def only(planned: tuple[Placement, ...]) -> Placement:
    (placement,) = planned
    return placement


def test_a_clip_that_fits_starts_with_its_cue() -> None:
    placed = only(plan(project(cue(1, 2000, 6000, 3000)), "en"))
    assert (placed.state, placed.start, placed.duration, placed.freeze) == ("fits", 2000, 3000, 0)


def test_a_faster_clip_is_called_so() -> None:
    assert only(plan(project(cue(1, 2000, 6000, 3000, tempo=1.1)), "en")).state == "faster"


def test_the_first_cue_is_never_at_zero() -> None:
    assert only(plan(project(cue(1, 0, 6000, 3000)), "en")).start == 40


def test_the_film_waits_for_what_is_missing() -> None:
    placed = only(plan(project(cue(1, 2000, 6000, 5010)), "en"))
    assert (placed.state, placed.start, placed.freeze_at) == ("extended", 2000, 6000)
    assert placed.freeze == 1040  # 26 whole frames for 1010 ms


def test_inline_never_waits_and_says_what_is_missing() -> None:
    long = project(cue(1, 2000, 6000, 5500, "inline"))
    placed = only(plan(long, "en"))
    assert (placed.state, placed.clip, placed.freeze) == ("left out", None, 0)
    (issue,) = issues(long, "en")
    assert (issue.rule, issue.severity, issue.cue) == ("fit.left-out", "error", "c1")
    assert "0:02.000" in issue.sentence
    assert "needs 1.5 s more" in issue.sentence
    assert "extended" in issue.sentence


def test_a_wait_longer_than_allowed_must_be_asked_for() -> None:
    unasked = project(cue(1, 2000, 2000, 21_000))
    assert only(plan(unasked, "en")).state == "left out"
    assert "20.0 s" in issues(unasked, "en")[0].sentence
    asked = project(cue(1, 2000, 2000, 21_000, "extended"))
    assert only(plan(asked, "en")).freeze == 21_000
    assert issues(asked, "en") == ()


def test_a_freeze_the_describer_set_is_kept_if_long_enough() -> None:
    assert (
        only(plan(project(cue(1, 2000, 4000, 3000, "extended", freeze=5000)), "en")).freeze == 5000
    )
    assert only(plan(project(cue(1, 2000, 4000, 3000, "auto", freeze=400)), "en")).freeze == 1000
    assert only(plan(project(cue(1, 2000, 4000, 3000, "auto", freeze=0)), "en")).state == "left out"


def test_extended_always_waits() -> None:
    placed = only(plan(project(cue(1, 2000, 6000, 1000, "extended")), "en"))
    assert (placed.state, placed.freeze_at, placed.freeze) == ("extended", 6000, 40)


def test_a_clip_waits_for_the_one_before() -> None:
    first, second = plan(project(cue(1, 2000, 6000, 3000), cue(2, 4000, 9000, 3000)), "en")
    assert (first.start, second.start) == (2000, 5300)
    tight = plan(project(cue(1, 2000, 6000, 3000), cue(2, 4000, 8000, 3000, "inline")), "en")
    assert tight[1].state == "left out"


def test_two_waits_at_one_place_are_not_made() -> None:
    first, second = plan(
        project(cue(1, 2000, 2000, 900, "extended"), cue(2, 2000, 2000, 900, "extended")), "en"
    )
    assert (first.state, second.state) == ("extended", "left out")


def test_a_clip_ends_before_speech_that_reaches_into_its_room() -> None:
    talked_into = project(cue(1, 2000, 8000, 4000, "inline"), speech=(Span(5000, 5500),))
    assert only(plan(talked_into, "en")).state == "left out"
    assert room(talked_into, talked_into.cues[0]) == Span(2000, 5000)


def test_a_room_that_begins_in_speech_begins_after_it() -> None:
    covered = project(cue(1, 2000, 8000, 3000), speech=(Span(1000, 3500),))
    assert only(plan(covered, "en")).start == 3500


def test_a_wait_does_not_cut_a_word() -> None:
    # the next frame boundary (2120) lies in speech, the one before (2080) does not
    tight = project(cue(1, 2090, 2090, 1000, "extended"), speech=(Span(2100, 5000),))
    placed = only(plan(tight, "en"))
    assert (placed.start, placed.freeze_at) == (2080, 2080)


def test_a_film_of_one_frame_cannot_wait() -> None:
    short = project(cue(1, 40, 40, 1000, "extended"), film=film(40))
    assert only(plan(short, "en")).state == "left out"


def test_unwritten_and_unspoken() -> None:
    silent = replace(cue(1, 40, 4000, None), id="c1")
    empty = replace(cue(2, 5000, 9000, None), versions=(Version("en", "  "),))
    assert [one.state for one in plan(project(silent, empty), "en")] == ["unspoken", "unwritten"]
    assert {one.state for one in plan(project(silent, empty), "de")} == {"unwritten"}


@st.composite
def projects(draw: st.DrawFn) -> Project:
    rate = draw(st.sampled_from(RATES))
    duration = draw(st.integers(50, 30_000))
    times = st.integers(0, duration)
    edges = sorted(draw(st.lists(times, max_size=10)))
    speech = tuple(Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False) if a < b)
    cues = []
    for number in range(draw(st.integers(1, 6))):
        start = draw(times)
        cues.append(
            cue(
                number,
                start,
                start + draw(st.integers(0, 6000)),
                draw(st.integers(1, 8000)),
                draw(st.sampled_from(["auto", "inline", "extended"])),
                draw(st.sampled_from([1.0, 1.1])),
                draw(st.none() | st.integers(0, 5000)),
            )
        )
    limit = draw(st.sampled_from([0, 3000, 20_000]))
    settings = Settings(freeze_limit=limit)
    return project(*cues, speech=speech, film=film(duration, rate), settings=settings)


def sounding(placed: Placement) -> Span:
    """The part of a clip that sounds while the film runs."""
    end = placed.start + placed.duration
    return Span(placed.start, min(end, placed.freeze_at) if placed.freeze else end)


@given(projects())
def test_no_clip_sounds_during_speech(made: Project) -> None:
    for placed in plan(made, "en"):
        if placed.clip is not None:
            assert not any(sounding(placed).overlap(span) for span in made.speech)


@given(projects())
def test_clips_follow_one_another(made: Project) -> None:
    placements = [one for one in plan(made, "en") if one.clip is not None]
    for before, after in itertools.pairwise(placements):
        assert after.start >= sounding(before).end
        if before.freeze:
            assert after.start > before.freeze_at
            assert after.freeze_at > before.freeze_at


@given(projects())
def test_waits_are_whole_frames_at_frame_boundaries(made: Project) -> None:
    rate = made.film.rate
    for placed in plan(made, "en"):
        if not placed.freeze:
            continue
        index = frame_at(placed.freeze_at, rate)
        assert frame_time(index, rate) == placed.freeze_at
        assert 1 <= index <= frame_at(made.film.duration - 1, rate)
        assert placed.start <= placed.freeze_at
        held = frames_for(placed.freeze, rate)
        assert int(held * 1000 / rate) == placed.freeze
        assert placed.freeze >= placed.duration - (placed.freeze_at - placed.start)


@given(projects())
def test_modes_settings_and_the_film_are_kept(made: Project) -> None:
    for placed in plan(made, "en"):
        asked = made.cue(placed.cue)
        assert asked is not None
        if placed.clip is None:
            assert placed.state == "left out"
            continue
        assert placed.start > 0
        assert sounding(placed).end <= made.film.duration
        assert asked.mode != "inline" or not placed.freeze
        assert asked.mode != "extended" or placed.freeze
        if asked.mode == "auto" and not asked.freeze:
            assert placed.freeze <= made.settings.freeze_limit


@given(projects(), st.randoms())
def test_the_order_of_cues_does_not_matter(made: Project, chance: random.Random) -> None:
    shuffled = list(made.cues)
    chance.shuffle(shuffled)
    assert plan(replace(made, cues=tuple(shuffled)), "en") == plan(made, "en")


@given(projects())
def test_speech_in_pieces_is_the_same_speech(made: Project) -> None:
    halves = [
        piece
        for span in joined(made.speech)
        for piece in (Span(span.start, (span.start + span.end) // 2 + 1), span)
    ]
    assert plan(replace(made, speech=tuple(halves)), "en") == plan(made, "en")


@given(st.integers(1, 9000), st.integers(0, 9000), st.integers(0, 5000))
def test_more_room_never_fits_worse(clip: int, length: int, more: int) -> None:
    better = {"fits": 0, "extended": 1, "left out": 2}
    for mode in ("auto", "inline"):
        small = only(plan(project(cue(1, 1000, 1000 + length, clip, mode)), "en"))
        large = only(plan(project(cue(1, 1000, 1000 + length + more, clip, mode)), "en"))
        assert better[large.state] <= better[small.state]


@pytest.mark.parametrize("state", ["left out"])
def test_every_left_out_clip_has_its_sentence(state: str) -> None:
    made = project(cue(1, 2000, 6000, 5500, "inline"), cue(2, 7000, 9000, 5500, "inline"))
    left = [one.cue for one in plan(made, "en") if one.state == state]
    assert [one.cue for one in issues(made, "en")] == left == ["c1", "c2"]


rooms = st.lists(
    st.tuples(
        st.integers(0, 300).map(lambda at: at * 200),
        st.integers(0, 40).map(lambda length: length * 100),
        st.none() | st.integers(1, 60).map(lambda length: length * 100),
        st.sampled_from(["auto", "inline", "extended"]),
    ),
    min_size=1,
    max_size=12,
)


@given(
    made=rooms,
    turns=st.lists(st.tuples(st.integers(0, 11), st.integers(1, 60), st.booleans()), max_size=6),
    talk=st.lists(st.integers(0, 58).map(lambda at: Span(at * 1000, at * 1000 + 700)), max_size=6),
)
def test_what_is_kept_of_the_plan_before_changes_nothing(
    made: list[tuple[int, int, int | None, Mode]],
    turns: list[tuple[int, int, bool]],
    talk: list[Span],
) -> None:
    """A plan made from an earlier one is the plan made from nothing."""
    cues = [
        cue(number, start, start + length, clip, mode)
        for number, (start, length, clip, mode) in enumerate(made)
    ]
    edited = project(*cues, speech=tuple(sorted(talk)))
    plan(edited, "en")
    for which, length, quieter in turns:
        at = which % len(cues)
        cues[at] = cue(at, cues[at].start, cues[at].end, length * 100)
        edited = replace(edited, cues=tuple(cues))
        if quieter:
            edited = replace(edited, speech=edited.speech[1:])
        found = plan(edited, "en"), issues(edited, "en")
        afresh = replace(edited, film=replace(edited.film))  # of another film nothing is kept
        assert found == (plan(afresh, "en"), issues(afresh, "en"))
