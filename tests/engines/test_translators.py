"""Translations stay on their cues, with their names, whatever a translator does."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio import cli, engines, steps, wording
from studio.drafting.translate import with_marks, without_marks
from studio.engines import Unanswered, outside
from studio.engines.asking import NoAnswer
from studio.engines.translators import DeepL, Google, LibreTranslate, finished_within
from studio.errors import EngineError, UsageError
from studio.progress import Cancelled, Progress, unwatched
from studio.script import edits, store
from studio.script.model import Cue, Film, Person, Project, Version
from tests.chat_server import Asked, serving
from tests.make_media import film

FILM = Film("film.mp4", 1, "f", 400_000, 320, 180, Fraction(25), None)
TEXTS = (
    "Sintel climbs a snowy mountain with a staff.",
    "A dragon circles above the old town.",
    "Old Tom opens the gate and greets Sintel.",
    "Night falls.",
    "Snow covers the roofs of the houses.",
    "Two boys carry a heavy box to the river.",
)
PEOPLE = (Person("sintel", "Sintel"), Person("old", "Old Tom"), Person("tom", "Tom"))


def project(*texts: str) -> Project:
    cues = tuple(
        Cue(f"c{at}", 5000 * at, 5000 * at + 3000, (Version("en", text),), accepted=True)
        for at, text in enumerate(texts or TEXTS)
    )
    return Project(FILM, cues=cues, people=PEOPLE)


def upper(text: str) -> str:
    """A language in which all that is not a mark is turned around letter by letter."""
    return " ".join(
        one if re.fullmatch(r"QX\d+Z\W*", one) else one.swapcase() for one in text.split()
    )


class Faithful:
    """Translates as it should."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def translate(self, text: str, source: str, target: str, check: Any = None) -> Any:
        self.asked.append(text)
        return upper(text)


class Delaying(Faithful):
    """Answers with what it should have answered to the question before."""

    def translate(self, text: str, source: str, target: str, check: Any = None) -> Any:
        self.asked.append(text)
        return upper(self.asked[-2]) if len(self.asked) > 1 else ""


class Merging(Faithful):
    """Keeps every second text back and gives it together with the next."""

    def translate(self, text: str, source: str, target: str, check: Any = None) -> Any:
        self.asked.append(text)
        if len(self.asked) % 2:
            return ""
        return f"{upper(self.asked[-2])} {upper(text)}"


class Splitting(Faithful):
    """Gives the first half now and the second half for the next text."""

    held = ""

    def translate(self, text: str, source: str, target: str, check: Any = None) -> Any:
        words = upper(text).split()
        half, held = len(words) // 2, self.held
        self.held = " ".join(words[half:])
        return "\n".join(one for one in (held, " ".join(words[:half])) if one)


class Dropping(Faithful):
    """Loses every third text for good."""

    def translate(self, text: str, source: str, target: str, check: Any = None) -> Any:
        lost = {TEXTS[1], TEXTS[4]}
        return (
            {0: Unanswered("No."), 1: "", 2: " \n"}[len(text) % 3] if text in lost else upper(text)
        )


class Shuffling(Faithful):
    """Answers with the translation of another text of the film."""

    def translate(self, text: str, source: str, target: str, check: Any = None) -> Any:
        self.asked.append(text)
        return upper(self.asked[0])


class Renaming(Faithful):
    """Translates names too, marks included."""

    def translate(self, text: str, source: str, target: str, check: Any = None) -> Any:
        return re.sub(r"QX\d+Z|Sintel|Old Tom", "Zunder", text).swapcase()


def translated(translator: Any, monkeypatch: pytest.MonkeyPatch, made: Project) -> Project:
    monkeypatch.setattr(engines, "open", lambda kind, name: translator)
    states = list(wording.translations(made, "en", ["xx"], "google", unwatched()))
    return states[-1]


def right(cue: Cue) -> str:
    text = steps.text_of(cue, "en")
    marked, names = with_marks(text, [one.name for one in PEOPLE])
    return without_marks(upper(marked), names) or ""


