"""The outline of the sound: right at every zoom, in its place, kept, constant in memory."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio import paths
from studio.media import peaks as peaks_module
from studio.media.peaks import BINS_PER_SECOND, FULL_SCALE, Peaks, cached_peaks, film_peaks
from studio.media.probe import probe
from studio.progress import Cancelled, Progress, unwatched
from tests import make_media


def _random_peaks(bins: int, seed: int = 1) -> Peaks:
    both = np.random.default_rng(seed).integers(-32767, 32768, (bins, 2)).astype(np.int16)
    return Peaks(np.sort(both, axis=1))


@given(
    bins=st.integers(1, 20_000),
    start=st.floats(0, 5000),
    width=st.floats(2.0, 900.0),
    count=st.integers(1, 40),
)
def test_a_column_shows_what_sounds_there_and_nothing_from_afar(
    bins: int, start: float, width: float, count: int
) -> None:
    peaks = _random_peaks(bins)
    edges = start + np.arange(count + 1) * width
    found = peaks.columns(edges)
    assert found.shape == (count, 2)
    around = 4 * width  # a coarser level's bin is at most as wide as the column
    for column, (begin, end) in enumerate(pairwise(edges.tolist())):
        low, high = int(found[column, 0]), int(found[column, 1])
        within = _bins(peaks, begin - around, end + around)
        if (low, high) == (0, 0) and end * BINS_PER_SECOND / 1000 >= bins:
            continue  # beyond the sound
        assert len(within)
        assert within[:, 0].min() <= low <= high <= within[:, 1].max()


def test_columns_of_the_finest_bins_are_those_bins() -> None:
    peaks = _random_peaks(300)
    step = 1000 / BINS_PER_SECOND
    assert np.array_equal(peaks.columns(np.arange(301) * step + 0.001), peaks.finest)


def test_no_peak_is_lost_at_any_zoom() -> None:
    finest = np.zeros((60_000, 2), np.int16)
    finest[40_001] = (-99, 77)
    peaks = Peaks(finest)
    for count in (1, 7, 100, 1920, 60_000):
        found = peaks.columns(np.linspace(0, 120_000, count + 1))
        assert (found[:, 0].min(), found[:, 1].max()) == (-99, 77)
        column = int(found[:, 1].argmax())
        assert abs(column - 40_001 * count / 60_000) <= 1.01


def test_columns_without_width_show_what_lies_there() -> None:
    """Where the film waits, the film time stands still."""
    peaks = _random_peaks(300)
    found = peaks.columns(np.array([100.0, 100.0, 100.0]))
    assert np.array_equal(found, np.repeat(peaks.finest[50:51], 2, axis=0))


def _bins(peaks: Peaks, begin: float, end: float) -> np.ndarray:  # type: ignore[type-arg]
    first = max(0, int(begin * BINS_PER_SECOND / 1000))
    return peaks.finest[first : int(end * BINS_PER_SECOND / 1000) + 2]


@pytest.mark.parametrize("rate", [48_000, 44_100, 11_025])
def test_bins_never_drift(rate: int) -> None:
    """A click every second, whatever the rate, lies in the bin of its second."""
    sound = np.zeros((1, rate * 20), np.float32)
    sound[0, ::rate] = 0.5
    blocks = np.array_split(sound, 37, axis=1)
    found = np.concatenate(list(peaks_module._outlines(blocks, rate)))
    assert len(found) == 20 * BINS_PER_SECOND
    assert np.flatnonzero(found[:, 1]).tolist() == [n * BINS_PER_SECOND for n in range(20)]
    assert found[0].tolist() == [0, round(0.5 * FULL_SCALE)]


def test_tones_lie_where_they_sound_and_the_rest_is_silent(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mkv", seconds=6, size=(64, 36), marks=(1, 4.2), sound_codec="pcm")
    found = film_peaks(probe(tmp_path / "a.mkv"), unwatched())
    assert len(found.finest) == 6 * BINS_PER_SECOND
    loud = np.flatnonzero(found.finest[:, 1] > FULL_SCALE // 2) * 1000 // BINS_PER_SECOND
    assert {(time // 100) * 100 for time in loud.tolist()} == {1000, 4200}
    assert loud.min() == 1000
    assert (found.finest[500 * BINS_PER_SECOND // 1000] == 0).all()


def test_a_second_look_decodes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_media.film(tmp_path / "a.mkv", seconds=2, size=(64, 36), marks=(1,))
    info = probe(tmp_path / "a.mkv")
    assert cached_peaks(info) is None
    first = film_peaks(info, unwatched())
    monkeypatch.setattr(peaks_module, "sound_blocks", None)
    again = film_peaks(info, unwatched())
    assert np.array_equal(first.finest, again.finest)


@pytest.mark.parametrize("cut", [0, 5, 8, -4, -1])
def test_an_outline_that_is_not_whole_is_made_again(tmp_path: Path, cut: int) -> None:
    make_media.film(tmp_path / "a.mkv", seconds=3, size=(64, 36), marks=(1,))
    info = probe(tmp_path / "a.mkv")
    first = film_peaks(info, unwatched())
    (kept,) = paths.cache_folder("peaks").iterdir()
    whole = kept.read_bytes()
    for damaged in (whole[:cut], b"\xff" * 8 + whole[8:], whole + b"\0\0\0\0"):
        kept.unlink()  # an open window goes on reading the old one
        kept.write_bytes(damaged)
        assert cached_peaks(info) is None
    assert np.array_equal(film_peaks(info, unwatched()).finest, first.finest)


def test_what_is_kept_is_mapped_with_all_its_levels(tmp_path: Path) -> None:
    """A window of three hours neither waits for 30 MB nor holds what it does not draw."""
    make_media.film(tmp_path / "a.mkv", seconds=20, size=(64, 36), marks=(1, 4, 17))
    info = probe(tmp_path / "a.mkv")
    film_peaks(info, unwatched())
    kept = cached_peaks(info)
    assert kept is not None
    assert len(kept.levels) > 2
    for level in kept.levels:
        owner = level
        while owner.base is not None and not isinstance(owner, np.memmap):
            owner = owner.base
        assert isinstance(owner, np.memmap)
    made = Peaks(np.array(kept.finest))
    assert all(np.array_equal(*pair) for pair in zip(kept.levels, made.levels, strict=True))
    assert kept.loudest == made.loudest


def test_a_silent_film_has_an_empty_outline(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=1, size=(64, 36), sound=False)
    found = film_peaks(probe(tmp_path / "a.mp4"), unwatched())
    assert len(found.finest) == 0
    assert found.columns(np.linspace(0, 1000, 9)).tolist() == [[0, 0]] * 8
    assert found.loudest == 1.0


def test_a_quiet_film_is_read_at_its_own_level() -> None:
    quiet = np.tile(np.array([[-3000, 3000]], np.int16), (5000, 1))
    assert Peaks(quiet).loudest == pytest.approx(3000 / 32767)


def test_cancelling_stops_and_keeps_nothing(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mkv", seconds=2, size=(64, 36), marks=(1,))
    info = probe(tmp_path / "a.mkv")
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        film_peaks(info, progress)
    assert cached_peaks(info) is None


@given(values=st.lists(st.integers(0, 32_767), min_size=1, max_size=300), share=st.floats(0.0, 1.0))
def test_the_share_that_lies_below_is_that_of_numpy(values: list[int], share: float) -> None:
    numbers = np.array(values, np.int32)
    expected = float(np.percentile(numbers, share * 100))
    assert peaks_module._percentile(numbers, share) == pytest.approx(expected, abs=0.01)
