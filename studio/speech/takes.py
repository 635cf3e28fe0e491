"""Takes: cues said by a person. A recording is kept as it was made and never changed.

Each lies in the project's folder of takes as a 48 kHz mono 16-bit WAV, named by its cue and a hash
of its content: the same recording is kept once, and no other is ever written over. What is heard
of it is a clip like that of a voice: the part that is used, trimmed and at the level of all clips.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio.errors import MediaError, ProjectError
from studio.media.audio import file_blocks, save_wav
from studio.media.probe import sound_streams
from studio.script.model import Clip, Take
from studio.speech.clips import CLIP_RATE, at_clip_rate, clip_key, finished, kept
from studio.times import MS_PER_SECOND

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

TAKE = "take"
"""The speaker of clips that were recorded; their voice is the take's file."""

LONGEST = 600_000  # ms; a longer recording is no description
SHORTEST = 100  # ms that must be used of one
_VERSION = 1  # part of every key: raise it when the making of these clips changes
_FAINTEST = 10 ** (-60 / 20)  # dBFS; where no sample is louder there is nothing to hear
_STRANGE = re.compile(r"[^a-z0-9]+")
_NAMED = 40  # letters of a file's name that tell the cue


def keep(samples: Samples, rate: int, folder: Path, cue_id: str, language: str, text: str) -> Take:
    """Keep a recording of one channel, (n,) at `rate` Hz, as a take that says `text`.

    folder: of the project's takes; it is made if it is not there. Raises MediaError for silence,
    ProjectError where it cannot be written.
    """
    whole = at_clip_rate(samples, rate)
    duration = whole.size * MS_PER_SECOND // CLIP_RATE
    if duration < SHORTEST:
        raise MediaError(
            f"The recording is shorter than {SHORTEST / MS_PER_SECOND} s.", "It was not kept."
        )
    if float(np.abs(whole).max()) < _FAINTEST:
        raise MediaError(
            "Nothing can be heard in this recording.",
            "It was not kept.",
            "Check that the microphone is on and chosen, and that it is not muted.",
        )
    named = _STRANGE.sub("-", f"{cue_id}-{language}".lower())[:_NAMED].strip("-")
    try:
        file = _written(whole, folder, named)
    except (OSError, MediaError) as error:
        raise ProjectError(
            f"The recording cannot be written to {folder} ({error}).",
            "It is not in the project.",
            "Check the free space and your permission to write there.",
        ) from error
    return Take(file.name, duration, 0, duration, text)


def bring_in(file: Path, folder: Path, cue_id: str, language: str, text: str) -> Take:
    """Keep a copy of any sound file as a take that says `text`.

    Raises MediaError for a file without sound, a silent or too long one; ProjectError as `keep`.
    """
    return keep(_read(file), CLIP_RATE, folder, cue_id, language, text)


def clip_of(take: Take, folder: Path | None) -> Clip:
    """The clip of the part of a take that is used, from the cache or made now.

    folder: of the project's takes. Raises ProjectError where the recording is not there, MediaError
    where it cannot be read or is silent there.
    """
    file = take_file(take, folder)
    try:
        content = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise MediaError(f"The recording {file} cannot be read ({error}).") from error
    key = clip_key("take", _VERSION, content, take.start, take.end)
    return kept(Clip(key, 0, TAKE, take.file, 1.0), lambda: _used(take, file))


def take_file(take: Take, folder: Path | None) -> Path:
    """Where a recording lies. Raises ProjectError where it does not."""
    file = None if folder is None else folder / take.file
    if file is None or not file.is_file():
        where = "beside its project" if folder is None else f"in {folder}"
        raise ProjectError(
            f"The recording “{take.file}” is not {where}.",
            f"The description “{take.text}” cannot be heard.",
            "Put the file back there, record it again, or leave the description to the voice.",
        )
    return file


def load_take(take: Take, folder: Path | None) -> Samples:
    """All of a recording, (n,) at CLIP_RATE. Raises ProjectError and MediaError."""
    return _read(take_file(take, folder))


def with_part(take: Take, start: int, end: int) -> Take:
    """The take with another part of it in use, ms of the recording; at least SHORTEST of it."""
    start = min(max(0, start), take.duration - SHORTEST)
    return replace(take, start=start, end=max(min(end, take.duration), start + SHORTEST))


def gather(takes: Iterable[Take], sources: Path, folder: Path) -> None:
    """Copy recordings that lie in `sources` into `folder`, where they are not there yet.

    One that is in neither is left out: its cue tells of it. Raises ProjectError.
    """
    for take in takes:
        source, target = sources / take.file, folder / take.file
        if target.exists() or not source.is_file():
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _beside(folder) as part:
                part.write_bytes(source.read_bytes())
                part.replace(target)
        except OSError as error:
            raise ProjectError(
                f"The recordings cannot be copied to {folder} ({error}).",
                f"They are safe in {sources}; nothing was saved.",
                "Check the free space and your permission to write there, or save elsewhere.",
            ) from error


def _used(take: Take, file: Path) -> Samples:
    """The part of a recording that is used, as a clip sounds."""
    begin, end = (ms * CLIP_RATE // MS_PER_SECOND for ms in (take.start, take.end))
    part = _read(file)[begin:end]
    if not part.size or float(np.abs(part).max()) < _FAINTEST:
        raise MediaError(
            f"Nothing can be heard in the used part of the recording “{take.file}”.",
            f"The description “{take.text}” cannot be heard.",
            "Choose another part or another take.",
        )
    return finished(part, CLIP_RATE)


def _read(file: Path) -> Samples:
    """A whole recording, (n,) at CLIP_RATE; refused where it is too long."""
    streams = sound_streams(file)
    if not streams:
        raise MediaError(f"“{file.name}” holds no sound.", advice="Choose a sound file.")
    blocks: list[Samples] = []
    count = 0
    for block in file_blocks(file, streams[0], sample_rate=CLIP_RATE, layout="mono"):
        blocks.append(block[0])
        count += block.shape[1]
        if count > LONGEST * CLIP_RATE // MS_PER_SECOND:
            raise MediaError(
                f"“{file.name}” is longer than {LONGEST // 60_000} minutes.",
                "It cannot be the recording of one description.",
                "Cut it into one file for each description.",
            )
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def _written(samples: Samples, folder: Path, named: str) -> Path:
    """The recording in `folder`, whole; where the same lies there already, that."""
    folder.mkdir(parents=True, exist_ok=True)
    with _beside(folder) as part:
        save_wav(part, samples, CLIP_RATE)
        content = hashlib.sha256(part.read_bytes()).hexdigest()
        target = folder / f"{named}-{content[:16]}.wav".lstrip("-")
        if not target.exists() or target.read_bytes() != part.read_bytes():
            part.replace(target)  # what lay there under this content's name was damaged
    return target


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A new file's name in `folder`, gone afterwards if it was not given another."""
    part = folder / f".{uuid.uuid4().hex}.part"
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)
