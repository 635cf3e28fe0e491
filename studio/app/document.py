"""The project being worked on: its history, what is selected, its file.

Every change goes through `edit` and is one named step; what machines work out comes through
`complete`. The document is used on the main thread only and knows no widget.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from studio import paths, settings, steps
from studio.app.autosave import Autosave, Claim, Leftover
from studio.app.jobs import Jobs
from studio.app.states import CueState, cue_states
from studio.errors import ProjectError
from studio.script import checks, history, store
from studio.script.history import History, Selection
from studio.script.model import Cue, Issue, Placement, Project, Take, Version, Waiver

if TYPE_CHECKING:
    from studio.media.probe import FilmInfo


Value = TypeVar("Value")


class _Known(Generic[Value]):
    """What was worked out last, and from which things: the very same things give it again."""

    def __init__(self, work: Callable[..., Value]) -> None:
        self._work = work
        self._things: tuple[Any, ...] = ()
        self._found: list[Value] = []

    def of(self, *things: Any) -> Value:
        """What `work` makes of `things`, which are compared with `is`."""
        before = self._things
        same = len(before) == len(things) and all(map(operator.is_, before, things))
        if not same or not self._found:
            self._found = [self._work(*things)]
            self._things = things
        return self._found[0]

    def forget(self) -> None:
        """Let go of all of it."""
        self._things, self._found = (), []


@dataclass(frozen=True)
class Change:
    """What an edit, undo or redo did; parts are compared with `is`."""

    before: Project
    after: Project

    @property
    def cues(self) -> bool:
        """Whether any cue changed."""
        return self.before.cues is not self.after.cues

    @cached_property
    def _pairs(self) -> list[tuple[Cue | None, Cue | None]]:
        """What stood and what stands at each place of the list, where that is not the same."""
        pairs = zip_longest(self.before.cues, self.after.cues)
        return [(old, new) for old, new in pairs if old is not new]

    @cached_property
    def new_cues(self) -> tuple[Cue, ...]:
        """The cues that were not there before as they are now."""
        old = {id(one) for one, _ in self._pairs}
        return tuple(one for _, one in self._pairs if one is not None and id(one) not in old)

    def awaits_voice(self, language: str) -> bool:
        """Whether a cue that changed has a text in `language` that is not spoken yet."""
        versions = (cue.version(language) for cue in self.new_cues)
        return any(one is not None and one.text.strip() and one.clip is None for one in versions)

    def brings_voice(self, language: str) -> bool:
        """Whether a text in `language` has another clip than before."""
        old_cues = (one for one, _ in self._pairs if one is not None)
        earlier = {cue.id: cue.version(language) for cue in old_cues}
        for cue in self.new_cues:
            version, old = cue.version(language), earlier.get(cue.id)
            clip = None if version is None else version.clip
            if clip is not None and (old is None or old.clip is not clip):
                return True
        return False

    @property
    def voices(self) -> bool:
        """Whether another voice was chosen for a language."""
        return self.before.voices is not self.after.voices

    @property
    def waivers(self) -> bool:
        """Whether something else is let pass."""
        return self.before.waivers is not self.after.waivers

    @property
    def film(self) -> bool:
        """Whether anything found in the film changed."""
        before, after = self.before, self.after
        return (
            before.scenes is not after.scenes
            or before.speech is not after.speech
            or before.gaps is not after.gaps
            or before.film is not after.film
        )


class Document(QObject):
    """One open project, or none. Signals say what to show anew."""

    opened = Signal()  # another project, or none; nothing of the old one holds
    changed = Signal(object)  # a Change
    coming = Signal(object)  # a Project: what `complete` will make of this one in the next turn
    selection_changed = Signal()
    language_changed = Signal()
    issues_changed = Signal()  # something else is wrong than was known before
    file_changed = Signal()  # its path, or whether it is saved

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs = jobs
        self.autosave = Autosave(jobs, self)
        self.path: Path | None = None
        self.info: FilmInfo | None = None
        self.language = "en"
        self.selection: tuple[str, ...] = ()
        self._history: History | None = None
        self._saved: Project | None = None
        self._stamp: tuple[int, int] | None = None
        self._claim: Claim | None = None
        self._found: tuple[Issue, ...] = ()
        self._plan = _Known(_planned)
        self._open = _Known(checks.not_waived)
        self._troubled = _Known(_troubled)
        self._states = _Known(_states)

    # --- what there is ----------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether there is a project."""
        return self._history is not None

    @property
    def history(self) -> History:
        """The steps so far. Only while a project is open."""
        if self._history is None:
            raise LookupError("no project is open")
        return self._history

    @property
    def project(self) -> Project:
        """The project as it is now. Only while one is open."""
        return self.history.project

    @property
    def film(self) -> FilmInfo:
        """The film as found on disk. Only while a project is open."""
        if self.info is None:
            raise LookupError("no project is open")
        return self.info

    @property
    def unsaved(self) -> bool:
        """Whether there is something a person did that is in no file."""
        return self._history is not None and self.project is not self._saved

    @property
    def name(self) -> str:
        """What the window calls the project."""
        if self.path is not None:
            return self.path.stem
        return self.film.path.stem if self.is_open else ""

    @property
    def takes(self) -> Path:
        """The folder of the project's recordings; it need not exist.

        Beside the project's file; while there is none, one that all new projects share.
        """
        return _shared_takes() if self.path is None else store.takes_folder(self.path)

    @property
    def placements(self) -> dict[str, Placement]:
        """Where each cue sounds in the present language, by its id; planned once a change."""
        return self._plan.of(self.project, self.language)

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What was found wrong in the present language when it was looked last; see Checking."""
        return self._found

    def take_issues(self, project: Project, language: str, found: tuple[Issue, ...]) -> None:
        """Show what was found in `project`, which may have gone on since. Not what is of another
        film or language, and nothing of cues that are gone.
        """
        if not self.is_open or project.film is not self.project.film or language != self.language:
            return
        here = {cue.id for cue in self.project.cues}
        self._put_issues(tuple(one for one in found if not one.cue or one.cue in here))

    def _put_issues(self, found: tuple[Issue, ...]) -> None:
        if found != self._found:
            self._found = found
            self.issues_changed.emit()

    @property
    def open_issues(self) -> tuple[Issue, ...]:
        """Those of them that nobody lets pass."""
        return self._open.of(self.project.waivers, self.issues)

    def waiver(self, issue: Issue) -> Waiver | None:
        """By what a person lets that issue pass; None where it is open."""
        return next((waiver for _, waiver in checks.waived(self.project, [issue])), None)

    @property
    def troubled(self) -> frozenset[str]:
        """The cues with an issue that their state does not tell already; remarks are none."""
        return self._troubled.of(self.open_issues)

    @property
    def states(self) -> dict[str, CueState]:
        """How each cue stands in the present language, by its id; worked out once a change."""
        return self._states.of(self.project, self.placements, self.troubled)

    @property
    def cue(self) -> Cue | None:
        """The one selected cue; None where none or several are."""
        if self._history is None or len(self.selection) != 1:
            return None
        return self.project.cue(self.selection[0])

    def version(self, cue: Cue) -> Version | None:
        """That cue in the present language."""
        return cue.version(self.language)

    def text(self, cue: Cue) -> str:
        """That cue's text in the present language, "" where it has none."""
        version = self.version(cue)
        return "" if version is None else version.text

    # --- opening ----------------------------------------------------------------------------------

    def open_film(self, film: Path, language: str = "en") -> None:
        """Begin a project for a film. Raises MediaError."""
        user = settings.load(paths.settings_file())
        project, info = steps.begin(film, user, [language])
        self._begin(project, info, None, None, "Open the film")
        self._saved = None
        self._keep()

    def open_project(self, path: Path) -> None:
        """Open a project file. Raises ProjectError, also where another window has it open."""
        project, info = steps.open_project(path)
        self._begin(project, info, path.resolve(), path, "Open the project")

    def open_leftover(self, left: Leftover) -> None:
        """Open what a crash left behind; it counts as not saved. Raises ProjectError."""
        project, info = steps.open_project(left.copy)
        self._begin(project, info, left.path, left.path, "Recover after a crash", left)
        self._saved = None
        self._keep()

    def _begin(
        self,
        project: Project,
        info: FilmInfo,
        path: Path | None,
        file: Path | None,
        name: str,
        left: Leftover | None = None,
    ) -> None:
        if path is not None and self._claim is not None and self.path == path:
            claim = self._claim  # the same project again: it stays ours
        else:
            claim = Claim(path, info.path.name)
            self._release()
        self.path, self.info, self._claim = path, info, claim
        self._history = history.begun(project, name)
        self._saved = project
        self._stamp = _stamp(file) if file is not None else None
        self._found = ()
        self.selection = ()
        if self.language not in project.languages:
            self.language = project.languages[0]
        self.autosave.watch(claim, project)
        if left is not None and left.folder != claim.folder:
            left.forget()
        self.opened.emit()
        self.file_changed.emit()

    def close(self) -> None:
        """Give the project back. What was not saved is gone."""
        self._release()
        self.path = self.info = self._history = self._saved = None
        for known in (self._plan, self._open, self._troubled, self._states):
            known.forget()
        self._found = ()
        self.selection = ()
        self.opened.emit()
        self.file_changed.emit()

    def leave(self) -> None:
        """Give the project back but keep what is not saved, for the next start to offer."""
        if self._claim is not None and self.unsaved:
            store.save(self.project, self._claim.copy)
            self._claim.abandon()
            self._claim = None
        self.close()

    def _release(self) -> None:
        self.autosave.watch(None)
        if self._claim is not None:
            self._claim.release()
            self._claim = None

    # --- saving -----------------------------------------------------------------------------------

    def changed_on_disk(self) -> bool:
        """Whether somebody else has written the project's file since it was read or saved."""
        return (
            self.path is not None and self._stamp is not None and _stamp(self.path) != self._stamp
        )

    def save(self, path: Path | None = None) -> None:
        """Write the project, to another file where `path` is given. Raises ProjectError."""
        target = (path or self.path or Path()).resolve()
        if path is None and self.path is None:
            raise ProjectError("The project has no file yet.", advice="Choose where to save it.")
        claim = self._claim
        if target != self.path:
            claim = Claim(target, self.film.path.name)
        try:
            self._gather_takes(target)
            steps.save_project(self.project, target)
            self._release_takes(target)
        except ProjectError:
            if claim is not None and claim is not self._claim:
                claim.release()
            raise
        if claim is not self._claim:
            self._release()
            self._claim, self.path = claim, target
            self.autosave.watch(claim)
        self._stamp = _stamp(target)
        self._saved = self.project
        self._history = self.history.sealed()
        self.autosave.drop()
        self.file_changed.emit()

    def _gather_takes(self, target: Path) -> None:
        """Put every recording that any step of the history knows beside the file `target`."""
        from studio.speech.takes import gather

        folder = store.takes_folder(target)
        if folder != self.takes:
            gather(self._known_takes(), self.takes, folder)

    def _release_takes(self, target: Path) -> None:
        """Recordings of a new project have moved to its file; those of a copied one stay."""
        from studio.speech.takes import release

        if self.path is None:
            release(self._known_takes(), self.takes, store.takes_folder(target))

    def _known_takes(self) -> Iterator[Take]:
        known = (cue for step in self.history.steps for cue in step.project.cues)
        return _takes_of({id(cue): cue for cue in known}.values())

    def _keep(self) -> None:
        if self.unsaved:
            self.autosave.keep(self.project)
        else:
            self.autosave.drop()

    # --- changing ---------------------------------------------------------------------------------

    def edit(
        self,
        name: str,
        project: Project,
        select: Iterable[str] | None = None,
        amend: str = "",
    ) -> None:
        """Make `project` the present one, as a step called `name`.

        select: the cues to select then; None keeps what is selected. amend: see History.edited.
        """
        before = self.project
        if project is before:
            return
        after = self._existing(project, self.selection if select is None else tuple(select))
        self._history = self.history.edited(name, project, self.selection, after, amend)
        self._show(before, after)

    def complete(self, project: Project) -> None:
        """Take what a machine worked out for the present step; it is no step, and not unsaved."""
        before = self.project
        if project is before:
            return
        was_saved = not self.unsaved
        self._history = self.history.completed(project)
        if was_saved:
            self._saved = project
        self._show(before, self._existing(project, self.selection))

    def seal(self) -> None:
        """Let the next edit be a step of its own."""
        if self._history is not None:
            self._history = self._history.sealed()

    def undo(self) -> str:
        """Take the last edit back; its name, "" where there is none."""
        return self._travel(self.history.undo_name, self.history.undone())

    def redo(self) -> str:
        """Do again what was undone last; its name, "" where there is none."""
        return self._travel(self.history.redo_name, self.history.redone())

    def go_to(self, position: int) -> None:
        """Go to a step of the history."""
        self._travel(self.history.steps[position].name, self.history.at(position))

    def _travel(self, name: str, to: tuple[History, Selection]) -> str:
        before = self.project
        self._history, selection = to
        self._show(before, self._existing(self.project, selection))
        return name

    def _show(self, before: Project, selection: tuple[str, ...]) -> None:
        moved = selection != self.selection
        self.selection = selection
        if self.language not in self.project.languages:
            self.language = self.project.languages[0]
            self._found = ()
            self.language_changed.emit()
        self._keep()
        self.changed.emit(Change(before, self.project))
        if moved:
            self.selection_changed.emit()
        self.file_changed.emit()

    def _existing(self, project: Project, ids: tuple[str, ...]) -> tuple[str, ...]:
        known = {cue.id for cue in project.cues}
        return tuple(one for one in ids if one in known)

    # --- looking ----------------------------------------------------------------------------------

    def select(self, ids: Iterable[str]) -> None:
        """Select these cues."""
        wanted = self._existing(self.project, tuple(ids))
        if wanted != self.selection:
            self.selection = wanted
            self.seal()
            self.selection_changed.emit()

    def set_language(self, language: str) -> None:
        """Look at another language version."""
        if language != self.language and language in self.project.languages:
            self.language = language
            self._found = ()
            self.seal()
            self.language_changed.emit()


def _planned(project: Project, language: str) -> dict[str, Placement]:
    return {one.cue: one for one in steps.plan(project, language)}


def _troubled(issues: tuple[Issue, ...]) -> frozenset[str]:
    return frozenset(
        one.cue
        for one in issues
        if one.cue and one.severity != "info" and not one.rule.startswith("fit.")
    )


def _states(
    project: Project, placements: dict[str, Placement], troubled: frozenset[str]
) -> dict[str, CueState]:
    return cue_states(project, placements.values(), troubled)


def _stamp(file: Path) -> tuple[int, int] | None:
    """What changes when a file is written; None where it is not there."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _shared_takes() -> Path:
    """Where recordings lie before their project has a file; names never clash (speech/takes.py)."""
    return paths.state_folder("takes")


def _takes_of(cues: Iterable[Cue]) -> Iterator[Take]:
    for cue in cues:
        for version in cue.versions:
            yield from version.takes


def is_project(path: Path) -> bool:
    """Whether a file is meant to be a project, by its name."""
    return path.suffix.lower() == store.SUFFIX
