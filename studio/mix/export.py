"""The deliveries of a project: whole files under their final names, or nothing at all.

Every file is written beside its final name and all are renamed together at the end, so a name
that is there is a delivery that is complete, and a cancelled or failed export leaves none.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av

from studio.errors import ExportError
from studio.media.probe import FilmInfo, SoundStream, probe
from studio.mix.aac import FRAME
from studio.mix.arrange import mix_plan, placed_clips
from studio.mix.containers import Coding, Container, carries, coding, container_for
from studio.mix.copying import NotCopyable, PictureTimes, even_times, holds, read_picture_times
from studio.mix.encode import encode_picture
from studio.mix.mixer import MixPlan
from studio.mix.render import (
    CopiedTrack,
    FilmJob,
    Labels,
    MixedTrack,
    SplicedTrack,
    Track,
    render_film,
)
from studio.mix.splice import NotSpliceable, PacketSound, read_packet_sound
from studio.mix.stem import RATE as STEM_RATE
from studio.mix.stem import stem_bytes, write_stem
from studio.mix.timemap import TimeMap
from studio.progress import Progress
from studio.script.model import Placement, Project

DeliveryName = Literal["film", "track", "stem"]
DELIVERY_NAMES: tuple[DeliveryName, ...] = ("film", "track", "stem")
PictureKind = Literal["copied", "encoded"]
SoundKind = Literal["copied", "spliced", "encoded"]

TITLE = "Audio description"
_SPARE_BYTES = 32 << 20  # what containers add, and room for others on the same disk


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file that was made.

    timeline: its times are output times, freezes included. picture: whether its pictures are the
    film's own, bit for bit, or were encoded anew. notes: sentences on what was left out or done
    differently, and why.
    """

    name: DeliveryName
    path: Path
    timeline: Literal["output"]
    picture: PictureKind
    sound: SoundKind
    notes: tuple[str, ...] = ()


def deliver(
    project: Project,
    info: FilmInfo,
    language: str,
    placements: Sequence[Placement],
    clip_files: Mapping[str, Path],
    wanted: Mapping[DeliveryName, Path],
    progress: Progress,
) -> tuple[Delivery, ...]:
    """Make the wanted deliveries of one language version, each under its path.

    placements: from speech.fit.plan. clip_files: the clip's file of each placed cue, at CLIP_LEVEL.
    Existing files are replaced, save the film itself. Blocks, in constant memory; threads of its
    own have ended when it returns or raises. Raises ExportError and MediaError.
    """
    targets = {name: path.absolute() for name, path in wanted.items()}
    containers: dict[DeliveryName, Container] = {
        name: container_for(path) for name, path in targets.items() if name != "stem"
    }
    _check_targets(info, targets)
    with _in_sentences(targets), contextlib.ExitStack() as stack:
        parts = {name: stack.enter_context(_part(path)) for name, path in targets.items()}
        folder = next((path.parent for name, path in targets.items() if name != "stem"), None)
        pictures = _pictures(info, set(containers.values()), folder, stack, progress.part(0, 0.3))
        works = []
        for name in targets:
            container = containers.get(name)
            picture = pictures[container]
            time_map = holds(placements, picture.times)
            works.append(
                _Work(name, project, info, language, tuple(placements), dict(clip_files),
                      container, picture, time_map)
            )  # fmt: skip
        _check_space(targets, {work.name: work.size() for work in works})
        made = []
        for number, work in enumerate(works):
            start, end = (0.3 + 0.7 * (number + step) / len(works) for step in (0, 1))
            sound, notes = work.write(parts[work.name], progress.part(start, end))
            path, kind = targets[work.name], work.picture.kind
            notes = (*work.picture.notes, *notes)
            made.append(Delivery(work.name, path, "output", kind, sound, notes))
        for name in targets:
            _sync(parts[name])
        progress(1.0)
        for name, path in targets.items():
            parts[name].replace(path)
    return tuple(made)


# --- the picture ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Picture:
    """Where a delivery's picture comes from: the film, or a file it was encoded to."""

    info: FilmInfo
    times: PictureTimes
    kind: PictureKind = "copied"
    notes: tuple[str, ...] = ()


