"""The deliveries of a project: whole files under their final names, or nothing at all.

Every file, or folder of files, is written beside its final name and all are renamed together at the
end, so a name that is there is a delivery that is complete, and a cancelled or failed export leaves
none.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from studio.errors import ExportError
from studio.media.probe import FilmInfo
from studio.mix import bedsound
from studio.mix.ambience import Ambience
from studio.mix.arrange import mix_plan, placed_beds, placed_clips, placed_cues, speech_samples
from studio.mix.captions import write_captions
from studio.mix.carry import left_out
from studio.mix.clips import ClipFile, check_replaceable, clip_list, clips_bytes, write_clips
from studio.mix.containers import Container, carries, container_for
from studio.mix.control import control_bytes, write_control
from studio.mix.copying import holds
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
from studio.mix.levels import EVERYTHING, Level, Levelled, Listened, Measurable, find_level
from studio.mix.mixer import MixPlan
from studio.mix.pictures import (
    Choice,
    Chosen,
    Picture,
    PictureKind,
    choose_pictures,
    make_pictures,
)
from studio.mix.render import FilmJob, render_film
from studio.mix.scripted import clips_folder, embedded_bytes, write_dapt, write_embedded
from studio.mix.sound import as_decoded, mixed, mixed_film
from studio.mix.splice import NotSpliceable, PacketSound
from studio.mix.stem import RATE as STEM_RATE
from studio.mix.stem import stem_bytes, write_stem
from studio.mix.timemap import TimeMap
from studio.mix.tracks import SoundKind, SoundTracks, kind
from studio.progress import Progress
from studio.script.beds import told
from studio.script.model import Placement, Project
from studio.settings import Profile
from studio.times import MS_PER_SECOND, Span

DeliveryName = Literal[
    "film", "track", "stem", "beds", "clips", "control", "captions", "dapt-clips", "dapt-embedded"
]
DELIVERY_NAMES: tuple[DeliveryName, ...] = get_args(DeliveryName)
_FILMS: tuple[DeliveryName, ...] = ("film", "track")
_WITH_BEDS: tuple[DeliveryName, ...] = ("film", "track", "beds")

_LARGEST_TEXT = 1 << 20  # bytes; more than scripts and captions take
_SOUND_READ = 0.1  # of the time a film takes is spent on reading where its sound's packets lie


NoSound = Literal[""]
_IN_FILM_TIME: tuple[DeliveryName, ...] = ("dapt-clips", "dapt-embedded")
_TEXTS: tuple[DeliveryName, ...] = ("captions", "dapt-clips")


def timeline_of(name: DeliveryName) -> Literal["output", "film"]:
    """Whether a delivery's times are those of the described film or of the film as it was."""
    return "film" if name in _IN_FILM_TIME else "output"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file, or folder of clips, that was made.

    timeline: whether its times are output times, freezes included. picture: whether its pictures
    are the film's own, bit for bit, or were encoded anew. picture_why: a sentence on that. sound:
    how the described sound was made. notes: sentences on what was left out or done differently, and
    why. loudness: how its described sound was brought to a profile, if it was.
    """

    name: DeliveryName
    path: Path
    timeline: Literal["output", "film"]
    picture: PictureKind
    picture_why: str
    sound: SoundKind | NoSound
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
    fold_down: bool = False,
    constant_rate: bool = False,
    captions: Path | None = None,
) -> tuple[Delivery, ...]:
    """Make the wanted deliveries of one language version, each under its path.

    placements: from speech.fit.plan. clip_files: the clip's file of each placed cue, at CLIP_LEVEL.
    profiles: how loud a delivery's described sound is made; without one it is as loud as the film.
    fold_down: described sound of more than two channels becomes stereo (ITU-R BS.775).
    constant_rate: a freeze is frames of its own, not one that is shown for longer.
    captions: those of the film, where “captions” are wanted.
    Beds of the project whose sound has been made are heard, and told of, in the described film, in
    the described track and in “beds”; sounds the cache has lost are made again.
    clips is the path of a folder. Existing files are replaced, save the film itself; an existing
    folder only if it holds nothing but clips delivered before. Blocks, in constant memory; threads
    of its own have ended when it returns or raises. Raises ExportError and MediaError, and
    ProjectError for captions that cannot be read.
    """
    progress.check()
    targets = {name: path.absolute() for name, path in wanted.items()}
    containers: dict[DeliveryName, Container] = {
        name: container_for(path) for name, path in targets.items() if name in _FILMS
    }
    check_folders(targets.values())
    _check_targets(info, targets)
    _check_beds(project, targets)
    folders = {path.parent: None for path in targets.values()}
    with in_sentences(next(iter(folders), Path())), contextlib.ExitStack() as stack:
        stack.enter_context(only_export(targets.values()))
        for one in folders:
            sweep(one)
        parts = {name: stack.enter_context(beside(path)) for name, path in targets.items()}
        costs = [_cost(name, bool(profiles and name in profiles)) for name in targets]
        codec = info.picture.codec
        anew = constant_rate or not all(carries(one, codec) for one in containers.values())
        bedding, looking, encoding, listening, *making = progress.shared(
            1, _LOOKING, _ENCODING if anew else 0, 1, *costs
        )
        bed_files = bedsound.files(project, bedding)
        chosen = choose_pictures(
            info, set(containers.values()), placements, looking, constant_rate=constant_rate
        )
        packets: dict[int, PacketSound | NotSpliceable] = {}
        ambience = Ambience(info, project.speech, listening)
        works = [
            _Work(name, project, info, language, tuple(placements), dict(clip_files),
                  containers.get(name), chosen.own, holds(placements, chosen.own.times),
                  _choice(containers.get(name), chosen), packets, ambience, fold_down,
                  captions=captions, bed_files=bed_files)
            for name in targets
        ]  # fmt: skip
        folder = next((path.parent for name, path in targets.items() if name in _FILMS), Path())
        sizes = {targets[work.name]: work.size() for work in works}
        temporary = folder / "picture.mov"
        check_space({**sizes, temporary: chosen.made_bytes})
        pictures = make_pictures(chosen, lambda: stack.enter_context(beside(temporary)), encoding)
        works = [work.with_picture(pictures[work.container]) for work in works]
        made = []
        for work, share in zip(works, making, strict=True):
            profile = None if profiles is None else profiles.get(work.name)
            made.append(work.made(targets[work.name], parts[work.name], profile, share))
        for part in parts.values():
            progress(1.0, "Making sure that all is on the disk")
            sync(part)
        progress.check()
        for name, path in targets.items():
            put_in_place(parts[name], path)
    return tuple(made)


# How long each stage takes, as measured on ten minutes of film; only their ratios count.
_LOOKING, _ENCODING = 1.0, 300.0  # at the times of the pictures; all pictures anew
_MAKING = {
    "film": 40.0, "track": 60.0, "stem": 1.0, "beds": 1.0, "clips": 2.0, "control": 2.0,
}  # fmt: skip
_MAKING_TEXT = 0.1
_MEASURED = 2.0  # times as long, where the loudness is brought to a profile


def _cost(name: DeliveryName, measured: bool) -> float:
    return _MAKING.get(name, _MAKING_TEXT) * (_MEASURED if measured else 1.0)


def _choice(container: Container | None, chosen: Chosen) -> Choice | None:
    return None if container is None else chosen.choices[container]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an export would make, told before it starts. notes: what would be lost or encoded."""

    name: DeliveryName
    path: Path
    picture: PictureKind
    picture_why: str
    sound: SoundKind | NoSound
    notes: tuple[str, ...] = ()


