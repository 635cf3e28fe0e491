"""Reference voices: recordings in whose manner a cloning engine may speak, each with its consent.

A reference is a mono WAV and a TOML file of the same name beside it: whose voice it is, under which
licence it may be used, who agreed to what and when, and a checksum of the recording, because an
agreement is about one recording. Those that come with the studio lie in voice_samples/, those a
user adds in the user's data folder. What lacks a sound agreement is listed and refused.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import re
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from studio import paths
from studio.errors import EngineError, MediaError, ProjectError, UsageError
from studio.media.audio import load_clip, save_wav
from studio.media.probe import sound_streams
from studio.script.languages import language_code

if TYPE_CHECKING:
    from studio.engines import Samples

SHORTEST, LONGEST = 6_000, 30_000
"""ms of speech that engines can learn a voice from, and need no more than."""

_LEAST_RATE, _MOST_RATE = 16_000, 48_000  # Hz; below, a voice has lost what tells it apart
_FAINTEST = 10 ** (-30 / 20)  # the loudest sample of a usable recording
_STRANGE = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Consent:
    """Who agreed, in their own spelling; on which day; to what."""

    by: str
    given: datetime.date
    purpose: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference voice. language: a code. bundled: it came with the studio and cannot be removed.

    problem: why no engine may use it, "" where one may; consent is None where none is recorded.
    """

    name: str
    language: str
    licence: str
    consent: Consent | None
    file: Path
    bundled: bool
    problem: str = ""


def references(language: str | None = None) -> tuple[Reference, ...]:
    """All reference voices, in order of name; of one language where it is given."""
    found = [_reference(file, True) for file in paths.voice_sample(".").glob("*.wav")]
    found += [_reference(file, False) for file in user_folder().glob("*.wav")]
    wanted = (one for one in found if language is None or one.language == language)
    return tuple(sorted(wanted, key=lambda one: (one.name.casefold(), one.file)))


def reference(name: str, language: str) -> Reference:
    """The voice of that name, for an engine to speak like.

    Raises UsageError where there is none, EngineError where it may not be used.
    """
    found = next((one for one in references(language) if one.name == name), None)
    if found is None:
        raise UsageError(
            f"There is no reference voice “{name}” for “{language}”.",
            advice="Add one with its consent in the window: Work, Reference voices.",
        )
    if found.problem:
        raise EngineError(
            f"The reference voice “{name}” may not be used.",
            found.problem,
            "Remove it, and add it again with its consent.",
        )
    return found


def user_folder() -> Path:
    """Where the voices lie that the user has added; need not exist."""
    return paths.data_folder() / "voices"


def add(file: Path, name: str, language: str, licence: str, consent: Consent) -> Reference:
    """Copy a recording of 6 to 30 s, any sound file, into the user's reference voices.

    Raises UsageError where name, licence or consent say too little, MediaError for a recording
    nobody can learn a voice from, ProjectError where it cannot be written.
    """
    code = language_code(language)
    _check_words(name, licence, consent)
    samples, rate = _recording(file)
    folder = user_folder()
    target = folder / f"{_slug(name)}-{code}.wav"
    if target.exists() or any(one.name == name for one in references(code)):
        raise UsageError(
            f"There is a reference voice “{name}” for “{code}” already.",
            "Nothing was added.",
            "Give this one another name, or remove the other first.",
        )
    part = folder / f".{uuid.uuid4().hex}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save_wav(part, samples, rate)
        write_papers(target, part, name, code, licence, consent)
        part.replace(target)  # last, so that no recording is ever without its consent
    except (OSError, MediaError) as error:
        raise ProjectError(
            f"The voice cannot be written to {folder} ({error}).",
            "Nothing was added.",
            "Check the free space and your permission to write there.",
        ) from error
    finally:
        with contextlib.suppress(OSError):  # as a rule it is in its place by now
            part.unlink()
    return _reference(target, False)


def remove(voice: Reference) -> None:
    """Delete a recording and its papers. Raises UsageError for one that came with the studio."""
    if voice.bundled:
        raise UsageError(f"The voice “{voice.name}” came with the studio.", "It cannot be removed.")
    try:
        voice.file.unlink(missing_ok=True)
        _papers(voice.file).unlink(missing_ok=True)
    except OSError as error:
        raise ProjectError(
            f"{voice.file} cannot be removed ({error.strerror or error}).",
            advice="Check your permission to write there.",
        ) from error


