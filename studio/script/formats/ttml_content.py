"""What the paragraphs of a TTML document say, when, in which language and by whom.

Read as TTML2 has it: times are relative to the parent (12.4), languages and what else is inherited
come from the nearest ancestor that states them, white space collapses unless it is to be kept.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from studio.script.formats.script import Entry, Script
from studio.script.formats.text import clean, one_line
from studio.script.formats.ttml_time import (
    WHOLE,
    Interval,
    NotATime,
    Rates,
    interval_of,
    rates_of,
    stamp,
)
from studio.script.formats.ttml_tree import XML, Element, Maker, Malformed, Node, is_name
from studio.script.model import Pronunciation
from studio.times import Span

TT = "http://www.w3.org/ns/ttml"
TTM = "http://www.w3.org/ns/ttml#metadata"
ADS = "urn:audio-description-studio:script"
"""The studio's own namespace, for what no standard has a word for: freezes, status, scenes."""

HEAD, BODY, DIV, P, SPAN, BR = (
    f"{{{TT}}}{one}" for one in ("head", "body", "div", "p", "span", "br")
)
METADATA = f"{{{TT}}}metadata"
AGENT = f"{{{TTM}}}agent"
LANG, ID, SPACE = (f"{{{XML}}}{one}" for one in ("lang", "id", "space"))
DESC = f"{{{TTM}}}desc"

MOST_VOICES = 20
"""How many people may say one text; each is named in it."""