def foresee(
    project: Project,
    info: FilmInfo,
    language: str,
    placements: Sequence[Placement],
    wanted: Mapping[DeliveryName, Path],
    progress: Progress,
    *,
    fold_down: bool = False,
    constant_rate: bool = False,
) -> tuple[Foreseen, ...]:
    """What `deliver` would make of the film, without writing; folders need not be there yet.

    Reads the times of the film's packets. Raises what `deliver` would: ExportError where a target
    is refused, and MediaError.
    """
    progress.check()
    targets = {name: path.absolute() for name, path in wanted.items()}
    containers = {name: container_for(path) for name, path in targets.items() if name in _FILMS}
    _check_targets(info, targets)
    _check_beds(project, targets)
    looking, reading = progress.shared(_LOOKING, _LOOKING)
    chosen = choose_pictures(
        info, set(containers.values()), placements, looking, constant_rate=constant_rate
    )
    time_map = holds(placements, chosen.own.times)
    packets: dict[int, PacketSound | NotSpliceable] = {}
    ambience = Ambience(info, project.speech, progress)
    bed_files = {bed.id: bedsound.sound_file(bed) for bed in bedsound.with_sound(project)}
    seen = []
    for name, path in targets.items():
        container = containers.get(name)
        if container is None:
            notes = _bed_notes(project) if name == "beds" else ()
            made: NoSound | SoundKind = "" if name in _TEXTS else "encoded"
            seen.append(Foreseen(name, path, "copied", "", made, notes))
            continue
        choice = chosen.choices[container]
        work = _Work(name, project, info, language, tuple(placements), {}, container,
                     chosen.own, time_map, choice, packets, ambience, fold_down,
                     bed_files=bed_files)  # fmt: skip
        sound, notes = work.sounding(container).foreseen(reading)
        notes = (*choice.notes, *notes, *left_out(info, container), *_bed_notes(project))
        if name == "track" and not container.keeps_flags:
            notes += (_flag_lost(container),)
        seen.append(Foreseen(name, path, choice.kind, choice.why, sound, notes))
    return tuple(seen)