ADVERSARIES = (Delaying, Merging, Splitting, Dropping, Shuffling, Renaming)


@pytest.mark.parametrize("translator", [Faithful, *ADVERSARIES])
def test_every_cue_keeps_its_own_text(translator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    done = translated(translator(), monkeypatch, project())
    assert [cue.id for cue in done.cues] == [f"c{at}" for at in range(len(TEXTS))]
    open_issues = {one.cue: one for one in done.issues}
    for cue in done.cues:
        text = steps.text_of(cue, "xx")
        assert bool(text) != (cue.id in open_issues), "a text or an issue, never neither"
        assert steps.text_of(cue, "en") == TEXTS[int(cue.id[1:])]
        others = {right(one) for one in done.cues if one is not cue}
        assert text not in others
        if translator is not Splitting:  # its halves are plausible texts
            assert text in ("", right(cue))
    assert all(one.rule == "translating.failed" for one in done.issues)


def test_most_of_a_delaying_translators_work_is_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    done = translated(Delaying(), monkeypatch, project())
    assert [steps.text_of(cue, "xx") for cue in done.cues] == [right(cue) for cue in done.cues]


def test_a_translator_that_fails_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    done = translated(Dropping(), monkeypatch, project())
    assert [bool(steps.text_of(cue, "xx")) for cue in done.cues] == [
        True, False, True, True, False, True,
    ]  # fmt: skip
    assert [one.cue for one in done.issues] == ["c1", "c4"]


def test_names_come_back_as_the_cast_sheet_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    faithful = Faithful()
    done = translated(faithful, monkeypatch, project())
    assert faithful.asked[0] == "QX1Z climbs a snowy mountain with a staff."
    assert faithful.asked[2] == "QX2Z opens the gate and greets QX3Z."
    assert steps.text_of(done.cues[0], "xx") == "Sintel CLIMBS A SNOWY MOUNTAIN WITH A STAFF."
    assert "Old Tom" in steps.text_of(done.cues[2], "xx")
    lost = translated(Renaming(), monkeypatch, project())
    assert [one.cue for one in lost.issues] == ["c0", "c2"]
    assert "The name Sintel is lost in it." in lost.issues[0].sentence


def test_each_draft_tells_who_made_it_of_what(monkeypatch: pytest.MonkeyPatch) -> None:
    done = translated(Faithful(), monkeypatch, project("Night falls."))
    (draft,) = done.cues[0].drafts
    assert (draft.language, draft.engine) == ("xx", "google")
    assert draft.evidence == ("translated from en: Night falls.",)


def test_accepted_translations_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    made = edits.set_text(project(), "c3", "xx", "Mine.")
    faithful = Faithful()
    done = translated(faithful, monkeypatch, made)
    assert steps.text_of(done.cues[3], "xx") == "Mine."
    assert len(faithful.asked) == len(TEXTS) - 1


def test_the_same_language_is_refused() -> None:
    with pytest.raises(UsageError, match="in “en” already"):
        list(wording.translations(project(), "en", ["en"], "by-hand", unwatched()))


def test_it_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "open", lambda kind, name: Faithful())
    stop = Progress()
    states = wording.translations(project(), "en", ["xx"], "google", stop)
    first = next(states)
    stop.cancel()
    with pytest.raises(Cancelled):
        next(states)
    assert steps.text_of(first.cues[0], "xx")


name = st.sampled_from(["Ann", "Bob", "Ann-Marie", "Old Tom", "Tom"])


@given(st.lists(st.one_of(name, st.text("abc .", max_size=8)), max_size=12).map(" ".join))
def test_marks_come_off_as_they_went_on(text: str) -> None:
    marked, names = with_marks(text, ["Ann", "Bob", "Ann-Marie", "Old Tom", "Tom"])
    assert without_marks(marked, names) == " ".join(text.split())
    assert not re.search(r"\b(?:Ann|Bob|Tom)\b", marked)
    assert without_marks(marked.lower().replace("qx", "q x "), names) == " ".join(text.split())


