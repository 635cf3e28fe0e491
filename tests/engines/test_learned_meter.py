"""A sync-meter learns from clips: it falls, it goes on after a kill, it measures, it is refused."""

from __future__ import annotations

import json
import os
import pickle
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from studio import cli, engines, paths
from studio.engines import LAG_STEP, LIP_GRID, TIMBRE, TalkingMouth, Timbre
from studio.engines import learned as meter_room
from studio.engines.learned import FRAME, STRIDE, evenly
from studio.errors import EngineError, UsageError
from studio.progress import Cancelled, Progress, unwatched
from studio.tuning import checkpoint, clips, sync
from studio.tuning.sync import Recipe, Taught, teach
from tests.conftest import REPOSITORY
from tests.engines import tiny_meter
from tests.engines.stopping import StoppedAt
from tests.make_faces import HEADS, Said, talking
from tests.make_mouths import TEXTS

pytest.importorskip("torch", reason="torch is not installed (see the extra “ai”)")

RECIPE = Recipe(rounds=12, batch=4, window=2000, rate=5e-3)
DAY = "2026-01-31"
CORRELATION = engines.open("sync-meter", "correlation")


def learned(folder: Path, out: Path, progress: Progress | None = None) -> Taught:
    films = tiny_meter.films(folder)
    return teach(films, out, CORRELATION, DAY, progress or unwatched(), RECIPE)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Sums come out the same to the last bit only where as many threads share them."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def trained(one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Taught]:
    """A meter that was learned in one go."""
    folder = tmp_path_factory.mktemp("unbroken")
    out = folder / "meter.safetensors"
    return out, learned(folder / "clips", out)


# --- learning -------------------------------------------------------------------------------------


def test_the_loss_falls_and_the_report_says_what_it_learned_from(
    trained: tuple[Path, Taught],
) -> None:
    out, taught = trained
    report = taught.report
    assert report["steps"] == 36
    loss = report["loss"]
    assert loss["last"] < 0.5 * loss["first"] < 0.5 * loss["guess"]
    scores = report["tested"]
    assert set(scores) == {"learned", "correlation", "zero"}
    assert scores["learned"]["rms"] < scores["zero"]["rms"] / 3
    assert 300 < scores["zero"]["rms"] < 900
    assert (report["clips"], report["held_out"], report["people"]) == (12, 3, 5)
    assert report["people_apart"] is True
    assert (report["films"], report["faces"], len(report["names"])) == (15, 15, 15)
    assert report["minutes"] == pytest.approx(15 * 3.6 / 60, abs=0.05)
    assert meter_room.report_of(out) == report
    assert "Trained on 2026-01-31 on 15 films (1 min of 15 faces), taken to be" in taught.told[0]
    picture = cv2.imread(str(sync.picture_of(out)))
    assert picture is not None
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 5
    assert sorted(one.name for one in out.parent.iterdir()) == [
        "clips", "meter.safetensors", "meter.safetensors.png",
    ]  # fmt: skip


def test_a_stopped_training_ends_as_if_it_had_not_been(
    trained: tuple[Path, Taught], tmp_path: Path
) -> None:
    out = tmp_path / "meter.safetensors"
    for look in (14, 15):
        with pytest.raises(Cancelled):
            learned(tmp_path / "clips", out, StoppedAt(look))
        assert not out.exists()
    done = learned(tmp_path / "clips", out)
    assert done.resumed == 27  # 13 steps and 14
    assert out.read_bytes() == trained[0].read_bytes()
    assert sync.picture_of(out).read_bytes() == sync.picture_of(trained[0]).read_bytes()


def test_a_killed_training_ends_as_if_it_had_not_been(
    trained: tuple[Path, Taught], tmp_path: Path
) -> None:
    code = f"""
import os, signal
from pathlib import Path
from studio.tuning import sync
from tests.engines.test_learned_meter import learned
import torch
torch.set_num_threads(1)
sync._KEEP_EVERY = 10
real = sync._Course.learn
def dies(course):
    if course.step == 23:
        os.kill(os.getpid(), signal.SIGKILL)
    real(course)
sync._Course.learn = dies
learned(Path({str(tmp_path / "clips")!r}), Path({str(tmp_path / "meter.safetensors")!r}))
"""
    killed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = learned(tmp_path / "clips", tmp_path / "meter.safetensors")
    assert done.resumed == 20
    assert (tmp_path / "meter.safetensors").read_bytes() == trained[0].read_bytes()


