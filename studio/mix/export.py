"""The deliveries of a project: whole files under their final names, or nothing at all.

Every file, or folder of files, is written beside its final name and all are renamed together at the
end, so a name that is there is a delivery that is complete, and a cancelled or failed export leaves
none.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import av

from studio.errors import ExportError
from studio.media.probe import FilmInfo, SoundStream
from studio.mix.arrange import mix_plan, placed_clips, placed_cues, speech_samples
from studio.mix.clips import ClipFile, check_replaceable, clip_list, clips_bytes, write_clips
from studio.mix.containers import Container, carries, coding, container_for
from studio.mix.copying import holds
from studio.mix.levels import EVERYTHING, Level, Levelled, Listened, Measurable, find_level
from studio.mix.mixer import MixPlan
from studio.mix.pictures import Choice, Picture, PictureKind, choose_pictures, make_pictures
from studio.mix.render import CopiedTrack, FilmJob, Labels, MixedTrack, left_out, render_film
from studio.mix.sound import as_decoded, mixed, mixed_film
from studio.mix.stem import RATE as STEM_RATE
from studio.mix.stem import stem_bytes, write_stem
from studio.mix.timemap import TimeMap
from studio.progress import Progress
from studio.script.model import Placement, Project
from studio.settings import Profile
from studio.times import MS_PER_SECOND, Span

DeliveryName = Literal["film", "track", "stem", "clips"]
DELIVERY_NAMES: tuple[DeliveryName, ...] = ("film", "track", "stem", "clips")
_FILMS: tuple[DeliveryName, ...] = ("film", "track")

TITLE = "Audio description"
_SPARE_BYTES = 32 << 20  # what containers add, and room for others on the same disk


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file, or folder of clips, that was made.

    timeline: its times are output times, freezes included. picture: whether its pictures are the
    film's own, bit for bit, or were encoded anew. picture_why: a sentence on that. notes: sentences
    on what was left out or done differently, and why. loudness: how its described sound was brought
    to a profile, if it was.
    """

    name: DeliveryName
    path: Path
    timeline: Literal["output"]
    picture: PictureKind
    picture_why: str = ""
    notes: tuple[str, ...] = ()
    loudness: Levelled | None = None


