from __future__ import annotations

import pytest

from studio.progress import Cancelled, Progress


def test_a_part_reports_within_the_whole() -> None:
    heard: list[tuple[float, str]] = []
    progress = Progress(lambda fraction, message: heard.append((fraction, message)))
    inner = progress.part(0.2, 0.6).part(0.5, 1.0)
    inner(0.0, "begin")
    inner(1.0, "end")
    inner(7.0, "too far")
    assert [fraction for fraction, _ in heard] == pytest.approx([0.4, 0.6, 0.6])
    assert heard[0][1] == "begin"


def test_cancelling_the_whole_stops_every_part_and_is_no_exception() -> None:
    progress = Progress()
    part = progress.part(0.0, 0.5)
    progress.cancel()
    with pytest.raises(Cancelled):
        part(0.1)
    with pytest.raises(Cancelled):
        part.check()
    assert not issubclass(Cancelled, Exception)
