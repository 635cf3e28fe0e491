"""`studio narrate` and `studio demo`: from a film to a described film, all steps in one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio import deliveries, paths, rehearsal, settings, steps, wording
from studio.answers import Output
from studio.commands.delivery import made_json
from studio.commands.options import (
    Describer,
    FilmPath,
    InlineOnly,
    Json,
    Languages,
    Quiet,
    Speaker,
    Voice,
    language_codes,
)
from studio.commands.project import refuse_overwriting
from studio.errors import UsageError
from studio.progress import Progress
from studio.script import store


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
    codes = language_codes(languages, ("en",))
    wishes = steps.Wishes(codes, describer, speaker, voice, inline_only)
    targets = _narrated_files(film, out, codes)
    if project is not None:
        refuse_overwriting(project)
    speaking = rehearsal.terms(steps.check_wishes(wishes))
    terms = (*wording.terms("describer", describer), *speaking)
    out_.say(*terms)  # before, not after: whoever may not use it can still stop
    with out_.job() as progress:
        made = _narrate(film, wishes, targets, project, progress)
    out_.document({"deliveries": [made_json(one) for one in made], "notes": list(terms)})
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

    own = settings.load(paths.settings_file())
    for state in steps.narrate(film, wishes, own, progress.part(0.0, 0.8)):
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
    out_.document({"film": str(film), "deliveries": [made_json(one) for one in made]})
    out_.say(f"The film is {film}, the described film {target}.")
    out_.say(f"The project is {project}; look into it with: studio show {project}")


def _refuse_losing_work(project: Path) -> None:
    if project.exists() and any(cue.accepted for cue in store.load(project).cues):
        raise UsageError(
            f"{project} holds texts that somebody wrote.",
            "The demo would write over them.",
            "Name another folder: studio demo FOLDER",
        )
