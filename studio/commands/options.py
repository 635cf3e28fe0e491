"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from studio.script.languages import language_code

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")]
FilmPath = Annotated[Path, typer.Argument(metavar="FILM", help="The film to describe.")]
ProjectPath = Annotated[Path, typer.Argument(metavar="PROJECT", help="A .adproject file.")]
Languages = Annotated[
    list[str] | None,
    typer.Option(
        "--languages",
        "--language",
        "-l",
        metavar="LANGUAGE",
        help="A language version, e.g. en; may be repeated.",
    ),
]
Describer = Annotated[
    str, typer.Option("--describer", metavar="NAME", help="Who drafts; see: studio engines")
]
Speaker = Annotated[
    str | None, typer.Option("--speaker", metavar="NAME", help="Who speaks; see: studio engines")
]
Voice = Annotated[
    str | None, typer.Option("--voice", metavar="NAME", help="A voice of the speaker.")
]
InlineOnly = Annotated[
    bool, typer.Option("--inline-only", help="Never freeze the picture; leave out what needs it.")
]


def language_codes(
    languages: Sequence[str] | None, otherwise: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The codes of languages as they were named, each once. Raises UsageError for no language."""
    return tuple(dict.fromkeys(map(language_code, languages or otherwise)))
