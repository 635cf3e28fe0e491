"""How long the timeline takes to paint a long film: 3 hours, 2,000 scenes, 1,500 descriptions.

    QT_QPA_PLATFORM=offscreen python tests/bench/timeline.py [RATIO]

Prints ms a paint: median, 95th percentile and worst; of this thread's own work too, because other
programs take turns with it. RATIO: device pixels to a logical one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage, QRegion
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from studio.app import theme
from studio.app.states import CueState
from studio.app.timeline import Overview, Timeline, TimelineContent
from studio.app.timeline.clock import OutputClock
from studio.media.peaks import BINS_PER_SECOND, Peaks
from studio.mix.timemap import Hold, TimeMap
from studio.script.edits import set_text
from studio.script.model import Clip, Cue, Film, Gap, Project, Version
from studio.times import Span

DURATION = 3 * 3600 * 1000
SCENES, CUES, HOLDS, SPEECH = 2000, 1500, 200, 3000
WIDTH, HEIGHT = 1920, 300
STATES = (CueState.FITS, CueState.FASTER, CueState.EXTENDED, CueState.UNSPOKEN, CueState.TOO_LONG)


def content(seed: int = 1) -> TimelineContent:
    """A made-up project as large as the largest films."""
    random = np.random.default_rng(seed)

    def starts(count: int) -> list[int]:
        return sorted(random.choice(DURATION // 40 - 200, count, replace=False).tolist())

    cuts = [0, *(start * 40 for start in starts(SCENES - 1))]
    scenes = tuple(Span(a, b) for a, b in zip(cuts, [*cuts[1:], DURATION], strict=True))
    talk = [start * 40 for start in starts(SPEECH)]
    ends = [*talk[1:], DURATION]
    speech = tuple(Span(a, a + (b - a) // 2 + 1) for a, b in zip(talk, ends, strict=True))
    gaps = tuple(Gap(a.end, b.start) for a, b in pairwise(speech))
    gaps = tuple(gap for gap in gaps if gap.span.duration >= 2000)
    cues, states, clips = [], {}, {}
    holds = tuple(Hold(Fraction(start, 25), Fraction(2)) for start in starts(HOLDS))
    clock = OutputClock.of(TimeMap(holds))
    for number, frame in enumerate(starts(CUES)):
        start, length = frame * 40, int(random.integers(300, 6000))
        cue = f"c{number}"
        text = f"A woman crosses the empty hall and looks up at clock {number} above the doors."
        version = Version("en", text, Clip("k", length, "s", "v", 1.0))
        cues.append(Cue(cue, start, start + int(random.integers(300, 6000)), (version,)))
        states[cue] = STATES[number % len(STATES)] | (
            CueState.ACCEPTED if number % 3 else CueState.ISSUES
        )
        clips[cue] = Span(clock.shown_at(start), clock.shown_at(start) + length)
    film = Film("film.mkv", 1, "f", DURATION, 1920, 1080, Fraction(25), -20.0)
    project = Project(film, scenes, speech, gaps, tuple(cues))
    return TimelineContent(project, "en", states, TimeMap(holds), clips)


def peaks(seed: int = 1) -> Peaks:
    """Sound that rises and falls."""
    random = np.random.default_rng(seed)
    bins = DURATION * BINS_PER_SECOND // 1000
    envelope = np.repeat(random.random(bins // 200 + 1) ** 2, 200)[:bins] * 32767
    high = (envelope * random.random(bins)).astype(np.int16)
    return Peaks(np.stack([-high, high], axis=1))


class Screen(Timeline):
    """A timeline on a screen of any fineness."""

    ratio = 1.0

    def devicePixelRatioF(self) -> float:  # noqa: N802  # Qt's name
        """Device pixels to a logical one."""
        return self.ratio


class Bench:
    """A timeline painted into an image of its own, so that no screen takes part in the times."""

    def __init__(self, ratio: float) -> None:
        self.timeline = Screen(theme=theme.DARK)
        self.timeline.ratio = ratio
        self.timeline.resize(WIDTH, HEIGHT)
        self.image = QImage(round(WIDTH * ratio), round(HEIGHT * ratio), QImage.Format.Format_RGB32)
        self.image.setDevicePixelRatio(ratio)

    def paint(self, area: QRect | None = None) -> tuple[float, float]:
        """Wall and own ms of one paint."""
        region = QRegion(self.timeline.rect() if area is None else area)
        at = QPoint(0, 0) if area is None else area.topLeft()
        wall, own = time.perf_counter(), time.thread_time()
        self.timeline.render(self.image, at, region)
        return (time.perf_counter() - wall) * 1000, (time.thread_time() - own) * 1000

    def report(self, name: str, steps: Iterator[object]) -> None:
        """Paint once for each step."""
        found = np.array([self.paint() for _ in steps])
        self.line(name, found)

    @staticmethod
    def line(name: str, found: np.ndarray) -> None:
        """Print what was found."""
        parts = []
        for which, values in (("wall", found[:, 0]), ("own", found[:, 1])):
            middle, high = np.percentile(values, [50, 95])
            parts.append(f"{which} {middle:5.2f} p95 {high:5.2f} worst {values.max():5.2f}")
        print(f"{name:42} {'   '.join(parts)}", flush=True)


def timed(name: str, action: Callable[[], object], times: int = 5) -> None:
    """Print the median ms of something that is done once in a while."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        action()
        found.append((time.perf_counter() - begin) * 1000)
    print(f"{name:42} {np.median(found):6.2f} ms", flush=True)


