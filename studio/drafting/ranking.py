"""Whose taste a choice between drafts follows: what was learned of a user, or nobody's."""

from __future__ import annotations

from studio import engines
from studio.engines import Ranker, outside

NOBODY = "none"
"""The name that asks for no ranker, even where one was learned."""

_SET_UP = {"ranker": ""}  # rows of [drafting] in engines.toml


def ranker(name: str | None = None) -> Ranker | None:
    """The ranker of that name, perhaps with its folder ("adapter:FOLDER"); None for NOBODY.

    None takes what the user has set up (ranker in [drafting] of engines.toml), or else what was
    learned from this user's picks, where anything was. Raises UsageError and EngineError.
    """
    wanted = name if name is not None else outside.server("drafting", _SET_UP)["ranker"]
    if wanted == NOBODY:
        return None
    if wanted:
        return engines.open("ranker", wanted)
    row = engines.row("ranker", "picks")
    return None if row.missing() else engines.open("ranker", row.name)
