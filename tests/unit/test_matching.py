"""Matching and gathering on numbers alone: mouths, sounds and looks made by lot."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from studio.analysis.faces import Track
from studio.analysis.matching import Likeness, likenesses, speaking
from studio.analysis.mouths import MouthMotion, MouthReader, Plate, boxes_between
from studio.analysis.people import gathered
from studio.times import Span


def syllables(seconds: float, seed: int) -> NDArray[np.float64]:
    """A curve at 100 values a second that rises and falls at the pace of syllables."""
    chance = np.random.default_rng(seed)
    curve = gaussian_filter1d(chance.normal(size=round(seconds * 100)), 5)
    return np.clip(curve / curve.std() + 0.5, 0, None)


def mouth(track: int, curve: NDArray[np.float64], start: int = 0) -> MouthMotion:
    """A mouth that opens as the curve does, at 25 pictures a second."""
    times = np.arange(0, len(curve) * 10, 40, dtype=np.int64)
    opening = (10 * curve[::4]).astype(np.float32)
    return MouthMotion(track, times + start, opening, np.zeros(len(times), np.float32), 5.0, 0.7)


def track(start: int, end: int, look: NDArray[np.float64], left: float = 0.1) -> Track:
    times = np.arange(start, end + 1, 500, dtype=np.int64)
    boxes = np.tile(np.array([[left, 0.2, 0.2, 0.3]], np.float32), (len(times), 1))
    unit = (look / np.linalg.norm(look)).astype(np.float32)
    return Track(start // 60_000, times, boxes, unit, 0, len(times))


def nothing() -> None:
    pass


@pytest.mark.parametrize("late", [-120, 0, 200])
def test_the_mouth_that_follows_the_sound_speaks_at_whatever_lag(late: int) -> None:
    said = syllables(40, 1)
    turns = [Span(n * 5000 + 500, n * 5000 + 3500) for n in range(8)]
    envelope = np.roll(said, late // 10).astype(np.float32)
    motions = [mouth(0, said), mouth(1, syllables(40, 2))]
    found = likenesses(turns, motions, envelope, nothing)
    assert [(one.turn, one.track) for one in found] == [(t, m) for t in range(8) for m in (0, 1)]
    assert all(abs(one.lag - late) <= 20 for one in found if one.track == 0)
    assert min(one.z for one in found if one.track == 0) > 3
    told, voices = speaking(["v"] * 8, found, {0: "a", 1: "b"})
    assert [one.track for one in told] == [0] * 8
    assert voices == {"v": "a"}


def test_an_unrelated_or_still_mouth_is_off_screen() -> None:
    turns = [Span(n * 5000 + 500, n * 5000 + 3500) for n in range(8)]
    envelope = syllables(40, 3).astype(np.float32)
    motions = [mouth(0, syllables(40, 4)), mouth(1, np.full(4000, 0.2))]
    found = likenesses(turns, motions, envelope, nothing)
    told, voices = speaking(["v"] * 8, found, {0: "a", 1: "b"})
    assert [one.track for one in told] == [None] * 8
    assert voices == {}


def test_a_turn_without_mouth_or_sound_says_nothing() -> None:
    turns = [Span(0, 200), Span(1000, 3000), Span(50_000, 52_000)]
    motion = [mouth(0, syllables(10, 5))]
    found = likenesses(turns, motion, np.zeros(0, np.float32), nothing)
    assert [one.turn for one in found] == [1]  # the first is too short, the last has no mouth
    assert found[0].z <= 0.5
    assert likenesses((), (), np.zeros(0, np.float32), nothing) == ()
    told, _ = speaking(["v"] * 3, found, {0: "a"})
    assert [one.track for one in told] == [None] * 3


def like(turn: int, track_: int, z: float, moved: float = 8.0) -> Likeness:
    return Likeness(turn, track_, 0.5, z, 0, moved)


def test_a_doubtful_turn_follows_the_others_of_its_voice() -> None:
    clear = [like(n, n % 2, 3.5) for n in range(8)] + [like(n, 1 - n % 2, 0.2) for n in range(8)]
    doubtful = [like(8, 0, 1.7), like(8, 1, 1.7), like(9, 0, 1.7), like(9, 1, 1.7)]
    voices = ["a", "b"] * 5
    told, faces = speaking(voices, clear + doubtful, {0: "x", 1: "y"})
    assert [one.track for one in told] == [0, 1] * 5
    assert faces == {"a": "x", "b": "y"}


def test_what_a_describer_settles_holds_and_carries_over() -> None:
    weak = [like(n, 0, 1.8) for n in range(4)] + [like(n, 1, 1.6) for n in range(4)]
    before, _ = speaking(["v"] * 4, weak, {0: "x", 1: "y"})
    assert 1 not in {one.track for one in before}
    told, faces = speaking(["v"] * 4, weak, {0: "x", 1: "y"}, {2: "y"})
    assert [one.track for one in told] == [1] * 4
    assert faces == {"v": "y"}
    off, _ = speaking(["v"] * 4, weak, {0: "x", 1: "y"}, {2: ""})
    assert [one.track for one in off] == [None] * 4


def test_twelve_speakers_each_keep_their_face() -> None:
    turns = [(n, n % 12) for n in range(48)]
    found = [like(n, who, 3.0) for n, who in turns]
    found += [like(n, (who + 5) % 12, 0.5) for n, who in turns]
    told, faces = speaking([f"v{who}" for _, who in turns], found, {n: f"f{n}" for n in range(12)})
    assert [one.track for one in told] == [who for _, who in turns]
    assert faces == {f"v{n}": f"f{n}" for n in range(12)}


def looks(people: int, each: int, noise: float) -> list[tuple[int, NDArray[np.float64]]]:
    chance = np.random.default_rng(7)
    own = np.abs(chance.normal(size=(people, 300)))
    own = own - own.mean(axis=0) + 0.1
    return [
        (person, own[person] + noise * chance.normal(size=300) * np.abs(own[person]).mean())
        for _ in range(each)
        for person in range(people)
    ]


def test_eight_faces_in_ninety_minutes_are_eight_people() -> None:
    made = looks(8, 150, 0.5)
    tracks = [track(n * 4500, n * 4500 + 4000, look) for n, (_, look) in enumerate(made)]
    whose = gathered(tracks, {})
    assert len(whose) == len(tracks)
    names = {(person, whose[n]) for n, (person, _) in enumerate(made)}
    assert len(names) == 8


def test_two_faces_in_one_picture_are_two_people_however_alike() -> None:
    twin = np.ones(20)
    tracks = [track(0, 4000, twin), track(1000, 5000, twin, left=0.6), track(9000, 12_000, twin)]
    whose = gathered(tracks, {})
    assert whose[0] != whose[1]
    assert gathered([], {}) == {}


def test_a_crowd_of_strangers_stays_one() -> None:
    tracks = [
        track(n * 5000, n * 5000 + 4000, look) for n, (_, look) in enumerate(looks(400, 1, 0))
    ]
    assert len(set(gathered(tracks, {}).values())) == 400


def test_a_told_face_draws_those_like_it() -> None:
    one, two = np.eye(4)[0] + 0.1, np.eye(4)[1] + 0.1
    tracks = [track(n * 5000, n * 5000 + 4000, one if n % 2 else two) for n in range(6)]
    whose = gathered(tracks, {1: "ada"})
    assert [n for n in range(6) if whose[n] == "ada"] == [1, 3, 5]


def test_boxes_lie_on_the_straight_line() -> None:
    before, after = np.array([0.0, 0, 10, 10]), np.array([10.0, 20, 20, 10])
    found = boxes_between(before, after, 1000, 2000, [900, 1000, 1500, 2000, 2100])
    assert found[:, 0].tolist() == [0, 0, 5, 10, 10]
    assert found[:, 2].tolist() == [10, 10, 15, 20, 20]


def test_a_nod_is_not_a_word() -> None:
    """A face that moves as a whole has a still mouth; one whose mouth opens has not."""
    chance = np.random.default_rng(3)
    face = gaussian_filter1d(gaussian_filter1d(chance.uniform(0, 255, (140, 140)), 3, 0), 3, 1)
    face = (face - face.mean()) / face.std() * 40 + 128
    rows, columns = np.mgrid[0:200, 0:200]
    strengths = []
    for speaks in (False, True):
        reader = MouthReader()
        for n in range(100):
            x, y = 30 + 3 * np.sin(n / 5), 30 + 4 * np.sin(n / 7)
            picture = np.full((200, 200), 100.0)
            top, left = round(y), round(x)
            picture[top : top + 140, left : left + 140] = face
            if speaks:
                wide = 8 + 8 * np.sin(n / 2)
                inside = ((columns - left - 70) / 20) ** 2 + ((rows - top - 109) / wide) ** 2 < 1
                picture[inside] = 20
            pixels = np.repeat(np.clip(picture, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
            reader.look(Plate(n * 40, pixels), np.array([30.0, 30, 140, 140]))
        (motion,) = reader.finish()
        strengths.append(motion.strength)
    assert strengths[1] > 6 * strengths[0]
