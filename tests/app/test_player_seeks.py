"""What makes a jump quick: how little is done before its picture is there, and in which order."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QLabel

from studio import rehearsal
from studio.app.player import Screen
from studio.app.player import pictures as pictures_module
from studio.app.player import reel as reel_module
from studio.app.player.mixstream import Mix, MixStream
from studio.app.player.pictures import Pictures, Slots, Sought
from studio.app.player.reel import Planes, Reel
from studio.app.window import Window
from studio.errors import MediaError
from studio.media import soundtrack as soundtrack_module
from studio.media.probe import FilmInfo, probe
from studio.media.proxy import KEY_EVERY
from studio.media.soundtrack import Soundtrack
from studio.mix.sounding import Sounding
from studio.mix.timemap import TimeMap
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
from tests.app.window_rig import small_project, window
from tests.app.window_rig import until as until_in_window

RATE = Fraction(25)
FRAMES = 300
SAID: tuple[Said, ...] = ((5000, 5000, 1200, "extended"),)


@pytest.fixture(scope="module")
def info(tmp_path_factory: pytest.TempPathFactory) -> FilmInfo:
    """Twelve seconds of film."""
    return numbered_film(
        tmp_path_factory.mktemp("film") / "film.mp4", frames=FRAMES, sound_codec="aac"
    )


@pytest.fixture
def sounding(info: FilmInfo) -> Sounding:
    """The film with one freeze."""
    return sounding_of(info, SAID)


@pytest.fixture
def copy(info: FilmInfo, sounding: Sounding) -> Iterator[Reel]:
    """Its small copy."""
    made = Reel(
        probe(rehearsal.proxy(info, sounding.times, unwatched())), sounding.times.rate, copied=True
    )
    yield made
    made.close()


# --- one picture ----------------------------------------------------------------------------------


def test_a_jump_in_the_copy_decodes_few_pictures(
    copy: Reel, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[object] = []
    real = reel_module.decoded_pictures

    def counted(*given: Any) -> Iterator[Any]:
        for frame in real(*given):
            decoded.append(frame)
            yield frame

    monkeypatch.setattr(reel_module, "decoded_pictures", counted)
    draw = random.Random(3)
    before = 0
    for _ in range(40):
        frame = draw.randrange(1, FRAMES + 1)
        decoded.clear()
        copy.before(frame / RATE)
        assert len(decoded) <= KEY_EVERY, f"{frame} after {before}: {decoded}"
        before = frame


def test_what_is_announced_is_there_when_it_is_read(copy: Reel) -> None:
    found: list[tuple[Fraction, str]] = []
    real = copy._found

    def noted(at: Fraction) -> Any:
        found.append((at, threading.current_thread().name))
        return real(at)

    copy._found = noted  # type: ignore[method-assign]
    copy.announce(Fraction(4))
    copy._ahead.submit(lambda: None).result()  # the thread has done what it was told before
    made = copy.before(Fraction(4))
    assert [at for at, _ in found] == [4]
    assert found[0][1] != threading.current_thread().name
    assert made is copy.before(Fraction(4))


def test_of_what_is_announced_only_the_newest_is_made(copy: Reel) -> None:
    busy = threading.Event()
    copy._ahead.submit(busy.wait)
    for second in (1, 2, 3):
        copy.announce(Fraction(second))
    busy.set()
    copy._ahead.submit(lambda: None).result()
    assert list(copy._kept) == [3]


def test_a_reel_that_closes_leaves_no_thread(copy: Reel) -> None:
    copy.announce(Fraction(4))
    copy.close()
    assert not [one for one in threading.enumerate() if one.name.startswith("pictures")]


def test_what_cannot_be_made_ahead_is_told_by_the_one_who_reads_it(
    copy: Reel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Iterator[Any]:
        raise ValueError("a garbled header")

    monkeypatch.setattr(reel_module, "decoded_pictures", broken)
    copy.announce(Fraction(4))
    copy._ahead.submit(lambda: None).result()
    with pytest.raises(MediaError):
        copy.before(Fraction(4))


# --- what mpv reads -------------------------------------------------------------------------------


class Counted(Reel):
    """Pictures of 16 x 16 that are full of the frame that is shown."""

    def __init__(self) -> None:
        self.rate, self.size = RATE, (16, 16)
        self.made: list[int] = []

    def before(self, at: Fraction) -> Planes:
        if at == Fraction(FRAMES - 50, 25):
            raise MediaError("There is no such picture.")
        self.made.append(round(at * RATE) - 1)
        return np.full(16 * 16 * 3 // 2, self.made[-1] % 251, np.uint8)


@pytest.fixture
def read() -> tuple[Counted, Sought, Callable[[int], int]]:
    """A reel, what is sought in it, and the first byte of a frame, read as mpv does."""
    reel, sought = Counted(), Sought(drawn=False)
    slots = Slots.of(TimeMap(), Fraction(FRAMES, 25), RATE)
    file = Pictures(reel, lambda: slots, 0, sought)
    step = 6 + 16 * 16 * 3 // 2
    header = file.size - FRAMES * step
    return reel, sought, lambda slot: file.read(header + slot * step + 6, 10**6)[0]


def test_the_frame_on_the_way_is_not_decoded(
    read: tuple[Counted, Sought, Callable[[int], int]],
) -> None:
    reel, sought, byte = read
    assert byte(7) == 7
    sought.begin(100)
    assert byte(99) == 7  # whatever was there
    assert byte(100) == 100
    assert reel.made == [7, 100]
    assert byte(99) == 99  # afterwards it is a frame like any other
    sought.begin(100)
    assert byte(42) == 42  # read on before mpv has heard of the seek
    assert byte(99) == 42
    sought.end()
    assert byte(99) == 99


def test_the_last_frame_is_right_whatever_is_sought_behind_it(
    read: tuple[Counted, Sought, Callable[[int], int]],
) -> None:
    _, sought, byte = read
    sought.begin(FRAMES)
    assert byte(FRAMES - 1) == (FRAMES - 1) % 251


def test_nobody_waits_for_a_picture_that_cannot_be_made(
    read: tuple[Counted, Sought, Callable[[int], int]],
) -> None:
    _, sought, byte = read
    sought.begin(FRAMES - 51)
    with pytest.raises(MediaError):
        byte(FRAMES - 51)
    assert sought.is_read
    assert sought._shown.is_set()


def test_all_else_waits_until_the_picture_is_drawn() -> None:
    sought = Sought(drawn=True)
    assert sought._shown.is_set()
    sought.begin(100)
    sought.drawn()  # another picture
    assert not sought._shown.is_set()
    sought.read(99)
    sought.drawn()
    assert not sought._shown.is_set()
    sought.read(100)
    assert not sought._shown.is_set()
    sought.drawn()
    assert sought._shown.is_set()


def test_a_sound_that_is_sought_comes_after_its_picture(sounding: Sounding) -> None:
    done: list[str] = []

    class Noted(Mix):
        def samples(self, start: int, count: int) -> Any:
            done.append("sound")
            return super().samples(start, count)

    def clip(_: Path) -> Any:
        raise AssertionError("no clip sounds here")

    mix = Noted(sounding, rehearsed_volumes(), None, clip)
    stream = MixStream(lambda: mix, lambda: done.append("picture"))
    stream.expect(stream.size // 8)
    assert done == ["picture", "sound"]


def rehearsed_volumes() -> Any:
    """As exported."""
    from studio.app.player.mixstream import Volumes

    return Volumes()


# --- the whole player -----------------------------------------------------------------------------


def test_a_jump_makes_its_picture_then_its_sound_and_never_the_picture_before(
    info: FilmInfo, sounding: Sounding, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []  # frames
    heard: list[tuple[int, int]] = []  # the sample, and how many frames were made by then
    real_found, real_samples = Reel._found, Mix.samples
    monkeypatch.setattr(pictures_module, "_PATIENCE", 20)  # s; this machine may be slow

    def found(self: Reel, at: Fraction) -> Any:
        frame = real_found(self, at)
        made.append(round(at * RATE) - 1)
        return frame

    def samples(self: Mix, start: int, count: int) -> Any:
        heard.append((start, len(made)))
        return real_samples(self, start, count)

    with playing(sounding) as player:
        player.use_proxy(rehearsal.proxy(info, sounding.times, unwatched()))
        settle(player)
        monkeypatch.setattr(Reel, "_found", found)
        monkeypatch.setattr(Mix, "samples", samples)
        for frame in (30, 110, 57, 250, 98):
            made.clear()
            heard.clear()
            output = sounding.to_output(frame * 40)
            player.seek(output)
            assert shown(player) == frame
            assert frame in made
            assert frame - 1 not in made
            begin = output * sounding.plan.rate // 1000
            near = [
                before for start, before in heard if abs(start - begin) < sounding.plan.rate // 4
            ]
            assert near
            assert min(near) > made.index(frame)


def test_mpv_is_told_before_anybody_shows_the_new_position(sounding: Sounding) -> None:
    with playing(sounding) as player:
        settle(player)
        seeking: list[bool] = []
        player.position_changed.connect(lambda _: seeking.append(player.seeking))
        player.seek(3000)
        assert seeking == [True]


def test_a_jump_is_announced_at_once(sounding: Sounding, monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture is being made while mpv goes about its seek."""
    announced: list[Fraction] = []
    with playing(sounding) as player:
        settle(player)
        monkeypatch.setattr(Reel, "announce", lambda _, at: announced.append(at))
        player.seek(3000)
        assert announced == [Fraction(76, 25)]


