"""`studio check` at a prompt: projects, scripts without a film, and the files of an export."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from studio import checking, cli, steps
from studio.progress import unwatched
from studio.script import store
from studio.script.model import Placement, Waiver
from studio.times import Span
from tests import make_media
from tests.unit.checked import cue, film, project

FAULTY = project(
    cue(1, 0, 5000, "The video shows a man walking."),
    cue(2, 20_000, 25_000, "She walked home."),
    film=film(30_000),
)
GOOD = project(cue(1, 1000, 5000, "A man walks along the beach."), film=film(30_000))


@dataclass(frozen=True)
class Answer:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document that stdout must be."""
        return dict(json.loads(self.out))


@pytest.fixture
def check(capfd: pytest.CaptureFixture[str]) -> Any:
    """Runs `studio check ARGUMENTS` in this process."""

    def run(*arguments: object) -> Answer:
        capfd.readouterr()
        code = cli.run(["check", *map(str, arguments)])
        return Answer(code, *capfd.readouterr())

    return run


def saved(made: Any, folder: Path, name: str = "film") -> Path:
    path = folder / f"{name}{store.SUFFIX}"
    store.save(made, path)
    return path


def rules(answer: Answer, key: str = "issues") -> list[str]:
    return [one["rule"] for version in answer.document["versions"] for one in version[key]]


# --- projects -------------------------------------------------------------------------------------


def test_errors_end_it_with_7_and_nothing_else_does(tmp_path: Path, check: Any) -> None:
    faulty = check(saved(FAULTY, tmp_path))
    assert faulty.code == 7
    assert "1 error, 2 cautions" in faulty.out
    assert "Room for description: 0 s in 0 gaps" in faulty.out
    assert "error: The cue “c1” starts at 0:00.000" in faulty.out
    assert faulty.out.index("error: ") < faulty.out.index("caution: ")
    assert faulty.err == ""
    good = check(saved(GOOD, tmp_path, "good"))
    assert (good.code, good.err) == (0, "")
    assert "0 errors" in good.out


def test_a_style_can_become_the_projects_own(tmp_path: Path, check: Any) -> None:
    path = saved(GOOD, tmp_path)
    check(path, "--style", "netflix")
    assert store.load(path).style == GOOD.style  # it was only tried
    check(path, "--style", "netflix", "--keep")
    assert store.load(path).style == "netflix"
    assert check(path, "--json").document["versions"][0]["style"] == "netflix"
    house = tmp_path / "house.toml"
    house.write_text('format = 1\ntitle = "Our house"\nabout = "Ours."\n', encoding="utf-8")
    check(path, "--style", house, "--keep")
    assert store.load(path).style == str(house)
    refused = check(path, "--keep")
    assert refused.code == 2
    assert "no style to keep" in refused.err
    script = tmp_path / "script.srt"
    script.write_text("1\n00:00:01,000 --> 00:00:02,000\nA man walks.\n", encoding="utf-8")
    assert check(script, "--style", "netflix", "--keep").code == 2


def test_quiet_says_nothing_but_the_code(tmp_path: Path, check: Any) -> None:
    assert check(saved(FAULTY, tmp_path), "--quiet") == Answer(7, "", "")


def test_json_is_one_document(tmp_path: Path, check: Any) -> None:
    answer = check(saved(FAULTY, tmp_path), "--json")
    assert (answer.code, answer.err) == (7, "")
    assert answer.document["errors"] == 1
    assert rules(answer) == ["timing.at-zero", "language.shows", "language.tense"]
    (version,) = answer.document["versions"]
    assert version["describability"]["suggested"] == "uncertain"


def test_a_waived_error_is_none(tmp_path: Path, check: Any) -> None:
    lenient = replace(FAULTY, waivers=(Waiver("timing.at-zero", "c1", "", "It is on purpose."),))
    answer = check(saved(lenient, tmp_path), "--json")
    assert answer.code == 0
    assert "timing.at-zero" not in rules(answer)
    assert rules(answer, "waived") == ["timing.at-zero"]


