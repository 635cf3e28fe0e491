"""The script that a voice talent reads from, as a page for a browser or a tablet."""

from __future__ import annotations

from studio.script.formats.page import page_of
from studio.script.formats.recording import LARGE_PRINT, paragraphs_of
from studio.script.formats.script import Script

_PX_PER_POINT = 4 / 3  # CSS Values 3: 96 px and 72 pt to the inch


def write(script: Script) -> bytes:
    """A page that needs nothing besides itself."""
    return page_of(script, paragraphs_of(script), round(LARGE_PRINT * _PX_PER_POINT))
