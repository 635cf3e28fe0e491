"""What a describing model is asked: templates in resources/prompts, one file per house style.

A template is plain text with named fields. It is checked when it is loaded, so that a misspelt
field is a sentence before the work and not a bad draft after it. A user's own file goes before
the studio's; a style without a file is asked with the words of the neutral one.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio import paths
from studio.engines import SEEN, Brief
from studio.errors import UsageError
from studio.script.model import DEFAULT_STYLE, Person

_BOTH = {"language", "seconds", "limit", "before", "dialogue", "cast", "story"}
_FIELDS = {
    "system": set[str](),
    "look": _BOTH,
    "shorten": _BOTH | {"count", "examples", "seen", "proposed"},
}
_NEEDED = {"look": {"before", "dialogue", "cast", "limit"}, "shorten": {"limit", "seen", "count"}}
_FEWEST, _MOST = 1, 8
_NOTHING = "(nothing)"


@dataclass(frozen=True, slots=True)
class Prompts:
    """The templates of one style. candidates: how many texts are asked for."""

    name: str
    version: int
    candidates: int
    system: str
    look: str
    shorten: str
    examples: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        """What a draft tells of them."""
        return f"prompt {self.name} {self.version}"


def load(style: str) -> Prompts:
    """The templates for a house style. Raises UsageError naming the file and what is wrong."""
    own = paths.settings_file().with_name("prompts")
    for name in dict.fromkeys((style, DEFAULT_STYLE)):
        for file in (own / f"{name}.toml", paths.resource(f"prompts/{name}.toml")):
            if file.is_file():
                return _read(name, file)
    raise UsageError(f"There are no prompts in {paths.resource('prompts')}.", advice="Reinstall.")


def _read(name: str, file: Path) -> Prompts:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        return _checked(name, table)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValueError) as error:
        raise UsageError(
            f"The prompts in {file} cannot be used: {error}.",
            "Nothing was asked.",
            "Correct the file, or remove it to use the studio's own.",
        ) from error


def _checked(name: str, table: dict[str, Any]) -> Prompts:
    known = {"version", "candidates", "example", *_FIELDS}
    unknown = sorted(set(table) - known)
    missing = sorted({"version", "candidates", *_FIELDS} - set(table))
    if unknown or missing:
        raise ValueError(
            f"“{unknown[0]}” is not known" if unknown else f"“{missing[0]}” is missing"
        )
    version, candidates = table["version"], table["candidates"]
    if type(version) is not int or type(candidates) is not int:
        raise ValueError("version and candidates are whole numbers")
    if not _FEWEST <= candidates <= _MOST:
        raise ValueError(f"candidates is a number from {_FEWEST} to {_MOST}")
    for row, fields in _FIELDS.items():
        _check_fields(row, table[row], fields)
    pairs = tuple(map(_pair, table.get("example", ())))
    system, look, shorten = (str(table[row]).strip() for row in _FIELDS)
    return Prompts(name, version, candidates, system, look, shorten, pairs)


def _pair(example: object) -> tuple[str, str]:
    if isinstance(example, dict) and set(example) == {"wrong", "right"}:
        return str(example["wrong"]), str(example["right"])
    raise ValueError("an example has “wrong” and “right”")


def _check_fields(row: str, text: object, known: set[str]) -> None:
    if not isinstance(text, str):
        raise ValueError(f"“{row}” is text")  # noqa: TRY004  # a finding about the file
    found = [field for _, field, _, _ in string.Formatter().parse(text) if field is not None]
    unknown = next((field for field in found if field not in known), None)
    if unknown is not None:
        raise ValueError(f"“{row}” has the field {{{unknown}}}, which is not known there")
    lacking = sorted(_NEEDED.get(row, set()) - set(found))
    if lacking:
        raise ValueError(f"“{row}” lacks the field {{{lacking[0]}}}")
    if found.count("seen") > 1:
        raise ValueError("{seen} stands more than once")


def brief(
    prompts: Prompts,
    *,
    language: str,
    duration: int,
    limit: int,
    before: Sequence[str],
    dialogue: Sequence[str],
    cast: Sequence[Person],
    here: Collection[str] = (),
    story: str = "",
    proposed: Sequence[str] = (),
) -> Brief:
    """The questions about one moment. duration: ms in which its description is spoken.

    here: ids of those of the cast whose faces are in the shot, as far as is known.
    story: what has happened so far, in a person's words. proposed: texts that are there already
    where others are wanted. A template need not ask for these two.
    """
    shown = [_member(one, here=one.id in here) for one in cast]
    fields = {
        "language": language,
        "seconds": f"{duration / 1000:.1f}",
        "limit": str(limit),
        "count": str(prompts.candidates),
        "before": _listed(before),
        "dialogue": _listed(dialogue),
        "cast": _listed(shown),
        "story": _without_braces(story.strip()) or _NOTHING,
        "examples": "\n".join(f"Wrong: {a}\nRight: {b}" for a, b in prompts.examples),
        "proposed": _listed(proposed),
        "seen": SEEN,
    }
    return Brief(
        _filled(prompts.system, {}), _filled(prompts.look, fields), _filled(prompts.shorten, fields)
    )


def _member(one: Person, *, here: bool) -> str:
    told = f"{one.name}: {one.look}" if one.look else one.name
    return f"{told} (whose face is in this shot)" if here else told


def _filled(template: str, fields: Mapping[str, str]) -> str:
    return string.Formatter().vformat(template, (), fields)


def _listed(texts: Sequence[str]) -> str:
    """One a line."""
    lines = (" ".join(_without_braces(text).split()) for text in texts)
    return "\n".join(f"- {line}" for line in lines if line) or _NOTHING


def _without_braces(text: str) -> str:
    """Braces become brackets, so that no text can pose as a field."""
    return text.replace("{", "(").replace("}", ")")
