"""The table of settings: one row is a field with its default, range, unit and meaning.

The loader, the project file and the help all read this table. A project keeps the settings it was
made with, so it fits and exports the same on another machine; the user's file only gives the
starting values for new projects.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from studio.errors import UsageError


def _row(default: float, low: float, high: float, unit: str, about: str) -> Any:
    # `Any`, as `dataclasses.field` itself is typed: the field's own annotation says int or float
    metadata = {"low": low, "high": high, "unit": unit, "about": about}
    return dataclasses.field(default=default, metadata=metadata)


FreezeSound = Literal["silence", "room-tone"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Numbers of the trade. Times in ms, levels in dB, paces in words per minute."""

    gap_minimum: int = _row(2000, 500, 60_000, "ms", "shortest gap worth a description (WCAG F113)")
    speech_guard: int = _row(300, 0, 5000, "ms", "kept free before and after speech")
    first_cue: int = _row(40, 1, 5000, "ms", "earliest start: players miss a cue at exactly 0")
    cue_spacing: int = _row(300, 0, 5000, "ms", "pause between two descriptions in one gap")
    cue_stretch: int = _row(8000, 2000, 60_000, "ms", "a gap this long may hold several cues")
    pace_target: int = _row(160, 80, 300, "wpm", "pace a draft is written for")
    pace_caution: int = _row(180, 80, 400, "wpm", "measured pace that deserves a look")
    pace_error: int = _row(220, 80, 500, "wpm", "measured pace nobody can follow")
    faster_limit: float = _row(1.15, 1.0, 2.0, "x", "most a voice is sped up to fit")
    freeze_limit: int = _row(20_000, 0, 120_000, "ms", "longest freeze made without being asked")
    freeze_fade: int = _row(30, 0, 1000, "ms", "fade of the film's sound around a freeze")
    freeze_sound: FreezeSound = dataclasses.field(
        default="silence",
        metadata={
            "choices": get_args(FreezeSound),
            "about": "what is heard of the film during a freeze",
        },
    )
    duck: float = _row(-9.0, -60.0, 0.0, "dB", "how far the film's sound steps back")
    duck_fade: int = _row(300, 10, 5000, "ms", "how long stepping back and returning takes")
    duck_bridge: int = _row(1000, 0, 10_000, "ms", "stay ducked when the next clip is this near")
    voice_level: float = _row(
        -23.0, -40.0, -10.0, "LUFS", "level of the voice where the film has no dialogue to match"
    )


DEFAULTS = Settings()


@dataclass(frozen=True, slots=True)
class Profile:
    """How loud a delivery is. loudness: LUFS. peak: dBTP that is never passed.

    dialogue: the loudness is that of the dialogue, not of the whole sound.
    """

    name: str
    loudness: float
    peak: float
    dialogue: bool
    about: str


PROFILES = (
    Profile("ebu-r128", -23.0, -1.0, False, "European broadcasting (EBU R 128)"),
    Profile("atsc-a85", -24.0, -2.0, False, "North American broadcasting (ATSC A/85)"),
    Profile("streaming", -27.0, -2.0, True, "streaming services; measured over the dialogue"),
    Profile("web", -16.0, -1.0, False, "web pages, phones, podcasts"),
)
NO_PROFILE = "none"


def profile_of(name: str) -> Profile | None:
    """The profile of that name, None for "none". Raises UsageError for any other name."""
    found = next((one for one in PROFILES if one.name == name), None)
    if found is None and name != NO_PROFILE:
        names = ", ".join([NO_PROFILE, *(one.name for one in PROFILES)])
        raise UsageError(f"There is no loudness profile “{name}”.", advice=f"Choose from: {names}.")
    return found


def value_of(name: str, value: object) -> int | float | str:
    """`value` checked against row `name`. Raises UsageError naming the setting."""
    row = {field.name: field for field in dataclasses.fields(Settings)}.get(name)
    if row is None:
        near = difflib.get_close_matches(name, (f.name for f in dataclasses.fields(Settings)), 1)
        advice = f"Did you mean “{near[0]}”?" if near else "See the README for the list."
        raise UsageError(f"There is no setting “{name}”.", advice=advice)
    if "choices" in row.metadata:
        return _chosen(name, value, row.metadata["choices"])
    whole = row.type == "int"
    low, high, unit = row.metadata["low"], row.metadata["high"], row.metadata["unit"]
    right_type = type(value) is int or (not whole and type(value) is float)
    if not right_type or not low <= value <= high:
        kind = "a whole number" if whole else "a number"
        raise UsageError(
            f"The setting “{name}” cannot be {value!r}.",
            advice=f"Give {kind} from {low} to {high} ({unit}).",
        )
    return value if whole else float(value)  # type: ignore[return-value,arg-type]


def _chosen(name: str, value: object, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise UsageError(
            f"The setting “{name}” cannot be {value!r}.", advice=f"Choose {' or '.join(choices)}."
        )
    return value


def from_table(values: Mapping[str, object]) -> Settings:
    """Settings with `values` in place of their defaults. Raises UsageError for a bad row."""
    checked = {name: value_of(name, value) for name, value in values.items()}
    return Settings(**checked)  # type: ignore[arg-type]  # value_of has checked each against its row


def load(file: Path) -> Settings:
    """The user's settings from a TOML file; the defaults where there is none.

    Raises UsageError when the file cannot be read or a row in it is wrong.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return DEFAULTS
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The settings file {file} cannot be read ({error}).") from error
    try:
        return from_table(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"The settings file {file} is not valid TOML ({error}).",
            advice="Correct the line, or remove the file to use the defaults.",
        ) from error
    except UsageError as error:
        raise UsageError(f"In {file}: {error.what}", error.meaning, error.advice) from error
