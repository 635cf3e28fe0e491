"""`studio subtitles`: from a film and its captions to subtitles, and into the pictures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from studio import cli, engines
from studio.engines import Need, Phrase, Row, Transcript
from studio.script import formats, store
from studio.times import Span
from tests.chat_server import Asked, serving
from tests.make_faces import HEADS, Said, talking
from tests.make_media import film

CAPTIONS = """WEBVTT

1
00:00:00.200 --> 00:00:02.000
Good morning, everybody.

2
00:00:02.200 --> 00:00:03.900
Is anybody there?
"""


@pytest.fixture
def studio(capfd: pytest.CaptureFixture[str]) -> Any:
    """Runs a command with --json; returns its exit code, document and sentences."""

    def run(*arguments: object) -> tuple[int, dict[str, Any], str]:
        capfd.readouterr()
        code = cli.run([*map(str, arguments), "--json"])
        said = capfd.readouterr()
        assert "Traceback" not in said.err
        return code, json.loads(said.out) if said.out else {}, said.err

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With film.mp4 and captions.vtt in it."""
    film(tmp_path / "film.mp4", seconds=4, speech=[(0.3, "Good morning")])
    (tmp_path / "captions.vtt").write_text(CAPTIONS)
    return tmp_path


def answer(asked: Asked) -> None:
    asked.send(json.dumps({"translatedText": asked.body["q"].swapcase()}))