def test_a_style_is_chosen_by_project_or_by_option(tmp_path: Path, check: Any) -> None:
    path = saved(replace(FAULTY, style="dcmp"), tmp_path)
    assert check(path, "--json").document["errors"] == 2
    assert check(path, "--json", "--style", "neutral").document["errors"] == 1
    unknown = check(path, "--style", "nobody")
    assert unknown.code == 2
    assert "no style “nobody”" in unknown.err
    lost = check(saved(replace(GOOD, style="lost"), tmp_path, "lost"), "--json")
    assert lost.code == 7
    assert rules(lost) == ["style.unknown"]


def test_a_broken_style_file_is_told_with_its_line(tmp_path: Path, check: Any) -> None:
    style = tmp_path / "ours.toml"
    style.write_text('format = 1\ntitle = "T"\nabout = "A"\n[rules."pace.quick"]\n', "utf-8")
    answer = check(saved(GOOD, tmp_path), "--style", style)
    assert answer.code == 2
    assert "line 4: there is no rule “pace.quick”" in answer.err


def test_what_rooms_have_wrong_is_told_once_for_all_languages(tmp_path: Path, check: Any) -> None:
    path = saved(replace(FAULTY, languages=("en", "de")), tmp_path)
    assert rules(check(path, "--json")).count("timing.at-zero") == 1
    assert "[en language.tense]" in check(path).out
    only = check(path, "--json", "--language", "de")
    assert rules(only) == ["timing.at-zero"]


def test_repair_mends_what_is_safe_and_saves(tmp_path: Path, check: Any) -> None:
    path = saved(FAULTY, tmp_path)
    before = path.read_bytes()
    assert check(path).code == 7
    assert path.read_bytes() == before
    answer = check(path, "--repair", "--json")
    assert answer.code == 0
    assert [one["rule"] for one in answer.document["repaired"]] == [
        "timing.at-zero",
        "language.shows",
    ]
    assert rules(answer) == ["language.tense"]
    mended = store.load(path)
    assert mended.cues[0].start == 40
    assert steps.text_of(mended.cues[0], "en") == "A man walking."
    again = path.read_bytes()
    assert check(path, "--repair", "--json").document["repaired"] == []
    assert path.read_bytes() == again


@pytest.mark.parametrize("suffix", [".html", ".json"])
def test_a_report_is_written(tmp_path: Path, check: Any, suffix: str) -> None:
    report = tmp_path / f"report{suffix}"
    answer = check(saved(FAULTY, tmp_path), "--report", report)
    assert answer.code == 7
    assert str(report) in answer.out
    text = report.read_text(encoding="utf-8")
    assert "The cue “c1” starts at 0:00.000" in text
    assert text.startswith("<!DOCTYPE html>" if suffix == ".html" else "{")


def test_a_report_of_another_kind_is_refused_before_any_work(tmp_path: Path, check: Any) -> None:
    answer = check(tmp_path / "missing.adproject", "--report", tmp_path / "report.pdf")
    assert answer.code == 2
    assert ".html or .json" in answer.err


