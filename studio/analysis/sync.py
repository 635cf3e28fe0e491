"""Whether picture and sound of a film are in step: measured where people are seen to talk.

Times are film time. "Late" is the sound after its picture, in ms; early is negative. Where nobody
talks to be seen, or mouths and sound do not belong together, that is what is found: no number.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from studio import engines
from studio.analysis import marks
from studio.analysis.envelope import Envelope
from studio.analysis.faces import Watched
from studio.analysis.odds import MOST_ALONE, found_chance, model_chance, nats, speaks, speaks_nats
from studio.analysis.slips import (
    SEARCH,
    Floats,
    Line,
    Rows,
    along,
    best_line,
    drifts,
    lead,
    own_peaks,
    reach_for,
    segments,
    straightened,
)
from studio.analysis.watching import heard_envelope, heard_timbre, watched
from studio.engines import LAG_STEP, SyncMeter, TalkingMouth, Timbre
from studio.instep import InStep, Passage, Stretch, late_at
from studio.media.probe import FilmInfo
from studio.progress import Progress
from studio.times import MS_PER_SECOND, Span

METER = "correlation"

_PIECE = 6 * MS_PER_SECOND  # ms of one mouth that are held against the sound at once
_LEAST_PIECES = 3
_SHORTEST = 10 * MS_PER_SECOND  # ms; a shorter film has no other moments to be held against
_LULLS = 32  # times that mouths are held against the moments of others
_SEED = 20
_FARTHEST, _AWAY = 24 * MS_PER_SECOND, 3 * MS_PER_SECOND  # ms the sound is moved for that
_ASTRAY = 600  # ms from the moment of another mouth
_UNLIKELY = 0.0025  # of chance, the two ways to reckon it taken together
_EITHER = 0.05  # of chance, each way
_STANDS_OUT = 3.0  # nats by which the next best offset is worse
_FILMS = 1000  # films a describer may check in a working life, whose mouths say something else
_TALKS, _MOSTLY = 0.4, 0.9  # how likely a mouth as strong as others talks, and any does
_AGREES = 0.8  # how likely a stretch talks that speaks for itself
_STILL = 1.0  # levels; a mouth that moves less does not talk (mouths.py)


def measure(
    info: FilmInfo,
    cuts: Sequence[int],
    talk: Sequence[Span],
    progress: Progress,
    meter: str = METER,
) -> InStep:
    """Measure how far the sound of the film lies off its picture.

    cuts: film ms at which shots begin. talk: stretches of speech. meter: a row of the table.
    Blocks; keeps what it saw in the cache. Raises MediaError, EngineError, and Cancelled.
    """
    opened = engines.open("sync-meter", meter)  # what is missing is said before the long part
    if info.sound is None:
        return InStep("none", why="The film has no sound, so there is nothing to be in step with.")
    marked = marks.marks(info, progress.part(0, 0.1))
    if marked is not None:
        return InStep("marks", (Stretch(0, marked.late),), 1.0, why=marked.sentence)
    if not talk:
        return InStep("none", why="Nobody speaks in the film.")
    closely = opened.looks_closely
    seen = watched(info, cuts, talk, progress.part(0.1, 0.8), lips=closely)
    loudness = heard_envelope(info, progress.part(0.8, 0.9))
    timbre = heard_timbre(info, progress.part(0.85, 0.9)) if closely else None
    mouths = talking_mouths(seen, loudness, timbre)
    return judged(mouths, info.duration, opened, progress.part(0.9, 1))


# --- mouths ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Mouth:
    """A piece of a mouth's motion with the sound around it. strength: see MouthMotion."""

    seen: TalkingMouth
    strength: float

    @property
    def middle(self) -> float:
        """Film ms of its middle."""
        return float(self.seen.times[0] + self.seen.times[-1]) / 2


def talking_mouths(seen: Watched, loudness: Envelope, timbre: Timbre | None = None) -> list[Mouth]:
    """The mouths that move, in pieces of a few seconds, in order of time."""
    found = []
    for motion in seen.motions:
        if motion.strength < _STILL:
            continue
        length = int(motion.times[-1] - motion.times[0])
        for part in np.array_split(np.arange(len(motion.times)), max(1, round(length / _PIECE))):
            lips = None if motion.lips is None else motion.lips[part].astype(np.float32)
            piece = TalkingMouth(
                motion.times[part], motion.opening[part], loudness, 0, lips, timbre
            )
            found.append(Mouth(piece, motion.strength))
    return sorted(found, key=lambda one: one.middle)


