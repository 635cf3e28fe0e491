"""Keeps what is played and what the timeline shows in step with the document.

After an edit the plan of the export is made anew (some tens of ms) and handed to both, so what is
heard and seen is what an export would deliver. What takes longer - the film's picture times, its
peaks, thumbnails and the small copy that seeks fast - is worked out beside it, and used when there.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from studio import rehearsal
from studio.app.document import Change, Document
from studio.app.jobs import Job, Jobs
from studio.app.player import Opened, Player
from studio.app.player.reel import Reel
from studio.app.states import CueState
from studio.app.timeline import Stretch, Timeline, TimelineContent
from studio.errors import MediaError, StudioError
from studio.media import remembered
from studio.media.frames import pictures_at
from studio.media.peaks import Peaks, film_peaks
from studio.media.probe import FilmInfo
from studio.mix.shown import PictureTimes, even_times
from studio.mix.sounding import Sounding
from studio.progress import Progress
from studio.script.beds import mood
from studio.script.model import Line, Person, Project
from studio.script.people import colour_of
from studio.times import Span

if TYPE_CHECKING:
    from studio.engines import Pixels
    from studio.script.model import Project

_PAUSE = 10  # ms within which several edits are shown as one
_BETWEEN = 15  # ms before the timeline follows, so that a key that was pressed comes first
_PUT_OFF_MOST = 10  # times that it waits so for a picture that was jumped to
_VOICE_SOON = 1500  # ms in which a text that was changed is spoken, mostly; see Speaking
_THUMBNAIL = 160  # pixels wide
_BATCH = 4  # thumbnails fetched at a time

_Spoken = tuple[tuple[Line, ...], tuple[Person, ...], tuple[Stretch, ...]]


class Stage(QObject):
    """Owns the sounding: the one plan that player and timeline show."""

    failed = Signal(object)  # a StudioError
    changed = Signal()  # there is a new sounding

    def __init__(self, document: Document, jobs: Jobs, player: Player, timeline: Timeline) -> None:
        super().__init__(document)
        self._document = document
        self._jobs = jobs
        self._player = player
        self._timeline = timeline
        self._times: PictureTimes | None = None
        self._seen: FilmInfo | None = None  # the file that small pictures are taken from
        self.sounding: Sounding | None = None
        self._made_of: tuple[Project, str, Sounding] | None = None  # what the player has last
        self._drawn: tuple[Project, str, dict[str, CueState], Sounding] | None = None
        self._running: list[Job] = []
        self._wanted: list[int] = []
        self._spoken: _Spoken | None = None
        self._fetching: frozenset[int] = frozenset()
        self._listening = False
        self._put_off = 0  # times that the timeline has waited for a picture
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._follow)
        self._showing = QTimer(self)  # a turn of its own: what is heard comes before
        self._showing.setSingleShot(True)
        self._showing.setInterval(_BETWEEN)
        self._showing.timeout.connect(self._show)
        document.opened.connect(self._begin)
        document.changed.connect(self._change)
        document.language_changed.connect(lambda: self._timer.start(_PAUSE))
        document.coming.connect(self._hear_early)
        document.issues_changed.connect(self._showing.start)
        timeline.thumbnails_wanted.connect(self._want_thumbnails)

    @property
    def busy(self) -> bool:
        """Whether the last edit is not shown yet."""
        return self._timer.isActive() or self._showing.isActive()

    @property
    def fetching(self) -> bool:
        """Whether something of the film is still being worked out."""
        return bool(self._running or self._wanted)

    def close(self) -> None:
        """Stop what is being worked out."""
        for job in self._running:
            job.cancel()

    # --- another film -----------------------------------------------------------------------------

    def _begin(self) -> None:
        self.close()
        self._timer.stop()
        self._showing.stop()
        self._made_of = self._drawn = None
        self.sounding = self._times = self._seen = None
        self._wanted = []
        if not self._document.is_open:
            return
        info = self._document.film
        self._timeline.set_peaks(None)
        document = self._document
        project, language = document.project, document.language

        def take(found: _First) -> None:
            self._open(found, project, language)

        self._run("Plan the film", take, _first_sounding, project, info, language, document.takes)
        self._run("Draw the sound", self._timeline.set_peaks, _peaks, info)

    def _run(
        self, title: str, take: Callable[[Any], None], work: Callable[..., Any], *given: Any
    ) -> Job:
        info = self._document.info
        job = self._jobs.light(title, work, *given)
        self._running.append(job)
        job.done.connect(lambda result: take(result) if self._document.info is info else None)
        job.failed.connect(self.failed)
        job.ended.connect(lambda: self._running.remove(job))
        return job

    def _open(self, found: _First, project: Project, language: str) -> None:
        """Show what is planned, while the film itself is opened to be played."""
        sounding = found.sounding

        def take(opened: Opened) -> None:
            self._made_of = project, language, sounding
            self._play(found, opened)

        self._run("Open the film", take, _opened, sounding, found.copy)
        self._draw(sounding)

    def _play(self, found: _First, opened: Opened) -> None:
        sounding = found.sounding
        document = self._document
        arguments = (document.project, document.film, document.language, document.takes)
        self._times, self.sounding = sounding.times, sounding
        self._seen = opened.reel.info
        try:
            self._player.open(sounding, opened)
        except MediaError as error:
            self.failed.emit(error)
        self._follow()
        if not found.counted:
            self._run("Count the pictures", self._count, _counted, *arguments)
        elif not opened.reel.copied:
            self._copy(sounding.times)

    def _count(self, sounding: Sounding) -> None:
        """The film's real picture times are known; they differ from the even ones in some films."""
        times = self._times = sounding.times
        self.sounding = sounding  # what has been edited since, `_follow` brings up to date
        self._follow()
        self._copy(times)

    def _copy(self, times: PictureTimes) -> None:
        info = self._document.film
        self._run("Make a copy that seeks fast", self._use_copy, _proxy, info, times)

    def _use_copy(self, copy: Reel) -> None:
        """Show the copy, and take small pictures from it: it is read with a tenth of the work."""
        self._seen = copy.info
        self._player.use_reel(copy)

    # --- an edit ----------------------------------------------------------------------------------

    def _change(self, change: Change) -> None:
        """Follow soon, but wait for the voice of a new text: else a freeze would go and come.

        When the voice is there it is heard first; whatever else shows the change comes after.
        """
        language = self._document.language
        if change.brings_voice(language):
            self._timer.stop()
            self._follow()
        else:
            self._timer.start(_VOICE_SOON if change.awaits_voice(language) else _PAUSE)

    def _hear_early(self, project: Project) -> None:
        """What the document will be in a moment; what it is still is not to be heard again."""
        self._timer.stop()
        self._hear(project)

    def _hear(self, project: Project) -> bool:
        """Let the player go on with that state of the project; False where that is not possible.

        Nothing is done where it has been heard already.
        """
        document, language = self._document, self._document.language
        if self._times is None or not document.is_open:
            return False
        earlier = self.sounding
        if self._made_of is not None:
            of, spoken, made = self._made_of
            if of is project and spoken == language and made is earlier:
                return True
        try:
            sounding = rehearsal.sounding(
                project, document.film, language, self._times, earlier, document.takes
            )
        except StudioError as error:
            self.failed.emit(error)
            return False
        self.sounding = sounding
        self._made_of = project, language, sounding
        self._player.update(sounding)
        return True

    def _follow(self) -> None:
        if self._document.is_open and self._hear(self._document.project):
            self._showing.start()
            self._listen_closer()

    def _listen_closer(self) -> None:
        """Look at the film as an export does where that has not been done yet."""
        sounding = self.sounding
        if sounding is None or sounding.complete or self._listening:
            return
        self._listening = True
        document = self._document
        job = self._run(
            "Listen closely",
            self._heard,
            _listened,
            document.project,
            document.language,
            sounding,
            document.takes,
        )
        job.ended.connect(self._cease_listening)

    def _heard(self, sounding: Sounding) -> None:
        self.sounding = sounding  # what is known from now on; `_follow` brings it up to date
        self._timer.start(_PAUSE)

    def _cease_listening(self) -> None:
        self._listening = False

    def _show(self) -> None:
        if self._player.seeking and self._put_off < _PUT_OFF_MOST:
            self._put_off += 1
            self._showing.start()
            return
        self._put_off = 0
        if self.sounding is not None:
            self._draw(self.sounding)
            self.changed.emit()

    def _draw(self, sounding: Sounding) -> None:
        """Let the timeline show the document with that sounding, unless it does."""
        document = self._document
        project, language, states = document.project, document.language, document.states
        things = (project, language, states, sounding)
        if self._drawn is not None and all(map(operator.is_, things, self._drawn)):
            return
        self._drawn = things
        self._timeline.set_content(
            TimelineContent(
                project,
                language,
                states,
                sounding.time_map,
                sounding.spans,
                self._lines_of(project),
                tuple(Stretch(Span(bed.start, bed.end), mood(bed)) for bed in project.beds),
            )
        )

    def _lines_of(self, project: Project) -> tuple[Stretch, ...]:
        """The dialogue for its lane; the same value as long as nothing of it changed."""
        before = self._spoken
        if before is None or before[0] is not project.lines or before[1] is not project.people:
            called = {one.id: f"{project.called(one.id)}: " for one in project.people}
            colours = {one.id: colour_of(project.people, one.id) for one in project.people}
            stretches = tuple(
                Stretch(
                    Span(one.start, one.end),
                    called.get(one.person, "") + one.text,
                    colours.get(one.person, ""),
                )
                for one in project.lines
            )
            before = self._spoken = (project.lines, project.people, stretches)
        return before[2]

    # --- thumbnails -------------------------------------------------------------------------------

    def _want_thumbnails(self, times: list[int]) -> None:
        self._wanted = [one for one in times if one not in self._fetching]
        self._fetch()

    def _fetch(self) -> None:
        if self._fetching or not self._wanted or not self._document.is_open:
            return
        batch, self._wanted = sorted(self._wanted[:_BATCH]), self._wanted[_BATCH:]
        self._fetching = frozenset(batch)
        info = self._document.info
        job = self._jobs.light("Thumbnails", _thumbnails, self._seen or info, tuple(batch))
        self._running.append(job)
        job.done.connect(lambda found: self._show_thumbnails(info, found))
        job.failed.connect(lambda _error: self._wanted.clear())  # the player tells of the film
        job.ended.connect(lambda: self._fetched(job))

    def _show_thumbnails(self, info: FilmInfo | None, found: list[tuple[int, Pixels]]) -> None:
        if info is not self._document.info:
            return
        for time, pixels in found:
            height, width = pixels.shape[:2]
            data = pixels.tobytes()
            image = QImage(data, width, height, width * 3, QImage.Format.Format_RGB888).copy()
            self._timeline.set_thumbnail(time, image)

    def _fetched(self, job: Job) -> None:
        self._running.remove(job)
        self._fetching = frozenset()
        self._fetch()


