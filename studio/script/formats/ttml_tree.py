"""XML as a frozen tree that is written again as it was read.

Names keep their prefixes, attributes and children their order; comments and instructions stay.
What hostile files need is refused before it is expanded: any document type declaration, and with it
every entity; more, deeper, or longer of anything than the limits below. Nothing is ever fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from studio.errors import ProjectError

DEEPEST = 100
"""How deep elements may be nested; TTML needs about ten."""

MOST_ELEMENTS = 100_000
"""How many there may be; the script of a three-hour film with its dialogue has about half."""

MOST_ATTRIBUTES = 200
"""Of one element. TTML2 knows about half as many."""

LONGEST_VALUE = 16 * 1024
"""Characters of an attribute, save of a `src`, which may hold a sound (RFC 2397)."""

_TEXT_AT_ONCE = 1 << 20  # bytes; a text in many small pieces would be copied once for each

XML = "http://www.w3.org/XML/1998/namespace"
XMLNS = "http://www.w3.org/2000/xmlns/"

_NCNAME = re.compile(r"[^\W\d][\w.\-·\u0300-\u036f\u203f\u2040]*")
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Attribute:
    """tag: the name as written ("xml:id"). name: with its namespace ("{http://...}id")."""

    tag: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; text: what stands between its marks."""

    text: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """A processing instruction."""

    target: str
    data: str


@dataclass(frozen=True, slots=True)
class Element:
    """An element with all that is in it, in order.

    tag: the name as written. name: with its namespace. attributes: declarations of namespaces
    among them. line: where it begins in the file, 0 where it was never in one; two elements that
    differ in nothing else are equal.
    """

    tag: str
    name: str
    attributes: tuple[Attribute, ...] = ()
    children: tuple[Node, ...] = ()
    line: int = field(default=0, compare=False)

    def get(self, name: str) -> str | None:
        """The value of an attribute by its name with namespace, None where it is missing."""
        for one in self.attributes:
            if one.name == name:
                return one.value
        return None

    def elements(self, name: str | None = None) -> Iterator[Element]:
        """The children that are elements, or those of that name."""
        for child in self.children:
            if isinstance(child, Element) and name in (None, child.name):
                yield child

    def text(self) -> str:
        """All text directly in it."""
        return "".join(child for child in self.children if isinstance(child, str))


Node = Element | Comment | Instruction | str


@dataclass(frozen=True, slots=True)
class Document:
    """The root, and the comments and instructions before and after it."""

    root: Element
    before: tuple[Comment | Instruction, ...] = ()
    after: tuple[Comment | Instruction, ...] = ()


class Malformed(ValueError):  # noqa: N818  # a finding about a file, turned into a ProjectError
    """Not XML that is read here. line: where; problem: what is wrong there, as a sentence."""

    def __init__(self, line: int, problem: str) -> None:
        self.line = line
        self.problem = problem
        super().__init__(f"line {line}: {problem}")


def is_name(text: str) -> bool:
    """Whether `text` may be an `xml:id`: an XML name without a colon (xml:id 1.0, NCName)."""
    return _NCNAME.fullmatch(text) is not None


def legal(text: str) -> str:
    """`text` without the characters that XML 1.0 has no way to write."""
    return _ILLEGAL.sub("", text)


# --- reading --------------------------------------------------------------------------------------


def parse(data: bytes) -> Document:
    """The document in `data`, which is UTF-8, or UTF-16 with its mark. Raises Malformed."""
    reader = _Reader()
    # a parser that is told the encoding does not look at what the file says of it
    parser = expat.ParserCreate(encoding="utf-8")
    parser.buffer_text = True
    parser.buffer_size = _TEXT_AT_ONCE
    parser.ordered_attributes = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.CommentHandler = reader.comment
    parser.ProcessingInstructionHandler = reader.instruction
    reader.parser = parser
    try:
        parser.Parse(_as_utf8(data), True)
    except expat.ExpatError as error:
        raise Malformed(error.lineno, f"This is not well-formed XML ({error}).") from error
    return reader.document()


