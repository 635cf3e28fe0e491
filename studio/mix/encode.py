"""The picture encoded anew, where its packets cannot be copied; holds are made afterwards."""

from __future__ import annotations

from pathlib import Path

import ffmpeg

from studio.errors import ExportError
from studio.media.ffmpeg import FORMATS, file_url, run_ffmpeg
from studio.media.probe import FilmInfo
from studio.progress import Progress

QUALITY = 18  # x264's constant rate factor; not told apart from the source at normal viewing
PRESET = "fast"
_TEN_BITS = ("10le", "10be", "12le", "12be", "16le", "16be")


def encode_picture(
    info: FilmInfo, target: Path, progress: Progress, lettering: Path | None = None
) -> None:
    """Write the film's picture alone as H.264 to the MP4 file `target`, upright.

    lettering: a script of libass, in film time, that is drawn into the pictures.
    Every picture keeps its own time: none is doubled or left out to make the rate constant.
    Blocks for about as long as the film lasts. Raises ExportError.
    """
    film = ffmpeg.input(file_url(info.path), protocol_whitelist="file", format_whitelist=FORMATS)
    picture = film[str(info.picture.index)]
    if lettering is not None:
        shown = f"{info.picture.width}x{info.picture.height}"
        # film time 0 is the first picture; the film's sound may begin before it
        picture = picture.filter("setpts", "PTS-STARTPTS")
        picture = picture.filter("ass", filename=str(lettering), original_size=shown)
    # H.264 in 4:2:0, the form every player knows, has even sizes
    picture = picture.filter("pad", "ceil(iw/2)*2", "ceil(ih/2)*2")
    output = ffmpeg.output(
        picture,
        file_url(target),
        format="mp4",
        vcodec="libx264",
        preset=PRESET,
        crf=QUALITY,
        pix_fmt=coded_format(info),
        vsync="passthrough",
        enc_time_base="-1",
        map_metadata="-1",
    )
    run_ffmpeg(
        output.get_args(),
        progress,
        what=f"The pictures of “{info.path.name}” could not be encoded anew.",
        duration=info.duration,
        error=ExportError,
    )


def coded_format(info: FilmInfo) -> str:
    """FFmpeg's name of the pixels that are encoded: 4:2:0, as deep as the film's."""
    return "yuv420p10le" if info.picture.pixel_format.endswith(_TEN_BITS) else "yuv420p"
