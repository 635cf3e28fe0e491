"""Times in SubRip and WebVTT files moved, all else left as it stands: words, marks, settings.

An entry may become several, or none; then its text is repeated. SubRip's numbers are made anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from studio.times import Span

_STAMP = r"(?:\d{1,6}:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_TIMES = re.compile(rf"(\s*)({_STAMP})([ \t]*-->[ \t]*)({_STAMP})(.*)", re.ASCII | re.DOTALL)
_INNER = re.compile(rf"<({_STAMP})>", re.ASCII)
_PARTS = re.compile(r"(?:(\d{1,6}):)?(\d{1,2}):(\d{2})([.,])(\d{1,3})", re.ASCII)


class Mover(Protocol):
    """Where times go. All are ms."""

    def moment(self, ms: int) -> int:
        """Where a moment goes."""
        ...

    def spans(self, span: Span) -> tuple[Span, ...]:
        """Where a stretch goes: in order, none touching the next."""
        ...


def retimed(text: str, mover: Mover) -> str:
    """`text`, a whole file, with its times moved."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    moved: list[str] = []
    number = 0
    for block in _blocks(lines):
        for part in _moved(block, mover):
            number += 1
            moved += _numbered(part, number)
    return newline.join(moved)


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """The lines in runs that each end with their blank lines."""
    block: list[str] = []
    for line in lines:
        if block and not block[-1].strip() and line.strip():
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _moved(block: list[str], mover: Mover) -> Iterator[list[str]]:
    """The entries that a block becomes; what is no entry stays as it is."""
    at = next((index for index, line in enumerate(block[:2]) if _TIMES.fullmatch(line)), None)
    match = None if at is None else _TIMES.fullmatch(block[at])
    if at is None or match is None:
        yield block
        return
    before, begin, arrow, end, settings = match.groups()
    spans = mover.spans(Span(_ms(begin), max(_ms(begin), _ms(end))))
    for index, span in enumerate(spans):
        times = f"{before}{_like(begin, span.start)}{arrow}{_like(end, span.end)}{settings}"
        # an id may stand in a file but once; a number is made anew anyway
        head = block[:at] if index == 0 or _is_number(block[0]) else []
        body = [_INNER.sub(lambda one: _inner(one, mover), line) for line in block[at + 1 :]]
        last = index == len(spans) - 1
        yield [*head, times, *body, *([] if last or _ends_blank(block) else [""])]


def _ends_blank(block: list[str]) -> bool:
    return not block[-1].strip()


def _is_number(line: str) -> bool:
    return re.fullmatch(r"\s*\d+\s*", line, re.ASCII) is not None


def _numbered(block: list[str], number: int) -> list[str]:
    """A block of SubRip with its place as its number; any other as it is."""
    is_entry = len(block) > 1 and "," in block[1] and _TIMES.fullmatch(block[1]) is not None
    return [str(number), *block[1:]] if is_entry and _is_number(block[0]) else block


def _inner(match: re.Match[str], mover: Mover) -> str:
    return f"<{_like(match[1], mover.moment(_ms(match[1])))}>"


def _ms(stamp: str) -> int:
    parts = _PARTS.fullmatch(stamp)
    if parts is None:
        raise ValueError(f"{stamp} matched a stamp before")
    hours, minutes, seconds, _, rest = parts.groups(default="0")
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + int(rest.ljust(3, "0"))


def _like(stamp: str, ms: int) -> str:
    """`ms` written as `stamp` is: with or without hours, with its decimal mark."""
    minutes, rest = divmod(ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    point = "," if "," in stamp else "."
    tail = f"{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"
    width = stamp.index(":") if stamp.count(":") > 1 else 0
    return f"{hours:0{max(width, 2)}}:{tail}" if width or hours else tail
