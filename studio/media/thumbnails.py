"""Small pictures of the film for a strip, no more exact than the strip can show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from studio.media.frames import Pixels, pictures_at
from studio.media.probe import FilmInfo
from studio.progress import Progress


def thumbnails(
    info: FilmInfo, times: Iterable[int], width: int, progress: Progress
) -> Iterator[tuple[int, Pixels]]:
    """For each film ms asked for, in rising order: that time, and RGB pixels `width` wide or less.

    A picture may be early by half of the least distance between two times, so that a strip of a
    whole film is made of key frames, which are found fast, and a close one is exact.
    Raises MediaError, and Cancelled between two pictures.
    """
    wanted = sorted(set(times))
    early = min((later - one for one, later in pairwise(wanted)), default=0) // 2
    found = pictures_at(info, wanted, width, early)
    for done, time in enumerate(wanted):
        progress(done / len(wanted), "Finding pictures")
        _, pixels = next(found)
        yield time, pixels
