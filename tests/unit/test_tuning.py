"""Learning from picks: examples, a ranker, and that forgetting it leaves no trace."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from studio import cli, engines, steps, wording
from studio.drafting.select import Candidate, choose
from studio.engines import Situation, picks
from studio.errors import UsageError
from studio.script import store
from studio.script.model import Cue, Draft, Film, Project, Version
from studio.times import Span
from studio.tuning.examples import Example, as_jsonl, matches, prompt
from studio.tuning.examples import picks as picks_of
from studio.tuning.score import accuracy, choices, learn, train

FILM = Film("film.mp4", 1, "f", 4_000_000, 320, 180, Fraction(25), None)

WHO = ["A man", "An old woman", "Two boys", "A dog", "The tall girl", "A nurse", "Three soldiers"]
DOES = ["opens", "pushes", "carries", "watches", "drops", "lifts", "hides", "paints"]
WHAT = ["a door", "a red box", "the letter", "a blue boat", "a lamp", "an apple", "the yellow kite"]
HOW = ["", "slowly ", "nervously ", "quickly ", "carefully "]
WHERE = ["", " in the kitchen", " at night", " near a wide river", " behind the old house"]
COLOURS = ("red", "blue", "yellow")


def line(chance: random.Random) -> str:
    parts = (chance.choice(words) for words in (WHO, HOW, DOES, WHAT, WHERE))
    who, how, does, what, where = parts
    return f"{who} {how}{does} {what}{where}."


def hidden(text: str) -> float:
    """What the simulated describer likes: colours and places, no adverbs, short."""
    likes = 2.0 * any(colour in text for colour in COLOURS) - 2.5 * ("ly " in text)
    return likes + 1.0 * ("river" in text or "night" in text) - 0.1 * len(text.split())


def simulated(seed: int, count: int, noise: float = 0.3) -> list[Example]:
    chance = random.Random(seed)
    found = []
    for number in range(count):
        texts: list[str] = []
        while len(texts) < 3:
            text = line(chance)
            if text not in texts:
                texts.append(text)
        marks = [hidden(text) + chance.gauss(0, noise) for text in texts]
        best = marks.index(max(marks))
        situation = Situation("en", 9, (line(chance),), (), line(chance))
        found.append(Example(f"c{number}", "accepted", situation, tuple(texts), best, texts[best]))
    return found


def with_model(model: picks.Model | None):
    def first(situation: Situation, texts: Sequence[str]) -> str:
        found = [Candidate(text) for text in texts]
        return choose(found, situation, ranker=model).best_first[0].text

    return first


# --- the ranker -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_hidden_preference_is_learned(seed: int) -> None:
    learned = learn(simulated(seed, 600), with_model)
    assert learned.tested > 100
    assert learned.chance == pytest.approx(1 / 3)
    assert learned.after >= 0.75
    assert learned.before < 0.55
    assert learned.model.picks == 600 - learned.tested


def test_it_is_right_about_another_film() -> None:
    model = train(simulated(4, 400))
    other = simulated(5, 300)
    assert accuracy(other, with_model(model)) >= 0.75
    assert accuracy(other, with_model(None)) < 0.55


def test_picks_without_a_preference_teach_nothing() -> None:
    chance = random.Random(9)
    found = [
        replace(one, chosen=at, text=one.candidates[at])
        for one in simulated(6, 400)
        for at in [chance.randrange(3)]
    ]
    assert learn(found, with_model).after < 0.5


def test_the_order_of_examples_and_candidates_changes_no_bit() -> None:
    found = simulated(7, 120)
    model = train(found)
    shuffled = list(found)
    random.Random(3).shuffle(shuffled)
    assert train(shuffled) == model
    turned = [
        replace(one, candidates=one.candidates[::-1], chosen=2 - (one.chosen or 0)) for one in found
    ]
    one_way, other_way = model, train(turned)
    assert other_way.weight == pytest.approx(one_way.weight, abs=1e-9)


def test_too_few_picks_are_a_sentence() -> None:
    with pytest.raises(UsageError, match="There are 19 choices"):
        learn(simulated(1, 19), with_model)
    nothing = [replace(one, chosen=None) for one in simulated(1, 300)]
    with pytest.raises(UsageError, match="There are 0 choices"):
        learn(nothing, with_model)


def test_forgetting_restores_every_bit(tmp_path: Path) -> None:
    found = simulated(8, 200)
    cases = [[Candidate(text) for text in one.candidates] for one in found]

    def orders() -> list:
        row = engines.rows("ranker")[0]
        ranker = None if row.missing() else engines.open("ranker", row.name)
        pairs = zip(found, cases, strict=True)
        return [choose(case, one.situation, ranker=ranker) for one, case in pairs]

    before = orders()
    file = wording.own_ranker_file()
    wording.learn_picks(found, file)
    assert orders() != before
    file.unlink()
    assert orders() == before
    wording.learn_picks(found, file)
    first = file.read_bytes()
    wording.learn_picks(found[::-1], file)
    assert file.read_bytes() == first


# --- examples -------------------------------------------------------------------------------------

DRAFTS = ("A man opens a door.", "A door.", "A man slowly opens the wooden door of a house.")


def cue(number: int, text: str, *, accepted: bool = True, drafts: Sequence[str] = DRAFTS) -> Cue:
    start = 5000 * number
    return Cue(
        f"c{number}",
        start,
        start + 3000,
        (Version("en", text),),
        tuple(Draft("en", one, "e", ("saw: A man at a door.",)) for one in drafts),
        accepted=accepted,
    )


def test_what_people_made_of_drafts() -> None:
    project = Project(
        FILM,
        cues=(
            cue(0, DRAFTS[1]),
            cue(1, "A man opens a red door."),
            cue(2, "Snow falls."),
            cue(3, DRAFTS[0], accepted=False),
            cue(4, "Rain.", drafts=()),
            cue(5, ""),
            cue(6, DRAFTS[0], drafts=("", DRAFTS[0])),
            replace(cue(7, ""), versions=(Version("de", "Regen."),)),
        ),
    )
    found = picks_of(project, "en")
    assert [(one.cue, one.kind, one.chosen) for one in found] == [
        ("c0", "accepted", 1),
        ("c1", "edited", 0),
        ("c2", "rejected", None),
        ("c5", "silent", None),
        ("c6", "accepted", 0),
    ]
    assert found[1].situation == Situation("en", 8, (DRAFTS[1],), (), "A man at a door.")
    assert len(choices(found)) == 2
    assert picks_of(project, "de") == ()


def test_a_script_picks_the_nearest_candidate() -> None:
    project = Project(FILM, cues=tuple(cue(n, "", accepted=False) for n in range(4)))
    script = [
        (Span(200, 2500), "A man opens the door."),
        (Span(5100, 7000), "The wooden door of the house slowly opens."),
        (Span(5000, 5050), "Short."),
        (Span(16_000, 17_000), "Elephants trumpet."),
        (Span(900_000, 901_000), "A door."),
    ]
    found = matches(project, "en", script)
    assert [(one.cue, one.kind, one.chosen) for one in found] == [
        ("c0", "matched", 0),
        ("c1", "matched", 2),
    ]
    assert found[0].text == "A man opens the door."


def test_examples_as_lines_of_json() -> None:
    found = picks_of(Project(FILM, cues=(cue(0, DRAFTS[1]), cue(1, "Snow falls."))), "en")
    rows = [json.loads(one) for one in as_jsonl(found).splitlines()]
    assert [row["response"] for row in rows] == [DRAFTS[1], "Snow falls."]
    assert rows[0]["kind"] == "accepted"
    assert rows[0]["candidates"][rows[0]["chosen"]] == DRAFTS[1]
    assert rows[1]["chosen"] is None
    assert rows[1]["prompt"] == (
        "Choose an audio description of at most 8 words in “en”.\n"
        "Described before:\n- A door.\n"
        "Seen:\n- A man at a door.\n"
        "Candidates:\n- A door.\n- A man opens a door.\n"
        "- A man slowly opens the wooden door of a house.\n"
        "Description:"
    )
    turned = replace(found[0], candidates=found[0].candidates[::-1])
    assert prompt(turned.situation, turned.candidates) == rows[0]["prompt"]


# --- at a prompt ----------------------------------------------------------------------------------


@pytest.fixture
def project_file(tmp_path: Path) -> Path:
    cues = tuple(
        replace(
            cue(number, one.text, drafts=one.candidates),
            start=5000 * number,
            end=5000 * number + 3400,
        )
        for number, one in enumerate(simulated(11, 300))
    )
    file = tmp_path / "film.adproject"
    store.save(Project(FILM, cues=cues), file)
    return file


def test_learning_and_forgetting_at_a_prompt(
    project_file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["tune", "ranker", str(project_file), "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert said["after"] > 0.7
    assert said["before"] < 0.5
    assert said["tested"] + said["picks"] == 300
    assert Path(said["file"]) == wording.own_ranker_file()
    assert steps._own_ranker() is not None
    assert cli.run(["tune", "ranker", str(project_file)]) == 0
    assert "the first offer was right in" in capfd.readouterr().out
    assert cli.run(["tune", "ranker", "--forget"]) == 0
    assert "forgotten" in capfd.readouterr().out
    assert steps._own_ranker() is None
    assert cli.run(["tune", "ranker", "--forget"]) == 0
    assert "Nothing had been learned" in capfd.readouterr().out
    assert cli.run(["tune", "ranker"]) == 2
    assert cli.run(["tune", "ranker", str(project_file), "--forget"]) == 2


def test_examples_at_a_prompt(project_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = project_file.with_name("picks.jsonl")
    assert cli.run(["tune", "examples", str(project_file), "-o", str(out)]) == 0
    assert "300 examples: 300 accepted." in capfd.readouterr().out
    assert len(out.read_text(encoding="utf-8").splitlines()) == 300
    script = project_file.with_name("script.srt")
    script.write_text("1\n00:00:00,500 --> 00:00:02,000\nThe man opens a door.\n")
    command = ["tune", "examples", str(project_file), "-o", str(out), "--script", str(script)]
    assert cli.run([*command, "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert said["examples"] == said["matched"] == 1