def _flag_lost(container: Container) -> str:
    return (
        f"{container.suffix} cannot say which track is the description; "
        "its title says so, and .mp4 and .mkv keep the flag."
    )


# --- one delivery ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Work:
    """What one delivery is made from. container, choice: None for the description alone."""

    name: DeliveryName
    project: Project
    info: FilmInfo
    language: str
    placements: tuple[Placement, ...]
    clip_files: Mapping[str, Path]
    container: Container | None
    picture: Picture
    time_map: TimeMap
    choice: Choice | None
    packets: MutableMapping[int, PacketSound | NotSpliceable]
    ambience: Ambience
    fold_down: bool
    level: Level | None = None
    captions: Path | None = None
    bed_files: Mapping[str, Path] = field(default_factory=dict)

    def with_picture(self, picture: Picture) -> _Work:
        """The same work on a picture that may have been made for it."""
        return replace(self, picture=picture, time_map=holds(self.placements, picture.times))

    def made(self, path: Path, part: Path, profile: Profile | None, progress: Progress) -> Delivery:
        """Write the file to `part`, and tell what will lie at `path`."""
        work, report, measured = self, None, 0.0
        if profile is not None:
            measured = 0.5
            work, report = self.levelled(profile, progress.part(0, measured))
        sound, notes = work.write(part, path, progress.part(measured, 1))
        picture: PictureKind = "copied"
        why = ""
        if self.choice is not None:
            picture, why = self.choice.kind, self.choice.why
            notes = (*self.choice.notes, *notes)
        if report is not None:
            notes += (report.sentence,)
        if self.name in _WITH_BEDS:
            notes += _bed_notes(self.project)
        timeline = timeline_of(self.name)
        return Delivery(self.name, path, timeline, picture, why, sound, notes, report)

    def levelled(self, profile: Profile, progress: Progress) -> tuple[_Work, Levelled]:
        """The same work with its described sound at `profile`, and what was measured for it."""
        if self.container is None:
            plan = self._plan()
            mix = Measurable(
                lambda: mixed(plan, None), None, plan.rate, "mono", plan.channels, plan.length
            )
        else:
            track = self.sounding(self.container).described()
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

    def size(self) -> int:
        """About how many bytes the file will have."""
        match self.name:
            case "clips":
                return clips_bytes(self._clips())
            case "stem" | "beds":
                return stem_bytes(self._plan() if self.name == "stem" else self._beds_plan())
            case "control":
                return control_bytes(self._plan())
            case "dapt-embedded":
                return embedded_bytes(self._clips())
            case "dapt-clips" | "captions":
                return _LARGEST_TEXT
        if self.container is None:
            raise ValueError(f"{self.name} has neither a container nor a size")
        pictures = 0 if self.choice is None else self.choice.size
        return max(self.info.size, pictures) + self.sounding(self.container).bytes()

    def write(
        self, target: Path, final: Path, progress: Progress
    ) -> tuple[SoundKind | NoSound, tuple[str, ...]]:
        """Write the file to `target`, which becomes `final`.

        Returns how its sound was made, and sentences on what it lacks.
        """
        if self.container is None:
            return self._write_without_picture(target, final, progress)
        tracks, notes = self.sounding(self.container).tracks(progress.part(0, _SOUND_READ))
        job = FilmJob(
            film=self.info,
            picture=self.picture.info,
            times=self.picture.times,
            time_map=self.time_map,
            container=self.container,
            sounds=tracks,
            held=self.picture.held,
        )
        notes += render_film(job, target, progress.part(_SOUND_READ, 1))
        if self.name == "track" and not self.container.keeps_flags:
            notes += (_flag_lost(self.container),)
        if self.name == "track" and self.level is not None and self.info.sound is not None:
            notes += ("The film's own sound keeps its own loudness beside the described one.",)
        if self.name == "track" and self.info.sound is None:
            notes += ("The film has no sound, so the description is its only track.",)
        described = tracks[1 if self.name == "track" and self.info.sound is not None else 0]
        return kind(described), notes

    def _write_without_picture(
        self, target: Path, final: Path, progress: Progress
    ) -> tuple[SoundKind | NoSound, tuple[str, ...]]:
        match self.name:
            case "clips":
                write_clips(
                    self._clips(), self._plan(), self.level, self.language, target, progress
                )
            case "stem":
                write_stem(self._plan(), self.level, target, progress)
            case "beds":
                write_stem(self._beds_plan(), None, target, progress, "Writing the beds alone")
            case "control":
                write_control(self._plan(), self.level, target, progress)
                return "encoded", self._notes_on_waiting()
            case "dapt-embedded":
                write_embedded(
                    self.project, self.language, self.placements, self._plan(), self.level,
                    self._clips(), target, progress,
                )  # fmt: skip
            case "dapt-clips":
                folder = clips_folder(final)
                write_dapt(
                    self.project, self.language, self.placements, folder, self._clips(), target
                )
                return "", (f"Its sounds are in the folder {folder}, which “clips” delivers.",)
            case "captions" if self.captions is not None:
                return "", write_captions(self.captions, self.time_map, target)
            case _:
                raise ValueError(f"{self.name} cannot be written without what it is made from")
        return "encoded", ()

    def _notes_on_waiting(self) -> tuple[str, ...]:
        """What who mixes in a receiver must know of a film that waits."""
        if not self.time_map.holds:
            return ()
        return (
            "It belongs to the described film, which waits for descriptions; beside the film as it "
            "was it would run late.",
        )

    def sounding(self, container: Container) -> SoundTracks:
        """What the film in `container` shall sound like."""
        return SoundTracks(
            self.project,
            self.info,
            self.language,
            self.placements,
            self.clip_files,
            container,
            self.time_map,
            self.picture.times.rate,
            self.picture.times.end,
            beside=self.name == "track",
            fold_down=self.fold_down,
            level=self.level,
            ambience=self.ambience,
            read=self.packets,
            bed_files=self.bed_files,
        )

    def _plan(self) -> MixPlan:
        """The mix of the description alone."""
        clips = placed_clips(self.placements, self.clip_files, self.time_map, STEM_RATE)
        end = self.picture.times.end
        return mix_plan(self.project, clips, self.time_map, end, STEM_RATE, ("FC",))

    def _beds_plan(self) -> MixPlan:
        """The mix of the beds alone: as loud as in the film, ducked, without what ducks them."""
        clips = placed_clips(self.placements, self.clip_files, self.time_map, STEM_RATE)
        alone = self.info.sound is None and not clips
        beds = placed_beds(self.project, self.bed_files, self.time_map, STEM_RATE, alone=alone)
        end = self.picture.times.end
        plan = mix_plan(self.project, clips, self.time_map, end, STEM_RATE, ("FL", "FR"), beds=beds)
        return replace(plan, clips=())

    def _clips(self) -> tuple[ClipFile, ...]:
        placed = placed_cues(self.placements, self.clip_files, self.time_map, STEM_RATE)
        return clip_list(
            self.project, self.language, self.placements, placed, self.time_map, STEM_RATE
        )


