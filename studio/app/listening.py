"""Plays one short sound, to hear what a voice is like; the film's own player stays as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio import paths
from studio.app.player.libmpv import Mpv, new_mpv

_TICK_RATE = 48_000  # Hz
_TICKS = (880.0, 880.0, 1320.0)  # Hz; the last one is higher, so that an ear knows it is the last
_TICK = 0.12  # s
_TICK_LEVEL = 0.2


class Listening:
    """A second mpv without a picture, started when it is first needed."""

    def __init__(self) -> None:
        self._mpv: Mpv | None = None

    def play(self, file: Path) -> None:
        """Play a sound file from its start. Raises MediaError without libmpv."""
        if self._mpv is None:
            self._mpv = new_mpv(
                vid="no",
                config=False,
                load_scripts=False,
                terminal=False,
                input_default_bindings=False,
                audio_fallback_to_null="yes",
                audio_client_name="Audio Description Studio",
            )
        self._mpv.command_async("loadfile", str(file), "replace")

    def stop(self) -> None:
        """End what is playing."""
        if self._mpv is not None:
            self._mpv.command_async("stop")

    def close(self) -> None:
        """End mpv."""
        if self._mpv is not None:
            self._mpv.terminate()
            self._mpv = None


def tick_file(number: int) -> Path:
    """The sound of step `number` (0, 1, 2) of a count-in, from the cache or made now."""
    from studio.media.audio import save_wav

    pitch = _TICKS[number]
    file = paths.cache_folder("sounds") / f"tick-{pitch:.0f}.wav"
    if not file.exists():
        at = np.arange(int(_TICK * _TICK_RATE)) / _TICK_RATE
        shape = np.sin(np.pi * at / _TICK)  # from silence to silence, so that nothing clicks
        tone = _TICK_LEVEL * shape * np.sin(2 * np.pi * pitch * at)
        save_wav(file, tone.astype(np.float32), _TICK_RATE)
    return file
