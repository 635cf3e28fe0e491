"""One film file, written: pictures copied with holds, sound mixed beside it, the rest carried.

Everything that goes into the file is a source of packets in order of time: the film's own copied
streams in file order, the picture where it had to be encoded anew, and one for each sound that is
encoded (in threads of their own). They are merged by time and written as they come, so memory does
not grow with the length of the film.
"""

from __future__ import annotations

import contextlib
import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from studio.media.ffmpeg import file_url, open_media, packets, reading
from studio.media.probe import FilmInfo, SoundStream
from studio.mix.ahead import Ahead
from studio.mix.carry import Route, add_copied, carry
from studio.mix.containers import Coding, Container, picture_tag
from studio.mix.copying import CopiedTimes, with_holds
from studio.mix.languages import track_language
from studio.mix.levels import Level, levelled
from studio.mix.mixer import MixPlan
from studio.mix.shown import PictureTimes, is_whole
from studio.mix.sound import encoded, mixed_film
from studio.mix.splice import PacketSound, spliced
from studio.mix.subtitles import TextTrack
from studio.mix.timemap import TimeMap
from studio.mix.warp import Slip, repaired_sound
from studio.progress import Progress

_PACKETS_AHEAD = 64
_REPORTS = 200  # a film
_ROWS = 4096  # packets whose times are numbers of Python at once: these take much memory
# s of sound kept before film time 0, for decoders to settle. Matroska has no edit lists: a track
# that begins earlier would move the start of the whole file, by half a frame at 24 Hz and AAC, and
# players that count frames then show some twice. There sound begins with the picture, and of the
# encoder's run-in the first 21 ms fade in.
_PREROLL = {"mp4": Fraction(1, 10), "mov": Fraction(1, 10), "webm": Fraction(1, 10)}


@dataclass(frozen=True, slots=True)
class Labels:
    """What a sound track says of itself. language: BCP 47. default: plays unasked."""

    language: str
    title: str
    default: bool
    described: bool = False


@dataclass(frozen=True)
class MixedTrack:
    """A sound track that is mixed and encoded; source None where only clips sound.

    level: what is done to the whole mix; None leaves it as it is.
    """

    source: SoundStream | None
    plan: MixPlan
    coding: Coding
    labels: Labels
    level: Level | None = None

    @property
    def stream(self) -> SoundStream | None:
        """The sound of the film it is made from."""
        return self.source


@dataclass(frozen=True)
class SplicedTrack:
    """A sound track of the film's own packets, save those that the plan changes."""

    source: PacketSound
    plan: MixPlan
    coding: Coding
    labels: Labels

    @property
    def stream(self) -> SoundStream:
        """The sound of the film it is made from."""
        return self.source.stream


@dataclass(frozen=True)
class CopiedTrack:
    """A sound track whose packets are copied; only for a film that never waits.

    late: s by which it is heard too late in the film, and is moved back.
    """

    source: SoundStream
    labels: Labels
    late: Fraction = Fraction(0)

    @property
    def stream(self) -> SoundStream:
        """The sound of the film it is."""
        return self.source


@dataclass(frozen=True)
class WarpedTrack:
    """A sound track that is read anew in step with the picture. length: ms of the film."""

    source: SoundStream
    slips: tuple[Slip, ...]
    length: int
    coding: Coding
    labels: Labels

    @property
    def stream(self) -> SoundStream:
        """The sound of the film it is made from."""
        return self.source


Track: TypeAlias = MixedTrack | SplicedTrack | CopiedTrack | WarpedTrack
Made: TypeAlias = MixedTrack | SplicedTrack | WarpedTrack


@dataclass(frozen=True)
class FilmJob:
    """What goes into one film file.

    film: where everything but the picture comes from. picture: where the picture comes from: the
    film, or a file its picture was encoded to. times: the picture's packets. held: those of a
    picture whose freezes are frames already.
    """

    film: FilmInfo
    picture: FilmInfo
    times: PictureTimes
    time_map: TimeMap
    container: Container
    sounds: tuple[Track, ...]
    held: PictureTimes | None = None


