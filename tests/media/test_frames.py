"""Pictures in order and by time: the right one, upright, at the right time."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.errors import MediaError
from studio.media import frames
from studio.media.frames import pictures, pictures_at
from studio.media.probe import probe
from studio.progress import Cancelled, Progress, unwatched
from tests import make_media


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("mp4", {"rate": Fraction(24000, 1001), "b_frames": 2}),
        ("mkv", {"rate": Fraction(30000, 1001), "b_frames": 2}),
        ("ts", {"start": 3600.0}),
        ("mkv", {"variable": True}),
        ("webm", {"codec": "libvpx", "sound_codec": "opus"}),
    ],
)
def test_every_picture_comes_once_at_its_time(
    suffix: str, options: dict[str, object], tmp_path: Path
) -> None:
    path = tmp_path / f"a.{suffix}"
    truth = make_media.film(path, seconds=4, size=(64, 36), **options)  # type: ignore[arg-type]
    info = probe(path)
    found = list(pictures(info, 32, unwatched()))
    assert [picture.index for picture in found] == list(range(len(truth.frame_times)))
    assert tuple(picture.time for picture in found) == truth.frame_times
    assert {picture.pixels.shape for picture in found} == {(18, 32, 3)}


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_picture_found_by_time_is_the_one_shown_then(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    make_media.film(path, seconds=12, size=(64, 36), cuts=(3, 6.5), b_frames=2, gop=60)
    info = probe(path)
    all_pictures = {picture.time: picture.pixels for picture in pictures(info, 64, unwatched())}
    starts = np.array(list(all_pictures))
    wanted = [0, 39, 40, 41, 3000, 2999, 11_999, 50_000, 6500, 120, 0, 8003, 11_960]
    found = list(pictures_at(info, wanted, 64))
    expected = [int(starts[np.searchsorted(starts, time, side="right") - 1]) for time in wanted]
    assert [time for time, _ in found] == expected
    for time, pixels in found:
        assert np.array_equal(pixels[:, :, ::-1], all_pictures[time])


def test_a_picture_a_little_early_saves_decoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mp4"
    make_media.film(path, seconds=20, size=(64, 36), gop=100, b_frames=2)  # key frames 4 s apart
    info = probe(path)
    decoded = []
    decode = frames.decoded_pictures

    def counted(*given: Any) -> Iterator[Any]:
        for frame in decode(*given):
            decoded.append(frame)
            yield frame

    monkeypatch.setattr(frames, "decoded_pictures", counted)
    wanted = [3900, 7900, 11_900, 19_900]
    exact = [time for time, _ in pictures_at(info, wanted, 64)]
    all_decoded = len(decoded)
    decoded.clear()
    early = [time for time, _ in pictures_at(info, wanted, 64, early=4000)]
    assert exact == [3880, 7880, 11_880, 19_880]
    assert early == [0, 4000, 8000, 16_000]
    assert len(decoded) < all_decoded / 10
    decoded.clear()
    nearly = [time for time, _ in pictures_at(info, wanted, 64, early=300)]
    assert all(0 <= asked - time <= 300 for asked, time in zip(wanted, nearly, strict=True))
    assert len(decoded) > all_decoded / 2


def test_no_times_give_no_pictures(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=1, size=(64, 36))
    assert list(pictures_at(probe(tmp_path / "a.mp4"), [], 64)) == []


def test_small_films_are_not_enlarged(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=1, size=(64, 36))
    info = probe(tmp_path / "a.mp4")
    assert next(pictures_at(info, [0], 960))[1].shape == (36, 64, 3)


def test_a_turned_film_is_upright(shared_media: Path) -> None:
    turned = probe(shared_media / "odd" / "bbb_rotated90.mp4")
    straight = probe(shared_media / "odd" / "bbb_noaudio.mp4")
    _, upright = next(pictures_at(turned, [4000], 270))
    _, lying = next(pictures_at(straight, [4000], 480))
    assert upright.shape == (480, 270, 3)
    difference = np.abs(np.rot90(lying, 1).astype(int) - upright)
    other_way = np.abs(np.rot90(lying, 3).astype(int) - upright)
    assert difference.mean() < 12 < other_way.mean()


def test_cancelling_ends_the_pass_and_its_threads(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=4, size=(64, 36))
    progress = Progress()
    before = threading.enumerate()
    found = pictures(probe(tmp_path / "a.mp4"), 32, progress)
    for _ in range(10):
        next(found)
    progress.cancel()
    with pytest.raises(Cancelled):
        next(found)
    assert set(threading.enumerate()) <= set(before)


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=4, size=(64, 36))
    told: list[float] = []
    progress = Progress(lambda fraction, _: told.append(fraction))
    for _ in pictures(probe(tmp_path / "a.mp4"), 32, progress):
        pass
    assert told == sorted(told)
    assert told[-1] > 0.85


def test_a_clock_that_jumps_back_is_told(tmp_path: Path) -> None:
    make_media.film(tmp_path / "once.ts", seconds=4, size=(64, 36))
    joined = tmp_path / "joined.ts"
    joined.write_bytes((tmp_path / "once.ts").read_bytes() * 2)
    with pytest.raises(MediaError, match=r"jumps back after 0:0[34]"):
        for _ in pictures(probe(joined), 64, unwatched()):
            pass


def test_a_decoder_goes_when_its_pictures_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window fetches thumbnails all day; each decoder that stayed would hold some 20 MB."""
    path = tmp_path / "a.mp4"
    make_media.film(path, seconds=2, size=(64, 36))
    made: list[weakref.ref[frames._Finder]] = []
    real = frames._Finder

    def noted(*given: Any) -> frames._Finder:
        finder = real(*given)
        made.append(weakref.ref(finder))
        return finder

    monkeypatch.setattr(frames, "_Finder", noted)
    gc.disable()
    try:
        assert len(list(pictures_at(probe(path), [0, 1500, 200], 32))) == 3
        assert [one() for one in made] == [None]
    finally:
        gc.enable()
