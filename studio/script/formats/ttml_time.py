"""Times of TTML2 (section 12.3): how they are written, and when elements begin and end."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from studio.script.formats.ttml_tree import Element
from studio.times import MS_PER_SECOND

TTP = "http://www.w3.org/ns/ttml#parameter"

_CLOCK = re.compile(
    r"(?P<h>\d{2,6}):(?P<m>[0-5]\d):(?P<s>[0-5]\d|60)"
    r"(?:\.(?P<part>\d{1,20})|:(?P<frames>\d{2,6})(?:\.(?P<sub>\d{1,6}))?)?",
    re.ASCII,
)
_OFFSET = re.compile(r"(?P<count>\d{1,20}(?:\.\d{1,20})?)(?P<metric>h|ms|m|s|f|t)", re.ASCII)
_SECONDS = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
_DEFAULT_FRAME_RATE = 30  # TTML2, ttp:frameRate
_NTSC_DROPPED = 2  # numbers left out at each minute but every tenth


class NotATime(ValueError):  # noqa: N818  # a finding about a file, turned into a ProjectError
    """A text that is no time, or one this file may not use; str(): a sentence."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What a document says of its times.

    nominal: frames a second as they are numbered; multiplier: of it, so that the frames really
    come at nominal * multiplier Hz. sub: parts of a frame. ticks: Hz. smpte: times are timecodes;
    drop: with numbers left out as for NTSC. has_frames, has_ticks: the document states the rate.
    """

    nominal: int = _DEFAULT_FRAME_RATE
    multiplier: Fraction = Fraction(1)
    sub: int = 1
    ticks: Fraction = Fraction(1)
    smpte: bool = False
    drop: bool = False
    has_frames: bool = False
    has_ticks: bool = False

    @property
    def frames(self) -> Fraction:
        """Frames a second, exact, in Hz."""
        return self.nominal * self.multiplier


def rates_of(root: Element) -> Rates:
    """What the root element says of times. Raises NotATime for rates that are no numbers."""
    frame_rate = _count(root, "frameRate")
    sub = _count(root, "subFrameRate") or 1
    ticks = _count(root, "tickRate")
    nominal = frame_rate or _DEFAULT_FRAME_RATE
    multiplier = _multiplier(root)
    if ticks is None:
        ticks = nominal * sub if frame_rate else 1
    return Rates(
        nominal=nominal,
        multiplier=multiplier,
        sub=sub,
        ticks=Fraction(ticks),
        smpte=root.get(f"{{{TTP}}}timeBase") == "smpte",
        drop=root.get(f"{{{TTP}}}dropMode") == "dropNTSC",
        has_frames=frame_rate is not None,
        has_ticks=root.get(f"{{{TTP}}}tickRate") is not None,
    )


def _count(root: Element, local: str) -> int | None:
    text = root.get(f"{{{TTP}}}{local}")
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or int(text) == 0:
        raise NotATime(f"The attribute ttp:{local} is “{text}”, which is no whole number above 0.")
    return int(text)


def _multiplier(root: Element) -> Fraction:
    text = root.get(f"{{{TTP}}}frameRateMultiplier")
    if text is None:
        return Fraction(1)
    match = re.fullmatch(r"\s*(\d{1,9})[\s:]+(\d{1,9})\s*", text, re.ASCII)
    if match is None or int(match[1]) == 0 or int(match[2]) == 0:
        raise NotATime(
            f"The attribute ttp:frameRateMultiplier is “{text}”, not two numbers like 1000 1001."
        )
    return Fraction(int(match[1]), int(match[2]))


def seconds(text: str, rates: Rates) -> Fraction:
    """The exact seconds of a time expression. Raises NotATime."""
    text = text.strip()
    offset = _OFFSET.fullmatch(text)
    if offset is not None:
        count = Fraction(offset["count"])
        match offset["metric"]:
            case "f":
                return count / rates.frames
            case "t":
                return count / rates.ticks
            case metric:
                return count * _SECONDS[metric]
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        raise NotATime(f"“{text}” is no time; one is written like 00:01:02.500 or 62.5s.")
    whole = (int(clock["h"]) * 60 + int(clock["m"])) * 60 + int(clock["s"])
    if clock["part"] is not None:
        return whole + Fraction(f"0.{clock['part']}")
    frames = int(clock["frames"] or 0)
    if clock["frames"] is not None and frames >= rates.nominal:
        raise NotATime(
            f"“{text}” counts frame {frames} of a second that has {rates.nominal} of them."
        )
    parts = frames + Fraction(int(clock["sub"] or 0), rates.sub)
    if rates.smpte:
        return _timecode(int(clock["h"]) * 60 + int(clock["m"]), int(clock["s"]), parts, rates)
    return whole + parts / rates.frames


def _timecode(minutes: int, rest: int, frames: Fraction, rates: Rates) -> Fraction:
    """The seconds of a SMPTE timecode: how many frames come before it, at the rate they have."""
    counted = (minutes * 60 + rest) * rates.nominal + frames
    if rates.drop:
        counted -= _NTSC_DROPPED * (minutes - minutes // 10)
    return counted / rates.frames


@dataclass(frozen=True, slots=True)
class Interval:
    """When an element is active: exact seconds; `end` is None where nothing ends it."""

    begin: Fraction = Fraction(0)
    end: Fraction | None = None

    @property
    def ms(self) -> tuple[int, int | None]:
        """Begin and end in whole ms, to the nearest."""
        end = None if self.end is None else round(self.end * MS_PER_SECOND)
        return round(self.begin * MS_PER_SECOND), end


WHOLE = Interval()


def interval_of(
    element: Element, outer: Interval, rates: Rates, after: Fraction | None
) -> Interval:
    """When `element` is active, within `outer`, that of its parent (TTML2 12.4, SMIL 3.0 timing).

    after: when the sibling before it ends, in a parent whose children follow each other; None in
    one whose children run together. Raises NotATime.
    """
    base = outer.begin if after is None else after
    begin = base + _attribute(element, "begin", rates, Fraction(0))
    ends = []
    if outer.end is not None:
        ends.append(outer.end)
    if element.get("end") is not None:
        ends.append(base + _attribute(element, "end", rates, Fraction(0)))
    if element.get("dur") is not None:
        ends.append(begin + _attribute(element, "dur", rates, Fraction(0)))
    elif after is not None and element.get("end") is None:
        ends.append(begin)  # in a sequence, what has no duration has none
    return Interval(begin, max(begin, min(ends)) if ends else None)


def _attribute(element: Element, name: str, rates: Rates, missing: Fraction) -> Fraction:
    text = element.get(name)
    return missing if text is None else seconds(text, rates)


def stamp(ms: int) -> str:
    """`ms` as a clock time: 00:00:01.000."""
    whole, rest = divmod(ms, MS_PER_SECOND)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}.{rest:03}"


def rate_attributes(rate: Fraction | None) -> dict[str, str | None]:
    """The attributes of the root that state the rate of a film's pictures, in Hz."""
    if rate is None:
        return {}
    nominal = math.ceil(rate)
    multiplier = rate / nominal
    numbers = f"{multiplier.numerator} {multiplier.denominator}"
    return {
        "ttp:frameRate": str(nominal),
        "ttp:frameRateMultiplier": None if multiplier == 1 else numbers,
    }