def test_another_training_is_not_gone_on_with(tmp_path: Path) -> None:
    out = tmp_path / "meter.safetensors"
    with pytest.raises(Cancelled):
        learned(tmp_path / "clips", out, StoppedAt(3))
    films = tiny_meter.films(tmp_path / "clips")
    with pytest.raises(UsageError, match="other examples, another model or other settings"):
        teach(films[:-1], out, CORRELATION, DAY, unwatched(), RECIPE)
    kept = checkpoint.work_folder(out) / checkpoint.FILE
    kept.write_bytes(pickle.dumps(print))
    with pytest.raises(UsageError, match="cannot be read") as caught:
        learned(tmp_path / "clips", out)
    assert "--restart" in caught.value.advice


def test_what_is_no_meter_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "film.mkv"
    file.write_bytes(b"a film")
    with pytest.raises(UsageError, match="is no sync-meter"):
        sync.check_place(file)


# --- clips ----------------------------------------------------------------------------------------


def stored(people: int, each: int = 3) -> list[clips.Stored]:
    return [
        clips.Stored(Path(f"{person}-{number}.npz"), f"person {person}", 4000)
        for person in range(people)
        for number in range(each)
    ]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("people", [3, 4, 11])
def test_no_clip_and_no_person_is_on_both_sides(people: int, seed: int) -> None:
    given = stored(people)
    taught, tested, apart = clips.split([*given, *given], seed)
    assert sorted([*taught, *tested]) == sorted(given)
    assert taught
    assert tested
    assert apart is (people >= 4)
    if apart:
        assert not {one.person for one in taught} & {one.person for one in tested}
    assert clips.split(given[::-1], seed) == (taught, tested, apart)


def test_seeds_part_differently_and_too_few_are_refused() -> None:
    assert len({clips.split(stored(11), seed)[1] for seed in range(8)}) > 2
    with pytest.raises(UsageError, match="There are 6 usable clips, too few"):
        clips.split(stored(2), 0)


def test_a_clip_comes_back_as_it_was_put(tmp_path: Path) -> None:
    span, mouth = tiny_meter.clip(1)
    film = clips.put(tmp_path, "a.mkv", "a", "key", 1, [(span, mouth)], [(span, "It jumps.")])
    assert clips.kept(tmp_path, "key") == film
    assert film.refused == ((span.start, span.end, "It jumps."),)
    back = clips.load(film.clips[0].file)
    assert np.array_equal(back.times, mouth.times)
    assert back.heard_from == mouth.heard_from
    assert mouth.lips is not None
    assert mouth.timbre is not None
    assert back.lips == pytest.approx(mouth.lips, abs=2e-3)
    assert back.timbre is not None
    assert back.timbre.rows == pytest.approx(mouth.timbre.rows, abs=5e-3)
    (tmp_path / "key.json").write_text("{")
    assert clips.kept(tmp_path, "key") is None


@pytest.mark.parametrize("shift", [-700, 0, 380])
def test_a_window_has_its_sound_shifted_as_it_says(
    trained: tuple[Path, Taught], tmp_path: Path, shift: int
) -> None:
    """The row of timbre that belongs to a moment lies at the lag that is to be found."""
    recipe = replace(RECIPE, noise=0.0)
    files = [one.clips[0] for one in tiny_meter.films(tmp_path / "clips", 8)]
    course = sync._Course(recipe, files, (), DAY)
    times = np.arange(2500, 6500, 40)
    marked = np.zeros((900, TIMBRE), np.float32)
    marked[:, 0] = np.arange(900)
    lips = np.zeros((len(times), *LIP_GRID), np.float32)
    mouth = TalkingMouth(
        times, np.zeros(len(times), np.float32), marked[:, 0], 0, lips, Timbre(marked)
    )

    class Lot:
        """Begins at the third row, in no mirror, with this shift."""

        def integers(self, low: int, high: int, endpoint: bool = False) -> int:
            return shift if endpoint else 2

        def random(self) -> float:
            return 1.0

        def normal(self, middle: float, _deviation: float, size: Any) -> Any:
            return np.full(size, middle)

    _, timbre, late = course._drawn(mouth, Lot())  # type: ignore[arg-type]
    assert late == shift
    first, _ = evenly(times, lips)
    at_lag = (sync._SEARCH + shift) // LAG_STEP
    assert timbre[0, at_lag] == first + STRIDE * 2
    assert timbre[0, at_lag + STRIDE * 5] == first + STRIDE * 7


