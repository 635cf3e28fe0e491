"""What all formats that are text share: decoding, and text that every format can hold."""

from __future__ import annotations

import codecs
import re

from studio.errors import ProjectError

_NEWLINES = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_NOT_IN_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\ufeff")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 with a byte order mark. Raises ProjectError."""
    encoding = "utf-16" if data.startswith(_UTF_16) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ProjectError(
            "The file is not UTF-8 text.", "Nothing was imported.", "Save it as UTF-8, try again."
        ) from error


def clean(text: str) -> str:
    """`text` as all formats can hold it.

    Lines end in \\n, none is blank; white space around it and at the end of lines is gone, and so
    are byte order marks and the characters that XML 1.0 forbids (controls, lone surrogates).
    """
    lines = _NOT_IN_XML.sub("", _NEWLINES.sub("\n", text)).split("\n")
    return "\n".join(line.rstrip() for line in lines if line.strip()).strip()


def one_line(text: str) -> str:
    """`text` cleaned and on a single line."""
    return " ".join(line.strip() for line in clean(text).split("\n"))
