"""Loudness as ITU-R BS.1770 has it, against pyloudnorm and the standard's own test tone."""

from __future__ import annotations

import numpy as np
import pyloudnorm
import pytest

from studio.media.audio import Samples
from studio.media.loudness import STEP, LoudnessMeter, energies_of, integrated
from studio.times import Span


def measured(samples: Samples, rate: int, layout: str, block: int = 5000) -> np.ndarray:
    meter = LoudnessMeter(rate, layout)
    for start in range(0, samples.shape[1], block):
        meter.feed(samples[:, start : start + block])
    return meter.energies()


def tone(seconds: float, rate: int, peak: float, hertz: float = 997) -> np.ndarray:
    times = np.arange(round(seconds * rate)) / rate
    return (peak * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000, 96_000])
def test_the_standards_tone_reads_as_it_must(rate: int) -> None:
    energies = measured(tone(5, rate, 1.0)[np.newaxis], rate, "mono")
    assert integrated(energies) == pytest.approx(-3.01, abs=0.05)


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_pyloudnorm(seed: int) -> None:
    random = np.random.default_rng(seed)
    levels = np.repeat(random.uniform(0.001, 0.3, 12), 48_000)
    samples = (random.standard_normal((2, len(levels))) * levels).astype(np.float32)
    reference = pyloudnorm.Meter(48_000).integrated_loudness(samples.T.astype(np.float64))
    assert integrated(measured(samples, 48_000, "stereo")) == pytest.approx(reference, abs=0.1)


def test_blocks_of_any_size_give_the_same() -> None:
    samples = np.random.default_rng(5).standard_normal((2, 100_000)).astype(np.float32) * 0.1
    assert np.allclose(
        measured(samples, 44_100, "stereo", 777), measured(samples, 44_100, "stereo", 100_000)
    )


@pytest.mark.parametrize(("rate", "count"), [(48_000, 500_123), (44_100, 9000), (48_000, 4799)])
def test_a_clip_measured_at_once_reads_as_if_it_passed_by(rate: int, count: int) -> None:
    random = np.random.default_rng(count)
    samples = (random.standard_normal(count) * np.linspace(0.5, 0.01, count)).astype(np.float32)
    found, expected = energies_of(samples, rate), measured(samples[np.newaxis], rate, "mono")
    assert found == pytest.approx(expected, rel=1e-9)
    assert len(found) == count * 10 // rate


def test_rear_channels_count_more_and_the_lfe_not_at_all() -> None:
    def alone(channel: int) -> float | None:
        samples = np.zeros((6, 96_000), np.float32)
        samples[channel] = tone(2, 48_000, 0.5)
        return integrated(measured(samples, 48_000, "5.1"))

    front, centre, lfe, rear = alone(0), alone(2), alone(3), alone(4)
    assert front is not None
    assert centre == pytest.approx(front)
    assert lfe is None
    assert rear == pytest.approx(front + 1.49, abs=0.01)


def test_silence_and_next_to_nothing_have_no_loudness() -> None:
    assert integrated(np.zeros(0)) is None
    assert integrated(measured(np.zeros((1, 48_000), np.float32), 48_000, "mono")) is None
    assert integrated(measured(tone(0.2, 48_000, 1.0)[np.newaxis], 48_000, "mono")) is None


def test_only_what_lies_within_is_measured() -> None:
    quiet, loud = tone(4, 48_000, 0.01), tone(4, 48_000, 0.1)
    energies = measured(np.concatenate([quiet, loud])[np.newaxis], 48_000, "mono")
    assert integrated(energies, [Span(0, 4000)]) == pytest.approx(-43.01, abs=0.1)
    assert integrated(energies, [Span(4100, 8000)]) == pytest.approx(-23.01, abs=0.1)
    assert integrated(energies, []) is None
    assert integrated(energies, [Span(1000, 1000 + 3 * STEP)]) is None
