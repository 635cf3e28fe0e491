"""The film's sound as contiguous samples on the film's clock, and single clips.

A container says when each stretch of sound begins, in units as coarse as a millisecond. Samples
are counted, not timed: a frame continues the one before unless it and those after it are off by
more than that coarseness explains. Then what is missing is silence and what is there twice is
dropped, so sample n always belongs to film time n / rate and sound never drifts against the
picture.
"""

from __future__ import annotations

import contextlib
import math
import os
import tempfile
import wave
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
import soundfile
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from numpy.typing import NDArray

from studio.errors import MediaError
from studio.media.ffmpeg import decoded_sound, open_media, packets, reading
from studio.media.probe import FilmInfo, SoundStream, sound_streams
from studio.times import Span, exact_seconds

Samples = NDArray[np.float32]
"""channels x n, full scale 1.0"""

BLOCK = 1 << 15
"""Samples a block holds, but for the last: two thirds of a second at 48 kHz."""

CLIP_LEVEL = -23.0
"""LUFS of every clip that is kept; the mix brings them all to the film's level by one gain."""

_JITTER = Fraction(2, 1000)  # s; times in ms, rounded twice
_LAST_JITTER = Fraction(50, 1000)  # s; for the last pieces, which none confirm
_RUN_IN = 1000  # ms decoded before a start, for codecs whose packets lean on earlier ones


def sound_blocks(
    info: FilmInfo,
    stream: SoundStream,
    *,
    sample_rate: int | None = None,
    layout: str | None = None,
    start: int = 0,
) -> Iterator[Samples]:
    """The sound of a film from film time `start` (ms) to its end, in blocks of channels x n.

    sample_rate: Hz, layout: FFmpeg's name, e.g. "mono"; None keeps the stream's own. The first
    sample is the one at `start`, to the sample; sound before film time 0 is left out, late sound
    is preceded by silence. Constant memory. Raises MediaError.
    """
    return _blocks(info.path, stream, info.picture.start, sample_rate, layout, start)


def file_blocks(
    path: Path, stream: SoundStream, *, sample_rate: int | None = None, layout: str | None = None
) -> Iterator[Samples]:
    """The sound of a file that need not have a picture, from its first sample."""
    return _blocks(path, stream, None, sample_rate, layout, 0)


def sound_places(
    info: FilmInfo, stream: SoundStream, spans: Iterable[Span], *, sample_rate: int, layout: str
) -> Iterator[Samples]:
    """What is heard in each stretch of film time (ms), channels x n, without what lies between.

    For listening, not for mixing: a stretch begins up to a packet late, and is shorter where the
    film's sound ends in it. The film is opened once. Raises MediaError.
    """
    with reading(info.path), contextlib.ExitStack() as stack:
        container, source = _opened(info.path, stream, stack)
        for span in spans:
            start, end = (info.picture.start + exact_seconds(at) for at in (span.start, span.end))
            try:
                at = math.floor((start - _LEAD) / stream.time_base)
                container.seek(at, stream=source, backward=True)
            except av.FFmpegError:  # no index: read from the beginning, slower and the same
                container, source = _opened(info.path, stream, stack)
            as_float = AsFloat(stream)
            own = [as_float(frame) for frame in _frames(container, source, start, end)]
            joined = np.concatenate([np.zeros((stream.channels, 0), np.float32), *own], axis=1)
            whole = list(in_form(iter([joined]), stream, sample_rate, layout))
            yield np.concatenate(whole, axis=1)


def _opened(
    path: Path, stream: SoundStream, stack: contextlib.ExitStack
) -> tuple[InputContainer, AudioStream]:
    """A film and one of its sounds, open until the stack is left or used for another opening."""
    stack.close()
    container = stack.enter_context(open_media(path))
    source = container.streams[stream.index]
    assert isinstance(source, AudioStream)  # noqa: S101  # the index came from a sound stream
    return container, source


# Their decoders fill in noise that depends on all they have decoded before: a place would sound
# otherwise after another place than alone.
_WITH_NOISE = ("aac", "ac3", "eac3")


