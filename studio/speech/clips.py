"""The clip cache, and how speech becomes a clip: trimmed, at one loudness.

A clip is a 48 kHz mono 16-bit WAV named by a hash of all it was made from, so it is made once and
found again; a damaged or missing file is simply made anew. Writing is atomic, so two programs may
share the cache.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import wave
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydub import AudioSegment

from studio import cache, paths
from studio.errors import EngineError, ProjectError
from studio.media.audio import CLIP_LEVEL, save_wav
from studio.media.loudness import energies_of, integrated
from studio.media.resample import resampled
from studio.script.model import Clip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

CLIP_RATE = 48_000  # Hz

_KEY = re.compile(r"[0-9a-f]{32}")

_ONSET = -38.0  # dB of the peak: below is silence around the words
_LEAD, _TAIL = 2, 30  # ms kept around the words
_FADE = 2  # ms over which kept silence is faded, so that no cut clicks
_PEAK_LIMIT_DB = -1.0  # dBFS; louder a 16-bit clip would risk clipping
_PEAK_LIMIT = 10 ** (_PEAK_LIMIT_DB / 20)
_FULL_SCALE = 32767
_WAV_HEADER = 44  # bytes before the samples, at least
_LOOKED_AT = 250  # ms of a clip in which its first word is sought at a time
_LOUDNESS_LEAST = 3.0  # seconds: shorter clips are repeated to be measured


def clip_key(*parts: object) -> str:
    """The name of a clip made from these parts: plain values that tell it from all others."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def clip_file(clip: Clip) -> Path:
    """Where the clip lies in the cache. Raises ProjectError for a key that is none."""
    if _KEY.fullmatch(clip.key) is None:
        raise ProjectError(
            f"The project names a clip “{clip.key[:40]}”, which is not a clip's name.",
            "The cue cannot be heard.",
            "Speak the cues again: studio speak PROJECT",
        )
    return paths.cache_folder("clips") / f"{clip.key}.wav"


def is_kept(clip: Clip) -> bool:
    """Whether the cache holds the clip, undamaged; it is needed now, so it is kept longer."""
    file = clip_file(clip)
    cache.used(file)
    return _frames(file) is not None


def there(clips: Iterable[Clip]) -> dict[str, tuple[Path, int]]:
    """The files of those clips that the cache holds, by key, and their lengths in samples.

    By their sizes alone, so quick for thousands: a clip that `is_kept` may be missing here, and one
    that was damaged without growing or shrinking is not. They are needed now, so are kept longer.
    """
    folder = paths.cache_folder("clips")
    found = {}
    for clip in clips:
        if _KEY.fullmatch(clip.key) is None:
            continue
        file = folder / f"{clip.key}.wav"
        try:
            frames, rest = divmod(file.stat().st_size - _WAV_HEADER, 2)
        except OSError:  # it is not there, or cannot be read
            continue
        if frames > 0 and not rest and _lasting(frames) == clip.duration:
            cache.used(file)
            found[clip.key] = file, frames
    return found


def kept(clip: Clip, make: Callable[[], Samples]) -> Clip:
    """The clip with its measured duration, from the cache or made now.

    make: gives its finished sound. Raises what `make` does, and EngineError.
    """
    file = clip_file(clip)
    cache.used(file)
    frames = _frames(file)
    if frames is None:
        save_wav(file, make(), CLIP_RATE)
        frames = _frames(file)
    if frames is None:
        raise EngineError(
            f"The clip {file} was written but cannot be read back.",
            "The cue stays unspoken.",
            "Check the free space where the cache lies.",
        )
    return replace(clip, duration=_lasting(frames))


