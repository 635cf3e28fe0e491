"""Many exports, one after the other: what is there and unchanged is kept, what fails is said.

An export that was interrupted is asked for again in the same words and goes on where it was: after
each language version the folder's list tells what was made, and from what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import studio
from studio import deliveries, steps, subtitling
from studio.deliveries import Made
from studio.errors import StudioError, UsageError
from studio.progress import Progress
from studio.script import formats, store
from studio.script.model import Project
from studio.script.plain import to_plain
from studio.settings import Profile

if TYPE_CHECKING:
    from studio.media.probe import FilmInfo
    from studio.mix.manifest import Entry


@dataclass(frozen=True)
class Order:
    """What is wanted of each project.

    deliver: see studio.deliveries. languages: () for those of the project. folder: None for that
    of the project. profiles: loudness by delivery. fold_down: surround sound becomes stereo.
    constant_rate: freezes become frames. again: make also what is there and unchanged. captions:
    those of the film, which the delivery of that name moves; None for none. takes: the folder of
    recordings; None for that beside each project.
    """

    deliver: tuple[str, ...] = ("film",)
    languages: tuple[str, ...] = ()
    folder: Path | None = None
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    fold_down: bool = False
    constant_rate: bool = False
    again: bool = False
    captions: Path | None = None
    takes: Path | None = None


@dataclass(frozen=True)
class Exported:
    """What became of one project. manifest: the list of its folder; None if nothing was written."""

    project: Path
    made: tuple[Made, ...] = ()
    manifest: Path | None = None
    error: StudioError | None = None


def export(projects: Sequence[Path], order: Order, progress: Progress) -> Iterator[Exported]:
    """Export each project; one that cannot be is reported, and the others are made all the same.

    Raises UsageError where two projects would make files of the same names.
    """
    for project, part in _shares(projects, order, progress):
        made: list[Made] = []
        manifest = None
        try:
            for one, listed in _export_one(project, order, part):
                made += one
                manifest = listed
        except StudioError as error:
            yield Exported(project, tuple(made), manifest, error)
        else:
            yield Exported(project, tuple(made), manifest)


def foresee(projects: Sequence[Path], order: Order, progress: Progress) -> Iterator[Exported]:
    """What `export` would make, without writing."""
    for project, part in _shares(projects, order, progress):
        try:
            opened, info = steps.open_project(project)
            made: list[Made] = []
            for code, targets, share in _versions(project, opened, info, order, part):
                described, of_lines = _parted(targets)
                if described:
                    made += steps.foresee(
                        opened, info, code, described, share,
                        fold_down=order.fold_down, constant_rate=order.constant_rate,
                    )  # fmt: skip
                if of_lines:
                    made += subtitling.foresee(opened, code, of_lines)
        except StudioError as error:
            yield Exported(project, error=error)
        else:
            yield Exported(project, tuple(made))


def _shares(
    projects: Sequence[Path], order: Order, progress: Progress
) -> Iterator[tuple[Path, Progress]]:
    """Each project with a stretch of the progress that is as long as its film."""
    places = [(_folder(project, order).absolute(), project.stem) for project in projects]
    for index, place in enumerate(places):
        if place in places[:index]:
            raise UsageError(
                f"Two of the projects are called “{projects[index].stem}”.",
                "Their deliveries would have the same names; nothing was made.",
                "Export them into folders of their own with -o, one after the other.",
            )
    lengths = [_length(project) for project in projects]
    done = 0
    for project, length in zip(projects, lengths, strict=True):
        yield project, progress.part(done / sum(lengths), (done + length) / sum(lengths))
        done += length


def _length(project: Path) -> int:
    """How long the film is, in ms; next to nothing for a project that will be refused."""
    try:
        return store.load(project).film.duration
    except StudioError:
        return 1


def _folder(project: Path, order: Order) -> Path:
    return order.folder if order.folder is not None else project.resolve().parent


def _versions(
    project: Path, opened: Project, info: FilmInfo, order: Order, progress: Progress
) -> Iterator[tuple[str, dict[str, Path], Progress]]:
    """Each language version with its files and its stretch of the progress."""
    folder = _folder(project, order)
    codes = order.languages or opened.languages
    for index, code in enumerate(codes):
        targets = deliveries.targets_in(
            folder, project.stem, code, order.deliver, info.path, order.captions
        )
        yield code, targets, progress.part(index / len(codes), (index + 1) / len(codes))


def _export_one(
    project: Path, order: Order, progress: Progress
) -> Iterator[tuple[list[Made], Path]]:
    """What each language version of a project made, and the list it stands in."""
    from studio.mix.manifest import entries, inputs_key, record

    opened, info = steps.open_project(project)
    folder = _folder(project, order)
    folder.mkdir(parents=True, exist_ok=True)
    listed = {} if order.again else entries(folder)
    takes = order.takes or store.takes_folder(project)
    for code, targets, part in _versions(project, opened, info, order, progress):
        keys = {name: inputs_key(_inputs(opened, code, name, order)) for name in targets}
        kept = {
            name: found
            for name, path in targets.items()
            if (found := _kept(listed.get(path.name), path, keys[name])) is not None
        }
        wanted = {name: path for name, path in targets.items() if name not in kept}
        made = _made(opened, info, code, wanted, order, takes, part)
        lines = [_line(one, keys[one.delivery], opened.film.rate) for one in made]
        manifest = record(folder, project.stem, info.path.name, lines)
        there = {one.delivery: one for one in (*kept.values(), *made)}
        yield [there[name] for name in targets], manifest


def _made(
    project: Project,
    info: FilmInfo,
    language: str,
    wanted: dict[str, Path],
    order: Order,
    takes: Path,
    progress: Progress,
) -> tuple[Made, ...]:
    """The deliveries of a language version: of its descriptions, and of the film's lines."""
    described, of_lines = _parted(wanted)
    made: tuple[Made, ...] = ()
    share = len(described) / max(1, len(wanted))
    if described:
        made += steps.export(
            project, info, language, described, progress.part(0, share), order.profiles,
            fold_down=order.fold_down, constant_rate=order.constant_rate, captions=order.captions,
            takes=takes,
        )  # fmt: skip
    if of_lines:
        made += subtitling.export(project, info, language, of_lines, progress.part(share, 1))
    return made


