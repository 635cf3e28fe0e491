"""Edits of the film's own dialogue, line by line. Each takes a project and returns the next one.

What a person has written or imported (`Line.engine` is ""), no engine overwrites; a line that a
person changes becomes theirs. Who speaks stays as somebody has settled it, also where a line is
heard anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from studio.errors import UsageError
from studio.script import edits
from studio.script.model import Line, Person, Project, Translation, Word
from studio.times import Span

_SAME = 0.5  # of the shorter of two lines; those that share more say the same moment


@dataclass(frozen=True, slots=True)
class Said:
    """A line as it comes from an engine or a file. voice, id: "" where it has none."""

    span: Span
    text: str
    words: tuple[Word, ...] = ()
    voice: str = ""
    id: str = ""


# --- one line -------------------------------------------------------------------------------------


def add(project: Project, span: Span, text: str) -> tuple[Project, str]:
    """With a new line by a person; returns also its id."""
    name = next(_new_ids(project.lines))
    line = Line(name, span.start, span.end, text)
    return edits.set_lines(project, (*project.lines, line)), name


def set_text(project: Project, line_id: str, text: str) -> Project:
    """What a person says the line is. Its words keep their times where they are as many."""

    def change(line: Line) -> Line:
        if line.text == text:
            return line
        return replace(line, text=text, words=_retold(line.words, text), engine="")

    return _change(project, line_id, change)


def _retold(words: tuple[Word, ...], text: str) -> tuple[Word, ...]:
    """The words of `text` at the times of those before, () where it is not clear which is which."""
    told = text.split()
    if len(told) != len(words):
        return ()
    return tuple(replace(word, text=one) for word, one in zip(words, told, strict=True))


def set_span(project: Project, line_id: str, span: Span) -> Project:
    """When a person says the line begins and ends; words outside are moved to its edges."""

    def change(line: Line) -> Line:
        if (line.start, line.end) == (span.start, span.end):
            return line
        words = tuple(_within(word, span) for word in line.words)
        return replace(line, start=span.start, end=span.end, words=words, engine="")

    if not 0 <= span.start <= span.end:
        raise UsageError("A line cannot end before it begins.", "It was left as it is.")
    return _change(project, line_id, change)


def _within(word: Word, span: Span) -> Word:
    start = min(max(word.start, span.start), span.end)
    return replace(word, start=start, end=min(max(word.end, start), span.end))


def split(project: Project, line_id: str, at: int) -> tuple[Project, str]:
    """The line in two, before letter `at` of its text; returns also the id of the second.

    Cut in time where the first word of the second begins, or in proportion to the letters.
    Translations go: nobody knows which part of them belongs where. Raises UsageError.
    """
    line = _line(project, line_id)
    first, second = line.text[:at].strip(), line.text[at:].strip()
    if not first or not second:
        raise UsageError(
            "A line can only be split between words.", "It was left as it is.", "Choose a place."
        )
    words = len(first.split())
    if len(line.words) == len(line.text.split()):
        early, late = line.words[:words], line.words[words:]
        end, start = early[-1].end, late[0].start
    else:
        early = late = ()
        start = end = line.start + (line.end - line.start) * at // len(line.text)
    name = next(_new_ids(project.lines))
    halves = (
        replace(line, end=end, text=first, words=early, translations=(), engine=""),
        replace(line, id=name, start=start, text=second, words=late, translations=(), engine=""),
    )
    others = (one for one in project.lines if one is not line)
    return edits.set_lines(project, (*others, *halves)), name


def join(project: Project, line_ids: Collection[str]) -> Project:
    """These lines as one, in order of time; it keeps the first one's id.

    It keeps who speaks where all agree, else it is nobody's; a translation that all have is joined.
    """
    chosen = [line for line in project.lines if line.id in line_ids]
    if len(chosen) < 2:  # noqa: PLR2004  # one alone has nothing to be joined to
        return project
    first, people = chosen[0], {line.person for line in chosen}
    whole = all(line.words for line in chosen)
    translations = (_joined_in(chosen, one.language) for one in first.translations)
    joined = replace(
        first,
        end=max(line.end for line in chosen),
        text=" ".join(line.text for line in chosen),
        words=tuple(word for line in chosen for word in line.words) if whole else (),
        person=first.person if len(people) == 1 else "",
        settled=len(people) == 1 and all(line.settled for line in chosen),
        translations=tuple(one for one in translations if one is not None),
        engine="",
    )
    others = (line for line in project.lines if line not in chosen)
    return edits.set_lines(project, (joined, *others))


def _joined_in(chosen: Sequence[Line], language: str) -> Translation | None:
    """The lines' translations as one, None where one of them lacks it."""
    told = [one for line in chosen if (one := line.translation(language)) is not None]
    if len(told) < len(chosen):
        return None
    engines = {one.engine for one in told}
    text = " ".join(one.text for one in told)
    return Translation(language, text, engines.pop() if len(engines) == 1 else "")


