"""What a film is: its picture, its sounds, exact rates and start times, its real length.

Film time 0 is the presentation time of the first picture that can be shown, edit lists applied.
Nothing here decodes more than a few pictures. Constant and variable rate are told apart by packet
times at the start, in the middle and at the end of the film, so a film that is irregular only
elsewhere is taken for a constant one; the length is that of the packets that are really there.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from studio.errors import MediaError
from studio.media.ffmpeg import decoded_pictures, open_media, packets, reading
from studio.times import MS_PER_SECOND


@dataclass(frozen=True, slots=True)
class PictureStream:
    """The picture of a film.

    index: of the stream in its container. codec: FFmpeg's name, e.g. "h264".
    width, height: pixels as shown: pixel aspect and rotation applied. rotation: degrees the coded
    picture is turned counter-clockwise to be upright: 0, 90, 180 or 270.
    rate: frames a second; exact where constant, the mean where `variable`.
    start: container time of film time 0, in s. time_base: of its packets, in s.
    pixel_format: FFmpeg's name, e.g. "yuv420p".
    """

    index: int
    codec: str
    width: int
    height: int
    rotation: int
    rate: Fraction
    start: Fraction
    variable: bool
    time_base: Fraction
    pixel_format: str


@dataclass(frozen=True, slots=True)
class SoundStream:
    """One sound track. sample_rate: Hz. layout: FFmpeg's name, e.g. "stereo" or "5.1(side)".

    start: container time of its first packet in s, encoder delay included; None where the header
    says nothing. language: as in the container, "" where unknown. described: flagged as a
    description track, so not the film's own sound.
    """

    index: int
    codec: str
    channels: int
    layout: str
    sample_rate: int
    start: Fraction | None
    time_base: Fraction
    bit_rate: int
    language: str
    title: str
    default: bool
    described: bool


@dataclass(frozen=True, slots=True)
class FilmInfo:
    """A film as found on disk. container: FFmpeg's name of the format. size: bytes.

    duration: ms from film time 0 to the end of the last picture. sounds: () for a silent film.
    """

    path: Path
    container: str
    size: int
    duration: int
    picture: PictureStream
    sounds: tuple[SoundStream, ...]

    @property
    def sound(self) -> SoundStream | None:
        """The sound that plays unasked: the first default one that is no description track."""
        own = [sound for sound in self.sounds if not sound.described] or list(self.sounds)
        return next((sound for sound in own if sound.default), own[0] if own else None)


def probe(path: Path) -> FilmInfo:
    """What the film at `path` is. Raises MediaError where it is no film, or not a readable one.

    Blocks for some tens of ms; longer only for a damaged film, which is read to its end.
    """
    with open_media(path) as container, reading(path):
        stream = _picture_stream(container, path)
        first, opening = _opening(container, stream)
        if first is None:
            raise _no_picture(path, "None of its pictures can be decoded.")
        if first.pts is None or first.time_base is None:
            raise MediaError(
                f"“{path.name}” is a bare picture stream: it does not say when a picture is shown.",
                "Nothing can be timed to it.",
                "Put it into a container with the right rate, for example .mkv, and open that.",
            )
        start = first.pts * first.time_base
        middle, ending = _later(container, stream, opening)
        last = _last_shown(path, stream, opening, ending, _said_end(stream, container))
        rate, variable = _rate(stream, start, (opening, middle, ending))
        return FilmInfo(
            path=path,
            container=container.format.name,
            size=path.stat().st_size,
            duration=math.ceil(_duration(start, last, rate, variable) * MS_PER_SECOND),
            picture=_picture(stream, first, start, rate, variable),
            sounds=tuple(_sounds(container)),
        )


def sound_streams(path: Path) -> tuple[SoundStream, ...]:
    """The sound tracks of any film or sound file. Raises MediaError."""
    with open_media(path) as container, reading(path):
        return tuple(_sounds(container))


def fingerprint(path: Path) -> str:
    """A name for the file's content that survives moving it: hash of size, head, middle and tail.

    Reads 3 MiB at most, so two files that differ only elsewhere share one. Raises MediaError.
    """
    with reading(path), path.open("rb") as file:
        size = path.stat().st_size
        digest = hashlib.blake2b(str(size).encode(), digest_size=16)
        for position in (0, size // 2, max(0, size - _BLOCK_BYTES)):
            file.seek(position)
            digest.update(file.read(_BLOCK_BYTES))
        return digest.hexdigest()


_BLOCK_BYTES = 1 << 20

# --- the picture ----------------------------------------------------------------------------------

_NOT_FILM = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image


def _picture_stream(container: InputContainer, path: Path) -> VideoStream:
    """The picture that plays unasked; cover art and thumbnails are none."""
    moving = [stream for stream in container.streams.video if not stream.disposition & _NOT_FILM]
    if not moving:
        raise _no_picture(path, "It holds no moving picture.")
    default = (stream for stream in moving if stream.disposition & Disposition.default)
    stream = next(default, moving[0])
    if not _decodable(stream) or not stream.width or not stream.height:
        raise _no_picture(path, "Its picture is in a format that cannot be decoded.")
    return stream


def _no_picture(path: Path, why: str) -> MediaError:
    return MediaError(
        f"“{path.name}” is not a film that can be described. {why}",
        advice="Choose a file with a picture that plays in other programs.",
    )


def _picture(
    stream: VideoStream, first: VideoFrame, start: Fraction, rate: Fraction, variable: bool
) -> PictureStream:
    rotation = round(first.rotation / 90) * 90 % 360
    aspect = stream.sample_aspect_ratio or Fraction(1)
    width, height = max(1, round(first.width * aspect)), first.height
    if rotation in (90, 270):
        width, height = height, width
    return PictureStream(
        index=stream.index,
        codec=stream.codec_context.codec.canonical_name,
        width=width,
        height=height,
        rotation=rotation,
        rate=rate,
        start=start,
        variable=variable,
        time_base=_time_base(stream),
        pixel_format=first.format.name,
    )


def _decodable(stream: Stream) -> bool:
    """PyAV gives a stream no codec context where FFmpeg has no decoder for it."""
    context: object = stream.codec_context
    return context is not None


def _time_base(stream: VideoStream | AudioStream) -> Fraction:
    return stream.time_base or Fraction(1, av.time_base)


# --- rate and length ------------------------------------------------------------------------------

_STRETCH_PACKETS = 250
_REORDER = Fraction(2)  # s; MPEG streams are sought by time, and the last shown lies before others
_REORDER_PACKETS = 20  # neighbours of the first and last packets read may lie outside a stretch


@dataclass(frozen=True, slots=True, order=True)
class _Shown:
    """When a packet's picture is shown and, where the packet says it, for how long; in s."""

    at: Fraction
    lasting: Fraction