@dataclass(frozen=True)
class _First:
    """What a film is shown with at first. counted: its times are those of its real pictures.

    copy: its small copy, None where there is none yet.
    """

    sounding: Sounding
    counted: bool
    copy: Path | None


def _first_sounding(
    project: Project, info: FilmInfo, language: str, takes: Path, progress: Progress
) -> _First:
    """What was worked out before is used at once; what is not known yet follows later."""
    progress.check()
    times = rehearsal.known_picture_times(info)
    copy = None if times is None else rehearsal.known_proxy(info, times)
    shown = even_times(info) if times is None else times
    sounding = rehearsal.sounding(project, info, language, shown, takes=takes)
    return _First(sounding, times is not None, copy)


def _opened(sounding: Sounding, copy: Path | None, progress: Progress) -> Opened:
    """The film, opened only to be heard where there is a copy of its pictures."""
    progress.check()
    return Opened.of(sounding, None if copy is None else partial(_reel, copy, sounding.times))


def _reel(copy: Path, times: PictureTimes) -> Reel | None:
    """The small copy, None where it is damaged; who makes it ready next tells of that."""
    try:
        return Reel(remembered.known(copy), times.rate, copied=True)
    except MediaError:
        return None


def _listened(
    project: Project, language: str, earlier: Sounding, takes: Path, progress: Progress
) -> Sounding:
    return rehearsal.listened(project, language, earlier, progress, takes)


def _proxy(info: FilmInfo, times: PictureTimes, progress: Progress) -> Reel:
    return Reel(remembered.known(rehearsal.proxy(info, times, progress)), times.rate, copied=True)


def _counted(
    project: Project, info: FilmInfo, language: str, takes: Path, progress: Progress
) -> Sounding:
    """The sounding with the film's real picture times, worked out where nobody waits for it."""
    times = rehearsal.picture_times(info, progress)
    return rehearsal.sounding(project, info, language, times, takes=takes)


def _peaks(info: FilmInfo, progress: Progress) -> Peaks | None:
    return film_peaks(info, progress) if info.sound is not None else None


def _thumbnails(
    info: FilmInfo, times: tuple[int, ...], progress: Progress
) -> list[tuple[int, Pixels]]:
    found = []
    for asked, (_, pixels) in zip(times, pictures_at(info, times, _THUMBNAIL), strict=True):
        progress.check()
        found.append((asked, pixels))
    return found
