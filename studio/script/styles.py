"""House styles: which rules hold for a script, how grave they are, and the words they look for.

A style is a TOML file, one of those in resources/styles, one of the user's, or any other by its
path. It stands on another one, its `base`, and says only what differs:

    format = 1
    title = "Our house"
    about = "What it is for."
    base = "neutral"

    [rules."pace.too-fast"]
    severity = "caution"           # error, caution, info or off
    limit = 200                    # a number of the rule, see studio.script.rules
    source = "Our handbook, page 3"

    [[phrases]]
    rule = "language.house"
    language = "en"
    words = ["heads for"]          # these words in a row, upper and lower case alike
    patterns = ['\\bgoes off\\b']  # see studio.script.patterns
    why = "It is slang."
    source = "Our handbook, page 4"

Everything is checked on reading, and what is wrong is told with its line.
"""

from __future__ import annotations

import difflib
import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from studio import paths
from studio.errors import UsageError
from studio.script import tomllines
from studio.script.model import DEFAULT_STYLE, Issue, Project, Severity
from studio.script.patterns import BadPattern, compiled, steps
from studio.script.rules import BY_ID, Rule
from studio.script.tomllines import Place
from studio.settings import Settings

SUFFIX = ".toml"
FORMAT = 1
LARGEST_FILE = 64 * 1024
"""Bytes a style file may have."""
LONGEST_LINE = 2000
"""Characters a line of it may have: a key of many parts takes their square to read."""
MOST_PHRASES = 2000
"""Rows of words a style may hold, all lists together."""
LONGEST_PHRASE = 100
"""Characters they may have, each."""
MOST_STEPS = 10_000
"""Steps that all patterns of a style together may take at one place of a text."""

_OFF: Literal["off"] = "off"
_SEVERITIES = (*get_args(Severity), _OFF)
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)
_LINE = re.compile(r"\(at line (\d+)")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a style says of one rule. severity: None for the rule's own. numbers: by name."""

    severity: Severity | Literal["off"] | None = None
    numbers: tuple[tuple[str, float], ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """Words that a rule looks for in one language ("en", also in "en-gb").

    words: rows of words, as written. patterns: see studio.script.patterns. why: what is wrong with
    them, and what to do, as sentences.
    """

    rule: str
    language: str
    words: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    why: str
    source: str


@dataclass(frozen=True, eq=False)
class Style:
    """A style with all of its bases. Two styles are the same only if they were read together."""

    name: str
    title: str
    about: str
    choices: Mapping[str, Choice]
    phrases: tuple[Phrases, ...]

    def severity(self, rule: str) -> Severity | None:
        """How grave a breach of the rule is; None where it does not matter."""
        chosen = self.choices.get(rule, Choice()).severity
        if chosen == _OFF:
            return None
        return BY_ID[rule].severity if chosen is None else chosen

    def number(self, rule: str, name: str, settings: Settings) -> float:
        """A number of a rule: the style's, else the project's setting, else the rule's own."""
        told = dict(self.choices.get(rule, Choice()).numbers)
        if name in told:
            return told[name]
        row = next(one for one in BY_ID[rule].numbers if one.name == name)
        return float(getattr(settings, row.setting)) if row.setting else row.default

    def source(self, rule: str) -> str:
        """Who asks for it."""
        return self.choices.get(rule, Choice()).source or BY_ID[rule].source


def user_folder() -> Path:
    """Where the user's own styles lie; need not exist."""
    return paths.settings_file().parent / "styles"


def names() -> tuple[str, ...]:
    """The styles that can be asked for by name, those of the studio first."""
    own = sorted(path.stem for path in paths.resource("styles").glob(f"*{SUFFIX}"))
    users = sorted(path.stem for path in user_folder().glob(f"*{SUFFIX}"))
    return tuple(dict.fromkeys((*own, *users)))


def house_style(project: Project) -> tuple[Style, tuple[Issue, ...]]:
    """The style of a project; the neutral one and an issue that says so where it is missing."""
    try:
        return load(project.style), ()
    except UsageError as error:
        what = (
            f"The house style “{project.style}” cannot be used, so the neutral one was. "
            f"{error.what} {error.advice}".rstrip()
        )
        return load(DEFAULT_STYLE), (Issue("style.unknown", "error", what),)


def load(name: str) -> Style:
    """The style of that name, or in the file of that path, which ends in .toml.

    Raises UsageError where there is none, or where something in it is wrong, naming the line.
    """
    file = Path(name) if name.endswith(SUFFIX) else _file_of(name)
    try:
        stamp = file.stat()
    except OSError as error:
        raise UsageError(
            f"The style file {file} cannot be read ({error.strerror or error}).",
            "The texts were not checked.",
        ) from error
    return _load(file, stamp.st_mtime_ns, stamp.st_size)


def _file_of(name: str) -> Path:
    bundled = paths.resource("styles") / f"{name}{SUFFIX}"
    own = user_folder() / f"{name}{SUFFIX}"
    found = next((file for file in (bundled, own) if name and file.is_file()), None)
    if found is None or found.parent.name != "styles":
        raise UsageError(
            f"There is no style “{name}”.",
            "The texts were not checked.",
            f"Choose from: {', '.join(names())}; or give the path of a {SUFFIX} file.",
        )
    return found


@functools.lru_cache(maxsize=32)
def _load(file: Path, _changed: int, size: int) -> Style:
    if size > LARGEST_FILE:
        raise UsageError(
            f"The style file {file} is larger than {LARGEST_FILE >> 10} KiB.",
            "The texts were not checked.",
        )
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The style file {file} cannot be read ({error}).", "The texts were not checked."
        ) from error
    return parse(text, file.stem, str(file))


