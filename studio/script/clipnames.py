"""How the files of single clips are named, when they are delivered and when they come back.

A clip's file is called after its number in the film and its cue: 003_c12.wav.
"""

from __future__ import annotations

import re

MANIFEST = "manifest.json"
KIND = "audio-description-studio/clips"
"""What tells a list of the studio's clips from anybody else's file of that name."""

_DIGITS = 3
_LETTERS = 40
_UNSAFE = re.compile(r"[^A-Za-z0-9-]+")  # what a file's name is kept free of, on any system
_STEM = re.compile(r"\d+_(.+)")


def clip_stem(number: int, count: int, cue_id: str) -> str:
    """The name, without suffix, of clip `number` of `count`."""
    digits = max(_DIGITS, len(str(count)))
    return f"{number:0{digits}}_{cue_slug(cue_id)}"


def cue_slug(cue_id: str) -> str:
    """A cue's id as it stands in a file's name."""
    return _UNSAFE.sub("-", cue_id)[:_LETTERS]


def slug_in(stem: str) -> str:
    """The part of a clip's name that tells its cue; "" where the name is no clip's."""
    match = _STEM.fullmatch(stem)
    return match[1] if match else ""
