"""What SubRip and WebVTT share: times with an arrow between them."""

from __future__ import annotations

import re

from studio.times import MS_PER_SECOND, Span

ARROW = "-->"
_MOMENT = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMES = re.compile(rf"\s*{_MOMENT}\s*-->\s*{_MOMENT}(?:\s+(\S.*))?\s*", re.ASCII)


def times_of(line: str) -> tuple[Span, str] | None:
    """The times of a line "00:01.000 --> 00:02.000" and what stands behind them, or None."""
    match = _TIMES.fullmatch(line)
    if match is None:
        return None
    start, end = _moment(*match.groups()[:4]), _moment(*match.groups()[4:8])
    return Span(start, max(start, end)), (match[9] or "").strip()


def _moment(hours: str | None, minutes: str, seconds: str, rest: str | None) -> int:
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * MS_PER_SECOND + int((rest or "").ljust(3, "0"))
