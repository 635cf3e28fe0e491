"""What the player's tests play: films whose pictures tell their number, projects, and waiting."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from studio import rehearsal
from studio.app.player import Player
from studio.media.audio import save_wav
from studio.media.probe import FilmInfo, probe
from studio.mix.shown import PictureTimes
from studio.mix.sounding import Sounding
from studio.progress import unwatched
from studio.script.model import Clip, Cue, Film, Mode, Project, Version
from studio.settings import DEFAULTS, Settings
from studio.speech.synthesise import clip_file

BITS = 10
SIZE = (320, 180)
_PATIENCE = 20_000  # ms
_LIGHT, _DARK = 215, 40


def application() -> QApplication:
    """The one application of this process."""
    found = QApplication.instance()
    return found if isinstance(found, QApplication) else QApplication(["test"])


# --- films ----------------------------------------------------------------------------------------


def numbered_film(
    path: Path,
    *,
    frames: int,
    rate: Fraction = Fraction(25),
    b_frames: int = 0,
    gop: int = 30,
    left_out: Callable[[int], bool] = lambda _: False,
    start: Fraction = Fraction(0),
    sound_codec: str | None = "pcm_s16le",
    sample_rate: int = 48_000,
    channels: int = 2,
) -> FilmInfo:
    """A film whose pictures carry their number in bars; its sound is a gliding chord."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    with av.open(str(path), "w") as container:
        options = {"bf": str(b_frames), "preset": "veryfast", "crf": "20", "sc_threshold": "0"}
        picture = container.add_stream("libx264", rate=rate, options=options)
        picture.width, picture.height = SIZE
        picture.pix_fmt = "yuv420p"
        picture.codec_context.gop_size = gop
        voice: Any = None
        if sound_codec is not None:
            voice = container.add_stream(sound_codec, rate=sample_rate, layout=layout)
        container.start_encoding()
        heard = 0
        for number in range(frames):
            if not left_out(number):
                frame = av.VideoFrame.from_ndarray(_bars(number), "rgb24")
                frame.time_base, frame.pts = 1 / rate, number + round(start * rate)
                container.mux(picture.encode(frame))
            until_here = round((number + 1) / rate * sample_rate)
            if voice is not None:
                block = _chord(channels, heard, until_here, sample_rate)
                sound = av.AudioFrame.from_ndarray(block, "fltp", layout)
                sound.sample_rate, sound.time_base = sample_rate, Fraction(1, sample_rate)
                sound.pts = heard + round(start * sample_rate)
                container.mux(voice.encode(_as(voice, sound)))
            heard = until_here
        container.mux(picture.encode(None))
        if voice is not None:
            container.mux(voice.encode(None))
    return probe(path)


def _as(voice: Any, frame: av.AudioFrame) -> av.AudioFrame:
    """The frame as the coder wants it."""
    if voice.format.name == "fltp":
        return frame
    if voice.format.name == "flt":
        made = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(frame.to_ndarray().T.reshape(1, -1)), "flt", frame.layout.name
        )
        made.sample_rate, made.time_base, made.pts = frame.sample_rate, frame.time_base, frame.pts
        return made
    samples = np.rint(frame.to_ndarray() * 32767).astype(np.int16)
    made = av.AudioFrame.from_ndarray(samples.T.reshape(1, -1), "s16", frame.layout.name)
    made.sample_rate, made.time_base, made.pts = frame.sample_rate, frame.time_base, frame.pts
    return made


def _chord(channels: int, start: int, end: int, rate: int) -> NDArray[np.float32]:
    """Gliding tones, another in each channel. No noise: AAC makes up another at each decoding."""
    seconds = np.arange(start, end) / rate
    tones = [
        0.2 * np.sin(2 * np.pi * (200 + 90 * channel + 15 * seconds) * seconds)
        for channel in range(channels)
    ]
    return np.array(tones, np.float32)


