"""Pictures at a constant rate: a freeze is real frames, not one that lasts longer.

Some players and editing programs want a picture for every tick of the clock. In a film whose
pictures each stand alone (ProRes) the held one is written again. In H.264 only the stretches that
hold a freeze are encoded, each from a place where a decoder can start afresh to the next, and all
other packets are copied; the headers of both encoders stand side by side. Everything else is
encoded as a whole.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
from av.codec.context import Flags
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.packet import Packet
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from studio.errors import ExportError
from studio.media.ffmpeg import file_url, open_media, reading
from studio.media.probe import FilmInfo
from studio.mix.avc import headers
from studio.mix.containers import picture_tag
from studio.mix.encode import PRESET, QUALITY, coded_format
from studio.mix.shown import PictureTimes, Ticks, picture_packets
from studio.mix.timemap import TimeMap
from studio.progress import Progress

PicturePacket: TypeAlias = "Packet[Stream]"

# Codecs each of whose pictures stands alone; those that may do otherwise are not among them.
ALONE = frozenset({"prores", "mjpeg", "dnxhd", "jpeg2000", "png"})
_STANDARD_RATES = (
    Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30),
    Fraction(48), Fraction(50), Fraction(60000, 1001), Fraction(60), Fraction(120),
)  # fmt: skip
_PROFILES = {
    "Constrained Baseline": "baseline",
    "Baseline": "baseline",
    "Main": "main",
    "High": "high",
    "High 10": "high10",
    "High 4:2:2": "high422",
    "High 4:4:4 Predictive": "high444",
}
_PYRAMID_DELAY = 2  # pictures by which x264 decodes ahead where B pictures serve others


@dataclass(frozen=True, slots=True)
class Run:
    """The picture packets [start, end), in file order: all encoded anew, or all copied."""

    start: int
    end: int
    encoded: bool


@dataclass(frozen=True)
class ConstantPlan:
    """How a film gets a picture for every tick, its freezes too.

    rate: ticks a second. number: of each packet's picture, in file order, the first tick at which
    it is shown; negative for one that is hidden. count: for how many ticks; 0 for one that falls
    between two. length: ticks in all. runs: in order, one after the other.
    """

    rate: Fraction
    number: Ticks
    count: Ticks
    length: int
    runs: tuple[Run, ...]

    @property
    def repeats(self) -> bool:
        """Whether any picture is shown for more than a tick."""
        return bool((self.count > 1).any())

    @property
    def encoded(self) -> int:
        """How many of the film's pictures are encoded anew."""
        return sum(run.end - run.start for run in self.runs if run.encoded)


def constant_plan(
    info: FilmInfo, times: PictureTimes, time_map: TimeMap, progress: Progress
) -> ConstantPlan:
    """How the film with its freezes becomes one of constant rate. Reads H.264 once. MediaError."""
    rate = times.rate if times.even else _standard(times.rate)
    number = _ticks(times, time_map, rate)
    length = round(time_map.output(times.end) * rate)
    order = np.argsort(times.pts, kind="stable")
    count = np.empty_like(number)
    count[order] = np.diff(number[order], append=length)
    if info.picture.codec in ALONE:
        return ConstantPlan(rate, number, count, length, (Run(0, len(number), False),))
    fresh = _fresh_starts(info, progress) if info.picture.codec == "h264" else []
    return ConstantPlan(rate, number, count, length, _runs(count, fresh))


def _standard(rate: Fraction) -> Fraction:
    """The rate for a film that has none: the next one that players know."""
    near = rate * Fraction(999, 1000)
    return next((one for one in _STANDARD_RATES if one >= near), rate)


def _ticks(times: PictureTimes, time_map: TimeMap, rate: Fraction) -> Ticks:
    """The tick nearest to when each picture is shown, after the freezes before it."""
    at = np.array([float(hold.at) for hold in time_map.holds])
    waits = np.array([float(wait) for wait in time_map.waits])
    film = times.pts * float(times.base)
    # a hold lies on a picture's own time, so half a clock's tick decides which comes first
    waited = waits[np.searchsorted(at, film + float(times.base) / 2, side="right")]
    ticks: Ticks = np.rint((film + waited) * float(rate)).astype(np.int64)
    return ticks


def _fresh_starts(info: FilmInfo, progress: Progress) -> list[int]:
    """The packets at which a decoder can start afresh; [] where the headers cannot be read."""
    with open_media(info.path) as container, reading(info.path):
        stream = container.streams[info.picture.index]
        assert isinstance(stream, VideoStream)  # noqa: S101  # the index is that of a picture
        found = headers(stream.codec_context.extradata)
        if found is None or found.free_number() is None:
            return []
        fresh = []
        for index, packet in enumerate(picture_packets(container, stream)):
            progress.check()
            if packet.is_keyframe and found.starts_afresh(bytes(packet)):
                fresh.append(index)
        return fresh


