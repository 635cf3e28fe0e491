"""Scripts in and out at a prompt: what one project delivers, another takes in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from studio import cli
from studio.script import edits, formats, store
from studio.script.model import Pronunciation
from tests import make_media

TWO_WAY = [row.name for row in formats.FORMATS if row.reads and row.writes]
SHEET = """Timecode In,Timecode Out,Script,On-screen note,Voice,Status,Freeze,Note
00:00:01:00,00:00:02:00,A red door.,EXIT,Ann,,,
00:00:03.000,00:00:03.520,'=She waits.,,,in review,1.4,Who is she?
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of a silent film of six seconds, with two imported cues that nobody has spoken."""
    make_media.film(tmp_path / "film.mp4", seconds=6, cuts=(2.5,), size=(160, 90))
    file, script = tmp_path / "film.adproject", tmp_path / "script.csv"
    script.write_text(SHEET, encoding="utf-8")
    assert cli.run(["new", str(tmp_path / "film.mp4"), "-o", str(file), "--quiet"]) == 0
    assert cli.run(["import", str(file), str(script), "--quiet"]) == 0
    opened = store.load(file)
    store.save(edits.set_pronunciations(opened, [Pronunciation("en", "door", "dore")]), file)
    return file


def _exported(project: Path, folder: Path, capfd: pytest.CaptureFixture[str]) -> dict[str, Path]:
    """All scripts of a project."""
    wishes = [word for row in formats.writable() for word in ("--deliver", row.name)]
    capfd.readouterr()
    assert cli.run(["export", str(project), "-o", str(folder), *wishes, "--json"]) == 0
    made = json.loads(capfd.readouterr().out)["deliveries"]
    return {one["delivery"]: Path(one["file"]) for one in made}


def _shown(project: Path, capfd: pytest.CaptureFixture[str]) -> list[tuple[Any, ...]]:
    capfd.readouterr()
    assert cli.run(["show", str(project), "--json"]) == 0
    cues = json.loads(capfd.readouterr().out)["cues"]
    return [(one["start"], one["end"], one["text"], one["accepted"]) for one in cues]


def test_every_format_is_delivered_before_a_word_is_spoken(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    files = _exported(project, project.parent / "out", capfd)
    assert set(files) == {row.name for row in formats.writable()}
    assert len(set(files.values())) == len(files)
    assert all(path.stat().st_size for path in files.values())
    assert "Say: door as “dore”" in files["recording-page"].read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TWO_WAY)
def test_a_new_project_takes_in_what_another_delivered(
    name: str, project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = _exported(project, tmp_path / "out", capfd)[name]
    fresh = tmp_path / "film 2.adproject"
    assert cli.run(["new", str(tmp_path / "film.mp4"), "-o", str(fresh), "--quiet"]) == 0
    assert cli.run(["import", str(fresh), str(file), "--quiet"]) == 0
    assert _shown(fresh, capfd) == _shown(project, capfd)
    assert cli.run(["import", str(fresh), str(file), "--format", name, "--quiet"]) == 0
    assert _shown(fresh, capfd) == _shown(project, capfd)


def test_what_a_sheet_says_of_a_cue_is_kept(project: Path) -> None:
    first, second = store.load(project).cues
    assert first.note == "Voice: Ann\nOn screen: EXIT"
    assert second.note == "Status: in review\nWho is she?"
    assert (second.mode, second.freeze) == ("extended", 1400)


def test_what_a_project_does_not_keep_is_said(
    project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "late.vtt"
    script.write_text(
        "WEBVTT\n\nNOTE License: CC BY\n\n00:20.000 --> 00:21.000\nToo late.\n", encoding="utf-8"
    )
    capfd.readouterr()
    assert cli.run(["import", str(project), str(script)]) == 0
    said = capfd.readouterr().out
    assert "1 description begins after the end of the film" in said
    assert "License: CC BY" in said
    assert cli.run(["import", str(project), str(script), "--json"]) == 0
    assert len(json.loads(capfd.readouterr().out)["notes"]) == 2


def test_a_script_that_cannot_be_read_changes_nothing(
    project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = project.read_bytes()
    for name, content, code in (
        ("a.docx", b"PK", 4),
        ("a.csv", b"1,2,3\n", 4),
        ("a.doc", b"x", 2),
        ("a.xlsx", b"", 4),
    ):
        (tmp_path / name).write_bytes(content)
        capfd.readouterr()
        assert cli.run(["import", str(project), str(tmp_path / name), "--json"]) == code
        error = json.loads(capfd.readouterr().out)["error"]
        assert name in error["what"]
    assert project.read_bytes() == before


def test_the_text_in_place_of_the_film_has_what_people_say_too(
    project: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    captions = tmp_path / "captions.vtt"
    captions.write_text("WEBVTT\n\n00:02.000 --> 00:02.900\n<v Emo>Hello.\n", encoding="utf-8")

    def made(*more: object) -> dict[str, Any]:
        capfd.readouterr()
        wishes = ("--deliver", "text", "--json", *map(str, more))
        assert cli.run(["export", str(project), "-o", str(tmp_path / "out"), *wishes]) == 0
        found: dict[str, Any] = json.loads(capfd.readouterr().out)["deliveries"][0]
        return found

    without = made()
    text = Path(without["file"])
    assert "--captions FILE" in without["notes"][0]
    assert "Hello." not in text.read_text(encoding="utf-8")
    assert (made("--captions", captions)["notes"], made("--captions", captions)["unchanged"]) == (
        [],
        True,
    )
    said = text.read_text(encoding="utf-8").split("\n\n")
    assert [one.partition("] ")[2].strip() for one in said] == [
        "",
        "Description: A red door.",
        "Emo: Hello.",
        "Description: =She waits.",
    ]
    captions.write_text("WEBVTT\n\n00:02.000 --> 00:02.900\n<v Emo>Bye.\n", encoding="utf-8")
    assert made("--captions", captions)["unchanged"] is False
    assert "Emo: Bye." in text.read_text(encoding="utf-8")
