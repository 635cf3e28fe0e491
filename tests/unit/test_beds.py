"""Beds: what a person may ask for, what takes a sound away, and how the mixer plays one."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio import soundbeds
from studio.drafting.mood import measured, read_mood
from studio.engines.moods import unknown
from studio.errors import MediaError, ProjectError, UsageError
from studio.mix.arrange import bed_channels, factor, mix_plan, placed_beds
from studio.mix.bedding import BED_RATE, PlacedBed, bed_at
from studio.mix.mixer import Dip, MixPlan, PlacedClip, heard, render
from studio.mix.runs import touched
from studio.mix.timemap import Hold, SampleMap, TimeMap
from studio.script import beds
from studio.script.model import Bed, Film, Project
from studio.times import Span

FILM = Film("a.mp4", 1, "f", 60_000, 320, 180, Fraction(25), -23.0)
BED = Bed("", 1000, 9000, "dark", "slow", "piano", sound="")


def project(*made: Bed) -> Project:
    return Project(FILM, beds=made)


# --- edits ----------------------------------------------------------------------------------------


def test_a_bed_is_added_changed_and_removed() -> None:
    one, bed_id = beds.add(project(), BED)
    two, other = beds.add(one, replace(BED, start=20_000, end=30_000))
    assert (bed_id, other) == ("b1", "b2")
    assert [bed.id for bed in beds.remove(two, "b1").beds] == ["b2"]
    moved = beds.change(two, "b1", start=40_000, end=50_000)
    assert [bed.id for bed in moved.beds] == ["b2", "b1"]
    with pytest.raises(ProjectError, match="no bed “b9”"):
        beds.remove(two, "b9")


@pytest.mark.parametrize(
    ("field", "value", "lost"),
    [
        ("end", 9001, True), ("atmosphere", "bright", True), ("seed", 4, True),
        ("loop", True, True), ("engine", "musicgen", True), ("gain", 3.0, False),
        ("fade_in", 9, False), ("still", 4000, False),
    ],
)  # fmt: skip
def test_what_decides_how_it_sounds_takes_the_sound_away(
    field: str, value: object, lost: bool
) -> None:
    one, bed_id = beds.add(project(), BED)
    made = beds.put_sound(one, replace(one.beds[0], sound="abc"))
    assert made.beds[0].sound == "abc"
    assert beds.change(made, bed_id, **{field: value}).beds[0].sound == ("" if lost else "abc")


def test_a_sound_for_what_the_bed_was_is_not_taken() -> None:
    one, bed_id = beds.add(project(), BED)
    old = replace(one.beds[0], sound="abc")
    assert beds.put_sound(beds.change(one, bed_id, rhythm="fast"), old).beds[0].sound == ""


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"end": 1999}, "at least 1 s"),
        ({"end": 60_001}, "ends at 1:00.000"),
        ({"atmosphere": " ", "rhythm": "", "melody": ""}, "no words"),
        ({"atmosphere": "dark " * 28}, "has 30 words"),
        ({"gain": 13.0}, "-24 to 12 dB"),
        ({"fade_out": -1}, "cannot fade"),
        ({"seed": -1}, "no seed"),
    ],
)
def test_what_cannot_be_made_is_a_sentence(fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        beds.add(project(), replace(BED, **fields))  # type: ignore[arg-type]
    assert beds.add(project(), replace(BED, atmosphere="dark " * 27))[1] == "b1"


# --- stills and stretches -------------------------------------------------------------------------


def test_stills_and_stretches_as_people_write_them() -> None:
    span = Span(10_000, 40_000)
    assert soundbeds.still_of(span, "33%") == 19_900
    assert soundbeds.still_of(span, "0:12.5") == 12_500
    assert soundbeds.still_of(span, "100%") == 39_999
    assert soundbeds.span_of("0:10-1:02.5", 99_000) == Span(10_000, 62_500)
    assert soundbeds.span_of(None, 99_000) == Span(0, 99_000)
    for at in ("9", "101%", "noon"):
        with pytest.raises(UsageError):
            soundbeds.still_of(span, at)
    with pytest.raises(UsageError, match="no stretch"):
        soundbeds.span_of("10", 99_000)


# --- the mood of a picture ------------------------------------------------------------------------


def flat(red: int, green: int, blue: int) -> NDArray[np.uint8]:
    return np.full((9, 16, 3), (red, green, blue), np.uint8)


def test_a_picture_is_measured() -> None:
    night, day = flat(12, 14, 30), flat(230, 225, 190)
    assert measured(night, night).atmosphere == "dark night, cold, calm, air"
    assert measured(night, night).rhythm == "no pulse"
    assert measured(day, day).atmosphere.startswith("bright, warm")
    moved = measured(flat(100, 100, 100), flat(130, 130, 130))
    assert moved.atmosphere == "clear day, grey, restless, air"
    assert moved.rhythm == "driving pulse, 120 bpm"
    assert "motion 30.0 of 255" in moved.evidence


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.integers(0, 60))
def test_measured_words_are_words_the_maker_knows(r: int, g: int, b: int, by: int) -> None:
    still = flat(r, g, b)
    found = measured(still, still // 2 + np.uint8(by))
    assert unknown(found.atmosphere, found.rhythm, found.melody) == ()
    assert 0 < beds.words(found.atmosphere, found.rhythm, found.melody) < beds.WORDS_BELOW


def test_a_models_answer_is_read() -> None:
    lines = ("**Atmosphere:** misty harbour.", "Rhythm - slow pulse", "Melody: " + "low " * 20)
    assert read_mood(lines) == ("misty harbour", "slow pulse", " ".join(["low"] * 9))
    assert read_mood(("a", "b", "c")) == ("a", "b", "c")
    assert read_mood(("A man walks.",)) is None
    assert read_mood(()) is None


# --- in the mix -----------------------------------------------------------------------------------


@pytest.fixture
def ramp(tmp_path: Path) -> Path:
    """Two seconds: left is the sample's number over 100,000, right is minus that."""
    line = np.arange(2 * BED_RATE, dtype=np.float64) / 100_000
    file = tmp_path / "bed.wav"
    soundfile.write(file, np.stack([line, -line], axis=1), BED_RATE, subtype="FLOAT")
    return file


