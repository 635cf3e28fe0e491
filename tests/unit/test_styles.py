"""House styles: the bundled ones are sound, wrong ones are refused with their line."""

from __future__ import annotations

import re
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from studio import paths
from studio.errors import UsageError
from studio.script import checks, patterns, styles
from studio.script.patterns import BadPattern
from studio.script.rules import RULES
from studio.script.tomllines import line_of
from studio.settings import Settings
from tests.unit.checked import texts

BUNDLED = sorted(paths.resource("styles").glob("*.toml"))

GOOD = """\
format = 1
title = "Our house"
about = "For tests."
base = "neutral"

[rules."pace.too-fast"]
severity = "caution"
limit = 200
source = "Our handbook, page 3"

[rules."timing.crowded"]
severity = "off"
source = "Our handbook, page 3"

[[phrases]]
rule = "language.house"
language = "en"
words = [
    "heads for",
    "a couple of",
]
patterns = ['\\bgoes off\\b']
why = "It is slang."
source = "Our handbook, page 4"
"""


def refusal(text: str) -> str:
    with pytest.raises(UsageError) as refused:
        styles.parse(text, "ours", "ours.toml")
    assert refused.value.exit_code == 2
    assert "not checked" in refused.value.meaning
    return str(refused.value)


# --- what comes with the studio -------------------------------------------------------------------


@pytest.mark.parametrize("file", BUNDLED, ids=lambda file: file.stem)
def test_a_bundled_style_is_sound_and_names_its_sources(file: Path) -> None:
    style = styles.load(file.stem)
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    assert style.title == table["title"]
    for row in (*table.get("rules", {}).values(), *table.get("phrases", ())):
        assert len(row["source"]) > 10
    assert all(style.source(rule.id) for rule in RULES)


def test_the_styles_asked_for_are_there() -> None:
    assert set(styles.names()) >= {"neutral", "w3c", "netflix", "ofcom-itc", "dcmp", "acb-adc"}
    assert styles.load("neutral") is styles.load("neutral")


def test_the_table_of_rules_is_whole() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.asks.endswith(".")
        assert rule.source
        for number in rule.numbers:
            assert number.low <= number.default <= number.high
            if number.setting:
                assert number.default == getattr(Settings(), number.setting)


def test_no_bundled_style_bans_the_same_words_twice() -> None:
    for file in BUNDLED:
        seen: set[tuple[str, str, str]] = set()
        for one in styles.load(file.stem).phrases:
            for words in one.words:
                key = (one.rule, one.language, words.lower())
                assert key not in seen, key
                seen.add(key)


# --- reading --------------------------------------------------------------------------------------


