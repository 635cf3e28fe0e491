"""What the checks found, as one HTML page and as plain values for JSON.

The page is for people, many of whom hear it: a language, one heading for each part, tables with
captions and heads for rows and columns, nothing told by colour alone, no script, nothing fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from studio.script.beds import mood
from studio.script.checks.describability import Describability
from studio.script.checks.picture import escaped, timeline
from studio.script.checks.repairs import repair
from studio.script.checks.subject import Subject
from studio.script.model import Bed, Issue, Project, Severity, Waiver
from studio.script.plain import to_plain
from studio.script.rules import BY_ID
from studio.times import MS_PER_SECOND, Span, clock

_SEVERITIES: tuple[Severity, ...] = ("error", "caution", "info")
_WORDS: dict[Severity, str] = {"error": "Error", "caution": "Caution", "info": "Information"}


@dataclass(frozen=True)
class Checked:
    """One language version with what was found in it. room: None where the film is not known."""

    name: str
    subject: Subject
    issues: tuple[Issue, ...]
    waived: tuple[tuple[Issue, Waiver], ...]
    room: Describability | None

    @property
    def project(self) -> Project:
        """The project that was checked."""
        return self.subject.project

    @cached_property
    def _times(self) -> dict[str, int]:
        planned = {one.cue.id: one.at for one in self.subject.written}
        return {cue.id: planned.get(cue.id, cue.start) for cue in self.project.cues}

    def at(self, issue: Issue) -> int | None:
        """Film ms of the cue an issue is about; None where it is about the whole."""
        return self._times.get(issue.cue)


def plain(checked: Checked) -> dict[str, Any]:
    """What was found, as plain values; times in ms. `repairable`: `checks.repair` can mend it."""
    return {
        "project": checked.name,
        "language": checked.subject.language,
        "style": checked.subject.style.name,
        "counts": {one: _count(checked.issues, one) for one in _SEVERITIES},
        "issues": [_plain_issue(checked, one) for one in checked.issues],
        "waived": [
            {**_plain_issue(checked, one), "reason": waiver.reason}
            for one, waiver in checked.waived
        ],
        "describability": None if checked.room is None else asdict(checked.room),
        "beds": [_plain_bed(one) for one in checked.project.beds],
    }


def _plain_bed(bed: Bed) -> dict[str, Any]:
    """Where sound is added, as what. made: whether it sounds in the film yet."""
    return {
        "start": bed.start,
        "end": bed.end,
        "mood": mood(bed),
        "engine": bed.engine,
        "gain": bed.gain,
        "made": bool(bed.sound),
    }


def _plain_issue(checked: Checked, issue: Issue) -> dict[str, Any]:
    rule = BY_ID.get(issue.rule)
    return {
        **to_plain(issue),
        "title": issue.rule if rule is None else rule.title,
        "source": "" if rule is None else checked.subject.style.source(issue.rule),
        "at": checked.at(issue),
        "repairable": repair(checked.project, issue) is not None,
    }


def _count(issues: Iterable[Issue], severity: Severity) -> int:
    return sum(one.severity == severity for one in issues)


# --- the page -------------------------------------------------------------------------------------


def page(versions: Sequence[Checked]) -> str:
    """One HTML page on all language versions of a project, complete in itself. At least one."""
    name = escaped(versions[0].name)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        '<head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Checks: {name}</title>",
        f"<style>{_LOOKS}</style></head>",
        "<body><header>",
        f"<h1>Checks: {name}</h1>",
        "</header><main>",
        _summary(versions),
        _room(versions[0].room),
        _beds(versions[0]),
        *(part for one in versions for part in _version(one)),
        "</main></body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _summary(versions: Sequence[Checked]) -> str:
    rows = [
        [
            one.subject.language,
            one.subject.style.title,
            *(str(_count(one.issues, severity)) for severity in _SEVERITIES),
            str(len(one.waived)),
        ]
        for one in versions
    ]
    heads = ("Language", "Style", "Errors", "Cautions", "Information", "Waived")
    return f"<h2>Summary</h2>\n{_table('Issues by language', heads, rows)}"


def _room(room: Describability | None) -> str:
    if room is None:
        return ""
    facts = (
        ("Suggested", f"{room.suggested} description"),
        ("Why", room.why),
        ("Usable gaps", str(room.gaps)),
        (
            "Usable time",
            f"{room.usable / MS_PER_SECOND:.1f} s, {room.share * 100:.0f} % of the film",
        ),
        ("Longest gap", f"{room.longest / MS_PER_SECOND:.1f} s"),
        ("Words that fit", str(room.words)),
    )
    listed = "".join(f"<dt>{name}</dt><dd>{escaped(fact)}</dd>" for name, fact in facts)
    rows = [
        [
            f"from {one.start} s" if one.end is None else f"{one.start} to {one.end} s",
            str(one.count),
        ]
        for one in room.histogram
    ]
    table = _table("Usable gaps by length", ("Length", "Gaps"), rows)
    return f"<h2>Room for description</h2>\n<dl>{listed}</dl>\n{table}"


def _beds(checked: Checked) -> str:
    """Where sound was added to the film: an editorial act, so it is told where it was not, too."""
    if checked.room is None:  # a script without a film
        return ""
    rows = [
        [
            clock(one.start),
            clock(one.end),
            "yes" if one.sound else "planned, not made yet",
            f"{one.gain:+.1f} dB",
            one.engine,
            mood(one),
        ]
        for one in checked.project.beds
    ]
    if not rows:
        return "<h2>Added sound</h2>\n<p>No background sound was added to the film.</p>"
    heads = ("From", "To", "In the film", "Level", "Made by", "Mood")
    table = _table("Background sound that was added to the film", heads, rows)
    return f"<h2>Added sound</h2>\n{table}"


def _version(checked: Checked) -> Iterable[str]:
    subject = checked.subject
    language = escaped(subject.language)
    yield f'<section aria-labelledby="version-{language}">'
    yield f'<h2 id="version-{language}">Language {language}</h2>'
    yield "<h3>Issues</h3>"
    yield _issues(checked)
    if checked.waived:
        rows = [
            [_when(checked, one), _title(one), one.sentence, waiver.reason]
            for one, waiver in checked.waived
        ]
        heads = ("Time", "Rule", "What", "Reason")
        yield f"<h3>Waived</h3>\n{_table('Issues that were let pass', heads, rows)}"
    yield "<h3>Timeline</h3>"
    heard = [(one.heard, one.text) for one in subject.written]
    marked = [(at, one) for one in checked.issues if (at := checked.at(one)) is not None]
    picture = timeline(subject.project, heard, marked, f"timeline-{language}")
    yield f"<figure>{picture}</figure>"
    yield _in_words(checked)
    yield "</section>"


def _issues(checked: Checked) -> str:
    if not checked.issues:
        return "<p>Nothing was found.</p>"
    rows = [
        [
            _when(checked, one),
            _WORDS[one.severity],
            _title(one),
            one.sentence,
            checked.subject.style.source(one.rule) if one.rule in BY_ID else "",
        ]
        for severity in _SEVERITIES
        for one in checked.issues
        if one.severity == severity
    ]
    heads = ("Time", "Severity", "Rule", "What, and what to do", "Asked for by")
    return _table("Issues, the gravest first", heads, rows)


def _in_words(checked: Checked) -> str:
    """All that the picture shows, in order of time."""
    project = checked.project
    happenings: list[tuple[Span, str, str]] = [
        *((one, "Speech", "") for one in project.speech),
        *(
            (one.span, "Gap", "to be left silent" if one.leave_silent else "")
            for one in project.gaps
        ),
        *((one.heard, "Description", one.text) for one in checked.subject.written),
    ]
    rows = [
        [clock(span.start), clock(span.end), kind, text]
        for span, kind, text in sorted(happenings, key=lambda one: (one[0], one[1]))
    ]
    heads = ("From", "To", "What", "Text")
    table = _table("The timeline in words", heads, rows, checked.subject.language)
    return f"<details><summary>The timeline in words</summary>{table}</details>"


def _when(checked: Checked, issue: Issue) -> str:
    at = checked.at(issue)
    return "whole film" if at is None else clock(at)


def _title(issue: Issue) -> str:
    rule = BY_ID.get(issue.rule)
    return issue.rule if rule is None else f"{rule.title} ({rule.id})"


def _table(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], language: str = ""
) -> str:
    """The first cell of each row is its head; language: that of the last one, where not English."""
    spoken = f' lang="{escaped(language)}"' if language else ""
    top = "".join(f'<th scope="col">{escaped(head)}</th>' for head in heads)
    body = "\n".join(
        f'<tr><th scope="row">{escaped(row[0])}</th>'
        + "".join(f"<td>{escaped(cell)}</td>" for cell in row[1:-1])
        + f"<td{spoken}>{escaped(row[-1])}</td></tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" role="region" aria-label="{escaped(caption)}" tabindex="0">'
        f"<table><caption>{escaped(caption)}</caption>\n<thead><tr>{top}</tr></thead>\n"
        f"<tbody>{body}</tbody></table></div>"
    )


_LOOKS = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --line: #767676;
  --speech: #8a5a00; --gap: #bcd7ee; --cue: #0b5cad; --scene: #999; --error: #b00020; }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --paper: #161616; --line: #8a8a8a;
  --speech: #f0b95a; --gap: #23425c; --cue: #7db9f5; --scene: #777; --error: #ff8a94; } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 75rem; margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; } caption { text-align: start; font-weight: bold; }
th, td { border: 1px solid var(--line); padding: .3em .6em; text-align: start;
  vertical-align: top; font-weight: normal; } thead th, dt { font-weight: bold; }
.scroll { overflow-x: auto; margin: 1em 0; } figure { margin: 1em 0; overflow-x: auto; }
svg { min-width: 50rem; width: 100%; } svg text { font: 11px system-ui, sans-serif;
  fill: var(--ink); } .tick { stroke: var(--line); stroke-width: .5; }
.scene { fill: none; stroke: var(--scene); } .speech { fill: var(--speech); }
.gap { fill: var(--gap); stroke: var(--line); } .silent { stroke-dasharray: 3 2; fill: none; }
.cue { fill: var(--cue); } .error { fill: var(--error); } .caution { fill: none;
  stroke: var(--error); } .info { stroke: var(--ink); }
@media print { details > * { display: block; } }
"""
