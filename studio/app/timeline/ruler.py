"""Where the ruler has its marks, and what stands beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from studio.app.timeline.view import View
from studio.times import clock

_STEPS = (
    *(40, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000),
    *(60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000),
)
_PARTS = {15_000: 3, 30_000: 3, 900_000: 3, 1_800_000: 3, 60_000: 6, 3_600_000: 6, 120_000: 4}


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of the ruler. time: output ms. label: "" for the small marks between."""

    time: int
    label: str


def ruler_step(scale: float, label: float) -> int:
    """ms between two labels `label` pixels wide at `scale` pixels a ms."""
    return next((step for step in _STEPS if step * scale >= label), _STEPS[-1])


def ruler_marks(view: View, label: float, start: float, end: float) -> Iterator[Mark]:
    """The marks between two output times, and those whose label reaches into them."""
    step = ruler_step(view.scale, label)
    parts = _PARTS.get(step, 4 if step == _STEPS[0] else 5)
    first = max(0, int((start - label / view.scale) // step))
    time = first * step
    while time <= end:
        yield Mark(time, ruler_label(time, step))
        for part in range(1, parts):
            yield Mark(time + step * part // parts, "")
        time += step


def ruler_label(time: int, step: int) -> str:
    """0:09 where marks are whole seconds, else with the parts: 0:09.2, 0:09.24."""
    text = clock(time)
    if step >= 1000:  # noqa: PLR2004  # a second
        return text[:-4]
    return text[:-2] if step % 100 == 0 else text[:-1]
