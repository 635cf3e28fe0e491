"""`studio subtitles`: from a film, or a project, to its subtitles, in one go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio import deliveries, hearing, paths, settings, steps, subtitling
from studio.amounts import counted
from studio.answers import Output
from studio.commands.delivery import made_json
from studio.commands.options import Json, Quiet
from studio.deliveries import Made
from studio.errors import CHECKS_EXIT_CODE, UsageError
from studio.progress import Progress
from studio.script import edits, store
from studio.script.languages import language_code
from studio.script.model import Issue, Project
from studio.script.subtitles import is_spoken

if TYPE_CHECKING:
    from studio.media.probe import FilmInfo

_FORMATS = {f".{name}": delivery for delivery, name in deliveries.SUBTITLES.items()}
_FILMS = (".mp4", ".mkv", ".mov")
_HEARD = ("hearing.", f"{hearing.CASTING}.")  # whose issues listening leaves


@dataclass(frozen=True)
class _Wanted:
    """What is to be made. targets: by language, delivery to file. burn: the options of drawing."""

    targets: dict[str, dict[str, Path]]
    reveal: bool
    markers: bool


def subtitles(
    film: Annotated[
        Path, typer.Argument(metavar="FILM", help="A film, or the .adproject file of one.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="PATH", help="A folder, or one .srt, .mp4 ... file."),
    ] = None,
    languages: Annotated[
        list[str] | None,
        typer.Option(
            "--languages",
            "--language",
            "-l",
            metavar="LANGUAGE",
            help="Of subtitles; may be repeated; else that of the film.",
        ),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="Captions, or a list of who says what."),
    ] = None,
    spoken: Annotated[
        str | None,
        typer.Option(metavar="LANGUAGE", help="What the film speaks; else as told or heard."),
    ] = None,
    engine: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who listens; see: studio engines")
    ] = None,
    translator: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who translates; see: studio engines")
    ] = None,
    no_cast: Annotated[bool, typer.Option("--no-cast", help="Do not find out who speaks.")] = False,
    faces: Annotated[
        list[str] | None,
        typer.Option("--faces", metavar="NAME", help="Who finds the faces that are marked."),
    ] = None,
    burn: Annotated[
        bool, typer.Option("--burn", help="Also make the film with them in its pictures.")
    ] = False,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Burnt in, let the translation appear word by word.")
    ] = False,
    markers: Annotated[
        bool, typer.Option("--markers", help="Burnt in, mark the face of who speaks.")
    ] = False,
    project: Annotated[
        Path | None, typer.Option(metavar="PROJECT", help="Keep the project in this new file.")
    ] = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Subtitles of a film, all steps in one; exits with 7 where some cannot be drawn."""
    out_ = Output(json_, quiet)
    _check_options(film, project, burn or _is_film(out), reveal=reveal, markers=markers)
    if faces and (not markers or no_cast):
        raise UsageError(
            "“--faces” is about the faces that are marked.",
            advice="Leave --no-cast away." if markers else "Add --markers.",
        )
    terms = hearing.terms(hearing.DISTINGUISHER, faces or ())
    out_.say(*terms)
    if engine is not None and source is not None:
        raise UsageError("Give --engine or --from, not both.", "Nothing was done.")
    code = None if spoken is None else language_code(spoken)
    with out_.job() as progress:
        opening, hearing_, casting, translating, making = progress.shared(1, 4, 4, 2, 4)
        opened, info, file = _opened(film, project, opening)
        opened, notes = _with_lines(opened, info, source, engine, code, file, hearing_)
        if not no_cast and (not opened.turns or (markers and not opened.faces)):
            # faces are looked for only where they are to be marked: it takes as long as the rest
            opened, seen = hearing.cast(
                opened, info, hearing.DISTINGUISHER, markers, casting, faces or ()
            )
            notes += seen
        if file is not None:
            steps.save_project(opened, file)
        made: list[Made] = []
        issues: list[Issue] = []
        if opened.lines:
            codes = tuple(dict.fromkeys(map(language_code, languages or ()))) or _own(opened)
            opened = _translated(opened, codes, translator, file, translating)
            wanted = _wanted(film, info, out, codes, burn=burn, reveal=reveal, markers=markers)
            made, issues = _made(opened, info, wanted, making)
        else:
            notes += ("There are no lines, so no subtitles were made.",)
    _report(opened, made, issues, notes, out_, terms)


def _check_options(
    film: Path, keep: Path | None, burning: bool, *, reveal: bool, markers: bool
) -> None:
    if (reveal or markers) and not burning:
        option = "--reveal" if reveal else "--markers"
        raise UsageError(f"{option} is about burnt-in subtitles.", advice="Add --burn.")
    if keep is not None and film.suffix == store.SUFFIX:
        raise UsageError(
            f"{film} is a project already, and is kept.", advice="Leave --project away."
        )
    if keep is not None and keep.exists():
        raise UsageError(
            f"{keep} exists already.",
            "A project holds somebody's work and is not written over.",
            f"Choose another name, or go on with it: studio subtitles {keep}",
        )


def _opened(
    film: Path, keep: Path | None, progress: Progress
) -> tuple[Project, FilmInfo, Path | None]:
    """The project, its film, and where it is kept, if it is."""
    if film.suffix == store.SUFFIX:
        return *steps.open_project(film), film
    begun, info = steps.begin(film, settings.load(paths.settings_file()), ("en",))
    return steps.analyse(begun, info, progress), info, keep