def parse(text: str, name: str, file: str) -> Style:
    """The style in `text`. name: what it is called. file: what errors call it.

    Raises UsageError naming the line of what is wrong.
    """
    lines = enumerate(text.split("\n"), start=1)
    long = next((number for number, one in lines if len(one) > LONGEST_LINE), None)
    if long is not None:
        raise _refused(file, long, f"the line is longer than {LONGEST_LINE} characters.")
    try:
        table = tomllib.loads(text)
    except RecursionError as error:
        raise _refused(file, 1, "it holds lists or tables too deep inside each other.") from error
    except ValueError as error:  # TOMLDecodeError, and what Python says of numbers without end
        found = _LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise _refused(file, line, f"this is not TOML ({error}).") from error
    try:
        return _Reader(table, name).style()
    except _Wrong as wrong:
        line = tomllines.line_of(text, wrong.place)
        raise _refused(file, line, wrong.what, wrong.advice) from wrong


def _refused(file: str, line: int, what: str, advice: str = "") -> UsageError:
    return UsageError(
        f"In the style file {file}, line {line}: {what}", "The texts were not checked.", advice
    )


class _Wrong(Exception):  # noqa: N818  # becomes a UsageError with its line
    """What is wrong with the value at a place."""

    def __init__(self, place: Place, what: str, advice: str = "") -> None:
        self.place = place
        self.what = what
        self.advice = advice
        super().__init__(what)


class _Reader:
    """Turns the plain table of a style file into a Style, checking every value."""

    def __init__(self, table: Mapping[str, Any], name: str) -> None:
        self.table = table
        self.name = name

    def style(self) -> Style:
        """The style. Raises _Wrong."""
        known = {"format", "title", "about", "base", "rules", "phrases"}
        _check_keys(self.table, known, ())
        if self.table.get("format") != FORMAT or self.table["format"] is True:
            raise _Wrong(
                ("format",), f"this version reads styles of format {FORMAT} (format = {FORMAT})."
            )
        title, about = (_text(self.table, key, ()) for key in ("title", "about"))
        base = self._base()
        choices = dict(base.choices) if base is not None else {}
        for rule, row in _table(self.table.get("rules", {}), ("rules",)).items():
            choices[rule] = _over(choices.get(rule, Choice()), _choice(rule, row))
        phrases = (*(base.phrases if base is not None else ()), *self._phrases())
        self._check_cost(phrases)
        return Style(self.name, title, about, choices, phrases)

    def _base(self) -> Style | None:
        if "base" not in self.table:
            return None
        base = _text(self.table, "base", ())
        bundled = paths.resource("styles") / f"{base}{SUFFIX}"
        if base == self.name or bundled.parent.name != "styles" or not bundled.is_file():
            own = ", ".join(
                sorted(path.stem for path in paths.resource("styles").glob(f"*{SUFFIX}"))
            )
            raise _Wrong(("base",), f"there is no style “{base}” to stand on.", f"Choose: {own}.")
        return load(base)

    def _phrases(self) -> tuple[Phrases, ...]:
        rows = self.table.get("phrases", [])
        if not isinstance(rows, list):
            raise _Wrong(("phrases",), "write phrases as [[phrases]].")
        return tuple(_phrase(row, ("phrases", index)) for index, row in enumerate(rows))

    def _check_cost(self, phrases: tuple[Phrases, ...]) -> None:
        if sum(len(one.words) for one in phrases) > MOST_PHRASES:
            raise _Wrong(("phrases",), f"it holds more than {MOST_PHRASES} rows of words.")
        cost = sum(steps(pattern.pattern) for one in phrases for pattern in one.patterns)
        if cost > MOST_STEPS:
            raise _Wrong(
                ("phrases",),
                f"its patterns can take {cost} steps together at one place of a text; "
                f"{MOST_STEPS} is the most.",
                "Make them simpler, or use words.",
            )


