"""Clips of talking mouths, cut from films: what a sync-meter learns from, and why others are not.

A clip is a few seconds of one mouth with the sound around it. The films are taken to be in sync:
what is late in them is learned as being in step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from studio import settings
from studio.analysis import analyse
from studio.analysis.envelope import Envelope
from studio.analysis.faces import Track, Watched
from studio.analysis.mouths import MouthMotion
from studio.analysis.watching import heard_envelope, heard_timbre, watched
from studio.engines import LAG_STEP, TalkingMouth, Timbre
from studio.media.probe import FilmInfo
from studio.progress import Progress
from studio.times import MS_PER_SECOND, Span

MARGIN = 2500
"""ms of sound kept before and after a clip: as far as it is shifted and searched."""

_PIECE = 6 * MS_PER_SECOND
_SHORTEST = 3 * MS_PER_SECOND
_STILL = 1.0  # levels; a mouth that moves less does not talk (sync.py)
_JUMP = 0.3  # faces' widths between two looks; who talks does not move so far in half a second
_GREW = 1.25  # times as large
_SPOKEN = 0.5  # share of a clip in which somebody must speak
_RIVAL = 0.7  # of a mouth's strength: another that moves so much may be the one that speaks


@dataclass(frozen=True, eq=False)
class Clip:
    """A mouth that talks. mouth: with lips and timbre; its sound reaches MARGIN around it."""

    span: Span
    face: int
    mouth: TalkingMouth


@dataclass(frozen=True, slots=True)
class Refused:
    """A stretch of a film that is not learned from, film ms. why: a sentence."""

    span: Span
    why: str


@dataclass(frozen=True, eq=False)
class Cut:
    """What a film gave. faces: how many its clips show."""

    clips: tuple[Clip, ...]
    refused: tuple[Refused, ...]

    @property
    def faces(self) -> int:
        """How many faces the clips show."""
        return len({clip.face for clip in self.clips})


def cut(info: FilmInfo, progress: Progress) -> Cut:
    """The clips of a film, in order. Looks through it once, as measuring does.

    Blocks; holds one film's clips, some 1 MB a minute. Raises MediaError, EngineError, Cancelled.
    """
    whole = Span(0, max(1, info.duration))
    if info.sound is None:
        return Cut((), (Refused(whole, "The film has no sound."),))
    found = analyse(info, settings.DEFAULTS, progress.part(0, 0.3))
    if not found.speech:
        return Cut((), (Refused(whole, "Nobody speaks."),))
    cuts = [scene.start for scene in found.scenes]
    seen = watched(info, cuts, found.speech, progress.part(0.3, 0.9), lips=True)
    loudness = heard_envelope(info, progress.part(0.9, 0.95))
    timbre = heard_timbre(info, progress.part(0.95, 1))
    return cut_from(seen, found.speech, loudness, timbre, whole)


def cut_from(
    seen: Watched, speech: Sequence[Span], loudness: Envelope, timbre: Timbre, whole: Span
) -> Cut:
    """The clips of what was seen and heard of a film that lasts `whole`."""
    if not seen.motions:
        return Cut((), (Refused(whole, "No face is seen while somebody speaks."),))
    clips, refused = [], []
    for motion in seen.motions:
        length = int(motion.times[-1] - motion.times[0])
        for part in np.array_split(np.arange(len(motion.times)), max(1, round(length / _PIECE))):
            span = Span(int(motion.times[part[0]]), int(motion.times[part[-1]]) + 1)
            why = _fault(motion, span, seen, speech)
            if why:
                refused.append(Refused(span, why))
            else:
                mouth = _mouth(motion, part, loudness, timbre)
                clips.append(Clip(span, motion.track, mouth))
    return Cut(
        tuple(sorted(clips, key=lambda one: (one.span.start, one.face))),
        tuple(sorted(refused, key=lambda one: one.span.start)),
    )


def _fault(motion: MouthMotion, span: Span, seen: Watched, speech: Sequence[Span]) -> str:
    """Why a stretch of a mouth is not learned from; "" where it is."""
    if span.end - span.start < _SHORTEST:
        return f"The face is seen for less than {_SHORTEST // MS_PER_SECOND} s."
    if _jumps(seen.tracks[motion.track], span):
        return "The face jumps."
    own = _moved(motion, span)
    if own < _STILL:
        return "The mouth does not move."
    spoken = sum(span.overlap(one) for one in speech)
    if spoken < _SPOKEN * (span.end - span.start):
        return "Hardly anybody speaks."
    if any(
        other.track != motion.track and _moved(other, span) > _RIVAL * own for other in seen.motions
    ):
        return "Another mouth moves beside it, so it is not known which of them speaks."
    return ""


def _moved(motion: MouthMotion, span: Span) -> float:
    """How much a mouth moves in a stretch, in levels; 0 where it is not seen."""
    there = motion.opening[motion.within(span.start, span.end)]
    return float(there.std()) if len(there) else 0.0


def _jumps(track: Track, span: Span) -> bool:
    """Whether the face moves or grows from one look to the next as no head does."""
    near = np.flatnonzero((track.times > span.start - 600) & (track.times < span.end + 600))
    for before, after in pairwise(near.tolist()):
        left, top, wide, high = (float(one) for one in track.boxes[before])
        then_left, then_top, then_wide, then_high = (float(one) for one in track.boxes[after])
        across = abs(then_left + then_wide / 2 - left - wide / 2) / wide
        down = abs(then_top + then_high / 2 - top - high / 2) / high
        grew = max(wide / then_wide, then_wide / wide)
        if max(across, down) > _JUMP or grew > _GREW:
            return True
    return False


def _mouth(
    motion: MouthMotion, part: NDArray[np.int64], loudness: Envelope, timbre: Timbre
) -> TalkingMouth:
    """The mouth of a stretch with the sound up to MARGIN around it."""
    assert motion.lips is not None  # noqa: S101  # the film was watched closely
    times = motion.times[part]
    first = max(0, (int(times[0]) - MARGIN) // LAG_STEP)
    last = -(-(int(times[-1]) + MARGIN) // LAG_STEP)
    return TalkingMouth(
        times,
        motion.opening[part],
        loudness[first:last],
        first * LAG_STEP,
        motion.lips[part].astype(np.float32),
        Timbre(timbre.rows[first:last]),
    )
