"""What is built is whole: the wheel works installed elsewhere, and so does a first run from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the studio as installed from its wheel, away from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, "."],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    target = folder / "installed"
    with zipfile.ZipFile(wheel) as content:  # a pure wheel is installed by unpacking it
        content.extractall(target)
    return target


def _run(
    installed: Path, folder: Path, *arguments: str, expected: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run the installed studio's Python in `folder`; -P keeps the checkout out of reach."""
    ran = subprocess.run(
        [sys.executable, "-P", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == expected, ran.stdout + ran.stderr
    return ran


def test_the_wheel_is_found_and_not_the_checkout(installed: Path, tmp_path: Path) -> None:
    code = "import studio; print(studio.__file__)"
    found = Path(_run(installed, tmp_path, "-c", code).stdout.strip())
    assert found.is_relative_to(installed)


def test_the_wheel_holds_every_bundled_file(installed: Path, tmp_path: Path) -> None:
    code = (
        "import json; from studio import paths; "
        "print(json.dumps([str(paths.resource('.')), str(paths.voice_sample('.'))]))"
    )
    found = json.loads(_run(installed, tmp_path, "-c", code).stdout)
    for folder, name in zip(map(Path, found), ("resources", "voice_samples"), strict=True):
        source = REPOSITORY / name
        wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
        assert folder.is_relative_to(installed)
        assert wanted
        assert wanted <= {path.relative_to(folder) for path in folder.rglob("*")}


def test_the_demo_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    made = _run(installed, tmp_path, "-m", "studio", "demo", "a folder", "--json")
    document = json.loads(made.stdout)
    described = tmp_path / document["deliveries"][0]["file"]
    assert (tmp_path / document["film"]).is_file()
    assert described.is_file()
    checked = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-i", f"file:{described}", "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    shown = _run(installed, tmp_path, "-m", "studio", "show", "a folder/demo.adproject", "--json")
    cues = json.loads(shown.stdout)["cues"]
    texts = " ".join(cue["text"].get("en", "") for cue in cues)
    assert "THE NIGHT LAMP" in texts
    assert sum(cue["clip"] is not None for cue in cues) >= 4
