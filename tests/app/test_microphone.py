"""The system's microphone, with PortAudio played by a stand-in; its troubles in sentences."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from studio.app.microphone import RATE, SystemMicrophone, microphones
from studio.errors import EngineError


class PortAudioError(Exception):
    """As sounddevice raises it: words, then PortAudio's number."""


def device(name: str, inputs: int, system: int) -> dict[str, Any]:
    return {
        "name": name,
        "max_input_channels": inputs,
        "hostapi": system,
        "default_samplerate": 44_100.0,
    }


class Stand:
    """What sounddevice would be on a machine with two microphones and a loudspeaker."""

    def __init__(self) -> None:
        self.devices = [
            device("Built-in", 2, 1),
            device("Speakers", 0, 1),
            device("USB", 1, 0),
            device("USB", 1, 1),
        ]
        self.preferred = 1
        self.rates = {44_100, 48_000}
        self.refusal: tuple[str, int] | None = None
        self.opened: list[tuple[Any, ...]] = []
        self.open = 0
        self.callback: Callable[..., None] | None = None

    def module(self) -> ModuleType:
        made: Any = ModuleType("sounddevice")
        made.PortAudioError = PortAudioError
        made._terminate = made._initialize = lambda: None
        made.query_devices = self.query
        made.query_hostapis = lambda: [{"name": "MME"}, {"name": "WASAPI"}]
        made.default = SimpleNamespace(hostapi=self.preferred)
        made.check_input_settings = self.check
        made.InputStream = self.stream
        return made  # type: ignore[no-any-return]

    def query(self, device: str | None = None, kind: str | None = None) -> Any:
        if kind is None:
            return self.devices
        return next(one for one in self.devices if (device or one["name"]).startswith(one["name"]))

    def check(self, device: str | None, channels: int, form: str, extra: None, rate: int) -> None:
        if rate not in self.rates:
            raise PortAudioError("Invalid sample rate", -9997)

    def stream(
        self, rate: int, block: int, device: str | None, *rest: object, callback: Any
    ) -> Any:
        self.opened.append((rate, block, device, *rest))
        self.callback = callback
        return self

    def start(self) -> None:
        if self.refusal is not None:
            raise PortAudioError(*self.refusal)
        self.open += 1

    def close(self) -> None:
        self.callback = None


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    made = Stand()
    monkeypatch.setitem(sys.modules, "sounddevice", made.module())
    return made


def test_only_what_hears_is_listed(stand: Stand) -> None:
    assert microphones() == ("Built-in, WASAPI", "USB, WASAPI")
    del stand.devices[0], stand.devices[-1]  # the preferred system knows no input any more
    assert microphones() == ("USB, MME",)
    stand.devices = []
    assert microphones() == ()


def test_blocks_come_as_one_channel_and_stay_what_they_were(stand: Stand) -> None:
    heard: list[Any] = []
    microphone = SystemMicrophone("USB")
    assert microphone.start(heard.append) == RATE
    assert stand.opened == [(RATE, RATE // 50, "USB", 1, "float32")]
    memory = np.full((4, 1), 0.5, np.float32)
    assert stand.callback is not None
    stand.callback(memory, 4, None, None)
    memory[:] = 0  # PortAudio writes the next block over it
    assert heard[0].tolist() == [0.5] * 4
    microphone.stop()
    assert stand.callback is None
    microphone.stop()


def test_a_device_that_cannot_do_48_khz_is_asked_for_its_own_rate(stand: Stand) -> None:
    stand.rates = {44_100}
    assert SystemMicrophone().start(lambda _: None) == 44_100


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (("Device unavailable", -9985), "the microphone is in use"),
        (("Invalid device", -9996), "there is no microphone"),
        (("Unanticipated host error: denied", -9999), "the system refuses the microphone"),
        (("Internal error", -9986), r"Recording cannot begin \(Internal error\)"),
    ],
)
def test_a_refusal_is_a_sentence_and_leaves_nothing_open(
    stand: Stand, refusal: tuple[str, int], said: str
) -> None:
    stand.refusal = refusal
    with pytest.raises(EngineError, match=said) as caught:
        SystemMicrophone().start(lambda _: None)
    assert caught.value.advice
    assert stand.callback is None


def test_no_device_at_all_is_a_sentence(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> None:
        raise PortAudioError("Error querying device -1")

    stand.rates = set()
    monkeypatch.setattr(sys.modules["sounddevice"], "query_devices", nothing)
    with pytest.raises(EngineError, match="there is no microphone"):
        SystemMicrophone().start(lambda _: None)


@pytest.mark.parametrize(
    ("missing", "said"), [(None, "needs the package"), ("library", "apt-get install libportaudio2")]
)
def test_what_is_missing_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, missing: str | None, said: str
) -> None:
    if missing is None:
        monkeypatch.setitem(sys.modules, "sounddevice", None)
    else:
        monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
        own_import = __import__

        def without(name: str, *rest: Any) -> Any:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")
            return own_import(name, *rest)

        monkeypatch.setattr("builtins.__import__", without)
    with pytest.raises(EngineError, match=said) as caught:
        microphones()
    assert "Recordings made elsewhere can be imported." in caught.value.meaning
