"""How live the window stays, and how soon an edit is heard; prints, measures nothing for a test.

    QT_QPA_PLATFORM=offscreen python -m tests.bench.window short [EDITS]
    QT_QPA_PLATFORM=offscreen python -m tests.bench.window long FOLDER [EDITS]

short: makes the demonstration film, drafts it, then writes into descriptions at rest and while an
export runs. long: the same in the film of three hours that tests.bench.long_film makes in FOLDER,
and how fast that opens (until the timeline is painted with its sound and all descriptions, and
until the film's picture shows), paints, scrolls and seeks, and how much memory the window has then.

Other programs take turns with this one, so the main thread's own work, and that of all threads, is
told too, where it counts, and how long a fixed piece of work takes just then (the yardstick). An
edit that moves a freeze near the playhead, or before it, lets mpv open the pictures anew: those
that move one are apart. A heartbeat on the main thread tells how long it was held up. An edit
counts as heard when mpv has opened the mix that has it, at the playhead, and let go of the old one.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from studio.app import memory, turns
from studio.app.window import Window
from studio.app.work import Order
from studio.mix.sounding import Sounding
from studio.script.model import Clip
from tests.app.window_rig import until, window
from tests.bench.long_film import make
from tests.bench.yardstick import pace

_BEAT = 5  # ms
_SEEKS, _PAINTS, _SWEEPS = 60, 150, 4
_SIZE = (1920, 1200)  # logical pixels of the window
_TIMELINE = 300  # pixels high

_COLOURS = ("red", "blue", "green", "brown", "white", "black", "grey", "pink", "gold", "tan")
_PLACES = ("hill", "road", "bridge", "house", "street", "rock", "boat", "tower", "yard", "pier")


def short(edits: int) -> None:
    """The demonstration film."""
    from studio.demo import make_demo_film
    from studio.progress import unwatched

    with tempfile.TemporaryDirectory() as folder, window() as made:
        film = Path(folder) / "demo.mp4"
        make_demo_film(film, unwatched())
        made.filing.open_path(film)
        until(lambda: made.document.is_open and made.document.project.scenes, "analysed")
        made.working.draft()
        until(lambda: made.document.project.cues, "drafted")
        _say_pace()
        _at_work(made, Path(folder), edits)


def long(folder: Path, edits: int) -> None:
    """Three hours."""
    project = make(folder)
    with window() as made:
        made.resize(*_SIZE)
        _say_pace()
        print(f"empty window: {_memory()} MB")
        _opening(made, project)
        until(lambda: _quiet(made), "everything is worked out")
        print(f"open and worked out: {_memory()} MB")
        _painting(made)
        _seeking(made)
        print(f"after scrolling and seeking: {_memory()} MB")
        _say_pace()
        _at_work(made, folder, edits)
        print(f"after edits and half an export: {_memory()} MB, at most {_memory('VmHWM')} MB")
        _say_pace()


def _say_pace() -> None:
    print(f"the yardstick: {pace():.1f} ms")


def _memory(which: str = "VmRSS") -> int:
    """MB of this process in memory; an export runs in another one."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(which)) >> 10


# --- opening --------------------------------------------------------------------------------------


class _FirstPaint(QObject):
    """Notes when the timeline has painted descriptions and sound, and when the picture shows."""

    def __init__(self, made: Window) -> None:
        super().__init__()
        self._made = made
        self.sound_there = False
        self.at = self.picture_at = 0.0
        made.timeline.installEventFilter(self)
        made.player.shown.connect(self._note_picture)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  # Qt's name
        """Look at what is about to be painted; the time is taken once it is."""
        placed, document = self._made.timeline.placed, self._made.document
        drawn = placed is not None and document.is_open and self.sound_there
        there = drawn and placed.content.project is document.project
        if event.type() == QEvent.Type.Paint and there and not self.at:
            QTimer.singleShot(0, self._note)
        return super().eventFilter(watched, event)

    def _note(self) -> None:
        self.at = self.at or time.perf_counter()

    def _note_picture(self) -> None:
        if self._made.stage.sounding is not None:
            self.picture_at = self.picture_at or time.perf_counter()

    def leave(self) -> None:
        """Note nothing more."""
        self._made.timeline.removeEventFilter(self)
        self._made.player.shown.disconnect(self._note_picture)