def _bed_notes(project: Project) -> tuple[str, ...]:
    """Where sound was added to the film, and where a bed is not heard; a sentence each."""
    added = bedsound.with_sound(project)
    without = [bed for bed in project.beds if not bed.sound]
    return (
        *(f"Sound was added to the film: {told(bed)}." for bed in added),
        *(f"The bed has not been made and is not heard: {told(bed)}." for bed in without),
    )


def _spans(samples: Sequence[tuple[int, int]], rate: int) -> tuple[Span, ...]:
    """Stretches of samples as ms."""
    return tuple(
        Span(start * MS_PER_SECOND // rate, end * MS_PER_SECOND // rate) for start, end in samples
    )


# --- targets -------------------------------------------------------------------------------------


def _check_beds(project: Project, targets: Mapping[DeliveryName, Path]) -> None:
    if "beds" in targets and not bedsound.with_sound(project):
        raise ExportError(
            "The project has no bed whose sound has been made.",
            "The delivery “beds” would be silence.",
            "Make one first, or leave “beds” out.",
        )


def _check_targets(info: FilmInfo, targets: Mapping[DeliveryName, Path]) -> None:
    if len({path.resolve() for path in targets.values()}) < len(targets):
        raise ExportError(
            "Two deliveries would have the same name.", advice="Give each its own name."
        )
    for name, path in targets.items():
        if name == "clips":
            check_replaceable(path)
        else:
            check_target(path, info.path)
