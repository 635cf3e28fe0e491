"""Pictures for a strip: each near its time, none too many, and none after it was told to stop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from studio.media.frames import pictures_at
from studio.media.probe import probe
from studio.media.thumbnails import thumbnails
from studio.progress import Cancelled, Progress, unwatched
from tests import make_media


def test_close_ones_are_exact_and_far_ones_near(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=20, size=(64, 36), cuts=(5.5, 11), gop=250)
    info = probe(tmp_path / "a.mp4")
    close = [6000, 5000, 6040]
    found = dict(thumbnails(info, close, 64, unwatched()))
    assert list(found) == sorted(close)
    for time, pixels in pictures_at(info, sorted(close), 64):
        assert np.array_equal(found[time], pixels)
    far = [time for time, _ in thumbnails(info, [0, 8000, 16_000], 64, unwatched())]
    assert far == [0, 8000, 16_000]


def test_stopping_stops_between_two_pictures(tmp_path: Path) -> None:
    make_media.film(tmp_path / "a.mp4", seconds=2, size=(64, 36))
    progress = Progress()
    found = thumbnails(probe(tmp_path / "a.mp4"), [0, 500, 1000], 64, progress)
    assert next(found)[0] == 0
    progress.cancel()
    with pytest.raises(Cancelled):
        next(found)
