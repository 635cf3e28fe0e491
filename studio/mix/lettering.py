"""What is drawn into the pictures of a film, its subtitles and marked faces, as a script of libass.

Everything is laid out in pixels of the picture as shown, inside the title-safe area: the middle
90 % of width and height (EBU R 95, SMPTE ST 2046-1). A subtitle is one event, so all its rows are
laid out at once and nothing moves while more of it appears: what is still to come is there, but
transparent. It appears a word at a time (a character in scripts without spaces), never a part of a
word, so that joined letters stay joined; in reading order, so from the right where that is how it
is read. libass reorders right-to-left text itself; a mark before each row tells it the direction.
"""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from studio.script.faces import spot_at
from studio.script.formats.ass import colour, escaped, moment
from studio.script.graphemes import is_wide
from studio.script.model import FaceTrack, Project, Spot
from studio.script.people import colour_of
from studio.script.subtitles import (
    COLUMNS,
    COMFORTABLE,
    Subtitle,
    cells,
    characters,
    script_of,
    units,
)
from studio.times import Span

SAFE = 0.05
"""The part of width and height at each edge that stays free (title-safe area)."""

COMPLETE = 500
"""ms before its end at which the whole of a subtitle is there, at the latest."""

FONT = "sans-serif"
"""What the system's fonts are asked for; letters it lacks come from others that have them."""

_ROW_HEIGHT = 0.053  # of the picture's height: 57 pixels in 1080
_CELL = 0.6  # of the font's size; about how wide a cell is
_NARROW = 4 / 3  # pictures narrower than this get rows of two thirds
_ORIGINAL = 0.85  # of the size, for the line as it is said, above its translation
_FADE = 80  # ms in which a word appears
_LEAD = 400  # ms for which the line stands alone before its translation begins
_FRAME = 45  # ms; a picture at 24 Hz, rounded to the hundredths that libass knows
_APPEARING = 0.6  # of the time that reading takes
_LRM, _RLM, _FSI, _PDI = "\u200e", "\u200f", "\u2068", "\u2069"
_BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">", "«": "»"}

# Widths in parts of the font's size, on the large side of common fonts.
_WIDTHS = {" ": 0.36} | dict.fromkeys("iljtfr.,:;!'|", 0.42) | dict.fromkeys("mwMW@%—…", 1.0)


@dataclass(frozen=True, slots=True)
class Look:
    """How large things are in a picture. width, height: pixels as shown. size: of the font."""

    width: int
    height: int

    @property
    def narrow(self) -> bool:
        """Whether rows must be shorter than usual, as on pictures of telephones."""
        return self.width < _NARROW * self.height - 1

    @property
    def size(self) -> float:
        """The font's size: the height of a row, in pixels."""
        columns = COLUMNS * 2 / 3 if self.narrow else COLUMNS
        return max(1.0, min(self.height * _ROW_HEIGHT, self.room / (columns * _CELL)))

    @property
    def room(self) -> float:
        """How wide a row may be, in pixels."""
        return self.width * (1 - 2 * SAFE)

    @property
    def rows(self) -> int:
        """How many rows may be shown at once."""
        return max(1, int(self.height * (1 - 2 * SAFE) / (self.size * 1.1)))


@dataclass(frozen=True, slots=True)
class Wishes:
    """How subtitles are drawn. reveal: the translation appears bit by bit. markers: the face of who
    speaks is marked. names: who speaks is named."""

    reveal: bool = False
    markers: bool = False
    names: bool = True


def fitting(shown: Iterable[Subtitle], look: Look) -> tuple[list[Subtitle], list[Subtitle]]:
    """Those for which there is room while they are shown, and those there is none for."""
    kept: list[Subtitle] = []
    crowded: list[Subtitle] = []
    for one in sorted(shown, key=lambda one: one.span):
        beside = [other for other in kept[-look.rows :] if other.span.overlap(one.span) > 0]
        rows = sum(len(other.rows) + len(other.below) for other in (*beside, one))
        (kept if rows <= look.rows else crowded).append(one)
    return kept, crowded


def script(project: Project, shown: Sequence[Subtitle], look: Look, wishes: Wishes) -> str:
    """The script that draws these subtitles. project: for its people, faces and their colours."""
    events = [_event(project, one, look, wishes) for one in shown]
    if wishes.markers:
        events += _markers(project, shown, look, named=wishes.names)
    return "\n".join([*_header(look), *events, ""])


def plain_script(texts: Iterable[str]) -> str:
    """A script that shows these texts for the first second, to see which letters there are."""
    shown = (f"Dialogue: 0,0:00:00.00,0:00:01.00,Lines,,0,0,0,,{escaped(one)}" for one in texts)
    return "\n".join([*_header(Look(640, 360)), *shown, ""])


