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
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from studio import __version__, batch, deliveries, paths, settings, steps, wording
from studio.amounts import counted
from studio.answers import Output, print_json
from studio.commands import bed, equip, subtitles, sync, tune
from studio.commands import dialogue as dialogue_commands
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
)
from studio.errors import (
    CANCELLED_EXIT_CODE,
    CHECKS_EXIT_CODE,
    EngineError,
    StudioError,
    UsageError,
)
from studio.progress import Cancelled, Progress
from studio.script import formats, store
from studio.script.checks.describability import describability
from studio.script.languages import language_code
from studio.script.model import Project
from studio.times import clock

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

_LOUDNESS = (settings.NO_PROFILE, *(one.name for one in settings.PROFILES))


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
        print_json({"error": said if error is None else _error_json(error)})
    typer.echo(f"studio: {sentence}", err=True)
    return code


def _error_json(error: StudioError) -> dict[str, Any]:
    return {
        "exit_code": error.exit_code,
        "sentence": str(error),
        "what": error.what,
        "meaning": error.meaning,
        "advice": error.advice,
    }


def _bug_sentence(error: Exception) -> str:
    log = paths.cache_folder("log") / "last-error.txt"
    log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return (
        f"The studio made a mistake ({type(error).__name__}: {error}). This is a bug, not your "
        f"doing; your files are unchanged. Please report it with {log}."
    )


def _codes(languages: list[str] | None, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(language_code(one) for one in languages or otherwise))


def _user_settings() -> settings.Settings:
    return settings.load(paths.settings_file())


# --- the commands ---------------------------------------------------------------------------------


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"studio {__version__}")
        raise typer.Exit


@app.command()
def narrate(
    film: FilmPath,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="PATH", help="The described film, or a folder for several."
        ),
    ] = None,
    project: Annotated[
        Path | None, typer.Option(metavar="PROJECT", help="Keep the project in this file.")
    ] = None,
    languages: Languages = None,
    describer: Describer = steps.DEFAULT_DESCRIBER,
    speaker: Speaker = None,
    voice: Voice = None,
    inline_only: InlineOnly = False,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """From a film to a described film, all steps in one."""
    out_ = Output(json_, quiet)
    codes = _codes(languages, ("en",))
    wishes = steps.Wishes(codes, describer, speaker, voice, inline_only)
    targets = _narrated_files(film, out, codes)
    if project is not None:
        _refuse_overwriting(project)
    with out_.job() as progress:
        made = _narrate(film, wishes, targets, project, progress)
    out_.document({"deliveries": [_made_json(one) for one in made]})
    for one in made:
        out_.say(f"The described film ({one.language}) is {one.file}.")
        out_.say(*(f"  {note}" for note in one.notes))
    if project is not None:
        out_.say(f"The project is {project}.")


def _narrate(
    film: Path,
    wishes: steps.Wishes,
    targets: dict[str, Path],
    keep: Path | None,
    progress: Progress,
) -> list[deliveries.Made]:
    from studio.media.probe import probe

    for state in steps.narrate(film, wishes, _user_settings(), progress.part(0.0, 0.8)):
        project = state
        if keep is not None:
            steps.save_project(project, keep)
    made: list[deliveries.Made] = []
    info = probe(film)
    for index, (language, target) in enumerate(targets.items()):
        share = 0.2 / len(targets)
        part = progress.part(0.8 + index * share, 0.8 + (index + 1) * share)
        made += steps.export(project, info, language, {"film": target}, part)
    return made


def _narrated_files(film: Path, out: Path | None, codes: tuple[str, ...]) -> dict[str, Path]:
    if out is not None and out.suffix and not out.is_dir():
        if len(codes) > 1:
            raise UsageError(
                f"{len(codes)} languages make {len(codes)} films, and {out} names one file.",
                advice="Give a folder with -o.",
            )
        return {codes[0]: out}
    folder = film.parent if out is None else out
    folder.mkdir(parents=True, exist_ok=True)
    targets = {
        code: deliveries.targets_in(folder, film.stem, code, ["film"], film) for code in codes
    }
    return {code: files["film"] for code, files in targets.items()}


