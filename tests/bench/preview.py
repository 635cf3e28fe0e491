"""How quick the preview is: from edit to sound, seeks, opening three hours, and its memory.

    python tests/bench/preview.py             a minute of film, and three hours
    python tests/bench/preview.py 20          a minute, and 20 minutes

The window's event loop runs meanwhile, with a screen that draws. The long film is the same minute
over and over, with a description every 7 s and a freeze every 54 s. An edit takes a
clip away, or puts it back, under the playhead; it counts as heard when mpv has read the new mix and
let go of the old one.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from studio import rehearsal
from studio.app.player import Player, Screen
from studio.media.probe import FilmInfo, probe
from studio.mix.mixer import MixPlan, Sound
from studio.mix.sounding import Sounding
from studio.progress import unwatched
from tests.app.player_rig import Said, application, project_of, settle, sounding_of, until

MINUTE = 60_000  # ms
SEEKS, EDITS = 40, 15


def main() -> None:
    """Print a line for each measure; the lengths are in minutes."""
    minutes = int(sys.argv[1]) if len(sys.argv) > 1 else 180
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        minute = probe(_minute(Path(folder)))
        application()
        _short(minute)
        _long(probe(_joined(minute.path, minutes)), minute, minutes)


def _short(info: FilmInfo) -> None:
    said: tuple[Said, ...] = ((20_000, 24_000, 3000, "inline"), (40_000, 40_000, 2000, "extended"))
    other: tuple[Said, ...] = (*said[:1], (41_000, 41_000, 2000, "extended"))
    with_clip, without, moved = (sounding_of(info, one) for one in (said, said[1:], other))
    begun = time.perf_counter()
    proxy = rehearsal.proxy(info, with_clip.times, unwatched())
    took = time.perf_counter() - begun
    print(f"proxy: made in {took / (info.duration / 1000):.2f} x the film's length, "
          f"{proxy.stat().st_size / info.duration * 8 / 1000:.1f} Mbit/s")  # fmt: skip
    player, screen = _playing(with_clip)
    _seeks(player, "exact seek on 720p with a key frame every 10 s")
    player.use_proxy(proxy)
    settle(player)
    _seeks(player, "exact seek on the proxy")
    _heard(player, (with_clip, without))
    _freezes(player, (with_clip, moved))
    _processor(player)
    player.close()
    screen.deleteLater()


def _long(info: FilmInfo, minute: FilmInfo, minutes: int) -> None:
    said: tuple[Said, ...] = tuple(
        (at, at, 2000, "extended") if number % 8 == 7 else (at, at + 4000, 3000, "inline")
        for number, at in enumerate(range(3000, info.duration - 8000, 7000))
    )
    project = project_of(info, said)
    times = rehearsal.picture_times(info, unwatched())
    first = rehearsal.sounding(project, info, "en", times)
    freeze = 8 * (len(said) // 16) - 1
    edited = project_of(info, said[:freeze] + said[freeze + 1 :])
    took = _median(lambda: rehearsal.sounding(edited, info, "en", times, first))
    print(f"{minutes} min, {len(first.spans)} clips, {len(first.waits)} freezes:")
    print(f"  sounding after an edit that moves a freeze: {took:.0f} ms")
    spoken = project_of(
        info, tuple(_sooner(one) if n % 8 == 3 else one for n, one in enumerate(said))
    )
    took = _median(lambda: rehearsal.sounding(spoken, info, "en", times, first))
    print(f"  sounding after any other edit: {took:.0f} ms")
    proxy = _joined(rehearsal.proxy(minute, times, unwatched()), minutes)
    begun = time.perf_counter()
    player, screen = _playing(first)
    print(f"  film opened: {1000 * (time.perf_counter() - begun):.0f} ms")
    begun = time.perf_counter()
    player.use_proxy(proxy)
    settle(player)
    print(f"  proxy opened: {1000 * (time.perf_counter() - begun):.0f} ms")
    _seeks(player, "  exact seek on the proxy")
    without = rehearsal.sounding(edited, info, "en", times, first)
    _freezes(player, (first, without), "  ")
    _processor(player, "  ")
    print(f"  memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB")
    player.close()
    screen.deleteLater()


def _sooner(said: Said) -> Said:
    start, end, duration, mode = said
    return start - 100, end, duration, mode


# --- measures -------------------------------------------------------------------------------------


def _playing(sounding: Sounding) -> tuple[Player, Screen]:
    player = Player(sound="null")
    screen = Screen(player)
    screen.resize(960, 540)
    screen.show()
    player.open(sounding)
    until(lambda: not player.opening)
    return player, screen


def _seeks(player: Player, name: str) -> None:
    took = []
    for number in range(SEEKS):
        begun = time.perf_counter()
        player.seek((number * 7919 * 977) % player.length)
        settle(player)
        took.append(1000 * (time.perf_counter() - begun))
    print(f"{name}: {_shares(took)}")


def _heard(player: Player, soundings: Sequence[Sounding]) -> None:
    """From `update`, while the film plays, until mpv plays samples of the new mix."""
    from studio.app.player import mixstream

    real = mixstream.render
    wanted: list[MixPlan] = []
    mixed: list[float] = []

    def watched(plan: MixPlan, *rest: Any) -> Sound:
        if wanted and plan == wanted[-1]:
            mixed.append(time.perf_counter())
        return real(plan, *rest)

    mixstream.render = watched
    took = []
    for number in range(EDITS):
        player.seek(21_000)
        settle(player)
        player.play()
        until(lambda: player.position > 21_200)
        mixed.clear()
        wanted.append(soundings[(number + 1) % 2].plan)
        begun = time.perf_counter()
        player.update(soundings[(number + 1) % 2])
        until(lambda: bool(mixed) and not player._projector._exchanging)
        took.append(1000 * (time.perf_counter() - begun))
        player.pause()
    mixstream.render = real
    print(f"edit to the sound output: {_shares(took)}; the output itself holds up to 200 ms")


def _freezes(player: Player, soundings: Sequence[Sounding], indent: str = "") -> None:
    """Behind the playhead: then the film is opened anew. Ahead of it only the sound is."""
    took = []
    player.seek(player.length * 3 // 4)
    settle(player)
    for number in range(EDITS):
        begun = time.perf_counter()
        player.update(soundings[(number + 1) % 2])
        settle(player)
        took.append(1000 * (time.perf_counter() - begun))
    print(f"{indent}freeze moved until the picture is there again: {_shares(took)}")


def _processor(player: Player, indent: str = "") -> None:
    """How much of one processor playing takes, drawing included."""
    player.seek(10_000)
    player.play()
    until(lambda: player.position > 11_000)
    used, begun = time.process_time(), time.perf_counter()
    until(lambda: player.position > 16_000)
    share = (time.process_time() - used) / (time.perf_counter() - begun)
    player.pause()
    print(f"{indent}playing takes {100 * share:.0f} % of a processor")


def _shares(took: Sequence[float]) -> str:
    ordered = sorted(took)
    return (
        f"median {statistics.median(ordered):.0f} ms, "
        f"p95 {ordered[int(0.95 * (len(ordered) - 1))]:.0f}, most {ordered[-1]:.0f}"
    )


def _median(work: Callable[[], object]) -> float:
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - begun))
    return statistics.median(took)


# --- films ----------------------------------------------------------------------------------------


def _minute(folder: Path) -> Path:
    film = folder / "minute.mp4"
    picture = "testsrc2=s=1280x720:r=25:d=60,noise=alls=6:allf=t"
    music = "aevalsrc=0.2*sin(440*PI*t)+0.1*sin(777*PI*t)|0.2*sin(550*PI*t):s=48000:d=60"
    _ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", music, "-c:v", "libx264", "-preset",
            "veryfast", "-b:v", "2M", "-g", "250", "-c:a", "aac", film)  # fmt: skip
    return film


def _joined(minute: Path, minutes: int) -> Path:
    names, film = minute.with_name("names.txt"), minute.with_name(f"{minutes}-{minute.name}")
    names.write_text(f"file {minute.name}\n" * minutes)
    _ffmpeg("-f", "concat", "-i", names, "-c", "copy", film)
    return film


def _ffmpeg(*arguments: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


if __name__ == "__main__":
    main()
