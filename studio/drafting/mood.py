"""The mood of a stretch of film, from one of its pictures: what a sound bed is made from.

A describer that writes freely is asked for it (resources/prompts/bed/mood.toml). Without one it
follows from what can be measured, always in the same way: light, colour and motion give words that
the built-in sound-maker knows. Nothing is understood then of what the picture shows.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from studio import engines, paths
from studio.engines import Brief, Moment, Picture, Unanswered
from studio.errors import EngineError, UsageError
from studio.media.frames import Pixels, pictures_at
from studio.media.probe import FilmInfo
from studio.progress import Progress
from studio.times import MS_PER_SECOND, Span, clock

FIELDS = ("atmosphere", "rhythm", "melody")
_MOST_WORDS = 9  # a field: three of them stay below what a mood may have

_WIDTH = 768  # pixels shown to a describer
_SMALL = 160  # pixels wide where it is only measured
_APART = 200  # ms between the two pictures that tell of motion

# Light is mean luma, 0..255; motion the mean difference of two pictures 200 ms apart, 0..255;
# colour the mean of red less blue, and of the spread of the three. The bounds are our own figures.
_DARK, _DIM, _BRIGHT = 45, 95, 165
_WARM, _COLD, _GREY = 12, -12, 14
_STILL, _SLOW, _BUSY = 1.5, 5.0, 14.0


@dataclass(frozen=True, slots=True)
class Mood:
    """The three fields of a mood. evidence: what they rest on. engine: who put it so."""

    atmosphere: str
    rhythm: str
    melody: str
    evidence: tuple[str, ...]
    engine: str


MEASURED = "measured"
"""The engine of a mood that follows from light, colour and motion."""


def mood_of(info: FilmInfo, still: int, describer: str | None, progress: Progress) -> Mood:
    """The mood of the picture at film ms `still`. describer: a row that writes freely, or None.

    Blocks. Raises MediaError, EngineError where the describer fails, UsageError for a describer
    that cannot be asked.
    """
    if describer is not None:
        return _described(info, still, describer, progress)
    progress(0.0, "Looking at the picture")
    later = min(still + _APART, info.duration)
    before, after = (pixels for _, pixels in pictures_at(info, (still, later), _SMALL))
    return measured(before, after)


def measured(still: Pixels, later: Pixels) -> Mood:
    """What light, colour and motion of two pictures 200 ms apart say; RGB, of equal size."""
    pixels = still.astype(np.float64)
    light = float((pixels @ np.array([0.299, 0.587, 0.114])).mean())
    warmth = float((pixels[:, :, 0] - pixels[:, :, 2]).mean())
    spread = float((pixels.max(axis=2) - pixels.min(axis=2)).mean())
    motion = float(np.abs(later.astype(np.float64) - pixels).mean())
    evidence = (
        f"light {light:.0f} of 255", f"warmth {warmth:+.0f}", f"colour {spread:.0f} of 255",
        f"motion {motion:.1f} of 255",
    )  # fmt: skip
    return Mood(
        ", ".join(_atmosphere(light, warmth, spread, motion)),
        _rhythm(motion),
        _melody(light),
        evidence,
        MEASURED,
    )


def _atmosphere(light: float, warmth: float, spread: float, motion: float) -> Iterator[str]:
    for most, said in ((_DARK, "dark night"), (_DIM, "dim"), (_BRIGHT, "clear day")):
        if light < most:
            yield said
            break
    else:
        yield "bright"
    if spread < _GREY:
        yield "grey"
    elif warmth > _WARM:
        yield "warm"
    elif warmth < _COLD:
        yield "cold"
    if motion < _SLOW:
        yield "calm"
    elif motion >= _BUSY:
        yield "restless"
    yield "air"


def _rhythm(motion: float) -> str:
    for most, said in (
        (_STILL, "no pulse"),
        (_SLOW, "slow soft pulse, 60 bpm"),
        (_BUSY, "steady pulse, 84 bpm"),
    ):
        if motion < most:
            return said
    return "driving pulse, 120 bpm"


def _melody(light: float) -> str:
    for most, said in ((_DARK, "sparse low strings"), (_BRIGHT, "sparse piano")):
        if light < most:
            return said
    return "sparse bells"


# --- asked of a describer -------------------------------------------------------------------------


def _described(info: FilmInfo, still: int, describer: str, progress: Progress) -> Mood:
    row = engines.row("describer", describer)
    if not row.free:
        raise UsageError(
            f"The describer “{describer}” cannot tell a mood.",
            "It says what can be measured, which is done without it.",
            "Choose a vision model, or none.",
        )
    engine = engines.open("describer", describer)
    progress(0.0, "Looking at the picture")
    at, pixels = next(pictures_at(info, (still,), _WIDTH))
    moment = Moment(
        span=Span(at, min(info.duration, at + MS_PER_SECOND)),
        language="en",
        pictures=(Picture(at, pixels),),
        motion=0.0,
        word_limit=3 * _MOST_WORDS,
        brief=_brief(),
    )
    with closing(engine.describe([moment], progress.check)) as answers:
        answer = next(answers)
    if isinstance(answer, Unanswered):
        raise EngineError(
            f"The describer “{describer}” could not tell the mood at {clock(still)}: {answer.why}",
            "The fields of the mood stay as they are.",
            "Fill them in by hand, or choose another picture.",
        )
    fields = read_mood(tuple(one.text for one in answer))
    if fields is None:
        said = "; ".join(one.text for one in answer)[:200]
        raise EngineError(
            f"The describer “{describer}” answered without a mood: {said}",
            "The fields of the mood stay as they are.",
            "Fill them in by hand, or choose another describer.",
        )
    evidence = tuple(dict.fromkeys(line for one in answer for line in one.evidence))
    return Mood(*fields, evidence, describer)


def _brief() -> Brief:
    file = paths.resource("prompts/bed/mood.toml")
    asked = tomllib.loads(file.read_text(encoding="utf-8"))
    return Brief(*(str(asked[name]).strip() for name in ("system", "look", "shorten")))


_LABEL = re.compile(r"^\W*(atmosphere|rhythm|melody)\W*[:=–-]\s*", re.IGNORECASE)


def read_mood(lines: tuple[str, ...]) -> tuple[str, str, str] | None:
    """The three fields in a model's lines, each cut to what a mood may have; None without any.

    Lines are told by their labels; three lines without any count in order.
    """
    labelled = ((line, _LABEL.match(line)) for line in lines)
    found = {label[1].lower(): _cut(line[label.end() :]) for line, label in labelled if label}
    if not found and len(lines) == len(FIELDS):
        found = dict(zip(FIELDS, map(_cut, lines), strict=True))
    if not any(found.values()):
        return None
    atmosphere, rhythm, melody = (found.get(name, "") for name in FIELDS)
    return atmosphere, rhythm, melody


def _cut(text: str) -> str:
    return " ".join(text.split()[:_MOST_WORDS]).strip(" .,;*\"'")
