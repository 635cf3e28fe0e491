"""`studio tune ...` at a prompt: cleaning what a model wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio import cli

RAW = """\
The video shows a man walking down a street at night.
2. "In the video, we see a dog, and the camera zooms in on its face."

The video ends.
A man opens the door, looks around and leaves. He is wearing a
"""


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    file = tmp_path / "raw.txt"
    file.write_text(RAW, encoding="utf-8")
    return file


def test_clean_prints_a_line_for_every_line(raw: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["tune", "clean", str(raw)]) == 0
    out, err = capfd.readouterr()
    assert out.split("\n") == [
        "A man walks down a street at night.",
        "A dog. Its face.",
        "",
        "",
        "A man opens the door, looks around and leaves.",
        "",
    ]
    assert "line 4: The draft still speaks of the video, the camera or the viewer." in err
    assert "line 3: The draft holds no sentence that could be read." in err
    assert err.count("\n") == 2


def test_clean_keeps_to_a_limit_and_says_what_it_took_out(
    raw: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["tune", "clean", str(raw), "--limit", "5", "--json"]) == 0
    out, err = capfd.readouterr()
    lines = json.loads(out)["lines"]
    assert [line["text"] for line in lines] == [
        "A man walks.",
        "A dog. Its face.",
        "",
        "The video ends.",
        "A man opens the door.",
    ]
    assert lines[3] == {"text": "The video ends.", "removed": [], "problems": ["reference"]}
    assert lines[4]["removed"] == ["He is wearing a"]
    assert err == ""


def test_a_file_that_is_no_text_is_a_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "raw.bin"
    file.write_bytes(b"\xff\xfe\x00\x80")
    assert cli.run(["tune", "clean", str(file)]) == 2
    assert "it is not UTF-8 text" in capfd.readouterr().err
    assert cli.run(["tune", "clean", str(tmp_path / "none.txt")]) == 2
    assert "No such file" in capfd.readouterr().err
