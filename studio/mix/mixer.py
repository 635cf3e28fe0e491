"""The sound of a delivery at any output sample: the film's, ducked and held, and the clips.

`render` is a pure function of an immutable `MixPlan`, a reader of the film's sound and a reader of
clips: any stretch may be asked for, in any order, and is the same however it is cut into blocks.
So the export, which reads from start to end, and a preview, which jumps, sound alike.

Ducking: the film's sound falls by `duck` dB, linearly in dB, and has arrived when a clip begins;
it stays down over short pauses between clips (never where somebody in the film talks) and returns
after the clip. A fade is cut short where the film's own speech begins or ends within it.
Around a hold the film's sound fades out and in; during the hold it is silent, or gives way to room
tone (roomtone.py), which is ducked like the film's sound, and fades at equal power.
A clip is one channel. In mono it is added as it is, in stereo to both sides at 1/sqrt(2), which
keeps its loudness (BS.1770 adds the powers of the channels), elsewhere to the centre alone.
A bed (bedding.py) is ducked like the film's sound and goes on while the film waits. It is stereo:
in mono both sides are added at 1/sqrt(2), elsewhere they are front left and right.
Peaks: where a clip or a bed sounds, samples above -1 dBFS are bent (tanh) to stay below full scale;
they never wrap. Where none sounds nothing is bent, so the film keeps its own peaks.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.mix.bedding import PlacedBed, bed_at
from studio.mix.roomtone import RoomTone, tone_at
from studio.mix.timemap import SampleMap

Sound = NDArray[np.float32]  # channels x samples, full scale is 1.0
ClipReader = Callable[[Path], NDArray[np.float32]]  # one channel at the plan's rate

KNEE = 10 ** (-1 / 20)  # -1 dBFS: where bending of peaks begins

NO_HOLDS = SampleMap()


class FilmSound(Protocol):
    """Reads the film's sound by position."""

    def read(self, start: int, count: int) -> Sound:
        """`count` samples of every channel from film sample `start`; silence outside the sound."""
        ...


@dataclass(frozen=True, slots=True)
class PlacedClip:
    """A clip on the output's sample grid: [start, start + count).

    gain: factor by which it is louder than the others; 1 is as they are.
    """

    start: int
    count: int
    file: Path
    gain: float = 1.0


@dataclass(frozen=True, slots=True)
class Dip:
    """The film's sound is down in the output samples [begin, end), fading before and after.

    fade_in: samples before `begin`; fade_out: samples after `end`.
    """

    begin: int
    end: int
    fade_in: int
    fade_out: int


@dataclass(frozen=True)
class MixPlan:
    """Everything that decides what is heard, in output samples at `rate` Hz.

    length: samples in all. voice: the gain of a clip in each channel; its length is the number of
    channels. duck_level: dB, 0 or less. hold_fade: samples. clips and ducks: in order.
    room_tones: one for each hold, None for silence; () for silence in all. beds: in any order.
    sides: how much of a bed's left and right goes to each channel; () where there is no bed.
    """

    rate: int
    length: int
    voice: tuple[float, ...]
    holds: SampleMap = NO_HOLDS
    clips: tuple[PlacedClip, ...] = ()
    ducks: tuple[Dip, ...] = ()
    duck_level: float = 0.0
    hold_fade: int = 0
    room_tones: tuple[RoomTone | None, ...] = ()
    beds: tuple[PlacedBed, ...] = ()
    sides: tuple[tuple[float, float], ...] = ()

    @property
    def channels(self) -> int:
        """How many channels the mix has."""
        return len(self.voice)

    @cached_property
    def silences(self) -> tuple[Dip, ...]:
        """Where the film's sound is silent because the film waits."""
        fade = self.hold_fade
        return tuple(Dip(begin, end, fade, fade) for begin, end in self.holds.holds)

    @cached_property
    def tones(self) -> tuple[tuple[Dip, RoomTone], ...]:
        """Where room tone is heard, in order; one tone where the fades of holds would meet."""
        runs: list[tuple[Dip, RoomTone | None]] = []
        for dip, tone in zip(self.silences, self.room_tones, strict=False):
            fade = self.hold_fade
            if runs and dip.begin - runs[-1][0].end <= 2 * fade:
                earlier, own = runs.pop()
                runs.append((Dip(earlier.begin, dip.end, fade, fade), own or tone))
            else:
                runs.append((dip, tone))
        return tuple((dip, tone) for dip, tone in runs if tone is not None)

    @cached_property
    def longest_clip(self) -> int:
        """Samples of the longest clip; 0 without clips."""
        return max((clip.count for clip in self.clips), default=0)