def _header(look: Look) -> tuple[str, ...]:
    edge = max(1.0, look.size / 16)
    margin, below = (math.ceil(side * SAFE + edge) for side in (look.width, look.height))
    # an Encoding of -1 lets libass take each row's direction from its first letter
    style = (
        f"Style: Lines,{FONT},{look.size:.1f},&H00FFFFFF,&H00FFFFFF,&H00101010,&H00101010,"
        f"0,0,0,0,100,100,0,0,1,{edge:.1f},0,2,{margin},{margin},{below},-1"
    )
    return (
        "[Script Info]",
        "ScriptType: v4.00+",
        f"PlayResX: {look.width}",
        f"PlayResY: {look.height}",
        "WrapStyle: 0",
        "ScaledBorderAndShadow: yes",
        "",
        "[V4+ Styles]",
        "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, "
        "BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, "
        "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding",
        style,
        "",
        "[Events]",
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
    )


def _dialogue(layer: int, span: Span, text: str) -> str:
    return f"Dialogue: {layer},{moment(span.start)},{moment(span.end)},Lines,,0,0,0,,{text}"


# --- a subtitle -----------------------------------------------------------------------------------


def _event(project: Project, one: Subtitle, look: Look, wishes: Wishes) -> str:
    name = project.called(one.person) if wishes.names else ""
    upper = _ORIGINAL if one.below else 1.0
    scale = _scale(one, name, upper, look)
    rows = list(_directed(one.rows))
    if name:
        # an isolate: a Latin name must not turn a Hebrew line around
        mark, rest = rows[0][0], rows[0][1:]
        rows[0] = f"{mark}{_FSI}{name}{_PDI}: {rest}"
    size = look.size * scale
    parts = [
        f"{{\\c{colour(colour_of(project.people, one.person))}\\fs{size * upper:.1f}}}"
        + r"\N".join(map(escaped, rows))
    ]
    if one.below:
        below = _appearing(one) if wishes.reveal else r"\N".join(map(escaped, _directed(one.below)))
        parts.append(f"{{\\fs{size:.1f}}}{below}")
    return _dialogue(1, one.span, r"\N".join(parts))


def _scale(one: Subtitle, name: str, upper: float, look: Look) -> float:
    """How much the rows must shrink for the widest to fit."""
    first, *others = one.rows
    above = [f"{name}: {first}" if name else first, *others]
    widest = max(*(_width(row) * upper for row in above), *map(_width, one.below), 1.0)
    return min(1.0, look.room / (widest * look.size))


def _width(row: str) -> float:
    """About how wide a row is, in parts of the font's size."""
    return sum(map(_letter_width, row))


def _letter_width(one: str) -> float:
    if unicodedata.category(one) in ("Mn", "Me", "Cf"):
        return 0.0
    if is_wide(one):
        return 1.0
    return _WIDTHS.get(one, 0.8 if one.isupper() or ord(one) > 0x58F else 0.62)  # noqa: PLR2004


def _directed(rows: Sequence[str]) -> Iterator[str]:
    """The rows, each with a mark of the direction in which the whole text is read.

    Marks stand beside brackets too, where libass, which takes each bracket for itself, would turn
    one of a pair to the wrong side (UAX #9 has the rule for pairs: N0).
    """
    from_right = is_right_to_left(" ".join(rows))
    mark = _RLM if from_right else _LRM
    for row in rows:
        marked = _brackets_to_mark(row, from_right=from_right)
        yield mark + "".join(
            (mark + one if one in _BRACKETS else one + mark) if at in marked else one
            for at, one in enumerate(row)
        )


def _brackets_to_mark(row: str, *, from_right: bool) -> set[int]:
    """The places of brackets that go with the direction of the whole row."""
    strong = [None if (way := _direction(one)) is None else way == from_right for one in row]
    marked: set[int] = set()
    opened: list[int] = []
    for at, one in enumerate(row):
        if one in _BRACKETS:
            opened.append(at)
        elif opened and one == _BRACKETS[row[opened[-1]]]:
            begin = opened.pop()
            inside = [way for way in strong[begin:at] if way is not None]
            before = next((way for way in reversed(strong[:begin]) if way is not None), True)
            if inside and (any(inside) or before):
                marked |= {begin, at}
    return marked


def _direction(one: str) -> bool | None:
    """Whether a character is read from the right; None where it does not say."""
    return {"R": True, "AL": True, "L": False}.get(unicodedata.bidirectional(one))


def is_right_to_left(text: str) -> bool:
    """Whether a text is read from the right: by its first letter that says so (UAX #9, P2)."""
    return next((way for one in text if (way := _direction(one)) is not None), False)