# Output seconds at which a packet is due, and the packet with its new times.
Timed: TypeAlias = "tuple[float, Packet[Stream]]"
NO_TEXTS: Mapping[int, TextTrack] = MappingProxyType({})


def render_film(job: FilmJob, target: Path, progress: Progress) -> tuple[str, ...]:
    """Write the film to `target`. Returns a sentence for each thing the container cannot carry.

    Blocks; threads of its own have ended when it returns or raises. Raises MediaError,
    av.FFmpegError and OSError; what is at `target` then is not a whole film.
    """
    copied = with_holds(job.held or job.times, job.time_map if job.held is None else TimeMap())
    preroll = _PREROLL.get(job.container.name, Fraction(0))
    options = {}
    if job.container.name in ("mp4", "mov"):
        options["video_track_timescale"] = str(copied.base.denominator)
    with contextlib.ExitStack() as stack:
        film = stack.enter_context(open_media(job.film.path))
        output = stack.enter_context(
            av.open(file_url(target), "w", format=job.container.name, options=options)
        )
        routes: dict[int, Route] = {}
        sources: list[Iterator[Timed]] = []
        if job.picture is job.film:
            picture = film.streams[job.film.picture.index]
            routes[picture.index] = _picture_route(_add_picture(output, picture, job), copied)
        else:
            other = stack.enter_context(open_media(job.picture.path))
            picture = other.streams[job.picture.picture.index]
            own = {picture.index: _picture_route(_add_picture(output, picture, job), copied)}
            sources.append(_copied(other, own, job.picture.path))
        voices: list[tuple[Made, AudioStream]] = []
        for track in job.sounds:
            if isinstance(track, MixedTrack | WarpedTrack):
                voices.append((track, _add_encoded(output, track, job.container)))
                continue
            stream = _add_sound_copy(output, film, track.stream, track.labels, job.container)
            if isinstance(track, CopiedTrack):
                zero = job.film.picture.start + track.late
                routes[track.stream.index] = _sound_route(stream, zero, preroll)
            else:
                voices.append((track, stream))
        beside = carry(output, film, job.film, job.container, job.time_map)
        routes |= beside.routes
        output.start_encoding()
        for cover in beside.covers:
            output.mux_one(cover)
        for voice, stream in voices:
            made = stack.enter_context(_making(job.film, voice, stream, progress))
            sources.append(_encoded(made, stream, preroll))
        sources.append(_copied(film, routes, job.film.path, beside.texts))
        _write(output, sources, float(job.time_map.output(job.times.end)), progress)
    return beside.notes


def _write(
    output: OutputContainer, sources: Sequence[Iterator[Timed]], length: float, progress: Progress
) -> None:
    step = length / _REPORTS
    report_at = 0.0
    for due, packet in heapq.merge(*sources, key=itemgetter(0)):
        progress.check()
        if due >= report_at:
            report_at = due + step
            progress(due / length, "Writing the film")
        output.mux_one(packet)


# --- where packets come from ----------------------------------------------------------------------


def _copied(
    container: InputContainer,
    routes: dict[int, Route],
    path: Path,
    texts: Mapping[int, TextTrack] = NO_TEXTS,
) -> Iterator[Timed]:
    """The packets of the routed streams with their new times, in file order; texts converted."""
    streams = tuple(container.streams[index] for index in (*routes, *texts))
    if not streams:
        return
    with reading(path):
        for packet in packets(container, *streams):
            if packet.stream_index in texts:
                yield from texts[packet.stream_index].packets(packet)
            elif is_whole(packet):
                due = routes[packet.stream_index](packet)
                if due is not None:
                    yield due, packet
    for text in texts.values():
        yield from text.rest()


