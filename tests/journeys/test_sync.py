"""`studio sync`: a film out of step is measured, repaired and measured again."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from studio.cli import run
from studio.media.probe import probe
from studio.mix.repair import repair
from studio.mix.warp import Slip
from studio.progress import unwatched
from tests import make_media
from tests.make_faces import HEADS, Said, talking
from tests.make_mouths import TEXTS
from tests.media.test_export import packets


def sync(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any, str]:
    """The exit code, the JSON document, and what was said on stderr."""
    capsys.readouterr()
    code = run(["sync", *map(str, arguments), "--json"])
    told = capsys.readouterr()
    return code, json.loads(told.out) if told.out else None, told.err


def test_a_film_of_talking_heads_is_put_in_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film, target = tmp_path / "film.mkv", tmp_path / "in step.mkv"
    turns = [Said(1 + 5.2 * number, TEXTS[number], number % 2) for number in range(5)]
    talking(film, heads=HEADS[:2], turns=turns, late=-0.287, size=(480, 270), rate=Fraction(24))
    before = film.read_bytes()
    code, told, _ = sync(capsys, film, "--repair", target)
    assert code == 0
    assert told["offset"] == pytest.approx(-287, abs=20)
    assert told["drift_ppm"] == 0
    assert told["certain"] is (told["confidence"] >= 0.99)
    assert (told["method"], told["in_step"]) == ("mouths", False)
    assert "ms early. That is beyond the norm (ITU-R BT.1359" in told["verdict"]
    spoke = [one for one in told["passages"] if one["confidence"] > 0.3]
    assert len(spoke) >= 3
    for one in spoke:
        assert set(one) == {"start", "end", "offset", "confidence"}
        assert one["offset"] == pytest.approx(-287, abs=60)
    # repaired, and measured again
    assert abs(told["after"]["offset"]) <= 1000 / 24 / 2
    assert told["after"]["in_step"] is True
    assert packets(target) == packets(film)
    assert film.read_bytes() == before
    code, _, said = sync(capsys, film, "--repair", film)
    assert code == 6
    assert "is the film itself" in said


def test_marks_are_measured_and_a_known_slip_is_repaired(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film, late = tmp_path / "film.mkv", tmp_path / "late.mkv"
    make_media.film(film, seconds=6, marks=(1.0, 3.2), music=False)
    repair(probe(film), [Slip(0, -90.0)], late, unwatched())
    _, told, _ = sync(capsys, late)
    assert told["method"] == "marks"
    assert told["offset"] == pytest.approx(90, abs=2)
    assert told["in_step"] is True
    _, strict, _ = sync(capsys, late, "--norm", "ebu")
    assert strict["in_step"] is False
    assert "EBU R 37" in strict["verdict"]
    code, done, _ = sync(capsys, late, "--repair", tmp_path / "again.mkv", "--late", "90")
    assert (code, done["late"]) == (0, 90)
    _, again, _ = sync(capsys, tmp_path / "again.mkv")
    assert again["offset"] == pytest.approx(0, abs=2)


def test_what_cannot_be_measured_is_said_and_not_repaired(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = tmp_path / "silent.mp4"
    make_media.film(silent, seconds=2, sound=False)
    code, told, _ = sync(capsys, silent)
    assert (code, told["offset"], told["drift_ppm"], told["passages"]) == (0, None, None, [])
    assert told["verdict"].startswith("Cannot be measured. The film has no sound")
    code, _, said = sync(capsys, silent, "--repair", tmp_path / "out.mp4")
    assert code == 6
    assert "cannot be measured" in said
    assert not (tmp_path / "out.mp4").exists()
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")
    assert sync(capsys, broken)[0] == 3
    assert sync(capsys, silent, "--norm", "none")[0] == 2
    assert sync(capsys, silent, "--late", "20")[0] == 2
    assert sync(capsys, silent, "--meter", "none")[0] == 2


def test_sound_that_starts_late_in_its_file_is_explained(
    shared_media: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film = shared_media / "odd" / "bbb_audio_late_800ms.mkv"
    _, told, _ = sync(capsys, film)
    assert told["offset"] is None
    assert told["verdict"] == (
        "Cannot be measured. Nobody speaks in the film. The file itself begins its sound 777 ms "
        "after the picture. If that is not meant, repair the film by that much."
    )
