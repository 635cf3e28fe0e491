"""`studio transcribe`: lines from captions, from a plain list, and from an engine."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio import cli, engines, hearing, steps
from studio.engines import Check, Phrase, SaidWord, Stretch, Transcript, Unanswered
from studio.engines.table import Row
from studio.errors import EngineError
from studio.media.probe import FilmInfo
from studio.progress import Cancelled, Progress, unwatched
from studio.script import edits, lines, store
from studio.script.model import Project
from studio.times import Span
from tests import make_media

SPEECH = (
    (1.0, "We should have left before the rain began."),
    (8.0, "Nobody told me that the bridge was closed."),
    (14.0, "Hand me the lamp, will you?"),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with talk.mp4, in which SPEECH is said, silent.mp4 and mute.mp4 without a sound."""
    folder = tmp_path_factory.mktemp("made")
    make_media.film(folder / "talk.mp4", seconds=18, size=(96, 54), speech=SPEECH)
    make_media.film(folder / "silent.mp4", seconds=3, size=(96, 54))
    make_media.film(folder / "mute.mp4", seconds=3, size=(96, 54), sound=False)
    return folder


@pytest.fixture
def films(made: Path, tmp_path: Path) -> Path:
    """The films in a folder of this test's own."""
    for film in made.iterdir():
        shutil.copy(film, tmp_path)
    return tmp_path


@dataclass
class Ears:
    """Hears “Number N.” in every stretch. given: what it was given, and the language."""

    given: list[tuple[Stretch, str | None]] = field(default_factory=list)
    fails: tuple[int, ...] = ()
    dies_at: int | None = None
    model: str = "ears 1"

    def transcribe(
        self, stretches: Iterable[Stretch], language: str | None, check: Check
    ) -> Generator[Transcript | Unanswered]:
        for number, one in enumerate(stretches):
            check()
            if number == self.dies_at:
                raise EngineError("The ears fell off.")
            self.given.append((one, language))
            if number in self.fails:
                yield Unanswered("It mumbles.")
                continue
            inner = Span(one.span.start + 100, one.span.end - 100)
            word = SaidWord("Number", Span(inner.start, inner.start + 50))
            yield Transcript(language or "de", (Phrase(f"Number {number}.", inner, (word,)),))


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> Ears:
    """A transcriber of the tests' own, ready under the name “ears”."""
    found = Ears()
    row = Row("transcriber", "ears", "", "hears numbers", "none", ("de", "en"), models=True)
    table = (*engines.TABLE, row)
    opened = engines.open
    monkeypatch.setattr(engines, "TABLE", table)
    monkeypatch.setattr(
        engines,
        "open",
        lambda kind, name: found if name.startswith("ears") else opened(kind, name),
    )
    return found


@pytest.fixture
def studio(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any, str]]:
    """Runs one command with --json; its exit code, document and stderr."""

    def run(*arguments: object) -> tuple[int, Any, str]:
        capfd.readouterr()
        code = cli.run([*map(str, arguments), "--json"])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return code, json.loads(out), err

    return run


def texts(document: Any) -> list[str]:
    return [one["text"] for one in document["lines"]]


# --- from a file ----------------------------------------------------------------------------------


def test_captions_of_a_real_film_keep_ids_and_times(
    studio: Any, shared_media: Path, tmp_path: Path
) -> None:
    film = shared_media / "film" / "keyboard_compatibility.mp4"
    captions = film.with_suffix(".captions.vtt")
    shutil.copy(film, tmp_path / "film.mp4")
    code, shown, _ = studio("transcribe", tmp_path / "film.mp4", "--from", captions)
    assert code == 0
    assert [(one["id"], one["start"], one["end"]) for one in shown["lines"]] == [
        ("1", 0, 5970), ("2", 5970, 9469), ("3", 9469, 14_190), ("4", 14_190, 17_660)
    ]  # fmt: skip
    assert shown["lines"][3]["text"] == "preference or circumstance."
    opened = store.load(tmp_path / "film.adproject")
    assert opened.dialogue_language == "en"
    fresh = steps.new(tmp_path / "film.mp4", opened.settings, ("en",), unwatched())
    assert opened.gaps == fresh.gaps  # they follow speech, not captions


