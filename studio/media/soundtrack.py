"""The film's sound at any of its samples, for somebody who jumps about in it.

The samples are those that `sound_blocks` gives from start to end: one that is reached by a jump is
decoded and converted from a little earlier on, until codec and converter have settled. (Noise that
a codec makes up by itself, as AAC does where a coder left it to, differs with every decoding.)
The film stays open, and the stretches heard last are kept, up to a fixed number of bytes.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections import OrderedDict
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.audio.stream import AudioStream

from studio.media.audio import (
    GRID_PIECES,
    AsFloat,
    Grid,
    Piece,
    Samples,
    contiguous,
    grid_of,
    in_form,
    time_of,
)
from studio.media.ffmpeg import decoded_sound, open_media, reading
from studio.media.probe import FilmInfo, SoundStream
from studio.times import MS_PER_SECOND, exact_seconds

_KEPT_BYTES = 12 << 20  # half a minute of stereo at 48 kHz
_STRETCH = 100  # ms that are kept together; whole samples at any rate that sound is mixed at
_RUN_IN = 400  # ms decoded before a stretch, for codecs whose packets lean on earlier ones
_SETTLING = 100  # ms before a stretch that only a converter hears; whole samples as well
_NEAR = 20  # stretches; what lies nearer ahead is reached sooner by decoding on than by a jump


class Soundtrack:
    """One sound of a film, at `rate` Hz and in `layout`, open for reading until closed.

    Callable from any thread; one reads at a time.
    """

    def __init__(self, info: FilmInfo, stream: SoundStream, rate: int, layout: str) -> None:
        """Open the film. Raises MediaError."""
        self._info, self._stream, self._rate, self._layout = info, stream, rate, layout
        self.channels = av.AudioLayout(layout).nb_channels
        self._lock = threading.Lock()
        self._container = open_media(info.path)
        self._untouched = True  # nothing was read from the container yet
        self._closed = False
        self._grid: Grid | None = None
        self._grid_known = False
        self._begun: list[Piece] = []  # the first of the film, until the grid is known
        self._beginning: Iterator[Piece] | None = None  # what comes after those
        self._length = rate * _STRETCH // MS_PER_SECOND  # samples of a stretch
        self._kept: OrderedDict[int, Samples] = OrderedDict()  # least recently heard first
        self._most = max(4, _KEPT_BYTES // (4 * self.channels * self._length))
        self._coming: Iterator[Samples] = iter(())
        self._next: int | None = None  # the stretch of the film that comes next, if any does
        self._end: int | None = None  # the stretch from which on there is no sound, once known

    def read(self, start: int, count: int) -> Samples:
        """`count` samples of every channel from film sample `start`; silence outside the sound.

        Raises MediaError.
        """
        sound = np.zeros((self.channels, count), np.float32)
        with self._lock:
            if self._closed:
                raise ValueError("the sound of a film was read after it was closed")
            self._fill(sound, start, count)
        return sound

    def _fill(self, sound: Samples, start: int, count: int) -> None:
        with reading(self._info.path):
            position = max(0, start)
            while position < start + count:
                number, skipped = divmod(position, self._length)
                there = self._stretch(number)[:, skipped : skipped + start + count - position]
                at = position - start
                sound[:, at : at + there.shape[1]] = there
                position = (number + 1) * self._length

    def close(self) -> None:
        """Let go of the film and of what was kept; nothing can be read any more."""
        with self._lock:
            self._coming = iter(())
            self._kept.clear()
            self._container.close()
            self._closed = True

    def _stretch(self, number: int) -> Samples:
        """The samples of one stretch of the film; fewer where the sound ends in it."""
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        if self._end is not None and number >= self._end:
            return np.zeros((self.channels, 0), np.float32)
        if self._next is None or not self._next <= number <= self._next + _NEAR:
            self._coming = self._from(number)
            self._next = number
        for found in self._coming:
            self._keep(self._next, found)
            self._next += 1
            if self._next > number:
                return found
        self._end, self._next = self._next, None
        return np.zeros((self.channels, 0), np.float32)

    def _keep(self, number: int, samples: Samples) -> None:
        self._kept[number] = samples
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def _from(self, number: int) -> Iterator[Samples]:
        """The sound from a stretch of the film on, a stretch at a time."""
        wanted = number * _STRETCH
        own_form = (self._stream.sample_rate, self._stream.layout)
        settling = 0 if (self._rate, self._layout) == own_form else _SETTLING
        start = max(0, wanted - settling)
        zero = self._info.picture.start
        grid, seek_to = None, None
        if start > _RUN_IN:
            grid = self._where_pieces_end()
            if grid is not None:
                seek_to = zero + exact_seconds(start - _RUN_IN)
        pieces = self._from_start() if seek_to is None else self._pieces(seek_to)
        own = contiguous(pieces, self._stream, zero, start, grid)
        converted = in_form(own, self._stream, self._rate, self._layout)
        skipped = (wanted - start) * self._rate // MS_PER_SECOND
        return _in_stretches(converted, skipped, self._length)

    def _where_pieces_end(self) -> Grid | None:
        """By the first pieces; those not heard yet are read from where the container stands.

        To open a long film once more, only to see them, takes a tenth of a second.
        """
        if not self._grid_known:
            beginning = self._beginning or self._from_start()
            while len(self._begun) < GRID_PIECES and next(beginning, None) is not None:
                pass
            self._grid = grid_of(self._begun, self._info.picture.start, self._stream.sample_rate)
            self._grid_known = True
            self._begun, self._beginning = [], None
        return self._grid

    def _from_start(self) -> Iterator[Piece]:
        """All pieces; the first are noted, unless the grid is known."""
        if self._grid_known:
            return self._pieces(None)
        self._begun = []
        self._beginning = self._noted(self._pieces(None))
        return self._beginning

    def _noted(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        for piece in pieces:
            if not self._grid_known and len(self._begun) < GRID_PIECES:
                self._begun.append(piece)
            yield piece

    def _pieces(self, seek_to: Fraction | None) -> Iterator[Piece]:
        """What decodes from container time `seek_to` in s, or a little earlier; None: the start."""
        source = self._source()
        found = self._untouched and seek_to is None
        self._untouched = False
        if seek_to is not None:
            at = math.floor(seek_to / self._stream.time_base)
            with contextlib.suppress(av.FFmpegError):
                source.codec_context.flush_buffers()
                self._container.seek(at, stream=source, backward=True)
                found = True
        if not found:
            # as in a film just opened: from the first packet, or without an index by reading on
            self._container.close()
            self._container = open_media(self._info.path)
            source = self._source()
        as_float = AsFloat(self._stream)
        for frame in decoded_sound(self._container, source):
            yield Piece(time_of(frame), as_float(frame))

    def _source(self) -> AudioStream:
        source = self._container.streams[self._stream.index]
        assert isinstance(source, AudioStream)  # noqa: S101  # the index came from a sound stream
        return source


def _in_stretches(blocks: Iterator[Samples], skipped: int, length: int) -> Iterator[Samples]:
    """The blocks without their first `skipped` samples, cut to `length`; the last is shorter."""
    held: list[Samples] = []
    count = 0
    for block in blocks:
        dropped = min(skipped, block.shape[1])
        skipped -= dropped
        held.append(block[:, dropped:])
        count += block.shape[1] - dropped
        if count >= length:
            whole = np.concatenate(held, axis=1)
            cut = count - count % length
            for at in range(0, cut, length):
                yield whole[:, at : at + length].copy()
            held, count = [whole[:, cut:]], count - cut
    if count:
        yield np.concatenate(held, axis=1)