def test_from_film_to_film(folder: Path, studio: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_LIBRETRANSLATE_KEY", "")
    with serving(answer) as server:
        monkeypatch.setenv("STUDIO_LIBRETRANSLATE_URL", server.url)
        code, shown, _ = studio(
            "subtitles", folder / "film.mp4", "-o", folder / "out", "--languages", "pl",
            "--from", folder / "captions.vtt", "--spoken", "en", "--translator", "libretranslate",
            "--burn", "--reveal", "--markers", "--project", folder / "kept.adproject",
        )  # fmt: skip
    assert code == 0
    assert shown["lines"] == 2
    rules = [one["rule"] for one in shown["issues"]]
    assert rules == ["burning.unmarked"]
    names = ["ass", "srt", "ttml", "vtt"]
    assert sorted(one.name for one in (folder / "out").iterdir()) == [
        "film_pl.burnt.mp4", *(f"film_pl.subtitles.{one}" for one in names),
    ]  # fmt: skip
    for name in names:
        script = formats.read(folder / "out" / f"film_pl.subtitles.{name}")
        assert [one.text for one in script.entries] == [
            "gOOD MORNING, EVERYBODY.",
            "iS ANYBODY THERE?",
        ]
        assert (script.entries[0].span.start, script.entries[1].span.end) == (200, 3900)
    pairs = zip(
        pictures(folder / "film.mp4"), pictures(folder / "out" / "film_pl.burnt.mp4"), strict=True
    )
    off = [int((np.abs(one - other) > 60).sum()) for one, other in pairs]
    assert off[2] < 10
    assert off[40] > off[8] > 100
    kept = store.load(folder / "kept.adproject")
    assert kept.dialogue_language == "en"
    assert [one.translations[0].engine for one in kept.lines] == ["libretranslate"] * 2


def test_going_on_with_a_project(folder: Path, studio: Any) -> None:
    kept = folder / "kept.adproject"
    first = ("subtitles", folder / "film.mp4", "--from", folder / "captions.vtt", "--spoken", "en")
    assert studio(*first, "-o", folder / "a.srt", "--project", kept)[0] == 0
    assert [one.text for one in formats.read(folder / "a.srt").entries][1] == "Is anybody there?"
    code, _, said = studio("subtitles", kept, "-l", "de", "-o", folder / "b.vtt")
    assert code == 2
    assert "not in “de” yet" in said
    code, shown, _ = studio("subtitles", kept, "-l", "de", "--translator", "by-hand", "-o", folder)
    assert code == 4, "nothing to deliver"
    assert len(store.load(kept).issues) == 2
    code, shown, _ = studio("subtitles", kept, "-o", folder / "c.mkv")
    assert code == 0
    assert [one["delivery"] for one in shown["deliveries"]] == ["burnt"]
    assert studio(*first, "--project", kept)[0] == 2, "a project is not written over"


def test_subtitles_are_deliveries_like_others(folder: Path, studio: Any) -> None:
    kept = folder / "kept.adproject"
    studio(
        "subtitles", folder / "film.mp4", "--from", folder / "captions.vtt", "--spoken", "en",
        "-o", folder / "a.srt", "--project", kept,
    )  # fmt: skip
    wanted = ("--deliver", "subtitles-vtt", "--deliver", "burnt", "-o", folder / "out")
    code, foreseen, _ = studio("export", kept, *wanted, "--dry-run")
    assert code == 0
    assert not (folder / "out").exists()
    code, made, _ = studio("export", kept, *wanted)
    assert code == 0, "though nothing is described"
    files = [Path(one["file"]).name for one in made["deliveries"]]
    assert files == ["kept_en.subtitles.vtt", "kept_en.burnt.mp4"]
    assert [Path(one["file"]).name for one in foreseen["deliveries"]] == files
    assert "Kind: subtitles" in (folder / "out" / files[0]).read_text()
    assert all(one["unchanged"] for one in studio("export", kept, *wanted)[1]["deliveries"])
    project = store.load(kept)
    first = replace(project.lines[0], text="Good evening.")
    store.save(replace(project, lines=(first, *project.lines[1:])), kept)
    again = studio("export", kept, *wanted)[1]["deliveries"]
    assert not any(one["unchanged"] for one in again)
    code, _, said = studio("export", kept, *wanted, "-l", "fr")
    assert code == 4
    assert "No line of the film has a text in “fr”" in said


def test_letters_in_no_font_end_with_7(folder: Path, studio: Any) -> None:
    (folder / "captions.vtt").write_text(CAPTIONS.replace("Good", "\U0010fffd"))
    code, shown, _ = studio(
        "subtitles", folder / "film.mp4", "--from", folder / "captions.vtt", "--spoken", "en",
        "-o", folder / "b.mp4",
    )  # fmt: skip
    assert code == 7
    assert [one["rule"] for one in shown["issues"]] == ["burning.letters"]
    assert (folder / "b.mp4").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--reveal",), "--reveal is about burnt-in subtitles"),
        (("--markers",), "--markers is about burnt-in subtitles"),
        (("--spoken", "en", "-o", "a.doc"), "cannot be written as “a.doc”"),
        (("--spoken", "en", "-o", "a.srt", "--burn"), "Several files are to be made"),
        (("--spoken", "english!"), "is not a language"),
        (("--faces", "cascade"), "is about the faces that are marked"),
        (("--burn", "--markers", "--no-cast", "--faces", "cascade"), "faces that are marked"),
        (("--burn", "--markers", "--faces", "nobody"), "There is no face-finder “nobody”"),
        (("--engine", "whisper"), "Give --engine or --from, not both"),
    ],
)
def test_what_makes_no_sense_is_said(
    arguments: tuple[str, ...], said: str, folder: Path, studio: Any
) -> None:
    captions = ("--from", folder / "captions.vtt")
    code, _, sentence = studio("subtitles", folder / "film.mp4", *captions, *arguments)
    assert code == 2
    assert said in sentence


class Hearing:
    """A transcriber that knows what is said."""

    model = ""

    def transcribe(self, stretches: Any, language: str | None, check: Any = None) -> Any:
        for one in stretches:
            middle = (one.span.start + one.span.end) // 2
            first, second = Span(one.span.start, middle), Span(middle, one.span.end)
            yield Transcript(
                "en", (Phrase("Good morning, everybody.", first), Phrase("Who is there?", second))
            )


