"""Steps like those of `studio.steps` that are about what is heard: the dialogue and who says it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from studio.amounts import counted
from studio.errors import EngineError, ProjectError, UsageError
from studio.progress import Progress
from studio.script import edits, formats, lines, people
from studio.script.formats import spoken
from studio.script.formats.alternative import has_times
from studio.script.formats.script import Entry
from studio.script.languages import language_code
from studio.script.lines import Said
from studio.script.model import FaceTrack, Issue, Person, Project, Word
from studio.times import clock

if TYPE_CHECKING:
    from studio.engines import Phrase, VoiceTurn
    from studio.media.probe import FilmInfo

FAILED, NOTHING = "hearing.failed", "hearing.nothing"
"""Rules of the issues that listening leaves."""


# --- the dialogue ---------------------------------------------------------------------------------


def transcribe(
    project: Project, info: FilmInfo, engine: str | None, language: str | None, progress: Progress
) -> Iterator[Project]:
    """The project with what people say, a chunk of speech at a time.

    engine: a transcriber, perhaps with a model ("whisper:large-v3"); None takes the first that is
    ready. language: of the dialogue, None lets the engine tell it. Lines that a person wrote or
    imported stay; gaps do not change, for they follow speech. A chunk that fails is an issue. A
    film without sound or speech ends as it was, with an issue that says so. Raises EngineError and
    MediaError.
    """
    from studio.analysis.transcribe import check_language, chunks, quietest_in
    from studio.analysis.transcribe import transcribe as write_down
    from studio.engines import Unanswered

    if engine is not None:
        check_language(engine, language)
    if info.sound is None or not project.speech:
        yield _nothing_to_hear(project, info)
        return
    if engine is None:
        engine = _ready_transcriber()
        check_language(engine, language)
    quietest = quietest_in(info, progress.part(0, 0))
    spans = chunks(project.speech, project.film.duration, quietest)
    project = lines.forget_heard(project, spans)
    heard_in: Counter[str] = Counter() if language is None else Counter({language: 1})
    issues: list[Issue] = []
    for written in write_down(info, spans, engine, language, progress):
        if isinstance(written.answer, Unanswered):
            issues.append(_failed(written.chunk.start, written.chunk.end, written.answer.why))
        else:
            said = [_said(one) for one in written.answer.phrases]
            project = lines.put_heard(project, [written.chunk], said, engine)
            if said and language is None:
                heard_in[written.answer.language] += written.chunk.duration
        if heard_in:
            project = edits.set_lines(project, project.lines, heard_in.most_common(1)[0][0])
        project = edits.put_issues(project, "hearing", "", issues)
        yield project
    if not project.lines and not issues:
        yield edits.put_issues(project, "hearing", "", [_no_words(engine)])


def with_lines(project: Project, found: Project) -> Project:
    """The project with the lines, and the issues of listening, that `transcribe` came to."""
    project = edits.set_lines(project, found.lines, found.dialogue_language)
    project = edits.set_people(project, project.people)  # who was removed meanwhile says nothing
    issues = [one for one in found.issues if one.rule in {FAILED, NOTHING}]
    return edits.put_issues(project, "hearing", "", issues)


def _ready_transcriber() -> str:
    """The first transcriber that has all it needs. Raises EngineError, saying how to get one."""
    from studio import engines

    rows = engines.rows("transcriber")
    found = next((row for row in rows if row.needs and not row.missing()), None)
    if found is None:
        raise EngineError(
            "No transcriber is ready on this machine.",
            "Nothing was written down.",
            "Bring captions or a list with --from FILE, or get a model, for example: "
            "studio engines get whisper-small",
        )
    return found.name


def _said(phrase: Phrase) -> Said:
    words = tuple(Word(one.text, one.span.start, one.span.end) for one in phrase.words)
    return Said(phrase.span, phrase.text, words)


def _failed(start: int, end: int, why: str) -> Issue:
    sentence = f"What is said from {clock(start)} to {clock(end)} was not written down: {why}"
    return Issue(FAILED, "caution", sentence)


def _nothing_to_hear(project: Project, info: FilmInfo) -> Project:
    project = lines.forget_heard(project, ())
    why = "The film has no sound" if info.sound is None else "Nobody is heard to speak in the film"
    issue = Issue(NOTHING, "info", f"{why}, so no dialogue was written down.")
    return edits.put_issues(project, "hearing", "", [issue])


def _no_words(engine: str) -> Issue:
    sentence = f"“{engine}” heard no words where people speak, so no dialogue was written down."
    return Issue(NOTHING, "caution", sentence)


def import_lines(
    project: Project, info: FilmInfo, file: Path, language: str | None, progress: Progress
) -> tuple[Project, tuple[str, ...]]:
    """The project with the dialogue of a file in place of the lines it had.

    Captions keep their times and their ids; a plain list of who says what (.txt) is aligned to the
    sound. language: of the dialogue; None takes the file's, the project's, or its first. Returns
    also sentences on what a person should know. Raises UsageError, ProjectError, MediaError, and
    EngineError where what aligns is missing.
    """
    if file.suffix.lower() == ".txt" and not has_times(content := formats.content(file)):
        spoken_in = language or project.dialogue_language or project.languages[0]
        said, notes = _aligned(project, info, file, content, spoken_in, progress)
    else:
        script = formats.read(file, rate=project.film.rate)
        spoken_in = language or _language_of(script.language) or project.dialogue_language
        spoken_in = spoken_in or project.languages[0]
        said, notes = _timed(script.dialogue or script.entries), ()
    before = len(project.lines)
    project = lines.put_imported(project, said, spoken_in)
    late = sum(one.start >= project.film.duration for one in project.lines)
    if before:
        notes += (f"It replaces {counted(before, 'line')} that the project had.",)
    if late:
        notes += (f"Lines after the end of the film: {late}. Are they of another version of it?",)
    return edits.put_issues(project, "hearing", "", ()), notes


def _timed(entries: Iterable[Entry]) -> list[Said]:
    return [Said(one.span, one.text, voice=one.voice, id=one.id) for one in entries]


def _language_of(told: str) -> str:
    """What a file says of its language as a code; "" where it says none, or nonsense."""
    try:
        return language_code(told)
    except UsageError:
        return ""


def _aligned(
    project: Project,
    info: FilmInfo,
    file: Path,
    content: bytes,
    language: str,
    progress: Progress,
) -> tuple[list[Said], tuple[str, ...]]:
    """The lines of a list at the times at which they are said, and which were left out."""
    from studio.analysis.align import align

    try:
        listed = spoken.read(content)
    except ProjectError as error:
        raise ProjectError(f"{file}: {error.what}", error.meaning, error.advice) from error
    heard = [one for one in listed if one.heard]
    texts = [one.heard for one in heard]
    found = align(info, project.speech, texts, language, file.name, progress)
    said = [
        Said(span, one.text, voice=one.voice)
        for one, span in zip(heard, found, strict=True)
        if span is not None
    ]
    notes: tuple[str, ...] = (f"Lines aligned to the sound: {len(said)} of {len(listed)}.",)
    missed = [one.text for one, span in zip(heard, found, strict=True) if span is None]
    if missed:
        notes += (f"Not heard in the film and left out: {_first(missed)}.",)
    silent = [one.text for one in listed if not one.heard]
    if silent:
        notes += (f"Nothing in these can be heard, so they were left out: {_first(silent)}.",)
    return said, notes


_NAMED = 3  # texts that a sentence names


def _first(texts: list[str]) -> str:
    named = ", ".join(f"“{one}”" for one in texts[:_NAMED])
    rest = len(texts) - _NAMED
    return f"{named} and {counted(rest, 'other')}" if rest > 0 else named


# --- the cast -------------------------------------------------------------------------------------

DISTINGUISHER = "acoustic"
"""The diariser that is used unasked."""

CASTING = "casting"
NOBODY, MANY = f"{CASTING}.nobody", f"{CASTING}.many"
"""Rules of the issues that finding the cast leaves."""


def cast(
    project: Project,
    info: FilmInfo,
    diariser: str,
    faces: bool,
    progress: Progress,
    finders: Sequence[str] = (),
) -> tuple[Project, tuple[str, ...]]:
    """The project with turns, the people whose they are, their faces, and who says each line.

    faces: look for them too, and whose mouths go with which voice; else those found before stay.
    finders: the face finders that are asked, all of them, perhaps with a model ("yunet:FOLDER");
    () for those that are used unasked.
    Who has a name and what a person has settled stays: see script/people.py. A film in which
    nobody is heard or seen ends as an ordinary project. Returns also sentences on what was found.
    Raises EngineError and MediaError.
    """
    from studio import engines
    from studio.analysis.speakers import hear_voices

    if faces:  # what is missing is said before minutes of work
        for name in finders:
            engines.open("face-finder", name)
    hear, see = progress.shared(1, 4) if faces else (progress, progress)
    project = with_voices(project, info, hear_voices(info, project.speech, diariser, hear))
    return _with_faces(project, info, finders, see) if faces else (project, ())


def terms(diariser: str, finders: Sequence[str] = ()) -> tuple[str, ...]:
    """What a person must know of the licences before `cast` works with these; see there.

    Raises UsageError for a name that is not in the table.
    """
    from studio.engines import licences

    asked = [
        licences.terms("diariser", diariser),
        *(licences.terms("face-finder", one) for one in finders),
    ]
    return tuple(one for one in asked if one)


@dataclass(frozen=True, slots=True)
class FinderChoice:
    """A face finder that can be asked in place of the usual ones. needs: what it lacks, or ""."""

    name: str
    about: str
    needs: str


def face_finders() -> tuple[FinderChoice, ...]:
    """The face finders that are not asked unasked; looks for what each needs, loads nothing."""
    from studio import engines

    return tuple(
        FinderChoice(row.name, row.about, " and ".join(one.called for one in row.missing()))
        for row in engines.rows("face-finder")
        if row.name not in engines.FINDERS
    )


def with_cast(project: Project, found: Project) -> Project:
    """The project with the people, turns, faces and speakers that `cast` came to."""
    project = replace(project, people=found.people, turns=found.turns, faces=found.faces)
    project = edits.set_lines(project, found.lines)
    issues = [one for one in found.issues if one.rule in {NOBODY, MANY}]
    return edits.put_issues(project, CASTING, "", issues)


def same_cast(one: Project, other: Project) -> bool:
    """Whether neither people nor anything of theirs differs; quick, compares by `is`."""
    return (
        one.people is other.people
        and one.lines is other.lines
        and one.turns is other.turns
        and one.faces is other.faces
    )


def _with_faces(
    project: Project, info: FilmInfo, finders: Sequence[str], progress: Progress
) -> tuple[Project, tuple[str, ...]]:
    """The project with faces, and with turns that a mouth tells better than the voice.

    Faces of people with a name count like those that somebody has settled, so that a name stays
    with its face when the film is watched again.
    """
    from studio.analysis.people import find_people
    from studio.engines import FINDERS

    settled = {face for face in project.faces if face.settled}
    kept = [
        replace(face, settled=True)
        for face in project.faces
        if face.settled or face.person in {one.id for one in project.named}
    ]
    project = people.without_empty(replace(project, faces=tuple(kept)))
    cuts = [scene.start for scene in project.scenes]
    found = find_people(
        info,
        cuts,
        project.speech,
        project.turns,
        project.lines,
        project.people,
        kept,
        progress,
        finders or FINDERS,
    )
    faces = [face if face in settled else replace(face, settled=False) for face in found.faces]
    project = edits.set_people(project, _first_seen(found.people, faces))
    project = edits.set_faces(edits.set_turns(project, found.turns), faces)
    return _with_speakers(project), found.report


def _first_seen(cast: Iterable[Person], faces: Iterable[FaceTrack]) -> tuple[Person, ...]:
    """The cast, each from their first face on where nobody has said from when they are seen."""
    seen: dict[str, int] = {}
    for face in faces:
        seen[face.person] = min(face.start, seen.get(face.person, face.start))
    return tuple(
        replace(one, first_seen=seen.get(one.id)) if one.first_seen is None else one for one in cast
    )


def _with_speakers(project: Project) -> Project:
    from studio.analysis.speakers import who_says

    return people.adopt_speakers(project, who_says(project.lines, project.turns))


def with_voices(project: Project, info: FilmInfo, turns: Sequence[VoiceTurn]) -> Project:
    """The project with these voices as its cast."""
    from studio.analysis.speakers import MOST_VOICES

    count = len({turn.voice for turn in turns})
    project = people.adopt_turns(project, [(turn.span, turn.voice) for turn in turns])
    project = _with_speakers(project)
    issues: list[Issue] = []
    if not turns:
        why = "The film has no sound" if info.sound is None else "Nobody is heard in the film"
        issues.append(Issue(NOBODY, "info", f"{why}, so no voices were told apart."))
    elif count >= MOST_VOICES:
        told = f"{count} voices were told apart, the most that can be; some may be two people's."
        issues.append(Issue(MANY, "info", told))
    return edits.put_issues(project, CASTING, "", issues)


@dataclass(frozen=True, slots=True)
class Part:
    """What a member of the cast has. called: name or "Person 3". speaks: ms. colour: "#rrggbb"."""

    id: str
    called: str
    colour: str
    lines: int
    turns: int
    speaks: int
    faces: int


def parts(project: Project) -> tuple[Part, ...]:
    """What each member of the cast has, in the order of the cast; linear time."""
    said = Counter(line.person for line in project.lines)
    heard = Counter(turn.person for turn in project.turns)
    seen = Counter(face.person for face in project.faces)
    speaks: Counter[str] = Counter()
    for turn in project.turns:
        speaks[turn.person] += turn.end - turn.start
    return tuple(
        Part(
            one.id,
            one.name or f"Person {place}",
            people.colour_of(project.people, one.id),
            said[one.id],
            heard[one.id],
            speaks[one.id],
            seen[one.id],
        )
        for place, one in enumerate(project.people, 1)
    )
