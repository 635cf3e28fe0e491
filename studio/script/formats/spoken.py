"""A plain dialogue list: who says what, a line each, without times.

    ANNA: Where is it?
    BEN: Here.
    I have it.

A name stands before a colon. Where at least half of the lines have one, all such beginnings are
names; else only those in capitals are, for people also say “Listen: we must go.” What stands in
brackets is for whoever reads the list; it stays in the text and is not heard.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from studio.errors import ProjectError
from studio.script.formats.text import decoded

MOST_LINES = 10_000  # the longest films have about 3,000

_NAMED = re.compile(r"(?P<name>[^\W\d_][^:\n]{0,39}):\s+(?P<text>\S.*)")
_MOST_NAME_WORDS = 4
_BRACKETS = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_DASH = re.compile(r"^[-–—]\s+")


@dataclass(frozen=True, slots=True)
class SpokenText:
    """One line of the list. voice: who says it, "" where the list does not tell."""

    voice: str
    text: str

    @property
    def heard(self) -> str:
        """The text without what stands in brackets; "" where nothing of it can be heard."""
        bare = " ".join(_BRACKETS.sub(" ", self.text).split())
        return bare if any(sign.isalnum() for sign in bare) else ""


def read(data: bytes) -> tuple[SpokenText, ...]:
    """The lines of a list, blank ones left out. Raises ProjectError where there is none."""
    rows = [_DASH.sub("", " ".join(one.split())) for one in decoded(data).splitlines()]
    rows = [one for one in rows if one]
    if not rows:
        raise ProjectError("There is no line in the list.", "Nothing was imported.")
    if len(rows) > MOST_LINES:
        raise ProjectError(
            f"The list has more than {MOST_LINES:,} lines.",
            "That is no dialogue of one film; nothing was imported.",
        )
    found = [_named(one) for one in rows]
    all_named = sum(one is not None for one in found) * 2 >= len(rows)
    return tuple(
        SpokenText(one["name"].strip(), one["text"])
        if one is not None and (all_named or one["name"].isupper())
        else SpokenText("", row)
        for row, one in zip(rows, found, strict=True)
    )


def _named(row: str) -> re.Match[str] | None:
    found = _NAMED.fullmatch(row)
    if found is None or len(found["name"].split()) > _MOST_NAME_WORDS:
        return None
    return found