@pytest.mark.parametrize(
    ("name", "content", "language"),
    [
        ("a.srt", "1\n00:00:01,000 --> 00:00:03,500\nWhere is it?\n", "en"),
        (
            "a.vtt",
            "WEBVTT\nLanguage: pl\n\nx\n00:01.000 --> 00:03.500\n<v Ada>Where is it?\n",
            "pl",
        ),
        (
            "a.ass",
            "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, "
            "Text\nDialogue: 0,0:00:01.00,0:00:03.50,Default,Ada,0,0,0,,Where is it?\n",
            "en",
        ),
        (
            "a.ttml",
            '<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="fr"><body><div>'
            '<p xml:id="x" begin="1s" end="3.5s">Where is it?</p></div></body></tt>',
            "fr",
        ),
    ],
)
def test_captions_of_every_kind(
    studio: Any, films: Path, name: str, content: str, language: str
) -> None:
    (films / name).write_text(content, encoding="utf-8")
    code, shown, err = studio("transcribe", films / "silent.mp4", "--from", films / name)
    assert code == 0, err
    (line,) = shown["lines"]
    assert (line["start"], line["end"], line["text"]) == (1000, 3500, "Where is it?")
    opened = store.load(films / "silent.adproject")
    assert opened.dialogue_language == language
    voiced = "Ada" in content
    assert [one.name for one in opened.people] == (["Ada"] if voiced else [])
    assert opened.lines[0].id == ("x" if 'id="x"' in content or "\nx\n" in content else "l1")


def test_a_plain_list_is_aligned_and_its_names_join_the_cast(studio: Any, films: Path) -> None:
    (films / "list.txt").write_text(
        f"ADA: {SPEECH[0][1]}\nBEN: {SPEECH[1][1]}\n(a door)\nADA: {SPEECH[2][1]}\n",
        encoding="utf-8",
    )
    code, shown, err = studio("transcribe", films / "talk.mp4", "--from", films / "list.txt")
    assert code == 0, err
    assert texts(shown) == [one[1] for one in SPEECH]
    starts = [one["start"] for one in shown["lines"]]
    assert np.abs(np.subtract(starts, [1000, 8000, 14_000])).max() <= 50
    opened = store.load(films / "talk.adproject")
    assert [opened.called(one.person) for one in opened.lines] == ["ADA", "BEN", "ADA"]
    assert "Lines aligned to the sound: 3 of 4." in shown["notes"]
    assert any("“(a door)”" in note for note in shown["notes"])


def test_a_list_of_another_film_leaves_the_project_as_it_was(studio: Any, films: Path) -> None:
    (films / "list.txt").write_text("\n".join(one[1] for one in reversed(SPEECH)))
    project = films / "talk.adproject"
    assert studio("new", films / "talk.mp4")[0] == 0
    before = project.read_bytes()
    code, shown, _ = studio("transcribe", project, "--from", films / "list.txt")
    assert code == 4
    assert "does not belong to this film" in shown["error"]["sentence"]
    assert project.read_bytes() == before


def test_what_cannot_be_brought_is_a_sentence(studio: Any, films: Path) -> None:
    assert studio("transcribe", films / "silent.mp4", "--from", films / "no.srt")[0] == 4
    (films / "list.txt").write_text("Hello.\n")
    code, shown, _ = studio("transcribe", films / "silent.adproject", "--from", films / "list.txt")
    assert code == 4
    assert "nobody is heard to speak" in shown["error"]["sentence"]
    (films / "other.txt").write_text("\n\n")
    code, shown, _ = studio("transcribe", films / "silent.adproject", "--from", films / "other.txt")
    assert code == 4
    assert "no line in the list" in shown["error"]["sentence"]


def test_lines_brought_twice_are_told(studio: Any, films: Path) -> None:
    (films / "a.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHi.\n\n")
    (films / "b.srt").write_text("1\n00:09:01,000 --> 00:09:02,000\nHi.\n\n")
    studio("transcribe", films / "silent.mp4", "--from", films / "a.srt")
    _, shown, _ = studio("transcribe", films / "silent.adproject", "--from", films / "b.srt")
    assert shown["notes"][0] == "It replaces 1 line that the project had."
    assert "after the end of the film: 1" in shown["notes"][1]


