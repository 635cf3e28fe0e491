"""How much likelier a mouth speaks than fits by chance, and how likely chance has peaks as high."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad

from studio.analysis.odds import SYLLABLE, found_chance, model_chance, nats, speaks, speaks_nats
from studio.engines import LAG_STEP


def by_chance(count: int = 4000, seed: int = 1) -> NDArray[np.float32]:
    """Correlations at lags of chance, of some 100 independent values each."""
    noise = np.random.default_rng(seed).standard_normal(count + 14)
    wavy = np.convolve(noise, np.hanning(15), "valid")
    return (0.1 * wavy / wavy.std()).astype(np.float32)


def alone(agreement: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """The odds of a mouth that nobody is seen with."""
    return nats([speaks_nats(agreement)], [share])


def test_the_odds_are_those_of_a_mouth_that_speaks_perhaps() -> None:
    row = by_chance()
    whole = np.arctanh(row.astype(np.float64))
    told = alone(row, 0.3)
    for lag in (0, 777, int(row.argmax()), int(row.argmin())):
        z = whole[lag] / whole.std()
        likelier = quad(lambda a, z=z: math.exp(a * z - a * a / 2), 1, 6.5)[0] / 5.5
        assert told[lag] == pytest.approx(math.log(0.7 + 0.3 * likelier), abs=2e-3)


def test_a_mouth_that_says_nothing_takes_little_away() -> None:
    row = by_chance()
    row[100], row[200] = 0.5, -0.5
    told = alone(row, 0.4)
    assert told[100] > 8
    assert told.min() == told[200] == pytest.approx(math.log(0.6), abs=0.01)
    assert alone(row, 0.9)[200] == pytest.approx(math.log(0.1), abs=0.01)
    assert abs(np.exp(alone(by_chance(200_000), 0.4).astype(np.float64)).mean() - 1) < 0.1


def test_of_mouths_seen_at_once_one_speaks() -> None:
    """Several that fit at the same lag, moved by one hand, tell no more than the best of them."""
    rows = [by_chance(seed=seed) for seed in range(3)]
    for row in rows:
        row[100] = 0.4
    rows[0][300] = 0.4
    told = [speaks_nats(row) for row in rows]
    together, single = nats(told, [0.4, 0.4, 0.4]), nats(told[:1], [0.4])
    assert together[100] == pytest.approx(single[100] + math.log(2), abs=0.3)
    assert together[300] == pytest.approx(single[300] - math.log(1.8), abs=0.3)
    # if nobody speaks, all together have odds of one on the average
    many = [speaks_nats(by_chance(200_000, seed)) for seed in range(3)]
    assert abs(np.exp(nats(many, [0.2, 0.4, 0.6]).astype(np.float64)).mean() - 1) < 0.15


def test_the_scale_of_an_agreement_does_not_count() -> None:
    """Another meter's chance may be wider."""
    narrow = alone(np.float32(0.4) * by_chance(), 0.5)
    assert np.abs(alone(by_chance(), 0.5) - narrow).max() < 1
    assert np.isfinite(alone(np.linspace(-1, 1, 50, dtype=np.float32), 0.9)).all()
    assert not alone(np.zeros(50, np.float32), 0.5).any()


def test_who_speaks_is_told_from_the_odds() -> None:
    assert speaks(math.log(0.6 + 0.4 * 9), 0.4) == pytest.approx(0.4 * 9 / (0.6 + 0.4 * 9))
    assert speaks(math.log(0.6), 0.4) == pytest.approx(0)


def test_chance_is_as_rare_as_it_says() -> None:
    """Of searches through nothing but chance one in twenty has a peak it calls one in twenty."""
    found = []
    for seed in range(400):
        heights = np.random.default_rng(seed).exponential(1.5, 4000)
        sums = np.zeros(8 * len(heights))
        sums[::8] = heights
        search, rest = sums[: 8 * 30], sums[8 * 30 :]
        found.append(found_chance(float(search.max()), [rest[:9000], rest[9000:]], len(search)))
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=0.03)
    assert np.mean(np.array(found) < 0.5) == pytest.approx(0.5, abs=0.08)


def test_chance_never_falls_faster_than_odds_can() -> None:
    """Peaks that are all alike are no proof that none is higher."""
    row = np.tile([0.0, 0.1, 2.0, 0.1], 500)
    assert found_chance(2.0, [row], 260) == 1
    assert found_chance(1.0, [row], 260) == 1
    near, far = found_chance(9.0, [row], 260), found_chance(14.0, [row], 260)
    assert near / far == pytest.approx(math.exp(5), rel=0.05)


def test_many_offsets_that_were_tried_make_chance_likelier() -> None:
    sums = by_chance(20_000, 3).astype(np.float64) * 20
    few, many = (found_chance(14.0, [sums], searched) for searched in (261, 2610))
    assert many / few == pytest.approx(10, rel=0.05)
    assert found_chance(60.0, [sums], 261) < 1e-12


def test_odds_alone_tell_what_chance_has_at_most() -> None:
    """Of a mouth that is as it is taken to be, and of any number of offsets."""
    lot, share, lags = np.random.default_rng(5), 0.4, 30
    row = lot.standard_normal(lags * 4000) * 0.1
    heights = alone(row.astype(np.float32), share).reshape(-1, lags).max(axis=1)
    searched = lags * SYLLABLE / LAG_STEP
    for least in (4.0, 5.0):
        told = model_chance(least, searched)
        assert told / 100 < np.mean(heights > least) < told
    assert model_chance(-3.0, searched) == pytest.approx(1)
    assert model_chance(40.0, searched) == pytest.approx(lags * math.exp(-40))
