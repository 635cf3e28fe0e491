"""One mpv that shows a film in output time and sounds its mix.

What mpv's own threads have to say comes as queued signals; everything else belongs into the
window's thread. mpv is only told things, never waited for, so it cannot hold the window up.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from studio.app.player.libmpv import Files, OpenGLRenderer, SoftwareRenderer, new_mpv
from studio.app.player.mixstream import Mix, MixStream, Volumes
from studio.app.player.pictures import Pictures, Slots, Sought
from studio.app.player.reel import Reel
from studio.errors import StudioError
from studio.media.soundtrack import Soundtrack
from studio.mix.mixer import ClipReader
from studio.mix.sound import clip_reader
from studio.mix.sounding import Sounding

Drawn = Literal["memory", "opengl", "nowhere"]
"""Where the pictures go."""

_LOADS_KEPT = 4  # mpv may still be opening what has been replaced since
_WITH_INDEX = (0, 38, 0)  # from this mpv on `loadfile` has one word more

READ_AHEAD = 500
"""ms of output that mpv has read at most, beyond what it shows."""

Option = str | int | bool
"""The value of an option of mpv's."""

_OPTIONS: dict[str, Option] = {
    "pause": True,
    "idle": True,
    "keep_open": "always",
    "hr_seek": "always",
    "hr_seek_framedrop": False,
    "hwdec": "no",
    "vd_lavc_threads": 1,  # the pictures come bare
    "video_latency_hacks": True,  # no picture is read ahead only to know how long one is shown
    "sws_fast": True,
    "sws_scaler": "bilinear",
    # what has been read is soon outdated: read little ahead, keep nothing
    "cache": "no",
    "demuxer_readahead_secs": f"{READ_AHEAD / 1000}",
    "demuxer_max_bytes": 512 << 10,  # one picture, or all the sound of that time
    "demuxer_max_back_bytes": 0,
    "demuxer_seekable_cache": "no",
    "stream_buffer_size": 4096,
    # nothing but the two files made here is opened, no program of the user's is run
    "ordered_chapters": False,
    "autoload_files": False,
    "demuxer_lavf_o": "protocol_whitelist=file",
    # the headers of both say all, and FFmpeg knows them: else mpv reads on, and guesses, for longer
    # than all the rest of opening them takes
    "demuxer_lavf_probe_info": "no",
    "demuxer": "+lavf",
    "audio_demuxer": "+lavf",
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
    """One opening of the film in mpv.

    slots: what is shown; mix: what is heard; others after an edit. start: the frame shown first.
    readings: how often mpv was made to open the mix. sought: the frame of a seek under way.
    """

    number: int
    reel: Reel
    slots: Slots
    mix: Mix
    start: int
    sought: Sought
    readings: int = 1

    @property
    def address(self) -> str:
        """What mpv opens to hear the mix; another one each time, because it keeps bytes."""
        return f"mix://{self.number}.{self.readings}"

    def sound(self) -> MixStream:
        """The mix as a file; always the newest, even for whoever opened it before."""
        return MixStream(lambda: self.mix, self.sought.let_read)

    def pictures(self) -> Pictures:
        """The pictures as a file; always the newest, too."""
        return Pictures(self.reel, lambda: self.slots, self.start, self.sought)


class Projector(QObject):
    """Shows one film after the other. Seconds are exact enough as floats: below a us.

    arrived: the picture that was asked for last is there. time_told: the output seconds of the
    picture shown. end_reached: mpv stopped at the end. broken: the film cannot be shown, and mpv's
    word for why. complained: a sentence for the user. picture_changed: there may be a new picture
    to draw. shown: a picture is on the screen, after a jump no earlier one. caught_up: what mpv
    plays is what it was given last.
    """

    arrived = Signal()
    time_told = Signal(float)
    end_reached = Signal()
    broken = Signal(str)
    complained = Signal(str)
    picture_changed = Signal()
    shown = Signal()
    caught_up = Signal()

    _restarted = Signal()
    _loaded = Signal()
    _failed = Signal(str)
    _seek_refused = Signal()
    _exchanged = Signal()
    _output_told = Signal(str)

    def __init__(
        self, parent: QObject | None, sound: str, drawn: Drawn, options: dict[str, Option]
    ) -> None:
        """Start mpv; for the arguments see `Player`. Raises MediaError without libmpv."""
        super().__init__(parent)
        self._track: Soundtrack | None = None
        self._reel: Reel | None = None
        self._clips: tuple[int, ClipReader] | None = None  # and the rate it reads at
        self._loads: OrderedDict[str, _Load] = OrderedDict()
        self._numbers = itertools.count(1)
        self._outdated: list[Callable[[], None]] = []  # closes what the film before was read with
        self._loading = False
        self._in_flight = False
        self._wanted: float | None = None  # the seek to be made next, in output seconds
        self._audible = False  # whether mpv has opened the mix
        self._exchanging = False  # mpv opens the mix anew; what it is told meanwhile waits
        self._outdated_mix = False  # it has to be opened again after that
        self._waiting: list[tuple[tuple[str | bytes, ...], Callable[[], None] | None]] = []
        self._choose_output = sound == "auto"
        self._closed = False
        output: dict[str, Option] = (
            {"audio_fallback_to_null": True} if sound == "auto" else {"ao": sound}
        )
        self.mpv = new_mpv(
            **{**_OPTIONS, **output, "vo": "null" if drawn == "nowhere" else "libmpv", **options}
        )
        self._files = [
            Files(self.mpv, "mix", self._sound_of, self._tell),
            Files(self.mpv, "pictures", self._pictures_of, self._tell),
        ]
        self._drawn = drawn
        self._held_back: tuple[str | bytes, ...] = ()  # mpv opens no film before it may draw
        self._renderer: SoftwareRenderer | OpenGLRenderer | None = None
        if drawn == "memory":
            self._renderer = SoftwareRenderer(self.mpv, self.picture_changed.emit)
        self._connect()

    def _connect(self) -> None:
        self._restarted.connect(self._on_restarted)
        self._loaded.connect(self._on_loaded)
        self._failed.connect(self._on_failed)
        self._seek_refused.connect(self._on_restarted)
        self._exchanged.connect(self._on_exchanged)
        self._output_told.connect(self._on_output)
        self.mpv.event_callback("playback-restart")(lambda _: self._restarted.emit())
        self.mpv.event_callback("file-loaded")(lambda _: self._loaded.emit())
        self.mpv.event_callback("end-file")(self._hear_end)
        self.mpv.observe_property("time-pos", self._hear_time)
        self.mpv.observe_property("eof-reached", self._hear_eof)
        self.mpv.observe_property("current-ao", self._hear_output)

    # --- heard in mpv's threads -------------------------------------------------------------------

    def _hear_time(self, _: str, seconds: float | None) -> None:
        if seconds is not None:
            self.time_told.emit(seconds)

    def _hear_eof(self, _: str, reached: bool | None) -> None:
        if reached:
            self.end_reached.emit()

    def _hear_output(self, _: str, name: str | None) -> None:
        if name is not None:
            self._output_told.emit(name)

    def _hear_exchange(self, _: Exception | None, __: object) -> None:
        self._exchanged.emit()

    def _hear_end(self, event: Any) -> None:
        said = event.as_dict()
        if _text(said.get("reason")) == "error":
            self._failed.emit(_text(said.get("file_error")))

    def _sound_of(self, number: str) -> MixStream | None:
        load = self._loads.get(number.partition(".")[0])
        return None if load is None else load.sound()

    def _pictures_of(self, number: str) -> Pictures | None:
        load = self._loads.get(number)
        return None if load is None else load.pictures()

    def _tell(self, error: Exception) -> None:
        """A file that mpv reads could not be made; a sentence for the user, or a bug."""
        if self._closed:
            return
        if isinstance(error, StudioError):
            self.complained.emit(str(error))
        else:
            self.complained.emit(f"The film cannot be played on: {error!r}.")

    # --- the film ---------------------------------------------------------------------------------

    def take_out(self) -> None:
        """Make ready for another film; what this one is read with is closed once that has begun."""
        for one in (self._track, self._reel):
            if one is not None:
                self._outdated.append(one.close)
        self._track = self._reel = None

    def take_in(self, track: Soundtrack | None) -> None:
        """What the sound of the next film is read from; it is closed with it."""
        self._track = track

    def show(self, reel: Reel, sounding: Sounding, volumes: Volumes, start: float) -> None:
        """Open the film anew and show what is there at output second `start`.

        reel: is closed when another takes its place.
        """
        if self._reel is not None and self._reel is not reel:
            self._outdated.append(self._reel.close)
        self._reel = reel
        load = _Load(
            next(self._numbers),
            reel,
            _slots(reel, sounding),
            Mix(sounding, volumes, self._track, self._clip_reader(sounding.form.rate)),
            round(start * reel.rate),
            Sought(drawn=self._drawn != "nowhere"),
        )
        self._loads[str(load.number)] = load
        while len(self._loads) > _LOADS_KEPT:
            self._loads.popitem(last=False)
        self._loading = self._in_flight = True
        self._wanted = None
        self._audible = self._outdated_mix = False
        words: tuple[str | bytes, ...] = (
            "loadfile",
            f"pictures://{load.number}",
            "replace",
            *(() if self.mpv.mpv_version_tuple < _WITH_INDEX else ("-1",)),
            f"start={float(load.start / reel.rate):.9f},audio-file={load.address},aid=1",
        )
        if self._drawn == "opengl" and self._renderer is None:
            self._held_back = words
        else:
            self.send(*words)

    def _clip_reader(self, rate: int) -> ClipReader:
        """The same one as long as the rate stays, because it keeps the clips read last."""
        if self._clips is None or self._clips[0] != rate:
            self._clips = (rate, clip_reader(rate))
        return self._clips[1]

    @property
    def reel(self) -> Reel | None:
        """What is shown; None before the first film."""
        return self._reel

    @property
    def _load(self) -> _Load:
        return next(reversed(self._loads.values()))

    def follow(self, sounding: Sounding, volumes: Volumes, *, at_once: bool) -> None:
        """Let another mix be heard, and other pictures be shown from where mpv has read none.

        at_once: it is heard also where mpv has read already.
        """
        load = self._load
        if sounding.time_map is not load.mix.sounding.time_map:
            load.slots = _slots(load.reel, sounding)
        load.mix = replace(load.mix, sounding=sounding, volumes=volumes)
        if at_once:
            self._read_again()
        self._tell_of_catching_up()

    def _tell_of_catching_up(self) -> None:
        if not (self._loading or self._exchanging or self._outdated_mix):
            self.caught_up.emit()

    def _read_again(self) -> None:
        """Let mpv open the mix anew, and close what it has half read, once the new one is there."""
        if not self._audible or self._exchanging:
            self._outdated_mix = True
            return
        self._outdated_mix = False
        self._exchanging = True
        load = self._load
        load.readings += 1
        self.mpv.command_async("audio-add", load.address, "select", callback=self._hear_exchange)

    def _on_exchanged(self) -> None:
        self._exchanging = False
        if self._closed:
            return
        for track in _mixes(self.mpv.track_list)[:-1]:
            self.send("audio-remove", str(track))
        if self._outdated_mix and self._audible:
            self._read_again()
            return
        waiting, self._waiting = self._waiting, []
        for words, refused in waiting:
            self.send(*words, refused=refused)
        self._tell_of_catching_up()

    def _on_loaded(self) -> None:
        tracks = [] if self._closed else self.mpv.track_list
        if not tracks:  # another film has been asked for since
            return
        heard = [track["external-filename"] for track in tracks if track.get("external-filename")]
        if heard and self._load.address not in heard:  # it was replaced before it had come
            return
        self._loading = False
        if not any(track["type"] == "video" for track in tracks):
            self._on_failed("its pictures cannot be opened")
        elif heard:
            self._audible = True
            if self._outdated_mix:
                self._read_again()

    def _on_failed(self, why: str) -> None:
        self._loading = self._in_flight = False
        self._wanted = None
        self.broken.emit(why)

    def _on_output(self, name: str) -> None:
        """Say once that there is no sound output, and look for none again at every opening."""
        if self._choose_output and name == "null":
            self.send("set", "ao", "null")
            self.complained.emit(
                "No sound output was found, so the film plays without sound. "
                "Connect one, or start the sound system, and start the studio again."
            )
        self._choose_output = False

    # --- moving -----------------------------------------------------------------------------------

    @property
    def seeking(self) -> bool:
        """Whether the picture that was asked for last is still to come."""
        return self._in_flight or self._wanted is not None

    def seek(self, seconds: float) -> None:
        """Show what is there at output second `seconds`; forgets an earlier wish not begun yet."""
        self._wanted = seconds
        self._seek_wanted()

    def _seek_wanted(self) -> None:
        """Make the seek that is wanted, unless one is under way: mpv gets one at a time."""
        if self._wanted is None or self._in_flight:
            return
        load = self._load
        frame, self._wanted = round(self._wanted * load.reel.rate), None
        seconds = float(frame / load.reel.rate)
        self._in_flight = True
        load.sought.begin(frame)
        words = ("seek", f"{seconds:.9f}", "absolute+exact")
        self.send(*words, refused=self._seek_refused.emit)
        load.reel.announce(load.slots.until(frame))  # mpv takes some ms until it reads it

    def _on_restarted(self) -> None:
        if self._loading:  # this is still the film that was replaced
            return
        self._in_flight = False
        self._load.sought.end()
        self._close_outdated()
        self._tell_of_catching_up()
        self._seek_wanted()
        if not self._in_flight:
            self.arrived.emit()

    # --- mpv --------------------------------------------------------------------------------------

    def send(self, *words: str | bytes, refused: Callable[[], None] | None = None) -> None:
        """Tell mpv something without waiting for it; `refused` is called in a thread of mpv's."""
        if self._exchanging:
            self._waiting.append((words, refused))
            return

        def done(error: Exception | None, _: object) -> None:
            if error is not None and refused is not None:
                refused()

        self.mpv.command_async(*words, callback=done)

    def draw(self, width: int, height: int, *, always: bool) -> NDArray[np.uint32] | None:
        """The picture if there is a new one, or `always`; see `SoftwareRenderer.draw`."""
        if not isinstance(self._renderer, SoftwareRenderer) or self._closed:
            return None
        if not self._renderer.has_new() and not always:
            return None
        return self._renderer.draw(width, height)

    def draw_by_opengl(self, address: Callable[[bytes], int], current: Callable[[], None]) -> None:
        """Draw by the OpenGL of the context that is current; opens the film that waits for it."""
        if self._closed:
            return
        self.cease_opengl()
        self._renderer = OpenGLRenderer(self.mpv, self.picture_changed.emit, address, current)
        words, self._held_back = self._held_back, ()
        if words:
            self.send(*words)

    def draw_into(self, framebuffer: int, width: int, height: int) -> None:
        """See `OpenGLRenderer.draw`."""
        if isinstance(self._renderer, OpenGLRenderer) and not self._closed:
            self._renderer.has_new()  # so that mpv tells of the next one
            self._renderer.draw(framebuffer, width, height)
            self.tell_shown()

    def tell_shown(self) -> None:
        """What was drawn last is on the screen: mpv may go on with what comes after it."""
        if self._loads:
            sought = self._load.sought
            sought.drawn()
            if sought.is_read:
                self.shown.emit()

    def cease_opengl(self) -> None:
        """Let go of the context; another one may come."""
        if isinstance(self._renderer, OpenGLRenderer):
            self._renderer.free()
            self._renderer = None

    def close(self) -> None:
        """End mpv and its threads; does nothing a second time."""
        if self._closed:
            return
        self._closed = True
        if self._renderer is not None:
            self._renderer.free()
        if self._reel is not None:
            self._reel.close()  # mpv waits for a picture that is being decoded
        self.mpv.terminate()
        self.take_out()
        self._close_outdated()

    def _close_outdated(self) -> None:
        while self._outdated:
            self._outdated.pop()()


def _slots(reel: Reel, sounding: Sounding) -> Slots:
    return Slots.of(sounding.time_map, sounding.times.end, reel.rate)


def _mixes(tracks: Sequence[dict[str, Any]]) -> list[int]:
    """The numbers of those of mpv's tracks that are our mix, the newest last."""
    return sorted(t["id"] for t in tracks if t["type"] == "audio" and t.get("external"))


def _text(word: object) -> str:
    return word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word)
