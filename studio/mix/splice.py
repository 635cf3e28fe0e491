"""A mix in which only what the description touches is encoded; the rest are the film's packets.

The film's packets are read in order and get new times. Stretches they cannot serve (`runs`) are
decoded, mixed and encoded in threads, each with a few packets before and after, or come from the
cache; copied and encoded packets meet where their windows match (`aac.joint`), on the packet grid,
without a gap. Memory is that of the few runs under way.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
from array import array
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from studio.errors import MediaError
from studio.media.audio import BLOCK
from studio.media.ffmpeg import open_media, packets, reading
from studio.media.probe import FilmInfo, SoundStream
from studio.mix import aac, keep
from studio.mix.aac import FRAME
from studio.mix.containers import Coding
from studio.mix.mixer import ClipReader, MixPlan, Sound, heard, render
from studio.mix.runs import FARTHEST, RUN_IN, RUN_OUT, Grid, Run, margins, runs
from studio.mix.shown import is_whole
from studio.mix.sound import clip_reader
from studio.progress import Progress
from studio.times import MS_PER_SECOND

_VERSION = 1  # count up when the same inputs give other packets
_FROM = ("mov", "matroska")
_JITTER = Fraction(2, 1000)  # s; times in ms, rounded twice
_LASTING = 8  # packets; times that are off for longer tell of a hole
_AHEAD = 3000  # packets of the film read before they are due, at most: a minute at 48 kHz
_KEPT = _AHEAD + 2048  # packets: with the longest run, its margins and what a joint looks back at
_REPORT_EVERY = 1000  # packets
_POLL_SECONDS = 0.05


class NotSpliceable(Exception):  # noqa: N818  # no error: the sound is encoded instead
    """Why a sound must be encoded as a whole; the text completes "because ..."."""


@dataclass(frozen=True)
class PacketSound:
    """A sound of the film whose packets can be copied between encoded ones.

    config: its AudioSpecificConfig. grid: where its packets lie, without a gap.
    """

    info: FilmInfo
    stream: SoundStream
    config: bytes
    grid: Grid


def read_packet_sound(info: FilmInfo, stream: SoundStream, progress: Progress) -> PacketSound:
    """The packets of a sound, all looked at, none decoded; what was found is kept.

    Raises NotSpliceable, MediaError, and ExportError where it cannot be kept.
    """
    name = keep.key("sound", _VERSION, keep.film(info.path), stream)
    kept = keep.load(name)
    if kept is not None:
        return _unpacked(kept, info, stream)
    found = _read_packet_sound(info, stream, progress)
    keep.save(name, _packed(found))
    return found


def _packed(sound: PacketSound) -> bytes:
    grid = sound.grid
    return keep.from_numbers(
        config=np.array(list(sound.config), np.int64),
        lies=np.array((grid.first, grid.count), np.int64),
        fitting=np.array(grid.fitting, np.int64),
    )


def _unpacked(content: bytes, info: FilmInfo, stream: SoundStream) -> PacketSound:
    rows = keep.to_numbers(content)
    first, count = rows["lies"].tolist()
    config = bytes(rows["config"].tolist())
    return PacketSound(info, stream, config, Grid(first, count, _array(rows["fitting"])))


def _array(numbers: NDArray[np.int64]) -> array[int]:
    return array("q", numbers.astype(np.int64).tobytes())


def _read_packet_sound(info: FilmInfo, stream: SoundStream, progress: Progress) -> PacketSound:
    if stream.codec != "aac":
        raise NotSpliceable(f"only AAC can be spliced and the film's sound is {stream.codec}")
    if not info.container.startswith(_FROM):
        raise NotSpliceable("only sound from mp4, mov and mkv can be spliced")
    starts, ends = array("q"), array("b")  # lists would take ten times the memory
    with open_media(info.path) as film, reading(info.path):
        source = film.streams[stream.index]
        said = bytes(source.codec_context.extradata or b"")
        if aac.config(said) != aac.Config(stream.sample_rate, stream.layout):
            raise NotSpliceable("the film's sound is of a rarer kind of AAC")
        seconds = max(info.duration, 1) / MS_PER_SECOND
        for packet in _whole(film, source):
            if packet.pts is None:
                raise NotSpliceable("the film does not say when its sound is heard")
            starts.append(packet.pts)
            ends.append(aac.window_end(bytes(memoryview(packet)[: aac.HEAD])))
            if len(starts) % _REPORT_EVERY == 0:
                progress(float(packet.pts * stream.time_base) / seconds)
    if not starts:
        raise NotSpliceable("it holds no whole packet")
    grid = _grid(starts, ends, stream, info.picture.start)
    if margins(grid) > FARTHEST:
        raise NotSpliceable("the film's sound was encoded with windows of another shape")
    return PacketSound(info, stream, said, grid)


def _whole(film: InputContainer, source: Stream) -> Iterator[Packet[AudioStream]]:
    return (packet for packet in packets(film, source) if is_whole(packet))  # type: ignore[misc]


def _grid(starts: Sequence[int], ends: Sequence[int], stream: SoundStream, zero: Fraction) -> Grid:
    """The packets' grid, if each follows the one before it. Raises NotSpliceable.

    Single times that are off say nothing; a hole puts off all that follow (as in media/audio.py).
    """
    samples = stream.time_base * stream.sample_rate
    begun = np.array(starts, np.int64) - starts[0]
    late = begun * float(samples) - np.arange(len(starts)) * float(FRAME)
    typical = float(np.median(late))  # where the clock counts ms, nearer the truth than the first
    off = np.abs(late - typical)
    slack = float(max(_JITTER, 2 * stream.time_base) * stream.sample_rate)
    if sliding_window_view(off, min(_LASTING, len(off))).min(axis=1).max() > slack:
        raise NotSpliceable("the film's sound has holes")
    first = round(float((starts[0] * stream.time_base - zero) * stream.sample_rate) + typical)
    fitting = np.flatnonzero(np.array(ends) == aac.LONG_KBD)
    return Grid(first, len(starts), _array(fitting))


# --- the packets of the mix -----------------------------------------------------------------------


def spliced(
    source: PacketSound, plan: MixPlan, coding: Coding, progress: Progress
) -> Generator[Packet[AudioStream]]:
    """The packets of a mix, in order, timed in samples; clean ones are the film's own.

    plan: its waits must be whole packets. Raises MediaError and ExportError; threads of its own
    have ended when it ends or is closed.
    """
    base, first_sample = Fraction(1, coding.rate), source.grid.first

    def timed(piece: _Piece, begin: int, end: int) -> Iterator[Packet[AudioStream]]:
        for number in range(begin, end):
            packet = piece.packet(number)
            packet.time_base = base
            packet.pts = packet.dts = first_sample + number * FRAME
            packet.duration = FRAME
            yield packet

    with contextlib.ExitStack() as stack:
        pieces = _pieces(source, plan, coding, stack, progress)
        piece = next(pieces)
        position = piece.candidates[0]
        for after in pieces:
            first = max(position, min(after.candidates))
            yield from timed(piece, position, first)
            at = aac.joint(piece.data, after.data, after.candidates, source.config, plan.channels)
            yield from timed(piece, first, at)
            piece, position = after, at
        yield from timed(piece, position, piece.end)
    keep.trim()


@dataclass(frozen=True)
class _Piece:
    """Packets in a row from one maker. candidates: where it may begin, best first.

    data: the content of a packet; None where there is none. end: after its last packet.
    """

    candidates: Sequence[int]
    end: int
    data: Callable[[int], bytes | None]
    packet: Callable[[int], Packet[AudioStream]]


def _pieces(
    source: PacketSound,
    plan: MixPlan,
    coding: Coding,
    stack: contextlib.ExitStack,
    progress: Progress,
) -> Iterator[_Piece]:
    """The film and the runs by turns, each with the places where it may begin."""
    film = stack.enter_context(contextlib.closing(_FilmPackets(source)))
    wanted = runs(plan, source.grid)
    making = _encoded_runs(source, film, plan, coding, wanted, progress)
    made = stack.enter_context(contextlib.closing(making))
    if not wanted or wanted[0].margin_in is not None:
        yield film.piece((0,), 0)
    for run, following in zip(wanted, (*wanted[1:], None), strict=True):
        # made when it is looked at, so that the film's packets before it have been let go
        yield _run_piece(run, functools.cache(functools.partial(next, made)))
        if run.margin_out is not None and (following is None or not following.follows):
            shift = source.grid.shift(plan, run.end)
            yield film.piece(range(run.end, run.end + run.margin_out + 1), shift)


def _run_piece(run: Run, made: Callable[[], Mapping[int, bytes]]) -> _Piece:
    if run.margin_in is None:
        candidates: Sequence[int] = (run.begin,)
    elif run.follows:
        around = range(run.begin - run.margin_in, run.begin + run.margin_in + 1)
        candidates = sorted(around, key=lambda at: abs(at - run.begin))
    else:
        candidates = range(run.begin - 1, run.begin - run.margin_in - 2, -1)

    def packet(number: int) -> Packet[AudioStream]:
        packet = Packet(made()[number])
        packet.is_keyframe = True
        return packet  # type: ignore[return-value]

    return _Piece(candidates, run.end, lambda number: made().get(number), packet)


class _FilmPackets:
    """The film's packets by number, read in order; only the last few are kept.

    passed: the last one that was wanted for good; who reads ahead stays near it.
    """

    def __init__(self, source: PacketSound) -> None:
        self._source = source
        self._count = 0
        self._kept: deque[Packet[AudioStream]] = deque(maxlen=_KEPT)
        self._packets = self._read()
        self.passed = 0

    def close(self) -> None:
        """Close the film."""
        self._packets.close()

    def piece(self, candidates: Sequence[int], shift: int) -> _Piece:
        """The film's packets where it has waited for `shift` of them."""

        def data(number: int) -> bytes | None:
            found = self._find(number - shift)
            return bytes(found) if found is not None else None

        def packet(number: int) -> Packet[AudioStream]:
            self.passed = number - shift
            found = self._find(number - shift)
            if found is None:
                raise MediaError(
                    f"“{self._source.info.path.name}” has changed while it was exported.",
                    advice="Leave the film as it is and export again.",
                )
            return found

        return _Piece(candidates, self._source.grid.count + shift, data, packet)

    def stretch(self, begin: int, end: int) -> list[bytes]:
        """The content of the packets [begin, end) that there are."""
        found = []
        for number in range(begin, end):
            entry = self._find(number)
            if entry is not None:
                found.append(bytes(entry))
        return found

    def _find(self, number: int) -> Packet[AudioStream] | None:
        while self._count <= number and (read := next(self._packets, None)) is not None:
            self._kept.append(read)
            self._count += 1
        at = number - self._count + len(self._kept)
        return self._kept[at] if 0 <= at < len(self._kept) else None

    def _read(self) -> Generator[Packet[AudioStream]]:
        path = self._source.info.path
        with open_media(path) as film, reading(path):
            yield from _whole(film, film.streams[self._source.stream.index])