def test_show_tells_the_room_and_the_same_issues(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = saved(FAULTY, tmp_path)
    assert cli.run(["show", str(path), "--json"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert document["describability"]["gaps"] == 0
    told = [one["rule"] for one in document["issues"]]
    assert told == ["timing.at-zero", "language.shows", "language.tense"]
    assert cli.run(["show", str(path)]) == 0
    assert "Room for description: 0 s in 0 gaps" in capfd.readouterr().out


# --- scripts without a film -----------------------------------------------------------------------

SCRIPT = """WEBVTT

00:01.000 --> 00:04.000
A man walks.

00:05.000 --> 00:08.000
We see a dog.
"""
CAPTIONS = """WEBVTT

00:03.500 --> 00:04.500
Hello!

00:08.000 --> 00:09.000
Come!
"""


def test_a_script_is_checked_against_captions(tmp_path: Path, check: Any) -> None:
    script, captions = tmp_path / "script.vtt", tmp_path / "captions.vtt"
    script.write_text(SCRIPT, encoding="utf-8")
    captions.write_text(CAPTIONS, encoding="utf-8")
    alone = check(script, "--json")
    assert (alone.code, rules(alone)) == (0, ["language.viewer"])
    beside = check(script, "--captions", captions, "--json")
    assert beside.code == 7
    assert rules(beside) == ["language.viewer", "timing.over-captions"]
    assert "500 ms over dialogue" in beside.out


def test_elephants_dream_at_the_prompt(shared_media: Path, check: Any) -> None:
    folder = shared_media / "ad" / "elephantsdream"
    captions = folder / "captions.en.vtt"
    answer = check(folder / "descriptions.en.vtt", "--captions", captions, "--json")
    assert answer.code == 7
    assert rules(answer).count("timing.over-captions") == 8


def test_a_project_is_checked_against_captions_too(tmp_path: Path, check: Any) -> None:
    captions = tmp_path / "captions.vtt"
    captions.write_text(CAPTIONS, encoding="utf-8")
    answer = check(saved(GOOD, tmp_path), "--captions", captions, "--json")
    assert answer.code == 7
    assert rules(answer) == ["timing.over-captions"]


def test_a_script_can_not_be_repaired(tmp_path: Path, check: Any) -> None:
    script = tmp_path / "script.vtt"
    script.write_text(SCRIPT, encoding="utf-8")
    answer = check(script, "--repair")
    assert answer.code == 2
    assert "is a script, not a project" in answer.err


# --- deliveries -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with film.adproject and, in out/, its deliveries at a loudness profile."""
    folder = tmp_path_factory.mktemp("exported")
    make_media.film(
        folder / "film.mp4", seconds=9, speech=((4.4, "Who is there?"),), size=(160, 90)
    )
    words = [
        "--deliver",
        "track",
        "--deliver",
        "stem",
        "--deliver",
        "vtt",
        "--loudness",
        "ebu-r128",
    ]
    project_file = str(folder / "film.adproject")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        described = str(folder / "film_en.mp4")
        film_file = str(folder / "film.mp4")
        assert cli.run(["narrate", film_file, "-o", described, "--project", project_file]) == 0
        assert cli.run(["export", project_file, "-o", str(folder / "out"), *words]) == 0
    return folder


@pytest.fixture
def own(exported: Path, tmp_path: Path) -> Path:
    """A copy of that folder for one test to change."""
    folder = tmp_path / "own"
    shutil.copytree(exported, folder, ignore=shutil.ignore_patterns("cache", "config"))
    return folder


def faults(folder: Path) -> list[tuple[str, str]]:
    """The rules that its deliveries break, each with the file."""
    found = checking.deliveries(folder / "film.adproject", folder / "out", None, unwatched())
    return [(one.rule, one.sentence.partition(":")[0]) for one in found]


def listed(folder: Path) -> dict[str, dict[str, Any]]:
    manifest = json.loads((folder / "out" / "manifest.json").read_text(encoding="utf-8"))
    return {one["file"]: one for one in manifest["deliveries"]}


def rewrite(folder: Path, entries: dict[str, dict[str, Any]]) -> None:
    text = json.dumps({"project": "film", "film": "film.mp4", "deliveries": [*entries.values()]})
    (folder / "out" / "manifest.json").write_text(text, encoding="utf-8")


def test_deliveries_as_they_were_made_are_fine(own: Path, check: Any) -> None:
    assert len(listed(own)) == 3
    assert faults(own) == []
    answer = check(own / "film.adproject", "--deliveries", own / "out", "--json")
    assert answer.document["deliveries"] == []


def test_what_is_missing_or_changed_is_told(own: Path, check: Any) -> None:
    (own / "out" / "film_en.track.mp4").unlink()
    with (own / "out" / "film_en.vtt").open("a", encoding="utf-8") as file:
        file.write("NOTE changed\n")
    expected = [("delivery.missing", "film_en.track.mp4"), ("delivery.changed", "film_en.vtt")]
    assert sorted(faults(own)) == sorted(expected)
    answer = check(own / "film.adproject", "--deliveries", own / "out")
    assert answer.code == 7
    assert "film_en.vtt: It is not the file that was made" in answer.out


def test_a_checksum_in_the_list_decides(own: Path) -> None:
    entries = listed(own)
    stem = own / "out" / "film_en.stem.wav"
    entries[stem.name]["sha256"] = {stem.name: hashlib.sha256(stem.read_bytes()).hexdigest()}
    rewrite(own, entries)
    assert faults(own) == []
    entries[stem.name]["sha256"] = {stem.name: "0" * 64}
    rewrite(own, entries)
    assert faults(own) == [("delivery.changed", stem.name)]


def test_loudness_and_peaks_are_measured_in_the_file(own: Path) -> None:
    entries = listed(own)
    for name in ("film_en.track.mp4", "film_en.stem.wav"):
        entries[name]["loudness"] |= {"target": -27.0, "peak_limit": -40.0}
    rewrite(own, entries)
    assert sorted(faults(own)) == [
        ("delivery.loudness", "film_en.stem.wav"),
        ("delivery.loudness", "film_en.track.mp4"),
        ("delivery.peak", "film_en.stem.wav"),
        ("delivery.peak", "film_en.track.mp4"),
    ]


def test_loudness_over_dialogue_is_measured_over_dialogue(own: Path) -> None:
    entries = listed(own)
    stem = entries["film_en.stem.wav"]
    stem["loudness"] |= {"measured": "the film's dialogue"}
    rewrite(own, entries)
    # the description is silent while the film talks, so there is nothing to measure
    assert faults(own) == [("delivery.loudness", "film_en.stem.wav")]


def test_a_file_that_cannot_be_played_is_told(own: Path) -> None:
    (own / "out" / "film_en.track.mp4").write_bytes(b"nothing")
    (own / "out" / "film_en.vtt").write_bytes(b"\xff\xfe")
    assert sorted(faults(own)) == [
        ("delivery.changed", "film_en.track.mp4"),
        ("delivery.changed", "film_en.vtt"),
        ("delivery.unreadable", "film_en.track.mp4"),
        ("delivery.unreadable", "film_en.vtt"),
    ]


@pytest.mark.parametrize(
    ("options", "name", "told"),
    [
        (["-disposition:a:1", "0"], "film_en.track.mp4", "delivery.flag"),
        (
            ["-disposition:a:0", "0", "-disposition:a:1", "default+visual_impaired"],
            "film_en.track.mp4",
            "delivery.default",
        ),
        ([], "film_en.track.mov", "delivery.loss"),
    ],
)
def test_flags_are_read_from_the_file(own: Path, options: list[str], name: str, told: str) -> None:
    source, target = own / "out" / "film_en.track.mp4", own / "remade" / name
    target.parent.mkdir()
    command = ["ffmpeg", "-v", "error", "-i", source, "-map", "0", "-c", "copy", *options, target]
    subprocess.run(command, check=True)
    source.unlink()
    shutil.move(target, own / "out" / name)
    entries = listed(own)
    entry = entries.pop("film_en.track.mp4")
    digest = hashlib.sha256((own / "out" / name).read_bytes()).hexdigest()
    rewrite(own, {name: {**entry, "file": name, "sha256": {name: digest}}, **entries})
    assert faults(own) == [(told, name)]


def test_a_list_that_points_elsewhere_is_not_followed(own: Path) -> None:
    entries = listed(own)
    stem = entries.pop("film_en.stem.wav")
    stem["file"] = "../film.mp4"
    rewrite(own, {**entries, "../film.mp4": stem})
    assert faults(own) == [("delivery.missing", "../film.mp4")]


def test_a_folder_without_a_list_is_refused(own: Path, check: Any) -> None:
    answer = check(own / "film.adproject", "--deliveries", own)
    assert answer.code == 2
    assert "no list of deliveries" in answer.err


def test_dialogue_is_where_freezes_have_moved_it() -> None:
    made = replace(GOOD, speech=(Span(500, 900), Span(6000, 7000), Span(9000, 9500)))
    clip = cue(1, 0, 1, "x", 700).versions[0].clip
    waiting = [
        Placement("c1", "extended", 1000, 2700, 3000, 2000, clip),
        Placement("c2", "fits", 8000, 700, clip=clip),
    ]
    speech, clips = checking.heard_in_output(made, waiting)
    assert speech == (Span(500, 900), Span(8000, 9000), Span(11_000, 11_500))
    assert clips == (Span(1000, 3700), Span(10_000, 10_700))
