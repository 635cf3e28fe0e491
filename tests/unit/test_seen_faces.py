"""Where faces are at one time, and pictures that go with a face which was somebody else's."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from studio.script import people, store
from studio.script.faces import faces_at, shows, spot_at
from studio.script.model import FaceTrack, Film, Person, Project, Spot

FILM = Film("film.mp4", 1, "0" * 64, 60_000, 640, 360, Fraction(25), None)
RIGHT = FaceTrack(
    "f1", 0, 2000, (Spot(0, 600, 100, 100, 200), Spot(1000, 800, 100, 100, 200)), "p1"
)
LEFT = FaceTrack("f2", 1000, 3000, (Spot(1000, 100, 100, 100, 200),), "p2")


def cast(*faces: FaceTrack, picture: Spot | None = None) -> Project:
    members = (Person("p1", "Anna", picture=picture), Person("p2", "Ben"))
    return Project(film=FILM, people=members, faces=faces)


def test_faces_are_told_from_left_to_right_while_they_are_seen() -> None:
    project = cast(RIGHT, LEFT, FaceTrack("f3", 0, 3000, ()))
    for time, wanted in ((0, ["f1"]), (999, ["f1"]), (1000, ["f2", "f1"]), (2000, ["f2"])):
        assert [one.id for one in faces_at(project, time)] == wanted
    assert faces_at(project, 3000) == ()


def test_a_face_at_the_edge_never_leaves_the_picture(tmp_path: Path) -> None:
    corner = (Spot(0, 501, 990, 499, 10), Spot(7, 994, 503, 6, 497))
    track, path = FaceTrack("f", 0, 8, corner), tmp_path / "film.adproject"
    for time in range(8):
        project = people.set_picture(cast(track), "p1", spot_at(track, time))
        store.save(project, path)
        assert store.load(path) == project  # refuses what does not lie in the picture


@pytest.mark.parametrize(
    ("picture", "shown"),
    [
        (Spot(500, 700, 100, 100, 200), True),
        (Spot(500, 690, 110, 100, 200), True),
        (Spot(500, 100, 100, 100, 200), False),  # another face of that time
        (Spot(500, 700, 500, 100, 200), False),
        (Spot(1500, 100, 100, 100, 200), False),  # somebody else's
        (Spot(2000, 800, 100, 100, 200), False),  # the face has gone
    ],
)
def test_a_picture_that_was_of_a_face_goes_with_it(picture: Spot, shown: bool) -> None:
    assert shows(RIGHT, picture) is shown
    project = cast(RIGHT, LEFT, picture=picture)
    for whom in ("p2", ""):
        given = people.give_faces(project, ["f1"], whom)
        assert given.people[0].picture == (None if shown else picture)
    assert people.give_faces(project, ["f1"], "p1").people[0].picture == picture
    assert people.give_faces(project, ["f2"], "p1").people[0].picture == picture
