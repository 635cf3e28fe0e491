"""Lines of the film as subtitles: in rows that can be read, at times that can be kept up with.

    rows_of     a text in at most two rows, broken where a phrase ends
    subtitles   what is shown of a project's lines in one language
    paired      the same with the translation below the line

A line that does not fit into two rows, or lasts too long, is shown in parts one after the other.
The times of lines that a person wrote or imported are theirs and stay; those an engine heard are
brought to what can be read. Widths are counted in cells: a Latin letter takes one, a Han character,
a kana or a syllable of Hangul two, a mark on a letter none.

Figures: 42 cells a row, 16 characters in Chinese, Japanese and Korean, two rows, 5/6 s at least,
7 s at most and two pictures in between are those of the Netflix Timed Text Style Guides (general
requirements, and those of the languages), and so are the reading speeds: MOST for adults,
COMFORTABLE for children's programmes; 7 in Japanese is that of subtitles for the deaf.
"""

from __future__ import annotations

import functools
import itertools
import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from studio.errors import ProjectError
from studio.script.formats.script import Entry, Script
from studio.script.formats.text import clean, one_line
from studio.script.graphemes import clusters, is_simple, is_unspaced, is_wide
from studio.script.model import Line, Project
from studio.script.people import colour_of
from studio.times import Span

ROWS = 2
COLUMNS, COLUMNS_WIDE = 42, 32  # cells; 32 are 16 wide characters
SHORTEST, LONGEST = 833, 7000  # ms
BETWEEN = 83  # ms between two subtitles: two pictures at 24 Hz
_KEPT = 16_384  # texts whose rows are kept: those of a long film, as it is checked while one types
_LINGER = 2000  # ms; longest that a subtitle stays behind the words for the sake of reading

Reading = Literal["letters", "han", "kana", "hangul"]
COMFORTABLE: dict[Reading, float] = {"letters": 17, "han": 7, "kana": 4, "hangul": 9}
"""Characters a second, spaces counted, that anybody can read."""

MOST: dict[Reading, float] = {"letters": 20, "han": 9, "kana": 7, "hangul": 12}
"""Characters a second that practised readers can follow."""

_CLOSING = frozenset(
    "、。，．！？：；）」』】〉》〕］｝’”…‥ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.!?:;)]}%»›"
)
_OPENING = frozenset("（「『【〈《〔［｛‘“([{«‹¿¡")
_SENTENCE = tuple(".!?…。！？؟।՞።")
_PHRASE = tuple(",;:—–、，；：،؛")


@dataclass(frozen=True, slots=True)
class Subtitle:
    """What is shown at one time.

    id: the line's, with "-2" and so on behind it for its further parts. span: film ms.
    rows: from top to bottom. below: the rows of the translation under them. person: an id, or "".
    """

    id: str
    line: str
    span: Span
    rows: tuple[str, ...]
    below: tuple[str, ...] = ()
    person: str = ""

    @property
    def text(self) -> str:
        """The rows as one text, a row a line."""
        return "\n".join(self.rows)


# --- measures -------------------------------------------------------------------------------------


def cells(text: str) -> int:
    """How wide a text is, in cells."""
    if is_simple(text):
        return len(text)
    return sum(
        0 if unicodedata.category(one) in ("Mn", "Me", "Cf") else 2 if is_wide(one) else 1
        for one in text
    )


@functools.lru_cache(_KEPT)
def columns_for(text: str, *, narrow: bool = False) -> int:
    """How many cells a row of such a text may have; narrow: on an upright picture."""
    wide = 0 if is_simple(text) else sum(map(is_wide, text))
    columns = COLUMNS_WIDE if 2 * wide > sum(map(str.isalnum, text)) else COLUMNS
    return columns * 2 // 3 if narrow else columns


