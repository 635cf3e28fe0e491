"""Films of mouths only, drawn by lot: what an estimator would read of them, and what is heard.

For trials by the hundred; `make_mouths` has fewer kinds and `make_faces` has pictures. A film is
made from the name of a set and a seed: how long it talks, at which rate, how many people are in
view, which of four mouth models each has, how noisy its estimator is, how loud the music. In the
sets of `TALKING` the mouths say what is heard, late or early by up to a second; in those of `OTHER`
they do not, so any number told of them is wrong.
"""

from __future__ import annotations

import functools
import io
import math
import subprocess
import wave
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import butter, resample_poly, sosfilt

from studio.analysis.envelope import loudness
from studio.analysis.mouths import MouthMotion
from studio.analysis.sync import Mouth, talking_mouths
from studio.analysis.watching import Watched
from tests import make_faces
from tests.make_faces import RATE
from tests.make_music import TUNES, tune

Track = NDArray[np.float64]
Lot = np.random.Generator

RATES = (Fraction(24000, 1001), Fraction(25), Fraction(30))
LENGTHS = (12, 20, 40, 90, 240)
"""s of talk a film may have; the long ones are made less often."""

LOUDNESSES = (None, 6.0, 0.0)
"""dB of speech over music that films have; None: no music."""

_OFTEN = (0.25, 0.25, 0.25, 0.15, 0.1)
_STEP = 100  # steps of a mouth's track a second
_LEVEL = 0.1  # rms of speech
_AROUND = 1.5  # s before and after talk in which mouths are watched
_LEVELS = 20.0  # of light, for a mouth that opens fully
_FARTHEST = 1.0  # s the sound may be off
_VERSES = 8  # of a song
_AT_ONCE = 60 * RATE  # samples of a film's sound that are listened to

_SAID = (
    "The bridge was closed before anybody could reach the other side of the river.",
    "Nobody told me about it. My sister keeps her bicycle in the kitchen all winter.",
    "Have you ever seen so many birds on one roof? He counted them twice and gave up.",
    "When the rain stopped we walked along the harbour and looked at the boats.",
    "Seven people came, and only two of them stayed for dinner. Close the window, please.",
    "I would rather wait for the next train than run. The clock in the hall is always wrong.",
    "That is exactly what they said last year, and the year before. What a morning!",
    "Take the second door on the left and ask for Barbara. We bought bread and apples.",
    "She laughed so loudly that the whole office turned around. It will not happen again.",
    "Our neighbour has built a very small house for a very big dog. Who left the lights on?",
    "After the concert everybody wanted to shake his hand. The letter came on a Monday.",
    "Go home. Pack a bag. Bring the map, the red one, and meet me where the road divides.",
)
_FLITE = ("rms", "slt", "awb", "kal16")
_ESPEAK = ("en-us", "en-gb+f3", "de", "fr+f2", "es", "it+m4", "pl+f4", "en-us+m3")


@dataclass(frozen=True)
class Film:
    """mouths: as `sync.judged` takes them. length: ms. late: ms the sound is late, as made.

    talk: s of talk. snr: dB of speech over music, None without.
    """

    mouths: tuple[Mouth, ...]
    length: int
    late: float
    talk: float
    snr: float | None


@dataclass(frozen=True, eq=False)
class Phrase:
    """sound: at `RATE`."""

    sound: Track

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.sound) / RATE


@dataclass(frozen=True, eq=False)
class _Turn:
    """start: s in the picture's time. head: who speaks; None: off screen. said: which phrase."""

    start: float
    heard: Phrase
    head: int | None
    said: int

    @property
    def seconds(self) -> float:
        return self.heard.seconds


# --- voices ---------------------------------------------------------------------------------------


@functools.cache
def voice(number: int, folder: Path | None = None) -> tuple[Phrase, ...]:
    """The phrases of one of `voices`; a recording is cut in phrases."""
    if number < len(_FLITE):
        said = [make_faces.spoken(text, _FLITE[number]) for text in _SAID]
    elif number < len(_FLITE) + len(_ESPEAK):
        said = [_espeak(text, _ESPEAK[number - len(_FLITE)]) for text in _SAID]
    else:
        said = _phrases(_recordings(folder)[number - len(_FLITE) - len(_ESPEAK)])
    return tuple(Phrase(one) for one in said)