def test_marks_of_another_text_are_noticed() -> None:
    assert without_marks("QX2Z walks.", ("Ann",)) is None
    assert without_marks("QX0Z walks.", ("Ann",)) is None


# --- servers --------------------------------------------------------------------------------------


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def set_up(name: str, **rows: str) -> None:
        for row, value in rows.items():
            monkeypatch.setenv(f"STUDIO_{name}_{row}".upper(), value)

    set_up("libretranslate", key="")
    set_up("deepl", key="")
    return set_up


def test_libretranslate_is_asked_by_its_protocol(keys: Any) -> None:
    with serving(lambda asked: asked.send('{"translatedText": "Nacht."}')) as server:
        keys("libretranslate", url=server.url.removesuffix("/v1"), key="k")
        assert LibreTranslate().translate("Night.", "en", "de-at") == "Nacht."
    (asked,) = server.asked
    assert asked.path == "/translate"
    assert asked.body == {
        "q": "Night.", "source": "en", "target": "de", "format": "text", "api_key": "k",
    }  # fmt: skip


def test_deepl_is_asked_by_its_protocol(keys: Any) -> None:
    with serving(lambda asked: asked.send('{"translations": [{"text": "Noite."}]}')) as server:
        keys("deepl", url=server.url, key="secret")
        assert DeepL().translate("Night.", "en", "pt-br") == "Noite."
    (asked,) = server.asked
    assert asked.path == "/v1/translate"
    assert asked.headers["authorization"] == "DeepL-Auth-Key secret"
    assert asked.body == {"text": ["Night."], "source_lang": "EN", "target_lang": "PT-BR"}


def test_without_what_they_need_they_say_so(keys: Any) -> None:
    with pytest.raises(EngineError, match="which server"):
        LibreTranslate().translate("Night.", "en", "de")
    keys("deepl", url="http://localhost:1")
    with pytest.raises(EngineError, match="wants a key"):
        DeepL().translate("Night.", "en", "de")


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("libretranslate", "translate.example.org"),
        ("deepl", "api-free.deepl.com"),
        ("google", "translate.google.com"),
    ],
)
def test_no_text_leaves_without_leave(name: str, host: str, keys: Any) -> None:
    keys("libretranslate", url="https://translate.example.org")
    keys("deepl", key="k")
    with pytest.raises(EngineError, match=f"texts of the film to {host}") as caught:
        engines.open("translator", name).translate("Night.", "en", "de")
    assert f"--allow text:{host}" in caught.value.advice
    outside.change(f"frames:{host}", allow=True)
    with pytest.raises(EngineError, match="Nothing was sent"):
        engines.open("translator", name).translate("Night.", "en", "de")


@pytest.mark.parametrize(
    "lie",
    ["{}", "[]", "7", '{"translatedText": 3}', '{"translations": []}', "<p>", '{"transl'],
)
def test_lying_servers_cost_one_text(lie: str, keys: Any) -> None:
    with serving(lambda asked: asked.send(lie)) as server:
        keys("libretranslate", url=server.url)
        keys("deepl", url=server.url, key="k")
        for translator in (LibreTranslate(), DeepL()):
            answer = translator.translate("Night.", "en", "de")
            assert isinstance(answer, Unanswered)
            assert answer.why.endswith(".")


def test_a_busy_translator_is_asked_again(keys: Any) -> None:
    answers = iter([(503, ""), (200, '{"translatedText": "Nacht."}')])

    def answer(asked: Asked) -> None:
        status, body = next(answers)
        asked.send(body, status)

    pauses: list[float] = []
    with serving(answer) as server:
        keys("libretranslate", url=server.url)
        assert LibreTranslate(pauses.append).translate("Night.", "en", "de") == "Nacht."
    assert pauses == [1]


