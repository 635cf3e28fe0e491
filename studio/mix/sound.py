"""A mix from start to end: the film read in order, blocks mixed, packets encoded."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Generator, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.packet import Packet
from numpy.typing import NDArray

from studio.media.audio import load_clip, sound_blocks
from studio.media.probe import FilmInfo, SoundStream
from studio.mix.ahead import Ahead
from studio.mix.containers import Coding
from studio.mix.mixer import ClipReader, MixPlan, Sound, render

BLOCK = 1 << 15  # samples mixed at a time
_BLOCKS_AHEAD = 4
_CLIPS_KEPT = 8  # a clip is needed for a few blocks in a row, then never again


class SoundInOrder:
    """The film's sound for a mix that goes from start to end: what was read is forgotten.

    blocks: contiguous, channels x n, from film time 0.
    """

    def __init__(self, blocks: Iterator[Sound], channels: int) -> None:
        self._blocks = blocks
        self._held: Sound = np.zeros((channels, 0), np.float32)
        self._start = 0  # the film sample `_held` begins with

    def read(self, start: int, count: int) -> Sound:
        """`count` samples from film sample `start`, never before an earlier `start`."""
        there = self.there(start, count)
        skipped = start - self._start
        part = self._held[:, skipped : skipped + there]
        if there == count:
            return part
        whole = np.zeros((self._held.shape[0], count), np.float32)
        whole[:, :there] = part
        return whole

    def there(self, start: int, count: int) -> int:
        """How many of the `count` samples from `start` the film has; what lies before is let go."""
        if start < self._start:
            raise ValueError(f"sample {start} has been let go; sound is read in order")
        held = [self._held]
        end = self._start + self._held.shape[1]
        while end < start + count and (block := next(self._blocks, None)) is not None:
            held.append(block)
            end += block.shape[1]
        joined = np.concatenate(held, axis=1) if len(held) > 1 else self._held
        dropped = min(start, end) - self._start
        self._held, self._start = joined[:, dropped:], self._start + dropped
        return int(max(0, min(count, end - start)))


def clip_reader(rate: int) -> ClipReader:
    """Reads clips at `rate` Hz and keeps the last few."""

    @functools.lru_cache(_CLIPS_KEPT)
    def read(file: Path) -> NDArray[np.float32]:
        return load_clip(file, rate)

    return read


def mixed(plan: MixPlan, film: SoundInOrder | None) -> Generator[Sound]:
    """The whole mix in blocks; where the film sounds on after the picture, to the end of that."""
    clip = clip_reader(plan.rate)
    for start in range(0, plan.length, BLOCK):
        yield render(plan, film, clip, start, min(BLOCK, plan.length - start))
    position = plan.length
    while film is not None:
        count = film.there(position - plan.holds.waits[-1], BLOCK)
        if count == 0:
            return
        yield render(plan, film, clip, position, count)
        position += count


def mixed_film(
    info: FilmInfo, source: SoundStream | None, plan: MixPlan, coding: Coding
) -> Generator[Sound]:
    """The mix of one of the film's sounds, or of silence, in the layout it is encoded in."""
    if source is None:
        yield from mixed(plan, None)
        return
    blocks = sound_blocks(info, source, sample_rate=plan.rate, layout=coding.layout)
    yield from mixed(plan, SoundInOrder(blocks, plan.channels))


def encoded(
    blocks: Generator[Sound], stream: AudioStream, coding: Coding
) -> Generator[Packet[AudioStream]]:
    """The packets of a mix; its blocks are made in a thread beside the encoder.

    The time of a packet is that of its first sample, less the encoder's delay.
    """
    position = 0
    with Ahead(blocks, _BLOCKS_AHEAD) as mix:
        for block in mix:
            yield from stream.encode(_frame(block, coding, position))
            position += block.shape[1]
    yield from stream.encode(None)


def as_decoded(blocks: Generator[Sound], coding: Coding) -> Generator[Sound]:
    """What players hear of a mix once it was encoded and decoded; later by the coder's delay."""
    encoder = CodecContext.create(coding.codec, "w")
    assert isinstance(encoder, AudioCodecContext)  # noqa: S101  # the codec is a sound codec
    encoder.sample_rate, encoder.time_base = coding.rate, Fraction(1, coding.rate)
    encoder.layout, encoder.bit_rate = coding.layout, coding.bit_rate
    encoder.options = coding.options
    form = encoder.codec.audio_formats
    encoder.format = form[0] if form else "fltp"
    encoder.open()
    decoder = CodecContext.create(encoder.codec.canonical_name, "r")
    assert isinstance(decoder, AudioCodecContext)  # noqa: S101
    decoder.extradata = encoder.extradata
    to_float = AudioResampler("fltp", coding.layout, coding.rate)
    with contextlib.closing(blocks):
        for packet in _packets(blocks, encoder, coding):
            for frame in decoder.decode(packet):
                for part in to_float.resample(frame):
                    yield part.to_ndarray().astype(np.float32, copy=False)


def _packets(
    blocks: Iterable[Sound], encoder: AudioCodecContext, coding: Coding
) -> Iterator[Packet[AudioStream]]:
    position = 0
    for block in blocks:
        yield from encoder.encode(_frame(block, coding, position))
        position += block.shape[1]
    yield from encoder.encode(None)


def _frame(block: Sound, coding: Coding, position: int) -> AudioFrame:
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", coding.layout)
    frame.sample_rate, frame.time_base, frame.pts = coding.rate, Fraction(1, coding.rate), position
    return frame
