"""Language codes, as people type them and as files are named by them."""

from __future__ import annotations

import re

from studio.errors import UsageError

_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}", re.ASCII)


def language_code(text: str) -> str:
    """`text` as a BCP 47 code in lower case, "pt-br". Raises UsageError."""
    code = text.strip().lower().replace("_", "-")
    if _CODE.fullmatch(code) is None:
        raise UsageError(f"“{text}” is not a language.", advice="Give a code like en, de or pt-br.")
    return code