def _fresh_decoder(source: AudioStream) -> AudioCodecContext:
    """A decoder of the sound that knows of nothing before."""
    context = source.codec_context
    if context.codec.canonical_name not in _WITH_NOISE:
        return context
    decoder = CodecContext.create(context.codec.canonical_name, "r")
    assert isinstance(decoder, AudioCodecContext)  # noqa: S101  # the codec is a sound codec
    if context.extradata:
        decoder.extradata = context.extradata
    return decoder


_LEAD = Fraction(1, 5)  # s decoded before a place, for the decoder to settle


def _frames(
    container: InputContainer, source: AudioStream, start: Fraction, end: Fraction
) -> Iterator[AudioFrame]:
    """The frames that sound between two container times, in s; the packets before are not decoded.

    Frames that say no time are left out, as it cannot be known where they belong.
    """
    base = source.time_base or Fraction(1, av.time_base)
    lead, first, last = (math.floor(at / base) for at in (start - _LEAD, start, end))
    decoder = _fresh_decoder(source)
    for packet in packets(container, source):
        if packet.pts is not None and packet.pts < lead:
            continue
        with contextlib.suppress(av.InvalidDataError):
            for frame in decoder.decode(packet):
                if frame.pts is None or frame.pts < first:
                    continue
                if frame.pts >= last:
                    return
                yield frame


def load_clip(path: Path, sample_rate: int) -> NDArray[np.float32]:
    """A whole short sound as one channel at `sample_rate` Hz. Raises MediaError."""
    kept = _as_kept(path, sample_rate)
    if kept is not None:
        return kept
    streams = sound_streams(path)
    if not streams:
        raise MediaError(f"“{path.name}” holds no sound.", advice="Choose a sound file.")
    blocks = list(file_blocks(path, streams[0], sample_rate=sample_rate, layout="mono"))
    if not blocks:
        raise MediaError(
            f"The sound in “{path.name}” cannot be decoded.", advice="Choose another sound file."
        )
    samples: NDArray[np.float32] = np.concatenate(blocks, axis=1)[0]
    return samples


def _as_kept(path: Path, rate: int) -> NDArray[np.float32] | None:
    """The samples of a whole WAV of one channel and 16 bits at `rate` Hz; None for all else.

    That is what `save_wav` makes of a clip. FFmpeg gives the very same of it, but takes 30 ms to
    look what it is, between an edit and its sound.
    """
    try:
        with wave.open(str(path), "rb") as sound:
            kind = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
            if kind != (1, 2, rate):
                return None
            data, count = sound.readframes(sound.getnframes()), sound.getnframes()
    except (OSError, EOFError, wave.Error):
        return None
    if not count or len(data) != 2 * count:
        return None
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(1 << 15)


def save_wav(path: Path, samples: NDArray[np.float32], rate: int) -> None:
    """Write one channel (n,) or several (channels, n) as a 16-bit WAV; whole or not at all.

    Samples beyond full scale are clipped. Raises MediaError.
    """
    shaped = np.clip(samples, -1.0, 1.0).T
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".part")
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                soundfile.write(file, shaped, rate, subtype="PCM_16", format="WAV")
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except (OSError, soundfile.SoundFileError) as error:
        raise MediaError(
            f"The sound file “{path}” cannot be written ({error}).",
            advice="Check the free space and your permission to write there.",
        ) from error


# --- samples on the film's clock ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """Decoded samples and the container time of their first one in s, None where unknown."""

    at: Fraction | None
    samples: Samples


def _blocks(
    path: Path,
    stream: SoundStream,
    zero: Fraction | None,
    sample_rate: int | None,
    layout: str | None,
    start: int,
) -> Iterator[Samples]:
    """See `sound_blocks`. zero: container time of film time 0; None for the first sample's own."""
    grid = None
    if zero is not None and start > _RUN_IN:
        grid = grid_of(islice(_pieces(path, stream, None), GRID_PIECES), zero, stream.sample_rate)
    seek_to = None if grid is None or zero is None else zero + exact_seconds(start - _RUN_IN)
    own = contiguous(_pieces(path, stream, seek_to), stream, zero, start, grid)
    converted = in_form(own, stream, sample_rate, layout)
    with reading(path):
        yield from _even(converted)


