"""How far a film is out of sync, and how surely, from how well mouths fit the sound at each lag.

Every stretch of a talking mouth gives a row of scores over lags. One line, an offset and a drift,
is laid through all rows where their scores add up to most. Then the stretches near the line say how
straight it is: what lies off it together, from some time on, is a jump.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from studio.analysis.odds import SYLLABLE
from studio.engines import LAG_STEP

Floats = NDArray[np.float64]

SEARCH = 1300
"""ms by which the sound is looked for, early and late, at the first stretch."""

STEEPEST = 1200
"""ppm; a drift of more is another speed of film (25 for 24 Hz is 41,667)."""

_MILLION = 1_000_000
_TOGETHER = 1000 * LAG_STEP * 1000 // STEEPEST  # ms, in which the steepest drift makes a lag
_NEAR = 90  # ms around the line within which a stretch has its own peak
_NO_DRIFT = 3e-5  # of chance that stretches in step tell of a drift, either way
_TO_TELL_JUMP = 12.0  # nats a jump must gain; in a film of many stretches more, see below
_MOST_DRIFTS = 801


@dataclass(frozen=True, eq=False)
class Rows:
    """Scores of stretches. times: ms of the middle of each, rising. scores: n x lags, in nats, the
    first lag being -reach. reach: ms."""

    times: Floats
    scores: NDArray[np.floating]
    reach: int

    def moved(self, by: Floats, reach: int) -> Rows:
        """The rows as if the sound came earlier by `by` ms, one value each, seen `reach` ms far."""
        zero, width = self.reach // LAG_STEP, reach // LAG_STEP
        lags = zero + np.round(by / LAG_STEP).astype(np.int64)
        columns = lags[:, None] + np.arange(-width, width + 1)[None, :]
        return Rows(self.times, np.take_along_axis(self.scores, columns, axis=1), reach)


@dataclass(frozen=True, slots=True)
class Line:
    """The sound is late by `offset` ms at ms 0 of the film and by `drift` ppm more as it goes.

    score: the sum of the scores along it.
    """

    offset: float
    drift: float
    score: float

    def at(self, time: float) -> float:
        """How late the sound is at film ms `time`."""
        return self.offset + self.drift * time / _MILLION


def reach_for(length: int) -> int:
    """The lags in ms that a film of `length` ms is searched for."""
    return SEARCH + math.ceil(length * STEEPEST / _MILLION / LAG_STEP) * LAG_STEP


def best_line(rows: Rows) -> Line:
    """The line along which the scores add up to most, on a grid as fine as the lags."""
    middle = float(rows.times.mean())
    gathered = _gathered(rows)
    best = Line(0.0, 0.0, -math.inf)
    for drift in drifts(rows):
        sums = _along(gathered, middle, drift, SEARCH)
        top = int(np.argmax(sums))
        if sums[top] > best.score:
            lag = (top + _summit(sums, top)) * LAG_STEP - SEARCH
            best = Line(lag - drift * middle / _MILLION, drift, float(sums[top]))
    return best


def lead(rows: Rows, line: Line) -> float:
    """By how much the line's score is better than that of the next best offset.

    What has a beat fits as well a beat later: a line is an answer only where it is the only one.
    """
    sums = along(rows, line.drift, SEARCH)
    top = (line.at(float(rows.times.mean())) + SEARCH) / LAG_STEP
    elsewhere = np.abs(np.arange(len(sums)) - top) * LAG_STEP >= SYLLABLE
    return float(sums[~elsewhere].max(initial=-math.inf) - sums[elsewhere].max())


def along(rows: Rows, drift: float, reach: int) -> Floats:
    """The sums of the scores along lines of a drift that are late by -reach..reach ms.

    As late in the middle of the rows; one value a lag.
    """
    return _along(_gathered(rows), float(rows.times.mean()), drift, reach)


def _along(rows: Rows, middle: float, drift: float, reach: int) -> Floats:
    zero, width = rows.reach // LAG_STEP, rows.scores.shape[1]
    off = drift * (rows.times - middle) / _MILLION / LAG_STEP
    offsets = np.arange(-reach // LAG_STEP, reach // LAG_STEP + 1)
    lags = zero + np.round(off).astype(np.int64)[:, None] + offsets[None, :]
    begins = np.arange(len(rows.times))[:, None] * width
    sums = rows.scores.take(begins + np.clip(lags, 0, width - 1)).sum(axis=0, dtype=np.float64)
    return np.asarray(sums)


def _gathered(rows: Rows) -> Rows:
    """Rows so near each other that no drift parts them by half a lag, as one."""
    starts = np.flatnonzero(np.diff(rows.times // _TOGETHER, prepend=-1.0))
    counts = np.diff(starts, append=len(rows.times))
    times = np.add.reduceat(rows.times, starts) / counts
    return Rows(times, np.add.reduceat(rows.scores, starts, axis=0), rows.reach)


def drifts(rows: Rows) -> list[float]:
    """Drifts so close that at the ends of the film they differ by no more than two lags.

    A syllable's peak is wider than that.
    """
    half = max(1.0, float(rows.times[-1] - rows.times[0]) / 2)
    step = 2 * LAG_STEP * _MILLION / half
    count = min(_MOST_DRIFTS // 2, int(STEEPEST / step))
    return [number * STEEPEST / max(1, count) for number in range(-count, count + 1)] or [0.0]


def _summit(values: NDArray[np.floating], top: int) -> float:
    """How far the summit of a parabola through `top` and its neighbours lies off it, in steps."""
    if not 0 < top < len(values) - 1:
        return 0.0
    before, here, after = values[top - 1 : top + 2]
    bend = before - 2 * here + after
    return float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0 else 0.0


@dataclass(frozen=True, eq=False)
class Own:
    """The peak each stretch has near a line. lags: ms late. weights: its score there, 0 without."""

    lags: Floats
    weights: Floats


def own_peaks(rows: Rows, line: Line) -> Own:
    """Where each stretch fits best, no farther from the line than `_NEAR`."""
    zero, width = rows.reach // LAG_STEP, _NEAR // LAG_STEP
    lags, weights = np.zeros(len(rows.times)), np.zeros(len(rows.times))
    for number, time in enumerate(rows.times):
        centre = round(line.at(float(time)) / LAG_STEP) + zero
        low = max(0, centre - width)
        near = rows.scores[number, low : max(low + 1, centre + width + 1)]
        top = int(np.argmax(near))
        lags[number] = (low + top + _summit(near, top) - zero) * LAG_STEP
        inside = 0 < top < len(near) - 1
        weights[number] = max(0.0, float(near[top])) if inside else 0.0
    return Own(lags, weights)


def straightened(rows: Rows, line: Line) -> Line:
    """The line as the stretches near it have it; level unless they tell of a drift for sure."""
    own = own_peaks(rows, line)
    if np.count_nonzero(own.weights) < 4:  # noqa: PLR2004  # no line through so few
        return _level(rows, line)
    weights = own.weights.copy()
    offset = drift = 0.0
    least = math.inf
    for _ in range(8):  # weights that let the odd one go (Tukey)
        offset, drift, least, rest = _weighted_line(rows.times, own.lags, weights)
        spread = max(4.0, 1.4826 * float(np.median(np.abs(rest[own.weights > 0]))))
        weights = own.weights * np.clip(1 - (rest / (4.685 * spread)) ** 2, 0, 1) ** 2
    if abs(drift) < least:
        return _level(rows, line)
    return Line(offset, drift, line.score)


def _weighted_line(
    times: Floats, lags: Floats, weights: Floats
) -> tuple[float, float, float, Floats]:
    """Offset (ms), drift (ppm), how much of it is told for sure, and what each stretch lies off.

    Few stretches lie on a slope more easily than many (Student's distribution).
    """
    total = max(float(weights.sum()), 1e-9)
    middle, height = float(weights @ times) / total, float(weights @ lags) / total
    spread = max(float(weights @ (times - middle) ** 2), 1e-9)
    slope = float(weights @ ((times - middle) * (lags - height))) / spread
    rest = lags - height - slope * (times - middle)
    alike = total**2 / max(float((weights**2).sum()), 1e-9)
    variance = float(weights @ rest**2) / total * alike / max(1.0, alike - 2)
    error = math.sqrt(max(variance, 1.0) / max(alike, 1.0) / (spread / total))
    sure = -float(stdtrit(max(1.0, alike - 2), _NO_DRIFT))
    return height - slope * middle, slope * _MILLION, sure * error * _MILLION, rest


def _level(rows: Rows, line: Line) -> Line:
    """The best line without a drift near `line`'s middle."""
    middle = line.at(float(rows.times.mean()))
    sums = rows.scores.sum(axis=0)
    zero, width = rows.reach // LAG_STEP, _NEAR // LAG_STEP
    centre = round(middle / LAG_STEP) + zero
    low = max(0, centre - width)
    top = low + int(np.argmax(sums[low : centre + width + 1]))
    return Line((top + _summit(sums, top) - zero) * LAG_STEP, 0.0, float(sums[top]))


# --- jumps ----------------------------------------------------------------------------------------


def segments(rows: Rows, sharp: Rows, line: Line) -> list[tuple[int, float]]:
    """Where the sound jumps off the line: (first stretch, ms later than the line), from stretch 0.

    A path through the lags, stretch by stretch, collects scores and pays for each jump (Viterbi).
    sharp: the same with peaks that are not cut off, to see how far each jump goes.
    """
    wanted = np.arange(-SEARCH // LAG_STEP, SEARCH // LAG_STEP + 1)
    scores, peaks = (_beside(one, line, wanted) for one in (rows, sharp))
    price = _TO_TELL_JUMP * math.sqrt(max(4.0, len(rows.times) / 6))
    total = scores[0].copy()
    came = np.empty(scores.shape, np.int32)
    stay = np.arange(len(wanted))
    for number in range(1, len(scores)):
        top = int(np.argmax(total))
        jumps = total < total[top] - price
        came[number] = np.where(jumps, top, stay)
        total = np.where(jumps, total[top] - price, total) + scores[number]
    path = np.empty(len(scores), np.int64)
    path[-1] = int(np.argmax(total))
    for number in range(len(scores) - 1, 0, -1):
        path[number - 1] = came[number, path[number]]
    starts = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist()]
    found = []
    for start, end in zip(starts, [*starts[1:], len(path)], strict=True):
        sums = peaks[start:end].sum(axis=0)
        top = int(path[start])
        low = max(0, top - 3)
        top = low + int(np.argmax(sums[low : top + 4]))
        found.append((start, (wanted[0] + top + _summit(sums, top)) * LAG_STEP))
    return found


def _beside(rows: Rows, line: Line, wanted: NDArray[np.int64]) -> NDArray[np.floating]:
    """The scores at the wanted lags from the line, for each stretch."""
    base = np.round([line.at(float(time)) / LAG_STEP for time in rows.times]).astype(np.int64)
    lags = rows.reach // LAG_STEP + base[:, None] + wanted[None, :]
    kept = np.clip(lags, 0, rows.scores.shape[1] - 1)
    return np.take_along_axis(rows.scores, kept, axis=1)
