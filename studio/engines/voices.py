"""The built-in diariser: tells voices apart by timbre and pitch, with no model and no training.

Speech is cut into pieces of about 2 s; pieces are put together by voice (voices_groups.py); then
every frame goes to the voice it is most like, where changing the voice costs something, less across
a pause. Two rounds of that, and of putting together voices that turn out to be one, move the
changes to where they are heard. Nobody is heard at the same time as somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.engines.verbs import Check, Stretch, VoiceTurn, unchecked
from studio.engines.voices_groups import Doubles, Groups, group
from studio.engines.voices_sound import SIZE, Floats, frames
from studio.times import Span

_PIECE = 2000  # ms
_FEWEST = 15  # sounding frames a piece needs to be judged by
_LEAST = 70  # sounding frames in all that make a voice a person
_ROUNDS = 2

_ALIKE = 6.0  # frames in a row that tell as much as one would by itself
_CHANGE, _CHANGE_IN_PAUSE = 12.0, 3.0  # what a change of voice costs, as log likelihood
_PAUSE = 150  # ms without a sounding frame
_BREATH = 300  # ms; who is silent for less goes on with their turn (as NIST's md-eval has it)


class Acoustic:
    """Tells voices apart by how they sound."""

    def tell_apart(
        self, stretches: Iterable[Stretch], most: int, check: Check = unchecked
    ) -> tuple[VoiceTurn, ...]:
        """See Diariser. About 90 bytes a frame of 10 ms are kept, the sound is not."""
        heard = _listen(stretches, check)
        if not heard.spans:
            return ()
        if len(heard.time) < _FEWEST:  # hardly a voice; certainly not two
            return _turns(heard, np.zeros(len(heard.time), np.int64))
        frames_, pieces = _scaled(heard.frames, heard.piece), heard.piece
        voices = _grouped(frames_, pieces, most, check)
        path = np.zeros(len(frames_), np.int64)
        for _ in range(_ROUNDS):
            path = _path(frames_, heard.time, voices, check)
            voices = _lasting(_grouped(frames_, _runs(path, pieces), most, check))
        path = _path(frames_, heard.time, voices, check)
        return _turns(heard, path)


@dataclass(frozen=True, slots=True, eq=False)
class _Heard:
    """All sounding frames. span: of each the number of its stretch; piece: that of its piece."""

    spans: tuple[Span, ...]
    time: NDArray[np.int64]
    span: NDArray[np.int64]
    piece: NDArray[np.int64]
    frames: Floats


def _listen(stretches: Iterable[Stretch], check: Check) -> _Heard:
    spans: list[Span] = []
    times, numbers, pieces, heard = [], [], [], []
    first_piece = 0
    for stretch in stretches:
        span = stretch.span
        count = max(1, round(span.duration / _PIECE))
        for batch in frames(stretch.sound.samples, span.start):
            check()
            times.append(batch.time)
            heard.append(batch.heard)
            numbers.append(np.full(len(batch.time), len(spans), np.int64))
            place = (batch.time - span.start) * count // max(1, span.duration)
            pieces.append(first_piece + np.minimum(place, count - 1))
        first_piece += count
        spans.append(span)
    none = np.zeros(0, np.int64)
    return _Heard(
        tuple(spans),
        np.concatenate(times or [none]),
        np.concatenate(numbers or [none]),
        np.concatenate(pieces or [none]),
        np.concatenate(heard or [np.zeros((0, SIZE), np.float32)]),
    )


def _scaled(heard: Floats, piece: NDArray[np.int64]) -> Floats:
    """The frames in numbers in which those of one piece scatter by 1 in every direction."""
    size, mean, number = _means(heard, piece)
    own = heard - mean[number]
    scatter = own.T.astype(np.float64) @ own / max(1.0, len(heard) - len(size))
    scatter += np.eye(SIZE) * (1e-4 * np.trace(scatter) / SIZE + 1e-12)
    scale = np.linalg.inv(np.linalg.cholesky(scatter)).T
    scaled: Floats = ((heard - heard.mean(axis=0)) @ scale).astype(np.float32)
    return scaled


def _means(heard: Floats, piece: NDArray[np.int64]) -> tuple[Doubles, Doubles, NDArray[np.int64]]:
    """Sizes and means of the pieces that have frames, and for each frame the number of its own."""
    _, number, counts = np.unique(piece, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), heard.shape[1]))
    for column in range(heard.shape[1]):
        sums[:, column] = np.bincount(number, weights=heard[:, column])
    return counts.astype(np.float64), sums / counts[:, np.newaxis], number


def _grouped(heard: Floats, piece: NDArray[np.int64], most: int, check: Check) -> Groups:
    """The voices of the pieces that are long enough; where none is, one voice."""
    size, mean, _ = _means(heard, piece)
    long = size >= _FEWEST
    if not long.any():
        long[size.argmax()] = True
    return group(size[long], mean[long], most, check)


def _lasting(voices: Groups) -> Groups:
    """Without voices that are heard for an instant only: most are somebody else's odd sounds."""
    kept = (voices.size >= _LEAST) | (voices.size == voices.size.max())
    return Groups(voices.of, voices.size[kept], voices.mean[kept])


