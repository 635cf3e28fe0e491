"""Who is on screen and who speaks: faces made people, and voices given their faces.

    gathered      tracks of faces that look alike become one person; two in one picture are two
    find_people   watches the film, gathers, and matches the voices (turns) by their mouths

What a describer has settled (a line, a face) holds, and carries over to what is like it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from studio.analysis.faces import Track, shots
from studio.analysis.matching import Speaking, likenesses, speaking
from studio.analysis.mouths import Floats
from studio.analysis.watching import heard_envelope, watched
from studio.engines import FINDERS
from studio.media.probe import FilmInfo
from studio.progress import Progress
from studio.script.model import PICTURE_SIDE, FaceTrack, Line, Person, Spot, Turn
from studio.times import Span

# product of two looks from which on they are one person's: more than what people who are shown
# together reach in this film, within bounds; the second where nobody is shown together
_ALIKE_LEAST, _ALIKE, _ALIKE_MOST = 0.68, 0.76, 0.88
_MORE_ALIKE = 0.08  # than those
_MINE = 0.04  # by how much more like one person than like the next
_ROUNDS = 3
_COMPARED = 12  # faces of one shot that are compared with each other
_SHOWN_FOR = 3000  # ms a face must be shown in all to be of the cast without speaking
_SURE = 0.85  # chance from which on a mouth outweighs what the voice says
_SETTLED = 0.5  # of a turn in which a settled line lies
_STRAIGHT = 6  # thousandths of the picture by which a face may leave the straight line
_SAME_PLACE = 0.4  # shared by a face of the project and one found, of what both cover


@dataclass(frozen=True, slots=True, eq=False)
class FoundPeople:
    """People, faces and turns as they belong into a project.

    speaking: of each turn, in order, the face that is seen speaking it, or off screen.
    report: whole sentences about what was found.
    """

    people: tuple[Person, ...]
    faces: tuple[FaceTrack, ...]
    turns: tuple[Turn, ...]
    speaking: tuple[Speaking, ...]
    report: tuple[str, ...]


def find_people(
    info: FilmInfo,
    cuts: Sequence[int],
    talk: Sequence[Span],
    turns: Sequence[Turn],
    lines: Sequence[Line],
    people: Sequence[Person],
    faces: Sequence[FaceTrack],
    progress: Progress,
    finders: Sequence[str] = FINDERS,
) -> FoundPeople:
    """Give the film's faces and turns their people.

    cuts: film ms. talk: stretches of speech. turns: by the sound, in order; the same person's
    turns are one voice. lines, faces: of the project; only settled ones are heeded, and none is
    changed. people: the cast so far; all stay, new ones follow. Blocks; watches the film unless
    that was done before. Raises MediaError, EngineError, and Cancelled within a second.
    """
    watch, match = progress.shared(30, 1)
    seen = watched(info, cuts, talk, watch, finders)
    envelope = heard_envelope(info, match)
    fixed = _settled_tracks(seen.tracks, faces)
    whose = gathered(seen.tracks, fixed)
    stretches = [Span(turn.start, turn.end) for turn in turns]
    likes = likenesses(stretches, seen.motions, envelope, match.check)
    told = _settled_turns(turns, lines)
    voices = _voices(turns, told)
    # a person whose face is settled and whose line is settled speaks it with that face, if shown
    shown = {one.turn: set[str]() for one in likes}
    for one in likes:
        shown[one.turn].add(whose.get(one.track, ""))
    known = set(fixed.values())
    hints = {n: person for n, person in told.items() if person in known & shown.get(n, set())}
    answers, faces_of = speaking(voices, likes, whose, hints)
    cast = _Cast(people)
    owners = _owners(seen.tracks, whose, faces_of, voices, answers, known, cast)
    match(1.0)
    return FoundPeople(
        people=cast.people(_pictures(seen.tracks, whose, owners)),
        faces=_face_tracks(seen.tracks, whose, owners, fixed),
        turns=_turns(turns, voices, told, answers, whose, faces_of, owners),
        speaking=answers,
        report=_report(seen.tracks, whose, owners, answers),
    )


# --- faces that are one person --------------------------------------------------------------------


@dataclass(eq=False)
class _Group:
    """Tracks taken for one person. look: what they look like, of length 1; None without a track.

    spans: when they are shown, in order of start.
    """

    name: str
    members: set[int] = field(default_factory=set)
    look: Floats | None = None
    spans: list[tuple[int, int]] = field(default_factory=list)
    _sum: Floats | None = None

    def add(self, number: int, track: Track) -> None:
        """One more track; the longer it is, the more it says of the look."""
        self.members.add(number)
        weighed = track.look * np.float32(np.sqrt(len(track.times)))
        self._sum = weighed if self._sum is None else self._sum + weighed
        self.look = self._sum / np.float32(max(1e-9, float(np.linalg.norm(self._sum))))
        insort(self.spans, (track.span.start, track.span.end))

    def beside(self, span: Span) -> bool:
        """Whether the person is shown during `span`, so that a face shown then is another's."""
        at = bisect_left(self.spans, (span.end, 0))
        near = self.spans[max(0, at - 2) : at]  # they do not overlap each other
        return any(end > span.start for _, end in near)


