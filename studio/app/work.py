"""What jobs do: functions that run in a process of their own or on a thread. No Qt here."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio import batch, deliveries, hearing, soundbeds, steps, syncing
from studio.deliveries import Made
from studio.instep import InStep
from studio.progress import Progress
from studio.script import store
from studio.script.model import Bed, Project

if TYPE_CHECKING:
    from studio.media.frames import Pixels
    from studio.media.probe import FilmInfo


@dataclass(frozen=True, slots=True)
class Order:
    """What an export is asked for. loudness: the name of a profile, or "none".

    takes: the folder of the project's recordings.
    """

    folder: Path
    stem: str
    languages: tuple[str, ...]
    deliveries: tuple[str, ...]
    loudness: str
    takes: Path | None = None


def analyse(project: Project, info: FilmInfo, progress: Progress) -> Project:
    """Scenes, speech and gaps of the film."""
    return steps.analyse(project, info, progress)


def draft(
    project: Project,
    info: FilmInfo,
    language: str,
    describer: str,
    only: tuple[str, ...] | None,
    progress: Progress,
) -> Project:
    """Drafts for every description of one language about which nobody has decided.

    only: the ids of those that are asked for, whatever has become of them.
    """
    states = steps.drafts(project, info, [language], describer, False, progress, only=only)
    return deque(states, maxlen=1).pop()


def transcribe(project: Project, info: FilmInfo, progress: Progress) -> Project:
    """What people say, as lines, by the first transcriber that is ready."""
    spoken_in = project.dialogue_language or None
    states = hearing.transcribe(project, info, None, spoken_in, progress)
    return deque(states, maxlen=1).pop()


def import_lines(
    project: Project, info: FilmInfo, file: Path, progress: Progress
) -> tuple[Project, tuple[str, ...]]:
    """The lines of a file in place of those there were, with what a person should know."""
    return hearing.import_lines(project, info, file, None, progress)


def find_cast(
    project: Project,
    info: FilmInfo,
    diariser: str,
    finders: tuple[str, ...],
    progress: Progress,
) -> tuple[Project, tuple[str, ...]]:
    """Who speaks when, and whose faces and lines are whose; with sentences on what was found.

    finders: who looks for faces; () for the usual ones.
    """
    return hearing.cast(project, info, diariser, True, progress, finders)


def export(project: Project, order: Order, progress: Progress) -> tuple[Made, ...]:
    """All deliveries of an order, and their list; what is there and unchanged is kept."""
    profiles = deliveries.profiles_from([order.loudness], order.deliveries)
    wanted = batch.Order(
        order.deliveries, order.languages, order.folder, profiles, takes=order.takes
    )
    with tempfile.TemporaryDirectory() as kept:  # what is exported need not be saved
        path = Path(kept) / f"{order.stem}{store.SUFFIX}"
        steps.save_project(project, path)
        [done] = batch.export([path], wanted, progress)
    if done.error is not None:
        raise done.error
    return done.made


def make_bed(bed: Bed, progress: Progress) -> Bed:
    """The bed with its sound."""
    return soundbeds.make(bed, progress)


def mood(info: FilmInfo, still: int, progress: Progress) -> tuple[str, str, str]:
    """Atmosphere, rhythm and melody, from what can be measured of the picture at film ms."""
    found = soundbeds.mood(info, still, None, progress)
    return found.atmosphere, found.rhythm, found.melody


@dataclass(frozen=True, slots=True)
class AskedMood:
    """The mood that a describer tells of a still, and what is measured there: three fields each."""

    told: tuple[str, str, str]
    measured: tuple[str, str, str]


def ask_mood(info: FilmInfo, still: int, describer: str, progress: Progress) -> AskedMood:
    """The mood of the picture at film ms, asked of a describer that writes freely."""
    measured = mood(info, still, progress.part(0, 0.1))
    told = soundbeds.mood(info, still, describer, progress.part(0.1, 1))
    return AskedMood((told.atmosphere, told.rhythm, told.melody), measured)


def still(info: FilmInfo, film: int, width: int, progress: Progress) -> Pixels:
    """The picture at film ms, RGB, at most `width` pixels wide."""
    progress.check()
    (pixels,) = soundbeds.stills(info, (film,), width)
    return pixels


def files_of(order: Order, film: Path) -> dict[str, dict[str, Path]]:
    """The files an order makes: language to delivery to file."""
    return {
        language: deliveries.targets_in(order.folder, order.stem, language, order.deliveries, film)
        for language in order.languages
    }


def existing(order: Order, film: Path) -> Sequence[Path]:
    """The files that an order would write over."""
    return [
        file
        for targets in files_of(order, film).values()
        for file in targets.values()
        if file.exists()
    ]


def make_demo(film: Path, progress: Progress) -> Path:
    """A short film to try the studio with."""
    from studio.demo import make_demo_film

    film.parent.mkdir(parents=True, exist_ok=True)
    make_demo_film(film, progress)
    return film


def measure_sync(film: Path, meter: str, progress: Progress) -> InStep:
    """Whether picture and sound of a film are in step. meter: a row of the table."""
    return syncing.measure_sync(film, progress, meter)


def repair_sync(
    film: Path, target: Path, found: InStep | None, late: float, meter: str, progress: Progress
) -> tuple[tuple[str, ...], InStep | None]:
    """Write a film in step: as found, and what `meter` finds then; without, `late` ms earlier.

    Sentences on how it was done come first.
    """
    syncing.check_target(film, target)
    if found is None:
        return syncing.repair_by(film, target, late, progress), None
    notes = syncing.repair_sync(film, target, found, progress.part(0, 0.3))
    return notes, syncing.measure_sync(target, progress.part(0.3, 1), meter)
