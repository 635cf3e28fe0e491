"""One channel at another rate: the same numbers as scipy's, at any pair of rates."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import resample_poly

from studio.media.resample import resampled

CLIP = 48_000


def by_scipy(samples: np.ndarray, rate: int, to: int) -> np.ndarray:
    ratio = Fraction(to, rate)
    return resample_poly(samples.astype(np.float64), ratio.numerator, ratio.denominator)


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 96_000])
def test_the_rates_of_voices_and_microphones(rate: int) -> None:
    samples = np.random.default_rng(rate).standard_normal(rate // 2).astype(np.float32)
    found = resampled(samples, rate, CLIP)
    assert len(found) == -(-len(samples) * CLIP // rate)
    assert found == pytest.approx(by_scipy(samples, rate, CLIP), abs=1e-12)


@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 700), st.integers(0, 2**32 - 1))
def test_any_rates_and_lengths(rate: int, to: int, count: int, seed: int) -> None:
    samples = np.random.default_rng(seed).standard_normal(count)
    expected = by_scipy(samples, rate, to)
    assert resampled(samples, rate, to) == pytest.approx(expected, abs=1e-11)


def test_more_than_fits_in_one_block() -> None:
    samples = np.random.default_rng(0).standard_normal(70_000)
    assert resampled(samples, 1, 2) == pytest.approx(by_scipy(samples, 1, 2), abs=1e-12)


def test_nothing_is_nothing() -> None:
    assert resampled(np.zeros(0, np.float32), 16_000, CLIP).shape == (0,)


def test_a_clip_is_finished_without_scipy() -> None:
    """A text that is written is heard at once; scipy alone would take longer to load."""
    script = (
        "import sys, numpy as np\n"
        "from studio.speech.synthesise import finished\n"
        "tone = np.sin(np.arange(16000) / 9).astype(np.float32)\n"
        "assert len(finished(tone, 16000))\n"
        "print([one for one in ('scipy', 'pyloudnorm') if one in sys.modules])\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"