def _making(
    film: FilmInfo, track: Made, stream: AudioStream, progress: Progress
) -> AbstractContextManager[Iterator[Packet[AudioStream]]]:
    """The packets of a track, ahead of whoever asks; leaving it ends all threads."""
    if isinstance(track, SplicedTrack):
        return contextlib.closing(spliced(track.source, track.plan, track.coding, progress))
    if isinstance(track, WarpedTrack):
        blocks = repaired_sound(film, track.source, track.slips, track.length, track.coding)
    else:
        blocks = mixed_film(film, track.source, track.plan, track.coding)
        blocks = levelled(blocks, track.level, track.coding.rate)
    return Ahead(encoded(blocks, stream, track.coding), _PACKETS_AHEAD, progress)


def _encoded(
    made: Iterator[Packet[AudioStream]], stream: AudioStream, preroll: Fraction
) -> Iterator[Timed]:
    tick: float | None = None
    first = 0
    for packet in made:
        if tick is None:  # all packets of an encoder count alike
            tick, first = float(packet.time_base), math.ceil(-preroll / packet.time_base)
        at = packet.pts or 0
        if at >= first:
            packet.stream = stream
            yield at * tick, packet  # type: ignore[misc]


def _picture_route(target: Stream, times: CopiedTimes) -> Route:
    """Gives the n-th whole packet of the picture its n-th times."""
    rows = _rows(times)

    def route(packet: Packet[Stream]) -> float:
        packet.stream = target
        packet.time_base = times.base
        packet.pts, packet.dts, packet.duration, at = next(rows)
        return float(at)

    return route


def _rows(times: CopiedTimes) -> Iterator[tuple[int, int, int, float]]:
    """pts, dts, duration and due time of one packet after the other, a few at a time as numbers."""
    tick = float(times.base)
    for at in range(0, len(times.pts), _ROWS):
        part = slice(at, at + _ROWS)
        dts = times.dts[part]
        yield from zip(
            times.pts[part].tolist(),
            dts.tolist(),
            times.duration[part].tolist(),
            (dts * tick).tolist(),
            strict=True,
        )


def _sound_route(target: Stream, zero: Fraction, preroll: Fraction) -> Route:
    """Moves sound so that film time 0 is 0; drops what lies long before, or before its last."""
    last: int | None = None

    def route(packet: Packet[Stream]) -> float | None:
        nonlocal last
        at = packet.pts if packet.pts is not None else packet.dts
        if at is None or (last is not None and at <= last):
            return None
        moved = at - round(zero / packet.time_base)
        if moved * packet.time_base < -preroll:
            return None
        last = at
        packet.stream = target
        packet.pts = packet.dts = moved
        return float(moved * packet.time_base)

    return route


# --- what the file holds --------------------------------------------------------------------------


def _add_picture(output: OutputContainer, source: Stream, job: FilmJob) -> Stream:
    """A stream for the copied picture, called what it is called in the film."""
    stream = add_copied(output, source)
    tag = picture_tag(job.container.name, job.picture, source.codec_context.codec_tag)
    if tag is not None:
        stream.codec_context.codec_tag = tag
    return stream


def _add_sound_copy(
    output: OutputContainer,
    film: InputContainer,
    source: SoundStream,
    labels: Labels,
    container: Container,
) -> AudioStream:
    stream = add_copied(output, film.streams[source.index])
    assert isinstance(stream, AudioStream)  # noqa: S101  # the index came from a sound stream
    _label(stream, labels, container)
    return stream


def _add_encoded(
    output: OutputContainer, track: MixedTrack | WarpedTrack, container: Container
) -> AudioStream:
    coding = track.coding
    stream = output.add_stream(
        coding.codec,
        rate=coding.rate,
        options=coding.options,
        layout=coding.layout,
        bit_rate=coding.bit_rate,
    )
    assert isinstance(stream, AudioStream)  # noqa: S101  # the codec is a sound codec
    _label(stream, track.labels, container)
    return stream


def _label(stream: Stream, labels: Labels, container: Container) -> None:
    flags = Disposition.default if labels.default else Disposition(0)
    if labels.described:
        flags |= Disposition.visual_impaired
    stream.disposition = flags
    stream.metadata["language"] = track_language(labels.language)
    if labels.title:
        stream.metadata[container.title_key] = labels.title
