"""The commands that make, fill and show a project, a step of the work each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio import paths, rehearsal, settings, steps, wording
from studio.amounts import counted
from studio.answers import Output
from studio.commands.options import (
    Describer,
    FilmPath,
    InlineOnly,
    Json,
    Languages,
    ProjectPath,
    Quiet,
    Speaker,
    Voice,
    language_codes,
)
from studio.errors import UsageError
from studio.script import formats, store
from studio.script.checks.describability import describability
from studio.script.languages import language_code
from studio.script.model import Project
from studio.times import clock


def new_project(
    film: FilmPath,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="PATH", help="The project file to write.")
    ] = None,
    languages: Languages = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Probe a film, find its scenes, speech and gaps, and write the project."""
    out_ = Output(json_, quiet)
    path = out if out is not None else film.with_suffix(store.SUFFIX)
    refuse_overwriting(path)
    with out_.job() as progress:
        own = settings.load(paths.settings_file())
        project = steps.new(film, own, language_codes(languages, ("en",)), progress)
    steps.save_project(project, path)
    report(project, path, out_)


def draft(
    project: ProjectPath,
    languages: Languages = None,
    describer: Describer = steps.DEFAULT_DESCRIBER,
    inline_only: InlineOnly = False,
    dialogue: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Captions of the film, for describers that read."),
    ] = None,
    translator: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Translate instead of describing; see: studio engines"),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="LANGUAGE", help="What to translate; else the first."),
    ] = None,
    story: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The story so far, for describers that read; kept. -: from stdin."
        ),
    ] = None,
    cues: Annotated[
        list[str] | None,
        typer.Option(
            "--cue", metavar="ID", help="Only this one, even if accepted; may be repeated."
        ),
    ] = None,
    ranker: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose taste chooses: picks, adapter:FOLDER or none."),
    ] = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Draft a description for every gap, or translate them; texts a person wrote are kept."""
    out_ = Output(json_, quiet)
    opened, info = steps.open_project(project)
    codes = language_codes(languages, opened.languages)
    lines = wording.dialogue_from(dialogue) if dialogue is not None else ()
    only = wording.cues_named(opened, cues, translator)
    by = wording.terms("describer", describer)
    terms = by if translator is None else wording.terms("translator", translator)
    out_.say(*terms)
    latest = told = opened if story is None else wording.with_story(opened, story)
    try:
        with out_.job() as progress:
            if translator is None:
                states = steps.drafts(
                    told, info, codes, describer, inline_only, progress, lines, only, ranker
                )
            else:
                from_ = language_code(source or opened.languages[0])
                targets = [one for one in codes if languages or one != from_]
                states = wording.translations(told, from_, targets, translator, progress)
            for state in states:
                latest = state
    finally:  # what was drafted before a failure or a stop is worth keeping
        if latest is not opened:
            steps.save_project(latest, project)
    report(latest, project, out_, terms=terms)


def speak(
    project: ProjectPath,
    languages: Languages = None,
    speaker: Speaker = None,
    voice: Voice = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Speak every written cue, at a pace that fits its gap."""
    out_ = Output(json_, quiet)
    opened, _ = steps.open_project(project)
    codes = language_codes(languages, opened.languages)
    terms = rehearsal.terms(steps.voices_for(opened, codes, speaker, voice))
    out_.say(*terms)  # before, not after: whoever may not use it can still stop
    with out_.job() as progress:
        opened = steps.speak(opened, codes, speaker, voice, progress, store.takes_folder(project))
    steps.save_project(opened, project)
    report(opened, project, out_, terms=terms)


def import_script(
    project: ProjectPath,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=f"A script ({', '.join(formats.suffixes())}), or a folder of clips.",
        ),
    ],
    language: Annotated[
        str, typer.Option(metavar="LANGUAGE", help="The language of its texts.")
    ] = "en",
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help=f"Where its ending does not tell: {', '.join(r.name for r in formats.readable())}",
        ),
    ] = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Bring the texts of a script into the project, onto the cues they belong to."""
    out_ = Output(json_, quiet)
    opened = store.load(project)
    code, takes = language_code(language), store.takes_folder(project)
    with out_.job() as progress:
        opened, notes = steps.import_from(opened, file, code, takes, progress, format_)
    store.save(opened, project)
    report(opened, project, out_, notes=notes)


def relink(
    project: ProjectPath,
    film: FilmPath,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tell a project where its film lies now; the content must be the same."""
    out_ = Output(json_, quiet)
    opened = steps.relink(project, film)
    steps.save_project(opened, project)
    report(opened, project, out_)


def show(
    project: ProjectPath,
    language: Annotated[
        str | None,
        typer.Option("--language", "-l", metavar="LANGUAGE", help="Whose plan; else the first."),
    ] = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print what is in a project."""
    out_ = Output(json_, quiet)
    opened = store.load(project)
    report(opened, project, out_, language, cues=True)


def refuse_overwriting(project: Path) -> None:
    """Raise UsageError where a project file is there already."""
    if project.exists():
        raise UsageError(
            f"{project} exists already.",
            "A project holds somebody's work and is not written over.",
            f"Choose another name, or go on with it: studio export {project}",
        )


def report(
    project: Project,
    path: Path,
    out: Output,
    language: str | None = None,
    cues: bool = False,
    notes: tuple[str, ...] = (),
    terms: tuple[str, ...] = (),
) -> None:
    """Say what is in a project; terms were said before the work, so only a document has them."""
    code = language_code(language) if language is not None else project.languages[0]
    shown = steps.show(project, code)
    told = [*terms, *notes]
    out.document({**shown, "notes": told} if told else shown)
    film = shown["film"]
    held = ", ".join(counted(len(shown[f"{one}s"]), one) for one in ("scene", "gap", "cue"))
    out.say(f"{path}: {Path(film['path']).name}, {clock(film['duration'])}, {held}")
    for cue in shown["cues"] if cues else ():
        waits = f", the film waits {clock(cue['freeze'])}" if cue["freeze"] else ""
        text = cue["text"].get(code, "")
        out.say(f"{cue['id']:>5} {clock(cue['at'])} {cue['state']}{waits}: {text}")
    out.say(describability(project).sentence)
    for issue in shown["issues"]:
        out.say(f"{issue['severity']}: {issue['sentence']}")
    out.say(*notes)
