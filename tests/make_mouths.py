"""Moving mouths and the loudness they talk into, without a picture: for trials by the hundred.

The mouths are those of `make_faces`, as an estimator would read them at a film's frame rate: with
noise, at times of frames, and from 1.5 s before talk is heard to 1.5 s after.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.analysis.envelope import loudness
from studio.analysis.sync import Mouth
from studio.engines import TalkingMouth
from tests import make_faces
from tests.make_faces import HEADS, RATE, Said

TEXTS = (
    "She opened the old wooden box and found a letter from her brother.",
    "We have been waiting here for almost two hours and nobody came.",
    "If you take the left road you will reach the river before sunset.",
    "I told him that the bridge was closed but he did not believe me.",
    "Every morning the baker puts fresh bread into the window of his shop.",
    "Why would anybody leave a perfectly good umbrella on the train?",
)
RATES = (Fraction(24000, 1001), Fraction(25), Fraction(30))
_AROUND = 1.5  # s
_LEVELS = 20.0  # of light, for a mouth that opens fully
_NOISE = 0.03  # of that

Kind = Literal["talk", "unrelated", "puppets"]


@dataclass(frozen=True)
class Made:
    """mouths: as `sync.judged` takes them. length: ms. late: ms, as made."""

    mouths: tuple[Mouth, ...]
    length: int
    late: float


def made(
    seed: int,
    kind: Kind = "talk",
    *,
    turns: int = 6,
    late: Callable[[float], float] | float | None = None,
    snr: float | None = None,
    rate: Fraction | None = None,
) -> Made:
    """A film of two heads that take turns.

    unrelated: the mouths say other words at other times; puppets: they chew while a voice off
    screen speaks. late: ms, or of a time in s; None: drawn by lot from -1000..1000. snr: dB of
    speech over a tune with a beat; None: no tune.
    """
    lot = random.Random(seed)
    grain = np.random.default_rng(seed)
    drawn = lot.uniform(-1000, 1000)
    told = drawn if late is None else late
    slip = told if callable(told) else lambda _: float(told)
    rate = RATES[seed % len(RATES)] if rate is None else rate
    said, start = [], 1.5
    for number in range(turns):
        said.append(Said(start, lot.choice(TEXTS), number % 2))
        start += lot.uniform(4.8, 6.5)
    length = start + 1
    spoken = [(one, make_faces._speech(one, HEADS)) for one in said]
    moved = _otherwise(spoken, lot) if kind == "unrelated" else spoken
    if kind == "puppets":
        moved = [(replace(one, head=None), sound) for one, sound in spoken]
    tracks = [
        make_faces._mouth_track(head, moved, length, kind == "puppets", seed) for head in range(2)
    ]
    heard = loudness([_heard(spoken, length, slip, snr)])
    frames = np.arange(int(length * rate)) / float(rate)
    mouths = []
    for one, sound in spoken:
        begin = one.start + slip(one.start) / 1000
        shown = np.flatnonzero(
            (frames >= begin - _AROUND) & (frames <= begin + len(sound) / RATE + _AROUND)
        )
        for track in tracks:
            opening = np.interp(frames[shown], np.arange(len(track)) / 100, track)
            opening = _LEVELS * (opening + grain.normal(0, _NOISE, len(shown)))
            times = np.ceil(frames[shown] * 1000).astype(np.int64)
            for part in np.array_split(np.arange(len(times)), max(1, round(len(times) / rate / 6))):
                seen = TalkingMouth(times[part], opening[part].astype(np.float32), heard, 0)
                mouths.append(Mouth(seen, float(opening[part].std())))
    mouths.sort(key=lambda one: one.middle)
    return Made(tuple(mouths), round(length * 1000), slip(length / 2))


def _otherwise(
    spoken: Sequence[tuple[Said, NDArray[np.float64]]], lot: random.Random
) -> list[tuple[Said, NDArray[np.float64]]]:
    other = []
    for one, _ in spoken:
        start = max(0.0, one.start + lot.uniform(-0.7, 0.7))
        text = lot.choice([text for text in TEXTS if text != one.text])
        voice = lot.choice(("rms", "slt"))
        other.append((replace(one, start=start), make_faces.spoken(text, voice)))
    return other


def _heard(
    spoken: Sequence[tuple[Said, NDArray[np.float64]]],
    length: float,
    slip: Callable[[float], float],
    snr: float | None,
) -> NDArray[np.float64]:
    whole = np.zeros(round(length * RATE))
    for one, sound in spoken:
        at = round((one.start + slip(one.start) / 1000) * RATE)
        low, high = max(0, at), min(len(whole), at + len(sound))
        if low < high:
            whole[low:high] += sound[low - at : high - at]
    if snr is not None:
        whole += make_faces._tune(len(whole), 0.1 * 10 ** (-snr / 20))
    return whole