def _opening(made: Window, project: Path) -> None:
    for how in ("for the first time", "again"):
        first = _FirstPaint(made)
        timeline, real = made.timeline, made.timeline.set_peaks

        def noted(peaks: object, first: _FirstPaint = first, real: object = real) -> None:
            real(peaks)  # type: ignore[operator]
            first.sound_there = peaks is not None

        timeline.set_peaks = noted  # type: ignore[assignment, method-assign]
        began, worked, all_worked = time.perf_counter(), time.thread_time(), time.process_time()
        made.filing.open_path(project)
        called = time.perf_counter()
        until(lambda first=first: first.at, "the timeline is painted")  # type: ignore[misc]
        print(
            f"opened {how}: {(first.at - began) * 1000:.0f} ms until all is painted, "
            f"of which the call {(called - began) * 1000:.0f} ms; own work of the main thread "
            f"{(time.thread_time() - worked) * 1000:.0f} ms, "
            f"of all {(time.process_time() - all_worked) * 1000:.0f} ms"
        )
        until(lambda first=first: first.picture_at, "the picture shows")  # type: ignore[misc]
        print(
            f"  its picture on the screen after {(first.picture_at - began) * 1000:.0f} ms; "
            f"own work of the main thread {(time.thread_time() - worked) * 1000:.0f} ms, "
            f"of all {(time.process_time() - all_worked) * 1000:.0f} ms"
        )
        first.leave()
        timeline.set_peaks = real  # type: ignore[method-assign]
        until(lambda: _quiet(made), "everything is worked out")
        if how != "again":
            made.document.close()


# --- looking --------------------------------------------------------------------------------------


def _painting(made: Window) -> None:
    """Scroll and zoom the timeline of the window."""
    whole = made.splitters[-1]
    overview = made.overview.height()
    whole.setSizes([_SIZE[1] - _TIMELINE - overview, _TIMELINE + overview])
    QApplication.processEvents()
    timeline = made.timeline
    print(f"timeline of {timeline.width()} x {timeline.height()}:")
    for seconds in (7200, 3600, 600, 60, 10):

        def scrolled(seconds: int = seconds) -> Iterator[None]:
            timeline.show_range(1_000_000, 1_000_000 + seconds * 1000)
            for _ in range(_PAINTS):
                timeline.scroll_to(timeline.view.start + 23 / timeline.view.scale)
                yield

        _paint(made, f"  {seconds} s in view, scrolling", scrolled)
    for name, first, factor in (("zooming in", 7200, 1.06), ("zooming out", 1, 1 / 1.06)):

        def zoomed(first: int = first, factor: float = factor) -> Iterator[None]:
            timeline.show_range(1_000_000, 1_000_000 + first * 1000)
            for _ in range(_PAINTS):
                timeline.zoom_by(factor, 1_000_000)
                yield

        _paint(made, f"  {name}", zoomed)


def _paint(made: Window, name: str, steps: Callable[[], Iterator[None]]) -> None:
    """Paint each step, from the first on and with nothing kept, several times.

    Whatever else runs on the machine can only add to a paint's own work: the least of it counts.
    """
    took: list[float] = []
    sweeps: list[list[float]] = []
    for _ in range(_SWEEPS):
        made.timeline._tiles.clear()
        made.timeline._take_font()
        own = []
        for _ in steps():
            began, worked = time.perf_counter(), time.thread_time()
            made.timeline.repaint()
            own.append((time.thread_time() - worked) * 1000)
            took.append((time.perf_counter() - began) * 1000)
        sweeps.append(own)
    least = [min(one) for one in zip(*sweeps, strict=True)]
    print(f"{name}: {_shares(took)}; own work, least of {_SWEEPS}: {_shares(least)}")


def _seeking(made: Window) -> None:
    """Jump about: until the picture is on the screen, and until its sound is there as well."""
    player, whole = made.player, made.player.length
    shown: list[float] = []
    arrived: list[float] = []
    player.shown.connect(lambda: shown.append(time.perf_counter()))
    player.arrived.connect(lambda: arrived.append(time.perf_counter()))
    pictures, sounds, own, everybody = [], [], [], []
    for number in range(_SEEKS):
        shown.clear()
        arrived.clear()
        began, worked, all_worked = time.perf_counter(), time.thread_time(), time.process_time()
        player.seek((number * 7919 * 977) % whole)
        until(lambda: shown and arrived, "the picture and its sound are there")
        own.append((time.thread_time() - worked) * 1000)
        everybody.append((time.process_time() - all_worked) * 1000)
        pictures.append((shown[0] - began) * 1000)
        sounds.append((arrived[0] - began) * 1000)
    print(f"exact seek, picture on the screen: {_shares(pictures)}")
    print(f"  with its sound: {_shares(sounds)}")
    print(f"  own work of the main thread {_shares(own)}; of all {_shares(everybody)}")


# --- writing --------------------------------------------------------------------------------------


def _at_work(made: Window, folder: Path, edits: int) -> None:
    until(lambda: _quiet(made), "all is spoken and shown")
    _print("at rest", *_beats(made, lambda: _write(made, edits)))
    made.working.deliver(Order(folder / "out", "demo", ("en",), ("film",), "none"))
    _print("while exporting", *_beats(made, lambda: _write(made, edits)))
    made.working.stop_jobs()
    until(lambda: _quiet(made), "the export has ended")


def _quiet(made: Window) -> bool:
    return not (
        made.speaking.busy
        or made.stage.fetching
        or made.stage.busy
        or made.checking.busy  # what it finds is shown
        or made.jobs.busy
        or made.document.autosave.getting_ready
        or made.player.opening
    )


