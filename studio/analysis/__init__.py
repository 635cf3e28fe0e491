"""WHAT IS THERE: scenes, speech and the gaps between it, found in one pass over the film.

    analyse ── one decode of the picture: cuts (scenes), statistics and thumbnails (statistics)
            ├─ one decode of the sound beside it: speech (dialogue, silero), loudness, peaks (sound)
            └─ gaps: what speech leaves free

What the pass found is kept in the cache (cache), so a film is decoded once.

Who is in the picture and who speaks costs a second look, only taken when asked for:

    people ── watching: faces through each shot (faces, looks) and how their mouths move (mouths)
           └─ matching: mouths held against the voice's loudness (envelope), turn by turn

The same second look serves the question whether picture and sound are in step:

    sync ── slips: the line through what each mouth tells
    clips ─ what a sync-meter learns from: mouths with the flow of their lips, and the timbre
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from studio.analysis import cache
from studio.analysis.gaps import gaps
from studio.analysis.scenes import CutFinder, scenes
from studio.analysis.sound import SILENT, Heard, listen
from studio.analysis.statistics import PictureStatistics, Sampler
from studio.media.frames import pictures
from studio.media.probe import FilmInfo
from studio.progress import Cancelled, Progress
from studio.script.model import Gap
from studio.settings import Settings
from studio.times import Span

__all__ = ["Analysis", "analyse", "statistics_of"]

_WIDTH = 256
"""Pixels; the width of the pictures that cuts are found in, see design.md, section 9."""


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What is in a film. Times are film ms.

    scenes: tile the film. speech, gaps: in order. loudness: LUFS of the speech, of the whole sound
    where nobody speaks, None without sound.
    """

    scenes: tuple[Span, ...]
    speech: tuple[Span, ...]
    gaps: tuple[Gap, ...]
    loudness: float | None
    statistics: PictureStatistics


def analyse(info: FilmInfo, settings: Settings, progress: Progress) -> Analysis:
    """Find scenes, speech and gaps; decodes the film unless that was done before.

    Blocks and uses all cores; memory does not grow with the film but for the results, some 10 MB
    an hour. Raises MediaError, and Cancelled within a second.
    """
    found = _found(info, progress)
    return Analysis(
        scenes=scenes(found.cuts, info.duration),
        speech=found.speech,
        gaps=gaps(found.speech, info.duration, settings),
        loudness=found.loudness,
        statistics=found.statistics,
    )


def statistics_of(info: FilmInfo, progress: Progress) -> PictureStatistics:
    """Picture statistics, thumbnails and peaks of a film; made again where the cache lacks them."""
    return _found(info, progress).statistics


def _found(info: FilmInfo, progress: Progress) -> cache.Found:
    kept = cache.load(info)
    if kept is None:
        kept = _look_and_listen(info, progress)
        cache.save(info, kept)
    progress(1.0)
    return kept


def _look_and_listen(info: FilmInfo, progress: Progress) -> cache.Found:
    """Decode the sound on a second thread while the picture is decoded on this one."""
    stop = threading.Event()

    def check() -> None:
        progress.check()
        if stop.is_set():
            raise Cancelled

    with ThreadPoolExecutor(1, "sound") as pool:
        sound = info.sound
        hearing = None if sound is None else pool.submit(listen, info, sound, check)
        try:
            cuts, sampler = _look(info, hearing, progress)
        except BaseException:
            stop.set()  # the pool waits for its thread before this goes on
            raise
        heard = SILENT if hearing is None else hearing.result()
    return cache.Found(
        cuts=cuts,
        speech=heard.speech,
        loudness=heard.loudness,
        statistics=sampler.statistics(heard.peaks),
    )


def _look(
    info: FilmInfo, hearing: Future[Heard] | None, progress: Progress
) -> tuple[tuple[int, ...], Sampler]:
    """Show every picture to those who want to see it."""
    finder, sampler = CutFinder(info.picture.rate), Sampler()
    for picture in pictures(info, _WIDTH, progress):
        finder.look(picture)
        sampler.look(picture)
        if hearing is not None and hearing.done():
            hearing.result()  # a sound that cannot be read ends the pass now, not in an hour
    return finder.cuts(), sampler
