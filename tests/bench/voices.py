"""How well the built-in diariser tells made voices apart, on conversations drawn by lot.

    python tests/bench/voices.py            every conversation
    python tests/bench/voices.py odd        those that no number was fitted on

One to twelve people of flite and espeak-ng, each at a pitch and a tempo of their own, take turns of
1.5 to 6 s with pauses of 0.1 to 1 s; some are louder than others, and there is some hiss. A seed is
a conversation. Numbers of the diariser may be fitted on the even seeds; the odd ones have other
people (of espeak-ng; flite has too few) and are for telling what the numbers are worth.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from studio.times import Span
from tests.engines.test_voices import RATE, SENTENCES, Samples, Talk, error, told_apart, voices

SEEDS = {1: 20, 2: 40, 3: 20, 4: 40, 12: 12}
"""Conversations by the number of people in them."""

FLITE = ("kal16", "awb", "rms", "slt")
US, RP = "en-us", "en-gb-x-rp"  # espeak-ng gives en-gb no variants: all would be one voice
EVEN = (f"{US}+m1", f"{RP}+m3", f"{US}+f1", "en-gb-scotland+f3", f"{US}+m5", f"{RP}+m7",
        f"{US}+linda", f"{RP}+michael", f"{US}+steph", "en-029+max", f"{US}+klatt2", f"{RP}+f5",
        f"{US}+rob", f"{RP}+anika")  # fmt: skip
ODD = (f"{US}+m2", f"{RP}+m4", f"{US}+f2", "en-gb-scotland+f4", f"{US}+m6", f"{RP}+m8",
       f"{US}+belinda", f"{RP}+david", f"{US}+steph2", "en-029+adam", f"{US}+klatt4",
       f"{RP}+quincy", f"{US}+andrea", f"{RP}+john")  # fmt: skip
TEMPOS, PITCHES = (0.9, 1.0, 1.15), (38, 50, 62)

TEXTS = (
    *SENTENCES[:-1],
    "My sister lives in a small house near the railway station.",
    "Could you please bring me another cup of tea and some sugar?",
    "It rained all night, and in the morning the road was gone.",
    "He opened the letter, read it twice, and put it in the fire.",
    "Why would anybody leave a perfectly good umbrella behind?",
    "The old clock above the door has never shown the right time.",
    "We should have turned left at the church, not right.",
    "Give the money to your mother and say nothing about it.",
    "She had eleven cousins, and every one of them played the violin.",
    "Tomorrow at noon we shall know who told the truth.",
    "Good morning, doctor, I hope you slept well.",
    "That is exactly what I was afraid of.",
    "Put the boxes under the table before somebody falls over them.",
    "A large brown dog jumped over the wall and vanished in the wood.",
    "If you hear anything unusual, call me at once.",
)


@dataclass(frozen=True)
class Person:
    """speaker, voice: who it is. tempo: 1.0 is as the program has it. pitch: 0..99, of espeak-ng's
    scale; flite's voices have a pitch of their own."""

    speaker: str
    voice: str
    tempo: float
    pitch: int


@cache
def said(one: Person, text: str) -> Samples:
    """A sentence at RATE without silence around it, as loud as every other."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "said.wav"
        if one.speaker == "flite":
            stretch = f"duration_stretch={1 / one.tempo:.3f}"
            command = ["flite", "-voice", one.voice, "--setf", stretch, "-t", text, "-o", file]
        else:
            speed, pitch = str(round(165 * one.tempo)), str(one.pitch)
            command = ["espeak-ng", "-v", one.voice, "-s", speed, "-p", pitch, "-w", file, text]
        subprocess.run(command, check=True)
        samples, rate = soundfile.read(file)
    divisor = np.gcd(RATE, rate)
    samples = resample_poly(samples, RATE // divisor, rate // divisor)
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    samples = samples[loud[0] : loud[-1]]
    return (samples * (0.08 / np.sqrt(np.mean(samples**2)))).astype(np.float32)


def people(choose: random.Random, count: int, odd: bool) -> list[Person]:
    """Different people: of flite, of espeak-ng, or of both."""
    flite = [("flite", one) for one in FLITE]
    espeak = [("espeak-ng", one) for one in (ODD if odd else EVEN)]
    known = choose.choice([one for one in (flite, espeak, flite + espeak) if len(one) >= count])
    return [
        Person(speaker, voice, choose.choice(TEMPOS), choose.choice(PITCHES))
        for speaker, voice in choose.sample(known, count)
    ]


def conversation(seed: int, count: int) -> Talk:
    """About a minute of talk between so many people, each with three turns at least."""
    choose = random.Random(seed * 10 + count)
    cast = people(choose, count, odd=bool(seed % 2))
    level = [10 ** (choose.uniform(-4, 4) / 20) for _ in cast]
    order = [number for _ in range(3) for number in choose.sample(range(count), count)]
    order += [choose.randrange(count) for _ in range(max(0, 14 - len(order)))]
    pieces, truth, at = [np.zeros(RATE // 2, np.float32)], [], RATE // 2
    for number in order:
        turn = said(cast[number], choose.choice(TEXTS)) * level[number]
        if choose.random() < 0.4:
            breath = np.zeros(int(choose.uniform(0.1, 0.3) * RATE), np.float32)
            more = said(cast[number], choose.choice(TEXTS)) * level[number]
            turn = np.concatenate([turn, breath, more])[: 6 * RATE]
        truth.append((Span(at * 1000 // RATE, (at + len(turn)) * 1000 // RATE), number))
        pause = np.zeros(int(choose.uniform(0.1, 1.0) * RATE), np.float32)
        pieces += [turn, pause]
        at += len(turn) + len(pause)
    samples = np.concatenate(pieces)
    hiss = np.random.default_rng(seed).normal(0, choose.choice([1e-4, 5e-4, 2e-3]), len(samples))
    return Talk((samples + hiss).astype(np.float32), tuple(truth))


def seeds(which: str) -> Iterator[tuple[int, int]]:
    """Seeds with the number of people; which: "even", "odd", or "" for all."""
    wanted = {"even": (0,), "odd": (1,), "": (0, 1)}[which]
    for count, many in SEEDS.items():
        yield from ((seed, count) for seed in range(many) if seed % 2 in wanted)


def main() -> None:
    """Print, for each number of people, how often it is found, and the errors."""
    found: dict[int, list[tuple[int, float]]] = {}
    for seed, count in seeds(sys.argv[1] if len(sys.argv) > 1 else ""):
        talk = conversation(seed, count)
        turns = told_apart(talk.samples)
        found.setdefault(count, []).append((voices(turns), error(talk.turns, turns)))
    for count, results in found.items():
        errors = np.array([one for _, one in results])
        right = np.mean([number == count for number, _ in results])
        within = np.mean(errors <= (0.1 if count == 2 else 0.2))
        told = f"error median {np.median(errors):.1%}, 90 % within {np.quantile(errors, 0.9):.1%}"
        print(f"{count}: {right:.0%} have the right number; {told}; {within:.0%} good enough")


if __name__ == "__main__":
    main()
