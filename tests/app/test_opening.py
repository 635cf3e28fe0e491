"""What a film is opened with: what is known of it, once each, and nothing waits for the rest."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from studio import rehearsal, steps
from studio.app import stage
from studio.app.jobs import Jobs
from studio.app.player import player as player_module
from studio.app.player.reel import Reel
from studio.errors import MediaError
from studio.media.probe import FilmInfo, probe
from studio.media.soundtrack import Soundtrack
from studio.progress import Progress, unwatched
from studio.script import edits
from studio.times import Span
from tests.app.window_rig import LONG, small_film, small_project, until, window


@pytest.mark.parametrize("known", [False, True])
def test_what_is_known_of_a_film_is_shown_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """No second opening, no second plan: its times and its small copy are in the cache."""
    project = small_project(tmp_path)
    info = probe(small_film(tmp_path))
    if known:
        times = rehearsal.picture_times(info, unwatched())
        rehearsal.proxy(info, times, unwatched())
    begun: list[str] = []
    real = Jobs.light

    def noted(jobs: Jobs, title: str, *rest: Any) -> Any:
        begun.append(title)
        return real(jobs, title, *rest)

    monkeypatch.setattr(Jobs, "light", noted)
    with window() as made:
        made.filing.open_path(project)
        until(lambda: made.stage.sounding and not made.stage.fetching, "all is known")
        until(lambda: not made.player.opening, "the film shows")
        later = {"Count the pictures", "Make a copy that seeks fast"}
        assert later & set(begun) == (set() if known else later)
        reel = made.player._projector.reel
        assert reel is not None
        assert reel.info.path != info.path
        assert len(made.stage.sounding.times.pts) == 12 * 25


def test_an_edit_made_while_a_film_opens_is_shown_and_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = small_project(tmp_path)
    with window() as made:
        document, real = made.document, made.timeline.set_content

        def drawn(content: Any) -> None:
            real(content)
            monkeypatch.setattr(made.timeline, "set_content", real)
            cue = document.project.cues[0].id
            document.edit("Move", edits.set_span(document.project, cue, Span(400, 3000)))

        monkeypatch.setattr(made.timeline, "set_content", drawn)
        made.filing.open_path(project)
        until(lambda: made.stage.sounding and not made.stage.fetching, "all is known")
        until(lambda: not made.speaking.busy and not made.stage.busy, "all is spoken")
        placed = made.timeline.placed
        assert placed is not None
        assert placed.content.project is document.project
        assert document.project.cues[0].start == 400
        assert made.player.sounding is not None
        cue = document.project.cues[0].id
        assert made.player.sounding.clips[cue][0].start == 400


def test_small_pictures_are_taken_from_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its key frames are near, and its index is small; the film's own would be read each time."""
    project = small_project(tmp_path)
    read: list[Path] = []
    real = stage._thumbnails

    def noted(info: FilmInfo, times: tuple[int, ...], progress: Progress) -> Any:
        read.append(info.path)
        return real(info, times, progress)

    monkeypatch.setattr(stage, "_thumbnails", noted)
    with window() as made:
        made.filing.open_path(project)
        until(lambda: made.stage.sounding and not made.stage.fetching, "all is known")
        read.clear()
        made.stage._want_thumbnails([1000, 7000])
        until(lambda: not made.stage.fetching, "they are there")
        reel = made.player._projector.reel
        assert reel is not None
        assert reel.copied
        assert read == [reel.info.path]


def test_pictures_and_sound_of_a_film_are_opened_at_the_same_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither goes on before the other has begun: one after the other they would never meet."""
    project, info = steps.open_project(small_project(tmp_path))
    found = stage._first_sounding(project, info, "en", tmp_path, unwatched())
    begun = threading.Barrier(2, timeout=LONG / 1000)

    def meeting(kind: type) -> Any:
        def made(*given: Any, **named: Any) -> Any:
            begun.wait()
            return kind(*given, **named)

        return made

    monkeypatch.setattr(player_module, "Soundtrack", meeting(Soundtrack))
    monkeypatch.setattr(player_module, "Reel", meeting(Reel))
    opened = stage._opened(found.sounding, None, unwatched())
    assert opened.track is not None
    opened.track.close()
    opened.reel.close()


def test_a_damaged_copy_keeps_no_film_from_showing(tmp_path: Path) -> None:
    """The film itself shows then, and the job that looks after the copy says what is wrong."""
    project, info = steps.open_project(small_project(tmp_path))
    times = rehearsal.picture_times(info, unwatched())
    copy = rehearsal.proxy(info, times, unwatched())
    copy.write_bytes(b"no film")
    found = stage._first_sounding(project, info, "en", tmp_path, unwatched())
    assert found.counted
    opened = stage._opened(found.sounding, found.copy, unwatched())
    assert not opened.reel.copied
    assert opened.reel.info.path == info.path
    assert opened.track is not None
    opened.track.close()
    opened.reel.close()
    with pytest.raises(MediaError):
        stage._proxy(info, times, unwatched())
