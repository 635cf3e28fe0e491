"""The translator "transformers": tiny random models of the real classes, loaded the real way."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from studio import engines, wording
from studio.engines import Unanswered, local_translator
from studio.errors import EngineError, UsageError
from studio.progress import Cancelled, unwatched
from studio.script.model import Cue, Film, Project, Version
from tests.engines import tiny

NAMES = ("marian", "m2m", "nllb", "madlad")
FILM = Film("film.mp4", 1, "f", 400_000, 320, 180, Fraction(25), None)
TEXTS = ("A man walks into a dark room.", "Night falls.", "QX1Z opens the door!", "…", "a" * 700)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("translators")
    made = {name: place / name for name in NAMES}
    for name, folder in made.items():
        getattr(tiny, f"make_{name}")(folder)
    return made


@pytest.fixture(params=NAMES)
def folder(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Path:
    return folders[str(request.param)]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the models are asked for, beside the pieces of the text as `pieces`."""
    from transformers import GenerationMixin

    found: list[dict[str, Any]] = []
    generate = GenerationMixin.generate

    def spied(model: Any, **given: Any) -> Any:
        found.append(given)
        return generate(model, **given)

    monkeypatch.setattr(GenerationMixin, "generate", spied)
    return found


def opened(folder: Path) -> engines.Translator:
    return engines.open("translator", f"transformers:{folder}")


def test_a_text_comes_back_as_one_and_the_same_each_time(folder: Path) -> None:
    translator = opened(folder)
    first = translator.translate(TEXTS[0], "en", "de")
    assert isinstance(first, str)
    assert first == first.strip() != ""
    assert not any(mark in first for mark in ("<pad>", "</s>", "__de__", "deu_Latn", "<2de>"))
    assert translator.translate(TEXTS[1], "en", "de") != first
    assert translator.translate(TEXTS[0], "en", "de") == first


def test_the_model_decides_how_it_is_told_the_languages(
    folders: dict[str, Path], asked: list[dict[str, Any]]
) -> None:
    from transformers import AutoTokenizer

    for name, source, target, first, begin in (
        ("marian", "en", "de", None, None),
        ("m2m", "en", "fr", "__en__", "__fr__"),
        ("m2m", "pt", "de", "__pt__", "__de__"),
        ("nllb", "en", "fr", "eng_Latn", "fra_Latn"),
        ("nllb", "zh-tw", "pt-br", "zho_Hant", "por_Latn"),
        ("madlad", "en", "fr", "<2fr>", None),
    ):
        opened(folders[name]).translate("A man walks.", source, target)
        given = asked[-1]
        words = AutoTokenizer.from_pretrained(folders[name], local_files_only=True)
        pieces = [one for one in words.convert_ids_to_tokens(given["input_ids"][0]) if one != "▁"]
        if first is not None:
            assert pieces[0] == first
        forced = given["forced_bos_token_id"]
        assert (forced and words.convert_ids_to_tokens(forced)) == begin
        assert given["do_sample"] is False


def test_the_answer_begins_in_the_language_that_was_asked_for(
    folders: dict[str, Path],
) -> None:
    """Into another language another translation, from the same text and with the same weights."""
    for name in ("m2m", "nllb", "madlad"):
        translator = opened(folders[name])
        answers = {translator.translate(TEXTS[0], "en", one) for one in ("de", "fr", "pt")}
        assert len(answers) > 1, name


def test_a_marian_with_marks_is_told_the_target(
    tmp_path: Path, asked: list[dict[str, Any]]
) -> None:
    tiny.make_marian(tmp_path / "romance", marks=("fr", "pt_br"))
    translator = opened(tmp_path / "romance")
    assert isinstance(translator.translate("A man walks.", "en", "pt-br"), str)
    assert int(asked[-1]["input_ids"][0][0]) == 3
    with pytest.raises(EngineError, match="it does not know “es”"):
        translator.translate("A man walks.", "en", "es")


