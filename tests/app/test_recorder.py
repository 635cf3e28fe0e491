"""The recorder: it counts in, keeps what is said, and loses nothing when a microphone does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QElapsedTimer

from studio.app import recorder as recorder_module
from studio.app.panels.waves import level_words
from studio.app.recorder import COUNT, QUIETEST, Phase, Recorder
from studio.errors import StudioError
from studio.speech.takes import keep, load_take
from tests.app.takes_rig import RATE, Given
from tests.app.window_rig import application, until


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    application()
    made = Recorder(step=20)
    yield made
    made.stop()


def test_what_is_said_while_it_counts_is_let_go(recorder: Recorder) -> None:
    microphone, got, counted = Given(), [], []
    recorder.recorded.connect(lambda samples, rate: got.append((samples, rate)))
    recorder.counted.connect(counted.append)
    recorder.start(microphone)
    microphone.say(0.9)
    until(lambda: recorder.phase is Phase.RECORDING, "it records")
    assert counted == [*range(COUNT, 0, -1), 0]
    microphone.say(0.25, 0.5)
    recorder.stop()
    [(samples, rate)] = got
    assert rate == RATE
    assert samples.size == RATE // 2
    assert np.abs(samples).max() == pytest.approx(0.25)
    assert microphone.heard is None


def test_stopping_while_it_counts_gives_nothing(recorder: Recorder) -> None:
    microphone, got = Given(), []
    recorder.recorded.connect(lambda *_: got.append(1))
    recorder.start(microphone)
    recorder.start(microphone)  # a second press while it counts changes nothing
    recorder.stop()
    assert (recorder.phase, got, microphone.heard, microphone.starts) == (Phase.IDLE, [], None, 1)


def test_the_level_is_that_of_the_loudest_sample(recorder: Recorder) -> None:
    microphone, levels = Given(), []
    recorder.heard.connect(lambda decibels, length: levels.append((decibels, length)))
    recorder.start(microphone)
    microphone.say(0.5, 0.1)
    until(lambda: levels, "a level is told")
    assert levels[0] == (pytest.approx(-6.02, abs=0.01), 0)
    until(lambda: recorder.phase is Phase.RECORDING, "it records")
    del levels[:]
    microphone.say(0.0, 0.2)
    until(lambda: levels, "a level is told again")
    assert levels[0] == (QUIETEST, 200)


def test_levels_are_told_in_words() -> None:
    assert [level_words(one) for one in (-60.0, -41.0, -12.4, -4.0, -0.2)] == [
        "silence", "−41 dB, soft", "−12 dB, good", "−4 dB, loud", "−0 dB, too loud"
    ]  # fmt: skip


def test_a_microphone_that_falls_silent_ends_the_recording_and_keeps_it(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    microphone, said, got = Given(), [], []
    recorder.failed.connect(lambda error: said.append(str(error)))
    recorder.recorded.connect(lambda samples, rate: got.append(samples.size))
    recorder.start(microphone)
    until(lambda: recorder.phase is Phase.RECORDING, "it records")
    microphone.say(0.2, 0.5)
    monkeypatch.setattr(QElapsedTimer, "hasExpired", lambda *_: not microphone_is_heard(recorder))
    until(lambda: said, "it is told")
    assert got == [RATE // 2]
    assert "gives no sound any more" in said[0]
    assert recorder.phase is Phase.IDLE


def microphone_is_heard(recorder: Recorder) -> bool:
    return bool(recorder._arrived)


def test_a_recording_that_is_forgotten_ends_by_itself_and_can_be_used(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(recorder_module, "_LONGEST", 1500)
    microphone, got = Given(), []
    recorder.recorded.connect(lambda samples, rate: got.append((samples, rate)))
    recorder.start(microphone)
    until(lambda: recorder.phase is Phase.RECORDING, "it records")
    microphone.say(0.2, 1.7)
    until(lambda: got, "it has ended")
    assert recorder.phase is Phase.IDLE
    take = keep(*got[0], tmp_path, "c1", "en", "x")
    assert take.duration == 1500
    assert load_take(take, tmp_path).size


def test_a_microphone_that_refuses_is_told(recorder: Recorder) -> None:
    said: list[StudioError] = []
    recorder.failed.connect(said.append)
    recorder.start(Given("The microphone is in use."))
    assert [str(one) for one in said] == ["The microphone is in use."]
    assert recorder.phase is Phase.IDLE
