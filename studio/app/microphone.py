"""Where recordings come from. The one place that knows the system's sound input (PortAudio)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from studio.errors import EngineError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]
    Heard = Callable[[Samples], None]

RATE = 48_000  # Hz; what clips have, so nothing is converted where the device can do it
_PAUSE = 0.02  # s of sound in a block


class Microphone(Protocol):
    """Something that hears."""

    def start(self, heard: Heard) -> int:
        """Begin to listen; gives the rate in Hz.

        heard: called in a thread of the system's with each block of one channel, (n,), full scale
        1.0. Raises EngineError.
        """
        ...

    def stop(self) -> None:
        """Cease to listen; `heard` is not called after this. Does nothing where it does not."""
        ...


def microphones() -> tuple[str, ...]:
    """The inputs that are plugged in now, each as `SystemMicrophone` is given it.

    Of several systems that know the same devices only the preferred one is asked; its name stands
    with each, so that no two are called alike. Not to be called while one listens: PortAudio knows
    what was there when it was started, so it is started anew. Raises EngineError without PortAudio.
    """
    sounddevice = _sounddevice()
    with _told("The microphones cannot be listed"):
        # the package's own way to look again; it has no public name for it
        sounddevice._terminate()
        sounddevice._initialize()
        inputs = [one for one in sounddevice.query_devices() if one["max_input_channels"]]
        systems = [one["name"] for one in sounddevice.query_hostapis()]
        preferred = sounddevice.default.hostapi
    own = [one for one in inputs if one["hostapi"] == preferred] or inputs
    return tuple(dict.fromkeys(f"{one['name']}, {systems[one['hostapi']]}" for one in own))


class SystemMicrophone:
    """One of `microphones`, or the one the system prefers."""

    def __init__(self, name: str = "") -> None:
        """name: "" for the one the system prefers."""
        self._name = name
        self._stream: Any = None

    def start(self, heard: Heard) -> int:
        """Begin to listen, at RATE where the device can. Raises EngineError."""
        sounddevice = _sounddevice()
        device = self._name or None

        def take(block: Samples, _count: int, _time: object, _flags: object) -> None:
            heard(np.array(block[:, 0]))  # PortAudio uses its own memory again

        with _told("Recording cannot begin"):
            try:
                sounddevice.check_input_settings(device, 1, "float32", None, RATE)
                rate = RATE
            except sounddevice.PortAudioError:  # says below what is wrong, if it is not the rate
                rate = int(sounddevice.query_devices(device, "input")["default_samplerate"])
            self._stream = sounddevice.InputStream(
                rate, int(rate * _PAUSE), device, 1, "float32", callback=take
            )
            try:
                self._stream.start()
            except sounddevice.PortAudioError:
                self.stop()
                raise
        return rate

    def stop(self) -> None:
        """Cease to listen."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def _sounddevice() -> Any:
    """The package, loaded when it is first needed: it starts PortAudio."""
    try:
        import sounddevice
    except ImportError as error:
        raise EngineError(
            "Recording needs the package sounddevice, which is not installed.",
            "Recordings made elsewhere can be imported.",
            "Install it with: pip install 'audio-description-studio[app]'",
        ) from error
    except OSError as error:
        raise EngineError(
            "Recording needs the library PortAudio, which is missing.",
            "Recordings made elsewhere can be imported.",
            "Install it (on Debian and Ubuntu: apt-get install libportaudio2) and start again.",
        ) from error
    return sounddevice


# PortAudio's numbers for what goes wrong most, from portaudio.h
_NO_DEVICE, _BUSY, _HOST_ERROR = -9996, -9985, -9999


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn what PortAudio says into a sentence."""
    import sounddevice

    try:
        yield
    except (sounddevice.PortAudioError, ValueError) as error:
        code = error.args[1] if len(error.args) > 1 else None
        if code == _NO_DEVICE or isinstance(error, ValueError) or "Error querying" in str(error):
            why = f"{what}: there is no microphone."
            advice = "Plug one in, or choose another."
        elif code == _BUSY:
            why = f"{what}: the microphone is in use."
            advice = "Close the other program that records, or choose another microphone."
        elif code == _HOST_ERROR:
            why = f"{what}: the system refuses the microphone ({error.args[0]})."
            advice = "Allow this program to use it in the system's settings, or choose another."
        else:
            why = f"{what} ({error.args[0]})."
            advice = "Choose another microphone, or import a recording."
        raise EngineError(why, "Nothing was recorded.", advice) from error