def _shown(packet: Packet[Stream], base: Fraction) -> _Shown | None:
    """None for a packet that shows nothing: a flush, or one that an edit list leaves out."""
    if packet.pts is None or not packet.size or packet.is_discard:
        return None
    return _Shown(packet.pts * base, (packet.duration or 0) * base)


def _opening(
    container: InputContainer, stream: VideoStream
) -> tuple[VideoFrame | None, list[_Shown]]:
    """The first picture that decodes, and the first stretch of packets in order of time."""
    first: VideoFrame | None = None
    opening: list[_Shown] = []
    for packet in packets(container, stream):
        if first is None:
            with contextlib.suppress(av.InvalidDataError):
                first = next(iter(stream.decode(packet)), None)
        shown = _shown(packet, _time_base(stream))
        if shown is not None:
            opening.append(shown)
        if first is not None and len(opening) >= _STRETCH_PACKETS:
            break
    return first, sorted(opening)


def _later(
    container: InputContainer, stream: VideoStream, opening: list[_Shown]
) -> tuple[list[_Shown], list[_Shown]]:
    """Stretches around the middle and up to the end; empty where the opening is all there is."""
    if len(opening) < _STRETCH_PACKETS:
        return [], []
    said = _said_end(stream, container)
    try:
        middle = list(islice(_from(container, stream, said / 2), _STRETCH_PACKETS))
        return sorted(middle), sorted(_from(container, stream, max(Fraction(0), said - _REORDER)))
    except av.FFmpegError:
        return [], []  # no index to seek by; _last_shown reads the whole film then


def _from(container: InputContainer, stream: VideoStream, at: Fraction) -> Iterator[_Shown]:
    """What the packets from the key frame before `at` show, in file order."""
    base = _time_base(stream)
    container.seek(math.floor(at / base), stream=stream, backward=True)
    shown = (_shown(packet, base) for packet in packets(container, stream))
    return (one for one in shown if one is not None)


def _said_end(stream: VideoStream, container: InputContainer) -> Fraction:
    """When the film ends according to its header; container time in s."""
    base = _time_base(stream)
    start = (stream.start_time or 0) * base
    if stream.duration:
        return start + stream.duration * base
    return start + Fraction(container.duration or 0, av.time_base)


def _last_shown(
    path: Path, stream: VideoStream, opening: list[_Shown], ending: list[_Shown], said: Fraction
) -> _Shown:
    """The last picture of what is really there; `said`: container time of the end in the header."""
    if len(opening) < _STRETCH_PACKETS:
        last = _with_length(opening)
    elif ending and ending[-1].at > opening[-1].at:
        last = _with_length(ending)
    else:  # the header promises more than is there, or seeking does not work
        last = _with_length(_read_to_the_end(path, stream))
    if last.at + last.lasting < said - _BREAKS_OFF:
        return _last_decodable(path, stream, last)
    return last


_BREAKS_OFF = Fraction(1, 10)  # s; a header that says this much more belongs to a truncated film


def _read_to_the_end(path: Path, stream: VideoStream) -> list[_Shown]:
    tail: deque[_Shown] = deque(maxlen=_STRETCH_PACKETS)
    with open_media(path) as container:
        for packet in packets(container, _same(container, stream)):
            shown = _shown(packet, _time_base(stream))
            if shown is not None:
                tail.append(shown)
    return sorted(tail)