def _as_utf8(data: bytes) -> bytes:
    """`data` as UTF-8 without a mark. Raises Malformed."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding).encode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Malformed(line, "The text is not encoded as UTF-8.") from error


@dataclass(slots=True)
class _Open:
    """An element whose end has not been read."""

    tag: str
    name: str
    attributes: tuple[Attribute, ...]
    line: int
    declared: Mapping[str, str]
    children: list[Node] = field(default_factory=list)


_GIVEN = {"": "", "xml": XML, "xmlns": XMLNS}


class _Reader:
    """What expat tells, gathered."""

    parser: expat.XMLParserType

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._count = 0
        self._root: Element | None = None
        self._before: list[Comment | Instruction] = []
        self._after: list[Comment | Instruction] = []

    def document(self) -> Document:
        """The whole, once all is read."""
        if self._root is None:  # expat refuses such a file; this is for the type alone
            raise Malformed(1, "There is no element in the file.")
        return Document(self._root, tuple(self._before), tuple(self._after))

    def doctype(self, *_: object) -> None:
        """Refuse what entities would be declared in."""
        self._fail(
            "The file has a document type declaration (DOCTYPE), which is not read: it could make "
            "the file grow without end or draw in others."
        )

    def start(self, tag: str, flat: list[str]) -> None:
        if len(self._open) == DEEPEST:
            self._fail(f"Elements are nested more than {DEEPEST} deep.")
        self._count += 1
        if self._count > MOST_ELEMENTS:
            self._fail(f"There are more than {MOST_ELEMENTS} elements.")
        pairs = list(zip(flat[::2], flat[1::2], strict=True))
        self._check_size(tag, pairs)
        declared = self._declared(pairs)
        attributes = tuple(
            Attribute(name, self._resolved(name, declared, is_attribute=True), value)
            for name, value in pairs
        )
        if len({one.name for one in attributes}) < len(attributes):
            self._fail(f"The element <{tag}> has the same attribute twice.")
        name = self._resolved(tag, declared)
        line = self.parser.CurrentLineNumber
        self._open.append(_Open(tag, name, attributes, line, declared))

    def _check_size(self, tag: str, pairs: list[tuple[str, str]]) -> None:
        if len(pairs) > MOST_ATTRIBUTES:
            self._fail(f"The element <{tag}> has more than {MOST_ATTRIBUTES} attributes.")
        for name, value in pairs:
            if len(value) > LONGEST_VALUE and name != "src":
                self._fail(f"The attribute {name} is longer than {LONGEST_VALUE} characters.")

    def end(self, _: str) -> None:
        one = self._open.pop()
        element = Element(one.tag, one.name, one.attributes, tuple(one.children), one.line)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element

    def characters(self, text: str) -> None:
        children = self._open[-1].children
        if children and isinstance(children[-1], str):
            children[-1] += text
        else:
            children.append(text)

    def comment(self, text: str) -> None:
        self._put(Comment(text))

    def instruction(self, target: str, data: str) -> None:
        self._put(Instruction(target, data))

    def _put(self, node: Comment | Instruction) -> None:
        if self._open:
            self._open[-1].children.append(node)
        elif self._root is None:
            self._before.append(node)
        else:
            self._after.append(node)

    def _declared(self, pairs: list[tuple[str, str]]) -> Mapping[str, str]:
        """The namespaces that an element with these attributes declares, by prefix."""
        own = {}
        for name, value in pairs:
            prefix, colon, local = name.partition(":")
            if prefix == "xmlns":
                if colon and not value:
                    self._fail(f"The prefix “{local}” is given to no namespace.")
                own[local] = value
        return own

    def _resolved(
        self, tag: str, declared: Mapping[str, str], *, is_attribute: bool = False
    ) -> str:
        """A name with its namespace, on an element that declares those."""
        prefix, colon, local = tag.rpartition(":")
        if ":" in prefix or (colon and not (prefix and local)):
            self._fail(f"“{tag}” is not a name with a prefix.")
        if tag == "xmlns":
            return f"{{{XMLNS}}}xmlns"
        if is_attribute and not prefix:
            return local
        uri = self._namespace(prefix, declared)
        if uri is None:
            self._fail(f"The prefix of “{tag}” is not declared.")
        return f"{{{uri}}}{local}" if uri else local

    def _namespace(self, prefix: str, declared: Mapping[str, str]) -> str | None:
        """The nearest declaration; they are not gathered, for that would take their square."""
        for known in (declared, *(one.declared for one in reversed(self._open)), _GIVEN):
            if prefix in known:
                return known[prefix]
        return None

    def _fail(self, problem: str) -> NoReturn:
        raise Malformed(self.parser.CurrentLineNumber, problem)


# --- writing --------------------------------------------------------------------------------------

_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_VALUE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


def serialise(document: Document) -> bytes:
    """`document` as UTF-8; what `parse` reads from it is equal to it."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    for node in (*document.before, document.root, *document.after):
        _write(node, parts)
        parts.append("\n")
    return "".join(parts).encode()


