"""From where a project's clips are placed to a plan of the mix."""

from __future__ import annotations

import math
import wave
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from studio.errors import ExportError
from studio.media.audio import CLIP_LEVEL
from studio.media.probe import fingerprint
from studio.mix.bedding import BED_RATE, PlacedBed
from studio.mix.copying import freezing
from studio.mix.mixer import Dip, MixPlan, PlacedClip
from studio.mix.timemap import SampleMap, TimeMap
from studio.script.model import Placement, Project
from studio.settings import Settings
from studio.times import MS_PER_SECOND, Span, exact_seconds

_Samples = NDArray[np.int64]

FAINTEST_FILM = -40.0  # LUFS; a film below it has nothing a voice could be matched to
LOUDEST_VOICE = -10.0  # LUFS
BED_BELOW = -12.0
"""LU by which a bed lies below the film's dialogue, and so below the description, before it is
ducked. Listeners to commentary want music 10 LU below and more, ambience 15 (Torcoli et al.,
"Background Ducking to Produce Esthetically Pleasing Audio for TV with Clear Speech", AES 146,
2019); with ducking of -9 dB it is 21 LU below a description."""
SHORTEST_FADE = 10  # ms; a shorter one is heard as a click


def voice_gain(loudness: float | None, settings: Settings) -> float:
    """The gain that lifts clips (at CLIP_LEVEL) to the film's loudness in LUFS.

    A film without sound, or too faint to match, gives the level the settings name.
    """
    if loudness is None or loudness < FAINTEST_FILM:
        loudness = settings.voice_level
    return factor(min(loudness, LOUDEST_VOICE) - CLIP_LEVEL)


def voice_channels(names: Sequence[str]) -> tuple[float, ...]:
    """How much of a clip goes to each channel, given FFmpeg's channel names ("FL", "FC" ...)."""
    if len(names) == 1:
        return (1.0,)
    if "FC" in names:
        return tuple(1.0 if name == "FC" else 0.0 for name in names)
    side = math.sqrt(0.5)
    return (side, side, *(0.0 for _ in names[2:]))


def bed_channels(names: Sequence[str]) -> tuple[tuple[float, float], ...]:
    """How much of a bed's left and right goes to each channel, given FFmpeg's channel names."""
    if len(names) == 1:
        return ((math.sqrt(0.5), math.sqrt(0.5)),)
    left, right = names.index("FL") if "FL" in names else 0, 1
    right = names.index("FR") if "FR" in names else right
    return tuple((float(at == left), float(at == right)) for at in range(len(names)))


def placed_beds(
    project: Project, files: Mapping[str, Path], times: TimeMap, rate: int, *, alone: bool
) -> tuple[PlacedBed, ...]:
    """Where each bed sounds, in output samples at `rate` Hz.

    files: by the bed's id; beds without one are left out. alone: neither the film nor a clip
    sounds, so that there is nothing to lie below: a bed is then as loud as a voice would be.
    Raises MediaError where a file is damaged.
    """
    beds = [bed for bed in project.beds if bed.id in files]
    below = 0.0 if alone else BED_BELOW
    level = voice_gain(project.film.loudness, project.settings) * factor(below)
    spans = times.samples([Span(bed.start, bed.end) for bed in beds], rate)
    return tuple(
        PlacedBed(
            start=start,
            count=end - start,
            file=files[bed.id],
            frames=samples(bed.end - bed.start, BED_RATE),
            content=fingerprint(files[bed.id]),
            gain=level * factor(bed.gain),
            fade_in=samples(bed.fade_in, rate),
            fade_out=samples(bed.fade_out, rate),
            loop=bed.loop,
        )
        for bed, (start, end) in zip(beds, spans, strict=True)
    )


def clip_starts(placements: Sequence[Placement], times: TimeMap) -> dict[str, Fraction]:
    """When each clip begins, in output seconds, by cue; left-out cues are missing.

    A clip that starts where the film waits begins with its own freeze, not after it. `times`
    must hold what `placements` freeze, in the same order.
    """
    spoken, passed = _holds_before(placements, times)
    return {
        one.cue: exact_seconds(one.start) + times.waited(holds)
        for one, holds in zip(spoken, passed, strict=True)
    }


def clip_samples(placements: Sequence[Placement], times: TimeMap, rate: int) -> dict[str, int]:
    """The same in samples at `rate` Hz, to the nearest; quick for thousands."""
    spoken, passed = _holds_before(placements, times)
    shown = times.shown([one.start for one in spoken], passed, rate)
    return {one.cue: sample for one, sample in zip(spoken, shown, strict=True)}


def _holds_before(
    placements: Sequence[Placement], times: TimeMap
) -> tuple[list[Placement], list[int]]:
    """The placements that have a clip, and how many holds of `times` end before each sounds."""
    spoken = [one for one in placements if one.clip is not None]
    starts = np.array([one.start for one in spoken], np.int64)
    passed: list[int] = np.searchsorted(np.array(times.at_ms, np.int64), starts).tolist()
    place = {one.cue: number for number, one in enumerate(spoken)}
    for number, one in enumerate(freezing(spoken)):
        if times.at_ms[number] <= one.start:
            passed[place[one.cue]] = number  # it begins with its own freeze
    return spoken, passed


