"""Captions of the film moved to the described film, which waits now and then.

A caption that is shown when the film begins to wait stays for a short wait and goes for a long one,
during which somebody else speaks; then it returns for what is left of it. WebVTT and SubRip keep
everything but their times. Other formats are read as texts with times and written anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from studio.mix.timemap import TimeMap
from studio.script import formats
from studio.script.formats.retime import retimed
from studio.script.formats.script import Entry
from studio.script.formats.text import decoded
from studio.times import MS_PER_SECOND, Span, exact_seconds

SHOWN_ON = 2  # s; a caption stays while the film waits no longer
SHORTEST_PART = 500  # ms; what is left of a caption for less time is not shown again

_AS_IS = (".vtt", ".srt")
_REWRITTEN = {".ttml": "ttml", ".dfxp": "ttml", ".xml": "ttml"}
_OTHERWISE = "srt"


@dataclass(frozen=True, slots=True)
class OutputTimes:
    """Film times as times of the described film, in ms."""

    times: TimeMap

    def moment(self, ms: int) -> int:
        """When what happens in the film at `ms` happens."""
        return round(self.times.output(exact_seconds(ms)) * MS_PER_SECOND)

    def spans(self, span: Span) -> tuple[Span, ...]:
        """When what the film shows during `span` is shown: in one piece, or around long waits."""
        begin, end = exact_seconds(span.start), exact_seconds(span.end)
        cuts = [
            hold.at for hold in self.times.holds if begin < hold.at < end and hold.length > SHOWN_ON
        ]
        parts = list(pairwise([begin, *dict.fromkeys(cuts), end])) or [(begin, end)]
        least = Fraction(SHORTEST_PART, MS_PER_SECOND)
        kept = [part for part in parts if part[1] - part[0] >= least]
        longest = max(parts, key=lambda part: part[1] - part[0])
        return tuple(self._moved(*part) for part in kept or [longest])

    def _moved(self, begin: Fraction, end: Fraction) -> Span:
        start = round(self.times.output(begin) * MS_PER_SECOND)
        return Span(start, max(start, round(self.times.output_end(end) * MS_PER_SECOND)))


def captions_suffix(source: Path) -> str:
    """What moved captions end in: as their source, or .srt for formats that are not written."""
    suffix = source.suffix.lower()
    if suffix in _AS_IS or suffix in _REWRITTEN:
        return suffix
    return f".{_OTHERWISE}"


def write_captions(source: Path, times: TimeMap, target: Path) -> tuple[str, ...]:
    """Write the captions in `source`, film time, to `target`, output time.

    Returns sentences on what was lost. Raises ProjectError and UsageError for captions that cannot
    be read, and OSError.
    """
    script = formats.read(source)
    mover, suffix = OutputTimes(times), source.suffix.lower()
    if suffix in _AS_IS:
        text = retimed(decoded(source.read_bytes()), mover)
        target.write_text(text, encoding="utf-8", newline="")
        return ()
    entries = tuple(part for entry in script.entries for part in _parts(entry, mover))
    name = _REWRITTEN.get(suffix, _OTHERWISE)
    target.write_bytes(formats.write(name, replace(script, entries=entries)))
    return (f"The captions of {source.name} were written anew: how they look was not kept.",)


def _parts(entry: Entry, mover: OutputTimes) -> tuple[Entry, ...]:
    first, *others = (replace(entry, span=span) for span in mover.spans(entry.span))
    return (first, *(replace(one, id="") for one in others))