def deliver(
    project: Project,
    info: FilmInfo,
    language: str,
    placements: Sequence[Placement],
    clip_files: Mapping[str, Path],
    wanted: Mapping[DeliveryName, Path],
    progress: Progress,
    profiles: Mapping[DeliveryName, Profile] | None = None,
    *,
    constant_rate: bool = False,
) -> tuple[Delivery, ...]:
    """Make the wanted deliveries of one language version, each under its path.

    placements: from speech.fit.plan. clip_files: the clip's file of each placed cue, at CLIP_LEVEL.
    profiles: how loud a delivery's described sound is made; without one it is as loud as the film.
    constant_rate: a freeze is frames of its own, not one that is shown for longer.
    clips is the path of a folder. Existing files are replaced, save the film itself; an existing
    folder only if it holds nothing but clips delivered before. Blocks, in constant memory; threads
    of its own have ended when it returns or raises. Raises ExportError and MediaError.
    """
    targets = {name: path.absolute() for name, path in wanted.items()}
    containers: dict[DeliveryName, Container] = {
        name: container_for(path) for name, path in targets.items() if name in _FILMS
    }
    _check_folders(targets)
    _check_targets(info, targets)
    with _in_sentences(targets), contextlib.ExitStack() as stack:
        parts = {name: stack.enter_context(_part(path)) for name, path in targets.items()}
        chosen = choose_pictures(
            info, set(containers.values()), placements, progress.part(0, 0.06),
            constant_rate=constant_rate,
        )  # fmt: skip
        works = [
            _Work(name, project, info, language, tuple(placements), dict(clip_files),
                  containers.get(name), chosen.own, holds(placements, chosen.own.times))
            for name in targets
        ]  # fmt: skip
        choices = {
            work.name: None if work.container is None else chosen.choices[work.container]
            for work in works
        }
        sizes = {work.name: work.size(choices[work.name]) for work in works}
        folder = next((path.parent for name, path in targets.items() if name in _FILMS), Path())
        _check_space(targets, sizes, (folder, chosen.made_bytes))
        pictures = make_pictures(
            chosen,
            lambda: stack.enter_context(_part(folder / "picture.mov")),
            progress.part(0.06, 0.3),
        )
        works = [work.with_picture(pictures[work.container]) for work in works]
        made = []
        for number, work in enumerate(works):
            start, end = (0.3 + 0.7 * (number + step) / len(works) for step in (0, 1))
            profile = None if profiles is None else profiles.get(work.name)
            delivery = work.made(
                targets[work.name], parts[work.name], profile, progress.part(start, end)
            )
            made.append(_told(delivery, choices[work.name]))
        for name in targets:
            _sync(parts[name])
        progress(1.0)
        for name, path in targets.items():
            _put_in_place(parts[name], path)
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an export would make, told before it starts. notes: what would be lost or encoded."""

    name: DeliveryName
    path: Path
    picture: PictureKind
    picture_why: str = ""
    notes: tuple[str, ...] = ()


def foresee(
    info: FilmInfo,
    wanted: Mapping[DeliveryName, Path],
    progress: Progress,
    placements: Sequence[Placement] = (),
    *,
    constant_rate: bool = False,
) -> tuple[Foreseen, ...]:
    """What `deliver` would make of the film, without writing; folders need not be there yet.

    Reads the times of the film's packets. Raises what `deliver` would: ExportError where a target
    is refused, and MediaError.
    """
    targets = {name: path.absolute() for name, path in wanted.items()}
    containers = {name: container_for(path) for name, path in targets.items() if name in _FILMS}
    _check_targets(info, targets)
    chosen = choose_pictures(
        info, set(containers.values()), placements, progress, constant_rate=constant_rate
    )
    seen = []
    for name, path in targets.items():
        container = containers.get(name)
        if container is None:
            seen.append(Foreseen(name, path, "copied"))
            continue
        notes = left_out(info, container)
        if name == "track" and not container.keeps_flags:
            notes += (_flag_lost(container),)
        choice = chosen.choices[container]
        notes = (*choice.notes, *notes)
        seen.append(Foreseen(name, path, choice.kind, choice.why, notes))
    return tuple(seen)


def _flag_lost(container: Container) -> str:
    return (
        f"{container.suffix} cannot say which track is the description; "
        "its title says so, and .mp4 and .mkv keep the flag."
    )


def _told(delivery: Delivery, choice: Choice | None) -> Delivery:
    """The delivery, with what became of its pictures."""
    if choice is None:
        return delivery
    notes = (*choice.notes, *delivery.notes)
    return replace(delivery, picture=choice.kind, picture_why=choice.why, notes=notes)


# --- one delivery ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Work:
    """What one delivery is made from. container: None for the description alone and clips."""

    name: DeliveryName
    project: Project
    info: FilmInfo
    language: str
    placements: tuple[Placement, ...]
    clip_files: Mapping[str, Path]
    container: Container | None
    picture: Picture
    time_map: TimeMap
    level: Level | None = None

    def made(self, path: Path, part: Path, profile: Profile | None, progress: Progress) -> Delivery:
        """Write the file to `part`, and tell what will lie at `path`."""
        work, report, measured = self, None, 0.0
        if profile is not None:
            measured = 0.5
            work, report = self.levelled(profile, progress.part(0, measured))
        notes = work.write(part, progress.part(measured, 1))
        if report is not None:
            notes += (report.sentence,)
        return Delivery(self.name, path, "output", "copied", notes=notes, loudness=report)

    def with_picture(self, picture: Picture) -> _Work:
        """The same work on a picture that may have been made for it."""
        return replace(self, picture=picture, time_map=holds(self.placements, picture.times))

    def levelled(self, profile: Profile, progress: Progress) -> tuple[_Work, Levelled]:
        """The same work with its described sound at `profile`, and what was measured for it."""
        if self.container is None:
            plan = self._plan(STEM_RATE, ("FC",), described=True)
            mix = Measurable(
                lambda: mixed(plan, None), None, plan.rate, "mono", plan.channels, plan.length
            )
        else:
            track = self._mixed(self.info.sound, Labels("", "", default=True))
            plan, coding = track.plan, track.coding
            mix = Measurable(
                lambda: mixed_film(self.info, track.source, plan, coding),
                lambda blocks: as_decoded(blocks, coding),
                plan.rate,
                coding.layout,
                plan.channels,
                plan.length,
            )
        over = [EVERYTHING]
        if profile.dialogue:
            speech = speech_samples(self.project.speech, self.time_map, plan.rate)
            said = [(clip.start, clip.start + clip.count) for clip in plan.clips]
            over.insert(0, Listened("the film's dialogue", _spans(speech, plan.rate)))
            over.insert(1, Listened("the description", _spans(said, plan.rate)))
        level, report = find_level(mix, profile, over, progress)
        return replace(self, level=level), report

    def size(self, choice: Choice | None) -> int:
        """About how many bytes the file will have; choice: what becomes of its pictures."""
        if self.name == "clips":
            return clips_bytes(self._clips())
        if self.container is None:
            return stem_bytes(self._plan(STEM_RATE, ("FC",), described=True))
        seconds = float(self.time_map.output(self.picture.times.end))
        tracks = [track for track in self._sounds() if isinstance(track, MixedTrack)]
        sound = sum(track.coding.bit_rate * seconds / 8 for track in tracks)
        return int(max(self.info.size, 0 if choice is None else choice.size) + sound)

    def write(self, target: Path, progress: Progress) -> tuple[str, ...]:
        """Write the file. Returns sentences on what it lacks."""
        if self.name == "clips":
            plan = self._plan(STEM_RATE, ("FC",), described=True)
            write_clips(self._clips(), plan, self.level, self.language, target, progress)
            return ()
        if self.container is None:
            plan = self._plan(STEM_RATE, ("FC",), described=True)
            write_stem(plan, self.level, target, progress)
            return ()
        job = FilmJob(
            film=self.info,
            picture=self.picture.info,
            times=self.picture.times,
            time_map=self.time_map,
            container=self.container,
            sounds=self._sounds(),
            held=self.picture.held,
        )
        notes = render_film(job, target, progress)
        if self.name == "track" and not self.container.keeps_flags:
            notes += (_flag_lost(self.container),)
        if self.name == "track" and self.level is not None and self.info.sound is not None:
            notes += ("The film's own sound keeps its own loudness beside the described one.",)
        if self.name == "track" and self.info.sound is None:
            notes += ("The film has no sound, so the description is its only track.",)
        return notes

    def _plan(self, rate: int, channels: Sequence[str], *, described: bool) -> MixPlan:
        clips = placed_clips(self.placements, self.clip_files, self.time_map, rate)
        return mix_plan(
            self.project,
            clips if described else (),
            self.time_map,
            self.picture.times.end,
            rate,
            channels,
        )

    def _clips(self) -> tuple[ClipFile, ...]:
        placed = placed_cues(self.placements, self.clip_files, self.time_map, STEM_RATE)
        return clip_list(
            self.project, self.language, self.placements, placed, self.time_map, STEM_RATE
        )

    def _sounds(self) -> tuple[MixedTrack | CopiedTrack, ...]:
        main = self.info.sound
        language = main.language if main is not None else self.language
        if self.name == "film":
            title = main.title if main is not None else TITLE
            first: list[MixedTrack | CopiedTrack] = [
                self._mixed(main, Labels(language or self.language, title, default=True))
            ]
        else:
            labels = Labels(self.language, TITLE, default=main is None, described=True)
            first = [self._mixed(main, labels)]
            if main is not None:
                first.insert(0, self._own(main, default=True))
        others = [self._own(one, default=False) for one in self.info.sounds if one is not main]
        return (*first, *others)

    def _mixed(self, source: SoundStream | None, labels: Labels) -> MixedTrack:
        """A sound of the film, or silence, with the description mixed in."""
        return replace(self._encoded(source, labels, described=True), level=self.level)

    def _own(self, source: SoundStream, *, default: bool) -> MixedTrack | CopiedTrack:
        """A sound of the film without description: copied, unless it has to wait."""
        labels = Labels(source.language, source.title, default, source.described)
        assert self.container is not None  # noqa: S101  # the description alone has no such track
        if not self.time_map.holds and carries(self.container, source.codec):
            return CopiedTrack(source, labels)
        return self._encoded(source, labels, described=False)

    def _encoded(
        self, source: SoundStream | None, labels: Labels, *, described: bool
    ) -> MixedTrack:
        assert self.container is not None  # noqa: S101
        form = coding(self.container)
        if source is not None:
            form = coding(self.container, source.layout, source.sample_rate, source.bit_rate)
        plan = self._plan(form.rate, form.channels, described=described)
        return MixedTrack(source, plan, form, labels)


def _spans(samples: Sequence[tuple[int, int]], rate: int) -> tuple[Span, ...]:
    """Stretches of samples as ms."""
    return tuple(
        Span(start * MS_PER_SECOND // rate, end * MS_PER_SECOND // rate) for start, end in samples
    )


# --- files ----------------------------------------------------------------------------------------


@contextlib.contextmanager
def _part(path: Path) -> Iterator[Path]:
    """A name beside `path` to write under; what is still there at the end is removed."""
    part = path.with_name(f".studio-{secrets.token_hex(6)}.part")
    try:
        yield part
    finally:
        _remove(part)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Make sure the bytes are on the disk before the file or folder gets its final name."""
    for one in path.iterdir() if path.is_dir() else [path]:
        with one.open("rb+") as file:
            os.fsync(file.fileno())


