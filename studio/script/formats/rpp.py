"""Projects of Reaper: a region for each description.

A region is two MARKER lines of one number; the first has the name, the second where it ends. A
name stands in quotes that it does not contain; Reaper has three kinds, and where a name contains
all of them, its ` become '.
"""

from __future__ import annotations

import re
from decimal import Decimal

from studio.errors import ProjectError
from studio.script.formats.moments import guessed_length
from studio.script.formats.script import Entry, Script
from studio.script.formats.table import MOST_ROWS
from studio.script.formats.text import clean, decoded, one_line
from studio.times import MS_PER_SECOND, Span

_MARKER = re.compile(
    r"\s*MARKER\s+(-?\d{1,9})\s+(\d{1,9}(?:\.\d{1,15})?)\s+"
    r"(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`|(\S+))\s*(\d+)?.*",
    re.ASCII,
)
_REGION = 1  # the bit of a marker's flags that says so


def read(data: bytes) -> Script:
    """Regions and markers with a name. Raises ProjectError."""
    text = decoded(data)
    if not text.lstrip().startswith("<REAPER_PROJECT"):
        raise ProjectError("The file is no project of Reaper.", "Nothing was imported.")
    entries: list[Entry] = []
    begun: dict[str, tuple[int, str]] = {}
    markers = 0
    for line in text.split("\n"):
        match = _MARKER.fullmatch(line.rstrip("\r"))
        if match is None:
            continue
        markers += 1
        if markers > 2 * MOST_ROWS:
            raise ProjectError(f"The project has over {MOST_ROWS:,} regions; none was imported.")
        number, at = match[1], round(Decimal(match[2]) * MS_PER_SECOND)
        name = one_line(next((one for one in match.groups()[2:6] if one is not None), ""))
        if not int(match[7] or 0) & _REGION:
            if name:
                entries.append(Entry(Span(at, at + guessed_length(name)), name))
        elif number in begun:
            start, name = begun.pop(number)
            if name:
                entries.append(Entry(Span(start, max(start, at)), name))
        else:
            begun[number] = (at, name)
    return Script(tuple(entries))


def write(script: Script) -> bytes:
    """A project without tracks; its regions can be seen, played and rendered one by one."""
    lines = ['<REAPER_PROJECT 0.1 "6.0" 0', "  TIMEMODE 0 0 -1 30 0 0 -1"]
    named = ((one.span, one_line(one.text)) for one in script.entries if one_line(one.text))
    for number, (span, text) in enumerate(named, start=1):
        lines.append(f"  MARKER {number} {_seconds(span.start)} {_quoted(text)} {_REGION}")
        lines.append(f'  MARKER {number} {_seconds(span.end)} "" {_REGION}')
    return ("\n".join([*lines, ">"]) + "\n").encode()


def _seconds(ms: int) -> str:
    return f"{ms // MS_PER_SECOND}.{ms % MS_PER_SECOND:03}"


def _quoted(name: str) -> str:
    quote = next((one for one in "\"'`" if one not in name), None)
    return f"`{name.replace('`', chr(39))}`" if quote is None else f"{quote}{clean(name)}{quote}"
