"""The right picture at every time: in freezes and out of them, on the film and on its copy."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from studio import rehearsal
from studio.app.player import Screen
from studio.media.probe import FilmInfo
from studio.mix.sounding import Sounding
from studio.progress import unwatched
from tests.app.player_rig import (
    Said,
    number_in,
    numbered_film,
    playing,
    settle,
    shown,
    sounding_of,
    until,
)

FRAMES = 400
NTSC = Fraction(24000, 1001)

# two freezes on neighbouring frames, one in the film, one at its very end
SAID: tuple[Said, ...] = (
    (1000, 4000, 1500, "inline"),
    (5000, 5000, 1200, "extended"),
    (5045, 5045, 700, "extended"),
    (9000, 10000, 2500, "extended"),
)
EDITED: tuple[Said, ...] = (*SAID[:1], (4000, 4000, 900, "extended"), *SAID[3:])


@dataclass(frozen=True)
class Kind:
    """A way in which films differ."""

    suffix: str
    rate: Fraction = Fraction(25)
    b_frames: int = 0
    start: Fraction = Fraction(0)
    sound_codec: str | None = "aac"
    left_out: Callable[[int], bool] = lambda _: False

    def made(self, folder: Path) -> FilmInfo:
        """A film of this kind."""
        return numbered_film(
            folder / f"film{self.suffix}",
            frames=FRAMES,
            rate=self.rate,
            b_frames=self.b_frames,
            start=self.start,
            sound_codec=self.sound_codec,
            left_out=self.left_out,
        )


KINDS = {
    "25 Hz": Kind(".mp4"),
    "23.976 Hz with B-frames": Kind(".mp4", NTSC, 2),
    "times in whole ms": Kind(".mkv", NTSC),
    "59.94 Hz": Kind(".mp4", Fraction(60000, 1001), 2),
    "a clock that does not start at 0": Kind(".mkv", start=Fraction(5)),
    "no sound": Kind(".mp4", sound_codec=None),
}


def truth(sounding: Sounding, kind: Kind) -> list[int]:
    """The number of the picture shown in each frame of the output."""
    numbers: list[int] = []
    position = 0
    for hold in sounding.time_map.holds:
        at = round(hold.at * kind.rate)
        numbers += range(position, at)
        numbers += [at - 1] * round(hold.length * kind.rate)
        position = at
    numbers += range(position, FRAMES)
    kept = [number for number in range(FRAMES) if not kind.left_out(number)]
    return [max(one for one in kept if one <= number) for number in numbers]


def picks(sounding: Sounding, seed: int) -> list[int]:
    """24 output times in ms: at random, at both ends, and in and around every freeze."""
    draw = random.Random(seed)
    edges = [0, sounding.length - 1]
    for hold, waited in zip(sounding.time_map.holds, sounding.time_map.waits, strict=False):
        begin, length = float(hold.at + waited) * 1000, float(hold.length) * 1000
        edges += [int(begin) - 5, int(begin) + 5, int(begin + length / 2), int(begin + length) + 5]
    edges = [min(max(0, edge), sounding.length - 1) for edge in edges]
    return edges + [draw.randrange(sounding.length) for _ in range(24 - len(edges))]


def wrong(player: object, sounding: Sounding, kind: Kind, seed: int) -> list[tuple[int, int, int]]:
    """Times in ms at which the player shows another picture than it should."""
    from studio.app.player import Player

    assert isinstance(player, Player)
    numbers = truth(sounding, kind)
    found = []
    for time in picks(sounding, seed):
        player.seek(time)
        seen = shown(player)
        assert player.position == time
        wanted = numbers[min(len(numbers) - 1, int(time * kind.rate / 1000))]
        if seen != wanted:
            found.append((time, seen, wanted))
    return found


@pytest.mark.parametrize("name", KINDS)
def test_the_right_frame_on_the_film_and_on_its_copy(name: str, tmp_path: Path) -> None:
    kind = KINDS[name]
    info = kind.made(tmp_path)
    sounding = sounding_of(info, SAID)
    assert len(sounding.time_map.holds) == 3
    with playing(sounding) as player:
        assert wrong(player, sounding, kind, 1) == []
        player.use_proxy(rehearsal.proxy(info, sounding.times, unwatched()))
        assert wrong(player, sounding, kind, 2) == []


def test_a_film_without_an_index_is_exact_too(tmp_path: Path) -> None:
    """A jump into it ends at the key frame that follows, so one goes further back."""
    kind = Kind(".ts", start=Fraction(3600))
    info = kind.made(tmp_path)
    plain = sounding_of(info, SAID[:1])
    with playing(plain) as player:
        assert wrong(player, plain, kind, 5) == []
        waiting = sounding_of(info, SAID, plain)
        player.update(waiting)
        assert wrong(player, waiting, kind, 6) == []
        player.use_proxy(rehearsal.proxy(info, plain.times, unwatched()))
        assert wrong(player, waiting, kind, 7) == []


def test_the_right_frame_after_edits(tmp_path: Path) -> None:
    kind = KINDS["23.976 Hz with B-frames"]
    info = kind.made(tmp_path)
    first = sounding_of(info, SAID)
    with playing(first) as player:
        player.use_proxy(rehearsal.proxy(info, first.times, unwatched()))
        for said in (EDITED, SAID, SAID[:1], EDITED):
            edited = sounding_of(info, said, player.sounding)
            player.update(edited)
            assert player.length == edited.length
            assert wrong(player, edited, kind, 3) == []


def test_a_film_that_leaves_frames_out_is_shown_on_their_grid_by_its_copy(tmp_path: Path) -> None:
    kind = Kind(".mp4", left_out=lambda number: number % 7 in (3, 4) or 200 < number < 230)
    info = kind.made(tmp_path)
    assert info.picture.variable
    sounding = sounding_of(info, SAID)
    assert sounding.times.rate == 25
    with playing(sounding) as player:
        player.use_proxy(rehearsal.proxy(info, sounding.times, unwatched()))
        assert wrong(player, sounding, kind, 4) == []


def test_steps_go_through_every_frame_of_a_freeze_and_back(tmp_path: Path) -> None:
    kind = KINDS["23.976 Hz with B-frames"]
    sounding = sounding_of(kind.made(tmp_path), SAID)
    numbers = truth(sounding, kind)
    begin = round(sounding.time_map.holds[0].at * kind.rate)
    with playing(sounding) as player:
        player.seek(int((begin - 2) * 1000 / kind.rate) + 1)
        forth = [shown(player)]
        for _ in range(5):
            player.step(1)
            forth.append(shown(player))
        assert forth == numbers[begin - 2 : begin + 4]
        player.step(-4)
        assert shown(player) == numbers[begin - 1]
        player.step(-(10**6))
        assert (player.position, shown(player)) == (0, 0)
        player.step(10**6)
        assert shown(player) == FRAMES - 1


def test_an_edit_keeps_the_place_in_the_film(tmp_path: Path) -> None:
    kind = KINDS["25 Hz"]
    info = kind.made(tmp_path)
    first = sounding_of(info, SAID)
    with playing(first) as player:
        player.seek(first.to_output(8000))
        assert shown(player) == 200
        player.update(sounding_of(info, EDITED, first))
        assert player.to_film(player.position) == 8000
        assert shown(player) == 200
        player.update(sounding_of(info, SAID[:1], player.sounding))
        assert player.position == 8000
        assert shown(player) == 200


def test_only_the_last_of_many_seeks_counts(tmp_path: Path) -> None:
    sounding = sounding_of(KINDS["25 Hz"].made(tmp_path), SAID[:1])
    with playing(sounding) as player:
        told: list[int] = []
        player.position_changed.connect(told.append)
        for frame in range(50, 350, 3):
            player.seek(frame * 40)
        player.seek(123 * 40)
        assert shown(player) == 123
        assert told[-1] == player.position == 123 * 40


def test_the_screen_shows_the_picture_in_its_shape(tmp_path: Path) -> None:
    sounding = sounding_of(KINDS["25 Hz"].made(tmp_path), SAID)
    with playing(sounding, picture=True) as player:
        screen = Screen(player)
        screen.resize(320, 320)
        screen.show()

        def number() -> int:
            image = screen.image
            if image.isNull():
                return -1
            rows = np.frombuffer(image.constBits(), np.uint8)
            pixels = rows.reshape(image.height(), image.bytesPerLine() // 4, 4)
            return number_in(pixels[:, : image.width(), :3])

        for time in (1000, sounding.to_output(6000), 5400):
            player.seek(time)
            settle(player)
            wanted = truth(sounding, KINDS["25 Hz"])[time * 25 // 1000]
            until(lambda wanted=wanted: number() == wanted)  # type: ignore[misc]
        grabbed = screen.grab().toImage()
        assert (grabbed.width(), grabbed.height()) == (320, 320)
        assert grabbed.pixelColor(160, 30).getRgb() == (0, 0, 0, 255)
        middle = grabbed.pixelColor(160, 200)
        assert abs(middle.red() - 90) < 12
        assert middle.alpha() == 255
        before, drawn = screen.image, screen._pixels
        player.seek(1000)
        settle(player)
        until(lambda: number() == 25)
        assert screen._pixels is drawn  # no new memory for each picture
        assert before != screen.image  # but what somebody took stays as it was
        screen.resize(160, 90)
        assert screen.image.size() == screen.size()
        screen.deleteLater()


def test_a_held_picture_looks_as_it_did_before_the_film_waited(tmp_path: Path) -> None:
    """No change of colour where a freeze begins, on either file."""
    info = KINDS["25 Hz"].made(tmp_path)
    sounding = sounding_of(info, SAID)
    before = sounding.to_output(4960)

    def colours() -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        settle(player)
        taken = player._projector.mpv.command("screenshot-raw", "video", decoder=lambda data: data)
        rows = np.frombuffer(taken["data"], np.uint8).astype(np.int64)
        pixels = rows.reshape(taken["h"], taken["stride"] // 4, 4)[:, : taken["w"], :3]
        return pixels[::7, ::7]

    with playing(sounding) as player:
        for copied in (False, True):
            if copied:
                player.use_proxy(rehearsal.proxy(info, sounding.times, unwatched()))
            player.seek(before)
            moving = colours()
            player.seek(before + 400)
            assert np.abs(colours() - moving).max() <= 1
