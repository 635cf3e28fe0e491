"""`studio bed`: the sound alone, a film with it, a project that has it, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from studio import steps
from studio.media.probe import probe
from studio.script import store
from studio.settings import DEFAULTS
from tests import make_media
from tests.chat_server import Asked, serving
from tests.journeys.test_cli import studio

__all__ = ["studio"]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("bed") / "film.mp4"
    make_media.film(made, seconds=6, sound=False)
    return made


def test_just_the_sound(film: Path, tmp_path: Path, studio: Any) -> None:
    wav = tmp_path / "bed.wav"
    answer = studio("bed", film, "-o", wav, "--span", "1-4.5", "--at", "66%", "--json")
    assert answer.code == 0
    said = answer.document()
    assert said["bed"]["still"] == 3310
    assert said["evidence"][0].startswith("light ")
    sound, rate = soundfile.read(wav, always_2d=True)
    assert (sound.shape, rate) == ((3500 * 48, 2), 48_000)
    assert np.abs(sound[0]).max() < 1e-3  # it fades in
    first = wav.read_bytes()
    assert studio("bed", film, "-o", wav, "--span", "1-4.5", "--at", "66%").code == 0
    assert wav.read_bytes() == first


def test_a_loop_has_no_fades(film: Path, tmp_path: Path, studio: Any) -> None:
    wav = tmp_path / "loop.wav"
    mood = "calm sea; slow 60 bpm pulse; bells"
    answer = studio("bed", film, "-o", wav, "--loop", "--prompt", mood, "--seed", "3")
    assert answer.code == 0
    assert "bed: 0:00.000 to 0:06.000, calm sea, slow 60 bpm pulse, bells" in answer.out
    sound, _ = soundfile.read(wav, always_2d=True)
    steps_ = np.diff(np.concatenate([sound, sound[:1]]), axis=0)
    assert np.abs(steps_[-1] / steps_.std(axis=0)).max() < 3
    assert np.sqrt((sound[:480] ** 2).mean()) > 0.2 * sound.std()


def test_a_film_with_it(film: Path, tmp_path: Path, studio: Any) -> None:
    target = tmp_path / "with.mp4"
    answer = studio("bed", film, "--into", target, "--prompt", "dark velvet wind")
    assert answer.code == 0
    assert "Sound was added to the film" in answer.out
    assert "does not know: velvet." in answer.out
    assert probe(target).sound is not None
    assert probe(film).sound is None


def test_a_project_keeps_it_once_for_a_stretch(film: Path, tmp_path: Path, studio: Any) -> None:
    path = tmp_path / "p.adproject"
    project, _ = steps.begin(film, DEFAULTS, ["en"])
    steps.save_project(project, path)
    for melody in ("piano", "bells"):
        answer = studio("bed", path, "--span", "1-3", "--melody", melody, "--json")
        assert answer.code == 0
    [bed] = store.load(path).beds
    assert (bed.start, bed.end, bed.melody) == (1000, 3000, "bells")
    assert bed.sound
    assert bed.atmosphere  # the picture told the rest
    assert studio("show", path, "--json").document()["beds"][0]["id"] == bed.id


def test_a_describer_tells_the_mood(
    film: Path, tmp_path: Path, studio: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(asked: Asked) -> None:
        if asked.looks:
            asked.say("A grey harbour.")
        else:
            assert "A grey harbour." in asked.text
            asked.say("Atmosphere: dim sea\nRhythm: slow pulse\nMelody: sparse low piano")

    with serving(answer) as server:
        monkeypatch.setenv("STUDIO_OPENAI_COMPATIBLE_URL", server.url)
        monkeypatch.setenv("STUDIO_OPENAI_COMPATIBLE_MODEL", "tiny")
        said = studio(
            "bed", film, "-o", tmp_path / "a.wav", "--describer", "openai-compatible", "--json"
        ).document()
    assert said["bed"]["atmosphere"] == "dim sea"
    assert said["bed"]["rhythm"] == "slow pulse"
    refused = studio("bed", film, "-o", tmp_path / "a.wav", "--describer", "evidence")
    assert refused.code == 2
    assert "cannot tell a mood" in refused.err


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        ((), 2, "not said where the sound shall go"),
        (("-o", "a.mp3"), 2, "is no WAV"),
        (("-o", "a.wav", "--span", "5-9"), 2, "cannot be made"),
        (("-o", "a.wav", "--at", "101%"), 2, "does not lie in the stretch"),
        (("-o", "a.wav", "--prompt", "a;b;c;d"), 2, "has 4 parts"),
        (("-o", "a.wav", "--prompt", "dark " * 30), 2, "has 30 words"),
        (("-o", "a.wav", "--engine", "theremin"), 2, "no sound-maker “theremin”"),
        (("--into", "a.txt"), 6, "cannot be delivered"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    film: Path,
    tmp_path: Path,
    studio: Any,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    code: int,
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = studio("bed", film, *options)
    assert (answer.code, sentence in answer.err) == (code, True), answer.err
    assert list(tmp_path.iterdir()) == []