def duck_plan(
    clips: Sequence[PlacedClip],
    speech: Sequence[tuple[int, int]],
    fade: int,
    bridge: int,
    shortest: int,
) -> tuple[Dip, ...]:
    """Where the film's sound steps back under the clips; all in output samples, all in order.

    speech: where somebody in the film talks; a duck neither bridges it nor fades into it, save for
    the `shortest` samples without which the step would be heard.
    """
    if not clips:
        return ()
    begins, ends = np.array(speech, np.int64).reshape(-1, 2).T
    down = np.array([clip.start for clip in clips], np.int64)
    up = np.maximum.accumulate(down + np.array([clip.count for clip in clips], np.int64))
    pause = down[1:] - up[:-1]
    bridged = (pause < max(bridge, 2 * fade)) & ~_talks(begins, ends, up[:-1], down[1:])
    apart = np.flatnonzero((pause > 0) & ~bridged)  # the clips after which the film comes back
    down, up = down[[0, *(apart + 1)]], up[[*apart, -1]]
    before = np.searchsorted(ends, down, side="right") - 1  # the last speech that ends by then
    after = np.searchsorted(begins, up)  # the first speech that begins then or later
    room_in = np.where(before >= 0, down - np.append(ends, 0)[before], fade)
    room_out = np.where(after < len(begins), np.append(begins, 0)[after] - up, fade)
    fades = (np.clip(room, None, fade).clip(shortest).tolist() for room in (room_in, room_out))
    return tuple(map(Dip, down.tolist(), up.tolist(), *fades))


def _talks(begins: _Samples, ends: _Samples, start: _Samples, end: _Samples) -> NDArray[np.bool_]:
    """Whether somebody talks, as `begins` and `ends` say, in each of the stretches."""
    last = np.searchsorted(begins, end) - 1
    talks: NDArray[np.bool_] = (last >= 0) & (np.append(ends, 0)[last] > start)
    return talks


def speech_samples(
    speech: Sequence[Span], times: TimeMap, rate: int
) -> tuple[tuple[int, int], ...]:
    """Where the film talks, in output samples."""
    return tuple(times.samples(speech, rate))


def samples(ms: int, rate: int) -> int:
    """`ms` in samples at `rate` Hz, to the nearest."""
    return round(Fraction(ms * rate, MS_PER_SECOND))


def factor(decibels: float) -> float:
    """A gain in dB as the factor of the samples."""
    return float(10 ** (decibels / 20))


def placed_clips(
    placements: Sequence[Placement],
    clip_files: Mapping[str, Path],
    times: TimeMap,
    rate: int,
) -> tuple[PlacedClip, ...]:
    """Where each clip sounds, in output samples at `rate` Hz, in order.

    Raises ExportError when a clip's file is missing or damaged.
    """
    clips = placed_cues(placements, clip_files, times, rate)
    return tuple(clip for _, clip in sorted(clips, key=lambda pair: pair[1].start))


def placed_cues(
    placements: Sequence[Placement],
    clip_files: Mapping[str, Path],
    times: TimeMap,
    rate: int,
) -> tuple[tuple[str, PlacedClip], ...]:
    """The same, each with the id of its cue, in order of the placements."""
    gains = {placement.cue: factor(placement.gain) for placement in placements}
    clips = []
    for cue, start in clip_samples(placements, times, rate).items():
        file = clip_files.get(cue)
        try:
            if file is None:
                raise FileNotFoundError(cue)
            frames, own_rate = _length(file)
        except (OSError, soundfile.SoundFileError) as error:
            raise ExportError(
                f"The spoken text of the cue “{cue}” is missing or damaged.",
                "The film would be delivered without it.",
                "Speak the project again, then export.",
            ) from error
        count = -(-frames * rate // own_rate)
        clips.append((cue, PlacedClip(start, count, file, gains[cue])))
    return tuple(clips)


def _length(file: Path) -> tuple[int, int]:
    """How many samples a clip has, and its rate in Hz. Raises OSError and SoundFileError."""
    try:
        with wave.open(str(file), "rb") as sound:  # as the cache holds it: four times as quick
            return sound.getnframes(), sound.getframerate()
    except (EOFError, wave.Error):
        header = soundfile.info(file)
        return header.frames, header.samplerate


def mix_plan(
    project: Project,
    clips: Sequence[PlacedClip],
    times: TimeMap,
    end: Fraction,
    rate: int,
    channels: Sequence[str],
    grid: int = 1,
    talks: Sequence[tuple[int, int]] | None = None,
    beds: Sequence[PlacedBed] = (),
) -> MixPlan:
    """The mix of one sound of the film with the clips; without clips it only waits and fades.

    clips: in order, at `rate` Hz. end: when the last picture ends, film seconds.
    channels: FFmpeg's names. grid: samples in whole multiples of which the film's sound waits.
    talks: what `speech_samples` gives, where that is known. beds: at `rate` Hz.
    """
    settings = project.settings
    gain = voice_gain(project.film.loudness, settings)
    ducks = duck_plan(
        clips,
        speech_samples(project.speech, times, rate) if talks is None else talks,
        samples(settings.duck_fade, rate),
        samples(settings.duck_bridge, rate),
        samples(SHORTEST_FADE, rate),
    )
    return MixPlan(
        rate=rate,
        length=round(times.output(end) * rate),
        voice=tuple(gain * part for part in voice_channels(channels)),
        holds=SampleMap.of(times, rate, grid),
        clips=tuple(clips),
        ducks=ducks,
        duck_level=settings.duck,
        hold_fade=samples(settings.freeze_fade, rate),
        beds=tuple(beds),
        sides=bed_channels(channels) if beds else (),
    )
