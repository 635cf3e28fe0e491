"""A picture of a film for a report: scenes, speech, gaps, descriptions and issues, as SVG.

Ten minutes a row; a shorter film fills one. Nothing in it is told by colour alone: each kind has a
lane of its own, and issues differ in shape. Whoever cannot see it reads the table that stands below
it in the report.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from studio.amounts import counted
from studio.script.model import Issue, Project, Severity
from studio.times import Span, clock

ROW = 600_000
"""ms of film in a row; a shorter film fills one."""

_WIDTH = 1200  # units of the drawing
_LEFT = 110  # where lanes begin, behind their names
_LANE = 18
_LANES = ("Scenes", "Speech", "Gaps", "Descriptions", "Issues")
_BETWEEN = 14  # units between two rows
_AXIS = 16
_TICK, _FINE_TICK = 60_000, 10_000  # ms; fine where a row is at most two minutes
_CLASSES = ("scene", "speech", "gap", "cue", "issue")


_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Signs that neither XML nor HTML may hold."""


def escaped(text: str) -> str:
    """`text` as it may stand in a page or a picture."""
    return html.escape(_UNFIT.sub("\ufffd", text))


def timeline(
    project: Project,
    heard: Iterable[tuple[Span, str]],
    issues: Sequence[tuple[int, Issue]],
    name: str,
) -> str:
    """An SVG element. heard: the descriptions, film ms and text. issues: each with its film ms.

    name: begins its ids, so that a page can hold several.
    """
    duration = max(1, project.film.duration)
    rows = -(-duration // ROW)
    height = rows * (_AXIS + len(_LANES) * _LANE + _BETWEEN)
    told = list(heard)
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc">',
        f'<title id="{name}-title">The film at a glance</title>',
        f'<desc id="{name}-desc">{escaped(_words(project, told, issues))}</desc>',
    ]
    for row in range(rows):
        whole = Span(row * ROW, min(duration, (row + 1) * ROW))
        top = row * (height // rows)
        parts += _row(whole, top, project, told, issues)
    return "\n".join((*parts, "</svg>"))


def _words(project: Project, heard: Sequence[object], issues: Sequence[object]) -> str:
    return (
        f"{clock(project.film.duration)} of film with "
        f"{counted(len(project.speech), 'stretch of speech', 'stretches of speech')}, "
        f"{counted(len(project.gaps), 'gap')}, {counted(len(heard), 'description')} and "
        f"{counted(len(issues), 'issue')}. "
        "The tables below tell the same in words."
    )


def _row(
    whole: Span,
    top: int,
    project: Project,
    heard: Sequence[tuple[Span, str]],
    issues: Sequence[tuple[int, Issue]],
) -> Iterator[str]:
    yield f'<g aria-hidden="true" transform="translate(0 {top})">'
    fine = whole.duration <= 2 * _TICK and whole.start == 0
    for at in range(whole.start, whole.end, _FINE_TICK if fine else _TICK):
        x = _x(at, whole)
        yield f'<path class="tick" d="M{x} {_AXIS}v{len(_LANES) * _LANE}"/>'
        yield f'<text x="{x}" y="{_AXIS - 4}">{clock(at)[:-4]}</text>'
    for index, name in enumerate(_LANES):
        yield f'<text x="0" y="{_AXIS + index * _LANE + 13}">{name}</text>'
    lanes: Mapping[str, Iterable[tuple[Span, str, str]]] = {
        "scene": ((one, "scene", "") for one in project.scenes),
        "speech": ((one, "speech", "") for one in project.speech),
        "gap": (
            (one.span, "gap silent" if one.leave_silent else "gap", "") for one in project.gaps
        ),
        "cue": ((span, "cue", text) for span, text in heard),
    }
    for lane, stretches in lanes.items():
        y = _AXIS + _CLASSES.index(lane) * _LANE + 3
        for span, kind, text in stretches:
            if span.start < whole.end and span.end >= whole.start:
                yield _block(span, kind, text, whole, y)
    for at, issue in issues:
        if whole.start <= at < whole.end:
            yield _mark(at, issue.severity, issue.sentence, whole)
    yield "</g>"


def _block(span: Span, kind: str, text: str, whole: Span, y: int) -> str:
    start, end = (_x(min(max(at, whole.start), whole.end), whole) for at in (span.start, span.end))
    title = f"<title>{escaped(text)}</title>" if text else ""
    width = max(1.0, round(end - start, 1))
    return f'<rect class="{kind}" x="{start}" y="{y}" width="{width}" height="12">{title}</rect>'


_SHAPES: dict[Severity, str] = {"error": "l5 10h-10z", "caution": "l5 5l-5 5l-5 -5z", "info": "v10"}
"""A triangle, a diamond and a line."""


def _mark(at: int, severity: Severity, sentence: str, whole: Span) -> str:
    y = _AXIS + _CLASSES.index("issue") * _LANE + 4
    title = f"<title>{escaped(f'{severity}: {sentence}')}</title>"
    return f'<path class="{severity}" d="M{_x(at, whole)} {y}{_SHAPES[severity]}">{title}</path>'


def _x(at: int, whole: Span) -> float:
    length = ROW if whole.start else min(ROW, whole.duration)  # a last row is as wide as the first
    return round(_LEFT + (at - whole.start) * (_WIDTH - _LEFT - 10) / length, 1)