def test_a_style_changes_what_it_names_and_keeps_the_rest() -> None:
    style = styles.parse(GOOD, "ours", "ours.toml")
    assert style.severity("pace.too-fast") == "caution"
    assert style.number("pace.too-fast", "limit", Settings()) == 200
    assert style.severity("timing.crowded") is None
    assert style.source("timing.crowded") == "Our handbook, page 3"
    assert style.severity("timing.over-speech") == "error"
    assert style.number("pace.fast", "limit", Settings(pace_caution=170)) == 170
    made = texts("We see that he heads for the door.", "It goes off.", "A Couple  of dogs.")
    told = [(one.rule, one.cue) for one in checks.check(made, "en", (), style)]
    assert ("language.viewer", "c1") in told
    assert [cue for rule, cue in told if rule == "language.house"] == ["c1", "c2", "c3"]


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("format = 1", "format = 2", 1, "format 1"),
        ("format = 1", "", 1, "format 1"),
        ("format = 1", "format = true", 1, "format 1"),
        ('title = "Our house"', "title = 3", 2, "title"),
        ('about = "For tests."\n', "", 1, "“about” is missing"),
        ('base = "neutral"', 'base = "nobody"', 4, "no style “nobody”"),
        ('base = "neutral"', 'base = "../../secret"', 4, "no style"),
        ('base = "neutral"', 'colour = "red"', 4, "“colour” is not known"),
        ("pace.too-fast", "pace.to-fast", 6, "Did you mean “pace.too-fast”?"),
        ('severity = "caution"', 'severity = "grave"', 7, "'grave'"),
        ("limit = 200", "limit = 20", 8, "from 80 to 600 (wpm)"),
        ("limit = 200", 'limit = "fast"', 8, "“limit”"),
        ("limit = 200", "limit = true", 8, "“limit”"),
        ("limit = 200", "limit = nan", 8, "“limit”"),
        ("limit = 200", "limits = 200", 8, "“limits” is not known"),
        ('limit = 200\nsource = "Our handbook, page 3"', "limit = 200", 6, "“source” is missing"),
        ("language.house", "language.tense", 16, "does not look for phrases"),
        ("language.house", "language.huose", 16, "there is no rule"),
        ('language = "en"', 'language = "English"', 17, "“English” is not a language"),
        ('"heads for"', '"!!!"', 19, "“!!!” is not a phrase"),
        ('"a couple of"', f'"{"a" * 101}"', 20, "is not a phrase"),
        ('"a couple of"', "7", 18, "list of texts"),
        ("goes off", "goes (off", 22, "opens a group that is not closed"),
        ("goes off", "goes [off", 22, "not closed"),
        ("goes off", "(goes+)+ off", 22, "repeats without end"),
        ("goes off", "(go{0,30}){0,30}", 22, "more than 2000 steps"),
        ("goes off", "(?=goes)", 22, "group of a kind that is not allowed"),
        ("goes off", "(go)\\1", 22, "is not allowed"),
        ('why = "It is slang."', "why = []", 23, "“why”"),
        ("[[phrases]]", "[phrases]", 15, "[[phrases]]"),
        ("limit = 200", "limit = ", 8, "not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(old: str, new: str, line: int, told: str) -> None:
    assert old in GOOD
    said = refusal(GOOD.replace(old, new, 1))
    assert f"ours.toml, line {line}:" in said
    assert told in said


@pytest.mark.parametrize(
    "bomb",
    [
        "a = " + "[\n" * 20_000,
        "a = " + "[\n" * 20_000 + "]" * 1000,
        "a = " + "{a=" * 600,
        "\n".join("b" * (1 + number) + ".a" * 900 + " = 1" for number in range(20)),
        "[" + "a." * 900 + "a]",
        "a = [\n" + "1, # one\n" * 6000 + "]",
        "a." * 20_000 + "a = 1",
        "'\u2028'." * 10_000 + "a = 1",
        "limit = " + "9" * 5000,
        "limit = 1e999",
    ],
)
def test_a_bomb_is_refused(bomb: str) -> None:
    begun = time.process_time()
    assert "ours.toml, line" in refusal(bomb)
    assert "ours.toml, line" in refusal(f"format = 1\n{bomb}\n")
    assert time.process_time() - begun < 20  # without the limits: minutes


def test_a_long_list_is_read_and_its_faults_found() -> None:
    many = "\n".join(f'    "words {number}",' for number in range(400))
    good = GOOD.replace('    "heads for",', many)
    assert len(styles.parse(good, "ours", "ours.toml").phrases[-1].words) == 401
    said = refusal(good.replace('"words 333"', '"!!!"').replace("goes off", "goes*"))
    assert "line 352: “!!!”" in said


def test_a_line_without_end_is_refused() -> None:
    assert "line 3: the line is longer" in refusal(GOOD.replace("For tests.", "a" * 2000))


def test_a_style_of_all_bans_is_bounded() -> None:
    many = ",\n".join(f'"word {number}"' for number in range(2001))
    assert "2000 rows of words" in refusal(GOOD.replace('"heads for"', many))
    costly = ", ".join(["'(?:a?){7}b'"] * 60)
    assert "10000 is the most" in refusal(GOOD.replace("'\\bgoes off\\b'", costly))


def test_a_style_is_found_by_name_by_path_and_at_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "settings_file", lambda: tmp_path / "settings.toml")
    folder = styles.user_folder()
    folder.mkdir()
    file = folder / "ours.toml"
    file.write_text(GOOD, encoding="utf-8")
    assert "ours" in styles.names()
    assert styles.load("ours").title == "Our house"
    assert styles.load(str(file)).name == "ours"
    file.write_text(GOOD.replace("Our house", "Another house"), encoding="utf-8")
    assert styles.load("ours").title == "Another house"
    for missing in ("nobody", "", "../neutral", str(tmp_path / "none.toml")):
        with pytest.raises(UsageError, match=r"no style|cannot be read"):
            styles.load(missing)


def test_a_huge_or_unreadable_style_is_refused(tmp_path: Path) -> None:
    huge = tmp_path / "huge.toml"
    huge.write_text("#" * (styles.LARGEST_FILE + 1), encoding="utf-8")
    with pytest.raises(UsageError, match="larger than 64 KiB"):
        styles.load(str(huge))
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="cannot be read"):
        styles.load(str(binary))