def judged(mouths: Sequence[Mouth], length: int, meter: SyncMeter, progress: Progress) -> InStep:
    """What mouths tell of a film of `length` ms. Raises EngineError and Cancelled."""
    if not mouths:
        return InStep("none", why="Nobody is seen to speak to the camera.")
    if len(mouths) < _LEAST_PIECES:
        return InStep("none", why="Nobody is seen to speak to the camera for long enough.")
    if length < _SHORTEST:
        return InStep("none", why="The film is too short to tell chance from being in step.")
    heard, sharp, alone = _heard(mouths, length, meter, progress)
    rows = heard.moved(np.zeros(len(heard.times)), sharp.reach)
    real = best_line(rows)
    by_chance = _by_chance(real, heard, length, progress)
    line = straightened(sharp, real)
    jumps = segments(rows, sharp, line)
    ahead = _lead(rows, line, jumps)
    if by_chance > _UNLIKELY or ahead < _STANDS_OUT:
        why = "The mouths that are seen do not move with what is heard."
        return InStep("none", confidence=0.0, why=why)
    stretches = _stretches(sharp, line, jumps)
    passages = _passages(mouths, alone, stretches)
    return InStep("mouths", stretches, _confidence(by_chance, ahead), passages)


def _confidence(by_chance: float, ahead: float) -> float:
    """How likely none of many films of other words is told a number, and no other offset is meant.

    by_chance: for one such film. ahead: nats by which the next best offset is worse.
    """
    return math.exp(-_FILMS * by_chance) * -math.expm1(-ahead)


def _lead(rows: Rows, line: Line, jumps: Sequence[tuple[int, float]]) -> float:
    """By how much what was found is better than the next best, from jump to jump."""
    starts = [first for first, _ in jumps]
    parts = zip(starts, [*starts[1:], len(rows.times)], jumps, strict=True)
    return sum(
        lead(
            Rows(rows.times[start:end], rows.scores[start:end], rows.reach),
            replace(line, offset=line.offset + moved),
        )
        for start, end, (_, moved) in parts
    )


