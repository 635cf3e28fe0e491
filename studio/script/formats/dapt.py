"""DAPT 1.0, the W3C's format for audio description and dubbing scripts (a profile of TTML2).

`parse` and `serialise` handle the whole document: what was read is written again without loss, and
a file that breaks a rule of the specification is refused by a sentence that names the fault and its
line. `read` and `write` see a document as a script.

In a script, events that represent something seen are its entries and those that represent
something heard its dialogue; in a document that represents sound alone, as for dubbing, all are
entries. An event has one text in the script's language; texts in others become notes.

What DAPT has no word for (that the film waits, for how long, how far a text is) stands in
`<metadata>`, in a namespace of the studio's own; the specification asks others to keep it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from studio.script.formats.dapt_rules import (
    DAPTM,
    LANG_SRC,
    ON_SCREEN_NAME,
    REPRESENTS,
    SCRIPT_REPRESENTS,
    SCRIPT_TYPE,
    TTA,
    Fault,
    Placed,
    encoding_faults,
    faults,
    placed,
)
from studio.script.formats.dapt_words import CONTENT_PROFILE, is_part_of
from studio.script.formats.script import Entry, Script
from studio.script.formats.text import one_line
from studio.script.formats.ttml import UNKNOWN_LANGUAGE
from studio.script.formats.ttml_content import (
    ADS,
    ID,
    LANG,
    NOTE,
    TT,
    TTM,
    Ids,
    Passage,
    agents,
    description,
    duration_of,
    entry_of,
    has_words,
    head_metadata,
    in_order,
    metadata_of,
    passages,
    script_of,
    space_of,
    span_attributes,
    spans_of,
    text_nodes,
    voice_of,
    voices_of,
)
from studio.script.formats.ttml_time import TTP, rate_attributes, stamp
from studio.script.formats.ttml_tree import (
    Document,
    Element,
    Maker,
    Malformed,
    Node,
    lines,
    refused,
)
from studio.script.formats.ttml_tree import parse as parse_xml
from studio.script.formats.ttml_tree import serialise as serialise_xml
from studio.times import Span

NO_LANGUAGE = "zxx"  # BCP 47: what a picture without words is in
_KIND = "DAPT"


# --- the document ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """What an event says in one language. source: the language it comes from, "" if unknown."""

    passage: Passage
    language: str
    source: str


@dataclass(frozen=True, slots=True)
class Event:
    """A script event: something said or seen in the film, and the texts for it."""

    element: Element
    id: str
    represents: str
    on_screen: str
    texts: tuple[Text, ...]


@dataclass(frozen=True)
class DaptDocument:
    """A whole document, as it is written. Two that are written alike are equal."""

    xml: Document

    @property
    def root(self) -> Element:
        """The `<tt>`."""
        return self.xml.root

    @property
    def language(self) -> str:
        """The default language of its texts."""
        return self.root.get(LANG) or ""

    @property
    def script_type(self) -> str:
        """One of dapt_words.SCRIPT_TYPES."""
        return self.root.get(SCRIPT_TYPE) or ""

    @property
    def script_represents(self) -> tuple[str, ...]:
        """What of the film the document stands for, as content descriptors."""
        return tuple((self.root.get(SCRIPT_REPRESENTS) or "").split())

    @property
    def agents(self) -> dict[str, str]:
        """The names of characters and of who plays them, by id."""
        return agents(self.root)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Its script events, in the order of the document. Raises Malformed."""
        texts: dict[int, list[Passage]] = {}
        for passage in passages(self.root):
            texts.setdefault(id(passage.path[-1]), []).append(passage)
        return tuple(
            _event(one, texts.get(id(one.element), [])) for one in placed(self.root) if one.is_event
        )


def _event(one: Placed, found: list[Passage]) -> Event:
    return Event(
        one.element,
        one.element.get(ID) or "",
        one.inherited(REPRESENTS),
        one.element.get(ON_SCREEN_NAME) or "ON",
        tuple(
            Text(passage, passage.inherited(LANG), passage.inherited(LANG_SRC)) for passage in found
        ),
    )


