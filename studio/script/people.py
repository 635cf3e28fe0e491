"""Edits on the cast: who is in it, and whose lines, turns and faces are whose.

What a person has settled (Line.settled, FaceTrack.settled), and whoever has a name, stays when
voices and faces are found again. One correction goes as far as it is safe:

- a line given to somebody takes with it all of the voice it was in, as long as nobody has said of
  that voice whose it is (it has no name, and none of its lines or faces is settled);
- otherwise, and where lines are given to somebody new, only these lines and their turns go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import count
from typing import TypeVar

from studio.errors import UsageError
from studio.script import edits
from studio.script.faces import shows
from studio.script.model import FaceTrack, Line, Person, Project, Spot, Turn
from studio.times import Span

COLOURS = (
    *("#ffffff", "#f0e442", "#56b4e9", "#e69f00", "#009e73", "#cc79a7"),
    *("#d55e00", "#99ddff", "#bbcc33", "#ffaabb", "#aaaa00", "#dddddd"),
)
"""For who has no colour of their own, by the place in the cast: white, then colours that look
unlike with any colour blindness (Okabe and Ito, "Color universal design"; then Tol's light ones).
"""

_SETTLED = 2  # how much a line that is settled tells of a voice, against a turn that was heard
_KNOWN = 1 / 3  # of a voice's time that somebody must have spoken for it to be theirs again


def colour_of(people: Sequence[Person], person: str) -> str:
    """The "#rrggbb" of a person's lines; white for nobody known."""
    for place, one in enumerate(people):
        if one.id == person:
            return one.colour or COLOURS[place % len(COLOURS)]
    return COLOURS[0]


# --- one person -----------------------------------------------------------------------------------


def add_person(project: Project, name: str = "") -> tuple[Project, str]:
    """With one more in the cast; returns also their id. Raises UsageError: the name is taken."""
    _check_free(project, name, "")
    new = _new_id(project.people)
    return edits.set_people(project, (*project.people, Person(new, name.strip()))), new


def rename(project: Project, person_id: str, name: str) -> Project:
    """What a person is called, "" for not named yet. Raises UsageError: the name is taken."""
    _check_free(project, name, person_id)
    return _change(project, replace(_person(project, person_id), name=name.strip()))


def set_colour(project: Project, person_id: str, colour: str) -> Project:
    """The colour of a person's lines, "#rrggbb"; "" takes one by the place in the cast."""
    return _change(project, replace(_person(project, person_id), colour=colour.lower()))


def set_look(project: Project, person_id: str, look: str) -> Project:
    """How a person is told apart, for whoever describes them."""
    return _change(project, replace(_person(project, person_id), look=look))


def set_first_seen(project: Project, person_id: str, time: int | None) -> Project:
    """From which film ms on a person may be named; None where it is not known."""
    return _change(project, replace(_person(project, person_id), first_seen=time))


def set_picture(project: Project, person_id: str, picture: Spot | None) -> Project:
    """Where a person's face is seen well."""
    return _change(project, replace(_person(project, person_id), picture=picture))


def remove(project: Project, person_id: str) -> Project:
    """Without a person; their lines and faces become nobody's."""
    _person(project, person_id)
    return edits.set_people(project, (one for one in project.people if one.id != person_id))


def merge(project: Project, keep: str, others: Collection[str]) -> Project:
    """Several people as the one they are: lines, turns and faces of the others are `keep`'s.

    Name, look, colour and picture are those of `keep`, or of the first who has them where it has
    none; first_seen is the earliest. Somebody has said so, so the lines are settled.
    """
    gone = [_person(project, one) for one in dict.fromkeys(others) if one != keep]
    one = _person(project, keep)
    if not gone:
        return project
    everyone = (one, *gone)
    merged = Person(
        id=keep,
        name=next((who.name for who in everyone if who.name), ""),
        first_seen=min(
            (who.first_seen for who in everyone if who.first_seen is not None), default=None
        ),
        look=next((who.look for who in everyone if who.look), ""),
        colour=next((who.colour for who in everyone if who.colour), ""),
        picture=next((who.picture for who in everyone if who.picture is not None), None),
    )
    ids = {who.id for who in gone}
    project = _moved(project, ids, keep)
    lines = (replace(line, settled=True) if line.person == keep else line for line in project.lines)
    people = (merged if who.id == keep else who for who in project.people if who.id not in ids)
    return edits.set_people(edits.set_lines(project, lines), people)


# --- whose is what --------------------------------------------------------------------------------


def give_lines(project: Project, line_ids: Collection[str], person_id: str) -> Project:
    """Lines that a person says are somebody's; "" for nobody known, which settles nothing.

    What of their voices goes with them: see the module. Raises UsageError for nobody in the cast.
    """
    if person_id:
        _person(project, person_id)
    given = [line for line in project.lines if line.id in line_ids]
    voices = {line.person for line in given} - {"", person_id}
    project = _only(project, given, person_id)
    loose = {one for one in voices if person_id and _is_unconfirmed(project, one)}
    if not loose:
        return project
    project = _moved(project, loose, person_id)
    return edits.set_people(project, (one for one in project.people if one.id not in loose))


def give_to_new(project: Project, line_ids: Collection[str], name: str = "") -> tuple[Project, str]:
    """These lines, and nothing else of their voice, to somebody new; returns also the id."""
    project, new = add_person(project, name)
    given = [line for line in project.lines if line.id in line_ids]
    return _only(project, given, new), new


def give_faces(project: Project, track_ids: Collection[str], person_id: str) -> Project:
    """Faces that a person says are somebody's; "" gives them back to be found again.

    All faces of one whom nobody has named and of whom nothing is settled go with them. A picture
    that was taken from a face that goes is nobody's picture any more.
    """
    if person_id:
        _person(project, person_id)
    given = [face for face in project.faces if face.id in track_ids]
    whose = {face.person for face in given} - {"", person_id}
    settled = bool(person_id)
    project = edits.set_faces(
        project,
        (
            replace(face, person=person_id, settled=settled) if face.id in track_ids else face
            for face in project.faces
        ),
    )
    loose = {one for one in whose if settled and _is_unconfirmed(project, one)}
    faces = (
        replace(face, person=person_id) if face.person in loose else face for face in project.faces
    )
    project = _without_empty(edits.set_faces(project, faces), loose)
    return _without_pictures_of(project, [face for face in given if face.person != person_id])


def _without_pictures_of(project: Project, gone: Sequence[FaceTrack]) -> Project:
    """Without the pictures that people had from faces which were theirs before."""
    wrong = {
        one.id
        for one in project.people
        for face in gone
        if face.person == one.id and one.picture is not None and shows(face, one.picture)
    }
    if not wrong:
        return project
    people = (replace(one, picture=None) if one.id in wrong else one for one in project.people)
    return edits.set_people(project, people)


def _only(project: Project, given: Sequence[Line], person_id: str) -> Project:
    """With these lines settled as somebody's, and with the turns under them."""
    ids = {line.id for line in given}
    lines = (
        replace(line, person=person_id, settled=bool(person_id)) if line.id in ids else line
        for line in project.lines
    )
    project = edits.set_lines(project, lines)
    if not person_id:
        return project
    turns = _settled_in(project.turns, [line for line in project.lines if line.id in ids])
    return edits.set_turns(project, turns)


def _is_unconfirmed(project: Project, person_id: str) -> bool:
    who = project.person(person_id)
    owned: tuple[Line | FaceTrack, ...] = (*project.lines, *project.faces)
    return (
        who is not None
        and not who.name
        and not any(one.settled for one in owned if one.person == person_id)
    )


Owned = TypeVar("Owned", Line, FaceTrack, Turn)


def _moved(project: Project, froms: Collection[str], to: str) -> Project:
    def moved(owned: Iterable[Owned]) -> Iterable[Owned]:
        return (replace(one, person=to) if one.person in froms else one for one in owned)

    project = edits.set_lines(project, moved(project.lines))
    project = edits.set_turns(project, moved(project.turns))
    return edits.set_faces(project, moved(project.faces))


# --- found by engines -----------------------------------------------------------------------------


def adopt_turns(project: Project, heard: Sequence[tuple[Span, int]]) -> Project:
    """The project with the turns of voices that were heard, each voice a person.

    heard: stretches and the numbers of their voices. A voice is whoever spoke most in its
    stretches before, lines that are settled counting twice; several voices may be one person's,
    for somebody may have said so. Else it is somebody new. Where a line is settled its person has
    the turn. Who was found before and is heard no more goes, unless a person knows of them.
    """
    voices = sorted({voice for _, voice in heard})
    old = [(Span(one.start, one.end), one.person, 1) for one in project.turns]
    old += [
        (Span(line.start, line.end), line.person, _SETTLED)
        for line in project.lines
        if line.settled and line.person
    ]
    weight = _shared(heard, old)
    people = list(project.people)
    owner: dict[int, str] = {}
    for voice in voices:
        spoken = sum(span.duration for span, one in heard if one == voice)
        known = [(shared, person) for (one, person), shared in weight.items() if one == voice]
        most, person = max(known, key=lambda pair: pair[0], default=(0, ""))
        if not person or most < _KNOWN * spoken:
            person = _new_id(people)
            people.append(Person(person, ""))
        owner[voice] = person
    turns = [Turn(span.start, span.end, owner[voice]) for span, voice in heard]
    settled = [line for line in project.lines if line.settled and line.person]
    project = edits.set_people(replace(project, turns=()), people)
    project = edits.set_turns(project, _settled_in(turns, settled))
    return _without_empty(project, {one.id for one in people})


def adopt_speakers(project: Project, people: Sequence[str]) -> Project:
    """The project with who says each line, in their order; lines that are settled stay."""
    lines = tuple(
        line if line.settled or line.person == person else replace(line, person=person)
        for line, person in zip(project.lines, people, strict=True)
    )
    project = edits.set_lines(project, lines)
    return _without_empty(project, {one.id for one in project.people})


def _shared(
    heard: Sequence[tuple[Span, int]], old: Sequence[tuple[Span, str, int]]
) -> dict[tuple[int, str], int]:
    """For each voice and person how many ms both have, times the weight of what the person has."""
    weight: dict[tuple[int, str], int] = {}
    waiting = sorted(old, key=lambda one: one[0])
    open_: list[tuple[Span, str, int]] = []
    at = 0
    for span, voice in sorted(heard):
        while at < len(waiting) and waiting[at][0].start < span.end:
            open_.append(waiting[at])
            at += 1
        open_ = [one for one in open_ if one[0].end > span.start]
        for other, person, times in open_:
            shared = span.overlap(other) * times
            if shared:
                weight[voice, person] = weight.get((voice, person), 0) + shared
    return weight


def _settled_in(turns: Sequence[Turn], lines: Sequence[Line]) -> list[Turn]:
    """The turns, with whoever is settled to speak in these lines in place of anybody else."""
    found: list[Turn] = []
    waiting = sorted(lines, key=lambda line: line.start)
    open_: list[Line] = []
    at = 0
    for turn in sorted(turns, key=lambda one: (one.start, one.end)):
        while at < len(waiting) and waiting[at].start < turn.end:
            open_.append(waiting[at])
            at += 1
        open_ = [line for line in open_ if line.end > turn.start]
        position = turn.start
        for line in open_:
            start, end = max(position, line.start), min(turn.end, line.end)
            if start >= end or line.person == turn.person:
                continue
            if position < start:
                found.append(replace(turn, start=position, end=start))
            found.append(Turn(start, end, line.person))
            position = end
        if position < turn.end:
            found.append(replace(turn, start=position))
    return found


def without_empty(project: Project) -> Project:
    """Without people of whom nothing is known, and of whom nobody has said anything."""
    return _without_empty(project, {one.id for one in project.people})


# --- small things ---------------------------------------------------------------------------------


def _without_empty(project: Project, ids: Collection[str]) -> Project:
    """Without those of these people of whom nothing is known any more, nor was ever said."""
    owned: tuple[Line | Turn | FaceTrack, ...] = (*project.lines, *project.turns, *project.faces)
    having = {one.person for one in owned}
    gone = {
        one.id
        for one in project.people
        if one.id in ids and one.id not in having and not (one.name or one.look or one.colour)
    }
    if not gone:
        return project
    return edits.set_people(project, (one for one in project.people if one.id not in gone))


def _change(project: Project, person: Person) -> Project:
    people = (person if one.id == person.id else one for one in project.people)
    return edits.set_people(project, people)


def _person(project: Project, person_id: str) -> Person:
    person = project.person(person_id)
    if person is None:
        raise UsageError(
            f"“{person_id}” is not in the cast.", "Nothing was changed.", "Choose somebody in it."
        )
    return person


def _check_free(project: Project, name: str, person_id: str) -> None:
    wanted = name.strip().casefold()
    if wanted and any(
        one.name.casefold() == wanted for one in project.people if one.id != person_id
    ):
        raise UsageError(
            f"Somebody in the cast is called “{name.strip()}” already.",
            "Two people of one name could not be told apart.",
            "If they are one person, merge them; else add to the name.",
        )


def _new_id(people: Sequence[Person]) -> str:
    used = {one.id for one in people}
    return next(f"p{number}" for number in count(len(used) + 1) if f"p{number}" not in used)