@pytest.fixture
def hearing_(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine has a transcriber."""
    row = Row(
        "transcriber", "made", "", "knows what is said", "part of the tests",
        needs=(Need("program", "ffmpeg", ""),),
    )  # fmt: skip
    opened = engines.open
    monkeypatch.setattr(engines, "TABLE", (*engines.TABLE, row))
    monkeypatch.setattr(
        engines, "open", lambda kind, name: Hearing() if name == "made" else opened(kind, name)
    )


def test_what_is_heard_is_cast_and_shown(folder: Path, studio: Any, hearing_: None) -> None:
    kept = folder / "kept.adproject"
    code, shown, _ = studio(
        "subtitles", folder / "film.mp4", "-o", folder / "out", "--project", kept
    )
    assert code == 0, shown
    assert shown["lines"] == 2
    project = store.load(kept)
    assert project.dialogue_language == "en"
    assert [one.engine for one in project.lines] == ["made"] * 2
    assert project.turns
    assert {one.person for one in project.lines} == {project.people[0].id}
    voices = {one.voice for one in formats.read(folder / "out" / "film_en.subtitles.vtt").entries}
    assert voices == {"Person 1"}
    again = studio("subtitles", kept, "-o", folder / "again.ttml", "--no-cast")
    assert again[0] == 0
    assert store.load(kept) == project, "what is there is not heard again"


@pytest.mark.parametrize("sound", [True, False])
def test_a_film_in_which_nobody_speaks(
    sound: bool, tmp_path: Path, studio: Any, hearing_: None
) -> None:
    film(tmp_path / "film.mp4", seconds=2, sound=sound)
    kept = tmp_path / "kept.adproject"
    code, shown, _ = studio(
        "subtitles", tmp_path / "film.mp4", "--spoken", "en", "--project", kept,
        "-o", tmp_path / "out", "--burn", "--markers",
    )  # fmt: skip
    assert code == 0
    assert shown["deliveries"] == []
    assert "There are no lines, so no subtitles were made." in shown["notes"]
    assert store.load(kept).lines == ()
    assert any(one.rule == "hearing.nothing" for one in store.load(kept).issues)
    assert not (tmp_path / "out").exists()


def test_without_a_transcriber_it_says_how_to_get_one(folder: Path, studio: Any) -> None:
    code, _, said = studio("subtitles", folder / "film.mp4", "--engine", "nobody")
    assert code == 2
    assert "There is no transcriber “nobody”" in said


def test_the_face_of_who_speaks_is_marked(tmp_path: Path, studio: Any) -> None:
    """From a film of two drawn heads and captions to frames around the right one of them."""
    turns = (
        Said(0.6, "I never said that you could take the car.", 0),
        Said(4.0, "There are three reasons why this will not work.", 1),
    )
    truth = talking(tmp_path / "heads.mkv", heads=HEADS[:2], turns=turns)
    script = formats.Script(
        tuple(formats.Entry(span, one.text) for span, one in zip(truth.turns, turns, strict=True)),
        language="en",
    )
    (tmp_path / "said.srt").write_bytes(formats.write("srt", script))
    code, shown, _ = studio(
        "subtitles", tmp_path / "heads.mkv", "--from", tmp_path / "said.srt", "--spoken", "en",
        "--markers", "-o", tmp_path / "burnt.mkv",
    )  # fmt: skip
    assert code == 0
    assert shown["people"] == 2
    assert not any(one["rule"].startswith("burning.") for one in shown["issues"])
    plain, burnt = pictures(tmp_path / "heads.mkv"), pictures(tmp_path / "burnt.mkv")
    assert len(plain) == len(burnt)
    height, width = plain[0].shape
    for span, one in zip(truth.turns, turns, strict=True):
        middle = (span.start + span.end) // 2
        frame = int(np.searchsorted(truth.frame_times, middle, side="right")) - 1
        ink = np.abs(plain[frame] - burnt[frame])[: int(height * 0.8)] > 60
        assert ink.any(), one.text
        rows, columns = np.nonzero(ink)
        assert one.head is not None
        left, top, wide, high = truth.boxes[one.head, frame]
        # the frame and the name lie around the head that speaks, and nowhere else
        assert abs(np.median(columns) / width - (left + wide / 2)) < wide / 2
        assert abs(columns.mean() / width - (left + wide / 2)) < wide / 2
        assert top - high < rows.min() / height < top + high / 2


def pictures(path: Path) -> list[Any]:
    """All pictures of a film, grey."""
    with av.open(str(path)) as film:
        return [one.to_ndarray(format="gray").astype(int) for one in film.decode(video=0)]
