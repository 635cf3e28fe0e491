"""The built-in describer: says only what can be measured in the pictures.

Text on screen, how near faces are, how light it is, which colour prevails, whether it moves.
It knows no names, places or deeds and invents none; where nothing is new it says nothing.
Sentences come from resources/phrases/LANGUAGE.toml. Where its user has set up an object finder,
it tells of people, animals and things as well; the row in engines.toml is

    [evidence]
    objects = "transformers"    # or "transformers:FOLDER"
"""

from __future__ import annotations

import difflib
import tomllib
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from studio import engines, paths
from studio.engines import (
    Box,
    Check,
    Moment,
    ObjectFinder,
    Picture,
    Proposal,
    ReadText,
    Thing,
    outside,
    things,
    unchecked,
)
from studio.script.pace import words
from studio.times import clock

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from studio.engines import Pixels

# Levels are luma, 0..255, of a small copy of the picture.
_BLACK = 26  # nearly no pixel above: black, with room for the grain of a coded black
_WHITE = 232  # nearly no pixel below
_DARK, _DIM, _BRIGHT = 38.0, 75.0, 165.0  # mean level below / below / above
_STILL, _STRONG = 0.6, 38.0  # mean difference of neighbouring pictures
_SAME = 1.0  # mean difference up to which two pictures show the same text and faces

_SMALL = (160, 90)  # width, height of the copy that light and colour are measured on
_COLOURFUL = 70  # saturation, 0..255, from which a pixel has a colour
_COLOURLESS = 0.04  # at most this share of pixels has one: grey
_LIT = 40  # value, 0..255, below which a colour cannot be told
_CLEAR = 0.55  # this share of the picture in one colour: it prevails
# Upper ends of the hues, in OpenCV's half degrees 0..179.
_HUES = (
    (7, "red"),
    (18, "orange"),
    (33, "yellow"),
    (82, "green"),
    (98, "turquoise"),
    (127, "blue"),
    (148, "purple"),
    (170, "pink"),
    (180, "red"),
)

_SURE = 0.85  # confidence a line of text needs in its best picture
_ALIKE = 0.75  # similarity from which two readings are the same line
_QUOTE_PAUSE = 2  # words: voices halt at the colon and in titles
_NEAR_FACE = 1.0  # how far, in its own widths, a face may move between two sightings
_CLOSE_UP, _MEDIUM = 0.33, 0.12  # height of a face, of the picture's
_COUNTS = {1: "one", 2: "two"}

_SET_UP = {"objects": ""}  # rows of [evidence] in engines.toml


@dataclass(frozen=True)
class _Seen:
    """What one picture shows. small: _SMALL, RGB."""

    time: int
    small: NDArray[np.uint8]
    lines: tuple[ReadText, ...]
    faces: tuple[Box, ...]
    things: tuple[Thing, ...] = ()


@dataclass(frozen=True)
class _Fact:
    """Something to say, in every form from full to short, and what it rests on.

    said_by: all sentences of its kind; the last of them said earlier tells whether it is new.
    pause: how many words could be said in the pauses the full form makes.
    """

    forms: tuple[str, ...]
    evidence: tuple[str, ...]
    said_by: tuple[str, ...] = ()
    pause: int = 0


class Evidence:
    """Describes by measuring. Uses the text reader rapidocr and the face finder cascade.

    And the object finder its user has set up, if any; off where nothing is set up. Raises
    UsageError and EngineError where that is not known or not here.
    """

    def __init__(self) -> None:
        self._reader = engines.open("text-reader", "rapidocr")
        self._finder = engines.open("face-finder", "cascade")
        objects = outside.server("evidence", _SET_UP)["objects"]
        self._objects: ObjectFinder | None = (
            engines.open("object-finder", objects) if objects else None
        )

    def describe(
        self, moments: Iterable[Moment], check: Check = unchecked
    ) -> Generator[tuple[Proposal, ...]]:
        """One proposal for each moment, or () where nothing new can be said in its room."""
        for moment in moments:
            check()
            yield self._describe(moment, check)

    def _describe(self, moment: Moment, check: Check) -> tuple[Proposal, ...]:
        phrases = _phrases(moment.language)
        seen = self._look(moment.pictures, check)
        facts = [
            *_text_facts(seen, phrases, moment.before),
            *_people_and_things(seen, phrases, moment),
        ]
        if not _stable_lines(seen):  # text says more than light and motion
            facts += _light_facts(seen, phrases, faces=bool(facts))
            facts += _motion_facts(seen, phrases, moment.motion)
        new = [fact for fact in facts if _is_new(fact, moment.before)]
        chosen = _fitting(new, moment.word_limit)
        if not chosen:
            return ()
        text = " ".join(sentence for sentence, _ in chosen)
        evidence = tuple(line for _, fact in chosen for line in fact.evidence)
        return (Proposal(text, evidence),)

    def _look(self, pictures: Sequence[Picture], check: Check) -> list[_Seen]:
        seen: list[_Seen] = []
        for picture in pictures:
            small = _small(picture.pixels)
            if seen and _difference(seen[-1].small, small) < _SAME:
                last = seen[-1]  # reading it again costs 0.3 s
                seen.append(_Seen(picture.time, small, last.lines, last.faces, last.things))
            elif _blank(small):
                seen.append(_Seen(picture.time, small, (), ()))
            else:
                check()
                lines = self._reader.read(picture.pixels)
                faces = self._finder.find(picture.pixels)
                found = self._objects.find(picture.pixels) if self._objects else ()
                seen.append(_Seen(picture.time, small, lines, faces, found))
        return seen


