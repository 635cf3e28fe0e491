"""Takes in the window: recordings become takes of a description, each change one named edit.

Files are written and read on threads; what comes home belongs to the description it was made for,
whatever is selected by then, and to the project that was open then.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from studio import paths
from studio.app.document import Document
from studio.app.words import seconds
from studio.errors import ProjectError, StudioError
from studio.progress import Progress, unwatched
from studio.script import edits
from studio.script.model import Cue, Project, Take, Version

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.speech.clipfolder import Returned

    Samples = NDArray[np.float32]


class Taking(QObject):
    """Keeps, imports, trims, chooses and removes takes."""

    told = Signal(str)
    failed = Signal(object)  # a StudioError

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document

    def keep(self, cue: Cue, version: Version, samples: Samples, rate: int) -> None:
        """Keep what was recorded as a take of `cue`; it is heard from now on."""
        where = (cue.id, version.language, version.text)
        self._work("Keep the recording", _keep, where, samples, rate)

    def keep_at_once(self, cue: Cue, version: Version, samples: Samples, rate: int) -> None:
        """The same before this returns: when all work is about to be stopped."""
        where, folder = (cue.id, version.language, version.text), self._document.takes
        try:
            take = _keep(where, samples, rate, folder, unwatched())
        except StudioError as error:
            self.failed.emit(error)
            return
        self._put(cue.id, version.language, take, folder)

    def import_file(self, cue: Cue, version: Version, file: Path) -> None:
        """Keep a recording made elsewhere as a take of `cue`."""
        where = (cue.id, version.language, version.text)
        self._work("Import a recording", _import, where, file)

    def _work(self, title: str, work: Any, where: tuple[str, str, str], *given: Any) -> None:
        document = self._document
        info, folder = document.info, document.takes

        def put(take: Take) -> None:
            if document.info is info:
                self._put(where[0], where[1], take, folder)
            else:
                kept = folder / take.file
                self.told.emit(f"The project was closed meanwhile; the recording is {kept}.")

        job = document.jobs.light(title, work, where, *given, folder)
        job.failed.connect(self.failed)
        job.done.connect(put)

    def _put(self, cue_id: str, language: str, take: Take, folder: Path) -> None:
        from studio.speech.takes import gather

        document = self._document
        try:
            gather([take], folder, document.takes)  # the project may have been saved meanwhile
        except ProjectError as error:
            self.failed.emit(error)
            return
        cue = document.project.cue(cue_id)
        if cue is None:  # deleted meanwhile; the file stays, so that undo can be followed by it
            self.told.emit(f"The description was deleted; its recording is {take.file}.")
            return
        document.edit("Record a take", edits.put_take(document.project, cue_id, language, take))
        changed = document.project.cue(cue_id)
        version = None if changed is None else changed.version(language)
        number = 1 if version is None else version.takes.index(take) + 1
        self.told.emit(f"Take {number}, {seconds(take.duration)}, is kept and heard in the film.")

    def trim(self, cue: Cue, language: str, take: Take, start: int, end: int) -> None:
        """Use the part start..end (ms) of a take, and hear it; a drag is one step."""
        from studio.speech.takes import with_part

        document = self._document
        part = with_part(take, start, end)
        if part != take:
            project = edits.put_take(document.project, cue.id, language, part)
            document.edit("Trim the take", project, amend=f"trim {cue.id} {take.file}")

    def choose(self, cue: Cue, language: str, take: Take | None) -> None:
        """Hear a take, or the voice where it is None."""
        document = self._document
        file = "" if take is None else take.file
        project = edits.choose_take(document.project, cue.id, language, file)
        document.edit("Choose the take" if file else "Leave it to the voice", project)
        self.told.emit("This take is heard now." if file else "The voice says it again.")

    def remove(self, cue: Cue, language: str, take: Take) -> None:
        """Take a take off the description; its file stays."""
        document = self._document
        project = edits.remove_take(document.project, cue.id, language, take.file)
        document.edit("Remove the take", project)
        self.told.emit("The take is removed. Undo brings it back.")

    def import_folder(self, folder: Path) -> None:
        """Bring in a folder of recordings that are named like delivered clips."""
        document = self._document
        info, language = document.info, document.language

        def put(returned: tuple[Returned, ...]) -> None:
            from studio.speech.clipfolder import put_clips

            if document.info is info:
                document.edit(
                    f"Import {folder.name}", put_clips(document.project, language, returned)
                )
                count = len(returned)
                files = "1 recording is" if count == 1 else f"{count} recordings are"
                self.told.emit(f"{files} imported from {folder.name} and heard now.")

        job = document.jobs.light(
            "Import recordings", _read_folder, document.project, folder, language, document.takes
        )
        job.failed.connect(self.failed)
        job.done.connect(put)
        self.told.emit(f"Import of {folder.name}: started.")


def _keep(
    where: tuple[str, str, str], samples: Samples, rate: int, folder: Path, _progress: Progress
) -> Take:
    """Keep a recording; one that cannot lie beside the project is saved from being lost.

    Stopping does not stop it: a recording cannot be made again.
    """
    from studio.speech.takes import keep

    try:
        return keep(samples, rate, folder, *where)
    except ProjectError as error:
        refuge = paths.state_folder("takes")
        if folder == refuge:
            raise
        saved = keep(samples, rate, refuge, *where)
        raise ProjectError(
            error.what,
            f"It was kept as {refuge / saved.file}.",
            f"{error.advice} Then import it from there.",
        ) from error


def _import(where: tuple[str, str, str], file: Path, folder: Path, progress: Progress) -> Take:
    from studio.speech.takes import bring_in

    progress(0.0, "Importing the recording")
    return bring_in(file, folder, *where)


def _read_folder(
    project: Project, folder: Path, language: str, takes: Path, progress: Progress
) -> tuple[Returned, ...]:
    from studio.speech.clipfolder import read_clips

    return read_clips(project, folder, language, takes, progress)


def take_words(number: int, version: Version, take: Take) -> str:
    """A row of the list of takes."""
    used = take.end - take.start
    part = "" if used == take.duration else f" of {seconds(take.duration)}"
    heard = ", heard in the film" if take.file == version.take else ""
    other = "" if take.text == version.text else f", for other words: {take.text}"
    return f"Take {number}: {seconds(used)}{part}{heard}{other}"


def load(take: Take, folder: Path, progress: Progress) -> Samples:
    """A take's samples at CLIP_RATE, for its wave. Raises ProjectError and MediaError."""
    from studio.speech.takes import load_take

    progress(0.0, "Reading the take")
    return load_take(take, folder)


def clip(take: Take, folder: Path, progress: Progress) -> Path:
    """The sound file of what is heard of a take."""
    from studio.speech.clips import clip_file
    from studio.speech.takes import clip_of

    progress(0.0, "Reading the take")
    return clip_file(clip_of(take, folder))
