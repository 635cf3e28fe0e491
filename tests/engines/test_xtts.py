"""What is xtts's own: who it may speak like, long texts, models in folders, and what it says."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest

from studio import engines
from studio.engines import Voice, references
from studio.engines.references import Consent
from studio.engines.xtts import RATE
from studio.errors import EngineError
from studio.speech.voices import all_voices, choose
from tests.engines import cpu_torch

pytestmark = pytest.mark.usefixtures("installed_models")


def test_it_speaks_like_people_who_agreed_and_no_others(own_folders: Path) -> None:
    sample = references.references("en")[0]
    added = references.add(
        sample.file, "Ada", "en", "CC0-1.0", Consent("Ada L.", _day(), "describing films")
    )
    speaker = engines.open("speaker", "xtts")
    assert Voice(added.file.stem, "de") in speaker.voices()
    added.file.with_suffix(".toml").unlink()
    assert Voice(added.file.stem, "de") not in speaker.voices()
    with pytest.raises(EngineError, match="may not be used"):
        speaker.speak("Hello there.", Voice(added.file.stem, "en"), 1.0)


def test_voices_recorded_in_a_language_come_first() -> None:
    voices = engines.open("speaker", "xtts").voices()
    first = {one.language: one.name for one in reversed(voices)}
    assert first["de"] == "de-espeak-ng"
    assert first["fr"] == "fr-espeak-ng"


def test_it_is_never_chosen_unasked() -> None:
    assert choose("en").speaker == "flite"
    assert choose("de").speaker == "espeak-ng"
    assert "xtts" in {one.speaker for one in all_voices("en")}


def test_another_model_is_named_by_its_folder(tiny_models: Path) -> None:
    voice = engines.open("speaker", "xtts").voices()[0]
    here = engines.open("speaker", f"xtts:{tiny_models / 'xtts-v2'}").speak("A door.", voice, 1.0)
    assert here.rate == RATE
    again = engines.open("speaker", "xtts").speak("A door.", voice, 1.0)
    assert np.array_equal(here.samples, again.samples)


def test_a_damaged_model_is_a_sentence(tiny_models: Path, tmp_path: Path) -> None:
    cpu_torch.install()
    for name in ("config.json", "vocab.json"):
        (tmp_path / name).write_bytes((tiny_models / "xtts-v2" / name).read_bytes())
    (tmp_path / "model.pth").write_bytes(b"no weights")
    speaker = engines.open("speaker", f"xtts:{tmp_path}")
    with pytest.raises(EngineError, match=r"xtts failed on “A door\.”"):
        speaker.speak("A door.", speaker.voices()[0], 1.0)


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    speaker = engines.open("speaker", "xtts")
    speaker.speak("A door.", speaker.voices()[0], 1.0)
    assert capfd.readouterr() == ("", "")


def _day() -> datetime.date:

    return datetime.date(2026, 1, 2)