# --- text -----------------------------------------------------------------------------------------


@dataclass
class _Reading:
    """One line of text as read in one picture after another."""

    first: int
    sightings: list[tuple[int, ReadText]]

    def best(self) -> tuple[int, ReadText]:
        """The reading most pictures agree on; among those the surest."""
        count = Counter(line.text for _, line in self.sightings)
        return max(self.sightings, key=lambda one: (count[one[1].text], one[1].confidence))


def _text_facts(seen: list[_Seen], phrases: Any, before: tuple[str, ...]) -> list[_Fact]:
    told = _letters(" ".join(before))
    lines = [one.best() for one in _stable_lines(seen) if _letters(one.best()[1].text) not in told]
    if not lines:
        return []
    evidence = tuple(
        f"text {line.confidence:.2f} at {clock(time)}: {line.text}" for time, line in lines
    )
    quotes = [" ".join(line.text for _, line in lines)]
    if len(lines) > 1:  # the largest line alone, where all would be too much
        quotes.append(max(lines, key=lambda one: one[1].box.height)[1].text)
    forms = [phrases["text"][form].format(text=quote) for quote in quotes for form in _FORMS]
    return [_Fact(tuple(forms), evidence, pause=_QUOTE_PAUSE)]


_FORMS = ("full", "short")


def _stable_lines(seen: list[_Seen]) -> list[_Reading]:
    """The lines that at least two pictures agree on (one, where there is only one)."""
    readings: list[_Reading] = []
    for picture in seen:
        for line in picture.lines:
            known = next((one for one in readings if _same_line(one.sightings[-1][1], line)), None)
            if known is None:
                readings.append(_Reading(picture.time, [(picture.time, line)]))
            else:
                known.sightings.append((picture.time, line))
    needed = min(2, len(seen))
    return [
        one
        for one in readings
        if len(one.sightings) >= needed
        and max(line.confidence for _, line in one.sightings) >= _SURE
    ]


def _same_line(one: ReadText, two: ReadText) -> bool:
    first, second = _letters(one.text), _letters(two.text)
    return difflib.SequenceMatcher(None, first, second, autojunk=False).ratio() >= _ALIKE


