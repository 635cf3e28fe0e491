"""One mpv and one clock, in output time: what is seen and heard is what will be exported.

The picture is an edit list of the film, or of its small copy once that is made, with its holds; the
sound is the export's own mix, made as mpv reads it. An edit that leaves the freezes as they are
only changes what is read next; one that moves a freeze opens the edit list anew at the same place.

mpv's own threads never touch the player: what they have to say comes as queued signals.
"""

from __future__ import annotations

import itertools
import math
import os
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from studio.app.player.changes import sounds_alike
from studio.app.player.libmpv import Files, SoftwareRenderer, new_mpv
from studio.app.player.mixstream import Mix, MixStream, Volumes
from studio.app.player.reel import Reel, edit_list
from studio.app.player.stills import HeldPictures, Stills
from studio.errors import StudioError
from studio.media.probe import probe
from studio.media.soundtrack import Soundtrack
from studio.mix.sound import clip_reader
from studio.mix.sounding import Sounding
from studio.times import MS_PER_SECOND

_BEHIND, _AHEAD = 500, 3000  # ms around now that mpv may have read already
_BACKWARD_STEP = 40  # ms between two pictures when running backwards
_QUIETEST = -60.0  # dB; from here on down nothing is heard
_LOADS_KEPT = 4  # mpv may still be opening what has been replaced since
_WITH_INDEX = (0, 38, 0)  # from this mpv on `loadfile` has one word more

_OPTIONS: dict[str, str | int | bool] = {
    "pause": True,
    "idle": True,
    "keep_open": "always",
    "hr_seek": "always",
    "hr_seek_framedrop": False,
    "hwdec": "no",
    "sws_fast": True,
    "sws_scaler": "bilinear",
    # what has been read is soon outdated: read little ahead, keep nothing
    "cache": "no",
    "demuxer_readahead_secs": 1,
    "demuxer_max_back_bytes": 0,
    "demuxer_seekable_cache": "no",
    # a film is untrusted: nothing but its own file is opened, no program of the user's is run
    "ordered_chapters": False,
    "autoload_files": False,
    "demuxer_lavf_o": "protocol_whitelist=file",
    "load_scripts": False,
    "ytdl": False,
    "config": False,
    "sid": "no",
    "osd_level": 0,
    "terminal": False,
    "input_default_bindings": False,
    "audio_client_name": "Audio Description Studio",
}


@dataclass
class _Load:
    """One opening of the film in mpv. mix: what is heard, another after an edit."""

    number: int
    reel: Reel
    mix: Mix
    held: HeldPictures
    sound: MixStream | None = None