def main(ratio: float) -> None:
    """Measure everything."""
    QApplication.instance() or QApplication([])
    bench, shown = Bench(ratio), content()
    timeline = bench.timeline
    timed("first content", lambda: timeline.set_content(shown), 1)
    sound = peaks()
    timed("pyramid of the sound", lambda: (sound.levels, sound.loudest), 1)
    timeline.set_peaks(sound)
    picture = QImage(96, 54, QImage.Format.Format_RGB32)
    picture.fill(QColor("#456"))
    timeline.thumbnails_wanted.connect(
        lambda wanted: [timeline.set_thumbnail(one, picture) for one in wanted]
    )
    timeline.show()
    QApplication.processEvents()

    edited = set_text(shown.project, "c700", "en", "She runs.")
    changes = (shown, TimelineContent(edited, "en", shown.states, shown.time_map, shown.clips))
    turn = iter(range(1000))
    timed("content after an edit", lambda: timeline.set_content(changes[next(turn) % 2]), 20)
    waits = TimeMap(shown.time_map.holds[1:])
    moved = TimelineContent(edited, "en", shown.states, waits, shown.clips)
    timed("content after a freeze has gone", lambda: timeline.set_content(moved), 1)
    timeline.set_content(shown)
    timeline.set_selection([f"c{number}" for number in range(20)])

    for seconds in (10_800, 3600, 600, 60, 10):
        timeline.show_range(4000_000, 4000_000 + seconds * 1000)
        name = f"{seconds} s in view"

        def scrolled() -> Iterator[None]:
            for _ in range(150):
                timeline.scroll_to(timeline.view.start + 23 / timeline.view.scale)
                yield

        bench.report(f"{name}, scrolling", scrolled())
        middle = timeline.view.start + timeline.view.shown / 2
        found = []
        for step in range(60):
            x = int(timeline.view.x(middle)) + timeline.gutter + step
            found.append(bench.paint(QRect(x - 4, 0, 9, HEIGHT)))
        bench.line(f"{name}, playhead", np.array(found))

    for name, factor in (("zooming in", 1.06), ("zooming out", 1 / 1.06)):

        def zoomed(factor: float = factor) -> Iterator[None]:
            for _ in range(150):
                timeline.zoom_by(factor, 4000_000)
                yield

        bench.report(f"{name}, every paint at a new zoom", zoomed())

    overview = Overview(timeline)
    overview.resize(WIDTH, 48)
    overview.show()
    QApplication.processEvents()
    timeline.set_content(changes[1])
    timed("overview, after an edit", overview.grab, 1)
    timed("overview, playhead moved", overview.grab, 20)
    overview.close()
    timeline.close()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)