def heard(
    plan: MixPlan, start: int, count: int
) -> tuple[tuple[object, ...], tuple[PlacedClip, ...]]:
    """All that decides how the samples [start, start + count) sound, beside the film's own.

    Two stretches of equal length and film for which this is equal sound alike, wherever they lie:
    positions are told from `start`. The clips come second, for whoever knows better than by their
    names what is in their files.
    """

    def placed(dips: Sequence[Dip]) -> list[tuple[int, int, int, int]]:
        return [
            (dip.begin - start, dip.end - start, dip.fade_in, dip.fade_out)
            for dip in _near(dips, start, start + count)
        ]

    pieces = [
        (piece.output - start, piece.count, piece.film) for piece in plan.holds.pieces(start, count)
    ]
    tones = [
        (dip.begin - start, dip.end - start, tone.rate, tone.seed)
        for dip, tone in _tones_near(plan, start, start + count)
    ]
    clips = tuple(replace(clip, start=clip.start - start) for clip in _sounding(plan, start, count))
    everywhere = (plan.rate, plan.voice, plan.duck_level, plan.hold_fade, bool(plan.tones))
    beds = [
        (one.start - start, one.count, one.frames, one.content, one.gain, one.fade_in,
         one.fade_out, one.loop, plan.sides)
        for one in _beds_near(plan, start, start + count)
    ]  # fmt: skip
    return (everywhere, pieces, placed(plan.ducks), placed(plan.silences), tones, beds), clips


# --- the mix --------------------------------------------------------------------------------------


def render(
    plan: MixPlan, film: FilmSound | None, clip: ClipReader, start: int, count: int
) -> Sound:
    """The samples [start, start + count) of the mix, channels x count.

    film: None for the description alone. clip: gives a clip's samples at the plan's rate; called
    for the clips that sound within the stretch, so a reader that keeps the last few is enough.
    """
    mix = np.zeros((plan.channels, count), np.float32)
    if film is not None:
        for piece in plan.holds.pieces(start, count):
            if piece.film is not None:
                at = piece.output - start
                mix[:, at : at + piece.count] = film.read(piece.film, piece.count)
        gain = film_gain(plan, start, count)
        if gain is not None:
            mix *= gain
        if plan.tones:
            _add_tones(mix, plan, start)
    _add_beds(mix, plan, start)
    for placed in _sounding(plan, start, count):
        _add(mix, placed, clip(placed.file), plan.voice, start)
    return mix


def film_gain(plan: MixPlan, start: int, count: int) -> NDArray[np.float32] | None:
    """The gain of the film's sound at each sample of a stretch; None where it is 1 throughout."""
    ducked = _depth(plan.ducks, start, count)
    silent = _depth(plan.silences, start, count)
    if ducked is None and silent is None:
        return None
    gain = np.ones(count)
    if ducked is not None:
        gain *= _ducking(plan, ducked)
    if silent is not None:
        gain *= np.sin((1 - silent) * (math.pi / 2)) if plan.tones else 1 - silent
    return gain.astype(np.float32)


def ducked(plan: MixPlan, start: int, count: int) -> NDArray[np.float64] | None:
    """How far the film's sound has stepped back at each sample, 0..1; None: nowhere."""
    return _depth(plan.ducks, start, count)


def _ducking(plan: MixPlan, depth: NDArray[np.float64]) -> NDArray[np.float64]:
    """The gain at each depth of ducking, 0..1: linear in dB."""
    return np.exp(depth * (plan.duck_level * math.log(10) / 20))


