"""The document: edits, files, and who may have them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio import steps
from studio.app import autosave
from studio.app.document import Change, Document
from studio.app.jobs import Jobs
from studio.errors import ProjectError
from studio.script import edits, store
from studio.script.model import Clip
from tests.app.window_rig import application, small_film, small_project, until


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film in it."""
    made = tmp_path_factory.mktemp("film")
    small_film(made)
    return made


@pytest.fixture
def project(folder: Path) -> Path:
    """A fresh project for the film."""
    return small_project(folder)


@pytest.fixture
def document() -> Iterator[Document]:
    """An empty document; its work is stopped after the test."""
    application()
    jobs = Jobs()
    made = Document(jobs)
    yield made
    jobs.close()
    if made.is_open:
        made.close()


def _note(document: Document, note: str, amend: str = "") -> None:
    cue = document.project.cues[0]
    document.edit("Note", edits.set_note(document.project, cue.id, note), [cue.id], amend)


def test_an_edit_is_told_of_and_can_be_undone(document: Document, project: Path) -> None:
    document.open_project(project)
    heard: list[Change] = []
    document.changed.connect(heard.append)
    before = document.project
    _note(document, "a")
    assert heard[0].before is before
    assert heard[0].after is document.project
    assert heard[0].cues
    assert not heard[0].film
    assert document.unsaved
    assert document.undo() == "Note"
    assert document.project is before
    assert not document.unsaved
    assert document.redo() == "Note"
    assert document.selection == (before.cues[0].id,)


def test_what_a_machine_completes_is_no_edit(document: Document, project: Path) -> None:
    document.open_project(project)
    document.complete(edits.set_note(document.project, document.project.cues[0].id, "machine"))
    assert not document.unsaved
    assert document.undo() == ""
    _note(document, "a")
    assert document.unsaved


def test_saved_and_opened_again_it_is_the_same(document: Document, project: Path) -> None:
    document.open_project(project)
    _note(document, "a")
    document.save()
    saved = document.project
    document.close()
    document.open_project(project)
    assert document.project == saved
    assert Path(store.load(project).film.path) == Path("small.mp4")


def test_typing_after_saving_is_a_step_of_its_own(document: Document, project: Path) -> None:
    document.open_project(project)
    _note(document, "a", "key")
    document.save()
    _note(document, "ab", "key")
    document.undo()
    assert not document.unsaved


def test_a_project_is_open_in_one_window_only(document: Document, project: Path) -> None:
    document.open_project(project)
    jobs = Jobs()
    other = Document(jobs)
    with pytest.raises(ProjectError, match="open in another window"):
        other.open_project(project)
    document.close()
    other.open_project(project)
    other.close()
    jobs.close()


def test_opening_it_again_in_the_same_window_is_fine(document: Document, project: Path) -> None:
    document.open_project(project)
    document.open_project(project)
    assert document.is_open


def test_saving_elsewhere_lets_the_first_file_go(
    document: Document, project: Path, tmp_path: Path
) -> None:
    document.open_project(project)
    document.save(tmp_path / "other.adproject")
    assert document.path == (tmp_path / "other.adproject").resolve()
    autosave.Claim(project, "small.mp4").release()
    opened, _ = steps.open_project(tmp_path / "other.adproject")
    assert opened.film.path == document.project.film.path


def test_a_change_by_somebody_else_is_noticed(document: Document, project: Path) -> None:
    document.open_project(project)
    assert not document.changed_on_disk()
    steps.save_project(edits.add_languages(document.project, ["de"]), project)
    assert document.changed_on_disk()
    document.save()
    assert not document.changed_on_disk()


