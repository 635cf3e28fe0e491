"""What people say, written down by a transcriber, a chunk of speech at a time.

    speech ── chunks: stretches of speech together, at most LONGEST, parted in pauses
           └─ transcribe: each chunk's sound to the engine, its answer kept in the cache

Silence is never heard, so no engine can invent words there. What was written down is kept under
film, engine, model and language: what was interrupted goes on with the first chunk that lacks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from studio import cache, engines, paths
from studio.engines import (
    Check,
    Phrase,
    SaidWord,
    Sound,
    Stretch,
    Transcript,
    Unanswered,
    unchecked,
)
from studio.errors import EngineError
from studio.media.audio import sound_blocks
from studio.media.probe import FilmInfo, fingerprint
from studio.progress import Progress
from studio.times import MS_PER_SECOND, Span, between

RATE = 16_000
"""Hz of the sound that engines listen to."""

LONGEST = 28_000
"""ms of a chunk; Whisper and its like hear 30 s at once."""

_PAUSE = 2000  # ms; a longer one parts chunks, or they would hold mostly silence
_MARGIN = 200  # ms of silence kept around speech, so that no first or last sound is cut off
_LOOK_BACK = 8000  # ms in which the quietest place is looked for, where nobody pauses
_QUIET = 100  # ms
_VERSION = 1  # count up when chunks are made or answers kept in another way

Quietest = Callable[[Span], int]
"""Where, in ms, a stretch of speech is softest."""


@dataclass(frozen=True, slots=True)
class Written:
    """What came of one chunk: a transcript, or why there is none."""

    chunk: Span
    answer: Transcript | Unanswered


# --- chunks ---------------------------------------------------------------------------------------


def chunks(speech: Sequence[Span], duration: int, quietest: Quietest) -> tuple[Span, ...]:
    """The stretches to listen to, in order, each at most LONGEST ms.

    speech: in order. duration: of the film, ms. quietest: asked where nobody pauses for so long.
    """
    found: list[Span] = []
    pauses = list(between(speech, Span(0, duration)))
    for talk in speech:
        for piece in _pieces(_with_margin(talk, pauses, duration), quietest):
            last = found[-1] if found else None
            near = last is not None and piece.start - last.end <= _PAUSE
            if last is not None and near and piece.end - last.start <= LONGEST:
                found[-1] = Span(last.start, piece.end)
            else:
                found.append(piece)
    return tuple(found)


def _with_margin(talk: Span, pauses: list[Span], duration: int) -> Span:
    """The stretch with some of the pauses around it; at most half of each. Uses up `pauses`."""
    while pauses and pauses[0].end < talk.start:
        pauses.pop(0)
    before = pauses[0].duration // 2 if pauses and pauses[0].end == talk.start else 0
    after = next((one.duration // 2 for one in pauses[:2] if one.start == talk.end), 0)
    start = max(0, talk.start - min(_MARGIN, before))
    return Span(start, min(duration, talk.end + min(_MARGIN, after)))


def _pieces(talk: Span, quietest: Quietest) -> Iterator[Span]:
    while talk.duration > LONGEST:
        latest = talk.start + LONGEST
        at = quietest(Span(latest - _LOOK_BACK, latest))
        yield Span(talk.start, at)
        talk = Span(at, talk.end)
    yield talk


def quietest_in(info: FilmInfo, progress: Progress) -> Quietest:
    """Finds the softest tenth of a second by the peaks that the analysis of a film has kept."""
    from studio.analysis import statistics_of
    from studio.analysis.sound import PEAK_STEP

    loudest: list[np.ndarray] = []

    def quietest(span: Span) -> int:
        if not loudest:
            peaks = statistics_of(info, progress).peaks.astype(np.int32)
            loudest.append(np.abs(peaks).max(axis=1, initial=0))
        there = loudest[0][span.start // PEAK_STEP : span.end // PEAK_STEP]
        width = _QUIET // PEAK_STEP
        if len(there) < width:
            return span.end
        sums = np.convolve(there, np.ones(width), "valid")
        return span.start + (int(sums.argmin()) + width // 2) * PEAK_STEP

    return quietest


def stretches(
    info: FilmInfo, spans: Iterable[Span], check: Check = unchecked
) -> Generator[Stretch]:
    """The sound of each span, RATE Hz, one channel, exact to the sample; the spans in order.

    Read in one go and never held whole; shorter where the film's sound ends. check: called with
    every block, what it raises ends the reading. Raises MediaError.
    """
    waiting = iter(spans)
    span = next(waiting, None)
    if span is None or info.sound is None:
        return
    held, at = np.zeros(0, np.float32), span.start * RATE // MS_PER_SECOND
    blocks = sound_blocks(info, info.sound, sample_rate=RATE, layout="mono", start=span.start)
    ended = False
    while span is not None:
        first, last = (one * RATE // MS_PER_SECOND for one in (span.start, span.end))
        while not ended and at + len(held) < last:
            check()
            block = next(blocks, None)
            ended = block is None
            if block is not None:
                kept = held[max(0, first - at) :]
                at += len(held) - len(kept)
                held = np.concatenate([kept, block[0]])
        wanted = held[max(0, first - at) : max(0, last - at)].copy()
        yield Stretch(span, Sound(wanted, RATE))
        span = next(waiting, None)


# --- transcribing ---------------------------------------------------------------------------------


def transcribe(
    info: FilmInfo,
    spans: Sequence[Span],
    engine: str,
    language: str | None,
    progress: Progress,
) -> Iterator[Written]:
    """Chunk by chunk, in order, what is said; from the cache where it was heard before.

    engine: a transcriber, perhaps with a model. language: None to tell it. A chunk that fails is
    Unanswered and tried again the next time. Raises EngineError, MediaError, and Cancelled within
    a second.
    """
    check_language(engine, language)
    transcriber = engines.open("transcriber", engine)
    kept = _Kept(info, f"{engine}\0{transcriber.model}\0{language}")
    known = {span: kept.load(span) for span in spans}
    missing = [span for span in spans if known[span] is None]
    total = max(1, sum(span.duration for span in spans))
    sound = stretches(info, missing, progress.check)
    with closing(sound), closing(transcriber.transcribe(sound, language, progress.check)) as heard:
        done = 0
        for span in spans:
            progress(done / total, "Listening")
            answer: Transcript | Unanswered | None = known[span]
            if answer is None:
                answer = next(heard)
                if isinstance(answer, Transcript):
                    kept.save(span, answer)
            done += span.duration
            yield Written(span, answer)
    progress(1.0, "Listening")


def check_language(engine: str, language: str | None) -> None:
    """Raise EngineError, before any work, where `engine` does not know `language`."""
    row = engines.row("transcriber", engine)
    if language is not None and not row.speaks(language):
        raise EngineError(
            f"The transcriber “{engine}” does not know “{language}”.",
            "Nothing was written down.",
            f"It knows: {', '.join(row.languages)}.",
        )


class _Kept:
    """What was heard in a film before: a small file a chunk. A damaged one counts as missing."""

    def __init__(self, info: FilmInfo, asked: str) -> None:
        """asked: what decides the answers, besides the sound."""
        track = "" if info.sound is None else str(info.sound.index)
        self._film = fingerprint(info.path)
        self._asked = f"{_VERSION}\0{track}\0{asked}"
        self._folder = paths.cache_folder("answers")

    def _file(self, span: Span) -> Path:
        key = f"{self._asked}\0{span.start}\0{span.end}".encode()
        return self._folder / f"{self._film}-{hashlib.sha256(key).hexdigest()[:32]}.json"

    def load(self, span: Span) -> Transcript | None:
        file = self._file(span)
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            transcript = Transcript(found["language"], tuple(map(_phrase, found["phrases"])))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        cache.used(file)
        return transcript

    def save(self, span: Span, transcript: Transcript) -> None:
        """Raises EngineError."""
        text = json.dumps(asdict(transcript), ensure_ascii=False)
        try:
            cache.write(self._file(span), lambda stream: stream.write(text.encode()))
        except OSError as error:
            raise EngineError(
                f"What was heard cannot be kept in {self._folder} ({error.strerror or error}).",
                "The next run would have to listen again.",
                "Make room there.",
            ) from error


def _phrase(found: dict[str, object]) -> Phrase:
    words = found["words"]
    if not isinstance(words, list) or not isinstance(found["text"], str):
        raise TypeError(found)
    said = tuple(SaidWord(one["text"], _span(one["span"])) for one in words)
    return Phrase(found["text"], _span(found["span"]), said)


def _span(found: object) -> Span:
    if not isinstance(found, dict):
        raise TypeError(found)
    return Span(int(found["start"]), int(found["end"]))
