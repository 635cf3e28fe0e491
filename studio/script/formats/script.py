"""A script as all formats share it: what was described, when, and what goes with it.

Formats turn this into bytes and back; nothing in it depends on a film being there, so a script can
be read, changed and written without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from studio.script.model import Pronunciation
from studio.times import Span


@dataclass(frozen=True, slots=True)
class Entry:
    """One text and when it is spoken or shown.

    span: film time in ms, freezes not counted. id: its name in the file or project, "" where it
    has none. voice: who says it. note: for who works on it, never heard. on_screen: text that is
    seen meanwhile. status: how far it is, in the file's own word. extended: the film waits for it;
    freeze: for how many ms, None where the file does not say. settings: what the format keeps
    besides (WebVTT's cue settings), as it stands in the file. room: ms there are to say it in
    without a freeze, None where that is not known.
    """

    span: Span
    text: str
    id: str = ""
    voice: str = ""
    note: str = ""
    on_screen: str = ""
    status: str = ""
    extended: bool = False
    freeze: int | None = None
    settings: str = ""
    room: int | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """The descriptions of a film in one language, in order of time.

    language: BCP 47, "" where the file does not say. title: of the film. rate: of its pictures in
    Hz, for formats that count frames. duration: of the film, ms. scenes: its shots. dialogue: what
    its people say, where that is known, with the person as `voice`. notes: what stands in the file
    before the first entry, closing: behind the last. settings: what the format keeps besides
    (WebVTT's styles and regions), as it stands in the file. pronunciations: how words are said.
    kind: what its texts are for. colours: in which "#rrggbb" who says it is shown, by `voice`.
    """

    entries: tuple[Entry, ...]
    language: str = ""
    title: str = ""
    rate: Fraction | None = None
    duration: int | None = None
    scenes: tuple[Span, ...] = ()
    dialogue: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    pronunciations: tuple[Pronunciation, ...] = ()
    kind: Literal["descriptions", "subtitles"] = "descriptions"
    colours: tuple[tuple[str, str], ...] = ()
