"""The sounds of beds: made by an engine, brought to one level, kept in the cache.

A sound is a 48 kHz stereo 16-bit WAV named by a hash of all that decides it, as long as the bed's
stretch to the sample, at CLIP_LEVEL (less where its true peak would pass `_PEAK`). The bed's gain
and fades are the mixer's. One the cache has lost is made again; the engines that draw lots draw
the same ones for the same seed, on the same machine.
"""

from __future__ import annotations

import hashlib
import json
import math
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import soundfile

from studio import cache, engines, paths
from studio.engines import BED_RATE, Wish
from studio.errors import EngineError, MediaError, ProjectError
from studio.media.audio import CLIP_LEVEL
from studio.media.loudness import LoudnessMeter, integrated
from studio.media.truepeak import TruePeakMeter
from studio.mix.arrange import factor, samples
from studio.progress import Progress
from studio.script.model import Bed, Project
from studio.times import clock

if TYPE_CHECKING:
    from studio.engines import Stereo

_VERSION = 1  # part of every name: raise it when the making of sounds changes
_PEAK = -2.0  # dBTP
_BLOCK = 1 << 16  # samples levelled at a time
_FRAME = 8  # bytes of a stereo float32 sample
_LARGEST_WAV = 0xFFFF_0000  # bytes; beyond them it is an RF64
_TRIED = 0.9  # of the time is spent on making, the rest on levelling


def key(bed: Bed) -> str:
    """The name of the sound that the bed would have."""
    parts = (
        _VERSION, bed.engine, bed.atmosphere, bed.rhythm, bed.melody, bed.end - bed.start,
        bed.loop, bed.seed,
    )  # fmt: skip
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def sound_file(bed: Bed) -> Path:
    """Where the sound of a bed lies in the cache, which must have been made."""
    return paths.cache_folder("beds") / f"{bed.sound}.wav"


def is_kept(bed: Bed) -> bool:
    """Whether the bed has a sound and the cache holds it whole; then it is kept longer."""
    if not bed.sound:
        return False
    file = sound_file(bed)
    try:
        found = soundfile.info(file)
    except (OSError, soundfile.SoundFileError):
        return False
    cache.used(file)
    form = (found.samplerate, found.channels, found.frames)
    return form == (BED_RATE, 2, samples(bed.end - bed.start, BED_RATE))


def make(bed: Bed, progress: Progress) -> Bed:
    """The bed with its sound, from the cache or made now; blocks. Raises EngineError."""
    made = replace(bed, sound=key(bed))
    if is_kept(made):
        return made
    wish = Wish(
        bed.atmosphere, bed.rhythm, bed.melody,
        samples(bed.end - bed.start, BED_RATE), bed.loop, bed.seed,
    )  # fmt: skip
    maker = engines.open("sound-maker", bed.engine)
    try:
        with tempfile.TemporaryFile() as raw:
            blocks = maker.make(wish, progress.check)
            gain = _written_raw(blocks, wish, raw, progress.part(0, _TRIED), bed.engine)
            rest = progress.part(_TRIED, 1)
            cache.write(sound_file(made), lambda file: _level(raw, wish, gain, file, rest))
    except OSError as error:
        raise MediaError(
            f"The sound of the bed at {clock(bed.start)} cannot be written ({error}).",
            "The bed has no sound.",
            "Check the free space: making needs about 0.6 MB a second.",
        ) from error
    return made


def files(project: Project, progress: Progress) -> dict[str, Path]:
    """The file of every bed that has a sound, by the bed's id; what is lost is made again.

    Raises EngineError and MediaError.
    """
    beds = with_sound(project)
    found = {}
    for done, bed in enumerate(beds):
        part = progress.part(done / len(beds), (done + 1) / len(beds))
        if not is_kept(bed):
            _make_again(bed, part)
        found[bed.id] = sound_file(bed)
    return found


def _make_again(bed: Bed, progress: Progress) -> None:
    if key(bed) != bed.sound:
        raise ProjectError(
            f"The sound of the bed at {clock(bed.start)} is no longer there and cannot be made as "
            "it was.",
            "Nothing was exported: it would sound otherwise than you have heard.",
            "Make the bed again.",
        )
    make(bed, progress)


def there(project: Project) -> dict[str, Path]:
    """The same without making any: what the cache has lost is left out."""
    return {bed.id: sound_file(bed) for bed in with_sound(project) if is_kept(bed)}


def with_sound(project: Project) -> tuple[Bed, ...]:
    """The beds whose sound has been made."""
    return tuple(bed for bed in project.beds if bed.sound)


def _written_raw(
    blocks: Iterator[Stereo], wish: Wish, raw: BinaryIO, progress: Progress, engine: str
) -> float:
    """Write what an engine makes; gives the factor that brings it to its level."""
    loudness, peak = LoudnessMeter(BED_RATE, "stereo"), TruePeakMeter(2)
    done = 0
    for block in blocks:
        progress(done / wish.samples, "Making the bed")
        loudness.feed(block)
        peak.feed(block)
        raw.write(np.ascontiguousarray(block.T, np.float32).tobytes())
        done += block.shape[1]
    if done != wish.samples:
        raise EngineError(
            f"The sound-maker “{engine}” made {done} samples where {wish.samples} were wanted.",
            "The bed has no sound.",
            "This is a bug of the engine; choose another one.",
        )
    heard, highest = integrated(loudness.energies()), peak.finish()
    if heard is None or not math.isfinite(highest):
        raise EngineError(
            f"The sound-maker “{engine}” made silence of this mood.",
            "The bed has no sound.",
            "Put the mood in other words, or choose another engine or seed.",
        )
    return factor(min(CLIP_LEVEL - heard, _PEAK - highest))


def _level(raw: BinaryIO, wish: Wish, gain: float, file: BinaryIO, progress: Progress) -> None:
    """Write the raw sound as a WAV at its level."""
    raw.seek(0)
    form = "WAV" if wish.samples * 4 < _LARGEST_WAV else "RF64"
    with soundfile.SoundFile(file, "w", BED_RATE, 2, "PCM_16", format=form) as target:
        for start in range(0, wish.samples, _BLOCK):
            progress(start / wish.samples, "Making the bed")
            read = raw.read(_BLOCK * _FRAME)
            target.write(np.frombuffer(read, np.float32).reshape(-1, 2) * np.float32(gain))