def test_steps_back_show_one_picture_after_the_other(info: FilmInfo, sounding: Sounding) -> None:
    """Each step seeks the frame that the step before passed over."""
    with playing(sounding) as player:
        player.use_proxy(rehearsal.proxy(info, sounding.times, unwatched()))
        player.seek(4000)
        seen = [shown(player)]
        for _ in range(6):
            player.step(-1)
            seen.append(shown(player))
        for _ in range(3):
            player.step(1)
            seen.append(shown(player))
    assert seen == [100, 99, 98, 97, 96, 95, 94, 95, 96, 97]


def test_the_first_picture_after_a_jump_is_the_one_that_was_sought(
    info: FilmInfo, sounding: Sounding
) -> None:
    """Nothing of the frame that is passed over is ever on the screen."""
    with playing(sounding, picture=True) as player:
        screen = Screen(player)
        screen.resize(320, 180)
        screen.show()
        player.use_proxy(rehearsal.proxy(info, sounding.times, unwatched()))
        settle(player)
        seen: list[int] = []
        real = player.tell_shown

        def noted() -> None:
            image = screen.image
            rows = np.frombuffer(image.constBits(), np.uint8)
            pixels = rows.reshape(image.height(), image.bytesPerLine() // 4, 4)
            seen.append(number_in(pixels[:, : image.width(), :3]))
            real()

        player.tell_shown = noted  # type: ignore[method-assign]
        until(player._projector._load.sought._shown.is_set)
        earlier = player.to_film(player.position) // 40
        for frame in (30, 110, 109, 57, 250, 98):
            seen.clear()
            player.seek(sounding.to_output(frame * 40))
            until(lambda frame=frame: frame in seen)  # type: ignore[misc]
            settle(player)
            assert set(seen) <= {earlier, frame}
            earlier = frame
        screen.deleteLater()


def test_a_screen_is_painted_before_it_says_so(sounding: Sounding) -> None:
    """A paint that is only asked for comes after all others that are, and after the sound."""
    with playing(sounding, picture=True) as player:
        order: list[str] = []

        class Noted(Screen):
            def paintEvent(self, event: Any) -> None:  # noqa: N802  # Qt's name
                super().paintEvent(event)
                order.append("painted")

        screen = Noted(player)
        screen.resize(320, 180)
        screen.show()
        settle(player)
        real = player.tell_shown

        def noted() -> None:
            order.append("said")
            real()

        player.tell_shown = noted  # type: ignore[method-assign]
        QApplication.processEvents()
        order.clear()
        player.seek(3000)
        until(lambda: "said" in order)
        assert order[:2] == ["painted", "said"]
        settle(player)
        screen.deleteLater()


def _settled(made: Window) -> bool:
    """Whether nothing comes any more that would open the pictures anew."""
    stage, player = made.stage, made.player
    working = made.speaking.busy or stage.fetching or stage.busy or made.jobs.busy
    return stage.sounding is not None and not working and not player.seeking


def test_the_window_paints_the_picture_before_the_playhead(tmp_path: Path) -> None:
    """What is worked out from the playhead knows it at once."""
    project = small_project(tmp_path)
    with window() as made:
        made.filing.open_path(project)
        until_in_window(lambda: _settled(made), "all is known and spoken")
        timeline, label = made.timeline, made.transport.output
        assert isinstance(label, QLabel)
        painted: list[int] = []
        real = made.player.tell_shown

        def noted() -> None:
            painted.append(timeline._line_at)
            real()

        made.player.tell_shown = noted  # type: ignore[method-assign]
        # mpv may say that it has arrived before the window has come to draw
        made.player.arrived.disconnect(made._paint_position)
        before, words = timeline._line_at, label.text()
        made.player.seek(7000)
        assert timeline.playhead == 7000
        assert (timeline._line_at, label.text()) == (before, words)
        until_in_window(lambda: timeline._line_at == 7000, "the line is painted")
        assert painted[:1] == [before]
        assert label.text() != words


def test_the_playhead_is_painted_where_no_picture_comes(tmp_path: Path) -> None:
    project = small_project(tmp_path)
    with window() as made:
        made.filing.open_path(project)
        until_in_window(lambda: _settled(made), "all is known and spoken")
        made.player.seek(7000)
        made.player._projector._on_failed("no reason")
        assert made.timeline._line_at == 7000


# --- the film's sound -----------------------------------------------------------------------------


def test_jumps_in_the_sound_open_the_film_once(
    info: FilmInfo, sounding: Sounding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To open three hours takes a tenth of a second."""
    assert sounding.source is not None
    opened: list[Path] = []
    real = soundtrack_module.open_media

    def noted(path: Path, **options: str) -> Any:
        opened.append(path)
        return real(path, **options)

    monkeypatch.setattr(soundtrack_module, "open_media", noted)
    rate, layout = sounding.form.rate, sounding.form.layout
    for heard_first in (0, 1000, 9000):
        opened.clear()
        track = Soundtrack(info, sounding.source, rate, layout)
        found = [track.read(at * rate // 1000, 4800) for at in (heard_first, 3000, 10_000, 5000)]
        track.close()
        assert opened == [info.path]
        for at, sound in zip((heard_first, 3000, 10_000, 5000), found, strict=True):
            straight = Soundtrack(info, sounding.source, rate, layout)
            whole = straight.read(0, at * rate // 1000 + 4800)
            straight.close()
            assert np.abs(whole[:, -4800:] - sound).max() < 1e-4