_WHITE = re.compile(r"[ \t\r\n]+")
_SOFT = "\x01"  # white space that may vanish; no XML text holds this character
_WHOLE_MS = re.compile(r"\d{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph with text. path: from the root down to its parent.

    interval: from when its first words are there until the last ones go.
    """

    element: Element
    path: tuple[Element, ...]
    interval: Interval
    text: str

    def inherited(self, name: str, otherwise: str = "") -> str:
        """The value of an attribute stated nearest, on the paragraph or above it."""
        for element in (self.element, *reversed(self.path)):
            value = element.get(name)
            if value is not None:
                return value
        return otherwise


def passages(root: Element) -> tuple[Passage, ...]:
    """The paragraphs of a document, in its order; those without text as well. Raises Malformed."""
    try:
        rates = rates_of(root)
    except NotATime as error:
        raise Malformed(root.line, str(error)) from error
    found: list[Passage] = []
    for body in root.elements(BODY):
        _walk(body, (root,), WHOLE, None, rates, found)
    return tuple(found)


def _walk(
    element: Element,
    path: tuple[Element, ...],
    outer: Interval,
    after: Fraction | None,
    rates: Rates,
    found: list[Passage],
) -> Fraction:
    """Gather what is in `element`; returns when it ends, as far as that is known."""
    own = active(element, outer, after, rates)
    if element.name == P:
        runs: list[tuple[str, Interval]] = []
        last = _gather(element, own, rates, is_kept(element, path), runs)
        found.append(Passage(element, path, _hull(runs, own), _text(runs)))
        return own.end if own.end is not None else last
    last = own.begin
    follow = own.begin if element.get("timeContainer") == "seq" else None
    for child in element.elements():
        if child.name in (DIV, P):
            ended = _walk(child, (*path, element), own, follow, rates, found)
            follow = None if follow is None else ended
            last = max(last, ended)
    return own.end if own.end is not None else last


def active(element: Element, outer: Interval, after: Fraction | None, rates: Rates) -> Interval:
    """When an element is active; one that follows others lasts as long as what is in it.

    Raises Malformed.
    """
    try:
        interval = interval_of(element, outer, rates, after)
    except NotATime as error:
        raise Malformed(element.line, str(error)) from error
    timed = element.get("end") is not None or element.get("dur") is not None
    if after is not None and not timed and any(element.elements()):
        return Interval(interval.begin, outer.end)
    return interval


def _gather(
    element: Element, own: Interval, rates: Rates, keep: bool, runs: list[tuple[str, Interval]]
) -> Fraction:
    last = own.begin
    follow = own.begin if element.get("timeContainer") == "seq" else None
    for child in element.children:
        if isinstance(child, str):
            runs.append((child if keep else _WHITE.sub(_SOFT, child), own))
        elif isinstance(child, Element) and child.name == BR:
            runs.append(("\n", own))
        elif isinstance(child, Element) and child.name == SPAN:
            inner = active(child, own, follow, rates)
            ended = _gather(child, inner, rates, keep or _keeps(child), runs)
            ended = inner.end if inner.end is not None else ended
            follow = None if follow is None else ended
            last = max(last, ended)
    return last


def _hull(runs: list[tuple[str, Interval]], own: Interval) -> Interval:
    spoken = [interval for text, interval in runs if text.strip(" \t\r\n" + _SOFT)]
    if not spoken:
        return own
    ends = [one.end for one in spoken if one.end is not None]
    end = max(ends) if len(ends) == len(spoken) else None
    return Interval(min(one.begin for one in spoken), end)


def _text(runs: list[tuple[str, Interval]]) -> str:
    whole = "".join(text for text, _ in runs)
    whole = re.sub(f"{_SOFT}*\n{_SOFT}*", "\n", whole).strip(_SOFT)
    return re.sub(f"{_SOFT}+", " ", whole)


def is_kept(element: Element, path: tuple[Element, ...]) -> bool:
    """Whether white space in `element` stays as it is."""
    for one in (element, *reversed(path)):
        value = one.get(SPACE)
        if value is not None:
            return value == "preserve"
    return False


def _keeps(element: Element) -> bool:
    return element.get(SPACE) == "preserve"


def agents(root: Element) -> dict[str, str]:
    """The names of the people and voices a document declares, by their ids."""
    return {
        agent.get(ID) or "": next(
            (name.text().strip() for name in agent.elements(f"{{{TTM}}}name")), ""
        )
        for agent in descendants(root)
        if agent.name == AGENT
    }


def descendants(element: Element) -> Iterator[Element]:
    """`element` and all elements within it, in document order."""
    yield element
    for child in element.elements():
        yield from descendants(child)


# --- entries --------------------------------------------------------------------------------------


def spans_of(intervals: tuple[Interval, ...], duration: int | None) -> tuple[Span, ...]:
    """The intervals as spans in ms; one without an end lasts until the next begins.

    duration: of the film, ms, where the file states it: nothing lasts longer that has no end.
    """
    begins = sorted(interval.ms[0] for interval in intervals)
    spans = []
    for interval in intervals:
        begin, end = interval.ms
        if end is None:
            following = bisect_right(begins, begin)
            end = begins[following] if following < len(begins) else duration
        spans.append(Span(begin, max(begin, begin if end is None else end)))
    return tuple(spans)


def entry_of(
    passage: Passage, span: Span, names: Mapping[str, str], holder: Element | None = None
) -> Entry:
    """A paragraph as an entry of a script. Raises Malformed where the studio's own words are bad.

    names: see `agents`. holder: the element that has the id and the descriptions, if not itself.
    """
    element = passage.element if holder is None else holder
    own = _own(element)
    voices = passage.inherited(f"{{{TTM}}}agent").split()
    if len(voices) > MOST_VOICES:
        raise Malformed(element.line, f"More than {MOST_VOICES} people say the same.")
    own_id = own.get(f"{{{ADS}}}id")
    freeze, room = own.get(f"{{{ADS}}}freeze"), own.get(f"{{{ADS}}}room")
    return Entry(
        span,
        passage.text,
        id=element.get(ID) or "" if own_id is None else own_id,
        voice=", ".join(names.get(one) or one for one in voices),
        note="\n".join(_notes(element)),
        on_screen=own.get(f"{{{ADS}}}onScreenText") or "",
        status=own.get(f"{{{ADS}}}status") or "",
        extended=own.get(f"{{{ADS}}}extended") == "true",
        freeze=None if freeze is None else whole_ms(freeze, element),
        settings=own.get(f"{{{ADS}}}settings") or "",
        room=None if room is None else whole_ms(room, element),
    )


def _own(element: Element) -> Element:
    """The metadata element with the studio's words; without any, an empty one."""
    for metadata in element.elements(METADATA):
        if any(one.name.startswith(f"{{{ADS}}}") for one in metadata.attributes):
            return metadata
    return Element("metadata", METADATA)


def _notes(element: Element) -> Iterator[str]:
    """What is said of an element, each with its kind unless it is a plain note."""
    for holder in (element, *element.elements(METADATA)):
        for desc in holder.elements(DESC):
            kind = next((a.value for a in desc.attributes if a.name.endswith("}descType")), "")
            text = desc.text() if is_kept(desc, ()) else _WHITE.sub(" ", desc.text()).strip()
            if text:
                yield text if kind in ("", NOTE) else f"{kind}: {text}"


NOTE = "x-note"
"""The kind of a description that is a note for who works on it."""


def whole_ms(text: str, element: Element) -> int:
    """A number of ms in the studio's own words. Raises Malformed."""
    if not _WHOLE_MS.fullmatch(text):
        raise Malformed(element.line, f"“{text}” is not a whole number of milliseconds.")
    return int(text)


# --- writing --------------------------------------------------------------------------------------


class Ids:
    """Ids for the elements of one document, each given once."""

    def __init__(self, taken: Iterator[str] | tuple[str, ...] = ()) -> None:
        self._taken = set(taken)

    def given(self, wished: str, otherwise: str) -> str:
        """`wished` where it can be an id and is free, else `otherwise` with a number."""
        if is_name(wished) and wished not in self._taken:
            self._taken.add(wished)
            return wished
        number = 1
        while f"{otherwise}{number}" in self._taken:
            number += 1
        self._taken.add(f"{otherwise}{number}")
        return f"{otherwise}{number}"


def has_words(entry: Entry) -> bool:
    """Whether anything is left of an entry's text that all formats can hold."""
    return bool(clean(entry.text))


def metadata_of(
    entry: Entry, id_: str | None, make: Maker, *descriptions: Node
) -> tuple[Node, ...]:
    """What no standard has a word for, as one metadata element; () where there is nothing.

    id_: the `xml:id` of what holds it, which may not be the entry's own.
    """
    own_id = one_line(entry.id)
    values = {
        "ads:id": None if own_id == (id_ or "") else own_id,
        "ads:status": one_line(entry.status) or None,
        "ads:onScreenText": clean(entry.on_screen) or None,
        "ads:extended": "true" if entry.extended else None,
        "ads:freeze": None if entry.freeze is None else str(entry.freeze),
        "ads:settings": one_line(entry.settings) or None,
        "ads:room": None if entry.room is None else str(entry.room),
    }
    if not descriptions and all(value is None for value in values.values()):
        return ()
    return (make("metadata", values, *descriptions),)


def text_nodes(text: str, make: Maker) -> tuple[Node, ...]:
    """A text with its line breaks."""
    first, *others = clean(text).split("\n")
    nodes: list[Node] = [first]
    for line in others:
        nodes += [make("br", {}), line]
    return tuple(nodes)


def space_of(text: str) -> str | None:
    """The `xml:space` a text needs to be read as it is."""
    pieces = re.split("(\n)", clean(text))
    collapsed = [one if one == "\n" else _WHITE.sub(_SOFT, one) for one in pieces]
    return None if _text([(one, WHOLE) for one in collapsed]) == clean(text) else "preserve"


def description(text: str, kind: str, make: Maker) -> tuple[Node, ...]:
    """A `ttm:desc` with that text; () where there is none.

    kind: its `daptm:descType`, "" for none.
    """
    text = clean(text)
    if not text:
        return ()
    plain = _WHITE.sub(" ", text) == text
    values = {"daptm:descType": kind or None, "xml:space": None if plain else "preserve"}
    return (make("ttm:desc", values, text),)


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries in order of time; those of equal times as they were."""
    return tuple(sorted(entries, key=lambda one: (one.span.start, one.span.end)))


def voice_of(entry: Entry) -> str:
    """Who says an entry, as a name on one line."""
    return one_line(entry.voice)


def voices_of(script: Script, ids: Ids, make: Maker) -> tuple[dict[str, str], tuple[Node, ...]]:
    """The ids of the voices in a script by name, and the agents that declare them."""
    said = (*in_order(script.entries), *in_order(script.dialogue))
    names = dict.fromkeys(voice_of(one) for one in said if has_words(one))
    known = {name: ids.given("", "voice") for name in names if name}
    nodes = tuple(
        make(
            "ttm:agent",
            {"type": "character", "xml:id": known[name]},
            make("ttm:name", {"type": "alias"}, name),
        )
        for name in known
    )
    return known, nodes


def head_metadata(script: Script, voices: tuple[Node, ...], make: Maker) -> tuple[Node, ...]:
    """What a script says of its film and of itself, as the children of the head's metadata."""
    title = one_line(script.title)
    return (
        *((make("ttm:title", {}, title),) if title else ()),
        *voices,
        *_remarks("ads:note", script.notes, make),
        *_remarks("ads:closing", script.closing, make),
        *(
            ()
            if script.duration is None
            else (make("ads:film", {"duration": str(script.duration)}),)
        ),
        *(
            make("ads:scene", {"begin": str(scene.start), "end": str(scene.end)})
            for scene in script.scenes
        ),
        *(
            make("ads:word", {"xml:lang": one.language, "written": one.written}, one.spoken)
            for one in script.pronunciations
        ),
    )


def _remarks(tag: str, texts: tuple[str, ...], make: Maker) -> tuple[Node, ...]:
    return tuple(make(tag, {"xml:space": "preserve"}, clean(one)) for one in texts if clean(one))


def script_of(
    root: Element, language: str, entries: tuple[Entry, ...], dialogue: tuple[Entry, ...] = ()
) -> Script:
    """A script with what the document says of its film and itself. Raises Malformed."""
    metadata = [one for head in root.elements(HEAD) for one in head.elements(METADATA)]
    inside = [child for one in metadata for child in one.elements()]
    titles = [one.text().strip() for one in inside if one.name == f"{{{TTM}}}title"]
    rates = rates_of(root)
    return Script(
        entries=entries,
        language=language,
        title=titles[0] if titles else "",
        rate=rates.frames if rates.has_frames else None,
        duration=duration_of(root),
        scenes=tuple(_scene(one) for one in inside if one.name == f"{{{ADS}}}scene"),
        dialogue=dialogue,
        notes=tuple(one.text() for one in inside if one.name == f"{{{ADS}}}note"),
        closing=tuple(one.text() for one in inside if one.name == f"{{{ADS}}}closing"),
        pronunciations=tuple(
            Pronunciation(one.get(LANG) or "", one.get("written") or "", one.text())
            for one in inside
            if one.name == f"{{{ADS}}}word"
        ),
    )


def _scene(element: Element) -> Span:
    begin = whole_ms(element.get("begin") or "", element)
    return Span(begin, max(begin, whole_ms(element.get("end") or "", element)))


def duration_of(root: Element) -> int | None:
    """How long the film is, in ms, where the document says so. Raises Malformed."""
    for element in descendants(root):
        if element.name == f"{{{ADS}}}film":
            return whole_ms(element.get("duration") or "", element)
    return None


def span_attributes(span: Span) -> dict[str, str | None]:
    """When an element begins and ends, as its attributes."""
    return {"begin": stamp(span.start), "end": stamp(span.end)}
