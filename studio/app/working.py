"""What the actions of the menu Work do: long work beside the window, and what comes of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio import hearing, steps
from studio.amounts import counted
from studio.app import work
from studio.app.document import Document
from studio.app.jobs import Job, Jobs
from studio.app.speaking import Speaking
from studio.app.work import Order
from studio.deliveries import Made
from studio.script import edits
from studio.script.model import Project


class Working(QObject):
    """Starts heavy jobs and applies what they bring home, each as one named edit."""

    told = Signal(str)
    failed = Signal(object)  # a StudioError
    film_made = Signal(object)  # the path of the short film

    def __init__(self, document: Document, jobs: Jobs, speaking: Speaking) -> None:
        super().__init__(document)
        self._document = document
        self._jobs = jobs
        self._speaking = speaking
        self.describer = steps.DEFAULT_DESCRIBER
        self.finders: tuple[str, ...] = ()  # who looks for faces; () for the usual ones

    def _start(self, job: Job) -> Job:
        job.failed.connect(self.failed)
        job.stopped.connect(lambda: self.told.emit(f"{job.title}: stopped."))
        self.told.emit(f"{job.title}: started.")
        return job

    def analyse(self) -> None:
        """Find scenes, speech and gaps."""
        document = self._document
        info = document.film
        job = self._start(
            self._jobs.heavy("Find scenes, speech and gaps", work.analyse, document.project, info)
        )
        job.done.connect(lambda found: self._adopt_analysis(info, found))

    def _adopt_analysis(self, info: object, found: Project) -> None:
        document = self._document
        if document.info is not info:
            return
        project = edits.adopt_analysis(document.project, found)
        document.edit("Find scenes, speech and gaps", project)
        self.told.emit(
            f"{counted(len(found.scenes), 'scene')} and {counted(len(found.gaps), 'gap')} found. "
            "Ctrl+D drafts a description for each gap."
        )

    def draft(self) -> None:
        """Draft descriptions in the present language, where nobody has decided yet."""
        self._draft("Draft descriptions", None)

    def draft_selected(self) -> None:
        """Draft the selected descriptions anew; a text or silence a person chose stays."""
        chosen = self._document.selection
        if not chosen:
            self.told.emit("Select the descriptions that are to be drafted anew first.")
            return
        count = counted(len(chosen), "description")
        self._draft(f"Draft {count} anew", chosen)

    def _draft(self, title: str, only: tuple[str, ...] | None) -> None:
        document = self._document
        before, info = document.project, document.film
        arguments = (before, info, document.language, self.describer, only)
        job = self._start(self._jobs.heavy(title, work.draft, *arguments))
        adopt = self._adopt_drafts if only is None else self._adopt_anew
        job.done.connect(lambda drafted: adopt(info, before, drafted))

    def _adopt_drafts(self, info: object, before: Project, drafted: Project) -> None:
        document = self._document
        if document.info is not info:
            return
        project = edits.adopt_drafts(document.project, before, drafted)
        select = document.selection or tuple(cue.id for cue in project.cues[:1])
        document.edit("Draft descriptions", project, select)
        count = sum(bool(document.text(cue)) for cue in document.project.cues)
        self.told.emit(f"{count} descriptions are drafted. They are being spoken now.")

    def _adopt_anew(self, info: object, before: Project, drafted: Project) -> None:
        document = self._document
        if document.info is not info:
            return
        project = edits.adopt_drafts(document.project, before, drafted)
        if project is document.project or project == document.project:
            self.told.emit("The describer proposes nothing else.")
            return
        document.edit("Draft anew", project)
        self.told.emit("There are new drafts; 1 to 5 takes one, 0 leaves it silent.")

    def transcribe(self) -> None:
        """Write down what people say, with the first transcriber that is ready."""
        document = self._document
        before, info = document.project, document.film
        title = "Write down what people say"
        job = self._start(self._jobs.heavy(title, work.transcribe, before, info))
        job.done.connect(lambda found: self._adopt_lines(info, before, found))

    def bring_lines(self, file: Path) -> None:
        """Bring in the dialogue of `file`: captions, or a list of who says what."""
        document = self._document
        before, info = document.project, document.film
        title = f"Import the lines of {file.name}"
        job = self._start(self._jobs.heavy(title, work.import_lines, before, info, file))
        job.done.connect(lambda found: self._adopt_imported(info, before, title, *found))

    def _adopt_imported(
        self, info: object, before: Project, title: str, found: Project, notes: tuple[str, ...]
    ) -> None:
        document = self._document
        if document.info is not info:
            return
        now = document.project
        if now.lines is not before.lines or now.people is not before.people:
            self.told.emit("Lines or cast were changed meanwhile, so nothing was imported.")
            return
        document.edit(title, hearing.with_lines(edits.set_people(now, found.people), found))
        said = f"{counted(len(found.lines), 'line')} of dialogue are there now."
        self.told.emit(" ".join((said, *notes)))

    def _adopt_lines(self, info: object, before: Project, found: Project) -> None:
        document = self._document
        if document.info is not info:
            return
        if document.project.lines is not before.lines:
            self.told.emit(
                "The lines were changed meanwhile, so what was heard is not used. "
                "Do it again: what was heard is kept, so it is quick."
            )
            return
        document.edit("Write down what people say", hearing.with_lines(document.project, found))
        count = counted(len(found.lines), "line")
        self.told.emit(f"{count} of dialogue. Ctrl+Alt+C finds who says them.")

    def look_with(self, finders: tuple[str, ...]) -> None:
        """Let these look for faces from now on; () for the usual ones."""
        self.finders = finders

    def find_cast(self) -> None:
        """Find who speaks when, whose faces there are, and who says which line."""
        document = self._document
        before, info = document.project, document.film
        arguments = (before, info, hearing.DISTINGUISHER, self.finders)
        job = self._start(self._jobs.heavy("Find the cast", work.find_cast, *arguments))
        terms = hearing.terms(hearing.DISTINGUISHER, self.finders)
        job.log += terms
        if terms:
            self.told.emit(" ".join((f"{job.title}: started.", *terms)))
        job.done.connect(lambda found: self._adopt_cast(job, info, before, found))

    def _adopt_cast(
        self, job: Job, info: object, before: Project, found: tuple[Project, tuple[str, ...]]
    ) -> None:
        document = self._document
        if document.info is not info:
            return
        cast, notes = found
        job.log += notes
        self._jobs.changed.emit()
        if not hearing.same_cast(before, document.project):
            self.told.emit(
                "Lines or people were changed meanwhile, so the cast that was found is not used. "
                "Do it again: the faces are kept, so it is quicker."
            )
            return
        project = hearing.with_cast(document.project, cast)
        if project == document.project:
            self.told.emit("Everybody is known already.")
            return
        document.edit("Find the cast", project)
        count = counted(len(project.people), "person", "people")
        self.told.emit(f"{count} in the cast. Alt+0 goes there, to name them.")

    def speak(self) -> None:
        """Speak what is not spoken; what failed before is tried again."""
        self._speaking.again()
        self.told.emit("Speaking what is not spoken yet.")

    def deliver(self, order: Order) -> None:
        """Make the deliveries of an order."""
        document = self._document
        job = self._start(self._jobs.heavy("Export", work.export, document.project, order))
        job.done.connect(lambda made: self._tell_of(job, order, made))

    def _tell_of(self, job: Job, order: Order, made: tuple[Made, ...]) -> None:
        """Never a dialog: whoever writes on meanwhile must not type into it."""
        job.folder = order.folder
        for one in made:
            job.log.append(f"{one.file.name} ({one.language})")
            job.log += [f"    {note}" for note in one.notes]
        self._jobs.changed.emit()
        files = "1 delivery" if len(made) == 1 else f"{len(made)} deliveries"
        notes = (
            " There is something to know; Alt+6 goes to it." if any(m.notes for m in made) else ""
        )
        self.told.emit(f"Export: {files} in {order.folder}.{notes}")

    def stop_jobs(self) -> None:
        """Stop all work in the background."""
        for job in self._jobs.jobs:
            if job.active:
                job.cancel()

    def make_demo(self, folder: Path) -> None:
        """Make a short film in `folder`."""
        job = self._start(
            self._jobs.heavy("Make a short film", work.make_demo, folder / "demo.mp4")
        )
        job.done.connect(self.film_made)
