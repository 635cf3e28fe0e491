"""The sound of one bed as a file of its own."""

from __future__ import annotations

from pathlib import Path

from studio.mix.arrange import factor, samples
from studio.mix.bedding import BED_RATE, PlacedBed
from studio.mix.bedsound import sound_file
from studio.mix.files import beside, in_sentences, put_in_place
from studio.mix.mixer import MixPlan
from studio.mix.stem import write_stem
from studio.progress import Progress
from studio.script.model import Bed


def write_bed(bed: Bed, target: Path, progress: Progress) -> None:
    """Write a bed whose sound is kept to `target` as a 24-bit WAV, with its gain and fades.

    Whole or not at all, in constant memory. Raises ExportError and MediaError.
    """
    count = samples(bed.end - bed.start, BED_RATE)
    placed = PlacedBed(
        start=0,
        count=count,
        file=sound_file(bed),
        frames=count,
        content="",
        gain=factor(bed.gain),
        fade_in=samples(bed.fade_in, BED_RATE),
        fade_out=samples(bed.fade_out, BED_RATE),
        loop=bed.loop,
    )
    plan = MixPlan(
        BED_RATE, count, voice=(0.0, 0.0), beds=(placed,), sides=((1.0, 0.0), (0.0, 1.0))
    )
    with in_sentences(target.parent), beside(target) as part:
        write_stem(plan, None, part, progress, "Writing the bed")
        put_in_place(part, target)
