"""A speaker that started before there is a text: says the same, is used once, leaves nothing."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio import engines
from studio.engines import ReadySpeaker, Voice, flite, speech_program
from studio.engines.waiting import Waiting
from studio.errors import EngineError, UsageError
from studio.script.model import Cue, Project, Take, Version, VoiceChoice
from studio.speech import synthesise
from tests.engines.test_clips import project

TEXT = "A small boat drifts past the empty pier."
RMS, SLT = Voice("rms", "en"), Voice("slt", "en")

Programs = list[subprocess.Popen[bytes]]


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Programs]:
    """Every program that is started, in order."""
    found: Programs = []
    real = speech_program.started

    def noted(*arguments: Any) -> subprocess.Popen[bytes]:
        found.append(real(*arguments))
        return found[-1]

    monkeypatch.setattr(speech_program, "started", noted)
    flite._spare.clear()
    yield found
    flite._spare.clear()


@pytest.fixture
def speaker() -> ReadySpeaker:
    """flite."""
    found = engines.open("speaker", "flite")
    assert isinstance(found, ReadySpeaker)
    return found


def test_one_that_waited_says_the_same(speaker: ReadySpeaker, programs: Programs) -> None:
    fresh = speaker.speak(TEXT, RMS, 1.1)
    speaker.get_ready(RMS, 1.1)
    assert len(programs) == 2
    waited = speaker.speak(TEXT, RMS, 1.1)
    assert len(programs) == 2  # none was started for the text
    assert waited.rate == fresh.rate
    assert np.array_equal(waited.samples, fresh.samples)
    speaker.speak(TEXT, RMS, 1.1)
    assert len(programs) == 3  # it said one text


@pytest.mark.parametrize(("voice", "tempo"), [(SLT, 1.0), (RMS, 1.2)])
def test_one_waits_for_its_voice_and_pace_only(
    speaker: ReadySpeaker, programs: Programs, voice: Voice, tempo: float
) -> None:
    speaker.get_ready(RMS, 1.0)
    other = speaker.speak(TEXT, voice, tempo)
    assert len(programs) == 2
    assert not np.array_equal(other.samples, speaker.speak(TEXT, RMS, 1.0).samples)
    assert len(programs) == 2  # it still waited


def test_only_one_waits_and_is_not_started_again(speaker: ReadySpeaker, programs: Programs) -> None:
    speaker.get_ready(RMS, 1.0)
    speaker.get_ready(RMS, 1.0)
    assert len(programs) == 1
    speaker.get_ready(SLT, 1.0)
    first, second = programs
    assert first.returncode is not None
    assert second.poll() is None
    flite._spare.clear()
    assert second.returncode is not None


def test_one_that_died_meanwhile_is_not_waited_for(
    speaker: ReadySpeaker, programs: Programs
) -> None:
    speaker.get_ready(RMS, 1.0)
    programs[0].kill()
    programs[0].wait()
    assert speaker.speak(TEXT, RMS, 1.0).samples.size
    assert len(programs) == 2


def test_nothing_is_left_behind(
    speaker: ReadySpeaker,
    programs: Programs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    speaker.get_ready(RMS, 1.0)
    assert list(tmp_path.iterdir()) == []
    speaker.speak(TEXT, RMS, 1.0)
    assert list(tmp_path.iterdir()) == []
    speaker.get_ready(RMS, 1.0)
    with programs[-1] as waiting:  # as when the studio is killed: its end of the pipe is closed
        assert waiting.stdin is not None
        waiting.stdin.close()
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_fails_is_told(speaker: ReadySpeaker, programs: Programs) -> None:
    with pytest.raises(EngineError, match="it failed with exit code 1"):
        Waiting("it", lambda _: ["false"]).say(TEXT)
    with pytest.raises(EngineError, match="it could not be started"):
        Waiting("it", lambda _: ["no-such-program"])
    with pytest.raises(EngineError, match="it wrote no sound"):
        Waiting("it", lambda _: ["true"]).say(TEXT)
    assert [program.returncode for program in programs] == [1, 0]
    with pytest.raises(UsageError, match="no voice"):
        speaker.get_ready(Voice("nobody", "en"), 1.0)


def said_by(speaker: str, called: str, **changes: Any) -> Project:
    """One description in the language's voice."""
    cue = Cue("c1", 0, 5000, (Version("en", TEXT, **changes),))
    return project(cues=(cue,), voices=(VoiceChoice("en", speaker, called),))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("rms", "duration_stretch=1.0000")),
        ({"voice": VoiceChoice("en", "flite", "slt")}, ("slt", "duration_stretch=1.0000")),
        ({"tempo": 1.25}, ("rms", "duration_stretch=0.8000")),
    ],
)
def test_the_voice_of_the_description_gets_ready(
    programs: Programs, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    made = said_by("flite", "rms", **changes)
    synthesise.get_ready(made, "en", made.cues[0].id)
    (program,) = programs
    assert isinstance(program.args, list)
    assert set(expected) < set(program.args)


def test_a_model_and_a_recording_are_not_begun(programs: Programs) -> None:
    take = {"takes": (Take("a.wav", 1000, 0, 1000, TEXT),), "take": "a.wav"}
    for made in (
        said_by("xtts", "someone"),  # which is not here: an attempt to open it would raise
        said_by("espeak-ng", "en"),
        said_by("flite", "rms", **take),
        project(TEXT, voices=()),
    ):
        synthesise.get_ready(made, "en", made.cues[0].id)
    assert programs == []
