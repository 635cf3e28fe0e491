"""A language model learns what a describer writes: a tiny random phi, loaded the real way."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio import cli, engines, paths, wording
from studio.drafting import ranking
from studio.drafting.select import Candidate, choose
from studio.engines import Situation, adapter
from studio.engines.causal import Causal, prompt
from studio.errors import EngineError, UsageError
from studio.progress import Cancelled, unwatched
from studio.tuning import checkpoint, train
from studio.tuning.pairs import FEWEST, Pair, of_examples, read, split
from studio.tuning.train import Recipe, Taught, teach
from tests.chat_server import serving
from tests.engines import tiny
from tests.engines.stopping import StoppedAt
from tests.make_media import film
from tests.unit.test_tuning import DRAFTS, FILM, Project, cue, picks_of, simulated, store

RECIPE = Recipe(epochs=2, batch=4, rate=5e-3, rank=4, dropout=0.1)
LIKED, OTHER = "The old harbour lies in fog.", "Somebody walks along a street."


def pairs(count: int = 32) -> list[Pair]:
    """Choices in which one and the same text is always taken."""
    situations = (Situation("en", 9, (f"Number {at} rings.",)) for at in range(count))
    return [Pair(prompt(one, (LIKED, OTHER)), LIKED) for one in situations]


def weights(folder: Path) -> bytes:
    return (folder / "adapter_model.safetensors").read_bytes()


def learned(base: Path, out: Path, **changes: Any) -> Taught:
    return teach(pairs(), base, out, unwatched(), replace(RECIPE, **changes))


@pytest.fixture(scope="module")
def trained(tiny_phi: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """An adapter that was learned in one go, and how often it was asked whether to stop."""
    folder = tmp_path_factory.mktemp("unbroken") / "adapter"
    watched = StoppedAt(10**9)
    teach(pairs(), tiny_phi, folder, watched, RECIPE)
    return folder, watched.looks


@pytest.fixture(scope="module")
def unbroken(trained: tuple[Path, int]) -> Path:
    return trained[0]


@pytest.fixture(scope="module")
def half_way(trained: tuple[Path, int]) -> int:
    return trained[1] // 2


# --- learning -------------------------------------------------------------------------------------


def test_the_loss_falls_on_pairs_it_never_saw(tiny_phi: Path, tmp_path: Path) -> None:
    taught = learned(tiny_phi, tmp_path / "adapter", epochs=3, rank=16, rate=2e-2)
    assert taught.tested == 4
    assert taught.pairs == 28
    assert taught.steps == 21
    assert taught.before > 5  # guessing would be the logarithm of how many words it has
    assert taught.after < 0.5 * taught.before
    said = json.loads((tmp_path / "adapter" / "learned.json").read_text())
    assert said["after"] == taught.after
    assert said["model"] == str(tiny_phi.resolve())
    assert sorted(one.name for one in tmp_path.iterdir()) == ["adapter"]
    assert sorted(one.name for one in (tmp_path / "adapter").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
        "learned.json",
    ]


@pytest.fixture(scope="module")
def likes_other(tiny_phi: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a ranker that has learned to like what is not offered first without it."""
    folder = tmp_path_factory.mktemp("taste") / "adapter"
    taught = [replace(one, response=OTHER) for one in pairs()]
    teach(taught, tiny_phi, folder, unwatched(), replace(RECIPE, rate=2e-2))
    return f"adapter:{folder}"


def test_it_changes_the_choice_and_leaving_it_out_restores_it(likes_other: str) -> None:
    situation = Situation("en", 9, ("Number 99 rings.",))
    found = [Candidate(LIKED), Candidate(OTHER)]

    def chosen(name: str | None) -> Any:
        return choose(found, situation, ranker=ranking.ranker(name))

    before = chosen(None)
    assert before.best_first[0].text == LIKED
    assert chosen(likes_other).best_first[0].text == OTHER
    found.reverse()
    assert chosen(likes_other).best_first[0].text == OTHER
    assert chosen(None) == before
    assert chosen("none") == before


