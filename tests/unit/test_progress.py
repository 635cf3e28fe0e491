from __future__ import annotations

import random
from itertools import pairwise

import pytest

from studio.progress import Cancelled, Progress, TimeLeft


def test_a_part_reports_within_the_whole() -> None:
    heard: list[tuple[float, str]] = []
    progress = Progress(lambda fraction, message: heard.append((fraction, message)))
    inner = progress.part(0.2, 0.6).part(0.5, 1.0)
    inner(0.0, "begin")
    inner(1.0, "end")
    inner(7.0, "too far")
    assert [fraction for fraction, _ in heard] == pytest.approx([0.4, 0.6, 0.6])
    assert heard[0][1] == "begin"


def test_cancelling_the_whole_stops_every_part_and_is_no_exception() -> None:
    progress = Progress()
    part = progress.part(0.0, 0.5)
    progress.cancel()
    with pytest.raises(Cancelled):
        part(0.1)
    with pytest.raises(Cancelled):
        part.check()
    assert not issubclass(Cancelled, Exception)


def test_steps_share_a_job_by_how_long_they_take() -> None:
    heard: list[float] = []
    progress = Progress(lambda fraction, _: heard.append(fraction))
    for part in progress.shared(1, 3, 4):
        part(0.0)
        part(1.0)
    assert heard == pytest.approx([0, 1 / 8, 1 / 8, 1 / 2, 1 / 2, 1])


def told(steps: list[tuple[float, float]]) -> list[int | None]:
    """What is told after each (seconds, fraction)."""
    now = 0.0
    left = TimeLeft(lambda: now)
    result = []
    for moment, fraction in steps:
        now = moment
        result.append(left.at(fraction))
    return result


def test_a_steady_job_is_told_exactly_and_late_enough() -> None:
    steady = told([(0.1 * step, step / 1000) for step in range(1001)])
    assert steady[:10] == [None] * 10
    assert [steady[step] for step in (100, 500, 900, 1000)] == [90, 50, 10, 0]


def test_time_left_counts_down_though_the_speed_trembles() -> None:
    draw = random.Random(4)
    moments = [0.0]
    for _ in range(1000):
        moments.append(moments[-1] + 0.1 * draw.uniform(0.4, 1.6))
    said = told([(moment, step / 1000) for step, moment in enumerate(moments)])
    known = [one for one in said if one is not None]
    assert sum(after > before for before, after in pairwise(known)) <= 10
    for step in (200, 500, 800):
        assert said[step] == pytest.approx(moments[-1] - moments[step], rel=0.15)


def test_a_slower_second_half_is_noticed() -> None:
    moments = [step * 0.1 if step < 500 else 50 + (step - 500) * 0.4 for step in range(1001)]
    said = told([(moment, step / 1000) for step, moment in enumerate(moments)])
    assert said[499] == 50
    assert said[800] == pytest.approx(0.4 * 200, rel=0.25)
    assert said[1000] == 0


def test_a_stage_that_says_nothing_does_not_take_for_ever() -> None:
    said = told([(0, 0), (1, 0.1), (2, 0.2), (30, 0.2)])
    assert said[-1] is not None
    assert said[-1] < 1000
