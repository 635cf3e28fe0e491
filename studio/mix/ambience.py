"""Where a film's room tone is heard: the quietest steady stretch near each freeze.

It is looked for when a mix is planned, in a few seconds of sound around each freeze, and not when
a film is analysed: only there it is known where the film waits, which of its sounds are mixed, and
at what rate and in what layout; and most projects never need it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from studio.media.audio import Samples, sound_places
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
            at = [math.floor(hold.at * MS_PER_SECOND) for hold in times.holds]
            tones = self._tones_near(source, sorted(set(at)), rate, layout)
            self._found[key] = tuple(tones.get(one) for one in at)
        return self._found[key]

    def _tones_near(
        self, source: SoundStream, moments: Sequence[int], rate: int, layout: str
    ) -> dict[int, RoomTone]:
        """The room tone near each of the moments, film ms in order; none where all is silent."""
        where = {at: places_near(at, self.speech, self.info.duration) for at in moments}
        where = {at: places for at, places in where.items() if places}
        spans = [Span(places[0].start, places[-1].end) for places in where.values()]
        sounds = sound_places(self.info, source, spans, sample_rate=rate, layout=layout)
        tones = {}
        for done, (at, places) in enumerate(where.items()):
            self.progress(done / len(where), "Listening to the film's rooms")
            heard = next(sounds)
            parts = []
            for span in places:
                begin, end = (
                    (edge - places[0].start) * rate // MS_PER_SECOND
                    for edge in (span.start, span.end)
                )
                parts.append(heard[:, begin:end])
            found = quietest(parts, rate)
            if found is not None:
                tones[at] = measured_tone(found, rate)
        return tones


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
    step = rate * _STEP // MS_PER_SECOND
    best, least = None, math.inf
    for part in parts:
        powers = _powers(part, step)
        for length, worse in _LENGTHS.items():
            steps = length // _STEP
            if len(powers) < steps:
                continue
            windows = sliding_window_view(powers, steps)
            loudest = np.where(windows.min(axis=1) > _NOTHING, windows.max(axis=1), math.inf)
            first = int(loudest.argmin())
            if loudest[first] * worse < least:
                least = float(loudest[first]) * worse
                best = part[:, first * step : (first + steps) * step]
    return best


def _powers(part: Samples, step: int) -> NDArray[np.float64]:
    """The power of each `step` samples, of all channels together."""
    count = part.shape[1] // step
    blocks = part[:, : count * step].reshape(len(part), count, step)
    powers: NDArray[np.float64] = np.einsum("cns,cns->n", blocks, blocks, dtype=np.float64) / step
    return powers
