"""Sound on the film's clock: every sample where it belongs, whatever the container says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.errors import MediaError
from studio.media import audio
from studio.media.audio import (
    BLOCK,
    Samples,
    file_blocks,
    load_clip,
    save_wav,
    sound_blocks,
    sound_places,
)
from studio.media.probe import FilmInfo, SoundStream, probe, sound_streams
from studio.times import Span
from tests import make_media

RATE = 48_000


def whole(blocks: Iterable[Samples]) -> Samples:
    return np.concatenate(list(blocks), axis=1)


def track(info: FilmInfo) -> SoundStream:
    assert info.sound is not None
    return info.sound


def onsets(samples: Samples, rate: int, level: float = 0.25) -> list[float]:
    """When a tone begins after at least 100 ms without one, in s."""
    loud = np.flatnonzero(np.abs(samples).max(axis=0) > level)
    first = np.diff(loud, prepend=-rate) > rate // 10
    return [float(at) / rate for at in loud[first]]


CONTAINERS = [
    ("mp4", "aac"),
    ("mkv", "aac"),
    ("mkv", "opus"),
    ("mkv", "flac"),
    ("mov", "pcm"),
    ("ts", "aac"),
    ("webm", "opus"),
]


@pytest.mark.parametrize(("suffix", "codec"), CONTAINERS)
def test_marks_sound_when_their_frames_show(suffix: str, codec: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    picture = "libvpx" if suffix == "webm" else "libx264"
    truth = make_media.film(
        path, seconds=6, size=(64, 36), marks=(1, 2.52, 5), codec=picture, sound_codec=codec
    )
    info = probe(path)
    sound = whole(sound_blocks(info, track(info)))
    expected = [frame / 25 for frame in truth.mark_frames]
    assert onsets(sound, track(info).sample_rate) == pytest.approx(expected, abs=0.004)


@pytest.mark.parametrize("start", [0, 3, 700, 1999, 4321])
@pytest.mark.parametrize(("suffix", "codec"), [("mp4", "aac"), ("mkv", "flac"), ("mkv", "aac")])
def test_a_start_cuts_to_the_sample(suffix: str, codec: str, start: int, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    make_media.film(
        path, seconds=6, size=(64, 36), music=True, marks=(1, 2.5), sound_codec=codec, gop=25
    )
    info = probe(path)
    full = whole(sound_blocks(info, track(info)))
    part = whole(sound_blocks(info, track(info), start=start))
    assert part.shape[1] == full.shape[1] - start * RATE // 1000
    assert np.abs(part - full[:, start * RATE // 1000 :]).max() < 1e-4


def test_late_sound_is_preceded_by_silence(tmp_path: Path) -> None:
    make_media.film(
        tmp_path / "a.mkv", seconds=4, size=(64, 36), marks=(2,), sound_start=0.8, music=True
    )
    info = probe(tmp_path / "a.mkv")
    sound = whole(sound_blocks(info, track(info)))
    assert np.abs(sound[:, : int(0.77 * RATE)]).max() == 0
    assert onsets(sound, RATE)[-1] == pytest.approx(2, abs=0.004)


def test_rate_and_layout_are_those_asked_for(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=4, size=(64, 36), marks=(1.0, 3.0), channels=6)
    info = probe(tmp_path / "a.mp4")
    assert track(info).layout == "5.1"
    mono = whole(sound_blocks(info, track(info), sample_rate=16_000, layout="mono"))
    assert mono.shape[0] == 1
    assert mono.shape[1] / 16_000 == pytest.approx(4, abs=0.05)
    assert onsets(mono, 16_000, 0.1) == pytest.approx([1, 3], abs=0.004)


def test_blocks_are_even(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=4, size=(64, 36))
    info = probe(tmp_path / "a.mp4")
    sizes = [block.shape[1] for block in sound_blocks(info, track(info))]
    assert set(sizes[:-1]) == {BLOCK}
    assert 0 < sizes[-1] <= BLOCK


# --- times that lie -------------------------------------------------------------------------------

STREAM = SoundStream(0, "aac", 1, "mono", 1000, None, Fraction(1, 1000), 0, "", "", True, False)


def placed(pieces: list[tuple[int | None, int]], start: int = 0) -> NDArray[np.float32]:
    """Pieces of (said ms, length in samples of 1 ms) put in place; their values count up from 1."""
    made, value = [], 1
    for at, length in pieces:
        samples = np.arange(value, value + length, dtype=np.float32)[np.newaxis]
        value += length
        made.append(audio.Piece(None if at is None else Fraction(at, 1000), samples))
    blocks = list(audio.contiguous(iter(made), STREAM, Fraction(0), start, None))
    return np.concatenate(blocks, axis=1)[0] if blocks else np.zeros(0, np.float32)


def test_a_hole_is_silence_and_what_follows_stays_in_place() -> None:
    sound = placed([(0, 20), (20, 20), (100, 20), (120, 20)])
    assert sound[:40].tolist() == list(range(1, 41))
    assert not sound[40:100].any()
    assert sound[100:].tolist() == list(range(41, 81))


def test_what_is_there_twice_is_dropped() -> None:
    sound = placed([(0, 50), *((30 + 50 * n, 50) for n in range(9))])
    assert len(sound) == 480
    assert sound[50] == 71  # the first 20 of the second piece lie under the first


def test_a_short_hole_is_kept_open_too() -> None:
    sound = placed([(0, 21), *((42 + 21 * n, 21) for n in range(9))])
    assert not sound[21:42].any()
    assert sound[42:].tolist() == list(range(22, 211))


@given(st.lists(st.integers(-10, 10), min_size=12, max_size=40))
def test_single_times_that_are_off_tear_no_hole(jitter: list[int]) -> None:
    jitter[0] = 0
    jitter[3::4] = [0] * len(jitter[3::4])  # most times are right, as in the worst real film seen
    sound = placed([(20 * n + off, 20) for n, off in enumerate(jitter)])
    assert sound.tolist() == list(range(1, 20 * len(jitter) + 1))


def test_pieces_without_a_time_follow_the_ones_before() -> None:
    assert placed([(10, 5), (None, 5), (None, 5)]).tolist() == [0] * 10 + list(range(1, 16))


def test_sound_before_film_time_zero_is_left_out() -> None:
    assert placed([(-30, 20), (-10, 20), (10, 20)]).tolist() == list(range(31, 61))


# --- clips ----------------------------------------------------------------------------------------


def test_a_clip_is_saved_and_loaded(tmp_path: Path) -> None:
    tone = (0.5 * np.sin(np.arange(24_000) / 10)).astype(np.float32)
    save_wav(tmp_path / "a.wav", tone, 24_000)
    assert soundfile.info(tmp_path / "a.wav").subtype == "PCM_16"
    assert np.abs(load_clip(tmp_path / "a.wav", 24_000) - tone).max() < 1e-4
    assert len(load_clip(tmp_path / "a.wav", 48_000)) == 48_000
    assert [file.name for file in tmp_path.iterdir()] == ["a.wav"]


def test_a_clip_is_read_as_ffmpeg_reads_it(tmp_path: Path) -> None:
    """Read by itself it is there thirty times sooner, between an edit and its sound."""
    file = tmp_path / "a.wav"
    save_wav(file, np.random.default_rng(3).uniform(-1.2, 1.2, 30_001).astype(np.float32), 48_000)
    expected = np.concatenate(list(_by_ffmpeg(file)), axis=1)[0]
    assert np.array_equal(load_clip(file, 48_000), expected)
    whole = file.read_bytes()
    file.write_bytes(whole[:-5001])  # FFmpeg says what is left of it
    assert np.array_equal(
        load_clip(file, 48_000), np.concatenate(list(_by_ffmpeg(file)), axis=1)[0]
    )


def _by_ffmpeg(file: Path) -> Iterator[Samples]:
    (stream,) = sound_streams(file)
    return file_blocks(file, stream, sample_rate=48_000, layout="mono")


def test_samples_beyond_full_scale_do_not_wrap(tmp_path: Path) -> None:
    save_wav(tmp_path / "a.wav", np.array([[2.0, -2.0], [0.0, 0.5]], np.float32), 8000)
    loaded, _ = soundfile.read(tmp_path / "a.wav")
    assert loaded == pytest.approx(np.array([[1, 0], [-1, 0.5]]), abs=1e-4)


def test_a_wav_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be written"):
        save_wav(tmp_path / "no folder" / "a.wav", np.zeros(10, np.float32), 8000)
    (tmp_path / "taken").mkdir()
    with pytest.raises(MediaError, match="cannot be written"):
        save_wav(tmp_path / "taken", np.zeros(10, np.float32), 8000)
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]


def test_a_clip_without_sound_is_refused(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=1, size=(64, 36), sound=False)
    with pytest.raises(MediaError, match="holds no sound"):
        load_clip(tmp_path / "a.mp4", 48_000)


def test_real_sounds_of_many_formats_are_loaded(shared_media: Path) -> None:
    for name, seconds in {
        "countdown.mp3": 19.03,
        "jfk.flac": 11.0,
        "meeting_dev00.wav": 30.0,
    }.items():
        assert len(load_clip(shared_media / "talk" / name, 16_000)) / 16_000 == pytest.approx(
            seconds, abs=0.01
        )


def test_places_are_heard_without_what_lies_between(tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    make_media.film(film, seconds=12, size=(64, 36), music=True)
    info = probe(film)
    assert info.sound is not None
    whole = np.concatenate(list(sound_blocks(info, info.sound)), axis=1)
    spans = [Span(1000, 2000), Span(1500, 2500), Span(9000, 9500), Span(11_500, 13_000)]
    places = list(sound_places(info, info.sound, spans, sample_rate=48_000, layout="stereo"))
    for span, heard in zip(spans, places, strict=True):
        inside = whole[:, span.start * 48 : span.end * 48]
        assert heard.shape[1] == pytest.approx(inside.shape[1], abs=1024)
        middle = heard[:, 2048 : heard.shape[1] - 2048]
        offsets = range(inside.shape[1] - middle.shape[1] + 1)
        off = [np.abs(inside[0, at : at + middle.shape[1]] - middle[0]).max() for at in offsets]
        assert min(off) < 1e-3
    mono = list(sound_places(info, info.sound, spans, sample_rate=16_000, layout="mono"))
    assert [one.shape[0] for one in mono] == [1] * 4
    assert mono[0].shape[1] == pytest.approx(16_000, abs=400)
