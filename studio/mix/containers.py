"""The containers a film is delivered in, and what each of them can carry.

What FFmpeg's muxers accept is asked of FFmpeg; only what it accepts and players then do not
understand, or refuses when it is too late, is written down here.
"""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass
from pathlib import Path

import av
from av.stream import Stream

from studio.errors import ExportError


@dataclass(frozen=True, slots=True)
class Container:
    """A kind of file. name: FFmpeg's. sound_codec: the encoder for sound that is mixed.

    refused: codecs FFmpeg claims to write into it and does not, or only as an experiment.
    keeps_flags: whether a track can say that it is a description. title_key: the metadata that
    players show as a track's title.
    """

    suffix: str
    name: str
    sound_codec: str
    refused: frozenset[str]
    keeps_flags: bool
    title_key: str


CONTAINERS = (
    Container(".mp4", "mp4", "aac", frozenset({"truehd"}), True, "handler_name"),
    Container(".mkv", "matroska", "aac", frozenset(), True, "title"),
    Container(
        ".mov", "mov", "aac", frozenset({"av1", "vp8", "vp9", "truehd"}), False, "handler_name"
    ),
    Container(".webm", "webm", "libopus", frozenset(), False, "title"),
)


def container_for(path: Path) -> Container:
    """The container that a file's suffix names. Raises ExportError for any other suffix."""
    found = next((one for one in CONTAINERS if one.suffix == path.suffix.lower()), None)
    if found is None:
        suffixes = ", ".join(one.suffix for one in CONTAINERS)
        raise ExportError(
            f"A film cannot be delivered as “{path.name}”.",
            advice=f"Give it a name that ends in one of: {suffixes}.",
        )
    return found


def carries(container: Container, codec: str) -> bool:
    """Whether packets of `codec` (FFmpeg's name) can be copied into the container."""
    return codec not in container.refused and codec in _writable(container.name)


def carries_stream(container: Container, stream: Stream) -> bool:
    """Whether the packets of `stream` can be copied into the container."""
    context: object = stream.codec_context
    if context is None:  # FFmpeg knows no such codec
        return False
    codec = stream.codec
    return any(carries(container, name) for name in (codec.canonical_name, codec.name))


@functools.cache
def _writable(name: str) -> frozenset[str]:
    """FFmpeg's names of the codecs it writes into a container."""
    with av.open(io.BytesIO(), "w", format=name) as container:
        return frozenset(container.supported_codecs)


# --- the sound of a mix ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Coding:
    """How a mix is encoded. rate: Hz. layout: FFmpeg's name. bit_rate: bits a second."""

    codec: str
    rate: int
    layout: str
    bit_rate: int

    @property
    def options(self) -> dict[str, str]:
        """What the coder is told beside. AAC: its fast search, which FFmpeg's manual calls better
        above 64 kbit/s a channel; it halves the time, halves the noise, and settles at once."""
        return {"aac_coder": "fast"} if self.codec == "aac" else {}

    @property
    def channels(self) -> tuple[str, ...]:
        """FFmpeg's names of the channels, in order."""
        return tuple(channel.name for channel in av.AudioLayout(self.layout).channels)


_RATES = {"aac": (32_000, 44_100, 48_000, 64_000, 88_200, 96_000), "libopus": (48_000,)}
_DEFAULT_RATE = 48_000
# The side channels of one are the back channels of the other; coders know only the first.
_SAME_LAYOUT = {"5.1(side)": "5.1", "5.0(side)": "5.0", "7.1(wide-side)": "7.1"}
_LAYOUTS = ("mono", "stereo", "3.0", "4.0", "5.0", "5.1", "7.1")
_FLOOR = {1: 128_000, 2: 192_000}  # bits a second; twice encoded, a film deserves no less
_FLOOR_PER_CHANNEL = 64_000
_MOST_PER_CHANNEL = 192_000


def coding(
    container: Container, layout: str = "stereo", rate: int = _DEFAULT_RATE, bit_rate: int = 0
) -> Coding:
    """How a mix of a sound with that layout, rate and bit rate is encoded for the container.

    The layout is kept where the coder knows it, the rate where it carries a voice well; the bit
    rate is never below the source's, up to where the coder gains nothing by more.
    """
    rates = _RATES[container.sound_codec]
    layout = _SAME_LAYOUT.get(layout, layout)
    if layout not in _LAYOUTS:
        layout = "5.1" if av.AudioLayout(layout).nb_channels >= 6 else "stereo"  # noqa: PLR2004
    channels = av.AudioLayout(layout).nb_channels
    floor = _FLOOR.get(channels, channels * _FLOOR_PER_CHANNEL)
    return Coding(
        container.sound_codec,
        rate if rate in rates else _DEFAULT_RATE,
        layout,
        min(max(bit_rate, floor), channels * _MOST_PER_CHANNEL),
    )
