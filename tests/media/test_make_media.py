"""The made films are what they say: everything else measures itself against them."""

from __future__ import annotations

import itertools
import math
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests import make_media

CODERS: dict[str, dict[str, Any]] = {
    "h264-aac.mp4": {},
    "h264-b-frames-ntsc.mkv": {"rate": Fraction(30000, 1001), "b_frames": 2},
    "film-rate-gop.mp4": {"rate": Fraction(24000, 1001), "b_frames": 3, "gop": 12},
    "late-clock.ts": {"start": 3600.0},
    "vp8-vorbis.webm": {"codec": "libvpx", "sound_codec": "vorbis"},
    "vp9-opus.webm": {"codec": "libvpx-vp9", "sound_codec": "libopus"},
    "av1-flac.mkv": {"codec": "libsvtav1", "sound_codec": "flac"},
    "hevc-six-channels.mp4": {"codec": "libx265", "channels": 6},
    "pcm-mono.mkv": {"sound_codec": "pcm", "channels": 1, "sample_rate": 44100},
    "variable.mp4": {"variable": True},
    "variable.mkv": {"variable": True, "b_frames": 2},
    "late-sound.mkv": {"sound_start": 0.8},
}


def _pictures(path: Path) -> tuple[list[Fraction], list[float], list[np.ndarray]]:
    """When each picture is shown (s, first is 0), its brightness, and a small grey copy of it."""
    times, light, small = [], [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            grey = frame.reformat(format="gray").to_ndarray().astype(np.float32)
            times.append(frame.pts * frame.time_base)
            light.append(float(grey.mean()))
            colours = frame.reformat(64, 36, "rgb24").to_ndarray().astype(np.float32)
            small.append(colours)
    return [time - times[0] for time in times], light, small


def _sound(path: Path) -> tuple[np.ndarray, int]:
    """All channels added up, from film time 0 on; and the rate."""
    with av.open(str(path)) as container:
        first = next(container.decode(video=0))
        zero = first.pts * first.time_base
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        resampler = av.AudioResampler("fltp", container.streams.audio[0].layout, rate)
        total = np.zeros(rate * 60)
        end = 0
        for frame in container.decode(audio=0):
            at = round((frame.pts * frame.time_base - zero) * rate)
            for part in resampler.resample(frame):
                samples = part.to_ndarray().sum(axis=0)
                skip = max(0, -at)
                total[at + skip : at + len(samples)] = samples[skip:]
                end = at + len(samples)
                at = end
    return total[:end], rate


@pytest.mark.parametrize("name", CODERS)
def test_cuts_and_marks_are_where_the_truth_says(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    truth = make_media.film(
        path, seconds=4, cuts=(1, 2.5), marks=(0.4, 3.2), size=(160, 90), **CODERS[name]
    )
    if hasattr(os, "sched_getscheduler"):  # SVT-AV1 would have kept the processor for itself
        assert os.sched_getscheduler(0) == os.SCHED_OTHER
    times, light, small = _pictures(path)
    assert [math.ceil(time * 1000) for time in times] == pytest.approx(truth.frame_times, abs=1)
    assert tuple(np.flatnonzero(np.array(light) > 245)) == truth.mark_frames
    change = [np.abs(b - a).mean() for a, b in itertools.pairwise(small)]
    steps = {index + 1 for index in np.flatnonzero(np.array(change) > 25)}
    flashes = {frame + after for frame in truth.mark_frames for after in (0, 1)}
    assert steps - flashes == set(truth.cut_frames)

    samples, rate = _sound(path)
    heard = np.flatnonzero(np.abs(samples) > 0.35)
    starts = heard[np.flatnonzero(np.diff(heard, prepend=-rate) > rate // 4)] / rate * 1000
    expected = [truth.frame_times[frame] for frame in truth.mark_frames]
    if "sound_start" in CODERS[name]:
        expected = [ms for ms in expected if ms >= 800]
    assert list(starts) == pytest.approx(expected, abs=2.5)


def test_words_sound_exactly_in_their_spans(tmp_path: Path) -> None:
    path = tmp_path / "words.mkv"
    texts = ((0.5, "Who is there?"), (3.0, "It is only me, your neighbour."))
    truth = make_media.film(path, seconds=6, speech=texts, sound_codec="pcm", channels=1)
    samples, rate = _sound(path)
    assert [span.start for span in truth.speech] == [500, 3000]
    outside = np.ones(len(samples), bool)
    for span in truth.speech:
        inside = samples[span.start * rate // 1000 : span.end * rate // 1000]
        assert np.sqrt((inside**2).mean()) == pytest.approx(make_media.SPEECH_RMS, rel=0.05)
        for edge in (inside[: rate // 100], inside[-rate // 100 :]):
            assert np.abs(edge).max() > 0.003
        outside[span.start * rate // 1000 : math.ceil(span.end * rate / 1000)] = False
    assert not samples[outside].any()


def test_a_film_is_as_long_as_asked_and_the_same_each_time(tmp_path: Path) -> None:
    made = []
    for name in ("one.mkv", "two.mkv"):
        truth = make_media.film(
            tmp_path / name, seconds=2, music=True, sound_codec="pcm", size=(64, 36), seed=3
        )
        times, light, _ = _pictures(tmp_path / name)
        samples, rate = _sound(tmp_path / name)
        assert (truth.duration_ms, len(times), len(samples)) == (2000, 50, 2 * rate)
        assert np.abs(samples).max() > 0.05
        made.append((light, samples.tolist()))
    assert made[0] == made[1]


def test_a_film_may_have_no_sound(tmp_path: Path) -> None:
    truth = make_media.film(
        tmp_path / "silent.mp4", seconds=1, sound=False, speech=((0, "Not heard."),)
    )
    with av.open(str(tmp_path / "silent.mp4")) as container:
        assert not container.streams.audio
    assert truth.speech == ()


def test_a_cut_outside_the_film_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="outside the film"):
        make_media.film(tmp_path / "short.mp4", seconds=1, cuts=(2,))
