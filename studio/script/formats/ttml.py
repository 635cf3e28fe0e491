"""TTML (W3C TTML1, TTML2; so also IMSC, EBU-TT-D and what else is called .ttml, .dfxp, .xml).

Read as text with times; what a paragraph looks like is dropped. Written as a document that IMSC 1.1
Text players show: one paragraph an entry, one region at the bottom. What TTML has no word for
(freeze, status) stands in metadata of the studio's own, which others keep or pass over.
Scenes, dialogue and pronunciations are not written; DAPT (dapt.py) keeps them.
"""

from __future__ import annotations

from dataclasses import replace

from studio.script.formats.script import Entry, Script
from studio.script.formats.text import one_line
from studio.script.formats.ttml_content import (
    ADS,
    LANG,
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
from studio.script.formats.ttml_time import TTP, rate_attributes
from studio.script.formats.ttml_tree import (
    Document,
    Element,
    Maker,
    Malformed,
    lines,
    parse,
    refused,
    serialise,
)

UNKNOWN_LANGUAGE = "und"  # BCP 47: undetermined
_REGION = "bottom"
_PROFILE = "http://www.w3.org/ns/ttml/profile/imsc1.1/text"
_make = Maker(
    {
        "": TT,
        "ttm": TTM,
        "ttp": TTP,
        "tts": "http://www.w3.org/ns/ttml#styling",
        "ads": ADS,
    }
)


def claims(data: bytes) -> bool:  # the others of its ending have been asked
    """Any XML that no other format claims: what is wrong with it is best said by this one."""
    return True


def read(data: bytes) -> Script:
    """The paragraphs with text. Raises ProjectError that names the line of what is wrong."""
    try:
        return _script(parse(data).root)
    except Malformed as error:
        raise refused("TTML", error.line, error.problem) from error


def _script(root: Element) -> Script:
    if root.name != f"{{{TT}}}tt":
        raise Malformed(root.line, f"<{root.tag}> is not the <tt> of TTML.")
    if root.get(f"{{{TTP}}}timeBase") == "clock":
        raise Malformed(root.line, "Its times are times of day (ttp:timeBase is “clock”).")
    found = [one for one in passages(root) if one.text.strip()]
    names = agents(root)
    duration = duration_of(root)
    spans = spans_of(tuple(one.interval for one in found), duration)
    entries = [entry_of(one, span, names) for one, span in zip(found, spans, strict=True)]
    return script_of(root, _language(root, found), in_order(entries))


def _language(root: Element, found: list[Passage]) -> str:
    """The language of the document, of its first paragraph where the document states none."""
    stated = root.get(LANG) or next((one.inherited(LANG) for one in found), "")
    return "" if stated == UNKNOWN_LANGUAGE else stated


def write(script: Script) -> bytes:
    """`script` as TTML, entries without text left out."""
    ids = Ids()
    told = replace(script, scenes=(), dialogue=(), pronunciations=())
    known, voices = voices_of(told, ids, _make)
    metadata = _make("metadata", {}, *lines(head_metadata(told, voices, _make), 3))
    ordered = in_order(script.entries)
    paragraphs = [_paragraph(one, known, ids) for one in ordered if has_words(one)]
    div = _make("div", {}, *lines(tuple(paragraphs), 3))
    root = _make.root(
        "tt",
        {
            "xml:lang": script.language or UNKNOWN_LANGUAGE,
            "ttp:contentProfiles": _PROFILE,
            "ttp:timeBase": "media",
            **rate_attributes(script.rate),
        },
        *lines(
            (
                _make("head", {}, *lines((metadata, _layout()), 2)),
                _make("body", {"region": _REGION}, *lines((div,), 2)),
            ),
            1,
        ),
    )
    return serialise(Document(root))


def _layout() -> Element:
    """One region, where captions stand: the lowest fifth of the picture."""
    region = _make(
        "region",
        {
            "xml:id": _REGION,
            "tts:origin": "10% 75%",
            "tts:extent": "80% 20%",
            "tts:displayAlign": "after",
            "tts:textAlign": "center",
        },
    )
    return _make("layout", {}, *lines((region,), 3))


def _paragraph(entry: Entry, known: dict[str, str], ids: Ids) -> Element:
    own_id = one_line(entry.id)
    id_ = ids.given(own_id, "p") if own_id else None
    note = description(entry.note, "", _make)
    return _make(
        "p",
        {
            "xml:id": id_,
            **span_attributes(entry.span),
            "ttm:agent": known.get(voice_of(entry)),
            "xml:space": space_of(entry.text),
        },
        *metadata_of(entry, id_, _make, *note),
        *text_nodes(entry.text, _make),
    )
