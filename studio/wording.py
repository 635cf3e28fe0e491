"""Steps like those of `studio.steps` that are about words: translating, cleaning, learning."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from studio import paths
from studio.errors import EngineError, UsageError
from studio.progress import Progress
from studio.script import edits, formats, store
from studio.script.formats.script import Entry
from studio.script.model import Issue, Project

if TYPE_CHECKING:
    from studio.drafting.clean import Cleaned
    from studio.tuning.examples import Example
    from studio.tuning.pairs import Pair
    from studio.tuning.score import Learned
    from studio.tuning.train import Taught


def dialogue_from(captions: Path) -> tuple[Entry, ...]:
    """What people say, from captions of the film. Raises UsageError and ProjectError."""
    return formats.read(captions).entries


@dataclass(frozen=True, slots=True)
class DescriberChoice:
    """An engine that can draft. needs: what it lacks on this machine, "" where it is ready.

    free: it writes freely, so it can be asked for other things than drafts.
    """

    name: str
    about: str
    needs: str
    free: bool


def describers() -> tuple[DescriberChoice, ...]:
    """Who can draft; looks for what each needs but loads nothing of it."""
    from studio import engines

    return tuple(
        DescriberChoice(
            row.name, row.about, " and ".join(one.called for one in row.missing()), row.free
        )
        for row in engines.rows("describer")
    )


def terms(kind: Literal["describer", "translator"], name: str) -> tuple[str, ...]:
    """What a person must know of a licence before drafts are used for paid work; see there.

    Raises UsageError for a name that is not in the table.
    """
    from studio.engines import licences

    told = licences.terms(kind, name)
    return (told,) if told else ()


def with_story(project: Project, file: Path) -> Project:
    """The project with the story so far as it stands in a text file; "-" reads it from stdin.

    Raises UsageError.
    """
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(
            f"The story in {file} cannot be read ({why}).",
            "Nothing was drafted; the project is unchanged.",
            "Give a plain text file.",
        ) from error
    return edits.set_story(project, text.strip())


def cues_named(
    project: Project, cue_ids: Sequence[str] | None, translator: str | None
) -> frozenset[str] | None:
    """The cues that are to be drafted and no others; None where nobody named any.

    Raises UsageError for one that is not there, or where a translator is to do the work.
    """
    if not cue_ids:
        return None
    if translator is not None:
        raise UsageError("A translator takes all texts; --cue is for drafting.")
    unknown = next((one for one in cue_ids if project.cue(one) is None), None)
    if unknown is not None:
        raise UsageError(
            f"There is no cue “{unknown}” in this project.",
            advice="See their names with: studio show PROJECT --json",
        )
    return frozenset(cue_ids)


def translations(
    project: Project, source: str, targets: Sequence[str], translator: str, progress: Progress
) -> Iterator[Project]:
    """The project with texts in each of `targets` made of those in `source`, a cue at a time.

    Texts a person has accepted stay.
    """
    from studio.drafting.translate import translate

    project = edits.add_languages(project, targets)
    for target, part in zip(targets, progress.shared(*[1.0] * len(targets)), strict=True):
        issues: list[Issue] = []
        for drafted in translate(project, source, target, translator, part):
            issues += drafted.issues
            project = edits.put_draft(project, drafted.cue, drafted.drafts)
            project = edits.put_issues(project, "translating", target, issues)
            yield project
        project = edits.put_issues(project, "translating", target, issues)
        yield project


def clean_texts(texts: Sequence[str], limit: int | None) -> tuple[Cleaned, ...]:
    """Each text as a model wrote it, in English, cleaned for itself; None: the default limit."""
    from studio.drafting.clean import DEFAULT_LIMIT, clean

    return tuple(clean(text, DEFAULT_LIMIT if limit is None else limit) for text in texts)


def examples(
    projects: Iterable[Project], languages: Sequence[str], script: Sequence[Entry] = ()
) -> tuple[Example, ...]:
    """What people made of the drafts in these projects; or, with a script, what is nearest to it.

    languages: () means all of each project.
    """
    from studio.tuning.examples import matches, picks

    entries = [(one.span, one.text) for one in script]
    return tuple(
        example
        for project in projects
        for language in languages or project.languages
        for example in (
            matches(project, language, entries) if entries else picks(project, language)
        )
    )


EXAMPLE_KINDS = ("accepted", "edited", "rejected", "silent", "matched")


def write_examples(found: Iterable[Example], file: Path) -> None:
    """Write examples as lines of JSON. Raises ProjectError."""
    from studio.tuning.examples import as_jsonl

    store.write_text(file, as_jsonl(found))


def learn_picks(found: Iterable[Example], file: Path) -> Learned:
    """A ranker of these picks, written to `file`. Raises UsageError where they are too few."""
    from studio.drafting.select import Candidate, choose
    from studio.engines import Situation, picks
    from studio.tuning.score import Choose, learn

    def with_model(model: picks.Model | None) -> Choose:
        def first(situation: Situation, texts: Sequence[str]) -> str:
            candidates = [Candidate(text) for text in texts]
            return choose(candidates, situation, ranker=model).best_first[0].text

        return first

    learned = learn(found, with_model)
    picks.save(learned.model, file)
    return learned


def pairs(files: Sequence[Path], languages: Sequence[str]) -> tuple[Pair, ...]:
    """Prompts and people's answers to them, from projects and from lines of JSON.

    languages: of the projects; () means all of each. Raises UsageError and ProjectError.
    """
    from studio.tuning.pairs import of_examples, read

    lined = [file for file in files if file.suffix == ".jsonl"]
    projects = (store.load(file) for file in files if file not in lined)
    written = (pair for file in lined for pair in read(file))
    return (*of_examples(examples(projects, languages)), *written)


def learn_adapter(
    found: Sequence[Pair],
    model: str,
    folder: Path,
    progress: Progress,
    *,
    epochs: int | None = None,
    restart: bool = False,
) -> Taught:
    """An adapter for a language model, learned from these pairs and written to `folder`.

    model: its folder, or its name in the catalogue. epochs: how often each pair is seen; None
    leaves that to the studio. See tuning/train.py for the rest. Raises UsageError and EngineError.
    """
    from studio import engines
    from studio.engines import models
    from studio.tuning.train import DEFAULT_RECIPE, teach

    missing = [need for need in engines.row("ranker", "adapter").missing() if need.kind != "file"]
    if missing:
        raise EngineError(
            f"Learning an adapter needs {' and '.join(need.called for need in missing)}, "
            "which this machine does not have.",
            "Nothing was learned.",
            "Get it with: " + "; ".join(dict.fromkeys(need.get for need in missing)),
        )
    recipe = DEFAULT_RECIPE if epochs is None else replace(DEFAULT_RECIPE, epochs=epochs)
    base = models.located("adapter", model)
    return teach(found, base, folder, progress, recipe, restart=restart)


def own_adapter_folder() -> Path:
    """Where the adapter lies that `--ranker adapter` means."""
    from studio.engines import adapter

    return paths.data_folder() / adapter.FOLDER


def own_ranker_file() -> Path:
    """Where the ranker lies that drafting uses; without the file drafting knows no picks."""
    from studio.engines import picks

    return paths.data_folder() / picks.FILE
