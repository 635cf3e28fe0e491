"""Faces found and followed, their mouths read, and voices given their faces, on made films."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio import engines
from studio.analysis import faces as faces_room
from studio.analysis import watching
from studio.analysis.envelope import Envelope, speech_envelope
from studio.analysis.faces import Watched, watch
from studio.analysis.matching import co_occurrence, likenesses, speaking
from studio.analysis.people import find_people, gathered
from studio.analysis.watching import heard_envelope, watched
from studio.engines import Box
from studio.media.frames import pictures_at
from studio.media.probe import FilmInfo, probe
from studio.progress import Cancelled, Progress, unwatched
from studio.script.model import Line, Person, Turn
from tests.make_faces import HEADS, RATE, Heads, Said, spoken, talking
from tests.make_media import film

DRAWN = ("drawn",)
SIZE = (480, 270)
TEXTS = (
    "Where have you been all this time, my old friend?",
    "I was down at the harbour counting boats.",
    "Nobody counts boats any more, they have machines for that.",
    "The machines are broken and nobody came to mend them.",
    "Then we should ask the captain what she knows about it.",
    "She left in the morning without telling anybody.",
    "That is very strange, she always tells her sister.",
    "Her sister is not talking to me since the wedding.",
)


@dataclass(frozen=True)
class Made:
    """A made film, what is in it, and what watching it found."""

    info: FilmInfo
    truth: Heads
    seen: Watched
    envelope: Envelope

    def heads(self) -> dict[int, int]:
        """Which head each track shows."""
        found = {}
        for number, track in enumerate(self.seen.tracks):
            middle = int(track.times[len(track.times) // 2])
            frame = int(np.searchsorted(self.truth.frame_times, middle))
            boxes = self.truth.boxes[:, min(frame, self.truth.boxes.shape[1] - 1)]
            left, _, wide, _ = track.boxes_at(np.array([middle]))[0]
            off = np.abs(boxes[:, 0] + boxes[:, 2] / 2 - left - wide / 2)
            found[number] = int(np.nanargmin(off))
        return found

    def answers(self, voices: tuple[str, ...]) -> list[int | None]:
        """The head that is found speaking each turn."""
        found = likenesses(self.truth.turns, self.seen.motions, self.envelope, lambda: None)
        heads = self.heads()
        told, _ = speaking(voices, found, {n: f"head {head}" for n, head in heads.items()})
        return [None if one.track is None else heads[one.track] for one in told]


def made(path: Path, heads: tuple[int, ...], turns: tuple[Said, ...], **how: object) -> Made:
    shown = tuple(HEADS[n] for n in heads)
    truth = talking(path, heads=shown, turns=turns, size=SIZE, **how)  # type: ignore[arg-type]
    info = probe(path)
    assert info.sound is not None
    seen = watch(info, truth.cuts, truth.turns, unwatched(), DRAWN)
    return Made(info, truth, seen, speech_envelope(info, info.sound, lambda: None))


def in_turn(voices: tuple[str, ...], speakers: tuple[int | None, ...]) -> tuple[Said, ...]:
    """Turns one after the other; voices: of each speaker, the last that of off screen."""
    at, turns = 0.6, []
    for number, speaker in enumerate(speakers):
        voice = voices[-1 if speaker is None else speaker]
        turns.append(Said(at, TEXTS[number % len(TEXTS)], speaker, voice))
        at += len(spoken(turns[-1].text, voice)) / RATE + 0.45
    return tuple(turns)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Two heads always in the picture, eight turns."""
    turns = in_turn(("rms", "awb"), (0, 1) * 4)
    return made(tmp_path_factory.mktemp("pair") / "pair.mkv", (0, 5), turns)


