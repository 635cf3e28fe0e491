"""Undo: the projects so far, each with the name of the edit that made it.

A project is a frozen value that shares what an edit did not touch (edits.py), so keeping the old
ones is all that undo needs: some 16 KiB a step for 2,000 cues. Two more things are kept with each:
what was selected before and after the edit, and an amend key, by which a drag or a typed word
becomes one step instead of hundreds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from studio.script.model import Project

LONGEST = 500
"""Steps kept; the oldest is forgotten first."""

Selection = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One edit. name: as the undo menu shows it. project: what it led to.

    before, after: the ids of the cues that were selected. amend: while the newest step has this
    key, an edit with the same key goes on with it; "" is never gone on with.
    """

    name: str
    project: Project
    before: Selection = ()
    after: Selection = ()
    amend: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """The steps, oldest first, and the one the describer stands at. Never empty."""

    steps: tuple[Step, ...]
    position: int = 0

    @property
    def project(self) -> Project:
        """The project as it is now."""
        return self.steps[self.position].project

    @property
    def undo_name(self) -> str:
        """The edit `undone` would take back; "" where there is none."""
        return self.steps[self.position].name if self.position else ""

    @property
    def redo_name(self) -> str:
        """The edit `redone` would do again; "" where there is none."""
        later = self.steps[self.position + 1 :]
        return later[0].name if later else ""

    def edited(
        self, name: str, project: Project, before: Selection, after: Selection, amend: str = ""
    ) -> History:
        """With an edit done: a new step, or the newest one gone on with. What was undone goes."""
        if project is self.project:
            return self
        done = self.steps[: self.position + 1]
        if amend and done[-1].amend == amend and len(done) == len(self.steps):
            last = replace(done[-1], project=project, after=after)
            return History((*done[:-1], last), self.position)
        kept = (*done, Step(name, project, before, after, amend))[-LONGEST:]
        return History(kept, len(kept) - 1)

    def completed(self, project: Project) -> History:
        """With what a machine worked out for the present step (a clip): no step of its own."""
        here = replace(self.steps[self.position], project=project)
        steps = (*self.steps[: self.position], here, *self.steps[self.position + 1 :])
        return replace(self, steps=steps)

    def sealed(self) -> History:
        """So that the next edit makes a step of its own, whatever its amend key."""
        here = self.steps[self.position]
        if not here.amend:
            return self
        steps = (*self.steps[: self.position], replace(here, amend=""))
        return replace(self, steps=steps + self.steps[self.position + 1 :])

    def undone(self) -> tuple[History, Selection]:
        """One step back, and what was selected there. At the oldest: nothing changes."""
        here = self.steps[self.position]
        if not self.position:
            return self, here.after
        return replace(self.sealed(), position=self.position - 1), here.before

    def redone(self) -> tuple[History, Selection]:
        """One step forward again, and what was selected then."""
        position = min(self.position + 1, len(self.steps) - 1)
        return replace(self, position=position), self.steps[position].after

    def at(self, position: int) -> tuple[History, Selection]:
        """The step of that number, 0 being the oldest, and what was selected then."""
        return replace(self.sealed(), position=position), self.steps[position].after


def begun(project: Project, name: str) -> History:
    """A history that begins with `project`; `name` says how it came to be."""
    return History((Step(name, project),))