def _last_decodable(path: Path, stream: VideoStream, last: _Shown) -> _Shown:
    """The last picture that can be shown: where a film breaks off, packets lack their reference."""
    with open_media(path) as container:
        same = _same(container, stream)
        base = _time_base(stream)
        with contextlib.suppress(av.FFmpegError):  # no index: decode from the start
            container.seek(math.floor(last.at / base), stream=same, backward=True)
        times = (frame.pts for frame in decoded_pictures(container, same) if frame.pts is not None)
        latest = max(times, default=None)
    return last if latest is None else _Shown(latest * base, last.lasting)


def _same(container: InputContainer, stream: VideoStream) -> VideoStream:
    """The stream in another opening of its file."""
    same = container.streams[stream.index]
    assert isinstance(same, VideoStream)  # noqa: S101  # the index came from a picture stream
    return same


def _with_length(times: list[_Shown]) -> _Shown:
    """The last of `times`; one that does not say how long it lasts does as the one before."""
    if not times:
        return _Shown(Fraction(0), Fraction(0))
    last = times[-1]
    if not last.lasting and len(times) > 1:
        return _Shown(last.at, last.at - times[-2].at)
    return last


def _duration(start: Fraction, last: _Shown, rate: Fraction, variable: bool) -> Fraction:
    """From film time 0 to the end of the last picture, in s; whole frames at a constant rate."""
    if variable:
        return max(last.at + last.lasting - start, 1 / rate)
    return (max(0, round((last.at - start) * rate)) + 1) / rate


_STANDARD_RATES = (
    *(Fraction(whole * 1000, 1001) for whole in (24, 30, 48, 60, 120)),
    *(Fraction(whole) for whole in (24, 25, 30, 48, 50, 60, 100, 120)),
)
_RATE_LIMIT = 1000  # the frame rule (studio.times) holds up to here


def _rate(
    stream: VideoStream, start: Fraction, stretches: tuple[list[_Shown], ...]
) -> tuple[Fraction, bool]:
    """The rate whose grid all packet times lie on, and False; else the mean rate, and True."""
    tolerance = max(_time_base(stream), Fraction(1, MS_PER_SECOND)) * Fraction(3, 2)
    times = [shown.at for stretch in stretches for shown in stretch if shown.at >= start]
    for rate in _candidates(stream, stretches[0]):
        off = (abs((at - start) - round((at - start) * rate) / rate) for at in times)
        opening, *later = stretches
        whole = _full(opening, rate) and all(_full(one[_REORDER_PACKETS:], rate) for one in later)
        if whole and all(one <= tolerance for one in off):
            return rate, False
    return _mean_rate(stream, stretches[0]), True


def _full(times: list[_Shown], rate: Fraction) -> bool:
    """Whether every point of the grid has its picture.

    A film at 25 Hz with some pictures left out lies on the grid too, and is variable. The last
    packets are not asked: theirs may come later in the file, or be cut off with its end.
    """
    sure = times[: max(2, len(times) - _REORDER_PACKETS)]
    return all(round((after.at - before.at) * rate) == 1 for before, after in pairwise(sure))


def _candidates(stream: VideoStream, times: list[_Shown]) -> list[Fraction]:
    told = [stream.base_rate, stream.guessed_rate, stream.average_rate]
    rates = [rate for rate in told if rate and 0 < rate <= _RATE_LIMIT]
    mean = _mean_rate(stream, times)
    rates += [rate for rate in _STANDARD_RATES if abs(rate / mean - 1) < Fraction(1, 100)]
    return list(dict.fromkeys([*rates, mean]))


def _mean_rate(stream: VideoStream, times: list[_Shown]) -> Fraction:
    if stream.average_rate and 0 < stream.average_rate <= _RATE_LIMIT:
        return stream.average_rate
    if len(times) > 1 and times[-1].at > times[0].at:
        mean = (len(times) - 1) / (times[-1].at - times[0].at)
        return min(mean, Fraction(_RATE_LIMIT)).limit_denominator(100_000)
    return Fraction(25)  # a single picture has no rate; it is shown for 40 ms


# --- the sounds -----------------------------------------------------------------------------------

_DESCRIBED = Disposition.visual_impaired | Disposition.descriptions


def _sounds(container: InputContainer) -> Iterable[SoundStream]:
    for stream in container.streams.audio:
        # Without a decoder, or with a header that says nothing, there is nothing to play.
        if not _decodable(stream) or not stream.sample_rate or not stream.channels:
            continue
        base = _time_base(stream)
        yield SoundStream(
            index=stream.index,
            codec=stream.codec_context.codec.canonical_name,
            channels=stream.channels,
            layout=stream.layout.name,
            sample_rate=stream.sample_rate,
            start=None if stream.start_time is None else stream.start_time * base,
            time_base=base,
            bit_rate=stream.bit_rate or 0,
            language=_language(stream.language),
            title=stream.metadata.get("title", ""),
            default=bool(stream.disposition & Disposition.default),
            described=bool(stream.disposition & _DESCRIBED),
        )


def _language(code: str | None) -> str:
    return "" if code in (None, "und") else str(code)
