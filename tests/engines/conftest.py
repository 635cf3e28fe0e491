"""Models for the engines that need one: tiny, random, made once and installed for every test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.engines.models import INSTALLED, model
from studio.progress import unwatched
from studio.tuning.pairs import Pair
from studio.tuning.train import Recipe, teach
from tests.engines import tiny, tiny_beds, tiny_eyes


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models as the user's data folder holds them."""
    folder = tmp_path_factory.mktemp("models")
    tiny.make_xtts(folder / "xtts-v2")
    tiny.make_piper(folder / "piper-en-gb-alan", "en_GB-alan-medium", "en_GB")
    tiny.make_llava(folder / "smolvlm2-500m")
    tiny.make_madlad(folder / "madlad-3b")
    tiny_eyes.make_rtdetr(folder / "rtdetr-r18")
    tiny_eyes.make_yunet(folder / "yunet")
    tiny_beds.make_musicgen(folder / "musicgen-small")
    tiny_beds.make_audioldm(folder / "audioldm-s")
    tiny.make_whisper(folder / "whisper-tiny" / "random.pt")
    tiny.make_faster_whisper(folder / "faster-whisper-tiny")
    for one in folder.iterdir():
        (one / INSTALLED).write_text(json.dumps({"files": {}}), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tiny_phi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a language model."""
    folder = tmp_path_factory.mktemp("language") / "phi"
    tiny.make_phi(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_adapter(tiny_phi: Path) -> Path:
    """The folder of an adapter for it that has learned very little."""
    folder = tiny_phi.with_name("adapter")
    pairs = [Pair(f"Number {n}.\nDescription:", "A man walks.") for n in range(24)]
    teach(pairs, tiny_phi, folder, unwatched(), Recipe(epochs=1, rank=2))
    return folder


@pytest.fixture
def installed_models(tiny_models: Path, own_folders: Path) -> None:
    """The tiny models, installed for this test."""
    place = model("xtts-v2").folder.parent
    place.parent.mkdir(parents=True)
    place.symlink_to(tiny_models, target_is_directory=True)