@pytest.fixture(scope="module")
def puppets(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Two heads whose mouths also move while others speak, and a voice from off screen."""
    turns = in_turn(("awb", "rms", "slt"), (0, 1, None) * 3)
    path = tmp_path_factory.mktemp("puppets") / "puppets.mkv"
    return made(path, (2, 7), turns, puppets=True, rate=Fraction(30000, 1001), seed=12)


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Four heads in six shots."""
    turns = (Said(0.4, TEXTS[1], 0), Said(3.4, TEXTS[0], 1))
    places = ((0.0, (0, 1)), (3.0, (1, 2)), (6.0, (3,)), (8.0, (0,)), (10.0, (2, 3)), (12.0, (1,)))
    path = tmp_path_factory.mktemp("shots") / "shots.mkv"
    return made(path, (0, 1, 4, 5), turns, shots=places, seconds=14, seed=5)


def test_each_head_is_followed_where_it_is(pair: Made) -> None:
    assert sorted(pair.heads().values()) == [0, 1]
    for number, head in pair.heads().items():
        track = pair.seen.tracks[number]
        assert track.span.start < 500
        assert track.span.end > pair.info.duration - 1000
        times = np.array(pair.truth.frame_times)
        inside = times < track.span.end
        boxes, real = track.boxes_at(times[inside]), pair.truth.boxes[head][inside]
        off = (boxes[:, :2] + boxes[:, 2:] / 2) - (real[:, :2] + real[:, 2:] / 2)
        # finders give the square from the brow to the chin, whose middle lies a little lower
        assert np.abs(off[:, 0]).max() < 0.1 * real[0, 2]
        assert np.abs(off[:, 1]).max() < 0.15 * real[0, 3]


def test_the_opening_is_the_mouths(pair: Made) -> None:
    for number, head in pair.heads().items():
        for motion in pair.seen.motions_of(number):
            opened = np.interp(motion.times, pair.truth.frame_times, pair.truth.openings[head])
            assert np.corrcoef(opened, motion.opening)[0, 1] > 0.9
            assert motion.strength > 2
            assert motion.share > 0.4
            # on the very picture: neither before nor after it
            early = np.corrcoef(opened[:-1], motion.opening[1:])[0, 1]
            late = np.corrcoef(opened[1:], motion.opening[:-1])[0, 1]
            assert np.corrcoef(opened, motion.opening)[0, 1] > max(early, late)


def test_turns_go_to_the_mouth_that_says_them(pair: Made) -> None:
    right = pair.answers(pair.truth.voices)
    assert right == list(pair.truth.speakers)
    # the baseline cannot tell two people who are always there
    heads = pair.heads()
    whose = {number: f"head {head}" for number, head in heads.items()}
    guessed = co_occurrence(pair.truth.turns, pair.truth.voices, pair.seen.tracks, whose)
    shown = [None if one is None else heads[one] for one in guessed]
    assert sum(a == b for a, b in zip(shown, pair.truth.speakers, strict=True)) <= 4


def test_mouths_tell_voices_apart_that_the_sound_did_not(pair: Made) -> None:
    assert pair.answers(("one voice",) * 8) == list(pair.truth.speakers)


def test_chewing_is_not_speaking_and_off_screen_is_an_answer(puppets: Made) -> None:
    pairs = list(zip(puppets.answers(puppets.truth.voices), puppets.truth.speakers, strict=True))
    off = [found is None for found, real in pairs if real is None]
    on = [found == real for found, real in pairs if real is not None]
    assert sum(off) == len(off) == 3
    assert sum(on) == len(on) == 6


def test_people_get_their_voices_and_a_correction_carries_over(pair: Made, once: list[int]) -> None:
    turns = [
        Turn(s.start, s.end, v) for s, v in zip(pair.truth.turns, pair.truth.voices, strict=True)
    ]
    voices = [Person("rms", "Ada"), Person("awb", ""), Person("eve", "Eve")]

    def found(lines: tuple[Line, ...]) -> tuple[list[str], dict[str, int], tuple[Person, ...]]:
        result = find_people(
            pair.info, (), pair.truth.turns, turns, lines, voices, (), unwatched(), DRAWN
        )
        shown = {face.person: face.spots[0].left for face in result.faces}
        assert "8 of 8" in result.report[-1]
        return [turn.person for turn in result.turns], shown, result.people

    people, shown, cast = found(())
    assert people == ["rms", "awb"] * 4
    assert shown["rms"] < 500 < shown["awb"]
    assert [person.id for person in cast] == ["rms", "awb", "eve"]
    assert [person.picture is not None for person in cast] == [True, True, False]
    # a describer says of one line that it is Eve's: her voice and her face follow
    third = pair.truth.turns[3]
    told = Line("l1", third.start, third.end, "x", person="eve", settled=True)
    people, shown, _ = found((told,))
    assert len(once) == 1  # the picture is not read again for a correction
    assert people == ["rms", "eve"] * 4
    assert shown["rms"] < 500 < shown["eve"]


def test_faces_are_cut_with_the_picture_and_gathered_by_their_looks(shots: Made) -> None:
    heads = shots.heads()
    assert sorted(heads.values()) == [0, 0, 1, 1, 1, 2, 2, 3, 3]
    for track in shots.seen.tracks:
        inside = [cut for cut in shots.truth.cuts if track.span.start < cut < track.span.end]
        assert inside == []
    whose = gathered(shots.seen.tracks, {})
    by_head: dict[int, set[str]] = {}
    for number, person in whose.items():
        by_head.setdefault(heads[number], set()).add(person)
    assert len(whose) == len(heads)
    assert all(len(names) == 1 for names in by_head.values())
    assert len(set.union(*by_head.values())) == 4


def test_photographed_faces_are_found_and_voices_over_them_are_not_theirs(
    shared_media: Path,
) -> None:
    info = probe(shared_media / "film/keyboard_compatibility.mp4")
    spans = ((200, 2300), (2660, 4100), (4440, 9180), (10_260, 15_920))
    turns = tuple(Turn(start, end, "v") for start, end in spans)
    talk = tuple(faces_room.Span(*span) for span in spans)
    found = find_people(
        info, (6710, 10_250, 14_920), talk, turns, (), (Person("v", ""),), (), unwatched()
    )
    assert len(found.faces) >= 1
    assert all(face.person != "v" for face in found.faces)
    assert [one.track for one in found.speaking] == [None] * 4
    assert [turn.person for turn in found.turns] == ["v"] * 4


@pytest.mark.parametrize(
    ("name", "times"),
    [("film/flower.webm", (500, 2500)), ("film/big_buck_bunny_30s.webm", (5000, 13_000, 27_000))],
)
def test_no_drawn_face_is_invented(shared_media: Path, name: str, times: tuple[int, ...]) -> None:
    finder = engines.open("face-finder", "drawn")
    for _, pixels in pictures_at(probe(shared_media / name), times, 640):
        assert finder.find(pixels) == ()


def test_no_face_no_sound_no_turn_are_ordinary(tmp_path: Path) -> None:
    film(tmp_path / "bare.mp4", seconds=2, sound=False)
    info = probe(tmp_path / "bare.mp4")
    found = find_people(info, (), (), (), (), (), (), unwatched())
    assert found.people == found.faces == found.turns == ()
    assert found.report == ("No face was found in the picture, so nobody is matched to one.",)


class Stopping:
    """A face finder in whose first look the user stops the job."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.looks = progress, 0

    def find(self, pixels: np.ndarray) -> tuple[Box, ...]:
        self.looks += 1
        self.progress.cancel()
        return ()


def test_watching_stops_at_once(pair: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    progress = Progress()
    finder = Stopping(progress)
    monkeypatch.setattr(faces_room.engines, "open", lambda kind, name: finder)
    with pytest.raises(Cancelled):
        watch(pair.info, (), pair.truth.turns, progress)
    assert finder.looks == 1


@pytest.fixture
def once(pair: Made, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts how often the film is watched; what is seen is known."""
    times: list[int] = []

    def counted(*_: object, lips: bool) -> Watched:
        assert not lips  # nobody measures closely here
        times.append(1)
        return pair.seen

    monkeypatch.setattr(watching, "watch", counted)
    return times


def test_a_film_is_watched_once(pair: Made, once: list[int], own_folders: Path) -> None:
    talk = pair.truth.turns
    first = watched(pair.info, (), talk, unwatched())
    again = watched(pair.info, (), talk, unwatched())
    assert len(once) == 1
    for one, two in zip(first.tracks, again.tracks, strict=True):
        assert (one.shot, one.best, one.seen) == (two.shot, two.best, two.seen)
        for name in ("times", "boxes", "look"):
            assert np.array_equal(getattr(one, name), getattr(two, name))
    for before, after in zip(first.motions, again.motions, strict=True):
        assert (before.track, before.strength, before.share) == (
            after.track, after.strength, after.share
        )  # fmt: skip
        assert np.array_equal(before.opening, after.opening)
        assert np.array_equal(before.times, after.times)
    watched(pair.info, (500,), talk, unwatched())  # another question
    assert len(once) == 2
    for kept in own_folders.rglob("*-watched-*.npz"):
        kept.write_bytes(kept.read_bytes()[:-100])
    watched(pair.info, (), talk, unwatched())
    assert len(once) == 3


def test_the_envelope_rises_with_the_words(pair: Made) -> None:
    heard = heard_envelope(pair.info, unwatched())
    assert np.array_equal(heard, heard_envelope(pair.info, unwatched()))
    loud = np.concatenate([heard[t.start // 10 : t.end // 10] for t in pair.truth.turns])
    quiet = heard[: pair.truth.turns[0].start // 10 - 3]
    assert float(np.median(loud)) > 20 * float(quiet.max() + 1e-6)
    onset = int(np.flatnonzero(heard > 0.1 * heard.max())[0]) * 10
    assert abs(onset - pair.truth.turns[0].start) <= 50
