"""The checks of a whole project, of a script without a film, and of a folder of deliveries.

What `studio check` does, without printing: `run` an Order, and the Outcome tells what was found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from studio import steps
from studio.amounts import counted
from studio.errors import UsageError
from studio.progress import Progress
from studio.script import beds, checks, edits, formats, store, styles
from studio.script.checks.describability import describability
from studio.script.checks.report import Checked, page, plain
from studio.script.checks.subject import Subject
from studio.script.formats.script import Entry
from studio.script.model import Cue, Film, Issue, Placement, Project, Severity, Version
from studio.script.plain import to_plain
from studio.script.styles import Style
from studio.times import Span

REPORTS = (".html", ".json")


@dataclass(frozen=True)
class Order:
    """What to check. file: a project, or a script without a film.

    languages: () for all of the project, or English for a script. style: a name or a .toml file;
    None for the project's. captions: dialogue that no description may lie over. deliveries: the
    folder of an export of the project. report: where to write one. repair: mend and save first.
    keep_style: the style becomes the project's own.
    """

    file: Path
    languages: tuple[str, ...] = ()
    style: str | None = None
    captions: Path | None = None
    deliveries: Path | None = None
    report: Path | None = None
    repair: bool = False
    keep_style: bool = False


@dataclass(frozen=True)
class Outcome:
    """What was found, one Checked a language.

    deliveries: issues about files. mended: what was repaired. report: where one was written.
    """

    versions: tuple[Checked, ...]
    deliveries: tuple[Issue, ...] = ()
    mended: tuple[Issue, ...] = ()
    report: Path | None = None

    @property
    def issues(self) -> tuple[Issue, ...]:
        """All that is open."""
        return (*(issue for one in self.versions for issue in one.issues), *self.deliveries)

    @property
    def errors(self) -> int:
        """How many open issues are errors."""
        return sum(one.severity == "error" for one in self.issues)

    def document(self) -> dict[str, Any]:
        """All of it as plain values; see `report.plain`."""
        return {
            "errors": self.errors,
            "versions": [plain(one) for one in self.versions],
            "deliveries": to_plain(self.deliveries),
            "repaired": to_plain(self.mended),
            "report": None if self.report is None else str(self.report),
        }

    def sentences(self) -> Iterator[str]:
        """All of it for people, the gravest first."""
        for one in self.versions:
            counts = ", ".join(
                counted(sum(issue.severity == severity for issue in one.issues), name)
                for severity, name in _COUNTED.items()
            )
            style = one.subject.style.title
            yield f"{one.subject.language} ({style}): {counts}, {len(one.waived)} waived"
        several = len(self.versions) > 1
        for bed in self.versions[0].project.beds:
            made = "Sound is added" if bed.sound else "Sound is planned, but not made yet"
            yield f"{made}: {beds.told(bed)}"
        room = self.versions[0].room
        if room is not None:
            yield room.sentence
        for severity in _COUNTED:
            for issue in self.issues:
                if issue.severity == severity:
                    told = f"{issue.language} {issue.rule}" if several else issue.rule
                    yield f"{severity}: {issue.sentence} [{told.strip()}]"
        if self.mended:
            mended = counted(len(self.mended), "repair")
            yield f"{mended} made. Speak the project again: studio speak"
        if self.report is not None:
            yield f"The report is {self.report}."


_COUNTED: dict[Severity, str] = {
    "error": "error",
    "caution": "caution",
    "info": "remark",
}


def run(order: Order, progress: Progress) -> Outcome:
    """Check what was ordered. Raises UsageError, ProjectError, and MediaError for deliveries."""
    if order.report is not None:
        _check_suffix(order.report)
    style = None if order.style is None else styles.load(order.style)
    captions = () if order.captions is None else read_entries(order.captions)
    mended: tuple[Issue, ...] = ()
    made: tuple[Issue, ...] = ()
    if order.file.suffix.lower() == store.SUFFIX:
        project = store.load(order.file)
        languages = order.languages or project.languages
        before = project
        if order.keep_style:
            project = edits.set_style(project, _kept(order.style))
        if order.repair:
            project, mended = repaired(project, languages, style)
        if project != before:
            store.save(project, order.file)
        found = versions(order.file.stem, project, languages, style, captions)
        if order.deliveries is not None:
            made = deliveries(order.file, order.deliveries, style, progress)
    else:
        ordered = order.repair or order.keep_style or order.deliveries is not None
        if ordered or len(order.languages) > 1:
            raise UsageError(
                f"{order.file.name} is a script, not a project.",
                "It has one language, and neither a style of its own, repairs nor deliveries.",
                f"Bring it into a project first: studio import PROJECT {order.file.name}",
            )
        found = (script(order.file, (*order.languages, "en")[0], style, captions),)
    if order.report is not None:
        write_report(order.report, found)
    return Outcome(found, made, mended, order.report)


def _kept(style: str | None) -> str:
    """How a project names a style: a file by its whole path."""
    if style is None:
        raise UsageError(
            "There is no style to keep.",
            advice=f"Name one with --style: {', '.join(styles.names())}, or a file.",
        )
    return str(Path(style).resolve()) if style.endswith(styles.SUFFIX) else style


def _check_suffix(file: Path) -> None:
    if file.suffix.lower() not in REPORTS:
        raise UsageError(
            f"A report cannot be written as “{file.name}”.",
            advice=f"Give it a name that ends in {' or '.join(REPORTS)}.",
        )


def versions(
    name: str,
    project: Project,
    languages: Sequence[str],
    style: Style | None,
    captions: Sequence[Entry] = (),
) -> tuple[Checked, ...]:
    """Each language version of a project with its issues; style: None for the project's own.

    captions: dialogue as captions show it, which no description may lie over. An issue about a
    cue's room, which all languages share, is told once, in the first.
    """
    told: set[Issue] = set()
    done = []
    for language in languages:
        own, missing = (style, ()) if style is not None else styles.house_style(project)
        placements = steps.plan(project, language)
        subject = Subject(project, language, placements, own)
        found = (
            *steps.reported(project, language),
            *missing,
            *checks.check(project, language, placements, own),
            *_over_captions(subject, captions),
        )
        new = tuple(one for one in dict.fromkeys(found) if one not in told)
        told.update(new)
        done.append(_checked(name, subject, new, known_film=True))
    return tuple(done)


# a script's times say when a text is shown, or, where they are short, that the film waits; not how
# long a voice speaks
_NEED_A_FILM = ("timing.short-gap", "timing.rooms-overlap", "timing.crowded")


def script(
    file: Path, language: str, style: Style | None, captions: Sequence[Entry] = ()
) -> Checked:
    """A script without a film. Its times count as heard; there is no pace and are no gaps.

    Raises ProjectError where it cannot be read.
    """
    entries = read_entries(file)
    last = max(one.span.end for one in entries)
    film = Film(file.name, 0, "", max(1, last), 1, 1, Fraction(25), None)
    ids = [f"{number}" for number, _ in enumerate(entries, start=1)]
    cues = tuple(
        Cue(cue_id, one.span.start, one.span.end, (Version(language, one.text),))
        for cue_id, one in zip(ids, entries, strict=True)
    )
    placements = tuple(Placement(cue.id, "fits", cue.start, cue.end - cue.start) for cue in cues)
    project = Project(film, cues=cues, languages=(language,))
    chosen = style if style is not None else styles.load(project.style)
    subject = Subject(project, language, placements, chosen)
    found = (
        *(
            one
            for one in checks.check(project, language, placements, chosen)
            if one.rule not in _NEED_A_FILM
        ),
        *_over_captions(subject, captions),
    )
    return _checked(file.stem, subject, found, known_film=False)


def read_entries(file: Path) -> tuple[Entry, ...]:
    """The entries of a script or of captions. Raises UsageError or ProjectError."""
    return formats.read(file).entries


def _over_captions(subject: Subject, captions: Sequence[Entry]) -> tuple[Issue, ...]:
    severity = subject.style.severity("timing.over-captions")
    if severity is None or not captions:
        return ()
    allowed = int(subject.number("timing.over-captions", "allowed"))
    heard = [Entry(one.heard, one.text, one.cue.id) for one in subject.written]
    return tuple(
        Issue(one.rule, severity, one.sentence, one.cue, subject.language)
        for one in checks.overlaps(heard, captions, allowed)
    )


def _checked(name: str, subject: Subject, found: Sequence[Issue], *, known_film: bool) -> Checked:
    project = subject.project
    return Checked(
        name,
        subject,
        checks.open_issues(project, found),
        checks.waived(project, found),
        describability(project) if known_film else None,
    )


def repaired(
    project: Project, languages: Sequence[str], style: Style | None
) -> tuple[Project, tuple[Issue, ...]]:
    """The project with all repaired that can be safely, and the issues that were.

    What a person lets pass stays as it is.
    """
    mended: list[Issue] = []
    for language in languages:
        own = style if style is not None else styles.house_style(project)[0]
        found = checks.check(project, language, steps.plan(project, language), own)
        for issue in checks.open_issues(project, found):
            better = checks.repair(project, issue)
            if better is not None:
                project = better
                mended.append(issue)
    return project, tuple(mended)


def deliveries(
    project_file: Path, folder: Path, style: Style | None, progress: Progress
) -> tuple[Issue, ...]:
    """What is wrong with the deliveries of a project in `folder`, as issues.

    Raises UsageError where there is no list of deliveries, and what opening a project raises.
    """
    from studio.mix.verify import Heard, Tolerances, verify

    project, info = steps.open_project(project_file)
    own = style if style is not None else styles.house_style(project)[0]
    heard = {
        language: Heard(*heard_in_output(project, steps.plan(project, language)))
        for language in project.languages
    }
    tolerances = Tolerances(
        own.number("delivery.loudness", "tolerance", project.settings),
        own.number("delivery.peak", "tolerance", project.settings),
    )
    found = []
    for one in verify(folder, info, heard, tolerances, progress):
        severity = own.severity(one.rule)
        if severity is not None:
            found.append(Issue(one.rule, severity, one.sentence, one.cue, one.language))
    return checks.open_issues(project, found)


def heard_in_output(
    project: Project, placements: Sequence[Placement]
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Speech and clips in ms of the described film."""
    waits = [(one.freeze_at, one.freeze) for one in placements if one.freeze]

    def output(ms: int) -> int:
        return ms + sum(freeze for at, freeze in waits if at < ms)

    speech = tuple(Span(output(one.start), output(one.end)) for one in project.speech)
    clips = tuple(
        Span(output(one.start), output(one.start) + one.duration)
        for one in placements
        if one.clip is not None
    )
    return speech, clips


def write_report(file: Path, found: Sequence[Checked]) -> None:
    """Write what was found as a page for people (.html) or as JSON (.json).

    Raises UsageError for another suffix, ProjectError where the file cannot be written.
    """
    _check_suffix(file)
    if file.suffix.lower() == ".html":
        text = page(found)
    else:
        document = {"versions": [plain(one) for one in found]}
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    store.write_text(file, text)
