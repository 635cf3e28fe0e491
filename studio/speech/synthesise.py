"""The clips: every cue of a language spoken, trimmed, at one loudness, kept in the cache.

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
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydub import AudioSegment
from pydub.silence import detect_leading_silence

from studio import cache, engines, paths
from studio.engines import Speaker, Voice
from studio.errors import EngineError, ProjectError
from studio.media.audio import CLIP_LEVEL, save_wav
from studio.progress import Progress
from studio.script.edits import UNSPOKEN
from studio.script.model import Clip, Cue, Issue, Placement, Project, Version, VoiceChoice
from studio.speech import fit
from studio.speech.voices import choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

CLIP_RATE = 48_000  # Hz

_VERSION = 1  # part of every key: raise it when the making of clips changes
_KEY = re.compile(r"[0-9a-f]{32}")
_TRIES = 3  # syntheses to find the tempo that fits
_MARGIN = 1.004  # asked for beyond what is needed: programs round their pace

_ONSET = -38.0  # dB of the peak: below is silence around the words
_LEAD, _TAIL = 2, 30  # ms kept around the words
_FADE = 2  # ms over which kept silence is faded, so that no cut clicks
_PEAK_LIMIT_DB = -1.0  # dBFS; louder a 16-bit clip would risk clipping
_PEAK_LIMIT = 10 ** (_PEAK_LIMIT_DB / 20)
_FULL_SCALE = 32767
_WAV_HEADER = 44  # bytes before the samples, at least
_LOUDNESS_LEAST = 3.0  # seconds: shorter clips are repeated to be measured


@dataclass(frozen=True, slots=True)
class Spoken:
    """What `speak` made. clips: (cue id, text that was spoken, clip). issues: cues that failed."""

    clips: tuple[tuple[str, str, Clip], ...]
    issues: tuple[Issue, ...]


def speak(
    project: Project,
    language: str,
    progress: Progress,
    cue_ids: Collection[str] | None = None,
) -> Spoken:
    """A clip for every written cue, at its own pace or, where that fits, a little faster.

    cue_ids: speak only these. A cue that cannot be spoken becomes an issue and the others go on;
    where none could be, its EngineError is raised.
    """
    written = [
        (cue, version)
        for cue in project.cues
        if (version := cue.version(language)) is not None
        and version.text.strip()
        and (cue_ids is None or cue.id in cue_ids)
    ]
    general = project.voice(language) or choose(language)
    speakers: dict[str, Speaker] = {}
    clips: list[tuple[str, str, Clip]] = []
    issues: list[Issue] = []
    failed: EngineError | None = None
    for done, (cue, version) in enumerate(written):
        progress(done / len(written), "Speaking")
        voice = version.voice or general
        try:
            if voice.speaker not in speakers:
                speakers[voice.speaker] = engines.open("speaker", voice.speaker)
            voiced = _Voiced(speakers[voice.speaker], voice)
            clips.append((cue.id, version.text, _fitting(project, cue, version, voiced)))
        except EngineError as error:
            failed = failed or error
            issues.append(Issue(UNSPOKEN, "error", str(error), cue.id, language))
    if failed is not None and not clips:
        raise failed
    progress(1.0, "Speaking")
    return Spoken(tuple(clips), tuple(issues))


def load() -> None:
    """Load the libraries that clips are made with: up to two seconds, once."""
    import pyloudnorm  # noqa: F401
    import scipy.signal  # noqa: F401


def sample(text: str, choice: VoiceChoice) -> Path:
    """A clip of any text, to hear what a voice is like. Raises EngineError."""
    voiced = _Voiced(engines.open("speaker", choice.speaker), choice)
    return clip_file(voiced.clip(text, 1.0))


def clip_file(clip: Clip) -> Path:
    """Where the clip lies in the cache. Raises ProjectError for a key that is none."""
    if _KEY.fullmatch(clip.key) is None:
        raise ProjectError(
            f"The project names a clip “{clip.key[:40]}”, which is not a clip's name.",
            "The cue cannot be heard.",
            "Speak the cues again: studio speak PROJECT",
        )
    return paths.cache_folder("clips") / f"{clip.key}.wav"


def clip_files(project: Project, language: str, placements: Sequence[Placement]) -> dict[str, Path]:
    """The file of every placed clip, by cue id.

    A clip the cache no longer holds is spoken again just as it was. Raises ProjectError where that
    gives another clip (the text or the program has changed since), EngineError where it fails.
    """
    files = {}
    for placement in placements:
        if placement.clip is not None:
            files[placement.cue] = clip_file(placement.clip)
            cache.used(files[placement.cue])
            if _frames(files[placement.cue]) is None:
                _speak_again(project, language, placement.cue, placement.clip)
    return files


def _speak_again(project: Project, language: str, cue_id: str, clip: Clip) -> None:
    cue = project.cue(cue_id)
    version = cue.version(language) if cue is not None else None
    text = version.text if version is not None else ""
    choice = VoiceChoice(language, clip.speaker, clip.voice)
    again = None
    if _key(text, choice, clip.tempo) == clip.key:
        again = _Voiced(engines.open("speaker", clip.speaker), choice).clip(text, clip.tempo)
    if again != clip:
        raise ProjectError(
            f"The clip of “{text}” is no longer there and cannot be made as it was.",
            "Nothing was exported: it might not fit its gap any more.",
            "Speak the cues again: studio speak PROJECT",
        )


@dataclass(frozen=True)
class _Voiced:
    """A loaded speaker with the voice it uses."""

    speaker: Speaker
    choice: VoiceChoice

    def clip(self, text: str, tempo: float) -> Clip:
        """The clip of `text` at `tempo`, from the cache where it lies there undamaged."""
        key = _key(text, self.choice, tempo)
        clip = Clip(key, 0, self.choice.speaker, self.choice.voice, tempo)
        file = clip_file(clip)
        cache.used(file)
        frames = _frames(file)
        if frames is None:
            voice = Voice(self.choice.voice, self.choice.language)
            sound = self.speaker.speak(text, voice, tempo)
            save_wav(file, finished(sound.samples, sound.rate), CLIP_RATE)
            frames = _frames(file)
        if frames is None:
            raise EngineError(
                f"The clip {file} was written but cannot be read back.",
                "The cue stays unspoken.",
                "Check the free space where the cache lies.",
            )
        duration = math.ceil(frames * 1000 / CLIP_RATE)
        return Clip(key, duration, clip.speaker, clip.voice, tempo)


def _fitting(project: Project, cue: Cue, version: Version, voiced: _Voiced) -> Clip:
    """The clip at the pace set for it, or as little faster as makes it fit, if that is allowed."""
    own = voiced.clip(version.text, version.tempo)
    room = fit.room(project, cue).duration
    limit = project.settings.faster_limit
    waits = cue.mode == "extended" or (cue.mode == "auto" and bool(cue.freeze))
    if waits or own.duration <= room or room <= 0:
        return own
    tempo = _tempo(version.tempo * own.duration / room)
    for _ in range(_TRIES):
        if tempo > limit:
            return own
        faster = voiced.clip(version.text, tempo)
        if faster.duration <= room:
            return faster
        tempo = _tempo(tempo * faster.duration / room)
    return own


def _tempo(needed: float) -> float:
    """`needed` with a margin, rounded up to a thousandth: few tempos, so clips are found again."""
    return math.ceil(needed * _MARGIN * 1000) / 1000


def _key(text: str, choice: VoiceChoice, tempo: float) -> str:
    parts = [_VERSION, choice.speaker, choice.voice, choice.language, f"{tempo:.3f}", text]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


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
    words = _trimmed(_segment(_resampled(samples, rate)))
    return _samples(words.apply_gain(_gain(_samples(words))))


def _resampled(samples: Samples, rate: int) -> Samples:
    from scipy.signal import resample_poly

    if rate == CLIP_RATE:
        return samples
    ratio = Fraction(CLIP_RATE, rate)
    resampled = resample_poly(samples.astype(np.float64), ratio.numerator, ratio.denominator)
    return np.asarray(resampled, dtype=np.float32)


def _segment(samples: Samples) -> AudioSegment:
    """As 16 bits, made as loud as they allow first, so that soft speech loses nothing."""
    whole = samples * (_FULL_SCALE * _PEAK_LIMIT / float(np.abs(samples).max()))
    data = whole.round().astype("<i2").tobytes()
    return AudioSegment(data=data, sample_width=2, frame_rate=CLIP_RATE, channels=1)


def _samples(segment: AudioSegment) -> Samples:
    return np.frombuffer(segment.raw_data, "<i2").astype(np.float32) / np.float32(_FULL_SCALE)


def _trimmed(segment: AudioSegment) -> AudioSegment:
    """The words alone: sound begins within 5 ms, and a short tail is kept for the last one."""
    quiet = segment.max_dBFS + _ONSET
    start = detect_leading_silence(segment, quiet, chunk_size=1)
    end = len(segment) - detect_leading_silence(segment.reverse(), quiet, chunk_size=1)
    words = segment[max(0, start - _LEAD) : end + _TAIL]
    return words.fade_in(_FADE).fade_out(_FADE)


def _gain(samples: Samples) -> float:
    """dB that bring a clip to CLIP_LEVEL, less where its peak would pass -1 dBFS."""
    peak = 20 * math.log10(float(np.abs(samples).max()))
    return min(CLIP_LEVEL - loudness(samples), _PEAK_LIMIT_DB - peak)


def loudness(samples: Samples) -> float:
    """LUFS of a clip. The measure needs 0.4 s blocks, so a short clip is repeated to 3 s."""
    import pyloudnorm

    least = int(_LOUDNESS_LEAST * CLIP_RATE)
    long_enough = np.tile(samples, -(-least // samples.size)) if samples.size < least else samples
    return float(pyloudnorm.Meter(CLIP_RATE).integrated_loudness(long_enough.astype(np.float64)))
