"""The only door to FFmpeg: as a library (PyAV) and as a program.

Every path is hostile: a file called film.mp4 may hold a playlist that names other files or hosts,
and a name may begin with "-" or "concat:". So a film is always opened as "file:" + absolute path,
may open nothing but files, and only as one of the formats in `FORMATS`, none of which points to
other files.
"""

from __future__ import annotations

import contextlib
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.container import InputContainer
from av.stream import Discard

from studio.errors import MediaError, StudioError
from studio.progress import Progress

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dts,dv,eac3,flac,flv,gif,gxf,h264,hevc,ivf,m4v,matroska,"
    "mov,mp3,mpeg,mpegts,mpegvideo,mxf,nsv,nut,obu,ogg,rm,swf,tta,vc1,vvc,w64,wav,wtv,wv,"
    "yuv4mpegpipe"
)
"""FFmpeg's names of the formats that are read. No playlists, no image lists, no devices."""

# The library prints to stderr by itself otherwise; what matters arrives as an exception.
av.logging.set_level(None)


def file_url(path: Path) -> str:
    """`path` as FFmpeg must be given it, so that no part of the name is taken for anything else."""
    return f"file:{path.absolute()}"


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns whatever FFmpeg and the system raise while `path` is read into a MediaError."""
    try:
        yield
    except FileNotFoundError as error:
        raise MediaError(
            f"There is no file “{path}”.", advice="Check the name and the folder."
        ) from error
    except PermissionError as error:
        raise MediaError(
            f"The file “{path}” may not be read.",
            advice="Ask its owner for permission to read it.",
        ) from error
    except MemoryError as error:
        raise MediaError(
            f"Reading “{path.name}” takes more memory than there is.",
            "Either its header is damaged or its pictures are too large for this machine.",
        ) from error
    except av.FFmpegError as error:
        raise _not_readable(path) from error
    except OSError as error:
        raise MediaError(
            f"Reading “{path}” failed ({error.strerror or error}).",
            advice="Check that the disk or the network folder is still there.",
        ) from error
    except (ValueError, OverflowError, ArithmeticError, LookupError) as error:
        # PyAV's own objections to numbers in a garbled header, e.g. a time base of 0
        raise _not_readable(path) from error


def _not_readable(path: Path) -> MediaError:
    return MediaError(
        f"“{path.name}” is not a film or sound that can be read.",
        "It is damaged, incomplete, in an unknown format, or a list of other files.",
        "Play it in another program to see whether it is whole, or get a new copy.",
    )


def open_media(path: Path, **options: str) -> InputContainer:
    """`path` opened for reading, its streams found. Raises MediaError.

    options: further options of FFmpeg's demuxers. The caller closes it (`with open_media(...)`),
    and reads from it inside `reading(path)`.
    """
    with reading(path):
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise MediaError(f"“{path}” is a folder, not a film.", advice="Name a file in it.")
        if not stat.S_ISREG(mode):
            raise MediaError(f"“{path}” is a device or a pipe, not a film.")
        if path.stat().st_size == 0:
            raise MediaError(
                f"“{path.name}” is empty.",
                "It holds not a single byte; a copy or a download has failed.",
                "Get a new copy.",
            )
        return av.open(
            file_url(path),
            "r",
            container_options={
                **options,
                "protocol_whitelist": "file",
                "format_whitelist": FORMATS,
            },
            metadata_errors="replace",
        )


def packets(container: InputContainer, *streams: Stream) -> Iterator[Packet[Stream]]:
    """The packets of the streams from where the container stands, in file order.

    Ends where the file ends or its structure breaks off: a truncated film is as long as what is
    there. The last packet is the empty one that flushes the decoder.
    """
    wanted = {stream.index for stream in streams}
    for other in container.streams:
        # What is not wanted is not even read from disk, where the format allows that.
        other.discard = Discard.none if other.index in wanted else Discard.all
    demuxed = iter(container.demux(streams))
    while True:
        try:
            packet = next(demuxed)
        except (StopIteration, EOFError, av.InvalidDataError):
            return
        yield packet


def decoded_pictures(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """The pictures of `stream` from where the container stands, in order of presentation.

    Packets that cannot be decoded are left out, as players do.
    """
    for packet in packets(container, stream):
        with contextlib.suppress(av.InvalidDataError):
            yield from stream.decode(packet)


def decoded_sound(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """The sound frames of `stream` from where the container stands.

    Packets that cannot be decoded are left out: they show as holes in the frames' times.
    """
    for packet in packets(container, stream):
        with contextlib.suppress(av.InvalidDataError):
            yield from stream.decode(packet)


_POLL_SECONDS = 0.1
_TAIL_BYTES = 4000


def run_ffmpeg(
    arguments: Sequence[str],
    progress: Progress,
    *,
    what: str,
    duration: int = 0,
    error: type[StudioError] = MediaError,
) -> None:
    """Run the ffmpeg program to its end; blocks, kills it when cancelled.

    arguments: everything after "ffmpeg", e.g. from ffmpeg-python's `spec.get_args()`. Paths in it
    come from `file_url`.
    what: the sentence a user reads when it fails; error: the class raised then. What ffmpeg said
    itself is the `__cause__`.
    duration: ms of output expected, for the progress; 0 reports nothing but still checks.
    """
    program = _program(error)
    with tempfile.TemporaryDirectory(prefix="studio-ffmpeg-") as folder:
        said, done = Path(folder, "said"), Path(folder, "done")
        done.touch()
        command = [program, "-nostdin", "-hide_banner", "-v", "error", "-y"]
        # A file and not a pipe: it never blocks either side and can be looked at between checks.
        command += ["-stats_period", "0.2", "-progress", file_url(done), *arguments]
        with said.open("wb") as stderr:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr
            )
        try:
            _watch(process, done, duration, progress)
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.returncode != 0:
            tail = said.read_bytes()[-_TAIL_BYTES:].decode("utf-8", "replace")
            raise error(
                what, advice="Check the free space and that the film plays to its end."
            ) from RuntimeError(f"ffmpeg ended with {process.returncode}: {tail}")


def _watch(process: subprocess.Popen[bytes], done: Path, duration: int, progress: Progress) -> None:
    while True:
        try:
            process.wait(_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            progress.check()
            if duration:
                progress(_microseconds_done(done) / 1000 / duration)
        else:
            return


def _microseconds_done(done: Path) -> int:
    """The last out_time_us that ffmpeg has written to its progress file; 0 before the first."""
    with done.open("rb") as file:
        file.seek(max(0, done.stat().st_size - 1000))
        lines = file.read().decode("ascii", "replace").splitlines()
    values = (line.partition("=")[2] for line in lines if line.startswith("out_time_us="))
    return max((int(value) for value in values if value.isdigit()), default=0)


def ffmpeg_says(arguments: Sequence[str], *, error: type[StudioError] = MediaError) -> str:
    """What the ffmpeg program says while it runs, as much as it can; for work of a moment.

    arguments: everything after "ffmpeg". Whether it fails is told by its words alone. Raises
    `error` where there is no ffmpeg or it takes over a minute.
    """
    command = [_program(error), "-nostdin", "-hide_banner", "-v", "verbose", *arguments]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_MOMENT, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise error(
            f"The program ffmpeg did not answer within {_MOMENT} s.",
            advice="Try again when the machine has less to do.",
        ) from late
    return done.stderr.decode("utf-8", "replace")


_MOMENT = 60  # s


def _program(error: type[StudioError]) -> str:
    program = shutil.which("ffmpeg")
    if program is None:
        raise error(
            "The program ffmpeg is missing.",
            "Some films cannot be read or written without it.",
            "Install it (on Debian and Ubuntu: apt-get install ffmpeg).",
        )
    return program
