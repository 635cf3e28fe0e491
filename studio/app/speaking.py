"""Keeps every written cue spoken, so that an edit is heard at once.

Soon after an edit the cues whose text, voice, pace or room changed are spoken again: a few on a
thread (some 60 ms each with a built-in voice), many in a process. Clips that were made before are
found in the cache. What comes home completes the present step (`Document.complete`): undo takes an
edit and its clip back together.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from studio import rehearsal
from studio.app.document import Change, Document
from studio.app.jobs import Job, Jobs
from studio.errors import StudioError
from studio.progress import Progress
from studio.script import edits
from studio.script.model import Cue, Project, Version, VoiceChoice
from studio.script.saying import said

if TYPE_CHECKING:
    from studio.speech.synthesise import Spoken

PAUSE = 10
"""ms after the last change before what it left unspoken is, as after a drag. Only a text that was
written is spoken at once: a person waits to hear it, and one is made at a time."""

HEARD_FIRST = 200
"""ms that tables and panels wait at most for the player to open what is to be heard: its threads
need the interpreter for that, and whoever listens does not look at a table."""

_READY_SOON = 100
"""ms after a description was chosen, or spoken, before its voice gets ready for its next text."""

FEW = 4
"""Cues that are spoken on a thread; more than that go to a process."""

_Wish = tuple[object, ...]


class Speaking(QObject):
    """Speaks what is not spoken as it stands now, in the present language."""

    failed = Signal(object)  # a StudioError: nothing could be spoken
    idle = Signal()  # everything that can be spoken is

    def __init__(self, document: Document, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._jobs = jobs
        self._job: Job | None = None
        self._brought: Callable[[], None] | None = None  # puts what was spoken into the document
        self._session = object()  # another one for each project that is opened
        self._tried: dict[tuple[str, str], _Wish] = {}  # cue and language: as it was spoken last
        self._failed: set[tuple[str, str]] = set()  # those of them that could not be spoken
        self._settled: dict[str, dict[str, Cue]] = {}  # by language and id: those that need nothing
        self._seen: Project | None = None  # what they were settled in
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self._speak)
        self._putting = QTimer(self)
        self._putting.setSingleShot(True)
        self._putting.timeout.connect(self._put)
        self._readying = QTimer(self)
        self._readying.setSingleShot(True)
        self._readying.setInterval(_READY_SOON)
        self._readying.timeout.connect(self._get_ready)
        document.opened.connect(self._begin)
        document.changed.connect(self._look)
        document.selection_changed.connect(self._readying.start)
        self.idle.connect(self._readying.start)
        document.language_changed.connect(self._look)

    @property
    def busy(self) -> bool:
        """Whether something is being spoken, or will be in a moment."""
        waits = self._brought is not None or self._timer.isActive()
        return self._job is not None or waits

    def again(self) -> None:
        """Try what failed before once more."""
        self._tried.clear()
        self._failed.clear()
        self._settled.clear()
        self._look()

    def _begin(self) -> None:
        self._session = object()
        self._tried.clear()
        self._failed.clear()
        self._settled.clear()
        if self._job is not None:
            self._job.cancel()
        if self._document.is_open:
            # what was spoken when the project was saved is taken as it is
            project = self._seen = self._document.project
            for language in project.languages:
                settled = self._settled.setdefault(language, {})
                for cue, version in _written(project.cues, language):
                    if version.clip is not None and _as_chosen(project, version):
                        self._tried[cue.id, language] = _wish(project, cue, version)
                        settled[cue.id] = cue
            self._get_ready()
            self._look()

    def _get_ready(self) -> None:
        """Let the voice of what is selected begin, unless it is at work already."""
        document = self._document
        if document.is_open and not self._working:
            chosen = None if document.cue is None else document.cue.id
            arguments = (document.project, document.language, chosen)
            self._jobs.light("Get ready to speak", _get_ready, *arguments)

    def _look(self, change: Change | None = None) -> None:
        """Have spoken soon what is to be; a text that was written just now, before all else."""
        ids = self._waiting() if self._document.is_open else []
        if not ids:
            return
        language = self._document.language
        written = change is not None and change.awaits_voice(language)
        if written and not self._working and len(ids) <= FEW and not self._lacks_voice(ids):
            self._timer.stop()
            self._order(ids)
        else:
            self._timer.start()

    @property
    def _working(self) -> bool:
        return self._job is not None or self._brought is not None

    def _waiting(self) -> list[str]:
        """The ids of the cues that are to be spoken."""
        project, language = self._document.project, self._document.language
        if self._seen is None or not _only_cues_differ(self._seen, project):
            self._settled.clear()
        self._seen = project
        settled = self._settled.setdefault(language, {})
        waiting = []
        for cue in project.cues:  # thousands, of which most edits touch one
            if settled.get(cue.id) is cue:
                continue
            if self._is_wanted(cue):
                waiting.append(cue.id)
            else:
                settled[cue.id] = cue
        return waiting

    def _is_wanted(self, cue: Cue) -> bool:
        """Whether a cue is to be spoken in the present language."""
        project, language = self._document.project, self._document.language
        version = cue.version(language)
        if version is None or not version.text.strip():
            return False
        key = cue.id, language
        # an edit and its opposite, before anything was spoken, leave no clip behind
        silent = version.clip is None and key not in self._failed
        return silent or self._tried.get(key) != _wish(project, cue, version)

    def _remember(self, wishes: dict[tuple[str, str], _Wish]) -> None:
        self._tried.update(wishes)
        for cue_id, language in wishes:
            self._settled.get(language, {}).pop(cue_id, None)

    def _speak(self) -> None:
        if self._working or not self._document.is_open:
            return
        ids = self._waiting()
        if not ids:
            return
        try:
            if self._lacks_voice(ids):
                self._choose_voice()
        except StudioError as error:
            self._fail(self._wishes(ids), error)
            self.idle.emit()
            return
        self._order(ids)

    def _order(self, ids: list[str]) -> None:
        """Let these cues be spoken now."""
        document, language = self._document, self._document.language
        wishes, session = self._wishes(ids), self._session
        run = self._jobs.light if len(ids) <= FEW else self._jobs.heavy
        job = run("Speak", _speak_cues, document.project, language, tuple(ids), document.takes)
        self._job = job
        job.done.connect(lambda spoken: self._take(session, language, wishes, spoken))
        job.failed.connect(lambda error: self._fail(wishes, error))
        job.ended.connect(self._ended)

    def _lacks_voice(self, ids: Collection[str]) -> bool:
        """Whether one of the cues needs the language's voice, which nobody has chosen yet."""
        document = self._document
        if document.project.voice(document.language) is not None:
            return False
        versions = (version for _, version in self._written(ids))
        return any(not version.take for version in versions)

    def _choose_voice(self) -> None:
        document = self._document
        chosen = rehearsal.choose_voice(document.language)
        document.complete(edits.set_voice(document.project, chosen))

    def _wishes(self, ids: Collection[str]) -> dict[tuple[str, str], _Wish]:
        project, language = self._document.project, self._document.language
        return {
            (cue.id, language): _wish(project, cue, version) for cue, version in self._written(ids)
        }

    def _written(self, ids: Collection[str]) -> Iterator[tuple[Cue, Version]]:
        """Those of the cues that have a text in the present language."""
        wanted = set(ids)
        cues = (cue for cue in self._document.project.cues if cue.id in wanted)
        return _written(cues, self._document.language)

    def _take(
        self, session: object, language: str, wishes: dict[tuple[str, str], _Wish], spoken: Spoken
    ) -> None:
        """Let what was spoken be heard, and go into the document when that is on its way."""
        document, ids = self._document, [cue_id for cue_id, _ in wishes]
        if session is not self._session or not document.is_open:
            return  # another project was opened meanwhile
        before = document.project
        proposed = edits.put_spoken(before, language, ids, spoken.clips, spoken.issues)
        # where all of it was rewritten meanwhile, there is nothing new to be heard yet
        heard = language == document.language and proposed is not before

        def put() -> None:
            if session is not self._session or not document.is_open:
                return
            self._remember(wishes)
            spoken_ids = {cue_id for cue_id, _, _ in spoken.clips}
            for key in wishes:
                (self._failed.discard if key[0] in spoken_ids else self._failed.add)(key)
            now, clips = document.project, spoken.clips
            same = now is before  # else it was edited since
            again = proposed if same else edits.put_spoken(now, language, ids, clips, spoken.issues)
            document.complete(again)

        self._brought = put
        self._putting.start(HEARD_FIRST if heard else 0)
        if heard:
            document.coming.emit(proposed)

    def let_show(self) -> None:
        """What was spoken last is heard now, so everything else may show it."""
        if self._putting.isActive():
            self._putting.start(0)

    def _put(self) -> None:
        put, self._brought = self._brought, None
        if put is not None:
            put()
        self._go_on()

    def _fail(self, wishes: dict[tuple[str, str], _Wish], error: StudioError) -> None:
        self._remember(wishes)  # not again before something changes
        self._failed.update(wishes)
        self.failed.emit(error)

    def _ended(self) -> None:
        self._job = None
        if self._brought is None:
            self._go_on()

    def _go_on(self) -> None:
        """Speak what was written meanwhile, if there is anything."""
        if self._working:
            return
        if self._document.is_open and self._waiting():
            self._speak()
        else:
            self.idle.emit()


