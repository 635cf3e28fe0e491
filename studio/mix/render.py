"""One film file, written: pictures copied with holds, sound mixed beside it, the rest carried.

Everything that goes into the file is a source of packets in order of time: the film's own copied
streams in file order, the picture where it had to be encoded anew, and one for each sound that is
encoded (in threads of their own). They are merged by time and written as they come, so memory does
not grow with the length of the film.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Disposition, Stream

from studio.media.ffmpeg import file_url, open_media, packets, reading
from studio.media.probe import FilmInfo, SoundStream
from studio.mix.ahead import Ahead
from studio.mix.containers import CONTAINERS, Coding, Container, carries_stream, picture_tag
from studio.mix.copying import CopiedTimes, with_holds
from studio.mix.languages import track_language
from studio.mix.levels import Level, levelled
from studio.mix.mixer import MixPlan
from studio.mix.shown import PictureTimes, is_whole
from studio.mix.sound import encoded, mixed_film
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
    film, or a file its picture was encoded to. times: the picture's packets. held: those of a
    picture whose freezes are frames already, which is written as it is.
    """

    film: FilmInfo
    picture: FilmInfo
    times: PictureTimes
    time_map: TimeMap
    container: Container
    sounds: tuple[MixedTrack | CopiedTrack, ...]
    held: PictureTimes | None = None


# Output seconds at which a packet is due, and the packet with its new times.
Timed: TypeAlias = "tuple[float, Packet[Stream]]"
# Gives a packet its new times and says when it is due; None drops it.
Route: TypeAlias = "Callable[[Packet[Stream]], float | None]"


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
        notes = _add_others(output, film, routes, job)
        _carry_labels(output, film, job)
        output.start_encoding()
        for voice, stream in voices:
            blocks = mixed_film(job.film, voice.source, voice.plan, voice.coding)
            blocks = levelled(blocks, voice.level, voice.coding.rate)
            ahead = Ahead(encoded(blocks, stream, voice.coding), _PACKETS_AHEAD)
            sources.append(_encoded(stack.enter_context(ahead), stream, preroll))
        sources.append(_copied(film, routes, job.film.path))
        _write(output, sources, float(job.time_map.output(job.times.end)), progress)
    return notes


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


def _copied(container: InputContainer, routes: dict[int, Route], path: Path) -> Iterator[Timed]:
    """The packets of the routed streams with their new times, in file order."""
    streams = tuple(container.streams[index] for index in routes)
    if not streams:
        return
    with reading(path):
        for packet in packets(container, *streams):
            if is_whole(packet):
                due = routes[packet.stream_index](packet)
                if due is not None:
                    yield due, packet


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


def _subtitle_route(target: Stream, zero: Fraction, times: TimeMap) -> Route:
    """Shows a subtitle when its words are heard; one that spans a hold stays through it."""

    def route(packet: Packet[Stream]) -> float | None:
        if packet.pts is None:
            return None
        base = packet.time_base
        start = packet.pts * base - zero
        end = start + (packet.duration or 0) * base
        if end < 0:
            return None
        shown = times.output(max(start, Fraction(0)))
        packet.stream = target
        packet.pts = packet.dts = round(shown / base)
        if packet.duration:
            packet.duration = max(1, round(times.output_end(end) / base) - packet.pts)
        return float(shown)

    return route


# --- what the file holds --------------------------------------------------------------------------


def _add_copied(output: OutputContainer, source: Stream) -> Stream:
    """A stream for the copied packets of `source`, with its side data (rotation, HDR) and tags."""
    stream = output.add_stream_from_template(source, opaque=True)
    stream.disposition = source.disposition
    stream.metadata.update(_kept(source.metadata))
    return stream


def _add_picture(output: OutputContainer, source: Stream, job: FilmJob) -> Stream:
    """A stream for the copied picture, called what it is called in the film."""
    stream = _add_copied(output, source)
    tag = picture_tag(job.container.name, job.picture, source.codec_context.codec_tag)
    if tag is not None:
        stream.codec_context.codec_tag = tag
    return stream


def _add_sound_copy(
    output: OutputContainer, film: InputContainer, track: CopiedTrack, container: Container
) -> Stream:
    stream = _add_copied(output, film.streams[track.source.index])
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


def _add_others(
    output: OutputContainer, film: InputContainer, routes: dict[int, Route], job: FilmJob
) -> tuple[str, ...]:
    """Carry subtitles and attachments; a sentence for each stream that stays behind."""
    notes = []
    heard = {track.source.index for track in job.sounds if track.source is not None}
    for source in film.streams:
        if source.index in heard or source.index == job.film.picture.index:
            continue
        if not _stays(source, job.container):
            notes.append(_left_out(source, job.container))
        elif isinstance(source, AttachmentStream):
            name = source.name or f"attachment {source.index}"
            output.add_attachment(name, source.mimetype or "application/octet-stream", source.data)
        else:
            stream = _add_copied(output, source)
            stream.metadata["language"] = track_language(source.language or "")
            routes[source.index] = _subtitle_route(stream, job.film.picture.start, job.time_map)
    return tuple(notes)


def left_out(info: FilmInfo, container: Container) -> tuple[str, ...]:
    """A sentence for each stream of the film that the container cannot carry. Raises MediaError."""
    heard = {info.picture.index, *(sound.index for sound in info.sounds)}
    with open_media(info.path) as film:
        return tuple(
            _left_out(source, container)
            for source in film.streams
            if source.index not in heard and not _stays(source, container)
        )


def _stays(source: Stream, container: Container) -> bool:
    """Whether a stream that is neither the picture nor a sound is carried over."""
    if isinstance(source, AttachmentStream):
        return container.name == "matroska"
    return source.type == "subtitle" and carries_stream(container, source)


def _left_out(source: Stream, container: Container) -> str:
    context: object = source.codec_context
    codec = f" ({source.codec.canonical_name})" if context is not None else ""
    kinds = {
        "video": "further picture",
        "audio": "sound track",
        "subtitle": "subtitle track",
        "attachment": "font or other file",
    }
    kind = kinds.get(source.type, f"{source.type} stream")
    if source.disposition & Disposition.attached_pic:
        kind = "cover picture"
    can = [one.suffix for one in CONTAINERS if one is not container and _stays(source, one)]
    advice = f"; {' and '.join(can)} can carry it" if can else ""
    return f"Stream {source.index}, a {kind}{codec}, was left out{advice}."


_OF_THE_FILE = (
    "bps", "compatible_brands", "creation_time", "duration", "encoder", "major_brand",
    "minor_version", "number_of_bytes", "number_of_frames", "source_id", "vendor_id",
    "_statistics",
)  # fmt: skip


def _kept(tags: dict[str, str]) -> dict[str, str]:
    """The tags that tell of the film, without those that tell of the file it was in."""
    return {
        name: value for name, value in tags.items() if not name.lower().startswith(_OF_THE_FILE)
    }


def _carry_labels(output: OutputContainer, film: InputContainer, job: FilmJob) -> None:
    """The film's tags, and its chapters through the holds."""
    output.metadata.update(_kept(film.metadata))
    zero = job.film.picture.start
    chapters = film.chapters()
    for chapter in chapters:
        base = chapter["time_base"] or Fraction(1, av.time_base)
        start = max(Fraction(0), chapter["start"] * base - zero)
        end = max(Fraction(0), chapter["end"] * base - zero)
        chapter["start"] = round(job.time_map.output(start) / base)
        chapter["end"] = round(job.time_map.output_end(end) / base)
    if chapters:
        output.set_chapters(chapters)
