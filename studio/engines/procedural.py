"""The sound-maker "procedural": pads, a pulse, a few notes and noise, computed from the mood.

Every sample is a function of the mood, the seed and its place alone, so any length takes the same
memory and the same seed gives the same bytes. All parts turn in a circle of the sound's length L:

- pads: chords of a key, each note three voices a little apart (left, middle, right), whose phases
  are whole turns in L. A voice is a table of harmonic partials, so the spectrum is consonant.
  Chords are drawn by lot, and no voice's slow swells have the same period: minutes do not repeat.
- pulse: a low stroke on every beat. notes: some beats have one, from the chord that sounds there.
- noise: overlapping frames of random phase with the spectrum of wind, rain, waves ...

So the end leads into the beginning, with or without being asked to. The tempo is moved by at most
`_TEMPO_GIVE` so that a whole number of beats fits; where that does not do, it is kept as asked and
the last beat is longer.
"""

from __future__ import annotations

import functools
import math
from bisect import bisect_right
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from studio.engines import BED_RATE, Check, Wish, unchecked
from studio.engines.moods import Feeling, Texture, feeling

if TYPE_CHECKING:
    from studio.engines import Stereo

_BLOCK = 1 << 15  # samples made at a time
_TABLE = 1 << 16  # samples of one turn of a voice: read without interpolation 96 dB above its noise
_TEMPO_GIVE = 0.012  # of the tempo; a fifth of a semitone's worth, which nobody hears
_CHORD_SECONDS = (12.0, 5.0)  # calm, tense
_ATTACK, _RELEASE = 1.8, 2.4  # s of a chord's note
_PAD, _NOISE, _PULSE, _NOTE = 0.035, 0.035, 0.42, 0.08  # full scale is 1.0
_DETUNED = 0.0013  # of the frequency, at least one turn in L: slow beats between the voices
_WINDOW_SECONDS = 0.17  # of a frame of noise
_SEARCHED = 4096  # samples among which a smooth place is looked for
_HIGHEST = 9000.0  # Hz of a partial
_NOTE_SECONDS = {"bell": 2.2, "piano": 1.2, "flute": 0.9, "strings": 1.0}

# degrees of the scale that chords stand on, and where each likes to go
_NEXT = {0: (3, 5, 4, 1), 1: (4, 3, 0), 2: (5, 3), 3: (0, 4, 5), 4: (0, 5, 3), 5: (3, 1, 4)}
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)  # semitones

_CHORDS, _SWELLS, _NOTES, _FRAMES, _PULSES, _PHASES = range(6)  # what lots are drawn for


class Procedural:
    """Made for a mood that is told in words it knows; others leave it at what is usual."""

    def make(self, wish: Wish, check: Check = unchecked) -> Generator[Stereo]:
        piece = _piece(wish)
        begin = _smooth_place(piece) if wish.loop else 0
        for start in range(0, wish.samples, _BLOCK):
            check()
            yield sound_at(piece, begin + start, min(_BLOCK, wish.samples - start))


