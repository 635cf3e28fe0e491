"""What a row of the table of actions says, and which keys act where.

Keys are written as Qt reads them. A single key (no Ctrl, Alt or F-key) works wherever no text is
typed; while typing its twin does the same: Alt+Shift and that key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

When = Literal["always", "project", "cue", "cues", "undo", "redo", "gap", "file", "jobs"]
"""project: one is open. cue: exactly one is selected. cues: at least one is. undo, redo: there is
something to. gap: the playhead is in a gap. file: the project has a file. jobs: some work is going
on."""

MENUS = ("File", "Edit", "Description", "Work", "Play", "Go", "View", "Help")
PRESETS = ("NLE", "Subtitle Edit", "Aegisub")

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """One row. keys: of the preset NLE; presets: where another one differs.

    about: what it does, in a sentence. toggles: it is on or off.
    """

    id: str
    menu: str
    text: str
    about: str
    keys: Keys
    when: When = "project"
    presets: Mapping[str, Keys] = field(default_factory=dict)
    toggles: bool = False

    def bound(self, preset: str, changed: Mapping[str, Sequence[str]]) -> Keys:
        """Its keys: what the user has set, or the preset's."""
        if self.id in changed:
            return tuple(changed[self.id])
        return self.presets.get(preset, self.keys)


def both(subtitle_edit: Keys, aegisub: Keys) -> dict[str, Keys]:
    """The keys of an action in the presets other than NLE."""
    return {"Subtitle Edit": subtitle_edit, "Aegisub": aegisub}


def twin(key: str) -> str:
    """The key that does the same while typing; "" where a single key needs none of its own."""
    plain = key.removeprefix("Shift+")
    if len(plain) != 1 or plain != key:
        return ""
    return f"Alt+Shift+{plain}"


def all_keys(keys: Sequence[str]) -> tuple[str, ...]:
    """These keys and their twins, each once."""
    twins = (twin(key) for key in keys)
    return tuple(dict.fromkeys((*keys, *(one for one in twins if one))))
