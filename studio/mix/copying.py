"""New times for packets that are copied: the picture with its holds, and everything beside it.

A picture is never touched: a hold moves every packet whose picture is shown after it, and the
picture before it lasts longer. Packets lie in decoding order, not in order of presentation
(B-frames, open GOPs), so each is moved by what lies before its *presentation* time. Its decoding
time is moved by the least move among the packets from it to the end of the film: then decoding
times still rise, and still lie at or before every presentation time they must not pass.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

import numpy as np

from studio.mix.shown import PictureTimes, Ticks
from studio.mix.timemap import Hold, TimeMap
from studio.script.model import Placement
from studio.times import MS_PER_SECOND, frames_for

Wait = tuple[int, int]
"""Where the film waits (film ms) and for how long (ms), as planned."""

NONE_KNOWN: Mapping[Wait, Hold] = MappingProxyType({})

_FINEST_BASE = 10_000_000  # ticks a second; MP4 keeps 32 bits, and players like it small
_ROUNDING = Fraction(1, MS_PER_SECOND)  # containers that count in ms put a frame up to 1 ms late


@dataclass(frozen=True)
class CopiedTimes:
    """The times picture packets are written with, in file order, in ticks of `base` seconds."""

    base: Fraction
    pts: Ticks
    dts: Ticks
    duration: Ticks


# --- holds ----------------------------------------------------------------------------------------


def holds(
    placements: Sequence[Placement], times: PictureTimes, known: Mapping[Wait, Hold] = NONE_KNOWN
) -> TimeMap:
    """Where the film waits for the placements: on the starts of its real frames.

    The frame before which it waits is the last that starts at or before `freeze_at`, never the
    first; where there is none, it waits at the film's end. A hold lasts whole frames. known: holds
    of the same film that were found before; they are taken over.
    """
    wanted = waits(placements)
    new = {wait: _hold(wait, times) for wait in wanted if wait not in known}
    return TimeMap(tuple(new[wait] if wait in new else known[wait] for wait in wanted))


def _hold(wait: Wait, times: PictureTimes) -> Hold:
    freeze_at, freeze = wait
    limit = Fraction(freeze_at, MS_PER_SECOND) + _ROUNDING
    shown = times.shown
    frame = max(1, bisect_right(shown, math.floor(limit / times.base)) - 1)
    at = int(shown[frame]) * times.base if frame < len(shown) else times.end
    return Hold(at, frames_for(freeze, times.rate) / times.rate)


def waits(placements: Sequence[Placement]) -> tuple[Wait, ...]:
    """Where the film waits for the placements and how long, as planned, in order."""
    return tuple((one.freeze_at, one.freeze) for one in freezing(placements))


def freezing(placements: Sequence[Placement]) -> Sequence[Placement]:
    """Those of the placements for which the film waits, in the order in which it does."""
    waiting = [one for one in placements if one.clip is not None and one.freeze > 0]
    return sorted(waiting, key=lambda one: (one.freeze_at, one.start))


def output_base(base: Fraction, rate: Fraction) -> Fraction:
    """A tick that divides both the film's tick and its frames, so that nothing is rounded.

    Where that is finer than containers allow, the film's own: each time is then rounded once.
    """
    wanted = math.lcm(base.denominator, rate.numerator)
    return Fraction(1, wanted if wanted <= _FINEST_BASE else min(base.denominator, _FINEST_BASE))


def with_holds(times: PictureTimes, time_map: TimeMap) -> CopiedTimes:
    """The times of the film's picture packets once the film waits where `time_map` says."""
    base = output_base(times.base, times.rate)
    at = np.array([math.ceil(hold.at / times.base) for hold in time_map.holds], np.int64)
    waits = np.array([round(wait / base) for wait in time_map.waits], np.int64)

    def moved(ticks: Ticks, by: Ticks) -> Ticks:
        return _rescaled(ticks, times.base, base) + waits[np.searchsorted(at, by, side="right")]

    pts = moved(times.pts, times.pts)
    still_to_come = np.minimum.accumulate(times.pts[::-1])[::-1]
    dts = moved(times.dts, still_to_come)
    order = np.argsort(pts, kind="stable")
    end = round(time_map.output(times.end) / base)
    duration = np.empty_like(pts)
    duration[order] = np.diff(pts[order], append=end)
    return CopiedTimes(base, pts, dts, duration)


def _rescaled(ticks: Ticks, base: Fraction, to: Fraction) -> Ticks:
    """Ticks of one length as ticks of another, rounded down."""
    scale = base / to
    return ticks * scale.numerator // scale.denominator
