"""Clips of drawn talking mouths without a film: for teaching a sync-meter by the hundred.

The heads are drawn as `make_faces` draws them, small, and read by the studio's own mouth reader;
only the film, its codec and the finding of faces are left out.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from studio.analysis.clips import MARGIN
from studio.analysis.envelope import loudness
from studio.analysis.mouths import MouthReader, Plate
from studio.analysis.timbre import timbre
from studio.engines import TalkingMouth, Timbre
from studio.times import Span
from tests import make_faces
from tests.make_faces import HEADS, RATE, Head, Said

LEARNED = (
    "She opened the old wooden box and found a letter from her brother.",
    "We have been waiting here for almost two hours and nobody came.",
    "If you take the left road you will reach the river before sunset.",
    "I told him that the bridge was closed but he did not believe me.",
    "Every morning the baker puts fresh bread into the window of his shop.",
    "Why would anybody leave a perfectly good umbrella on the train?",
)
OTHERS = (
    "Where have you been all this time, my old friend?",
    "I was down at the harbour counting boats with the fishermen.",
    "Nobody counts boats any more, they have machines for that now.",
    "Then we should ask the captain what she knows about it all.",
)


@dataclass(frozen=True)
class Setting:
    """How clips are made. music: rms of a tune under the talk, at most. grain: levels."""

    heads: tuple[Head, ...]
    voices: tuple[str, ...]
    texts: tuple[str, ...]
    rates: tuple[Fraction, ...]
    music: float = 0.05
    grain: float = 2.0
    sway: float = 1.0


TAUGHT = Setting(HEADS[:4], ("rms", "slt"), LEARNED, (Fraction(25), Fraction(30)))
HELD_BACK = Setting(
    HEADS[4:], ("awb", "kal16"), OTHERS, (Fraction(24000, 1001), Fraction(50)), 0.03, 3.0, 1.6
)


def clip(seed: int, setting: Setting, seconds: float = 5.0) -> tuple[Span, TalkingMouth]:
    """One clip in sync: where it lies, and its mouth with the sound around it."""
    lot, grain = random.Random(seed), np.random.default_rng(seed)
    head, rate = lot.choice(setting.heads), lot.choice(setting.rates)
    begin = MARGIN / 1000
    turns, at = [], begin - lot.uniform(0, 1.5)
    while at < begin + seconds:
        said = Said(at, lot.choice(setting.texts), 0, lot.choice(setting.voices))
        turns.append((said, make_faces.spoken(said.text, said.voice)))
        at += len(turns[-1][1]) / RATE + lot.uniform(0.2, 0.7)
    length = begin + seconds + MARGIN / 1000
    opening = make_faces._mouth_track(0, turns, length, False, seed)
    sound = make_faces._sound(turns, length, 0.0, lot.uniform(0, setting.music))
    sound += grain.normal(0, 10 ** lot.uniform(-4, -2.5), len(sound))
    reader = MouthReader(lips=True)
    phase = grain.uniform(0, 2 * np.pi, 2)
    tall = 84.0
    wide = tall * head.wide
    for frame in range(int(begin * rate), int((begin + seconds) * rate)):
        moment = float(frame / rate)
        canvas = np.full((120, 110, 3), 120, np.uint8)
        x = 55 + setting.sway * np.sin(0.9 * moment + phase[0])
        y = 54 + setting.sway * np.sin(1.7 * moment + phase[1])
        box = (x - wide / 2, y - tall / 2, wide, tall)
        wideness = float(np.interp(moment, np.arange(len(opening)) / 100, opening))
        make_faces._draw(canvas, head, box, wideness, shut=False)
        noisy = canvas + grain.normal(0, setting.grain, canvas.shape)
        pixels = np.clip(noisy, 0, 255).astype(np.uint8)[:, :, ::-1]
        steady = np.array([55 - wide / 2, 54 - tall / 2, wide, tall])
        reader.look(Plate(int(np.ceil(1000 * frame / rate)), pixels), steady)
    [motion] = reader.finish()
    heard = loudness([sound])
    rows = timbre([sound.astype(np.float32)]).rows
    assert motion.lips is not None
    mouth = TalkingMouth(
        motion.times,
        motion.opening,
        heard,
        0,
        motion.lips.astype(np.float32),
        Timbre(rows[: len(heard)]),
    )
    first = int(motion.times[0])
    return Span(first, first + round(seconds * 1000)), mouth
