"""The clips as files: they add up to the stem, and a folder of somebody else's stays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile

from studio.errors import ExportError
from studio.media.audio import save_wav
from studio.media.probe import probe
from studio.mix import export as export_module
from studio.mix.export import Delivery, DeliveryName, deliver
from studio.progress import Cancelled, Progress, unwatched
from studio.script.model import Clip, Cue, Film, Placement, Project, Version
from tests import make_media

RATE = 48_000
CUES = ("c2", "../c 1", "c3")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    make_media.film(path, seconds=8, size=(64, 36))
    return path


def placement(cue: str, start: int, duration: int, freeze: int = 0) -> Placement:
    clip = Clip(cue, duration, "flite", "rms", 1.0)
    return Placement(
        cue, "extended" if freeze else "fits", start, duration, 3000 * (freeze > 0), freeze, clip
    )


def export(
    source: Path,
    wanted: Mapping[DeliveryName, Path],
    progress: Progress | None = None,
) -> tuple[Delivery, ...]:
    info = probe(source)
    picture = info.picture
    film = Film("film.mp4", info.size, "", info.duration, picture.width, picture.height,
                picture.rate, -20.0)  # fmt: skip
    cues = tuple(Cue(cue, 0, 1, (Version("en", f"Text of {cue}."),)) for cue in CUES)
    files = {}
    for number, cue in enumerate(CUES):
        files[cue] = source.with_name(f"{number}.wav")
        noise = np.random.default_rng(number).uniform(-0.1, 0.1, RATE // 2)
        save_wav(files[cue], noise.astype(np.float32), RATE)
    placements = [
        placement(CUES[0], 2800, 500, freeze=400),
        placement(CUES[1], 1000, 500),
        placement(CUES[2], 6000, 500),
    ]
    project = Project(film, cues=cues)
    return deliver(project, info, "en", placements, files, wanted, progress or unwatched())


def test_the_clips_laid_where_the_list_says_are_the_stem(source: Path, tmp_path: Path) -> None:
    folder, stem = tmp_path / "film_en.clips", tmp_path / "stem.wav"
    made = export(source, {"clips": folder, "stem": stem})
    assert [one.path for one in made] == [folder, stem]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    entries = manifest["clips"]
    assert [entry["number"] for entry in entries] == [1, 2, 3]
    assert [entry["cue"] for entry in entries] == ["../c 1", "c2", "c3"]
    assert [entry["file"] for entry in entries] == ["001_-c-1.wav", "002_c2.wav", "003_c3.wav"]
    assert [entry["start"] for entry in entries] == [1000, 2800, 6000]
    assert [entry["output"] for entry in entries] == [1000, 2800, 6400]
    assert [entry["freeze"] for entry in entries] == [0, 400, 0]
    assert entries[1]["text"] == "Text of c2."
    assert (entries[0]["speaker"], entries[0]["voice"]) == ("flite", "rms")
    whole, rate = soundfile.read(stem)
    for entry in entries:
        sound, _ = soundfile.read(folder / entry["file"])
        assert len(sound) * 1000 / rate == entry["duration"]
        whole[entry["output"] * 48 :][: len(sound)] -= sound
    assert np.abs(whole).max() < 1e-9
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json", *(entry["file"] for entry in entries)
    }  # fmt: skip


def test_clips_delivered_again_replace_those_before(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "film_en.clips"
    export(source, {"clips": folder})
    (folder / "003_c3.wav").write_bytes(b"old")
    export(source, {"clips": folder})
    assert soundfile.info(folder / "003_c3.wav").frames == RATE // 2
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_what_the_studio_did_not_make_stays(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "film_en.clips"
    folder.mkdir()
    (folder / "manifest.json").write_text('{"clips": []}')
    with pytest.raises(ExportError, match="no folder of clips"):
        export(source, {"clips": folder})
    assert [path.name for path in folder.iterdir()] == ["manifest.json"]


@pytest.mark.parametrize("kind", ["file", "link"])
def test_neither_a_file_nor_a_link_is_replaced(source: Path, tmp_path: Path, kind: str) -> None:
    folder, other = tmp_path / "film_en.clips", tmp_path / "other"
    export(source, {"clips": other})
    if kind == "file":
        folder.write_text("mine")
    else:
        folder.symlink_to(other)
    with pytest.raises(ExportError, match="no folder of clips"):
        export(source, {"clips": folder})
    assert len(list(other.iterdir())) == 4


def test_a_file_somebody_put_beside_the_clips_is_kept(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "film_en.clips"
    export(source, {"clips": folder})
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(ExportError, match=r"notes\.txt"):
        export(source, {"clips": folder})
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_stopped_export_leaves_the_clips_before_it(source: Path, tmp_path: Path) -> None:
    folder = tmp_path / "film_en.clips"
    export(source, {"clips": folder})
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    progress = Progress(lambda _, message: progress.cancel() if "clips" in message else None)
    with pytest.raises(Cancelled):
        export(source, {"clips": folder}, progress)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_a_folder_that_cannot_be_put_in_place_leaves_the_one_before(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "film_en.clips"
    export(source, {"clips": folder})
    before = sorted(path.name for path in folder.iterdir())
    own = Path.replace
    # the new folder, which holds a list, is refused the final name; the old one is given it back
    refused: list[Path] = []

    def replace_once(self: Path, target: Path) -> Path:
        if target == folder and not refused:
            refused.append(self)
            raise OSError(5, "Input/output error")
        return own(self, target)

    monkeypatch.setattr(export_module.Path, "replace", replace_once)
    with pytest.raises(ExportError, match="failed"):
        export(source, {"clips": folder})
    assert refused
    assert sorted(path.name for path in folder.iterdir()) == before
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
