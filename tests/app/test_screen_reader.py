"""What a screen reader finds, over the real bus, in a window on a real (if unseen) screen."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.window_rig import small_project
from tests.conftest import REPOSITORY

SYSTEM_PYTHON = "/usr/bin/python3"
NEEDED = ("xvfb-run", "dbus-run-session", "xdotool")


def _missing() -> str:
    programs = [name for name in NEEDED if shutil.which(name) is None]
    if programs:
        return f"{', '.join(programs)} are not installed"
    asked = subprocess.run(
        [SYSTEM_PYTHON, "-c", "import pyatspi"], capture_output=True, check=False
    )
    return "" if asked.returncode == 0 else f"{SYSTEM_PYTHON} has no pyatspi"


def test_a_screen_reader_reads_and_writes_a_description(tmp_path: Path) -> None:
    missing = _missing()
    if missing:
        pytest.skip(missing)
    project = small_project(tmp_path)
    script = Path(__file__).with_name("screen_reader.py")
    reader = subprocess.run(
        ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", "dbus-run-session", "--",
         SYSTEM_PYTHON, str(script), sys.executable, str(project)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "QT_QPA_PLATFORM": "xcb"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,  # a bus that never answers must not hold up all other tests
    )  # fmt: skip
    assert reader.returncode == 0, reader.stderr[-4000:]
    assert "the studio ended with 0" in reader.stderr
    found = json.loads(reader.stdout.splitlines()[-1])
    assert found["nameless"] == []
    assert found["written"] == "A door opens. Slowly."
    assert found["fit"].startswith("Fits: ")
    assert [row.partition(",")[0] for row in found["rows"]] == [
        "Description 1 of 3",
        "Description 2 of 3",
        "Description 3 of 3",
    ]
    assert found["rows"][1].endswith(": A door opens.")
