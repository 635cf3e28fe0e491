"""Where the ruler has its marks, and what stands beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from studio.app.timeline.view import View
from studio.times import clock

_STEPS = (
    *(40, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000),
    *(60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000),
)
_PARTS = {15_000: 3, 30_000: 3, 900_000: 3, 1_800_000: 3, 60_000: 6, 3_600_000: 6, 120_000: 4}


@dataclass(frozen=True, eq=False)
class Marks:
    """The marks of the ruler, output ms. small: those between the labelled ones."""

    labelled: tuple[int, ...]
    small: NDArray[np.float64]
    step: int  # ms between two labels

    def labels(self) -> Iterator[tuple[int, str]]:
        """Each labelled mark and what stands beside it."""
        return ((time, ruler_label(time, self.step)) for time in self.labelled)


def ruler_step(scale: float, label: float) -> int:
    """ms between two labels `label` pixels wide at `scale` pixels a ms."""
    return next((step for step in _STEPS if step * scale >= label), _STEPS[-1])


def ruler_marks(view: View, label: float, start: float, end: float) -> Marks:
    """The marks between two output times, and those whose label reaches into them."""
    step = ruler_step(view.scale, label)
    parts = _PARTS.get(step, 4 if step == _STEPS[0] else 5)
    first = max(0, int((start - label / view.scale) // step))
    labelled = np.arange(first, int(end // step) + 1) * step
    between = labelled[:, np.newaxis] + step * np.arange(1, parts) // parts
    return Marks(tuple(labelled.tolist()), between.ravel().astype(np.float64), step)


@lru_cache(maxsize=2000)
def ruler_label(time: int, step: int) -> str:
    """0:09 where marks are whole seconds, else with the parts: 0:09.2, 0:09.24."""
    text = clock(time)
    if step >= 1000:  # noqa: PLR2004  # a second
        return text[:-4]
    return text[:-2] if step % 100 == 0 else text[:-1]
