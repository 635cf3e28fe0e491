"""Films with known truth: where cuts, words and marks are is decided here, not measured.

    truth = film(folder / "a.mp4", seconds=20, cuts=(5, 12.4), speech=((2, "Who is there?"),))

Pictures and sound are made block by block, so an hour of film needs no more memory than a minute.
The same arguments always make the same pictures and samples.
"""

from __future__ import annotations

import colorsys
import contextlib
import functools
import io
import math
import os
import subprocess
import wave
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray
from scipy.signal import resample_poly

from studio.times import Span, frame_time

MARK_TONE_HZ = 1000
MARK_SECONDS = Fraction(20, 1000)
MARK_PEAK = 0.7
SPEECH_RMS = 0.12
MUSIC_PEAK = 0.12

_SOUND_CODECS = {"opus": "libopus", "pcm": "pcm_s16le"}
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
_CENTRE = {1: (0,), 2: (0, 1), 6: (2,)}  # the channels that carry speech and marks
_FRONT = {1: (0,), 2: (0, 1), 6: (0, 1)}  # the channels that carry music
_BLOCK_SECONDS = 1
_VARIABLE_BASE = Fraction(1, 1000)  # Matroska counts in ms, so variable films do too everywhere

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Truth:
    """What is in a made film. Film time 0 is the first picture.

    duration_ms: when the last picture ends, ms rounded up.
    cut_frames: the first frame of each shot but the first one.
    speech: from the first to the last sound of each text, ms; the start is exactly as asked.
    mark_frames: the frames that are white; a tone starts with each.
    rate: exact frame rate in Hz; of a variable film its mean.
    frame_times: when each frame starts, ms rounded up.
    """

    duration_ms: int
    cut_frames: tuple[int, ...]
    speech: tuple[Span, ...]
    mark_frames: tuple[int, ...]
    rate: Fraction
    frame_times: tuple[int, ...]


def film(
    path: Path,
    *,
    seconds: float,
    rate: Fraction = Fraction(25),
    size: tuple[int, int] = (320, 180),
    cuts: Sequence[float] = (),
    speech: Sequence[tuple[float, str]] = (),
    music: bool = False,
    marks: Sequence[float] = (),
    sound: bool = True,
    codec: str = "libx264",
    sound_codec: str = "aac",
    channels: int = 2,
    sample_rate: int = 48000,
    b_frames: int = 0,
    gop: int | None = None,
    variable: bool = False,
    start: float = 0.0,
    seed: int = 0,
    sound_start: float = 0.0,
    numbered: bool = False,
    options: Mapping[str, str] | None = None,
    pixel_format: str = "yuv420p",
) -> Truth:
    """Make a film at `path`; the name's ending chooses the container.

    cuts, marks: seconds; each happens at the nearest frame. A mark is one white frame and a 20 ms
    tone of 1 kHz that starts with it (a cut detector may take the flash for cuts).
    speech: (start in seconds, English text), spoken by flite. Without speech, music and marks
    the sound is digital silence. sound_codec also takes "opus" and "pcm"; "vorbis" is stereo only.
    gop: at most so many frames from key frame to key frame, cuts or no cuts.
    variable: irregular frame times in whole ms, `rate` being about their mean.
    start: where the container's clock starts, in seconds (use it with .ts).
    sound_start: seconds by which the sound stream begins after the picture; what is heard before
    is lost, everything else stays where it is in film time.
    numbered: each picture carries its number, read by `number_of`, marks too.
    options: of the picture's coder, over the ones that are chosen otherwise.
    """
    times = _frame_times(seconds, rate, variable, seed)
    moments, end = times[:-1], times[-1]
    cut_frames = tuple(_nearest(moments, cut) for cut in cuts)
    mark_frames = tuple(_nearest(moments, mark) for mark in marks)
    words = tuple((round(Fraction(at) * sample_rate), said(t, sample_rate)) for at, t in speech)
    pictures = _pictures(moments, size, frozenset(cut_frames), frozenset(mark_frames), seed)
    if numbered:
        pictures = _numbered(pictures)
    tones = tuple(
        (round(moments[frame] * sample_rate), _tone(sample_rate)) for frame in mark_frames
    )

    picture_base = _VARIABLE_BASE if variable else 1 / rate
    with _priority_kept(), av.open(str(path), "w") as container:
        picture = _picture_stream(
            container, codec, rate=rate, base=picture_base, size=size, b_frames=b_frames, gop=gop,
            options=options or {}, pixel_format=pixel_format,
        )  # fmt: skip
        picture_frames = _timed(pictures, times, picture_base, start)
        if not sound:
            for frame in picture_frames:
                container.mux(picture.encode(frame))
            container.mux(picture.encode(None))
        else:
            voice = container.add_stream(
                _SOUND_CODECS.get(sound_codec, sound_codec),
                rate=sample_rate,
                layout=_LAYOUTS[channels],
                options={"strict": "experimental"} if sound_codec == "vorbis" else {},
            )
            if sound_codec == "aac":
                voice.bit_rate = 64000 * channels
            blocks = _sound(
                round(sound_start * sample_rate),
                round(end * sample_rate),
                words + tones,
                music=music,
                channels=channels,
                sample_rate=sample_rate,
                seed=seed,
            )
            sound_frames = _sampled(blocks, channels, sample_rate, start)
            _interleave(container, (picture, picture_frames), (voice, sound_frames))
    spans = tuple(
        Span(_ms(Fraction(at, sample_rate)), _ms(Fraction(at + len(heard), sample_rate)))
        for at, heard in (words if sound else ())
    )
    mean = Fraction(len(moments)) / end if variable else rate
    return Truth(_ms(end), cut_frames, spans, mark_frames, mean, tuple(_ms(t) for t in moments))


