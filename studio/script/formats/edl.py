"""Edit decision lists (CMX 3600): an audio event for each description, its text in comments.

Times are whole frames at the film's rate. The list itself cannot tell the rate, only whether frames
are dropped, so a comment tells it; without one the film's rate is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from studio.errors import ExportError, ProjectError
from studio.script.formats.labels import labelled, unlabelled
from studio.script.formats.moments import guessed_length, moment
from studio.script.formats.script import Entry, Script
from studio.script.formats.table import MOST_ROWS
from studio.script.formats.text import clean, decoded, one_line
from studio.times import Span, frame_at, frame_time, timecode

_CODE = r"\d{1,3}:\d\d:\d\d[:;]\d{2,3}"
_EVENT = re.compile(
    rf"\d+\s+\S+\s+\S+\s+(?:[CDKW]\S*)(?:\s+\S+)*?\s+{_CODE}\s+{_CODE}\s+({_CODE})\s+({_CODE})\s*",
    re.ASCII,
)
_COMMENT = re.compile(r"\*\s?(.*)")
_RATE = re.compile(r"RATE: (\d{1,6})(?:/(\d{1,6}))?", re.ASCII)
_TEXT = re.compile(r"(?:COMMENT|TEXT):\s?(.*)", re.IGNORECASE)
_RESOLVE = re.compile(r"\|C:\S+ \|M:", re.ASCII)  # what a line of its marker lists begins with
_DURATION = re.compile(r" ?\|D:\d+$", re.ASCII)  # and ends with
_LONGEST_EVENT = 1000  # characters
_REMARK = "Note: "
_FASTEST = 1000  # Hz


def read(data: bytes, rate: Fraction | None = None) -> Script:
    """Events with a comment. rate: where the list does not tell. Raises ProjectError."""
    reading = _Reading(rate)
    lines = decoded(data).replace("\r\n", "\n").split("\n")
    for line in lines:
        reading.take(line.strip())
    return reading.script()


class _Reading:
    """What was read so far; `_span` is that of the event whose comments come next."""

    def __init__(self, rate: Fraction | None) -> None:
        self._rate = rate
        self._said = False  # whether the list itself tells its rate
        self._title = ""
        self._span: Span | None = None
        self._text: list[str] = []
        self._rest: list[str] = []
        self._remarks: list[str] = []
        self._entries: list[Entry] = []

    def take(self, line: str) -> None:
        """The next line. Raises ProjectError."""
        if not line:
            return
        if len(line) <= _LONGEST_EVENT and (match := _EVENT.fullmatch(line)):
            self._close()
            start = moment(match[1], self._rate)
            self._span = Span(start, max(start, moment(match[2], self._rate)))
        elif match := _COMMENT.fullmatch(line):
            self._take_comment(match[1])
        elif match := _RESOLVE.match(line):
            self._text.append(_DURATION.sub("", line[match.end() :]))
        elif line.upper().startswith("TITLE:"):
            self._title = one_line(line[6:])

    def _take_comment(self, comment: str) -> None:
        rate = None if self._said else _RATE.fullmatch(comment.strip())
        if self._span is None and rate is not None:
            self._said = True
            self._rate = _checked(Fraction(int(rate[1]), max(1, int(rate[2] or 1))))
        elif self._span is None:
            self._remarks.append(comment.removeprefix(_REMARK))
        elif text := _TEXT.fullmatch(comment):
            self._text.append(text[1])
        else:
            self._rest.append(comment)

    def _close(self) -> None:
        span, text = self._span, clean("\n".join(self._text))
        if span is not None and text:
            if len(self._entries) >= MOST_ROWS:
                raise ProjectError(f"The list has over {MOST_ROWS:,} events; none was imported.")
            if span.duration == 0:
                span = Span(span.start, span.start + guessed_length(text))
            entry, _ = unlabelled(Entry(span, text), self._rest)
            self._entries.append(entry)
        self._span, self._text, self._rest = None, [], []

    def script(self) -> Script:
        """All that was read."""
        self._close()
        remarks = tuple(one for one in (clean(line) for line in self._remarks) if one)
        return Script(tuple(self._entries), title=self._title, rate=self._rate, notes=remarks)


def _checked(rate: Fraction) -> Fraction:
    if not 1 <= rate <= _FASTEST:
        raise ProjectError(
            f"The list says that it has {float(rate):g} pictures a second.",
            "No film has; nothing was imported.",
        )
    return rate


def write(script: Script) -> bytes:
    """A list of audio events. Raises ExportError where the film's rate is not known."""
    if script.rate is None:
        raise ExportError(
            "An edit decision list counts frames, and the rate of the film is not known.",
            "The list was not made.",
        )
    dropped = ";" in timecode(0, script.rate)
    remarks = (*script.notes, *script.closing)
    title = one_line(script.title) or "Audio description"
    lines = [
        f"TITLE: {title}",
        f"FCM: {'DROP FRAME' if dropped else 'NON-DROP FRAME'}",
        f"* RATE: {script.rate}",
        *(f"* {_REMARK}{line.strip()}" for note in remarks for line in _lines(note)),
    ]
    entries = [one for one in script.entries if clean(one.text)]
    # what differs by less than a frame is read back as one time, so its order is that of the list
    rate = script.rate
    for number, entry in enumerate(sorted(entries, key=lambda one: _frames(one, rate)), start=1):
        lines += ["", *_event(number, entry, rate)]
    return ("\n".join(lines) + "\n").encode()


def _frames(entry: Entry, rate: Fraction) -> tuple[int, int]:
    """The first frame of an entry and how many it has."""
    first = frame_at(entry.span.start, rate)
    return first, max(1, frame_at(entry.span.end, rate) - first)


def _event(number: int, entry: Entry, rate: Fraction) -> Iterator[str]:
    first, count = _frames(entry, rate)
    source = (timecode(0, rate), timecode(frame_time(count, rate), rate))
    record = (timecode(entry.span.start, rate), timecode(frame_time(first + count, rate), rate))
    yield f"{number:03}  AX       A     C        {' '.join((*source, *record))}"
    for line in clean(entry.text).split("\n"):
        yield f"* COMMENT: {line}"
    for line in labelled(entry):
        yield f"* {line}"


def _lines(note: str) -> list[str]:
    return [line for line in clean(note).split("\n") if line]