def _lasting(frames: int) -> int:
    """ms that so many samples last, rounded up."""
    return -(-frames * 1000 // CLIP_RATE)


def _frames(file: Path) -> int | None:
    """The length in samples of an undamaged clip; None where it is missing or damaged."""
    try:
        with wave.open(str(file), "rb") as sound:
            kind = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
            frames = sound.getnframes()
        whole = file.stat().st_size >= _WAV_HEADER + frames * 2
    except (OSError, EOFError, wave.Error):
        return None
    return frames if kind == (1, 2, CLIP_RATE) and whole and frames else None


# --- the sound of a clip --------------------------------------------------------------------------


def finished(samples: Samples, rate: int) -> Samples:
    """Speech as a clip: 48 kHz, without the silence around the words, at CLIP_LEVEL.

    samples: (n,) at `rate` Hz, not silent. The result is what fits 16 bits.
    """
    words = _trimmed(_segment(at_clip_rate(samples, rate)))
    return _samples(words.apply_gain(_gain(_samples(words))))


def at_clip_rate(samples: Samples, rate: int) -> Samples:
    """One channel, (n,) at `rate` Hz, at CLIP_RATE."""
    if rate == CLIP_RATE or not samples.size:
        return samples
    return resampled(samples, rate, CLIP_RATE).astype(np.float32)


def _segment(samples: Samples) -> AudioSegment:
    """As 16 bits, made as loud as they allow first, so that soft speech loses nothing."""
    whole = samples * (_FULL_SCALE * _PEAK_LIMIT / float(np.abs(samples).max()))
    data = whole.round().astype("<i2").tobytes()
    return AudioSegment(data=data, sample_width=2, frame_rate=CLIP_RATE, channels=1)


def _samples(segment: AudioSegment) -> Samples:
    return np.frombuffer(segment.raw_data, "<i2").astype(np.float32) / np.float32(_FULL_SCALE)


def _trimmed(segment: AudioSegment) -> AudioSegment:
    """The words alone: sound begins within 5 ms, and a short tail is kept for the last one."""
    samples = np.frombuffer(segment.raw_data, "<i2")
    onset = _onset(segment.max_dBFS + _ONSET)
    start = quiet_before(samples, onset)
    end = len(segment) - quiet_before(samples[::-1], onset)
    words = segment[max(0, start - _LEAD) : end + _TAIL]
    return words.fade_in(_FADE).fade_out(_FADE)


def quiet_before(samples: NDArray[np.int16], onset: int) -> int:
    """ms at the beginning of 16-bit samples of which none is as loud as `onset` (RMS of a ms).

    As pydub's detect_leading_silence has it, of which each ms takes 15 us.
    """
    count, ms = round(len(samples) * 1000 / CLIP_RATE), CLIP_RATE // 1000
    for first in range(0, count, _LOOKED_AT):  # the words mostly begin soon
        looked = min(_LOOKED_AT, count - first)
        whole = np.zeros(looked * ms)
        heard = samples[first * ms : (first + looked) * ms]
        whole[: len(heard)] = heard
        powers = np.square(whole).reshape(looked, ms).mean(axis=1)
        loud = np.floor(np.sqrt(powers)) >= onset
        if loud.any():
            return first + int(loud.argmax())
    return count


def _onset(level: float) -> int:
    """The least whole RMS of 16-bit samples that is no quieter than `level`, dBFS."""
    least = max(1, math.floor(10 ** (level / 20) * (_FULL_SCALE + 1)) - 1)
    while 20 * math.log10(least / (_FULL_SCALE + 1)) < level:
        least += 1
    return least


def _gain(samples: Samples) -> float:
    """dB that bring a clip to CLIP_LEVEL, less where its peak would pass -1 dBFS."""
    peak = 20 * math.log10(float(np.abs(samples).max()))
    return min(CLIP_LEVEL - loudness(samples), _PEAK_LIMIT_DB - peak)


def loudness(samples: Samples) -> float:
    """LUFS of a clip. The measure needs 0.4 s blocks, so a short clip is repeated to 3 s."""
    least = int(_LOUDNESS_LEAST * CLIP_RATE)
    long_enough = np.tile(samples, -(-least // samples.size)) if samples.size < least else samples
    found = integrated(energies_of(long_enough, CLIP_RATE))
    return -math.inf if found is None else found