def _appearing(one: Subtitle) -> str:
    """The rows of the translation, each word transparent until its time has come."""
    rows = [units(row) for row in _directed(one.below)]
    starts = iter(appearances(one, [cells(word) for row in rows for word in row]))
    return r"\N".join("".join(_hidden_until(next(starts), word) for word in row) for row in rows)


def _hidden_until(at: int, word: str) -> str:
    if at <= 0:
        return f"{{\\alpha&H00&}}{escaped(word)}"
    return f"{{\\alpha&HFF&\\t({at},{at + _FADE},\\alpha&H00&)}}{escaped(word)}"


def appearances(one: Subtitle, widths: Sequence[int]) -> list[int]:
    """When each part of the translation begins to appear, ms after the subtitle does.

    widths: of the parts. All are there COMPLETE ms before the end, or from the start.
    """
    text = " ".join(one.below)
    last = one.span.duration - COMPLETE - _FADE - _FRAME
    if last <= 0:
        return [0] * len(widths)
    begin = min(_LEAD, last // 3)
    reading = characters(text) * 1000 / COMFORTABLE[script_of(text)]
    until = min(last, begin + round(reading * _APPEARING))
    before = [0, *itertools.accumulate(widths)][:-1]
    return [begin + (until - begin) * at // max(1, sum(widths)) for at in before]


# --- faces ----------------------------------------------------------------------------------------


def _markers(
    project: Project, shown: Iterable[Subtitle], look: Look, *, named: bool
) -> Iterator[str]:
    """A frame around the face of who speaks, for as long as the subtitle and the face are there."""
    tracks: dict[str, deque[FaceTrack]] = {}
    for track in sorted(project.faces, key=lambda one: one.start):
        if track.person and track.spots:
            tracks.setdefault(track.person, deque()).append(track)
    for one in sorted(shown, key=lambda one: one.span):
        own = tracks.get(one.person, deque())
        while own and own[0].end <= one.span.start:  # gone for good
            own.popleft()
        for track in own:
            if track.start >= one.span.end:
                break
            during = Span(max(track.start, one.span.start), min(track.end, one.span.end))
            if during.duration > 0:
                yield from _followed(project, track, during, look, named=named)


def _followed(
    project: Project, track: FaceTrack, during: Span, look: Look, *, named: bool
) -> Iterator[str]:
    """Frames that follow a face from one of its spots to the next."""
    times = [spot.time for spot in track.spots if during.start < spot.time < during.end]
    name = escaped(project.called(track.person))
    tint = colour(colour_of(project.people, track.person))
    for start, end in itertools.pairwise([during.start, *times, during.end]):
        if end - start < 10:  # noqa: PLR2004  # a hundredth of a second, the least libass knows
            continue
        first, last = spot_at(track, start), spot_at(track, end)
        yield _dialogue(0, Span(start, end), _frame(first, last, end - start, tint, look))
        if named:
            yield _dialogue(0, Span(start, end), _label(first, last, name, tint, look))


def _frame(first: Spot, last: Spot, length: int, tint: str, look: Look) -> str:
    """A drawing of 100 by 100 pixels, moved and scaled from one place to the other."""
    ax, ay, aw, ah = _pixels(first, look)
    bx, by, bw, bh = _pixels(last, look)
    line = max(1.5, look.size / 16)
    return (
        f"{{\\an7\\move({ax:.1f},{ay:.1f},{bx:.1f},{by:.1f})\\fscx{aw:.1f}\\fscy{ah:.1f}"
        f"\\t(0,{length},\\fscx{bw:.1f}\\fscy{bh:.1f})\\1a&HFF&\\3c{tint}\\bord{line:.1f}\\p1}}"
        "m 0 0 l 100 0 100 100 0 100"
    )


def _label(first: Spot, last: Spot, name: str, tint: str, look: Look) -> str:
    """The name above the face, or below where there is no room; inside the picture."""
    size = look.size * _ORIGINAL
    half = min(look.width / 2, _width(name) * size / 2)

    def place(spot: Spot) -> tuple[float, float]:
        left, top, width, height = _pixels(spot, look)
        x = min(max(left + width / 2, half), look.width - half)
        above = top - size * 0.3
        y = above if above >= size else min(look.height - 1.0, top + height + size * 1.3)
        return x, y

    (ax, ay), (bx, by) = place(first), place(last)
    return f"{{\\an2\\move({ax:.1f},{ay:.1f},{bx:.1f},{by:.1f})\\fs{size:.1f}\\c{tint}}}{name}"


def _pixels(spot: Spot, look: Look) -> tuple[float, float, float, float]:
    """Left, top, width and height of a spot in pixels of the picture."""
    across, down = look.width / 1000, look.height / 1000
    return spot.left * across, spot.top * down, spot.width * across, spot.height * down
