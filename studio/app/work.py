"""The heavy jobs: functions that run in a process of their own. No Qt here."""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio import batch, deliveries, steps, syncing
from studio.instep import InStep
from studio.progress import Progress
from studio.script import store
from studio.script.model import Project
from studio.steps import Made

if TYPE_CHECKING:
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


def measure_sync(film: Path, progress: Progress) -> InStep:
    """Whether picture and sound of a film are in step."""
    return syncing.measure_sync(film, progress)


def repair_sync(
    film: Path, target: Path, found: InStep | None, late: float, progress: Progress
) -> tuple[tuple[str, ...], InStep | None]:
    """Write a film in step: as found, and what is found then; without, `late` ms earlier.

    Sentences on how it was done come first.
    """
    syncing.check_target(film, target)
    if found is None:
        return syncing.repair_by(film, target, late, progress), None
    notes = syncing.repair_sync(film, target, found, progress.part(0, 0.3))
    return notes, syncing.measure_sync(target, progress.part(0.3, 1))