@functools.lru_cache(_KEPT)
def script_of(text: str) -> Reading:
    """By which of the reading speeds a text is judged."""
    if is_simple(text):
        return "letters"
    found: set[Reading] = set()
    for one in filter(is_wide, text):
        name = unicodedata.name(one, "")
        if name.startswith(("HIRAGANA", "KATAKANA")):
            return "kana"
        if name.startswith("HANGUL"):
            found.add("hangul")
        elif name.startswith("CJK UNIFIED"):
            found.add("han")
    # a Korean text may hold some Han
    return "hangul" if "hangul" in found else "han" if found else "letters"


@functools.lru_cache(_KEPT)
def characters(text: str) -> int:
    """What is read of a text, in characters as people count them, spaces among them."""
    line = one_line(text)
    return len(line) if is_simple(line) else len(clusters(line))


def speed(text: str, duration: int) -> float:
    """Characters a second of a text shown for `duration` ms."""
    return characters(text) * 1000 / max(1, duration)


# --- rows -----------------------------------------------------------------------------------------


@functools.lru_cache(_KEPT)
def rows_of(text: str, *, narrow: bool = False) -> tuple[str, ...]:
    """`text` in as few rows as it fits, balanced and broken where a phrase ends.

    Rows a person has made stay where they fit. A text that fits no two rows gets more than two.
    narrow: on an upright picture.
    """
    limit = columns_for(text, narrow=narrow)
    made = tuple(one.strip() for one in clean(text).split("\n") if one.strip())
    if len(made) <= ROWS and all(cells(one) <= limit for one in made):
        return made
    tokens = units(text)
    two = _in_two(tokens, limit)
    return two if two is not None else _filled(tokens, limit)


def units(text: str) -> list[str]:
    """The smallest parts between which a row may end, each with the space behind it.

    In scripts written without spaces a row may end nearly everywhere: not before what closes, not
    behind what opens.
    """
    tokens: list[str] = []
    for word in one_line(text).split(" "):
        if is_simple(word):
            if word:
                tokens.append(f"{word} ")
            continue
        bound = True  # whether the next character must stay with the one before
        start = len(tokens)
        for one in clusters(word):
            unspaced = is_unspaced(one[0]) or (bool(tokens) and is_unspaced(tokens[-1][-1]))
            if bound or one[0] in _CLOSING or not unspaced:
                if len(tokens) == start:
                    tokens.append("")
                tokens[-1] += one
            else:
                tokens.append(one)
            bound = one[0] in _OPENING
        if len(tokens) > start:
            tokens[-1] += " "
    return tokens


def _joined(tokens: Sequence[str]) -> str:
    return "".join(tokens).strip()


def _border(token: str) -> float:
    """How bad it is to end a row behind that token, 0..1."""
    end = token.rstrip().rstrip("\"'”’»)」』]")
    if end.endswith(_SENTENCE):
        return 0.0
    if end.endswith(_PHRASE):
        return 0.15
    # a short word belongs to the next one: an article, a preposition, a pronoun
    return 1.0 if token.endswith(" ") and cells(end) <= 3 else 0.5  # noqa: PLR2004


def _in_two(tokens: Sequence[str], limit: int) -> tuple[str, ...] | None:
    """One or two rows, or None where they do not fit."""
    whole = _joined(tokens)
    if cells(whole) <= limit:
        return (whole,)
    widths = list(itertools.accumulate(map(cells, tokens)))
    best: tuple[float, int] | None = None
    for cut in range(1, len(tokens)):
        above, below = _joined(tokens[:cut]), _joined(tokens[cut:])
        if widths[cut - 1] > limit + 1:
            break
        if cells(above) > limit or cells(below) > limit:
            continue
        # the eye jumps less where the rows are alike, and less of the picture is hidden where the
        # upper one is the shorter
        off = (2 * widths[cut - 1] - widths[-1]) / widths[-1]
        cost = abs(off) + (0.05 if off > 0 else 0.0) + _border(tokens[cut - 1])
        if best is None or cost < best[0]:
            best = (cost, cut)
    return None if best is None else (_joined(tokens[: best[1]]), _joined(tokens[best[1] :]))