def _pictures(
    info: FilmInfo,
    containers: set[Container],
    folder: Path | None,
    stack: contextlib.ExitStack,
    progress: Progress,
) -> dict[Container | None, _Picture]:
    """The picture for each container, and (None) for the description alone.

    The picture is encoded at most once, to a file in `folder` that goes when `stack` is left.
    """
    why: dict[Container, str] = {}
    try:
        own = _Picture(info, read_picture_times(info, progress.part(0, 0.2)))
    except NotCopyable as refusal:
        own = _Picture(info, even_times(info))
        why = dict.fromkeys(containers, str(refusal))
    for container in containers:
        if not carries(container, info.picture.codec):
            why[container] = f"{container.suffix} cannot carry {info.picture.codec}"
    if not why or folder is None:
        return dict.fromkeys([*containers, None], own)
    for container, reason in why.items():
        if not carries(container, "h264"):
            raise ExportError(
                f"The pictures of “{info.path.name}” cannot be copied into {container.suffix}: "
                f"{reason}.",
                "Encoding them anew for it would take many times the film's length.",
                "Deliver the film as .mkv or .mp4.",
            )
    encoded = _encoded_picture(info, folder, stack, progress.part(0.2, 1))
    result: dict[Container | None, _Picture] = {}
    for container in containers:
        if container in why:
            note = f"The pictures were encoded anew, because {why[container]}."
            result[container] = _Picture(encoded.info, encoded.times, "encoded", (note,))
        else:
            result[container] = own
    # The description alone goes with the films that are made here, so it waits where they do.
    result[None] = own if own in result.values() else _Picture(encoded.info, encoded.times)
    return result


def _encoded_picture(
    info: FilmInfo, folder: Path, stack: contextlib.ExitStack, progress: Progress
) -> _Picture:
    target = stack.enter_context(_part(folder / "picture.mp4"))
    encode_picture(info, target, progress.part(0, 0.95))
    anew = probe(target)
    try:
        return _Picture(anew, read_picture_times(anew, progress.part(0.95, 1)), "encoded")
    except NotCopyable as reason:
        raise ExportError(
            f"The pictures of “{info.path.name}” could not be encoded anew, because {reason}."
        ) from reason


# --- one delivery ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Work:
    """What one delivery is made from. container: None for the description alone."""

    name: DeliveryName
    project: Project
    info: FilmInfo
    language: str
    placements: tuple[Placement, ...]
    clip_files: Mapping[str, Path]
    container: Container | None
    picture: _Picture
    time_map: TimeMap

    def size(self) -> int:
        """About how many bytes the file will have."""
        if self.container is None:
            return stem_bytes(self._plan(STEM_RATE, ("FC",), described=True))
        seconds = float(self.time_map.output(self.picture.times.end))
        tracks = [None, *self.info.sounds] if self.name == "track" else self.info.sounds or [None]
        sound = sum(self._coding(track).bit_rate * seconds / 8 for track in tracks)
        return int(max(self.info.size, self.picture.info.size) + sound)

    def write(self, target: Path, progress: Progress) -> tuple[SoundKind, tuple[str, ...]]:
        """Write the file. Returns how its sound was made, and sentences on what it lacks."""
        if self.container is None:
            write_stem(self._plan(STEM_RATE, ("FC",), described=True), target, progress)
            return "encoded", ()
        sounds, whole = self._sounds(progress.part(0, 0.1))
        job = FilmJob(
            film=self.info,
            picture=self.picture.info,
            times=self.picture.times,
            time_map=self.time_map,
            container=self.container,
            sounds=sounds,
        )
        notes = whole + render_film(job, target, progress.part(0.1, 1))
        if self.name == "track" and not self.container.keeps_flags:
            notes += (
                f"{self.container.suffix} cannot say which track is the description; "
                "its title says so, and .mp4 and .mkv keep the flag.",
            )
        if self.name == "track" and self.info.sound is None:
            notes += ("The film has no sound, so the description is its only track.",)
        described = sounds[1 if self.name == "track" and self.info.sound is not None else 0]
        return _sound_kind(described), notes

    def _plan(
        self, rate: int, channels: Sequence[str], *, described: bool, grid: int = 1
    ) -> MixPlan:
        clips = placed_clips(self.placements, self.clip_files, self.time_map, rate)
        return mix_plan(
            self.project,
            clips if described else (),
            self.time_map,
            self.picture.times.end,
            rate,
            channels,
            grid,
        )

    def _coding(self, source: SoundStream | None) -> Coding:
        assert self.container is not None  # noqa: S101  # the description alone is not coded
        if source is None:
            return coding(self.container)
        return coding(self.container, source.layout, source.sample_rate, source.bit_rate)

    def _sounds(self, progress: Progress) -> tuple[tuple[Track, ...], tuple[str, ...]]:
        """The sound tracks, and a sentence for each of the film's that must be encoded whole."""
        main = self.info.sound
        language = main.language if main is not None else self.language
        wanted: list[tuple[SoundStream | None, Labels, bool]] = []
        if self.name == "film":
            title = main.title if main is not None else TITLE
            labels = Labels(language or self.language, title, default=True)
        else:
            labels = Labels(self.language, TITLE, default=main is None, described=True)
            if main is not None:
                wanted.append((main, _own_labels(main, default=True), False))
        wanted.append((main, labels, True))
        wanted += [
            (one, _own_labels(one, default=False), False)
            for one in self.info.sounds
            if one is not main
        ]
        packets: dict[int, PacketSound | NotSpliceable] = {}
        for source, _, described in wanted:
            if source is not None and source.index not in packets and self._changes(described):
                packets[source.index] = self._packets(source, progress)
        tracks = tuple(
            self._track(source, labels, packets, described=described)
            for source, labels, described in wanted
        )
        return tracks, tuple(
            f"Sound track {index} was encoded anew as a whole, because {reason}."
            for index, reason in packets.items()
            if isinstance(reason, NotSpliceable)
        )

    def _changes(self, described: bool) -> bool:
        """Whether a sound of the film is changed at all."""
        spoken = any(placement.clip is not None for placement in self.placements)
        return bool(self.time_map.holds) or (described and spoken)

    def _packets(self, source: SoundStream, progress: Progress) -> PacketSound | NotSpliceable:
        """The packets of a sound of the film, or why they cannot be copied."""
        assert self.container is not None  # noqa: S101  # the description alone has no such track
        form = self._coding(source)
        if self.time_map.holds and 1 / self.picture.times.rate < Fraction(FRAME, form.rate):
            # after a freeze its sound would be off by more than half a frame
            return NotSpliceable("a frame of the film is shorter than a packet of its sound")
        try:
            return read_packet_sound(self.info, source, self.container, form, progress)
        except NotSpliceable as reason:
            return reason

    def _track(
        self,
        source: SoundStream | None,
        labels: Labels,
        packets: Mapping[int, PacketSound | NotSpliceable],
        *,
        described: bool,
    ) -> Track:
        """A sound of the film, or silence, through the holds; with the description where asked."""
        assert self.container is not None  # noqa: S101
        if (
            source is not None
            and not self._changes(described)
            and carries(self.container, source.codec)
        ):
            return CopiedTrack(source, labels)
        form = self._coding(source)
        found = packets.get(source.index) if source is not None else None
        grid = FRAME if isinstance(found, PacketSound) else 1
        plan = self._plan(form.rate, form.channels, described=described, grid=grid)
        if isinstance(found, PacketSound):
            return SplicedTrack(found, plan, form, labels)
        return MixedTrack(source, plan, form, labels)


