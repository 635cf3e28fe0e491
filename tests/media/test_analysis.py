"""Scenes, speech, gaps and statistics of made films with known truth, and of real ones."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio import paths
from studio.analysis import Analysis, analyse, statistics_of
from studio.analysis.dialogue import speech_in
from studio.analysis.statistics import COLOURS
from studio.errors import MediaError
from studio.media import ffmpeg
from studio.media.probe import probe
from studio.progress import Cancelled, Progress, unwatched
from studio.settings import Settings
from studio.times import Span, frame_at
from tests import make_media


def analysed(path: Path) -> Analysis:
    return analyse(probe(path), Settings(), unwatched())


@pytest.mark.parametrize(
    ("rate", "seed"),
    [
        (Fraction(24000, 1001), 1),
        (Fraction(25), 2),
        (Fraction(30000, 1001), 3),
        (Fraction(50), 4),
        (Fraction(60), 5),
    ],
)
def test_hard_cuts_of_made_films(rate: Fraction, seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    asked = np.cumsum([dice.choice([0.6, 0.8, 1.3, 2.1]) for _ in range(12)]).tolist()
    path = tmp_path / "a.mp4"
    truth = make_media.film(
        path, seconds=asked[-1] + 1, rate=rate, cuts=asked, seed=seed, sound=False, b_frames=2
    )
    scenes = analysed(path).scenes
    found = [frame_at(scene.start, rate) for scene in scenes[1:]]
    assert len(found) == len(truth.cut_frames)
    assert all(abs(a - b) <= 1 for a, b in zip(found, truth.cut_frames, strict=True))
    assert scenes[0].start == 0
    assert scenes[-1].end == truth.duration_ms


@pytest.mark.parametrize("variable", [False, True])
def test_a_film_without_cuts_has_one_scene(variable: bool, tmp_path: Path) -> None:
    make_media.film(
        tmp_path / "a.mkv", seconds=6, variable=variable, marks=(1, 3), seed=6, size=(160, 90)
    )
    info = probe(tmp_path / "a.mkv")
    assert analyse(info, Settings(), unwatched()).scenes == (Span(0, info.duration),)


def test_the_first_words_after_a_long_silence_are_heard(tmp_path: Path) -> None:
    """Heard forwards only, the network misses “Only me” for 0.7 s."""
    path = tmp_path / "a.mp4"
    lines = ((4.5, "Who is there?"), (11.0, "Only me, my dear neighbour."))
    truth = make_media.film(path, seconds=14, size=(64, 36), speech=lines, music=True)
    found = analysed(path).speech
    assert len(found) == len(truth.speech)
    for talk, heard in zip(truth.speech, found, strict=True):
        assert heard.start <= talk.start + 50
        assert heard.end >= talk.end - 50


TEXTS = (
    "Who is there?",
    "The train leaves at noon, and you will be on it.",
    "No.",
    "I never said that I would come with you to the harbour.",
    "Stop!",
    "Six.",
)


@pytest.mark.parametrize("music", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_no_gap_touches_speech_and_no_room_is_lost(music: bool, seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    texts = dice.sample(TEXTS, len(TEXTS))
    starts = [1.0]
    for text in texts[:-1]:
        starts.append(starts[-1] + 0.08 * len(text) + dice.uniform(2.9, 4.5))
    path = tmp_path / "a.mp4"
    truth = make_media.film(
        path,
        seconds=starts[-1] + 5,
        size=(64, 36),
        speech=tuple(zip(starts, texts, strict=True)),
        music=music,
        seed=seed,
        start=0.0,
    )
    found = analysed(path)
    guard = Settings().speech_guard
    for talk in truth.speech:
        for gap in found.gaps:
            assert gap.span.overlap(Span(talk.start - guard // 2, talk.end + guard // 2)) == 0
        before = [gap for gap in found.gaps if gap.end <= talk.start]
        assert talk.start == truth.speech[0].start or talk.start - before[-1].end <= guard + 150
    assert len(found.gaps) == len(truth.speech)
    assert found.gaps[-1].end == truth.duration_ms
    assert found.loudness is not None


def test_music_is_not_speech(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=8, size=(64, 36), music=True)
    found = analysed(tmp_path / "a.mp4")
    assert found.speech == ()
    assert [gap.span for gap in found.gaps] == [Span(40, 8000)]


def test_a_silent_film_has_one_gap_and_no_loudness(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=5, size=(64, 36), sound=False)
    found = analysed(tmp_path / "a.mp4")
    assert found.loudness is None
    assert [gap.span for gap in found.gaps] == [Span(40, 5000)]
    assert found.statistics.peaks.shape == (0, 2)


def test_statistics_say_what_is_to_be_seen_and_heard(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    truth = make_media.film(path, seconds=9, cuts=(4,), marks=(6,))
    found = analysed(path).statistics
    rows = len(found.time)
    assert rows == pytest.approx(9 * 1000 / 280, abs=2)
    for column in (found.light, found.saturation, found.colour, found.motion):
        assert len(column) == rows
    assert 10 < found.light.mean() < 245
    assert found.colour.min() >= -1
    assert found.colour.max() < len(COLOURS)
    assert list(found.thumbnail_times) == [0, 2000, 4000, 6000, 8000]
    for jpeg in found.thumbnails:
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (90, 160, 3)
    white = cv2.imdecode(np.frombuffer(found.thumbnails[3], np.uint8), cv2.IMREAD_COLOR)
    assert white is not None
    assert white.mean() > 240
    assert len(found.peaks) == pytest.approx(900, abs=5)
    loud = np.flatnonzero(found.peaks[:, 1] > 10_000) * 10
    assert loud[0] == pytest.approx(truth.mark_frames[0] * 40, abs=10)


# --- the cache ------------------------------------------------------------------------------------


def cached() -> list[Path]:
    return sorted(paths.cache_folder("analysis").iterdir())


def test_a_film_is_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mp4"
    make_media.film(path, seconds=4, size=(64, 36), cuts=(2,), speech=((1, "Who is there?"),))
    info = probe(path)
    first = analyse(info, Settings(), unwatched())
    monkeypatch.setattr("studio.analysis.pictures", None)  # a second pass would call it
    second = analyse(info, Settings(), unwatched())
    assert (second.scenes, second.speech, second.gaps) == (first.scenes, first.speech, first.gaps)
    assert second.loudness == first.loudness
    kept = statistics_of(info, unwatched())
    assert kept.thumbnails == first.statistics.thumbnails
    assert np.array_equal(kept.motion, first.statistics.motion)
    assert np.array_equal(kept.peaks, first.statistics.peaks)
    wide = analyse(info, Settings(speech_guard=0, gap_minimum=500), unwatched())
    assert len(wide.gaps) > len(first.gaps)


@pytest.mark.parametrize("damage", ["emptied", "cut off", "flipped", "not a zip", "wrong arrays"])
def test_a_damaged_cache_is_made_again(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    make_media.film(path, seconds=4, size=(64, 36), cuts=(2,))
    first = analysed(path)
    (file,) = cached()
    data = file.read_bytes()
    middle = len(data) // 2
    damaged = {
        "emptied": b"",
        "cut off": data[:middle],
        "flipped": data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :],
        "not a zip": b"something else",
        "wrong arrays": data.replace(b"loudness", b"loudmess"),
    }
    file.write_bytes(damaged[damage])
    second = analysed(path)
    assert second.scenes == first.scenes
    assert second.statistics.thumbnails == first.statistics.thumbnails
    assert cached() == [file]
    assert file.read_bytes() == data


def test_a_cache_that_cannot_be_written_is_an_error_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=2, size=(64, 36))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(MediaError, match="No space left on device"):
        analysed(tmp_path / "a.mp4")
    assert cached() == []


# --- stopping -------------------------------------------------------------------------------------


def test_cancelling_leaves_no_thread_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    make_media.film(path, seconds=6, size=(64, 36), music=True)
    progress = Progress(lambda fraction, _: progress.cancel() if fraction > 0.3 else None)
    before = threading.enumerate()
    with pytest.raises(Cancelled):
        analyse(probe(path), Settings(), progress)
    assert cached() == []
    assert set(threading.enumerate()) <= set(before)


@pytest.mark.parametrize("failing", ["decoded_sound", "decoded_pictures"])
def test_an_error_on_either_thread_is_raised(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mp4"
    make_media.film(path, seconds=6, size=(64, 36), music=True)
    info = probe(path)

    def broken(*_: Sequence[object]) -> None:
        raise OSError(5, "Input/output error")

    module = "audio" if failing == "decoded_sound" else "frames"
    monkeypatch.setattr(f"studio.media.{module}.{failing}", broken)
    assert callable(getattr(ffmpeg, failing))
    before = threading.enumerate()
    with pytest.raises(MediaError, match="Input/output error"):
        analyse(info, Settings(), unwatched())
    assert cached() == []
    assert set(threading.enumerate()) <= set(before)


# --- real films and sounds ------------------------------------------------------------------------

CUTS = {
    "big_buck_bunny_30s.webm": (11_790, 15_670, 22_960),
    "keyboard_compatibility.mp4": (6710, 10_250, 14_920),
}


@pytest.mark.parametrize("name", CUTS)
def test_cuts_of_real_films(name: str, shared_media: Path) -> None:
    scenes = analysed(shared_media / "film" / name).scenes
    assert [scene.start for scene in scenes[1:]] == pytest.approx(CUTS[name], abs=45)


def test_a_soft_cut_is_found_and_a_flash_is_none(shared_media: Path) -> None:
    found = analysed(shared_media / "film" / "sintel_16s.mp4")
    starts = [scene.start for scene in found.scenes]
    assert any(abs(start - 13_900) <= 40 for start in starts)
    assert not any(4400 < start < 5200 for start in starts)
    assert found.speech[0].start == pytest.approx(12_200, abs=400)


def test_speech_of_real_sounds(shared_media: Path) -> None:
    assert speech_in(shared_media / "film" / "big_buck_bunny_30s.webm") == ()
    assert len(speech_in(shared_media / "talk" / "countdown.mp3")) == 10

    people = speech_in(shared_media / "talk" / "three_speakers.wav")
    expected = ((1700, 3900), (6200, 11_100), (12_800, 18_000))
    assert len(people) == len(expected)
    for span, (start, end) in zip(people, expected, strict=True):
        assert span.start == pytest.approx(start, abs=150)
        assert span.end == pytest.approx(end, abs=150)


def test_long_pauses_of_a_meeting_are_found(shared_media: Path) -> None:
    speech = speech_in(shared_media / "talk" / "meeting_trn01.wav")
    assert all(span.start > 28_000 for span in speech)
    assert speech


def test_odd_films_are_analysed_or_refused_in_words(shared_media: Path) -> None:
    read = 0
    for path in sorted((shared_media / "odd").iterdir()):
        try:
            info = probe(path)
        except MediaError:
            continue
        found = analyse(info, Settings(), unwatched())
        assert found.scenes[0].start == 0
        assert found.scenes[-1].end == info.duration
        read += 1
    assert read == 9
