"""`studio engines ...` and `studio doctor`: what there is to work with, and getting more of it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from studio import engines
from studio.amounts import counted
from studio.answers import Output
from studio.commands.options import Json, Quiet
from studio.doctor import examine
from studio.engines import fetch, outside
from studio.engines.models import Model, catalogue
from studio.engines.models import model as model_named
from studio.errors import EngineError, UsageError
from studio.progress import Cancelled

commands = typer.Typer(
    name="engines",
    help="List the engines: what they do, in which languages, and what they still need.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@commands.callback()
def list_engines(
    context: typer.Context,
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="WHAT:HOST", help="Let frames, sound or text go there: text:HOST."),
    ] = None,
    forbid: Annotated[
        list[str] | None, typer.Option(metavar="WHAT:HOST", help="Take that back.")
    ] = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the engines: what they do, in which languages, and what they still need."""
    if context.invoked_subcommand is not None:
        return
    out_ = Output(json_, quiet)
    for word in allow or ():
        outside.change(word, allow=True)
    for word in forbid or ():
        outside.change(word, allow=False)
    listed = [_engine_json(row) for row in engines.rows()]
    allowed = outside.allowed()
    out_.document({"engines": listed, "allowed": allowed})
    for one in listed:
        state = "ready" if one["ready"] else "needs: " + "; ".join(one["get"])
        languages = ", ".join(one["languages"]) or "many"
        out_.say(f"{one['kind']:12} {one['name']:12} {state}")
        sends = f"; sends {one['sends']} off this machine" if one["sends"] else ""
        if one["learned_from"]:
            out_.say(f"{'':12} {one['learned_from']}")
        out_.say(f"{'':12} {one['about']} (languages: {languages}; {one['licence']}{sends})")
    for what, hosts in allowed.items():
        out_.say(*(f"allowed: {what} may go to {host}" for host in hosts))


def _engine_json(row: engines.Row) -> dict[str, Any]:
    missing = row.missing()
    return {
        "kind": row.kind,
        "name": row.name,
        "about": row.about,
        "languages": list(row.languages),
        "licence": row.licence,
        "paid_work": row.paid_work,
        "sends": row.sends,
        "ready": not missing,
        "get": [need.get for need in missing],
        "learned_from": _learned_from(row, missing),
    }


def _learned_from(row: engines.Row, missing: tuple[engines.Need, ...]) -> str:
    """What the row's own model was trained on; "" where it has none, or cannot be read."""
    if row.kind != "sync-meter" or missing:
        return ""
    try:
        return engines.open("sync-meter", row.name).learned_from
    except EngineError as error:
        return error.what


@commands.command("get")
def get_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model; none lists them.")] = "",
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FOLDER", help="Bring it from a folder instead."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to size and licence unasked.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Delete it from this machine.")] = False,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fetch a model or a voice, after saying its size, licence and source; or list them."""
    out_ = Output(json_, quiet)
    if not name:
        _list_models(out_)
        return
    model = model_named(name)
    if remove:
        fetch.remove(model)
        out_.document({"model": name, "installed": False})
        out_.say(f"“{name}” is no longer on this machine.")
        return
    for line in _about_model(model):
        out_.say(line)
    if source is not None:
        with out_.job() as progress:
            fetch.bring(model, source, progress)
    else:
        asked = _may_ask(name, yes, json_)
        listed = fetch.listing(model)
        out_.say(f"{listed.size / 10**9:.2f} GB in {counted(len(listed.files), 'file')}.")
        if asked and not typer.confirm("Fetch them?"):
            raise Cancelled
        with out_.job() as progress:
            fetch.fetch(model, listed, progress)
    out_.document({"model": name, "installed": True, "folder": str(model.folder)})
    out_.say(f"“{name}” is in {model.folder}.")


def _may_ask(name: str, yes: bool, json_: bool) -> bool:
    """Whether the user is still to be asked. Raises UsageError where nobody could answer."""
    if yes:
        return False
    if json_ or not sys.stdin.isatty():
        raise UsageError(
            f"Fetching “{name}” needs your word.", "Nothing was fetched.", "Add --yes to agree."
        )
    return True


def _list_models(out_: Output) -> None:
    rows = [
        {**asdict(one), "installed": one.installed, "source": one.source} for one in catalogue()
    ]
    out_.document({"models": rows})
    for one in catalogue():
        out_.say(f"{one.name:20} {'here' if one.installed else 'not on this machine'}")
        for line in _about_model(one):
            out_.say(f"{'':20} {line}")


def _about_model(model: Model) -> tuple[str, ...]:
    paid = "" if model.commercial else " It allows no paid work."
    return (
        f"{model.about}, for the {model.kind or 'engine'} {model.engine}; "
        f"about {model.size:g} GB to fetch, {model.memory:g} GB of memory",
        f"Licence: {model.licence}.{paid}",
        f"Source: {model.source}",
    )


def doctor(json_: Json = False, quiet: Quiet = False) -> None:
    """Say what is installed, what is missing and how to get it; exits with 5 if work would stop."""
    out_ = Output(json_, quiet)
    findings = examine()
    out_.document({"findings": [asdict(one) for one in findings]})
    for one in findings:
        state = "ok" if one.ok else "MISSING" if one.needed else "caution"
        out_.say(f"{state:8} {one.name}: {one.sentence}")
        if one.advice:
            out_.say(f"{'':8} {one.advice}")
    if any(one.needed and not one.ok for one in findings):
        raise typer.Exit(EngineError.exit_code)
