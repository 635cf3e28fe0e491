"""Takes the pictures of the window for the README and the manual.

    xvfb-run -a -s "-screen 0 2880x1800x24" python -m tests.app.screenshots FOLDER

Makes the demonstration film, drafts and speaks it, and shows it light, dark, in high contrast, with
text twice as large, what is said in it and by whom, a sound bed, and the first page. The drafts
that stand side by side are asked of a server made here, with the words in `SHORT`: no model is
shown that was not there. The lines are those of `SPOKEN`, aligned to the film's sound.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "xcb")

from PySide6.QtWidgets import QApplication, QDialog

from studio import hearing
from studio.app.dialogs.export import ExportDialog
from studio.app.dialogs.manual import ManualDialog
from studio.app.dialogs.preferences import PreferencesDialog
from studio.app.dialogs.pronunciations import PronunciationsDialog
from studio.app.dialogs.references import ReferencesDialog
from studio.app.dialogs.shortcuts import ShortcutsDialog
from studio.app.dialogs.story import StoryDialog
from studio.app.dialogs.sync import SyncDialog
from studio.app.dialogs.takes import TakesDialog
from studio.app.window import Window
from studio.demo import make_demo_film
from studio.media.probe import probe
from studio.progress import unwatched
from studio.script import edits
from tests.app.window_rig import until, window
from tests.chat_server import Asked, serving
from tests.make_faces import HEADS, Said, talking
from tests.make_mouths import TEXTS as TALK

SIZE = (1440, 900)
TEXTS = (
    "Night. On the highest of black hills stands a dark tower.",
    "A full moon rises over the hills. The lamp of the tower stays dark.",
    "A corridor; a green sign over a door shows the way out.",
)
SEEN = "A full moon over dark hills under a starry sky. A tall tower; its lamp is not lit."
SHORT = """A full moon rises over the hills. The lamp of the tower stays dark.
The video shows a full moon above a tower.
We see a starry sky, and a full moon rises slowly over the hills and over a tall, dark tower.
"""
SPOKEN = """ANNA: The lamp on the hill is dark tonight.
BEN: Then somebody has to climb up there.
ANNA: Careful. The path is wet.
BEN: Hold the light. I need both hands.
ANNA: There. Now they can find their way home.
"""
LARGE = (SIZE[0] + 480, SIZE[1] + 300)


def main(folder: Path) -> None:
    """Take all pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:  # the user's own colours and sizes are left alone
        for name in ("CACHE", "CONFIG", "DATA", "STATE"):
            os.environ[f"XDG_{name}_HOME"] = str(Path(home) / name.lower())
        _take_all(folder)


def _take_all(folder: Path) -> None:
    film = folder / "The Lamp.mp4"
    make_demo_film(film, unwatched())
    with window() as made:
        made.resize(*SIZE)
        _take(made, folder / "first-page.png")
        _open(made, film)
        for name, wanted in (("light", "light"), ("dark", "dark"), ("contrast", "high contrast")):
            made.preferences.theme = wanted
            made.apply_theme()
            _take(made, folder / f"window-{name}.png")
        made.preferences.theme = "light"
        made.apply_theme()
        for dialog in _dialogs(made):
            dialog.show()
            _settle(made)
            called = dialog.windowTitle().lower().replace(" ", "-")
            dialog.grab().save(str(folder / f"dialog-{called}.png"))
            dialog.close()
        _show(made, "lines", folder / "panel-lines-empty.png")
        _show(made, "cast", folder / "panel-cast-empty.png")
        _dialogue(made, folder / "said.txt")
        _show(made, "lines", folder / "panel-lines.png")
        _beds(made)
        made.resize(SIZE[0], SIZE[1] + 300)  # so that all of their forms is seen
        _show(made, "cast", folder / "panel-cast.png")
        _show(made, "beds", folder / "panel-beds.png")
        made.preferences.text_size = 200
        made.apply_theme()
        made.resize(*LARGE)
        _take(made, folder / "window-200.png")
        _show(made, "lines", folder / "panel-lines-200.png")
        _show(made, "cast", folder / "panel-cast-200.png")
    film.unlink()