class Player(QObject):
    """Plays a `Sounding`. All times are output ms; everything belongs into the window's thread.

    position_changed: the playhead moved. playing_changed: it began or ceased to move by itself.
    ready: the first picture is there after `open`. failed: a sentence for the user.
    picture_changed: there may be a new picture to draw.
    """

    position_changed = Signal(int)
    playing_changed = Signal(bool)
    failed = Signal(str)
    ready = Signal()
    picture_changed = Signal()

    _restarted = Signal()
    _loaded = Signal()
    _broken = Signal(str)
    _time_told = Signal(float)
    _end_reached = Signal()
    _seek_refused = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        sound: str = "auto",
        picture: bool = True,
        **options: str | int | bool,
    ) -> None:
        """Start mpv; to be made after the QApplication. Raises MediaError without libmpv.

        sound: mpv's name of an output, e.g. "null"; "auto" takes the system's, and none where
        there is none. picture: False where no Screen will show it. options: further ones of mpv.
        """
        super().__init__(parent)
        self._sounding: Sounding | None = None
        self._proxy: Reel | None = None
        self._track: Soundtrack | None = None
        self._stills: Stills | None = None
        self._volumes = Volumes()
        self._loads: OrderedDict[str, _Load] = OrderedDict()
        self._outdated: list[Callable[[], None]] = []  # closes what the film before was read with
        self._position = 0
        self._playing = False
        self._opening = False
        self._in_flight = False
        self._wanted: tuple[float, str] | None = None  # the seek to be made next
        self._audio_track: int | None = None
        self._follow = True  # whether the playhead follows mpv's clock; not after a jump
        self._choose_output = sound == "auto"
        self._range_end: int | None = None
        self._looping = False
        self._numbers = itertools.count(1)
        self._at_end = False
        self._backward = 0.0
        self._since_step = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(_BACKWARD_STEP)
        self._timer.timeout.connect(self._step_backward)
        outputs: dict[str, str | int | bool] = (
            {"audio_fallback_to_null": "yes"} if sound == "auto" else {"ao": sound}
        )
        self._mpv = new_mpv(
            **{**_OPTIONS, **outputs, "vo": "libmpv" if picture else "null", **options}
        )
        self._closed = False
        self._files = [
            Files(self._mpv, "mix", self._sound_of, self._tell),
            Files(self._mpv, "held", self._held_of, self._tell),
        ]
        self._renderer = SoftwareRenderer(self._mpv, self.picture_changed.emit) if picture else None
        self._connect()

    def _connect(self) -> None:
        self._restarted.connect(self._on_restarted)
        self._loaded.connect(self._on_loaded)
        self._broken.connect(self._on_broken)
        self._time_told.connect(self._on_time)
        self._end_reached.connect(self._on_end)
        self._seek_refused.connect(self._on_restarted)
        self._mpv.event_callback("playback-restart")(lambda _: self._restarted.emit())
        self._mpv.event_callback("file-loaded")(lambda _: self._loaded.emit())
        self._mpv.event_callback("end-file")(self._hear_end)
        self._mpv.observe_property("time-pos", self._hear_time)
        self._mpv.observe_property("eof-reached", self._hear_eof)

    # --- heard in mpv's threads -------------------------------------------------------------------

    def _hear_time(self, _: str, seconds: float | None) -> None:
        if seconds is not None:
            self._time_told.emit(seconds)

    def _hear_eof(self, _: str, reached: bool | None) -> None:
        if reached:
            self._end_reached.emit()

    def _hear_end(self, event: Any) -> None:
        said = event.as_dict()
        if _text(said.get("reason")) == "error":
            self._broken.emit(_text(said.get("file_error")))

    def _sound_of(self, number: str) -> MixStream | None:
        load = self._loads.get(number)
        return None if load is None else load.sound

    def _held_of(self, number: str) -> HeldPictures | None:
        load = self._loads.get(number)
        return None if load is None else load.held

    def _tell(self, error: Exception) -> None:
        """A file that mpv reads could not be made; a sentence for the user, or a bug."""
        if isinstance(error, StudioError):
            self.failed.emit(str(error))
        else:
            self.failed.emit(f"The film cannot be played on: {error!r}.")

    # --- what is played ---------------------------------------------------------------------------

    def open(self, sounding: Sounding) -> None:
        """Show a film from its start, paused. A film that cannot be played is told by `failed`.

        Raises MediaError where its sound cannot be opened.
        """
        self.pause()
        self._let_go()
        self._opening = True
        self._position = 0
        self._sounding = sounding
        self._track = self._opened_track(sounding)
        self._load(Reel(sounding.info, sounding.times.rate))
        self.position_changed.emit(0)

    def update(self, sounding: Sounding) -> None:
        """Go on with another sounding of the same film, at the same place of the film.

        Nothing is interrupted but where the edit can be heard within the next few seconds, or
        moves a freeze.
        """
        load = self._load_under_way()
        earlier, self._sounding = load.mix.sounding, sounding
        if sounding.time_map == earlier.time_map and sounding.plan.length == earlier.plan.length:
            near = (self._position - _BEHIND, self._position + _AHEAD)
            begin, end = (ms * sounding.plan.rate // MS_PER_SECOND for ms in near)
            load.mix = replace(load.mix, sounding=sounding)
            if not sounds_alike(earlier.plan, sounding.plan, begin, end):
                self._read_again()
            return
        film = earlier.time_map.film(Fraction(self._position, MS_PER_SECOND))
        shown = sounding.time_map.output_end(film)
        self._move_to(min(math.ceil(shown * MS_PER_SECOND), self.length))
        self._load(load.reel)

    def use_proxy(self, file: Path) -> None:
        """Show the pictures of the film's small copy from now on. Raises MediaError."""
        load = self._load_under_way()
        self._load(Reel(probe(file), load.mix.sounding.times.rate))

    @property
    def sounding(self) -> Sounding | None:
        """What is played; None before `open`."""
        return self._sounding

    def _load_under_way(self) -> _Load:
        if not self._loads:
            raise ValueError("no film is open in the player")
        return next(reversed(self._loads.values()))

    def _opened_track(self, sounding: Sounding) -> Soundtrack | None:
        if sounding.source is None:
            return None
        form = sounding.form
        return Soundtrack(sounding.info, sounding.source, form.rate, form.layout)

    def _load(self, reel: Reel) -> None:
        """Let mpv open the film at the playhead."""
        sounding = self._known_sounding()
        if self._stills is None or self._stills.reel != reel:
            if self._stills is not None:
                self._outdated.append(self._stills.close)
            self._stills = Stills(reel)
        rate = sounding.plan.rate
        load = _Load(
            next(self._numbers),
            reel,
            Mix(sounding, self._volumes, self._track, clip_reader(rate)),
            HeldPictures(self._stills, sounding.time_map, reel.rate),
        )
        load.sound = MixStream(lambda: load.mix)
        self._loads[str(load.number)] = load
        while len(self._loads) > _LOADS_KEPT:
            self._loads.popitem(last=False)
        film = edit_list(reel, sounding.time_map, sounding.times.end, f"held://{load.number}")
        start = float(sounding.frame_start(self._position))
        self._in_flight, self._wanted, self._audio_track = True, None, None
        self._send(
            "loadfile",
            os.fsencode(film),
            "replace",
            *(() if self._mpv.mpv_version_tuple < _WITH_INDEX else ("-1",)),
            f"start={start:.9f},audio-file=mix://{load.number}",
        )

    def _known_sounding(self) -> Sounding:
        if self._sounding is None:
            raise ValueError("no film is open in the player")
        return self._sounding

    def _read_again(self) -> None:
        """Let mpv forget what it has read of the mix; until the track is known nothing was read."""
        if self._audio_track is not None:
            self._send("set", "aid", "no")
            self._send("set", "aid", str(self._audio_track))

    def _on_loaded(self) -> None:
        tracks = self._mpv.track_list
        mine = [one["id"] for one in tracks if one["type"] == "audio" and one.get("external")]
        self._audio_track = mine[0] if mine else None
        if self._audio_track is not None:
            self._send("set", "aid", str(self._audio_track))

    def _on_broken(self, why: str) -> None:
        self._in_flight = False
        self._set_playing(False)
        sounding = self._known_sounding()
        self.failed.emit(
            f"“{sounding.info.path.name}” cannot be played ({why}). Nothing of your work is "
            "lost. Check that the film is still where it was, and open the project again."
        )

    def _let_go(self) -> None:
        """What the film before was read with is closed once mpv no longer reads it."""
        for one in (self._track, self._stills):
            if one is not None:
                self._outdated.append(one.close)
        self._track = self._stills = None

    def _close_outdated(self) -> None:
        while self._outdated:
            self._outdated.pop()()

    # --- where and how ----------------------------------------------------------------------------

    @property
    def position(self) -> int:
        """The playhead, in output ms."""
        return self._position

    @property
    def playing(self) -> bool:
        """Whether the playhead moves by itself, in either direction."""
        return self._playing

    @property
    def length(self) -> int:
        """The length of the described film in ms; 0 before `open`."""
        return 0 if self._sounding is None else self._sounding.length

    def to_film(self, output: int) -> int:
        """The film time shown at output time `output`."""
        return self._known_sounding().to_film(output)

    def to_output(self, film: int) -> int:
        """When what starts at film time `film` is shown."""
        return self._known_sounding().to_output(film)

    def play(self) -> None:
        """Go on from the playhead; from the start where that is at the film's end."""
        sounding = self._known_sounding()
        self._stop_backward()
        if sounding.frame_start(self._position) >= sounding.last_frame:
            self._go(0)
        elif self._at_end:
            self._go(self._position)
        self._follow = True
        self._send("set", "speed", "1")
        self._send("set", "pause", "no")
        self._set_playing(True)

    def pause(self) -> None:
        """Stand still on the picture that shows."""
        self._stop_backward()
        self._send("set", "pause", "yes")
        self._set_playing(False)

    def toggle(self) -> None:
        """Pause, or play."""
        if self._playing:
            self.pause()
        else:
            self.play()

    def seek(self, output: int, exact: bool = True) -> None:
        """Jump to `output`; ends a range. The picture follows as fast as it can.

        exact: to that very frame; False to a key frame near it, for films that seek slowly.
        """
        self.stop_range()
        self._go(output, exact=exact)

    def step(self, frames: int) -> None:
        """Pause, and move by so many pictures, back where negative."""
        self.pause()
        sounding = self._known_sounding()
        shown = sounding.frame_start(self._position) + frames / sounding.times.rate
        self.seek(math.ceil(shown * MS_PER_SECOND))

    def shuttle(self, speed: float) -> None:
        """Run at a multiple of the normal speed; backwards, without sound, where negative."""
        self.stop_range()
        if speed == 0:
            self.pause()
        elif speed > 0:
            self.play()
            self._send("set", "speed", f"{speed:.3f}")
        else:
            self.pause()
            self._backward = -speed
            self._since_step.start()
            self._timer.start()
            self._set_playing(True)

    def play_range(self, start: int, end: int, loop: bool = False) -> None:
        """Play from `start` to `end` and stand there; with `loop`, over and over."""
        self.stop_range()
        end = min(end, self.length)
        if loop:
            self._send("set", "ab-loop-a", _seconds(start))
            self._send("set", "ab-loop-b", _seconds(end))
            self._looping = True
        else:
            self._send("set", "end", _seconds(end))
            self._range_end = end
        self._go(start)
        self.play()

    def stop_range(self) -> None:
        """Forget the range; whether the film plays stays as it is."""
        if self._looping:
            self._send("set", "ab-loop-a", "no")
            self._send("set", "ab-loop-b", "no")
            self._looping = False
        if self._range_end is not None:
            self._send("set", "end", "none")
            self._range_end = None

    def set_volumes(self, film_db: float, description_db: float) -> None:
        """Gains of this preview in dB, 0 is as exported; -60 and less is silence."""
        self._hear(replace(self._volumes, film=_gain(film_db), description=_gain(description_db)))

    def solo_description(self, alone: bool) -> None:
        """Leave the film's own sound out of this preview, or take it in again."""
        self._hear(replace(self._volumes, alone=alone))

    def _hear(self, volumes: Volumes) -> None:
        if volumes == self._volumes:
            return
        self._volumes = volumes
        if self._loads:
            load = self._load_under_way()
            load.mix = replace(load.mix, volumes=volumes)
            self._read_again()

    # --- moving -----------------------------------------------------------------------------------

    def _go(self, output: int, *, exact: bool = True) -> None:
        sounding = self._known_sounding()
        self._move_to(min(max(0, output), sounding.length))
        self._follow = self._playing
        self._at_end = False
        how = "absolute+exact" if exact else "absolute+keyframes"
        self._wanted = (float(sounding.frame_start(self._position)), how)
        self._seek_wanted()

    def _seek_wanted(self) -> None:
        """Make the seek that is wanted, unless one is under way: mpv gets one at a time."""
        if self._wanted is None or self._in_flight:
            return
        (seconds, how), self._wanted = self._wanted, None
        self._in_flight = True
        self._send("seek", f"{seconds:.9f}", how, refused=self._seek_refused.emit)

    def _on_restarted(self) -> None:
        self._in_flight = False
        self._close_outdated()
        self._seek_wanted()
        if self._opening and not self._in_flight:
            self._opening = False
            self._tell_if_mute()
            self.ready.emit()

    def _tell_if_mute(self) -> None:
        """Say once that there is no sound output, and look for none again at every opening."""
        if self._choose_output and self._mpv.current_ao == "null":
            self._choose_output = False
            self._send("set", "ao", "null")
            self.failed.emit(
                "No sound output was found, so the film plays without sound. "
                "Connect one, or start the sound system, and start the studio again."
            )

    def _on_time(self, seconds: float) -> None:
        if self._follow and not self._in_flight:
            # the frame rule: a frame's time is rounded up (a double is exact to less than a us)
            self._move_to(min(math.ceil(round(seconds * MS_PER_SECOND, 3)), self.length))

    def _move_to(self, output: int) -> None:
        if output != self._position:
            self._position = output
            self.position_changed.emit(output)

    def _on_end(self) -> None:
        if self._in_flight or not self._playing:
            return
        self._at_end = True
        self._send("set", "pause", "yes")
        self._set_playing(False)
        if self._range_end is not None:
            self.seek(self._range_end)
        else:
            last = self._known_sounding().last_frame
            self._move_to(math.ceil(last * MS_PER_SECOND))

    def _step_backward(self) -> None:
        passed = self._since_step.restart() * self._backward
        self._go(round(self._position - passed))
        if self._position == 0:
            self.pause()

    def _stop_backward(self) -> None:
        self._timer.stop()
        self._backward = 0.0

    def _set_playing(self, playing: bool) -> None:
        if playing != self._playing:
            self._playing = playing
            self.playing_changed.emit(playing)

    # --- mpv --------------------------------------------------------------------------------------

    def _send(self, *words: str | bytes, refused: Callable[[], None] | None = None) -> None:
        """Tell mpv something without waiting for it; `refused` is called in a thread of mpv's."""

        def done(error: Exception | None, _: object) -> None:
            if error is not None and refused is not None:
                refused()

        self._mpv.command_async(*words, callback=done)

    @property
    def picture_size(self) -> tuple[int, int]:
        """Width and height of the film's picture in pixels, as shown; (16, 9) before `open`."""
        if self._sounding is None:
            return 16, 9
        return self._sounding.info.picture.width, self._sounding.info.picture.height

    def draw(self, width: int, height: int, *, always: bool = False) -> NDArray[np.uint8] | None:
        """The picture in `width` x `height` pixels, if there is a new one; see SoftwareRenderer.

        always: even if it was drawn before.
        """
        if self._renderer is None or self._closed:
            return None
        if not self._renderer.has_new() and not always:
            return None
        return self._renderer.draw(width, height)

    def close(self) -> None:
        """End mpv and its threads; nothing can be played any more. Does nothing a second time."""
        if self._closed:
            return
        self._closed = True
        self._timer.stop()
        if self._renderer is not None:
            self._renderer.free()
        self._mpv.terminate()
        self._let_go()
        self._close_outdated()


def _text(word: object) -> str:
    return word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word)


def _seconds(ms: int) -> str:
    return f"{ms / MS_PER_SECOND:.3f}"


def _gain(decibels: float) -> float:
    return 0.0 if decibels <= _QUIETEST else float(10 ** (decibels / 20))
