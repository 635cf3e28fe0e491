"""The picture drawn by OpenGL, where there is one, and what is said where there is none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studio.app.player import Screen, screen_for
from studio.app.preferences import SURFACES, Preferences
from tests.app.window_rig import application
from tests.conftest import REPOSITORY


def test_opengl_shows_the_right_frames(tmp_path: Path) -> None:
    if shutil.which("xvfb-run") is None:
        pytest.skip("xvfb-run is not installed")
    done = subprocess.run(
        ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24",
         sys.executable, "-m", "tests.app.gl_screen", str(tmp_path)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "QT_QPA_PLATFORM": "xcb"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    if "missing" in found:
        pytest.skip(found["missing"])
    assert found["said"] == []
    # a film of 25 pictures a second that waits for one second at 1 s
    assert found["numbers"] == {"0": 0, "400": 10, "960": 24, "1480": 24, "2480": 37}
    assert found["edge"] == 0, "there is no black above the picture"


def test_without_a_wish_the_picture_is_drawn_in_memory() -> None:
    from studio.app.player import Player

    application()
    player = Player(sound="null")
    screen = screen_for(player)
    assert isinstance(screen, Screen)
    player.close()
    screen.deleteLater()


def test_the_preference_is_kept_and_nonsense_is_none() -> None:
    preferences = Preferences()
    assert preferences.surface == SURFACES[0]
    preferences.surface = "opengl"
    preferences.write()
    assert Preferences().surface == "opengl"
    preferences.surface = "paper"
    preferences.write()
    assert Preferences().surface == SURFACES[0]