# --- by an engine ---------------------------------------------------------------------------------


@pytest.fixture
def talk(films: Path) -> tuple[Project, FilmInfo]:
    project, info = steps.begin(films / "talk.mp4", engines_settings(), ("en",))
    return steps.analyse(project, info, unwatched()), info


def engines_settings() -> Any:
    from studio.settings import DEFAULTS

    return DEFAULTS


def last(states: Iterator[Project]) -> Project:
    return list(states)[-1]


def test_an_engine_hears_speech_only(ears: Ears, talk: tuple[Project, FilmInfo]) -> None:
    project, info = talk
    states = list(hearing.transcribe(project, info, "ears", None, unwatched()))
    after = states[-1]
    assert [one.text for one in after.lines] == ["Number 0.", "Number 1.", "Number 2."]
    assert [len(one.lines) for one in states] == [1, 2, 3]  # as they come
    assert {one.engine for one in after.lines} == {"ears"}
    assert after.dialogue_language == "de"
    assert after.gaps == project.gaps
    for (stretch, _), at in zip(ears.given, (1000, 8000, 14_000), strict=True):
        assert stretch.span.start <= at < stretch.span.start + 400
        assert len(stretch.sound.samples) == stretch.span.duration * 16
        silent = np.abs(stretch.sound.samples[: (at - stretch.span.start) * 16 - 160]).max(
            initial=0
        )
        assert silent < 0.01  # to the sample where it should be
        assert np.abs(stretch.sound.samples).max() > 0.05


def test_what_was_heard_is_not_asked_for_again(ears: Ears, talk: tuple[Project, FilmInfo]) -> None:
    project, info = talk
    ears.dies_at = 2
    states = hearing.transcribe(project, info, "ears", None, unwatched())
    latest = [next(states), next(states)][-1]
    with pytest.raises(EngineError, match="fell off"):
        next(states)
    assert len(latest.lines) == 2
    ears.dies_at = None
    done = last(hearing.transcribe(latest, info, "ears", None, unwatched()))
    assert len(done.lines) == 3
    assert len(ears.given) == 3
    for model, language, engine in (("ears 2", None, "ears"), ("ears 1", "en", "ears")):
        ears.model = model
        ears.given.clear()
        last(hearing.transcribe(done, info, engine, language, unwatched()))
        assert len(ears.given) == 3  # another model, another language: heard anew


def test_a_damaged_answer_in_the_cache_is_asked_for_again(
    ears: Ears, talk: tuple[Project, FilmInfo]
) -> None:
    from studio import paths

    project, info = talk
    first = last(hearing.transcribe(project, info, "ears", None, unwatched()))
    for number, file in enumerate(sorted(paths.cache_folder("answers").glob("*.json"))):
        file.write_text(["{", '{"language": "de", "phrases": [{"words": 3}]}', "[]"][number])
    ears.given.clear()
    again = last(hearing.transcribe(first, info, "ears", None, unwatched()))
    assert len(ears.given) == 3
    assert [one.text for one in again.lines] == [one.text for one in first.lines]


def test_a_stretch_that_fails_is_an_issue(ears: Ears, talk: tuple[Project, FilmInfo]) -> None:
    project, info = talk
    ears.fails = (1,)
    after = last(hearing.transcribe(project, info, "ears", "en", unwatched()))
    assert [one.text for one in after.lines] == ["Number 0.", "Number 2."]
    (issue,) = [one for one in after.issues if one.rule == hearing.FAILED]
    assert "was not written down: It mumbles." in issue.sentence
    ears.fails = ()
    mended = last(hearing.transcribe(after, info, "ears", "en", unwatched()))
    assert [one.rule for one in mended.issues if one.rule == hearing.FAILED] == []
    assert len(mended.lines) == 3


