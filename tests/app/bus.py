"""The window as a screen reader and a keyboard know it: AT-SPI names and states, and keys.

Runs under the system's Python, which has pyatspi, on an X server and a bus of its own:

    xvfb-run -a dbus-run-session -- /usr/bin/python3 SCRIPT ...

Nothing sleeps: whoever waits looks again ten times a second, listening to the bus meanwhile, and
gives up in time.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pyatspi
from gi.repository import Atspi, GLib

PATIENCE = 90.0  # s
_LOOK_AGAIN = 100  # ms, where the bus says nothing of what is waited for
_MOST_CHILDREN = 500  # of a table only what shows matters
_TOLD = (
    "object:announcement",
    "object:state-changed:focused",
    "object:state-changed:showing",
    "object:property-change:accessible-name",
    "object:property-change:accessible-description",
    "object:text-changed",
)

Node = Any


class Bus:
    """One studio, started on this session's bus; what it announces is kept in `announced`."""

    def __init__(self, python: str, *arguments: str) -> None:
        self.announced: list[str] = []
        self._heard = 0  # how many of them have been waited for
        for event in _TOLD:
            pyatspi.Registry.registerEventListener(self._listen, event)
        environment = {
            **os.environ,
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "QT_QPA_PLATFORM": "xcb",
            "NO_AT_BRIDGE": "0",
        }
        self.process = subprocess.Popen(
            [python, "-m", "studio", *arguments], env=environment, start_new_session=True
        )
        self.root: Node = until(self._application, "the studio is on the bus")
        self.root.set_cache_mask(Atspi.Cache.NONE)  # what is found is as it is now

    def _listen(self, event: Any) -> None:
        if event.type.startswith("object:announcement"):
            self.announced.append(str(event.any_data))

    def _application(self) -> Node:
        desktop = pyatspi.Registry.getDesktop(0)
        return next((one for one in desktop if one and "Description Studio" in one.name), None)

    def heard(self, words: str) -> str:
        """The next announcement with these words, as soon as it is made."""

        def find() -> str:
            new = self.announced[self._heard :]
            return next((one for one in new if words in one), "")

        found: str = until(find, f"“{words}” is announced; heard: {self.announced}")
        self._heard += self.announced[self._heard :].index(found) + 1
        return found

    def end(self) -> int:
        """Ask the studio to go; its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)


def until(find: Callable[[], Any], what: str) -> Any:
    """What `find` finds, as soon as it does."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            found = find()
        except Exception:  # things come and go while they are looked at
            found = None
        if found:
            return found
        _listen_on()
    sys.exit(f"never: {what}")


def _listen_on() -> None:
    """Until the bus has told all it has to tell, for a moment at least."""
    context, waiting = GLib.MainContext.default(), [True]
    GLib.timeout_add(_LOOK_AGAIN, lambda: bool(waiting.clear()))
    while waiting or context.pending():
        context.iteration(True)


# --- looking --------------------------------------------------------------------------------------


def tree(node: Node) -> Iterator[Node]:
    """A node and all below it; of a table only what shows."""
    yield node
    for index in range(min(node.childCount, _MOST_CHILDREN)):
        child = node.getChildAtIndex(index)
        if child is not None:
            yield from tree(child)


def showing(node: Node) -> bool:
    """Whether it can be seen now."""
    return bool(node.getState().contains(pyatspi.STATE_SHOWING))


def called(node: Node) -> str:
    """What a control is called: Qt gives the name of a list to choose from to its label here."""
    if node.getRoleName() != "combo box":
        return str(node.name)
    return next(
        (
            str(relation.getTarget(0).name).rstrip()
            for relation in node.getRelationSet()
            if relation.getRelationType() == pyatspi.RELATION_LABELLED_BY
        ),
        "",
    )


def named(root: Node, name: str, role: str = "") -> Node:
    """The control of that name that shows, not its label; None where there is none."""
    for one in tree(root):
        kind = one.getRoleName()
        if (kind == role if role else kind != "label") and called(one) == name and showing(one):
            return one
    return None


def focused(node: Node) -> bool:
    """Whether a control, or something in it such as the cell of a table, has the keyboard."""
    return any(one.getState().contains(pyatspi.STATE_FOCUSED) for one in tree(node))


def says(text: Node, words: str) -> str:
    """The content of a text field, if these words are in it."""
    said: str = text.queryText().getText(0, -1)
    return said if words in said else ""


def nameless(root: Node) -> list[str]:
    """What can have the focus, can be seen, and has no name a screen reader could say."""
    return [
        f"{one.getRoleName()} in {one.parent.name or one.parent.getRoleName()}"
        for one in tree(root)
        if one.getState().contains(pyatspi.STATE_FOCUSABLE) and showing(one) and not called(one)
    ]


def keys_of_actions(root: Node) -> dict[str, str]:
    """Every action of the menus and the key it says it has; menus themselves are left out."""
    found = {}
    for one in tree(root):
        if one.getRoleName() in {"menu item", "check menu item"} and one.childCount == 0:
            does = one.queryAction()
            if does.getName(0) != "ShowMenu":
                found[one.name] = does.getKeyBinding(0)
    return found


# --- hands ----------------------------------------------------------------------------------------


def press(*keys: str) -> None:
    """Keys, as xdotool names them."""
    subprocess.run(["xdotool", "key", "--clearmodifiers", *keys], check=True)


def write(words: str) -> None:
    """Type."""
    subprocess.run(["xdotool", "type", "--clearmodifiers", "--delay", "5", words], check=True)


def give_keyboard(root: Node, title: str) -> Node:
    """The window whose title begins so, once it has the keyboard, which a manager gives elsewhere.

    A row that is current counts as focused even in a window that is not active, so this comes first
    wherever the keyboard matters.
    """

    def window() -> Node:
        return next((one for one in root if one.name.startswith(title) and showing(one)), None)

    found = until(window, f"the window “{title}”")

    def active() -> bool:
        if found.getState().contains(pyatspi.STATE_ACTIVE):
            return True
        command = ["xdotool", "search", "--onlyvisible", "--name", f"^{re.escape(title)}"]
        listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        for one in listed.split():
            subprocess.run(["xdotool", "windowfocus", one], check=False, capture_output=True)
        return False

    until(active, f"“{title}” is active")
    return found
