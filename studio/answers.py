"""What a command says: one JSON document, sentences, or nothing, and a bar while it works."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer

from studio.errors import StudioError
from studio.progress import Progress, Report, TimeLeft


def print_json(document: Any) -> None:
    """Print a document for scripts on stdout."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=1))


def error_json(error: StudioError) -> dict[str, Any]:
    """An error as a document for scripts holds it."""
    return {
        "exit_code": error.exit_code,
        "sentence": str(error),
        "what": error.what,
        "meaning": error.meaning,
        "advice": error.advice,
    }


@dataclass(frozen=True)
class Output:
    """Where a command's words go: one JSON document, sentences, or nothing."""

    as_json: bool
    quiet: bool

    def say(self, *sentences: str) -> None:
        """Print sentences for people."""
        if not self.quiet and not self.as_json:
            for sentence in sentences:
                typer.echo(sentence)

    def document(self, document: Any) -> None:
        """Print the result for scripts."""
        if self.as_json:
            print_json(document)

    @contextlib.contextmanager
    def job(self) -> Iterator[Progress]:
        """A progress that draws a bar on a terminal and stops at Ctrl-C or SIGTERM."""
        drawn = not self.quiet and not self.as_json and sys.stderr.isatty()
        bar = _bar() if drawn else contextlib.nullcontext(None)
        with bar as report, _stopped_by_signals(Progress(report)) as progress:
            yield progress


@contextlib.contextmanager
def _bar() -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[left]}"),
    )
    time_left = TimeLeft()

    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, left="")

        def report(fraction: float, message: str) -> None:
            seconds = time_left.at(fraction)
            left = "" if seconds is None else f"{seconds // 60}:{seconds % 60:02} left"
            bar.update(task, completed=fraction, description=message or None, left=left)

        yield report


@contextlib.contextmanager
def _stopped_by_signals(progress: Progress) -> Iterator[Progress]:
    def stop(number: int, _frame: object) -> None:
        progress.cancel()
        signal.signal(number, signal.SIG_DFL)  # a second one ends the program at once

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield progress
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
