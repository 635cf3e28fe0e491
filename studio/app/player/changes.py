"""Where two mixes differ, so that an edit far from the playhead disturbs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from studio.mix.mixer import Dip, MixPlan, PlacedClip

_LOCAL = ("clips", "ducks")  # what differs in these differs where they lie; all else everywhere


def sounds_alike(old: MixPlan, new: MixPlan, begin: int, end: int) -> bool:
    """Whether both plans give the same samples in [begin, end), as far as plans can tell."""
    for field in fields(MixPlan):
        if field.name not in _LOCAL and getattr(old, field.name) != getattr(new, field.name):
            return False
    return not any(
        start < end and stop > begin
        for start, stop in (*_clips(old.clips, new.clips), *_dips(old.ducks, new.ducks))
    )


def _clips(old: Sequence[PlacedClip], new: Sequence[PlacedClip]) -> Iterator[tuple[int, int]]:
    """The samples of clips that only one of them has."""
    for clip in set(old) ^ set(new):
        yield clip.start, clip.start + clip.count


def _dips(old: Sequence[Dip], new: Sequence[Dip]) -> Iterator[tuple[int, int]]:
    for dip in set(old) ^ set(new):
        yield dip.begin - dip.fade_in, dip.end + dip.fade_out
