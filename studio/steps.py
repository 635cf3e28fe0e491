"""The story as code: each step takes a project and returns the next one.

`Film` in the document says which file; `FilmInfo` is that file opened. Steps neither print nor
ask; they report through their `Progress` and raise what is in `studio.errors`. They do not save:
whoever calls them decides when (`cli` after every step, so that stopping loses nothing).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.deliveries import SNIPPETS, TEXTS, Made, snippet
from studio.errors import ProjectError, UsageError
from studio.instep import Stretch, late_at
from studio.progress import Progress
from studio.script import checks, edits, exchange, formats, pace, recorded, store, styles
from studio.script.checks.describability import describability
from studio.script.formats import Format
from studio.script.formats.script import Entry, Script
from studio.script.model import (
    Cue,
    Film,
    Issue,
    Placement,
    Project,
    VoiceChoice,
)
from studio.script.plain import to_plain
from studio.script.silence import silent_cues
from studio.settings import Profile, Settings
from studio.whereabouts import find_film, is_same

if TYPE_CHECKING:
    from studio.media.probe import FilmInfo
    from studio.mix.export import Delivery

DEFAULT_DESCRIBER = "evidence"


# --- the film -------------------------------------------------------------------------------------


def new(film: Path, settings: Settings, languages: Sequence[str], progress: Progress) -> Project:
    """A project for `film` with its scenes, speech and gaps; the film's path is absolute.

    Raises MediaError.
    """
    project, info = begin(film, settings, languages)
    return analyse(project, info, progress)


def begin(film: Path, settings: Settings, languages: Sequence[str]) -> tuple[Project, FilmInfo]:
    """A project for `film`, and the film opened; nothing has been looked for in it yet.

    Blocks for some tens of ms. Raises MediaError.
    """
    from studio.media import remembered

    info = remembered.known(film)
    return Project(film=_film_of(info), languages=tuple(languages), settings=settings), info


def analyse(project: Project, info: FilmInfo, progress: Progress) -> Project:
    """The project with scenes, speech and gaps of its film; cues stay. Raises MediaError."""
    from studio.analysis import analyse as look_and_listen

    found = look_and_listen(info, project.settings, progress)
    project = edits.relink(project, replace(project.film, loudness=found.loudness))
    return edits.put_analysis(project, found.scenes, found.speech, found.gaps)


def _film_of(info: FilmInfo) -> Film:
    from studio.media.probe import fingerprint

    return Film(
        path=info.path.resolve().as_posix(),
        size=info.path.stat().st_size,
        fingerprint=fingerprint(info.path),
        duration=info.duration,
        width=info.picture.width,
        height=info.picture.height,
        rate=info.picture.rate,
        loudness=None,
    )


def open_project(path: Path) -> tuple[Project, FilmInfo]:
    """The project in the file `path` and its film, found again if both were moved together.

    The film's path in the project returned is absolute. Raises ProjectError and MediaError.
    """
    from studio.media import remembered

    project = store.load(path)
    found = find_film(project.film, path.resolve().parent)
    project = edits.relink(project, replace(project.film, path=found.as_posix()))
    return project, remembered.known(found, project.film.fingerprint)


def save_project(project: Project, path: Path) -> None:
    """Write the project file; the film's path is kept relative to it where that is possible."""
    film = project.film.path
    try:
        film = Path(os.path.relpath(film, path.resolve().parent)).as_posix()
    except ValueError:  # another drive on Windows: only an absolute path leads there
        film = Path(film).as_posix()
    store.save(edits.relink(project, replace(project.film, path=film)), path)


def relink(path: Path, film: Path) -> Project:
    """The project in `path` with `film` as its film. Raises ProjectError if it is another film."""
    from studio.media.probe import probe

    project = store.load(path)
    probe(film)  # says in a sentence what is wrong with a file that is no film
    if not is_same(project.film, film):
        raise ProjectError(
            f"{film} is not the film this project describes.",
            "The cues would stand at wrong times; the project is unchanged.",
            "Choose the original file, or start a project for this one: studio new FILM",
        )
    return edits.relink(project, replace(project.film, path=film.resolve().as_posix()))