def gathered(tracks: Sequence[Track], fixed: Mapping[int, str]) -> dict[int, str]:
    """Which person each track shows, as a name for the group; a track that is nobody's is left out.

    fixed: tracks whose person a describer has told; they are what others are compared with. Time
    grows with the tracks times the people, not with pairs of tracks.
    """
    alike = _least_alike(tracks)
    groups = [_Group(name) for name in dict.fromkeys(fixed.values())]
    by_name = {group.name: group for group in groups}
    for number, name in fixed.items():
        by_name[name].add(number, tracks[number])
    longest = sorted(range(len(tracks)), key=lambda n: (-len(tracks[n].times), n))
    free = [n for n in longest if n not in fixed]
    crowd = np.zeros((len(groups) + len(free), tracks[0].look.size if tracks else 0), np.float32)
    for place, group in enumerate(groups):
        crowd[place] = group.look
    for number in free:
        track = tracks[number]
        known = _most_like(groups, crowd[: len(groups)] @ track.look, track.span, alike)
        if known is None:
            known = len(groups)
            groups.append(_Group(f"face {known + 1}"))
        groups[known].add(number, track)
        crowd[known] = groups[known].look
    groups = _joined(groups, set(fixed.values()), tracks, alike)
    for _ in range(_ROUNDS):
        groups = _dealt_again(groups, fixed, free, tracks, alike)
    return {number: group.name for group in groups for number in sorted(group.members)}


def _least_alike(tracks: Sequence[Track]) -> float:
    """How alike two looks of this film must be for one person's: people shown together are two."""
    apart = []
    for _, here in shots(tracks):
        for one, two in combinations(here[:_COMPARED], 2):
            if tracks[one].span.overlap(tracks[two].span):
                apart.append(float(tracks[one].look @ tracks[two].look))
    if not apart:
        return _ALIKE
    return float(np.clip(np.percentile(apart, 95) + _MORE_ALIKE, _ALIKE_LEAST, _ALIKE_MOST))


def _most_like(groups: Sequence[_Group], likes: Floats, span: Span, least: float) -> int | None:
    """The place of the person a face is most like, of those who are not shown beside it."""
    for place in np.argsort(-likes, kind="stable").tolist():
        if likes[place] < least:
            return None
        if not groups[place].beside(span):
            return int(place)
    return None


def _looks(groups: Sequence[_Group]) -> Floats:
    """The looks of all groups, one a row; each has a track."""
    rows = [group.look for group in groups if group.look is not None]
    return np.stack(rows) if rows else np.zeros((0, 0), np.float32)


def _joined(
    groups: list[_Group], kept: set[str], tracks: Sequence[Track], least: float
) -> list[_Group]:
    """People who look alike and are never shown together are one; describers' own stay apart."""
    while True:
        looks = _looks(groups)
        alike: Floats = np.asarray(np.triu(looks @ looks.T, 1), np.float32)
        ones, twos = np.nonzero(alike >= least + _MINE)
        order = np.argsort(-alike[ones, twos], kind="stable")
        gone: set[int] = set()
        changed: set[int] = set()
        for one, two in zip(ones[order].tolist(), twos[order].tolist(), strict=True):
            if {one, two} & (gone | changed):
                continue  # its look is another now: the next round compares it
            keep, other = (two, one) if groups[two].name in kept else (one, two)
            both_told = groups[keep].name in kept and groups[other].name in kept
            if both_told or any(groups[keep].beside(Span(*span)) for span in groups[other].spans):
                continue
            for number in groups[other].members:
                groups[keep].add(number, tracks[number])
            gone.add(other)
            changed.add(keep)
        if not gone:
            return groups
        groups = [group for number, group in enumerate(groups) if number not in gone]


