"""Lists of English words, kept in resources/words so that they can be read and added to."""

from __future__ import annotations

import functools
import tomllib

from studio import paths


def word_list(name: str) -> frozenset[str]:
    """The list of that name. Raises KeyError where there is none, which is a bug."""
    return frozenset(_lists()[name].split())


@functools.cache
def _lists() -> dict[str, str]:
    return tomllib.loads(paths.resource("words/en.toml").read_text(encoding="utf-8"))