def _open(made: Window, film: Path) -> None:
    made.filing.open_path(film)
    until(lambda: made.document.is_open and made.document.project.scenes, "it is analysed")
    made.working.draft()
    until(lambda: made.document.project.cues, "it is drafted")
    until(lambda: not made.speaking.busy and not made.jobs.busy, "it is spoken")
    document = made.document
    for cue, text in zip(document.project.cues[:3], TEXTS, strict=False):
        document.edit("Write the text", edits.set_text(document.project, cue.id, "en", text))
    second = document.project.cues[1].id
    document.edit(
        "Change whether the film waits", edits.set_mode(document.project, "extended", [second])
    )
    document.select([second])
    _ask_for_candidates(made)
    until(lambda: not made.speaking.busy, "it is spoken")


def _ask_for_candidates(made: Window) -> None:
    """Several drafts for what is selected, as a server for models gives them."""

    def answer(asked: Asked) -> None:
        asked.say(SEEN if asked.looks else SHORT)

    with serving(answer) as server:
        os.environ["STUDIO_OPENAI_COMPATIBLE_URL"] = server.url
        os.environ["STUDIO_OPENAI_COMPATIBLE_MODEL"] = "example"
        os.environ["STUDIO_OPENAI_COMPATIBLE_KEY"] = ""
        made.drafts.choose_describer("openai-compatible")
        made.working.describer = made.drafts.chosen_describer
        made.working.draft_selected()
        until(lambda: not made.jobs.busy, "it is drafted anew")


def _beds(made: Window) -> None:
    """Show a sound bed that has been made."""
    made.actions_by_id["add_bed"].trigger()
    until(lambda: made.document.project.beds, "a bed is planned")
    made.beds.make.click()
    until(lambda: made.document.project.beds[0].sound, "the bed is made")


def _dialogue(made: Window, listed: Path) -> None:
    """Lines of the film, and who says them."""
    document = made.document
    listed.write_text(SPOKEN, encoding="utf-8")
    project, _ = hearing.import_lines(document.project, document.film, listed, "en", unwatched())
    listed.unlink()
    document.edit("Bring in lines", project)
    made.actions_by_id["find_cast"].trigger()
    until(lambda: document.project.turns and not made.jobs.busy, "the cast is found")


def _show(made: Window, panel: str, file: Path) -> None:
    """A picture of one of the panels alone, with the keyboard in it."""
    made.actions_by_id[f"go_{panel}"].trigger()
    _settle(made)
    made.tabs.grab().save(str(file))


def _dialogs(made: Window) -> list[QDialog]:
    return [
        ExportDialog(made.document, made),
        PreferencesDialog(made.preferences, made.document, made),
        ShortcutsDialog(made.preferences, made),
        ManualDialog(made.preferences, made),
        TakesDialog(made.document, made.theme, made),
        PronunciationsDialog(made.document, "lamp", made),
        ReferencesDialog(made.jobs, "en", made),
        StoryDialog(made.document, made),
        _sync_dialog(made),
    ]


def _sync_dialog(made: Window) -> SyncDialog:
    """A film of talking heads, measured: the short film has nobody who speaks to be seen."""
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "Heads.mkv"
        turns = [Said(1 + 5.2 * number, text, number % 2) for number, text in enumerate(TALK)]
        talking(film, heads=HEADS[:2], turns=turns, late=0.21, size=(480, 270))
        dialog = SyncDialog(made.jobs, probe(film), made.theme, made)
        dialog.measure.click()
        until(lambda: not made.jobs.busy, "it is measured")
    return dialog


def _settle(made: Window) -> None:
    until(
        lambda: not made.stage.busy and not made.stage.fetching and not made.player.playing,
        "everything is shown",
    )
    for _ in range(20):  # layouts follow a new size of the letters in several rounds
        QApplication.sendPostedEvents()
        QApplication.processEvents()
    made.timeline.ask_thumbnails()  # it waits a little for whoever goes on scrolling
    until(lambda: not made.stage.fetching, "all pictures are there")


def _take(made: Window, file: Path) -> None:
    _settle(made)
    made.grab().save(str(file))


if __name__ == "__main__":
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("folder", type=Path)
    main(given.parse_args().folder)
