"""Which voice is which face: mouths held against the sound, turn by turn and then all together.

Being in the picture while somebody speaks proves nothing: in most dialogue both people are. So a
turn asks of each face how well its mouth's opening follows the loudness of the voice, and how well
it follows other speech of the same film. Only the distance between the two counts, in deviations
(z), so chewing and nodding gain nothing. Turns of one voice then share what they found, in
expectation and maximisation: a short turn follows the others of its voice, a clear one stands on
its own, and where no mouth follows the sound, the answer is that the speaker is off screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from studio.analysis.envelope import STEP, Envelope
from studio.analysis.faces import Track
from studio.analysis.mouths import MouthMotion
from studio.times import Span

OFF_SCREEN = None
"""The face of a turn whose speaker is not in the picture."""

_GRID = 20  # ms between two values that are held against each other
_AROUND = 100  # ms before and after a turn that count too: mouths rest there
_SLOW = 50  # values of the grid over which a moving mean is taken off: 1 s
_SMOOTH = 0.8  # values; a syllable has about ten
_LAGS = np.arange(-240, 301, _GRID)  # ms; mouths lead, and sound may be a little early or late
_COVERED = 0.6  # of a turn in which a mouth must be read
_LEAST = 400  # ms of turn that can be judged at all
_OTHERS = 24  # other pieces of speech a mouth is held against
_EVEN = 0.08  # least deviation of what unrelated speech gives
_PERFECT = 0.98  # correlations above are taken for this
_STILL = 0.6  # levels: a mouth whose opening deviates less did not move

_LAG_VARIES = 60  # ms in one film, by the sound at a turn's edges and the coarse pictures
_VOTES_FROM = 1.0  # z
_VOTES = 4.0  # z of all turns together that make a lag the film's own
_STANDS_OUT = 1.5  # times as much as any other lag

_QUIET = 0.35  # of how much a face's mouth moves when it moves; a mouth so still hardly speaks
_QUIET_WEIGHS = 4.0  # as a logarithm of chances, for a mouth that does not move at all

# z of the speaker's mouth and of others'; the former depends on the film, as large sharp faces
# follow the sound more clearly, so the likeliest of these is taken, the first where all are alike
_SPEAKER = ((3.5, 1.2), (2.8, 1.1), (2.2, 1.0))
_OTHER = (0.5, 0.9)
_RATHER = 1.0  # by how much likelier, as a logarithm, another than the first must be
_LARGEST = 9.0
_FREE = 0.6  # how many turns the opinion of before all turns weighs
_ROUNDS = 12
_BELIEVED = 0.6  # chance from which on a face is named


@dataclass(frozen=True, slots=True)
class Likeness:
    """How one mouth follows the sound of one turn.

    turn, track: places in their lists. alike: correlation at the best lag, -1..1. z: by how many
    deviations that is more than unrelated speech gives. lag: ms by which the sound comes later.
    moved: levels; how much the opening deviates in the turn.
    """

    turn: int
    track: int
    alike: float
    z: float
    lag: int
    moved: float


@dataclass(frozen=True, slots=True)
class Speaking:
    """Whose mouth speaks a turn. track: None is off screen. chance: 0..1, of that answer."""

    track: int | None
    chance: float


def likenesses(
    turns: Sequence[Span],
    motions: Sequence[MouthMotion],
    envelope: Envelope,
    check: Callable[[], None],
) -> tuple[Likeness, ...]:
    """How each mouth that is seen in a turn follows its sound; by turn, then by track.

    turns: film ms, in order of their start. envelope: of analysis.envelope. check: called between
    turns; stops the work by raising. Time grows with the turns, not with their pairs.
    """
    sound = _Sound(envelope, turns)
    by_start = sorted(range(len(motions)), key=lambda n: int(motions[n].times[0]))
    starts = np.array([int(motions[n].times[0]) for n in by_start], np.int64)
    longest = max((int(m.times[-1] - m.times[0]) for m in motions), default=0)
    found = []
    for number, turn in enumerate(turns):
        check()
        low = int(np.searchsorted(starts, turn.start - _AROUND - longest))
        high = int(np.searchsorted(starts, turn.end + _AROUND))
        by_track: dict[int, list[MouthMotion]] = {}
        for n in range(low, high):
            motion = motions[by_start[n]]
            by_track.setdefault(motion.track, []).append(motion)
        for track in sorted(by_track):
            one = _curves(number, turn, track, by_track[track], sound)
            if one is not None:
                found.append(one)
    lags = _usual_lags(found)
    return tuple(_likeness(one, lags) for one in found)


@dataclass(frozen=True, slots=True, eq=False)
class _Curves:
    """Correlations of one mouth in one turn at each of the lags: with its sound, with others."""

    turn: int
    track: int
    moved: float
    alike: NDArray[np.float32]
    unlike: NDArray[np.float32]  # pieces x lags


def _usual_lags(found: Sequence[_Curves]) -> NDArray[np.bool_]:
    """The lags at which mouths and sound of this film agree; all where no lag stands out.

    A film has one lag, but for its errors, while a mouth that follows by chance does so at any.
    """
    everywhere = np.ones(len(_LAGS), bool)
    if not found:
        return everywhere
    votes = np.zeros(len(_LAGS))
    for one in found:
        excess = (one.alike - one.unlike.mean(axis=0)) / np.maximum(_EVEN, one.unlike.std(axis=0))
        votes += np.clip(excess - _VOTES_FROM, 0, None)
    best = int(np.argmax(votes))
    far = np.abs(_LAGS - _LAGS[best]) > 2 * _LAG_VARIES
    if votes[best] < max(_VOTES, _STANDS_OUT * float(votes[far].max())):
        return everywhere
    return np.asarray(np.abs(_LAGS - _LAGS[best]) <= _LAG_VARIES, np.bool_)


def _likeness(one: _Curves, lags: NDArray[np.bool_]) -> Likeness:
    alike = one.alike[lags]
    best = int(np.argmax(alike))
    # Fisher's transformation: correlations near 1 lie closer together than they mean
    mine = float(np.arctanh(min(float(alike[best]), _PERFECT)))
    unlike = np.arctanh(np.minimum(one.unlike[:, lags].max(axis=1), _PERFECT))
    z = (mine - float(unlike.mean())) / max(_EVEN, float(unlike.std()))
    z = float(np.clip(z, -_LARGEST, _LARGEST)) if one.moved >= _STILL else -1.0
    return Likeness(one.turn, one.track, float(alike[best]), z, int(_LAGS[lags][best]), one.moved)


class _Sound:
    """The envelope on the grid, and pieces of speech of other turns."""

    def __init__(self, envelope: Envelope, turns: Sequence[Span]) -> None:
        each = _GRID // STEP
        whole = envelope[: len(envelope) // each * each].reshape(-1, each).mean(axis=1)
        self._values = _quick(whole.astype(np.float64)) if len(whole) else whole.astype(np.float64)
        self._turns = turns

    def at(self, times: NDArray[np.int64]) -> NDArray[np.float64]:
        """The values at film times on the grid, 0 outside the film."""
        places = times // _GRID
        inside = (places >= 0) & (places < len(self._values))
        found = np.zeros(len(times))
        found[inside] = self._values[places[inside]]
        return found

    def others(self, number: int, times: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        """Speech that is not that at `times`: other turns', and its own, reversed and turned."""
        own = self.at(times)[::-1]
        half = _OTHERS // 2
        pieces = [np.roll(own, round(len(own) * n / half)) for n in range(half)]
        step = max(1, len(self._turns) // half)
        for n in range(number % step, len(self._turns), step):
            if n != number and len(pieces) < _OTHERS:
                later = self._turns[n].start - self._turns[number].start
                pieces.append(self.at(times + later // _GRID * _GRID))
        return pieces


def _curves(
    number: int, turn: Span, track: int, motions: Sequence[MouthMotion], sound: _Sound
) -> _Curves | None:
    """None where the turn is too short, or the mouth is not read through most of it."""
    first, last = turn.start - _AROUND, turn.end + _AROUND
    times = np.arange(first // _GRID * _GRID, last, _GRID, dtype=np.int64)
    mouth, known = _opening(motions, times)
    inside = (times >= turn.start) & (times < turn.end)
    if turn.duration < _LEAST or not inside.any() or known[inside].mean() < _COVERED:
        return None
    times, mouth = times[known], mouth[known]
    every = np.arange(times[0] + _LAGS[0], times[-1] + _LAGS[-1] + _GRID, _GRID)
    windows = ((times - times[0]) // _GRID)[None, :] + np.arange(len(_LAGS))[:, None]
    pieces = [sound.at(every), *sound.others(number, every)]
    alike = _correlations(mouth, np.stack(pieces)[:, windows])
    return _Curves(number, track, float(mouth.std()), alike[0], alike[1:])


def _correlations(mouth: NDArray[np.float64], sounds: NDArray[np.float64]) -> NDArray[np.float32]:
    """Of a mouth (n) with each of many sounds (any x n)."""
    centred = mouth - mouth.mean()
    others = sounds - sounds.mean(axis=-1, keepdims=True)
    lengths = np.sqrt((others**2).sum(axis=-1) * (centred**2).sum())
    return np.asarray((others @ centred) / np.maximum(lengths, 1e-9), np.float32)


def _opening(
    motions: Sequence[MouthMotion], times: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The opening at the times, less what changes slowly, and where it is known."""
    opening = np.zeros(len(times))
    known = np.zeros(len(times), bool)
    for motion in motions:
        here = (times >= motion.times[0]) & (times <= motion.times[-1])
        if not here.any():
            continue
        low, high = np.searchsorted(motion.times, (times[0] - 2000, times[-1] + 2000))
        own = np.arange(int(motion.times[low]), int(motion.times[high - 1]) + 1, _GRID)
        curve = _quick(np.interp(own, motion.times, motion.opening))
        opening[here] = np.interp(times[here], own, curve)
        known |= here
    return opening, known


def _quick(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """What changes at the pace of syllables."""
    smooth = gaussian_filter1d(values, _SMOOTH, mode="nearest")
    return np.asarray(smooth - uniform_filter1d(smooth, _SLOW, mode="nearest"), np.float64)


# --- all turns together ---------------------------------------------------------------------------


def speaking(
    voices: Sequence[str],
    found: Sequence[Likeness],
    whose: Mapping[int, str],
    settled: Mapping[int, str] | None = None,
) -> tuple[tuple[Speaking, ...], dict[str, str]]:
    """Who is seen speaking each turn, and which face each voice has.

    voices: of each turn, in order. whose: of each track the face (person) it shows; a track that
    is not in it is nobody's, and only itself. settled: turns whose face a describer has told; ""
    tells that the speaker is not to be seen. Voices that are never seen have no entry.
    """
    told = settled or {}
    by_turn: dict[int, list[Likeness]] = {}
    for one in found:
        by_turn.setdefault(one.turn, []).append(one)
    faces = {track: whose.get(track, f"track {track}") for track in {one.track for one in found}}
    livelinesses = _livelinesses(found, faces)
    seen = [by_turn.get(n, []) for n in range(len(voices))]
    best: _Belief | None = None
    for speaker in _SPEAKER:
        weights = [_weights(here, faces, livelinesses, speaker) for here in seen]
        belief = _belief(voices, weights, told)
        if best is None or belief.likely > best.likely + _RATHER:
            best = belief
    assert best is not None  # noqa: S101  # there is at least one shape to try
    answers = tuple(
        _answer(here, faces, chances) for here, chances in zip(seen, best.chances, strict=True)
    )
    return answers, _faces_of_voices(best.habits)


@dataclass(frozen=True, slots=True, eq=False)
class _Belief:
    """What is believed of all turns. likely: the logarithm of how well it explains them.

    chances: of each turn, how likely each face speaks it. habits: of each voice, in how many turns
    it speaks with each face.
    """

    chances: list[dict[str, float]]
    habits: dict[str, dict[str, float]]
    likely: float


def _belief(
    voices: Sequence[str], weights: Sequence[Mapping[str, float]], told: Mapping[int, str]
) -> _Belief:
    habits: dict[str, dict[str, float]] = {voice: {} for voice in voices}
    chances: list[dict[str, float]] = []
    likely = 0.0
    for _ in range(_ROUNDS):
        chances, likely = [], 0.0
        for n, voice in enumerate(voices):
            if n in told:
                chances.append({told[n]: 1.0})
                continue
            turn, how_likely = _chances(weights[n], habits[voice])
            chances.append(turn)
            likely += how_likely
        habits = _habits(voices, chances, told)
    return _Belief(chances, habits, likely)


def _livelinesses(found: Sequence[Likeness], faces: Mapping[int, str]) -> dict[str, float]:
    """How much the mouth of each face moves when it moves much, levels."""
    moved: dict[str, list[float]] = {}
    for one in found:
        moved.setdefault(faces[one.track], []).append(one.moved)
    return {face: float(np.percentile(all_, 90)) for face, all_ in moved.items()}


def _weights(
    seen: Sequence[Likeness],
    faces: Mapping[int, str],
    livelinesses: Mapping[str, float],
    speaker: tuple[float, float],
) -> dict[str, float]:
    """For each face seen in a turn how much likelier it looks if it speaks, as a logarithm."""
    shown: dict[str, float] = {}
    for one in seen:
        face = faces[one.track]
        quiet = 1 - min(1.0, one.moved / max(1e-6, _QUIET * livelinesses[face]))
        z = min(max(one.z, -1.0), speaker[0])  # more than usual is no less sure
        weight = _log_normal(z, speaker) - _log_normal(z, _OTHER) - _QUIET_WEIGHS * quiet
        shown[face] = max(shown.get(face, -np.inf), weight)
    return shown


def _chances(
    shown: Mapping[str, float], habit: Mapping[str, float]
) -> tuple[dict[str, float], float]:
    """How likely each face seen in a turn speaks it, "" being off screen; and how likely that is.

    habit: of the voice. Turns it speaks with faces that are not seen here count as off screen.
    """
    even = _FREE / (len(shown) + 1)
    prior = {face: habit.get(face, 0.0) + even for face in shown}
    elsewhere = sum(habit.values()) - sum(habit.get(face, 0.0) for face in shown)
    prior[""] = elsewhere + even
    logs = {face: float(np.log(prior[face])) + shown.get(face, 0.0) for face in prior}
    top = max(logs.values())
    whole = sum(float(np.exp(log - top)) for log in logs.values())
    chances = {face: float(np.exp(log - top)) / whole for face, log in logs.items()}
    return chances, top + float(np.log(whole)) - float(np.log(sum(prior.values())))


def _log_normal(value: float, shape: tuple[float, float]) -> float:
    """The density of a normal distribution, but for a constant; shape: mean, deviation."""
    return float(-0.5 * ((value - shape[0]) / shape[1]) ** 2 - np.log(shape[1]))


def _habits(
    voices: Sequence[str], chances: Sequence[Mapping[str, float]], told: Mapping[int, str]
) -> dict[str, dict[str, float]]:
    """How many turns each voice speaks with each face; what a describer told counts more."""
    habits: dict[str, dict[str, float]] = {voice: {} for voice in voices}
    for n, (voice, shown) in enumerate(zip(voices, chances, strict=True)):
        if set(shown) == {""} and n not in told:
            continue  # nobody was seen: it says nothing about the face of the voice
        weight = _TOLD if n in told else 1.0
        for face, chance in shown.items():
            habits[voice][face] = habits[voice].get(face, 0.0) + weight * chance
    return habits


_TOLD = 4.0  # turns that one told by a describer weighs


def _answer(
    seen: Sequence[Likeness], faces: Mapping[int, str], chances: Mapping[str, float]
) -> Speaking:
    face = max(chances, key=lambda one: chances[one])
    mine = [one for one in seen if faces[one.track] == face]
    if face and mine and chances[face] >= _BELIEVED:
        return Speaking(max(mine, key=lambda one: one.z).track, chances[face])
    return Speaking(OFF_SCREEN, chances.get("", 0.0) if face == "" else 1 - chances[face])


def _faces_of_voices(habits: Mapping[str, Mapping[str, float]]) -> dict[str, str]:
    """The face each voice speaks with in most of its turns in which any face is found speaking."""
    found = {}
    for voice, habit in habits.items():
        on = {face: turns for face, turns in habit.items() if face}
        if not on:
            continue
        best = max(on, key=lambda face: on[face])
        if on[best] >= _ONCE and on[best] > sum(on.values()) / 2:
            found[voice] = best
    return found


_ONCE = 0.6  # turns in which a voice must be seen


def co_occurrence(
    turns: Sequence[Span], voices: Sequence[str], tracks: Sequence[Track], whose: Mapping[int, str]
) -> tuple[int | None, ...]:
    """The baseline: each voice is the face that is in the picture most while it speaks.

    The answers are tracks, None where that face is not in the picture. With two people always in
    shot this is chance; it is here to be compared with.
    """
    shared: dict[str, dict[str, int]] = {}
    visible: list[dict[str, int]] = []
    for turn, voice in zip(turns, voices, strict=True):
        here: dict[str, int] = {}
        for number, track in enumerate(tracks):
            both = turn.overlap(track.span)
            if both:
                face = whose.get(number, f"track {number}")
                here.setdefault(face, number)
                counts = shared.setdefault(voice, {})
                counts[face] = counts.get(face, 0) + both
        visible.append(here)
    best = {voice: max(counts, key=lambda one: counts[one]) for voice, counts in shared.items()}
    return tuple(
        here.get(best[voice]) if voice in best else None
        for here, voice in zip(visible, voices, strict=True)
    )