def with_film_in_step(project: Project, film: Path, slips: Sequence[Stretch]) -> Project:
    """The project with `film` in place of its own, out of which the repair by `slips` made it.

    What was found by the sound moves with it; see script/resync.py. Raises MediaError, and
    UsageError where the pictures are not those of the project's film.
    """
    from studio.media.probe import probe
    from studio.script.resync import sound_moved

    known, repaired = project.film, _film_of(probe(film))
    if (known.duration, known.rate) != (repaired.duration, repaired.rate):
        raise UsageError(
            f"{film.name} does not have the pictures of the project's film.",
            "The descriptions would stand at wrong times; the project is unchanged.",
            "Repair the film of the project, and use what that makes.",
        )
    return sound_moved(edits.relink(project, repaired), lambda time: late_at(slips, time))


# --- what to say, and saying it -------------------------------------------------------------------


def draft(
    project: Project,
    info: FilmInfo,
    languages: Sequence[str],
    describer: str,
    inline_only: bool,
    progress: Progress,
) -> Project:
    """The project with drafts in `languages`; the first time, with cues to hold them.

    Cues a person has accepted keep their text. inline_only: make no cue that needs a freeze.
    """
    steps = drafts(project, info, languages, describer, inline_only, progress)
    return deque(steps, maxlen=1).pop()


def drafts(
    project: Project,
    info: FilmInfo,
    languages: Sequence[str],
    describer: str,
    inline_only: bool,
    progress: Progress,
    dialogue: Sequence[Entry] = (),
    only: Collection[str] | None = None,
    ranker: str | None = None,
) -> Iterator[Project]:
    """As `draft`, a cue at a time, so that what was drafted can be kept when the rest fails.

    dialogue: what people in the film say, for describers that can read; where there is none, the
    project's own lines. only: the ids of the cues that are asked for: they gain new drafts even
    where a person has decided, whose text or silence stays. ranker: whose taste the choice between
    drafts follows; see drafting/ranking.py.
    """
    from studio.drafting import ranking
    from studio.drafting.describe import Help, check_language
    from studio.drafting.describe import draft as describe
    from studio.drafting.known import spoken, style_of
    from studio.drafting.places import with_places

    for language in languages:
        check_language(describer, language)
    lines, taste = spoken(project, dialogue), ranking.ranker(ranker)
    project = edits.add_languages(project, languages)
    if not project.cues and only is None:
        project = with_places(project, inline_only)
    for index, language in enumerate(languages):
        part = progress.part(index / len(languages), (index + 1) / len(languages))
        issues: list[Issue] = []
        given = Help(lines, style_of(project, language), taste)
        for drafted in describe(info, project, language, describer, part, given, only):
            issues += drafted.issues
            project = edits.put_draft(project, drafted.cue, drafted.drafts)
            project = edits.put_issues(project, "drafting", language, issues, only)
            yield project
        yield edits.put_issues(project, "drafting", language, issues, only)


def speak(
    project: Project,
    languages: Sequence[str],
    speaker: str | None,
    voice: str | None,
    progress: Progress,
    takes: Path | None = None,
) -> Project:
    """The project with a clip for every written cue in `languages`.

    speaker, voice: None keeps what the project has chosen, or chooses for the language.
    takes: the folder of its recordings (store.takes_folder); a cue with a take is left to that.
    """
    from studio.speech.synthesise import speak as say

    for index, language in enumerate(languages):
        if speaker is not None or voice is not None or _needs_voice(project, language):
            project = edits.set_voice(project, _voice_for(project, language, speaker, voice))
        part = progress.part(index / len(languages), (index + 1) / len(languages))
        spoken = say(project, language, part, takes=takes)
        for cue_id, text, clip in spoken.clips:
            project = edits.put_clip(project, cue_id, language, text, clip)
        project = edits.put_issues(project, "speech", language, spoken.issues)
    return project


