"""A small copy of the film's pictures, made to be jumped about in.

It shows the same frames at the same times, one after the other at a constant rate from film time 0,
upright, in square pixels and without sound. A key frame every four, no picture that leans on a
later one and a cheap decoder setting make any frame of it appear within a few milliseconds; in a
film as it is delivered that takes half a second. (At the same likeness, key frames alone would make
it three to four times as large and save 2 ms of 5; every twelve would save a third of the disk and
take 3 ms more, 5 at worst.)

Its colours are those of BT.601 and it says nothing about them: then a player takes its pictures,
and bare ones put between them, for the same.
"""

from __future__ import annotations

import os
import secrets
from fractions import Fraction
from pathlib import Path
from typing import Literal

import ffmpeg
from av.video.stream import VideoStream

from studio import paths
from studio.errors import MediaError
from studio.media.ffmpeg import FORMATS, file_url, open_media, reading, run_ffmpeg
from studio.media.probe import FilmInfo, fingerprint
from studio.progress import Progress

WIDTH, HEIGHT = 960, 540
"""Pixels the copy has at most."""

KEY_EVERY = 4
"""Frames from one key frame of the copy to the next."""

_VERSION = 2  # part of its name: raise it when the making changes
_QUALITY = 24  # x264's constant rate factor: some 2 Mbit/s, a gigabyte an hour
_UNSAID = 2  # FFmpeg's number for a colour matrix that the film does not name
_HD_WIDTH, _HD_HEIGHT = 1280, 576  # from these sizes on an unnamed matrix is BT.709's


def proxy_file(info: FilmInfo, rate: Fraction) -> Path:
    """Where the film's copy lies in the cache once it is made. Raises MediaError."""
    name = f"{fingerprint(info.path)}-{rate.numerator}-{rate.denominator}-{_VERSION}.mp4"
    return paths.cache_folder("proxies") / name


def proxy_size(info: FilmInfo) -> tuple[int, int]:
    """Width and height of the copy: the film's shape within WIDTH x HEIGHT, even, never larger."""
    width, height = info.picture.width, info.picture.height
    scale = min(Fraction(1), Fraction(WIDTH, width), Fraction(HEIGHT, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def make_proxy(info: FilmInfo, rate: Fraction, target: Path, progress: Progress) -> None:
    """Write the copy at `rate` frames a second to `target`: whole, or not at all.

    Blocks for about a quarter of the film's length on two cores. Raises MediaError, and Cancelled.
    """
    width, height = proxy_size(info)
    film = ffmpeg.input(file_url(info.path), protocol_whitelist="file", format_whitelist=FORMATS)
    picture = (
        film[str(info.picture.index)]
        .filter("setpts", "PTS-STARTPTS")
        .filter("fps", f"{rate.numerator}/{rate.denominator}", start_time=0, round="near")
        .filter(
            "scale",
            width,
            height,
            flags="bilinear",
            in_color_matrix=colour_matrix(info),
            out_color_matrix="bt601",
            out_range="tv",
        )
        .filter("setsar", 1)
        .filter("setparams", color_primaries="unknown", color_trc="unknown", colorspace="unknown")
    )
    part = target.with_name(f".{target.stem}-{secrets.token_hex(6)}.part")
    output = ffmpeg.output(
        picture,
        file_url(part),
        format="mp4",
        vcodec="libx264",
        preset="superfast",
        tune="fastdecode",
        crf=_QUALITY,
        g=KEY_EVERY,
        keyint_min=KEY_EVERY,
        sc_threshold=0,
        bf=0,
        pix_fmt="yuv420p",
        map_metadata="-1",
    )
    try:
        run_ffmpeg(
            output.get_args(),
            progress,
            what=f"The pictures of “{info.path.name}” could not be copied for fast seeking.",
            duration=info.duration,
        )
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise MediaError(
            f"The copy of “{info.path.name}” for fast seeking cannot be written "
            f"({error.strerror or error}).",
            "The film itself is played instead, which seeks more slowly.",
            f"Check the free space and your permission to write in “{target.parent}”.",
        ) from error
    finally:
        part.unlink(missing_ok=True)


def colour_matrix(info: FilmInfo) -> Literal["auto", "bt709", "bt601"]:
    """What players take the film's colours for: "auto" where it says so itself. MediaError."""
    with open_media(info.path) as container, reading(info.path):
        stream = container.streams[info.picture.index]
        assert isinstance(stream, VideoStream)  # noqa: S101  # the index came from a picture stream
        if stream.codec_context.colorspace != _UNSAID:
            return "auto"
        large = stream.width >= _HD_WIDTH or stream.height > _HD_HEIGHT
        return "bt709" if large else "bt601"
