"""What the actions of the menus Edit and Description do: one named edit each."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from studio.app import words
from studio.app.document import Document
from studio.errors import UsageError
from studio.script import edits
from studio.script.model import Mode
from studio.times import Span, frame_at, frame_time

_NEW_CUE = 3000  # ms of room a new description gets where no gap bounds it
_SHORTEST = 200  # ms between start and end set by hand


class Editing(QObject):
    """Methods are named like the actions they do. `here` gives the playhead in film ms."""

    told = Signal(str)  # what was done, or why not

    def __init__(self, document: Document, here: Callable[[], int]) -> None:
        super().__init__(document)
        self._document = document
        self._here = here

    def undo(self) -> None:
        """Take the last edit back."""
        name = self._document.undo()
        self.told.emit(f"Undone: {name}" if name else "There is nothing to undo.")

    def redo(self) -> None:
        """Do it again."""
        name = self._document.redo()
        self.told.emit(f"Done again: {name}" if name else "There is nothing to do again.")

    def select_all(self) -> None:
        """Select every description."""
        self._document.select(cue.id for cue in self._document.project.cues)
        self.told.emit(f"{len(self._document.selection)} descriptions are selected.")

    def add_cue(self) -> None:
        """A new description in the gap at the playhead, in what is free of it."""
        self.add_cue_at(self._here())

    def add_cue_at(self, film: int) -> None:
        """A new description at `film` ms."""
        project = self._document.project
        room = self._free_room(film)
        project, cue_id = edits.add_cue(project, room.start, room.end)
        self._document.edit("New description", project, [cue_id])
        length = words.seconds(room.duration)
        self.told.emit(f"New description at {words.brief(room.start)}, {length} of room.")

    def _free_room(self, film: int) -> Span:
        """From the playhead, or from the start of a gap nothing is in yet, to what comes next."""
        project = self._document.project
        gap = words.gap_at(project, film)
        if gap is None:
            return Span(film, min(film + _NEW_CUE, project.film.duration))
        inside = [cue for cue in project.cues if cue.start < gap.end and cue.end > gap.start]
        if not inside:
            return gap.span
        end = min((cue.start for cue in inside if cue.start > film), default=gap.end)
        return Span(film, max(end, film))

    def delete_cue(self) -> None:
        """Delete the selected descriptions and select the next one."""
        document = self._document
        gone = set(document.selection)
        last = max(n for n, cue in enumerate(document.project.cues) if cue.id in gone)
        project = edits.remove_cues(document.project, gone)
        left = (
            project.cues[min(last - len(gone) + 1, len(project.cues) - 1)].id
            if project.cues
            else ""
        )
        name = "Delete the description" if len(gone) == 1 else f"Delete {len(gone)} descriptions"
        document.edit(name, project, [left] if left else [])
        self.told.emit(f"{name}: done. Undo brings it back.")

    def split(self) -> None:
        """Make two descriptions of one, at the playhead."""
        try:
            project, new = edits.split_cue(
                self._document.project, self._document.selection[0], self._here()
            )
        except UsageError as error:
            self.told.emit(str(error))
            return
        self._document.edit("Split", project, [new])
        self.told.emit("Split in two; the second one is selected.")

    def set_start(self) -> None:
        """Let the room begin at the playhead."""
        cue = self._document.cue
        if cue is not None:
            here = self._here()
            self._move(Span(here, max(cue.end, here + _SHORTEST)), "Set the start")

    def set_end(self) -> None:
        """Let the room end at the playhead."""
        cue = self._document.cue
        if cue is not None:
            here = self._here()
            self._move(Span(max(0, min(cue.start, here - _SHORTEST)), here), "Set the end")

    def _move(self, span: Span, name: str) -> None:
        document = self._document
        document.edit(name, edits.set_span(document.project, document.selection[0], span))
        self.told.emit(f"{words.brief(span.start)} to {words.brief(span.end)}.")

    def nudge_back(self) -> None:
        """A frame earlier."""
        self._nudge(-1)

    def nudge_on(self) -> None:
        """A frame later."""
        self._nudge(1)

    def _nudge(self, frames: int) -> None:
        document = self._document
        project, rate = document.project, document.project.film.rate
        for cue in (one for one in project.cues if one.id in set(document.selection)):
            start = frame_time(max(0, frame_at(cue.start, rate) + frames), rate)
            span = Span(start, start + cue.end - cue.start)
            project = edits.set_span(project, cue.id, span)
        document.edit("Move by frames", project, amend=f"nudge {document.selection}")
        first = project.cue(document.selection[0])
        if first is not None:
            self.told.emit(f"Starts at {words.brief(first.start)}.")

    def gap_silent(self) -> None:
        """Say that the gap at the playhead stays silent, or take it back."""
        document = self._document
        gap = words.gap_at(document.project, self._here())
        if gap is None:
            self.told.emit("There is no gap at the playhead.")
            return
        silent = not gap.leave_silent
        project = edits.set_leave_silent(document.project, gap.start, silent)
        document.edit("Leave the gap silent" if silent else "Do not leave the gap silent", project)
        self.told.emit(words.gap_sentence(project, self._here()))

    def accept(self) -> None:
        """Accept what is selected, or take it back where all of it is accepted."""
        document = self._document
        ids = set(document.selection)
        chosen = [cue for cue in document.project.cues if cue.id in ids and cue.written]
        if not chosen:
            self.told.emit("There is no text to accept.")
            return
        accepted = not all(cue.accepted for cue in chosen)
        project = edits.set_accepted(document.project, accepted, [cue.id for cue in chosen])
        document.edit("Accept" if accepted else "Take back the acceptance", project)
        self.told.emit("Accepted." if accepted else "No longer accepted.")

    def mode_auto(self) -> None:
        """Let the studio decide about waiting."""
        self._set_mode("auto", "The film waits only if needed.")

    def mode_inline(self) -> None:
        """Never wait."""
        self._set_mode("inline", "The film never waits here.")

    def mode_extended(self) -> None:
        """Always wait."""
        self._set_mode("extended", "The film waits here.")

    def _set_mode(self, mode: Mode, sentence: str) -> None:
        document = self._document
        project = edits.set_mode(document.project, mode, document.selection)
        document.edit("Change whether the film waits", project)
        self.told.emit(sentence)
