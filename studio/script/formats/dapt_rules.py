"""What makes a TTML document a DAPT document: the rules that the specification puts as MUST.

Every rule is a function from a document to the faults it finds, so that a file with several is told
all of them. SHOULD is not checked. Elements and attributes of other namespaces are free.
The rules are those of DAPT 1.0 as W3C's own tests have them: an empty `daptm:langSrc`, which later
drafts allow again, is a fault.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from studio.script.formats.dapt_words import (
    AGENT_TYPES,
    CONTENT_PROFILE,
    ENCODINGS,
    NAME_TYPES,
    ON_SCREEN,
    PROCESSOR_PROFILE,
    SCRIPT_TYPES,
    choices,
    is_content,
    is_description_type,
    is_language,
    is_part_of,
)
from studio.script.formats.ttml_content import (
    AGENT,
    BODY,
    DESC,
    DIV,
    HEAD,
    ID,
    LANG,
    METADATA,
    SPAN,
    TT,
    TTM,
    P,
)
from studio.script.formats.ttml_time import TTP, NotATime, Rates, rates_of, seconds
from studio.script.formats.ttml_tree import Element, is_name

DAPTM = "http://www.w3.org/ns/ttml/profile/dapt#metadata"
TTA = "http://www.w3.org/ns/ttml#audio"
ORIGIN = f"{{{DAPTM}}}daptOriginTimecode"
REPRESENTS, SCRIPT_REPRESENTS = f"{{{DAPTM}}}represents", f"{{{DAPTM}}}scriptRepresents"
SCRIPT_TYPE, LANG_SRC = f"{{{DAPTM}}}scriptType", f"{{{DAPTM}}}langSrc"
ON_SCREEN_NAME, DESC_TYPE = f"{{{DAPTM}}}onScreen", f"{{{DAPTM}}}descType"
AUDIO, SOURCE, DATA = (f"{{{TT}}}{one}" for one in ("audio", "source", "data"))
CHUNK, RESOURCES, ANIMATE = (f"{{{TT}}}{one}" for one in ("chunk", "resources", "animate"))
ACTOR, NAME = f"{{{TTM}}}actor", f"{{{TTM}}}name"
ROOT = f"{{{TT}}}tt"

_CONTENT_ELEMENTS = (BODY, DIV, P, SPAN)
_LIES_IN = {HEAD: (ROOT,), BODY: (ROOT,), DIV: (BODY, DIV), P: (DIV,), SPAN: (P, SPAN)}
"""Where the parts of a document may lie (TTML2, 8.1)."""
_TIMED = (*_CONTENT_ELEMENTS, AUDIO, ANIMATE, f"{{{TT}}}set")
_TIMES = ("begin", "end", "dur", "clipBegin", "clipEnd")
_PROHIBITED = ("profile", "clockMode", "dropMode", "markerMode", "subFrameRate")
_DECLARATION = re.compile(
    rb"""<\?xml\s+version\s*=\s*["']([^"']*)["'](?:\s+encoding\s*=\s*["']([^"']*)["'])?"""
)
_TIMECODE = re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d):(\d{2,})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in which line of a file; problem: a sentence."""

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class Placed:
    """An element and those it lies in, from the root down."""

    element: Element
    path: tuple[Element, ...]

    @property
    def parent(self) -> Element | None:
        """The element it lies in; None for the root."""
        return self.path[-1] if self.path else None

    def inherited(self, name: str) -> str:
        """The value of an attribute stated nearest, on the element or above it; "" without one."""
        for element in (self.element, *reversed(self.path)):
            value = element.get(name)
            if value is not None:
                return value
        return ""

    @property
    def is_event(self) -> bool:
        """Whether it is a script event (DAPT, 6.3): a `div` with an id and no `div` in it."""
        element = self.element
        return (
            element.name == DIV
            and element.get(ID) is not None
            and next(element.elements(DIV), None) is None
        )


def placed(root: Element) -> Iterator[Placed]:
    """All elements in document order, foreign ones and what is in them left out."""
    yield from _placed(root, ())


def _placed(element: Element, path: tuple[Element, ...]) -> Iterator[Placed]:
    yield Placed(element, path)
    for child in element.elements():
        if child.name.startswith((f"{{{TT}}}", f"{{{TTM}}}", f"{{{TTP}}}", f"{{{DAPTM}}}")):
            yield from _placed(child, (*path, element))


# --- the file -------------------------------------------------------------------------------------


