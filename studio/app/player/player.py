"""The player of the window: one clock, in output time; what it plays is what will be exported.

The pictures are those of the film, or of its small copy once that is made, with its holds; the
sound is the export's own mix. Both are made as mpv reads them, so an edit only changes what is read
next. One that moves a freeze before the playhead, or so soon after it that mpv has read on already,
opens both anew at the same place of the film.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from studio.app.player.mixstream import Volumes
from studio.app.player.projector import READ_AHEAD, Drawn, Option, Projector
from studio.app.player.reel import Reel
from studio.media.probe import probe
from studio.media.soundtrack import Soundtrack
from studio.mix.mixer import heard
from studio.mix.sounding import Sounding
from studio.times import MS_PER_SECOND

_BEHIND, _AHEAD = 5000, 6000  # ms around now in which an edit of the sound is heard at once
_SHOWN_SOON = READ_AHEAD + 300  # ms from now on in which mpv may have read the pictures already
_BACKWARD_STEP = 40  # ms between two pictures when running backwards
_QUIETEST = -60.0  # dB; from here on down nothing is heard


@dataclass(frozen=True)
class Opened:
    """A film opened for playing. reel: its pictures. track: its sound, None where it is silent."""

    reel: Reel
    track: Soundtrack | None

    @classmethod
    def of(cls, sounding: Sounding, copied: Callable[[], Reel | None] | None = None) -> Opened:
        """Open the film of a sounding; in any thread. Raises MediaError.

        copied: opens its small copy, where there should be one; the film's own pictures are opened
        where that gives none. Pictures and sound are opened at the same time: for each an index is
        read, of three hours a tenth of a second long.
        """
        form, source, info = sounding.form, sounding.source, sounding.info
        with ThreadPoolExecutor(1, "opening") as beside:
            track = (
                None
                if source is None
                else beside.submit(Soundtrack, info, source, form.rate, form.layout)
            )
            reel = None if copied is None else copied()
            reel = reel or Reel(info, sounding.times.rate)
            return cls(reel, None if track is None else track.result())


class Player(QObject):
    """Plays a `Sounding`. All times are output ms; everything belongs into the window's thread.

    position_changed: the playhead moved. playing_changed: it began or ceased to move by itself.
    ready: the first picture is there after `open`. arrived: that of the playhead is there after a
    jump, and its sound, or neither will come. failed: a sentence for the user. picture_changed:
    there may be a new picture to draw. shown: a picture is on the screen, after a jump no earlier
    one. caught_up: what is heard is the sounding that was given last.
    """

    position_changed = Signal(int)
    playing_changed = Signal(bool)
    failed = Signal(str)
    ready = Signal()
    arrived = Signal()
    picture_changed = Signal()
    shown = Signal()
    caught_up = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        sound: str = "auto",
        picture: bool = True,
        opengl: bool = False,
        **options: Option,
    ) -> None:
        """Start mpv; to be made after the QApplication. Raises MediaError without libmpv.

        sound: mpv's name of an output, e.g. "null"; "auto" takes the system's, and where there is
        none says so. picture: False where no Screen will show it. opengl: a GlScreen will. options:
        further ones of mpv.
        """
        super().__init__(parent)
        self._sounding: Sounding | None = None
        self._volumes = Volumes()
        self._position = 0
        self._playing = False
        self._opening = False
        self._follow = True  # whether the playhead follows mpv's clock; not after a jump
        self._range_end: int | None = None
        self._looping = False
        self._at_end = False
        self._backward = 0.0
        self._since_step = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(_BACKWARD_STEP)
        self._timer.timeout.connect(self._step_backward)
        self.by_opengl = opengl
        drawn: Drawn = "nowhere" if not picture else "opengl" if opengl else "memory"
        self._projector = Projector(self, sound, drawn, options)
        self._projector.arrived.connect(self._on_arrived)
        self._projector.time_told.connect(self._on_time)
        self._projector.end_reached.connect(self._on_end)
        self._projector.broken.connect(self._on_broken)
        self._projector.complained.connect(self.failed)
        self._projector.picture_changed.connect(self.picture_changed)
        self._projector.shown.connect(self.shown)
        self._projector.caught_up.connect(self.caught_up)

    # --- what is played ---------------------------------------------------------------------------

    def open(self, sounding: Sounding, opened: Opened | None = None) -> None:
        """Show a film from its start, paused. Raises MediaError where it cannot be opened.

        opened: what `Opened.of` gives, which takes a while with a long film.
        """
        opened = opened or Opened.of(sounding)
        reel = opened.reel
        self.pause()
        self._projector.take_out()
        self._projector.take_in(opened.track)
        self._opening = True
        self._position = 0
        self._sounding = sounding
        self._show(reel)
        self.position_changed.emit(0)

    def update(self, sounding: Sounding) -> None:
        """Go on with another sounding of the same film, at the same place of the film.

        Nothing is interrupted but where the edit can be heard within the next few seconds, or
        moves a freeze that was or is about to be shown.
        """
        earlier, self._sounding = self._known_sounding(), sounding
        old, new = earlier.plan, sounding.plan
        if sounding.times.end == earlier.times.end and self._is_shown_later(earlier, sounding):
            near = (max(0, self._position - _BEHIND), self._position + _AHEAD)
            begin, end = (ms * new.rate // MS_PER_SECOND for ms in near)
            count = end - begin
            at_once = heard(old, begin, count) != heard(new, begin, count)
            self._projector.follow(sounding, self._volumes, at_once=at_once)
            return
        film = earlier.time_map.film(Fraction(self._position, MS_PER_SECOND))
        shown = sounding.time_map.output_end(film)
        self._move_to(min(math.ceil(shown * MS_PER_SECOND), self.length))
        self._show(self._projector.reel or Reel(sounding.info, sounding.times.rate))

    def _is_shown_later(self, earlier: Sounding, sounding: Sounding) -> bool:
        """Whether all pictures that mpv may have read are the same in both."""
        same = sounding.time_map.same_until(earlier.time_map)
        return same is None or same * MS_PER_SECOND > self._position + _SHOWN_SOON

    def use_proxy(self, file: Path) -> None:
        """Show the pictures of the film's small copy from now on. Raises MediaError."""
        self.use_reel(Reel(probe(file), self._known_sounding().times.rate, copied=True))

    def use_reel(self, reel: Reel) -> None:
        """Show those pictures of the same film from now on; it is closed with the film."""
        self._show(reel)

    @property
    def sounding(self) -> Sounding | None:
        """What is played; None before `open`."""
        return self._sounding

    def _show(self, reel: Reel) -> None:
        sounding = self._known_sounding()
        start = float(sounding.frame_start(self._position))
        self._projector.show(reel, sounding, self._volumes, start)

    def _known_sounding(self) -> Sounding:
        if self._sounding is None:
            raise ValueError("no film is open in the player")
        return self._sounding

    def _on_arrived(self) -> None:
        if self._opening:
            self._opening = False
            self.ready.emit()
        self.arrived.emit()

    def _on_broken(self, why: str) -> None:
        self._opening = False
        self._set_playing(False)
        self.arrived.emit()
        reel = self._projector.reel
        name = "The film" if reel is None else f"“{reel.info.path.name}”"
        self.failed.emit(
            f"{name} cannot be played ({why}). Nothing of your work is lost. "
            "Check that the file is still where it was, and open the project again."
        )

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
    def opening(self) -> bool:
        """Whether the first picture of a film that was opened is still to come."""
        return self._opening

    @property
    def seeking(self) -> bool:
        """Whether the picture of the playhead is still to come."""
        return self._projector.seeking

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
        self._projector.send("set", "speed", "1")
        self._projector.send("set", "pause", "no")
        self._set_playing(True)

    def pause(self) -> None:
        """Stand still on the picture that shows."""
        self._stop_backward()
        self._projector.send("set", "pause", "yes")
        self._set_playing(False)

    def toggle(self) -> None:
        """Pause, or play."""
        if self._playing:
            self.pause()
        else:
            self.play()

    def seek(self, output: int) -> None:
        """Jump to `output`; ends a range. The picture follows as fast as it can."""
        self.stop_range()
        self._go(output)

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
            self._projector.send("set", "speed", f"{speed:.3f}")
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
            self._projector.send("set", "ab-loop-a", _seconds(start))
            self._projector.send("set", "ab-loop-b", _seconds(end))
            self._looping = True
        else:
            self._projector.send("set", "end", _seconds(end))
            self._range_end = end
        self._go(start)
        self.play()

    def stop_range(self) -> None:
        """Forget the range; whether the film plays stays as it is."""
        if self._looping:
            self._projector.send("set", "ab-loop-a", "no")
            self._projector.send("set", "ab-loop-b", "no")
            self._looping = False
        if self._range_end is not None:
            self._projector.send("set", "end", "none")
            self._range_end = None

    def set_volumes(self, film_db: float, description_db: float) -> None:
        """Gains of this preview in dB, 0 is as exported; -60 and less is silence."""
        self._hear(replace(self._volumes, film=_gain(film_db), description=_gain(description_db)))

    def solo_description(self, alone: bool) -> None:
        """Leave the film's own sound out of this preview, or take it in again."""
        self._hear(replace(self._volumes, alone=alone))

    def set_gap_tones(self, level_db: float | None) -> None:
        """Let tones tell where gaps begin and end in this preview; None is without."""
        self._hear(replace(self._volumes, tones=0.0 if level_db is None else _gain(level_db)))

    def _hear(self, volumes: Volumes) -> None:
        if volumes == self._volumes:
            return
        self._volumes = volumes
        if self._sounding is not None:
            self._projector.follow(self._sounding, volumes, at_once=True)

    # --- moving -----------------------------------------------------------------------------------

    def _go(self, output: int) -> None:
        sounding = self._known_sounding()
        output = min(max(0, output), sounding.length)
        self._follow = self._playing
        self._at_end = False
        # before anybody shows the new position, which takes a while
        self._projector.seek(float(sounding.frame_start(output)))
        self._move_to(output)

    def _on_time(self, seconds: float) -> None:
        if self._follow and not self._projector.seeking:
            # the frame rule: a frame's time is rounded up (a double is exact to less than a us)
            self._move_to(min(math.ceil(round(seconds * MS_PER_SECOND, 3)), self.length))

    def _move_to(self, output: int) -> None:
        if output != self._position:
            self._position = output
            self.position_changed.emit(output)

    def _on_end(self) -> None:
        if self._projector.seeking or not self._playing:
            return
        self._at_end = True
        self._projector.send("set", "pause", "yes")
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

    # --- the picture ------------------------------------------------------------------------------

    @property
    def picture_size(self) -> tuple[int, int]:
        """Width and height of the film's picture in pixels, as shown; (16, 9) before `open`."""
        if self._sounding is None:
            return 16, 9
        return self._sounding.info.picture.width, self._sounding.info.picture.height

    def draw(self, width: int, height: int, *, always: bool = False) -> NDArray[np.uint32] | None:
        """The picture in `width` x `height` pixels, if there is a new one; see SoftwareRenderer.

        always: even if it was drawn before.
        """
        return self._projector.draw(width, height, always=always)

    def tell_shown(self) -> None:
        """To be told by whoever draws into memory, once a new picture is on the screen."""
        self._projector.tell_shown()

    def draw_by_opengl(self, address: Callable[[bytes], int], current: Callable[[], None]) -> None:
        """Draw by OpenGL from now on; see OpenGLRenderer. Raises MediaError."""
        self._projector.draw_by_opengl(address, current)

    def draw_into(self, framebuffer: int, width: int, height: int) -> None:
        """Draw the picture into a framebuffer of OpenGL's, whose context is current."""
        self._projector.draw_into(framebuffer, width, height)

    def cease_opengl(self) -> None:
        """Draw nothing more until `draw_by_opengl` is called again."""
        self._projector.cease_opengl()

    def close(self) -> None:
        """End mpv and its threads; nothing can be played any more. Does nothing a second time."""
        self._timer.stop()
        self._projector.close()


def _seconds(ms: int) -> str:
    return f"{ms / MS_PER_SECOND:.3f}"


def _gain(decibels: float) -> float:
    return 0.0 if decibels <= _QUIETEST else float(10 ** (decibels / 20))
