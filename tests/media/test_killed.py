"""Exports killed at any moment: a final name is always a whole file, and the next export works."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.media.test_deliveries import ALL, clip, film_with
from tests.unit.test_roomtone import place

_MOMENTS = 50
_LAST = 12  # of these, among the last things an export does: giving files their names

# Exports in a child that kills itself, as the system would, at its n-th event: each time it asks
# whether it is still wanted, makes sure of a file on the disk, renames or removes one. Prints how
# many events there were, or that it was killed. The child is forked, so that it starts at once.
_EXPORTS = """
import os, signal, sys
from pathlib import Path
from studio.progress import Progress
from tests.media.test_deliveries import everything
film, said, folder = map(Path, sys.argv[1:4])

def export(at):
    count, naming = 0, 0
    def event():
        nonlocal count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
    def watched(function, names):
        def call(*arguments, **more):
            nonlocal naming
            event()
            naming = naming or (count if names else 0)
            return function(*arguments, **more)
        return call
    Progress.check = watched(Progress.check, False)
    Path.replace, Path.unlink = watched(Path.replace, True), watched(Path.unlink, False)
    os.fsync = watched(os.fsync, True)
    everything(film, folder, said, Progress())
    print(count, naming, flush=True)

for line in sys.stdin:
    child = os.fork()
    if not child:
        export(int(line))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print("killed" if os.WIFSIGNALED(status) else f"ended {status}", flush=True)
"""


class Exports:
    """A process that exports as often as it is told."""

    def __init__(self, film: Path, said: Path, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _EXPORTS, film, said, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "OPENBLAS_NUM_THREADS": "1"},
        )

    def run(self, at: int) -> list[str]:
        """Export, killed at event `at`; the lines that were said."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{at}\n")
        self._process.stdin.flush()
        said = [self._process.stdout.readline().strip()]
        if said[0] != "killed":
            said.append(self._process.stdout.readline().strip())
        return said

    def end(self) -> None:
        """Let the process end."""
        self._process.communicate()
        assert self._process.returncode == 0


def contents(folder: Path) -> dict[str, str]:
    """What lies under each name, folders with all that is in them; parts and locks left out."""
    found = {}
    for path in sorted(folder.iterdir()):
        if not path.name.startswith(".studio-"):
            files = sorted(path.iterdir()) if path.is_dir() else [path]
            digest = hashlib.blake2b(digest_size=8)
            for file in files:
                digest.update(file.name.encode() + b"\0" + file.read_bytes())
            found[path.name] = digest.hexdigest()
    return found


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills in another way")
def test_killed_at_fifty_moments_no_name_is_ever_a_broken_file(tmp_path: Path) -> None:
    film, said, out = film_with(tmp_path, place(3)), clip(tmp_path), tmp_path / "out"
    out.mkdir()
    exports = Exports(film, said, out)
    counted, ended = exports.run(0)
    assert ended == "ended 0"
    events, naming = map(int, counted.split())
    whole = contents(out)
    # Matroska numbers its files at random: of that one it can only be told whether it is whole
    draw = random.Random(7)
    moments = [draw.randint(1, naming) for _ in range(_MOMENTS - _LAST)]
    moments += [draw.randint(naming, events) for _ in range(_LAST)]
    killed = 0
    for moment in moments:
        if draw.random() < 0.5:
            for name in ALL.values():
                _remove(out / name)
        before = contents(out)
        killed += exports.run(moment)[-1] == "killed"
        after = contents(out)
        for name, content in after.items():
            if name != ALL["track"]:
                assert content == whole[name], f"{name} after being killed at {moment}"
            elif content != before.get(name):
                assert _is_whole(out / name)
    assert killed >= _MOMENTS * 0.9
    assert exports.run(0)[-1] == "ended 0"
    exports.end()
    after = contents(out)
    assert {**after, ALL["track"]: ""} == {**whole, ALL["track"]: ""}
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []


def _remove(path: Path) -> None:
    if path.is_dir():
        for file in path.iterdir():
            file.unlink()
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


def _is_whole(film: Path) -> bool:
    ran = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", film, "-f", "null", "-"], capture_output=True, check=False
    )
    return (ran.returncode, ran.stderr) == (0, b"")
