"""What models are asked: the templates, and what a broken one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio import paths
from studio.drafting import prompts
from studio.engines import SEEN
from studio.errors import UsageError
from studio.script.model import Person

GOOD = paths.resource("prompts/neutral.toml").read_text(encoding="utf-8")
FILES = sorted(paths.resource("prompts").glob("*.toml"))


@pytest.fixture
def own() -> Path:
    folder = paths.settings_file().with_name("prompts")
    folder.mkdir(parents=True)
    return folder


def asked(name: str = "neutral", **changes: object):
    values: dict = {
        "language": "de",
        "duration": 3456,
        "limit": 9,
        "before": ("A door opens.",),
        "dialogue": ("Who is there?", "It is {seen} me."),
        "cast": (Person("ann", "Ann", 1, "a tall woman"), Person("bob", "Bob", 2)),
        "story": "Ann {seen} looks for her brother.\nIt is {winter}.",
        **changes,
    }
    return prompts.brief(prompts.load(name), **values)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_style_asks_with_all_that_is_known(file: Path) -> None:
    found = prompts.load(file.stem)
    assert found.label == f"prompt {file.stem} {found.version}"
    assert 3 <= found.candidates <= 5
    assert found.examples
    brief = asked(file.stem)
    for text in (brief.look, brief.shorten):
        for known in (
            "- A door opens.",
            "- Who is there?",
            "- Ann: a tall woman\n- Bob",
            "9 words",
            "Ann (seen) looks for her brother.\nIt is (winter).",
        ):
            assert known in text
    assert brief.shorten.count(SEEN) == 1
    assert "“de”" in brief.shorten
    assert "3.5 seconds" in brief.shorten
    assert all(f"Wrong: {a}\nRight: {b}" in brief.shorten for a, b in found.examples)
    assert "{" not in brief.look + brief.shorten.replace(SEEN, "")


def test_what_is_not_known_is_said_to_be_nothing() -> None:
    brief = asked(before=(), dialogue=("", "  "), cast=(), story=" ")
    assert brief.look.count("(nothing)") == 4


def test_templates_from_before_there_was_a_story_still_ask(own: Path) -> None:
    without = "".join(line for line in GOOD.splitlines(True) if "{story}" not in line)
    (own / "neutral.toml").write_text(without)
    brief = asked()
    assert "brother" not in brief.look + brief.shorten
    assert "Ann: a tall woman" in brief.look


def test_a_style_without_prompts_asks_with_the_neutral_ones() -> None:
    assert prompts.load("house of somebody") == prompts.load("neutral")


def test_a_users_own_prompts_go_first(own: Path) -> None:
    (own / "neutral.toml").write_text(GOOD.replace("version = 2", "version = 7"))
    assert prompts.load("neutral").label == "prompt neutral 7"
    (own / "mine.toml").write_text(GOOD.replace("version = 2", "version = 9"))
    assert prompts.load("mine").label == "prompt mine 9"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{cast}", "{kast}", "{kast}, which is not known"),
        ("{cast}", "", "lacks the field {cast}"),
        ("{seen}\n", "\n", "lacks the field {seen}"),
        ("{seen}\n", "{seen} {seen}\n", "more than once"),
        ("{cast}", "{cast", "unmatched"),
        ("version = 2", "", "“version” is missing"),
        ("version = 2", "version = '2'", "whole numbers"),
        ("candidates = 4", "candidates = 40", "from 1 to 8"),
        ("candidates = 4", "candidates = 4\ncolour = 1", "“colour” is not known"),
        ("version = 2", "version =", "Invalid"),
        ('wrong = "There', 'wring = "There', "wrong"),
    ],
)
def test_a_broken_template_is_a_sentence(own: Path, old: str, new: str, words: str) -> None:
    head, split, tail = GOOD.partition('system = """')
    text = head.replace(old, new) + split + tail.replace(old, new)
    (own / "neutral.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        prompts.load("neutral")
    assert words in caught.value.what
    assert str(own / "neutral.toml") in caught.value.what
