"""Cuts in pictures drawn here: what is one and what only looks like one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.analysis.scenes import CutFinder, scenes
from studio.media.frames import SmallPicture
from studio.times import Span, frame_time

WIDTH, HEIGHT = 256, 144
Picture = NDArray[np.float64]


def shot(seed: int, count: int, *, light: float = 1.0, pan: int = 0) -> Iterator[Picture]:
    """A coarse texture of its own colours that moves `pan` pixels a picture."""
    random = np.random.default_rng(seed)
    coarse = random.uniform(20, 235, (9, 16, 3)) * random.uniform(0.4, 1, 3) * light
    texture = np.kron(coarse, np.ones((HEIGHT // 9, WIDTH // 16, 1)))
    for number in range(count):
        yield np.roll(texture, pan * number, axis=1)


def grainy(pictures: Iterable[Picture], grain: float) -> Iterator[Picture]:
    random = np.random.default_rng(99)
    for picture in pictures:
        yield picture + random.normal(0, grain, picture.shape)


def cuts(pictures: Iterable[Picture], rate: Fraction = Fraction(25)) -> tuple[int, ...]:
    finder = CutFinder(rate)
    for number, picture in enumerate(pictures):
        pixels = np.clip(picture, 0, 255).astype(np.uint8)
        finder.look(SmallPicture(number, frame_time(number, rate), pixels))
    return finder.cuts()


def at(*frames: int, rate: Fraction = Fraction(25)) -> tuple[int, ...]:
    return tuple(frame_time(frame, rate) for frame in frames)


@pytest.mark.parametrize(
    "rate", [Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)]
)
@pytest.mark.parametrize("seed", range(3))
def test_hard_cuts_are_found_to_the_picture(rate: Fraction, seed: int) -> None:
    shortest = math.ceil(Fraction(6, 10) * rate)
    lengths = [shortest, 40, shortest, shortest, 70, shortest, 50]
    pictures = [
        picture
        for number, length in enumerate(lengths)
        for picture in shot(seed * 100 + number, length, pan=number % 3)
    ]
    expected = at(*np.cumsum(lengths[:-1]).tolist(), rate=rate)
    assert cuts(grainy(pictures, 4), rate) == expected


def test_dark_shots_cut_like_bright_ones() -> None:
    pictures = [*shot(1, 30, light=0.12), *shot(2, 30, light=0.15), *shot(3, 30, light=0.12)]
    assert cuts(grainy(pictures, 1)) == at(30, 60)


def test_a_film_without_cuts_has_none() -> None:
    assert cuts(grainy(shot(1, 120, pan=4), 6)) == ()
    assert cuts([]) == ()
    assert cuts(shot(1, 1)) == ()


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_flash_is_no_cut(length: int) -> None:
    pictures = list(grainy(shot(1, 80, pan=1), 3))
    for number in range(40, 40 + length):
        pictures[number] = pictures[number] * 0.1 + 225
    assert cuts(pictures) == ()


def test_a_flash_beside_a_cut_does_not_hide_it() -> None:
    pictures = list(grainy([*shot(1, 50), *shot(2, 50)], 3))
    pictures[30] = pictures[30] * 0 + 250
    assert cuts(pictures) == at(50)


@pytest.mark.parametrize("held", [2, 3, 4])
def test_animation_on_every_few_pictures_is_no_cut(held: int) -> None:
    drawings = list(shot(1, 30, pan=16))
    assert cuts([drawing for drawing in drawings for _ in range(held)]) == ()


def test_fades_and_dissolves_are_no_cuts_but_a_black_stretch_parts_scenes() -> None:
    first, second = list(shot(1, 80)), list(shot(2, 80))
    for number in range(20):
        first[60 + number] *= 1 - (number + 1) / 20
        second[number] *= number / 20
    black = [first[0] * 0] * 20
    found = cuts([*first, *black, *second])
    assert len(found) == 1
    assert at(78)[0] <= found[0] <= at(103)[0]
    one, other = next(shot(1, 1)), next(shot(2, 1))
    dissolve = [(1 - n / 25) * one + n / 25 * other for n in range(25)]
    assert cuts([*shot(1, 40), *dissolve, *shot(2, 40)]) == ()


def test_black_at_the_very_start_or_end_parts_nothing() -> None:
    black = [np.zeros((HEIGHT, WIDTH, 3))] * 20
    rise = [picture * n / 25 for n, picture in enumerate(shot(1, 25))]
    assert cuts([*black, *rise, *shot(1, 50), *reversed(rise), *black]) == ()


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (3, 2)])
def test_pictures_of_any_size_can_be_looked_at(size: tuple[int, int]) -> None:
    pictures = [np.full((*size, 3), 30.0)] * 30 + [np.full((*size, 3), 220.0)] * 30
    assert cuts(pictures) == at(30)


@given(st.lists(st.integers(-100, 12_000)), st.integers(1, 10_000))
def test_scenes_tile_the_film(found: list[int], duration: int) -> None:
    tiles = scenes(found, duration)
    assert tiles[0].start == 0
    assert tiles[-1].end == duration
    assert all(a.end == b.start for a, b in pairwise(tiles))
    assert all(tile.duration > 0 for tile in tiles)
    assert {cut for cut in found if 0 < cut < duration} == {tile.start for tile in tiles[1:]}


def test_no_cuts_make_one_scene() -> None:
    assert scenes((), 5000) == (Span(0, 5000),)