def parse(data: bytes) -> DaptDocument:
    """The document in `data`. Raises ProjectError naming the first fault, its line, how many more.

    Nothing that the document refers to is opened.
    """
    found = tuple(encoding_faults(data))
    if not found:
        try:
            document = parse_xml(data)
        except Malformed as error:
            found = (Fault(error.line, error.problem),)
        else:
            found = faults(document.root)
            if not found:
                return DaptDocument(document)
    first, *others = found
    raise refused(_KIND, first.line, first.problem, len(others))


def serialise(document: DaptDocument) -> bytes:
    """`document` as a file: UTF-8, canonically the same XML as what was read."""
    return serialise_xml(document.xml)


# --- as a script ----------------------------------------------------------------------------------


def claims(data: bytes) -> bool:
    """Whether a file says of itself that it is DAPT; it may break rules all the same."""
    return CONTENT_PROFILE.encode() in data or DAPTM.encode() in data


def read(data: bytes) -> Script:
    """The texts of a document. Raises ProjectError as `parse` does."""
    document = parse(data)
    try:
        return _script(document)
    except Malformed as error:
        raise refused(_KIND, error.line, error.problem) from error


def _script(document: DaptDocument) -> Script:
    names, duration = document.agents, duration_of(document.root)
    chosen = [(event, text) for event in document.events if (text := _chosen(event, document))]
    spans = spans_of(tuple(text.passage.interval for _, text in chosen), duration)
    described = any(not is_part_of(one, "audio") for one in document.script_represents)
    seen: list[Entry] = []
    heard: list[Entry] = []
    for (event, text), span in zip(chosen, spans, strict=True):
        entry = entry_of(text.passage, span, names, event.element)
        notes = (entry.note, *_others(event, text))
        entry = replace(entry, note="\n".join(note for note in notes if note))
        is_dialogue = described and is_part_of(event.represents, "audio")
        (heard if is_dialogue else seen).append(entry)
    language = "" if document.language == UNKNOWN_LANGUAGE else document.language
    return script_of(document.root, language, in_order(seen), in_order(heard))


def _chosen(event: Event, document: DaptDocument) -> Text | None:
    """The text of an event that a script takes: in its language, or else the first."""
    written = [one for one in event.texts if one.passage.text.strip()]
    own = [one for one in written if one.language.lower() == document.language.lower()]
    return next(iter(own or written), None)


def _others(event: Event, chosen: Text) -> Iterator[str]:
    """The texts of an event that a script does not take, each with its language."""
    for one in event.texts:
        if one is not chosen and one.passage.text.strip():
            yield f"{one.language}: {one.passage.text}"


# --- from a script --------------------------------------------------------------------------------

SoundType = Literal["audio/wave"]


@dataclass(frozen=True, slots=True)
class Sound:
    """What says an entry. src: where it lies, relative to the document; "" where `data` is it."""

    src: str = ""
    data: bytes = b""
    type: SoundType = "audio/wave"


@dataclass(frozen=True, slots=True)
class Ducking:
    """How the film's sound steps back under an entry. level: dB, 0 or less. fade: ms."""

    level: float
    fade: int

    @property
    def gain(self) -> str:
        """The level as the multiplier that `tta:gain` is."""
        return f"{10 ** (self.level / 20):.4f}"


_make = Maker({"": TT, "ttm": TTM, "ttp": TTP, "tta": TTA, "daptm": DAPTM, "ads": ADS})


def write(script: Script) -> bytes:
    """`script` as a DAPT document without sounds; entries without text are left out."""
    return serialise(document_of(script))


def document_of(
    script: Script, sounds: Mapping[int, Sound] | None = None, ducking: Ducking | None = None
) -> DaptDocument:
    """`script` as a document.

    sounds: those that say its entries, by the entry's index. With sounds it is what was recorded,
    without a script for recording. ducking: for entries that have a sound.
    """
    sounds = sounds or {}
    ids = Ids()
    known, voices = voices_of(script, ids, _make)
    events = [
        *_events(script.entries, "e", "visual", known, ids, sounds, ducking),
        *_events(script.dialogue, "d", "audio.dialogue", known, ids, {}, None),
    ]
    metadata = _make("metadata", {}, *lines(head_metadata(script, voices, _make), 3))
    whole = "visual audio.dialogue" if any(has_words(one) for one in script.dialogue) else "visual"
    root = _make.root(
        "tt",
        {
            "ttp:contentProfiles": CONTENT_PROFILE,
            "ttp:timeBase": "media",
            **rate_attributes(script.rate),
            "xml:lang": script.language or UNKNOWN_LANGUAGE,
            "daptm:scriptRepresents": whole,
            "daptm:scriptType": "asRecorded" if sounds else "preRecording",
        },
        *lines(
            (
                _make("head", {}, *lines((metadata,), 2)),
                _make("body", {}, *lines(tuple(events), 2)),
            ),
            1,
        ),
    )
    return DaptDocument(Document(root))


