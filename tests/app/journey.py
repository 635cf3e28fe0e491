"""The whole way from a film to its delivery, by keys and by the names a screen reader says.

    xvfb-run -a dbus-run-session -- /usr/bin/python3 -m tests.app.journey PYTHON FILM FOLDER

Leaves journey.adproject and an export in FOLDER; prints one JSON object of what was met on the way;
see bus.py.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from studio.app import actions
from tests.app.bus import (
    Bus,
    Node,
    focused,
    give_keyboard,
    keys_of_actions,
    named,
    nameless,
    press,
    says,
    tree,
    until,
    write,
)

TEXT = "A rabbit yawns."
VOICE = "slt"
WAIT = "2.0"  # s

_X_NAMES = {"Ins": "Insert", "Del": "Delete", ",": "comma"}
_QTS_OWN = "table cell in Files"  # Qt's file dialog leaves the size of a folder empty


class Describer:
    """Somebody with a keyboard and a screen reader."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.root: Node = bus.root
        self.found: dict[str, Any] = {"nameless": []}

    # --- what is done over and over ---------------------------------------------------------------

    def do(self, action: str) -> None:
        """The first key of an action, as its row says."""
        *held, key = actions.by_id(action).keys[0].split("+")
        key = _X_NAMES.get(key, key.lower() if len(key) == 1 else key)
        press("+".join([*(one.lower() for one in held), key]))

    def control(self, name: str, role: str = "") -> Node:
        """The control of that name, once it shows."""
        return until(lambda: named(self.root, name, role), f"“{name}” shows")

    def at(self, name: str, role: str = "") -> Node:
        """The control of that name, once it has the keyboard."""
        found = self.control(name, role)
        until(lambda: focused(found), f"“{name}” has the focus")
        return found

    def tab_to(self, name: str) -> Node:
        """Go on with Tab until the control of that name has the keyboard."""
        wanted = self.control(name)

        def there() -> bool:
            if focused(wanted):
                return True
            press("Tab")
            return False

        until(there, f"Tab comes to “{name}”")
        return wanted

    def dialog(self, title: str) -> Node:
        """The dialog of that title, with the keyboard in it."""
        found = give_keyboard(self.root, title)
        self.look_at(found)
        return found

    def back(self, title: str) -> None:
        """The main window has the keyboard again."""
        give_keyboard(self.root, title)

    def look_at(self, part: Node) -> None:
        """Remember what has no name."""
        self.found["nameless"] += [one for one in nameless(part) if one != _QTS_OWN]

    def choose_file(self, title: str, file: Path) -> None:
        """Write a file's name into the dialog of that title."""
        dialog = self.dialog(title)
        field = until(lambda: named(dialog, "File name:", "text"), "the field for the file's name")
        until(lambda: focused(field), "it has the focus")
        press("ctrl+a")
        write(str(file))
        until(lambda: says(field, str(file)), "the file's name is written")
        press("Return")

    def rows(self) -> list[str]:
        """What the table says of each description."""
        table = self.control("Descriptions", "table")
        return [one.name for one in tree(table) if one.name.startswith("Description ")]

    def undo_name(self) -> str:
        """What Undo would take back."""
        keys = keys_of_actions(self.root)
        return next(one for one in keys if one.startswith("Undo")).removeprefix("Undo: ")

    # --- the way ----------------------------------------------------------------------------------

    def analyse(self, film: Path) -> None:
        """Open the film; the studio looks through it unasked."""
        self.back("Audio Description Studio")
        self.at("Open a film or a project")
        self.look_at(self.root)
        self.do("open")
        self.choose_file("Open a film or a project", film)
        self.found["analysed"] = self.bus.heard(" found. ")
        self.back(film.stem)

    def draft(self) -> None:
        """Draft, and wait for the voice."""
        self.do("draft")
        self.bus.heard("descriptions are drafted")
        self.spoken()

    def spoken(self) -> None:
        """Wait until every description is."""
        until(
            lambda: (rows := self.rows()) and not any("not spoken" in row for row in rows),
            "all is spoken",
        )

    def rewrite(self) -> None:
        """Another text, voice and wait for the second description."""
        self.do("go_cues")
        self.at("Descriptions", "table")
        press("Home", "Down")
        until(lambda: self.heading().startswith("Description 2 of"), "the second is chosen")
        self.do("edit_text")
        text = self.at("Text", "text")
        press("ctrl+a")
        write(TEXT)
        until(lambda: says(text, TEXT) == TEXT, "the text is written")
        self.spoken()
        self.do("voice")
        self.at("Voice")
        write(VOICE)
        until(lambda: self.undo_name() == "Change the voice", "the voice is changed")
        self.do("mode_extended")
        self.bus.heard("The film waits here.")
        self.do("freeze")
        self.at("Wait at least")
        press("ctrl+a")
        write(WAIT)
        press("Tab")
        until(lambda: self.undo_name() == "Change the wait", "the wait is changed")
        self.spoken()
        self.found["fit"] = until(
            lambda: (
                said if (said := self.control("Fit").description).startswith("The film") else ""
            ),
            "it fits as it should",
        )

    def heading(self) -> str:
        """What the editor shows."""
        return next(one.name for one in tree(self.root) if one.name.startswith("Description 2"))

    def hear(self) -> None:
        """Play it, and ask where the playhead is all the while."""
        self.do("go_cues")
        self.at("Descriptions", "table")
        button = self.control("Play or pause")
        self.do("play_cue")
        until(lambda: button.description == "The film plays.", "it plays")
        places: list[str] = []

        def over() -> bool:
            self.do("say_playhead")
            places.append(self.bus.heard(" in the film"))
            return bool(button.description == "The film stands.")

        until(over, "it has been heard")
        self.found["heard"] = places

    def undo_and_redo(self) -> None:
        """Two steps back and on again."""
        before = self.rows()
        told = []
        for action, words in (("undo", "Undone"), ("undo", "Undone"), ("redo", "Done again")):
            self.do(action)
            told.append(self.bus.heard(words))
        until(lambda: "extended" in self.rows()[1], "the film waits again")
        self.do("redo")
        told.append(self.bus.heard("Done again"))
        until(lambda: self.rows() == before, "all is as before")
        self.found["undone"] = told

    def save_and_reopen(self, file: Path) -> None:
        """Save, close, open, and save once more: nothing may have changed."""
        self.do("save")
        self.choose_file("Save the project", file)
        self.bus.heard("Saved as")
        self.back(file.stem)
        saved, rows = file.read_bytes(), self.rows()
        self.do("close")
        self.bus.heard("is closed")
        self.do("open")
        self.choose_file("Open a film or a project", file)
        self.bus.heard("is open, ")
        self.back(file.stem)
        until(lambda: self.rows() == rows, "the same descriptions are there")
        self.do("save")
        self.bus.heard("Saved as")
        self.found["identical"] = saved == file.read_bytes()

    def walk(self) -> None:
        """Look at every panel and dialog there is."""
        self.found["keys"] = keys_of_actions(self.root)
        for panel in ("drafts", "voices", "issues", "jobs", "history"):
            self.do(f"go_{panel}")
            self.look_at(self.root)
        for action, title in (("preferences", "Preferences"), ("shortcuts", "Keys")):
            self.do(action)
            self.dialog(title)
            press("Escape")
            self.back("journey")

    def export(self, folder: Path) -> None:
        """The described film, and the film with a second track."""
        self.do("export")
        self.dialog("Export")
        self.tab_to("The film with a second sound track")
        press("space")
        field = self.tab_to("Folder")
        press("ctrl+a")
        write(str(folder))
        until(lambda: says(field, str(folder)) == str(folder), "the folder is written")
        press("Return")
        self.found["exported"] = self.bus.heard("Export: 2 deliveries")
        self.back("journey")
        self.do("quit")


def main(python: str, film: str, folder: str) -> None:
    """Go the whole way; print what was met."""
    bus = Bus(python)
    describer = Describer(bus)
    try:
        describer.analyse(Path(film))
        describer.draft()
        describer.rewrite()
        describer.hear()
        describer.undo_and_redo()
        describer.save_and_reopen(Path(folder) / "journey.adproject")
        describer.walk()
        describer.export(Path(folder) / "out")
        print(json.dumps(describer.found))
        sys.stderr.write(f"the studio ended with {bus.process.wait(60)}\n")
    finally:
        if bus.process.poll() is None:
            sys.stderr.write(f"the studio was ended with {bus.end()}\n{bus.announced}\n")


if __name__ == "__main__":
    main(*sys.argv[1:4])