def _ms(seconds: Fraction) -> int:
    return math.ceil(seconds * 1000)


# --- when -----------------------------------------------------------------------------------------


def _frame_times(seconds: float, rate: Fraction, variable: bool, seed: int) -> tuple[Fraction, ...]:
    """When each frame starts, in exact seconds, and last when the last one ends."""
    if not variable:
        return tuple(index / rate for index in range(round(Fraction(seconds) * rate) + 1))
    draw = np.random.default_rng((seed, 1))
    step = frame_time(1, rate)
    times = [0]
    while times[-1] < seconds * 1000:
        times.append(times[-1] + max(1, round(step * draw.choice((0.5, 0.75, 1.0, 1.0, 1.75)))))
    return tuple(Fraction(ms, 1000) for ms in times)


def _nearest(moments: Sequence[Fraction], seconds: float) -> int:
    wanted = Fraction(seconds)
    if not 0 <= wanted <= moments[-1]:
        raise ValueError(f"{seconds} s lies outside the film")
    return min(range(len(moments)), key=lambda index: abs(moments[index] - wanted))


# --- pictures -------------------------------------------------------------------------------------


def _pictures(
    moments: Sequence[Fraction],
    size: tuple[int, int],
    cut_frames: frozenset[int],
    mark_frames: frozenset[int],
    seed: int,
) -> Iterator[NDArray[np.uint8]]:
    """The frames, each height x width x 3 RGB: shots that pan, with a disc crossing them."""
    width, height = size
    white = np.full((height, width, 3), 255, np.uint8)
    shot, canvas, since = -1, white, Fraction(0)
    for index, moment in enumerate(moments):
        if index == 0 or index in cut_frames:
            shot, since = shot + 1, moment
            canvas = _canvas(width, height, shot, seed)
        if index in mark_frames:
            yield white
        else:
            yield _view(canvas, width, height, float(moment - since), shot)


_BITS = 12  # of a picture's number, black or white fields along its upper edge


