"""Advanced SubStation Alpha and its elder SSA: read by pysubs2, written for players and editors.

ASS counts hundredths of a second; the exact times stand beside, in a field that players pass over,
and hold as long as nobody moves the line. What a line has besides times, text and voice stands in a
comment before it, a label before each line. Text is text: what would be a tag or a break in it is
written so that it is neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from studio.errors import ProjectError
from studio.script.formats.labels import labelled, unlabelled
from studio.script.formats.script import Entry, Script
from studio.script.formats.table import MOST_ROWS
from studio.script.formats.text import clean, decoded, one_line
from studio.times import Span

_MOST_OPEN = 100
_JOINER = "\u2060"  # unseen; behind a backslash it keeps it from being a tag's or a break's
_ESCAPES = {"\\": f"\\{_JOINER}", "{": "\\{", "}": "\\}", "\n": "\\N"}
_MARKED = re.compile(rf"\\{_JOINER}|\\[{{}}Nnh]|\{{[^}}]*\}}")
_PLAIN = {f"\\{_JOINER}": "\\", "\\{": "{", "\\}": "}", "\\N": "\n", "\\n": "\n", "\\h": " "}
_EXACT = re.compile(r"ms=(\d{1,9})-(\d{1,9})", re.ASCII)
_COMMA = "\u201a"  # stands for the comma in names, which would end their field
_WHITE = "#ffffff"
_MARK = "; Written by the Audio Description Studio"


# --- reading --------------------------------------------------------------------------------------


def read(data: bytes) -> Script:
    """Lines with text, the name of who speaks as their voice; drawings are left out.

    Comments become notes of the line that follows them in time. Raises ProjectError.
    """
    import pysubs2

    text = decoded(data)
    _check(text)
    try:
        file = pysubs2.SSAFile.from_string(text, format_="ass")
    except Exception as error:  # pysubs2 meets a damaged file with whatever it trips over
        raise ProjectError(
            f"The script is not ASS that can be read ({error}).", "Nothing was imported."
        ) from error
    if len(file.events) > MOST_ROWS:
        raise ProjectError(f"The script has over {MOST_ROWS:,} lines; nothing was imported.")
    entries: list[Entry] = []
    notes: list[str] = []
    own = _MARK in text  # there each comment stands right before its line
    order = sorted(file.events, key=lambda one: (one.start, not own and not one.is_comment))
    for event in order:
        words = clean(unescaped(event.text))
        if not words or event.is_drawing or event.start < 0:
            continue
        if event.is_comment:
            notes.append(words)
            continue
        span = _span(event.start, max(event.start, event.end), event.effect)
        voice = one_line(event.name).replace(_COMMA, ",")
        entry, rest = unlabelled(Entry(span, words, voice=voice), "\n".join(notes).split("\n"))
        entries.append(replace(entry, note=clean("\n".join([entry.note, *rest]))))
        notes = []
    title, language = (one_line(file.info.get(name, "")) for name in ("Title", "Language"))
    return Script(tuple(entries), language, title, closing=tuple(notes))


def _check(text: str) -> None:
    """Raises ProjectError for a line that would take the library's patterns for ever."""
    for line in text.split("\n"):
        bare = line.replace("\\{", "")
        if bare.count("{", bare.rfind("}") + 1) > _MOST_OPEN:
            raise ProjectError(
                f"A line of the script opens over {_MOST_OPEN} brackets and closes none.",
                "Nothing was imported.",
            )


def _span(start: int, end: int, exact: str) -> Span:
    """The times of a line, to the millisecond where the file says them and they still hold."""
    match = _EXACT.fullmatch(exact.strip())
    if match is not None:
        span = Span(int(match[1]), max(int(match[1]), int(match[2])))
        if (_hundredths(span.start), _hundredths(span.end, up=True)) == (start // 10, end // 10):
            return span
    return Span(start, end)


def unescaped(text: str) -> str:
    """The words of a line of ASS: without tags, its breaks as \\n."""
    return _MARKED.sub(lambda match: _PLAIN.get(match[0], ""), text)


# --- writing --------------------------------------------------------------------------------------


def write(script: Script) -> bytes:
    """The entries in the order given, each voice in its colour where the script has one."""
    return ("\n".join([*_head(script), *_events(script)]) + "\n").encode()


def _head(script: Script) -> Iterator[str]:
    yield from ("[Script Info]", _MARK)
    if title := one_line(script.title):
        yield f"Title: {title}"
    if language := one_line(script.language):
        yield f"Language: {language}"
    yield from ("ScriptType: v4.00+", "PlayResX: 1920", "PlayResY: 1080", "WrapStyle: 0")
    yield from ("ScaledBorderAndShadow: yes", "", "[V4+ Styles]")
    yield (
        "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, "
        "BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, "
        "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding"
    )
    for name, tint in (("Default", _WHITE), *((style, tint) for _, style, tint in _styles(script))):
        yield (
            f"Style: {name},sans-serif,57,&H00{colour(tint)[2:-1]},&H00FFFFFF,&H00101010,"
            "&H80101010,0,0,0,0,100,100,0,0,1,3.5,0,2,96,96,54,-1"
        )
    yield from ("", "[Events]")
    yield "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"


def _styles(script: Script) -> list[tuple[str, str, str]]:
    """Voice, style and colour of each voice that has one."""
    return [(voice, f"Voice {at}", tint) for at, (voice, tint) in enumerate(script.colours, 1)]


def _events(script: Script) -> Iterator[str]:
    styles = {one_line(voice): style for voice, style, _ in _styles(script)}
    for entry in script.entries:
        text = clean(entry.text)
        if not text:
            continue
        voice = one_line(entry.voice)
        times = f"0,{moment(entry.span.start)},{moment(entry.span.end, up=True)}"
        if remarks := labelled(entry, voice=False, bare_notes=True):
            yield f"Comment: {times},Default,,0,0,0,,{escaped(chr(10).join(remarks))}"
        style, name = styles.get(voice, "Default"), voice.replace(",", _COMMA)
        yield f"Dialogue: {times},{style},{name},0,0,0,{_exact(entry.span)},{escaped(text)}"


def _exact(span: Span) -> str:
    return "" if span.start % 10 == span.end % 10 == 0 else f"ms={span.start}-{span.end}"


# --- what is drawn is written in the same way -----------------------------------------------------


def escaped(text: str) -> str:
    """Clean `text` so that players show it as it is, whatever is in it; its lines end in \\N."""
    return "".join(_ESCAPES.get(one, one) for one in text)


def moment(ms: int, *, up: bool = False) -> str:
    """0:00:01.00; what is finer is dropped, or rounded up."""
    seconds, rest = divmod(_hundredths(ms, up=up), 100)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{rest:02}"


def _hundredths(ms: int, *, up: bool = False) -> int:
    return -(-ms // 10) if up else ms // 10


def colour(rgb: str) -> str:
    """ "#rrggbb" as ASS writes it: blue first; white for what is no colour."""
    found = re.fullmatch(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", rgb)
    red, green, blue = found.groups() if found else ("ff", "ff", "ff")
    return f"&H{blue}{green}{red}&".upper()
