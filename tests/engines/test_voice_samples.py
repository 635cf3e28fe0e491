"""The reference voices that come with the program."""

from __future__ import annotations

import wave

import pytest

from studio import engines, paths


@pytest.mark.parametrize("language", engines.row("describer", "evidence").languages)
def test_every_built_in_language_has_a_reference_voice(language: str) -> None:
    folder = paths.voice_sample("README.md").parent
    (file,) = folder.glob(f"{language}-*.wav")
    assert f"`{file.name}`" in (folder / "README.md").read_text(encoding="utf-8")
    with wave.open(str(file), "rb") as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 22_050)
        assert 5 < sound.getnframes() / sound.getframerate() < 12