def _runs(path: NDArray[np.int64], piece: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pieces cut anew where the voice changes: number of its piece for each frame."""
    fresh = (np.diff(path, prepend=path[:1]) != 0) | (np.diff(piece, prepend=piece[:1]) != 0)
    return np.cumsum(fresh)


def _path(
    heard: Floats, time: NDArray[np.int64], voices: Groups, check: Check
) -> NDArray[np.int64]:
    """Which voice each frame goes to: the cheapest way through all of them (Viterbi)."""
    count = len(voices.size)
    path = np.zeros(len(heard), np.int64)
    if count == 1:
        return path
    mean = voices.mean
    like = (heard @ mean.T - 0.5 * (mean**2).sum(axis=1)) / _ALIKE
    cost = np.where(np.diff(time, prepend=time[:1]) > _PAUSE, _CHANGE_IN_PAUSE, _CHANGE)
    came_from = np.empty((len(heard), count), np.int16)
    everyone = np.arange(count)
    best = np.zeros(count)
    for at in range(len(heard)):
        if at % _CHECKED == 0:
            check()
        leader = int(best.argmax())
        changed = best[leader] - cost[at]
        stays = best >= changed
        came_from[at] = np.where(stays, everyone, leader)
        best = np.where(stays, best, changed) + like[at]
    voice = int(best.argmax())
    for at in range(len(heard) - 1, -1, -1):
        path[at] = voice
        voice = int(came_from[at, voice])
    return path


_CHECKED = 4096


def _turns(heard: _Heard, path: NDArray[np.int64]) -> tuple[VoiceTurn, ...]:
    """The stretches, cut where the voice changes, by voices numbered as they are first heard.

    A stretch without a sounding frame goes to who spoke last before it.
    """
    found: list[tuple[Span, int]] = []
    bounds = np.searchsorted(heard.span, np.arange(len(heard.spans) + 1))
    voice = int(path[0]) if len(path) else 0
    for span, first, end in zip(heard.spans, bounds[:-1], bounds[1:], strict=True):
        start = span.start
        if first < end:
            voice = int(path[first])
        for change in first + 1 + np.flatnonzero(np.diff(path[first:end])):
            middle = int(heard.time[change - 1] + heard.time[change]) // 2
            found.append((Span(start, middle), voice))
            start, voice = middle, int(path[change])
        found.append((Span(start, span.end), voice))
    found = _joined(found)
    numbers: dict[int, int] = {}
    return tuple(VoiceTurn(span, numbers.setdefault(one, len(numbers))) for span, one in found)


def _joined(found: list[tuple[Span, int]]) -> list[tuple[Span, int]]:
    """The turns, those of one voice with a breath between them made one."""
    joined: list[tuple[Span, int]] = []
    for span, voice in found:
        before = joined[-1] if joined else None
        if before and before[1] == voice and span.start - before[0].end <= _BREATH:
            joined[-1] = (Span(before[0].start, span.end), voice)
        else:
            joined.append((span, voice))
    return joined
