"""Drafts by a model on a server: what it is told, what is made of its words, what fails."""

from __future__ import annotations

import io
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from studio import cli, steps
from studio.drafting.describe import Help, Spoken, draft
from studio.engines.openai import NAME
from studio.media.probe import FilmInfo, probe
from studio.progress import Cancelled, Progress, unwatched
from studio.script import edits, silence
from studio.script.formats.script import Entry
from studio.script.model import (
    Clip,
    Cue,
    FaceTrack,
    Film,
    Gap,
    Issue,
    Line,
    Person,
    Project,
    Version,
    VoiceChoice,
)
from studio.script.room import pace_of, word_limit
from studio.times import Span
from tests.chat_server import Asked, ChatServer, plain, serving
from tests.make_media import film

FILM = Film("film.mp4", 1, "f", 12_000, 320, 180, Fraction(25), None)
SCENES = tuple(Span(start, start + 2000) for start in range(0, 12_000, 2000))


@pytest.fixture(scope="module")
def info(tmp_path_factory: pytest.TempPathFactory) -> FilmInfo:
    path: Path = tmp_path_factory.mktemp("film") / "film.mp4"
    film(path, seconds=12, cuts=(2, 4, 6, 8, 10), sound=False)
    return probe(path)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server with an answer of one's own, set up as the describer's."""

    def serve(answer: Any, parallel: int = 3) -> Any:
        context = serving(answer)
        server = context.__enter__()
        running.append(context)
        for row, value in {"url": server.url, "model": "tiny", "parallel": str(parallel)}.items():
            monkeypatch.setenv(f"STUDIO_OPENAI_COMPATIBLE_{row.upper()}", value)
        return server

    running: list[Any] = []
    monkeypatch.setenv("STUDIO_OPENAI_COMPATIBLE_KEY", "")
    yield serve
    for context in running:
        context.__exit__(None, None, None)


def twenty() -> Project:
    """Twenty gaps, each with room for another number of words."""
    cues = tuple(
        Cue(f"c{n}", 40 + 590 * n, 40 + 590 * n + 200, mode="extended", freeze=3000 + 400 * n)
        for n in range(20)
    )
    return Project(FILM, scenes=SCENES, cues=cues)


def limit_of(asked: Asked) -> int:
    return int(asked.text.split("at most ")[1].split()[0])


def told(asked: Asked) -> None:
    """Answers something new for each gap."""
    number = limit_of(asked)
    nouns = [
        "boat",
        "dog",
        "kite",
        "lamp",
        "coat",
        "drum",
        "fish",
        "goat",
        "harp",
        "iron",
        "jar",
        "king",
        "leaf",
        "moon",
        "nest",
        "oven",
    ]
    noun = nouns[number % len(nouns)] + "s" * (number // len(nouns))
    if asked.looks:
        asked.say(f"In the video, {noun} {noun}ed by the {noun}er.")
    else:
        asked.say(f"The video shows {noun} {noun}ed by the {noun}er.\n{noun.title()}.")


def test_a_moment_carries_all_that_is_known(info: FilmInfo, served: Any) -> None:
    server: ChatServer = served(plain, parallel=1)
    written = Cue("a", 2100, 3900, (Version("en", "Rain falls on a roof."),), accepted=True)
    cue = Cue("b", 6100, 7900, mode="extended", freeze=3000)
    project = Project(
        FILM,
        scenes=SCENES,
        cues=(written, cue),
        people=(Person("ann", "Ann", 6500, "a tall woman"), Person("bob", "Bob", 9000, "a boy")),
    )
    lines = (
        Spoken(Span(4000, 5000), "Is anybody there?"),
        Spoken(Span(8000, 9000), "Come in."),
        Spoken(Span(40_000, 41_000), "Much later."),
    )
    (drafted,) = draft(info, project, "en", NAME, unwatched(), Help(lines))
    look, shorten = server.asked
    for asked in (look, shorten):
        for known in (
            "Rain falls on a roof.",
            "Is anybody there?",
            "Come in.",
            "Ann: a tall woman",
        ):
            assert known in asked.text
        assert "at most 12 words" in asked.text
        assert "Bob" not in asked.text
        assert "Much later." not in asked.text
    assert "openai" not in json.dumps(look.body)
    assert len(look.jpegs) == 2 + 3 + 2  # two shots before, this one, two after
    assert [one.engine for one in drafted.drafts] == [NAME] * len(drafted.drafts)
    assert all(one.language == "en" for one in drafted.drafts)
    best = drafted.drafts[0]
    assert best.evidence[0] == "model tiny"
    assert best.evidence[1].startswith("saw: A man in a green coat")
    assert best.evidence[2] == "prompt neutral 2"
    changed = [one.evidence[3] for one in drafted.drafts if len(one.evidence) > 3]
    assert "wrote: The video shows a man opening a wooden door at night." in changed


def test_it_is_told_the_story_and_who_says_what(info: FilmInfo, served: Any) -> None:
    """Names only of whom the pictures have introduced; captions that are given go before lines."""
    server: ChatServer = served(plain, parallel=1)
    lines = (
        Line("l1", 4000, 5000, "Is anybody there?", person="ann"),
        Line("l2", 5000, 5500, "Who asks?", person="bob"),
        Line("l3", 8000, 9000, "Come in.", person="p3"),
        Line("l4", 40_000, 41_000, "Much later.", person="ann"),
    )
    project = Project(
        FILM,
        scenes=SCENES,
        cues=(Cue("b", 6100, 7900, mode="extended", freeze=3000),),
        people=(Person("ann", "Ann", 3000), Person("bob", "Bob", 9000), Person("p3", "", 1)),
        lines=lines,
        story="Ann has lost her key {limit}.",
    )
    steps.draft(project, info, ["en"], NAME, False, unwatched())
    for asked in server.asked:
        assert "Ann has lost her key (limit)." in asked.text
        assert "- Ann: Is anybody there?\n- Who asks?\n- Come in.\n" in asked.text
        assert "Bob" not in asked.text
        assert "Much later." not in asked.text
    captions = [Entry(Span(6000, 7000), "Only this.")]
    again = steps.drafts(project, info, ["en"], NAME, False, unwatched(), captions)
    assert [len(one.cues) for one in again]
    assert "Only this." in server.asked[-1].text
    assert "Who asks?" not in server.asked[-1].text


def test_faces_tell_it_and_its_words_who_is_there(info: FilmInfo, served: Any) -> None:
    def answer(asked: Asked) -> None:
        asked.say("A tall woman." if asked.looks else "A tall woman hands a boy a key.")

    server: ChatServer = served(answer)
    project = Project(
        FILM,
        scenes=SCENES,
        cues=(Cue("b", 6100, 7900, mode="extended", freeze=3000),),
        people=(Person("ann", "Ann", 3000, "a tall woman"), Person("bob", "Bob", 4000, "a boy")),
        faces=(
            FaceTrack("f1", 0, 6200, (), "ann"),
            FaceTrack("f2", 4000, 6100, (), "bob"),  # ends before the shot begins
            FaceTrack("f3", 6300, 7000, ()),
        ),
    )
    done = steps.draft(project, info, ["en"], NAME, False, unwatched())
    told = "- Ann: a tall woman (whose face is in this shot)\n- Bob: a boy\n"
    assert all(told in asked.text for asked in server.asked)
    assert steps.text_of(done.cues[0], "en") == "Ann hands a boy a key."


def test_only_what_is_asked_for_is_drafted_anew(info: FilmInfo, served: Any) -> None:
    server: ChatServer = served(told)
    project = twenty()
    project = steps.draft(project, info, ["en"], NAME, False, unwatched())
    project = edits.set_text(project, "c3", "en", "Mine.")
    project = silence.leave_silent(project, ["c4"])
    project = edits.put_issues(
        project, "drafting", "en",
        [Issue("drafting.failed", "caution", "x", one, "en") for one in ("c5", "c6")],
    )  # fmt: skip
    served(plain)
    *_, done = steps.drafts(
        project, info, ["en"], NAME, False, unwatched(), only=("c3", "c4", "c5")
    )
    asked = {cue.id for cue in done.cues if cue is not project.cue(cue.id)}
    assert asked == {"c3", "c4", "c5"}
    for cue_id, text in (("c3", "Mine."), ("c4", ""), ("c5", None)):
        cue = done.cue(cue_id)
        assert cue is not None
        assert "green coat" in " ".join(one.text for one in cue.drafts)
        assert steps.text_of(cue, "en") == (cue.drafts[0].text if text is None else text)
    assert [one.cue for one in done.issues] == ["c6"]
    assert len(server.looks) == 20


def test_drafted_anew_it_is_asked_for_something_else(info: FilmInfo, served: Any) -> None:
    """The pictures have been looked at; only the words are asked for, and not the same again."""
    server: ChatServer = served(plain, parallel=1)
    cues = (Cue("a", 2100, 3900), Cue("b", 6100, 7900))
    project = Project(FILM, scenes=SCENES, cues=cues)
    first = steps.draft(project, info, ["en"], NAME, False, unwatched())
    asked = len(server.asked)
    texts = [one.text for one in first.cues[1].drafts if one.text]
    deque(steps.drafts(first, info, ["en"], NAME, False, unwatched(), only=("b",)), maxlen=0)
    (again,) = server.asked[asked:]
    assert not again.looks
    assert all(f"\n- {text}" in again.text.partition("Proposed already")[2] for text in texts)


def test_what_is_left_silent_is_not_asked_for(info: FilmInfo, served: Any) -> None:
    server: ChatServer = served(told)
    project = silence.leave_silent(twenty(), ["c3"])
    gap = project.cues[7]
    project = replace(project, gaps=(Gap(gap.start, gap.end, leave_silent=True),))
    done = steps.draft(project, info, ["en"], NAME, False, unwatched())
    assert [cue.id for cue in done.cues if not cue.drafts] == ["c3", "c7"]
    assert len(server.looks) == 18


def test_what_a_model_writes_is_cleaned_and_the_cast_is_named(info: FilmInfo, served: Any) -> None:
    def answer(asked: Asked) -> None:
        if asked.looks:
            asked.say("A tall woman enters a kitchen.")
        else:
            asked.say("The video shows a tall woman entering a kitchen.\n\nBob enters a kitchen.")

    served(answer)
    project = Project(
        FILM,
        scenes=SCENES,
        cues=(Cue("b", 6100, 7900, mode="extended", freeze=6000),),
        people=(Person("ann", "Ann", 6500, "a tall woman"), Person("bob", "Bob", 9000, "")),
    )
    (drafted,) = draft(info, project, "en", NAME, unwatched())
    assert [one.text for one in drafted.drafts] == [
        "Ann enters a kitchen.",
        "Bob enters a kitchen.",
    ]
    assert drafted.issues == ()


def test_twenty_gaps_of_which_two_are_answered_badly(info: FilmInfo, served: Any) -> None:
    project = twenty()
    limits = {cue.id: word_limit(project, cue) for cue in project.cues}

    def answer(asked: Asked) -> None:
        if limit_of(asked) == limits["c5"] and asked.looks:
            asked.send('{"choices": [')
        elif limit_of(asked) == limits["c12"] and not asked.looks:
            asked.send('{"choices": []}')
        else:
            told(asked)

    server = served(answer)
    done = steps.draft(project, info, ["en"], NAME, False, unwatched())
    drafted = [cue.id for cue in done.cues if cue.drafts]
    assert len(drafted) == 18
    assert {cue.id for cue in done.cues} - set(drafted) == {"c5", "c12"}
    assert [(one.rule, one.cue) for one in done.issues] == [
        ("drafting.failed", "c5"),
        ("drafting.failed", "c12"),
    ]
    assert "an answer that is not JSON" in done.issues[0].sentence
    assert "an answer without a text" in done.issues[1].sentence
    for cue in done.cues:
        if cue.drafts:
            assert cue.versions[0].text == cue.drafts[0].text
            assert "video" not in cue.versions[0].text.lower()
    assert len(server.asked) == 20 + 19


def draft_until(count: int, project: Project, info: FilmInfo, states: list[Project]) -> None:
    stop = Progress()
    for state in steps.drafts(project, info, ["en"], NAME, False, stop):
        states.append(state)
        if len(states) == count:
            stop.cancel()


def test_killed_midway_it_asks_only_for_what_is_missing(info: FilmInfo, served: Any) -> None:
    server: ChatServer = served(told)
    project = twenty()
    states: list[Project] = []
    with pytest.raises(Cancelled):
        draft_until(8, project, info, states)
    kept = [cue.id for cue in states[-1].cues if cue.drafts]
    assert len(kept) == 8
    before = len(server.asked)
    done = steps.draft(states[-1], info, ["en"], NAME, False, unwatched())
    assert all(cue.drafts for cue in done.cues)
    assert before >= 16
    assert len(server.asked) <= 40 + 2 * 3  # at most the questions under way come twice
    shown = len({json.dumps(one.body) for one in server.asked})
    assert shown == 40
    again = steps.draft(project, info, ["en"], NAME, False, unwatched())
    assert again.cues == done.cues, "a broken run ends as an unbroken one"
    assert len({json.dumps(one.body) for one in server.asked}) == 40


def test_what_was_accepted_is_not_asked_for(info: FilmInfo, served: Any) -> None:
    server: ChatServer = served(told)
    project = twenty()
    project = edits.set_text(project, "c3", "en", "Mine.")
    done = steps.draft(project, info, ["en"], NAME, False, unwatched())
    assert done.cue("c3") == project.cue("c3")
    assert len(server.looks) == 19


def test_a_gap_in_which_nothing_is_new_is_left_silent(info: FilmInfo, served: Any) -> None:
    def answer(asked: Asked) -> None:
        asked.say("Rain falls on the roof.")

    served(answer)
    written = Cue("a", 2100, 3900, (Version("en", "Rain falls on the roof."),), accepted=True)
    project = Project(FILM, scenes=SCENES, cues=(written, Cue("b", 6100, 7900)))
    done = steps.draft(project, info, ["en"], NAME, False, unwatched())
    cue = done.cue("b")
    assert cue is not None
    assert [one.text for one in cue.drafts] == ["", "Rain falls on the roof."]
    assert steps.text_of(cue, "en") == ""
    assert [(one.rule, one.severity) for one in done.issues] == [("drafting.silent", "info")]


def test_a_draft_that_cannot_be_cleaned_stays_with_an_issue(info: FilmInfo, served: Any) -> None:
    served(lambda asked: asked.say("The camera is stationary."))
    project = Project(FILM, scenes=SCENES, cues=(Cue("b", 2100, 5900),))
    done = steps.draft(project, info, ["en"], NAME, False, unwatched())
    assert done.cues[0].drafts[0].text == "The camera is stationary."
    (issue,) = done.issues
    assert (issue.rule, issue.severity, issue.cue) == ("drafting.unclean", "caution", "b")
    assert "camera" in issue.sentence
    served(plain)
    assert steps.draft(done, info, ["en"], NAME, False, unwatched()).issues == ()


def test_the_limit_follows_the_measured_voice() -> None:
    clip = Clip("k", 3000, "flite", "rms", 1.0)
    voice = VoiceChoice("en", "flite", "rms")
    eight = "one two three four five six seven eight"
    cues = tuple(
        Cue(f"c{n}", 4000 * n, 4000 * n + 3000, (Version("en", eight, clip),)) for n in range(5)
    )
    project = Project(FILM, cues=cues, voices=(voice,))
    assert pace_of(project, "en") == 160
    slow = tuple(
        Cue(
            one.id,
            one.start,
            one.end,
            (Version("en", eight, Clip("k", 4000, "flite", "rms", 1.2)),),
        )
        for one in cues
    )
    measured = Project(FILM, cues=slow, voices=(voice,))
    assert pace_of(measured, "en") == 100  # 8 words in 4 s at 1.2 times its own pace
    assert word_limit(measured, slow[0], "en") == 5
    assert pace_of(measured, "de") == 160
    assert pace_of(Project(FILM, cues=slow[:4], voices=(voice,)), "en") == 160
    other = Project(FILM, cues=slow, voices=(VoiceChoice("en", "flite", "slt"),))
    assert pace_of(other, "en") == 160


# --- at a prompt ----------------------------------------------------------------------------------


@pytest.fixture
def project_file(tmp_path: Path) -> Iterator[Path]:
    film(tmp_path / "film.mp4", seconds=8, cuts=(4,), sound=False)
    assert cli.run(["new", str(tmp_path / "film.mp4"), "--quiet"]) == 0
    return tmp_path / "film.adproject"


def test_drafting_at_a_prompt(
    project_file: Path, served: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    captions = project_file.with_name("said.srt")
    captions.write_text("1\n00:00:01,000 --> 00:00:02,000\nWho is that?\n")
    server: ChatServer = served(plain)
    arguments = ["draft", str(project_file), "--describer", NAME, "--dialogue", str(captions)]
    assert cli.run([*arguments, "--json"]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert shown["cues"][0]["drafts"][0]["engine"] == NAME
    assert "Who is that?" in server.asked[0].text


def test_the_story_is_told_and_kept(
    project_file: Path, served: Any, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    server: ChatServer = served(plain)
    draft_ = ["draft", str(project_file), "--describer", NAME, "--quiet"]
    story = project_file.with_name("story.txt")
    story.write_text("\ufeffA man comes home.\n", encoding="utf-8")
    assert cli.run([*draft_, "--story", str(story)]) == 0
    assert "A man comes home.\n" in server.asked[0].text
    assert cli.run([*draft_, "--cue", "c2"]) == 0
    assert "A man comes home.\n" in server.asked[-1].text
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"He leaves.")))
    assert cli.run([*draft_, "--story", "-"]) == 0
    assert cli.run(["show", str(project_file), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["story"] == "He leaves."
    story.write_bytes(b"\xff\xfe\x00")
    for wrong in (["--story", str(story)], ["--cue", "c77"], ["--cue", "c1", "--translator", "x"]):
        assert cli.run([*draft_, *wrong]) == 2
    said = capfd.readouterr().err
    assert "cannot be read (it is not UTF-8 text)" in said
    assert "There is no cue “c77”" in said
    assert "--cue is for drafting" in said


def test_nothing_leaves_without_leave(
    project_file: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STUDIO_OPENAI_COMPATIBLE_URL", "https://models.example.org/v1")
    monkeypatch.setenv("STUDIO_OPENAI_COMPATIBLE_MODEL", "big")
    before = project_file.read_bytes()
    assert cli.run(["draft", str(project_file), "--describer", NAME]) == 5
    said = capfd.readouterr().err
    assert "would send pictures of the film to models.example.org, another machine" in said
    assert "studio engines --allow frames:models.example.org" in said
    assert project_file.read_bytes() == before
    assert cli.run(["engines", "--allow", "frames:models.example.org", "--json"]) == 0
    listed = json.loads(capfd.readouterr().out)
    assert listed["allowed"] == {"frames": ["models.example.org"], "sound": [], "text": []}
    describers = [one for one in listed["engines"] if one["kind"] == "describer"]
    assert {one["name"]: one["sends"] for one in describers}[NAME] == "frames"
    assert cli.run(["engines", "--forbid", "frames:models.example.org"]) == 0
    assert "allowed:" not in capfd.readouterr().out
    assert cli.run(["engines", "--allow", "models.example.org"]) == 2


def test_what_was_drafted_before_a_failure_is_kept(
    project_file: Path, served: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    def answer(asked: Asked) -> None:
        if len(server.asked) > 2:
            asked.send("", 401)
        else:
            plain(asked)

    server: ChatServer = served(answer, parallel=1)
    assert cli.run(["draft", str(project_file), "--describer", NAME]) == 5
    assert "does not accept the key" in capfd.readouterr().err
    assert cli.run(["show", str(project_file), "--json"]) == 0
    cues = json.loads(capfd.readouterr().out)["cues"]
    assert [bool(cue["drafts"]) for cue in cues][:2] == [True, False]