def _with_lines(
    project: Project,
    info: FilmInfo,
    source: Path | None,
    engine: str | None,
    spoken: str | None,
    file: Path | None,
    progress: Progress,
) -> tuple[Project, tuple[str, ...]]:
    """The project with lines: those of a file, those it has, or what is heard; and remarks."""
    if source is not None:
        project, notes = hearing.import_lines(project, info, source, spoken, progress)
        if spoken is None:
            language = project.dialogue_language
            notes += (f"The film is taken to speak “{language}”; say otherwise with --spoken.",)
        return project, notes
    if not project.lines or engine is not None:
        states = hearing.transcribe(project, info, engine, spoken, progress)
        project = _last(project, states, file)
    return (project if spoken is None else edits.set_lines(project, project.lines, spoken)), ()


def _last(project: Project, states: Iterator[Project], file: Path | None) -> Project:
    """The last of the states; saved also where a failure or a stop ends them early."""
    latest = project
    try:
        for state in states:
            latest = state
    finally:
        if latest is not project and file is not None:
            steps.save_project(latest, file)
    return latest


def _own(project: Project) -> tuple[str, ...]:
    """The language of the film, for who asks for none."""
    if not project.dialogue_language:
        raise UsageError(
            "It is not known in which language the film speaks.",
            "No subtitles were made.",
            "Say it: --spoken en",
        )
    return (project.dialogue_language,)


def _translated(
    project: Project,
    codes: tuple[str, ...],
    translator: str | None,
    file: Path | None,
    progress: Progress,
) -> Project:
    """The project with its lines in all the languages. Saved also where translating ends early."""
    foreign = [one for one in codes if not is_spoken(one, project.dialogue_language)]
    open_ = [one for one in foreign if subtitling.untranslated(project, one)]
    if translator is None and open_:
        raise UsageError(
            f"The lines are not in “{open_[0]}” yet, and nothing was named that translates them.",
            "No subtitles were made.",
            "Name a translator: --translator NAME; see: studio engines",
        )
    if translator is None or not foreign:
        return project
    return _last(project, subtitling.translations(project, foreign, translator, progress), file)


def _is_film(out: Path | None) -> bool:
    return out is not None and not out.is_dir() and out.suffix.lower() in _FILMS


def _wanted(
    film: Path,
    info: FilmInfo,
    out: Path | None,
    codes: tuple[str, ...],
    *,
    burn: bool,
    reveal: bool,
    markers: bool,
) -> _Wanted:
    """Which files are made. Raises UsageError where one name is given for several."""
    suffix = "" if out is None or out.is_dir() else out.suffix.lower()
    if out is not None and suffix:
        if suffix not in (*_FORMATS, *_FILMS):
            known = ", ".join((*_FORMATS, *_FILMS))
            raise UsageError(
                f"Subtitles cannot be written as “{out.name}”.",
                advice=f"Give a folder, or a name that ends in one of: {known}.",
            )
        single = deliveries.BURNT if suffix in _FILMS else _FORMATS[suffix]
        if len(codes) > 1 or (burn and single != deliveries.BURNT):
            raise UsageError(
                f"Several files are to be made, and {out} names one.",
                advice="Give a folder with -o.",
            )
        return _Wanted({codes[0]: {single: out}}, reveal, markers)
    folder = film.parent if out is None else out
    folder.mkdir(parents=True, exist_ok=True)
    names = [*deliveries.SUBTITLES, *([deliveries.BURNT] if burn else [])]
    targets = {
        code: deliveries.targets_in(folder, film.stem, code, names, info.path) for code in codes
    }
    return _Wanted(targets, reveal, markers)


def _made(
    project: Project, info: FilmInfo, wanted: _Wanted, progress: Progress
) -> tuple[list[Made], list[Issue]]:
    """All files, and what could not be shown or is hard to read in them."""
    made: list[Made] = []
    issues: list[Issue] = []
    shares = progress.shared(*[1.0] * len(wanted.targets))
    for (language, targets), part in zip(wanted.targets.items(), shares, strict=True):
        issues += subtitling.issues(project, language)
        files, found = subtitling.make(
            project, info, language, targets, part, reveal=wanted.reveal, markers=wanted.markers
        )
        made += files
        issues += found
    return made, issues


def _report(
    project: Project,
    made: list[Made],
    issues: list[Issue],
    notes: tuple[str, ...],
    out: Output,
    terms: tuple[str, ...],
) -> None:
    """What there is to know; terms were said before the work, so only a document has them."""
    issues = [*(one for one in project.issues if one.rule.startswith(_HEARD)), *issues]
    out.document(
        {
            "lines": len(project.lines),
            "people": len(project.people),
            "deliveries": [made_json(one) for one in made],
            "issues": [asdict(one) for one in issues],
            "notes": [*terms, *notes],
        }
    )
    people = f", {counted(len(project.people), 'person', 'people')}" if project.people else ""
    out.say(f"{counted(len(project.lines), 'line')}{people}")
    for one in made:
        out.say(f"{one.file}: {deliveries.TABLE[one.delivery].about} ({one.language})")
        out.say(*(f"  {note}" for note in one.notes))
    out.say(*notes)
    for issue in issues:
        out.say(f"{issue.severity}: {issue.sentence}")
    if any(one.severity == "error" and one.rule.startswith("burning.") for one in issues):
        raise typer.Exit(CHECKS_EXIT_CODE)
