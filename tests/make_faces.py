"""Films of drawn talking heads with known truth: who speaks when, and where each face is.

    truth = talking(folder / "a.mkv", heads=HEADS[:2], turns=(Said(1.0, "Hello.", 0), ...))

The mouth follows the words through a model of its own, which knows nothing of what estimates it:
each rise of the sound is a syllable with an opening drawn by lot; the mouth begins to open before
the sound does, as mouths do, and closes later. Faces nod, blink, and sometimes move the lips
without speaking. The same arguments always make the same film.
"""

from __future__ import annotations

import functools
import io
import math
import subprocess
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import resample_poly

from studio.times import Span

RATE = 16_000
_STEP = 100  # steps of the mouth's track a second
_LEVEL = 0.1  # rms of speech
_SHIFT = 4  # fractional bits of OpenCV's coordinates

Picture = NDArray[np.uint8]
Track = NDArray[np.float64]


@dataclass(frozen=True)
class Head:
    """How one head is drawn. Colours: RGB. eyes: plain dots, or whites with pupils.

    mouth: "hole" is a dark oval, "lips" has red lips round it, "line" is a stroke when closed,
    "bar" a straight box. outlined: line art, the face filled with the colour `skin`.
    wide: width by height of the face. voice: of flite. shaded: lit from one side, with grain.
    """

    skin: tuple[int, int, int]
    hair: tuple[int, int, int] | None = None
    eyes: Literal["dots", "whites"] = "whites"
    mouth: Literal["hole", "lips", "line", "bar"] = "lips"
    outlined: bool = False
    wide: float = 0.75
    voice: str = "rms"
    shirt: tuple[int, int, int] | None = (60, 90, 160)
    shaded: bool = False


HEADS = (
    Head((226, 176, 146), hair=(70, 42, 20), voice="rms", shirt=(40, 80, 150), shaded=True),
    Head((150, 98, 66), hair=(24, 18, 16), voice="slt", shirt=(170, 40, 40), shaded=True),
    Head(
        (250, 224, 80), eyes="dots", mouth="hole", outlined=True, wide=1.0, voice="awb", shirt=None
    ),
    Head((255, 255, 255), eyes="dots", mouth="line", outlined=True, wide=0.8, voice="kal16"),
    Head(
        (240, 200, 180),
        hair=(200, 150, 60),
        eyes="dots",
        mouth="hole",
        voice="slt",
        shirt=(30, 120, 60),
    ),
    Head((120, 170, 110), eyes="whites", mouth="bar", wide=0.9, voice="awb", shirt=(90, 30, 110)),
    Head(
        (205, 150, 120),
        hair=(140, 140, 140),
        eyes="dots",
        mouth="lips",
        voice="kal16",
        shirt=(20, 20, 20),
    ),
    Head(
        (90, 60, 44),
        hair=(230, 220, 210),
        eyes="whites",
        mouth="lips",
        voice="rms",
        shirt=(220, 200, 60),
    ),
)


@dataclass(frozen=True)
class Said:
    """A turn: when it starts (s), what is said, and which head says it; None: nobody on screen.

    voice: of flite; "" is the head's own, "kal16" off screen.
    """

    start: float
    text: str
    head: int | None
    voice: str = ""


@dataclass(frozen=True)
class Heads:
    """What is in a film of heads. turns: ms, in order. speakers: a head or None for each.

    voices: the voice of each turn. boxes: heads x frames x (left, top, width, height), in
    fractions of the picture; nan while a head is not shown. openings: heads x frames, 0..1.
    frame_times: ms. cuts: ms.
    """

    turns: tuple[Span, ...]
    speakers: tuple[int | None, ...]
    voices: tuple[str, ...]
    boxes: NDArray[np.float64]
    openings: NDArray[np.float64]
    frame_times: tuple[int, ...]
    cuts: tuple[int, ...]


