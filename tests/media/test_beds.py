"""Beds on films with known truth: silent film in, film with bed out; spliced, held, told of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from studio import batch, cache, rehearsal, soundbeds, steps
from studio.engines import BED_RATE
from studio.errors import EngineError, ExportError, ProjectError
from studio.media.audio import load_clip, sound_blocks
from studio.media.loudness import LoudnessMeter, integrated
from studio.media.probe import FilmInfo, probe
from studio.mix import bedsound
from studio.mix.shown import even_times
from studio.progress import Cancelled, Progress, unwatched
from studio.script import beds, edits
from studio.script.model import Bed, Project
from studio.settings import DEFAULTS
from tests import make_media

BED = Bed("", 2000, 6000, "dark wind", "slow pulse, 60 bpm", "strings")


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    film = tmp_path_factory.mktemp("silent") / "silent.mp4"
    make_media.film(film, seconds=8, sound=False)
    return film


@pytest.fixture(scope="module")
def sounding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film whose sound is silence, so that all that is heard was added."""
    film = tmp_path_factory.mktemp("sounding") / "sounding.mp4"
    make_media.film(film, seconds=40, sample_rate=44_100)
    return film


def with_bed(film: Path, bed: Bed = BED) -> tuple[Project, FilmInfo]:
    project, info = steps.begin(film, DEFAULTS, ["en"])
    project, _ = beds.add(project, bed)
    return soundbeds.make_all(project, None, unwatched()), info


def heard(film: Path) -> Any:
    info = probe(film)
    assert info.sound is not None
    return np.concatenate(list(sound_blocks(info, info.sound)), axis=1), info.sound.sample_rate


# --- the sound itself -----------------------------------------------------------------------------


def test_a_sound_is_as_long_as_its_stretch_at_one_level_and_kept(silent: Path) -> None:
    project, _ = with_bed(silent, replace(BED, end=5_333))
    [bed] = project.beds
    file = soundbeds.sound_file(bed)
    sound, rate = soundfile.read(file, always_2d=True)
    assert (sound.shape, rate) == ((3333 * 48, 2), BED_RATE)
    meter = LoudnessMeter(BED_RATE, "stereo")
    meter.feed(sound.T.astype(np.float32))
    assert integrated(meter.energies()) == pytest.approx(-23, abs=0.1)
    before = file.read_bytes()
    file.unlink()
    assert not soundbeds.is_there(bed)
    assert bedsound.files(project, unwatched()) == {bed.id: file}
    assert file.read_bytes() == before


def test_one_that_cannot_be_made_as_it_was_is_refused(silent: Path) -> None:
    project, info = with_bed(silent)
    [bed] = project.beds
    other = edits.set_beds(project, [replace(bed, sound="0" * 32)])
    with pytest.raises(ProjectError, match="cannot be made as it was"):
        soundbeds.mix_into(other, info, silent.with_name("x.mp4"), unwatched())
    assert not silent.with_name("x.mp4").exists()


def test_making_can_be_stopped_and_leaves_nothing(silent: Path) -> None:
    project, _ = steps.begin(silent, DEFAULTS, ["en"])
    project, _ = beds.add(project, replace(BED, seed=77))
    stopping = Progress(lambda done, _: stopping.cancel() if done > 0.3 else None)
    with pytest.raises(Cancelled):
        soundbeds.make_all(project, None, stopping)
    assert not bedsound.sound_file(
        replace(project.beds[0], sound=bedsound.key(project.beds[0]))
    ).exists()
    assert "beds" in cache.ROOMS


