"""How long the checks take for a long film, at first and after a word was typed; prints.

    python -m tests.bench.checks [CUES] [SCRIPT.vtt]

The texts are those of the script, with numbers in them so that no two are alike, or made ones.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import time
from fractions import Fraction
from pathlib import Path

from studio.checking import read_entries
from studio.script import checks, edits, styles
from studio.script.model import Clip, Cue, Draft, Film, Gap, Person, Project, Version
from studio.speech import fit
from studio.times import Span

_APART = 7000  # ms from one cue to the next
_MADE = (
    "A man in a long coat crosses the road and stops before house {number}.",
    "She puts the {number} letters into a drawer, locks it and pockets the key.",
    "Anna climbs the stairs to the roof, where {number} pigeons sit on a wire.",
    "Rain runs down the window. Behind it {number} people wait, their eyes closed.",
)


def main(count: int, script: Path | None) -> None:
    """Measure and print."""
    project = _project(count, script)
    style = styles.load("neutral")
    placements = fit.plan(project, "en")
    begun, worked = time.perf_counter(), time.process_time()
    found = checks.check(project, "en", placements, style)
    print(
        f"{count} cues, first: {(time.perf_counter() - begun) * 1000:.0f} ms "
        f"({(time.process_time() - worked) * 1000:.0f} ms of work), {len(found)} issues"
    )
    took = []
    for number, cue in enumerate(itertools.islice(itertools.cycle(project.cues), 40)):
        project = edits.set_text(project, cue.id, "en", f"She turns {number} and goes on writing.")
        placements = fit.plan(project, "en")
        begun = time.perf_counter()
        checks.check(project, "en", placements, style)
        took.append((time.perf_counter() - begun) * 1000)
    print(f"after an edit: median {statistics.median(took):.0f} ms, worst {max(took):.0f} ms")


def _project(count: int, script: Path | None) -> Project:
    texts = [entry.text for entry in read_entries(script)] if script else _MADE
    cues, speech, gaps = [], [], []
    for number in range(count):
        start = number * _APART + 500
        text = texts[number % len(texts)].replace("{number}", str(number))
        if script:
            text = f"{text} {number}"
        clip = Clip(f"{number:032x}", 4000, "flite", "rms", 1.0)
        draft = Draft("en", text, "evidence", (f"text 0.93 at 0:01.000: House {number}",))
        version = Version("en", text, clip)
        cues.append(Cue(f"c{number + 1}", start, start + 4500, (version,), (draft,)))
        gaps.append(Gap(start, start + 4500))
        speech.append(Span(start + 5000, start + 6300))
    film = Film("film.mp4", 1, "f", count * _APART, 1920, 1080, Fraction(25), -23.0)
    people = (
        Person("anna", "Anna", 0),
        Person("maximilian", "Maximilian Berg", 60_000),
        Person("jean", "Jean-Luc"),
    )
    return Project(film, (), tuple(speech), tuple(gaps), tuple(cues), people=people)


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 1500,
        Path(sys.argv[2]) if len(sys.argv) > 2 else None,
    )
