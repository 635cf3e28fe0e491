"""`studio tune ...`: what a model wrote, and what can be learned from what people made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio import steps
from studio.answers import Output
from studio.errors import UsageError

commands = typer.Typer(
    name="tune",
    help="Clean what models write, and learn from what describers pick.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")]


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

    A line that cannot be cleaned is printed as it was, and said so on stderr.
    """
    lines = _read(file).splitlines()
    cleaned = steps.clean_texts(lines, limit)
    said = [(number, one) for number, one in enumerate(cleaned, 1) if one.problems]
    if json_:
        Output(json_, quiet).document(
            {"lines": [{"text": one.text, "removed": one.removed, "problems": one.problems}
                       for one in cleaned]}
        )  # fmt: skip
        return
    for one in cleaned:  # the result itself, so --quiet keeps it
        typer.echo(one.text)
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