def test_stopping_ends_the_wait(keys: Any) -> None:
    reached = threading.Event()

    def answer(asked: Asked) -> None:
        reached.set()
        server.stop.wait(120)

    def check() -> None:
        if reached.is_set():
            raise Cancelled

    with serving(answer) as server:
        keys("libretranslate", url=server.url)
        with pytest.raises(Cancelled):
            LibreTranslate().translate("Night.", "en", "de", check)


def test_work_that_never_ends_is_left() -> None:
    stop = threading.Event()
    with pytest.raises(NoAnswer, match="within 0 s"):
        finished_within(stop.wait, lambda: None, timeout=0.1)
    stop.set()
    with pytest.raises(ZeroDivisionError):
        finished_within(lambda: 1 / 0, lambda: None)


PAGE = '<html><body><div class="result-container">{}</div></body></html>'


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Google's page, served here."""
    constants = pytest.importorskip("deep_translator.constants")

    def at(url: str) -> Google:
        monkeypatch.setitem(constants.BASE_URLS, "GOOGLE_TRANSLATE", f"{url}/m")
        return Google()

    return at


def test_google_is_asked_through_its_package(google: Any) -> None:
    with serving(lambda asked: asked.send(PAGE.format("Die Nacht bricht an."))) as server:
        assert google(server.url).translate("Night falls.", "en", "de-at") == "Die Nacht bricht an."
        (asked,) = server.asked
        assert "q=Night+falls." in asked.path
        assert "tl=de" in asked.path
        with pytest.raises(EngineError, match="does not translate"):
            google(server.url).translate("Night falls.", "en", "xx")


@pytest.mark.parametrize(("status", "page"), [(200, "<html></html>"), (500, ""), (403, "no")])
def test_google_without_an_answer_costs_one_text(google: Any, status: int, page: str) -> None:
    with serving(lambda asked: asked.send(page, status)) as server:
        answer = google(server.url).translate("Night falls.", "en", "de")
    assert isinstance(answer, Unanswered)


def test_google_asking_for_rest_ends_the_work(google: Any) -> None:
    with (
        serving(lambda asked: asked.send("", 429)) as server,
        pytest.raises(EngineError, match="no more texts"),
    ):
        google(server.url).translate("Night falls.", "en", "de")


# --- at a prompt ----------------------------------------------------------------------------------


def test_translating_at_a_prompt(
    tmp_path: Path, keys: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    film(tmp_path / "film.mp4", seconds=4, sound=False)
    assert cli.run(["new", str(tmp_path / "film.mp4"), "--quiet"]) == 0
    file = tmp_path / "film.adproject"
    analysed = store.load(file)
    store.save(replace(project(*TEXTS[:2]), film=analysed.film), file)
    command = ["draft", str(file), "-l", "de", "-l", "fr", "--json", "--translator"]
    assert cli.run([*command, "by-hand"]) == 0
    shown = json.loads(capfd.readouterr().out)
    assert [one["text"].get("de") for one in shown["cues"]] == [None, None]
    assert [one.severity for one in store.load(file).issues] == ["info"] * 4

    def answer(asked: Asked) -> None:
        text = asked.body["q"].swapcase() + asked.body["target"]
        asked.send(json.dumps({"translatedText": text}))

    with serving(answer) as server:
        keys("libretranslate", url=server.url)
        assert cli.run([*command, "libretranslate"]) == 0
    shown = json.loads(capfd.readouterr().out)
    swapped = "Sintel CLIMBS A SNOWY MOUNTAIN WITH A STAFF."
    assert shown["cues"][0]["text"] == {
        "en": TEXTS[0], "de": f"{swapped}de", "fr": f"{swapped}fr",
    }  # fmt: skip
    assert store.load(file).issues == ()
    assert cli.run(["draft", str(file), "-l", "en", "--translator", "by-hand"]) == 2
    assert cli.run(["draft", str(file), "-l", "es", "--translator", "nobody"]) == 2
