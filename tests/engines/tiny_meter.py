"""A sync-meter that has learned nothing, and clips from which one learns in seconds."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np

from studio.analysis.clips import MARGIN
from studio.analysis.envelope import loudness
from studio.analysis.timbre import timbre
from studio.engines import LIP_GRID, TalkingMouth, Timbre
from studio.engines.learned import save, towers
from studio.times import Span
from studio.tuning.clips import Film, put
from tests import make_faces
from tests.make_faces import Said
from tests.make_mouths import TEXTS

REPORT: dict[str, Any] = {
    "made": "2026-01-31",
    "films": 1,
    "minutes": 2.5,
    "faces": 3,
    "held_out": 8,
    "tested": {"learned": {"rms": 31.4, "median": 12.0, "near": 0.9}},
}


def write(file: Path) -> None:
    """Write a meter whose weights are chance, the same each time."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(3)
        save(towers(), REPORT, file)


def clip(seed: int, seconds: float = 3.6) -> tuple[Span, TalkingMouth]:
    """A mouth in sync whose lips part by as much as it opens, without a picture."""
    lot, grain = random.Random(seed), np.random.default_rng(seed)
    begin, length = MARGIN / 1000, 2 * MARGIN / 1000 + seconds
    said = Said(begin - lot.uniform(0, 0.5), lot.choice(TEXTS), 0)
    turns = [(said, make_faces.spoken(said.text, lot.choice(("rms", "slt"))))]
    track = make_faces._mouth_track(0, turns, length, False, seed)
    rate = lot.choice((24, 25, 30))
    frames = np.arange(int(begin * rate), int((begin + seconds) * rate)) / rate
    opening = np.interp(frames, np.arange(len(track)) / 100, track)
    below = np.linspace(-1, 1, LIP_GRID[0])[:, None] * np.hanning(LIP_GRID[1])
    lips = np.diff(opening, prepend=opening[:1])[:, None, None] * below * 4
    lips += grain.normal(0, 0.02, lips.shape)
    sound = make_faces._sound(turns, length, 0.0, 0.0)
    sound += grain.normal(0, 1e-3, len(sound))
    heard = loudness([sound])
    rows = timbre([sound.astype(np.float32)]).rows[: len(heard)]
    times = np.ceil(frames * 1000).astype(np.int64)
    mouth = TalkingMouth(
        times,
        (20 * opening).astype(np.float32),
        heard,
        0,
        lips.astype(np.float32),
        Timbre(rows),
    )
    return Span(int(times[0]), int(times[-1]) + 1), mouth


def films(folder: Path, count: int = 15) -> list[Film]:
    """`count` films of a clip each, by five people, kept in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        put(folder, f"film {n}.mkv", f"person {n % 5}", f"key{n:03}", 1, [clip(n)], [])
        for n in range(count)
    ]