def _bars(number: int) -> NDArray[np.uint8]:
    width, height = SIZE
    pixels = np.full((height, width, 3), 90, np.uint8)
    for bit in range(BITS):
        shade = _LIGHT if number >> bit & 1 else _DARK
        pixels[: height // 3, bit * width // BITS : (bit + 1) * width // BITS] = shade
    return pixels


def number_in(pixels: NDArray[np.uint8]) -> int:
    """The number that a picture (height x width x channels) carries."""
    height, width = pixels.shape[:2]
    row = pixels[height // 6].astype(int).mean(axis=1)
    middles = [int((bit + 0.5) * width / BITS) for bit in range(BITS)]
    return sum(1 << bit for bit, at in enumerate(middles) if row[at] > (_LIGHT + _DARK) / 2)


# --- projects -------------------------------------------------------------------------------------

Said = tuple[int, int, int, Mode]
"""Where a cue's room begins and ends, how long its clip is (ms), its mode."""


def project_of(info: FilmInfo, said: Sequence[Said], settings: Settings = DEFAULTS) -> Project:
    """A project with a spoken cue for each; every clip begins and ends with a click."""
    cues = []
    for number, (start, end, duration, mode) in enumerate(said):
        clip = Clip(f"{duration:032x}", duration, "flite", "rms", 1.0)
        file = clip_file(clip)
        if not file.exists():
            save_wav(file, click(duration), 48_000)
        cues.append(Cue(f"c{number}", start, end, (Version("en", "Words.", clip),), mode=mode))
    picture = info.picture
    film = Film(str(info.path), info.size, "", info.duration, picture.width, picture.height,
                picture.rate, -23.0)  # fmt: skip
    return Project(film, cues=tuple(cues), settings=settings)


def click(duration: int) -> NDArray[np.float32]:
    """A clip of `duration` ms at 48 kHz: quiet, its first and last sample loud."""
    samples = np.full(48 * duration, 0.01, np.float32)
    samples[[0, -1]] = 0.5
    return samples


def sounding_of(info: FilmInfo, said: Sequence[Said], earlier: Sounding | None = None) -> Sounding:
    """What the project of `said` sounds like; with the picture times of `earlier`, if given."""
    times: PictureTimes = (
        rehearsal.picture_times(info, unwatched()) if earlier is None else earlier.times
    )
    return rehearsal.sounding(project_of(info, said), info, "en", times, earlier)


# --- playing --------------------------------------------------------------------------------------


@contextmanager
def playing(
    sounding: Sounding, *, sound: str = "null", picture: bool = False, **options: str | int | bool
) -> Iterator[Player]:
    """A player that has `sounding` open and its first picture ready; complaints fail the test."""
    application()
    player = Player(sound=sound, picture=picture, **options)
    said: list[str] = []
    player.failed.connect(said.append)
    try:
        player.open(sounding)
        until(lambda: not player.opening)
        yield player
        settle(player)
    finally:
        player.close()
    assert said == []


def until(done: Callable[[], bool]) -> None:
    """Let events happen until `done`; fails when that takes too long."""
    deadline = QDeadlineTimer(_PATIENCE)
    loop = QEventLoop()
    ticks = QTimer()
    ticks.setInterval(50)  # so that a state no event announces is seen too
    ticks.start()
    while not done():
        assert not deadline.hasExpired(), "waited in vain"
        loop.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def settle(player: Player) -> None:
    """Wait until what was asked for is shown."""
    until(lambda: not player.seeking)


def shown(player: Player) -> int:
    """The number of the picture that mpv shows."""
    settle(player)
    taken = player._projector.mpv.command("screenshot-raw", "video", decoder=lambda data: data)
    rows = np.frombuffer(taken["data"], np.uint8)[: taken["stride"] * taken["h"]]
    pixels = rows.reshape(taken["h"], taken["stride"] // 4, 4)[:, : taken["w"], :3]
    return number_in(pixels)
