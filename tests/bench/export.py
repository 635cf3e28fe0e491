"""How long an export takes, and its memory, beside other ways to come to a described film.

    python tests/bench/export.py 10 60 180            films of 10, 60 and 180 minutes
    python tests/bench/export.py 10 60 180 --plot FILE.svg

Each film is 720p at 25 Hz, H.264 and stereo AAC of real speech and music, the same 64 seconds over
and over. Six descriptions of 3 s a minute, a freeze of 2 s at every fourth. In one run:

    stream copy      ffmpeg -c copy
    sound once       ffmpeg decodes the film's sound and encodes it again, nothing else
    re-encode        ffmpeg encodes pictures and sound (x264 veryfast), as one filter graph would;
                     measured on two minutes and scaled
    export           the described film, with nothing kept from before
    edited           again, after the clip of one description was replaced
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import av
import numpy as np

from studio.media.audio import save_wav
from studio.media.probe import FilmInfo, probe
from studio.mix.export import deliver
from studio.progress import unwatched
from studio.script.model import Clip, Film, Placement, Project
from studio.times import Span

CLIP_MS, FREEZE_MS = 3000, 2000
PIECE = 64  # s: whole packets of AAC, whole frames and whole groups of pictures
RE_ENCODED = 120  # s


@dataclass(frozen=True)
class Took:
    """Seconds for a film of `minutes`; memory: MiB at most, of the export."""

    minutes: int
    copy: float
    sound: float
    re_encode: float
    export: float
    edited: float
    memory: int


def main() -> None:
    """Print a table with a row for each length, and draw it where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("minutes", type=int, nargs="*", default=[10])
    parser.add_argument("--plot", type=Path)
    words = parser.parse_args()
    print("| film | stream copy | sound once | re-encode | export | of copy + sound | edited "
          "| of copy | memory |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|")
    rows = []
    for minutes in sorted(words.minutes):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["XDG_CACHE_HOME"] = folder
            rows.append(_measured(Path(folder), minutes))
            print(_line(rows[-1]), flush=True)
    if words.plot is not None:
        words.plot.write_text(_plot(rows), encoding="utf-8")


def _line(took: Took) -> str:
    return (
        f"| {took.minutes} min | {took.copy:.1f} s | {took.sound:.1f} s | {took.re_encode:.0f} s "
        f"| {took.export:.1f} s | {took.export / (took.copy + took.sound):.2f} x "
        f"| {took.edited:.1f} s | {took.edited / took.copy:.1f} x | {took.memory} MB |"
    )


def _measured(folder: Path, minutes: int) -> Took:
    film = _film(folder, minutes)
    info = probe(film)
    tone = 0.1 * np.sin(2 * np.pi * 300 * np.arange(48 * CLIP_MS) / 48_000)
    clip, other = folder / "clip.wav", folder / "other.wav"
    save_wav(clip, tone.astype(np.float32), 48_000)
    save_wav(other, 0.5 * tone.astype(np.float32), 48_000)
    out = folder / "out.mp4"
    copy = min(_timed(lambda: _ffmpeg("-i", film, "-c", "copy", out)) for _ in range(3))
    sound = _timed(lambda: _ffmpeg("-i", film, "-vn", "-c:a", "aac", "-b:a", "192k", out))
    part = min(RE_ENCODED, 60 * minutes)
    re_encode = _timed(
        lambda: _ffmpeg("-t", str(part), "-i", film, "-c:v", "libx264", "-preset", "veryfast",
                        "-c:a", "aac", out)
    )  # fmt: skip
    export = _timed(lambda: _export(info, clip, out))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    edited = min(
        _timed(lambda changed=changed: _export(info, clip, out, changed, other))  # type: ignore[misc]
        for changed in (1, 2, 3)
    )
    scaled = re_encode * 60 * minutes / part
    return Took(minutes, copy, sound, scaled, export, edited, memory)


# --- what is measured -----------------------------------------------------------------------------


