"""Projects with a fault in them, for the tests of the checks."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from studio.script import checks, styles
from studio.script.model import (
    Clip,
    Cue,
    Film,
    Issue,
    Mode,
    Placement,
    Project,
    Version,
)
from studio.speech import fit
from studio.times import Span

MINUTE = 60_000
STYLE = styles.load("neutral")


def film(duration: int = 10 * MINUTE) -> Film:
    return Film("film.mp4", 1, "f", duration, 320, 180, Fraction(25), -23.0)


def cue(
    number: int,
    start: int,
    end: int,
    text: str = "A man waits.",
    clip: int | None = None,
    *,
    tempo: float = 1.0,
    mode: Mode = "auto",
    language: str = "en",
) -> Cue:
    """A cue “c<number>”; clip: ms of a spoken clip, None where it is not spoken."""
    sound = None if clip is None else Clip("k" * 32, clip, "flite", "rms", tempo)
    return Cue(f"c{number}", start, end, (Version(language, text, sound),), mode=mode)


def project(*cues: Cue, **changes: Any) -> Project:
    return Project(**{"film": film(), "cues": cues, **changes})


def texts(*written: str, language: str = "en") -> Project:
    """A cue for each text, 10 s apart, not spoken."""
    cues = (
        cue(number, number * 10_000, number * 10_000 + 5000, text, language=language)
        for number, text in enumerate(written, start=1)
    )
    return project(*cues, languages=(language,))


def found(
    made: Project,
    rule: str,
    placements: Iterable[Placement] | None = None,
    style: styles.Style = STYLE,
    language: str | None = None,
) -> list[Issue]:
    """The issues of one rule; placements: None for what the planner plans."""
    code = language or made.languages[0]
    planned = fit.plan(made, code) if placements is None else tuple(placements)
    return [one for one in checks.check(made, code, planned, style) if one.rule == rule]


def cues_of(issues: Iterable[Issue]) -> list[str]:
    return [one.cue for one in issues]


def speech(*edges: int) -> tuple[Span, ...]:
    """Stretches of speech from pairs of edges, ms."""
    return tuple(Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True))
