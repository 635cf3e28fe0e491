"""What the checks find in a script: pure functions of a project, its plan and a style.

    check        every breach of a rule, as issues, in order of time
    faults       the rules of language a text alone would break
    faults_of    how many they are
    waived, open_issues   what a person lets pass, and the rest
    overlaps     descriptions over the dialogue of captions, with no film at hand
    repair       the project without an issue, where that can be done safely
    RULES        the table of all rules (studio.script.rules)

1,500 cues take a fraction of 0.2 s (tests/bench/checks.py), and what was worked out for a text is
kept, so that all of it can run while somebody types.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from studio.progress import Progress, unwatched
from studio.script.checks import (
    coverage,
    names,
    repetition,
    screen,
    subtitles,
    tense,
    timing,
    wording,
)
from studio.script.checks.repairs import repair
from studio.script.checks.subject import Finding, Subject
from studio.script.checks.text import shown
from studio.script.formats.script import Entry
from studio.script.model import Cue, Issue, Placement, Project, Version, Waiver
from studio.script.rules import BY_ID, RULES, Number, Rule
from studio.script.styles import Style
from studio.times import clock, joined

__all__ = [
    "BY_ID",
    "RULES",
    "Number",
    "Rule",
    "check",
    "faults",
    "faults_of",
    "not_waived",
    "open_issues",
    "overlaps",
    "repair",
    "waived",
]

_FINDERS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    timing.findings,
    coverage.findings,
    tense.findings,
    wording.findings,
    repetition.findings,
    names.findings,
    screen.findings,
    subtitles.findings,
)


def check(
    project: Project,
    language: str,
    placements: Sequence[Placement],
    style: Style,
    progress: Progress | None = None,
) -> tuple[Issue, ...]:
    """Every breach of a rule in one language version, in order of time; one a rule and cue.

    placements: where the clips are planned (speech.fit.plan). Issues about a cue's room, which all
    languages share, have no language. progress: only asked whether to go on.
    """
    going_on = unwatched() if progress is None else progress
    subject = Subject(project, language, placements, style)
    places = {cue.id: place for place, cue in enumerate(subject.rooms, start=1)}
    found = []
    for finder in _FINDERS:
        going_on.check()
        for one in finder(subject):
            going_on.check()
            severity = style.severity(one.rule)
            if severity is not None:
                found.append(Issue(one.rule, severity, one.sentence, one.cue, one.language))
    return tuple(sorted(found, key=lambda one: places.get(one.cue, 0)))


def faults_of(text: str, project: Project, language: str, style: Style) -> int:
    """How many rules of words and tense `text` would break as a description in `project`."""
    return len(faults(text, project, language, style))


def faults(text: str, project: Project, language: str, style: Style) -> tuple[Rule, ...]:
    """The rules of words and tense that `text` would break as a description in `project`."""
    cue = Cue("", 0, 0, (Version(language, text),))
    subject = Subject(replace(project, cues=(cue,)), language, (), style)
    found = {one.rule for finder in (tense, wording) for one in finder.findings(subject)}
    return tuple(
        BY_ID[rule] for rule in sorted(found) if style.severity(rule) not in (None, "info")
    )


def waived(project: Project, issues: Iterable[Issue]) -> tuple[tuple[Issue, Waiver], ...]:
    """The issues that a person lets pass, each with the waiver that says why."""
    reasons = {_key(one): one for one in project.waivers}
    return tuple((one, reasons[_key(one)]) for one in issues if _key(one) in reasons)


def open_issues(project: Project, issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """The issues that nobody lets pass."""
    return not_waived(project.waivers, issues)


def not_waived(waivers: Iterable[Waiver], issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """The issues that none of `waivers` lets pass."""
    reasons = {_key(one) for one in waivers}
    return tuple(one for one in issues if _key(one) not in reasons) if reasons else tuple(issues)


def _key(one: Issue | Waiver) -> tuple[str, str, str]:
    return one.rule, one.cue, one.language


def overlaps(
    descriptions: Sequence[Entry], captions: Iterable[Entry], allowed: int = 0
) -> tuple[Issue, ...]:
    """One issue for each description that lies over dialogue as captions show it.

    The cue of an issue is the description's id, or its number from 1 where it has none. allowed:
    ms of overlap that are let pass.
    """
    dialogue = joined(one.span for one in captions)
    starts = [one.start for one in dialogue]
    found = []
    for number, one in enumerate(descriptions, start=1):
        shared = timing.over(one.span, dialogue, starts)
        if shared > allowed:
            what = (
                f"The description at {clock(one.span.start)} (“{shown(one.text)}”) lies "
                f"{shared} ms over dialogue of the captions. Move it, or shorten it."
            )
            rule = BY_ID["timing.over-captions"]
            found.append(Issue(rule.id, rule.severity, what, one.id or str(number)))
    return tuple(found)
