"""How well a sync-meter learns from made faces: `python -m tests.bench.learned FOLDER`.

Three tables: the training's processor time and its own report; the errors of single clips of heads,
voices, words and frame rates it never saw, beside the meter “correlation” and always answering
zero; and the verdicts on made films of eight mouths each, of talk with a shift and of mouths that
say something else. FOLDER keeps the clips for the next time.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from studio import engines
from studio.analysis.sync import Mouth, judged
from studio.engines import SyncMeter, TalkingMouth, Timbre
from studio.instep import late_at
from studio.progress import unwatched
from studio.tuning import clips, sync
from studio.tuning.clips import Film
from tests import make_lips

_MOUTHS = 8  # of a made film


def made(folder: Path, name: str, setting: make_lips.Setting, count: int) -> list[Film]:
    """`count` films of one clip each, from the folder where they were made before."""
    folder.mkdir(parents=True, exist_ok=True)
    films = []
    for number in range(count):
        key = f"{name}{number:04}"
        film = clips.kept(folder, key)
        if film is None:
            seed = number if setting is make_lips.TAUGHT else 100_000 + number
            film = clips.put(folder, key, key, key, 1, [make_lips.clip(seed, setting)], [])
        films.append(film)
    return films


def film_of(mouths: list[TalkingMouth], late: int, *, unrelated: bool) -> tuple[list[Mouth], int]:
    """Mouths one after the other, their sound `late` ms late or another's; and the film's ms."""
    heard = mouths[1:] + mouths[:1] if unrelated else mouths
    rows = [one.timbre.rows for one in heard if one.timbre is not None]
    loudness = np.concatenate([one.loudness for one in heard])
    timbre = Timbre(np.concatenate(rows))
    found, begin = [], 0
    for one, sound in zip(mouths, heard, strict=True):
        seen = replace(
            one, times=one.times + begin, loudness=loudness, heard_from=late, timbre=timbre
        )
        found.append(Mouth(seen, float(one.opening.std())))
        begin += 10 * len(sound.loudness)
    return found, begin


def verdicts(meter: SyncMeter, held: list[TalkingMouth], films: int) -> str:
    """How made films of talk and of something else are judged."""
    right, wrong, silent, errors = 0, 0, 0, []
    for number in range(films):
        lot = np.random.default_rng(number)
        chosen = [held[at] for at in lot.permutation(len(held))[:_MOUTHS]]
        late = int(lot.integers(-100, 101)) * 10
        mouths, length = film_of(chosen, late, unrelated=False)
        found = judged(mouths, length, meter, unwatched())
        if found.stretches:
            errors.append(abs(late_at(found.stretches, length / 2) - late))
            right += errors[-1] <= 40
        mouths, length = film_of(chosen, late, unrelated=True)
        other = judged(mouths, length, meter, unwatched())
        wrong += bool(other.stretches)
        silent += not other.stretches
    worst = max(errors, default=float("nan"))
    return (
        f"talk: {len(errors)}/{films} measured, {right} within 40 ms, worst {worst:.0f} ms; "
        f"something else: {silent}/{films} not measured, {wrong} wrong numbers"
    )


def main() -> None:
    """Make, learn, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--films", type=int, default=24)
    given = parser.parse_args()
    began = time.process_time()
    taught = made(given.folder / "made", "taught", make_lips.TAUGHT, given.clips)
    held = made(given.folder / "made", "held", make_lips.HELD_BACK, given.clips // 5)
    print(f"made in {time.process_time() - began:.0f} s of processor time", flush=True)
    began, out = time.process_time(), given.folder / "meter.safetensors"
    correlation = engines.open("sync-meter", "correlation")
    recipe = sync.Recipe(rounds=given.rounds)
    learned = sync.teach(taught, out, correlation, "2026-01-31", unwatched(), recipe)
    print(f"learned in {time.process_time() - began:.1f} s of processor time", *learned.told)
    print(learned.report["loss"], learned.report["tested"], flush=True)
    trials = sync._trials([one for film in held for one in film.clips], 1)
    print("zero", sync.scored([float(shift) for _, shift in trials]))
    mouths = [clips.load(one.file) for film in held for one in film.clips]
    for name in (f"learned:{out}", "correlation"):
        meter = engines.open("sync-meter", name)
        errors = sync.off(meter, trials, lambda: None)
        print(name, sync.scored(errors), f"middle {np.median(errors):.0f} ms", flush=True)
        began = time.process_time()
        told = verdicts(meter, mouths, given.films)
        print(f"  {told}; {time.process_time() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
