"""The studio at a prompt: what people and their scripts rely on, from film to described film."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from studio import cli, deliveries
from studio.times import clock
from tests import make_media

SENTENCES_ONLY = ("Traceback", "Error:", "errno", "0x")


@dataclass(frozen=True)
class Answer:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    def document(self) -> dict[str, Any]:
        """The one JSON document that stdout must be."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


@pytest.fixture
def studio(capfd: pytest.CaptureFixture[str]) -> Any:
    """Runs one command in this process, as `studio ARGUMENTS` does."""

    def run(*arguments: object) -> Answer:
        capfd.readouterr()
        code = cli.run([str(one) for one in arguments])
        return Answer(code, *capfd.readouterr())

    return run


@dataclass(frozen=True)
class Narrated:
    """A folder with film.mp4, film_en.mp4 and film.adproject, and what is true of the film."""

    folder: Path
    truth: make_media.Truth


@pytest.fixture(scope="module")
def narrated(tmp_path_factory: pytest.TempPathFactory) -> Narrated:
    folder = tmp_path_factory.mktemp("narrated")
    truth = make_media.film(
        folder / "film.mp4",
        seconds=13,
        cuts=(5, 9.4),
        speech=((4.4, "Who is there?"), (10.2, "It is your neighbour.")),
        size=(320, 180),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        code = cli.run(
            ["narrate", str(folder / "film.mp4"), "--project", str(folder / "film.adproject")]
        )
    assert code == 0
    return Narrated(folder, truth)


@pytest.fixture
def own(narrated: Narrated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the narrated folder for one test to change, caches and all."""
    folder = tmp_path / "own"
    shutil.copytree(narrated.folder, folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    return folder


def _decodes(film: Path) -> bool:
    ran = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "error", "-i", f"file:{film}", "-f", "null", "-"],
        capture_output=True,
        check=False,
    )
    return (ran.returncode, ran.stderr) == (0, b"")


def test_narrate_makes_a_described_film_beside_the_film(narrated: Narrated, studio: Any) -> None:
    assert _decodes(narrated.folder / "film_en.mp4")
    shown = studio("show", narrated.folder / "film.adproject", "--json")
    assert (shown.code, shown.err) == (0, "")
    document = shown.document()
    assert set(document) >= {
        *("film", "scenes", "speech", "gaps", "cues", "lines", "people", "beds", "issues")
    }
    assert [scene["start"] for scene in document["scenes"]] == [0, 5000, 9400]
    spoken = [cue for cue in document["cues"] if cue["clip"] is not None]
    assert spoken
    for cue in spoken:
        assert set(cue) >= {"id", "start", "end", "text", "mode", "freeze", "clip", "state"}
        # in film time a clip sounds until its end, or until the film waits for it
        end = cue["end"] if cue["freeze"] else cue["at"] + cue["clip"]["duration"]
        for words in narrated.truth.speech:
            assert end <= words.start or cue["at"] >= words.end


def test_show_says_first_what_a_project_holds(narrated: Narrated, studio: Any) -> None:
    project = narrated.folder / "film.adproject"
    first, *others = studio("show", project).out.splitlines()
    document = studio("show", project, "--json").document()
    gaps, cues = len(document["gaps"]), len(document["cues"])
    length = clock(document["film"]["duration"])
    assert min(gaps, cues) > 1
    assert first == f"{project}: film.mp4, {length}, 3 scenes, {gaps} gaps, {cues} cues"
    assert [line.split()[0] for line in others[:cues]] == [cue["id"] for cue in document["cues"]]


def test_a_kept_project_is_opened_again_and_delivered(own: Path, studio: Any) -> None:
    names = ("film", "track", "stem", "clips", "vtt", "srt")
    wishes = [word for name in names for word in ("--deliver", name)]
    made = studio("export", own / "film.adproject", "-o", own / "out", *wishes, "--json")
    assert (made.code, made.err) == (0, "")
    files = {one["delivery"]: Path(one["file"]) for one in made.document()["deliveries"]}
    assert set(files) == set(names)
    assert all(file.name.startswith("film") and file.stat().st_size > 0 for file in files.values())
    assert all(_decodes(files[name]) for name in ("film", "track", "stem"))
    assert files["vtt"].read_text(encoding="utf-8").startswith("WEBVTT")
    manifest = json.loads((own / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert {one["file"] for one in manifest["deliveries"]} == {f.name for f in files.values()}
    assert {f.name for f in (own / "out").iterdir()} == {
        "manifest.json",
        *(f.name for f in files.values()),
    }


def test_the_whole_set_is_made_in_one_run(own: Path, studio: Any) -> None:
    captions = own / "captions.vtt"
    captions.write_text("WEBVTT\n\n00:04.400 --> 00:05.000\nWho is there?\n")
    ask = ("export", own / "film.adproject", "-o", own / "out", "--deliver", "all")
    made = studio(*ask, "--captions", captions, "--json")
    assert (made.code, made.err) == (0, "")
    names = {one["delivery"] for one in made.document()["deliveries"]}
    assert names == set(deliveries.NAMES) - {"beds", "dapt-embedded", *deliveries.OF_LINES}
    manifest = json.loads((own / "out" / "manifest.json").read_text(encoding="utf-8"))
    listed = {one["delivery"]: one for one in manifest["deliveries"]}
    assert set(listed) == names
    for one in listed.values():
        path = own / "out" / one["file"]
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        assert one["bytes"] == sum(file.stat().st_size for file in files)
        assert one["sha256"] == {
            file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files
        }
    unread = {name for name, one in listed.items() if not one["checked_by"]}
    assert unread == {"hls", "recording", "recording-page"}
    assert listed["film"]["checked_by"] == ["FFmpeg: 0:13.000 of pictures, 1 sound"]
    again = studio(*ask, "--captions", captions, "--json").document()["deliveries"]
    assert all(one["unchanged"] for one in again)
    captions.write_text("WEBVTT\n\n00:04.400 --> 00:05.000\nWho?\n")
    changed = studio(*ask, "--captions", captions, "--json").document()["deliveries"]
    made_anew = {one["delivery"] for one in changed if not one["unchanged"]}
    assert made_anew == {"captions", "positions", "text"}  # all that hold what people say


def test_what_is_there_and_unchanged_is_kept(own: Path, studio: Any) -> None:
    project, out = own / "film.adproject", own / "out"
    wishes = ("-o", out, "--deliver", "film", "--deliver", "vtt", "--deliver", "clips")

    def made(*more: str) -> dict[str, bool]:
        answer = studio("export", project, *wishes, *more, "--json")
        assert answer.code == 0, answer.err
        return {one["delivery"]: not one["unchanged"] for one in answer.document()["deliveries"]}

    assert made() == {"film": True, "vtt": True, "clips": True}
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert made() == {"film": False, "vtt": False, "clips": False}
    after = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert {**before, "manifest.json": 0} == {**after, "manifest.json": 0}
    said = studio("export", project, *wishes)
    assert said.out.count("unchanged; --again makes it anew") == 3
    # another loudness is another film and other clips, and the same text
    assert made("--loudness", "web") == {"film": True, "vtt": False, "clips": True}
    assert made() == {"film": True, "vtt": False, "clips": True}
    # a file that was changed, or is gone, is made again
    with (out / "film_en.mp4").open("r+b") as file:
        file.seek(2000)
        file.write(b"damage")
    (out / "film_en.vtt").unlink()
    assert made() == {"film": True, "vtt": True, "clips": False}
    assert made("--again") == {"film": True, "vtt": True, "clips": True}


def test_a_night_s_exports_go_on_where_one_fails(own: Path, studio: Any) -> None:
    good, other, lost = (own / f"{name}.adproject" for name in ("film", "other", "lost"))
    shutil.copy(good, other)
    plain = json.loads(good.read_text(encoding="utf-8"))
    lost.write_text(json.dumps({**plain, "film": {**plain["film"], "size": 1}}), encoding="utf-8")
    wishes = ("-o", own / "out", "--deliver", "stem", "--json")
    made = studio("export", good, lost, other, *wishes)
    assert made.code == 4
    assert "lost.adproject" in made.err
    document = made.document()
    assert [Path(one["file"]).name for one in document["deliveries"]] == [
        "film_en.stem.wav",
        "other_en.stem.wav",
    ]
    assert [Path(one["project"]).name for one in document["failed"]] == ["lost.adproject"]
    assert document["failed"][0]["exit_code"] == 4
    manifest = json.loads((own / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert {one["project"]: one["file"] for one in manifest["deliveries"]} == {
        "film": "film_en.stem.wav",
        "other": "other_en.stem.wav",
    }
    again = studio("export", good, other, *wishes).document()
    assert [one["unchanged"] for one in again["deliveries"]] == [True, True]


def test_projects_of_one_name_are_not_exported_over_each_other(own: Path, studio: Any) -> None:
    (own / "b").mkdir()
    shutil.copy(own / "film.adproject", own / "b")
    made = studio("export", own / "film.adproject", own / "b" / "film.adproject", "-o", own / "out")
    assert made.code == 2
    assert "Two of the projects are called “film”" in made.err
    assert not (own / "out").exists()


def test_a_dry_run_writes_nothing(own: Path, studio: Any) -> None:
    wishes = ("--deliver", "film", "--deliver", "vtt", "-o", own / "films", "--dry-run", "--json")
    made = studio("export", own / "film.adproject", *wishes)
    assert (made.code, made.err) == (0, "")
    assert made.document()["manifest"] is None
    assert [one["delivery"] for one in made.document()["deliveries"]] == ["film", "vtt"]
    assert not (own / "films").exists()


def test_what_becomes_of_the_pictures_is_said_before(own: Path, studio: Any) -> None:
    wishes = ("--deliver", "film", "-o", own / "films", "--dry-run", "--json")
    said = []
    for constant in ((), ("--constant-rate",)):
        made = studio("export", own / "film.adproject", *wishes, *constant)
        assert (made.code, made.err) == (0, "")
        said.append(made.document()["deliveries"][0]["picture_why"])
    assert "copied bit by bit" in said[0]
    assert "constant" in said[1]


def test_a_loudness_is_asked_for_by_name_and_reported(own: Path, studio: Any) -> None:
    wishes = ("--deliver", "film", "--deliver", "stem", "--deliver", "vtt", "-o", own / "out")
    loud = ("--loudness", "web", "--loudness", "stem=none")
    made = studio("export", own / "film.adproject", *wishes, *loud, "--json")
    assert (made.code, made.err) == (0, "")
    manifest = json.loads((own / "out" / "manifest.json").read_text(encoding="utf-8"))
    said = {one["delivery"]: one["loudness"] for one in manifest["deliveries"]}
    assert said["stem"] is None
    assert said["vtt"] is None
    assert said["film"]["profile"] == "web"
    assert said["film"]["reached"] == pytest.approx(-16, abs=0.5)
    assert said["film"]["reached_peak"] <= -1
    assert {one["delivery"]: one["loudness"] for one in made.document()["deliveries"]} == said


@pytest.mark.parametrize("wish", ["loud", "web=film", "stem=web", "vtt=web", "=web"])
def test_a_loudness_nobody_knows_is_refused(own: Path, studio: Any, wish: str) -> None:
    (own / "film_en.mp4").unlink()
    wishes = ("--deliver", "film", "--deliver", "vtt", "--loudness", wish)
    assert studio("export", own / "film.adproject", *wishes).code == 2
    assert not (own / "film_en.mp4").exists()


def test_the_steps_one_by_one_come_to_the_same(own: Path, studio: Any) -> None:
    project = own / "again.adproject"
    for command in (
        ("new", own / "film.mp4", "-o", project),
        ("draft", project),
        ("speak", project),
    ):
        assert studio(*command, "--json").code == 0
    again = studio("show", project, "--json").document()
    assert again == studio("show", own / "film.adproject", "--json").document()


def test_a_project_is_not_overwritten(own: Path, studio: Any) -> None:
    before = (own / "film.adproject").read_bytes()
    answer = studio("new", own / "film.mp4", "-o", own / "film.adproject")
    assert answer.code == 2
    assert (own / "film.adproject").read_bytes() == before


def test_film_and_project_moved_together_are_found(own: Path, studio: Any) -> None:
    elsewhere = own / "else where"
    elsewhere.mkdir()
    for name in ("film.mp4", "film.adproject"):
        (own / name).rename(elsewhere / name)
    assert studio("speak", elsewhere / "film.adproject").code == 0


def test_a_film_moved_away_is_named_and_linked_again(own: Path, studio: Any) -> None:
    project, moved = own / "film.adproject", own / "archive" / "renamed.mp4"
    moved.parent.mkdir()
    (own / "film.mp4").rename(moved)
    (own / "film_en.mp4").unlink()
    lost = studio("export", project, "--json")
    assert lost.code == 4
    assert "studio relink" in lost.document()["error"]["advice"]
    assert studio("relink", project, moved).code == 0
    assert studio("export", project).code == 0


def test_another_film_is_not_linked(own: Path, studio: Any) -> None:
    make_media.film(own / "other.mp4", seconds=1, size=(64, 36))
    before = (own / "film.adproject").read_bytes()
    assert studio("relink", own / "film.adproject", own / "other.mp4").code == 4
    assert (own / "film.adproject").read_bytes() == before


def test_several_languages_make_several_films(own: Path, studio: Any) -> None:
    languages = ("--languages", "en", "--languages", "de")
    made = studio("narrate", own / "film.mp4", *languages, "-o", own / "films", "--json")
    assert made.code == 0, made.err
    files = [Path(one["file"]) for one in made.document()["deliveries"]]
    assert [file.name for file in files] == ["film_en.mp4", "film_de.mp4"]
    assert all(_decodes(file) for file in files)


def test_a_language_nobody_writes_says_what_to_do(own: Path, studio: Any) -> None:
    answer = studio("narrate", own / "film.mp4", "--languages", "fi", "--json")
    assert answer.code == 5
    assert "studio import" in answer.document()["error"]["advice"]
    assert not (own / "film_fi.mp4").exists()


def test_texts_in_any_language_can_be_imported_and_delivered(own: Path, studio: Any) -> None:
    script = own / "finnish.srt"
    script.write_text("1\n00:00:00,500 --> 00:00:03,000\nPunainen ovi.\n", encoding="utf-8")
    project = own / "film.adproject"
    assert studio("import", project, script, "--language", "fi").code == 0
    assert studio("speak", project, "--language", "fi").code == 0
    made = studio("export", project, "--language", "fi", "-o", own / "out", "--json")
    assert made.code == 0, made.err
    assert _decodes(Path(made.document()["deliveries"][0]["file"]))


def test_inline_only_never_waits(own: Path, studio: Any) -> None:
    project = own / "inline.adproject"
    arguments = ("--inline-only", "--project", project, "-o", own / "inline.mp4")
    assert studio("narrate", own / "film.mp4", *arguments).code == 0
    cues = studio("show", project, "--json").document()["cues"]
    assert cues
    assert {cue["freeze"] for cue in cues} == {0}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("narrate", "no such film.mp4"), 3),
        (("narrate", "."), 3),
        (("show", "no such.adproject"), 4),
        (("show", "broken.adproject"), 4),
        (("narrate", "text.mp4"), 3),
        (("narrate", "empty.mp4"), 3),
        (("narrate", "-name.mp4"), 2),
        (("narrate", "list.mp4"), 3),
        (("narrate",), 2),
        (("no-such-command",), 2),
        (("narrate", "empty.mp4", "--languages", "not a language"), 2),
        (("narrate", "empty.mp4", "--speaker", "nobody"), 2),
        (("narrate", "empty.mp4", "--describer", "nobody"), 2),
    ],
)
def test_what_cannot_be_done_ends_in_a_sentence_and_its_code(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    studio: Any,
    arguments: tuple[str, ...],
    code: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("broken.adproject").write_text('{"format": "some', encoding="utf-8")
    Path("text.mp4").write_text("Not a film at all.\n" * 100, encoding="utf-8")
    Path("empty.mp4").touch()
    Path("secret.txt").write_text("secret", encoding="utf-8")
    Path("list.mp4").write_text("#EXTM3U\n#EXTINF:1,\nsecret.txt\n", encoding="utf-8")
    before = sorted(Path.cwd().iterdir())
    plain = studio(*arguments)
    assert plain.code == code
    assert plain.out == ""
    assert plain.err.startswith("studio: ")
    assert not any(word in plain.err for word in SENTENCES_ONLY)
    asked = studio(*arguments, "--json")
    error = asked.document()["error"]
    assert (asked.code, error["exit_code"]) == (code, code)
    assert error["sentence"].strip()
    assert sorted(Path.cwd().iterdir()) == before


@pytest.mark.parametrize("command", ["engines", "doctor"])
def test_what_is_available_is_listed(studio: Any, command: str) -> None:
    said = studio(command)
    assert (said.code, said.err) == (0, "")
    assert "flite" in said.out
    assert studio(command, "--json").document()
    assert studio(command, "--quiet").out == ""


def test_doctor_says_what_is_missing_and_how_to_get_it(
    studio: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = studio("doctor", "--json")
    findings = said.document()["findings"]
    missing = [one["advice"] for one in findings if one["needed"] and not one["ok"]]
    assert said.code == 5
    assert missing == [f"apt-get install {name}" for name in ("ffmpeg", "flite", "espeak-ng")]


def test_a_clip_the_cache_has_lost_is_spoken_again(own: Path, studio: Any) -> None:
    (cache,) = own.rglob("clips")
    before = {clip.name: clip.read_bytes() for clip in cache.iterdir()}
    shutil.rmtree(cache)
    assert studio("export", own / "film.adproject", "--deliver", "stem").code == 0
    assert before
    assert {clip.name: clip.read_bytes() for clip in cache.iterdir()} == before


def test_texts_all_too_long_to_fit_are_said_to_be_so(own: Path, studio: Any) -> None:
    film, project, script = own / "film.mp4", own / "long.adproject", own / "long.srt"
    script.write_text(f"1\n00:00:01,000 --> 00:00:04,000\n{'Very long. ' * 90}\n", "utf-8")
    assert studio("new", film, "-o", project).code == 0
    assert studio("import", project, script).code == 0
    assert studio("speak", project).code == 0
    refused = studio("export", project)
    assert refused.code == 4
    assert "Shorten the texts" in refused.err


def test_the_demo_does_not_write_over_somebodys_texts(own: Path, studio: Any) -> None:
    project, script = own / "demo.adproject", own / "mine.vtt"
    (own / "film.adproject").rename(project)
    script.write_text("WEBVTT\n\n00:01.000 --> 00:03.000\nMine.\n", encoding="utf-8")
    assert studio("import", project, script).code == 0
    before = project.read_bytes()
    assert studio("demo", own).code == 2
    assert project.read_bytes() == before


def test_the_description_is_silent_while_anybody_talks(narrated: Narrated, studio: Any) -> None:
    project = narrated.folder / "film.adproject"
    made = studio("export", project, "--deliver", "stem", "-o", narrated.folder / "stem", "--json")
    samples, rate = soundfile.read(made.document()["deliveries"][0]["file"])
    cues = studio("show", project, "--json").document()["cues"]
    freezes = [(cue["at"], cue["freeze"]) for cue in cues if cue["freeze"]]
    assert np.abs(samples).max() > 0.05
    for talk in narrated.truth.speech:
        waited = sum(freeze for at, freeze in freezes if at < talk.start)
        start, end = ((edge + waited) * rate // 1000 for edge in (talk.start, talk.end))
        assert np.abs(samples[start:end]).max() == 0


def test_stopping_leaves_nothing_half_made(tmp_path: Path) -> None:
    film = tmp_path / "long.mp4"
    make_media.film(film, seconds=60, size=(640, 360), sound=False)
    running = subprocess.Popen(
        [sys.executable, "-m", "studio", "narrate", film, "-o", tmp_path / "out.mp4"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    # the analysis makes its cache folder just before it starts to decode
    cache = Path(os.environ["XDG_CACHE_HOME"])
    while running.poll() is None and not any(cache.rglob("analysis")):
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["long.mp4"]
    assert [path for path in cache.rglob("*.part*") if path.is_file()] == []


ODD_ENDS = {
    "bbb_truncated_nomoov.mp4": 3,
    "empty.mp4": 3,
    "not_a_video.mp4": 3,
}


@pytest.mark.parametrize(
    "name",
    [
        "av1_no_audio.mkv",
        "bbb_audio_late_800ms.mkv",
        "bbb_hevc10.mp4",
        "bbb_noaudio.mp4",
        "bbb_rotated90.mp4",
        "bbb_start3600.ts",
        "bbb_truncated_faststart.mp4",
        "bbb_truncated_nomoov.mp4",
        "bbb_vfr.mp4",
        "empty.mp4",
        "not_a_video.mp4",
        "one_pixel.mp4",
    ],
)
def test_odd_media_end_in_a_result_or_a_sentence(
    shared_media: Path, tmp_path: Path, studio: Any, name: str
) -> None:
    answer = studio("narrate", shared_media / "odd" / name, "-o", tmp_path, "--json")
    assert answer.code == ODD_ENDS.get(name, 0), answer.err
    document = answer.document()
    for one in document.get("deliveries", ()):
        assert _decodes(Path(one["file"]))
    assert len(list(tmp_path.iterdir())) == len(document.get("deliveries", ()))


def test_clips_that_were_recorded_anew_are_heard(own: Path, studio: Any) -> None:
    """Delivered, recorded by a person under the same names, brought in, spoken, delivered."""
    project, out = own / "film.adproject", own / "out"
    assert studio("export", project, "--deliver", "clips", "-o", out).code == 0
    box = out / "film_en.clips"
    clips = json.loads((box / "manifest.json").read_text(encoding="utf-8"))["clips"]
    for number, clip in enumerate(clips):
        seconds = 0.5 + 0.1 * number
        tone = 0.2 * np.sin(2 * np.pi * 440 * np.arange(int(48_000 * seconds)) / 48_000)
        soundfile.write(box / clip["file"], tone, 48_000)
    assert studio("import", project, box).code == 0
    shown = studio("speak", project, "--json").document()
    spoken = [cue["clip"] for cue in shown["cues"] if cue["clip"] is not None]
    assert len(spoken) == len(clips)
    assert {one["speaker"] for one in spoken} == {"take"}
    assert {one["voice"] for one in spoken} == {
        one.name for one in (own / "film takes").glob("*.wav")
    }
    answer = studio("export", project, "-o", out)
    assert answer.code == 0, answer.err
    for file in (own / "film takes").iterdir():
        file.unlink()
    shutil.rmtree(Path(os.environ["XDG_CACHE_HOME"]))
    answer = studio("export", project, "-o", out, "--again")
    assert answer.code == 4
    assert "The recording “" in answer.err


def test_words_are_said_as_the_project_says(own: Path, studio: Any) -> None:
    project = own / "film.adproject"
    before = {
        cue["id"]: cue["clip"] for cue in studio("show", project, "--json").document()["cues"]
    }
    plain = json.loads(project.read_text(encoding="utf-8"))
    cue, word = next(
        (cue["id"], version["text"].split()[0])
        for cue in plain["cues"]
        for version in cue["versions"]
    )
    plain["pronunciations"] = [{"language": "en", "written": word, "spoken": "Marmalade"}]
    project.write_text(json.dumps(plain), encoding="utf-8")
    assert studio("speak", project).code == 0
    after = {one["id"]: one for one in studio("show", project, "--json").document()["cues"]}
    assert after[cue]["clip"]["key"] != before[cue]["key"]
    assert after[cue]["text"]["en"].startswith(word)


def test_who_must_not_speak_for_money_is_told_before_the_work(
    own: Path, studio: Any, unpaid: str
) -> None:
    for quiet in ((), ("--quiet",)):
        answer = studio("narrate", own / "none.mp4", *quiet)
        assert answer.code == 3  # there is no such film, which is found out later
        assert answer.out.splitlines() == ([] if quiet else [unpaid])
    said = studio("speak", own / "film.adproject").out.splitlines()
    assert said[0] == unpaid
    assert said.count(unpaid) == 1
    document = studio("speak", own / "film.adproject", "--json").document()
    assert document["notes"] == [unpaid]
    drafted = studio("draft", own / "film.adproject", "--json").document()
    assert "notes" not in drafted  # who describes unasked is part of the studio
