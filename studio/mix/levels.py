"""A mix brought to a loudness profile: measured in a first pass, one gain and a limiter next.

The limiter holds the true peak. It looks ahead: the gain that each sample needs (see
`media.truepeak`) is held for LOOK_AHEAD before and after it and smoothed over the same time, so it
steps back before a peak comes, never jumps, and is never too weak. It has no state but the sound
around a sample, so the result does not depend on how the sound is cut into blocks.

Where the limiter takes away loudness the gain is raised and the sound measured again, a few times
at most; a sound whose peaks need nothing is measured once. A lossy coder adds to the peaks (mostly
under 1 dB, 5 dB on sharp tones) and loses loudness (0.1 to 0.3 LU, more on noise). So what will be
coded is coded and decoded in the first pass as well, and what the coder does made up for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import numpy as np

from studio.media.loudness import LoudnessMeter, integrated
from studio.media.truepeak import REACH, STEEPEST, TruePeakMeter, envelope
from studio.mix.ahead import Ahead
from studio.mix.mixer import Sound
from studio.progress import Progress
from studio.settings import Profile
from studio.times import Span

LOOK_AHEAD = 20  # ms; shorter ones are heard as a rasp on low voices

_BLOCKS_AHEAD = 4
_CLOSE = 0.1  # LU; nearer than anybody can hear or a broadcaster asks
_MOST_TRIES = 5
_MOST_CODINGS = 4
_HEADROOM = 0.1  # dB; what rounding and a meter of another make may add to a true peak
_CODER_HEADROOM = 1.0  # dB; what a lossy coder mostly adds, so that one try is mostly enough
_FLATTEST = 0.25  # LU a dB; how little a limited sound may grow before the next try goes too far


@dataclass(frozen=True, slots=True)
class Level:
    """What is done to a mix. gain: dB. ceiling: dBTP that is held, None where nothing needs it."""

    gain: float
    ceiling: float | None = None


@dataclass(frozen=True, slots=True)
class Levelled:
    """How a mix was brought to a profile. Loudness in LUFS, peaks in dBTP, gain in dB.

    measured: what the profile looks at. loudness, peak: before; reached, reached_peak: after, as
    decoded where that was tried. None where the sound was too faint to measure and stays as it is.
    """

    profile: str
    target: float
    peak_limit: float
    measured: str
    loudness: float | None
    peak: float | None
    gain: float = 0.0
    reached: float | None = None
    reached_peak: float | None = None
    limited: bool = False

    @property
    def sentence(self) -> str:
        """What was measured and done, for people."""
        if self.loudness is None or self.reached is None or self.reached_peak is None:
            return (
                f"The sound is too faint to be brought to “{self.profile}”; it was left as it is."
            )
        held = f", peaks held below {self.peak_limit:g} dBTP" if self.limited else ""
        if self.reached_peak > self.peak_limit:
            held = f", but the coder lets peaks pass to {self.reached_peak:.1f} dBTP"
        missed = ""
        if abs(self.reached - self.target) > 5 * _CLOSE:
            missed = f", as near to {self.target:g} as its peaks allow"
        return (
            f"Loudness “{self.profile}”: {self.measured} went from {self.loudness:.1f} to "
            f"{self.reached:.1f} LUFS{missed} ({self.gain:+.1f} dB{held})."
        )


@dataclass(frozen=True, slots=True)
class Listened:
    """What a loudness is measured over: a name for people, and output ms, None for all of it."""

    name: str
    within: Sequence[Span] | None = None


EVERYTHING = Listened("the sound")


@dataclass(frozen=True, slots=True)
class Measurable:
    """A mix that can be heard as often as needed.

    blocks: starts it over. length: samples, about. layout: FFmpeg's name. coded: what is heard of
    blocks once they were coded and decoded; None where that changes nothing.
    """

    blocks: Callable[[], Generator[Sound]]
    coded: Callable[[Generator[Sound]], Generator[Sound]] | None
    rate: int
    layout: str
    channels: int
    length: int


def find_level(
    mix: Measurable, profile: Profile, over: Sequence[Listened], progress: Progress
) -> tuple[Level | None, Levelled]:
    """What brings `mix` to `profile`, and what was measured to know it.

    over: the loudness of the first of these that has one counts. The level is None for a sound too
    faint to measure. Blocks; its threads have ended when it returns or raises. Raises MediaError.
    """
    first = _heard(mix, mix.blocks(), progress.part(0, 0.2))
    for listened in over:
        loudness = integrated(first.energies, listened.within)
        if loudness is not None:
            break
    else:
        name = over[-1].name
        return None, Levelled(profile.name, profile.loudness, profile.peak, name, None, None)
    ceiling = profile.peak - (_HEADROOM if mix.coded is None else _CODER_HEADROOM)
    lost = 0.0  # LU, to the coder
    for tried in range(_MOST_CODINGS):
        part = progress.part(*(0.2 + 0.8 * (tried + step) / _MOST_CODINGS for step in (0, 1)))
        reached = profile.loudness + lost
        gain = reached - loudness
        peak = first.peak + gain
        limited = peak > ceiling
        if limited:
            gain, reached = _gain_for(mix, reached, listened, loudness, ceiling, part.part(0, 0.6))
            peak = ceiling
        level = Level(gain, ceiling if limited else None)
        if mix.coded is None:
            break
        coded = _heard(mix, mix.coded(_at(mix, level)), part.part(0.6, 1))
        missing = profile.loudness - (integrated(coded.energies, listened.within) or reached)
        added, peak, reached = coded.peak - peak, coded.peak, profile.loudness - missing
        if peak <= profile.peak - _HEADROOM and abs(missing) <= 2 * _CLOSE:
            break
        ceiling = min(ceiling, profile.peak - added - 2 * _HEADROOM)
        lost += missing
    return level, Levelled(
        profile=profile.name,
        target=profile.loudness,
        peak_limit=profile.peak,
        measured=listened.name,
        loudness=round(loudness, 2),
        peak=round(first.peak, 2),
        gain=round(gain, 2),
        reached=round(reached, 2),
        reached_peak=round(peak, 2),
        limited=limited,
    )


def _gain_for(
    mix: Measurable,
    wanted: float,
    listened: Listened,
    loudness: float,
    ceiling: float,
    progress: Progress,
) -> tuple[float, float]:
    """The gain in dB that makes the limited mix as loud as `wanted` LUFS, and its loudness then."""
    before, at = 0.0, loudness
    gain, reached = wanted - loudness, loudness
    for tried in range(_MOST_TRIES):
        part = progress.part(tried / _MOST_TRIES, (tried + 1) / _MOST_TRIES)
        limited = _heard(mix, _at(mix, Level(gain, ceiling)), part)
        now = integrated(limited.energies, listened.within)
        if now is None:
            raise ValueError("a limiter does not silence a sound")
        reached = now
        missing = wanted - now
        if abs(missing) <= _CLOSE or tried == _MOST_TRIES - 1:
            break
        slope = (now - at) / (gain - before) if gain != before else 1.0
        before, at = gain, now
        gain += missing / min(1.0, max(_FLATTEST, slope))
    return gain, reached


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    energies: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    peak: float  # dBTP


def _at(mix: Measurable, level: Level) -> Generator[Sound]:
    return levelled(mix.blocks(), level, mix.rate)


def _heard(mix: Measurable, blocks: Generator[Sound], progress: Progress) -> _Heard:
    loudness, peak = LoudnessMeter(mix.rate, mix.layout), TruePeakMeter(mix.channels)
    done = 0
    with Ahead(blocks, _BLOCKS_AHEAD, progress) as ahead:
        for block in ahead:
            progress(done / mix.length, "Measuring the loudness")
            done += block.shape[1]
            loudness.feed(block)
            peak.feed(block)
    return _Heard(loudness.energies(), peak.finish())


# --- gain and limiter -----------------------------------------------------------------------------


def levelled(blocks: Generator[Sound], level: Level | None, rate: int) -> Generator[Sound]:
    """The blocks of a mix at their level, as many samples in all; constant memory."""
    with contextlib.closing(blocks):
        if level is None:
            yield from blocks
            return
        gain = np.float32(10 ** (level.gain / 20))
        louder = (block * gain for block in blocks)
        if level.ceiling is None:
            yield from louder
        else:
            yield from _limited(louder, 10 ** (level.ceiling / 20), rate * LOOK_AHEAD // 1000)


def _limited(blocks: Generator[Sound], ceiling: float, reach: int) -> Generator[Sound]:
    """The blocks with true peaks held below `ceiling` (1 is full scale); reach: samples."""
    margin = 2 * reach + REACH
    held: Sound | None = None
    for block in blocks:
        before = np.zeros((len(block), margin), np.float32) if held is None else held
        held = np.concatenate([before, block], axis=1)
        if held.shape[1] > 2 * margin:
            yield _middle(held, ceiling, reach, margin)
            held = held[:, held.shape[1] - 2 * margin :]
    if held is not None:
        yield _middle(np.pad(held, ((0, 0), (0, margin))), ceiling, reach, margin)


def _middle(sound: Sound, ceiling: float, reach: int, margin: int) -> Sound:
    """`sound` without `margin` samples on each side, which decide about it, limited."""
    middle = sound[:, margin : sound.shape[1] - margin]
    if float(np.abs(sound).max()) * STEEPEST <= ceiling:
        return middle
    peaks = envelope(sound)
    if float(peaks.max()) <= ceiling:
        return middle
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    needed = np.minimum(1.0, ceiling / np.maximum(peaks, ceiling))
    lowest = minimum_filter1d(needed, 2 * reach + 1, mode="nearest")
    # two boxes of half the reach make a triangle as wide as what was held: never above `needed`
    width = 2 * (reach // 2) + 1
    smooth = uniform_filter1d(
        uniform_filter1d(lowest, width, mode="nearest"), width, mode="nearest"
    )
    gain = smooth[margin - REACH : len(smooth) - (margin - REACH)]
    return (middle * gain).astype(np.float32)
