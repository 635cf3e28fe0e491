"""When faces are looked for, whose box counts, and which way a mouth opens; on painted pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import cv2
import numpy as np
import pytest

from studio.analysis import faces as faces_room
from studio.analysis.faces import Watched, watch
from studio.analysis.mouths import MouthReader, Plate
from studio.engines import Box
from studio.media.frames import Pixels, SmallPicture
from studio.media.probe import FilmInfo
from studio.progress import unwatched

SIZE = (320, 180)
STEP = 100  # ms between two pictures
FACE = (40, 50, 48)  # left, top, side
OTHER = (220, 60, 48)


class Finder:
    """Finds what is painted red. share: of each face that its boxes have; shapes: it looked at."""

    def __init__(self, share: float = 1.0) -> None:
        self.share = share
        self.shapes: list[tuple[int, ...]] = []

    def find(self, pixels: Pixels) -> tuple[Box, ...]:
        self.shapes.append(pixels.shape[:2])
        height, width = pixels.shape[:2]
        red = (pixels[:, :, 0] > 150) & (pixels[:, :, 2] < 100)
        _, _, stats, _ = cv2.connectedComponentsWithStats(red.astype(np.uint8))
        found = []
        for x, y, w, h, _ in stats[1:].tolist():
            less = (1 - self.share) / 2
            found.append(
                Box(
                    (x + w * less) / width,
                    (y + h * less) / height,
                    w * self.share / width,
                    h * self.share / height,
                )
            )
        return tuple(found)


def picture(*faces: tuple[int, int, int]) -> Pixels:
    pixels = np.full((SIZE[1], SIZE[0], 3), 120, np.uint8)
    for left, top, side in faces:
        pixels[top : top + side, left : left + side] = (40, 40, 220)
        pixels[top + side // 3 : top + side // 2, left + 8 : left + side - 8] = (60, 60, 160)
    return pixels


@pytest.fixture
def see(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Watched]:
    def seen(shown: Callable[[int], Pixels], length: int, *finders: Finder) -> Watched:
        def shots(*_: object) -> Iterator[SmallPicture]:
            for number, time in enumerate(range(0, length, STEP)):
                yield SmallPicture(number, time, shown(time))

        named = {"watchful": finders[0], "drawn": finders[-1], "cascade": Finder()}
        monkeypatch.setattr(faces_room, "pictures", shots)
        monkeypatch.setattr(faces_room.engines, "open", lambda _, name: named[name])
        return watch(cast(FilmInfo, None), (), (), unwatched(), tuple(named)[: len(finders)])

    return seen


def test_a_still_picture_is_searched_whole_now_and_then(see: Callable[..., Watched]) -> None:
    finder = Finder()
    seen = see(lambda _: picture(FACE), 9000, finder)
    whole = [shape for shape in finder.shapes if shape == (SIZE[1], SIZE[0])]
    assert len(whole) == 3  # at 0, 4 and 8 s
    assert 5 <= len(finder.shapes) - len(whole) <= 10
    (track,) = seen.tracks
    assert (track.span.start, track.span.end) == (0, 8501)
    assert len(track.times) == 18


def test_who_comes_in_is_found_soon(see: Callable[..., Watched]) -> None:
    seen = see(lambda at: picture(FACE, OTHER) if at >= 1800 else picture(FACE), 6000, Finder())
    assert [track.span.start for track in seen.tracks] == [0, 2000]


def test_who_moves_is_followed_between_the_searches(see: Callable[..., Watched]) -> None:
    finder = Finder()
    seen = see(lambda at: picture((40 + at // 50, 50, 48)), 3500, finder)
    (track,) = seen.tracks
    middles = (track.boxes[:, 0] + track.boxes[:, 2] / 2) * SIZE[0]
    inner = slice(1, -1)  # the first and the last look have one neighbour
    assert np.abs(middles - (64 + track.times / 50))[inner].max() < 3


def test_a_second_finder_does_not_move_the_face(see: Callable[..., Watched]) -> None:
    seen = see(lambda _: picture(FACE), 9000, Finder(), Finder(share=0.75))
    (track,) = seen.tracks
    assert np.abs(track.boxes[:, 2] * SIZE[0] - FACE[2]).max() < 1.5


def test_a_mouth_that_shows_its_teeth_opens_when_it_gets_dark() -> None:
    chance = np.random.default_rng(3)
    base = np.full((140, 120, 3), 150, np.uint8)
    base[:80] = np.kron(chance.integers(60, 220, (8, 12, 1)), np.ones((10, 10, 3))).astype(np.uint8)
    opened = np.clip(np.convolve(chance.random(250) > 0.9, np.hanning(9), "same"), 0, 1)
    reader = MouthReader()
    for number, wide in enumerate(opened):
        frame = base.copy()
        # teeth between dark lips; open, all of it is a duller dark
        inside = np.tile(np.repeat([40.0, 240.0, 240.0, 40.0], 8)[:, None], (1, 50))
        frame[80:112, 35:85] = (inside * (1 - wide) + 90.0 * wide)[:, :, None].astype(np.uint8)
        noisy = np.clip(frame + chance.normal(0, 2, frame.shape), 0, 255).astype(np.uint8)
        reader.look(Plate(number * 40, noisy), np.array([10.0, 10.0, 100.0, 100.0]))
    (motion,) = reader.finish()
    assert np.corrcoef(motion.opening, opened)[0, 1] > 0.8
