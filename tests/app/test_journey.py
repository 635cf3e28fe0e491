"""From a film to its delivery by keyboard and screen reader alone, and what is in the delivery."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import correlate

from studio import rehearsal, steps
from studio.app import actions
from studio.progress import unwatched
from studio.script.model import Project
from tests.app.bus_rig import over_the_bus
from tests.app.window_rig import small_film
from tests.media.test_export import decodes_cleanly, heard

_RATE = 48_000
_WAIT = 2000  # ms, which the journey gives the second description
_FRAME = 42  # ms, of the slower film
_AROUND = _RATE // 4  # samples looked at before and after a description
_SECOND = "Description 2 sounds here."


def test_a_made_film_all_the_way(tmp_path: Path) -> None:
    film = small_film(tmp_path)
    found = over_the_bus("journey", film, tmp_path)
    assert found["analysed"].startswith("2 scenes and 2 gaps")
    _went_well(found)
    project = _kept(tmp_path, 2)
    _delivered_right(tmp_path, project, ".mp4")
    with av.open(str(tmp_path / "out" / "journey_en.track.mp4")) as container:
        own, described = container.streams.audio
        assert own.disposition == av.stream.Disposition.default
        assert described.disposition & av.stream.Disposition.visual_impaired
        assert described.metadata["handler_name"] == "Audio description"


def test_a_real_film_all_the_way(tmp_path: Path, shared_media: Path) -> None:
    found = over_the_bus("journey", shared_media / "film" / "big_buck_bunny_30s.webm", tmp_path)
    _went_well(found)
    project = _kept(tmp_path, 4)
    _delivered_right(tmp_path, project, ".webm")
    told = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert "keep the flag" in json.dumps(told)  # WebM has no place for it, and that is said


def _went_well(found: dict[str, Any]) -> None:
    """What was met on the way is as it should be."""
    assert found["nameless"] == []
    assert found["fit"].startswith("The film waits 2.0 s: ")
    sounding = [_SECOND in place for place in found["heard"]]
    assert sounding[0] is False, "there is no lead-in"
    assert True in sounding, "the description was not played"
    assert sounding[-1] is False, "it does not end"
    assert found["undone"] == [
        "Undone: Change the wait",
        "Undone: Change whether the film waits",
        "Done again: Change whether the film waits",
        "Done again: Change the wait",
    ]
    assert found["identical"] is True
    assert [one for one, key in found["keys"].items() if not key] == []
    fixed = {one.text for one in actions.TABLE if one.id not in {"undo", "redo"}}
    assert fixed <= set(found["keys"])


def _kept(folder: Path, cues: int) -> Project:
    """The project as it was saved holds what was typed."""
    project, _ = steps.open_project(folder / "journey.adproject")
    assert len(project.cues) == cues
    second = project.cues[1]
    version = second.version("en")
    assert version is not None
    assert version.text == "A rabbit yawns."
    assert version.voice is not None
    assert version.clip is not None
    assert (version.voice.voice, version.clip.voice) == ("slt", "slt")
    assert (second.mode, second.freeze, second.accepted) == ("extended", _WAIT, True)
    return project


def _delivered_right(folder: Path, project: Project, suffix: str) -> None:
    """The exports can be decoded whole, are as long as planned, and speak when planned."""
    _, info = steps.open_project(folder / "journey.adproject")
    planned = rehearsal.sounding(project, info, "en", rehearsal.picture_times(info, unwatched()))
    waits = [wait for _, wait in planned.waits]
    assert _WAIT in waits
    assert planned.length == pytest.approx(info.duration + sum(waits), abs=_FRAME)
    assert len(planned.plan.clips) == len(project.cues)
    for name, track in ((f"journey_en{suffix}", 0), (f"journey_en.track{suffix}", 1)):
        delivery = folder / "out" / name
        decodes_cleanly(delivery)
        sound = heard(delivery, track)
        assert len(sound) / _RATE == pytest.approx(planned.length / 1000, abs=0.1)
        for clip in planned.plan.clips:
            assert abs(_late(sound, clip.start, heard(clip.file))) <= 0.011 * _RATE, name


def _late(sound: NDArray[np.float32], planned: int, clip: NDArray[np.float32]) -> int:
    """By how many samples the clip lies behind its planned place in the sound."""
    start = max(0, planned - _AROUND)
    part = sound[start : planned + len(clip) + _AROUND]
    likeness = correlate(np.diff(part), np.diff(clip), "valid")  # speech is clearest high up
    return int(np.argmax(likeness)) + start - planned