def _put_in_place(part: Path, path: Path) -> None:
    """Give `part` its final name. An earlier folder there goes, but not before it is replaced."""
    if not path.is_dir():
        part.replace(path)
        return
    with _part(path) as earlier:
        path.replace(earlier)
        try:
            part.replace(path)
        except OSError:
            earlier.replace(path)
            raise


def _check_folders(targets: Mapping[DeliveryName, Path]) -> None:
    for path in targets.values():
        if not path.parent.is_dir():
            raise ExportError(
                f"There is no folder “{path.parent}”.", advice="Make it, or choose another."
            )


def _check_targets(info: FilmInfo, targets: Mapping[DeliveryName, Path]) -> None:
    if len({path.resolve() for path in targets.values()}) < len(targets):
        raise ExportError(
            "Two deliveries would have the same name.", advice="Give each its own name."
        )
    for name, path in targets.items():
        if name == "clips":
            check_replaceable(path)
        elif path.is_dir():
            raise ExportError(f"“{path}” is a folder.", advice="Choose another name.")
        if path.exists() and path.samefile(info.path):
            raise ExportError(
                f"“{path.name}” is the film itself.",
                "The studio never changes a film.",
                "Choose another name or folder.",
            )


def _check_space(
    targets: Mapping[DeliveryName, Path],
    sizes: Mapping[DeliveryName, int],
    beside: tuple[Path, int],
) -> None:
    """beside: a folder, and how many bytes lie there as well until the deliveries are made."""
    needed: dict[int, int] = defaultdict(int)
    folders: dict[int, Path] = {}
    for folder, size in [(path.parent, sizes[name]) for name, path in targets.items()] + [beside]:
        disk = folder.stat().st_dev
        needed[disk] += size
        folders.setdefault(disk, folder)
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