# --- runs -----------------------------------------------------------------------------------------


def _encoded_runs(
    source: PacketSound,
    film: _FilmPackets,
    plan: MixPlan,
    coding: Coding,
    wanted: Sequence[Run],
    progress: Progress,
) -> Generator[Mapping[int, bytes]]:
    """The packets of each run, by output packet, a few runs ahead of whoever asks."""
    threads = os.cpu_count() or 1
    content = functools.cache(_content)
    clip = clip_reader(plan.rate)
    name = keep.film(source.info.path)
    pending: deque[tuple[Future[Mapping[int, bytes]], int]] = deque()
    with ThreadPoolExecutor(threads, "splice") as pool:
        try:
            for run in wanted:
                span = _Span.of(source, plan, run)
                while pending and (len(pending) > threads or span.film[0] - film.passed > _AHEAD):
                    made, film_end = pending.popleft()
                    yield _awaited(made, progress)
                    film.passed = max(film.passed, film_end)
                key = span.key(source, plan, coding, run.begin, name, content)
                kept = keep.load(key)
                if kept is not None:
                    made = Future()
                    packets = keep.to_packets(kept)
                    made.set_result({run.begin + at: data for at, data in packets.items()})
                else:
                    own = film.stretch(*span.film)
                    made = pool.submit(_encode, source, plan, coding, run, span, own, clip, key)
                pending.append((made, span.film[1]))
            while pending:
                yield _awaited(pending.popleft()[0], progress)
        finally:
            for made, _ in pending:
                made.cancel()


