"""What the actions of the menu File do: opening, saving, finding, leaving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from studio import steps
from studio.amounts import counted
from studio.app import autosave, problem
from studio.app.announce import name
from studio.app.autosave import Leftover
from studio.app.document import Document, is_project
from studio.app.preferences import Preferences
from studio.app.taking import Taking
from studio.errors import ProjectError, StudioError
from studio.instep import Stretch
from studio.script import formats, store

FILMS = "*.mp4 *.m4v *.mov *.mkv *.webm *.avi *.ts *.mts *.mpg *.mpeg *.mxf *.wmv *.flv *.ogv"
SCRIPTS = " ".join(f"*{suffix}" for suffix in formats.suffixes())


class Filing(QObject):
    """Opens and saves; asks before anything would be lost."""

    lines_chosen = Signal(object)  # the Path of a file with the film's lines
    told = Signal(str)
    failed = Signal(object)  # a StudioError
    film_opened = Signal()

    def __init__(self, document: Document, preferences: Preferences, window: QWidget) -> None:
        super().__init__(document)
        self._document = document
        self._preferences = preferences
        self._window = window
        self.taking = Taking(document, self)
        self.taking.told.connect(self.told)
        self.taking.failed.connect(self.failed)

    # --- opening ----------------------------------------------------------------------------------

    def open(self) -> None:
        """Ask for a film or a project."""
        kinds = (
            f"Films and projects ({FILMS} *{store.SUFFIX});;Projects (*{store.SUFFIX});;"
            f"Films ({FILMS});;All files (*)"
        )
        self._ask("Open a film or a project", kinds, self.open_path)

    def open_path(self, path: Path) -> None:
        """Open a film or a project, by its name."""
        if not self.may_leave():
            return
        try:
            if is_project(path):
                self._open_project(path)
            else:
                self._document.open_film(path.resolve(), self._document.language)
                self.told.emit(f"{path.name} is open.")
                self.film_opened.emit()
        except StudioError as error:
            self.failed.emit(error)

    def _open_project(self, path: Path) -> None:
        left = autosave.leftover_of(path)
        if left is not None:
            written = f"{left.written:%d.%m. %H:%M:%S}"
            answer = problem.ask(
                self._window,
                f"There is a newer state of {path.name}.",
                f"The studio ended without saving it; it was kept on {written}. "
                "The file itself is as it was saved last.",
                "Open the newer state",
                "Throw it away",
                "Cancel",
            )
            if answer == "Cancel":
                return
            if answer == "Open the newer state":
                self.open_leftover(left)
                return
            left.forget()
        try:
            self._document.open_project(path)
        except ProjectError as error:
            if not path.is_file() or not error.what.startswith("The film "):
                raise
            self._offer_relink(path, error)
            return
        self._opened(path)

    def open_leftover(self, left: Leftover) -> None:
        """Open what a crash left behind."""
        try:
            self._document.open_leftover(left)
        except StudioError as error:
            self.failed.emit(error)
            return
        self.told.emit("The newer state is open. Save it to keep it.")

    def _opened(self, path: Path) -> None:
        self._preferences.remember(path.resolve())
        count = len(self._document.project.cues)
        self.told.emit(f"{path.name} is open, {counted(count, 'description')}.")

    def _ask(self, title: str, kinds: str, use: Callable[[Path], None]) -> None:
        dialog = QFileDialog(self._window, title, str(self._folder()), kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._show(dialog, title, use)

    def _show(self, dialog: QFileDialog, title: str, use: Callable[[Path], None]) -> None:
        name(dialog, title)
        dialog.setModal(True)
        dialog.fileSelected.connect(lambda file: use(Path(file)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _folder(self) -> Path:
        if self._document.path is not None:
            return self._document.path.parent
        if self._document.is_open:
            return self._document.film.path.parent
        recent = self._preferences.recent
        if recent:
            return recent[0].parent
        films = QStandardPaths.StandardLocation.MoviesLocation
        return Path(QStandardPaths.writableLocation(films) or Path.home())

    # --- the film is elsewhere --------------------------------------------------------------------

    def relink(self) -> None:
        """Ask for a project, then for where its film lies now."""
        if self._document.path is not None:
            self._ask_for_film(self._document.path)
        else:
            kinds = f"Projects (*{store.SUFFIX})"
            self._ask("Which project lost its film?", kinds, self._ask_for_film)

    def _offer_relink(self, path: Path, error: ProjectError) -> None:
        answer = problem.ask(
            self._window, error.what, f"{error.meaning} Do you know where it is now?",
            "Find the film…", "Cancel",
        )  # fmt: skip
        if answer == "Find the film…":
            self._ask_for_film(path)

    def _ask_for_film(self, project: Path) -> None:
        kinds = f"Films ({FILMS});;All files (*)"
        title = f"Where is the film of {project.stem}?"
        self._ask(title, kinds, lambda film: self.relink_to(project, film))

    def relink_to(self, path: Path, film: Path) -> None:
        """Take `film` as the film of the project at `path`, save that, and open it."""
        if not self.may_leave():
            return
        try:
            self._document.close()
            steps.save_project(steps.relink(path, film), path)
            self._document.open_project(path)
        except StudioError as error:
            self.failed.emit(error)
            return
        self._opened(path)

    def use_in_step(self, film: Path, slips: Sequence[Stretch]) -> None:
        """Go on with `film`, the repaired one, in place of the project's own; saves the project.

        slips: how late the sound of the project's film was.
        """
        document = self._document
        if not self._is_kept() or document.path is None:
            self.told.emit("The project has its old film still: save it first.")
            return
        path = document.path
        try:
            project = steps.with_film_in_step(document.project, film, slips)
            document.close()
            steps.save_project(project, path)
            document.open_project(path)
        except StudioError as error:
            self.failed.emit(error)
            return
        self._opened(path)
        self.film_opened.emit()  # its speech and its gaps are looked for anew

    def _is_kept(self) -> bool:
        """Whether all that was done is in the project's file, saved now where it was not."""
        if self._document.path is None:
            return self._save_in_place()
        return not self._document.unsaved or self._save(None)

    def import_script(self) -> None:
        """Ask for a script, and bring its texts in."""
        self._ask("Import a script", f"Scripts ({SCRIPTS});;All files (*)", self.import_from)

    def import_from(self, file: Path) -> None:
        """Bring the texts of `file` into the present language."""
        document = self._document
        try:
            project, notes = steps.import_script(document.project, file, document.language)
        except StudioError as error:
            self.failed.emit(error)
            return
        document.edit(f"Import {file.name}", project)
        said = f"{file.name} is imported: {counted(len(project.cues), 'description')} now."
        self.told.emit(" ".join((said, *notes)))

    def import_lines(self) -> None:
        """Ask for captions or a list of who says what, and bring the film's lines in."""
        kinds = f"Captions and lists ({SCRIPTS} *.txt);;All files (*)"
        self._ask("Import lines of the film", kinds, self.lines_chosen.emit)

    def import_takes(self) -> None:
        """Ask for a folder of recordings, and bring them in."""
        title = "Import a folder of recordings"
        dialog = QFileDialog(self._window, title, str(self._folder()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        self._show(dialog, title, self.taking.import_folder)

    # --- saving and leaving -----------------------------------------------------------------------

    def save(self) -> None:
        """Save, or ask where to where the project has no file yet."""
        if self._document.path is None:
            self.save_as()
        else:
            self._save(None)

    def save_as(self) -> None:
        """Ask for a file and save there."""
        folder = self._folder()
        dialog = QFileDialog(
            self._window, "Save the project", str(folder), f"Projects (*{store.SUFFIX})"
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(store.SUFFIX.removeprefix("."))
        dialog.selectFile(f"{self._document.name}{store.SUFFIX}")
        self._show(dialog, "Save the project", self._save_as)

    def _save_as(self, path: Path) -> None:
        self._save(path)

    def _save(self, path: Path | None) -> bool:
        document = self._document
        if path is None and document.changed_on_disk():
            answer = problem.ask(
                self._window,
                f"{document.path} was changed by somebody else since you opened it.",
                "Saving would write over their work.",
                "Cancel",
                "Write over it",
                "Save elsewhere…",
            )
            if answer == "Save elsewhere…":
                self.save_as()
            if answer != "Write over it":
                return False
        try:
            document.save(path)
        except StudioError as error:
            self.failed.emit(error)
            return False
        if document.path is not None:
            self._preferences.remember(document.path)
            self.told.emit(f"Saved as {document.path.name}.")
        return True

    def may_leave(self) -> bool:
        """Whether the open project may go; asks where something is in no file."""
        document = self._document
        if not document.unsaved or not self._worth_keeping():
            return True
        answer = problem.ask(
            self._window,
            f"Save “{document.name}”?",
            "What you did since it was saved last is lost otherwise.",
            "Save",
            "Do not save",
            "Cancel",
        )
        if answer == "Do not save":
            return True
        if answer != "Save":
            return False
        if document.path is not None:
            return self._save(None)
        return self._save_in_place()

    def _save_in_place(self) -> bool:
        """Ask for the file of a new project and wait for the answer."""
        suggested = str(self._folder() / f"{self._document.name}{store.SUFFIX}")
        file, _ = QFileDialog.getSaveFileName(
            self._window, "Save the project", suggested, f"Projects (*{store.SUFFIX})"
        )
        return bool(file) and self._save(Path(file).with_suffix(store.SUFFIX))

    def _worth_keeping(self) -> bool:
        """A film that was only looked at is nothing to be asked about."""
        return self._document.path is not None or bool(self._document.history.undo_name)

    def close(self) -> None:
        """Back to the first page."""
        if self.may_leave():
            self._document.close()
            self.told.emit("The project is closed.")
