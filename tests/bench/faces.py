"""How well voices find their faces, and what that costs: `python -m tests.bench.faces`.

Three tables: turns right on made talking heads, beside the baseline of being in the picture
together; time and memory of watching a made film of eight faces, played over and over; and time
and memory of gathering and matching at 10, 30 and 90 minutes, on tracks and mouths made by lot.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d

from studio.analysis.envelope import speech_envelope
from studio.analysis.faces import Track, Watched, watch
from studio.analysis.matching import co_occurrence, likenesses, speaking
from studio.analysis.mouths import MouthMotion
from studio.analysis.people import gathered
from studio.media.probe import probe
from studio.progress import unwatched
from studio.times import Span
from tests.make_faces import HEADS, RATE, Heads, Said, spoken, talking

TEXTS = (
    "Where have you been all this time, my old friend?",
    "I was down at the harbour counting boats.",
    "Nobody counts boats any more, they have machines for that.",
    "The machines are broken and nobody came to mend them.",
    "Then we should ask the captain what she knows about it.",
    "She left in the morning without telling anybody.",
    "That is very strange, she always tells her sister.",
    "Her sister is not talking to me since the wedding.",
)
CASES: tuple[tuple[str, tuple[int, int], bool, dict[str, object]], ...] = (
    ("two in shot", (0, 1), False, {}),
    ("line art", (2, 3), False, {}),
    ("plain dolls", (4, 5), False, {}),
    ("dark and light", (6, 7), False, {}),
    ("voice off screen", (0, 4), True, {}),
    ("off screen, all chew", (2, 7), True, {"puppets": True}),
    ("off screen, music at 0 dB", (5, 3), True, {"music": 0.1}),
    ("29.97, sound 0.12 s late", (6, 1), True, {"rate": Fraction(30000, 1001), "late": 0.12}),
)


def turns_of(heads: tuple[int, int], off: bool, seed: int) -> tuple[Said, ...]:
    """Eight turns, or twelve of which a third is off screen."""
    own = [HEADS[head].voice for head in heads]
    other = next(one for one in ("slt", "rms", "awb", "kal16") if one not in own)
    at, turns = 0.8, []
    for number in range(12 if off else 8):
        who = (0, 1, None)[number % 3] if off else number % 2
        voice = other if who is None else own[who]
        turns.append(Said(at, TEXTS[(number + 5 * seed) % len(TEXTS)], who, voice))
        at += len(spoken(turns[-1].text, voice)) / RATE + 0.45
    return tuple(turns)


def heads_of(truth: Heads, seen: Watched) -> dict[int, int]:
    """Which head each track shows."""
    found = {}
    for number, track in enumerate(seen.tracks):
        middle = int(track.times[len(track.times) // 2])
        frame = min(int(np.searchsorted(truth.frame_times, middle)), len(truth.frame_times) - 1)
        left, _, wide, _ = track.boxes_at(np.array([middle]))[0]
        boxes = truth.boxes[:, frame]
        found[number] = int(np.nanargmin(np.abs(boxes[:, 0] + boxes[:, 2] / 2 - left - wide / 2)))
    return found


def accuracy(folder: Path) -> None:
    """Turns on the right face, off-screen turns told, and the baseline."""
    sums = np.zeros(5, int)
    print(f"{'case':28} on face  off screen  baseline (both)  one voice for all (both)")
    for seed, (name, heads, off, how) in enumerate(CASES):
        path = folder / f"case{seed}.mkv"
        drawn = tuple(HEADS[head] for head in heads)
        truth = talking(path, heads=drawn, turns=turns_of(heads, off, seed), seed=seed, **how)  # type: ignore[arg-type]
        info = probe(path)
        assert info.sound is not None
        seen = watch(info, (), truth.turns, unwatched())
        envelope = speech_envelope(info, info.sound, lambda: None)
        found = likenesses(truth.turns, seen.motions, envelope, lambda: None)
        shown = heads_of(truth, seen)
        whose = {number: f"head {head}" for number, head in shown.items()}
        told = [one.track for one in speaking(truth.voices, found, whose)[0]]
        blind = [one.track for one in speaking(["v"] * len(told), found, whose)[0]]
        base = co_occurrence(truth.turns, truth.voices, seen.tracks, whose)
        right = [
            [None if one is None else shown[one] for one in way] for way in (told, blind, base)
        ]
        hits = [
            np.array([a == b for a, b in zip(way, truth.speakers, strict=True)]) for way in right
        ]
        there = np.array([one is not None for one in truth.speakers])
        row = np.array(
            [
                hits[0][there].sum(),
                there.sum(),
                hits[0][~there].sum(),
                (~there).sum(),
                hits[2].sum(),
            ]
        )
        sums += row
        print(
            f"{name:28} {row[0]:2} of {row[1]:2}  {row[2]:2} of {row[3]:2}     {row[4]:2} of "
            f"{len(told):2}         {hits[1].sum():2} of {len(told):2}",
            flush=True,
        )
    print(
        f"{'all':28} {sums[0] / sums[1]:.1%}    {sums[2] / sums[3]:.1%}      "
        f"{sums[4] / (sums[1] + sums[3]):.1%}"
    )


def cost_of_watching(folder: Path, times: tuple[int, ...]) -> None:
    """Seconds of processor and MiB for a 24 s film of eight faces, played so often."""
    shots = ((0.0, (0, 1)), (6.0, (2, 3)), (12.0, (4, 5)), (18.0, (6, 7)))
    turns = tuple(Said(3.0 * n + 0.4, TEXTS[n % len(TEXTS)][:40], n) for n in range(8))
    talking(folder / "eight.mkv", heads=HEADS, turns=turns, shots=shots, seconds=24)
    print("\nwatching: minutes, processor s, processor s a minute, largest memory MiB, tracks")
    for often in times:
        path = folder / f"times{often}.mkv"
        _play_over(folder / "eight.mkv", path, often)
        info = probe(path)
        cuts = tuple(n * 6000 for n in range(1, often * 4))
        talk = tuple(Span(n * 3000 + 400, n * 3000 + 2900) for n in range(often * 8))
        start = time.process_time()
        seen = watch(info, cuts, talk, unwatched())
        spent = time.process_time() - start
        minutes = info.duration / 60_000
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{minutes:6.1f} {spent:8.1f} {spent / minutes:8.1f} {most:8.0f} {len(seen.tracks):5}",
            flush=True,
        )


def _play_over(short: Path, long: Path, often: int) -> None:
    import subprocess

    command = ["ffmpeg", "-v", "error", "-stream_loop", str(often - 1), "-i", str(short)]
    subprocess.run([*command, "-c", "copy", str(long)], check=True)


def cost_of_matching(minutes: tuple[int, ...]) -> None:
    """Seconds and MiB for tracks and mouths made by lot: two of eight faces in each 5 s shot."""
    print("\ngathering and matching: minutes, tracks, turns, gather s, match s, right, memory MiB")
    for length in minutes:
        chance = np.random.default_rng(length)
        tracks, motions, turns, voices, speakers = [], [], [], [], []
        own = np.abs(chance.normal(size=(8, 1252)))
        envelope = np.zeros(length * 6000, np.float32)
        for shot in range(length * 12):
            start = shot * 5000
            pair = chance.choice(8, 2, replace=False)
            for place, face in enumerate(pair):
                times = np.arange(start, start + 4800, 500, dtype=np.int64)
                look = own[face] + 0.3 * chance.normal(size=1252)
                boxes = np.tile(
                    np.array([[0.1 + place / 2, 0.2, 0.2, 0.3]], np.float32), (len(times), 1)
                )
                unit = (look / np.linalg.norm(look)).astype(np.float32)
                tracks.append(Track(shot, times, boxes, unit, 0, len(times)))
            curves = [
                np.clip(gaussian_filter1d(chance.normal(size=500), 5) * 4 + 0.5, 0, None)
                for _ in pair
            ]
            said = np.clip(curves[0] + 0.25 * chance.normal(size=500), 0, None)
            envelope[shot * 500 + 50 : shot * 500 + 350] = said[50:350]
            for place, curve in enumerate(curves):
                moments = np.arange(start, start + 5000, 40, dtype=np.int64)
                opening = (8 * curve[::4]).astype(np.float32)
                still = np.zeros(len(moments), np.float32)
                motions.append(
                    MouthMotion(len(tracks) - 2 + place, moments, opening, still, 5, 0.7)
                )
            turns.append(Span(start + 500, start + 3500))
            voices.append(f"voice {pair[0]}")
            speakers.append(len(tracks) - 2)
        began = time.process_time()
        whose = gathered(tracks, {})
        middle = time.process_time()
        told, _ = speaking(voices, likenesses(turns, motions, envelope, lambda: None), whose)
        end = time.process_time()
        right = np.mean([one.track == who for one, who in zip(told, speakers, strict=True)])
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{length:4} {len(tracks):6} {len(turns):6} {middle - began:7.1f} {end - middle:7.1f} "
            f"{right:7.1%} {most:7.0f}  people {len(set(whose.values()))}",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "what", nargs="*", choices=["accuracy", "watching", "matching", []], default=[]
    )
    parser.add_argument("--minutes", type=int, nargs="+", default=[10, 30, 90])
    parser.add_argument("--times", type=int, nargs="+", default=[1, 3])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        if not asked.what or "matching" in asked.what:
            cost_of_matching(tuple(asked.minutes))
        if not asked.what or "watching" in asked.what:
            cost_of_watching(Path(made), tuple(asked.times))
        if not asked.what or "accuracy" in asked.what:
            accuracy(Path(made))