@given(st.text(max_size=200))
def test_any_text_is_a_style_or_refused(text: str) -> None:
    with pytest.raises(UsageError):
        styles.parse(text, "any", "any.toml")


@settings(max_examples=60)
@given(st.integers(0, len(GOOD)), st.text(max_size=4), st.integers(0, 4))
def test_a_damaged_style_is_a_style_or_refused(place: int, put_in: str, dropped: int) -> None:
    said = "line 1: "
    try:
        styles.parse(GOOD[:place] + put_in + GOOD[place + dropped :], "any", "any.toml")
    except UsageError as refused:
        said = refused.what
    assert re.search(r"line \d+: ", said)


# --- lines ----------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.integers(0, 6), st.integers(1, 6), st.data())
def test_every_value_is_found_on_its_line(comments: int, keys: int, data: st.DataObject) -> None:
    rows = ["# nothing"] * comments
    expected = {}
    for number in range(keys):
        if data.draw(st.booleans()):
            expected[f"k{number}",] = len(rows) + 1
            rows.append(f"k{number} = {number}")
        else:
            expected[f"k{number}", 1] = len(rows) + 3
            rows += [f"k{number} = [", '  "one",', f'  "two {number}",', "]"]
        rows += [""] * data.draw(st.integers(0, 2))
    for place, line in expected.items():
        assert line_of("\n".join(rows), place) == line


def test_a_value_that_is_missing_is_on_the_first_line() -> None:
    assert line_of("a = 1\nb = 2\n", ("c",)) == 1


# --- patterns -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(a|aa){1,30}$",
        "(a{0,30}){0,30}",
        "a{0,30}a{0,30}a{0,30}b",
        "(a?){30}",
        ".*",
        "x+",
        "[ab]{0,30}[ab]{0,30}cdefgh",
    ],
)
def test_a_catastrophic_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        patterns.compiled(pattern)


@pytest.mark.parametrize("pattern", ["", "a?", "(?:)", "^", "a|", "\\b", "x{0,3}"])
def test_a_pattern_that_matches_nothing_at_all_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern):
        patterns.compiled(pattern)


_PIECES = st.sampled_from(
    [
        "a",
        "b",
        " ",
        "\\w",
        ".",
        "[ab]",
        "[^a]",
        "\\b",
        "(?:a|b)",
        "(?:ab|a)",
        "a?",
        "[ab]{0,3}",
        "c{2}",
    ]
)


@given(st.lists(_PIECES, min_size=1, max_size=6).map("".join), st.text("abc ", max_size=20))
def test_what_is_accepted_means_what_it_means_to_python(pattern: str, text: str) -> None:
    assume(_accepted(pattern))
    found = patterns.compiled(pattern)
    assert bool(found.search(text)) == bool(re.search(pattern, text, re.IGNORECASE))
    keys = patterns.keys(pattern)
    if keys and found.search(text):
        assert any(key in text for key in keys)


@given(st.text("ab(|)?*+{}[]\\^$.,?:12w", max_size=25))
@example("[]a]")
@example("a{2}{3}")
@example("(a)(b)(?:c|d)")
def test_any_pattern_is_compiled_or_refused(pattern: str) -> None:
    if _accepted(pattern):
        assert patterns.compiled(pattern).search("") is None
        assert patterns.steps(pattern) <= patterns.MOST_STEPS


def test_a_style_at_its_limits_still_ends() -> None:
    """The costliest pattern that is let in, on texts made for it: seconds at most, not for ever."""
    worst = max(
        (f"(?:a|a){{{times}}}b" for times in range(2, 12) if _accepted(f"(?:a|a){{{times}}}b")),
        key=patterns.steps,
    )
    rows = ", ".join([f"'{worst}'"] * (styles.MOST_STEPS // 2 // patterns.steps(worst)))
    hostile = styles.parse(GOOD.replace("'\\bgoes off\\b'", rows), "ours", "ours.toml")
    made = texts(*(f"{'a' * 60} b {number}" for number in range(200)))
    begun = time.process_time()
    checks.check(made, "en", (), hostile)
    # 1,500 such cues would take seven times as long; without the bound, longer than the universe
    assert time.process_time() - begun < 30


def _accepted(pattern: str) -> bool:
    try:
        patterns.compiled(pattern)
    except BadPattern:
        return False
    return True
