"""`studio export` and `studio check`: what is handed over, and whether it may be."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from studio import batch, deliveries, settings
from studio.answers import Output, error_json
from studio.commands.options import Json, Languages, Quiet, language_codes
from studio.errors import CHECKS_EXIT_CODE

_LOUDNESS = (settings.NO_PROFILE, *(one.name for one in settings.PROFILES))


def export(
    projects: Annotated[
        list[Path], typer.Argument(metavar="PROJECT...", help="One .adproject file or more.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="PATH", help="The folder; else beside the project."),
    ] = None,
    deliver: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help=f"{deliveries.ALL}, or {', '.join(deliveries.NAMES)}; may be repeated.",
        ),
    ] = None,
    languages: Languages = None,
    loudness: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[DELIVERY=]PROFILE",
            help=f"How loud: {', '.join(_LOUDNESS)}; may be repeated.",
        ),
    ] = None,
    fold_down: Annotated[
        bool, typer.Option("--fold-down", help="Make described surround sound stereo.")
    ] = False,
    constant_rate: Annotated[
        bool,
        typer.Option("--constant-rate", help="Make freezes of frames; encodes around them."),
    ] = False,
    captions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Captions of the film, for the described one."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Make also what is there and unchanged.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be made and lost; write nothing.")
    ] = False,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make deliveries: the described film, a second track, the description alone, texts."""
    out_ = Output(json_, quiet)
    wanted = deliveries.chosen(deliver or ["film"], captions)
    profiles = deliveries.profiles_from(loudness or [], wanted)
    order = batch.Order(
        wanted,
        language_codes(languages),
        out,
        profiles,
        fold_down,
        constant_rate,
        again,
        captions,
    )
    make = batch.foresee if dry_run else batch.export
    done: list[batch.Exported] = []
    with out_.job() as progress:
        for one in make(projects, order, progress):
            done.append(one)
            _say_exported(one, out_)
            if one.error is not None and len(projects) > 1:
                typer.echo(f"studio: {one.project}: {one.error}", err=True)
    failed = [(one.project, one.error) for one in done if one.error is not None]
    if len(projects) == 1 and failed:
        raise failed[0][1]
    manifests = [one.manifest for one in done if one.manifest is not None]
    document = {
        "manifest": str(manifests[-1]) if manifests else None,
        "deliveries": [
            {**made_json(made), "project": str(one.project)} for one in done for made in one.made
        ],
        "failed": [{"project": str(project), **error_json(error)} for project, error in failed],
    }
    out_.document(document)
    if failed:
        raise typer.Exit(failed[0][1].exit_code)


def _say_exported(exported: batch.Exported, out: Output) -> None:
    for one in exported.made:
        kept = " (there already and unchanged; --again makes it anew)" if one.unchanged else ""
        out.say(f"{one.delivery} ({one.language}): {one.file}{kept}")
        out.say(*(f"  {note}" for note in one.notes))


def check(
    project: Annotated[
        Path, typer.Argument(metavar="PROJECT", help="A .adproject file, or a script.")
    ],
    languages: Languages = None,
    style: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A house style or its .toml file; else the project's."),
    ] = None,
    keep_style: Annotated[
        bool, typer.Option("--keep", help="Make --style the project's own.")
    ] = False,
    captions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Captions that no description may lie over."),
    ] = None,
    deliveries: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Also check the files of an export."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a report: .html or .json.")
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what can be mended safely, and save.")
    ] = False,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check timing, language and deliveries; exits with 7 where there are errors."""
    from studio import checking

    out_ = Output(json_, quiet)
    order = checking.Order(
        project,
        language_codes(languages),
        style,
        captions,
        deliveries,
        report,
        repair,
        keep_style,
    )
    with out_.job() as progress:
        outcome = checking.run(order, progress)
    out_.document(outcome.document())
    out_.say(*outcome.sentences())
    if outcome.errors:
        raise typer.Exit(CHECKS_EXIT_CODE)


def made_json(made: deliveries.Made) -> dict[str, Any]:
    """A delivery as a document for scripts holds it."""
    return {**asdict(made), "file": str(made.file), "notes": list(made.notes)}