def _pieces(path: Path, stream: SoundStream, seek_to: Fraction | None) -> Iterator[Piece]:
    """What decodes from container time `seek_to` in s, or a little earlier; None for the start."""
    with open_media(path) as container:
        source = container.streams[stream.index]
        assert isinstance(source, AudioStream)  # noqa: S101  # the index came from a sound stream
        if seek_to is not None:
            at = math.floor(seek_to / stream.time_base)
            # Without an index the sound is decoded from its beginning instead: slower, the same.
            with contextlib.suppress(av.FFmpegError):
                container.seek(at, stream=source, backward=True)
        as_float = AsFloat(stream)
        for frame in decoded_sound(container, source):
            yield Piece(time_of(frame), as_float(frame))


def time_of(frame: AudioFrame) -> Fraction | None:
    """The container time of a frame's first sample in s; None where it is not said."""
    if frame.pts is None or frame.time_base is None:
        return None
    return frame.pts * frame.time_base


class AsFloat:
    """Frames as float32 in the layout and rate the film was probed with.

    A broadcast may change its channels between two programmes; each change gets a new converter.
    """

    def __init__(self, stream: SoundStream) -> None:
        self._stream = stream
        self._setup: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None

    def __call__(self, frame: AudioFrame) -> Samples:
        setup = (frame.format.name, frame.layout.name, frame.sample_rate)
        form = float_format(self._stream.channels)
        if setup == (form, self._stream.layout, self._stream.sample_rate):
            return _joined_frames([frame], self._stream.channels)  # as most codecs give it
        if self._resampler is None or setup != self._setup:
            self._setup = setup
            self._resampler = AudioResampler(form, self._stream.layout, self._stream.sample_rate)
        return _joined_frames(self._resampler.resample(frame), self._stream.channels)


_PLANES = 8
"""From as many channels on, PyAV (18) finds more planes in a planar frame than there are, and
reading or writing those crashes; such frames are interleaved."""


def float_format(channels: int) -> str:
    """FFmpeg's name of the float format in which frames of so many channels are handled."""
    return "fltp" if channels < _PLANES else "flt"


def frame_of(samples: Samples, layout: str, rate: int, position: int) -> AudioFrame:
    """A frame of channels x n samples that begins at sample `position`."""
    form = float_format(len(samples))
    planes = samples if form == "fltp" else samples.T.reshape(1, -1)
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(planes), form, layout)
    frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), position
    return frame


def samples_of(frame: AudioFrame) -> Samples:
    """The samples of a frame in its `float_format`, channels x n."""
    array: Samples = frame.to_ndarray().astype(np.float32, copy=False)
    return array if frame.format.is_planar else array.reshape(-1, frame.layout.nb_channels).T


def _joined_frames(frames: Iterable[AudioFrame], channels: int) -> Samples:
    arrays = [samples_of(frame) for frame in frames]
    if not arrays:
        return np.zeros((channels, 0), np.float32)
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=1)


@dataclass(frozen=True, slots=True)
class Grid:
    """The samples of film time at which pieces end: `anchor` + n * `step`."""

    anchor: int
    step: int

    def nearest(self, end: int) -> int:
        """The point of the grid nearest to sample `end`."""
        return self.anchor + round((end - self.anchor) / self.step) * self.step


GRID_PIECES = 150
"""How many pieces tell on which grid they end."""


def grid_of(pieces: Iterable[Piece], zero: Fraction, rate: int) -> Grid | None:
    """Where pieces end, by the first ones of a film.

    After a seek the first piece's time is only as exact as the container's clock, which may count
    ms; the grid tells which sample it is. None where there is nothing to go by.
    """
    seen = list(pieces)
    if len(seen) < 3 or seen[0].at is None:  # noqa: PLR2004  # first, last and one between
        return None
    # The first piece is shortened by the encoder's delay and the last may be by the film's end.
    step = math.gcd(*(piece.samples.shape[1] for piece in seen[1:-1]))
    anchor = round((seen[0].at - zero) * rate) + seen[0].samples.shape[1]
    return Grid(anchor, step) if step else None