def encoding_faults(data: bytes) -> Iterator[Fault]:
    """How the file is written (DAPT, 5.1): XML 1.0 in UTF-8 without a byte order mark."""
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        yield Fault(1, "The file begins with a byte order mark, which DAPT does not allow.")
        return
    match = _DECLARATION.match(data)
    if match is None:
        return
    version, encoding = match[1], match[2] or b"UTF-8"
    if version != b"1.0":
        yield Fault(1, f"The file is XML {_shown(version)}; DAPT is XML 1.0.")
    if encoding.upper() != b"UTF-8":
        yield Fault(1, f"The file says that it is encoded as {_shown(encoding)}; DAPT is UTF-8.")


def _shown(raw: bytes) -> str:
    return raw.decode("ascii", "replace")


# --- the document ---------------------------------------------------------------------------------


def faults(root: Element) -> tuple[Fault, ...]:
    """All that is wrong with a document, by line."""
    if root.name != ROOT:
        return (Fault(root.line, f"The root is <{root.tag}>, not the <tt> of TTML."),)
    elements = tuple(placed(root))
    found = [fault for rule in _RULES for fault in rule(elements)]
    return tuple(sorted(found, key=lambda one: one.line))


def _structure(elements: tuple[Placed, ...]) -> Iterator[Fault]:
    root = elements[0].element
    for name in (HEAD, BODY):
        for extra in list(root.elements(name))[1:]:
            yield Fault(extra.line, f"There is a second <{extra.tag}>.")
    for one in elements:
        element = one.element
        if element.name in (ROOT, HEAD, BODY, DIV) and element.text().strip():
            yield Fault(element.line, f"There is text directly in <{element.tag}>.")
        allowed = _LIES_IN.get(element.name)
        if allowed is not None and one.parent is not None and one.parent.name not in allowed:
            yield Fault(element.line, f"<{element.tag}> lies in <{one.parent.tag}>.")
        if element.name == f"{{{TT}}}animation":
            yield Fault(
                element.line, "Animations stand in what they animate; <animation> is not allowed."
            )


def _profiles(elements: tuple[Placed, ...]) -> Iterator[Fault]:
    root = elements[0].element
    for local, wanted, needed in (
        ("contentProfiles", CONTENT_PROFILE, True),
        ("processorProfiles", PROCESSOR_PROFILE, False),
    ):
        value = root.get(f"{{{TTP}}}{local}")
        if value is None:
            if needed:
                yield Fault(root.line, f"The attribute ttp:{local} is missing from <tt>.")
        elif wanted not in _designators(value):
            yield Fault(root.line, f"The attribute ttp:{local} does not name {wanted}.")
    for local in _PROHIBITED:
        if root.get(f"{{{TTP}}}{local}") is not None:
            yield Fault(root.line, f"The attribute ttp:{local} is not allowed in DAPT.")


def _designators(value: str) -> list[str]:
    combined = re.fullmatch(r"\s*(?:all|any)\s*\((.*)\)\s*", value, re.DOTALL)
    return (value if combined is None else combined[1]).split()


