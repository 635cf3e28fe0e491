"""What a screen reader finds, over the real bus, in a window on a real (if unseen) screen."""

from __future__ import annotations

from pathlib import Path

from tests.app.bus_rig import over_the_bus
from tests.app.window_rig import small_project


def test_a_screen_reader_reads_and_writes_a_description(tmp_path: Path) -> None:
    found = over_the_bus("screen_reader", small_project(tmp_path))
    assert found["nameless"] == []
    assert found["written"] == "A door opens. Slowly."
    assert found["fit"].startswith("Fits: ")
    assert [row.partition(",")[0] for row in found["rows"]] == [
        "Description 1 of 3",
        "Description 2 of 3",
        "Description 3 of 3",
    ]
    assert found["rows"][1].endswith(": A door opens.")