# --- measuring ------------------------------------------------------------------------------------


def test_the_meter_measures_clips_it_never_saw(trained: tuple[Path, Taught]) -> None:
    meter = engines.open("sync-meter", f"learned:{trained[0]}")
    assert meter.looks_closely
    mouths = [tiny_meter.clip(seed)[1] for seed in range(900, 912)]
    late = [replace(one, heard_from=one.heard_from + 340) for one in mouths]
    found, moved = np.stack(list(meter.agreement(mouths, 1300))), meter.agreement(late, 1300)
    assert found.shape == (12, 261)
    assert np.abs(found).max() <= 1
    assert np.abs(np.argmax(found.sum(axis=0)) * LAG_STEP - 1300) <= 30
    for row, other in zip(found, moved, strict=True):
        assert row[:-34] == pytest.approx(other[34:], abs=1e-3)
    far = replace(mouths[0], heard_from=60_000)
    assert not next(meter.agreement([far], 1300)).any()
    brief = replace(mouths[0], times=mouths[0].times[:10], lips=np.zeros((10, *LIP_GRID)))
    assert not next(meter.agreement([brief], 1300)).any()


def test_measuring_ends_when_it_is_no_longer_wanted(trained: tuple[Path, Taught]) -> None:
    def check() -> None:
        raise Cancelled

    meter = engines.open("sync-meter", f"learned:{trained[0]}")
    with pytest.raises(Cancelled):
        list(meter.agreement([tiny_meter.clip(1)[1]], 1300, check))


def test_fit_is_pearsons_correlation() -> None:
    import torch

    lot = np.random.default_rng(5)
    seen, heard = lot.normal(size=(2, 3, 20)), lot.normal(size=(2, 3, 19 * STRIDE + 1 + 12))
    found = meter_room.fit(torch.from_numpy(seen), torch.from_numpy(heard)).numpy()
    assert found.shape == (2, 13)
    for one in range(2):
        for lag in range(13):
            there = heard[one, :, lag : lag + 19 * STRIDE + 1 : STRIDE]
            eyes, ears = (
                (rows - rows.mean(axis=1, keepdims=True)).ravel() for rows in (seen[one], there)
            )
            wanted = eyes @ ears / np.sqrt((eyes @ eyes) * (ears @ ears))
            assert found[one, lag] == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), 25, 30, Fraction(60000, 1001)])
def test_lips_move_alike_at_any_rate(rate: float) -> None:
    times = np.ceil(np.arange(4 * float(rate)) * 1000 / float(rate)).astype(np.int64) + 2007

    def way(at: Any) -> Any:
        return np.sin(2 * np.pi * 1.5 * at / 1000)

    lips = np.diff(way(times), prepend=way(times[:1]))[:, None, None] * np.ones(LIP_GRID)
    first, rows = evenly(times, lips)
    middles = first * LAG_STEP + FRAME * np.arange(len(rows))
    assert 2007 <= middles[0] - FRAME // 2 < 2007 + LAG_STEP
    assert 0 <= times[-1] - middles[-1] - FRAME // 2 < FRAME + LAG_STEP
    wanted = way(middles + FRAME / 2) - way(middles - FRAME / 2)
    assert rows[:, 3, 4] == pytest.approx(wanted, abs=0.04)


# --- files ----------------------------------------------------------------------------------------


def refused(file: Path) -> EngineError:
    with pytest.raises(EngineError) as caught:
        engines.open("sync-meter", f"learned:{file}")
    assert caught.value.meaning == "Nothing was measured."
    assert "studio tune sync DATA -o MODEL" in caught.value.advice
    return caught.value