def voices_for(
    project: Project, languages: Sequence[str], speaker: str | None, voice: str | None
) -> tuple[VoiceChoice, ...]:
    """Who says what is written in the languages, where `speak` is asked the same; see there."""
    found: dict[VoiceChoice, None] = {}
    for language in languages:
        if _needs_voice(project, language):
            found[_voice_for(project, language, speaker, voice)] = None
        for cue in project.cues:
            version = cue.version(language)
            if version is not None and version.voice is not None and not version.take:
                found[version.voice] = None
    return tuple(found)


def _needs_voice(project: Project, language: str) -> bool:
    """Whether a cue is left to the voice of the language."""
    versions = (cue.version(language) for cue in project.cues)
    return any(
        one is not None and one.text.strip() and not one.take and one.voice is None
        for one in versions
    )


def _voice_for(
    project: Project, language: str, speaker: str | None, voice: str | None
) -> VoiceChoice:
    from studio.speech.voices import choose

    kept = project.voice(language)
    if speaker is None and voice is None and kept is not None:
        return kept
    return choose(language, speaker, voice)


def import_script(
    project: Project, file: Path, language: str, format_name: str | None = None
) -> tuple[Project, tuple[str, ...]]:
    """The project with the texts of a script in `language`; they count as a person's words.

    format_name: see script/formats; None goes by the file's ending and content. Returns also
    sentences on what the project could not take over. Raises UsageError and ProjectError.
    """
    script = formats.read(file, format_name, project.film.rate)
    return exchange.import_script(project, language, script, plan(project, language))


def import_from(
    project: Project,
    source: Path,
    language: str,
    takes: Path,
    progress: Progress,
    format_name: str | None = None,
) -> tuple[Project, tuple[str, ...]]:
    """The project with a script, or with a folder of recordings named like delivered clips.

    takes: where recordings are kept (store.takes_folder); see speech.clipfolder. format_name and
    what is returned: see `import_script`.
    """
    from studio.speech.clipfolder import put_clips, read_clips

    if not source.is_dir():
        return import_script(project, source, language, format_name)
    clips = read_clips(project, source, language, takes, progress)
    return put_clips(project, language, clips), ()


def plan(project: Project, language: str) -> tuple[Placement, ...]:
    """Where each clip sounds and whether the film waits for it; a placement for every cue."""
    from studio.speech import fit

    return fit.plan(project, language)


# --- the described film ---------------------------------------------------------------------------


def export(
    project: Project,
    info: FilmInfo,
    language: str,
    targets: dict[str, Path],
    progress: Progress,
    profiles: Mapping[str, Profile] | None = None,
    *,
    fold_down: bool = False,
    constant_rate: bool = False,
    captions: Path | None = None,
    takes: Path | None = None,
) -> tuple[Made, ...]:
    """Make the deliveries named in `targets` (delivery to file) in one language.

    profiles: how loud a delivery becomes; one without is as loud as the film.
    fold_down: surround sound with a description becomes stereo.
    constant_rate: a freeze is frames of its own, not one that is shown for longer.
    captions: those of the film, for the delivery of that name. takes: the folder of the project's
    recordings.
    Raises ExportError, and ProjectError where there is nothing to deliver in that language.
    """
    from studio.mix.export import DELIVERY_NAMES, deliver
    from studio.speech.synthesise import clip_files

    placements = plan(project, language)
    _check_written(project, language)
    mixed = {name: targets[name] for name in DELIVERY_NAMES if name in targets}
    made: list[Made] = []
    if mixed:
        _check_spoken(language, placements)
        clips = clip_files(project, language, placements, takes)
        levels = {name: profiles[name] for name in mixed if profiles and name in profiles}
        deliveries = deliver(
            project, info, language, placements, clips, mixed, progress, levels,
            fold_down=fold_down, constant_rate=constant_rate, captions=captions,
        )  # fmt: skip
        made += [_made(one, language) for one in deliveries]
    for name in (one for one in SNIPPETS if one in targets):
        text = snippet(name, targets[name], info, language, fold_down=fold_down)
        store.write_text(targets[name], text)
        made.append(Made(name, language, targets[name].absolute(), "output"))
    for name in (one for one in TEXTS if one in targets):
        script, notes = _script(project, language, placements, TEXTS[name])
        script, notes = _with_dialogue(script, notes, TEXTS[name], captions)
        store.write_bytes(targets[name], formats.write(name, script))
        made.append(Made(name, language, targets[name].absolute(), "film", notes=notes))
    return tuple(made)