def _write(node: Node, parts: list[str]) -> None:
    match node:
        case str():
            parts.append(node.translate(_TEXT))
        case Comment(text):
            parts.append(f"<!--{text}-->")
        case Instruction(target, data):
            parts.append(f"<?{target} {data}?>" if data else f"<?{target}?>")
        case Element():
            values = "".join(
                f' {one.tag}="{one.value.translate(_VALUE)}"' for one in node.attributes
            )
            if not node.children:
                parts.append(f"<{node.tag}{values}/>")
                return
            parts.append(f"<{node.tag}{values}>")
            for child in node.children:
                _write(child, parts)
            parts.append(f"</{node.tag}>")


class Maker:
    """Makes elements of a few known namespaces.

    prefixes: the namespaces by prefix, that of elements without one under "".
    """

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = {**prefixes, "xml": XML}
        self._declarations = tuple(
            Attribute(
                f"xmlns:{prefix}" if prefix else "xmlns", f"{{{XMLNS}}}{prefix or 'xmlns'}", uri
            )
            for prefix, uri in prefixes.items()
        )

    def __call__(self, tag: str, values: Mapping[str, str | None], *children: Node) -> Element:
        """An element by the name as written; attributes of value None are left out.

        Characters that XML cannot hold are left out of values and texts.
        """
        attributes = tuple(
            Attribute(name, self._named(name, is_attribute=True), legal(value))
            for name, value in values.items()
            if value is not None
        )
        kept = (legal(child) if isinstance(child, str) else child for child in children)
        return Element(tag, self._named(tag), attributes, tuple(one for one in kept if one != ""))

    def root(self, tag: str, values: Mapping[str, str | None], *children: Node) -> Element:
        """The same, with the declarations of the namespaces."""
        element = self(tag, values, *children)
        attributes = (*self._declarations, *element.attributes)
        return Element(tag, element.name, attributes, element.children)

    def _named(self, tag: str, *, is_attribute: bool = False) -> str:
        prefix, _, local = tag.rpartition(":")
        return local if is_attribute and not prefix else f"{{{self._prefixes[prefix]}}}{local}"


def lines(children: tuple[Node, ...], depth: int) -> tuple[Node, ...]:
    """Children of an element that holds no text of its own, each on a line, indented."""
    if not children:
        return ()
    inner, outer = "\n" + "  " * depth, "\n" + "  " * (depth - 1)
    return (*(part for child in children for part in (inner, child)), outer)


def refused(kind: str, line: int, problem: str, more: int = 0) -> ProjectError:
    """The error for a file of that kind in which `problem`, a sentence, was found in that line.

    more: how many other faults were found.
    """
    others = f" ({more} more {'fault' if more == 1 else 'faults'} after it.)" if more else ""
    return ProjectError(
        f"Line {line}: {problem}{others}",
        f"The file is not {kind} that can be read; nothing was imported.",
        "Correct it there, or ask whoever made it to.",
    )
