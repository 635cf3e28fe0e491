"""One film file, written: pictures copied with holds, sound mixed beside it, the rest carried.

Everything that goes into the file is a source of packets in order of time: the film's own copied
streams in file order, the picture where it had to be encoded anew, and one for each sound that is
encoded (in threads of their own). They are merged by time and written as they come, so memory does
not grow with the length of the film.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
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
from studio.mix.containers import Coding, Container
from studio.mix.copying import CopiedTimes, PictureTimes, is_whole, with_holds
from studio.mix.languages import track_language
from studio.mix.levels import Level, levelled
from studio.mix.mixer import MixPlan
from studio.mix.sound import encoded, mixed_film
from studio.mix.subtitles import TextTrack
from studio.mix.timemap import TimeMap
from studio.progress import Progress

_PACKETS_AHEAD = 64
_REPORTS = 200  # a film
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


@dataclass(frozen=True)
class CopiedTrack:
    """A sound track whose packets are copied; only for a film that never waits."""

    source: SoundStream
    labels: Labels


@dataclass(frozen=True)
class FilmJob:
    """What goes into one film file.

    film: where everything but the picture comes from. picture: where the picture comes from: the
    film, or a file its picture was encoded to. times: the picture's packets.
    """

    film: FilmInfo
    picture: FilmInfo
    times: PictureTimes
    time_map: TimeMap
    container: Container
    sounds: tuple[MixedTrack | CopiedTrack, ...]


# Output seconds at which a packet is due, and the packet with its new times.
Timed: TypeAlias = "tuple[float, Packet[Stream]]"
NO_TEXTS: Mapping[int, TextTrack] = MappingProxyType({})


def render_film(job: FilmJob, target: Path, progress: Progress) -> tuple[str, ...]:
    """Write the film to `target`. Returns a sentence for each thing the container cannot carry.

    Blocks; threads of its own have ended when it returns or raises. Raises MediaError,
    av.FFmpegError and OSError; what is at `target` then is not a whole film.
    """
    copied = with_holds(job.times, job.time_map)
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
            routes[picture.index] = _picture_route(add_copied(output, picture), copied)
        else:
            other = stack.enter_context(open_media(job.picture.path))
            picture = other.streams[job.picture.picture.index]
            own = {picture.index: _picture_route(add_copied(output, picture), copied)}
            sources.append(_copied(other, own, job.picture.path))
        voices: list[tuple[MixedTrack, AudioStream]] = []
        for track in job.sounds:
            if isinstance(track, MixedTrack):
                voices.append((track, _add_encoded(output, track, job.container)))
            else:
                routes[track.source.index] = _sound_route(
                    _add_sound_copy(output, film, track, job.container),
                    job.film.picture.start,
                    preroll,
                )
        beside = carry(output, film, job.film, job.container, job.time_map)
        routes |= beside.routes
        output.start_encoding()
        for cover in beside.covers:
            output.mux_one(cover)
        for voice, stream in voices:
            blocks = mixed_film(job.film, voice.source, voice.plan, voice.coding)
            blocks = levelled(blocks, voice.level, voice.coding.rate)
            ahead = Ahead(encoded(blocks, stream, voice.coding), _PACKETS_AHEAD, progress)
            sources.append(_encoded(stack.enter_context(ahead), stream, preroll))
        sources.append(_copied(film, routes, job.film.path, beside.texts))
        _write(output, sources, float(job.time_map.output(job.times.end)), progress)
    return beside.notes


def _write(
    output: OutputContainer, sources: Sequence[Iterator[Timed]], length: float, progress: Progress
) -> None:
    reported = -1
    for due, packet in heapq.merge(*sources, key=lambda timed: timed[0]):
        progress.check()
        if int(due / length * _REPORTS) > reported:
            reported = int(due / length * _REPORTS)
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


def _encoded(
    made: Iterator[Packet[AudioStream]], stream: AudioStream, preroll: Fraction
) -> Iterator[Timed]:
    for packet in made:
        due = (packet.pts or 0) * packet.time_base
        if due >= -preroll:
            packet.stream = stream
            yield float(due), packet  # type: ignore[misc]


def _picture_route(target: Stream, times: CopiedTimes) -> Route:
    """Gives the n-th whole packet of the picture its n-th times."""
    count = 0

    def route(packet: Packet[Stream]) -> float:
        nonlocal count
        packet.stream = target
        packet.time_base = times.base
        packet.pts, packet.dts = int(times.pts[count]), int(times.dts[count])
        packet.duration = int(times.duration[count])
        count += 1
        return float(packet.dts * times.base)

    return route


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


def _add_sound_copy(
    output: OutputContainer, film: InputContainer, track: CopiedTrack, container: Container
) -> Stream:
    stream = add_copied(output, film.streams[track.source.index])
    _label(stream, track.labels, container)
    return stream


def _add_encoded(output: OutputContainer, track: MixedTrack, container: Container) -> AudioStream:
    coding = track.coding
    stream = output.add_stream(
        coding.codec, rate=coding.rate, layout=coding.layout, bit_rate=coding.bit_rate
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
