"""How long an export takes against decoding and encoding the film's sound once, and its memory.

    python tests/bench/export.py 10 60        films of 10 and 60 minutes

The film is 720p at 25 Hz with AAC, made of the same minute of pictures over and over.
Six descriptions a minute; once without freezes and once with one freeze every 40 s.
Then again with one cue changed, from the cache of encoded sound. The cache is one of its own.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np

from studio.media.audio import save_wav, sound_blocks
from studio.media.probe import FilmInfo, probe
from studio.mix.export import deliver
from studio.paths import cache_folder
from studio.progress import unwatched
from studio.script.model import Clip, Film, Placement, Project
from studio.times import Span

CLIP_MS = 3000


def main() -> None:
    """Print one line for each length given on the command line, in minutes."""
    for minutes in [int(word) for word in sys.argv[1:]] or [10]:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["XDG_CACHE_HOME"] = folder
            _measure(Path(folder), minutes)


def _measure(folder: Path, minutes: int) -> None:
    film = _film(folder, minutes)
    info = probe(film)
    clip = folder / "clip.wav"
    tone = 0.1 * np.sin(2 * np.pi * 300 * np.arange(48 * CLIP_MS) / 48_000)
    save_wav(clip, tone.astype(np.float32), 48_000)
    other = folder / "other.wav"
    save_wav(other, 0.5 * tone.astype(np.float32), 48_000)
    once = _timed(lambda: _sound_once(info, folder / "sound.mp4"))
    copy = _timed(lambda: _copy(film, folder / "copy.mp4"))
    print(f"{minutes} min, {info.size >> 20} MB: sound once {once:.1f} s, stream copy {copy:.1f} s")
    for freezes in (False, True):
        kind = "with freezes" if freezes else "no freeze   "
        _emptied("sound")
        took = _timed(lambda freezes=freezes: _export(info, clip, folder / "out.mp4", freezes))  # type: ignore[misc]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(
            f"  export {kind} {took:6.1f} s = {took / (once + copy):.2f} x both; peak {memory} MB"
        )
        again = _timed(
            lambda freezes=freezes: _export(info, clip, folder / "out.mp4", freezes, other)  # type: ignore[misc]
        )
        print(f"    after editing one cue {again:.1f} s = {again / copy:.1f} x stream copy")


def _film(folder: Path, minutes: int) -> Path:
    minute, film, names = folder / "minute.mp4", folder / "film.mp4", folder / "names.txt"
    noise = "testsrc2=s=1280x720:r=25:d=60,noise=alls=12:allf=t"
    sound = (
        f"aevalsrc=0.2*sin(440*PI*t)+0.1*sin(777*PI*t)|0.2*sin(550*PI*t):s=48000:d={60 * minutes}"
    )
    _ffmpeg(
        "-f", "lavfi", "-i", noise, "-c:v", "libx264", "-preset", "veryfast", "-b:v", "4M", minute
    )
    names.write_text("file minute.mp4\n" * minutes)
    _ffmpeg("-f", "concat", "-i", names, "-f", "lavfi", "-i", sound, "-c:v", "copy", "-c:a", "aac",
            "-b:a", "192k", film)  # fmt: skip
    return film


def _ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


def _copy(film: Path, target: Path) -> None:
    _ffmpeg("-i", film, "-c", "copy", target)


def _sound_once(info: FilmInfo, target: Path) -> None:
    with av.open(str(target), "w") as container:
        stream = container.add_stream("aac", rate=48_000, layout="stereo", bit_rate=192_000)
        for block in sound_blocks(info, info.sounds[0]):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", "stereo")
            frame.sample_rate = 48_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _emptied(kind: str) -> None:
    for file in cache_folder(kind).iterdir():
        file.unlink()


def _export(
    info: FilmInfo, clip: Path, target: Path, freezes: bool, edited: Path | None = None
) -> None:
    """Export; `edited` replaces the clip of one cue in the middle."""
    picture = info.picture
    film = Film(info.path.name, info.size, "", info.duration, picture.width, picture.height,
                picture.rate, -23.0)  # fmt: skip
    said = Clip("clip", CLIP_MS, "flite", "rms", 1.0)
    placements = []
    for number, start in enumerate(range(2000, info.duration - 5000, 10_000)):
        freeze = 2000 if freezes and number % 4 == 0 else 0
        placements.append(
            Placement(str(number), "fits", start, CLIP_MS, start + 1000, freeze, said)
        )
    project = Project(film, speech=(Span(0, 1000),))
    files = {placement.cue: clip for placement in placements}
    if edited is not None:
        files[placements[len(placements) // 2].cue] = edited
    deliver(project, info, "en", placements, files, {"film": target}, unwatched())


def _timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
