"""Runs a script that uses the window over the bus (bus.py), on a screen nobody sees."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY

SYSTEM_PYTHON = "/usr/bin/python3"
NEEDED = ("xvfb-run", "dbus-run-session", "xdotool")
_LIMIT = 280  # s; a bus that never answers must not hold up all other tests


def _missing() -> str:
    programs = [name for name in NEEDED if shutil.which(name) is None]
    if programs:
        return f"{', '.join(programs)} are not installed"
    asked = subprocess.run(
        [SYSTEM_PYTHON, "-c", "import pyatspi"], capture_output=True, check=False
    )
    return "" if asked.returncode == 0 else f"{SYSTEM_PYTHON} has no pyatspi"


def over_the_bus(script: str, *arguments: Path) -> Any:
    """What `script`, of this folder, found; skips the test where programs are missing."""
    missing = _missing()
    if missing:
        pytest.skip(missing)
    done = subprocess.run(
        ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", "dbus-run-session", "--",
         SYSTEM_PYTHON, "-m", f"tests.app.{script}", sys.executable, *map(str, arguments)],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "QT_QPA_PLATFORM": "xcb"},
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    assert "the studio ended with 0" in done.stderr
    return json.loads(done.stdout.splitlines()[-1])