def test_a_file_that_is_no_meter_is_refused(trained: tuple[Path, Taught], tmp_path: Path) -> None:
    import torch

    good = trained[0].read_bytes()
    file = tmp_path / "meter.safetensors"
    assert "There is no model" in refused(file).what
    pickled = pickle.dumps(print)
    for content in (b"", b"no model", pickled, good[:200], good[:-100], good + b"more"):
        file.write_bytes(content)
        assert "cannot be used" in refused(file).what
    words = json.dumps({"__metadata__": {"studio": "[" * 5000}}).encode()
    file.write_bytes(struct.pack("<Q", len(words)) + words)
    assert "cannot be used" in refused(file).what
    file.write_bytes(struct.pack("<Q", 2**60) + good[8:])
    assert "no safetensors file" in refused(file).what
    file.write_bytes(good.replace(b'format\\": 1', b'format\\": 9'))
    assert "another version of the studio" in refused(file).what
    torch.save({"weights": torch.zeros(3)}, file)
    assert "cannot be used" in refused(file).what
    model = meter_room.towers()
    with torch.no_grad():
        next(model.parameters()).fill_(float("nan"))
    meter_room.save(model, tiny_meter.REPORT, file)
    assert "no numbers" in refused(file).what
    meter_room.save(torch.nn.Linear(2, 2), tiny_meter.REPORT, file)
    assert "cannot be used" in refused(file).what
    meter_room.save(meter_room.towers(), {**tiny_meter.REPORT, "made": "\x1b[2J"}, file)
    assert "cannot be used" in refused(file).what
    with file.open("wb") as opened:
        opened.truncate(2**30)
    assert "far too large" in refused(file).what


# --- at a prompt ----------------------------------------------------------------------------------


def test_films_become_a_meter_that_measures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "data", tmp_path / "meter.safetensors"
    (data / "ann").mkdir(parents=True)
    turns = [Said(0.4 + 4.2 * number, TEXTS[number % 6], 0) for number in range(12)]
    film = data / "ann" / "talk.mkv"
    talking(film, heads=HEADS[4:5], turns=turns, size=(240, 136), rate=Fraction(12))
    (data / "notes.txt").write_text("no film")
    (data / ".hidden").write_text("no film")

    def asked(*words: object) -> Any:
        capsys.readouterr()
        assert cli.run([*map(str, words), "--json"]) == 0, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    told = asked("tune", "sync", data, "-o", out, "--rounds", 1)
    assert told["names"] == ["talk.mkv"]
    assert (told["faces"], told["people"], told["people_apart"]) == (1, 1, False)
    assert 8 <= told["clips"] + told["held_out"] <= 10
    assert [one.partition(":")[0] for one in told["refused"]].count("notes.txt") == 1
    assert not any(".hidden" in one for one in told["refused"])
    assert out.is_file()
    assert Path(told["picture"]).is_file()
    measured = asked("sync", film, "--meter", f"learned:{out}")
    assert measured["meter"] == f"learned:{out}"
    assert measured["learned_from"].startswith("Trained on 20")
    assert cli.run(["sync", str(film), "--meter", "learned"]) == 5
    assert "sync-meter.safetensors" in capsys.readouterr().err
    tiny_meter.write(paths.data_folder() / meter_room.FILE)
    rows = {one["name"]: one for one in asked("engines")["engines"]}
    assert rows["learned"]["learned_from"].startswith("Trained on 2026-01-31 on 1 film (2 min")
    assert rows["correlation"]["learned_from"] == ""


def test_what_cannot_be_learned_from_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "meter.safetensors"
    assert cli.run(["tune", "sync", str(tmp_path / "none"), "-o", str(out)]) == 2
    assert "is no folder with films" in capsys.readouterr().err
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "notes.txt").write_text("no film")
    assert cli.run(["tune", "sync", str(tmp_path / "data"), "-o", str(out)]) == 2
    told = capsys.readouterr().err
    assert "There are 0 usable clips" in told
    assert "Left out were: notes.txt: " in told
    assert not out.exists()


def test_the_meter_that_was_set_up_measures(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from studio import syncing

    assert [one.name for one in syncing.meters()] == ["correlation", "learned"]
    assert syncing.meters()[1].needs == "sync-meter.safetensors"
    monkeypatch.setenv("STUDIO_SYNC_METER", f"learned:{tmp_path / 'm'}")
    assert syncing.chosen_meter() == f"learned:{tmp_path / 'm'}"
    assert syncing.chosen_meter("correlation") == "correlation"
    assert syncing.meters()[0].name == f"learned:{tmp_path / 'm'}"