def foresee(
    project: Project,
    info: FilmInfo,
    language: str,
    targets: dict[str, Path],
    progress: Progress,
    *,
    fold_down: bool = False,
    constant_rate: bool = False,
) -> tuple[Made, ...]:
    """What `export` would make, and what it would lose, without writing. Raises what it would."""
    from studio.mix.export import DELIVERY_NAMES, timeline_of
    from studio.mix.export import foresee as look_ahead

    placements = plan(project, language)
    _check_written(project, language)
    mixed = {name: targets[name] for name in DELIVERY_NAMES if name in targets}
    made: list[Made] = []
    if mixed:
        _check_spoken(language, placements)
        seen = look_ahead(
            project, info, language, placements, mixed, progress,
            fold_down=fold_down, constant_rate=constant_rate,
        )  # fmt: skip
        made += [
            Made(
                one.name,
                language,
                one.path,
                timeline_of(one.name),
                one.picture,
                one.picture_why,
                one.sound,
                one.notes,
            )
            for one in seen
        ]
    made += [Made(name, language, targets[name], "output") for name in targets if name in SNIPPETS]
    for name in (one for one in targets if one in TEXTS):
        _, notes = _script(project, language, placements, TEXTS[name])
        made.append(Made(name, language, targets[name].absolute(), "film", notes=notes))
    return tuple(made)


def _script(
    project: Project, language: str, placements: Sequence[Placement], row: Format
) -> tuple[Script, tuple[str, ...]]:
    """What a text delivery is made from, and sentences on what it lacks."""
    script = exchange.script_of(project, language, placements, players=row.players)
    left_out = sum(place.state == "left out" for place in placements)
    if row.players and left_out:
        said = "1 description is" if left_out == 1 else f"{left_out} descriptions are"
        return script, (f"{said} too long for the film and left out.",)
    return script, ()


def _with_dialogue(
    script: Script, notes: tuple[str, ...], row: Format, captions: Path | None
) -> tuple[Script, tuple[str, ...]]:
    """The script with what people say, where its format tells that. captions: of the film."""
    if not row.dialogue:
        return script, notes
    if captions is None:
        missing = "What people say is not in it; give the film's captions: --captions FILE"
        return script, (*notes, missing)
    return replace(script, dialogue=formats.read(captions, rate=script.rate).entries), notes


def _made(delivery: Delivery, language: str) -> Made:
    return Made(
        delivery.name,
        language,
        delivery.path,
        delivery.timeline,
        delivery.picture,
        delivery.picture_why,
        delivery.sound,
        delivery.notes,
        delivery.loudness,
    )


def _check_written(project: Project, language: str) -> None:
    written = [cue for cue in project.cues if text_of(cue, language)]
    if not written:
        raise ProjectError(
            f"No cue has a text in “{language}”.",
            "There is nothing to deliver in that language.",
            f"Draft or import texts first: studio draft, or studio import … --language {language}",
        )


def _check_spoken(language: str, placements: Sequence[Placement]) -> None:
    if any(one.clip is not None for one in placements):
        return
    if any(one.state == "left out" for one in placements):
        raise ProjectError(
            f"Every description in “{language}” is too long for its gap and left out.",
            "The film would have no description.",
            "Shorten the texts, or let the film wait for them (without --inline-only).",
        )
    raise ProjectError(
        f"No cue has been spoken in “{language}”.",
        "The film would have no description.",
        "Speak the cues first: studio speak PROJECT",
    )