def _heard(
    mouths: Sequence[Mouth], length: int, meter: SyncMeter, progress: Progress
) -> tuple[Rows, Rows, Rows]:
    """How well what is seen at each moment fits the sound: near and far, for the verdict; sharp,
    but near only; and so for each mouth.

    In the first no moment has its way alone. The film's end goes on at its start.
    """
    near = reach_for(length)
    far = near + _far(length)
    moments = _moments(mouths)
    scores = np.empty((len(moments), 2 * far // LAG_STEP + 1), np.float32)
    sharp = np.empty((len(moments), 2 * near // LAG_STEP + 1), np.float32)
    alone = np.empty((len(mouths), sharp.shape[1]), np.float32)
    begin = (far - near) // LAG_STEP
    seen = slice(begin, begin + sharp.shape[1])
    agreed = meter.agreement(_gone_round(mouths, far), far, progress.check)
    shares = _shares(mouths)
    for number, moment in enumerate(moments):
        progress(0.5 * number / len(moments), "Holding mouths against the sound")
        told = [speaks_nats(row) for row in itertools.islice(agreed, len(moment))]
        for mouth, row in zip(moment, told, strict=True):
            alone[mouth] = nats([row[seen]], [shares[mouth]])
        together = nats(told, [shares[mouth] for mouth in moment])
        scores[number] = np.minimum(together, MOST_ALONE)
        sharp[number] = together[seen]
    middles = np.array([mouth.middle for mouth in mouths])
    times = np.array([middles[moment].mean() for moment in moments])
    return Rows(times, scores, far), Rows(times, sharp, near), Rows(middles, alone, near)


def _moments(mouths: Sequence[Mouth]) -> list[range]:
    """Which mouths are seen at the same moment: more than half of the shorter one's time is shared
    with the first."""
    found: list[range] = []
    for number, mouth in enumerate(mouths):
        if found and _at_once(mouths[found[-1].start], mouth):
            found[-1] = range(found[-1].start, number + 1)
        else:
            found.append(range(number, number + 1))
    return found


def _at_once(one: Mouth, other: Mouth) -> bool:
    first, second = one.seen.times, other.seen.times
    shared = min(first[-1], second[-1]) - max(first[0], second[0])
    return bool(2 * shared > min(first[-1] - first[0], second[-1] - second[0]))


def _shares(mouths: Sequence[Mouth]) -> list[float]:
    """How likely each talks: who talks moves the mouth more than who listens."""
    strengths = np.array([mouth.strength for mouth in mouths])
    odds = _TALKS / (1 - _TALKS) * (strengths / np.median(strengths)) ** 2
    return [min(_MOSTLY, float(one / (1 + one))) for one in odds]


def _gone_round(mouths: Sequence[Mouth], reach: int) -> Iterator[TalkingMouth]:
    """The mouths with the sound from `reach` ms before the film to as much after it."""
    more = reach // LAG_STEP + 1
    loudness, timbre = mouths[0].seen.loudness, mouths[0].seen.timbre
    wide, full = np.pad(loudness, more, mode="wrap"), _round_about(timbre, more)
    for mouth in mouths:
        seen = mouth.seen
        if seen.loudness is not loudness:
            loudness, wide = seen.loudness, np.pad(seen.loudness, more, mode="wrap")
        if seen.timbre is not timbre:
            timbre, full = seen.timbre, _round_about(seen.timbre, more)
        start = seen.heard_from - more * LAG_STEP
        yield replace(seen, loudness=wide, timbre=full, heard_from=start)


def _round_about(timbre: Timbre | None, more: int) -> Timbre | None:
    """The timbre with `more` of its last rows before it, and of its first after it."""
    return timbre and Timbre(np.pad(timbre.rows, ((more, more), (0, 0)), mode="wrap"))


# --- chance ---------------------------------------------------------------------------------------


def _by_chance(real: Line, heard: Rows, length: int, progress: Progress) -> float:
    """How likely a line as good is found where mouths and sound do not belong together, 0..1.

    Reckoned from what is known of mouths, and from this film with the sound of other moments; 1
    where either does not find it unlikely, else the geometric mean.
    """
    searched = (2 * SEARCH // LAG_STEP + 1) * len(drifts(heard))
    told = model_chance(real.score, searched)
    found = _elsewhere(real, heard, searched, length, progress)
    return math.sqrt(told * found) if max(told, found) < _EITHER else 1.0


def _elsewhere(real: Line, heard: Rows, searched: int, length: int, progress: Progress) -> float:
    """How likely a line as good goes through mouths with the sound of other moments, 0..1.

    Asked in two ways, and the worse answer counts: with all of the sound moved alike, so that what
    has a beat keeps it, and with each mouth held against another's moment, so that turns still
    meet turns.
    """
    alike = along(heard, real.drift, _far(length))
    away = (_far(length) - _AWAY) // LAG_STEP
    apart = []
    for number, move in enumerate(_moved_apart(heard, length)):
        progress(0.5 + 0.5 * number / _LULLS, "Holding mouths against the sound")
        apart.append(heard.moved(move, SEARCH).scores.sum(axis=0, dtype=np.float64))
    ways = ((alike[:away], alike[-away:]), apart)
    return max(found_chance(real.score, lulls, searched) for lulls in ways)


def _far(length: int) -> int:
    """ms by which the sound is moved at most to see chance: half round a short film."""
    return min(_FARTHEST, length // 2 // LAG_STEP * LAG_STEP)


def _moved_apart(heard: Rows, length: int) -> Iterator[Floats]:
    """For each mouth the way to another's moment, the same number of mouths on for all."""
    times = np.concatenate([heard.times - length, heard.times, heard.times + length])
    own, far = heard.times, _far(length) - _ASTRAY
    # others are those seen so much before or after a mouth that its own sound is not met
    first, last = (np.searchsorted(times, own + way) for way in (-far, -_AWAY - _ASTRAY))
    next_first, next_last = (np.searchsorted(times, own + way) for way in (_AWAY + _ASTRAY, far))
    before, others = last - first, last - first + next_last - next_first
    for number in range(_LULLS):
        lot = np.random.default_rng([_SEED, number])
        on = int(lot.integers(1, max(2, len(own)))) % np.maximum(others, 1)
        place = np.where(on < before, first + on, next_first + on - before)
        there = times[np.minimum(place, len(times) - 1)] - own + lot.uniform(-_ASTRAY, _ASTRAY)
        alone = lot.uniform(_AWAY, _far(length), len(own)) * lot.choice((-1, 1), len(own))
        yield np.where(others > 0, there, alone)


# --- what follows ---------------------------------------------------------------------------------


def _stretches(rows: Rows, line: Line, jumps: Sequence[tuple[int, float]]) -> tuple[Stretch, ...]:
    """The line from the film's start, and anew from each jump; levels, where it is one line."""
    if len(jumps) == 1:
        return (Stretch(0, line.offset, line.drift),)
    result = []
    for number, (first, moved) in enumerate(jumps):
        # a jump lies somewhere between two stretches that were seen
        before = rows.times[first - 1] if number else 0.0
        start = round((before + rows.times[first]) / 2) if number else 0
        result.append(Stretch(start, line.at(start) + moved, line.drift))
    return tuple(result)


def _passages(
    mouths: Sequence[Mouth], rows: Rows, stretches: Sequence[Stretch]
) -> tuple[Passage, ...]:
    """What each stretch says for itself, of those that agree with the sound at all."""
    found = []
    for number, (mouth, share) in enumerate(zip(mouths, _shares(mouths), strict=True)):
        late = late_at(stretches, mouth.middle)
        one = Rows(rows.times[number : number + 1], rows.scores[number : number + 1], rows.reach)
        own = own_peaks(one, Line(late, 0.0, 0.0))
        weight = float(own.weights[0])
        confidence = speaks(weight, share)
        if weight > 0 and confidence > _AGREES:
            first, last = int(mouth.seen.times[0]), int(mouth.seen.times[-1])
            found.append(Passage(first, last, float(own.lags[0]), confidence))
    return tuple(found)
