"""Telling voices apart: made conversations, real ones where they are here, and nothing at all."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.signal import resample_poly

from studio import engines
from studio.analysis.dialogue import SpeechFinder
from studio.engines import Sound, Stretch, Voice, VoiceTurn, voices_groups, voices_sound
from studio.media.audio import load_clip
from studio.times import Span

RATE = 16_000
STEP = 10  # ms of the grid on which turns are compared

SENTENCES = (
    "The harbour was quiet when the boat came in late that evening.",
    "I never said that you could take the car without asking me first.",
    "There are three reasons why this plan will not work as we hoped.",
    "Nobody believed him until the very last page of the story.",
    "He bought bread, cheese, and a bottle of milk on the way home.",
    "What a strange thing to say about somebody you hardly know.",
    "They walked for hours across the fields without meeting anyone.",
    "Yes, of course.",
)

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Talk:
    """A made conversation: its sound and who speaks when."""

    samples: Samples
    turns: tuple[tuple[Span, int], ...]


@cache
def said(speaker: str, voice: str, text: str) -> Samples:
    """One sentence at RATE, without silence around it, as loud as every other."""
    sound = engines.open("speaker", speaker).speak(text, Voice(voice, "en"), 1.0)
    divisor = np.gcd(RATE, sound.rate)
    samples = resample_poly(sound.samples, RATE // divisor, sound.rate // divisor)
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    samples = samples[loud[0] : loud[-1]]
    return (samples * (0.08 / np.sqrt(np.mean(samples**2)))).astype(np.float32)


def conversation(people: Sequence[tuple[str, str]], turns: int, seed: int) -> Talk:
    """People take turns of one or two sentences, with pauses of 0.2 to 0.8 s."""
    choose = random.Random(seed)
    pieces, truth, at, last = [np.zeros(RATE // 2, np.float32)], [], RATE // 2, -1
    for number in range(turns):
        others = [one for one in range(len(people)) if one != last or len(people) == 1]
        last = number if number < len(people) else choose.choice(others)
        for text in choose.sample(SENTENCES, choose.randint(1, 2)):
            sound = said(*people[last], text)
            truth.append((Span(at * 1000 // RATE, (at + len(sound)) * 1000 // RATE), last))
            pause = np.zeros(int(choose.uniform(0.2, 0.8) * RATE), np.float32)
            pieces += [sound, pause]
            at += len(sound) + len(pause)
    samples = np.concatenate(pieces)
    hiss = np.random.default_rng(seed).normal(0, 0.0005, len(samples))
    return Talk((samples + hiss).astype(np.float32), tuple(truth))


def stretches(samples: Samples) -> list[Stretch]:
    finder = SpeechFinder()
    finder.feed(samples[np.newaxis])
    per_ms = RATE // 1000
    return [
        Stretch(one, Sound(samples[one.start * per_ms : one.end * per_ms], RATE))
        for one in finder.speech()
    ]


def told_apart(samples: Samples, most: int = 12) -> tuple[VoiceTurn, ...]:
    return engines.open("diariser", "acoustic").tell_apart(stretches(samples), most)


def grid(turns: Sequence[tuple[Span, int]], count: int) -> NDArray[np.int64]:
    rows = np.zeros((1 + max((voice for _, voice in turns), default=0), count), np.int64)
    for span, voice in turns:
        rows[voice, span.start // STEP : span.end // STEP] = 1
    return rows


def error(truth: Sequence[tuple[Span, int]], found: Sequence[VoiceTurn]) -> float:
    """The diarisation error: missed, invented and confused time as a share of all speech (NIST).

    No collar: the places around the ends of turns count as well.
    """
    mine = [(turn.span, turn.voice) for turn in found]
    count = 1 + max(span.end for span, _ in (*truth, *mine)) // STEP
    right, heard = grid(truth, count), grid(mine, count)
    same = right @ heard.T
    pairs = linear_sum_assignment(-same)
    wrong = np.maximum(right.sum(axis=0), heard.sum(axis=0)).sum() - same[pairs].sum()
    return float(wrong / right.sum())


def voices(turns: Sequence[VoiceTurn]) -> int:
    return len({turn.voice for turn in turns})


KAL, SLT, RMS, AWB = (("flite", name) for name in ("kal16", "slt", "rms", "awb"))


@pytest.mark.parametrize("people", [(KAL, SLT), (RMS, AWB), (RMS, KAL)], ids=str)
def test_two_voices_are_told_apart(people: tuple[tuple[str, str], ...]) -> None:
    talk = conversation(people, 8, 3)
    found = told_apart(talk.samples)
    assert voices(found) == 2
    assert error(talk.turns, found) <= 0.1


def test_four_voices_are_told_apart() -> None:
    talk = conversation((KAL, SLT, RMS, AWB), 14, 5)
    found = told_apart(talk.samples)
    assert voices(found) == 4
    assert error(talk.turns, found) <= 0.2


@pytest.mark.parametrize("person", [KAL, SLT, RMS, AWB], ids=str)
def test_one_voice_is_one_speaker(person: tuple[str, str]) -> None:
    assert voices(told_apart(conversation((person,), 6, 8).samples)) == 1


def test_a_change_of_voice_without_a_pause_is_found_where_it_is() -> None:
    first, second = (
        np.concatenate([said(*person, text) for text in texts])
        for person, texts in ((RMS, SENTENCES[:3]), (SLT, SENTENCES[3:6]))
    )
    samples = np.concatenate([first, second])
    whole = Stretch(Span(1000, 1000 + len(samples) * 1000 // RATE), Sound(samples, RATE))
    found = engines.open("diariser", "acoustic").tell_apart([whole], 12)
    assert [turn.voice for turn in found] == [0, 1]
    assert found[0].span.end == pytest.approx(1000 + len(first) * 1000 / RATE, abs=200)
    assert (found[0].span.start, found[1].span.end) == (whole.span.start, whole.span.end)


def test_a_breath_does_not_end_a_turn_and_a_pause_does() -> None:
    sound = said(*RMS, SENTENCES[0])
    length = len(sound) * 1000 // RATE
    starts = [0, length + 250, 2 * length + 250 + 350]
    heard = [Stretch(Span(at, at + length), Sound(sound, RATE)) for at in starts]
    # one voice at most: the same sounds again and again are no sample of what a voice is like
    found = engines.open("diariser", "acoustic").tell_apart(heard, 1)
    assert [turn.span for turn in found] == [
        Span(0, 2 * length + 250),
        Span(starts[2], starts[2] + length),
    ]


def test_never_more_voices_than_asked_for() -> None:
    talk = conversation((KAL, SLT, RMS, AWB), 8, 5)
    assert voices(told_apart(talk.samples, most=2)) == 2
    assert voices(told_apart(talk.samples, most=1)) == 1


def test_twelve_voices_end_in_an_ordinary_result() -> None:
    names = ["en-gb", "en-us", "en-gb-scotland", "en-029", "en-us-nyc", "en-gb-x-rp"]
    known = {voice.name for voice in engines.open("speaker", "espeak-ng").voices()}
    people = [KAL, SLT, RMS, AWB, *(("espeak-ng", name) for name in names if name in known)]
    talk = conversation(people, 16, 9)
    found = told_apart(talk.samples)
    assert 4 <= voices(found) <= 12
    assert [turn.span for turn in found] == sorted(turn.span for turn in found)


@pytest.mark.parametrize(
    "samples",
    [np.zeros(0), np.zeros(100), np.zeros(RATE), np.random.default_rng(1).normal(0, 0.1, RATE)],
    ids=["nothing", "an instant", "silence", "noise"],
)
def test_a_stretch_without_a_voice_is_one_speaker(samples: NDArray[np.float64]) -> None:
    span = Span(500, 500 + len(samples) * 1000 // RATE)
    heard = [Stretch(span, Sound(samples.astype(np.float32), RATE))]
    found = engines.open("diariser", "acoustic").tell_apart(heard, 12)
    assert found == (VoiceTurn(span, 0),)


def test_no_speech_is_nobody() -> None:
    assert engines.open("diariser", "acoustic").tell_apart([], 12) == ()


def test_it_stops_when_told_to() -> None:
    class Told(BaseException):
        pass

    def stop() -> None:
        raise Told

    heard = stretches(conversation((KAL,), 1, 1).samples)
    with pytest.raises(Told):
        engines.open("diariser", "acoustic").tell_apart(heard, 12, stop)


def test_thousands_of_pieces_are_grouped_in_bounded_memory() -> None:
    rng = np.random.default_rng(4)
    centres = rng.normal(0, 3, (5, voices_sound.SIZE))
    truth = rng.integers(0, 5, 4000)
    size = rng.integers(40, 100, 4000).astype(np.float64)
    mean = centres[truth] + rng.normal(0, 1, (4000, voices_sound.SIZE)) * np.sqrt(6 / size)[:, None]
    found = voices_groups.group(size, mean, 12, lambda: None)
    assert len(found.size) == 5
    assert len(set(zip(truth.tolist(), found.of.tolist(), strict=True))) == 5
    assert found.size.sum() == pytest.approx(size.sum())


def test_pitch_is_told_in_hertz() -> None:
    time = np.arange(RATE) / RATE
    for pitch in (90.0, 140.0, 220.0, 330.0):
        buzz = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 9)) * 0.1
        heard = np.concatenate([one.heard for one in voices_sound.frames(np.float32(buzz), 0)])
        assert np.exp(np.median(heard[:, -1])) == pytest.approx(pitch, rel=0.02)


# --- real voices ----------------------------------------------------------------------------------


def from_rttm(file: Path) -> list[tuple[Span, int]]:
    names: dict[str, int] = {}
    rows = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        (
            Span(round(float(row[3]) * 1000), round((float(row[3]) + float(row[4])) * 1000)),
            names.setdefault(row[7], len(names)),
        )
        for row in rows
    ]


def test_three_real_speakers(shared_media: Path) -> None:
    talk = shared_media / "talk"
    truth = from_rttm(talk / "three_speakers.rttm")
    found = told_apart(load_clip(talk / "three_speakers.wav", RATE))
    assert [turn.voice for turn in found] == [voice for _, voice in truth]
    for turn, (span, _) in zip(found, truth, strict=True):
        assert turn.span.start == pytest.approx(span.start, abs=300)
        assert turn.span.end == pytest.approx(span.end, abs=300)


@pytest.mark.parametrize(
    "name", ["en_lj.wav", "en_ls1069.flac", "en_ls1081.flac", "de_thorsten.wav"]
)
def test_a_real_reader_is_one_speaker(shared_media: Path, name: str) -> None:
    assert voices(told_apart(load_clip(shared_media / "voice" / name, RATE))) == 1


def test_a_man_and_a_woman_are_two(shared_media: Path) -> None:
    man, woman = (
        load_clip(shared_media / "voice" / name, RATE)[: 6 * RATE]
        for name in ("en_ls1081.flac", "en_ls1069.flac")
    )
    found = told_apart(np.concatenate([man, np.zeros(RATE // 2, np.float32), woman]))
    assert voices(found) == 2
    assert {turn.voice for turn in found if turn.span.end < 6200} == {0}
    assert {turn.voice for turn in found if turn.span.start > 6400} == {1}
