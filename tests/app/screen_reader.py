"""Looks at the window as a screen reader does, over AT-SPI, and uses it by its names and keys.

    xvfb-run -a dbus-run-session -- /usr/bin/python3 screen_reader.py PYTHON PROJECT

Prints one JSON object of what it found; see bus.py.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.app.bus import Bus, focused, give_keyboard, named, nameless, press, says, tree, until


def main(python: str, project: str) -> None:
    """Open the project, look, write, undo; print what was found."""
    bus = Bus(python, project)
    try:
        print(json.dumps(look(bus)))
    finally:
        sys.stderr.write(f"the studio ended with {bus.end()}\n")


def look(bus: Bus) -> dict[str, Any]:
    """What is there, and what comes of writing into the second description."""
    root = bus.root
    table = until(lambda: named(root, "Descriptions", "table"), "the table")
    row = "A door opens."
    until(lambda: [one for one in tree(table) if one.name.endswith(row)], "the rows")
    give_keyboard(root, "small")
    until(lambda: focused(table), "the table has the focus")
    rows = [one.name for one in tree(table) if one.name.startswith("Description ")]
    found = nameless(root)
    press("Down", "Return")
    text = until(lambda: named(root, "Text", "text"), "the text field")
    until(lambda: focused(text), "the text has the focus")
    press("End", "space", "S", "l", "o", "w", "l", "y", "period")
    written = until(lambda: says(text, "Slowly."), "the text is written")
    until(lambda: named(root, "Fit").description.startswith("Fits"), "it is spoken")
    fit = named(root, "Fit").description
    press("ctrl+z")
    until(lambda: not says(text, "Slowly."), "it is undone")
    press("Escape")
    until(lambda: focused(table), "back in the table")
    chosen = choose(bus, text)
    return {"rows": rows, "nameless": found, "written": written, "fit": fit, **chosen}


def choose(bus: Bus, text: Any) -> dict[str, Any]:
    """Read the drafts of the second description, leave it silent, take the second draft."""
    root = bus.root
    press("alt+3")
    cards = until(lambda: named(root, "Drafts", "list"), "the drafts are a list")
    until(lambda: focused(cards) or any(focused(one) for one in cards), "the drafts have the focus")
    read = [(one.name, one.description, one.getRoleName()) for one in cards]
    press("0")
    silent = bus.heard("Left silent")
    until(lambda: not says(text, "door"), "nothing is said")
    press("2")
    taken = bus.heard("Draft 2 taken")
    until(lambda: says(text, "A red door."), "it stands there")
    return {"cards": read, "silent": silent, "taken": taken}


if __name__ == "__main__":
    main(*sys.argv[1:3])
