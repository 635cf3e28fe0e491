"""`studio transcribe` and `studio cast`: what people in the film say, and who says it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio import hearing, paths, settings, steps
from studio.amounts import counted
from studio.answers import Output
from studio.commands.options import Json, Quiet
from studio.errors import UsageError
from studio.progress import Progress
from studio.script import store
from studio.script.languages import language_code
from studio.script.model import Project
from studio.script.plain import to_plain
from studio.times import clock

if TYPE_CHECKING:
    from studio.media.probe import FilmInfo


def transcribe(
    project: Annotated[
        Path, typer.Argument(metavar="PROJECT", help="A .adproject file, or a film without one.")
    ],
    engine: Annotated[
        str | None,
        typer.Option("--engine", metavar="NAME", help="Who listens; see: studio engines"),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="Captions, or a plain list of who says what."),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option("--language", "-l", metavar="LANGUAGE", help="Of the dialogue; else told."),
    ] = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write down what people say, or take it from a file; texts a person wrote are kept."""
    out = Output(json_, quiet)
    if engine is not None and source is not None:
        raise UsageError("Give --engine or --from, not both.", "Nothing was done.")
    code = language_code(language) if language is not None else None
    notes: tuple[str, ...] = ()
    with out.job() as progress:
        opened, info, path, rest = opened_or_new(project, "transcribe", progress)
        if source is not None:
            opened, notes = hearing.import_lines(opened, info, source, code, rest)
            steps.save_project(opened, path)
        else:
            states = hearing.transcribe(opened, info, engine, code, rest)
            opened = saved_at_the_end(opened, states, path)
    report(opened, path, out, notes)


def cast(
    project: Annotated[
        Path, typer.Argument(metavar="PROJECT", help="A .adproject file, or a film without one.")
    ],
    diariser: Annotated[
        str, typer.Option("--diariser", metavar="NAME", help="Who tells voices apart.")
    ] = hearing.DISTINGUISHER,
    faces: Annotated[
        list[str] | None,
        typer.Option("--faces", metavar="NAME", help="Who finds faces; again for one more."),
    ] = None,
    voices_only: Annotated[
        bool, typer.Option("--voices-only", help="Only listen; do not look for faces.")
    ] = False,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find who speaks when, whose face it is and whose line; what is settled is kept."""
    if faces and voices_only:
        raise UsageError(
            "“--voices-only” looks for no faces, so “--faces” has nothing to do.",
            advice="Leave one of them out.",
        )
    out = Output(json_, quiet)
    terms = hearing.terms(diariser, faces or ())
    out.say(*terms)  # before, not after: whoever may not use it can still stop
    with out.job() as progress:
        opened, info, path, rest = opened_or_new(project, "cast", progress)
        opened, notes = hearing.cast(opened, info, diariser, not voices_only, rest, faces or ())
        steps.save_project(opened, path)
    parts = hearing.parts(opened)
    shown = steps.show(opened, opened.languages[0])
    found = {"turns": to_plain(opened.turns), "faces": to_plain(opened.faces)}
    cast_ = [asdict(one) for one in parts]
    out.document({**shown, **found, "cast": cast_, "notes": [*terms, *notes]})
    out.say(f"{path}: {counted(len(parts), 'person', 'people')} in the cast")
    for one in parts:
        said = counted(one.lines, "line")
        heard = f"speaks for {clock(one.speaks)}" if one.speaks else "not heard"
        seen = f", seen {counted(one.faces, 'time')}" if one.faces else ""
        out.say(f"{one.id:>5} {one.called}: {heard}, {said}{seen}")
    out.say(*notes)
    rules = hearing.CASTING + "."
    out.say(*(issue.sentence for issue in opened.issues if issue.rule.startswith(rules)))


def opened_or_new(
    path: Path, command: str, progress: Progress
) -> tuple[Project, FilmInfo, Path, Progress]:
    """A project, its film, its file and what is left of the progress; a film begins a project.

    The project of a film lies beside it. Raises UsageError where that is there already.
    """
    if path.suffix == store.SUFFIX:
        return *steps.open_project(path), path, progress
    file = path.with_suffix(store.SUFFIX)
    if file.exists():
        raise UsageError(
            f"{file} exists already.",
            "A project holds somebody's work and is not written over.",
            f"Go on with it: studio {command} {file}",
        )
    project, info = steps.begin(path, settings.load(paths.settings_file()), ("en",))
    project = steps.analyse(project, info, progress.part(0.0, 0.3))
    steps.save_project(project, file)
    return project, info, file, progress.part(0.3, 1.0)


def saved_at_the_end(project: Project, states: Iterator[Project], path: Path) -> Project:
    """The last of the states; saved also where a failure or a stop ends them early."""
    latest = project
    try:
        for state in states:
            latest = state
    finally:
        if latest is not project:
            steps.save_project(latest, path)
    return latest


def report(project: Project, path: Path, out: Output, notes: tuple[str, ...]) -> None:
    """Print what is in the project now, its lines first."""
    shown = steps.show(project, project.languages[0])
    out.document({**shown, "notes": list(notes)})
    spoken = f" in {project.dialogue_language}" if project.dialogue_language else ""
    out.say(f"{path}: {counted(len(project.lines), 'line')} of dialogue{spoken}")
    for line in project.lines:
        who = f"{project.called(line.person)}: " if line.person else ""
        out.say(f"{line.id:>5} {clock(line.start)} {who}{' '.join(line.text.split())}")
    out.say(*(issue.sentence for issue in project.issues if issue.rule.startswith("hearing.")))
    out.say(*notes)
