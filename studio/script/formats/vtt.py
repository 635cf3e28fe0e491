"""WebVTT (W3C WebVTT 1), written as a track of `descriptions`.

Beside cues it keeps: settings of cues, voices, style and region blocks, comments. A comment before
a cue is its note. What WebVTT has no field for stands in comments, a label before each line:
"On screen: EXIT". A cue of 0.1 s or less makes players wait, so it is an extended one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from studio.errors import ProjectError
from studio.script.formats.blocks import ARROW, times_of
from studio.script.formats.labels import labelled, unlabelled
from studio.script.formats.moments import stamp
from studio.script.formats.script import Entry, Script
from studio.script.formats.text import clean, decoded, one_line
from studio.times import Span

LONGEST_EXTENDED = 100  # ms; a cue no longer than this makes players wait while it is spoken

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>]*)>")
_TAG = re.compile(r"<[^<>]*>")
_HEADER = re.compile(r"(kind|language|lang) ?[:=] *(\S*)", re.IGNORECASE)
_BLOCK = re.compile(r"^(NOTE|STYLE|REGION)(?=\s|$)")  # what no name of a cue begins with
_HIDDEN_ARROW = "--&gt;"  # in comments, where an arrow would begin a cue


# --- reading --------------------------------------------------------------------------------------


def read(data: bytes) -> Script:
    """The cues with text; tags are dropped, character references resolved. Raises ProjectError."""
    text = re.sub(r"\r\n?", "\n", decoded(data)).replace("\0", "\ufffd")
    first, _, rest = text.partition("\n")
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", first):
        raise ProjectError(
            "The file does not begin with WEBVTT.",
            "Nothing was imported.",
            "Check that it is WebVTT; a SubRip file is named .srt.",
        )
    reading = _Reading(title=first[6:].strip().lstrip("-–—").strip())
    lines = rest.split("\n")
    if lines[0].strip() and ARROW not in lines[0]:
        header = next(_blocks(lines))
        reading.take_header(header)
        lines = lines[len(header) :]
    for block in _blocks(lines):
        reading.take(block)
    return reading.script()


def _blocks(lines: list[str]) -> Iterator[list[str]]:
    """Runs of lines that are not blank; an arrow begins a new one where a blank line is missing."""
    block: list[str] = []
    has_times = False
    for line in lines:
        begins = ARROW in line and bool(block) and (has_times or len(block) > 1)
        if not line or begins:
            if block:
                yield block
            block, has_times = [], False
        if line:
            block.append(line)
            has_times = has_times or ARROW in line
    if block:
        yield block


@dataclass
class _Reading:
    """What was read so far.

    pending: comments that belong to the next cue. told: the comment about the file was met, which
    we write after all others of that kind.
    """

    title: str
    language: str = ""
    told: bool = False
    settings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def take_header(self, lines: list[str]) -> None:
        """Lines right below the first one, which older files have."""
        rest = [line for line in lines if not self._is_about_the_file(line)]
        if rest:
            self.notes.append(clean("\n".join(rest)))

    def take(self, block: list[str]) -> None:
        """A cue, a comment, or a block of styles or regions; all else is no WebVTT and dropped."""
        if ARROW in block[0]:
            self._take_cue("", block[0], block[1:])
        elif len(block) > 1 and ARROW in block[1]:
            self._take_cue(block[0].strip(), block[1], block[2:])
        elif re.match(r"NOTE(?:[ \t]|$)", block[0]):
            self._take_comment("\n".join([block[0][4:], *block[1:]]))
        elif re.fullmatch(r"(?:STYLE|REGION)[ \t]*", block[0]) and not self.entries:
            self.settings.append("\n".join(block))

    def _take_comment(self, text: str) -> None:
        lines = clean(text.replace(_HIDDEN_ARROW, ARROW)).split("\n")
        rest = [line for line in lines if not self._is_about_the_file(line)]
        if len(rest) < len(lines):
            # what stands before our own comment about the file is about the file too
            self.notes += self.pending
            self.pending = []
            self.told = True
        if "".join(rest):
            self.pending.append("\n".join(rest))

    def _sort_comments(self) -> None:
        """Before the first cue of a file that is not ours: only labels are about the cue."""
        comments, self.pending = self.pending, []
        for comment in comments:
            _, bare = unlabelled(_NOBODY, comment.split("\n"))
            (self.notes if bare else self.pending).append(comment)

    def _is_about_the_file(self, line: str) -> bool:
        match = None if self.entries else _HEADER.fullmatch(line.strip())
        if match is None:
            return False
        if match[1].lower() != "kind":
            self.language = match[2]
        return True

    def _take_cue(self, name: str, times: str, lines: list[str]) -> None:
        found = times_of(times)
        raw = "\n".join(lines)
        text = _plain(raw)
        if found is None or not text:
            return
        if not self.entries and not self.told:
            self._sort_comments()
        span, settings = found
        voice = _VOICE.match(raw.lstrip())
        entry = Entry(
            span,
            text,
            id=one_line(name),
            voice="" if voice is None else one_line(html.unescape(voice[1])),
            extended=span.duration <= LONGEST_EXTENDED,
            settings=" ".join(settings.split()),
        )
        entry, rest = unlabelled(entry, "\n".join(self.pending).split("\n"))
        note = clean("\n".join([entry.note, *rest]))
        self.entries.append(replace(entry, note=note))
        self.pending = []

    def script(self) -> Script:
        """All that was read."""
        return Script(
            tuple(self.entries),
            self.language,
            one_line(self.title),
            notes=tuple(note for note in self.notes if note),
            settings=tuple(self.settings),
            closing=tuple(self.pending),
        )


_NOBODY = Entry(Span(0, 0), "")


def _plain(raw: str) -> str:
    """The words of a cue; a person who takes over in it is named."""
    raw = _VOICE.sub("", raw.lstrip(), count=1) if _VOICE.match(raw.lstrip()) else raw
    raw = _VOICE.sub(lambda voice: f"{voice[1].strip()}: ", raw)
    return clean(html.unescape(_TAG.sub("", raw)))


# --- writing --------------------------------------------------------------------------------------


def write(script: Script) -> bytes:
    """A track for `<track kind="descriptions">` or of its kind, one cue an entry, in that order."""
    title = one_line(script.title).replace(ARROW, "→")
    blocks = [f"WEBVTT - {title}" if title else "WEBVTT"]
    about = [f"Kind: {script.kind}"]
    if script.language:
        about.append(f"Language: {one_line(script.language)}")
    blocks += script.settings
    blocks += [_comment(_lines(note)) for note in script.notes if clean(note)]
    blocks.append(_comment(about))
    for entry in (entry for entry in script.entries if clean(entry.text)):
        if remarks := labelled(_without_plain_length(entry), voice=False, bare_notes=True):
            blocks.append(_comment(remarks))
        blocks.append(_cue(entry))
    blocks += [_comment(_lines(note)) for note in script.closing if clean(note)]
    return ("\n\n".join(blocks) + "\n").encode()


def _without_plain_length(entry: Entry) -> Entry:
    """The entry without the word that it is extended, where its length says so already."""
    short = entry.span.duration <= LONGEST_EXTENDED
    return replace(entry, extended=False) if short and not entry.freeze else entry


def _comment(lines: list[str]) -> str:
    text = "\n".join(lines).replace(ARROW, _HIDDEN_ARROW)
    return f"NOTE\n{text}"


def _lines(note: str) -> list[str]:
    return [line.strip() for line in clean(note).split("\n")]


def _cue(entry: Entry) -> str:
    name = _BLOCK.sub(r"_\1", one_line(entry.id).replace(ARROW, "→"))
    times = f"{stamp(entry.span.start)} {ARROW} {stamp(entry.span.end)} {entry.settings}".rstrip()
    voice = one_line(entry.voice).translate(_ESCAPES)
    if voice.endswith("--"):
        voice += " "  # else the end of its tag would make an arrow
    text = clean(entry.text).translate(_ESCAPES)
    return "\n".join([*([name] if name else []), times, f"<v {voice}>{text}" if voice else text])
