"""Plays one short sound, to hear what a voice is like; the film's own player stays as it is."""

from __future__ import annotations

from pathlib import Path

from studio.app.player.libmpv import Mpv, new_mpv


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

    def close(self) -> None:
        """End mpv."""
        if self._mpv is not None:
            self._mpv.terminate()
            self._mpv = None