def _dealt_again(
    groups: Sequence[_Group],
    fixed: Mapping[int, str],
    free: Sequence[int],
    tracks: Sequence[Track],
    alike: float,
) -> list[_Group]:
    """Every track to the person it is most like, now that the people are known.

    A track that is about as like two people, or like none, is nobody's.
    """
    fresh = [_Group(group.name) for group in groups]
    by_name = {group.name: group for group in fresh}
    for number, name in fixed.items():
        by_name[name].add(number, tracks[number])
    own = {number: place for place, group in enumerate(groups) for number in group.members}
    crowd = _looks(groups)
    for number in free:
        track = tracks[number]
        likes = crowd @ track.look
        best = _most_like(fresh, likes, track.span, alike)
        if best is None:
            continue
        as_like = [
            place
            for place in np.flatnonzero(likes >= likes[best] - _MINE / 2).tolist()
            if not fresh[place].beside(track.span)
        ]
        if own.get(number) in as_like:
            best = own[number]
        elif len(as_like) > 1:
            continue
        fresh[best].add(number, track)
    return [group for group in fresh if group.members]


# --- what a describer has settled -----------------------------------------------------------------


def _settled_tracks(tracks: Sequence[Track], faces: Sequence[FaceTrack]) -> dict[int, str]:
    """The tracks that a describer's faces are, found again by place and time."""
    fixed: dict[int, str] = {}
    for face in faces:
        if not face.settled or not face.person:
            continue
        middle = (face.start + face.end) // 2
        spot = min(face.spots, key=lambda one: abs(one.time - middle), default=None)
        if spot is None:
            continue
        for number, track in enumerate(tracks):
            if track.span.start <= spot.time < track.span.end and _same_place(track, spot):
                fixed[number] = face.person
    return fixed


def _same_place(track: Track, spot: Spot) -> bool:
    left, top, wide, high = (track.boxes_at(np.array([spot.time]))[0] * PICTURE_SIDE).tolist()
    across = min(left + wide, spot.left + spot.width) - max(left, spot.left)
    down = min(top + high, spot.top + spot.height) - max(top, spot.top)
    both = max(0.0, across) * max(0.0, down)
    return bool(both >= _SAME_PLACE * (wide * high + spot.width * spot.height - both))


def _settled_turns(turns: Sequence[Turn], lines: Sequence[Line]) -> dict[int, str]:
    """The turns that a describer's lines tell the speaker of."""
    told: dict[int, str] = {}
    settled = sorted(
        (one for one in lines if one.settled and one.person), key=lambda one: one.start
    )
    ends = np.maximum.accumulate([one.end for one in settled]) if settled else np.zeros(0)
    for number, turn in enumerate(turns):
        span = Span(turn.start, turn.end)
        at = int(np.searchsorted(ends, turn.start, side="right"))
        shares: dict[str, int] = {}
        while at < len(settled) and settled[at].start < turn.end:
            line = settled[at]
            both = span.overlap(Span(line.start, line.end))
            shares[line.person] = shares.get(line.person, 0) + both
            at += 1
        if shares:
            person = max(shares, key=lambda one: shares[one])
            if shares[person] >= _SETTLED * max(1, span.duration):
                told[number] = person
    return told


def _voices(turns: Sequence[Turn], told: Mapping[int, str]) -> list[str]:
    """The voice of each turn, named by the person whose it is.

    A voice some of whose turns are settled is the person's who has most of them.
    """
    shares: dict[str, dict[str, int]] = {}
    for number, person in told.items():
        mine = shares.setdefault(turns[number].person, {})
        mine[person] = mine.get(person, 0) + turns[number].end - turns[number].start
    owner = {voice: max(mine, key=lambda one: mine[one]) for voice, mine in shares.items()}
    return [told.get(n, owner.get(turn.person, turn.person)) for n, turn in enumerate(turns)]


# --- the cast -------------------------------------------------------------------------------------


class _Cast:
    """The people of the project, and new ones."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = list(people)
        self._ids = {person.id for person in people}

    def new(self) -> str:
        """The id of a new person nobody has named yet."""
        number = len(self._people) + 1
        while f"p{number}" in self._ids:
            number += 1
        self._people.append(Person(id=f"p{number}", name=""))
        self._ids.add(f"p{number}")
        return f"p{number}"

    def people(self, pictures: Mapping[str, Spot]) -> tuple[Person, ...]:
        """All, with a picture where they had none."""
        return tuple(
            person if person.picture else replace(person, picture=pictures.get(person.id))
            for person in self._people
        )


def _owners(
    tracks: Sequence[Track],
    whose: Mapping[int, str],
    faces_of: Mapping[str, str],
    voices: Sequence[str],
    answers: Sequence[Speaking],
    known: set[str],
    cast: _Cast,
) -> dict[str, str]:
    """The person of each face: told, or of the voice that has it, or somebody new."""
    turns_of: dict[str, int] = {}
    for voice in voices:
        turns_of[voice] = turns_of.get(voice, 0) + 1
    spoken = {whose.get(one.track, "") for one in answers if one.track is not None}
    shown: dict[str, int] = {}
    for number, face in whose.items():
        shown[face] = shown.get(face, 0) + tracks[number].span.duration
    owners = {face: face for face in known}
    for face in sorted(shown, key=lambda one: -shown[one]):
        if face in owners:
            continue
        voices_here = [voice for voice, one in faces_of.items() if one == face and voice]
        if voices_here:
            owners[face] = max(voices_here, key=lambda one: (turns_of[one], one))
        elif face in spoken or shown[face] >= _SHOWN_FOR:
            owners[face] = cast.new()
    return owners


def _pictures(
    tracks: Sequence[Track], whose: Mapping[int, str], owners: Mapping[str, str]
) -> dict[str, Spot]:
    """Where each person's face is seen well: in their longest track."""
    longest: dict[str, Track] = {}
    for number, face in whose.items():
        person = owners.get(face)
        if person is None:
            continue
        if person not in longest or len(tracks[number].times) > len(longest[person].times):
            longest[person] = tracks[number]
    return {person: _spot(track, track.best) for person, track in longest.items()}


