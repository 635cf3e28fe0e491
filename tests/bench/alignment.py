"""How exactly a plain text finds its times in made speech, and whether a wrong one is refused.

    python tests/bench/alignment.py known      every setting, films that numbers were fitted on
    python tests/bench/alignment.py            every setting, films that none was fitted on
    python tests/bench/alignment.py pace       seconds and megabytes at 10, 30 and 90 minutes

A film is forty sentences by voices of flite, each at a tempo of its own, with pauses and music as
its setting has them; the reference is espeak-ng's voice. A seed is a film. Numbers of the alignment
may be fitted on the known seeds; the others have other sentences, orders and pauses.
Aims, per setting: median <= 50 ms, 95 % <= 150 ms, every right text taken and no shuffled one.
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from studio.analysis import align
from studio.analysis.cepstra import RATE, Floats, mel_of
from studio.analysis.dialogue import SpeechFinder
from studio.progress import unwatched
from studio.times import Span
from tests import make_media
from tests.bench.voices import TEXTS as BENCH_TEXTS
from tests.media.test_align import OTHERS, TEXTS, flite

SENTENCES = (
    *TEXTS, *OTHERS, *BENCH_TEXTS,
    "Why?", "Not now.", "Tired?", "Get up, it is not safe here.", "Let's go.", "You will see.",
    "No, nothing at all.", "Follow me!", "Good.", "And then what?", "I do not think so. Do you?",
    "Listen. Listen to the wind.", "Hurry!", "What do you see on your left?",
)  # fmt: skip
LINES = 40
KNOWN, FRESH = (0, 1, 2, 3), (4, 5, 6)


@dataclass(frozen=True)
class Setting:
    """voices: in turn. pauses: ms from and to. music: dB beside the voice; None for none."""

    name: str
    voices: tuple[str, ...]
    tempos: tuple[float, ...]
    pauses: tuple[int, int] = (150, 2500)
    music: float | None = None


SETTINGS = (
    Setting("another voice", ("rms",), (1.0,)),
    Setting("slow", ("rms",), (0.8,)),
    Setting("quick", ("slt",), (1.3,)),
    Setting("three voices", ("rms", "slt", "awb"), (0.8, 1.0, 1.3)),
    Setting("three, music -12 dB", ("rms", "slt", "awb"), (0.8, 1.0, 1.3), music=-12),
    Setting("music -6 dB", ("rms",), (1.1,), music=-6),
    Setting("short pauses", ("rms", "slt"), (0.8, 1.0, 1.3), (20, 300)),
    Setting("short pauses, music", ("slt",), (0.8, 1.0, 1.3), (50, 500), -10),
)


@dataclass(frozen=True, eq=False)
class Film:
    """texts: in order. said: when, ms. speech: where the studio hears it. mel: see cepstra."""

    texts: tuple[str, ...]
    said: tuple[Span, ...]
    speech: tuple[Span, ...]
    mel: Floats


@cache
def voice(text: str, name: str, tempo: float) -> NDArray[np.float64]:
    """A sentence at RATE, as loud as every other."""
    return flite(text, name, tempo)


@cache
def film(setting: Setting, seed: int) -> Film:
    """The film of a setting and a seed."""
    draw = np.random.default_rng([seed, *setting.name.encode()])
    texts = tuple(SENTENCES[number] for number in draw.permutation(len(SENTENCES))[:LINES])
    said, pieces, at = [], [np.zeros(RATE)], RATE
    for number, text in enumerate(texts):
        tempo = float(draw.choice(setting.tempos))
        one = voice(text, setting.voices[number % len(setting.voices)], tempo)
        pause = int(draw.uniform(*setting.pauses) * RATE / 1000)
        said.append(Span(at * 1000 // RATE, (at + len(one)) * 1000 // RATE))
        pieces += [one, np.zeros(pause)]
        at += len(one) + pause
    sound = np.concatenate([*pieces, np.zeros(RATE)])
    sound += draw.normal(0, 1e-4, len(sound))
    if setting.music is not None:
        tune = make_media._music(0, len(sound), RATE, 1)
        sound += tune * 0.1 * 10 ** (setting.music / 20) / np.sqrt((tune**2).mean())
    samples = np.clip(sound, -1, 1).astype(np.float32)
    finder = SpeechFinder()
    finder.feed(samples[np.newaxis])
    return Film(texts, tuple(said), finder.speech(), mel_of(samples))


@cache
def reference(text: str) -> Floats:
    """The sentence as the alignment has it said."""
    return align._reference([text], "en", unwatched())[0]


def off(one: Film, found: tuple[Span | None, ...]) -> NDArray[np.float64]:
    """How far each beginning and end lies from where it should, ms; a line not placed, 10 s."""
    pairs = [
        (abs(got.start - true.start), abs(got.end - true.end)) if got else (10_000, 10_000)
        for true, got in zip(one.said, found, strict=True)
    ]
    return np.array(pairs, np.float64).ravel()


def exactness(seeds: tuple[int, ...]) -> None:
    """Print each setting's errors, how often its own text is taken and a shuffled one refused."""
    everything = []
    for setting in SETTINGS:
        errors, taken, refused = [], 0, 0
        for seed in seeds:
            one = film(setting, seed)
            spoken = [reference(text) for text in one.texts]
            found = align.placed(one.mel, one.speech, spoken, unwatched())
            taken += found is not None
            if found is not None:
                errors.append(off(one, found))
            order = np.random.default_rng(seed).permutation(LINES)
            shuffled = [spoken[number] for number in order]
            refused += align.placed(one.mel, one.speech, shuffled, unwatched()) is None
        own = np.concatenate(errors) if errors else np.full(1, np.nan)
        everything.append(own)
        print(
            f"{setting.name:20} median {np.median(own):4.0f} ms, 90 % {np.percentile(own, 90):4.0f}"
            f", 95 % {np.percentile(own, 95):4.0f}; taken {taken}, refused {refused}"
            f" of {len(seeds)}",
            flush=True,
        )


def pace() -> None:
    """Print seconds of this core and the peak of memory at three lengths, in this process."""
    setting = Setting("three voices", ("rms", "slt", "awb"), (0.8, 1.0, 1.3))
    one = film(setting, 0)
    spoken = [reference(text) for text in one.texts]
    length = len(one.mel) * 10
    for minutes in (10, 30, 90):
        times = minutes * 60_000 // length
        mel = np.tile(one.mel, (times, 1))
        speech = [
            Span(talk.start + number * length, talk.end + number * length)
            for number in range(times)
            for talk in one.speech
        ]
        begin = time.process_time()
        found = align.placed(mel, speech, spoken * times, unwatched())
        used = time.process_time() - begin
        missing = "refused" if found is None else f"{sum(one is None for one in found)} not placed"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{minutes:3} min: {used:5.1f} s, {peak:.0f} MB; {missing}", flush=True)


def main() -> None:
    """What the first argument asks for."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    if asked == "pace":
        pace()
    else:
        exactness({"known": KNOWN, "": FRESH}[asked])


if __name__ == "__main__":
    main()
