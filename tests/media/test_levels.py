"""Loudness profiles: the files are as loud as they should be, by another meter than ours."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Generator, Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.media.audio import save_wav
from studio.media.probe import probe
from studio.media.truepeak import TruePeakMeter
from studio.mix.export import Delivery, DeliveryName, deliver
from studio.mix.levels import EVERYTHING, Level, Measurable, find_level, levelled
from studio.mix.mixer import Sound
from studio.progress import unwatched
from studio.script.model import Clip, Film, Placement, Project
from studio.settings import NO_PROFILE, PROFILES, Profile, profile_of
from studio.times import Span
from tests import make_media

RATE = 48_000


def by_ffmpeg(path: Path, *, start: float = 0.0, end: float = 1e6) -> tuple[float, float]:
    """LUFS and dBTP of a file's first sound, as FFmpeg's ebur128 reads them."""
    ran = subprocess.run(
        ["ffmpeg", "-nostdin", "-hide_banner", "-i", path, "-map", "0:a:0", "-af",
         f"atrim={start}:{end},ebur128=peak=true", "-f", "null", "-"],
        capture_output=True, check=True, text=True,
    ).stderr  # fmt: skip
    summary = ran[ran.rindex("Summary") :]
    loudness, peak = (re.search(rf"{name}:\s+(\S+)", summary) for name in ("I", "Peak"))
    assert loudness
    assert peak
    return float(loudness[1]), float(peak[1])


def film_with(folder: Path, sound: NDArray[np.float64]) -> Path:
    """A film of that sound, one channel, and hardly any picture."""
    wav, path = folder / "sound.wav", folder / "film.mp4"
    save_wav(wav, sound.astype(np.float32), RATE)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=gray:s=32x32:r=25", "-i", wav,
         "-shortest", "-c:v", "libx264", "-c:a", "aac", "-b:a", "192k", "-ac", "2", path],
        check=True,
    )  # fmt: skip
    return path


def bursts(seconds: int) -> NDArray[np.float64]:
    """Quiet tones with short loud ones among them, begun and ended sharply: hard on coders."""
    time = np.arange(seconds * RATE) / RATE
    return (0.03 + 0.9 * ((time + 2) % 5 < 0.05)) * np.sin(2 * np.pi * (300 + 40 * time) * time)


def export(
    source: Path, name: DeliveryName, target: Path, profile: Profile, speech: Iterable[Span] = ()
) -> Delivery:
    info = probe(source)
    picture = info.picture
    film = Film("film.mp4", info.size, "", info.duration, picture.width, picture.height,
                picture.rate, -30.0)  # fmt: skip
    clip = target.with_name("clip.wav")
    noise = np.random.default_rng(1).standard_normal(RATE) * 0.08
    save_wav(clip, noise.astype(np.float32), RATE)
    placements = [
        Placement(str(at), "fits", at, 1000, 0, 0, Clip(str(at), 1000, "flite", "rms", 1.0))
        for at in range(7000, info.duration - 1000, 5000)
    ]
    files = {one.cue: clip for one in placements}
    project = Project(film, speech=tuple(speech))
    wanted = {name: target}
    (made,) = deliver(project, info, "en", placements, files, wanted, unwatched(), {name: profile})
    return made


@pytest.fixture(scope="module")
def sharp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film_with(tmp_path_factory.mktemp("film"), bursts(12))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize(
    "profile", [one for one in PROFILES if not one.dialogue], ids=lambda p: p.name
)
def test_the_film_is_as_loud_as_the_profile_says(
    sharp: Path, tmp_path: Path, profile: Profile, suffix: str
) -> None:
    made = export(sharp, "film", tmp_path / f"out{suffix}", profile)
    loudness, peak = by_ffmpeg(made.path)
    assert loudness == pytest.approx(profile.loudness, abs=0.5)
    assert peak <= profile.peak
    assert made.loudness is not None
    assert made.loudness.reached == pytest.approx(loudness, abs=0.3)
    assert made.loudness.limited
    assert any(profile.name in note for note in made.notes)


def test_streaming_is_as_loud_as_its_dialogue(sharp: Path, tmp_path: Path) -> None:
    streaming = profile_of("streaming")
    assert streaming is not None
    made = export(sharp, "film", tmp_path / "out.mp4", streaming, [Span(500, 4900)])
    assert by_ffmpeg(made.path, start=0.5, end=4.9)[0] == pytest.approx(-27, abs=0.5)
    loudness, peak = by_ffmpeg(made.path)
    assert abs(loudness + 27) > 1  # or the test would not tell dialogue from the whole
    assert peak <= -2
    assert made.loudness is not None
    assert made.loudness.measured == "the film's dialogue"


def test_webm_and_its_coder(tmp_path: Path) -> None:
    source = tmp_path / "film.webm"
    make_media.film(source, seconds=9, music=True, codec="libvpx", sound_codec="opus", marks=(2, 4))
    made = export(source, "film", tmp_path / "out.webm", PROFILES[0])
    assert by_ffmpeg(made.path)[0] == pytest.approx(-23, abs=0.5)
    assert by_ffmpeg(made.path)[1] <= -1


def test_the_description_alone_and_its_clips_get_one_gain(sharp: Path, tmp_path: Path) -> None:
    web = profile_of("web")
    assert web is not None
    stem = export(sharp, "stem", tmp_path / "stem.wav", web)
    clips = export(sharp, "clips", tmp_path / "out.clips", web)
    loudness, peak = by_ffmpeg(stem.path)
    assert loudness == pytest.approx(-16, abs=0.5)
    assert peak <= -1
    assert stem.loudness == clips.loudness
    whole, _ = soundfile.read(stem.path)
    alone, _ = soundfile.read(clips.path / "001_7000.wav")
    assert np.abs(alone).max() > 0.1
    assert np.allclose(whole[7 * RATE : 8 * RATE], alone, atol=1e-3)


def test_the_film_s_own_track_keeps_its_loudness(sharp: Path, tmp_path: Path) -> None:
    made = export(sharp, "track", tmp_path / "out.mp4", PROFILES[0])
    assert by_ffmpeg(made.path)[0] == pytest.approx(by_ffmpeg(sharp)[0], abs=0.1)
    assert any("own loudness" in note for note in made.notes)


def test_a_silent_sound_is_left_alone() -> None:
    def silence() -> Generator[Sound]:
        yield np.zeros((2, RATE), np.float32)

    mix = Measurable(silence, None, RATE, "stereo", 2, RATE)
    level, report = find_level(mix, PROFILES[0], [EVERYTHING], unwatched())
    assert level is None
    assert "too faint" in report.sentence


# --- the limiter ----------------------------------------------------------------------------------


def in_blocks(sound: Sound, cuts: Iterable[int]) -> Generator[Sound]:
    edges = sorted({0, *cuts, sound.shape[1]})
    for start, end in pairwise(edges):
        yield sound[:, start:end]


def limited(sound: Sound, level: Level, cuts: Iterable[int] = ()) -> Sound:
    return np.concatenate(list(levelled(in_blocks(sound, cuts), level, RATE)), axis=1)


def true_peak(sound: Sound) -> float:
    meter = TruePeakMeter(len(sound))
    for block in in_blocks(sound, range(0, sound.shape[1], 1000)):
        meter.feed(block)
    return meter.finish()


def test_a_true_peak_lies_between_the_samples() -> None:
    time = np.arange(RATE)
    quarter = np.sin(np.pi / 2 * time + np.pi / 4)[np.newaxis].astype(np.float32)
    assert true_peak(quarter) == pytest.approx(0, abs=0.2)  # the samples say -3.01
    assert true_peak(np.zeros((1, 10), np.float32)) == -np.inf


@given(st.lists(st.integers(1, 19_999), max_size=6), st.integers(0, 99))
def test_the_limiter_holds_peaks_and_blocks_do_not_matter(cuts: list[int], seed: int) -> None:
    draw = np.random.default_rng(seed)
    sound = (draw.standard_normal((2, 20_000)) * 0.1).astype(np.float32)
    sound[:, draw.integers(0, 20_000, 4)] = 1.5
    level = Level(3.0, -6.0)
    whole = limited(sound, level)
    assert whole.shape == sound.shape
    assert true_peak(whole) < -6 + 0.1
    assert np.allclose(limited(sound, level, cuts), whole, atol=1e-6)


def test_the_limiter_touches_nothing_far_from_a_peak() -> None:
    sound = np.full((1, RATE), 0.1, np.float32)
    sound[:, RATE // 2] = 0.9
    after = limited(sound, Level(0.0, -6.0))
    far = RATE // 25 + 20
    assert np.array_equal(after[:, : RATE // 2 - far], sound[:, : RATE // 2 - far])
    assert np.array_equal(after[:, RATE // 2 + far :], sound[:, RATE // 2 + far :])
    assert np.abs(np.diff(after[0, : RATE // 2 - 20])).max() < 0.001  # it steps back without a jump


def test_a_gain_alone_is_exact() -> None:
    sound = np.random.default_rng(2).uniform(-0.1, 0.1, (2, 5000)).astype(np.float32)
    assert np.allclose(limited(sound, Level(6.0)), sound * 10 ** (6 / 20))


def test_none_is_no_profile() -> None:
    assert profile_of(NO_PROFILE) is None
