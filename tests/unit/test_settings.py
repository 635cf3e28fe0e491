from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from studio import settings
from studio.errors import UsageError


def test_every_default_lies_in_its_own_range() -> None:
    values = dataclasses.asdict(settings.DEFAULTS)
    assert settings.from_table(values) == settings.DEFAULTS


def test_a_missing_file_gives_the_defaults(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "none.toml") == settings.DEFAULTS


def test_a_file_changes_what_it_names(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    rows = "gap_minimum = 1500\nduck = -12\nfreeze_sound = 'room-tone'\n"
    file.write_text(rows, encoding="utf-8")
    loaded = settings.load(file)
    assert (loaded.gap_minimum, loaded.duck) == (1500, -12.0)
    assert loaded.freeze_sound == "room-tone"
    assert loaded.speech_guard == settings.DEFAULTS.speech_guard


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("gap_minimun = 1500", "Did you mean “gap_minimum”"),
        ("gap_minimum = 100", "whole number from 500 to 60000"),
        ("gap_minimum = true", "cannot be True"),
        ("gap_minimum = 1500.5", "whole number"),
        ("duck = nan", "from -60.0 to 0.0"),
        ("duck = 'loud'", "cannot be 'loud'"),
        ("freeze_sound = 'loud'", "Choose silence or room-tone"),
        ("freeze_sound = 1", "cannot be 1"),
        ("duck = ", "not valid TOML"),
    ],
)
def test_a_wrong_row_is_refused_by_name(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=sentence) as refused:
        settings.load(file)
    assert str(file) in str(refused.value)