def talking(
    path: Path,
    *,
    heads: Sequence[Head],
    turns: Sequence[Said],
    seconds: float | None = None,
    rate: Fraction = Fraction(25),
    size: tuple[int, int] = (640, 360),
    shots: Sequence[tuple[float, Sequence[int]]] = (),
    puppets: bool = False,
    late: float = 0.0,
    music: float = 0.0,
    seed: int = 0,
) -> Heads:
    """Make a film at `path` of heads that speak their turns, with uncompressed sound.

    shots: (start in seconds, the heads shown from left to right); () shows all all the time.
    puppets: the mouths of all that do not speak move too, with no regard to the sound.
    late: seconds by which the sound comes after the mouths. music: rms of a tune under all.
    """
    spoken = [(said, _speech(said, heads)) for said in turns]
    end = max([said.start + len(sound) / RATE for said, sound in spoken], default=0.0) + 1.0
    length = end if seconds is None else seconds
    count = math.ceil(length * rate)
    mouths = [_mouth_track(n, spoken, length, puppets, seed) for n in range(len(heads))]
    moments = np.array([float(n / rate) for n in range(count)])
    openings = np.array([np.interp(moments, _grid(len(m)), m) for m in mouths])
    openings = openings.reshape(len(heads), count)
    stage = _Stage(heads, tuple(shots) or ((0.0, tuple(range(len(heads)))),), size, seed)
    boxes = np.full((len(heads), count, 4), np.nan)
    for frame, moment in enumerate(moments):
        for head, box in stage.boxes(moment).items():
            boxes[head, frame] = np.array(box) / (size[0], size[1], size[0], size[1])
    pictures = (stage.picture(t, openings[:, n]) for n, t in enumerate(moments))
    _write(path, pictures, rate, size, _sound(spoken, length, late, music))
    return Heads(
        turns=tuple(
            Span(
                round((said.start + late) * 1000), round((said.start + late + len(s) / RATE) * 1000)
            )
            for said, s in spoken
        ),
        speakers=tuple(said.head for said, _ in spoken),
        voices=tuple(_voice(said, heads) for said, _ in spoken),
        boxes=boxes,
        openings=openings,
        frame_times=tuple(math.ceil(n * 1000 / rate) for n in range(count)),
        cuts=tuple(round(start * 1000) for start, _ in shots if start > 0),
    )


# --- sound ----------------------------------------------------------------------------------------


def _voice(said: Said, heads: Sequence[Head]) -> str:
    return said.voice or ("kal16" if said.head is None else heads[said.head].voice)


def _speech(said: Said, heads: Sequence[Head]) -> Track:
    return spoken(said.text, _voice(said, heads))


