"""Deliveries read again once they are made, as somebody else will read them.

The list of a folder says of each delivery what read it again; one that cannot be read is an error
at once, not at the broadcaster's.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from studio.amounts import counted
from studio.errors import ExportError, StudioError
from studio.media.probe import probe
from studio.script import formats
from studio.script.formats import dapt
from studio.script.formats.ttml_tree import Malformed, parse
from studio.times import clock


def reread(name: str, path: Path, rate: Fraction) -> tuple[str, ...]:
    """What read the delivery `name` at `path` again, and what it found; () where nothing can.

    rate: of the film's pictures, Hz, for scripts that count frames. Raises ExportError where what
    should be readable is not.
    """
    import soundfile

    try:
        return _found(name, path, rate)
    except (StudioError, Malformed, soundfile.SoundFileError, OSError) as error:
        raise ExportError(
            f"{path} was written, and cannot be read again ({error}).",
            "Whoever gets it may not be able to use it.",
            "Export it again; if that does not help, report this as a bug.",
        ) from error


def _found(name: str, path: Path, rate: Fraction) -> tuple[str, ...]:
    readers = {row.name for row in formats.readable()}
    match name:
        case "film" | "track" | "burnt":
            found = _film(path)
        case "stem" | "beds" | "control":
            found = _sounds([path])
        case "clips":
            found = _sounds(sorted(path.glob("*.wav")))
        case "dash":
            parse(path.read_bytes())
            found = "expat: well-formed XML"
        case "dapt" | "dapt-clips" | "dapt-embedded":
            events = len(dapt.parse(path.read_bytes()).events)
            found = f"the rules of DAPT 1.0: {counted(events, 'event')}"
        case "captions":
            found = _script(path, None, rate)
        case _ if name.removeprefix("subtitles-") in readers:
            found = _script(path, name.removeprefix("subtitles-"), rate)
        case _:
            return ()
    return (found,)


def _film(path: Path) -> str:
    info = probe(path)
    return f"FFmpeg: {clock(info.duration)} of pictures, {counted(len(info.sounds), 'sound')}"


def _sounds(paths: Sequence[Path]) -> str:
    import soundfile

    found = [soundfile.info(path) for path in paths]
    length = clock(round(sum(one.frames * 1000 / one.samplerate for one in found)))
    channels = sorted({one.channels for one in found})
    count = f"{counted(len(found), 'file')}, " if len(found) != 1 else ""
    return f"libsndfile: {count}{length}, channels: {', '.join(map(str, channels))}"


def _script(path: Path, name: str | None, rate: Fraction) -> str:
    script = formats.read(path, name, rate)
    return f"the studio's reader: {counted(len(script.entries), 'entry', 'entries')}"
