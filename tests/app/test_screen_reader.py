"""What a screen reader finds, over the real bus, in a window on a real (if unseen) screen."""

from __future__ import annotations

from pathlib import Path

from studio.script import edits, store
from studio.script.model import Draft
from tests.app.bus_rig import over_the_bus
from tests.app.window_rig import small_project


def test_a_screen_reader_reads_and_writes_a_description(tmp_path: Path) -> None:
    found = over_the_bus("screen_reader", _with_drafts(small_project(tmp_path)))
    assert found["nameless"] == []
    assert found["written"] == "A door opens. Slowly."
    assert found["fit"].startswith("Fits: ")
    assert [row.partition(",")[0] for row in found["rows"]] == [
        "Description 1 of 3",
        "Description 2 of 3",
        "Description 3 of 3",
    ]
    assert found["rows"][1].endswith(": A door opens.")
    assert [role for _, _, role in found["cards"]] == ["list item"] * 3
    assert [name for name, _, _ in found["cards"]] == [
        "Draft 1 of 2: A door opens.; 3 of 5 words; taken; by evidence.",
        "Draft 2 of 2: A red door.; 3 of 5 words; by m, model big.",
        "0, Leave silent.",
    ]
    assert found["cards"][1][1] == "By m, model big. Seen: A door."
    assert found["silent"] == "Left silent: nothing is said here."
    assert found["taken"] == "Draft 2 taken: A red door."


def _with_drafts(file: Path) -> Path:
    """With two drafts for the second description."""
    project = store.load(file)
    drafts = (
        Draft("en", "A door opens.", "evidence"),
        Draft("en", "A red door.", "m", ("model big", "saw: A door.")),
    )
    store.save(edits.put_draft(project, project.cues[1].id, drafts), file)
    return file
