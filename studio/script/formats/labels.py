"""What goes with an entry besides times and text, as lines with a label: "On screen: EXIT".

Used wherever a format has room for remarks but no fields of its own, and in the notes of cues.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from studio.script.formats.script import Entry
from studio.script.formats.text import clean, one_line

_LABELLED = re.compile(
    r"(Voice|On screen|Status|Settings|Freeze|Extended|Note): ?(.*)", re.IGNORECASE
)
_FREEZE = re.compile(r"(\d{1,8}) ms", re.ASCII)


def labelled(
    entry: Entry, *, voice: bool = True, bare_notes: bool = False, settings: bool = False
) -> list[str]:
    """The lines for an entry, each on one line; none where nothing goes with it.

    voice: False where the format has another place for it. bare_notes: notes get their label only
    where one of their lines would be taken for something else. settings: also those, which mean
    something only to the format they came from.
    """
    lines = [f"Voice: {one_line(entry.voice)}"] if voice and one_line(entry.voice) else []
    lines += [f"On screen: {line}" for line in _lines(entry.on_screen)]
    if one_line(entry.status):
        lines.append(f"Status: {one_line(entry.status)}")
    if settings and one_line(entry.settings):
        lines.append(f"Settings: {one_line(entry.settings)}")
    if entry.freeze is not None:
        lines.append(f"Freeze: {entry.freeze} ms")
    if entry.extended and not entry.freeze:
        lines.append("Extended: yes")
    note = _lines(entry.note)
    # one line that needs its label gives it to all, or their order would not come back
    bare = bare_notes and not any(_LABELLED.fullmatch(line) for line in note)
    return lines + [line if bare else f"Note: {line}" for line in note]


def unlabelled(entry: Entry, lines: Iterable[str]) -> tuple[Entry, list[str]]:
    """The entry with what labelled `lines` say of it, and the lines that have no label."""
    kept: dict[str, list[str]] = {}
    rest: list[str] = []
    for line in lines:
        match = _LABELLED.fullmatch(line)
        label = match[1].lower() if match else ""
        value = match[2].strip() if match else ""
        if label == "extended" and value.lower() == "yes":
            entry = replace(entry, extended=True)
        elif label == "freeze" and (freeze := _FREEZE.fullmatch(value)):
            entry = replace(entry, freeze=int(freeze[1]))
        elif label in ("", "extended", "freeze"):
            rest.append(line)
        elif value:
            kept.setdefault(label, []).append(value)
    return (
        replace(
            entry,
            voice=_added(entry.voice, kept.get("voice")),
            on_screen=_added(entry.on_screen, kept.get("on screen")),
            status=_added(entry.status, kept.get("status")),
            settings=_added(entry.settings, kept.get("settings")),
            note=_added(entry.note, kept.get("note")),
            extended=entry.extended or bool(entry.freeze),
        ),
        rest,
    )


def _added(before: str, lines: list[str] | None) -> str:
    return "\n".join([*([before] if before else []), *(lines or [])])


def _lines(text: str) -> list[str]:
    return [line.strip() for line in clean(text).split("\n") if line.strip()]
