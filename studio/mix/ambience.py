"""Where a film's room tone is heard: the quietest steady stretch near each freeze.

It is looked for when a mix is planned, in a few seconds of sound around each freeze, and not when
a film is analysed: only there it is known where the film waits, which of its sounds are mixed, and
at what rate and in what layout; and most projects never need it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from studio.media.audio import Samples, sound_blocks
from studio.media.probe import FilmInfo, SoundStream
from studio.mix.roomtone import RoomTone, measured_tone
from studio.mix.timemap import TimeMap
from studio.progress import Progress
from studio.times import MS_PER_SECOND, Span, between

_REACH = 5000  # ms before and after a freeze in which its place is still the same
_AFTER_WORDS = 250  # ms for which a room still answers to a voice
# ms of a steady stretch, and by how much its loudness counts as more: the more
# sound there is the truer the tone, but a door or a word makes it false
_LENGTHS = {1500: 1.0, 800: 1.5, 400: 2.2}
_STEP = 50  # ms
_NOTHING = 1e-9  # mean square; below it (-90 dBFS) a film is digitally silent


@dataclass
class Ambience:
    """The room tones of a film's sounds; each is looked for once.

    speech: where somebody in the film talks, in film ms. progress: told, and asked, meanwhile.
    """

    info: FilmInfo
    speech: Sequence[Span]
    progress: Progress
    _found: dict[tuple[int, int, str, TimeMap], tuple[RoomTone | None, ...]] = field(
        default_factory=dict
    )

    def of(
        self, source: SoundStream, rate: int, layout: str, times: TimeMap
    ) -> tuple[RoomTone | None, ...]:
        """A room tone for each hold of `times`; None where the film is silent around it.

        rate, layout: those of the mix. Reads up to ten seconds of sound for each hold. Raises
        MediaError.
        """
        key = (source.index, rate, layout, times)
        if key not in self._found:
            tones: dict[int, RoomTone | None] = {}
            for hold in times.holds:
                at = math.floor(hold.at * MS_PER_SECOND)
                if at not in tones:
                    self.progress(len(tones) / len(times.holds), "Listening to the film's rooms")
                    tones[at] = _tone_near(self.info, source, self.speech, at, rate, layout)
            self._found[key] = tuple(
                tones[math.floor(hold.at * MS_PER_SECOND)] for hold in times.holds
            )
        return self._found[key]


def _tone_near(
    info: FilmInfo, source: SoundStream, speech: Sequence[Span], at: int, rate: int, layout: str
) -> RoomTone | None:
    where = places_near(at, speech, info.duration)
    if not where:
        return None
    heard = _read(info, source, Span(where[0].start, where[-1].end), rate, layout)
    parts = []
    for span in where:
        begin, end = ((edge - where[0].start) * rate // MS_PER_SECOND for edge in _edges(span))
        parts.append(heard[:, begin:end])
    found = quietest(parts, rate)
    return None if found is None else measured_tone(found, rate)


def _edges(span: Span) -> tuple[int, int]:
    return span.start, span.end


def places_near(at: int, speech: Sequence[Span], duration: int) -> tuple[Span, ...]:
    """Where nobody talks near film time `at` (ms), in order; else the nearest such place."""
    talk = [Span(one.start - _AFTER_WORDS, one.end + _AFTER_WORDS) for one in speech]
    still = [
        one for one in between(talk, Span(0, duration)) if one.duration >= min(_LENGTHS) + _STEP
    ]
    near = Span(at - _REACH, at + _REACH)
    found = tuple(
        Span(max(one.start, near.start), min(one.end, near.end))
        for one in still
        if one.overlap(near) >= min(_LENGTHS) + _STEP
    )
    if found or not still:
        return found
    nearest = min(still, key=lambda one: max(one.start - at, at - one.end))
    if nearest.start >= at:
        return (Span(nearest.start, min(nearest.end, nearest.start + 2 * _REACH)),)
    return (Span(max(nearest.start, nearest.end - 2 * _REACH), nearest.end),)


def quietest(parts: Sequence[Samples], rate: int) -> Samples | None:
    """The quietest steady stretch of the parts, each channels x n; None where all is silent.

    It is the one whose loudest 50 ms are the faintest; longer ones are preferred.
    """
    candidates = [
        (loudest * worse, stretch)
        for length, worse in _LENGTHS.items()
        for part in parts
        for loudest, stretch in _stretches(part, rate, length)
    ]
    return min(candidates, key=lambda one: one[0])[1] if candidates else None


def _stretches(part: Samples, rate: int, length: int) -> Iterator[tuple[float, Samples]]:
    """How loud each stretch of `length` ms is at its loudest, with its samples."""
    step, steps = rate * _STEP // MS_PER_SECOND, length // _STEP
    count = part.shape[1] // step
    if count < steps:
        return
    blocks = part[:, : count * step].astype(np.float64).reshape(len(part), count, step)
    powers = (blocks**2).mean(axis=2).sum(axis=0)
    for first in range(count - steps + 1):
        heard = powers[first : first + steps]
        if heard.min() > _NOTHING:
            yield float(heard.max()), part[:, first * step : (first + steps) * step]


def _read(info: FilmInfo, source: SoundStream, span: Span, rate: int, layout: str) -> Samples:
    """The sound of a stretch of film time; shorter where the sound ends before it."""
    wanted = span.duration * rate // MS_PER_SECOND
    pieces: list[Samples] = []
    blocks = sound_blocks(info, source, sample_rate=rate, layout=layout, start=span.start)
    for block in blocks:
        pieces.append(block)
        wanted -= block.shape[1]
        if wanted <= 0:
            break
    if not pieces:
        return np.zeros((1, 0), np.float32)
    return np.concatenate(pieces, axis=1)[:, : span.duration * rate // MS_PER_SECOND]
