"""Makes sound beds beside the window: the mood of a still, the sound of a bed, the still itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio import soundbeds
from studio.app import work
from studio.app.document import Document
from studio.app.jobs import Job, Jobs
from studio.errors import StudioError
from studio.script import beds
from studio.script.model import Bed
from studio.times import Span, clock

_STILL = 240  # pixels wide
MAKING = "Make a sound bed"

FIELDS = ("atmosphere", "rhythm", "melody")
Mood = tuple[str, str, str]
"""Atmosphere, rhythm and melody."""


class BedMaking(QObject):
    """Starts the jobs and applies what they bring home, each as one named edit."""

    told = Signal(str)
    failed = Signal(object)  # a StudioError
    begun = Signal(str)  # the id of a new bed
    progressed = Signal()  # a bed that is made goes on, or ends
    still_found = Signal(int, object)  # film ms, and the pixels of the picture there

    def __init__(self, document: Document, jobs: Jobs) -> None:
        super().__init__(document)
        self._document = document
        self._jobs = jobs
        self.job: Job | None = None
        self._told: dict[str, Mood] = {}  # what describers have said of beds, by the bed's id
        document.opened.connect(self._told.clear)

    @property
    def busy(self) -> bool:
        """Whether a bed is being made, or a describer asked for its mood."""
        return self.job is not None and self.job.active

    # --- a new bed --------------------------------------------------------------------------------

    def begin(self, film: int) -> None:
        """A bed for the scene at film ms, its mood taken from the still at a third of it."""
        span = self._scene(film)
        still = soundbeds.still_of(span, soundbeds.STILLS[0])
        self._look(still, lambda mood: self._add(Bed("", span.start, span.end, *mood, still=still)))

    def _scene(self, film: int) -> Span:
        """The scene there, or the whole film where it is too short for a bed."""
        project = self._document.project
        whole = Span(0, project.film.duration)
        scene = next((one for one in project.scenes if one.start <= film < one.end), whole)
        return scene if scene.duration >= beds.SHORTEST else whole

    def _add(self, bed: Bed) -> None:
        try:
            project, bed_id = beds.add(self._document.project, bed)
        except StudioError as error:
            self.failed.emit(error)
            return
        self._document.edit("Add a sound bed", project)
        self.told.emit(f"A bed for {clock(bed.start)} to {clock(bed.end)}. It is not made yet.")
        self.begun.emit(bed_id)

    def take_mood(self, bed: Bed) -> None:
        """Fill the fields of a bed from its still."""
        still = bed.still if bed.still is not None else bed.start
        self._look(still, lambda mood: self._put_mood(bed.id, mood))

    def _put_mood(self, bed_id: str, mood: Mood) -> None:
        project = self._document.project
        if any(bed.id == bed_id for bed in project.beds):
            fields = zip(FIELDS, mood, strict=True)
            changed = beds.change(project, bed_id, **dict(fields))
            self._document.edit("Take the mood from the picture", changed)
            self.told.emit(f"The picture says: {', '.join(mood)}.")

    def ask_mood(self, bed: Bed, describer: str) -> None:
        """Let a describer fill the fields of a bed from its still; words of a person stay."""
        info, still = self._document.film, bed.still if bed.still is not None else bed.start
        title = f"Ask “{describer}” for a mood"
        job = self._begin_job(title, work.ask_mood, info, still, describer)
        job.done.connect(
            lambda asked: self._put_asked(bed, asked) if self._document.info is info else None
        )

    def _put_asked(self, before: Bed, asked: work.AskedMood) -> None:
        """Fill what was empty, or was only measured, when it was asked and is the same still."""
        project = self._document.project
        bed = next((one for one in project.beds if one.id == before.id), None)
        if bed is None:
            return
        fields = zip(FIELDS, asked.told, asked.measured, strict=True)
        theirs = [*asked.measured, *self._told.get(bed.id, ())]
        new = {
            field: told
            for field, told, _ in fields
            if getattr(bed, field) == getattr(before, field)
            and (not getattr(bed, field).strip() or getattr(bed, field) in theirs)
        }
        kept = [field for field in FIELDS if field not in new]
        if not new:
            self.told.emit("All three fields hold words of yours, which stay. Empty one to ask.")
            return
        try:
            changed = beds.change(project, bed.id, **new)
        except StudioError as error:
            self.failed.emit(error)
            return
        self._told[bed.id] = asked.told
        self._document.edit("Take the mood from a describer", changed)
        stays = f" What you wrote as {' and '.join(kept)} stays." if kept else ""
        self.told.emit(f"The describer says: {', '.join(new.values())}.{stays}")

    def _look(self, still: int, take: Callable[[Mood], None]) -> None:
        info = self._document.film
        job = self._jobs.light("Look at a picture", work.mood, info, still)
        job.done.connect(lambda mood: take(mood) if self._document.info is info else None)
        job.failed.connect(self.failed)

    def show_still(self, film: int) -> None:
        """Fetch the picture at film ms."""
        info = self._document.film
        job = self._jobs.light("Fetch a picture", work.still, info, film, _STILL)
        job.done.connect(
            lambda pixels: (
                self.still_found.emit(film, pixels) if self._document.info is info else None
            )
        )
        job.failed.connect(self.failed)

    # --- its sound --------------------------------------------------------------------------------

    def make(self, bed: Bed) -> None:
        """Make the sound of a bed."""
        info = self._document.film
        job = self._begin_job(MAKING, work.make_bed, bed)
        job.done.connect(lambda made: self._take(made) if self._document.info is info else None)

    def _begin_job(self, title: str, *given: Any) -> Job:
        """Long work on a bed, of which the panel shows how far it is, and which it can stop."""
        job = self.job = self._jobs.heavy(title, *given)
        job.progressed.connect(self.progressed)
        job.ended.connect(self.progressed)
        job.failed.connect(self.failed)
        job.stopped.connect(lambda: self.told.emit(f"{title}: stopped."))
        self.told.emit(f"{title}: started.")
        return job

    def _take(self, made: Bed) -> None:
        project = beds.put_sound(self._document.project, made)
        if project is self._document.project:
            self.told.emit("The bed has changed meanwhile; make it again.")
            return
        self._document.edit("Make a sound bed", project)
        self.told.emit("The bed is made. It is in the film from now on; undo takes it out.")

    def stop(self) -> None:
        """Stop what is being done to a bed."""
        if self.job is not None and self.job.active:
            self.job.cancel()
