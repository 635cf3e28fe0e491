"""The steps at a prompt. The contract other people's scripts rely on is in the README.

Results go to stdout, everything else to stderr: a progress bar on a terminal, sentences, errors.
With --json stdout holds one JSON document and nothing else, errors included. Ctrl-C asks the
running job to stop; it leaves no half-written file and exits with 130.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from studio import __version__, paths
from studio.answers import error_json, print_json
from studio.commands import bed, delivery, dialogue, equip, film, project, subtitles, sync, tune
from studio.errors import CANCELLED_EXIT_CODE, EngineError, StudioError, UsageError
from studio.progress import Cancelled
from studio.script import store

app = typer.Typer(
    name="studio",
    help="Describe a film: find its gaps, draft, speak and deliver the description.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(equip.commands)
app.add_typer(tune.commands)


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code and never raises."""
    as_json = "--json" in arguments
    try:
        return _run(arguments)
    except BrokenPipeError:  # who read our output has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (Cancelled, KeyboardInterrupt):
        return _fail(as_json, "Stopped. Nothing half-made was left.", CANCELLED_EXIT_CODE)
    except StudioError as error:
        return _fail(as_json, str(error), error.exit_code, error)
    except Exception as error:
        return _fail(as_json, _bug_sentence(error), 1)


def _run(arguments: Sequence[str]) -> int:
    try:
        # standalone_mode off: our errors and click's reach us instead of a traceback or an exit
        code = app(args=list(arguments) or ["--help"], standalone_mode=False)
    except Exception as error:
        if not hasattr(error, "format_message"):  # only click's own errors have it
            raise
        raise UsageError(error.format_message(), advice="See: studio --help") from error
    return code if isinstance(code, int) else 0


def no_window(file: Path | None, package: str) -> int:
    """Say that the window's package is missing and what does without; returns the exit code."""
    if file is None:
        at_prompt = "studio --help"
    else:
        at_prompt = f"studio {'show' if file.suffix == store.SUFFIX else 'narrate'} {file}"
    error = EngineError(
        f"The window needs {package}, which is not installed.",
        f"At the prompt everything works without it: {at_prompt}",
        "Install it with: pip install 'audio-description-studio[app]'",
    )
    return _fail(False, str(error), error.exit_code, error)


def _fail(as_json: bool, sentence: str, code: int, error: StudioError | None = None) -> int:
    if as_json:
        said = {"exit_code": code, "sentence": sentence}
        print_json({"error": said if error is None else error_json(error)})
    typer.echo(f"studio: {sentence}", err=True)
    return code


def _bug_sentence(error: Exception) -> str:
    log = paths.cache_folder("log") / "last-error.txt"
    log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return (
        f"The studio made a mistake ({type(error).__name__}: {error}). This is a bug, not your "
        f"doing; your files are unchanged. Please report it with {log}."
    )


# --- the commands ---------------------------------------------------------------------------------


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"studio {__version__}")
        raise typer.Exit


app.command()(film.narrate)
app.command()(film.demo)
app.command("new")(project.new_project)
app.command()(project.draft)
app.command()(project.speak)
app.command()(delivery.export)
app.command("import")(project.import_script)
app.command()(project.relink)
app.command()(project.show)
app.command()(delivery.check)
app.command()(bed.bed)
app.command()(dialogue.transcribe)
app.command()(dialogue.cast)
app.command()(subtitles.subtitles)
app.command()(equip.doctor)
app.command()(sync.sync)
