"""How long the analysis takes against decoding the film once, and how much memory it needs.

    python tests/bench/analysis.py 10 60

Makes half a minute of 720p film (texture, grain, motion, cuts, words, music; about as many bits as
films of that size have), repeats its packets to the minutes asked for, and measures in processes of
their own, one after the other:

    decode    the picture decoded by PyAV with the threads the analysis uses, nothing else
    analysis  studio.analysis.analyse with an empty cache

The aim is a ratio of at most 1.4 and less than 300 MB, at every length. The ratio of work compares
seconds of all cores: it holds on a machine that is busy with other things, too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from studio.analysis import analyse
from studio.media.ffmpeg import decoded_pictures, file_url, open_media, run_ffmpeg
from studio.media.probe import probe
from studio.progress import unwatched
from studio.settings import Settings
from tests import make_media

SECONDS = 30
BIT_RATE = "3700k"  # ten minutes are 290 MB, as of the film that first figures were taken with
RATE = Fraction(25)
WORDS = (
    (2.0, "The train leaves at noon, and you will be on it."),
    (9.0, "I never said that I would come with you to the harbour."),
    (15.5, "Listen to me carefully."),
    (24.0, "Who is there?"),
)


def make(path: Path, minutes: int) -> None:
    """A film of so many minutes: one half minute, its packets repeated."""
    with tempfile.TemporaryDirectory() as folder:
        clean, part = Path(folder, "clean.mp4"), Path(folder, "part.mp4")
        make_media.film(
            clean,
            seconds=SECONDS,
            rate=RATE,
            size=(1280, 720),
            cuts=(3.2, 7.0, 7.8, 13.4, 18.0, 22.6, 26.2),
            speech=WORDS,
            music=True,
            b_frames=2,
            gop=250,
        )
        grain = ["-vf", "noise=alls=10:allf=t", "-c:v", "libx264", "-preset", "veryfast"]
        quality = ["-b:v", BIT_RATE, "-g", "250", "-bf", "2", "-pix_fmt", "yuv420p", "-c:a", "copy"]
        run_ffmpeg(
            ["-i", file_url(clean), *grain, *quality, file_url(part)],
            unwatched(),
            what="The film for the bench cannot be made.",
        )
        repeat(part, path, minutes * 60 // SECONDS)


def repeat(part: Path, path: Path, times: int) -> None:
    """`part` so many times in a row, without encoding anything."""
    with av.open(str(path), "w") as target:
        outs = {}
        with av.open(str(part)) as source:
            for stream in (*source.streams.video, *source.streams.audio):
                outs[stream.index] = target.add_stream_from_template(stream)
        for number in range(times):
            with av.open(str(part)) as source:
                for packet in source.demux():
                    if packet.dts is None or packet.pts is None:
                        continue
                    sound = packet.stream.type == "audio"
                    if sound and not 0 <= packet.pts * packet.time_base < SECONDS:
                        continue  # the encoder's delay and its last, padded packet
                    shift = round(number * SECONDS / packet.time_base)
                    packet.stream = outs[packet.stream.index]
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    target.mux(packet)


def decode(path: Path) -> None:
    """Decode the picture and let every frame go."""
    with open_media(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for _ in decoded_pictures(container, stream):
            pass


def run(what: str, path: Path) -> None:
    """In a process of its own: do one thing, print seconds, seconds of all cores, peak MB."""
    begin = time.perf_counter()
    if what == "decode":
        decode(path)
    else:
        analyse(probe(path), Settings(), unwatched())
    seconds = time.perf_counter() - begin
    print(seconds, time.process_time(), peak_megabytes())


def peak_megabytes() -> float:
    """This process's own peak (Linux); ru_maxrss also remembers the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def measured(what: str, path: Path) -> list[float]:
    """What one run with an empty cache prints."""
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, __file__, what, str(path)]
        environment = {**os.environ, "XDG_CACHE_HOME": cache}
        printed = subprocess.run(
            command, env=environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout
    return [float(number) for number in printed.split()]


def main(lengths: list[int]) -> None:
    """Measure films of these minutes."""
    with tempfile.TemporaryDirectory() as folder:
        for minutes in lengths:
            film = Path(folder, f"{minutes}.mp4")
            make(film, minutes)
            size = film.stat().st_size / 2**20
            floor, floor_work, _ = measured("decode", film)
            seconds, work, megabytes = measured("analysis", film)
            print(
                f"{minutes:3} min, {size:5.0f} MB: decode {floor:6.1f} s, analysis {seconds:6.1f} s"
                f", ratio {seconds / floor:.2f} (of work {work / floor_work:.2f}), "
                f"{megabytes:.0f} MB",
                flush=True,
            )
            film.unlink()


if __name__ == "__main__":
    if sys.argv[1:2] in (["decode"], ["analysis"]):
        run(sys.argv[1], Path(sys.argv[2]))
    else:
        main([int(minutes) for minutes in sys.argv[1:]] or [10])
