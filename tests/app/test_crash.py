"""Killed at any moment, the studio loses at most what was done in the last two seconds."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio.app import autosave
from studio.script import store
from tests.app.window_rig import application, small_film, small_project
from tests.conftest import REPOSITORY

LOST_AT_MOST = 2.0  # s
KILLS = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film in it."""
    made = tmp_path_factory.mktemp("film")
    small_film(made)
    return made


def _edit_and_kill(path: Path, after: int) -> list[tuple[int, float]]:
    """Kill the editor after so many edits; the edits it told of, and when (monotonic s)."""
    command = [sys.executable, "-m", "tests.app.killed_editor", str(path)]
    done: list[tuple[int, float]] = []
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, env=None
    ) as editor:
        assert editor.stdout is not None
        for line in editor.stdout:
            if not line.startswith("saved"):
                done.append((int(line), time.monotonic()))
            if len(done) >= after:
                break
        editor.kill()
    return done


def _newest(path: Path) -> int:
    """The number of the newest edit that is on the disk; the project opens in any case."""
    newest = int(store.load(path).cues[0].note or "0")
    left = autosave.leftover_of(path)
    if left is not None:
        newest = max(newest, int(store.load(left.copy).cues[0].note or "0"))
    return newest


def test_kill_dash_nine_loses_two_seconds_at_most(folder: Path) -> None:
    application()
    chance = random.Random(4)
    path = small_project(folder)
    for _ in range(KILLS):
        done = _edit_and_kill(path, chance.randrange(1, 160))
        killed = done[-1][1]
        due = [number for number, at in done if at <= killed - LOST_AT_MOST]
        newest = _newest(path)
        assert newest >= max(due, default=0)
        left = autosave.leftover_of(path)
        if left is not None:
            left.forget()
