"""Looks at the window as a screen reader does, over AT-SPI, and uses it by its names and keys.

    xvfb-run -a dbus-run-session -- /usr/bin/python3 screen_reader.py PYTHON PROJECT

Runs under the system's Python, which has pyatspi. Prints one JSON object of what it found.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pyatspi

_PATIENCE = 120.0  # s
_NAP = 0.1  # s
_FOCUSABLE = pyatspi.STATE_FOCUSABLE
_SHOWING = pyatspi.STATE_SHOWING

Node = Any


def until(find: Callable[[], Any], what: str) -> Any:
    """What `find` finds, as soon as it does."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        try:
            found = find()
        except Exception:  # things come and go while they are looked at
            found = None
        if found:
            return found
        threading.Event().wait(_NAP)
    sys.exit(f"never: {what}")


def application() -> Node:
    """The studio on this session's bus."""
    desktop = pyatspi.Registry.getDesktop(0)
    return next((one for one in desktop if one and "Description Studio" in one.name), None)


def tree(node: Node) -> Iterator[Node]:
    """A node and all below it; of a table only what shows."""
    yield node
    for index in range(min(node.childCount, 500)):
        child = node.getChildAtIndex(index)
        if child is not None:
            yield from tree(child)


def named(root: Node, name: str, role: str = "") -> Node:
    """The control of that name that shows."""
    return next(
        (
            one
            for one in tree(root)
            if one.name == name
            and one.getState().contains(_SHOWING)
            and role in ("", one.getRoleName())
        ),
        None,
    )


def focused(node: Node) -> bool:
    """Whether a control, or something in it such as the cell of a table, has the keyboard."""
    return any(one.getState().contains(pyatspi.STATE_FOCUSED) for one in tree(node))


def press(*keys: str) -> None:
    """Keys, as xdotool names them."""
    subprocess.run(["xdotool", "key", "--clearmodifiers", *keys], check=True)


def take_focus() -> None:
    """Give the window the keyboard, which a window manager does elsewhere."""
    windows = ["xdotool", "search", "--onlyvisible", "--name", "Audio Description Studio"]
    found = subprocess.run(windows, capture_output=True, text=True, check=True).stdout.split()
    for one in found:
        subprocess.run(["xdotool", "windowfocus", one], check=False)


def main(python: str, project: str) -> None:
    """Open the project, look, write, undo; print what was found."""
    environment = {
        **os.environ,
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "QT_QPA_PLATFORM": "xcb",
        "NO_AT_BRIDGE": "0",
    }
    studio = subprocess.Popen([python, "-m", "studio", project], env=environment)
    try:
        print(json.dumps(look(until(application, "the studio is on the bus"))))
    finally:
        studio.terminate()
        sys.stderr.write(f"the studio ended with {studio.wait(_PATIENCE)}\n")


def look(root: Node) -> dict[str, Any]:
    """What is there, and what comes of writing into the second description."""
    table = until(lambda: named(root, "Descriptions", "table"), "the table")
    row = "A door opens."
    until(lambda: [one for one in tree(table) if one.name.endswith(row)], "the rows")
    take_focus()
    until(lambda: focused(table), "the table has the focus")
    rows = [one.name for one in tree(table) if one.name.startswith("Description ")]
    nameless = [
        f"{one.getRoleName()} in {one.parent.name or one.parent.getRoleName()}"
        for one in tree(root)
        if one.getState().contains(_FOCUSABLE)
        and one.getState().contains(_SHOWING)
        and not one.name
    ]
    press("Down", "Return")
    text = until(lambda: named(root, "Text", "text"), "the text field")
    until(lambda: focused(text), "the text has the focus")
    press("End", "space", "S", "l", "o", "w", "l", "y", "period")
    written = until(lambda: _says(text, "Slowly."), "the text is written")
    until(lambda: named(root, "Fit").description.startswith("Fits"), "it is spoken")
    fit = named(root, "Fit").description
    press("ctrl+z")
    until(lambda: not _says(text, "Slowly."), "it is undone")
    press("Escape")
    until(lambda: focused(table), "back in the table")
    return {"rows": rows, "nameless": nameless, "written": written, "fit": fit}


def _says(text: Node, words: str) -> str:
    said: str = text.queryText().getText(0, -1)
    return said if words in said else ""


if __name__ == "__main__":
    main(*sys.argv[1:3])