def _spot(track: Track, place: int) -> Spot:
    left, top, wide, high = np.round(track.boxes[place] * PICTURE_SIDE).astype(int).tolist()
    right, bottom = min(PICTURE_SIDE, left + wide), min(PICTURE_SIDE, top + high)
    left, top = max(0, min(left, PICTURE_SIDE)), max(0, min(top, PICTURE_SIDE))
    return Spot(int(track.times[place]), left, top, max(0, right - left), max(0, bottom - top))


def _face_tracks(
    tracks: Sequence[Track],
    whose: Mapping[int, str],
    owners: Mapping[str, str],
    fixed: Mapping[int, str],
) -> tuple[FaceTrack, ...]:
    return tuple(
        FaceTrack(
            id=f"f{number + 1}",
            start=track.span.start,
            end=track.span.end,
            spots=tuple(_spot(track, place) for place in _bends(track)),
            person=owners.get(whose.get(number, ""), ""),
            settled=number in fixed,
        )
        for number, track in enumerate(tracks)
    )


def _bends(track: Track) -> list[int]:
    """The looks between which the face lies on the straight line, about (Douglas and Peucker)."""
    last = len(track.times) - 1
    kept, waiting = {0, last}, [(0, last)]
    while waiting:
        start, end = waiting.pop()
        if end - start < 2:  # noqa: PLR2004  # nothing lies between
            continue
        inside = np.arange(start + 1, end)
        share = (track.times[inside] - track.times[start]) / (track.times[end] - track.times[start])
        line = track.boxes[start] + share[:, None] * (track.boxes[end] - track.boxes[start])
        off = np.abs(track.boxes[inside] - line).max(axis=1)
        worst = int(np.argmax(off))
        if off[worst] * PICTURE_SIDE > _STRAIGHT:
            at = int(inside[worst])
            kept.add(at)
            waiting += [(start, at), (at, end)]
    return sorted(kept)


def _turns(
    turns: Sequence[Turn],
    voices: Sequence[str],
    told: Mapping[int, str],
    answers: Sequence[Speaking],
    whose: Mapping[int, str],
    faces_of: Mapping[str, str],
    owners: Mapping[str, str],
) -> tuple[Turn, ...]:
    """The turns with their people: as settled, as a mouth shows clearly, else by the voice."""
    found = []
    for number, turn in enumerate(turns):
        voice, answer = voices[number], answers[number]
        person = owners.get(faces_of.get(voice, ""), voice)
        if answer.track is not None and answer.chance >= _SURE:
            person = owners.get(whose.get(answer.track, ""), person)
        found.append(replace(turn, person=told.get(number, person)))
    return tuple(found)


def _report(
    tracks: Sequence[Track],
    whose: Mapping[int, str],
    owners: Mapping[str, str],
    answers: Sequence[Speaking],
) -> tuple[str, ...]:
    if not tracks:
        return ("No face was found in the picture, so nobody is matched to one.",)
    people = len({owners[face] for face in whose.values() if face in owners})
    unknown = sum(whose.get(n, "") not in owners for n in range(len(tracks)))
    shown = _counted(people, "person", "people")
    sentences = [f"Faces: {shown} in {_counted(len(tracks), 'stretch', 'stretches')}."]
    if unknown:
        sentences.append(f"The face stays unknown in {_counted(unknown, 'stretch', 'stretches')}.")
    if not answers:
        sentences.append("Nobody speaks, so no face has a voice.")
        return tuple(sentences)
    seen = sum(one.track is not None for one in answers)
    whole = _counted(len(answers), "turn", "turns")
    sentences.append(f"A face is seen speaking {seen} of {whole}; the others are off screen.")
    return tuple(sentences)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