def _refuse_overwriting(project: Path) -> None:
    if project.exists():
        raise UsageError(
            f"{project} exists already.",
            "A project holds somebody's work and is not written over.",
            f"Choose another name, or go on with it: studio export {project}",
        )


def _refuse_losing_work(project: Path) -> None:
    if project.exists() and any(cue.accepted for cue in store.load(project).cues):
        raise UsageError(
            f"{project} holds texts that somebody wrote.",
            "The demo would write over them.",
            "Name another folder: studio demo FOLDER",
        )


def _made_json(made: deliveries.Made) -> dict[str, Any]:
    return {**asdict(made), "file": str(made.file), "notes": list(made.notes)}


@app.command()
def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where the film is made.")
    ] = Path("studio-demo"),
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a short film with pictures, speech and music, and narrate it."""
    out_ = Output(json_, quiet)
    from studio.demo import make_demo_film

    folder.mkdir(parents=True, exist_ok=True)
    film = folder / "demo.mp4"
    target = folder / "demo_en.mp4"
    project = folder / f"demo{store.SUFFIX}"
    _refuse_losing_work(project)
    with out_.job() as progress:
        steps.check_wishes(steps.Wishes())
        make_demo_film(film, progress.part(0.0, 0.3))
        part = progress.part(0.3, 1.0)
        made = _narrate(film, steps.Wishes(), {"en": target}, project, part)
    out_.document({"film": str(film), "deliveries": [_made_json(one) for one in made]})
    out_.say(f"The film is {film}, the described film {target}.")
    out_.say(f"The project is {project}; look into it with: studio show {project}")


@app.command("new")
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
    _refuse_overwriting(path)
    with out_.job() as progress:
        project = steps.new(film, _user_settings(), _codes(languages, ("en",)), progress)
    steps.save_project(project, path)
    _report_project(project, path, out_)


@app.command()
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
    codes = _codes(languages, opened.languages)
    lines = wording.dialogue_from(dialogue) if dialogue is not None else ()
    only = wording.cues_named(opened, cues, translator)
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
    opened = latest
    _report_project(opened, project, out_)


@app.command()
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
    with out_.job() as progress:
        codes = _codes(languages, opened.languages)
        opened = steps.speak(opened, codes, speaker, voice, progress, store.takes_folder(project))
    steps.save_project(opened, project)
    _report_project(opened, project, out_)


@app.command()
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
        wanted, _codes(languages, ()), out, profiles, fold_down, constant_rate, again, captions
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
            {**_made_json(made), "project": str(one.project)} for one in done for made in one.made
        ],
        "failed": [{"project": str(project), **_error_json(error)} for project, error in failed],
    }
    out_.document(document)
    if failed:
        raise typer.Exit(failed[0][1].exit_code)


def _say_exported(exported: batch.Exported, out: Output) -> None:
    for one in exported.made:
        kept = " (there already and unchanged; --again makes it anew)" if one.unchanged else ""
        out.say(f"{one.delivery} ({one.language}): {one.file}{kept}")
        out.say(*(f"  {note}" for note in one.notes))


@app.command("import")
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
    _report_project(opened, project, out_, notes=notes)


@app.command()
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
    _report_project(opened, project, out_)


@app.command()
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
    _report_project(opened, project, out_, language, cues=True)


def _report_project(
    project: Project,
    path: Path,
    out: Output,
    language: str | None = None,
    cues: bool = False,
    notes: tuple[str, ...] = (),
) -> None:
    code = language_code(language) if language is not None else project.languages[0]
    shown = steps.show(project, code)
    out.document({**shown, "notes": list(notes)} if notes else shown)
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


@app.command()
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
        project, _codes(languages, ()), style, captions, deliveries, report, repair, keep_style
    )
    with out_.job() as progress:
        outcome = checking.run(order, progress)
    out_.document(outcome.document())
    out_.say(*outcome.sentences())
    if outcome.errors:
        raise typer.Exit(CHECKS_EXIT_CODE)


app.command()(bed.bed)
app.command()(dialogue_commands.transcribe)
app.command()(dialogue_commands.cast)
app.command()(subtitles.subtitles)
app.command()(equip.doctor)
app.command()(sync.sync)