def _get_ready(project: Project, language: str, cue_id: str | None, progress: Progress) -> None:
    progress.check()
    with contextlib.suppress(StudioError):  # whoever then speaks meets the same one, and tells it
        rehearsal.get_ready_to_speak(project, language, cue_id)


def _speak_cues(
    project: Project, language: str, ids: tuple[str, ...], takes: Path, progress: Progress
) -> Spoken:
    return rehearsal.speak_cues(project, language, ids, takes, progress)


def _written(cues: Iterable[Cue], language: str) -> Iterator[tuple[Cue, Version]]:
    for cue in cues:
        version = cue.version(language)
        if version is not None and version.text.strip():
            yield cue, version


def _only_cues_differ(one: Project, other: Project) -> bool:
    return all(
        getattr(one, field.name) is getattr(other, field.name)
        for field in dataclasses.fields(Project)
        if field.name != "cues"
    )


def _as_chosen(project: Project, version: Version) -> bool:
    """Whether the clip has the voice, or is the take, that is chosen for it now."""
    clip, voice = version.clip, project.voice_of(version)
    if clip is not None and version.take:
        return clip.voice == version.take
    return clip is not None and (
        voice is None or VoiceChoice(version.language, clip.speaker, clip.voice) == voice
    )


def _wish(project: Project, cue: Cue, version: Version) -> _Wish:
    """All that a clip depends on; equal wishes give equal clips."""
    if version.take:
        return (version.text, version.chosen_take)
    return (
        said(project, version.language, version.text),
        project.voice_of(version),
        version.tempo,
        cue.start,
        cue.end,
        cue.mode,
        bool(cue.freeze),
        project.speech,
        project.settings.faster_limit,
    )
