"""Which stretches of a film a sync-meter learns from, and why not from the others."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from studio.analysis.clips import MARGIN, Cut, cut_from
from studio.analysis.faces import Track, Watched
from studio.analysis.mouths import MouthMotion, MouthReader, Plate
from studio.analysis.timbre import timbre
from studio.engines import LAG_STEP, LIP_GRID, TIMBRE, Timbre
from studio.times import Span

LENGTH = 20_000
WHOLE = Span(0, LENGTH)


def track(start: int, end: int, jump: int | None = None) -> Track:
    """A face that stands still; from `jump` on half a width to the right."""
    times = np.arange(start, end + 1, 500)
    boxes = np.tile(np.array([0.4, 0.3, 0.2, 0.3], np.float32), (len(times), 1))
    if jump is not None:
        boxes[times >= jump, 0] += 0.1
    return Track(0, times, boxes, np.ones(1, np.float32), 0, len(times))


def motion(number: int, start: int, end: int, levels: float = 10.0) -> MouthMotion:
    times = np.arange(start, end, 40)
    opening = (levels * np.sin(times / 90)).astype(np.float32)
    lips = np.full((len(times), *LIP_GRID), number, np.float16)
    return MouthMotion(number, times, opening, opening, levels, 0.7, lips)


def cut(tracks: list[Track], motions: list[MouthMotion], *speech: Span) -> Cut:
    heard = np.arange(LENGTH // LAG_STEP, dtype=np.float32)
    rows = Timbre(np.repeat(heard[:, None], TIMBRE, axis=1))
    return cut_from(Watched(tuple(tracks), tuple(motions)), speech or (WHOLE,), heard, rows, WHOLE)


def whys(found: Cut) -> list[str]:
    return [one.why for one in found.refused]


def test_a_mouth_that_talks_gives_clips_with_the_sound_around_them() -> None:
    found = cut([track(4000, 16_000)], [motion(0, 4000, 16_000)])
    assert whys(found) == []
    assert [one.span for one in found.clips] == [Span(4000, 9961), Span(10_000, 15_961)]
    assert found.faces == 1
    for one in found.clips:
        mouth = one.mouth
        assert mouth.heard_from == one.span.start - MARGIN
        assert mouth.loudness[0] == mouth.heard_from // LAG_STEP
        assert mouth.timbre is not None
        assert len(mouth.timbre.rows) == len(mouth.loudness)
        assert mouth.timbre.rows[7, 3] == mouth.loudness[7]
        assert mouth.lips is not None
        assert mouth.lips.shape == (len(mouth.times), *LIP_GRID)


def test_each_fault_is_told() -> None:
    assert whys(cut([], [])) == ["No face is seen while somebody speaks."]
    jumping = cut([track(0, 12_000, jump=2500)], [motion(0, 0, 12_000)])
    assert whys(jumping) == ["The face jumps."]
    assert [one.span.start for one in jumping.clips] == [6000]
    short = cut([track(0, 2000)], [motion(0, 0, 2000)])
    assert whys(short) == ["The face is seen for less than 3 s."]
    still = cut([track(0, 5000)], [motion(0, 0, 5000, levels=0.5)])
    assert whys(still) == ["The mouth does not move."]
    silent = cut([track(0, 5000)], [motion(0, 0, 5000)], Span(0, 1500))
    assert whys(silent) == ["Hardly anybody speaks."]


def test_of_two_mouths_that_move_neither_is_taken() -> None:
    tracks = [track(0, 6000), track(0, 6000)]
    both = cut(tracks, [motion(0, 0, 6000), motion(1, 0, 6000)])
    assert not both.clips
    assert all(why.startswith("Another mouth moves beside it") for why in whys(both))
    one = cut(tracks, [motion(0, 0, 6000), motion(1, 0, 6000, levels=2.0)])
    assert [clip.face for clip in one.clips] == [0]


@pytest.mark.parametrize("step", [-1.0, 0.0, 1.0])
def test_the_flow_of_lips_is_how_far_they_move_down(step: float) -> None:
    grain = np.random.default_rng(4).uniform(0, 255, (160, 64))
    skin = gaussian_filter(grain, 1.5) * 3 - 250
    reader = MouthReader(lips=True)
    for number in range(12):
        face = skin[:80].copy()
        chin = 60 + round(step * number)
        face[38:] = skin[60 + 60 - chin : 60 + 60 - chin + 42]
        pixels = np.repeat(np.clip(face, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
        reader.look(Plate(40 * number, pixels), np.array([0.0, 0.0, 64.0, 64.0]))
    [motion] = reader.finish()
    assert motion.lips is not None
    assert motion.lips.shape == (12, *LIP_GRID)
    assert not motion.lips[0].any()
    below = motion.lips[1:, 2:-1, 2:-2].astype(np.float64)
    assert np.median(below) == pytest.approx(step, abs=0.2)


def test_nobody_is_given_lips_who_did_not_ask() -> None:
    reader = MouthReader()
    for number in range(12):
        plate = Plate(40 * number, np.zeros((80, 64, 3), np.uint8))
        reader.look(plate, np.array([0.0, 0.0, 64.0, 64.0]))
    assert [one.lips for one in reader.finish()] == [None]


# --- timbre ---------------------------------------------------------------------------------------


def tone(seconds: float, pitch: float) -> NDArray[np.float32]:
    return np.sin(2 * np.pi * pitch * np.arange(int(16_000 * seconds)) / 16_000).astype(np.float32)


def test_timbre_is_the_same_in_blocks_and_tells_when_it_changes() -> None:
    noise = np.random.default_rng(1).normal(0, 0.01, 48_000).astype(np.float32)
    sound = np.concatenate([tone(1.5, 300), tone(1.5, 2000)]) * np.float32(0.3) + noise
    whole = timbre([sound]).rows
    parts = timbre(np.array_split(sound, 17)).rows
    assert whole.shape == (301, TIMBRE)
    assert np.abs(whole - parts).max() < 5e-3
    assert np.abs(whole.mean(axis=0)).max() < 0.01
    steps = np.abs(np.diff(whole, axis=0)).sum(axis=1)
    assert abs(int(np.argmax(steps)) * LAG_STEP - 1500) <= 2 * LAG_STEP
    louder = timbre([sound * np.float32(4)]).rows
    assert np.abs(whole - louder).max() < 0.1


def test_timbre_of_nothing_and_of_silence_is_no_error() -> None:
    assert timbre([]).rows.shape[1] == TIMBRE
    silent = timbre([np.zeros(16_000, np.float32)]).rows
    assert np.isfinite(silent).all()
    assert np.abs(silent).max() < 1
