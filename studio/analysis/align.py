"""When the lines of a plain text are said, found without any model's weights.

    texts ── a reference voice says each (espeak-ng) ── cepstra ──┐
    film  ── where somebody speaks ──────────────────── cepstra ──┴─ warp ── edges: the exact times

A synthesiser knows how words sound, if not how people say them; warping takes care of that. A text
of another film, or in another order, is told by its price: it fits no better than the same
text played backwards or in another order (`_belongs`).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from studio import engines
from studio.analysis.cepstra import RATE, STEP, Floats, Mel, cepstra, mel_of
from studio.analysis.edges import Presence, edges, presence
from studio.analysis.warp import FILLER, Prices, Way, way
from studio.engines import Speaker, Voice
from studio.errors import EngineError, ProjectError
from studio.media.audio import sound_blocks
from studio.media.probe import FilmInfo
from studio.progress import Progress
from studio.times import Span

REFERENCE = "espeak-ng"
"""The speaker that says the texts for comparison."""

_PAIR = 2  # rows of cepstra that one row of the warp holds: 20 ms
_WINDOW = 3000  # rows of the script that are looked at together: a minute
_PRICES = Prices(filler=0.95, skip=0.13, pause=0.2, held=0.5, uneven=0.1, joined=2.0)
_SILENCE_BASE, _SILENCE_MOST = 3.0, 20.0  # rows of nothing in common; what a pause costs in a line
_SILENCE_PER_MS = 1 / 60
_AT_ONCE = 4  # programs that speak at a time


def align(
    info: FilmInfo,
    speech: Sequence[Span],
    texts: Sequence[str],
    language: str,
    name: str,
    progress: Progress,
) -> tuple[Span | None, ...]:
    """When each text is said, film ms, in order; None for one that is not heard.

    speech: where somebody talks, in order. texts: with a letter or digit each. name: of the list,
    for sentences. Blocks, for about a minute an hour of speech; memory holds 40 MB an hour of film.
    Raises EngineError where nothing speaks the language, MediaError, and ProjectError for a text
    that does not belong to the film.
    """
    if info.sound is None or not speech or not texts:
        raise ProjectError(
            f"The lines of {name} cannot be placed: nobody is heard to speak in the film.",
            "Nothing was imported.",
            "Give captions with times instead.",
        )
    speaking, listening, comparing = progress.shared(2, 2, 3)
    spoken = _reference(texts, language, speaking)
    mel = _mel_of_film(info, listening)
    found = placed(mel, speech, spoken, comparing)
    if found is None:
        raise ProjectError(
            f"{name} does not belong to this film: what is said in it sounds different.",
            "Nothing was imported; the lines there were are unchanged.",
            "Check that it is the text of this film, complete, in its order and its language.",
        )
    return found


def placed(
    mel: Floats, speech: Sequence[Span], spoken: Sequence[Floats], progress: Progress
) -> tuple[Span | None, ...] | None:
    """When each line is said, film ms, in order; None for all that do not belong to the film.

    mel: powers of the whole film. speech: where somebody talks. spoken: the powers of each line as
    the reference voice says it; a line it cannot say is without rows, and None.
    """
    said = [number for number, one in enumerate(spoken) if len(one)]
    voice = presence(mel, speech)
    film, lines = _film(mel, speech, voice), _as_one_voice([spoken[number] for number in said])
    found = _compared(film, lines, progress.part(0.0, 0.4))
    if not _belongs(film, lines, found, progress.part(0.4, 1.0)):
        return None
    exact = dict(zip(said, edges(voice.heard, _rough(found, film, len(lines))), strict=True))
    return tuple(exact.get(number) for number in range(len(spoken)))


# --- the two sides --------------------------------------------------------------------------------


def _reference(texts: Sequence[str], language: str, progress: Progress) -> list[Floats]:
    """The mel powers of each text as the reference voice says it; none where it cannot."""
    speaker = engines.open("speaker", REFERENCE)
    voice = _voice(speaker, language)
    with ThreadPoolExecutor(_AT_ONCE, "reference") as pool:
        coming = pool.map(lambda text: _spoken(speaker, voice, text), texts)
        found = []
        try:
            for number, one in enumerate(coming):
                progress(number / len(texts), "Speaking the text")
                found.append(one)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    if not any(len(one) for one in found):
        raise EngineError(
            f"{REFERENCE} can say none of the lines in “{language}”.",
            "They cannot be compared with the film; nothing was imported.",
            "Check the language of the text.",
        )
    return found


def _voice(speaker: Speaker, language: str) -> Voice:
    base = language.partition("-")[0]
    voices = speaker.voices()
    for wanted in (language, base):
        for voice in voices:
            if voice.language == wanted:
                return voice
    raise EngineError(
        f"{REFERENCE} does not speak “{language}”.",
        "The text cannot be compared with the film; nothing was imported.",
        "Give captions with times instead.",
    )


def _spoken(speaker: Speaker, voice: Voice, text: str) -> Floats:
    try:
        sound = speaker.speak(text, voice, 1.0)
    except EngineError:  # a line it cannot say is not found; that none can be said is an error
        return np.zeros((0, mel_of(np.zeros(0, np.float32)).shape[1]), np.float32)
    shared = np.gcd(sound.rate, RATE)
    own = resample_poly(sound.samples, RATE // shared, sound.rate // shared).astype(np.float32)
    mel = mel_of(own)
    power = mel.sum(axis=1)
    heard = np.flatnonzero(power > power.max() * _SOFTEST)
    return mel[heard[0] : heard[-1] + 1]


_SOFTEST = 1e-4  # of the power of the loudest moment: 40 dB below it


def _mel_of_film(info: FilmInfo, progress: Progress) -> Floats:
    assert info.sound is not None  # noqa: S101  # the caller has looked
    mel, rows, heard = Mel(), [], 0
    for block in sound_blocks(info, info.sound, sample_rate=RATE, layout="mono"):
        heard += block.shape[1]
        progress(min(1.0, heard / RATE * 1000 / info.duration), "Listening")
        rows.append(mel.feed(block[0]))
    return np.concatenate([*rows, mel.finish()])


@dataclass(frozen=True, slots=True, eq=False)
class _Film:
    """The speech of a film, two rows of cepstra in one. times: film ms at which each begins.

    silences, quiet: see warp.way.
    """

    rows: Floats
    times: NDArray[np.int64]
    silences: Floats
    quiet: NDArray[np.bool_]


def _film(mel: Floats, speech: Sequence[Span], voice: Presence) -> _Film:
    spans = [(one.start // STEP, min(one.end // STEP, len(mel))) for one in speech]
    pairs = [np.arange(first, last - 1, _PAIR) for first, last in spans]
    starts = np.concatenate(pairs) if pairs else np.zeros(0, np.int64)
    kept = np.stack([starts, starts + 1], axis=1).reshape(-1)
    times = starts * STEP
    pauses = np.diff(times, prepend=times[:1] - _PAIR * STEP) - _PAIR * STEP
    price = np.minimum(_SILENCE_MOST, _SILENCE_BASE + pauses * _SILENCE_PER_MS)
    silences = np.where(pauses > 0, price, 0).astype(np.float32)
    quiet: NDArray[np.bool_] = np.logical_not(voice.full[kept].reshape(-1, _PAIR).any(axis=1))
    return _Film(_paired(cepstra(mel[kept])), times, silences, quiet)


def _as_one_voice(spoken: Sequence[Floats]) -> list[Floats]:
    """The cepstra of all lines, evened over all of them, two rows in one."""
    even = [one[: max(_PAIR, len(one) // _PAIR * _PAIR)] for one in spoken]
    even = [np.repeat(one, _PAIR, axis=0) if len(one) < _PAIR else one for one in even]
    ends = np.cumsum([len(one) for one in even])[:-1]
    whole = cepstra(np.concatenate(even))
    return [_paired(one) for one in np.split(whole, ends)]


def _paired(rows: Floats) -> Floats:
    means: Floats = rows.reshape(-1, _PAIR, rows.shape[1]).mean(axis=1)
    return means


# --- comparing ------------------------------------------------------------------------------------


def _compared(film: _Film, lines: Sequence[Floats], progress: Progress) -> Way:
    def check(row: int) -> None:
        progress(row / max(1, len(film.rows)), "Comparing")

    return way(film.rows, film.silences, film.quiet, lines, _PRICES, _WINDOW, check)


def _belongs(film: _Film, lines: Sequence[Floats], found: Way, progress: Progress) -> bool:
    """Whether the text is what is said: a fair price, and lines as long as they should be.

    The price is compared with that of the same lines played backwards, which last as long and
    sound like speech and say nothing; and with that of the lines in other orders.
    """
    rows, numbers = _excerpt(film, found)
    if len(numbers) == 0 or _of_fair_length(found, lines) < _FAIR_SHARE:
        return False
    film = _Film(film.rows[rows], film.times[rows], film.silences[rows], film.quiet[rows])
    own = [lines[number] for number in numbers]
    others = [([one[::-1] for one in own], _MARGIN)]
    if len(own) <= _FEW:
        pairs = combinations(range(len(own)), 2)
        others += [(_exchanged(own, *two), 0.0) for two in pairs]
    else:
        others += [(_drawn(own, seed), _MARGIN) for seed in range(_DRAWN)]
    parts = progress.shared(*[1.0] * (len(others) + 1))
    price = _compared(film, own, parts[0]).cost
    return all(
        _compared(film, other, part).cost > price + margin * len(film.rows)
        for (other, margin), part in zip(others, parts[1:], strict=True)
    )


_FAIR_SHARE = 0.8  # of the text; on made films the right ones had 0.90 and more
_MARGIN = 0.01  # of a row's price; right texts had 0.016 and more, music 10 dB below the voice
_FEW = 8  # lines; of so few, some orders differ from the right one in little: all twos are tried
_DRAWN = 3  # orders drawn by lot, of more lines
_EXCERPT = 45_000  # rows: 15 minutes of speech tell enough
_FAIR = 1.6  # times as long, or as short, as lines are in the mean


def _excerpt(film: _Film, found: Way) -> tuple[slice, range]:
    """The middle of a film and the lines that are said there."""
    first = max(0, (len(film.rows) - _EXCERPT) // 2)
    rows = slice(first, first + _EXCERPT)
    numbers = found.lines[rows]
    numbers = numbers[numbers != FILLER]
    if not len(numbers):
        return rows, range(0)
    return rows, range(int(numbers.min()), int(numbers.max()) + 1)


def _of_fair_length(found: Way, lines: Sequence[Floats]) -> float:
    """The share of the text, 0..1, that is said about as fast as its most."""
    lengths = np.array([len(one) for one in lines])
    said = np.bincount(found.lines[found.lines != FILLER], minlength=len(lines))
    paces = said / lengths
    middle = np.median(paces[said > 0])
    fair = (paces < middle * _FAIR) & (paces > middle / _FAIR)
    return float(lengths[fair].sum() / lengths.sum())


def _drawn(lines: Sequence[Floats], seed: int) -> list[Floats]:
    return [lines[number] for number in np.random.default_rng(seed).permutation(len(lines))]


def _exchanged(lines: Sequence[Floats], one: int, other: int) -> list[Floats]:
    changed = list(lines)
    changed[one], changed[other] = changed[other], changed[one]
    return changed


def _rough(found: Way, film: _Film, count: int) -> list[Span | None]:
    """When the rows of each line begin and end, None for one that has none."""
    rows = np.flatnonzero(found.lines != FILLER)
    numbers, firsts, lengths = np.unique(found.lines[rows], return_index=True, return_counts=True)
    spans: list[Span | None] = [None] * count
    for number, first, length in zip(numbers, firsts, lengths, strict=True):
        start, last = film.times[rows[first]], film.times[rows[first + length - 1]]
        spans[number] = Span(int(start), int(last) + _PAIR * STEP)
    return spans
