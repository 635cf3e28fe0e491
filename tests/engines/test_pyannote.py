"""The diariser that works with pyannote.audio, on a package of its shape that these tests write.

The real package is not asked here: what is tested is the studio's side of the talk.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio import engines, paths
from studio.engines import Sound, Stretch, VoiceTurn
from studio.errors import EngineError, UsageError
from studio.times import Span
from tests.engines import fake_pyannote

RATE = 16_000
LOW, HIGH = 150, 700  # Hz


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """pyannote.audio, as good as installed."""
    fake_pyannote.write(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    for name in ("pyannote", "pyannote.audio"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import pyannote.audio  # type: ignore[import-not-found]

    yield pyannote.audio
    for name in ("pyannote", "pyannote.audio"):
        sys.modules.pop(name, None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "config.yaml").write_text("pipeline: {}\n")
    return tmp_path / "pipeline"


def voice(hertz: float, ms: int) -> np.ndarray:
    times = np.arange(ms * RATE // 1000) / RATE
    return (0.3 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def stretch(start: int, *parts: np.ndarray) -> Stretch:
    samples = np.concatenate(parts)
    return Stretch(Span(start, start + len(samples) * 1000 // RATE), Sound(samples, RATE))


def test_turns_come_back_in_the_films_time(package: Any, folder: Path) -> None:
    heard = [
        stretch(5_000, voice(HIGH, 1000), voice(LOW, 2000)),
        stretch(60_000, voice(LOW, 1500)),
        stretch(90_000, voice(HIGH, 700), voice(LOW, 800)),
    ]
    found = engines.open("diariser", f"pyannote:{folder}").tell_apart(iter(heard), 4)
    assert found == (
        VoiceTurn(Span(5_000, 6_000), 0),
        VoiceTurn(Span(6_000, 8_000), 1),
        VoiceTurn(Span(60_000, 61_500), 1),
        VoiceTurn(Span(90_000, 90_700), 0),
        VoiceTurn(Span(90_700, 91_500), 1),
    )
    assert (package.seen["rate"], package.seen["most"]) == (RATE, 4)
    assert len(package.seen["samples"]) == (3000 + 500 + 1500 + 500 + 1500) * RATE // 1000


def test_a_long_speech_in_pieces_is_heard_as_one(package: Any, folder: Path) -> None:
    heard = [stretch(1_000, voice(LOW, 1000)), stretch(2_000, voice(LOW, 1000))]
    found = engines.open("diariser", f"pyannote:{folder}").tell_apart(heard, 4)
    assert found == (VoiceTurn(Span(1_000, 3_000), 0),)
    assert len(package.seen["samples"]) == 2 * RATE


def test_nothing_heard_is_nobody(package: Any, folder: Path) -> None:
    diariser = engines.open("diariser", f"pyannote:{folder}")
    assert diariser.tell_apart([], 4) == ()
    assert "samples" not in package.seen
    assert diariser.tell_apart([stretch(0, voice(LOW, 1000) * 0)], 4) == ()


def test_it_works_offline_and_sends_no_metrics(
    package: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants as hub

    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("PYANNOTE_METRICS_ENABLED", "true")
    engines.open("diariser", f"pyannote:{folder}").tell_apart([stretch(0, voice(LOW, 500))], 4)
    assert package.seen["hub offline"] is True
    assert package.seen["environment"]["HF_HUB_OFFLINE"] == "1"
    assert package.seen["environment"]["PYANNOTE_METRICS_ENABLED"] == "false"
    assert hub.HF_HUB_OFFLINE is False
    assert "HF_HUB_OFFLINE" not in os.environ
    assert os.environ["PYANNOTE_METRICS_ENABLED"] == "true"


def test_it_stops_when_told_to(package: Any, folder: Path) -> None:
    (folder / "config.yaml").write_text("endless: true\n")

    class Told(BaseException):
        pass

    def stop() -> None:
        if "thread" in package.seen:  # it is at work
            raise Told

    with pytest.raises(Told):
        engines.open("diariser", f"pyannote:{folder}").tell_apart(
            [stretch(0, voice(LOW, 500))], 4, stop
        )
    package.seen["thread"].join(10)
    assert not package.seen["thread"].is_alive()


def test_a_pipeline_that_fails_is_a_sentence(package: Any, folder: Path) -> None:
    (folder / "config.yaml").write_text("broken\n")
    diariser = engines.open("diariser", f"pyannote:{folder}")
    with pytest.raises(EngineError, match="no such pipeline") as caught:
        diariser.tell_apart([stretch(0, voice(LOW, 500))], 4)
    assert "nothing is fetched" in caught.value.advice


def test_what_is_missing_is_said(
    folder: Path, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyannote", None)
    with pytest.raises(EngineError, match=r"needs pyannote\.audio") as caught:
        engines.open("diariser", f"pyannote:{folder}")
    assert "pip install 'pyannote.audio>=4,<5'" in caught.value.advice


def test_a_folder_without_a_pipeline_is_said(
    package: Any, tmp_path: Path, own_folders: Path
) -> None:
    with pytest.raises(UsageError, match=r"no config\.yaml"):
        engines.open("diariser", f"pyannote:{tmp_path}")
    with pytest.raises(EngineError, match=r"needs pyannote/config\.yaml"):
        engines.open("diariser", "pyannote")
    own = paths.data_folder() / "pyannote"
    own.mkdir(parents=True)
    (own / "config.yaml").write_text("pipeline: {}\n")
    engines.open("diariser", "pyannote")