def _film(folder: Path, minutes: int) -> Path:
    """The piece over and over, its packets copied with new times."""
    piece, film = folder / "piece.mp4", folder / "film.mp4"
    pictures = f"testsrc2=s=1280x720:r=25:d={PIECE},noise=alls=12:allf=t"
    _ffmpeg("-f", "lavfi", "-i", pictures, "-f", "lavfi", "-i", _speech_like(), "-t", str(PIECE),
            "-c:v", "libx264", "-preset", "veryfast", "-b:v", "4M", "-g", "250",
            "-c:a", "aac", "-b:a", "192k", piece)  # fmt: skip
    times = -(-60 * minutes // PIECE)
    with av.open(str(film), "w") as output:
        with av.open(str(piece)) as first:
            made = [output.add_stream_from_template(one, opaque=True) for one in first.streams]
        for number in range(times):
            with av.open(str(piece)) as source:
                for packet in source.demux():
                    whole = PIECE / packet.time_base
                    if packet.dts is None or (packet.pts or 0) >= whole:
                        continue
                    if packet.stream.type == "audio" and number > 0 and (packet.pts or 0) < 0:
                        continue
                    stream = made[packet.stream_index]
                    packet.pts = (packet.pts or 0) + int(number * whole)
                    packet.dts += int(number * whole)
                    packet.stream = stream
                    output.mux(packet)
    return film


def _speech_like() -> str:
    """Sound with the unrest of speech over music: noise in syllables, and moving tones."""
    syllables = "0.3*(random(0)-0.5)*max(0\\,sin(9*t))*max(0\\,sin(1.3*t))"
    left = f"{syllables}+0.1*sin(2*PI*(220+30*sin(t))*t)"
    right = f"{syllables}+0.1*sin(2*PI*(330+20*cos(t))*t)"
    return f"aevalsrc={left}|{right}:s=48000:d={PIECE}"


def _ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


def _export(
    info: FilmInfo, clip: Path, target: Path, changed: int | None = None, other: Path | None = None
) -> None:
    """Export; at cue `changed` of four in the film, `other` replaces the clip."""
    picture = info.picture
    film = Film(info.path.name, info.size, "", info.duration, picture.width, picture.height,
                picture.rate, -23.0)  # fmt: skip
    said = Clip("clip", CLIP_MS, "flite", "rms", 1.0)
    placements = [
        Placement(
            str(number), "fits", start, CLIP_MS, start + 1000, FREEZE_MS * (number % 4 == 0), said
        )
        for number, start in enumerate(range(2000, info.duration - 5000, 10_000))
    ]
    files = {placement.cue: clip for placement in placements}
    if changed is not None and other is not None:
        files[placements[len(placements) * changed // 4].cue] = other
    project = Project(film, speech=(Span(0, 1000),))
    deliver(project, info, "en", placements, files, {"film": target}, unwatched())


def _timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


# --- the plot -------------------------------------------------------------------------------------

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 640, 400, 72, 350
_COLOURS = {
    "re_encode": "#a0455a",
    "sound": "#8a6d00",
    "export": "#0b5fa5",
    "edited": "#0b7a4b",
    "copy": "#555555",
}
_NAMES = {
    "re_encode": "re-encode",
    "sound": "sound once",
    "export": "export",
    "edited": "after an edit",
    "copy": "stream copy",
}


def _plot(rows: Sequence[Took]) -> str:
    """Seconds over minutes, both in powers of ten, as SVG with a sentence for screen readers."""
    values = [getattr(row, one.name) for row in rows for one in fields(row) if one.name in _NAMES]
    low, high = np.floor(np.log10(min(values))), np.ceil(np.log10(max(values)))
    first, last = np.log10(rows[0].minutes), np.log10(rows[-1].minutes)

    def x(minutes: float) -> float:
        return _LEFT + (np.log10(minutes) - first) / max(last - first, 1e-9) * 408

    def y(seconds: float) -> float:
        return _BOTTOM - (np.log10(seconds) - low) / (high - low) * 310

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="13" role="img">',
        "<title>Seconds an export takes, by the film's length</title>",
        f"<desc>{' '.join(_line(row).replace('|', ',') for row in rows)}</desc>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
    ]
    for power in range(int(low), int(high) + 1):
        at = y(10.0**power)
        parts.append(f'<path d="M{_LEFT} {at:.1f}H480" stroke="#dddddd"/>')
        parts.append(f'<text x="64" y="{at + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>')
    for row in rows:
        parts.append(
            f'<text x="{x(row.minutes):.1f}" y="372" text-anchor="middle">{row.minutes} min</text>'
        )
    for name, colour in _COLOURS.items():
        points = [(x(row.minutes), y(getattr(row, name))) for row in rows]
        line = " ".join(f"{one:.1f},{other:.1f}" for one, other in points)
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>'
        )
        parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{colour}"/>' for a, b in points]
        right, low_end = points[-1][0] + 10, points[-1][1] + 4
        parts.append(
            f'<text x="{right:.1f}" y="{low_end:.1f}" fill="{colour}">{_NAMES[name]}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    main()