def _runs(count: Ticks, fresh: list[int]) -> tuple[Run, ...]:
    """Stretches from one fresh start to the next; those with a freeze, or a gap, are encoded."""
    if not fresh:
        return (Run(0, len(count), bool((count != 1).any())),)
    bounds = [0, *(start for start in fresh if start > 0), len(count)]
    stretches = (
        Run(start, end, bool((count[start:end] != 1).any()))
        for start, end in itertools.pairwise(bounds)
    )
    together = []
    for encoded, group in itertools.groupby(stretches, key=lambda run: run.encoded):
        runs = list(group)
        together.append(Run(runs[0].start, runs[-1].end, encoded))
    return tuple(together)


# --- writing --------------------------------------------------------------------------------------

_STAGE = "Making the frames of the freezes"


def write_constant(info: FilmInfo, plan: ConstantPlan, target: Path, progress: Progress) -> None:
    """Write the film's picture alone, with its freezes as frames, to the MOV file `target`.

    Blocks; as long as encoding the stretches of the plan takes. Raises ExportError, MediaError,
    av.FFmpegError and OSError.
    """
    options = {"video_track_timescale": str(plan.rate.numerator)}
    written = 0
    with (
        open_media(info.path) as film,
        reading(info.path),
        av.open(file_url(target), "w", format="mov", options=options) as output,
    ):
        source = film.streams[info.picture.index]
        assert isinstance(source, VideoStream)  # noqa: S101  # the index is that of a picture
        source.thread_type = "AUTO"
        write = _whole if plan.encoded == len(plan.number) else _spliced
        for packet in write(output, film, source, info, plan):
            output.mux_one(packet)
            written += packet.pts is not None and packet.pts >= 0
            progress(written / plan.length, _STAGE)
    if written != plan.length:
        raise ExportError(
            f"The pictures of “{info.path.name}” could not be brought to a constant rate: "
            f"{written} of {plan.length} were made.",
            "Some of them cannot be decoded.",
            "Export without a constant rate; then the pictures are copied as they are.",
        )


def _decoded(
    source: VideoStream, run: Run, packets: Iterator[PicturePacket]
) -> Iterator[VideoFrame]:
    """The pictures of a run in order of presentation; the pts of each is its packet's index."""
    for index, packet in enumerate(packets, run.start):
        packet.pts = packet.dts = index
        with contextlib.suppress(av.InvalidDataError):
            yield from source.codec_context.decode(packet)
    yield from source.codec_context.decode(None)
    source.codec_context.flush_buffers()


def _repeated(frames: Iterator[VideoFrame], plan: ConstantPlan) -> Iterator[VideoFrame]:
    """Each picture as often as it is shown, its pts the tick; hidden ones not at all."""
    for frame in frames:
        if frame.pts is None:
            continue
        number = int(plan.number[frame.pts])
        ticks = range(max(0, number), number + int(plan.count[frame.pts]))
        shown = frame
        for tick in ticks:
            if tick == ticks.start + 1 and not frame.interlaced_frame:
                shown = _bare(frame)
            shown.pts, shown.time_base = tick, 1 / plan.rate
            shown.pict_type = PictureType.NONE  # the encoder chooses
            yield shown


