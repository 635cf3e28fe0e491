"""A cue's gain is what it says in preview, film, stem and clips, and changes what is kept."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from studio import batch, rehearsal, steps
from studio.media.audio import load_clip, save_wav
from studio.media.probe import probe
from studio.mix.mixer import heard, render
from studio.mix.sound import clip_reader
from studio.progress import unwatched
from studio.script import edits
from studio.script.model import Clip, Cue, Project, Version
from studio.settings import DEFAULTS
from studio.speech.synthesise import clip_file
from tests import make_media

RATE = 48_000
TONE = 1500  # Hz; nothing of the film sounds there
FIRST, SECOND = 2000, 5000  # ms


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    make_media.film(path, seconds=8, size=(64, 36), music=True)
    return path


def project_of(source: Path, gain: float) -> Project:
    """Two cues with the same tone, the second one louder by `gain` dB."""
    clip = Clip("a" * 32, 1000, "flite", "rms", 1.0)
    if not clip_file(clip).exists():
        tone = 0.1 * np.sin(2 * np.pi * TONE * np.arange(RATE) / RATE)
        save_wav(clip_file(clip), tone.astype(np.float32), RATE)
    project, _ = steps.begin(source, DEFAULTS, ["en"])
    cues = (
        Cue("c1", FIRST, FIRST + 1500, (Version("en", "One.", clip),)),
        Cue("c2", SECOND, SECOND + 1500, (Version("en", "Two.", clip),)),
    )
    return edits.set_gain(replace(project, cues=cues), "en", gain, ["c2"])


def tone_at(samples: NDArray[np.float32], start: int) -> float:
    """How strong the tone is in the middle half second of a clip that starts at `start` ms."""
    begin = (start + 250) * RATE // 1000
    part = samples[begin : begin + RATE // 2].astype(np.float64)
    turns = 2j * np.pi * TONE * np.arange(len(part)) / RATE
    return float(2 * abs(np.dot(part, np.exp(turns))) / len(part))


def difference(samples: NDArray[np.float32]) -> float:
    """dB by which the second clip is louder."""
    return 20 * math.log10(tone_at(samples, SECOND) / tone_at(samples, FIRST))


@pytest.mark.parametrize("gain", [-12.0, 0.0, 4.5])
def test_a_gain_is_heard_as_it_is_set(source: Path, tmp_path: Path, gain: float) -> None:
    project = project_of(source, gain)
    film, stem, clips = (tmp_path / name for name in ("out.mp4", "out.wav", "out.clips"))
    targets = {"film": film, "stem": stem, "clips": clips}
    made = steps.export(project, probe(source), "en", targets, unwatched())
    assert next(one.sound for one in made if one.delivery == "film") == "spliced"
    assert difference(load_clip(film, RATE)) == pytest.approx(gain, abs=0.1)
    whole = load_clip(stem, RATE)
    assert difference(whole) == pytest.approx(gain, abs=0.01)
    listed = json.loads((clips / "manifest.json").read_text(encoding="utf-8"))["clips"]
    for entry in listed:
        alone, _ = soundfile.read(clips / entry["file"], dtype="float32")
        begin = entry["output"] * RATE // 1000
        assert np.abs(whole[begin : begin + len(alone)] - alone).max() < 1e-6


def test_the_preview_has_the_gain_of_the_export(source: Path, tmp_path: Path) -> None:
    project, info = project_of(source, 6.0), probe(source)
    stem = tmp_path / "stem.wav"
    steps.export(project, info, "en", {"stem": stem}, unwatched())
    sounding = rehearsal.sounding(project, info, "en", rehearsal.picture_times(info, unwatched()))
    plan = sounding.plan
    preview = render(plan, None, clip_reader(plan.rate), 0, plan.length)
    exported, _ = soundfile.read(stem, dtype="float32")
    centre = preview[0] * math.sqrt(2)  # stereo: both sides share it
    assert plan.rate == RATE
    assert np.abs(centre - exported[: len(centre)]).max() < 1e-5


def test_another_gain_is_another_sound_to_player_and_cache(source: Path) -> None:
    info = probe(source)
    soft, loud = (
        rehearsal.sounding(
            project_of(source, gain), info, "en", rehearsal.picture_times(info, unwatched())
        ).plan
        for gain in (0.0, 6.0)
    )
    assert heard(soft, 0, 4 * RATE) == heard(loud, 0, 4 * RATE)
    assert heard(soft, 4 * RATE, 3 * RATE) != heard(loud, 4 * RATE, 3 * RATE)


def test_a_changed_gain_is_exported_anew(source: Path, tmp_path: Path) -> None:
    path = tmp_path / "work.adproject"
    order = batch.Order(("film",), folder=tmp_path / "out")
    for gain, known, expected in ((0.0, False, 0.0), (0.0, True, 0.0), (6.0, False, 6.0)):
        steps.save_project(project_of(source, gain), path)
        [done] = batch.export([path], order, unwatched())
        assert done.error is None
        [made] = done.made
        assert made.unchanged == known
        assert difference(load_clip(made.file, RATE)) == pytest.approx(expected, abs=0.1)
