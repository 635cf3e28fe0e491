"""What the actions of the menus Play and Go do with the playhead."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from studio.app import words
from studio.app.document import Document
from studio.app.player import Player
from studio.app.stage import Stage
from studio.times import MS_PER_SECOND, Span

_LEAD_IN = 1500  # ms of the film before a description that is heard
_TAIL = 700
_BIT = 500  # ms heard around the edges of a description
_STEP_DB = 3.0
_QUIETEST_DB, _LOUDEST_DB = -60.0, 12.0
_FASTEST = 8.0


class Playing(QObject):
    """Methods are named like the actions they do. Times here are film ms unless called output."""

    told = Signal(str)

    def __init__(self, document: Document, player: Player, stage: Stage) -> None:
        super().__init__(document)
        self._document = document
        self._player = player
        self._stage = stage
        self._film_db = 0.0
        self._description_db = 0.0
        self._speed = 1.0
        self.alone = False
        self._muted = False
        player.playing_changed.connect(self._reset_speed)

    @property
    def here(self) -> int:
        """The playhead in film ms; 0 while no film is shown."""
        return self._player.to_film(self._player.position) if self._shown else 0

    @property
    def _shown(self) -> bool:
        return self._stage.sounding is not None and self._player.sounding is not None

    def go(self, film: int) -> None:
        """Move the playhead to `film` ms."""
        if self._shown:
            self._player.seek(self._player.to_output(film))

    # --- playing ----------------------------------------------------------------------------------

    def play(self) -> None:
        """Play or pause."""
        if self._shown:
            self._player.stop_range()
            self._player.toggle()

    def faster(self) -> None:
        """Forward, faster each time."""
        self._shuttle(1)

    def slower(self) -> None:
        """Backward, faster each time."""
        self._shuttle(-1)

    def _shuttle(self, way: int) -> None:
        if not self._shown:
            return
        again = self._player.playing and self._speed * way > 0
        self._speed = max(-_FASTEST, min(_FASTEST, self._speed * 2)) if again else float(way)
        speed = self._speed
        self._player.shuttle(speed)
        self._speed = speed
        self.told.emit(f"{'Backwards' if speed < 0 else 'Forwards'}, {abs(speed):g} times")

    def _reset_speed(self, playing: bool) -> None:
        if not playing:
            self._speed = 1.0

    def _span(self) -> Span | None:
        """Where the selected description sounds, in output ms; its room where it does not."""
        cue, sounding = self._document.cue, self._stage.sounding
        if cue is None or sounding is None or not self._shown:
            return None
        found = sounding.spans.get(cue.id)
        if found is not None:
            return found
        self.told.emit("This description is not in the film; its room is played.")
        return Span(self._player.to_output(cue.start), self._player.to_output(cue.end))

    def play_cue(self) -> None:
        """Hear the description with some of the film before it."""
        span = self._span()
        if span is not None:
            self._player.play_range(max(0, span.start - _LEAD_IN), span.end + _TAIL)

    def loop_cue(self) -> None:
        """Hear it again and again."""
        span = self._span()
        if span is not None:
            self._player.play_range(max(0, span.start - _LEAD_IN), span.end + _TAIL, loop=True)

    def play_before(self) -> None:
        """Hear what comes just before."""
        span = self._span()
        if span is not None:
            self._player.play_range(max(0, span.start - _BIT), span.start)

    def play_first(self) -> None:
        """Hear the first half second."""
        span = self._span()
        if span is not None:
            self._player.play_range(span.start, min(span.end, span.start + _BIT))

    def play_last(self) -> None:
        """Hear the last half second."""
        span = self._span()
        if span is not None:
            self._player.play_range(max(span.start, span.end - _BIT), span.end)

    def play_after(self) -> None:
        """Hear what comes just after."""
        span = self._span()
        if span is not None:
            self._player.play_range(span.end, span.end + _BIT)

    # --- moving -----------------------------------------------------------------------------------

    def frame_back(self) -> None:
        """A picture back."""
        self._step(-1)

    def frame_on(self) -> None:
        """A picture on."""
        self._step(1)

    def _step(self, frames: int) -> None:
        if self._shown:
            self._player.step(frames)

    def second_back(self) -> None:
        """A second back."""
        self._jump(-MS_PER_SECOND)

    def second_on(self) -> None:
        """A second on."""
        self._jump(MS_PER_SECOND)

    def _jump(self, by: int) -> None:
        if self._shown:
            self._player.seek(min(max(0, self._player.position + by), self._player.length))

    def film_start(self) -> None:
        """To the start."""
        if self._shown:
            self._player.seek(0)

    def film_end(self) -> None:
        """To the end."""
        if self._shown:
            self._player.seek(self._player.length)

    def snap_back(self) -> None:
        """Back to a cut or an edge of speech."""
        self._to(self._snap_points(), -1)

    def snap_on(self) -> None:
        """On to a cut or an edge of speech."""
        self._to(self._snap_points(), 1)

    def _snap_points(self) -> set[int]:
        project = self._document.project
        return {edge for one in (*project.scenes, *project.speech) for edge in (one.start, one.end)}

    def edge_back(self) -> None:
        """Back to a description's edge."""
        self._to(self._edges(), -1)

    def edge_on(self) -> None:
        """On to a description's edge."""
        self._to(self._edges(), 1)

    def _edges(self) -> set[int]:
        return {edge for cue in self._document.project.cues for edge in (cue.start, cue.end)}

    def next_gap(self) -> None:
        """To the next gap without a description."""
        self._to(self._empty_gaps(), 1, "No more gaps without a description.")

    def previous_gap(self) -> None:
        """To the gap before that has none."""
        self._to(self._empty_gaps(), -1, "No gap without a description before this.")

    def _empty_gaps(self) -> set[int]:
        project = self._document.project
        return {
            gap.start
            for gap in project.gaps
            if not gap.leave_silent
            and not any(cue.start < gap.end and cue.end > gap.start for cue in project.cues)
        }

    def _to(self, points: Iterable[int], way: int, none: str = "Nothing there.") -> None:
        """The nearest of `points` on or back from the playhead."""
        ordered, here = sorted(points), self.here
        index = bisect_right(ordered, here) if way > 0 else bisect_left(ordered, here) - 1
        if 0 <= index < len(ordered):
            self.go(ordered[index])
            self.told.emit(
                words.place_sentence(self._document.project, ordered[index], ordered[index])
            )
        else:
            self.told.emit(none)

    def next_cue(self) -> None:
        """Select the next description and go there."""
        self._choose(1)

    def previous_cue(self) -> None:
        """Select the description before and go there."""
        self._choose(-1)

    def _choose(self, way: int) -> None:
        document = self._document
        ids = [cue.id for cue in document.project.cues]
        if not ids:
            self.told.emit("There is no description yet.")
            return
        if document.selection:
            index = ids.index(document.selection[-1]) + way
        else:
            begun = sum(cue.start <= self.here for cue in document.project.cues)
            index = begun if way > 0 else begun - 1
        document.select([ids[min(max(0, index), len(ids) - 1)]])
        self.show_cue()

    def show_cue(self) -> None:
        """Bring the playhead to where the selected description begins, unless the film plays."""
        cue = self._document.cue
        if cue is None or not self._shown or self._player.playing:
            return
        place = self._document.placements[cue.id]
        self.go(place.start if place.clip is not None else cue.start)

    # --- loudness of the preview ------------------------------------------------------------------

    def solo(self) -> None:
        """Hear only the description, or the film again."""
        self.alone = not self.alone
        self._player.solo_description(self.alone)
        self.told.emit("Only the description is heard." if self.alone else "Film and description.")

    def film_softer(self) -> None:
        """Turn the film down."""
        self._turn(-_STEP_DB, 0)

    def film_louder(self) -> None:
        """Turn the film up."""
        self._turn(_STEP_DB, 0)

    def voice_softer(self) -> None:
        """Turn the description down."""
        self._turn(0, -_STEP_DB)

    def voice_louder(self) -> None:
        """Turn the description up."""
        self._turn(0, _STEP_DB)

    def _turn(self, film: float, description: float) -> None:
        def within(level: float) -> float:
            return min(_LOUDEST_DB, max(_QUIETEST_DB, level))

        self._film_db = within(self._film_db + film)
        self._description_db = within(self._description_db + description)
        self._player.set_volumes(self._film_db, self._description_db)
        what, level = ("Film", self._film_db) if film else ("Description", self._description_db)
        self.told.emit(f"{what} at {level:+.0f} dB in this preview.")

    def run_muted(self, wanted: bool) -> None:
        """Show the film from the selected description on without sound, or stand still again."""
        if wanted == self._muted or not self._shown:
            return
        self._muted = wanted
        if wanted:
            self._player.set_volumes(_QUIETEST_DB, _QUIETEST_DB)
            span = self._span()
            if span is not None:
                self._player.seek(span.start)
            self._player.play()
        else:
            self._player.pause()
            self._player.set_volumes(self._film_db, self._description_db)

    # --- said aloud -------------------------------------------------------------------------------

    def gap_words(self) -> str:
        """What gap the playhead is in."""
        return words.gap_sentence(self._document.project, self.here)

    def place_words(self) -> str:
        """Where the playhead is, and which description sounds there."""
        place = words.place_sentence(self._document.project, self.here, self._player.position)
        sounding = self._stage.sounding
        if sounding is None:
            return place
        now, spans = self._player.position, sounding.spans
        said = [
            f"Description {number} sounds here."
            for number, cue in enumerate(self._document.project.cues, 1)
            if cue.id in spans and spans[cue.id].start <= now < spans[cue.id].end
        ]
        return " ".join([place, *said])