# --- the piece ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """What will be heard, before any sample is made.

    length: samples in which all repeats. beat: seconds. beats: how many there are. roots: the
    degree of each chord. begins: the beat on which each chord begins, and `beats`.
    """

    feeling: Feeling
    seed: int
    length: int
    beat: float
    beats: int
    key: int
    roots: tuple[int, ...]
    begins: tuple[int, ...]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.length / BED_RATE

    def chord_at(self, beat: int) -> int:
        """The number of the chord that sounds on a beat."""
        return bisect_right(self.begins, beat, hi=len(self.roots)) - 1

    def pitches(self, chord: int) -> tuple[int, ...]:
        """The notes of a chord as MIDI numbers, from low to high."""
        degree = self.roots[chord]
        tones = [0, 4, 7, 9] + ([13] if self.feeling.tension > 0.6 else [])  # noqa: PLR2004
        return tuple(_pitch(self, degree + tone) for tone in tones)


def _pitch(piece: Piece, degree: int) -> int:
    scale = _MAJOR if piece.feeling.major else _MINOR
    octave, step = divmod(degree, len(scale))
    return piece.key + 12 * octave + scale[step]


def _piece(wish: Wish) -> Piece:
    asked = feeling(wish.atmosphere, wish.rhythm, wish.melody)
    seconds = wish.samples / BED_RATE
    beat, beats = _beats(asked.bpm, seconds)
    lots = _lots(wish.seed, _CHORDS)
    calm, tense = _CHORD_SECONDS
    in_chord = (calm + (tense - calm) * asked.tension) / beat
    in_chord = max(2, 4 * round(in_chord / 4))
    begins = (*range(0, max(1, beats - in_chord // 2), in_chord), beats)
    roots = [0]
    while len(roots) < len(begins) - 1:
        ways = [one for one in _NEXT[roots[-1]] if one != (roots[-2] if len(roots) > 1 else -1)]
        roots.append(int(lots.choice(ways)))
    key = 43 + int(lots.integers(0, 7)) + round(8 * asked.bright - 5)
    return Piece(asked, wish.seed, wish.samples, beat, beats, key, tuple(roots), begins)


def _beats(bpm: float, seconds: float) -> tuple[float, int]:
    """How long a beat is, in seconds, and how many there are."""
    exact = seconds * bpm / 60
    for whole in (4 * round(exact / 4), round(exact)):
        if whole and abs(exact / whole - 1) <= _TEMPO_GIVE:
            return seconds / whole, whole
    return 60 / bpm, max(1, math.floor(exact))


def _lots(*what: int) -> np.random.Generator:
    """Lots that are the same whenever they are drawn for the same thing."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(what)))


def _smooth_place(piece: Piece) -> int:
    """A sample among the first where the sound goes on as evenly as it ever does.

    There a loop is cut: noise has steep places, and one of them at the seam would look like one.
    """
    sound = sound_at(piece, 0, _SEARCHED).astype(np.float64)
    steps, bends = np.diff(sound, axis=1)[:, 1:], np.diff(sound, 2, axis=1)
    rough = np.abs(steps / steps.std()).max(axis=0) + np.abs(bends / bends.std()).max(axis=0)
    return int(rough.argmin()) + 2


def sound_at(piece: Piece, start: int, count: int) -> Stereo:
    """The samples [start, start + count) of a piece, 2 x count; after its end it begins again."""
    sound = np.zeros((2, count))
    _add_pads(sound, piece, start)
    for kind, amount in piece.feeling.textures:
        _add_noise(sound, piece, kind, amount, start)
    if piece.feeling.pulse:
        _add_pulse(sound, piece, start)
    if piece.feeling.melody:
        _add_notes(sound, piece, start)
    return sound.astype(np.float32)


