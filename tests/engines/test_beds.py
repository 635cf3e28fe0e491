"""The sound-makers that are models: tiny ones of the real classes, loaded the real way."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from studio import engines, soundbeds
from studio.engines import BED_RATE, Wish, musicgen
from studio.engines.continued import finished
from studio.engines.models import INSTALLED, model
from studio.errors import EngineError, UsageError
from studio.progress import Cancelled, unwatched
from studio.script.model import Bed
from tests.engines import tiny_beds

pytest.importorskip("diffusers", reason="diffusers is not installed (see the extra “ai”)")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("makers")
    tiny_beds.make_musicgen(folder / "mono", channels=1)
    tiny_beds.make_musicgen(folder / "stereo", channels=2)
    tiny_beds.make_audioldm(folder / "audioldm")
    return folder


def made(name: str, seconds: float, loop: bool = False, seed: int = 1) -> NDArray[np.float32]:
    wish = Wish("calm dark", "slow", "piano", round(seconds * BED_RATE), loop, seed)
    return np.concatenate(list(engines.open("sound-maker", name).make(wish)), axis=1)


@pytest.mark.parametrize("which", ["musicgen:mono", "musicgen:stereo", "audioldm:audioldm"])
def test_a_model_makes_exactly_what_was_wished_for(which: str, folders: Path) -> None:
    row, _, folder = which.partition(":")
    name = f"{row}:{folders / folder}"
    longer = 4.21 if row == "musicgen" else 12.34  # than it makes at once
    sound = made(name, longer)
    assert sound.shape == (2, round(longer * BED_RATE))
    assert sound.std() > 1e-4
    assert np.array_equal(made(name, longer), sound)
    assert not np.array_equal(made(name, 1.0, seed=2), made(name, 1.0, seed=3))


def test_a_loop_of_a_model_has_no_seam(folders: Path) -> None:
    sound = made(f"musicgen:{folders / 'mono'}", 3.5, loop=True)
    assert sound.shape == (2, round(3.5 * BED_RATE))
    steps = np.diff(np.concatenate([sound, sound[:, :1]], axis=1), axis=1)
    assert np.abs(steps[:, -1]).max() < 3 * steps.std()


def test_a_model_goes_on_from_what_it_has_made(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it is given as the beginning decides what follows."""
    heard: list[object] = []
    piece = musicgen._Model._piece

    def listening(
        self: object, words: str, seconds: float, before: object, *rest: object
    ) -> object:
        heard.append(before)
        return piece(self, words, seconds, before, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(musicgen._Model, "_piece", listening)
    made(f"musicgen:{folders / 'mono'}", 4.0)
    assert heard[0] is None
    assert all(isinstance(one, np.ndarray) and one.shape[1] > 0 for one in heard[1:])
    assert len(heard) > 1


@pytest.mark.parametrize("alike", [True, False])
def test_pieces_are_joined_without_a_step(alike: bool) -> None:
    """A sine cut into pieces that overlap comes back whole, at another rate."""
    rate, overlap = 16_000, 4000
    tone = np.sin(2 * np.pi * 250 * np.arange(rate * 6) / rate).astype(np.float32)[None]
    starts = range(0, 5 * rate, 2 * rate - overlap)
    pieces = (tone[:, at : at + 2 * rate] for at in starts)
    wish = Wish("", "", "", 4 * BED_RATE)
    sound = np.concatenate(list(finished(pieces, rate, overlap, alike, wish)), axis=1)
    assert sound.shape == (2, 4 * BED_RATE)
    if alike:
        truth = np.sin(2 * np.pi * 250 * np.arange(4 * BED_RATE) / BED_RATE)
        assert np.abs(sound[:, 200:-200] - truth[200:-200]).max() < 0.01
    assert np.abs(np.diff(sound[:, 200:])).max() < 0.06


def test_stopping_a_model_ends_at_the_next_token(folders: Path) -> None:
    asked = 0

    def check() -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            raise Cancelled

    maker = engines.open("sound-maker", f"musicgen:{folders / 'mono'}")
    with pytest.raises(Cancelled):
        list(maker.make(Wish("calm", "", "", 2 * BED_RATE), check))
    assert asked == 3


@pytest.mark.parametrize("row", ["musicgen", "audioldm"])
def test_a_damaged_model_is_a_sentence(row: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(EngineError, match=f"“{row}” failed with the model"):
        made(f"{row}:{tmp_path}", 1.0)


@pytest.mark.parametrize("row", ["musicgen", "audioldm"])
def test_a_model_there_is_not_is_a_sentence(row: str, own_folders: Path) -> None:
    with pytest.raises(UsageError, match="neither a model"):
        engines.open("sound-maker", f"{row}:nowhere")
    with pytest.raises(EngineError, match="needs"):
        engines.open("sound-maker", row)


def test_the_catalogues_model_makes_a_bed(folders: Path, own_folders: Path) -> None:
    folder = model("musicgen-small").folder
    folder.parent.mkdir(parents=True)
    folder.symlink_to(folders / "mono", target_is_directory=True)
    (folders / "mono" / INSTALLED).write_text(json.dumps({"files": {}}), encoding="utf-8")
    bed = Bed("b1", 0, 2000, "calm", "slow", "piano", engine="musicgen")
    assert soundbeds.is_there(soundbeds.make(bed, unwatched()))
    assert "musicgen" in soundbeds.makers()


def test_their_licences_allow_no_paid_work() -> None:
    rows = {row.name: row for row in engines.rows("sound-maker")}
    assert rows["procedural"].paid_work
    assert not rows["musicgen"].paid_work
    assert not rows["audioldm"].paid_work