def _filled(tokens: Sequence[str], limit: int) -> tuple[str, ...]:
    """As many rows as it takes, each as full as it gets."""
    rows: list[str] = []
    row = ""
    for token in tokens:
        if row and cells((row + token).rstrip()) > limit:
            rows.append(row.strip())
            row = ""
        row += token
    return (*rows, row.strip()) if row.strip() else tuple(rows)


@functools.lru_cache(_KEPT)
def _parts(text: str, count: int) -> tuple[str, ...] | None:
    """`text` in so many parts of about one length, cut where sentences end; None: too few words."""
    tokens = units(text)
    if len(tokens) < count:
        return None
    widths = list(itertools.accumulate(map(cells, tokens)))
    cuts = [0]
    for number in range(1, count):
        wanted = widths[-1] * number / count
        room = range(cuts[-1] + 1, len(tokens) - (count - number) + 1)
        reach = widths[-1] / count  # of one part

        def cost(cut: int, wanted: float = wanted, reach: float = reach) -> float:
            return abs(widths[cut - 1] - wanted) / reach + _border(tokens[cut - 1])

        cuts.append(min(room, key=cost))
    return tuple(_joined(tokens[a:b]) for a, b in itertools.pairwise([*cuts, len(tokens)]))


@functools.lru_cache(_KEPT)
def _fewest_parts(text: str, least: int, *, narrow: bool = False) -> int:
    """In how many parts, at least so many, a text is shown in two rows each."""
    rows = rows_of(text, narrow=narrow)
    if len(rows) <= ROWS and least <= 1:
        return 1
    limit, tokens = columns_for(text, narrow=narrow), len(units(text))
    count = max(least, math.ceil(cells(one_line(text)) / (ROWS * limit)))
    while count < tokens:
        parts = _parts(text, count)
        if parts is not None and all(len(rows_of(one, narrow=narrow)) <= ROWS for one in parts):
            return count
        count += 1
    return max(1, min(count, tokens))


# --- subtitles of a project -----------------------------------------------------------------------


def text_in(line: Line, language: str, dialogue: str) -> str:
    """What a line says in `language`; dialogue: the language the film speaks, "" unknown."""
    translation = line.translation(language)
    if translation is not None and translation.text.strip():
        return translation.text
    return line.text if is_spoken(language, dialogue) else ""


def is_spoken(language: str, dialogue: str) -> bool:
    """Whether `language` is that of the film; one without a region serves for all of them."""
    plain = language.partition("-")[0]
    return dialogue in ("", language, plain) or language == dialogue.partition("-")[0]


def subtitles(project: Project, language: str) -> tuple[Subtitle, ...]:
    """The lines in one language, in order of time; lines without a text in it are left out."""
    told = [(one, text_in(one, language, project.dialogue_language)) for one in _ordered(project)]
    made: list[tuple[Line, tuple[Subtitle, ...]]] = []
    for line, text in told:
        if not clean(text):
            continue
        count = _fewest_parts(text, _parts_by_time(line))
        made.append((line, _shown(line, _cut(text, count), ())))
    return _timed(made)


def paired(project: Project, language: str, *, narrow: bool = False) -> tuple[Subtitle, ...]:
    """Every line as it is said, with its translation below it where there is one.

    narrow: for an upright picture.
    """
    made: list[tuple[Line, tuple[Subtitle, ...]]] = []
    spoken = is_spoken(language, project.dialogue_language)
    for line in _ordered(project):
        if not clean(line.text):
            continue
        translation = line.translation(language)
        below = "" if translation is None or spoken else clean(translation.text)
        count = _fewest_parts(line.text, _parts_by_time(line), narrow=narrow)
        if below:
            count = max(count, _fewest_parts(below, 1, narrow=narrow))
        parts = _shown(line, _cut(line.text, count), _cut(below, count), narrow=narrow)
        made.append((line, parts))
    return _timed(made)


