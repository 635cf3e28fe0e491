"""The table of everything that can be done in the window, and its keys.

Menus, the shortcuts dialog and the help are built from these rows; the window has one method for
each. What a row says is in action.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studio.app.action import MENUS, PRESETS, Action, all_keys
from studio.app.actions.looking import GO, HELP, PLAY, VIEW
from studio.app.actions.working import FILE, WORK
from studio.app.actions.writing import DESCRIPTION, EDIT

__all__ = ["MENUS", "PRESETS", "TABLE", "Action", "all_keys", "by_id", "conflicts"]

TABLE: tuple[Action, ...] = (
    *FILE, *EDIT, *DESCRIPTION, *WORK, *PLAY, *GO, *VIEW, *HELP,
)  # fmt: skip


def conflicts(preset: str, changed: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Keys that do more than one thing: key to the ids of the actions."""
    found: dict[str, list[str]] = {}
    for action in TABLE:
        for key in all_keys(action.bound(preset, changed)):
            found.setdefault(key.casefold(), []).append(action.id)
    return {key: tuple(ids) for key, ids in found.items() if len(ids) > 1}


def by_id(action_id: str) -> Action:
    """The row of that id."""
    return next(one for one in TABLE if one.id == action_id)
