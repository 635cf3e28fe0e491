"""Text subtitles put into the codec that another container knows, and moved through the holds.

FFmpeg decodes every text subtitle to a line of ASS and encodes it from there. MP4 shows one text at
a time, so there lines that overlap are cut where one begins or ends, and shown together between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av.packet import Packet
from av.stream import Stream
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import AssSubtitle, SubtitleSet

from studio.mix.timemap import TimeMap

_TEXTS = ("ass", "mov_text", "ssa", "subrip", "text", "webvtt")
_WANTED = {"mp4": "mov_text", "mov": "mov_text", "matroska": "subrip", "webm": "webvtt"}

_MS = Fraction(1, 1000)
_UNSAID = 4000  # ms; how long a line is shown that does not say so, unless the next comes before
_FIELDS_BEFORE_TEXT = 8  # of a line of ASS, each ended by a comma
_DRAWING = re.compile(rb"\\p[1-9]")  # a shape, not words


def text_codec(source: Stream, container: str) -> str | None:
    """The codec in which a container (FFmpeg's name) can hold the words of a subtitle track.

    None for subtitles that are pictures, or in a codec that is not understood.
    """
    return _WANTED[container] if source.codec.canonical_name in _TEXTS else None


@dataclass(frozen=True, slots=True)
class Line:
    """Words that are shown from `start` to `end`, output ms. text: as in ASS."""

    start: int
    end: int
    text: bytes


class OneAtATime:
    """Lines in order of their start, some of which overlap, as lines that never do."""

    def __init__(self) -> None:
        self._open: list[Line] = []
        self._told = 0  # ms up to which all is told

    def add(self, line: Line) -> Iterator[Line]:
        """What is known once `line` is: all that is shown before it starts."""
        yield from self._until(line.start)
        self._open.append(line)

    def rest(self) -> Iterator[Line]:
        """What is left once there are no more lines."""
        yield from self._until(max((line.end for line in self._open), default=0))

    def _until(self, now: int) -> Iterator[Line]:
        while self._open and self._told < now:
            stop = min(now, *(line.end for line in self._open))
            if stop > self._told:
                yield Line(self._told, stop, rb"\N".join(line.text for line in self._open))
                self._told = stop
            self._open = [line for line in self._open if line.end > stop]
        self._told = max(self._told, now)


class TextTrack:
    """A subtitle track on its way from one codec to another."""

    def __init__(
        self, source: SubtitleStream, target: SubtitleStream, zero: Fraction, times: TimeMap
    ) -> None:
        """zero: container time of film time 0 in s. `target` must not have been opened."""
        self._decoder, self._target = source.codec_context, target
        self._zero, self._times = zero, times
        self._decoder.open(strict=False)
        target.codec_context.subtitle_header = self._decoder.subtitle_header
        target.codec_context.time_base = _MS
        self._single = OneAtATime() if target.codec_context.name == "mov_text" else None

    def packets(self, packet: Packet[Stream]) -> Iterator[tuple[float, Packet[Stream]]]:
        """The target's packets that are known once `packet` of the source is, and when due."""
        for line in self._lines(packet):
            if self._single is None:
                yield self._encoded(line)
            else:
                yield from map(self._encoded, self._single.add(line))

    def rest(self) -> Iterator[tuple[float, Packet[Stream]]]:
        """The last packets, once there are no more of the source."""
        if self._single is not None:
            yield from map(self._encoded, self._single.rest())

    def _lines(self, packet: Packet[Stream]) -> Iterator[Line]:
        if packet.pts is None or not packet.size:
            return
        start = packet.pts * packet.time_base - self._zero
        end = start + ((packet.duration or 0) * packet.time_base or _UNSAID * _MS)
        if end <= 0:
            return
        try:
            decoded = self._decoder.decode2(packet)
        except av.InvalidDataError:  # a damaged line; players leave it out too
            return
        texts = (
            [] if decoded is None else [one.ass for one in decoded if isinstance(one, AssSubtitle)]
        )
        words = [_words(one) for one in texts if not _DRAWING.search(one)]
        if any(words):
            begin = round(self._times.output(max(start, Fraction(0))) / _MS)
            until = max(begin + 1, round(self._times.output_end(end) / _MS))
            yield Line(begin, until, rb"\N".join(words))

    def _encoded(self, line: Line) -> tuple[float, Packet[Stream]]:
        text = b"0,0,Default,,0,0,0,," + line.text
        shown = SubtitleSet.create(text, 0, line.end - line.start)
        packet = self._target.codec_context.encode_subtitle(shown)
        packet.stream, packet.time_base = self._target, _MS
        packet.pts = packet.dts = line.start
        packet.duration = line.end - line.start
        return float(line.start * _MS), packet


def _words(event: bytes) -> bytes:
    """The text of a line of ASS, without the fields before it."""
    text = event.split(b",", _FIELDS_BEFORE_TEXT)[-1].strip()
    # FFmpeg's WebVTT decoder protects braces with a backslash, which its coders would show
    return text.replace(rb"\{", b"{").replace(rb"\}", b"}")
