"""What was recorded and is no longer what is written."""

from __future__ import annotations

import re

from studio.script.model import Issue, Project

OTHER_TEXT = "take.other-text"
"""The rule of issues about takes that do not say what is written."""


def issues(project: Project, language: str) -> tuple[Issue, ...]:
    """One for every take that is heard and was recorded for other words than are written now."""
    found = []
    for cue in project.cues:
        version = cue.version(language)
        take = None if version is None else version.chosen_take
        if version is None or take is None or _words(take.text) == _words(version.text):
            continue
        sentence = (
            f"The recording of “{version.text}” was made for other words: “{take.text}”. "
            "Record it again, or write what is said."
        )
        found.append(Issue(OTHER_TEXT, "caution", sentence, cue.id, language))
    return tuple(found)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