def _numbered(pictures: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    for number, picture in enumerate(pictures):
        marked = picture.copy()
        for bit, field in enumerate(_fields(marked)):
            field[...] = 255 * (number >> bit & 1)
        yield marked


def number_of(grey: NDArray[np.uint8]) -> int:
    """Which picture of a numbered film this is, of height x width grey."""
    return sum(int(field.mean() > 127) << bit for bit, field in enumerate(_fields(grey)))


def _fields(picture: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    height, width = picture.shape[0] // 8, picture.shape[1] // _BITS
    return (picture[:height, bit * width : (bit + 1) * width] for bit in range(_BITS))


def _canvas(width: int, height: int, shot: int, seed: int) -> NDArray[np.uint8]:
    """The background of a shot, wider and higher than the picture so that it can pan.

    Neighbouring shots differ in hue by about 0.4 turns and in brightness.
    """
    draw = np.random.default_rng((seed, 2, shot))
    tall, wide = height + height // 4, width + width // 2
    hue = (seed * 0.17 + shot * 0.39) % 1.0
    colour = np.array(colorsys.hsv_to_rgb(hue, 0.75, 0.85 if shot % 2 else 0.45)) * 255
    y, x = np.mgrid[0:tall, 0:wide].astype(np.float32)
    texture = np.zeros((tall, wide), np.float32)
    for _ in range(5):
        fx, fy = draw.uniform(-9, 9, 2)
        texture += np.cos(2 * np.pi * (fx * x / wide + fy * y / tall) + draw.uniform(0, 7))
    shade = 1.0 + 0.07 * texture + 0.3 * (y / tall - 0.5)
    grain = draw.integers(-4, 5, (tall, wide, 1))
    return np.clip(colour * shade[..., None] + grain, 0, 235).astype(np.uint8)


def _view(
    canvas: NDArray[np.uint8], width: int, height: int, since: float, shot: int
) -> NDArray[np.uint8]:
    """The shot `since` seconds after it began."""
    spare_y, spare_x = canvas.shape[0] - height, canvas.shape[1] - width
    left = round(spare_x / 2 * (1 + math.sin(since / 3 + shot)))
    top = round(spare_y / 2 * (1 + math.sin(since / 5 + shot)))
    picture = canvas[top : top + height, left : left + width].copy()
    radius = max(1, height // 8)
    across = round((width - 2 * radius) / 2 * (1 + math.sin(since / 2 + 2 * shot)))
    down = (height - 2 * radius) // 2
    y, x = np.ogrid[-radius:radius, -radius:radius]
    disc = picture[down : down + 2 * radius, across : across + 2 * radius]
    inside = (x * x + y * y < radius * radius)[: disc.shape[0], : disc.shape[1]]
    disc[inside] = 235 - disc[inside]
    return picture


# --- sound ----------------------------------------------------------------------------------------


@functools.cache
def said(text: str, sample_rate: int) -> Samples:
    """`text` spoken by flite's voice rms, from its first to its last sound (read-only).

    Begins and ends where the sound of 5 ms first and last reaches 1 % of the loudest 5 ms.
    """
    speaking = subprocess.run(
        ["flite", "-voice", "rms", "-t", text, "-o", "/dev/stdout"], check=True, capture_output=True
    )
    with wave.open(io.BytesIO(speaking.stdout)) as spoken:
        own_rate = spoken.getframerate()
        raw = np.frombuffer(spoken.readframes(spoken.getnframes()), "<i2").astype(np.float64)
    shared = math.gcd(own_rate, sample_rate)
    raw = resample_poly(raw / 32768, sample_rate // shared, own_rate // shared)
    window = sample_rate // 200
    power = (raw[: len(raw) // window * window].reshape(-1, window) ** 2).mean(axis=1)
    loud = np.flatnonzero(power >= power.max() * 1e-4)
    heard = raw[loud[0] * window : (loud[-1] + 1) * window]
    level = SPEECH_RMS / math.sqrt(float((heard**2).mean()))
    samples: Samples = np.clip(heard * level, -0.98, 0.98).astype(np.float32)
    samples.setflags(write=False)
    return samples


@functools.cache
def _tone(sample_rate: int) -> Samples:
    """The burst of a mark; starts at full swing within a quarter of a millisecond."""
    index = np.arange(int(MARK_SECONDS * sample_rate))
    wave_ = MARK_PEAK * np.sin(2 * np.pi * MARK_TONE_HZ * index / sample_rate)
    return wave_.astype(np.float32)


def _sound(
    first: int,
    last: int,
    pieces: Sequence[tuple[int, Samples]],
    *,
    music: bool,
    channels: int,
    sample_rate: int,
    seed: int,
) -> Iterator[tuple[int, Samples]]:
    """Blocks (film sample at which it starts, channels x n) from sample `first` up to `last`."""
    block = _BLOCK_SECONDS * sample_rate
    for begin in range(first, last, block):
        end = min(begin + block, last)
        samples = np.zeros((channels, end - begin), np.float32)
        if music:
            samples[_FRONT[channels], :] += _music(begin, end, sample_rate, seed)
        for at, piece in pieces:
            low, high = max(at, begin), min(at + len(piece), end)
            if low < high:
                samples[_CENTRE[channels], low - begin : high - begin] += piece[
                    low - at : high - at
                ]
        yield begin, np.clip(samples, -1.0, 1.0)


def _music(begin: int, end: int, sample_rate: int, seed: int) -> Samples:
    """Samples `begin` to `end` of an endless tune of plucked chords; needs no earlier samples."""
    beat = 0.5
    seconds = np.arange(begin, end) / sample_rate
    total = np.zeros(end - begin)
    first_beat = max(0, math.floor(seconds[0] / beat) - 3)  # a note rings for four beats
    for number in range(first_beat, math.floor(seconds[-1] / beat) + 1):
        draw = np.random.default_rng((seed, 3, number))
        note = 55 + int(draw.choice((0, 3, 5, 7, 10, 12, 15)))
        pitch = 440.0 * 2 ** ((note - 69) / 12)
        since = seconds - number * beat
        ringing = (since >= 0) & (since < 4 * beat)
        t = since[ringing]
        shape = np.minimum(1, t / 0.01) * np.exp(-2.5 * t) * np.minimum(1, (4 * beat - t) / 0.05)
        total[ringing] += shape * sum(np.sin(2 * np.pi * pitch * k * t) / k**2 for k in (1, 2, 3))
    return (MUSIC_PEAK / 2.5 * total).astype(np.float32)


# --- into the file --------------------------------------------------------------------------------


def _picture_stream(
    container: OutputContainer,
    codec: str,
    *,
    rate: Fraction,
    base: Fraction,
    size: tuple[int, int],
    b_frames: int,
    gop: int | None,
    options: Mapping[str, str],
    pixel_format: str,
) -> Any:
    chosen = _coder_options(codec, b_frames, gop) | dict(options)
    stream = container.add_stream(codec, rate=rate, options=chosen)
    stream.width, stream.height = size
    stream.pix_fmt = pixel_format
    stream.codec_context.time_base = base
    stream.time_base = base
    if gop is not None:
        stream.codec_context.gop_size = gop
    return stream


@contextlib.contextmanager
def _priority_kept() -> Iterator[None]:
    """What was scheduled as it was before stays so.

    SVT-AV1 makes the thread that opens it a real-time one where root calls it (SCHED_FIFO, 99) and
    leaves it so: it and all that it starts from then on would take the processor from all others.
    """
    if not hasattr(os, "sched_setscheduler"):  # not Linux
        yield
        return
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)


def _coder_options(codec: str, b_frames: int, gop: int | None) -> dict[str, str]:
    if codec == "libx264":
        fixed = {} if gop is None else {"sc_threshold": "0"}
        return {"preset": "veryfast", "crf": "20", "threads": "2", "bf": str(b_frames)} | fixed
    if codec == "libx265":
        fixed_gop = "" if gop is None else f":keyint={gop}:scenecut=0"
        options = f"log-level=none:pools=none:frame-threads=1:bframes={b_frames}{fixed_gop}"
        return {"preset": "ultrafast", "x265-params": options}
    if codec in ("libvpx", "libvpx-vp9"):
        # its threads wait for each other in busy loops: on a loaded machine, minutes for seconds
        return {"deadline": "realtime", "cpu-used": "8", "crf": "20", "b": "2M", "threads": "1"}
    if codec == "libsvtav1":
        os.environ["SVT_LOG"] = "0"  # the only way to keep it from writing to the terminal
        return {"preset": "9", "crf": "25"}
    return {"bf": str(b_frames), "q:v": "3"} if b_frames else {"q:v": "3"}


def _timed(
    pictures: Iterable[NDArray[np.uint8]],
    times: Sequence[Fraction],
    base: Fraction,
    start: float,
) -> Iterator[av.VideoFrame]:
    offset = round(Fraction(start) / base)
    for index, pixels in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.time_base = base
        frame.pts = offset + round(times[index] / base)
        frame.duration = round((times[index + 1] - times[index]) / base)
        yield frame


def _sampled(
    blocks: Iterable[tuple[int, Samples]], channels: int, sample_rate: int, start: float
) -> Iterator[av.AudioFrame]:
    offset = round(start * sample_rate)
    for begin, samples in blocks:
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=_LAYOUTS[channels])
        frame.sample_rate = sample_rate
        frame.time_base = Fraction(1, sample_rate)
        frame.pts = offset + begin
        yield frame


def _interleave(container: OutputContainer, *sources: tuple[Any, Iterator[Any]]) -> None:
    """Encode what comes first in time first, so that the muxer need not hold much."""
    waiting = [(stream, frames, next(frames, None)) for stream, frames in sources]
    while any(frame is not None for _, _, frame in waiting):
        place = min(
            (index for index, (_, _, frame) in enumerate(waiting) if frame is not None),
            key=lambda index: waiting[index][2].time,
        )
        stream, frames, frame = waiting[place]
        container.mux(stream.encode(frame))
        waiting[place] = (stream, frames, next(frames, None))
    for stream, _, _ in waiting:
        container.mux(stream.encode(None))