def remove(project: Project, line_ids: Collection[str]) -> Project:
    """Without these lines."""
    return edits.set_lines(project, (line for line in project.lines if line.id not in line_ids))


def say_who(project: Project, line_ids: Collection[str], person: str) -> Project:
    """Who speaks these lines, said by a person and so settled; "" that nobody knows.

    Raises UsageError for a person who is not in the cast.
    """
    if person and project.person(person) is None:
        raise UsageError(f"“{person}” is not in the cast.", "The lines were left as they are.")
    lines = (
        replace(line, person=person, settled=bool(person)) if line.id in line_ids else line
        for line in project.lines
    )
    return edits.set_lines(project, lines)


# --- many lines -----------------------------------------------------------------------------------


def put_heard(
    project: Project, stretches: Collection[Span], said: Sequence[Said], engine: str
) -> Project:
    """With what `engine` heard in these stretches, in place of what engines heard there before.

    Where a line that a person wrote or imported lies, that one stays and nothing is added.
    """
    theirs = [line for line in project.lines if not line.engine]
    before = [line for line in project.lines if line.engine and _lies_in(line, stretches)]
    gone = {line.id for line in before}
    kept = [line for line in project.lines if line.id not in gone]
    names, heard = _new_ids(project.lines), []
    for one in said:
        if not any(_same_moment(one.span, line) for line in _near(theirs, one.span)):
            fresh = Line(next(names), one.span.start, one.span.end, one.text, one.words)
            heard.append(_settled_as(replace(fresh, engine=engine), before))
    return edits.set_lines(project, (*kept, *heard))


def forget_heard(project: Project, stretches: Collection[Span]) -> Project:
    """Without what engines heard outside of these stretches, where nobody speaks any more."""
    kept = (line for line in project.lines if not line.engine or _lies_in(line, stretches))
    return edits.set_lines(project, kept)


def put_imported(project: Project, said: Sequence[Said], language: str) -> Project:
    """With these lines in place of all others; they count as a person's words.

    Ids stay as they are given where each is given once. A name becomes a member of the cast; a
    line without one keeps who was settled to speak there.
    """
    given = [one.id for one in said if one.id]
    names = (name for name in _new_ids(()) if name not in set(given))
    taken: set[str] = set()
    lines = []
    for one in said:
        name = one.id if one.id and one.id not in taken else next(names)
        taken.add(name)
        line = Line(name, one.span.start, one.span.end, one.text, one.words)
        if one.voice:
            project, person = person_called(project, one.voice)
            lines.append(replace(line, person=person, settled=True))
        else:
            lines.append(_settled_as(line, project.lines))
    return edits.set_lines(project, lines, language)


def person_called(project: Project, name: str) -> tuple[Project, str]:
    """The member of the cast of that name, who joins it if need be; capitals do not count."""
    found = next((one for one in project.named if one.name.casefold() == name.casefold()), None)
    if found is not None:
        return project, found.id
    used = {one.id for one in project.people}
    new = next(f"p{number}" for number in count(len(used) + 1) if f"p{number}" not in used)
    return edits.set_people(project, (*project.people, Person(new, name))), new


# --- which lines ----------------------------------------------------------------------------------


def _new_ids(lines: Collection[Line]) -> Iterator[str]:
    used = {line.id for line in lines}
    return (f"l{number}" for number in count(len(used) + 1) if f"l{number}" not in used)


def _lies_in(line: Line, stretches: Collection[Span]) -> bool:
    middle = (line.start + line.end) // 2
    return any(one.start <= middle < one.end for one in stretches)


def _near(lines: Sequence[Line], span: Span) -> Iterator[Line]:
    return (line for line in lines if line.start < span.end and span.start < line.end)


def _same_moment(span: Span, line: Line) -> bool:
    other = Span(line.start, line.end)
    shorter = min(span.duration, other.duration)
    return span.overlap(other) > _SAME * shorter


def _settled_as(line: Line, before: Sequence[Line]) -> Line:
    """The line with the person whom somebody settled for the line that stood there before."""
    span = Span(line.start, line.end)
    near = [one for one in _near(before, span) if one.settled and _same_moment(span, one)]
    if not near:
        return line
    best = max(near, key=lambda one: span.overlap(Span(one.start, one.end)))
    return replace(line, person=best.person, settled=True)


def _line(project: Project, line_id: str) -> Line:
    line = project.line(line_id)
    if line is None:
        raise UsageError(f"There is no line “{line_id}” in this project.")
    return line


def _change(project: Project, line_id: str, change: Callable[[Line], Line]) -> Project:
    old = _line(project, line_id)
    new = change(old)
    if new is old:
        return project
    return edits.set_lines(project, (new if line is old else line for line in project.lines))
