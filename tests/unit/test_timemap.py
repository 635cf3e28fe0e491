"""Film time and output time: exact, reversible, and never drifting."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.mix.copying import holds, output_base, waits, with_holds
from studio.mix.shown import PictureTimes
from studio.mix.timemap import Hold, SampleMap, TimeMap
from studio.script.model import Clip, Placement
from studio.times import Span

RATES = st.sampled_from([Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(50)])
ODD = (Fraction(2, 99_991), Fraction(700, 99_989), Fraction(90_000, 65_537))
CLIP = Clip("key", 1000, "flite", "rms", 1.0)


@st.composite
def time_maps(draw: st.DrawFn) -> TimeMap:
    rate = draw(RATES)
    frames = sorted(draw(st.lists(st.integers(1, 5000), max_size=40)))
    return TimeMap(tuple(Hold(frame / rate, draw(st.integers(1, 300)) / rate) for frame in frames))


@given(time_maps(), st.fractions(0, 300))
def test_there_and_back(times: TimeMap, film: Fraction) -> None:
    assert times.film(times.output(film)) == film
    assert times.film(times.output_end(film)) == film


@given(
    time_maps(),
    st.lists(st.tuples(st.integers(0, 300_000), st.integers(0, 9000)), max_size=20),
    st.sampled_from([8000, 44_100, 48_000]),
)
def test_thousands_of_spans_are_rounded_as_single_times_are(
    times: TimeMap, spans: list[tuple[int, int]], rate: int
) -> None:
    whole = [Span(start, start + length) for start, length in spans]
    assert times.samples(whole, rate) == [
        (
            round(times.output(Fraction(span.start, 1000)) * rate),
            round(times.output_end(Fraction(span.end, 1000)) * rate),
        )
        for span in whole
    ]


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=9))
def test_holds_at_rates_nobody_films_at_are_rounded_as_well(starts: list[int]) -> None:
    """Their common ticks are too fine for whole numbers of 64 bits."""
    times = TimeMap(tuple(Hold(at, Fraction(1, 31_957)) for at in ODD))
    whole = [Span(start, start + 700) for start in starts]
    assert times.samples(whole, 48_000) == [
        (
            round(times.output(Fraction(span.start, 1000)) * 48_000),
            round(times.output_end(Fraction(span.end, 1000)) * 48_000),
        )
        for span in whole
    ]


@given(time_maps(), st.fractions(0, 300), st.fractions(0, 300))
def test_order_is_kept(times: TimeMap, one: Fraction, other: Fraction) -> None:
    low, high = sorted((one, other))
    assert times.output(high) - times.output(low) >= high - low


def test_what_starts_at_a_hold_comes_after_it_and_what_ends_there_before_it() -> None:
    times = TimeMap((Hold(Fraction(2), Fraction(1)),))
    assert times.output(Fraction(2)) == 3
    assert times.output_end(Fraction(2)) == 2
    assert times.film(Fraction(5, 2)) == 2


def test_holds_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="in order"):
        TimeMap((Hold(Fraction(2), Fraction(1)), Hold(Fraction(1), Fraction(1))))


@given(time_maps(), st.sampled_from([8000, 44100, 48000]), st.integers(0, 99))
def test_every_film_sample_comes_once_and_holds_never_drift(
    times: TimeMap, rate: int, seed: int
) -> None:
    samples = SampleMap.of(times, rate)
    draw = np.random.default_rng(seed)
    position, film, waited = 0, 0, 0
    end = 120 * rate + samples.waits[-1]
    while position < end:
        count = int(draw.integers(1, 20 * rate))
        for piece in samples.pieces(position, count):
            assert piece.output == position
            position += piece.count
            if piece.film is None:
                waited += piece.count
            else:
                assert piece.film == film
                film += piece.count
    assert position == film + waited
    for hold, wait, (begin, finish) in zip(times.holds, times.waits, samples.holds, strict=False):
        assert abs(begin - (hold.at + wait) * rate) <= 1
        assert abs(finish - (hold.at + wait + hold.length) * rate) <= 1


# --- the picture's packets ------------------------------------------------------------------------


@st.composite
def films(draw: st.DrawFn) -> PictureTimes:
    """Packets in decoding order: groups of one later picture and the B-frames before it."""
    rate = draw(RATES)
    base = draw(st.sampled_from([Fraction(1, 1000), Fraction(1, 90000), 1 / rate]))
    order: list[int] = [0]
    while len(order) < 60:
        group = draw(st.integers(0, 4))
        first = len(order)
        order += [first + group, *range(first, first + group)]
    gaps = draw(st.lists(st.integers(1, 3), min_size=len(order), max_size=len(order)))
    shown = np.cumsum([0, *gaps[:-1]])
    ticks = np.array([round(frame / rate / base) for frame in shown.tolist()], np.int64)
    pts = ticks[order]
    delay = int((ticks - pts).max())
    return PictureTimes(base, pts, ticks - delay, max(1, round(1 / rate / base)), rate)


@given(films(), st.data())
def test_holds_keep_order_and_legal_decoding_times(
    times: PictureTimes, data: st.DataObject
) -> None:
    end = int(times.end * 1000)
    placements = [
        Placement(str(number), "extended", at, 1000, at, data.draw(st.integers(1, 5000)), CLIP)
        for number, at in enumerate(data.draw(st.lists(st.integers(1, end), max_size=8)))
    ]
    time_map = holds(placements, times)
    some = holds(placements[::2], times)
    known = dict(zip(waits(placements[::2]), some.holds, strict=True))
    assert holds(placements, times, known) == time_map
    out = with_holds(times, time_map)
    assert (np.diff(out.dts) > 0).all()
    assert (out.dts <= out.pts).all()
    assert (np.argsort(out.pts) == np.argsort(times.pts)).all()
    assert (out.duration > 0).all()
    for pts, moved in zip(times.pts.tolist(), out.pts.tolist(), strict=True):
        assert abs(moved * out.base - time_map.output(pts * times.base)) < 2 * out.base
    whole = (out.pts + out.duration).max() * out.base
    assert abs(whole - times.end - time_map.added) <= out.base


@given(films())
def test_without_holds_nothing_moves(times: PictureTimes) -> None:
    out = with_holds(times, TimeMap())
    assert (out.pts * out.base == times.pts * times.base).all()
    assert (out.dts * out.base == times.dts * times.base).all()


def test_a_hold_lies_on_a_real_frame_and_lasts_whole_frames() -> None:
    rate = Fraction(24000, 1001)
    pts = np.array([round(1000 * frame / rate) for frame in range(100)], np.int64)
    times = PictureTimes(Fraction(1, 1000), pts, pts, 42, rate)
    for frame in range(1, 100):
        at = -(-frame * 1001 // 24)
        found = holds([Placement("a", "extended", at, 500, at, 501, CLIP)], times)
        assert found.holds == (Hold(Fraction(int(pts[frame]), 1000), 13 / rate),)


def test_the_first_picture_is_never_held_back() -> None:
    pts = np.arange(10, dtype=np.int64)
    times = PictureTimes(Fraction(1, 25), pts, pts, 1, Fraction(25))
    found = holds([Placement("a", "extended", 0, 500, 0, 40, CLIP)], times)
    assert found.holds[0].at == Fraction(1, 25)


def test_a_left_out_cue_holds_nothing() -> None:
    pts = np.arange(10, dtype=np.int64)
    times = PictureTimes(Fraction(1, 25), pts, pts, 1, Fraction(25))
    assert holds([Placement("a", "left out", 0, 500, 80, 400)], times).holds == ()


def test_ticks_divide_time_base_and_frames() -> None:
    assert output_base(Fraction(1, 12288), Fraction(24)) == Fraction(1, 12288)
    assert output_base(Fraction(1, 1000), Fraction(24000, 1001)) == Fraction(1, 24000)
    assert output_base(Fraction(1, 1_000_000_007), Fraction(25)).denominator <= 10_000_000


@given(
    time_maps(),
    st.lists(st.integers(0, 200_000), max_size=5),
    st.sampled_from([8000, 44_100, 48_000]),
)
def test_samples_are_the_nearest_to_the_exact_seconds(
    times: TimeMap, films: list[int], rate: int
) -> None:
    for passed, wait in enumerate(times.waits):
        assert times.shown(films, [passed] * len(films), rate) == [
            round((Fraction(film, 1000) + wait) * rate) for film in films
        ]


def test_samples_at_rates_nobody_films_at_are_rounded_as_well() -> None:
    times = TimeMap(tuple(Hold(at, Fraction(1, 31_957)) for at in ODD))
    for passed, wait in enumerate(times.waits):
        (found,) = times.shown([7_654_321], [passed], 48_000)
        assert found == round((Fraction(7_654_321, 1000) + wait) * 48_000)


@given(
    st.one_of(time_maps(), st.just(TimeMap(tuple(Hold(at, Fraction(1, 31_957)) for at in ODD)))),
    st.lists(st.fractions(0, 300), max_size=9),
    st.sampled_from([8000, 44_100, 48_000]),
    st.sampled_from([1, 1024]),
)
def test_whole_ticks_count_as_fractions_do(
    times: TimeMap, at: list[Fraction], rate: int, grid: int
) -> None:
    """The sums and comparisons that the holds themselves define, done with fractions."""
    waited = [
        sum((hold.length for hold in times.holds[:n]), Fraction(0))
        for n in range(len(times.holds) + 1)
    ]
    begins = [hold.at + wait for hold, wait in zip(times.holds, waited, strict=False)]
    assert list(times.waits) == waited
    assert list(times.begins) == begins
    assert times.added == waited[-1]
    assert times.at_ms == [math.ceil(hold.at * 1000) for hold in times.holds]
    edges = [
        edge
        for hold, begin in zip(times.holds, begins, strict=True)
        for edge in (hold.at, begin, begin + hold.length)
    ]
    moment = Fraction(1, 10**12)  # less than any tick
    beside = [edge + by for edge in edges for by in (-moment, moment)]
    for one in (*at, *edges, *beside):
        before = sum(hold.length for hold in times.holds if hold.at < one)
        assert times.output_end(one) == one + before
        assert times.output(one) == one + sum(h.length for h in times.holds if h.at <= one)
        begun = sum(begin <= one for begin in begins)
        assert times.begun(one) == begun
        held = times.holds[begun - 1].at if begun else one
        assert times.film(one) == max(held, one - waited[begun])
    samples = SampleMap.of(times, rate, grid)
    assert samples.at == tuple(round(hold.at * rate) for hold in times.holds)
    assert samples.waits == tuple(round(wait * rate / grid) * grid for wait in waited)


@given(time_maps(), st.data())
def test_two_maps_are_told_apart_where_they_part(one: TimeMap, data: st.DataObject) -> None:
    """One hold is left out, longer, or at another place, as after an edit."""
    kept = {hold.at: hold for hold in one.holds}  # where two lie at one place they act as one
    one = TimeMap(tuple(kept.values()))
    changed = dict(kept)
    if kept:
        at = data.draw(st.sampled_from(sorted(kept)))
        hold = changed.pop(at)
        length = hold.length + data.draw(st.integers(0, 2))
        moved = at + data.draw(st.integers(0, 2))
        if moved not in changed and data.draw(st.booleans()):
            changed[moved] = Hold(moved, length)
    other = TimeMap(tuple(sorted(changed.values())))
    parted = one.same_until(other)
    assert parted == other.same_until(one)
    assert (parted is None) == (one == other)
    end = Fraction(1000) if parted is None else parted
    assert all(one.film(end * part / 64) == other.film(end * part / 64) for part in range(64))
    if parted is not None:
        soon = parted + Fraction(1, 10**6)
        assert one.film(soon) != other.film(soon)
