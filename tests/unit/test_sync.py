"""How late sound is, told from mouths: the right number or none."""

from __future__ import annotations

import threading
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from studio import engines
from studio.analysis import sync
from studio.analysis.slips import Rows, best_line, lead, segments, straightened
from studio.analysis.sync import Mouth, judged
from studio.engines import LAG_STEP, TIMBRE, TalkingMouth, Timbre
from studio.instep import InStep, late_at
from studio.progress import Cancelled, Progress, unwatched
from tests.make_mouths import Made, made
from tests.make_talk import film

METER = engines.open("sync-meter", "correlation")


def measured(film: Made) -> InStep:
    return judged(film.mouths, film.length, METER, unwatched())


def worst(film: Made, found: InStep) -> float:
    """ms by which the measurement is off in the middle of the film."""
    return abs(late_at(found.stretches, film.length / 2) - film.late)


# --- films ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("late", "rate", "snr"),
    [
        (-1000, 24, None),
        (-61, 25, 6),
        (87, Fraction(24000, 1001), 6),
        (1000, 30, None),
    ],
)
def test_talk_tells_how_late_the_sound_is(late: int, rate: Fraction, snr: float | None) -> None:
    film = made(late + 1000, late=late, rate=Fraction(rate), snr=snr)
    found = measured(film)
    assert found.method == "mouths"
    assert len(found.stretches) == 1
    assert found.drift == 0
    assert found.certain
    assert worst(film, found) <= 20
    near = [one for one in found.passages if abs(one.offset - late) <= 60]
    assert len(near) >= 0.7 * len(found.passages) > 0
    assert all(0 < one.confidence <= 1 for one in found.passages)


def test_talk_is_heard_through_music_as_loud() -> None:
    film = made(3, late=-287.0, snr=0, turns=9)
    found = measured(film)
    assert found.method == "mouths"
    assert worst(film, found) <= 30


def test_a_drift_is_found() -> None:
    ppm = 1000
    film = made(41, late=lambda t: 120 + ppm * t / 1000, turns=40)
    found = measured(film)
    assert found.drift == pytest.approx(ppm, abs=50)
    assert found.offset == pytest.approx(120, abs=20)
    assert len(found.stretches) == 1


def test_a_jump_is_found() -> None:
    film = made(52, late=lambda t: 80.0 if t < 44 else -340.0, turns=16)
    found = measured(film)
    assert [one.late for one in found.stretches] == pytest.approx([80, -340], abs=20)
    assert found.stretches[1].start == pytest.approx(44_000, abs=6_500)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", ["unrelated", "puppets"])
def test_mouths_that_say_something_else_give_no_number(kind: str, seed: int) -> None:
    found = measured(made(seed + 70, kind))  # type: ignore[arg-type]
    assert (found.method, found.offset, found.drift, found.confidence) == ("none", None, None, 0)
    assert found.why == "The mouths that are seen do not move with what is heard."
    assert found.passages == ()


@pytest.mark.parametrize("kind", ["rhythm", "singing", "chewing"])
def test_mouths_that_move_to_a_beat_give_no_number(kind: str) -> None:
    made = film(kind, 5, talk=20)
    assert len(made.mouths) >= 3
    assert judged(made.mouths, made.length, METER, unwatched()).method == "none"


@pytest.mark.parametrize(
    ("kind", "seed", "late"), [("puppets", 5_000_457, 819), ("singing", 5_000_226, 648)]
)
def test_what_fits_by_chance_is_never_certain(kind: str, seed: int, late: int) -> None:
    """Two films of thousands whose mouths happen to move as if they spoke."""
    made = film(kind, seed, talk=12)
    found = judged(made.mouths, made.length, METER, unwatched())
    assert found.offset == pytest.approx(late, abs=10)
    assert not found.certain


@pytest.mark.parametrize("late", [-410, 230])
def test_a_beat_that_is_met_everywhere_gives_no_number(late: int) -> None:
    """The mouths fit the sound well, and as well a beat later."""
    moments = np.arange(6000) * LAG_STEP
    sound = np.maximum(0, np.sin(2 * np.pi * moments / 500)).astype(np.float32)
    assert judged(_mouths(sound, late), 60_000, METER, unwatched()).method == "none"
    free = wavy(6000, 9)
    found = judged(_mouths(free, late), 60_000, METER, unwatched())
    assert found.offset == pytest.approx(late, abs=10)


