"""What a film file holds beside its picture and sounds: subtitles, covers, fonts, chapters, tags.

Everything is moved through the holds. What the target's format can hold is copied as it is; text
subtitles are put into the codec the target knows; a cover picture goes where the target keeps it.
What stays behind is said, with the container that could hold it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

import av
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Disposition, Stream
from av.subtitles.stream import SubtitleStream

from studio.errors import MediaError
from studio.media.ffmpeg import open_media, packets, reading
from studio.media.probe import FilmInfo
from studio.mix.containers import CONTAINERS, Container, carries_stream
from studio.mix.languages import track_language
from studio.mix.subtitles import TextTrack, text_codec
from studio.mix.timemap import TimeMap

# Gives a packet its new times and says when it is due, in output seconds; None drops it.
Route: TypeAlias = "Callable[[Packet[Stream]], float | None]"
Fate = Literal["copied", "converted", "cover", "attached", "left out"]

_COVER_TYPES = {"mjpeg": ("image/jpeg", ".jpg"), "png": ("image/png", ".png")}
_COVERS = ("mp4", "matroska")  # the containers in which players find a cover picture


@dataclass
class Carried:
    """How the streams beside picture and sounds get into a file.

    routes, texts: by the index of the film's stream. covers: written before anything else.
    notes: a sentence for each stream that is left out or changed.
    """

    routes: dict[int, Route] = field(default_factory=dict)
    texts: dict[int, TextTrack] = field(default_factory=dict)
    covers: list[Packet[Stream]] = field(default_factory=list)
    notes: tuple[str, ...] = ()


def carry(
    output: OutputContainer,
    film: InputContainer,
    info: FilmInfo,
    container: Container,
    times: TimeMap,
) -> Carried:
    """Give `output` streams for all of the film but its picture and sounds, and its labels.

    Raises MediaError.
    """
    carried = Carried(notes=left_out(info, container))
    for source in film.streams:
        if _is_heard_or_seen(info, source):
            continue
        fate = _fate(source, container)
        if fate == "copied":
            stream = add_copied(output, source)
            _name(stream, source, container)
            carried.routes[source.index] = _subtitle_route(stream, info.picture.start, times)
        elif fate == "converted":
            carried.texts[source.index] = _converted(output, source, info, container, times)
        elif fate == "attached":
            _attach(output, source)
        elif fate == "cover":
            _add_cover(output, source, info, container, carried)
    _carry_labels(output, film, info, times)
    return carried


def left_out(info: FilmInfo, container: Container) -> tuple[str, ...]:
    """A sentence for each stream that the container cannot carry as it is. Raises MediaError."""
    with open_media(info.path) as film:
        return tuple(
            sentence
            for source in film.streams
            if not _is_heard_or_seen(info, source)
            for sentence in _sentences(source, container)
        )


def _is_heard_or_seen(info: FilmInfo, source: Stream) -> bool:
    """Whether a stream is the picture or one of the sounds, which the caller looks after."""
    return source.index in {info.picture.index, *(sound.index for sound in info.sounds)}


def _fate(source: Stream, container: Container) -> Fate:
    if isinstance(source, AttachmentStream):
        return "attached" if container.name == "matroska" else "left out"
    context: object = source.codec_context
    if context is None:  # FFmpeg knows no such codec
        return "left out"
    if source.disposition & Disposition.attached_pic:
        known = source.codec.canonical_name in _COVER_TYPES
        return "cover" if known and container.name in _COVERS else "left out"
    if source.type != "subtitle":
        return "left out"
    if carries_stream(container, source):
        return "copied"
    return "left out" if text_codec(source, container.name) is None else "converted"


def _sentences(source: Stream, container: Container) -> Iterator[str]:
    fate = _fate(source, container)
    if fate == "converted":
        codec = source.codec.canonical_name
        into = text_codec(source, container.name)
        better = _others(source, container, ("copied",))
        keeps = f"; it stays as it is in {better}" if better else ""
        yield (
            f"Stream {source.index}, a subtitle track ({codec}), becomes {into}: words, italics "
            f"and bold stay, positions, fonts and effects may be lost{keeps}."
        )
    if fate == "left out":
        can = _others(source, container, ("copied", "converted", "cover", "attached"))
        advice = f"; {can} can carry it" if can else ""
        yield f"Stream {source.index}, {_kind(source)}, was left out{advice}."


def _others(source: Stream, container: Container, fates: tuple[Fate, ...]) -> str:
    """The suffixes of the containers in which the stream would have one of these fates."""
    can = [one.suffix for one in CONTAINERS if one is not container and _fate(source, one) in fates]
    return " and ".join(can)


def _kind(source: Stream) -> str:
    context: object = source.codec_context
    codec = f" ({source.codec.canonical_name})" if context is not None else ""
    kinds = {
        "video": "a further picture",
        "audio": "a sound track",
        "subtitle": "a subtitle track",
        "attachment": "a font or other file",
    }
    kind = kinds.get(source.type, f"a {source.type} stream")
    if source.disposition & Disposition.attached_pic:
        kind = "a cover picture"
    return f"{kind}{codec}"


# --- streams --------------------------------------------------------------------------------------


def add_copied(output: OutputContainer, source: Stream) -> Stream:
    """A stream for the copied packets of `source`, with its side data (rotation, HDR) and tags."""
    stream = output.add_stream_from_template(source, opaque=True)
    stream.disposition = source.disposition
    stream.metadata.update(kept_tags(source.metadata))
    return stream


def _name(stream: Stream, source: Stream, container: Container) -> None:
    """Give a stream the language and the title of another, where the container keeps them."""
    stream.metadata["language"] = track_language(source.language or "")
    title = source.metadata.get("title", "")
    if title:
        stream.metadata[container.title_key] = title


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


def _converted(
    output: OutputContainer, source: Stream, info: FilmInfo, container: Container, times: TimeMap
) -> TextTrack:
    codec = text_codec(source, container.name)
    assert codec is not None  # noqa: S101  # or its fate would be another
    assert isinstance(source, SubtitleStream)  # noqa: S101  # only subtitles are converted
    stream = output.add_stream(codec)
    assert isinstance(stream, SubtitleStream)  # noqa: S101  # the codec is one of subtitles
    stream.disposition = source.disposition
    stream.metadata.update(kept_tags(source.metadata))
    _name(stream, source, container)
    return TextTrack(source, stream, info.picture.start, times)


def _attach(output: OutputContainer, source: Stream) -> None:
    assert isinstance(source, AttachmentStream)  # noqa: S101  # only attachments are attached
    name = source.name or f"attachment {source.index}"
    output.add_attachment(name, source.mimetype or "application/octet-stream", source.data)


def _add_cover(
    output: OutputContainer,
    source: Stream,
    info: FilmInfo,
    container: Container,
    carried: Carried,
) -> None:
    """A cover picture: an attachment in Matroska, in MP4 a stream of one packet."""
    packet = _cover_packet(info, source.index)
    kind, suffix = _COVER_TYPES[source.codec.canonical_name]
    if container.name == "matroska":
        name = source.metadata.get("filename") or f"cover{suffix}"
        output.add_attachment(name, kind, bytes(packet))
        return
    packet.stream = add_copied(output, source)
    packet.pts = packet.dts = 0
    carried.covers.append(packet)


def _cover_packet(info: FilmInfo, index: int) -> Packet[Stream]:
    with open_media(info.path) as film, reading(info.path):
        found = next((one for one in packets(film, film.streams[index]) if one.size), None)
    if found is None:
        raise MediaError(
            f"The cover picture of “{info.path.name}” is empty.",
            "The film would be delivered without it.",
            "Take the cover out of the film, or mend it.",
        )
    return found


# --- labels ---------------------------------------------------------------------------------------

_OF_THE_FILE = (
    "bps", "compatible_brands", "creation_time", "duration", "encoder", "major_brand",
    "minor_version", "number_of_bytes", "number_of_frames", "source_id", "vendor_id",
    "_statistics",
)  # fmt: skip


def kept_tags(tags: dict[str, str]) -> dict[str, str]:
    """The tags that tell of the film, without those that tell of the file it was in."""
    return {
        name: value for name, value in tags.items() if not name.lower().startswith(_OF_THE_FILE)
    }


def _carry_labels(
    output: OutputContainer, film: InputContainer, info: FilmInfo, times: TimeMap
) -> None:
    """The film's tags, and its chapters through the holds."""
    output.metadata.update(kept_tags(film.metadata))
    zero = info.picture.start
    chapters = film.chapters()
    for chapter in chapters:
        base = chapter["time_base"] or Fraction(1, av.time_base)
        start = max(Fraction(0), chapter["start"] * base - zero)
        end = max(Fraction(0), chapter["end"] * base - zero)
        chapter["start"] = round(times.output(start) / base)
        chapter["end"] = round(times.output_end(end) / base)
    if chapters:
        output.set_chapters(chapters)
