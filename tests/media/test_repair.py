"""A film whose sound was moved: its pictures are untouched, its sound is where it belongs."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.errors import ExportError
from studio.media.probe import probe
from studio.mix.repair import repair
from studio.mix.sound import SoundInOrder
from studio.mix.warp import Slip, warped
from studio.progress import unwatched
from tests import make_media
from tests.media.test_export import heard, onsets, packets

RATE = 48_000
SECONDS = 20
MARKS = tuple(1.0 + 1.5 * number for number in range(12))


def marked(path: Path, **options: object) -> Path:
    make_media.film(path, seconds=SECONDS, marks=MARKS, **options)  # type: ignore[arg-type]
    return path


def marks_heard(path: Path) -> NDArray[np.float64]:
    """When the marks sound, in s after the film's first picture."""
    info = probe(path)
    zero = float(info.picture.start)
    return np.array(onsets(heard(path), make_media.MARK_TONE_HZ)) - zero


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov"])
@pytest.mark.parametrize("late", [-730.0, -41.7, 12.5, 800.0])
def test_a_constant_slip_is_taken_out_and_all_packets_are_copied(
    tmp_path: Path, suffix: str, late: float
) -> None:
    film = marked(tmp_path / f"film.{suffix}", b_frames=2, rate=Fraction(24000, 1001))
    target = tmp_path / f"repaired.{suffix}"
    before = film.read_bytes()
    notes = repair(probe(film), [Slip(0, late)], target, unwatched())
    assert notes[0] == "Every packet of picture and sound was copied; only times changed."
    assert packets(target) == packets(film)
    assert film.read_bytes() == before
    expected = marks_heard(film) - late / 1000
    found = marks_heard(target)
    assert len(found) == len(expected)
    assert np.abs(found - expected).max() <= 0.0015  # containers count in ms


def test_what_is_heard_before_the_picture_is_left_out(tmp_path: Path) -> None:
    film = marked(tmp_path / "film.mp4")
    repair(probe(film), [Slip(0, 2000.0)], tmp_path / "out.mp4", unwatched())
    found = marks_heard(tmp_path / "out.mp4")
    assert np.abs(found - (marks_heard(film) - 2)[1:]).max() <= 0.0015
    assert probe(tmp_path / "out.mp4").duration == probe(film).duration


@pytest.mark.parametrize("drift", [-1000.0, 37.0, 1000.0])
def test_a_drift_is_taken_out(tmp_path: Path, drift: float) -> None:
    film = marked(tmp_path / "film.mp4", channels=1)
    notes = repair(probe(film), [Slip(0, 55.0, drift)], tmp_path / "out.mp4", unwatched())
    assert notes[0] == "Every picture was copied; the sound was moved and encoded once."
    assert packets(tmp_path / "out.mp4") == packets(film)
    expected = (marks_heard(film) - 0.055) / (1 + drift / 1e6)
    assert np.abs(marks_heard(tmp_path / "out.mp4") - expected).max() <= 0.0015


def test_jumps_are_taken_out_one_by_one(tmp_path: Path) -> None:
    film = marked(tmp_path / "film.mkv")
    slips = [Slip(0, 100.0), Slip(7000, -250.0), Slip(13_000, 400.0)]
    repair(probe(film), slips, tmp_path / "out.mkv", unwatched())
    found = marks_heard(tmp_path / "out.mkv")
    expected = []
    for number, slip in enumerate(slips):
        end = slips[number + 1].start if number + 1 < len(slips) else SECONDS * 1000
        moved = marks_heard(film) * 1000 - slip.late
        expected += [time / 1000 for time in moved if slip.start <= time < end]
    assert len(found) == len(expected)
    assert np.abs(found - expected).max() <= 0.0015


def test_what_was_repaired_and_spoilt_again_is_as_it_was(tmp_path: Path) -> None:
    film = marked(tmp_path / "film.mp4")
    repair(probe(film), [Slip(0, -300.0)], tmp_path / "late.mp4", unwatched())
    repair(probe(tmp_path / "late.mp4"), [Slip(0, 300.0)], tmp_path / "again.mp4", unwatched())
    assert np.abs(marks_heard(tmp_path / "again.mp4") - marks_heard(film)).max() <= 0.0015
    assert packets(tmp_path / "again.mp4") == packets(film)


def test_no_film_is_written_over_itself_or_half(tmp_path: Path) -> None:
    film = marked(tmp_path / "film.mp4")
    with pytest.raises(ExportError, match="is the film itself"):
        repair(probe(film), [Slip(0, 100.0)], film, unwatched())
    with pytest.raises(ExportError, match="cannot hold the pictures"):
        repair(probe(film), [Slip(0, 100.0)], tmp_path / "out.webm", unwatched())
    assert [one.name for one in tmp_path.iterdir()] == ["film.mp4"]


# --- samples --------------------------------------------------------------------------------------


def read(sound: NDArray[np.float32], slips: list[Slip], sizes: list[int]) -> NDArray[np.float32]:
    """All of the repaired sound, in blocks of those sizes."""
    pieces = (sound[:, at : at + 1000] for at in range(0, sound.shape[1], 1000))
    film = SoundInOrder(iter(pieces), sound.shape[0])
    position, made = 0, []
    for size in sizes:
        made.append(warped(film, slips, RATE, position, size))
        position += size
    return np.concatenate(made, axis=1)


def test_blocks_make_no_difference() -> None:
    sound = np.random.default_rng(1).standard_normal((2, RATE)).astype(np.float32)
    slips = [Slip(0, 30.0, -900.0), Slip(400, -70.0), Slip(700, 5.5, 500.0)]
    whole = read(sound, slips, [RATE])
    draw = random.Random(2)
    sizes: list[int] = []
    while sum(sizes) < RATE:
        sizes.append(min(draw.randint(1, 9000), RATE - sum(sizes)))
    assert np.abs(read(sound, slips, sizes) - whole).max() < 1e-3


@pytest.mark.parametrize("hz", [100, 1000, 8000, 15_000])
def test_a_tone_between_samples_stays_clean(hz: int) -> None:
    times = np.arange(RATE) / RATE
    tone = np.sin(2 * np.pi * hz * times)[None, :].astype(np.float32)
    late = 3.37
    moved = read(tone, [Slip(0, late, 250.0)], [RATE // 2])[0]
    there = np.arange(RATE // 2) / RATE
    expected = np.sin(2 * np.pi * hz * (there * (1 + 250e-6) + late / 1000))
    error = (moved - expected)[1000:-1000]
    assert 20 * np.log10(np.sqrt((error**2).mean() * 2)) < -60


def test_a_jump_makes_no_click() -> None:
    times = np.arange(RATE) / RATE
    tone = (0.5 * np.sin(2 * np.pi * 200 * times))[None, :].astype(np.float32)
    moved = read(tone, [Slip(0, 0.0), Slip(500, 2.4)], [RATE - 4000])[0]
    steepest = np.abs(np.diff(tone[0])).max()
    assert np.abs(np.diff(moved)).max() < 1.2 * steepest
