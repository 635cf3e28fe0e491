"""The README tells the truth about settings, commands and exit codes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from studio import errors
from studio.cli import app
from studio.settings import PROFILES, Profile, Settings

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", dataclasses.fields(Settings), ids=lambda row: row.name)
def test_every_setting_stands_in_it_as_it_is(row: dataclasses.Field[float]) -> None:
    facts = row.metadata
    if "choices" in facts:
        value, scope = str(row.default), " or ".join(facts["choices"])
    else:
        value, scope = f"{row.default} {facts['unit']}", f"{facts['low']} to {facts['high']}"
    line = f"| `{row.name}` | {value} | {scope} | {facts['about']} |"
    assert line in README


@pytest.mark.parametrize("one", PROFILES, ids=lambda one: one.name)
def test_every_loudness_profile_stands_in_it(one: Profile) -> None:
    line = f"| `{one.name}` | {one.loudness:g} LUFS | {one.peak:g} dBTP | {one.about} |"
    assert line in README


def test_every_command_stands_in_it() -> None:
    names = [one.name or one.callback.__name__ for one in app.registered_commands if one.callback]
    names += [
        str(one.typer_instance.info.name) for one in app.registered_groups if one.typer_instance
    ]
    assert len(names) > 8
    assert [name for name in names if f"`studio {name}" not in README] == []


def test_every_exit_code_stands_in_it() -> None:
    codes = {one.exit_code for one in errors.StudioError.__subclasses__()}
    assert all(f"\n| {code} | " in README for code in {*codes, errors.CANCELLED_EXIT_CODE})