def test_a_folder_that_cannot_be_written_to_keeps_the_work(
    document: Document, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document.open_project(project)
    _note(document, "a")

    def read_only(*_given: object, **_named: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("tempfile.mkstemp", read_only)
        with pytest.raises(ProjectError, match="cannot be written"):
            document.save()
        with pytest.raises(ProjectError, match="cannot be written"):
            document.save(project.with_name("other.adproject"))
    assert document.path == project.resolve()
    assert document.unsaved
    document.save(project.with_name("other.adproject"))
    assert not document.unsaved


def test_a_project_without_a_film_begins_unsaved(document: Document, folder: Path) -> None:
    document.open_film(small_film(folder))
    assert document.unsaved
    assert document.path is None
    with pytest.raises(ProjectError, match="no file yet"):
        document.save()


def test_an_edit_is_written_down_soon_and_goes_with_saving(
    document: Document, project: Path
) -> None:
    document.open_project(project)
    _note(document, "a")
    until(_copies, "it is written down")
    copy = _copies()[0]
    until(lambda: store.load(copy).cues[0].note == "a", "it holds the edit")
    document.save()
    until(lambda: not copy.exists(), "the copy goes")


def _copies() -> list[Path]:
    from studio import paths

    return sorted(paths.state_folder("open").glob("*/unsaved.adproject"))


def test_what_a_crash_left_is_offered_and_taken(document: Document, project: Path) -> None:
    document.open_project(project)
    _note(document, "before the crash")
    until(_copies, "it is written down")
    document.autosave.watch(None)
    document._claim.abandon()  # type: ignore[union-attr]  # as a crash does
    document._claim = None

    left = autosave.leftover_of(project)
    assert left is not None
    jobs = Jobs()
    again = Document(jobs)
    again.open_leftover(left)
    assert again.project.cues[0].note == "before the crash"
    assert again.path == project.resolve()
    assert again.unsaved
    again.save()
    again.close()
    jobs.close()
    assert list(autosave.leftovers()) == []
    assert store.load(project).cues[0].note == "before the crash"


def test_a_project_that_is_open_is_no_leftover(document: Document, project: Path) -> None:
    document.open_project(project)
    _note(document, "a")
    until(_copies, "it is written down")
    assert list(autosave.leftovers()) == []


def test_who_is_told_to_end_leaves_what_is_not_saved(document: Document, project: Path) -> None:
    document.open_project(project)
    _note(document, "in the middle of it")
    document.leave()
    assert not document.is_open
    left = autosave.leftover_of(project)
    assert left is not None
    assert store.load(left.copy).cues[0].note == "in the middle of it"
    left.forget()
    document.open_project(project)
    document.leave()
    assert list(autosave.leftovers()) == []


def test_a_change_says_whether_a_text_waits_for_its_voice(
    document: Document, project: Path
) -> None:
    document.open_project(project)
    before = document.project
    first, second = before.cues[0], before.cues[1]
    noted = edits.set_note(before, first.id, "a")
    assert Change(before, edits.set_text(before, first.id, "en", "New.")).awaits_voice("en")
    assert not Change(before, edits.set_text(before, first.id, "en", "New.")).awaits_voice("de")
    spoken = edits.put_clip(
        noted, first.id, "en", document.text(first), Clip("k" * 32, 900, "flite", "rms", 1.0)
    )
    assert not Change(noted, spoken).awaits_voice("en")
    assert Change(noted, spoken).brings_voice("en")
    assert not Change(noted, spoken).brings_voice("de")
    assert not Change(before, noted).brings_voice("en")
    moved = edits.set_note(spoken, first.id, "its clip goes on being the same")
    assert not Change(spoken, moved).brings_voice("en")
    other = Clip("m" * 32, 900, "flite", "rms", 1.0)
    again = edits.put_clip(spoken, first.id, "en", document.text(first), other)
    assert Change(spoken, again).brings_voice("en")
    assert not Change(spoken, edits.set_note(spoken, first.id, "b")).awaits_voice("en")
    assert not Change(before, edits.remove_cues(before, [second.id])).awaits_voice("en")
    assert not Change(before, edits.set_text(before, first.id, "en", " ")).awaits_voice("en")