def _over(base: Choice, own: Choice) -> Choice:
    numbers = {**dict(base.numbers), **dict(own.numbers)}
    return Choice(own.severity or base.severity, tuple(numbers.items()), own.source or base.source)


def _choice(rule_id: str, value: object) -> Choice:
    place = ("rules", rule_id)
    rule = _rule(rule_id, place)
    row = _table(value, place)
    _check_keys(row, {"severity", "source", *(one.name for one in rule.numbers)}, place)
    severity = row.get("severity")
    if severity is not None and severity not in _SEVERITIES:
        raise _Wrong(
            (*place, "severity"),
            f"the severity cannot be {severity!r}.",
            f"Choose {', '.join(_SEVERITIES[:-1])} or {_SEVERITIES[-1]}.",
        )
    numbers = tuple(
        (one.name, _number(row, one.name, rule)) for one in rule.numbers if one.name in row
    )
    source = _text(row, "source", place)
    return Choice(severity, numbers, source)


def _number(row: Mapping[str, Any], name: str, rule: Rule) -> float:
    number = next(one for one in rule.numbers if one.name == name)
    value = row[name]
    if type(value) not in (int, float) or not number.low <= value <= number.high:
        raise _Wrong(
            ("rules", rule.id, name),
            f"“{name}” of the rule “{rule.id}” cannot be {value!r}.",
            f"Give a number from {number.low:g} to {number.high:g} ({number.unit}).",
        )
    return float(value)


def _phrase(value: object, place: tuple[str | int, ...]) -> Phrases:
    row = _table(value, place)
    _check_keys(row, {"rule", "language", "words", "patterns", "why", "source"}, place)
    rule = _rule(_text(row, "rule", place), (*place, "rule"))
    if not rule.phrases:
        raise _Wrong((*place, "rule"), f"the rule “{rule.id}” does not look for phrases.")
    language = _text(row, "language", place)
    if _LANGUAGE.fullmatch(language) is None:
        raise _Wrong((*place, "language"), f"“{language}” is not a language like en, de or fr.")
    words = _texts(row, "words", place)
    for index, phrase in enumerate(words):
        if not re.search(r"\w", phrase) or len(phrase) > LONGEST_PHRASE:
            raise _Wrong(
                (*place, "words", index),
                f"“{phrase[:LONGEST_PHRASE]}” is not a phrase of 1 to {LONGEST_PHRASE} characters.",
            )
    patterns = tuple(
        _pattern(pattern, (*place, "patterns", index))
        for index, pattern in enumerate(_texts(row, "patterns", place))
    )
    if not words and not patterns:
        raise _Wrong(place, "these phrases hold neither words nor patterns.")
    why, source = (_text(row, key, place) for key in ("why", "source"))
    return Phrases(rule.id, language, words, patterns, why, source)


def _pattern(text: str, place: Place) -> re.Pattern[str]:
    try:
        return compiled(text)
    except BadPattern as bad:
        raise _Wrong(place, f"the pattern “{text[:LONGEST_PHRASE]}” {bad}.") from bad


def _rule(rule_id: str, place: Place) -> Rule:
    rule = BY_ID.get(rule_id)
    if rule is None:
        near = difflib.get_close_matches(rule_id, BY_ID, n=1)
        advice = f"Did you mean “{near[0]}”?" if near else "The manual lists the rules."
        raise _Wrong(place, f"there is no rule “{rule_id}”.", advice)
    return rule


def _table(value: object, place: Place) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong(place, f"“{place[-1]}” should be a table.")
    return value


def _check_keys(row: Mapping[str, Any], known: set[str], place: tuple[str | int, ...]) -> None:
    unknown = next((key for key in row if key not in known), None)
    if unknown is not None:
        raise _Wrong(
            (*place, unknown),
            f"“{unknown}” is not known here.",
            f"Known: {', '.join(sorted(known))}.",
        )


def _text(row: Mapping[str, Any], key: str, place: tuple[str | int, ...]) -> str:
    if key not in row:
        raise _Wrong(place, f"“{key}” is missing.")
    value = row[key]
    if not isinstance(value, str) or not value.strip():
        raise _Wrong((*place, key), f"“{key}” should be a text.")
    return value


def _texts(row: Mapping[str, Any], key: str, place: tuple[str | int, ...]) -> tuple[str, ...]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _Wrong((*place, key), f"“{key}” should be a list of texts.")
    return tuple(value)