def _parted(targets: dict[str, Path]) -> tuple[dict[str, Path], dict[str, Path]]:
    """Deliveries that hold descriptions, and those of the film's lines."""
    of_lines = {name: path for name, path in targets.items() if name in deliveries.OF_LINES}
    return {name: path for name, path in targets.items() if name not in of_lines}, of_lines


def _inputs(project: Project, language: str, delivery: str, order: Order) -> dict[str, Any]:
    """All that decides what a delivery is; plain values."""
    from studio.speech.fit import plan

    film, profile = project.film, order.profiles.get(delivery)
    return {
        "studio": studio.__version__,
        "delivery": delivery,
        "language": language,
        "film": [film.fingerprint, film.size, film.duration, film.loudness],
        "settings": to_plain(project.settings),
        "speech": to_plain(project.speech),
        "placements": to_plain(plan(project, language)),
        "beds": to_plain(project.beds),
        "dialogue": _dialogue_input(delivery, order.captions),
        "texts": {cue.id: steps.text_of(cue, language) for cue in project.cues},
        "script": _script_inputs(project) if _is_script(delivery) else None,
        "lines": _lines_inputs(project) if delivery in deliveries.OF_LINES else None,
        "captions": _captions_input(order.captions) if delivery == deliveries.CAPTIONS else None,
        "profile": None if profile is None else asdict(profile),
        "fold_down": order.fold_down and delivery in deliveries.WITH_PICTURE,
        "constant_rate": order.constant_rate and delivery in deliveries.WITH_PICTURE,
    }


def _is_script(delivery: str) -> bool:
    return delivery in deliveries.TEXTS or delivery in ("dapt-clips", "dapt-embedded")


def _captions_input(captions: Path | None) -> list[Any] | None:
    """What captions are, as far as they decide what comes of them."""
    from studio.mix.manifest import content_of

    return None if captions is None else [captions.suffix, *content_of(captions)]


def _lines_inputs(project: Project) -> dict[str, Any]:
    """What subtitles are made of."""
    return {
        "lines": to_plain(project.lines),
        "people": to_plain(project.people),
        "spoken": project.dialogue_language,
    }


def _script_inputs(project: Project) -> dict[str, Any]:
    """What only the texts of a project tell of it."""
    cues = [[cue.mode, cue.freeze, cue.accepted, cue.note] for cue in project.cues]
    said_by = [[to_plain(one.voice), one.take] for cue in project.cues for one in cue.versions]
    return {
        "cues": cues,
        "said_by": said_by,
        "voices": to_plain(project.voices),
        "scenes": to_plain(project.scenes),
        "pronunciations": to_plain(project.pronunciations),
    }


def _line(made: Made, inputs: str, rate: Fraction) -> Entry:
    """How the list tells of a delivery, once it has been read again. Raises ExportError.

    rate: of the film's pictures, Hz. sha256: by the names of files; a folder has several.
    """
    from studio.mix.manifest import content_of, sums_of
    from studio.mix.reread import reread

    checked = reread(made.delivery, made.file, rate)
    size, fingerprint = content_of(made.file)
    told = {name: value for name, value in asdict(made).items() if name != "unchanged"}
    told |= {"file": made.file.name, "notes": list(made.notes), "bytes": size}
    told |= {"sha256": sums_of(made.file), "checked_by": list(checked)}
    return {**told, "inputs": inputs, "fingerprint": fingerprint}


def _kept(entry: Entry | None, path: Path, inputs: str) -> Made | None:
    """The delivery that is there already and would be made the same; None where there is none."""
    from studio.mix.levels import Levelled
    from studio.mix.manifest import is_unchanged

    if entry is None or not is_unchanged(entry, path, inputs):
        return None
    known = {one.name for one in fields(Made)}
    told = {name: value for name, value in entry.items() if name in known}
    loudness = told["loudness"]
    told["loudness"] = None if loudness is None else Levelled(**loudness)
    told |= {"file": path, "notes": tuple(told["notes"]), "unchanged": True}
    return Made(**told)


def _dialogue_input(delivery: str, captions: Path | None) -> list[Any] | None:
    """What the captions are whose text goes into a script. Raises OSError."""
    from studio.mix.manifest import content_of

    rows = [row for row in formats.writable() if row.name == delivery and row.dialogue]
    if not rows or captions is None:
        return None
    return [captions.suffix, *content_of(captions)]