def _mouths(sound: NDArray[np.float32], late: int) -> list[Mouth]:
    """Mouths that move as the sound does, which is `late` ms late, nearly."""
    lot, found = np.random.default_rng(4), []
    for start in 3000 + np.cumsum(lot.integers(5200, 6100, 8)):  # on any part of a beat
        times = np.arange(start, start + 5000, 40)
        opening = np.interp(times + late, np.arange(len(sound)) * LAG_STEP, sound)
        noisy = (opening + lot.normal(0, 0.2, len(times))).astype(np.float32)
        found.append(Mouth(TalkingMouth(times, noisy, sound, 0), 5.0))
    return found


def test_one_mouth_alone_decides_nothing() -> None:
    """It may say the same words again: it fits so well that chance is out of the question."""
    sound = wavy(6000, 9)
    there, elsewhere = _mouths(sound, 340), _mouths(wavy(6000, 10), 340)
    other = [replace(one, seen=replace(one.seen, loudness=sound)) for one in elsewhere]
    alone = judged([there[0], *other[1:]], 60_000, METER, unwatched())
    assert alone.method == "none"
    some = judged([*there[:4], *other[4:]], 60_000, METER, unwatched())
    assert some.offset == pytest.approx(340, abs=10)


def test_a_film_without_other_moments_gives_no_number() -> None:
    found = judged(_mouths(wavy(6000, 9), 0)[:3], 9_000, METER, unwatched())
    assert found.why == "The film is too short to tell chance from being in step."


def test_no_mouths_give_no_number() -> None:
    found = judged((), 30_000, METER, unwatched())
    assert found.why == "Nobody is seen to speak to the camera."


def test_too_few_mouths_give_no_number() -> None:
    found = judged(made(1).mouths[:2], 30_000, METER, unwatched())
    assert found.why == "Nobody is seen to speak to the camera for long enough."


def test_measuring_can_be_cancelled() -> None:
    film, stop = made(1), threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        judged(film.mouths, film.length, METER, Progress(stop=stop))


# --- one mouth ------------------------------------------------------------------------------------


def wavy(count: int, seed: int) -> NDArray[np.float32]:
    """Something that moves at the pace of syllables, one value each lag."""
    noise = np.random.default_rng(seed).standard_normal(count + 14)
    return np.convolve(noise, np.hanning(15), "valid").astype(np.float32)


@pytest.mark.parametrize("late", [-990, 0, 340])
def test_agreement_is_best_at_the_lag(late: int) -> None:
    sound = wavy(1000, 1)
    times = np.arange(3000, 7000, 40)
    opening = np.interp(times + late, np.arange(1000) * LAG_STEP, sound).astype(np.float32)
    mouth = TalkingMouth(times, opening, sound, 0)
    [lags] = METER.agreement([mouth], 1300)
    assert len(lags) == 2 * 1300 // LAG_STEP + 1
    assert int(np.argmax(lags)) * LAG_STEP - 1300 == late
    assert lags.max() > 0.8
    assert np.abs(lags).max() <= 1


def test_agreement_is_not_of_what_has_a_beat() -> None:
    """Mouth and sound have the same beat, half of it apart, and little else."""
    sound, beat = wavy(3000, 6), 2 * np.pi * np.arange(3000) * LAG_STEP / 400
    times = np.arange(9000, 15_000, 40)
    own = np.interp(times + 250, np.arange(3000) * LAG_STEP, sound)
    opening = (own - 2 * np.sin(2 * np.pi * (times + 250) / 400)).astype(np.float32)
    heard = (sound + 6 * np.sin(beat)).astype(np.float32)
    [lags] = METER.agreement([TalkingMouth(times, opening, heard, 0)], 1300)
    assert int(np.argmax(lags)) * LAG_STEP - 1300 == pytest.approx(250, abs=LAG_STEP)