def _awaited(made: Future[Mapping[int, bytes]], progress: Progress) -> Mapping[int, bytes]:
    """What a thread has made; asks meanwhile whether it is still wanted."""
    while not made.done():
        progress.check()
        wait([made], timeout=_POLL_SECONDS)
    return made.result()


def _content(file: Path) -> str:
    """A name for what a clip's file holds."""
    with reading(file):
        return hashlib.blake2b(file.read_bytes(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class _Span:
    """What a run is made from. first, last: output packets that are mixed, run-in included.

    film: the numbers of the film's packets [begin, end) that are decoded for it.
    """

    first: int
    last: int
    film: tuple[int, int]

    @classmethod
    def of(cls, source: PacketSound, plan: MixPlan, run: Run) -> _Span:
        """The span of a run with the packets its encoder needs to settle."""
        grid = source.grid
        first, last = run.first - RUN_IN, run.last + RUN_OUT
        begin, count = grid.sample(first), (last + 1 - first) * FRAME
        needed = [
            (piece.film, piece.film + piece.count)
            for piece in plan.holds.pieces(begin, count)
            if piece.film is not None
        ]
        if not needed:
            return cls(first, last, (0, 0))
        low, high = needed[0][0], needed[-1][1]
        # the packet before the first completes it
        film = max(0, grid.at(low) - 1), max(0, min(grid.count, grid.at(high - 1) + 1))
        return cls(first, last, film)

    def key(
        self,
        source: PacketSound,
        plan: MixPlan,
        coding: Coding,
        run: int,
        film: tuple[str, int],
        content: Callable[[Path], str],
    ) -> str:
        """A name for all that decides what the packets of the run beginning at `run` are."""
        grid = source.grid
        begin = grid.sample(self.first)
        count = (self.last + 1 - self.first) * FRAME
        how, clips = heard(plan, begin, count)
        said = [(clip.start, clip.count, content(clip.file), clip.gain) for clip in clips]
        return keep.key(
            _VERSION,
            av.library_versions["libavcodec"],
            film,
            source.stream.index,
            grid.first,
            source.config,
            coding,
            coding.options,
            count,
            run - self.first,
            how,
            said,
        )


class _Decoded:
    """A stretch of the film's sound; silence outside."""

    def __init__(self, sound: Sound, start: int) -> None:
        self._sound, self._start = sound, start

    def read(self, start: int, count: int) -> Sound:
        """`count` samples of every channel from film sample `start`."""
        part = np.zeros((self._sound.shape[0], count), np.float32)
        begin = max(start, self._start)
        end = min(start + count, self._start + self._sound.shape[1])
        if end > begin:
            part[:, begin - start : end - start] = self._sound[
                :, begin - self._start : end - self._start
            ]
        return part


def _encode(
    source: PacketSound,
    plan: MixPlan,
    coding: Coding,
    run: Run,
    span: _Span,
    own: Sequence[bytes],
    clip: ClipReader,
    key: str,
) -> Mapping[int, bytes]:
    """Decode, mix, encode and keep a run; in a thread of its own."""
    grid = source.grid
    with reading(source.info.path):
        sound = aac.decode(own, source.config, plan.channels)
    film = _Decoded(sound, grid.sample(span.film[0]))
    begin, end = grid.sample(span.first), grid.sample(span.last + 1)
    mix = np.concatenate(
        [render(plan, film, clip, at, min(BLOCK, end - at)) for at in range(begin, end, BLOCK)],
        axis=1,
    )
    packets = aac.encode(mix, span.first, coding)
    made = {number: packets[number] for number in range(run.first, run.last + 1)}
    keep.save(key, keep.from_packets({at - run.begin: data for at, data in made.items()}))
    return made