# --- what is in it --------------------------------------------------------------------------------


def issues(project: Project, language: str, progress: Progress | None = None) -> tuple[Issue, ...]:
    """What engines reported, what follows from the plan, and what the checks find, in one language.

    All of it, what a person lets pass too; checks.open_issues leaves that out. progress: only asked
    whether to go on.
    """
    style, missing = styles.house_style(project)
    found = checks.check(project, language, plan(project, language), style, progress)
    return (*reported(project, language), *missing, *found)


def reported(project: Project, language: str) -> tuple[Issue, ...]:
    """What engines reported, and what follows from the plan, in one language."""
    from studio.speech import fit

    stored = tuple(one for one in project.issues if one.language in ("", language))
    return (*stored, *fit.issues(project, language), *recorded.issues(project, language))


def show(project: Project, language: str) -> dict[str, Any]:
    """The project as the command line's contract prints it; the plan is that of `language`."""
    placements = {one.cue: one for one in plan(project, language)}
    silent = silent_cues(project)
    return {
        "film": to_plain(project.film),
        "scenes": to_plain(project.scenes),
        "speech": to_plain(project.speech),
        "gaps": to_plain(project.gaps),
        "cues": [
            {**_show_cue(cue, language, placements[cue.id]), "silent": cue.id in silent}
            for cue in project.cues
        ],
        "lines": to_plain(project.lines),
        "people": to_plain(project.people),
        "beds": to_plain(project.beds),
        "issues": to_plain(issues(project, language)),
        "story": project.story,
        "describability": asdict(describability(project)),
    }


def _show_cue(cue: Cue, language: str, place: Placement) -> dict[str, Any]:
    clip = to_plain(place.clip)
    if place.clip is not None:
        text = text_of(cue, language)
        clip["wpm"] = round(pace.words_per_minute(text, place.clip.duration))
    return {
        "id": cue.id,
        "start": cue.start,
        "end": cue.end,
        "text": {version.language: version.text for version in cue.versions},
        "mode": "extended" if place.freeze else "inline",
        "freeze": place.freeze,
        "at": place.start,
        "clip": clip,
        "state": place.state,
        "accepted": cue.accepted,
        "drafts": to_plain(cue.drafts),
    }


def text_of(cue: Cue, language: str) -> str:
    """The text of a cue in one language, "" where it has none."""
    version = cue.version(language)
    return "" if version is None else version.text


# --- all in one -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wishes:
    """What `narrate` is asked for. None leaves the choice to the studio."""

    languages: tuple[str, ...] = ("en",)
    describer: str = DEFAULT_DESCRIBER
    speaker: str | None = None
    voice: str | None = None
    inline_only: bool = False


def check_wishes(wishes: Wishes) -> tuple[VoiceChoice, ...]:
    """Raise, before any work, what would stop `narrate` half way: engines, languages, voices.

    Returns who will speak.
    """
    from studio.drafting.describe import check_language
    from studio.speech.voices import choose

    for language in wishes.languages:
        check_language(wishes.describer, language)
    return tuple(choose(one, wishes.speaker, wishes.voice) for one in wishes.languages)


def narrate(
    film: Path, wishes: Wishes, settings: Settings, progress: Progress
) -> Iterator[Project]:
    """From a film to a project ready for export, a finished step at a time.

    Yields the project after analysis, after drafting and after speaking, so that the caller can
    keep each. The shares of the progress are those measured on ten minutes of film.
    """
    from studio.media.probe import probe

    check_wishes(wishes)
    project = new(film, settings, wishes.languages, progress.part(0.0, 0.6))
    yield project
    project = draft(
        project,
        probe(film),
        wishes.languages,
        wishes.describer,
        wishes.inline_only,
        progress.part(0.6, 0.85),
    )
    yield project
    yield speak(project, wishes.languages, wishes.speaker, wishes.voice, progress.part(0.85, 1.0))
