"""Starting: with a file, without a screen, without the window's packages; opening and finding."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox

from studio.app.autosave import Claim
from studio.app.main import NO_OPENGL
from studio.app.window import Window
from studio.script import store
from tests.app.window_rig import no_warnings, small_film, small_project, until, window
from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film in it."""
    made = tmp_path_factory.mktemp("film")
    small_film(made)
    return made


@pytest.fixture
def empty() -> Iterator[Window]:
    """A window with nothing open."""
    with no_warnings(), window() as made:
        yield made


def _start(
    *arguments: str, without: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """`studio`, in an environment without a screen; `without`: a package that is not there."""
    code = f"""
import sys
sys.modules[{without or "_nothing"!r}] = None
sys.argv = ["studio", *{list(arguments)!r}]
from studio.__main__ import main
main()
"""
    kept = {key: value for key, value in os.environ.items() if key not in _SCREENS}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


_SCREENS = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
def test_without_a_screen_the_window_says_so() -> None:
    started = _start()
    assert started.returncode == 5
    assert started.stderr.startswith("studio: There is no screen to open the window on.")


def test_without_its_packages_the_window_says_how_to_get_them(folder: Path) -> None:
    project = small_project(folder)
    started = _start(str(project), without="PySide6", QT_QPA_PLATFORM="offscreen")
    assert started.returncode == 5
    assert "The window needs PySide6, which is not installed." in started.stderr
    assert f"studio show {project}" in started.stderr
    assert "pip install" in started.stderr


def _problem() -> QMessageBox:
    until(lambda: isinstance(QApplication.activeModalWidget(), QMessageBox), "a problem is told")
    found = QApplication.activeModalWidget()
    assert isinstance(found, QMessageBox)
    return found


def test_what_is_no_film_is_told_in_words(empty: Window, tmp_path: Path) -> None:
    nothing = tmp_path / "notes.mp4"
    nothing.write_text("no film", encoding="utf-8")
    empty.filing.open_path(nothing)
    found = _problem()
    assert "notes.mp4" in found.text()
    assert "Traceback" not in found.text() + found.informativeText()
    assert not empty.document.is_open
    found.close()


def test_a_project_open_elsewhere_is_told(empty: Window, folder: Path) -> None:
    path = small_project(folder)
    other = Claim(path, "small.mp4")
    empty.filing.open_path(path)
    found = _problem()
    assert "is open in another window" in found.text()
    found.close()
    other.release()
    empty.filing.open_path(path)
    assert empty.document.is_open


def test_a_film_that_was_moved_is_found_again(empty: Window, folder: Path, tmp_path: Path) -> None:
    project = tmp_path / "work" / "small.adproject"
    project.parent.mkdir()
    shutil.copy(small_project(folder), project)
    elsewhere = tmp_path / "films" / "other name.mp4"
    elsewhere.parent.mkdir()
    shutil.copy(small_film(folder), elsewhere)
    empty.filing.relink_to(project, elsewhere)
    assert empty.document.is_open
    assert empty.document.film.path == elsewhere.resolve()
    assert Path(store.load(project).film.path) == Path("../films/other name.mp4")
    assert empty.preferences.recent == [project.resolve()]


def test_another_film_is_refused_as_the_moved_one(
    empty: Window, folder: Path, tmp_path: Path
) -> None:
    from tests import make_media

    project = tmp_path / "small.adproject"
    shutil.copy(small_project(folder), project)
    wrong = tmp_path / "wrong.mp4"
    make_media.film(wrong, seconds=2, size=(160, 90))
    before = project.read_bytes()
    empty.filing.relink_to(project, wrong)
    found = _problem()
    assert "is not the film this project describes" in found.text()
    found.close()
    assert project.read_bytes() == before


def test_a_film_dropped_on_the_window_opens(empty: Window, folder: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(small_project(folder)))])
    drop = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    empty.dropEvent(drop)
    until(lambda: empty.document.is_open, "it is open")
    assert len(empty.document.project.cues) == 3


def test_a_script_comes_in_as_one_step(empty: Window, folder: Path, tmp_path: Path) -> None:
    empty.filing.open_path(small_project(folder))
    script = tmp_path / "script.srt"
    script.write_text("1\n00:00:06,000 --> 00:00:07,500\nA red door.\n", encoding="utf-8")
    empty.filing.import_from(script)
    texts = [empty.document.text(cue) for cue in empty.document.project.cues]
    assert texts[1] == "A red door."
    assert empty.document.undo() == "Import script.srt"


_LOOKS_AT_ITS_STATUS = """
from PySide6.QtCore import QTimer
from studio.app.main import run
from studio.app.preferences import Preferences
from studio.app.window import Window

preferences = Preferences()
preferences.surface = "opengl"
preferences.write()
show = Window.show

def shown(window):
    show(window)
    QTimer.singleShot(0, lambda: (print(window.statusBar().currentMessage()), window.end()))

Window.show = shown
raise SystemExit(run(None))
"""


def test_a_machine_without_opengl_says_so_and_draws_in_memory() -> None:
    kept = {key: value for key, value in os.environ.items() if key not in _SCREENS}
    done = subprocess.run(
        [sys.executable, "-c", _LOOKS_AT_ITS_STATUS],
        cwd=REPOSITORY,
        env={**kept, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert NO_OPENGL in done.stdout
