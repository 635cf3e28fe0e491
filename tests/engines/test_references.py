"""Reference voices: none without a consent that says who, when and for what."""

from __future__ import annotations

import datetime
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio import paths
from studio.engines.references import (
    Consent,
    Reference,
    add,
    reference,
    references,
    remove,
    user_folder,
)
from studio.errors import EngineError, MediaError, ProjectError, UsageError

CONSENT = Consent("Ada Lovelace", datetime.date(2026, 2, 3), "cloning for one film")
LICENCE = "for this film only"


def recording(folder: Path, seconds: float = 8, rate: int = 22_050, level: float = 0.3) -> Path:
    file = folder / f"{seconds}-{rate}-{level}.wav"
    buzz = level * np.sin(2 * np.pi * 200 * np.arange(int(seconds * rate)) / rate)
    soundfile.write(file, buzz.astype(np.float32), rate)
    return file


def added(tmp_path: Path, name: str = "Ada") -> Reference:
    return add(recording(tmp_path), name, "en-GB", LICENCE, CONSENT)


def test_a_voice_is_added_with_its_papers(tmp_path: Path) -> None:
    made = added(tmp_path)
    assert made == Reference("Ada", "en-gb", LICENCE, CONSENT, made.file, False)
    assert made in references("en-gb")
    assert reference("Ada", "en-gb") == made
    papers = tomllib.loads(made.file.with_suffix(".toml").read_text(encoding="utf-8"))
    assert papers["consent"] == {
        "by": "Ada Lovelace", "given": datetime.date(2026, 2, 3), "purpose": "cloning for one film"
    }  # fmt: skip
    assert soundfile.info(made.file).samplerate == 22_050
    assert sorted(one.name for one in user_folder().iterdir()) == [
        "ada-en-gb.toml",
        "ada-en-gb.wav",
    ]


@pytest.mark.parametrize("words", ['Zoë "Z" \\ O\'Hara', "Аня", "line\nbreak", "del\x7fete", "🎙"])
def test_any_words_come_back_as_they_were_typed(tmp_path: Path, words: str) -> None:
    consent = replace(CONSENT, by=words, purpose=words)
    made = add(recording(tmp_path), words, "en", words, consent)
    assert (made.name, made.licence, made.consent) == (words, words, consent)
    assert made.problem == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "  "}, "no name"),
        ({"licence": ""}, "licence"),
        ({"by": " "}, "Nobody is named who agreed"),
        ({"purpose": ""}, "what was agreed to"),
        ({"given": datetime.date(9999, 1, 1)}, "still to come"),
    ],
)
def test_no_voice_without_consent(tmp_path: Path, change: dict[str, object], said: str) -> None:
    words = {"name": "Ada", "licence": LICENCE}
    words |= {key: str(value) for key, value in change.items() if key in words}
    rest = {key: value for key, value in change.items() if key not in words}
    consent = replace(CONSENT, **rest)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=said):
        add(recording(tmp_path), words["name"], "en", words["licence"], consent)
    assert not user_folder().exists()


@pytest.mark.parametrize(
    ("seconds", "rate", "level", "said"),
    [
        (5.9, 22_050, 0.3, "lasts 5.9 s"),
        (30.5, 22_050, 0.3, "lasts 30.5 s"),
        (8, 8000, 0.3, "8000 samples"),
        (8, 22_050, 0.01, "very soft"),
    ],
)
def test_a_recording_nobody_can_learn_from_is_refused(
    tmp_path: Path, seconds: float, rate: int, level: float, said: str
) -> None:
    with pytest.raises(MediaError, match=said):
        add(recording(tmp_path, seconds, rate, level), "Ada", "en", LICENCE, CONSENT)
    assert not user_folder().exists()


def test_one_name_is_one_voice(tmp_path: Path) -> None:
    first = added(tmp_path)
    before = first.file.read_bytes()
    with pytest.raises(UsageError, match="already"):
        added(tmp_path)
    assert first.file.read_bytes() == before
    with pytest.raises(UsageError, match="There is no reference voice “Bob”"):
        reference("Bob", "en-gb")


@pytest.mark.parametrize("damage", ["no papers", "other recording", "rubbish", "no day", "empty"])
def test_what_lacks_a_sound_consent_is_listed_and_refused(tmp_path: Path, damage: str) -> None:
    made = added(tmp_path)
    papers = made.file.with_suffix(".toml")
    text = papers.read_text(encoding="utf-8")
    if damage == "no papers":
        papers.unlink()
    elif damage == "other recording":
        soundfile.write(made.file, np.zeros(8 * 22_050, np.float32), 22_050)
    else:
        broken = {
            "rubbish": "x = [",
            "no day": text.replace("2026-02-03", '"one day"'),
            "empty": text.replace('"Ada Lovelace"', '""'),
        }
        papers.write_text(broken[damage], encoding="utf-8")
    (found,) = (one for one in references() if one.file == made.file)
    assert found.problem
    assert found.consent is None
    with pytest.raises(EngineError, match="may not be used"):
        reference(found.name, found.language)


def test_only_what_the_user_added_is_removed(tmp_path: Path) -> None:
    remove(added(tmp_path))
    assert list(user_folder().iterdir()) == []
    for one in references():
        with pytest.raises(UsageError, match="came with the studio"):
            remove(one)
        assert one.file.is_file()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    paths.data_folder().mkdir(parents=True)
    user_folder().write_text("in the way")
    with pytest.raises(ProjectError, match="Nothing was added"):
        added(tmp_path)


def test_every_voice_that_comes_with_the_studio_has_its_papers() -> None:
    found = references()
    assert {one.language for one in found} == {"de", "en", "es", "fr"}
    assert [one.problem for one in found] == [""] * 4
    assert all(one.bundled and one.consent is not None for one in found)
