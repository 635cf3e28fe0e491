"""`studio sync`: picture against sound, and putting them back in step."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

from studio import syncing
from studio.answers import Output
from studio.commands.options import Json
from studio.errors import UsageError

_NORMS = ", ".join(syncing.norm_names())


def sync(
    film: Annotated[Path, typer.Argument(metavar="FILM", help="The film to check.")],
    repair: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Write the film in step to this file."),
    ] = None,
    late: Annotated[
        float | None,
        typer.Option(metavar="MS", help="How late the sound is, where you know; not measured."),
    ] = None,
    norm: Annotated[
        str, typer.Option(metavar="NAME", help=f"What it is held against: {_NORMS}.")
    ] = "itu",
    meter: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who measures: correlation, learned or learned:MODEL."),
    ] = None,
    json_: Json = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress and no summary.")
    ] = False,
) -> None:
    """Check whether picture and sound are in step; with --repair, put them back."""
    out_ = Output(json_, quiet)
    if norm not in syncing.norm_names():
        raise UsageError(f"There is no norm “{norm}”.", advice=f"Choose one of: {_NORMS}.")
    if late is not None:
        if repair is None:
            raise UsageError(
                "--late says how late the sound is, but not where to write the film.",
                advice="Give --repair OUT too.",
            )
        with out_.job() as progress:
            notes = syncing.repair_by(film, repair, late, progress)
        out_.document({"repaired": str(repair), "late": late, "notes": list(notes)})
        out_.say(f"{repair}: the sound lies {late:g} ms earlier.", *notes)
        return
    name = cast("syncing.NormName", norm)
    if repair is not None:
        syncing.check_target(film, repair)  # before the long part
    with out_.job() as progress:
        before = syncing.check_sync(film, progress.part(0, 0.5 if repair else 1), name, meter)
        if repair is None:
            out_.document(before.to_json())
            out_.say(before.verdict, *_told(before))
            return
        notes = syncing.repair_sync(film, repair, before.measured, progress.part(0.5, 0.7))
        after = syncing.check_sync(repair, progress.part(0.7, 1), name, meter)
    out_.document(
        before.to_json() | {"repaired": str(repair), "notes": list(notes), "after": after.to_json()}
    )
    out_.say(before.verdict, f"{repair}: {after.verdict}", *notes, *_told(before))


def _told(checked: syncing.Checked) -> list[str]:
    """Who measured, where that is no plain computation."""
    return [f"Measured by “{checked.meter}”. {checked.learned_from}"] * bool(checked.learned_from)
