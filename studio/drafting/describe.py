"""Drafts: what a describer proposes for the cues of a project."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import numpy as np

from studio import engines
from studio.engines import Moment, Picture
from studio.errors import EngineError
from studio.media.frames import pictures_at
from studio.media.probe import FilmInfo
from studio.progress import Progress
from studio.script.model import Cue, Draft, Project
from studio.script.pace import words_in
from studio.times import Span

if TYPE_CHECKING:
    from studio.engines import Pixels

_WIDTH = 960  # pixels: small print can still be read
_FEWEST, _MOST = 3, 6  # pictures of a moment
_APART = 1200  # ms between two of them, as far as that number allows
_AROUND = 4000  # ms of its scene shown on either side of a cue that has little room
_LITTLE = 1000  # ms of room from which the room alone shows what there is to describe
_REMEMBERED = 4  # descriptions before this one that a describer is told of
_STEP = 8  # every so many pixels are compared to measure motion


def draft(
    info: FilmInfo, project: Project, language: str, describer_name: str, progress: Progress
) -> Iterator[tuple[str, tuple[Draft, ...]]]:
    """Cue by cue, in order of time: the cue's id and its drafts, () where there is nothing to say.

    Cues with a text a person has accepted are passed over. Raises EngineError when the describer
    does not write in `language` or fails, MediaError when the film cannot be read.
    """
    check_language(describer_name, language)
    cues = sorted(project.cues, key=lambda cue: (cue.start, cue.end, cue.id))
    open_cues = [cue for cue in cues if not _settled(cue, language)]
    if not open_cues:
        return
    describer = engines.open("describer", describer_name)
    spans = [shown(project, cue) for cue in open_cues]
    # one pass for all cues: opening a long film takes as long as finding many pictures in it
    taken = pictures_at(info, (time for span in spans for time in sample_times(span)), _WIDTH)
    said = {cue.id: _text(cue, language) for cue in cues if _settled(cue, language)}

    def moments() -> Iterator[Moment]:
        before: deque[str] = deque(maxlen=_REMEMBERED)
        for cue in cues:
            if not _settled(cue, language):
                yield _moment(taken, project, cue, language, tuple(before))
            if cue.id in said:
                before.append(said[cue.id])

    with contextlib.closing(taken):
        proposed = describer.describe(moments())
        for done, (cue, proposals) in enumerate(zip(open_cues, proposed, strict=True)):
            progress(done / len(open_cues), "Describing")
            if proposals:
                said[cue.id] = proposals[0].text
            drafts = (Draft(language, one.text, describer_name, one.evidence) for one in proposals)
            yield cue.id, tuple(drafts)
    progress(1.0, "Describing")


def check_language(describer: str, language: str) -> None:
    """Raise EngineError, before any work, where `describer` does not write in `language`."""
    row = engines.row("describer", describer)
    if not row.speaks(language):
        raise EngineError(
            f"The describer “{describer}” does not write in “{language}” "
            f"(only in {', '.join(row.languages)}), and no translator is set up.",
            "There would be no text to speak in that language.",
            "Keep a project (--project P), write or translate the texts yourself, and bring them "
            f"in with: studio import P FILE.srt --language {language}",
        )


def _settled(cue: Cue, language: str) -> bool:
    return cue.accepted and bool(_text(cue, language))


def _text(cue: Cue, language: str) -> str:
    version = cue.version(language)
    return version.text.strip() if version is not None else ""


def _moment(
    taken: Iterator[tuple[int, Pixels]],
    project: Project,
    cue: Cue,
    language: str,
    before: tuple[str, ...],
) -> Moment:
    """What the describer is shown of a cue; takes its pictures, the next ones, from `taken`."""
    span = shown(project, cue)
    own = islice(taken, len(sample_times(span)))
    pictures = tuple({time: Picture(time, pixels) for time, pixels in own}.values())
    return Moment(
        span=span,
        language=language,
        pictures=pictures,
        motion=_motion([picture.pixels for picture in pictures]),
        word_limit=word_limit(project, cue),
        before=before,
    )


def shown(project: Project, cue: Cue) -> Span:
    """The stretch a description is about: the cue's room, or its scene around it.

    A cue for which the film waits has little room; what is described there is its scene so far and
    a little beyond.
    """
    film = Span(0, project.film.duration)
    if cue.end - cue.start >= _LITTLE:
        return Span(cue.start, cue.end)
    scene = next((one for one in project.scenes if one.start <= cue.start < one.end), film)
    start = max(scene.start, cue.start - _AROUND)
    return Span(start, max(start + 1, min(scene.end, cue.end + _AROUND)))


def sample_times(span: Span) -> list[int]:
    """Where pictures are taken from: evenly spread, in the middle of as many equal parts."""
    count = min(_MOST, max(_FEWEST, -(-span.duration // _APART)))
    return [span.start + span.duration * (2 * part + 1) // (2 * count) for part in range(count)]


def word_limit(project: Project, cue: Cue) -> int:
    """What can be said at the target pace in the cue's room and the wait it may make."""
    settings = project.settings
    room = max(0, cue.end - cue.start)
    if cue.mode == "extended" or cue.freeze:
        room += cue.freeze or settings.freeze_limit
    return words_in(room, settings.pace_target)


def _motion(pictures: list[Pixels]) -> float:
    """Mean difference of neighbouring pictures, 0..255, fades not counted."""
    small = [one[::_STEP, ::_STEP].astype(np.float32) for one in pictures]
    small = [one - one.mean() for one in small]  # what only grows lighter does not move
    steps = [float(np.abs(a - b).mean()) for a, b in pairwise(small)]
    return sum(steps) / len(steps) if steps else 0.0