def test_drafting_follows_it_when_it_is_named(
    likes_other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film(tmp_path / "film.mp4", seconds=6, sound=False)
    assert cli.run(["new", str(tmp_path / "film.mp4"), "--quiet"]) == 0
    file = tmp_path / "film.adproject"
    untouched = file.read_bytes()

    def drafted(*options: str) -> list[str]:
        file.write_bytes(untouched)
        command = ["draft", str(file), "--describer", "openai-compatible", "--quiet", *options]
        assert cli.run(command) == 0
        return [one.text for one in store.load(file).cues[0].drafts]

    with serving(lambda asked: asked.say(f"{LIKED}\n{OTHER}")) as server:
        for row, value in {"url": server.url, "model": "tiny", "key": ""}.items():
            monkeypatch.setenv(f"STUDIO_OPENAI_COMPATIBLE_{row.upper()}", value)
        assert drafted() == [LIKED, OTHER]
        assert drafted("--ranker", likes_other) == [OTHER, LIKED]
        assert drafted() == [LIKED, OTHER]
        monkeypatch.setenv("STUDIO_DRAFTING_RANKER", likes_other)
        assert drafted() == [OTHER, LIKED]
        assert drafted("--ranker", "none") == [LIKED, OTHER]


def test_dropping_out_takes_part(tiny_phi: Path, tmp_path: Path, unbroken: Path) -> None:
    """Else the test below could not tell whether chance is the same after a stop."""
    learned(tiny_phi, tmp_path / "none", dropout=0.0)
    assert weights(tmp_path / "none") != weights(unbroken)
    learned(tiny_phi, tmp_path / "other", seed=1)
    assert weights(tmp_path / "other") != weights(unbroken)


@pytest.mark.parametrize("shares", [(0.5,), (0.2, 0.31, 0.16, 0.07)])
def test_a_training_stopped_anywhere_ends_as_if_it_had_not_been(
    tiny_phi: Path, tmp_path: Path, trained: tuple[Path, int], shares: tuple[float, ...]
) -> None:
    unbroken, looks = trained
    for share in shares:
        with pytest.raises(Cancelled):
            teach(pairs(), tiny_phi, tmp_path / "adapter", StoppedAt(int(share * looks)), RECIPE)
        assert not (tmp_path / "adapter").exists()
    done = learned(tiny_phi, tmp_path / "adapter")
    assert 0 < done.resumed < done.steps
    assert weights(tmp_path / "adapter") == weights(unbroken)
    said, kept = (
        json.loads((one / "learned.json").read_text()) for one in (tmp_path / "adapter", unbroken)
    )
    assert (said["before"], said["after"]) == (kept["before"], kept["after"])


def test_a_training_that_died_goes_on_from_what_was_kept(
    tiny_phi: Path, tmp_path: Path, unbroken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = train._Course.learn

    def dies(course: Any) -> None:
        if course.step == 6:
            raise RuntimeError("CUDA out of memory")
        real(course)

    with monkeypatch.context() as patch:
        patch.setattr(train, "_KEEP_EVERY", 0.0)
        patch.setattr(train._Course, "learn", dies)
        with pytest.raises(EngineError, match="CUDA out of memory") as caught:
            learned(tiny_phi, tmp_path / "adapter")
    assert "is kept" in caught.value.meaning
    done = learned(tiny_phi, tmp_path / "adapter")
    assert done.resumed == 6
    assert weights(tmp_path / "adapter") == weights(unbroken)


def test_the_order_of_the_examples_changes_no_bit(
    tiny_phi: Path, tmp_path: Path, unbroken: Path
) -> None:
    turned = [*pairs()[::-1], *pairs()[:3]]
    teach(turned, tiny_phi, tmp_path / "adapter", unwatched(), RECIPE)
    assert weights(tmp_path / "adapter") == weights(unbroken)


def test_it_looks_whether_it_is_wanted_on_the_way_there_and_back(
    trained: tuple[Path, int],
) -> None:
    """So that even a step of minutes ends at once: at each of 12 matrices and its thin pair."""
    forwards = 3 * 12 * (2 * 28 + 2 * 4)
    backwards = 2 * 12 * 2 * 28
    assert trained[1] >= forwards + backwards


def test_torch_is_left_as_it_was(tiny_phi: Path, tmp_path: Path) -> None:
    import torch

    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    learned(tiny_phi, tmp_path / "adapter", epochs=1)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not torch.are_deterministic_algorithms_enabled()


def test_other_examples_do_not_go_on_with_a_stopped_training(
    tiny_phi: Path, tmp_path: Path, half_way: int
) -> None:
    with pytest.raises(Cancelled):
        teach(pairs(), tiny_phi, tmp_path / "adapter", StoppedAt(half_way), RECIPE)
    with pytest.raises(UsageError, match="other examples, another model or other settings"):
        teach(pairs(33), tiny_phi, tmp_path / "adapter", unwatched(), RECIPE)
    with pytest.raises(UsageError, match="--restart"):
        learned(tiny_phi, tmp_path / "adapter", rank=8)
    taught = teach(pairs(33), tiny_phi, tmp_path / "adapter", unwatched(), RECIPE, restart=True)
    assert taught.resumed == 0


def test_a_damaged_checkpoint_is_a_sentence(
    tiny_phi: Path, tmp_path: Path, unbroken: Path, half_way: int
) -> None:
    with pytest.raises(Cancelled):
        teach(pairs(), tiny_phi, tmp_path / "adapter", StoppedAt(half_way), RECIPE)
    (kept,) = tmp_path.rglob(checkpoint.FILE)
    kept.write_bytes(kept.read_bytes()[:500])
    with pytest.raises(UsageError, match="cannot be read") as caught:
        learned(tiny_phi, tmp_path / "adapter")
    assert "--restart" in caught.value.advice
    teach(pairs(), tiny_phi, tmp_path / "adapter", unwatched(), RECIPE, restart=True)
    assert weights(tmp_path / "adapter") == weights(unbroken)


def test_an_adapter_is_replaced_by_a_whole_one_only(
    tiny_phi: Path, tmp_path: Path, unbroken: Path, half_way: int
) -> None:
    out = tmp_path / "adapter"
    shutil.copytree(unbroken, out)
    with pytest.raises(Cancelled):
        teach(pairs(33), tiny_phi, out, StoppedAt(half_way), RECIPE)
    assert weights(out) == weights(unbroken)
    teach(pairs(33), tiny_phi, out, unwatched(), RECIPE)
    assert weights(out) != weights(unbroken)
    assert [one.name for one in tmp_path.iterdir()] == ["adapter"]
    (tmp_path / "thesis").mkdir()
    with pytest.raises(UsageError, match="is no adapter of the studio"):
        learned(tiny_phi, tmp_path / "thesis")


def test_numbers_that_run_away_are_a_sentence(tiny_phi: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="ran away at step"):
        learned(tiny_phi, tmp_path / "adapter", rate=1e30)
    assert not (tmp_path / "adapter").exists()


@pytest.mark.parametrize("what", ["nothing", "a translator"])
def test_what_is_no_language_model_is_a_sentence(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "model"
    if what == "nothing":
        folder.mkdir()
    else:
        tiny.make_madlad(folder)
    with pytest.raises(EngineError, match="cannot be loaded") as caught:
        learned(folder, tmp_path / "adapter")
    assert caught.value.meaning == "Nothing was learned."
    assert [one.name for one in tmp_path.iterdir()] == ["model"]


# --- ranking --------------------------------------------------------------------------------------

SITUATION = Situation("en", 9, ("Number 7 rings.",), (), "fog over ships")


@pytest.fixture(scope="module")
def causal(tiny_phi: Path) -> Causal:
    """The model, loaded; transformers ends the threads that read it later."""
    return Causal(tiny_phi)


def test_a_text_is_as_likely_as_its_tokens_are_on_the_mean(causal: Causal) -> None:
    import torch

    model = causal
    asked = prompt(SITUATION, (LIKED, OTHER))
    endings = (LIKED, "", OTHER, "A dog.")
    found = model.likelihoods(asked, endings)
    for ending, value in zip(endings, found, strict=True):
        both = model.tokens(asked, ending)
        with torch.no_grad():
            logits = model.model(torch.tensor([both.ids])).logits[0].double()
        said = torch.log_softmax(logits, -1)[range(len(both.ids) - 1), both.ids[1:]]
        assert value == pytest.approx(float(said[-both.ending :].mean()), abs=1e-5)
    assert model.likelihoods(asked, endings[::-1]) == found[::-1]


def test_a_prompt_too_long_loses_its_beginning(causal: Causal) -> None:
    model = causal
    asked = "word " * 2000 + "Description:"
    both = model.tokens(asked, LIKED)
    assert len(both.ids) == model.longest == 512
    assert model.tokenizer.decode(both.ids).endswith(f"Description: {LIKED}</s>")
    endless = model.tokens(asked, "dog " * 2000)
    assert len(endless.ids) == 512
    assert all(value < 0 for value in model.likelihoods(asked, (LIKED, "dog " * 2000)))


def test_ranks_are_shares_whatever_the_order(tiny_adapter: Path) -> None:
    ranker = engines.open("ranker", f"adapter:{tiny_adapter}")
    texts = (LIKED, OTHER, "", "A dog.", LIKED)
    found = ranker.rank(SITUATION, texts)
    assert found[0] == found[4]
    assert sum(found[:4]) == pytest.approx(1)
    assert ranker.rank(SITUATION, texts[::-1]) == found[::-1]
    digits = replace(SITUATION, dialogue=("Take 1!", "2", "Choose the third: 3."))
    assert ranker.rank(digits, texts) == found


def test_ranking_is_left_in_the_middle_of_a_text(tiny_adapter: Path) -> None:
    ranker = engines.open("ranker", f"adapter:{tiny_adapter}")
    found = ranker.rank(SITUATION, (LIKED, OTHER))
    for look in (2, 40, 90):
        with pytest.raises(Cancelled):
            ranker.rank(SITUATION, (LIKED, OTHER), StoppedAt(look).check)
    assert ranker.rank(SITUATION, (LIKED, OTHER)) == found


def test_one_learned_anew_is_loaded_anew(tiny_phi: Path, tmp_path: Path) -> None:
    out = tmp_path / "adapter"
    learned(tiny_phi, out, epochs=1)
    ranker = engines.open("ranker", f"adapter:{out}")
    before = ranker.rank(SITUATION, (LIKED, OTHER))
    learned(tiny_phi, out, epochs=4)
    assert ranker.rank(SITUATION, (LIKED, OTHER)) != before


def damaged(where: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / where).write_text(text) and None


@pytest.mark.parametrize(
    "damage",
    [
        damaged("learned.json", "{"),
        damaged("learned.json", "[]"),
        damaged("learned.json", '{"format": 1, "prompt": 1}'),
        damaged("adapter_model.safetensors", "no"),
        damaged("adapter_config.json", "{}"),
        shutil.rmtree,
    ],
)
def test_a_damaged_adapter_is_a_sentence(
    damage: Callable[[Path], None], unbroken: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "adapter"
    shutil.copytree(unbroken, folder)
    damage(folder)
    with pytest.raises(EngineError, match="cannot be used") as caught:
        engines.open("ranker", f"adapter:{folder}").rank(SITUATION, (LIKED, OTHER))
    assert caught.value.meaning == "Drafts could not be put in your order."


def test_its_own_model_is_wanted(tmp_path: Path) -> None:
    base = tmp_path / "phi"
    tiny.make_phi(base)
    learned(base, tmp_path / "adapter", epochs=1)
    name = f"adapter:{tmp_path / 'adapter'}"
    said = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps({**said, "partial_rotary_factor": 1.0}))
    with pytest.raises(EngineError, match="is not the one that"):
        engines.open("ranker", name)
    base.rename(tmp_path / "elsewhere")
    with pytest.raises(EngineError, match="is not in") as caught:
        engines.open("ranker", name)
    assert "write its new folder into" in caught.value.advice


def test_an_adapter_of_other_prompts_is_not_used(unbroken: Path, tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    shutil.copytree(unbroken, folder)
    said = json.loads((folder / "learned.json").read_text())
    (folder / "learned.json").write_text(json.dumps({**said, "prompt": said["prompt"] + 1}))
    with pytest.raises(EngineError, match="another version of the studio made it"):
        engines.open("ranker", f"adapter:{folder}")


# --- whose taste ----------------------------------------------------------------------------------


def test_the_user_may_set_up_whose_taste_is_followed(
    tiny_adapter: Path, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ranking.ranker() is None
    monkeypatch.setenv("STUDIO_DRAFTING_RANKER", f"adapter:{tiny_adapter}")
    assert isinstance(ranking.ranker(), adapter.Adapter)
    assert ranking.ranker("none") is None
    monkeypatch.delenv("STUDIO_DRAFTING_RANKER")
    paths.engines_file().parent.mkdir(parents=True, exist_ok=True)
    paths.engines_file().write_text(f'[drafting]\nranker = "adapter:{tiny_adapter}"\n')
    assert isinstance(ranking.ranker(), adapter.Adapter)
    paths.engines_file().unlink()
    assert ranking.ranker() is None
    with pytest.raises(UsageError, match="There is no ranker “nobody”"):
        ranking.ranker("nobody")
    with pytest.raises(EngineError, match="studio tune adapter"):
        ranking.ranker("adapter")


# --- pairs ----------------------------------------------------------------------------------------


def test_pairs_are_what_people_wrote_in_place_of_drafts() -> None:
    project = Project(FILM, cues=(cue(0, DRAFTS[1]), cue(1, "Snow falls."), cue(2, "")))
    found = of_examples(picks_of(project, "en"))
    assert [one.response for one in found] == [DRAFTS[1], "Snow falls."]
    assert found[0].prompt.endswith("Description:")


def test_pairs_from_lines_of_json(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    good = '{"prompt": "a", "response": " b "}\n\n{"prompt": "c", "response": " ", "more": 1}\n'
    file.write_text(good)
    assert read(file) == (Pair("a", "b"),)
    for bad in ("[]", "7", "{", '{"prompt": "a"}', '{"prompt": " ", "response": "b"}', '{"a": 1}'):
        file.write_text(good + bad)
        with pytest.raises(UsageError, match=r"Line 4 of .* is no pair"):
            read(file)
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path / "none.jsonl")


def test_a_prompt_is_either_learned_or_tested() -> None:
    found = [Pair(f"p{at // 2}", f"r{at}") for at in range(60)]
    taught, tested = split(found)
    assert sorted((*taught, *tested)) == sorted(found)
    assert not {one.prompt for one in taught} & {one.prompt for one in tested}
    assert split(found[::-1] + found) == (taught, tested)
    with pytest.raises(UsageError, match=f"There are {FEWEST - 1} different examples"):
        split(found[: FEWEST - 1] * 3)
    with pytest.raises(UsageError, match="1 different prompts"):
        split([Pair("p", f"r{at}") for at in range(60)])


# --- at a prompt ----------------------------------------------------------------------------------


def test_learning_at_a_prompt(
    tiny_phi: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cues = tuple(
        replace(
            cue(at, one.text, drafts=one.candidates), start=5000 * at, end=5000 * at + 3400
        )
        for at, one in enumerate(simulated(11, 24))
    )  # fmt: skip
    project = tmp_path / "film.adproject"
    store.save(Project(FILM, cues=cues), project)
    lines = tmp_path / "more.jsonl"
    lines.write_text("".join(f'{{"prompt": "p{at}", "response": "r"}}\n' for at in range(8)))
    command = ["tune", "adapter", str(project), str(lines), "--model", str(tiny_phi)]
    assert cli.run([*command, "--epochs", "1", "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert said["pairs"] + said["tested"] == 32
    assert said["folder"] == str(wording.own_adapter_folder())
    assert isinstance(ranking.ranker("adapter"), adapter.Adapter)
    assert ranking.ranker() is None
    assert cli.run([*command, "-o", str(tmp_path / "adapter"), "--epochs", "1"]) == 0
    out, _ = capfd.readouterr()
    assert "On 4 other examples a token was" in out
    assert f"--ranker adapter:{tmp_path / 'adapter'}" in out
    assert cli.run([*command[:-1], "phi-3"]) == 2
    assert cli.run([*command[:-1], "phi-2"]) == 5
    assert "studio engines get phi-2" in capfd.readouterr().err