def _ordered(project: Project) -> list[Line]:
    return sorted(project.lines, key=lambda one: (one.start, one.end))


def _parts_by_time(line: Line) -> int:
    """Into how many parts a line must go because it lasts so long; the times of people stay."""
    return max(1, math.ceil((line.end - line.start) / LONGEST)) if line.engine else 1


def _cut(text: str, count: int) -> tuple[str, ...]:
    """A text for so many parts; one that cannot be cut so often is shown again in each."""
    if count == 1 or not clean(text):
        return (text,) * count
    return _parts(text, count) or (text,) * count


def _shown(
    line: Line, texts: Sequence[str], below: Sequence[str], *, narrow: bool = False
) -> tuple[Subtitle, ...]:
    spans = _part_spans(line, texts)
    translated = below or ("",) * len(texts)
    return tuple(
        Subtitle(
            line.id if number == 1 else f"{line.id}-{number}",
            line.id,
            span,
            rows_of(text, narrow=narrow),
            rows_of(under, narrow=narrow) if clean(under) else (),
            line.person,
        )
        for number, (span, text, under) in enumerate(
            zip(spans, texts, translated, strict=True), start=1
        )
    )


def _part_spans(line: Line, texts: Sequence[str]) -> list[Span]:
    """When each part is said: by the words where they are known, else by how long the texts are."""
    counts = [len(one.split()) for one in texts]
    starts = [line.start]
    lengths = list(itertools.accumulate(max(1, cells(one)) for one in texts))
    by_words = len(line.words) == sum(counts) == len(line.text.split())
    for number in range(1, len(texts)):
        if by_words:
            at = line.words[sum(counts[:number])].start
        else:
            at = line.start + (line.end - line.start) * lengths[number - 1] // lengths[-1]
        starts.append(min(max(at, starts[-1]), line.end))
    return [Span(a, b) for a, b in itertools.pairwise([*starts, max(line.start, line.end)])]


def _timed(made: Iterable[tuple[Line, tuple[Subtitle, ...]]]) -> tuple[Subtitle, ...]:
    """All in order, those an engine heard at times that can be read."""
    pairs = [(line, one) for line, parts in made for one in parts]
    result = []
    for number, (line, one) in enumerate(pairs):
        following = pairs[number + 1][1].span.start if number + 1 < len(pairs) else None
        result.append(replace(one, span=_readable(one, following)) if line.engine else one)
    return tuple(result)


def _readable(one: Subtitle, following: int | None) -> Span:
    """The time for a subtitle that ends when there is no more to read, or the next one comes."""
    start, end = one.span.start, one.span.end
    text = max(one.text, "\n".join(one.below), key=len)
    needed = math.ceil(characters(text) * 1000 / COMFORTABLE[script_of(text)])
    wanted = max(end, min(start + max(SHORTEST, needed), end + _LINGER, start + LONGEST))
    if following is None:
        return Span(start, wanted)
    limit = following - BETWEEN
    if following < end or limit <= start:  # two speak at once: both are shown
        return one.span
    return Span(start, min(wanted, limit))


# --- as a script ----------------------------------------------------------------------------------


def as_script(project: Project, language: str, shown: Sequence[Subtitle]) -> Script:
    """Subtitles as a script that every format can be made of. Raises ProjectError: none there."""
    if not shown:
        raise ProjectError(
            f"No line of the film has a text in “{language}”.",
            "There is nothing to deliver as subtitles.",
            "Transcribe or import the lines and translate them: studio subtitles --help",
        )
    entries = tuple(
        Entry(one.span, one.text, id=one.id, voice=project.called(one.person)) for one in shown
    )
    colours = {project.called(one.id): colour_of(project.people, one.id) for one in project.people}
    return Script(
        entries,
        language=language,
        title=Path(project.film.path).stem,
        rate=project.film.rate,
        duration=project.film.duration,
        kind="subtitles",
        colours=tuple(colours.items()),
    )