def _own_labels(source: SoundStream, *, default: bool) -> Labels:
    return Labels(source.language, source.title, default, source.described)


def _sound_kind(track: Track) -> SoundKind:
    if isinstance(track, CopiedTrack):
        return "copied"
    return "spliced" if isinstance(track, SplicedTrack) else "encoded"


# --- files ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def _part(path: Path) -> Iterator[Path]:
    """A name beside `path` to write under; what is still there at the end is removed."""
    part = path.with_name(f".studio-{secrets.token_hex(6)}.part")
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Make sure the bytes are on the disk before the file gets its final name."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _check_targets(info: FilmInfo, targets: Mapping[DeliveryName, Path]) -> None:
    if len({path.resolve() for path in targets.values()}) < len(targets):
        raise ExportError(
            "Two deliveries would have the same name.", advice="Give each its own name."
        )
    for path in targets.values():
        if not path.parent.is_dir():
            raise ExportError(
                f"There is no folder “{path.parent}”.", advice="Make it, or choose another."
            )
        if path.is_dir():
            raise ExportError(f"“{path}” is a folder.", advice="Choose another name.")
        if path.exists() and path.samefile(info.path):
            raise ExportError(
                f"“{path.name}” is the film itself.",
                "The studio never changes a film.",
                "Choose another name or folder.",
            )


def _check_space(targets: Mapping[DeliveryName, Path], sizes: Mapping[DeliveryName, int]) -> None:
    needed: dict[int, int] = defaultdict(int)
    folders: dict[int, Path] = {}
    for name, path in targets.items():
        disk = path.parent.stat().st_dev
        needed[disk] += sizes[name]
        folders[disk] = path.parent
    for disk, size in needed.items():
        free = shutil.disk_usage(folders[disk]).free
        if size + _SPARE_BYTES > free:
            raise ExportError(
                f"The disk of “{folders[disk]}” is too full: the deliveries need about "
                f"{(size + _SPARE_BYTES) >> 20} MB and {free >> 20} MB are free.",
                "Nothing was written.",
                "Make room, or choose a folder on another disk.",
            )


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextlib.contextmanager
def _in_sentences(targets: Mapping[DeliveryName, Path]) -> Iterator[None]:
    """Turns what the system and FFmpeg raise while files are written into an ExportError."""
    folder = next(iter(targets.values())).parent if targets else Path()
    try:
        yield
    except (OSError, av.FFmpegError) as error:
        nothing = "No delivery was made; files that were there before are unchanged."
        if error.errno in _FULL:
            raise ExportError(
                f"The disk of “{folder}” is full.",
                nothing,
                "Make room, or choose a folder on another disk.",
            ) from error
        if error.errno in _FORBIDDEN:
            raise ExportError(
                f"Files may not be written into “{folder}”.",
                nothing,
                "Choose another folder, or ask its owner for permission.",
            ) from error
        raise ExportError(
            f"Writing into “{folder}” failed ({error.strerror or type(error).__name__}).",
            nothing,
            "Try another folder or another container, e.g. .mkv.",
        ) from error
