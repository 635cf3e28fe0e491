"""A film of three hours with 2,000 scenes and 1,500 descriptions, and all a studio knows of it.

    XDG_CACHE_HOME=FOLDER/cache python -m tests.bench.long_film FOLDER

Makes FOLDER/long.adproject, its film (a minute over and over) and its cache, unless they are there:
some two minutes. What is in the cache then is what an earlier session of work would have left.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from studio import paths, rehearsal, steps
from studio.media.audio import save_wav
from studio.media.peaks import film_peaks
from studio.media.probe import probe
from studio.media.proxy import proxy_file
from studio.progress import unwatched
from studio.script import edits
from studio.script.model import Clip, Cue, Gap, Mode, Project, Version, VoiceChoice
from studio.settings import DEFAULTS
from studio.times import Span, between

MINUTES = 180
SCENES, CUES, FREEZES = 2000, 1500, 200
NAME = "long.adproject"
_RATE = 48_000  # Hz, of clips
_FRAME = 40  # ms
_SLOT = MINUTES * 60_000 // CUES  # ms; each has a description and then somebody who talks
_LENGTHS = range(600, 2600, 40)  # ms of clips


def make(folder: Path) -> Path:
    """The project's file; made where it is not there."""
    project, film, minute = folder / NAME, folder / "long.mp4", folder / "minute.mp4"
    if not project.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _minute(minute)
        _with_sound(_joined(minute, folder / "pictures.mp4"), film)
        film_peaks(probe(film), unwatched())
        steps.save_project(_project(film), project)
    _copy(minute, film)
    return project


def _minute(film: Path) -> None:
    picture = "testsrc2=s=960x540:r=25:d=60"
    _ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "libx264", "-preset", "veryfast",
            "-crf", "30", "-g", "250", film)  # fmt: skip


def _with_sound(pictures: Path, film: Path) -> None:
    """Joined from bare packets, so that they lie without a hole, as in a film that is delivered."""
    sound = film.with_suffix(".aac")
    hum = "aevalsrc=0.2*sin(440*PI*t)*sin(PI*t/3)|0.2*sin(550*PI*t)*sin(PI*t/3):s=48000:d=60"
    _ffmpeg("-f", "lavfi", "-i", hum, "-c:a", "aac", sound)
    sound.write_bytes(sound.read_bytes() * MINUTES)
    _ffmpeg("-i", pictures, "-i", sound, "-c", "copy", "-bsf:a", "aac_adtstoasc", "-shortest", film)


def _joined(minute: Path, film: Path) -> Path:
    names = film.with_suffix(".txt")
    names.write_text(f"file {minute.absolute()}\n" * MINUTES)
    _ffmpeg("-f", "concat", "-safe", "0", "-i", names, "-c", "copy", film)
    return film


def _ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


def _copy(minute: Path, film: Path) -> None:
    """The small copy, as it is made now; nobody waits three hours for it."""
    info, short = probe(film), probe(minute)
    there = proxy_file(info, rehearsal.picture_times(info, unwatched()).rate)
    if there.exists():
        return
    proxy = rehearsal.proxy(short, rehearsal.picture_times(short, unwatched()), unwatched())
    _joined(proxy, film.with_name("proxy.mp4")).replace(there)


def _project(film: Path) -> Project:
    random = np.random.default_rng(1)
    project, info = steps.begin(film, DEFAULTS, ["en"])
    slots = range(0, info.duration // _SLOT * _SLOT, _SLOT)
    speech = [Span(at + 3400, at + 6600) for at in slots]
    rooms = between(
        (Span(one.start - 300, one.end + 300) for one in speech), Span(0, info.duration)
    )
    gaps = tuple(Gap(one.start, one.end) for one in rooms)
    cuts = sorted(random.choice(info.duration // _FRAME, SCENES - 1, replace=False) * _FRAME)
    scenes = [Span(int(a), int(b)) for a, b in pairwise([0, *cuts, info.duration])]
    project = edits.put_analysis(project, scenes, speech, gaps)
    (voice,) = (one for one in rehearsal.voices("en") if one.voice == "rms")
    project = edits.set_voice(project, voice)
    _clips(len(slots))
    cues = [_cue(number, start, voice) for number, start in enumerate(slots)]
    return replace(project, cues=tuple(cues))


def _cue(number: int, start: int, voice: VoiceChoice) -> Cue:
    length = _LENGTHS[number % len(_LENGTHS)]
    clip = Clip(_key(number), length, voice.speaker, voice.voice, 1.0)
    start += DEFAULTS.first_cue
    text = f"A woman crosses hall {number} and looks up at the clock above the doors."
    extended = number % (CUES // FREEZES) == 0
    mode: Mode = "extended" if extended else "auto"
    return Cue(
        f"c{number}", start, start + length + 400, (Version("en", text, clip),), (), mode,
        accepted=True,
    )  # fmt: skip


def _key(number: int) -> str:
    """The key of a cue's clip."""
    return f"{number:032x}"


def _clips(count: int) -> None:
    """A clip for each cue in the cache: a file of its own, though many share their sound."""
    random = np.random.default_rng(2)
    folder = paths.cache_folder("clips")
    for number in range(count):
        file = folder / f"{_key(number)}.wav"
        file.unlink(missing_ok=True)
        if number < len(_LENGTHS):
            sound = 0.05 * random.standard_normal(_RATE * _LENGTHS[number] // 1000)
            save_wav(file, sound.astype(np.float32), _RATE)
        else:
            file.hardlink_to(folder / f"{_key(number % len(_LENGTHS))}.wav")


if __name__ == "__main__":
    os.environ.setdefault("XDG_CACHE_HOME", str(Path(sys.argv[1]).absolute() / "cache"))
    print(make(Path(sys.argv[1]).absolute()))