def _ids(elements: tuple[Placed, ...]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for one in elements:
        id_ = one.element.get(ID)
        if id_ is None:
            continue
        if not is_name(id_):
            yield Fault(one.element.line, f"The xml:id “{id_}” is not a name.")
        elif id_ in seen:
            yield Fault(
                one.element.line, f"The xml:id “{id_}” is used already, in line {seen[id_]}."
            )
        seen.setdefault(id_, one.element.line)


# --- languages ------------------------------------------------------------------------------------


def _languages(elements: tuple[Placed, ...]) -> Iterator[Fault]:
    root = elements[0].element
    if not root.get(LANG):
        yield Fault(root.line, "The language of the script, xml:lang on <tt>, is missing.")
    for one in elements:
        element = one.element
        language = element.get(LANG)
        if language and not is_language(language):
            yield Fault(element.line, f"The xml:lang “{language}” is not a language tag.")
        source = element.get(LANG_SRC)
        if source is not None and element.name in (ROOT, *_CONTENT_ELEMENTS):
            if not source:
                yield Fault(element.line, "The attribute daptm:langSrc is empty.")
            elif not is_language(source):
                yield Fault(element.line, f"The daptm:langSrc “{source}” is not a language tag.")


def _languages_of_sounds(elements: tuple[Placed, ...]) -> Iterator[Fault]:
    """A sound is in the language of its text (DAPT, 4.12.1)."""
    by_id = {one.element.get(ID): one for one in elements if one.element.get(ID) is not None}
    for one in elements:
        parent = one.parent
        if one.element.name != AUDIO or parent is None or parent.name not in (P, SPAN):
            continue
        spoken = Placed(parent, one.path[:-1]).inherited(LANG)
        for related in _with_sources(one, by_id):
            language = related.inherited(LANG)
            if language.lower() != spoken.lower():
                yield Fault(
                    related.element.line,
                    f"The language of <{related.element.tag}> is “{language}”, "
                    f"that of its text “{spoken}”.",
                )


def _with_sources(audio: Placed, by_id: dict[str | None, Placed]) -> Iterator[Placed]:
    """A sound, all that is in it, and the embedded data it refers to."""
    for one in _placed(audio.element, audio.path):
        yield one
        target = (
            by_id.get((one.element.get("src") or "")[1:]) if _is_fragment(one.element) else None
        )
        if target is not None:
            for inner in _placed(target.element, target.path):
                if inner.element.name in (SOURCE, DATA):
                    yield inner


# --- what is represented --------------------------------------------------------------------------


def _script_type(elements: tuple[Placed, ...]) -> Iterator[Fault]:
    root = elements[0].element
    value = root.get(SCRIPT_TYPE)
    if value is None:
        yield Fault(root.line, "The attribute daptm:scriptType is missing from <tt>.")
    elif value not in SCRIPT_TYPES:
        yield Fault(root.line, f"The daptm:scriptType “{value}” is not {choices(SCRIPT_TYPES)}.")


def _script_represents(elements: tuple[Placed, ...]) -> Iterator[Fault]:
    root = elements[0].element
    value = root.get(SCRIPT_REPRESENTS)
    if value is None:
        yield Fault(root.line, "The attribute daptm:scriptRepresents is missing from <tt>.")
    elif not value.split():
        yield Fault(root.line, "The attribute daptm:scriptRepresents is empty.")
    else:
        for one in value.split():
            if not is_content(one):
                yield Fault(
                    root.line, f"The daptm:scriptRepresents “{one}” is no content descriptor."
                )


def _represents(elements: tuple[Placed, ...]) -> Iterator[Fault]:
    whole = (elements[0].element.get(SCRIPT_REPRESENTS) or "").split()
    for one in elements:
        element = one.element
        value = element.get(REPRESENTS)
        if value is None or element.name not in (ROOT, *_CONTENT_ELEMENTS):
            continue
        if not is_content(value):
            yield Fault(element.line, f"The daptm:represents “{value}” is no content descriptor.")
        elif not any(is_part_of(value, other) for other in whole):
            yield Fault(
                element.line,
                f"The daptm:represents “{value}” is no part of what the script represents "
                f"(“{' '.join(whole)}”).",
            )


def _events(elements: tuple[Placed, ...]) -> Iterator[Fault]:
    for one in elements:
        element = one.element
        if one.is_event and not one.inherited(REPRESENTS) and element.get(REPRESENTS) is None:
            yield Fault(
                element.line,
                f"What the script event “{element.get(ID)}” represents is not stated "
                "(daptm:represents, on it or above it).",
            )
        if element.name == DIV:
            value = element.get(ON_SCREEN_NAME)
            if value is not None and value not in ON_SCREEN:
                yield Fault(
                    element.line, f"The daptm:onScreen “{value}” is not {choices(ON_SCREEN)}."
                )
        if element.name == DESC:
            value = element.get(DESC_TYPE)
            if value is not None and not is_description_type(value):
                yield Fault(
                    element.line,
                    f"The daptm:descType “{value}” is neither registered nor begins with “x-”.",
                )


# --- people ---------------------------------------------------------------------------------------


def _agents(elements: tuple[Placed, ...]) -> Iterator[Fault]:
    declared = {
        one.element.get(ID): one.element.get("type")
        for one in elements
        if one.element.name == AGENT
    }
    for one in elements:
        element = one.element
        if element.name == AGENT:
            yield from _agent(element, declared)
        if element.name in _CONTENT_ELEMENTS:
            for id_ in (element.get(f"{{{TTM}}}agent") or "").split():
                if id_ not in declared:
                    yield Fault(element.line, f"The ttm:agent “{id_}” is declared nowhere.")


def _agent(agent: Element, declared: dict[str | None, str | None]) -> Iterator[Fault]:
    kind = agent.get("type")
    if kind not in AGENT_TYPES:
        yield Fault(agent.line, f"The type of <ttm:agent> is not {choices(AGENT_TYPES)}.")
    if agent.get(ID) is None:
        yield Fault(agent.line, "<ttm:agent> has no xml:id.")
    names = [one.get("type") for one in agent.elements(NAME)]
    if any(name not in NAME_TYPES for name in names):
        yield Fault(agent.line, f"The type of <ttm:name> is not {choices(NAME_TYPES)}.")
    wanted = {"character": "alias", "person": "full"}.get(kind or "")
    if wanted is not None and wanted not in names:
        yield Fault(agent.line, f"This {kind} has no <ttm:name> of the type {wanted}.")
    for actor in agent.elements(ACTOR):
        id_ = actor.get("agent")
        if not id_ or id_ not in declared:
            yield Fault(actor.line, f"The actor “{id_ or ''}” is declared nowhere.")
        elif declared[id_] != "person":
            yield Fault(actor.line, f"The actor “{id_}” is not of the type person.")


# --- times ----------------------------------------------------------------------------------------


def _times(elements: tuple[Placed, ...]) -> Iterator[Fault]:
    root = elements[0].element
    base = root.get(f"{{{TTP}}}timeBase")
    if base not in (None, "media"):
        yield Fault(root.line, f"The ttp:timeBase is “{base}”; DAPT allows media alone.")
    try:
        rates = rates_of(root)
    except NotATime as error:
        yield Fault(root.line, str(error))
        return
    for one in elements:
        element = one.element
        container = element.get("timeContainer")
        if container not in (None, "par"):
            yield Fault(element.line, f"The timeContainer is “{container}”; DAPT allows par alone.")
        if element.name in _TIMED:
            for name in _TIMES:
                yield from _time(element, name, rates)
    yield from _origins(elements, rates)


def _time(element: Element, name: str, rates: Rates) -> Iterator[Fault]:
    text = element.get(name)
    if text is None:
        return
    if text.count(":") > 2:  # noqa: PLR2004  # hours:minutes:seconds, and frames after them
        yield Fault(element.line, f"The {name} “{text}” counts frames, which DAPT does not allow.")
        return
    try:
        seconds(text, rates)
    except NotATime as error:
        yield Fault(element.line, f"The {name} {error}")
        return
    for letter, attribute, stated in (
        ("f", "frameRate", rates.has_frames),
        ("t", "tickRate", rates.has_ticks),
    ):
        if text.strip().endswith(letter) and not stated:
            yield Fault(
                element.line,
                f"The {name} “{text}” needs ttp:{attribute} on <tt>, which is missing.",
            )


def _origins(elements: tuple[Placed, ...], rates: Rates) -> Iterator[Fault]:
    """The timecode of time 0 (DAPT, appendix on timecodes)."""
    origins = [one for one in elements if one.element.name == ORIGIN]
    for extra in origins[1:]:
        yield Fault(extra.element.line, "There is a second <daptm:daptOriginTimecode>.")
    for one in origins:
        line, text = one.element.line, one.element.text().strip()
        if [parent.name for parent in one.path] != [ROOT, HEAD, METADATA]:
            yield Fault(line, "<daptm:daptOriginTimecode> belongs into the head's <metadata>.")
        match = _TIMECODE.fullmatch(text)
        if match is None:
            yield Fault(line, f"The origin “{text}” is not a timecode like 10:00:00:00.")
        elif not rates.has_frames:
            yield Fault(line, f"The origin “{text}” needs ttp:frameRate on <tt>, which is missing.")
        elif int(match[4]) >= rates.nominal:
            yield Fault(
                line,
                f"The origin “{text}” counts frame {int(match[4])} of a second that has "
                f"{rates.nominal} of them (ttp:frameRate).",
            )


# --- sounds ---------------------------------------------------------------------------------------


def _sounds(elements: tuple[Placed, ...]) -> Iterator[Fault]:
    resources = {
        one.element.get(ID): one.element
        for one in elements
        if one.parent is not None and one.parent.name == RESOURCES
    }
    for one in elements:
        element = one.element
        if element.name in (AUDIO, SOURCE):
            yield from _sources(one, resources)
        if element.name == DATA:
            yield from _data(element)


def _sources(one: Placed, resources: dict[str | None, Element]) -> Iterator[Fault]:
    element, src = one.element, one.element.get("src")
    inner = SOURCE if element.name == AUDIO else DATA
    inside = list(element.elements(inner))
    tag = f"<{element.tag}>"
    if src is not None and inside:
        yield Fault(element.line, f"{tag} has both a src and a <{inside[0].tag}>.")
    elif src is None and not inside:
        yield Fault(element.line, f"{tag} says nowhere where its sound is.")
    elif src is not None and not src.strip():
        yield Fault(element.line, f"The src of {tag} is empty.")
    elif src is not None and _is_fragment(element):
        target = resources.get(src[1:])
        if target is None or target.name not in (AUDIO, DATA):
            yield Fault(element.line, f"The src “{src}” is no sound in the head's <resources>.")
        elif not _has_type(target):
            yield Fault(target.line, f"The sound “{src[1:]}” has no type, like audio/wave.")
    for data in inside if element.name == SOURCE else ():
        if not any(other.get("type") for other in (data, element, *one.path[-1:])):
            yield Fault(data.line, f"The embedded sound <{data.tag}> has no type, like audio/wave.")


def _has_type(resource: Element) -> bool:
    if resource.get("type"):
        return True
    within = (*resource.elements(SOURCE), *resource.elements(DATA))
    return any(_has_type(one) for one in within)


def _is_fragment(element: Element) -> bool:
    return (element.get("src") or "").startswith("#")


def _data(data: Element) -> Iterator[Fault]:
    """Embedded bytes keep what is claimed of them; without a claim they may be anything."""
    if next(data.elements(SOURCE), None) is not None:
        yield Fault(data.line, f"A <source> in <{data.tag}> is not allowed in DAPT.")
        return
    for one in (data, *data.elements(CHUNK)):
        encoding = one.get("encoding") or data.get("encoding") or "base64"
        if encoding not in ENCODINGS:
            yield Fault(one.line, f"The encoding “{encoding}” is not {choices(ENCODINGS)}.")
            continue
        content = decoded(one.text(), encoding)
        length = one.get("length")
        if content is None and (length or one.get("encoding") or data.get("encoding")):
            yield Fault(one.line, f"The content of <{one.tag}> is not {encoding}.")
        elif length and one.text().strip() and length.strip() != str(len(content or b"")):
            yield Fault(one.line, f"<{one.tag}> holds {len(content or b'')} bytes, not {length}.")


def decoded(text: str, encoding: str) -> bytes | None:
    """The bytes of embedded data; None where `text` is not of that encoding (RFC 4648)."""
    packed = "".join(text.split())
    try:
        match encoding:
            case "base16":
                return base64.b16decode(packed, casefold=True)
            case "base32":
                return base64.b32decode(packed, casefold=True)
            case "base32hex":
                return base64.b32hexdecode(packed, casefold=True)
            case "base64url":
                return base64.b64decode(packed, altchars=b"-_", validate=True)
        return base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return None


def _mixing(elements: tuple[Placed, ...]) -> Iterator[Fault]:
    """Gains and pans are numbers; those of an animation are lists of them (TTML2, 11)."""
    for one in elements:
        element = one.element
        for local, lowest, highest in (("gain", 0.0, None), ("pan", -1.0, 1.0)):
            value = element.get(f"{{{TTA}}}{local}")
            if value is None:
                continue
            values = value.split(";") if element.name == ANIMATE else [value]
            for text in values:
                number = float(text) if _NUMBER.fullmatch(text.strip()) else None
                if number is None or number < lowest or (highest is not None and number > highest):
                    yield Fault(element.line, f"“{text.strip()}” is no tta:{local}.")
        fill = element.get("fill")
        if fill not in (None, "freeze", "remove"):
            yield Fault(element.line, f"The fill “{fill}” is not freeze or remove.")
        if element.name == ANIMATE and (one.parent is None or one.parent.name not in _ANIMATED):
            yield Fault(element.line, "<animate> stands in no text, event or sound.")


_ANIMATED = (BODY, DIV, P, SPAN, AUDIO, f"{{{TT}}}region", f"{{{TT}}}image", f"{{{TT}}}br")

_RULES: tuple[Callable[[tuple[Placed, ...]], Iterator[Fault]], ...] = (
    _structure,
    _profiles,
    _ids,
    _languages,
    _languages_of_sounds,
    _script_type,
    _script_represents,
    _represents,
    _events,
    _agents,
    _times,
    _sounds,
    _mixing,
)