@pytest.mark.parametrize(
    ("name", "source", "target", "why"),
    [
        ("marian", "en", "fr", "it translates from “en” into “de” only"),
        ("marian", "de", "en", "it translates from “en” into “de” only"),
        ("m2m", "en", "xx", "it does not know “xx”"),
        ("nllb", "xx", "en", "it does not know “xx”"),
        ("nllb", "en", "es", "it does not know “es”"),
        ("madlad", "en", "ja", "it does not know “ja”"),
    ],
)
def test_other_languages_are_refused_in_words(
    folders: dict[str, Path], name: str, source: str, target: str, why: str
) -> None:
    with pytest.raises(EngineError, match=why) as caught:
        opened(folders[name]).translate("Night.", source, target)
    assert caught.value.meaning == "Nothing was translated."
    assert f"from “{source}” into “{target}”" in caught.value.what


def test_cues_stay_one_to_one_whatever_the_model_says(folder: Path) -> None:
    cues = tuple(
        Cue(f"c{at}", 5000 * at, 5000 * at + 3000, (Version("en", text),), accepted=True)
        for at, text in enumerate(TEXTS)
    )
    done = Project(FILM, cues=cues)
    for state in wording.translations(done, "en", ["de"], f"transformers:{folder}", unwatched()):
        done = state
    assert [cue.id for cue in done.cues] == [cue.id for cue in cues]
    said = {one.cue for one in done.issues}
    for cue in done.cues:
        drafted = [one for one in cue.drafts if one.language == "de"]
        assert len(drafted) + (cue.id in said) == 1
        assert all(one.engine == f"transformers:{folder}" for one in drafted)
    assert "c4" in said  # the text that is longer than the model can take


def test_a_text_too_long_costs_that_text_only(folders: dict[str, Path]) -> None:
    translator = opened(folders["marian"])
    answer = translator.translate("word " * 200, "en", "de")
    assert answer == Unanswered("The text is too long for the model.")
    assert isinstance(translator.translate("Night falls.", "en", "de"), str)


def test_a_model_that_fails_costs_one_text(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("CUDA error: no kernel\nand a trace")

    translator = opened(folders["marian"])
    translator.translate("Night falls.", "en", "de")
    monkeypatch.setattr(local_translator._Model, "translated", broken)
    answer = translator.translate("Night falls.", "en", "de")
    assert isinstance(answer, Unanswered)
    assert answer.why == "The model failed on this text (RuntimeError: CUDA error: no kernel)."


def test_it_stops_between_two_words(folders: dict[str, Path]) -> None:
    calls = []

    def check() -> None:
        calls.append(1)
        if len(calls) == 4:
            raise Cancelled

    translator = opened(folders["madlad"])
    translator.translate("Night falls.", "en", "de")
    with pytest.raises(Cancelled):
        translator.translate(TEXTS[0], "en", "de", check)
    assert len(calls) == 4


def test_a_damaged_model_is_a_sentence(folders: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(folders["nllb"], tmp_path / "damaged")
    (tmp_path / "damaged" / "model.safetensors").write_bytes(b"no")
    with pytest.raises(EngineError, match="cannot be loaded") as caught:
        opened(tmp_path / "damaged").translate("Night.", "en", "de")
    assert caught.value.meaning == "Nothing was translated."
    tiny.make_phi(tmp_path / "phi")
    with pytest.raises(EngineError, match="cannot be loaded"):
        opened(tmp_path / "phi").translate("Night.", "en", "de")


def test_what_was_fetched_is_used_unasked(installed_models: None) -> None:
    assert isinstance(engines.open("translator", "transformers").translate("A.", "en", "de"), str)
    # a describer's model of the same engine's name is none for translating
    with pytest.raises(UsageError, match="neither a model for “transformers” nor a folder"):
        engines.open("translator", "transformers:smolvlm2-500m")


def test_without_a_model_it_says_how_to_get_one() -> None:
    with pytest.raises(EngineError, match="needs a model") as caught:
        engines.open("translator", "transformers")
    assert "studio engines get m2m100-418m" in caught.value.advice
    with pytest.raises(EngineError, match="not on this machine"):
        engines.open("translator", "transformers:nllb-600m")
