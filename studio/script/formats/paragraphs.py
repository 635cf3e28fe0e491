"""A script as paragraphs, for documents that are read from top to bottom or listened to.

    heading    Scene 3, 00:01:02.000 to 00:01:20.500
    times      7. 00:01:04.000 to 00:01:09.000
    text       Two people stand on a small bridge.
    label      Voice: Anna

The paragraph behind the times is the text, whatever it looks like; labels follow. On reading all
other paragraphs behind a text are more of it, and what stands before the first times is kept as
the file's own remarks. Scenes are numbered among those that have a description.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from studio.errors import ProjectError
from studio.script.formats.labels import labelled, unlabelled
from studio.script.formats.moments import guessed_length, moment, stamp
from studio.script.formats.script import Entry, Script
from studio.script.formats.text import clean, one_line
from studio.times import Span

Kind = Literal["title", "heading", "times", "text", "label"]

_CLOCK = r"\d{1,3}:\d{1,2}(?::\d{1,2})?(?:[.,:;]\d{1,6})?"
_RANGE = rf"[\[(]?({_CLOCK})[\])]?\s*(?:to|bis|–|—|-|-->|→)\s*[\[(]?({_CLOCK})[\])]?"
_TIMES = re.compile(rf"(?:#?\d{{1,6}}[.)]?\s+)?{_RANGE}", re.ASCII)
_TIMES_AND_TEXT = re.compile(rf"{_RANGE}[ \t]*[:–—-]?\s+(\S.*)", re.ASCII | re.DOTALL)
_START = re.compile(rf"[\[(]?({_CLOCK})[\])]?", re.ASCII)
_START_AND_TEXT = re.compile(rf"[\[(]?({_CLOCK})[\])]?[ \t]*[:–—-]?\s+(\S.*)", re.ASCII | re.DOTALL)
_SCENE = re.compile(rf"Scene \d+, {_RANGE}", re.ASCII)
_REMARK = "Note: "

MOST_PARAGRAPHS = 50_000
"""A document with more is refused."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph and what it is; lines in it end in \\n."""

    kind: Kind
    text: str


# --- writing --------------------------------------------------------------------------------------


def paragraphs_of(script: Script) -> list[Paragraph]:
    """The whole script, title first."""
    result = [Paragraph("title", title)] if (title := one_line(script.title)) else []
    for remark in (*script.notes, *script.closing):
        if clean(remark):
            result.append(Paragraph("label", _REMARK + clean(remark)))
    scene: Span | None = None
    scenes = 0
    entries = (one for one in script.entries if clean(one.text))
    for number, entry in enumerate(entries, start=1):
        here = scene_at(script, entry.span.start)
        if here is not None and here != scene:
            scenes += 1
            scene = here
            times = f"{stamp(here.start)} to {stamp(here.end)}"
            result.append(Paragraph("heading", f"Scene {scenes}, {times}"))
        times = f"{stamp(entry.span.start)} to {stamp(entry.span.end)}"
        result.append(Paragraph("times", f"{number}. {times}"))
        result.append(Paragraph("text", clean(entry.text)))
        result += [Paragraph("label", line) for line in labelled(entry)]
    return result


def scene_at(script: Script, ms: int) -> Span | None:
    """The scene of the script that is on at film time `ms`."""
    return next((one for one in reversed(script.scenes) if one.start <= ms < one.end), None)


# --- reading --------------------------------------------------------------------------------------


def script_from(paragraphs: Iterable[Paragraph], language: str, rate: Fraction | None) -> Script:
    """The script in the paragraphs of a document. kinds: only headings are told from the rest.

    rate: for times that count frames. Raises ProjectError.
    """
    reading = _Reading(rate)
    for paragraph in paragraphs:
        if clean(paragraph.text):
            reading.take(paragraph.kind, clean(paragraph.text))
    return reading.script(language)


@dataclass(frozen=True, slots=True)
class _Found:
    """The beginning of an entry: its times, and its text if that stands beside them."""

    start: int
    end: int | None
    text: str = ""


class _Reading:
    """What was read so far. open: the entry that further paragraphs belong to."""

    def __init__(self, rate: Fraction | None) -> None:
        self._rate = rate
        self._title = ""
        self._remarks: list[str] = []
        self._scenes: list[Span] = []
        self._entries: list[Entry] = []
        self._open: _Found | None = None
        self._text: list[str] = []
        self._labels: list[str] = []
        self._heading: list[str] = []

    def take(self, kind: Kind, text: str) -> None:
        """The next paragraph. Raises ProjectError."""
        if self._open is not None and not self._text and kind != "heading":
            self._text.append(text)
        elif kind == "title" and not self._title:
            self._title = one_line(text)
        elif kind in ("title", "heading"):
            self._take_heading(text)
        elif (found := self._found(text)) is not None:
            self._close()
            self._open = found
            self._text = [found.text] if found.text else []
        elif self._open is not None:
            _, rest = unlabelled(Entry(Span(0, 0), ""), text.split("\n"))
            (self._text if rest else self._labels).append(text)
        else:
            self._remarks.append(text.removeprefix(_REMARK))

    def _take_heading(self, text: str) -> None:
        self._close()
        scene = _SCENE.fullmatch(text)
        if scene is None:
            self._heading.append(text)
        else:
            self._scenes.append(self._span(scene[1], scene[2]))

    def _found(self, text: str) -> _Found | None:
        if match := _TIMES.fullmatch(text) or _TIMES_AND_TEXT.fullmatch(text):
            span = self._span(match[1], match[2])
            return _Found(span.start, span.end, match[3] if match.re is _TIMES_AND_TEXT else "")
        if match := _START.fullmatch(text) or _START_AND_TEXT.fullmatch(text):
            start = moment(match[1], self._rate)
            return _Found(start, None, match[2] if match.re is _START_AND_TEXT else "")
        return None

    def _span(self, start: str, end: str) -> Span:
        begin = moment(start, self._rate)
        return Span(begin, max(begin, moment(end, self._rate)))

    def _close(self) -> None:
        """Make an entry of what is open."""
        found, self._open = self._open, None
        if found is None:
            return
        text = clean("\n".join(self._text))
        end = found.start + guessed_length(text) if found.end is None else found.end
        entry, _ = unlabelled(Entry(Span(found.start, end), text), self._labels)
        note = clean("\n".join([*self._heading, entry.note]))
        if text:
            self._entries.append(replace(entry, note=note))
            self._heading = []
        self._text, self._labels = [], []

    def script(self, language: str) -> Script:
        """All that was read."""
        self._close()
        return Script(
            tuple(self._entries),
            language,
            self._title,
            scenes=tuple(self._scenes),
            notes=tuple(self._remarks),
            closing=tuple(self._heading),
        )


def no_times(kind: str) -> ProjectError:
    """What to say of a document without any."""
    return ProjectError(
        f"No paragraph of the {kind} tells a time.",
        "Nothing was imported.",
        "Put the times of each description on a line before it: 0:01:02.000 to 0:01:05.000.",
    )


def too_long(kind: str) -> ProjectError:
    """What to say of a document with more than MOST_PARAGRAPHS."""
    return ProjectError(
        f"The {kind} has more than {MOST_PARAGRAPHS:,} paragraphs.",
        "That is no script of one film; nothing was imported.",
    )
