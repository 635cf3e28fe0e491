"""What the player does when told to: play, stop, run, loop, go on after trouble, and end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from studio import rehearsal
from studio.app.player import Player
from studio.app.player.mixstream import MixStream
from studio.app.player.projector import READ_AHEAD
from studio.app.player.reel import Reel
from studio.errors import MediaError
from studio.media.probe import FilmInfo
from studio.mix.shown import even_times
from studio.mix.sounding import Sounding
from studio.progress import Cancelled, Progress, unwatched
from studio.script.edits import put_clip
from studio.script.model import Clip
from studio.speech.synthesise import clip_file
from tests.app.player_rig import (
    Said,
    application,
    numbered_film,
    playing,
    project_of,
    settle,
    shown,
    sounding_of,
    until,
)

SAID: tuple[Said, ...] = (
    (1000, 4000, 1500, "inline"),
    (5000, 5000, 1200, "extended"),
)
LENGTH = 8000 + 1200


@pytest.fixture(scope="module")
def info(tmp_path_factory: pytest.TempPathFactory) -> FilmInfo:
    """Eight seconds of film."""
    return numbered_film(tmp_path_factory.mktemp("film") / "film.mov", frames=200, gop=12)


@pytest.fixture
def sounding(info: FilmInfo) -> Sounding:
    """The film with a description inside and one in a freeze."""
    return sounding_of(info, SAID)


@pytest.fixture
def player(sounding: Sounding) -> Iterator[Player]:
    """A player that has the film open."""
    with playing(sounding) as made:
        yield made


def test_it_opens_at_the_start_and_stands_still(player: Player) -> None:
    assert (player.position, player.playing, player.length) == (0, False, LENGTH)
    assert shown(player) == 0


def test_it_plays_and_stops_on_a_picture(player: Player) -> None:
    told: list[bool] = []
    player.playing_changed.connect(told.append)
    player.toggle()
    until(lambda: player.position > 300)
    player.toggle()
    settle(player)
    assert told == [True, False]
    stopped = player.position
    assert shown(player) == player.to_film(stopped) * 25 // 1000
    player.play()
    until(lambda: player.position > stopped)
    player.pause()


def test_it_stops_at_the_end_and_begins_again(player: Player) -> None:
    player.seek(LENGTH - 200)
    player.play()
    until(lambda: not player.playing)
    assert LENGTH - 40 <= player.position <= LENGTH
    assert shown(player) == 199
    player.play()
    until(lambda: 100 < player.position < 3000)
    player.pause()


def test_a_range_ends_where_it_should(player: Player) -> None:
    player.play_range(1500, 1900)
    until(lambda: not player.playing)
    assert player.position == 1900
    assert shown(player) == 47
    player.play()  # the range is over
    until(lambda: player.position > 2100)
    player.pause()


def test_a_loop_goes_round_until_it_is_stopped(player: Player) -> None:
    seen: list[int] = []
    player.position_changed.connect(seen.append)
    player.play_range(1500, 1900, loop=True)

    def rounds() -> int:
        return sum(after < before for before, after in pairwise(seen))

    until(lambda: rounds() >= 3)
    assert max(seen) <= 1940
    assert min(seen) >= 1500
    player.stop_range()
    until(lambda: player.position > 2100)
    player.pause()


def test_it_runs_faster_and_backwards(player: Player) -> None:
    player.seek(3000)
    player.shuttle(4)
    until(lambda: player.position > 4000)
    assert player._projector.mpv.speed == 4
    player.shuttle(-4)
    assert player.playing
    until(lambda: player.position < 2500)
    player.shuttle(-40)
    until(lambda: not player.playing)
    assert player.position == 0
    player.play()
    until(lambda: player.position > 200)
    assert player._projector.mpv.speed == 1
    player.shuttle(0)
    assert not player.playing


def test_a_seek_while_it_plays_goes_on_playing_there(player: Player) -> None:
    player.play()
    player.seek(6400)
    until(lambda: player.position > 6600)
    assert player.playing
    player.pause()


def test_times_lie_within_the_film(player: Player) -> None:
    player.seek(-500)
    assert player.position == 0
    player.seek(10**9)
    assert player.position == LENGTH
    assert shown(player) == 199


def test_film_and_output_time(player: Player) -> None:
    assert player.to_output(4999) == 4999
    assert player.to_output(5000) == 6200
    assert [player.to_film(ms) for ms in (4999, 5000, 6199, 6200, 6240)] == [
        4999, 5000, 5000, 5000, 5040,
    ]  # fmt: skip


def test_an_edit_while_it_plays_does_not_stop_it(player: Player, info: FilmInfo) -> None:
    player.play()
    until(lambda: player.position > 200)
    for said in (SAID[1:], SAID[:1], SAID, ((2000, 4000, 700, "inline"), SAID[1])):
        player.update(sounding_of(info, said, player.sounding))  # type: ignore[arg-type]
        before = player.position
        until(lambda before=before: player.position > before + 100)  # type: ignore[misc]
        assert player.playing
    player.pause()


def test_an_edit_far_away_leaves_alone_what_is_being_read(tmp_path: Path) -> None:
    info = numbered_film(tmp_path / "film.mov", frames=1000)
    said: tuple[Said, ...] = ((1000, 4000, 1500, "inline"), (30_000, 34_000, 700, "inline"))
    later: tuple[Said, ...] = (said[0], (30_500, 34_000, 700, "inline"))
    sooner: tuple[Said, ...] = ((1200, 4000, 1500, "inline"), said[1])
    with playing(sounding_of(info, said)) as player:

        def readings_after(edit: tuple[Said, ...]) -> int:
            player.update(sounding_of(info, edit, player.sounding))
            settle(player)
            return player._projector._load.readings

        assert readings_after(said) == 1
        assert readings_after(later) == 1
        assert readings_after(sooner) == 2
        player.seek(30_000)
        assert readings_after(said) == 2
        assert readings_after(later) == 3


def test_learning_the_times_of_the_pictures_disturbs_nothing(info: FilmInfo) -> None:
    project = project_of(info, SAID)
    first = rehearsal.sounding(project, info, "en", even_times(info))
    with playing(first) as player:
        player.seek(5500)
        times = rehearsal.picture_times(info, unwatched())
        player.update(rehearsal.sounding(project, info, "en", times, first))
        assert player.position == 5500
        assert shown(player) == 124
        assert (player._projector._load.number, player._projector._load.readings) == (1, 1)


def test_a_film_that_is_opened_anew_is_read_only_where_it_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = numbered_film(tmp_path / "film.mov", frames=1000)
    first = sounding_of(info, ((5000, 5000, 1200, "extended"),))
    edited = sounding_of(info, ((6000, 6000, 1200, "extended"),), first)
    read: list[int] = []
    real = MixStream.read

    def watched(stream: MixStream, position: int, count: int) -> bytes:
        made = real(stream, position, count)
        read.append(len(made))
        return made

    with playing(first) as player:
        player.seek(35_000)
        settle(player)
        monkeypatch.setattr(MixStream, "read", watched)
        player.update(edited)
        settle(player)
        player.set_volumes(-3, 0)
        player.seek(36_000)
        settle(player)
    seconds = sum(read) / (4 * 48_000)
    assert 1 < seconds < 15  # of 40


def test_two_edits_at_once_end_with_the_last(player: Player, info: FilmInfo) -> None:
    for said in (SAID[1:], SAID, SAID[:1], SAID[1:]):
        player.update(sounding_of(info, said, player.sounding))
        player.set_volumes(-len(said), 0)
    player.seek(5500)
    assert shown(player) == 124
    assert player.length == LENGTH


def test_another_film_can_be_opened(player: Player, tmp_path: Path) -> None:
    player.seek(4000)
    other = numbered_film(tmp_path / "other.mkv", frames=60, sound_codec="aac")
    player.open(sounding_of(other, ()))
    until(lambda: not player.opening)
    assert (player.position, player.length) == (0, 2400)
    player.seek(1200)
    assert shown(player) == 30


# --- trouble --------------------------------------------------------------------------------------


def test_a_film_that_is_gone_cannot_be_opened(sounding: Sounding, tmp_path: Path) -> None:
    application()
    player = Player(sound="null", picture=False)
    gone = replace(sounding.info, path=tmp_path / "gone.mov")
    with pytest.raises(MediaError, match=r"There is no file .*gone\.mov"):
        player.open(replace(sounding, info=gone, source=None))
    player.close()


def test_a_copy_that_breaks_is_told(
    info: FilmInfo, sounding: Sounding, monkeypatch: pytest.MonkeyPatch
) -> None:
    application()
    player = Player(sound="null", picture=False)
    said: list[str] = []
    player.failed.connect(said.append)
    player.open(sounding)
    until(lambda: not player.opening)
    copy = rehearsal.proxy(info, sounding.times, unwatched())
    player.use_proxy(copy)
    settle(player)

    def broken(*_: object) -> None:
        raise av.InvalidDataError(0, "damaged")

    with monkeypatch.context() as patched:
        patched.setattr(Reel, "_found", broken)
        player.seek(7000)
        until(lambda: bool(said))
        settle(player)
    player.seek(3000)
    assert shown(player) == 75
    player.close()
    assert said[0].startswith(f"“{copy.name}” is not a film")


def test_an_edit_of_a_freeze_ahead_interrupts_nothing(tmp_path: Path) -> None:
    """Neither is anything opened anew, nor is the film as long as it was when it was opened."""
    info = numbered_film(tmp_path / "film.mov", frames=250)
    first = sounding_of(info, (SAID[0], (6000, 6000, 1200, "extended")))
    longer = sounding_of(info, (SAID[0], (6000, 6000, 2000, "extended")), first)
    sooner = sounding_of(info, (SAID[0], (4000, 4000, 2000, "extended")), first)
    behind = sounding_of(info, ((500, 500, 700, "extended"), (4000, 4000, 2000, "extended")), first)
    with playing(first) as player:

        def loads_after(edit: Sounding) -> int:
            player.update(edit)
            settle(player)
            return player._projector._load.number

        player.seek(1000)
        settle(player)
        assert loads_after(longer) == 1
        assert loads_after(sooner) == 1
        for time, number in ((3960, 99), (4040, 99), (5960, 99), (6000, 100), (11_960, 249)):
            player.seek(time)
            assert shown(player) == number, time
        player.seek(1000)
        settle(player)
        assert loads_after(behind) == 2
        assert player.position == behind.to_output(1000)
        assert shown(player) == 25
        player.seek(behind.to_output(3960) - READ_AHEAD)
        settle(player)
        without = sounding_of(info, ((500, 500, 700, "extended"),), behind)
        assert loads_after(without) == 3  # what has been read already may show the freeze


def test_a_clip_that_cannot_be_read_any_more_is_told(sounding: Sounding) -> None:
    application()
    player = Player(sound="null", picture=False)
    said: list[str] = []
    player.failed.connect(said.append)
    for file in sounding.clip_files.values():
        file.unlink()
    player.open(sounding)
    player.play_range(900, 1400)
    until(lambda: bool(said))
    player.close()
    assert "There is no file" in said[0]


def test_a_machine_without_sound_is_told_once(info: FilmInfo, sounding: Sounding) -> None:
    application()
    player = Player(sound="auto", picture=False, ao="null")  # as mpv does where nothing else opens
    said: list[str] = []
    player.failed.connect(said.append)
    for _ in range(2):
        player.open(sounding)
        until(lambda: not player.opening)
        player.play_range(100, 300)
        until(lambda: not player.playing)
    player.close()
    assert len(said) == 1
    assert said[0].startswith("No sound output was found, so the film plays without sound.")


def test_nothing_can_be_played_before_a_film_is_open() -> None:
    application()
    player = Player(sound="null", picture=False)
    assert (player.length, player.position, player.sounding) == (0, 0, None)
    with pytest.raises(ValueError, match="no film is open"):
        player.play()
    player.close()


@pytest.mark.parametrize("picture", [False, True])
def test_closing_ends_all_threads(sounding: Sounding, picture: bool) -> None:
    before = set(threading.enumerate())
    application()
    player = Player(sound="null", picture=picture)
    player.open(sounding)
    until(lambda: not player.opening)
    player.play()
    player.set_volumes(-3, 0)
    player.close()
    player.close()
    assert set(threading.enumerate()) == before


# --- what is played -------------------------------------------------------------------------------


def test_an_edited_sounding_is_that_of_a_fresh_start(info: FilmInfo) -> None:
    project = project_of(info, SAID)
    times = even_times(info)
    kept = rehearsal.sounding(project, info, "en", times)
    draw = np.random.default_rng(5)
    for _ in range(30):
        said = tuple(
            (start, start + int(draw.integers(0, 2000)), int(draw.choice([300, 700, 1500])), mode)
            for start in sorted(draw.integers(0, 7500, draw.integers(0, 5)).tolist())
            for mode in (("inline", "extended", "auto")[draw.integers(3)],)
        )
        edited = project_of(info, said)  # type: ignore[arg-type]
        kept = rehearsal.sounding(edited, info, "en", times, kept)
        assert kept == rehearsal.sounding(edited, info, "en", times)


def test_a_clip_that_is_lost_for_good_is_left_out_and_told_of(info: FilmInfo) -> None:
    project = project_of(info, SAID)
    lost = Clip("f" * 32, 800, "flite", "rms", 1.0)
    project = put_clip(project, "c0", "en", "Words.", lost)
    assert not clip_file(lost).exists()
    sounding = rehearsal.sounding(project, info, "en", even_times(info))
    assert list(sounding.silent) == ["c0"]
    assert "cannot be made as it was" in sounding.silent["c0"]
    assert list(sounding.spans) == ["c1"]


def test_where_clips_sound_is_told_in_output_time(sounding: Sounding) -> None:
    spans = {cue: (span.start, span.end) for cue, span in sounding.spans.items()}
    assert spans == {"c0": (1000, 2500), "c1": (5000, 6200)}


def test_a_copy_that_is_cancelled_leaves_nothing(info: FilmInfo, tmp_path: Path) -> None:
    from studio.media.proxy import make_proxy

    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        make_proxy(info, info.picture.rate, tmp_path / "copy.mp4", progress)
    assert list(tmp_path.iterdir()) == []


def test_a_copy_is_made_once(info: FilmInfo) -> None:
    times = even_times(info)
    first = rehearsal.proxy(info, times, unwatched())
    made = first.stat().st_ino  # its time of change says when it was used
    assert rehearsal.proxy(info, times, unwatched()) == first
    assert first.stat().st_ino == made
