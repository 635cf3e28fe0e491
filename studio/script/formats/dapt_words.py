"""The words DAPT 1.0 (W3C, Dubbing and Audio description Profiles of TTML2) allows in attributes.

Both registries of the specification are open: what begins with "x-" is anybody's own.
"""

from __future__ import annotations

import re

CONTENT_PROFILE = "http://www.w3.org/ns/ttml/profile/dapt1.0/content"
PROCESSOR_PROFILE = "http://www.w3.org/ns/ttml/profile/dapt1.0/processor"

SCRIPT_TYPES = ("originalTranscript", "translatedTranscript", "preRecording", "asRecorded")
ON_SCREEN = ("ON", "OFF", "ON_OFF", "OFF_ON")
AGENT_TYPES = ("person", "character", "group", "organization", "other")  # TTML2 14.1.1
NAME_TYPES = ("full", "family", "given", "alias", "other")  # TTML2 14.1.7
ENCODINGS = ("base16", "base32", "base32hex", "base64", "base64url")  # TTML2 9.2.2
DESCRIPTION_TYPES = ("pronunciationNote", "scene", "plotSignificance")
CONTENT = (
    "audio",
    "audio.dialogue",
    "audio.nonDialogueSounds",
    "visual",
    "visual.dialogue",
    "visual.nonText",
    "visual.text",
    "visual.text.title",
    "visual.text.credit",
    "visual.text.location",
)
"""What a script may represent: the registry of content descriptors."""

_TOKEN = re.compile(r"[\w:\-·\u0300-\u036f\u203f\u2040]+")
_OWN = "x-"

# RFC 5646, section 2.1; being well-formed is all DAPT asks for, not that a tag is registered
_LANGUAGE = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})"
    r"(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+)",
    re.ASCII | re.IGNORECASE,
)
_GRANDFATHERED = """
    en-gb-oed i-ami i-bnn i-default i-enochian i-hak i-klingon i-lux i-mingo i-navajo i-pwn i-tao
    i-tay i-tsu sgn-be-fr sgn-be-nl sgn-ch-de art-lojban cel-gaulish no-bok no-nyn zh-guoyu zh-hakka
    zh-min zh-min-nan zh-xiang
""".split()  # noqa: SIM905  # a list of words, not of strings


def is_language(text: str) -> bool:
    """Whether `text` is a well-formed language tag (BCP 47)."""
    return _LANGUAGE.fullmatch(text) is not None or text.lower() in _GRANDFATHERED


def is_content(text: str) -> bool:
    """Whether `text` names a part of a film that a script can represent.

    That is a registered descriptor, one that begins with "x-", or a registered one followed by a
    token that does.
    """
    tokens = text.split(".")
    if not all(_TOKEN.fullmatch(token) for token in tokens):
        return False
    if text in CONTENT or tokens[0].startswith(_OWN):
        return True
    known = max(
        count for count in range(len(tokens)) if not count or _begin(tokens, count) in CONTENT
    )
    return tokens[known].startswith(_OWN)


def _begin(tokens: list[str], count: int) -> str:
    return ".".join(tokens[:count])


def is_part_of(part: str, whole: str) -> bool:
    """Whether the descriptor `part` is `whole` or a sub-type of it."""
    return part == whole or part.startswith(f"{whole}.")


def is_description_type(text: str) -> bool:
    """Whether `text` is a kind of description: registered, or anybody's own."""
    return text in DESCRIPTION_TYPES or text.startswith(_OWN)


def choices(words: tuple[str, ...]) -> str:
    """`words` for a sentence: “a, b or c”."""
    return f"{', '.join(words[:-1])} or {words[-1]}"
