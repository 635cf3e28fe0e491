"""The picture in output time: the film, or its small copy, cut where it waits.

mpv plays an edit list (EDL). Each of its cuts names a stretch of a file; a hold is a stretch of a
second file that holds nothing but the pictures at which the film waits, each as often as it is
shown. A single still would not do: a seek into it would land at its end.

Until its copy is made, a film without an index (.ts, .mpg) shows wrong pictures after a hold, up to
its next key frame: mpv cannot begin a cut anywhere else in it.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from fractions import Fraction

from studio.media.ffmpeg import open_media
from studio.media.probe import FilmInfo
from studio.mix.timemap import TimeMap

_EARLY = Fraction(1, 20)  # of a frame: cuts lie so much before a frame's start, clear of rounding
_NANO = 10**9

FIRST_SLOT = 1
"""Held pictures begin with a spare one, so that the first cut into them can begin early."""


@dataclass(frozen=True)
class Reel:
    """A file whose pictures are those of the film.

    rate: frames a second. sounds: how many sound tracks it has, those nobody can decode included.
    """

    info: FilmInfo
    rate: Fraction
    sounds: int


def reel_of(info: FilmInfo, rate: Fraction) -> Reel:
    """The film, or a copy of it, as a reel. Raises MediaError."""
    with open_media(info.path) as container:
        return Reel(info, rate, len(container.streams.audio))


def edit_list(reel: Reel, times: TimeMap, end: Fraction, held: str) -> str:
    """What mpv opens to show the film with its holds. end: film seconds. held: `HeldPictures`.

    Every frame begins to be shown exactly when the time map says.
    """
    early = _EARLY / reel.rate
    film = str(reel.info.path.absolute())
    zero = reel.info.picture.start
    cuts: list[str] = []

    def cut(file: str, start: Fraction, length: Fraction) -> None:
        if cuts:
            start -= early
        else:  # there is nothing before the first frame: the cut is shorter instead
            length -= early
        cuts.append(f"%{len(os.fsencode(file))}%{file},{_decimal(start)},{_decimal(length)}")

    position, slot = Fraction(0), FIRST_SLOT
    for hold in times.holds:
        if hold.at > position:
            cut(film, zero + _nearest(position, reel), hold.at - position)
        cut(held, slot / reel.rate, hold.length)
        position = hold.at
        slot += frames_in(hold.length, reel.rate)
    if end > position:
        cut(film, zero + _nearest(position, reel), end - position)
    return "edl://" + ";".join(["!no_chapters", *cuts])


def _decimal(seconds: Fraction) -> str:
    """Rounded down to a nanosecond: a cut that began later would lose its first frame."""
    return f"{math.floor(seconds * _NANO) / _NANO:.9f}"


def _nearest(at: Fraction, reel: Reel) -> Fraction:
    """When the frame at film time `at` starts in the reel; a copy's frames lie on its grid."""
    if reel.info.picture.variable:
        return at
    return round(at * reel.rate) / reel.rate


def frames_in(length: Fraction, rate: Fraction) -> int:
    """How many frames a hold of `length` seconds lasts."""
    return max(1, round(length * rate))
