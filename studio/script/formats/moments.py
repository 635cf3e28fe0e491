"""Times as they stand in scripts: clocks and timecodes."""

from __future__ import annotations

import re
from fractions import Fraction

from studio.errors import ProjectError, UsageError
from studio.script.pace import words
from studio.times import MS_PER_SECOND, parse_clock, parse_timecode

_FRAMES = re.compile(r"\d+:\d+:\d+[:;]\d+", re.ASCII)
_FINER = re.compile(r"([.,]\d{3})\d+")
_SPOKEN_PACE = 160  # words a minute; the target of settings.py
_SHORTEST = 1000  # ms


def stamp(ms: int, point: str = ".") -> str:
    """00:00:01.000, with `point` before the milliseconds."""
    seconds, rest = divmod(ms, MS_PER_SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{rest:03}"


def moment(text: str, rate: Fraction | None = None) -> int:
    """The ms of a time in a script: a clock as in 1:02:03.400, or a timecode as in 01:02:03:10.

    rate: pictures per second, for timecodes. Parts of a ms are dropped. Raises ProjectError.
    """
    text = text.strip()
    try:
        if _FRAMES.fullmatch(text) is None:
            return parse_clock(_FINER.sub(r"\1", text))
        if rate is None:
            raise ProjectError(
                f"The time “{text}” counts frames, and nothing says how many a second has.",
                "Nothing was imported.",
            )
        return parse_timecode(text, rate)
    except UsageError as error:
        raise ProjectError(error.what, "Nothing was imported.", error.advice) from error


def guessed_length(text: str) -> int:
    """About how many ms it takes to say `text`, for scripts that do not tell where it ends."""
    return max(_SHORTEST, words(text) * 60 * MS_PER_SECOND // _SPOKEN_PACE)
