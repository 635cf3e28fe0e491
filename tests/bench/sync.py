"""How often sync is measured, how well, and how often a number is wrong; prints.

    python -m tests.bench.sync [--films COUNT] [--seed SEED] [--jobs COUNT] [--voices FOLDER]
                               [KIND ...]

Takes films of mouths only (`tests.make_talk`), COUNT of each kind, from SEED on. In films of "talk"
mouths say what is heard; in all others they do not, and a number is false whatever it says. Shares
stand with their 95 % bounds (Clopper and Pearson, 1934). --voices: recordings of speech to take
beside the made voices.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from scipy.stats import beta

from studio import engines
from studio.analysis.sync import METER, judged
from studio.instep import late_at
from studio.progress import unwatched
from tests.make_music import TUNES, tune
from tests.make_talk import LENGTHS, LOUDNESSES, OTHER, TALKING, film, song, voice, voices

_FINE, _WORST = 20, 40  # ms
_SIGN = 40.0  # ms; what is less is in step, about


@dataclass(frozen=True)
class Tried:
    """What was told of a film. off: ms from what was made; None: no number. talk, snr: see Film.

    certain: whether it was told as certain. late: ms, as made. drift: ppm that were told, none
    being made. spent: s of processor time.
    """

    kind: str
    seed: int
    talk: float
    snr: float | None
    late: float
    off: float | None
    certain: bool
    drift: float
    spent: float


def tried(place: tuple[str, int], folder: Path | None) -> Tried:
    """Make one film and measure it."""
    kind, seed = place
    made = film(kind, seed, folder=folder)
    began = time.process_time()
    found = judged(made.mouths, made.length, engines.open("sync-meter", METER), unwatched())
    spent = time.process_time() - began
    off = late_at(found.stretches, made.length / 2) - made.late if found.stretches else None
    drift = found.drift or 0.0
    return Tried(kind, seed, made.talk, made.snr, made.late, off, found.certain, drift, spent)


def share(count: int, of: int) -> str:
    """A share with its bounds."""
    low = float(beta.ppf(0.025, count, of - count + 1)) if count else 0.0
    high = float(beta.ppf(0.975, count + 1, of - count)) if count < of else 1.0
    return f"{count}/{of} = {count / of:.1%} ({low:.1%} to {high:.1%})"


def _say_talk(tries: Sequence[Tried]) -> None:
    got = [(one, one.off) for one in tries if one.off is not None]
    off = np.abs([off for _, off in got])
    print(f"talk: measured {share(len(got), len(tries))}")
    if not got:
        return
    print(f"  told as certain: {share(sum(one.certain for one, _ in got), len(tries))}")
    for most in (_FINE, _WORST):
        print(f"  within {most} ms: {share(int((off <= most).sum()), len(got))}")
    turned = sum(abs(one.late) > _SIGN and one.late * (one.late + o) < 0 for one, o in got)
    print(
        f"  median {np.median(off):.1f} ms, worst {off.max():.1f} ms, wrong sign {turned}, ", end=""
    )
    print(f"told of a drift {sum(one.drift != 0 for one, _ in got)}")
    for snr in LOUDNESSES:
        print("  no music: " if snr is None else f"  {snr:.0f} dB over music: ", end="")
        for talk in LENGTHS:
            cell = [one for one in tries if (one.snr, one.talk) == (snr, talk)]
            print(f"{talk} s {sum(o.off is not None for o in cell)}/{len(cell)}", end="  ")
        print()


def main() -> None:
    """Read the command line, try, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", default=[*TALKING, *OTHER], metavar="KIND")
    parser.add_argument("--films", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--voices", type=Path)
    given = parser.parse_args()
    for number in range(voices(given.voices)):  # once, before the jobs are forked
        voice(number, given.voices)
    for number in range(TUNES):
        song(number)
        tune(number)
    places = [(kind, given.seed + n) for n in range(given.films) for kind in given.kinds]
    with multiprocessing.get_context("fork").Pool(given.jobs) as pool:
        tries = pool.map(partial(tried, folder=given.voices), places, chunksize=4)
    talk = [one for one in tries if one.kind in TALKING]
    if talk:
        _say_talk(talk)
    other = [one for one in tries if one.kind not in TALKING]
    if other:
        print(f"false numbers: {share(sum(one.off is not None for one in other), len(other))}")
        print(f"  told as certain: {share(sum(one.certain for one in other), len(other))}")
    for kind in (kind for kind in given.kinds if kind not in TALKING):
        cell = [one for one in other if one.kind == kind]
        false = [one for one in cell if one.off is not None]
        where = "  ".join(
            f"seed {one.seed}: {one.off:+.0f} ms{', certain' * one.certain}" for one in false
        )
        print(f"  {kind}: {share(len(false), len(cell))}  {where}")
    print(f"{np.mean([one.spent for one in tries]):.2f} s of processor time a film")


if __name__ == "__main__":
    main()
