"""What is wrong is looked for beside the work, and the newest look counts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio import steps
from studio.app.checking import Checking
from studio.app.document import Document
from studio.app.jobs import Jobs
from studio.progress import Progress
from studio.script import edits
from studio.script.model import Clip, Issue, Project
from tests.app.window_rig import application, small_project, until


@pytest.fixture
def document(tmp_path: Path) -> Iterator[Document]:
    """A document that is checked; its three texts are not spoken."""
    application()
    jobs = Jobs()
    made = Document(jobs)
    made.checking = Checking(made, jobs)  # type: ignore[attr-defined]
    made.open_project(small_project(tmp_path))
    until(lambda: not made.checking.busy, "it is checked")  # type: ignore[attr-defined]
    yield made
    made.close()
    jobs.close()


def test_a_change_is_checked_and_told_of(document: Document) -> None:
    told: list[int] = []
    document.issues_changed.connect(lambda: told.append(len(document.issues)))
    assert document.issues == ()
    cue = document.project.cues[1]
    clip = Clip("k" * 32, 9000, "flite", "rms", 1.0)
    project = edits.put_clip(document.project, cue.id, "en", document.text(cue), clip)
    document.edit("Speak", edits.set_mode(project, "inline", [cue.id]))
    until(lambda: document.issues, "the clip is found too long")
    assert [one.rule for one in document.issues] == ["fit.left-out"]
    assert told == [1]
    document.undo()
    until(lambda: not document.issues, "nothing is wrong any more")


def test_what_is_found_too_late_is_not_shown(document: Document) -> None:
    project = document.project
    ids = [cue.id for cue in project.cues]
    found = tuple(Issue("a", "error", "A.", one, "en") for one in ids)
    document.edit("Remove", edits.remove_cues(project, ids[:1]))
    document.take_issues(project, "en", found)
    assert [one.cue for one in document.issues] == ids[1:]
    document.take_issues(project, "de", ())
    assert len(document.issues) == 2
    document.close()
    document.take_issues(project, "en", found)
    assert document.issues == ()


def test_a_text_is_spoken_before_it_is_checked(document: Document) -> None:
    """The check would share the interpreter with the voice that a person waits for."""
    timer = document.checking._timer  # type: ignore[attr-defined]
    cue = document.project.cues[0]
    document.edit("Write", edits.set_text(document.project, cue.id, "en", "Rain falls."))
    until_spoken = timer.interval()
    clip = Clip("k" * 32, 900, "flite", "rms", 1.0)
    document.complete(edits.put_clip(document.project, cue.id, "en", "Rain falls.", clip))
    assert timer.interval() < until_spoken


def test_a_check_is_given_up_when_a_text_is_written(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one follows; what the first would have found is of a text that is gone."""
    asked: list[Project] = []
    went_on: list[Project] = []
    begun, written = threading.Event(), threading.Event()

    def issues(project: Project, language: str, progress: Progress) -> tuple[Issue, ...]:
        asked.append(project)
        begun.set()
        assert written.wait(60)
        progress.check()
        went_on.append(project)
        return ()

    monkeypatch.setattr(steps, "issues", issues)
    checking = document.checking  # type: ignore[attr-defined]
    checking._look()
    assert begun.wait(60)
    cue = document.project.cues[0]
    document.edit("Write", edits.set_text(document.project, cue.id, "en", "Rain falls."))
    written.set()
    until(lambda: not checking.busy, "what is there now is checked")
    assert len(asked) == 2
    assert went_on == [document.project]


def test_every_rule_is_asked_whether_to_go_on(document: Document) -> None:
    class Asked(Progress):
        count = 0

        def check(self) -> None:
            self.count += 1

    progress = Asked(lambda *_: None, threading.Event())
    assert steps.issues(document.project, "en", progress) == steps.issues(document.project, "en")
    assert progress.count > 5