def _beats(made: Window, work: Callable[[], list[float]]) -> tuple[list[float], list[float]]:
    """The heartbeat's delays and the edits' times, both in ms, while `work` is done."""
    late: list[float] = []
    last = time.perf_counter()

    def beat() -> None:
        nonlocal last
        now = time.perf_counter()
        late.append((now - last) * 1000 - _BEAT)
        last = now

    timer = QTimer(made)
    timer.timeout.connect(beat)
    timer.start(_BEAT)
    heard = work()
    timer.stop()
    return late, heard


def _write(made: Window, edits: int) -> list[float]:
    """Write into one description after the other while it plays; ms until each is heard."""
    times, worked, all_worked = [], time.thread_time(), time.process_time()
    by_kind: dict[bool, list[float]] = {False: [], True: []}
    keys: list[float] = []
    handed: list[float] = []
    spoken: list[float] = []
    free: list[float] = []
    heard_first = made.document.coming.connect(lambda _: spoken.append(time.perf_counter()))
    cues = [cue.id for cue in made.document.project.cues if made.document.text(cue)]
    for number in range(edits):
        cue = cues[(number * 37) % len(cues)]
        made.player.pause()
        made.document.select([cue])
        until(lambda: not made.player.seeking, "the picture is there")
        made.player.play()
        holds, silenced = made.player.sounding, _clip(made, cue)
        began = time.perf_counter()
        made.editor.text.setPlainText(_never_said())
        keys.append((time.perf_counter() - began) * 1000)
        spoken.clear()
        times.append((_when_heard(made, cue, silenced) - began) * 1000)
        free.append((time.perf_counter() - began) * 1000)
        handed.append((spoken[-1] - began) * 1000)
        by_kind[_moved_freeze(made, holds)].append(times[-1])
        until(lambda: not made.speaking.busy, "it is shown")
    made.player.pause()
    made.document.coming.disconnect(heard_first)
    stages = [statistics.median(one) for one in (keys, handed, times, free)]
    print(
        f"a key is through after {stages[0]:.0f} ms, its voice is made and with the player after "
        f"{stages[1]:.0f}, mpv has it after {stages[2]:.0f}, other things go on after "
        f"{stages[3]:.0f} (at most {max(free):.0f})"
    )
    own, whole = (time.thread_time() - worked) / edits, (time.process_time() - all_worked) / edits
    print(f"own work of the main thread: {own * 1000:.0f} ms an edit, of all {whole * 1000:.0f} ms")
    for moved, took in by_kind.items():
        kind = "moved a freeze" if moved else "moved none"
        if took:
            print(f"{len(took)} edits that {kind}: heard after {statistics.median(took):.0f} ms")
    return times


def _never_said() -> str:
    """A text of a length that does not vary, of which the cache knows no clip from earlier runs."""
    lot = random.SystemRandom()
    number = lot.randrange(1000, 10_000)
    return f"A {lot.choice(_COLOURS)} lamp burns on {lot.choice(_PLACES)} number {number}."


def _moved_freeze(made: Window, before: Sounding | None) -> bool:
    now = made.player.sounding
    return before is None or now is None or now.time_map != before.time_map


def _clip(made: Window, cue: str) -> Clip | None:
    """What the player has of a cue."""
    sounding = made.player.sounding
    found = None if sounding is None else sounding.clips.get(cue)
    return None if found is None else found[0].clip


def _when_heard(made: Window, cue: str, before: Clip | None) -> float:
    """Wait until the cue is heard otherwise than `before`; the time when it was."""
    noted: list[float] = []

    def note() -> None:
        if not noted and _heard(made, cue, before):
            noted.append(time.perf_counter())

    # what follows it in the window's thread comes before the next look
    told = made.player.caught_up.connect(note)
    until(lambda: note() or noted, "heard")
    made.player.caught_up.disconnect(told)
    return noted[0]


def _heard(made: Window, cue: str, before: Clip | None) -> bool:
    now = _clip(made, cue)
    read = not made.player.seeking and not made.player._projector._exchanging
    return now is not None and now != before and read


# --- telling --------------------------------------------------------------------------------------


def _shares(took: list[float]) -> str:
    cuts = statistics.quantiles(took, n=100)
    return f"p50 {cuts[49]:.1f} p95 {cuts[94]:.1f} p99 {cuts[98]:.1f} most {max(took):.1f} ms"


def _print(when: str, late: list[float], heard: list[float]) -> None:
    print(f"{when}, held up: {_shares(late)}")
    print(f"{when}, edit to heard, {len(heard)} edits: {_shares(heard)}", flush=True)


def main() -> None:
    """As the arguments say."""
    memory.give_back()
    memory.search_only_what_is_new()
    turns.take_short_turns()
    kind, *rest = sys.argv[1:]
    if kind == "short":
        short(int(rest[0]) if rest else 20)
    else:
        folder = Path(rest[0]).absolute()
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        own = folder / "own"  # what a run that was killed left there would be offered in a dialog
        shutil.rmtree(own, ignore_errors=True)
        os.environ["XDG_STATE_HOME"] = os.environ["XDG_CONFIG_HOME"] = str(own)
        long(folder, int(rest[1]) if len(rest) > 1 else 30)


if __name__ == "__main__":
    main()