def _add_tones(mix: Sound, plan: MixPlan, start: int) -> None:
    """Add the room tones to the block `mix` that begins at output sample `start`."""
    end = start + mix.shape[1]
    near = _tones_near(plan, start, end)
    silent = _depth(plan.silences, start, mix.shape[1])
    if not near or silent is None:
        return
    gain = np.sin(silent * (math.pi / 2))
    ducked = _depth(plan.ducks, start, mix.shape[1])
    if ducked is not None:
        gain *= _ducking(plan, ducked)
    for dip, tone in near:
        begin = max(start, dip.begin - dip.fade_in)
        count = min(end, dip.end + dip.fade_out) - begin
        part = slice(begin - start, begin - start + count)
        mix[:, part] += tone_at(tone, begin - dip.begin, count) * gain[part].astype(np.float32)


def _add_beds(mix: Sound, plan: MixPlan, start: int) -> None:
    """Add the beds to the block `mix` that begins at output sample `start`, and bend its peaks."""
    for bed in _beds_near(plan, start, start + mix.shape[1]):
        begin, end = max(start, bed.start), min(start + mix.shape[1], bed.end)
        sound = bed_at(bed, plan.rate, begin, end - begin)
        depth = _depth(plan.ducks, begin, end - begin)
        if depth is not None:
            sound *= _ducking(plan, depth).astype(np.float32)
        part = mix[:, begin - start : end - start]
        part += np.asarray(plan.sides, np.float32) @ sound
        bend_peaks(part)


def _beds_near(plan: MixPlan, start: int, end: int) -> Sequence[PlacedBed]:
    """The beds heard in [start, end); a film has few."""
    return [bed for bed in plan.beds if bed.start < end and bed.end > start]


def _tones_near(plan: MixPlan, start: int, end: int) -> Sequence[tuple[Dip, RoomTone]]:
    """The room tones whose fades reach into [start, end), with where they sound."""
    first = bisect_left(plan.tones, start, key=lambda one: one[0].end + one[0].fade_out)
    last = bisect_left(plan.tones, end, key=lambda one: one[0].begin - one[0].fade_in)
    return plan.tones[first:last]


def _depth(dips: Sequence[Dip], start: int, count: int) -> NDArray[np.float64] | None:
    """How deep in a dip each sample lies, 0..1, in the deepest where dips meet; None: in none."""
    near = _near(dips, start, start + count)
    if not near:
        return None
    positions = np.arange(start, start + count)
    depth = np.zeros(count)
    for dip in near:
        falling = 1 - (dip.begin - positions) / max(1, dip.fade_in)
        rising = 1 - (positions - (dip.end - 1)) / max(1, dip.fade_out)
        np.maximum(depth, np.minimum(falling, rising).clip(0, 1), out=depth)
    return depth


def _near(dips: Sequence[Dip], start: int, end: int) -> Sequence[Dip]:
    """Those of the dips (in order, none within another) whose fades reach into [start, end)."""
    first = bisect_left(dips, start, key=lambda dip: dip.end + dip.fade_out)
    last = bisect_left(dips, end, key=lambda dip: dip.begin - dip.fade_in)
    return dips[first:last]


def _sounding(plan: MixPlan, start: int, count: int) -> Sequence[PlacedClip]:
    first = bisect_left(plan.clips, start - plan.longest_clip, key=lambda clip: clip.start)
    last = bisect_left(plan.clips, start + count, key=lambda clip: clip.start)
    return [clip for clip in plan.clips[first:last] if clip.start + clip.count > start]


def _add(
    mix: Sound,
    placed: PlacedClip,
    voice: NDArray[np.float32],
    gains: Sequence[float],
    start: int,
) -> None:
    """Add a clip to the block `mix` that begins at output sample `start`, and bend its peaks."""
    begin = max(start, placed.start)
    end = min(start + mix.shape[1], placed.start + placed.count, placed.start + len(voice))
    if end <= begin:
        return
    part = voice[begin - placed.start : end - placed.start]
    stretch = mix[:, begin - start : end - start]
    for channel, gain in enumerate(gains):
        if gain:
            stretch[channel] += part * np.float32(gain * placed.gain)
    bend_peaks(stretch)


def bend_peaks(sound: Sound) -> None:
    """Bend, in place, what lies above -1 dBFS so that it stays below full scale."""
    high = np.abs(sound) > KNEE
    if high.any():
        peaks = sound[high]
        over = (np.abs(peaks) - KNEE) / (1 - KNEE)
        sound[high] = np.sign(peaks) * (KNEE + (1 - KNEE) * np.tanh(over))
