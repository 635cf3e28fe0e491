"""A film whose sound is in step again: every picture packet copied, the sound moved under it.

A sound that is late or early by one and the same time is copied too, with new times. One that
drifts or jumps is read anew at the right places and encoded once. All else in the film goes along.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from studio.errors import ExportError
from studio.media.probe import FilmInfo, SoundStream
from studio.mix.containers import Container, carries, coding, container_for
from studio.mix.files import (
    beside,
    check_folders,
    check_space,
    check_target,
    in_sentences,
    only_export,
    put_in_place,
    sweep,
    sync,
)
from studio.mix.render import CopiedTrack, FilmJob, Track, WarpedTrack, render_film
from studio.mix.shown import NotCopyable, PictureTimes, picture_times
from studio.mix.timemap import TimeMap
from studio.mix.tracks import own_labels
from studio.mix.warp import Slip
from studio.progress import Progress
from studio.times import MS_PER_SECOND

_LOOKING = 0.1  # of the work


def repair(
    info: FilmInfo, slips: Sequence[Slip], target: Path, progress: Progress
) -> tuple[str, ...]:
    """Write the film to `target` with all of its sounds moved by `slips`; the film is untouched.

    slips: in order of time, the first from film time 0. Returns sentences on how it was done and
    on what the container cannot carry. Blocks, in constant memory. Raises ExportError, MediaError.
    """
    target = target.absolute()
    container = check_repair(info, target)
    with in_sentences(target.parent), only_export([target]):
        sweep(target.parent)
        check_space({target: info.size})
        times = _times(info, progress.part(0, _LOOKING))
        tracks = tuple(_track(info, sound, slips, container) for sound in info.sounds)
        job = FilmJob(info, info, times, TimeMap(), container, tracks)
        with beside(target) as part:
            notes = render_film(job, part, progress.part(_LOOKING, 1))
            sync(part)
            progress.check()
            put_in_place(part, target)
    return (*_how(tracks), *notes)


def check_repair(info: FilmInfo, target: Path) -> Container:
    """Raise ExportError where a repair of the film cannot be written to `target`; its container."""
    container = container_for(target)
    check_folders([target])
    check_target(target, info.path)
    if not carries(container, info.picture.codec):
        raise ExportError(
            f"A {container.suffix} file cannot hold the pictures of “{info.path.name}” "
            f"({info.picture.codec}).",
            "A repair copies every picture, so nothing was written.",
            "Choose .mkv, which can hold them.",
        )
    return container


def _times(info: FilmInfo, progress: Progress) -> PictureTimes:
    try:
        return picture_times(info, progress)
    except NotCopyable as reason:
        raise ExportError(
            f"The pictures of “{info.path.name}” cannot be copied, because {reason}.",
            "A repair copies every picture, so nothing was written.",
            "Give the film to the studio in another container, e.g. .mp4 or .mkv.",
        ) from reason


def _track(
    info: FilmInfo, sound: SoundStream, slips: Sequence[Slip], container: Container
) -> Track:
    labels = own_labels(sound, default=sound.default)
    constant = len(slips) == 1 and slips[0].drift == 0
    if constant and carries(container, sound.codec):
        late = Fraction(slips[0].late).limit_denominator(1_000_000) / MS_PER_SECOND
        return CopiedTrack(sound, labels, late)
    form = coding(container, sound.layout, sound.sample_rate, sound.bit_rate)
    return WarpedTrack(sound, tuple(slips), info.duration, form, labels)


def _how(tracks: Sequence[Track]) -> tuple[str, ...]:
    made = [track for track in tracks if isinstance(track, WarpedTrack)]
    if not made:
        return ("Every packet of picture and sound was copied; only times changed.",)
    return ("Every picture was copied; the sound was moved and encoded once.",)