def test_silence_is_no_bed(silent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Mute:
        def make(self, wish: Any, _check: Any) -> Any:
            yield np.zeros((2, wish.samples), np.float32)

    monkeypatch.setattr("studio.engines.procedural.Procedural", Mute)
    with pytest.raises(EngineError, match="made silence"):
        with_bed(silent, replace(BED, seed=78))


# --- in a film ------------------------------------------------------------------------------------


def test_silent_film_in_film_with_bed_out(silent: Path, tmp_path: Path) -> None:
    project, info = with_bed(silent)
    assert info.sound is None
    target = tmp_path / "out.mp4"
    [made] = soundbeds.mix_into(project, info, target, unwatched())
    assert made.picture == "copied"
    assert made.notes == (
        "Sound was added to the film: 0:02.000 to 0:06.000, dark wind, slow pulse, 60 bpm, strings "
        "(made by procedural).",
    )
    out = probe(target)
    assert out.sound is not None
    with av.open(str(target)) as opened:
        assert opened.streams.audio[0].metadata["handler_name"] == "Sound bed"
    sound, rate = heard(target)
    assert np.abs(sound[:, : int(1.95 * rate)]).max() < 1e-3
    assert np.abs(sound[:, int(6.05 * rate) :]).max() < 1e-3
    own = load_clip(soundbeds.sound_file(project.beds[0]), rate)
    part = sound[:, int(2.5 * rate) : int(5.5 * rate)].mean(axis=0)
    alike = np.corrcoef(part, own[int(0.5 * rate) : int(0.5 * rate) + part.size])[0, 1]
    assert alike > 0.98


def test_only_what_the_bed_touches_is_encoded(sounding: Path, tmp_path: Path) -> None:
    project, info = with_bed(sounding, replace(BED, start=10_000, end=14_000))
    [made] = soundbeds.mix_into(project, info, tmp_path / "out.mp4", unwatched())
    assert made.sound == "spliced"
    sound, rate = heard(tmp_path / "out.mp4")
    assert np.abs(sound[:, : int(9.9 * rate)]).max() < 1e-3
    assert np.abs(sound[:, int(14.1 * rate) :]).max() < 1e-3
    assert np.abs(sound[:, 11 * rate : 13 * rate]).max() > 0.01
    again = edits.set_beds(project, [replace(project.beds[0], gain=6.0)])
    soundbeds.mix_into(again, info, tmp_path / "louder.mp4", unwatched())
    louder, _ = heard(tmp_path / "louder.mp4")
    middle = slice(11 * rate, 13 * rate)
    assert louder[:, middle].std() / sound[:, middle].std() == pytest.approx(2, rel=0.05)


def test_without_a_bed_nothing_is_added(sounding: Path, tmp_path: Path) -> None:
    project, info = steps.begin(sounding, DEFAULTS, ["en"])
    [made] = soundbeds.mix_into(project, info, tmp_path / "out.mp4", unwatched())
    assert (made.sound, made.notes) == ("copied", ())


def test_a_bed_without_sound_is_told_of_and_not_heard(silent: Path, tmp_path: Path) -> None:
    project, info = steps.begin(silent, DEFAULTS, ["en"])
    project, _ = beds.add(project, BED)
    [made] = soundbeds.mix_into(project, info, tmp_path / "out.mp4", unwatched())
    assert "has not been made and is not heard" in made.notes[0]
    sound, _ = heard(tmp_path / "out.mp4")
    assert np.abs(sound).max() < 1e-3


# --- beside a description -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved project of a film with one extended description in a bed."""
    folder = tmp_path_factory.mktemp("described")
    make_media.film(folder / "film.mp4", seconds=10)
    project, _ = steps.begin(folder / "film.mp4", DEFAULTS, ["en"])
    project, cue = edits.add_cue(project, 3000, 3500, "extended")
    project = edits.set_text(project, cue, "en", "A door opens.")
    project = steps.speak(project, ["en"], "flite", None, unwatched())
    project, _ = beds.add(project, replace(BED, start=1000, end=8000))
    project = soundbeds.make_all(project, None, unwatched())
    steps.save_project(project, folder / "film.adproject")
    return folder / "film.adproject"


def test_an_export_has_the_bed_its_stem_and_says_so(described: Path, tmp_path: Path) -> None:
    order = batch.Order(deliver=("film", "stem", "beds"), folder=tmp_path)
    [done] = batch.export([described], order, unwatched())
    assert done.error is None
    film, stem, alone = done.made
    assert any("Sound was added" in note for note in film.notes)
    assert any("Sound was added" in note for note in alone.notes)
    assert not any("Sound was added" in note for note in stem.notes)
    said, rate = soundfile.read(stem.file, always_2d=True)
    bed, _ = soundfile.read(alone.file, always_2d=True)
    assert len(said) == len(bed)
    sound, film_rate = heard(film.file)
    assert film_rate == rate
    count = min(sound.shape[1], len(bed))
    summed = bed[:count].mean(axis=1) + said[:count, 0] / np.sqrt(2)
    assert np.corrcoef(summed, sound[:, :count].mean(axis=0))[0, 1] > 0.98
    [again] = batch.export([described], order, unwatched())
    assert all(one.unchanged for one in again.made)
    project, _ = steps.open_project(described)
    changed = beds.change(project, "b1", gain=3.0)
    steps.save_project(changed, tmp_path / "film.adproject")
    [other] = batch.export(
        [tmp_path / "film.adproject"], replace(order, deliver=("film",)), unwatched()
    )
    assert not other.made[0].unchanged


def test_the_preview_sounds_like_the_export(described: Path) -> None:
    project, info = steps.open_project(described)
    project = soundbeds.make_all(project, None, unwatched())
    plan = rehearsal.sounding(project, info, "en", even_times(info)).plan
    [bed] = plan.beds
    [(begin, end)] = plan.holds.holds
    assert bed.start == plan.rate
    assert bed.count == 7 * plan.rate + end - begin
    soundbeds.sound_file(project.beds[0]).unlink()
    assert rehearsal.sounding(project, info, "en", even_times(info)).plan.beds == ()


def test_beds_that_are_not_there_are_no_delivery(silent: Path, tmp_path: Path) -> None:
    project, info = steps.begin(silent, DEFAULTS, ["en"])
    from studio.mix.export import deliver, foresee

    for make in (deliver, foresee):
        given: Any = ({},) if make is deliver else ()
        with pytest.raises(ExportError, match="no bed whose sound"):
            make(project, info, "en", (), *given, {"beds": tmp_path / "b.wav"}, unwatched())  # type: ignore[operator]
