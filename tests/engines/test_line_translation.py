"""Translations stay on their lines, and a person's stay as they are, whatever a translator does."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from studio import engines, subtitling
from studio.drafting.translate import with_marks, without_marks
from studio.engines import ALONE, Around, Unanswered
from studio.engines.translators import DeepL
from studio.errors import UsageError
from studio.progress import Cancelled, Progress, unwatched
from studio.script.model import Film, Issue, Line, Project, Translation
from tests.chat_server import serving
from tests.engines.test_translators import ADVERSARIES, PEOPLE, TEXTS, Faithful, Splitting, upper

FILM = Film("film.mp4", 1, "f", 400_000, 320, 180, Fraction(25), None)


def project(**more: Any) -> Project:
    lines = tuple(Line(f"l{at}", 5000 * at, 5000 * at + 3000, one) for at, one in enumerate(TEXTS))
    return Project(FILM, lines=lines, people=PEOPLE, dialogue_language="en", **more)


def translated(
    translator: Any, monkeypatch: pytest.MonkeyPatch, made: Project, *targets: str
) -> Project:
    monkeypatch.setattr(engines, "open", lambda kind, name: translator)
    states = subtitling.translations(made, targets or ["xx"], "google", unwatched())
    return list(states)[-1]


def right(text: str) -> str:
    marked, names = with_marks(text, [one.name for one in PEOPLE])
    return without_marks(upper(marked), names) or ""


@pytest.mark.parametrize("translator", [Faithful, *ADVERSARIES])
def test_every_line_keeps_its_own_text(translator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = project()
    done = translated(translator(), monkeypatch, before)
    assert [replace(one, translations=()) for one in done.lines] == list(before.lines)
    told = {one.id: one.translation("xx") for one in done.lines}
    missing = [one for one in told.values() if one is None]
    assert len(missing) == len(done.issues)
    assert {one.rule for one in done.issues} <= {"subtitling.untranslated"}
    for line in done.lines:
        one = told[line.id]
        others = {right(other.text) for other in done.lines if other is not line}
        if one is not None:
            assert (one.language, one.engine) == ("xx", "google")
            assert one.text not in others
            if translator is not Splitting:  # its halves are plausible texts
                assert one.text == right(line.text)
            names = [person.name for person in PEOPLE if person.name in line.text]
            assert all(name in one.text for name in names if name != "Tom")


def test_a_persons_translation_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    made = project()
    lines = list(made.lines)
    lines[1] = replace(lines[1], translations=(Translation("xx", "Mine."), Translation("de", "x")))
    lines[2] = replace(lines[2], translations=(Translation("xx", "An engine's.", "deepl"),))
    faithful = Faithful()
    done = translated(faithful, monkeypatch, replace(made, lines=tuple(lines)))
    assert done.lines[1].translations == lines[1].translations
    assert done.lines[2].translations == (Translation("xx", right(TEXTS[2]), "google"),)
    assert len(faithful.asked) == len(TEXTS) - 1


def test_several_languages_in_one_project(monkeypatch: pytest.MonkeyPatch) -> None:
    done = translated(Faithful(), monkeypatch, project(), "de", "pl")
    assert {one.language for line in done.lines for one in line.translations} == {"de", "pl"}
    assert subtitling.untranslated(done, "pl") == 0
    assert subtitling.untranslated(done, "fr") == len(TEXTS)
    assert subtitling.untranslated(done, "en") == 0


def test_issues_of_cues_and_of_lines_do_not_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    of_cue = Issue("translating.failed", "caution", "A cue.", "c1", "xx")
    old = Issue("subtitling.untranslated", "caution", "Last time.", language="xx")
    other = replace(old, language="de")
    done = translated(Faithful(), monkeypatch, project(issues=(of_cue, old, other)))
    assert done.issues == (of_cue, other)


class Listening(Faithful):
    """Wants to know what is said around."""

    def __init__(self) -> None:
        super().__init__()
        self.around: list[Around] = []

    def translate_among(
        self, text: str, around: Around, source: str, target: str, check: Any = None
    ) -> Any:
        self.around.append(around)
        return self.translate(text, source, target, check)


def test_who_understands_context_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    listening = Listening()
    done = translated(listening, monkeypatch, project())
    assert listening.around[0] == Around((), TEXTS[1:3])
    assert listening.around[3] == Around(TEXTS[1:3], TEXTS[4:6])
    assert listening.around[5] == Around(TEXTS[3:5], ())
    assert subtitling.untranslated(done, "xx") == 0


def test_deepl_is_given_the_context(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(
        lambda asked: asked.send(json.dumps({"translations": [{"text": "N."}]}))
    ) as server:
        monkeypatch.setenv("STUDIO_DEEPL_URL", server.url)
        monkeypatch.setenv("STUDIO_DEEPL_KEY", "secret")
        around = Around(("Before.",), ("After.",))
        assert DeepL().translate_among("Night.", around, "en", "de") == "N."
        assert DeepL().translate_among("Night.", ALONE, "en", "de") == "N."
    first, second = server.asked
    assert first.body["context"] == "Before.\nAfter."
    assert first.body["text"] == ["Night."]
    assert "context" not in second.body


def test_what_the_film_speaks_must_be_known() -> None:
    unknown = replace(project(), dialogue_language="")
    with pytest.raises(UsageError, match="not known in which language"):
        list(subtitling.translations(unknown, ["de"], "by-hand", unwatched()))
    with pytest.raises(UsageError, match="are in “en” already"):
        list(subtitling.translations(project(), ["en"], "by-hand", unwatched()))


def test_by_hand_leaves_every_line_to_a_person() -> None:
    done = list(subtitling.translations(project(), ["de"], "by-hand", unwatched()))[-1]
    assert [one.severity for one in done.issues] == ["info"] * len(TEXTS)
    assert TEXTS[0] in done.issues[0].sentence


def test_what_was_translated_before_a_stop_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Progress()

    class Stopping(Faithful):
        def translate(self, text: str, source: str, target: str, check: Any = None) -> Any:
            if len(self.asked) == 30:
                stop.cancel()
            if check is not None:
                check()
            return super().translate(text, source, target, check)

    monkeypatch.setattr(engines, "open", lambda kind, name: Stopping())
    lines = tuple(Line(f"l{at}", at, at + 1, f"Line {at} of the film.") for at in range(50))
    states = subtitling.translations(replace(project(), lines=lines), ["xx"], "google", stop)
    kept: list[Project] = []
    with pytest.raises(Cancelled):
        kept.extend(states)
    assert subtitling.untranslated(kept[-1], "xx") == 30


def test_empty_lines_are_not_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    made = replace(project(), lines=(Line("l1", 0, 1, " \n "), Line("l2", 2, 3, "Night\nfalls.")))
    faithful = Faithful()
    done = translated(faithful, monkeypatch, made)
    assert faithful.asked == ["Night falls."]
    assert done.lines[0].translations == ()
    assert done.lines[1].translations == (Translation("xx", "nIGHT FALLS.", "google"),)


def test_a_line_nobody_translates_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(Faithful):
        def translate(self, text: str, source: str, target: str, check: Any = None) -> Any:
            return Unanswered("It is closed today.")

    done = translated(Refusing(), monkeypatch, project())
    assert len(done.issues) == len(TEXTS)
    assert "It is closed today." in done.issues[0].sentence
