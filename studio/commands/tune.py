"""`studio tune ...`: what a model wrote, and what can be learned from what people made of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from studio import syncing, wording
from studio.amounts import counted
from studio.answers import Output
from studio.commands.options import Json, Quiet, language_codes
from studio.errors import UsageError
from studio.script import store

commands = typer.Typer(
    name="tune",
    help="Clean what models write, and learn from what describers pick.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Projects = Annotated[
    list[Path], typer.Argument(metavar="PROJECT...", help="One .adproject file or more.")
]
Languages = Annotated[
    list[str] | None,
    typer.Option("--language", "-l", metavar="LANGUAGE", help="Only this one; may be repeated."),
]


@commands.command("clean")
def clean_file(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What a model wrote, one description a line.")
    ],
    limit: Annotated[
        int | None,
        typer.Option(min=1, metavar="WORDS", help="Most words a line may keep; else 40."),
    ] = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print each line without words about the film itself; as many lines as there were.

    A line that cannot be cleaned is printed as it was, one that speaks of nothing but the film
    itself is left empty; both are said on stderr.
    """
    lines = _read(file).splitlines()
    cleaned = wording.clean_texts(lines, limit)
    said = [(number, one) for number, one in enumerate(cleaned, 1) if one.problems]
    if json_:
        Output(json_, quiet).document(
            {"lines": [{"text": one.text, "removed": one.removed, "problems": one.problems}
                       for one in cleaned]}
        )  # fmt: skip
        return
    for one in cleaned:  # the result itself, so --quiet keeps it
        typer.echo("" if "reference" in one.problems else one.text)
    for number, one in said if not quiet else ():
        for sentence in one.sentences:
            typer.echo(f"studio: line {number}: {sentence}", err=True)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(
            f"{file} cannot be read ({why}).", advice="Give a text file, one description a line."
        ) from error


@commands.command("examples")
def write_examples(
    projects: Projects,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="The .jsonl to write.")],
    script: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A script of the film: what is nearest to it was taken."),
    ] = None,
    languages: Languages = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write what people made of drafts as lines of JSON, each a prompt and its response."""
    out_ = Output(json_, quiet)
    entries = wording.dialogue_from(script) if script is not None else ()
    found = wording.examples(map(store.load, projects), language_codes(languages), entries)
    wording.write_examples(found, out)
    counts = {kind: sum(one.kind == kind for one in found) for kind in wording.EXAMPLE_KINDS}
    out_.document({"file": str(out), "examples": len(found), **counts})
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    out_.say(f"{out} has {len(found)} examples{': ' if told else ''}{told}.")


@commands.command("ranker")
def ranker(
    projects: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PROJECT...", help="Projects with drafts and picks."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="MODEL", help="Else where drafting looks for it."),
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Remove what was learned; drafting is as before.")
    ] = False,
    languages: Languages = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Learn from picks which drafts you like, and say how often that is right."""
    out_ = Output(json_, quiet)
    file = out if out is not None else wording.own_ranker_file()
    if bool(projects) == forget:
        raise UsageError("Give projects to learn from, or --forget, and not both.")
    if forget:
        known = file.exists()
        file.unlink(missing_ok=True)
        out_.document({"file": str(file), "forgotten": known})
        out_.say("What was learned is forgotten." if known else "Nothing had been learned.")
        return
    found = wording.examples(map(store.load, projects or ()), language_codes(languages))
    learned = wording.learn_picks(found, file)
    scores = {name: getattr(learned, name) for name in ("tested", "chance", "before", "after")}
    out_.document({"file": str(file), "picks": learned.model.picks, **scores})
    out_.say(
        f"{file} was learned from {learned.model.picks} picks.",
        f"On {learned.tested} other picks the first offer was right in {learned.before:.0%} before "
        f"and {learned.after:.0%} after (blind picking: {learned.chance:.0%}).",
    )


@commands.command("adapter")
def adapter(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="PROJECT_OR_JSONL...", help="Projects, or files of tune examples."),
    ],
    model: Annotated[
        str, typer.Option(metavar="FOLDER", help="A language model, or its name: phi-2.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="ADAPTER", help="Else where --ranker adapter looks."),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, metavar="COUNT", help="How often each is seen; else 3.")
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew where a training was stopped.")
    ] = False,
    languages: Languages = None,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Teach a language model of this machine what you write; a stopped training is gone on with.

    Then draft with it: studio draft PROJECT --ranker adapter:ADAPTER. Without --ranker everything
    is as before.
    """
    out_ = Output(json_, quiet)
    folder = out if out is not None else wording.own_adapter_folder()
    found = wording.pairs(files, language_codes(languages))
    with out_.job() as progress:
        taught = wording.learn_adapter(
            found, model, folder, progress, epochs=epochs, restart=restart
        )
    out_.document({"folder": str(folder), **asdict(taught)})
    gone_on = f", from step {taught.resumed} on" if taught.resumed else ""
    out_.say(
        f"{folder} was learned from {taught.pairs} examples in {taught.steps} steps{gone_on}.",
        f"On {taught.tested} other examples a token was {taught.before:.3f} nats unexpected before "
        f"and {taught.after:.3f} after.",
        f"Draft with it: studio draft PROJECT --ranker adapter:{folder}",
    )


@commands.command("sync")
def learn_sync(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="A folder of films in which people speak.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="MODEL", help="Else where --meter learned looks."),
    ] = None,
    rounds: Annotated[
        int | None, typer.Option(min=1, metavar="COUNT", help="How often a clip is seen; else 30.")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, metavar="NUMBER", help="Another gives another training.")
    ] = 0,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew where a training was stopped.")
    ] = False,
    json_: Json = False,
    quiet: Quiet = False,
) -> None:
    """Learn from films how lips and voices belong together; a stopped training is gone on with.

    The films are taken to be in sync: what is late in them is learned as right. A folder within
    DATA is one person, so that nobody is both learned from and tested on. MODEL holds the names of
    the films, but nothing that is seen or heard in them. Then measure with it: studio sync FILM
    --meter learned:MODEL
    """
    out_ = Output(json_, quiet)
    file = out if out is not None else syncing.own_meter_file()
    with out_.job() as progress:
        found = syncing.learn_meter(data, file, progress, rounds=rounds, seed=seed, restart=restart)
    taught = found.taught
    out_.document(
        {"file": str(file), "picture": str(found.picture), "resumed": taught.resumed,
         "refused": list(found.refused), **taught.report}
    )  # fmt: skip
    for line in found.refused[:_REFUSED_SHOWN]:
        out_.say(f"Not learned from: {line}")
    if len(found.refused) > _REFUSED_SHOWN:
        more = len(found.refused) - _REFUSED_SHOWN
        out_.say(f"... and {counted(more, 'more stretch', 'more stretches')}; see --json")
    gone_on = f", from step {taught.resumed} on" if taught.resumed else ""
    out_.say(
        f"{file} was learned in {taught.report['steps']} steps{gone_on}.",
        f"How is drawn in {found.picture}",
        *taught.told,
        *(_scores(who, score) for who, score in taught.report["tested"].items()),
        f"Measure with it: studio sync FILM --meter learned:{file}",
    )


_REFUSED_SHOWN = 20
_WHO = {"learned": "it", "correlation": "“correlation”", "zero": "always answering zero"}


def _scores(who: str, score: dict[str, float]) -> str:
    return (
        f"On held-out clips {_WHO[who]} is {score['rms']:.0f} ms off rms, {score['median']:.0f} ms "
        f"in the middle, and within 40 ms in {score['near']:.0%}."
    )