def _letters(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


# --- people and things ----------------------------------------------------------------------------


def _people_and_things(seen: list[_Seen], phrases: Any, moment: Moment) -> list[_Fact]:
    """People once only: by their faces, which tell how near they are, or as objects.

    Where both see as many, the faces have the word; else the object finder, for it knows people
    that turn their backs, too.
    """
    found = things.counted([picture.things for picture in seen])
    faces = len(_stable_faces(seen))
    people = next((one.count for one in found if one.label == things.PERSON), 0)
    by_face = _face_facts(seen, phrases) if people in (0, faces) else []
    if by_face:
        found = tuple(one for one in found if one.label != things.PERSON)
    return [*by_face, *_thing_facts(found, moment)]


def _thing_facts(found: Sequence[things.Counted], moment: Moment) -> list[_Fact]:
    forms = things.sentences(found, moment.language.partition("-")[0])
    if not forms or any(forms[0] in text for text in moment.before):
        return []
    fresh = tuple(form for form in forms if not any(form in text for text in moment.before))
    evidence = tuple(f"{one.count} {one.label}, {one.confidence:.2f} sure" for one in found)
    return [_Fact(fresh, evidence)]


# --- faces ----------------------------------------------------------------------------------------


def _face_facts(seen: list[_Seen], phrases: Any) -> list[_Fact]:
    faces = _stable_faces(seen)
    if not faces:
        return []
    height = max(face.height for face in faces)
    scale = "close_up" if height >= _CLOSE_UP else "medium" if height >= _MEDIUM else "wide"
    number = _COUNTS.get(len(faces), "several")
    noun = "face" if len(faces) == 1 else "faces"
    evidence = f"{len(faces)} {noun}, {height:.0%} of height".replace("%", " %")
    sentences = tuple(text for group in phrases["faces"].values() for text in group.values())
    return [_Fact((phrases["faces"][scale][number],), (evidence,), sentences)]


def _stable_faces(seen: list[_Seen]) -> list[Box]:
    """The faces found again in another picture near where they were (or in the only picture)."""
    if len(seen) == 1:
        return list(seen[0].faces)
    most: list[Box] = []
    for place, picture in enumerate(seen):
        others = [face for other in seen[:place] + seen[place + 1 :] for face in other.faces]
        stable = [face for face in picture.faces if any(_same_face(face, one) for one in others)]
        most = max(most, stable, key=len)
    return most


def _same_face(one: Box, two: Box) -> bool:
    reach = _NEAR_FACE * max(one.width, two.width)
    near = abs(one.left - two.left) < reach and abs(one.top - two.top) < reach
    low, high = sorted((one.height, two.height))
    return near and high < 1.5 * low


# --- light, colour, motion ------------------------------------------------------------------------


def _light_facts(seen: list[_Seen], phrases: Any, *, faces: bool) -> list[_Fact]:
    """How light it is and which colour prevails. `faces`: plain even light is not worth a word."""
    smalls = [picture.small for picture in seen]
    level = float(np.median([_luma(small).mean() for small in smalls]))
    light = _light(smalls, level)
    colour, share = (None, 0.0) if light in ("black", "white") else _colour(smalls)
    if faces and light == "even" and colour is None:
        return []
    evidence = [f"brightness {level:.0f} of 255"]
    full = phrases["light"][light]
    if colour is not None:
        full = phrases["light_with_colour"][light].format(colour=phrases["colour"][colour])
        evidence.append(f"{colour} in {share * 100:.0f} % of the picture")
    forms = dict.fromkeys((full, phrases["light"][light], phrases["short"][light]))
    return [_Fact(tuple(forms), tuple(evidence), _light_sentences(phrases))]


def _light_sentences(phrases: Any) -> tuple[str, ...]:
    coloured = (
        pattern.format(colour=colour)
        for pattern in phrases["light_with_colour"].values()
        for colour in phrases["colour"].values()
    )
    return (*phrases["light"].values(), *phrases["short"].values(), *coloured)


def _light(smalls: list[NDArray[np.uint8]], level: float) -> str:
    blanks = {_blank(small) for small in smalls}
    if len(blanks) == 1 and (blank := blanks.pop()):
        return blank
    if level < _DIM:
        return "dark" if level < _DARK else "dim"
    return "bright" if level > _BRIGHT else "even"


def _blank(small: NDArray[np.uint8]) -> str:
    """ "black", "white" or "" """
    low, high = np.percentile(_luma(small), (0.5, 99.5))
    return "black" if high < _BLACK else "white" if low > _WHITE else ""


def _colour(smalls: list[NDArray[np.uint8]]) -> tuple[str | None, float]:
    """The colour that clearly prevails and its share of the picture, or None."""
    pixels = np.concatenate([cv2.cvtColor(one, cv2.COLOR_RGB2HSV).reshape(-1, 3) for one in smalls])
    hue, saturation, value = pixels.T
    lit = value >= _LIT
    coloured = lit & (saturation >= _COLOURFUL)
    if lit.mean() > _CLEAR and coloured.mean() < _COLOURLESS:
        return "grey", float(1 - coloured.mean())
    ends = [end for end, _ in _HUES]
    bins = np.bincount(np.searchsorted(ends, hue[coloured], side="right"), minlength=len(ends))
    shares: Counter[str] = Counter()
    for count, (_, name) in zip(bins, _HUES, strict=True):
        shares[name] += int(count)
    name, count = shares.most_common(1)[0]
    share = count / len(pixels)
    return (name, share) if share >= _CLEAR else (None, share)


def _motion_facts(seen: list[_Seen], phrases: Any, motion: float) -> list[_Fact]:
    if len(seen) == 1 or all(_blank(picture.small) for picture in seen):
        return []
    kind = "still" if motion < _STILL else "strong" if motion > _STRONG else None
    if kind is None:
        return []
    sentences = tuple(phrases["motion"].values())
    return [_Fact((phrases["motion"][kind],), (f"motion {motion:.1f} of 255",), sentences)]


def _small(pixels: Pixels) -> NDArray[np.uint8]:
    resized = cv2.resize(np.ascontiguousarray(pixels), _SMALL, interpolation=cv2.INTER_AREA)
    return np.asarray(resized, dtype=np.uint8)


def _luma(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _difference(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(np.int16) - two).mean())


# --- choosing what to say -------------------------------------------------------------------------


def _is_new(fact: _Fact, before: tuple[str, ...]) -> bool:
    """Whether the last description that spoke of such a thing said something else."""
    for text in reversed(before):
        said = [sentence for sentence in fact.said_by if sentence in text]
        if said:
            return not any(form in said for form in fact.forms)
    return True


def _fitting(facts: list[_Fact], limit: int) -> list[tuple[str, _Fact]]:
    """The first fact that has room in some form, then those behind it that fit as sentences."""
    chosen: list[tuple[str, _Fact]] = []
    room = limit
    for fact in facts:
        forms = fact.forms[:1] if chosen else fact.forms
        form = next((form for form in forms if _cost(form, fact) <= room), None)
        if form is not None:
            chosen.append((form, fact))
            room -= words(form)
    return chosen


def _cost(form: str, fact: _Fact) -> int:
    """Words of room the form takes; at least those it has."""
    return words(form) + (fact.pause if form is fact.forms[0] else 0)


def _phrases(language: str) -> Any:
    """The sentences of a language; "en-gb" takes those of "en"."""
    file = paths.resource(f"phrases/{language.partition('-')[0]}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))