def voices(folder: Path | None = None) -> int:
    """How many voices there are: made ones, then the recordings in `folder`."""
    return len(_FLITE) + len(_ESPEAK) + len(_recordings(folder))


@functools.cache
def _recordings(folder: Path | None) -> tuple[Path, ...]:
    found = sorted(folder.iterdir()) if folder else []
    return tuple(path for path in found if path.suffix in {".wav", ".flac", ".mp3"})


def _espeak(text: str, voice: str) -> Track:
    speed = 130 + zlib.crc32(f"{text}{voice}".encode()) % 70  # words a minute
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", text]
    told = subprocess.run(command, check=True, capture_output=True)
    with wave.open(io.BytesIO(told.stdout)) as file:
        own = file.getframerate()
        raw = np.frombuffer(file.readframes(1 << 30), "<i2").astype(np.float64)
    shared = math.gcd(own, RATE)
    return _trimmed(resample_poly(raw, RATE // shared, own // shared))


def _phrases(path: Path) -> list[Track]:
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-ac", "1", "-ar", str(RATE)]
    told = subprocess.run([*command, "-f", "s16le", "-"], check=True, capture_output=True)
    raw = np.frombuffer(told.stdout, "<i2").astype(np.float64)
    return [_trimmed(part) for part in np.array_split(raw, max(1, len(raw) // (5 * RATE)))]


def _trimmed(raw: Track) -> Track:
    loud = np.flatnonzero(np.abs(raw) > 0.02 * np.abs(raw).max())
    raw = raw[loud[0] : loud[-1] + 1]
    return raw * _LEVEL / math.sqrt(float((raw**2).mean()))


# --- mouth models ---------------------------------------------------------------------------------
# each: the opening, 0..1, each 10 ms from 0.3 s before the sound begins

_BEFORE = 30  # steps


def _visemes(sound: Track, lot: Lot) -> Track:
    """One opening a rise of the sound, as the drawn heads have it."""
    track = np.zeros(_BEFORE + len(sound) * _STEP // RATE + _BEFORE)
    make_faces._open_for(track, _BEFORE / _STEP, sound, lot)
    return gaussian_filter1d(track, 2.0)


def _jaw(sound: Track, lot: Lot) -> Track:
    """The jaw follows the first formant's strength, sluggishly and a little ahead."""
    power = _power(sosfilt(_first_formant(), sound)) ** lot.uniform(0.4, 0.9)
    slow = gaussian_filter1d(np.pad(power, _BEFORE), lot.uniform(3.0, 6.0))
    return np.roll(slow / slow.max(), -int(lot.integers(0, 3)))


def _slack(sound: Track, lot: Lot) -> Track:
    """Opens fast and closes slowly, each syllable as wide as it likes, some not at all."""
    power = gaussian_filter1d(np.pad(_power(sound), _BEFORE), 3.5)
    track = np.zeros(len(power))
    for peak in _tops(power):
        if lot.random() < 0.85:
            at = peak + round(lot.normal(-1.5, 2.5))
            rise, fall = int(lot.integers(6, 10)), int(lot.integers(12, 22))
            shape = np.concatenate([np.hanning(2 * rise)[:rise], np.hanning(2 * fall)[fall:]])
            _lay(track, at - rise, lot.uniform(0.2, 1) * shape)
    return gaussian_filter1d(track, 1.5)


def _closing(sound: Track, lot: Lot) -> Track:
    """The jaw's motion, shut for p, b and m where the sound is weak, and smoothed."""
    track = _jaw(sound, lot)
    power = gaussian_filter1d(np.pad(_power(sound), _BEFORE), 2.0)
    for dip in _tops(power.max() - power):
        if lot.random() < 0.5:
            track[max(0, dip - 3) : dip + 4] *= 0.1
    return gaussian_filter1d(track, 2.5)


MODELS: tuple[Callable[[Track, Lot], Track], ...] = (_visemes, _jaw, _slack, _closing)


@functools.cache
def _first_formant() -> NDArray[np.float64]:
    return np.asarray(butter(2, (300, 1000), "bandpass", fs=RATE, output="sos"), np.float64)


def _power(sound: Track) -> Track:
    hop = RATE // _STEP
    return np.asarray(
        np.sqrt((sound[: len(sound) // hop * hop].reshape(-1, hop) ** 2).mean(axis=1))
    )


def _tops(values: Track) -> NDArray[np.int64]:
    inside = values[1:-1]
    high = (inside >= values[:-2]) & (inside > values[2:]) & (inside > 0.15 * values.max())
    return 1 + np.flatnonzero(high)


def _lay(track: Track, at: int, shape: Track) -> None:
    low, high = max(0, at), min(len(track), at + len(shape))
    if high > low:
        track[low:high] = np.maximum(track[low:high], shape[low - at : high - at])


# --- mouths that say nothing ----------------------------------------------------------------------


def _flaps(seconds: float, lot: Lot, period: float, odd: float) -> Track:
    """Opens each `period` s, at moments that are off by `odd` of it; some beats are left out."""
    track = np.zeros(round(seconds * _STEP) + 2 * _BEFORE)
    for moment in np.arange(0, seconds, period):
        if lot.random() < 0.85:
            width = round(lot.uniform(0.6, 0.95) * period * _STEP)
            at = round((moment + lot.normal(0, odd * period)) * _STEP) + _BEFORE
            _lay(track, at, lot.uniform(0.4, 1) * np.hanning(width))
    return track


def _any_flaps(seconds: float, lot: Lot) -> Track:
    """As a hand moves a puppet: no two openings alike."""
    track = np.zeros(round(seconds * _STEP) + 2 * _BEFORE)
    moment = 0.0
    while moment < seconds:
        width = lot.uniform(0.15, 0.35)
        _lay(
            track,
            round(moment * _STEP) + _BEFORE,
            lot.uniform(0.3, 1) * np.hanning(round(width * _STEP)),
        )
        moment += width + lot.exponential(0.12)
    return track


# --- songs ----------------------------------------------------------------------------------------


@functools.cache
def song(number: int) -> tuple[tuple[Phrase, Track], ...]:
    """What is sung to a tune: phrases and the mouths that sing them."""
    lot = np.random.default_rng([8, number])
    sung = [_sung(float(lot.uniform(5, 9)), tune(number).beat, lot) for _ in range(_VERSES)]
    return tuple((Phrase(sound), track) for sound, track in sung)


def _sung(seconds: float, beat: float, lot: Lot) -> tuple[Track, Track]:
    """A voice that sings notes on a beat, and how far its mouth is open, as the models have it."""
    count = round(seconds * RATE)
    sound, track = np.zeros(count), np.zeros(round(seconds * _STEP) + 2 * _BEFORE)
    moment, high = 0.0, lot.uniform(120, 260)
    while moment < seconds:
        lasting = beat * float(lot.choice((0.5, 0.5, 1, 1, 2)))
        if lot.random() < 0.85:
            own = np.arange(round(lasting * 0.9 * RATE)) / RATE
            pitch = high * 2 ** (lot.integers(0, 8) / 12)
            wide = lot.uniform(0.3, 1)
            tones = sum(np.sin(2 * np.pi * n * pitch * own) / n**1.2 for n in range(1, 12))
            swell = np.minimum(1, own / 0.06) * np.minimum(1, own[::-1] / 0.1)
            at = round(moment * RATE)
            part = sound[at : at + len(own)]
            part += ((0.4 + 0.6 * wide) * tones * swell)[: len(part)]
            shape = np.hanning(max(8, round(lasting * _STEP)))
            _lay(track, round(moment * _STEP) + _BEFORE - 3, wide * np.minimum(1, 2 * shape))
        moment += lasting
    return sound * _LEVEL / math.sqrt(float((sound**2).mean()) + 1e-12), track


# --- films ----------------------------------------------------------------------------------------

TALKING = ("talk",)
OTHER = (
    "unrelated",  # other words in about the same turns
    "elsewhere",  # other words at other times
    "dubbed",  # another voice's words, fitted into the mouth's turns
    "puppets",  # mouths that flap without order while somebody speaks
    "flapping",  # mouths that flap regularly while somebody speaks
    "rhythm",  # mouths that flap on the beat, or off it, of the music under a voice
    "singing",  # somebody sings; the mouths sing something else to the same beat
    "chewing",  # mouths that chew all the time
    "listening",  # mouths that listen, smile and nod to a voice off screen
    "still",  # mouths that do nothing; what moves is the estimator's noise
)


def film(
    kind: str,
    seed: int,
    *,
    talk: float | None = None,
    music: float | str | None = "any",
    folder: Path | None = None,
) -> Film:
    """The film of a set (of `TALKING` or `OTHER`) and a seed.

    talk: s; None: drawn by lot. music: one of `LOUDNESSES`; "any": drawn by lot. folder: with
    recordings of speech beside the made voices.
    """
    lot = np.random.default_rng([zlib.crc32(kind.encode()), seed])
    rate = RATES[int(lot.integers(3))]
    talk = float(lot.choice(LENGTHS, p=_OFTEN)) if talk is None else talk
    snr = LOUDNESSES[int(lot.integers(3))] if isinstance(music, str) else music
    if kind in {"rhythm", "singing"} and snr is None:
        snr = 6.0
    late = float(lot.uniform(-_FARTHEST, _FARTHEST))
    played_to = int(lot.integers(TUNES))
    drawn = lot.choice(voices(folder), int(lot.integers(1, 4)), replace=False)
    own = [voice(int(number), folder) for number in drawn]
    other = voice(int(lot.integers(voices(folder))), folder)
    turns = _turns(kind, talk, own, played_to, lot)
    length = turns[-1].start + turns[-1].seconds + 2.5
    tracks = [_track(kind, head, turns, length, other, played_to, lot) for head in range(len(own))]
    sound = _heard(turns, late, length)
    noise = np.random.default_rng([9, seed]).standard_normal(len(sound), np.float32)
    sound += _LEVEL * 10 ** -lot.uniform(1, 2.5) * noise  # a room is never silent
    if snr is not None:
        music_heard = (_LEVEL * 10 ** (-snr / 20) * tune(played_to).sound).astype(np.float32)
        sound += np.resize(music_heard, len(sound))
    heard = loudness(np.array_split(sound, max(1, len(sound) // _AT_ONCE)))
    motions = _motions(turns, tracks, late, length, rate, lot)
    mouths = talking_mouths(Watched((), tuple(motions)), heard)
    return Film(tuple(mouths), round(length * 1000), late * 1000, talk, snr)


def _heard(turns: Sequence[_Turn], late: float, length: float) -> NDArray[np.float32]:
    """The sound of all that is said, `late` s late."""
    whole = np.zeros(round(length * RATE), np.float32)
    for turn in turns:
        at = round((turn.start + late) * RATE)
        low, high = max(0, at), min(len(whole), at + len(turn.heard.sound))
        whole[low:high] += turn.heard.sound[low - at : high - at]
    return whole


def _turns(
    kind: str, talk: float, own: Sequence[Sequence[Phrase]], number: int, lot: Lot
) -> list[_Turn]:
    found: list[_Turn] = []
    start, told = 3.0, 0.0
    beat = tune(number).beat
    while told < talk:
        head = int(lot.integers(len(own)))
        said = int(lot.integers(len(own[head])))
        heard = own[head][said]
        if kind == "singing":
            start, said = math.ceil(start / beat) * beat, int(lot.integers(_VERSES))
            heard = song(number)[said][0]
        unseen = kind in {"puppets", "flapping", "rhythm", "chewing", "listening", "still"}
        shown = None if unseen or lot.random() < 0.1 else head
        found.append(_Turn(start, heard, shown, said))
        told += heard.seconds
        start += heard.seconds + float(lot.uniform(0.3, 2.5))
    return found


def _track(
    kind: str,
    head: int,
    turns: Sequence[_Turn],
    length: float,
    other: Sequence[Phrase],
    number: int,
    lot: Lot,
) -> Track:
    """How far a head's mouth is open, 0..1, in steps of 10 ms."""
    track = np.zeros(round(length * _STEP) + _STEP)
    model = MODELS[int(lot.integers(len(MODELS)))]
    beat = tune(number).beat
    period = beat / float(lot.choice((1, 2))) if kind == "rhythm" else float(lot.uniform(0.2, 0.5))
    odd, shift = float(lot.uniform(0, 0.12)), float(lot.uniform(-beat, beat))
    for turn in turns:
        start, shape = turn.start, None
        if kind == "talk" and turn.head == head:
            shape = model(turn.heard.sound, lot)
        elif kind in {"unrelated", "elsewhere"} and turn.head == head:
            shape = model(other[_another(turn, len(other), lot)].sound, lot)
            start += float(lot.uniform(-0.7, 0.7) if kind == "unrelated" else lot.uniform(-4, 4))
        elif kind == "dubbed" and turn.head == head:
            shape = model(_fitted(other[_another(turn, len(other), lot)].sound, turn, lot), lot)
            start += float(lot.normal(0, 0.08))
        elif kind == "puppets":
            shape = _any_flaps(turn.seconds, lot)
        elif kind == "flapping":
            shape = _flaps(turn.seconds, lot, period, odd)
        elif kind == "rhythm":
            start = math.ceil(start / beat) * beat + shift
            shape = _flaps(turn.seconds, lot, period, odd)
        elif kind == "singing" and turn.head == head:
            shape, start = song(number)[_another(turn, _VERSES, lot)][1], start + shift
        if shape is not None:
            _lay(track, round(start * _STEP) - _BEFORE, shape)
    if kind == "chewing":
        _lay(track, 0, _flaps(length, lot, float(lot.uniform(0.45, 1.0)), 0.08))
    return track


def _another(turn: _Turn, count: int, lot: Lot) -> int:
    """One of `count` phrases that is not what is heard in the turn, if there is another."""
    return (turn.said + int(lot.integers(1, max(2, count)))) % count


def _fitted(sound: Track, turn: _Turn, lot: Lot) -> Track:
    """Another's words, as long as the turn, about."""
    wanted = max(RATE, round(len(turn.heard.sound) * lot.uniform(0.95, 1.05)))
    moments = np.linspace(0, len(sound) - 1, wanted)
    return np.asarray(np.interp(moments, np.arange(len(sound)), sound))


def _motions(
    turns: Sequence[_Turn],
    tracks: Sequence[Track],
    late: float,
    length: float,
    rate: Fraction,
    lot: Lot,
) -> list[MouthMotion]:
    """What is read of the mouths around talk; who listens is not always in the picture."""
    frames = np.arange(int(length * rate)) / float(rate)
    read = [_read(track, frames, lot) for track in tracks]
    found, before = [], 0.0
    for turn in turns:
        begin, end = turn.start + late - _AROUND, turn.start + late + turn.seconds + _AROUND
        shown = np.flatnonzero((frames >= max(before, begin)) & (frames < end))
        before = end
        alone = lot.random() < 0.5
        for head, opening in enumerate(read):
            if alone and turn.head not in {head, None}:
                continue
            kept = shown[lot.random(len(shown)) > lot.random() * 0.08]  # some are lost
            if len(kept) < 50:
                continue
            seen = (_LEVELS * opening[kept]).astype(np.float32)
            times = np.ceil(frames[kept] * 1000).astype(np.int64)
            speed = np.zeros(len(seen), np.float32)
            found.append(MouthMotion(head, times, seen, speed, float(seen.std()), 1.0))
    return found


def _read(track: Track, frames: Track, lot: Lot) -> Track:
    """A mouth as an estimator reads it: with smiles, nods that leak in, noise and slips."""
    track = track.copy()
    for moment in np.arange(lot.uniform(0, 4), len(track) / _STEP, float(lot.uniform(3, 9))):
        shape = lot.uniform(0.1, 0.5) * np.hanning(round(lot.uniform(0.3, 1.2) * _STEP))
        _lay(track, round((moment + lot.uniform(0, 3)) * _STEP), shape)
    opening = np.interp(frames, np.arange(len(track)) / _STEP, track)
    nod, pace = lot.uniform(0, 0.12), lot.uniform(0.7, 2.2)
    opening += nod * np.sin(2 * np.pi * pace * frames + 2 * np.sin(frames * lot.uniform(0.2, 0.6)))
    opening += lot.uniform(0.02, 0.15) * lot.standard_normal(len(frames))
    slips = lot.random(len(frames)) < lot.uniform(0, 0.02)
    opening[slips] += lot.normal(0, 0.5, int(slips.sum()))
    return np.asarray(opening)
