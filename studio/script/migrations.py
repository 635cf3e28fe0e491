"""Older project files, upgraded step by step as plain dictionaries.

`STEPS[n]` takes a file of version n to version n + 1 and knows nothing of today's model, so it
never has to change again. A new version is: raise VERSION, add one function, add one golden file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Plain = dict[str, Any]

VERSION = 5


def _with_freeze_sound(plain: Plain) -> Plain:
    """1 to 2: what is heard during a freeze can be chosen; it always was silence."""
    settings = plain.get("settings")
    if not isinstance(settings, dict):  # damage, which reading names
        return plain
    return {**plain, "settings": {**settings, "freeze_sound": "silence"}}


def _with_voices_of_cues(plain: Plain) -> Plain:
    """2 to 3: a cue may have a voice and a pace of its own; none had."""

    def version(one: Plain) -> Plain:
        return {**one, "voice": None, "tempo": 1.0}

    def cue(one: Plain) -> Plain:
        return _each(one, "versions", version)

    return _each(plain, "cues", cue)


def _with_takes_and_checks(plain: Plain) -> Plain:
    """3 to 4: gain and takes of a cue; the cast, pronunciations, a house style and waivers."""

    def version(one: Plain) -> Plain:
        return {**one, "gain": 0.0, "takes": [], "take": ""}

    def cue(one: Plain) -> Plain:
        return _each(one, "versions", version)

    new: Plain = {"people": [], "pronunciations": [], "style": "neutral", "waivers": []}
    return _each(plain, "cues", cue) | new


def _with_dialogue_and_beds(plain: Plain) -> Plain:
    """4 to 5: lines, turns, faces, beds and the story; people have ids, colours and pictures."""
    people = plain.get("people")
    if not isinstance(people, list):
        return plain

    def person(number: int, one: object) -> object:
        if not isinstance(one, dict):
            return one
        return {**one, "id": f"p{number}", "colour": "", "picture": None}

    new: Plain = {"lines": [], "turns": [], "faces": [], "beds": []}
    new |= {"people": [person(number, one) for number, one in enumerate(people, 1)]}
    return plain | new | {"dialogue_language": "", "story": ""}


def _each(plain: Plain, key: str, change: Callable[[Plain], Plain]) -> Plain:
    """With every object of the list `key` changed; damage stays, for reading to name."""
    listed = plain.get(key)
    if not isinstance(listed, list):
        return plain
    return {**plain, key: [change(one) if isinstance(one, dict) else one for one in listed]}


STEPS: dict[int, Callable[[Plain], Plain]] = {
    1: _with_freeze_sound,
    2: _with_voices_of_cues,
    3: _with_takes_and_checks,
    4: _with_dialogue_and_beds,
}


def upgrade(plain: Plain, version: int) -> Plain:
    """`plain`, a file of `version`, in the shape of VERSION; the argument is not changed."""
    for step in range(version, VERSION):
        plain = STEPS[step](plain)
    return plain
