"""How live the window stays, and how soon an edit is heard; prints, measures nothing for a test.

    QT_QPA_PLATFORM=offscreen python -m tests.bench.window [EDITS]

Makes the demonstration film, drafts it, then writes into descriptions while an export runs. A
heartbeat on the main thread tells how long it was held up; an edit counts as heard when the player
has its new plan.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QTimer

from studio.app.window import Window
from studio.app.work import Order
from studio.demo import make_demo_film
from studio.progress import unwatched
from tests.app.window_rig import until, window

_BEAT = 5  # ms


def main(edits: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, window() as made:
        film = Path(folder) / "demo.mp4"
        make_demo_film(film, unwatched())
        made.filing.open_path(film)
        until(lambda: made.document.is_open and made.document.project.scenes, "analysed")
        made.working.draft()
        until(lambda: made.document.project.cues, "drafted")
        until(lambda: _quiet(made), "spoken")
        _print("at rest", _beats(made, lambda: _write(made, edits)))
        made.working.deliver(Order(Path(folder) / "out", "demo", ("en",), ("film",), "ebu-r128"))
        _print("while exporting", _beats(made, lambda: _write(made, edits)))
        until(lambda: _quiet(made), "exported")


def _quiet(made: Window) -> bool:
    return not (made.speaking.busy or made.stage.fetching or made.stage.busy or made.jobs.busy)


def _beats(made: Window, work: object) -> tuple[list[float], list[float]]:
    """The heartbeat's delays and the edits' times, both in ms, while `work` is done."""
    late: list[float] = []
    last = time.perf_counter()

    def beat() -> None:
        nonlocal last
        now = time.perf_counter()
        late.append((now - last) * 1000 - _BEAT)
        last = now

    timer = QTimer()
    timer.timeout.connect(beat)
    timer.start(_BEAT)
    heard = work()  # type: ignore[operator]
    timer.stop()
    return late, heard


def _write(made: Window, edits: int) -> list[float]:
    """Write into one description after the other; ms until each is heard."""
    times = []
    cues = [cue.id for cue in made.document.project.cues if made.document.text(cue)]
    for number in range(edits):
        cue = cues[number % len(cues)]
        made.document.select([cue])
        began = time.perf_counter()
        made.editor.text.setPlainText(f"A lamp burns on hill number {time.monotonic_ns() % 9999}.")
        until(lambda cue=cue: _heard(made, cue), "heard")  # type: ignore[misc]
        times.append((time.perf_counter() - began) * 1000)
    return times


def _heard(made: Window, cue: str) -> bool:
    place = made.document.placements[cue]
    sounding = made.player.sounding
    return place.clip is not None and sounding is not None and place.clip.key in sounding.clip_files


def _print(when: str, measured: tuple[list[float], list[float]]) -> None:
    late, heard = measured
    ninety_nine = statistics.quantiles(late, n=100)[98]
    print(
        f"{when}: held up p50 {statistics.median(late):.1f} p99 {ninety_nine:.1f} "
        f"most {max(late):.1f} ms; edit to heard p50 {statistics.median(heard):.0f} "
        f"most {max(heard):.0f} ms, {len(heard)} edits"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
