"""Who speaks when, and which of the film's lines are whose, by the sound alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from studio import engines
from studio.engines import Sound, Stretch, VoiceTurn
from studio.media.audio import sound_places
from studio.media.probe import FilmInfo
from studio.progress import Progress
from studio.script.model import Line, Turn
from studio.times import Span

MOST_VOICES = 12
"""Voices that are told apart in one film; two that are heard less are taken for one another."""

_RATE = 16_000
_LONGEST = 60_000  # ms of sound that are held at once
_HOLDS = 0.5  # of a word that somebody has to speak for it to be theirs


def hear_voices(
    info: FilmInfo, speech: Sequence[Span], diariser: str, progress: Progress
) -> tuple[VoiceTurn, ...]:
    """Who speaks when in a film; () without sound or speech. Film ms.

    diariser: the name of a row. Memory: what the diariser keeps, and a minute of sound at most.
    Raises MediaError and EngineError.
    """
    engine = engines.open("diariser", diariser)
    spans = [piece for span in speech for piece in _pieces(span)]
    if info.sound is None or not spans:
        return ()
    # two thirds are listening; what the engine does after the last stretch tells no share
    heard = _stretches(info, spans, progress.part(0.0, 0.7))
    turns = engine.tell_apart(heard, MOST_VOICES, progress.check)
    progress(1.0)
    return turns


def _pieces(span: Span) -> Iterator[Span]:
    count = -(-span.duration // _LONGEST)
    for number in range(count):
        start, end = (span.start + span.duration * at // count for at in (number, number + 1))
        yield Span(start, end)


def _stretches(info: FilmInfo, spans: Sequence[Span], progress: Progress) -> Iterator[Stretch]:
    assert info.sound is not None  # noqa: S101  # hear_voices asked
    whole, done = sum(span.duration for span in spans), 0
    sounds = sound_places(info, info.sound, spans, sample_rate=_RATE, layout="mono")
    for span, samples in zip(spans, sounds, strict=True):
        progress(done / whole, "Telling voices apart")
        yield Stretch(span, Sound(samples[0], _RATE))
        done += span.duration


def who_says(lines: Sequence[Line], turns: Sequence[Turn]) -> tuple[str, ...]:
    """For each line the person who speaks most of its words, "" where nobody is heard in it.

    A word is a person's who is heard for at least half of it, so that a short "yes" into a pause
    of somebody else's line, however long the pause, wins nothing. Among people with as many words
    (all of them, where two talk at once) it is who is heard for longest in it; among those, who
    spoke first. A line whose words have no times has them spread over it by their letters.
    """
    people = list(dict.fromkeys(turn.person for turn in turns if turn.person))
    words = [(number, span) for number, line in enumerate(lines) for span in _words(line)]
    if not people or not words:
        return ("",) * len(lines)
    owner = np.array([number for number, _ in words])
    starts = np.array([span.start for _, span in words], np.float64)
    ends = np.array([span.end for _, span in words], np.float64)
    score = np.zeros((len(lines), len(people)))
    for column, person in enumerate(people):
        heard = _heard(starts, ends, [turn for turn in turns if turn.person == person])
        share = heard / np.maximum(1.0, ends - starts)
        counted = np.bincount(owner, weights=share >= _HOLDS, minlength=len(lines))
        time = np.bincount(owner, weights=heard, minlength=len(lines))
        # words decide; time only between people with as many, so it is kept below one word
        score[:, column] = counted + time / (1.0 + time.max(initial=0.0)) / 2
    best = score.argmax(axis=1)
    return tuple(
        people[column] if score[number, column] > 0 else "" for number, column in enumerate(best)
    )


def _words(line: Line) -> list[Span]:
    if line.words:
        return [Span(word.start, word.end) for word in line.words]
    lengths = np.cumsum([0, *(1 + len(word) for word in line.text.split())])
    if len(lengths) == 1:
        return [Span(line.start, line.end)]
    bounds = line.start + (line.end - line.start) * lengths // lengths[-1]
    return [
        Span(start, end)
        for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    ]


def _heard(
    starts: NDArray[np.float64], ends: NDArray[np.float64], turns: Sequence[Turn]
) -> NDArray[np.float64]:
    """For how many ms of each stretch one person is heard, whose turns these are, in order."""
    edges, total = [0.0], [0.0]
    for turn in turns:
        start = max(float(turn.start), edges[-1])
        end = max(float(turn.end), start)
        edges += [start, end]
        total += [total[-1], total[-1] + end - start]
    until = np.interp(np.stack([starts, ends]), edges, total)
    heard: NDArray[np.float64] = until[1] - until[0]
    return heard
