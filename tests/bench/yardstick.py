"""How quick the machine is just now: other programs, and other machines on it, slow it down.

Figures taken at different times are only alike where this one is. It is the time of a fixed piece
of work like that of the window: objects made and looked up, numbers sorted, an array filtered.
"""

from __future__ import annotations

import statistics
import time

import numpy as np

_TIMES = 15


def pace() -> float:
    """ms of wall time that the work takes, in the middle of several tries."""
    return statistics.median(_tried() for _ in range(_TIMES))


def _tried() -> float:
    began = time.perf_counter()
    made = {f"cue {number}": (number * 7919) % 10_007 for number in range(10_000)}
    assert sorted(made.values())[0] == 0
    samples = np.sin(np.arange(100_000) / 50)
    assert np.convolve(samples, np.ones(32) / 32).max() < 1.1
    return (time.perf_counter() - began) * 1000