def write_papers(
    target: Path, recording: Path, name: str, language: str, licence: str, consent: Consent
) -> None:
    """Write what belongs to `target`, whose content is that of `recording`. Raises OSError."""
    lines = [
        f"name = {_quoted(name)}",
        f"language = {_quoted(language)}",
        f"licence = {_quoted(licence)}",
        f"sha256 = {_quoted(_checksum(recording))}",
        "",
        "[consent]",
        f"by = {_quoted(consent.by)}",
        f"given = {consent.given.isoformat()}",
        f"purpose = {_quoted(consent.purpose)}",
    ]
    part = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(_papers(target))
    finally:
        part.unlink(missing_ok=True)


def _check_words(name: str, licence: str, consent: Consent) -> None:
    for words, what in (
        (_slug(name), "The voice has no name."),
        (licence.strip(), "Nothing says under which licence the recording may be used."),
        (consent.by.strip(), "Nobody is named who agreed."),
        (consent.purpose.strip(), "Nothing says what was agreed to."),
    ):
        if not words:
            raise UsageError(
                what,
                "A voice is added only with the consent of its speaker.",
                "Fill in what is missing.",
            )
    if consent.given > datetime.datetime.now().astimezone().date():
        raise UsageError(
            f"{consent.given.isoformat()} is still to come.",
            "A voice is added only with a consent that was given.",
            "Type the day on which it was given.",
        )


def _recording(file: Path) -> tuple[Samples, int]:
    """The recording as one channel, and its rate in Hz."""
    streams = sound_streams(file)
    if not streams:
        raise MediaError(f"“{file.name}” holds no sound.", advice="Choose a recording.")
    own = streams[0].sample_rate
    if own < _LEAST_RATE:
        raise MediaError(
            f"“{file.name}” has only {own} samples a second.",
            "A voice cannot be told from it.",
            f"Choose a recording with at least {_LEAST_RATE}.",
        )
    rate = min(own, _MOST_RATE)
    samples = load_clip(file, rate)
    length = samples.size * 1000 // rate
    if not SHORTEST <= length <= LONGEST:
        raise MediaError(
            f"“{file.name}” lasts {length / 1000:.1f} s.",
            f"A voice is learnt from {SHORTEST // 1000} to {LONGEST // 1000} s of speech.",
            "Cut it, or choose another recording.",
        )
    if float(np.abs(samples).max()) < _FAINTEST:
        raise MediaError(
            f"“{file.name}” is very soft or silent.",
            "A voice cannot be told from it.",
            "Choose a louder recording.",
        )
    return samples, rate


def _reference(file: Path, bundled: bool) -> Reference:
    try:
        said = tomllib.loads(_papers(file).read_text(encoding="utf-8"))
        consent = _consent(said["consent"])
        voice = Reference(
            _text(said, "name"), _text(said, "language"), _text(said, "licence"),
            consent, file, bundled,
        )  # fmt: skip
        if said["sha256"] == _checksum(file):
            return voice
        problem = "The recording is not the one that its consent is about."
    except FileNotFoundError:
        problem = "No consent is recorded for it."
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = f"Its consent cannot be read ({error})."
    return Reference(file.stem, _language_in(file), "", None, file, bundled, problem)


def _consent(said: Mapping[str, Any]) -> Consent:
    given = said["given"]
    if type(given) is not datetime.date:
        raise ValueError("“given” should be a day")
    return Consent(_text(said, "by"), given, _text(said, "purpose"))


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said[key]
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"“{key}” should be text")
    return value


def _language_in(file: Path) -> str:
    return file.stem.rpartition("-")[2]


def _papers(file: Path) -> Path:
    return file.with_suffix(".toml")


def _checksum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _slug(name: str) -> str:
    slug = _STRANGE.sub("-", name.casefold())[:40].strip("-")
    if slug or not name.strip():
        return slug
    return f"voice-{hashlib.sha256(name.encode()).hexdigest()[:8]}"  # a name in other letters


def _quoted(text: str) -> str:
    """`text` as a TOML string: JSON's escapes are TOML's, save that it wants DEL escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