def _events(
    entries: tuple[Entry, ...],
    kind: str,
    represents: str,
    known: Mapping[str, str],
    ids: Ids,
    sounds: Mapping[int, Sound],
    ducking: Ducking | None,
) -> Iterator[Element]:
    by_time = sorted(enumerate(entries), key=lambda one: (one[1].span.start, one[1].span.end))
    others = [entry.span for index, entry in by_time if index in sounds]
    for index, entry in by_time:
        if not has_words(entry):
            continue
        id_ = ids.given(one_line(entry.id), kind)
        sound = sounds.get(index)
        fades = ducking if sound is not None else None
        around = entry.span if fades is None else _with_fades(entry.span, fades, others)
        children = (
            *metadata_of(entry, id_, _make),
            *description(entry.note, NOTE, _make),
            _text(entry, around, sound, fades, represents),
        )
        yield _make(
            "div",
            {
                "xml:id": id_,
                **span_attributes(around),
                "daptm:represents": represents,
                "ttm:agent": known.get(voice_of(entry)),
            },
            *lines(children, 3),
        )


_SHORTEST_FADE = 10  # ms; a shorter one is heard as a click


def _with_fades(span: Span, ducking: Ducking, others: Sequence[Span]) -> Span:
    """An entry with the fades around it, which meet those of its neighbours half way.

    Where two overlapped, the film's sound would step back twice.
    """
    before = max((one.end for one in others if one.end <= span.start), default=None)
    after = min((one.start for one in others if one.start >= span.end), default=None)
    room_before = ducking.fade if before is None else (span.start - before) // 2
    room_after = ducking.fade if after is None else (after - span.end) // 2
    fade_in = max(_SHORTEST_FADE, min(ducking.fade, room_before))
    fade_out = max(_SHORTEST_FADE, min(ducking.fade, room_after))
    return Span(max(0, span.start - fade_in), span.end + fade_out)


def _text(
    entry: Entry, around: Span, sound: Sound | None, ducking: Ducking | None, represents: str
) -> Element:
    """The paragraph of an entry; with a sound, its words and sound in a span within the fades."""
    words = text_nodes(entry.text, _make)
    content: tuple[Node, ...] = words
    if sound is not None:
        begin, end = entry.span.start - around.start, entry.span.end - around.start
        times = {"begin": stamp(begin), "end": stamp(end)} if ducking is not None else {}
        inner = _make("span", times, _audio(sound), *words)
        content = (*_fades(around, begin, end, ducking), inner)
    values = {
        "daptm:langSrc": NO_LANGUAGE if represents == "visual" else None,
        "xml:space": space_of(entry.text),
    }
    return _make("p", values, *content)


def _fades(around: Span, begin: int, end: int, ducking: Ducking | None) -> tuple[Node, ...]:
    """The film's sound going down before the words and coming back after them."""
    if ducking is None:
        return ()
    down = {"begin": stamp(0), "end": stamp(max(1, begin)), "tta:gain": f"1;{ducking.gain}"}
    up = {"begin": stamp(end), "end": stamp(around.duration), "tta:gain": f"{ducking.gain};1"}
    return (_make("animate", {**down, "fill": "freeze"}), _make("animate", up))


def _audio(sound: Sound) -> Element:
    if sound.src:
        return _make("audio", {"src": sound.src, "type": sound.type})
    packed = base64.encodebytes(sound.data).decode("ascii")
    values = {"type": sound.type, "encoding": "base64", "length": str(len(sound.data))}
    return _make("audio", {}, _make("source", {}, _make("data", values, packed)))