def test_what_a_person_wrote_stays(ears: Ears, talk: tuple[Project, FilmInfo]) -> None:
    project, info = talk
    heard = last(hearing.transcribe(project, info, "ears", "en", unwatched()))
    corrected = lines.set_text(heard, heard.lines[1].id, "Nobody told me.")
    again = last(hearing.transcribe(corrected, info, "ears", "en", unwatched()))
    assert [one.text for one in again.lines] == ["Number 0.", "Nobody told me.", "Number 2."]


def test_it_stops_between_two_chunks(ears: Ears, talk: tuple[Project, FilmInfo]) -> None:
    project, info = talk
    progress = Progress()
    states = hearing.transcribe(project, info, "ears", None, progress)
    next(states)
    progress.cancel()
    with pytest.raises(Cancelled):
        next(states)
    assert len(ears.given) == 1


def test_it_stops_while_it_reads_on_to_the_next_speech(talk: tuple[Project, FilmInfo]) -> None:
    from studio.analysis.transcribe import stretches

    progress = Progress()
    sound = stretches(talk[1], [Span(1000, 2000), Span(17_000, 17_500)], progress.check)
    next(sound)
    progress.cancel()
    with pytest.raises(Cancelled):
        next(sound)


@pytest.mark.parametrize(
    ("film", "sentence"),
    [
        ("silent.mp4", "Nobody is heard to speak in the film, so no dialogue was written down."),
        ("mute.mp4", "The film has no sound, so no dialogue was written down."),
    ],
)
def test_where_nobody_speaks_the_project_says_so(
    studio: Any, films: Path, ears: Ears, film: str, sentence: str
) -> None:
    code, shown, _ = studio("transcribe", films / film, "--engine", "ears")
    assert code == 0
    assert shown["lines"] == []
    assert sentence in [one["sentence"] for one in shown["issues"]]
    assert ears.given == []


def test_an_engine_that_hears_no_words_says_so(ears: Ears, talk: tuple[Project, FilmInfo]) -> None:
    project, info = talk
    ears.transcribe = lambda stretches, language, check: (  # type: ignore[method-assign]
        Transcript("en", ()) for _ in stretches
    )
    after = last(hearing.transcribe(project, info, "ears", None, unwatched()))
    assert after.lines == ()
    assert "“ears” heard no words" in after.issues[-1].sentence


def test_at_the_prompt(studio: Any, films: Path, ears: Ears) -> None:
    code, shown, _ = studio("transcribe", films / "talk.mp4", "--engine", "ears", "-l", "en")
    assert code == 0
    assert texts(shown) == ["Number 0.", "Number 1.", "Number 2."]
    assert [one for _, one in ears.given] == ["en"] * 3
    project = films / "talk.adproject"
    code, shown, _ = studio("transcribe", films / "talk.mp4", "--engine", "ears")
    assert code == 2
    assert f"studio transcribe {project}" in shown["error"]["advice"]
    ears.dies_at, ears.model = 1, "other"
    code, _, _ = studio("transcribe", project, "--engine", "ears")
    assert code == 5
    assert len(store.load(project).lines) == 3  # and what was heard before it died is saved
    assert studio("transcribe", project, "--engine", "ears", "-l", "fr")[0] == 5
    assert studio("transcribe", project, "--engine", "nobody")[0] == 2
    assert studio("transcribe", project, "--engine", "ears", "--from", "x.srt")[0] == 2


def test_without_an_engine_it_says_what_to_get(
    studio: Any, films: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, shown, _ = studio("transcribe", films / "talk.mp4")
    assert code == 5
    assert "--from FILE" in shown["error"]["advice"]
    assert store.load(films / "talk.adproject").lines == ()  # what was found in the film is kept


def test_lines_are_kept_in_the_file(
    ears: Ears, talk: tuple[Project, FilmInfo], tmp_path: Path
) -> None:
    project, info = talk
    after = last(hearing.transcribe(project, info, "ears", None, unwatched()))
    steps.save_project(after, tmp_path / "kept.adproject")
    assert store.load(tmp_path / "kept.adproject").lines == after.lines
    assert edits.set_lines(after, after.lines).lines == after.lines