def placed(file: Path, count: int, **fields: object) -> PlacedBed:
    return PlacedBed(0, count, file, 2 * BED_RATE, "x", **fields)  # type: ignore[arg-type]


def test_a_bed_is_its_file_to_the_sample(ramp: Path) -> None:
    bed = placed(ramp, 2 * BED_RATE, gain=0.5, loop=True)
    assert np.allclose(
        bed_at(bed, BED_RATE, 1000, 9), [np.arange(1000, 1009) / 200_000] * np.array([[1], [-1]])
    )


def test_a_loop_that_goes_on_begins_again(ramp: Path) -> None:
    bed = placed(ramp, 5 * BED_RATE, loop=True)
    assert np.allclose(bed_at(bed, BED_RATE, 2 * BED_RATE + 5, 3)[0], np.arange(5, 8) / 100_000)


def test_another_sound_that_goes_on_is_cross_faded(tmp_path: Path) -> None:
    file = tmp_path / "noise.wav"
    noise = np.random.default_rng(1).normal(0, 0.1, (4 * BED_RATE, 2))
    soundfile.write(file, noise, BED_RATE, subtype="FLOAT")
    once = PlacedBed(0, 4 * BED_RATE, file, 4 * BED_RATE, "x")
    assert np.allclose(bed_at(once, BED_RATE, 0, 4 * BED_RATE), noise.T, atol=1e-6)
    bed = replace(once, count=9 * BED_RATE)
    whole = bed_at(bed, BED_RATE, 0, 9 * BED_RATE)
    assert np.allclose(whole[:, : 3 * BED_RATE], noise[: 3 * BED_RATE].T, atol=1e-6)
    powers = (whole**2).mean(axis=0)[: 9 * BED_RATE].reshape(-1, BED_RATE // 4).mean(axis=1)
    assert powers.min() / powers.mean() > 0.8
    assert powers.max() / powers.mean() < 1.2


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 95_999), max_size=5), st.sampled_from([44_100, 48_000, 32_000]))
def test_blocks_do_not_matter_at_any_rate(cuts: list[int], rate: int) -> None:
    file = _tone()
    bed = PlacedBed(0, 2 * rate, file, 2 * BED_RATE, "x", fade_in=rate // 2, fade_out=900)
    whole = bed_at(bed, rate, 0, 2 * rate)
    edges = sorted({0, *(cut % (2 * rate) for cut in cuts), 2 * rate})
    parts = [bed_at(bed, rate, a, b - a) for a, b in pairwise(edges)]
    assert np.allclose(np.concatenate(parts, axis=1), whole, atol=2e-7)
    middle = slice(rate // 2, rate)
    turn = 2 * math.pi * 440 * np.arange(2 * rate) / rate
    assert np.allclose(whole[0, middle], 0.5 * np.sin(turn)[middle], atol=2e-3)


def _tone() -> Path:
    import tempfile

    file = Path(tempfile.gettempdir()) / "studio-test-bed-tone.wav"
    tone = 0.5 * np.sin(2 * math.pi * 440 * np.arange(2 * BED_RATE) / BED_RATE)
    if not file.exists():
        soundfile.write(file, np.stack([tone, tone], axis=1), BED_RATE, subtype="FLOAT")
    return file


def test_it_fades_and_is_ducked_like_the_film(tmp_path: Path) -> None:
    file = tmp_path / "flat.wav"
    soundfile.write(file, np.full((9000, 2), 0.25), BED_RATE, subtype="FLOAT")
    bed = PlacedBed(100, 8000, file, 9000, "x", fade_in=1000, fade_out=500, loop=True)
    plan = MixPlan(
        BED_RATE, 9000, (0.0,), ducks=(Dip(4000, 5000, 100, 100),), duck_level=-6.0, beds=(bed,),
        sides=bed_channels(["FC"]),
    )  # fmt: skip
    mix = render(plan, None, lambda _: np.zeros(0, np.float32), 0, 9000)[0]
    level = 0.25 * math.sqrt(2)
    assert np.all(mix[:100] == 0)
    assert np.all(mix[8100:] == 0)
    assert mix[600] == pytest.approx(level / 2, rel=0.01)
    assert mix[3000] == pytest.approx(level, rel=1e-4)
    assert mix[4500] == pytest.approx(level * factor(-6), rel=1e-3)
    assert mix[8099] < 0.001


def test_it_goes_on_while_the_film_waits_and_what_it_touches_is_dirty(ramp: Path) -> None:
    times = TimeMap((Hold(Fraction(2), Fraction(2)),))
    wanted = project(replace(BED, id="b1", end=3000, sound="abc", loop=True))
    [bed] = placed_beds(wanted, {"b1": ramp}, times, BED_RATE, alone=False)
    assert (bed.start, bed.end) == (BED_RATE, 5 * BED_RATE)
    plan = mix_plan(wanted, (), times, Fraction(60), BED_RATE, ("FL", "FR"), beds=[bed])
    during = render(plan, None, lambda _: np.zeros(0, np.float32), 3 * BED_RATE, 100)
    assert np.abs(during).max() > 0
    assert (bed.start, bed.end) in touched(plan)
    louder = replace(plan, beds=(replace(bed, gain=2.0),))
    assert heard(plan, BED_RATE, 1000) != heard(louder, BED_RATE, 1000)
    assert heard(plan, 6 * BED_RATE, 1000) == heard(louder, 6 * BED_RATE, 1000)


def test_its_level_follows_the_dialogue(ramp: Path) -> None:
    def gain(alone: bool, loudness: float | None, decibels: float) -> float:
        made = Project(
            replace(FILM, loudness=loudness), beds=(replace(BED, id="b1", gain=decibels),)
        )
        [bed] = placed_beds(made, {"b1": ramp}, TimeMap(), BED_RATE, alone=alone)
        return 20 * math.log10(bed.gain)

    assert gain(False, -23.0, 0.0) == pytest.approx(-12)
    assert gain(False, -30.0, 2.5) == pytest.approx(-16.5)
    assert gain(True, None, 0.0) == pytest.approx(0)


def test_peaks_are_bent_where_a_bed_sounds_and_nowhere_else(tmp_path: Path) -> None:
    class Loud:
        def read(self, start: int, count: int) -> NDArray[np.float32]:
            return np.full((2, count), 0.99, np.float32)

    file = tmp_path / "flat.wav"
    soundfile.write(file, np.full((9000, 2), 0.5), BED_RATE, subtype="FLOAT")
    bed = PlacedBed(1000, 1000, file, 9000, "x", loop=True)
    plan = MixPlan(BED_RATE, 9000, (0.0, 0.0), beds=(bed,), sides=bed_channels(["FL", "FR"]))
    mix = render(plan, Loud(), lambda _: np.zeros(0, np.float32), 0, 3000)
    assert np.all(mix[:, :1000] == np.float32(0.99))
    assert 0.99 < mix[:, 1000:2000].max() < 1


def test_a_lost_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="gone or damaged"):
        bed_at(placed(tmp_path / "none.wav", BED_RATE), BED_RATE, 0, 10)


def test_beds_are_front_left_and_right() -> None:
    assert bed_channels(["FL", "FR", "FC"]) == ((1, 0), (0, 1), (0, 0))
    assert bed_channels(["FC", "FL", "FR"]) == ((0, 0), (1, 0), (0, 1))


def test_clips_are_added_to_a_bed(ramp: Path) -> None:
    plan = MixPlan(
        BED_RATE, 9000, (0.5, 0.5), SampleMap(), (PlacedClip(10, 5, Path("c")),),
        beds=(placed(ramp, 9000, loop=True),), sides=bed_channels(["FL", "FR"]),
    )  # fmt: skip
    mix = render(plan, None, lambda _: np.full(5, 0.25, np.float32), 0, 20)
    assert mix[0, 12] == pytest.approx(0.125 + 12 / 100_000, abs=1e-6)
