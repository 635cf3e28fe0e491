"""The control track: read back as a receiver reads it, by its changes of sign alone."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.mix.control import FRAME, RATE, control, descriptor, fade_byte, signal
from studio.mix.mixer import Dip, MixPlan

BIT = RATE / 1280  # samples


def bits(sound: NDArray[np.float32]) -> Iterator[int]:
    """The bits of a Manchester signal: changes about a bit apart count, those between do not."""
    changes = np.flatnonzero(np.diff(np.signbit(sound)))
    middle = BIT / 2
    for at in changes:
        if abs(at + 1 - middle) < BIT / 4:
            yield int(sound[at] > 0 > sound[at + 1])
            middle = at + 1 + BIT


def descriptors(sound: NDArray[np.float32]) -> list[bytes]:
    read = np.packbits(np.array(list(bits(sound)), np.uint8)).tobytes()
    return [read[at : at + 16] for at in range(0, len(read), 16)]


def plan(ducks: tuple[Dip, ...], seconds: int = 2, level: float = -9.0) -> MixPlan:
    return MixPlan(RATE, seconds * RATE, (1.0,), ducks=ducks, duck_level=level)


def test_a_descriptor_is_laid_out_as_the_standard_says() -> None:
    said = descriptor(30, 64)
    assert said[:9] == b"\xf8DTGAD1\x1e\x40"
    assert said[9:14] == b"\xff" * 5
    assert len(said) == 16
    assert binascii.crc_hqx(said, 0x1D0F) == 0


@pytest.mark.parametrize(
    ("decibels", "byte"),
    [(0.0, 0), (-0.3, 1), (-9.0, 30), (-76.2, 254), (-100.0, 254), (-np.inf, 255)],
)
def test_fades_go_in_steps_of_a_third_of_a_decibel(decibels: float, byte: int) -> None:
    assert fade_byte(decibels) == byte


def test_a_descriptor_takes_a_tenth_of_a_second() -> None:
    sound = signal(descriptor(0))
    assert len(sound) == FRAME == 4800
    assert np.abs(sound).max() == np.abs(sound).min() == pytest.approx(10 ** (-18 / 20))


def test_a_receiver_reads_what_was_said() -> None:
    wanted = [descriptor(fade, pan) for fade, pan in ((0, 0), (255, 255), (30, 128), (170, 85))]
    sound = np.concatenate([signal(one) for one in wanted])
    assert descriptors(sound) == wanted


def test_the_fade_follows_the_ducking() -> None:
    ducks = (Dip(RATE // 2, RATE, RATE * 3 // 10, RATE * 3 // 10),)
    sound = control(plan(ducks), 0, 2 * RATE)
    fades = [one[7] for one in descriptors(sound)]
    # known at 0.1, 0.2 ... s: down from 0.2 to 0.5 s, up from 1.0 to 1.3 s
    assert fades == [0, 0, 10, 20, 30, 30, 30, 30, 30, 30, 20, 10, *[0] * 8]


def test_any_stretch_is_the_same_however_it_is_cut() -> None:
    one = plan((Dip(9000, 20_000, 4000, 4000),))
    whole = control(one, 0, one.length)
    edges = [0, 1, 4799, 4800, 4801, 30_000, one.length]
    parts = [control(one, start, end - start) for start, end in pairwise(edges)]
    assert np.array_equal(np.concatenate(parts), whole)
    assert len(control(one, 5, 0)) == 0