@functools.cache
def spoken(text: str, voice: str) -> Track:
    """`text` said by a voice of flite at 16 kHz, from its first to its last sound (read-only)."""
    command = ["flite", "-voice", voice, "-t", text, "-o", "/dev/stdout"]
    told = subprocess.run(command, check=True, capture_output=True)
    with wave.open(io.BytesIO(told.stdout)) as file:
        own = file.getframerate()
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64) / 32768
    shared = math.gcd(own, RATE)
    raw = resample_poly(raw, RATE // shared, own // shared)
    loud = np.flatnonzero(np.abs(raw) > 0.02 * np.abs(raw).max())
    raw = raw[loud[0] : loud[-1] + 1]
    raw *= _LEVEL / math.sqrt(float((raw**2).mean()))
    raw.setflags(write=False)
    return raw


def _sound(
    spoken_turns: Sequence[tuple[Said, Track]], length: float, late: float, music: float
) -> Track:
    whole = np.zeros(round(length * RATE))
    for said, sound in spoken_turns:
        at = round((said.start + late) * RATE)
        low, high = max(0, at), min(len(whole), at + len(sound))
        whole[low:high] += sound[low - at : high - at]
    if music:
        whole += _tune(len(whole), music)
    return np.clip(whole, -1, 1)


def _tune(count: int, level: float) -> Track:
    """A chord struck twice a second. level: rms."""
    seconds = np.arange(count) / RATE
    beat = np.exp(-4 * (seconds % 0.5))
    chord = beat * sum(np.sin(2 * np.pi * note * seconds) for note in (220.0, 277.2, 329.6))
    return level * chord / math.sqrt(float((chord**2).mean()))


# --- mouths ---------------------------------------------------------------------------------------


def _grid(count: int) -> Track:
    return np.arange(count) / _STEP


def _mouth_track(
    head: int, turns: Sequence[tuple[Said, Track]], length: float, puppets: bool, seed: int
) -> Track:
    """How far a mouth is open, 0..1, in steps of 10 ms."""
    chance = np.random.default_rng([seed, head])
    track = np.zeros(round(length * _STEP) + _STEP)
    for said, sound in turns:
        if said.head == head:
            _open_for(track, said.start, sound, chance)
        elif puppets and said.head is not None:
            _chew(track, said.start, len(sound) / RATE, chance)
    if puppets:
        for said, sound in turns:
            if said.head is None:
                _chew(track, said.start, len(sound) / RATE, chance)
    for moment in np.arange(chance.uniform(1, 4), length, 5.0):  # lips move in silence, too
        at = round((moment + chance.uniform(0, 3)) * _STEP)
        width = round(chance.uniform(0.2, 0.5) * _STEP)
        swell = chance.uniform(0.05, 0.2) * np.hanning(width)
        track[at : at + width] = np.maximum(
            track[at : at + width], swell[: len(track[at : at + width])]
        )
    return np.clip(gaussian_filter1d(track, 2.0), 0, 1)


def _open_for(track: Track, start: float, sound: Track, chance: np.random.Generator) -> None:
    """One opening a syllable: begins 60..120 ms before the vowel is loudest, and fades slower."""
    hop = RATE // _STEP
    power = np.sqrt((sound[: len(sound) // hop * hop].reshape(-1, hop) ** 2).mean(axis=1))
    smooth = gaussian_filter1d(power, 3.5)
    inside = smooth[1:-1]
    peaks = 1 + np.flatnonzero(
        (inside >= smooth[:-2]) & (inside > smooth[2:]) & (inside > 0.15 * smooth.max())
    )
    for peak in peaks:
        wide = chance.uniform(0.35, 1.0) * min(1.0, 0.5 + smooth[peak] / smooth.max())
        rise, fall = round(chance.uniform(7, 12)), round(chance.uniform(9, 16))
        shape = np.concatenate(
            [
                np.sin(np.linspace(0, np.pi / 2, rise, endpoint=False)) ** 2,
                np.cos(np.linspace(0, np.pi / 2, fall)) ** 2,
            ]
        )
        at = round(start * _STEP) + int(peak) - rise - round(chance.uniform(0, 2))
        low, high = max(0, at), min(len(track), at + len(shape))
        track[low:high] = np.maximum(track[low:high], wide * shape[low - at : high - at])


def _chew(track: Track, start: float, length: float, chance: np.random.Generator) -> None:
    at, end = start, start + length
    while at < end:
        width = chance.uniform(0.15, 0.35)
        low, high = round(at * _STEP), min(len(track), round((at + width) * _STEP))
        if high > low:
            track[low:high] = np.maximum(
                track[low:high], chance.uniform(0.3, 1) * np.hanning(high - low)
            )
        at += width + chance.exponential(0.12)


# --- pictures -------------------------------------------------------------------------------------


class _Stage:
    """Where heads are at a time, and the picture of them."""

    def __init__(
        self,
        heads: Sequence[Head],
        shots: Sequence[tuple[float, Sequence[int]]],
        size: tuple[int, int],
        seed: int,
    ) -> None:
        self._heads, self._shots, self._size = heads, shots, size
        chance = np.random.default_rng([seed, 99])
        self._phase = chance.uniform(0, 2 * np.pi, (len(heads), 4))
        self._blinks = [np.cumsum(chance.uniform(1.5, 5, 4000)) for _ in heads]
        self._grain = chance.normal(0, 3, (size[1], size[0], 1))
        self._sets = [self._set(n, chance) for n in range(len(shots))]

    def _set(self, number: int, chance: np.random.Generator) -> Picture:
        width, height = self._size
        top, bottom = chance.uniform(40, 200, (2, 3))
        ramp = np.linspace(0, 1, height)[:, None, None]
        wall = np.broadcast_to(top * (1 - ramp) + bottom * ramp, (height, width, 3)).copy()
        for _ in range(6):  # furniture
            x, y = chance.integers(0, width), chance.integers(0, height)
            w, h = chance.integers(20, width // 4), chance.integers(20, height // 3)
            wall[y : y + h, x : x + w] = chance.uniform(30, 220, 3)
        return np.clip(wall + self._grain, 0, 255).astype(np.uint8)

    def _shot(self, moment: float) -> int:
        return max(n for n, (start, _) in enumerate(self._shots) if start <= moment + 1e-9)

    def boxes(self, moment: float) -> dict[int, tuple[float, float, float, float]]:
        """Left, top, width, height in pixels of each head shown."""
        width, height = self._size
        shown = self._shots[self._shot(moment)][1]
        found = {}
        for place, head in enumerate(shown):
            tall = min(0.5 * height, 0.8 * width / max(1, len(shown)))
            wide = tall * self._heads[head].wide
            p = self._phase[head]
            x = width * (place + 0.5) / len(shown) + 0.02 * height * math.sin(0.9 * moment + p[0])
            y = 0.42 * height + 0.015 * height * math.sin(1.7 * moment + p[1])
            found[head] = (x - wide / 2, y - tall / 2, wide, tall)
        return found

    def picture(self, moment: float, openings: Track) -> Picture:
        canvas = self._sets[self._shot(moment)].copy()
        for head, box in self.boxes(moment).items():
            blinks = self._blinks[head]
            shut = bool(np.any((blinks <= moment) & (moment < blinks + 0.12)))
            _draw(canvas, self._heads[head], box, float(openings[head]), shut)
        return canvas


def _oval(
    canvas: Picture, x: float, y: float, a: float, b: float, colour: object, thick: int = -1
) -> None:
    one = 1 << _SHIFT
    centre = (round(x * one), round(y * one))
    axes = (max(1, round(a * one)), max(1, round(b * one)))
    cv2.ellipse(canvas, centre, axes, 0, 0, 360, colour, thick, cv2.LINE_AA, _SHIFT)  # type: ignore[call-overload]


def _draw(canvas: Picture, head: Head, box: tuple[float, ...], opening: float, shut: bool) -> None:
    left, top, wide, tall = box
    x, y = left + wide / 2, top + tall / 2
    line = max(1, round(tall / 60))
    if head.shirt is not None:
        _oval(canvas, x, y + 1.05 * tall, 0.75 * tall, 0.5 * tall, head.shirt)
    if head.hair is not None:
        _oval(canvas, x, y - 0.08 * tall, 0.55 * wide, 0.52 * tall, head.hair)
        _oval(canvas, x, y + 0.04 * tall, 0.48 * wide, 0.46 * tall, head.skin)
    else:
        _oval(canvas, x, y, wide / 2, tall / 2, head.skin)
    if head.outlined:
        _oval(canvas, x, y, wide / 2, tall / 2, (20, 20, 20), line)
    for side in (-1, 1):
        ex, ey = x + side * 0.2 * wide, y - 0.08 * tall
        if shut:
            _stroke(canvas, ex - 0.06 * wide, ey, ex + 0.06 * wide, ey, (40, 25, 20), line)
        elif head.eyes == "dots":
            _oval(canvas, ex, ey, 0.04 * tall, 0.05 * tall, (25, 20, 20))
        else:
            _oval(canvas, ex, ey, 0.1 * wide, 0.05 * tall, (245, 245, 245))
            _oval(canvas, ex, ey, 0.04 * tall, 0.04 * tall, (30, 30, 40))
    if head.eyes == "whites":
        _stroke(
            canvas, x, y, x - 0.03 * wide, y + 0.1 * tall, tuple(c * 0.75 for c in head.skin), line
        )
    _draw_mouth(canvas, head, x, y + 0.24 * tall, wide, tall, opening)
    if head.shaded:
        _shade(canvas, left, top, wide, tall)


def _draw_mouth(
    canvas: Picture, head: Head, x: float, y: float, wide: float, tall: float, opening: float
) -> None:
    a, b = 0.16 * wide * (1 - 0.2 * opening), 0.1 * tall * opening
    line = max(1, round(tall / 60))
    if head.mouth == "lips":
        _oval(canvas, x, y, a + 0.02 * wide, b + 0.022 * tall, (176, 70, 74))
        _oval(canvas, x, y, a, b, (60, 16, 20))
        if opening > 0.5:
            _oval(canvas, x, y - b * 0.7, a * 0.6, b * 0.2, (235, 230, 225))
    elif head.mouth == "hole":
        _oval(canvas, x, y, a, b + 0.008 * tall, (40, 10, 15))
    elif head.mouth == "line":
        _oval(canvas, x, y, a, b + 0.004 * tall, (150, 30, 30))
        _oval(canvas, x, y, a, b + 0.004 * tall, (20, 20, 20), line)
    else:
        one = 1 << _SHIFT
        corners = [
            (round((x + sx * a) * one), round((y + sy * (b + 0.012 * tall)) * one))
            for sx, sy in ((-1, -1), (1, 1))
        ]
        cv2.rectangle(canvas, corners[0], corners[1], (50, 20, 40), -1, cv2.LINE_AA, _SHIFT)


def _stroke(
    canvas: Picture,
    x: float,
    y: float,
    to_x: float,
    to_y: float,
    colour: tuple[float, ...],
    thick: int,
) -> None:
    one = 1 << _SHIFT
    ends = (round(x * one), round(y * one)), (round(to_x * one), round(to_y * one))
    cv2.line(canvas, ends[0], ends[1], colour, thick, cv2.LINE_AA, _SHIFT)


def _shade(canvas: Picture, left: float, top: float, wide: float, tall: float) -> None:
    """Light the face from the left."""
    rows = slice(max(0, int(top)), max(0, int(top + tall) + 2))
    columns = slice(max(0, int(left)), max(0, int(left + wide) + 2))
    part = canvas[rows, columns]
    across = np.arange(part.shape[1])[None, :] + columns.start - left - wide / 2
    down = np.arange(part.shape[0])[:, None] + rows.start - top - tall / 2
    inside = (across / wide) ** 2 + (down / tall) ** 2 <= 0.25
    light = np.where(inside, 0.94 - 0.28 * across / wide, 1.0)[:, :, None]
    canvas[rows, columns] = np.clip(part * light, 0, 255).astype(np.uint8)


# --- into the file --------------------------------------------------------------------------------


def _write(
    path: Path, pictures: Iterator[Picture], rate: Fraction, size: tuple[int, int], sound: Track
) -> None:
    with av.open(str(path), "w") as container:
        options = {"preset": "veryfast", "crf": "20", "threads": "2"}
        shown = container.add_stream("libx264", rate=rate, options=options)
        shown.width, shown.height = size
        shown.pix_fmt = "yuv420p"
        heard = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        written = 0
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, 1 / rate
            container.mux(shown.encode(frame))
            until = min(len(sound), math.ceil((number + 1) / rate * RATE))
            if until > written:
                block = np.round(sound[None, written:until] * 32767).astype(np.int16)
                piece = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
                piece.sample_rate, piece.pts, piece.time_base = RATE, written, Fraction(1, RATE)
                container.mux(heard.encode(piece))
                written = until
        container.mux(shown.encode(None))
        container.mux(heard.encode(None))
