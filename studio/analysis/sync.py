"""Whether picture and sound of a film are in step: measured where people are seen to talk.

Times are film time. "Late" is the sound after its picture, in ms; early is negative. Where nobody
talks to be seen, or mouths and sound do not belong together, that is what is found: no number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from studio import engines
from studio.analysis import marks
from studio.analysis.envelope import Envelope
from studio.analysis.faces import Watched
from studio.analysis.slips import (
    Line,
    Rows,
    best_line,
    chance,
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
_LULLS, _MORE_LULLS = 16, 48  # lines laid through rows of chance
_SURE, _CLEARLY_CHANCE = 1e-9, 0.7  # of chance: fewer lines have told enough
_SEED = 20
_UNLIKELY = 0.005  # of chance, where both halves of the film say the same
_IMPOSSIBLE = 3e-5  # of chance, whatever the halves say
_ALIKE = 80.0  # ms the halves may differ
_OWN = 1.5  # deviations of a stretch's scores its peak must stand out to speak for itself
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
    if len(mouths) < _LEAST_PIECES:
        return InStep("none", why="Nobody is seen to speak to the camera.")
    rows = _rows(mouths, length, meter, progress)
    real = best_line(rows)
    by_chance = _by_chance(real, mouths, length, meter, progress)
    if by_chance > _IMPOSSIBLE and (by_chance > _UNLIKELY or not _halves_agree(rows)):
        why = "The mouths that are seen do not move with what is heard."
        return InStep("none", confidence=0.0, why=why)
    line = straightened(rows, real)
    noise = float(np.median(rows.scores.std(axis=1)))
    stretches = _stretches(rows, line, segments(rows, line, noise))
    passages = _passages(mouths, rows, stretches)
    return InStep("mouths", stretches, float(1 - by_chance), passages)


def _by_chance(
    real: Line, mouths: Sequence[Mouth], length: int, meter: SyncMeter, progress: Progress
) -> float:
    """How likely a line as good goes through mouths with the sound of others, 0..1.

    A few such lines tell what is clear; what is not, more of them.
    """
    lulls: list[Line] = []
    found = 0.0
    for wanted in (_LULLS, _MORE_LULLS):
        for number in range(len(lulls), wanted):
            progress(number / _MORE_LULLS, "Holding mouths against the sound")
            lulls.append(best_line(_rows(_mismatched(mouths, number), length, meter, progress)))
        found = chance(real, lulls)
        if not _SURE < found < _CLEARLY_CHANCE:
            break
    return found


def _rows(mouths: Sequence[Mouth], length: int, meter: SyncMeter, progress: Progress) -> Rows:
    reach = reach_for(length)
    typical = float(np.median([mouth.strength for mouth in mouths]))
    agreed = meter.agreement((mouth.seen for mouth in mouths), reach, progress.check)
    scores = [
        row * math.sqrt(len(mouth.seen.times)) * mouth.strength / (mouth.strength + typical)
        for row, mouth in zip(agreed, mouths, strict=True)
    ]
    middles = np.array([mouth.middle for mouth in mouths])
    return Rows(middles, np.array(scores, np.float64), reach)


def _mismatched(mouths: Sequence[Mouth], number: int) -> list[Mouth]:
    """The mouths with the sound of other moments; every other time run backwards.

    All are moved alike: turns that are alike must fit each other as well as they do in the film.
    """
    lot = np.random.default_rng([_SEED, number])
    away, moved = int(lot.integers(1, max(2, len(mouths)))), int(lot.integers(-60, 61))
    result = []
    for place, mouth in enumerate(mouths):
        other = _another(mouths, place, away)
        loudness, centre = other.seen.loudness, round(other.middle) // LAG_STEP
        timbre = other.seen.timbre
        if number % 2:
            loudness, centre = loudness[::-1], len(loudness) - 1 - centre
            timbre = None if timbre is None else timbre.backwards
        from_there = round(mouth.middle) // LAG_STEP - centre + moved
        seen = replace(
            mouth.seen, loudness=loudness, heard_from=from_there * LAG_STEP, timbre=timbre
        )
        result.append(replace(mouth, seen=seen))
    return result


def _another(mouths: Sequence[Mouth], place: int, away: int) -> Mouth:
    """The mouth `away` places on, or the next that is not seen beside this one."""
    own = mouths[place].middle
    for step in range(len(mouths)):
        other = mouths[(place + away + step) % len(mouths)]
        if abs(other.middle - own) > _PIECE / 2:
            return other
    return mouths[(place + away) % len(mouths)]


def _halves_agree(rows: Rows) -> bool:
    """Whether two halves of the stretches, taken in turns, find the sound at the same place."""
    turns = np.arange(len(rows.times)) // 2 % 2
    if not 0 < int(turns.sum()) < len(turns):
        return False
    middle = float(rows.times.mean())
    found = [
        best_line(Rows(rows.times[turns == half], rows.scores[turns == half], rows.reach))
        for half in (0, 1)
    ]
    return abs(found[0].at(middle) - found[1].at(middle)) <= _ALIKE


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
    for number, mouth in enumerate(mouths):
        late = late_at(stretches, mouth.middle)
        one = Rows(rows.times[number : number + 1], rows.scores[number : number + 1], rows.reach)
        own = own_peaks(one, Line(late, 0.0, 0.0))
        scale = math.sqrt(len(mouth.seen.times)) * 0.5
        if own.weights[0] > _OWN * float(one.scores.std()):
            found.append(
                Passage(
                    int(mouth.seen.times[0]),
                    int(mouth.seen.times[-1]),
                    float(own.lags[0]),
                    min(1.0, float(own.weights[0]) / scale),
                )
            )
    return tuple(found)
