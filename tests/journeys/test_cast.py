"""`studio cast`: from a film in which people talk to who speaks when, at a prompt."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from studio import cli, engines, hearing, soundbeds, steps
from studio.progress import Cancelled, Progress, unwatched
from studio.script import edits, people, store
from studio.script.model import Line
from studio.settings import DEFAULTS
from tests import make_media
from tests.engines import tiny_eyes
from tests.engines.test_voices import KAL, RATE, SLT, conversation


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[tuple[Any, int], ...]]:
    """A film of a plain picture in which two people talk, and their turns."""
    folder = tmp_path_factory.mktemp("talk")
    made = conversation((KAL, SLT), 6, 3)
    soundfile.write(folder / "talk.wav", made.samples, RATE)
    seconds = len(made.samples) / RATE
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"color=gray:s=160x90:r=10:d={seconds}",
         "-i", folder / "talk.wav", "-c:a", "aac", "-shortest", folder / "talk.mp4"],
        check=True,
    )  # fmt: skip
    return folder / "talk.mp4", made.turns


def run(capfd: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    capfd.readouterr()
    code = cli.run([str(one) for one in arguments])
    return code, capfd.readouterr().out


def test_a_film_becomes_a_project_with_a_cast(
    talk: tuple[Path, Any], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "talk.mp4"
    film.symlink_to(talk[0])
    code, out = run(capfd, "cast", film, "--json")
    assert code == 0
    document = json.loads(out)
    assert [one["called"] for one in document["cast"]] == ["Person 1", "Person 2"]
    assert all(one["speaks"] > 2000 for one in document["cast"])
    saved = store.load(tmp_path / "talk.adproject")
    assert [one.person for one in saved.turns] == [one["person"] for one in document["turns"]]

    code, out = run(capfd, "cast", tmp_path / "talk.adproject")
    assert code == 0
    assert "2 people in the cast" in out
    assert store.load(tmp_path / "talk.adproject") == saved
    code, _ = run(capfd, "cast", film)
    assert code == 2


def test_terms_are_told_before_the_work(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    unpaid = replace(engines.row("face-finder", "cascade"), paid_work=False, licence="CC-BY-NC-4.0")
    monkeypatch.setattr(engines, "TABLE", (unpaid, *engines.TABLE))
    code, out = run(
        capfd, "cast", tmp_path / "none.adproject", "--diariser", "pyannote", "--faces", "cascade",
        "--faces", "yunet:mine",
    )  # fmt: skip
    assert code == 4  # there is no such project, which is found out later
    assert out.splitlines() == [
        "The model of “pyannote” has a licence of its own: see whether it allows paid work before "
        "you use it for that.",
        "“cascade” must not be used for paid work: its licence is CC-BY-NC-4.0.",
        "The model of “yunet:mine” has a licence of its own: see whether it allows paid work "
        "before you use it for that.",
    ]
    assert hearing.terms(hearing.DISTINGUISHER, ("yunet",)) == ()
    assert "must not be used for paid work" in soundbeds.terms("musicgen")


def test_lines_go_to_who_says_them_and_corrections_stay(talk: tuple[Path, Any]) -> None:
    film, turns = talk
    project, info = steps.begin(film, DEFAULTS, ("en",))
    project = steps.analyse(project, info, unwatched())
    lines = [
        Line(f"l{number}", span.start, span.end, "Some words that are said")
        for number, (span, _) in enumerate(turns)
    ]
    project = edits.set_lines(project, lines)
    found, _ = hearing.cast(project, info, hearing.DISTINGUISHER, True, unwatched())
    said = [one.person for one in found.lines]
    assert len(set(said)) == 2
    assert [said[0] == one for one in said] == [turns[0][1] == voice for _, voice in turns]

    named = people.rename(found, said[0], "Anna")
    corrected, new = people.give_to_new(named, ["l0"], "Cleo")
    again, _ = hearing.cast(corrected, info, hearing.DISTINGUISHER, True, unwatched())
    assert again == corrected
    assert again.lines[0].person == new


def test_it_stops_when_it_is_cancelled(talk: tuple[Path, Any]) -> None:
    project, info = steps.begin(talk[0], DEFAULTS, ("en",))
    project = steps.analyse(project, info, unwatched())
    seen: list[float] = []

    def report(fraction: float, _message: str) -> None:
        seen.append(fraction)
        progress.cancel()

    progress = Progress(report)
    with pytest.raises(Cancelled):
        hearing.cast(project, info, hearing.DISTINGUISHER, False, progress)
    assert len(seen) == 1


@pytest.mark.parametrize("sound", [False, True], ids=["no sound", "nobody speaks"])
def test_a_film_in_which_nobody_is_heard(
    sound: bool, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    film = tmp_path / "film.mp4"
    make_media.film(film, seconds=3, size=(160, 90), sound=sound, music=sound)
    code, out = run(capfd, "cast", film)
    assert code == 0
    assert ("Nobody is heard" if sound else "no sound") in out
    saved = store.load(tmp_path / "film.adproject")
    assert (saved.turns, saved.people) == ((), ())
    assert [one.rule for one in saved.issues] == ["casting.nobody"]


def test_an_unknown_diariser_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    film = tmp_path / "film.mp4"
    make_media.film(film, seconds=2, size=(160, 90))
    capfd.readouterr()
    assert cli.run(["cast", str(film), "--diariser", "ears"]) == 2
    assert "Choose one of: acoustic" in capfd.readouterr().err


def test_faces_are_found_by_whom_one_names(
    tmp_path: Path, own_folders: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A network that takes blue squares for faces, on a film that shows one for five seconds."""
    pytest.importorskip("onnx", reason="the network is made with onnx")
    film = tmp_path / "film.mp4"
    _blue_square(film)
    tiny_eyes.make_yunet(tmp_path / "net")
    wanted = ["--faces", f"yunet:{tmp_path / 'net'}"]
    document = json.loads(run(capfd, "cast", film, "--json", *wanted)[1])
    (face,) = document["faces"]
    spot = face["spots"][0]
    assert face["start"] == 0
    assert 4000 < face["end"] <= 5000
    assert spot["left"] == pytest.approx(1000 * 120 / 640, abs=3)  # thousandths of the picture
    (tmp_path / "film.adproject").unlink()
    unasked = json.loads(run(capfd, "cast", film, "--json")[1])
    assert unasked["faces"] == []


def _blue_square(film: Path) -> None:
    """Five seconds of grey, 640 by 384, with a blue square of 32 pixels and no sound."""
    with av.open(film, "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 640, 384, "yuv420p"
        pixels = np.full((384, 640, 3), 128, np.uint8)
        pixels[192:224, 128:160] = (0, 0, 255)
        for _ in range(125):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels)))
        out.mux(stream.encode())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--faces", "eyes"), "no face-finder “eyes”"),
        (("--faces", "yunet"), "studio engines get yunet"),
        (("--faces", "drawn", "--voices-only"), "has nothing to do"),
    ],
)
def test_a_finder_that_cannot_work_is_said_before_any_work(
    options: tuple[str, ...],
    said: str,
    tmp_path: Path,
    own_folders: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    film = tmp_path / "film.mp4"
    make_media.film(film, seconds=2, size=(160, 90), sound=False, music=False)

    def hear(*_: object) -> object:
        raise AssertionError("it listened first")

    monkeypatch.setattr("studio.analysis.speakers.hear_voices", hear)
    assert cli.run(["cast", str(film), *options]) in {2, 5}
    assert said in " ".join(capfd.readouterr().err.split())