# --- voices ---------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=256)
def _table(partials: int, slope: float, only_odd: bool = False) -> NDArray[np.float32]:
    """One turn of harmonic partials that fall off as h ** -slope, with power 1."""
    numbers = np.arange(1, partials + 1)
    heights = numbers.astype(float) ** -slope
    if only_odd:
        heights[1::2] *= 0.1
    spectrum = np.zeros(_TABLE // 2 + 1, np.complex128)
    # phases after Schroeder keep the peaks low: pi h^2 / n (IEEE Trans. Inf. Theory 16, 1970)
    spectrum[1 : partials + 1] = heights * np.exp(1j * math.pi * numbers**2 / partials)
    table = np.fft.irfft(spectrum, _TABLE)
    return np.asarray(table / np.sqrt(np.mean(table**2)), np.float32)


def _turning(turns: int, length: int, positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where in its table a voice is that turns `turns` times in `length` samples; for hours."""
    return (turns * positions) % length * _TABLE // length


def _frequency(pitch: float) -> float:
    return float(440 * 2 ** ((pitch - 69) / 12))


def _harmonics(frequency: float, bright: float) -> tuple[int, float]:
    """How many partials a voice has and how fast they fall off."""
    highest = 700 * (_HIGHEST / 700) ** bright
    return max(2, min(40, int(highest / frequency))), 2.6 - 1.5 * bright


def _swell(piece: Piece, which: int, positions: NDArray[np.int64]) -> NDArray[np.float64]:
    """0.5..1, slowly; every voice has a period of its own."""
    lots = _lots(piece.seed, _SWELLS, which)
    seconds, begun = float(lots.uniform(7, 23)), float(lots.uniform(0, 1))
    turns = max(1, round(piece.seconds / seconds))
    phase = (turns * positions % piece.length) / piece.length + begun
    return np.asarray(0.75 + 0.25 * np.sin(2 * math.pi * phase))


def _add_pads(sound: NDArray[np.float64], piece: Piece, start: int) -> None:
    around = round(_RELEASE * BED_RATE)
    for shift in (-piece.length, 0, piece.length):
        first = _beat_at(piece, start - shift - around)
        last = _beat_at(piece, start + sound.shape[1] - shift + around)
        low = max(0, bisect_right(piece.begins, first) - 2)
        high = min(len(piece.roots), bisect_right(piece.begins, last) + 1)
        for chord in range(low, high):
            begin, end = (_sample(piece, piece.begins[chord + by]) for by in (0, 1))
            _add_chord(sound, piece, chord, (begin + shift, end + shift), start)


def _beat_at(piece: Piece, sample: int) -> int:
    """The beat that sounds on a sample, counted on beyond both ends."""
    return math.floor(sample / (piece.beat * BED_RATE))


def _sample(piece: Piece, beat: int) -> int:
    """The sample on which a beat begins; what follows the last one is the end."""
    return piece.length if beat >= piece.beats else round(beat * piece.beat * BED_RATE)


def _add_chord(
    sound: NDArray[np.float64], piece: Piece, chord: int, span: tuple[int, int], start: int
) -> None:
    """Add a chord that is held over `span` and fades before and after."""
    half = (span[1] - span[0]) // 2
    attack, release = (min(round(one * BED_RATE), half) for one in (_ATTACK, _RELEASE))
    first, last = span[0] - attack // 2, span[1] + release // 2
    begin, stop = max(first, start), min(last, start + sound.shape[1])
    if stop <= begin:
        return
    positions = np.arange(begin, stop, dtype=np.int64)
    rising = np.clip((positions - first) / max(1, attack), 0, 1)
    falling = np.clip((last - positions) / max(1, release), 0, 1)
    held = np.sin(0.5 * math.pi * np.minimum(rising, falling))
    bright = piece.feeling.bright
    part = sound[:, begin - start : stop - start]
    phases = _lots(piece.seed, _PHASES, chord)
    for number, pitch in enumerate(piece.pitches(chord)):
        frequency = _frequency(pitch)
        full = _table(*_harmonics(frequency, bright))
        plain = _table(2, 2.0)
        opened = _swell(piece, 97 * chord + number, positions)
        loud = held * (_PAD * 0.8**number)
        turns = round(frequency * piece.seconds)
        apart = max(1, round(_DETUNED * frequency * piece.seconds))
        inside = positions % piece.length
        for way, (left, right) in ((-1, (1.0, 0.2)), (0, (0.7, 0.7)), (1, (0.2, 1.0))):
            begun = int(phases.integers(0, _TABLE))  # else all would be at one place at the seam
            turned = (_turning(turns + way * apart, piece.length, inside) + begun) % _TABLE
            voice = (full[turned] * opened + plain[turned] * (1 - opened)) * loud
            part[0] += left * voice
            part[1] += right * voice


# --- strokes and notes ----------------------------------------------------------------------------


def _add_pulse(sound: NDArray[np.float64], piece: Piece, start: int) -> None:
    stroke = _stroke(piece.feeling.pulse, piece.feeling.tension, piece.feeling.bright)
    level = _PULSE * piece.feeling.pulse
    for _, at in _beats_near(piece, start, sound.shape[1], stroke.size):
        _add_at(sound, stroke, at - start, (0.7 * level, 0.7 * level))


@functools.lru_cache(maxsize=4)
def _stroke(pulse: float, tension: float, bright: float) -> NDArray[np.float64]:
    """A low stroke: a tone that falls from twice its height, softer or harder to begin."""
    seconds = 0.45 - 0.15 * tension
    time = np.arange(round(seconds * BED_RATE)) / BED_RATE
    base = 78.0 + 34 * bright
    phase = 2 * math.pi * (base * time + base * 0.03 * (1 - np.exp(-time / 0.03)))
    body = np.sin(phase) + 0.35 * np.sin(2 * phase) + 0.15 * pulse * np.sin(5 * phase)
    attack = 0.008 - 0.006 * min(1.0, pulse * (0.5 + tension))
    shape = (1 - np.exp(-time / attack)) * np.exp(-time / (0.25 * seconds))
    shape *= np.sin(0.5 * math.pi * np.clip((time[-1] - time) / 0.05, 0, 1))
    skin = np.convolve(_lots(_PULSES).standard_normal(time.size), np.hanning(14) / 7, "same")
    skin *= np.exp(-time / 0.02) * (1 - np.exp(-time / 0.001))
    return np.asarray(body * shape + skin * (0.25 + 0.35 * pulse * (bright + tension)))


def _add_notes(sound: NDArray[np.float64], piece: Piece, start: int) -> None:
    asked = piece.feeling
    seconds = _NOTE_SECONDS[asked.instrument]
    for beat, at in _beats_near(piece, start, sound.shape[1], round(2.5 * seconds * BED_RATE)):
        lots = _lots(piece.seed, _NOTES, beat)
        if float(lots.uniform()) >= asked.melody:
            continue
        tones = piece.pitches(piece.chord_at(beat))
        pitch = int(lots.choice(tones)) + 12 * int(lots.integers(1, 3))
        loud, side = float(lots.uniform(0.6, 1.0)), float(lots.uniform(0.3, 0.7))
        note = _note(pitch, asked.instrument, asked.bright)
        sides = (math.cos(side * math.pi / 2), math.sin(side * math.pi / 2))
        _add_at(sound, note * (_NOTE * loud), at - start, sides)


@functools.lru_cache(maxsize=64)
def _note(pitch: int, instrument: str, bright: float) -> NDArray[np.float64]:
    """A note that is struck, plucked or blown, and dies away."""
    seconds, frequency = _NOTE_SECONDS[instrument], _frequency(pitch)
    count = round(2.5 * seconds * BED_RATE)
    time = np.arange(count) / BED_RATE
    partials, slope = _harmonics(frequency, 0.3 + 0.6 * bright)
    table = _table(min(partials, 12), slope + 0.4, instrument == "flute")
    voice = table[((frequency * time % 1) * _TABLE).astype(np.int64)]
    attack = {"bell": 0.004, "piano": 0.006, "flute": 0.08, "strings": 0.14}[instrument]
    shape = (1 - np.exp(-time / attack)) * np.exp(-time / (0.45 * seconds))
    shape *= np.sin(0.5 * math.pi * np.clip((time[-1] - time) / 0.1, 0, 1))
    return np.asarray(voice * shape)


def _beats_near(piece: Piece, start: int, count: int, lasting: int) -> Iterator[tuple[int, int]]:
    """The beats whose sound of `lasting` samples reaches into a stretch, and where they begin.

    The first of all comes half a beat after the start, so that no stroke is cut at the seam.
    """
    late = round(0.5 * piece.beat * BED_RATE)
    for turn in range(-1 - lasting // piece.length, 2):
        shift = turn * piece.length + late
        earliest = (start - lasting - shift) / (piece.beat * BED_RATE)
        latest = (start + count - shift) / (piece.beat * BED_RATE)
        for beat in range(max(0, math.floor(earliest)), min(piece.beats, math.ceil(latest) + 1)):
            yield beat, shift + round(beat * piece.beat * BED_RATE)


def _add_at(
    sound: NDArray[np.float64], made: NDArray[np.float64], at: int, sides: Sequence[float]
) -> None:
    """Add one channel from place `at` of a block on, which may lie before it."""
    begin, end = max(0, at), min(sound.shape[1], at + made.size)
    if end > begin:
        for channel, gain in enumerate(sides):
            sound[channel, begin:end] += gain * made[begin - at : end - at]


# --- noise ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kind:
    """A noise. low, high: Hz between which it is loud. gust: seconds of a swell. depth: 0..1."""

    low: float
    high: float
    gust: float
    depth: float
    level: float = 1.0


_KINDS: dict[Texture, _Kind] = {
    "wind": _Kind(120, 700, 9.0, 0.6),
    "rain": _Kind(1200, 7000, 21.0, 0.15, 0.6),
    "waves": _Kind(90, 2600, 8.0, 0.85),
    "rumble": _Kind(40, 160, 14.0, 0.3, 1.3),
    "air": _Kind(80, 1500, 17.0, 0.2, 0.4),
    "hiss": _Kind(2500, 9000, 13.0, 0.3, 0.35),
}


def _add_noise(
    sound: NDArray[np.float64], piece: Piece, name: Texture, amount: float, start: int
) -> None:
    frames = max(2, round(piece.seconds / _WINDOW_SECONDS * 2))
    size = 2 * -(-piece.length // frames)
    which = tuple(_KINDS).index(name)
    first = (start - size) * frames // piece.length
    last = (start + sound.shape[1]) * frames // piece.length + 1
    for number in range(first, last + 1):
        turn, inside = divmod(number, frames)
        at = turn * piece.length + inside * piece.length // frames
        if at + size > start and at < start + sound.shape[1]:
            frame = _frame(piece.seed, which, inside, size)
            gain = amount * _NOISE * _gust(piece, which, inside, frames)
            for channel in (0, 1):
                _add_at(sound[channel : channel + 1], frame[channel] * gain, at - start, (1.0,))


def _gust(piece: Piece, which: int, frame: int, frames: int) -> float:
    """How loud a noise is in a frame: two swells that hardly ever meet."""
    kind = tuple(_KINDS.values())[which]
    lots = _lots(piece.seed, _FRAMES, which)
    swells = []
    for seconds in (kind.gust, kind.gust * 2.7):
        turns = max(1, round(piece.seconds / seconds))
        swells.append(math.sin(2 * math.pi * (turns * frame / frames + float(lots.uniform()))))
    return kind.level * (1 - kind.depth * (0.5 - 0.35 * swells[0] - 0.15 * swells[1]))


@functools.lru_cache(maxsize=24)
def _frame(seed: int, which: int, number: int, size: int) -> NDArray[np.float64]:
    """A frame of noise, 2 x size, windowed so that frames half a length apart add up evenly."""
    lots = _lots(seed, _FRAMES, which, number)
    bins = size // 2 + 1
    drawn = np.exp(2j * math.pi * lots.uniform(size=(3, bins)))
    both = (drawn[2] * 0.5 + drawn[:2] * math.sqrt(0.75)) * _shape(which, size)
    window = np.sin(math.pi * (np.arange(size) + 0.5) / size)
    return np.asarray(np.fft.irfft(both, size, axis=1) * window)


@functools.lru_cache(maxsize=8)
def _shape(which: int, size: int) -> NDArray[np.float64]:
    """The spectrum of a noise: flat in its band, 12 dB an octave down beside it, power 1."""
    kind = tuple(_KINDS.values())[which]
    frequency = np.fft.rfftfreq(size, 1 / BED_RATE)
    frequency[0] = 1.0
    heights = 1 / ((1 + (kind.low / frequency) ** 4) * (1 + (frequency / kind.high) ** 4)) ** 0.5
    heights[frequency < 25] = 0  # noqa: PLR2004  # what nobody hears only takes room
    return np.asarray(heights * size / math.sqrt(2 * float(np.sum(heights**2))))
