"""`studio bed`: background sound for a stretch of a film, alone, into a copy, or into a project."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio import soundbeds, steps
from studio.answers import Output
from studio.commands.options import Json, Quiet
from studio.errors import UsageError
from studio.progress import Progress
from studio.script import beds, store
from studio.script.model import Bed, Project
from studio.settings import DEFAULTS
from studio.times import Span

if TYPE_CHECKING:
    from studio.media.probe import FilmInfo

_FIELDS = ("atmosphere", "rhythm", "melody")


def bed(
    source: Annotated[Path, typer.Argument(metavar="FILM|PROJECT", help="A film or a project.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="WAV", help="Write the sound alone here.")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(metavar="FILM", help="Write the film with the sound mixed into it here."),
    ] = None,
    span: Annotated[
        str | None,
        typer.Option(metavar="A-B", help="The stretch, e.g. 1:02.5-1:20; else the whole film."),
    ] = None,
    at: Annotated[
        str, typer.Option(metavar="33%|66%|TIME", help="The picture the mood is taken from.")
    ] = soundbeds.STILLS[0],
    prompt: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The mood: atmosphere; rhythm; melody"),
    ] = None,
    atmosphere: Annotated[str | None, typer.Option(metavar="WORDS")] = None,
    rhythm: Annotated[str | None, typer.Option(metavar="WORDS")] = None,
    melody: Annotated[str | None, typer.Option(metavar="WORDS")] = None,
    describer: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Let a vision model tell the mood; see: studio engines"),
    ] = None,
    engine: Annotated[
        str, typer.Option(metavar="NAME[:MODEL]", help="Who makes it; see: studio engines")
    ] = soundbeds.MAKER,
    seed: Annotated[int, typer.Option(help="Another number, another piece.")] = 0,
    gain: Annotated[float, typer.Option(metavar="DB", help="Louder than beds are.")] = 0.0,
    loop: Annotated[bool, typer.Option("--loop", help="Its end leads into its beginning.")] = False,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make background sound for a stretch of a film; in a project it is kept as a bed.

    The mood comes from a picture of the stretch unless it is given. A bed of the same stretch of a
    project is replaced.
    """
    out_ = Output(json_, quiet)
    is_project = source.suffix == store.SUFFIX
    if out is None and into is None and not is_project:
        raise UsageError(
            "It is not said where the sound shall go.", advice="Add -o SOUND.wav, or --into FILM."
        )
    project, info = _opened(source, is_project)
    stretch = soundbeds.span_of(span, project.film.duration)
    still = soundbeds.still_of(stretch, at)
    wish = Bed("", stretch.start, stretch.end, "", "", "", engine, seed, still, gain, loop=loop)
    _refuse(wish, project, out, into, info)
    terms = soundbeds.terms(engine)
    if terms:
        out_.say(terms)
    with out_.job() as progress:
        looking, making, hearing, writing = progress.shared(1, 20, 10 if into else 1, 10)
        given = _given(prompt, atmosphere, rhythm, melody)
        filled, evidence = _with_mood(wish, given, info, describer, looking)
        project, made = _made(project, filled, making)
        if is_project:
            steps.save_project(project, source)
        if out is not None:
            soundbeds.write(made, out, writing.part(0, 0.2))
        if into is not None:
            heard = project if is_project else soundbeds.listened(project, info, hearing)
            (film,) = soundbeds.mix_into(heard, info, into, writing.part(0.2, 1))
    ignored: tuple[str, ...] = ()
    if made.engine == soundbeds.MAKER:
        ignored = soundbeds.unknown_words(made.atmosphere, made.rhythm, made.melody)
    film_notes = list(film.notes) if into is not None else []
    notes = [*([terms] if terms else []), *film_notes]
    out_.document(
        {
            "bed": asdict(made),
            "evidence": list(evidence),
            "unknown_words": list(ignored),
            "sound": None if out is None else str(out),
            "film": None if into is None else str(into),
            "project": str(source) if is_project else None,
            "notes": notes,
        }
    )
    out_.say(f"The bed: {beds.told(made)}.")
    if evidence:
        out_.say(f"Its mood was taken from the picture: {'; '.join(evidence)}.")
    if ignored:
        out_.say(f"The built-in sound-maker does not know: {', '.join(ignored)}.")
    if out is not None:
        out_.say(f"The sound is {out}.")
    if into is not None:
        out_.say(f"The film with it is {into}.", *(f"  {note}" for note in film_notes))
    if is_project:
        out_.say(f"The project is {source}; every export has the bed from now on.")


def _opened(source: Path, is_project: bool) -> tuple[Project, FilmInfo]:
    return steps.open_project(source) if is_project else steps.begin(source, DEFAULTS, ["en"])


def _refuse(
    wish: Bed, project: Project, out: Path | None, into: Path | None, info: FilmInfo
) -> None:
    """Raise before any work what would stop it at its end."""
    beds.check(replace(wish, atmosphere="any"), project.film.duration)
    if wish.engine not in soundbeds.makers():
        from studio import engines

        engines.open("sound-maker", wish.engine)  # says what is missing
    if out is not None and out.suffix.lower() != ".wav":
        raise UsageError(f"{out} is no WAV.", advice="Give it a name that ends in .wav.")
    if out is not None and out.exists() and out.samefile(info.path):
        raise UsageError(f"{out} is the film itself.", advice="Choose another name.")
    if into is not None and into.suffix:
        from studio.mix.containers import container_for

        container_for(into)


def _given(
    prompt: str | None, atmosphere: str | None, rhythm: str | None, melody: str | None
) -> dict[str, str]:
    """The fields of the mood that somebody has put into words."""
    given: dict[str, str] = {}
    if prompt is not None:
        parts = [part.strip() for part in prompt.split(";")]
        if len(parts) > len(_FIELDS):
            raise UsageError(
                f"The mood has {len(parts)} parts.",
                advice="Write up to three, between semicolons: atmosphere; rhythm; melody",
            )
        given = dict.fromkeys(_FIELDS, "") | dict(zip(_FIELDS, parts, strict=False))
    named = zip(_FIELDS, (atmosphere, rhythm, melody), strict=True)
    return given | {name: words for name, words in named if words is not None}


def _with_mood(
    wish: Bed, given: dict[str, str], info: FilmInfo, describer: str | None, progress: Progress
) -> tuple[Bed, tuple[str, ...]]:
    """The bed with its mood, and what the picture told for it; () where it was not asked."""
    still: int | None = None
    evidence: tuple[str, ...] = ()
    if set(given) != set(_FIELDS):
        still = wish.still if wish.still is not None else wish.start
        seen = soundbeds.mood(info, still, describer, progress)
        given = {name: str(getattr(seen, name)) for name in _FIELDS} | given
        evidence = seen.evidence
    atmosphere, rhythm, melody = (given[name] for name in _FIELDS)
    mood = replace(wish, still=still, atmosphere=atmosphere, rhythm=rhythm, melody=melody)
    return mood, evidence


def _made(project: Project, wish: Bed, progress: Progress) -> tuple[Project, Bed]:
    """The project with the bed, in the place of one of the same stretch, and with its sound."""
    for one in project.beds:
        if beds.span(one) == Span(wish.start, wish.end):
            project = beds.remove(project, one.id)
    project, bed_id = beds.add(project, wish)
    project = soundbeds.make_all(project, [bed_id], progress)
    return project, beds.bed_of(project, bed_id)