def _bare(frame: VideoFrame) -> VideoFrame:
    """The same pixels without captions and the like, which are not to be said again."""
    bare = VideoFrame(frame.width, frame.height, frame.format.name)
    for plane, copy in zip(frame.planes, bare.planes, strict=True):
        width = min(plane.line_size, copy.line_size)
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        padded = np.zeros((copy.buffer_size // copy.line_size, copy.line_size), np.uint8)
        padded[: copy.height, :width] = rows[: copy.height, :width]
        copy.update(padded.tobytes())
    return bare


def _coder_options(extra: str = "") -> dict[str, str]:
    options = {"preset": PRESET, "crf": str(QUALITY)}
    return options | ({"x264-params": extra} if extra else {})


def _take_over(coder: VideoCodecContext, source: VideoCodecContext) -> None:
    """What pixels mean: their colours, and whether they were taken as fields."""
    coder.color_range, coder.colorspace = source.color_range, source.colorspace
    coder.color_primaries, coder.color_trc = source.color_primaries, source.color_trc
    if source.field_order not in _PROGRESSIVE:
        coder.flags |= Flags.interlaced_dct


_PROGRESSIVE = (0, 1)  # FFmpeg's field orders: not known, and none

# --- a film that is encoded as a whole ------------------------------------------------------------

_UPRIGHT = {0: (), 90: ("cclock",), 180: ("clock", "clock"), 270: ("clock",)}  # "transpose"s


def _whole(
    output: OutputContainer,
    film: InputContainer,
    source: VideoStream,
    info: FilmInfo,
    plan: ConstantPlan,
) -> Iterator[PicturePacket]:
    """All pictures encoded anew, upright, in the form that every player knows."""
    sideways = info.picture.rotation in (90, 270)
    size = (source.height, source.width) if sideways else (source.width, source.height)
    stream = output.add_stream("libx264", rate=plan.rate, options=_coder_options())
    assert isinstance(stream, VideoStream)  # noqa: S101  # the codec is a picture codec
    stream.width, stream.height = (side + side % 2 for side in size)
    stream.pix_fmt = coded_format(info)
    aspect = source.sample_aspect_ratio or Fraction(1)
    stream.codec_context.sample_aspect_ratio = 1 / aspect if sideways else aspect
    stream.codec_context.time_base = 1 / plan.rate
    _take_over(stream.codec_context, source.codec_context)
    frames = _decoded(source, plan.runs[0], picture_packets(film, source))
    for frame in _repeated(_prepared(frames, source, info), plan):
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _prepared(
    frames: Iterator[VideoFrame], source: VideoStream, info: FilmInfo
) -> Iterator[VideoFrame]:
    """The pictures upright, with even sides, in the format that is encoded."""
    graph = Graph()
    nodes = [graph.add_buffer(template=source)]
    nodes += [graph.add("transpose", turn) for turn in _UPRIGHT[info.picture.rotation]]
    nodes.append(graph.add("pad", "ceil(iw/2)*2:ceil(ih/2)*2"))
    nodes.append(graph.add("format", coded_format(info)))
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes).configure()
    for frame in frames:
        graph.vpush(frame)
        yield graph.vpull()


# --- a film of which stretches are encoded --------------------------------------------------------


def _spliced(
    output: OutputContainer,
    film: InputContainer,
    source: VideoStream,
    info: FilmInfo,
    plan: ConstantPlan,
) -> Iterator[PicturePacket]:
    """The film's packets, and between them those of the stretches that are encoded."""
    stream = output.add_stream_from_template(source, opaque=True)
    tag = picture_tag("mov", info, source.codec_context.codec_tag)
    if tag is not None:
        stream.codec_context.codec_tag = tag
    splicer = _Splicer(source, plan) if plan.encoded else None
    if splicer is not None:
        stream.codec_context.extradata = splicer.both.record()
    packets = picture_packets(film, source)
    ahead = _ahead(plan)
    tick = min(0, int(plan.number.min())) - ahead
    for run in plan.runs:
        chosen = itertools.islice(packets, run.end - run.start)
        made = splicer.encoded(run, chosen) if splicer and run.encoded else _same(run, chosen, plan)
        for packet in made:
            packet.stream, packet.time_base = stream, 1 / plan.rate
            packet.dts, packet.duration = tick, 1
            tick += 1
            yield packet


def _ahead(plan: ConstantPlan) -> int:
    """By how many pictures the film decodes ahead of what it shows."""
    place = np.empty_like(plan.number)
    place[np.argsort(plan.number, kind="stable")] = np.arange(len(place))
    return int((np.arange(len(place)) - place).max())


def _same(
    run: Run, packets: Iterator[PicturePacket], plan: ConstantPlan
) -> Iterator[PicturePacket]:
    """Packets as they are; those whose picture stands alone as often as it is shown."""
    for index, packet in enumerate(packets, run.start):
        number, count = int(plan.number[index]), int(plan.count[index])
        if not count:
            continue
        again = [Packet(bytes(packet)) for _ in range(count - 1)]
        for tick, one in enumerate([packet, *again], number):
            one.pts = tick
            one.is_keyframe = packet.is_keyframe
            yield one


class _Splicer:
    """Encodes stretches of an H.264 film so that they lie among its own packets.

    both: the film's headers and, with a number of their own, those of what is encoded.
    """

    def __init__(self, source: VideoStream, plan: ConstantPlan) -> None:
        own = headers(source.codec_context.extradata)
        number = None if own is None else own.free_number()
        if own is None or number is None:
            raise ValueError("without headers to stand beside, a film is encoded as a whole")
        self._source, self._plan, self._own, self._number = source, plan, own, number
        anew = headers(self._coder().extradata)
        assert anew is not None  # noqa: S101  # an encoder's headers can be read
        self.both = own.beside(anew)
        self._anew = anew

    def encoded(self, run: Run, packets: Iterator[PicturePacket]) -> Iterator[PicturePacket]:
        """The pictures of a run, each as often as it is shown, as packets of the film's form."""
        coder = self._coder()
        frames = _repeated(_decoded(self._source, run, packets), self._plan)
        for frame in itertools.chain(frames, [None]):
            for made in coder.encode(frame):
                units = list(self._anew.units(bytes(made)))
                packet: PicturePacket = Packet(self._own.packet(units))
                packet.pts, packet.is_keyframe = made.pts, made.is_keyframe
                yield packet

    def _coder(self) -> VideoCodecContext:
        """A coder that keeps to what the film's decoder is already told to expect."""
        ahead = _ahead(self._plan)
        pyramid = "normal" if ahead >= _PYRAMID_DELAY else "none"
        extra = f"sps-id={self._number}:bframes={3 if ahead else 0}:b-pyramid={pyramid}"
        coder = VideoCodecContext.create("libx264", "w")
        film = self._source.codec_context
        coder.width, coder.height, coder.pix_fmt = film.width, film.height, film.pix_fmt
        coder.sample_aspect_ratio = self._source.sample_aspect_ratio or Fraction(1)
        coder.time_base, coder.framerate = 1 / self._plan.rate, self._plan.rate
        coder.flags |= Flags.global_header
        _take_over(coder, film)
        profile = _PROFILES.get(self._source.profile or "")
        coder.options = _coder_options(extra) | ({"profile": profile} if profile else {})
        coder.open()
        return coder