def test_agreement_is_nothing_where_nothing_is_heard() -> None:
    mouth = TalkingMouth(np.arange(0, 4000, 40), wavy(100, 2), wavy(400, 3), 0)
    [lags] = METER.agreement([mouth], 3000)
    assert not lags[: 1400 // LAG_STEP].any()  # 2.6 s of 4 are before the film
    assert lags.any()
    still = TalkingMouth(mouth.times, mouth.opening, np.ones(400, np.float32), 0)
    [silent] = METER.agreement([still], 1000)
    assert not silent.any()


def test_agreement_is_the_same_anywhere_in_a_long_film() -> None:
    sound = wavy(60_000, 4)
    times = np.arange(400_000, 406_000, 40)
    mouth = TalkingMouth(times, wavy(len(times), 5), sound, 0)
    cut = TalkingMouth(times, mouth.opening, sound[38_000:43_000], 380_000)
    [whole], [part] = METER.agreement([mouth], 1500), METER.agreement([cut], 1500)
    assert np.abs(whole - part).max() < 1e-6


# --- lines through rows ---------------------------------------------------------------------------


def rows(lates: NDArray[np.float64], seed: int = 0, noise: float = 0.3, height: float = 1) -> Rows:
    """A row each 5 s whose peak lies where told."""
    reach = 2500
    lags = np.arange(-reach, reach + 1, LAG_STEP)
    scores = height * np.exp(-(((lags[None, :] - lates[:, None]) / 40) ** 2))
    scores += np.random.default_rng(seed).normal(0, noise, scores.shape)
    return Rows(np.arange(len(lates)) * 5000.0 + 2500, scores, reach)


def test_a_line_lies_where_the_scores_are() -> None:
    for seed, (late, ppm) in enumerate(((0, 0), (-873, 0), (215, 900), (500, -1100))):
        times = np.arange(60) * 5000.0 + 2500
        found = rows(late + ppm * times / 1e6, seed)
        line = straightened(found, best_line(found))
        assert line.at(0) == pytest.approx(late, abs=12)
        assert line.drift == pytest.approx(ppm, abs=60)
        assert ppm or line.drift == 0


def test_few_stretches_tell_of_no_drift() -> None:
    """Four peaks that rise a little, as noise has it once in a while."""
    found = rows(np.array([40.0, 52.0, 61.0, 75.0]), 3, noise=0.05)
    line = straightened(found, best_line(found))
    assert line.drift == 0
    assert line.at(10_000) == pytest.approx(57, abs=12)


def test_rows_are_moved_each_for_itself() -> None:
    found = rows(np.array([100.0, 350.0, -220.0]), 1, noise=0.0)
    moved = found.moved(np.array([100.0, 350.0, -220.0]), 1500)
    assert moved.scores.shape == (3, 2 * 1500 // LAG_STEP + 1)
    assert moved.scores.argmax(axis=1).tolist() == [1500 // LAG_STEP] * 3


def test_the_lead_is_what_the_next_best_offset_lacks() -> None:
    one = rows(np.full(10, 200.0), noise=0.0)
    line = best_line(one)
    assert lead(one, line) == pytest.approx(line.score, rel=1e-3)
    again = Rows(one.times, one.scores + 0.7 * np.roll(one.scores, 50, axis=1), one.reach)
    assert lead(again, line) == pytest.approx(0.3 * line.score, rel=0.02)
    assert lead(again, replace(line, offset=line.offset + 500)) < 0


def test_stretches_that_are_off_do_not_bend_the_line() -> None:
    lates = np.full(40, 120.0)
    lates[::7] = -600
    found = rows(lates, 5)
    assert straightened(found, best_line(found)).at(0) == pytest.approx(120, abs=6)


def test_jumps_are_told_from_noise() -> None:
    lates = np.concatenate([np.full(14, 50.0), np.full(16, -450.0)])
    found = rows(lates, 6, height=5)
    parts = segments(found, found, straightened(found, best_line(found)))
    assert [first for first, _ in parts] == [0, 14]
    level = rows(np.full(30, 50.0), 7, noise=1.5, height=5)
    line = straightened(level, best_line(level))
    assert [first for first, _ in segments(level, level, line)] == [0]


def test_mouths_are_told_chance_from_the_timbre_of_the_same_moments() -> None:
    """Else a meter that looks closely would be told chance from silence."""
    film = made(5)
    heard = film.mouths[0].seen.loudness
    rows = Timbre(np.repeat(heard[:, None], TIMBRE, axis=1))
    mouths = [replace(one, seen=replace(one.seen, timbre=rows)) for one in film.mouths]
    wider = list(sync._gone_round(mouths, 3_000))
    assert len(wider) == len(mouths)
    assert len(wider[0].loudness) > len(heard) + 2 * 300
    for one in wider:
        assert one.timbre is wider[0].timbre is not None
        assert np.array_equal(one.timbre.rows[:, 0], one.loudness)
