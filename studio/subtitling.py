"""Steps like those of `studio.steps` that make subtitles of the film's lines.

Lines come from whoever heard or wrote them down (`studio.hearing`); here they are translated, and
delivered as files or in the pictures of the film.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from studio.deliveries import BURNT, SUBTITLES, Made
from studio.errors import UsageError
from studio.progress import Progress
from studio.script import checks, edits, formats, store, styles, subtitles
from studio.script.formats.script import Script
from studio.script.model import Issue, Project

if TYPE_CHECKING:
    from studio.media.probe import FilmInfo
    from studio.script.subtitles import Subtitle

ROOM = "subtitling"
"""Whose issues translating lines makes."""


def translations(
    project: Project, targets: Sequence[str], translator: str, progress: Progress
) -> Iterator[Project]:
    """The project with its lines in each of `targets`, a line at a time; a person's words stay.

    Raises UsageError where it is not known what the film speaks, or a target is just that.
    """
    from studio.drafting.translate import TranslatedLine, translate_lines, with_translations

    source = project.dialogue_language
    if not source and targets:
        raise UsageError(
            "It is not known in which language the film speaks.",
            "Its lines were not translated.",
            "Say it: --spoken en",
        )
    for target, part in zip(targets, progress.shared(*[1.0] * len(targets)), strict=True):
        issues: list[Issue] = []
        pending: list[TranslatedLine] = []
        for one in translate_lines(project, source, target, translator, part):
            issues += [one.issue] if one.issue is not None else []
            pending.append(one)
            if len(pending) == _AT_ONCE:
                project = with_translations(project, pending)
                pending = []
                yield project
        project = edits.put_issues(with_translations(project, pending), ROOM, target, issues)
        yield project


_AT_ONCE = 20  # lines put into the project together: each time all lines are gone through


def untranslated(project: Project, language: str) -> int:
    """How many lines have no text in `language`."""
    spoken = project.dialogue_language
    said = [one for one in project.lines if one.text.strip()]
    return sum(not subtitles.text_in(one, language, spoken).strip() for one in said)


def issues(project: Project, language: str) -> tuple[Issue, ...]:
    """What is hard to read, or missing, in the subtitles of one language."""
    style, _ = styles.house_style(project)
    told = checks.check(replace(project, cues=()), language, (), style)
    found = tuple(one for one in told if one.rule.startswith("subtitle."))
    stored = (one for one in project.issues if one.rule == f"{ROOM}.untranslated")
    return (*(one for one in stored if one.language == language), *found)


def export(
    project: Project,
    info: FilmInfo,
    language: str,
    targets: Mapping[str, Path],
    progress: Progress,
) -> tuple[Made, ...]:
    """Make the deliveries of subtitles among `targets` (delivery to file) in one language.

    What could not be shown is among the notes. Raises as `make` does.
    """
    made, found = make(project, info, language, targets, progress)
    told = tuple(one.sentence for one in found)
    return tuple(
        replace(one, notes=(*told, *one.notes)) if one.delivery == BURNT else one for one in made
    )


def make(
    project: Project,
    info: FilmInfo,
    language: str,
    targets: Mapping[str, Path],
    progress: Progress,
    *,
    reveal: bool = False,
    markers: bool = False,
) -> tuple[tuple[Made, ...], tuple[Issue, ...]]:
    """The same, with what could not be shown as issues.

    reveal, markers: how they are burnt in, see mix.lettering.Wishes. Blocks for about as long as
    the film lasts where a film is made. Raises ProjectError where no line has a text in that
    language, ExportError and MediaError.
    """
    made: list[Made] = []
    issues: tuple[Issue, ...] = ()
    wanted = {name: path for name, path in targets.items() if name in SUBTITLES}
    if wanted:
        script = _script(project, language)
        for name, path in wanted.items():
            store.write_bytes(path, formats.write(SUBTITLES[name], script))
            made.append(Made(name, language, path.absolute(), "film"))
    if BURNT in targets:
        from studio.mix.burn import burn
        from studio.mix.lettering import Wishes

        wishes = Wishes(reveal=reveal, markers=markers)
        shown = _paired(project, info, language)
        burnt = burn(project, info, language, shown, targets[BURNT], wishes, progress)
        issues = (*burnt.issues, *(_unmarked(project, shown, language) if markers else ()))
        made.append(_burnt(language, targets[BURNT], burnt.sound, burnt.notes))
    progress(1.0)
    return tuple(made), issues


def foresee(project: Project, language: str, targets: Mapping[str, Path]) -> tuple[Made, ...]:
    """What `export` would make, without writing. Raises ProjectError as it does."""
    from studio.mix.containers import container_for

    _script(project, language)
    made = [
        Made(name, language, path.absolute(), "film")
        for name, path in targets.items()
        if name in SUBTITLES
    ]
    if BURNT in targets:
        container_for(targets[BURNT])
        made.append(_burnt(language, targets[BURNT], "copied", ()))
    return tuple(made)


def _unmarked(project: Project, shown: Sequence[Subtitle], language: str) -> Iterator[Issue]:
    """That nobody could be marked, where no face is known of anybody who speaks."""
    known = {track.person for track in project.faces if track.person and track.spots}
    if not any(one.person in known for one in shown):
        sentence = (
            "No face was marked, because it is not known whose face is whose voice. Find the faces "
            "and say who they are first: studio cast PROJECT"
        )
        yield Issue("burning.unmarked", "caution", sentence, language=language)


def _burnt(language: str, path: Path, sound: str, notes: tuple[str, ...]) -> Made:
    why = "The pictures are encoded anew, because the subtitles are drawn into them."
    return Made(BURNT, language, path.absolute(), "film", "encoded", why, sound, notes)


def _script(project: Project, language: str) -> Script:
    return subtitles.as_script(project, language, subtitles.subtitles(project, language))


def _paired(project: Project, info: FilmInfo, language: str) -> tuple[Subtitle, ...]:
    """The lines with their translations, as the shape of the picture wants them."""
    from studio.mix.lettering import Look

    _script(project, language)  # nothing in that language is an error, not a film without it
    narrow = Look(info.picture.width, info.picture.height).narrow
    return subtitles.paired(project, language, narrow=narrow)