def contiguous(
    pieces: Iterable[Piece],
    stream: SoundStream,
    zero: Fraction | None,
    start: int,
    grid: Grid | None,
) -> Iterator[Samples]:
    """The pieces put where their times say: no hole, no overlap, nothing before `start`."""
    rate = stream.sample_rate
    slack = math.ceil(max(_JITTER, 2 * stream.time_base) * rate)
    last_slack = math.ceil(_LAST_JITTER * rate)
    written = round(exact_seconds(start) * rate)  # the sample of film time that comes next
    decoded: int | None = None  # where the next piece continues the last one
    for ahead in _windows(_placed(pieces, zero, rate)):
        said, samples = ahead[0]
        length = samples.shape[1]
        if decoded is None:
            decoded = written if said is None else said
            if grid is not None:
                decoded = grid.nearest(decoded + length) - length
        off = _lasting_offset(ahead, decoded)
        if abs(off) > (slack if len(ahead) == _AHEAD else max(slack, last_slack)):
            decoded += off
        if decoded > written:
            yield from _silence(stream.channels, decoded - written)
            written = decoded
        if decoded + length > written:
            yield samples[:, written - decoded :]
            written = decoded + length
        decoded += length


_Placed = tuple[int | None, Samples]
"""Samples, and the sample of film time their container puts them at."""

_AHEAD = 8


def _placed(pieces: Iterable[Piece], zero: Fraction | None, rate: int) -> Iterator[_Placed]:
    for piece in pieces:
        if piece.at is None:
            yield None, piece.samples
        else:
            zero = piece.at if zero is None else zero
            yield round((piece.at - zero) * rate), piece.samples


def _windows(pieces: Iterator[_Placed]) -> Iterator[Sequence[_Placed]]:
    """Each piece with the few that follow it."""
    window = deque(islice(pieces, _AHEAD))
    while window:
        yield window
        window.popleft()
        window.extend(islice(pieces, 1))


def _lasting_offset(ahead: Sequence[_Placed], decoded: int) -> int:
    """By how many samples the coming pieces lie later than counting says; the least of them.

    A hole shifts all pieces that follow. Careless muxers write single times that are off by up to
    10 ms; filling those would cut clicks into sound that is whole.
    """
    offsets = []
    for said, samples in ahead:
        if said is not None:
            offsets.append(said - decoded)
        decoded += samples.shape[1]
    return min(offsets, key=abs, default=0)


def _silence(channels: int, length: int) -> Iterator[Samples]:
    while length > 0:
        part = min(length, BLOCK)
        yield np.zeros((channels, part), np.float32)
        length -= part


def in_form(
    blocks: Iterator[Samples], stream: SoundStream, sample_rate: int | None, layout: str | None
) -> Iterator[Samples]:
    """Contiguous blocks in another rate (Hz) or layout; None keeps the stream's own."""
    rate, out_layout = sample_rate or stream.sample_rate, layout or stream.layout
    if (rate, out_layout) == (stream.sample_rate, stream.layout):
        yield from blocks
        return
    converter = Converter(stream, rate, out_layout)
    for block in _even(blocks):
        yield converter.feed(block)
    yield converter.finish()


class Converter:
    """Turns a stream's contiguous blocks into another rate and layout; constant memory."""

    def __init__(self, stream: SoundStream, sample_rate: int, layout: str) -> None:
        self._stream = stream
        self._channels = av.AudioLayout(layout).nb_channels
        self._resampler = AudioResampler(float_format(self._channels), layout, sample_rate)
        self._position = 0

    def feed(self, block: Samples) -> Samples:
        """What can be said already after `block`; the resampler holds some samples back."""
        stream = self._stream
        frame = frame_of(block, stream.layout, stream.sample_rate, self._position)
        self._position += block.shape[1]
        return _joined_frames(self._resampler.resample(frame), self._channels)

    def finish(self) -> Samples:
        """What was held back; call once."""
        if not self._position:
            return np.zeros((self._channels, 0), np.float32)
        return _joined_frames(self._resampler.resample(None), self._channels)


def _even(blocks: Iterator[Samples]) -> Iterator[Samples]:
    """The same samples in blocks of `BLOCK`, so that per-block costs are small and memory too."""
    held: list[Samples] = []
    count = 0
    for block in blocks:
        held.append(block)
        count += block.shape[1]
        if count >= BLOCK:
            whole = np.concatenate(held, axis=1)
            cut = count - count % BLOCK
            for at in range(0, cut, BLOCK):
                yield whole[:, at : at + BLOCK]
            held, count = [whole[:, cut:]], count - cut
    if count:
        yield np.concatenate(held, axis=1)
