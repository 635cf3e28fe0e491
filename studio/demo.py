"""A short film that the studio makes itself, so that a first run needs nothing else.

Forty-nine seconds: a title, a night over hills, a corridor with a sign, a climb, a lamp, an end
card; two people who talk now and then; soft music that steps back when they do. Every picture and
every sample follows from its time alone, so nothing but the spoken lines is held in memory, and
each run makes the same film.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from studio import engines
from studio.errors import ExportError
from studio.media.ffmpeg import file_url
from studio.progress import Progress

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.stream import VideoStream

WIDTH, HEIGHT = 960, 540
RATE = 25  # Hz
SOUND_RATE = 48_000  # Hz
SECONDS = 49

Pixels = NDArray[np.uint8]  # HEIGHT x WIDTH x 3, BGR
Samples = NDArray[np.float32]  # one channel, full scale 1.0
Drawing = Callable[[float], Pixels]  # seconds since the shot began -> the picture
Colour = tuple[int, int, int]  # BGR


@dataclass(frozen=True)
class _Shot:
    """start: seconds. stage: draws what stands still once, and returns what adds the rest."""

    start: int
    stage: Callable[[], Drawing]


@dataclass(frozen=True)
class _Line:
    """start: seconds. voice: of the speaker flite."""

    start: float
    voice: str
    text: str


_LINES = (
    _Line(8.0, "slt", "The lamp on the hill is dark tonight."),
    _Line(14.2, "awb", "Then somebody has to climb up there."),
    _Line(22.0, "slt", "Careful. The path is wet."),
    _Line(30.0, "awb", "Hold the light. I need both hands."),
    _Line(39.0, "slt", "There. Now they can find their way home."),
)


def make_demo_film(path: Path, progress: Progress) -> None:
    """Make the film at `path` as MP4 with H.264 and AAC; takes some seconds.

    Replaces a file of that name, but only once the film is whole. Raises EngineError where the
    speaker is missing and ExportError where the file cannot be written.
    """
    progress(0.0, "Speaking the lines")
    lines = _spoken_lines()
    try:
        with _written_beside(path) as part, av.open(file_url(part), "w", format="mp4") as film:
            _write(film, lines, progress.part(0.05, 1.0))
    except (OSError, av.FFmpegError) as error:
        raise ExportError(
            f"The film “{path}” cannot be written.",
            "There is no demonstration without it.",
            "Check that the folder may be written to and has 20 MB free, or name another one.",
        ) from error


@contextlib.contextmanager
def _written_beside(path: Path) -> Iterator[Path]:
    """A name in the same folder, which takes the place of `path` if all goes well."""
    part = path.with_name(f".{path.name}-{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write(film: OutputContainer, lines: Sequence[tuple[int, Samples]], progress: Progress) -> None:
    """Pictures and sound, a second of each at a time."""
    picture = film.add_stream("libx264", rate=RATE, options={"preset": "superfast", "crf": "20"})
    picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    sound = film.add_stream("aac", rate=SOUND_RATE, layout="stereo", options={"aac_coder": "fast"})
    sound.bit_rate = 128_000
    pictures = _pictures()
    for second in range(SECONDS):
        progress(second / SECONDS, "Making the film")
        for index in range(second * RATE, (second + 1) * RATE):
            _put_picture(film, picture, next(pictures), index)
        _put_sound(film, sound, _mixed(second * SOUND_RATE, lines), second * SOUND_RATE)
    film.mux(picture.encode(None))
    film.mux(sound.encode(None))


def _put_picture(film: OutputContainer, stream: VideoStream, pixels: Pixels, index: int) -> None:
    frame = av.VideoFrame.from_ndarray(pixels, format="bgr24")
    frame.pts, frame.time_base = index, Fraction(1, RATE)
    film.mux(stream.encode(frame))


def _put_sound(film: OutputContainer, stream: AudioStream, mono: Samples, start: int) -> None:
    frame = av.AudioFrame.from_ndarray(np.stack((mono, mono)), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
    film.mux(stream.encode(frame))


# --- sound ----------------------------------------------------------------------------------------

_SPEECH_RMS = 0.1
_MUSIC_PEAK = 0.09
_DUCKED = 0.25  # of the music while somebody speaks
_DUCK_SECONDS = 0.5
_CHORD_SECONDS = 4.0
_CHORDS = ((57, 60, 64), (53, 57, 60), (48, 55, 64), (55, 59, 62))  # A minor, F, C, G (MIDI)


def _spoken_lines() -> tuple[tuple[int, Samples], ...]:
    """The sample at which each line starts, and the line."""
    speaker = engines.open("speaker", "flite")
    lines = []
    for line in _LINES:
        sound = speaker.speak(line.text, engines.Voice(line.voice, "en"), 1.0)
        samples = resample_poly(sound.samples, SOUND_RATE, sound.rate)
        level = _SPEECH_RMS / math.sqrt(float(np.square(samples).mean()))
        lines.append((round(line.start * SOUND_RATE), (samples * level).astype(np.float32)))
    return tuple(lines)


def _mixed(start: int, lines: Sequence[tuple[int, Samples]]) -> Samples:
    """One second of the film's sound, from sample `start` on."""
    index = np.arange(start, start + SOUND_RATE)
    total = _music(index / SOUND_RATE) * _music_level(index / SOUND_RATE, lines)
    for first, samples in lines:
        low, high = max(first, start), min(first + len(samples), start + SOUND_RATE)
        if low < high:
            total[low - start : high - start] += samples[low - first : high - first]
    return np.clip(total, -1.0, 1.0).astype(np.float32)


def _music_level(
    seconds: NDArray[np.float64], lines: Sequence[tuple[int, Samples]]
) -> NDArray[np.float64]:
    """Full, but lower while somebody speaks, and faded in and out at the film's ends."""
    points = [(0.0, 0.0), (2.0, 1.0)]
    for first, samples in lines:
        begin, end = first / SOUND_RATE, (first + len(samples)) / SOUND_RATE
        points += [(begin - _DUCK_SECONDS, 1.0), (begin, _DUCKED)]
        points += [(end, _DUCKED), (end + _DUCK_SECONDS, 1.0)]
    points += [(SECONDS - 3.0, 1.0), (SECONDS - 0.1, 0.0)]
    times, levels = zip(*points, strict=True)
    level: NDArray[np.float64] = np.interp(seconds, times, levels)
    return level


def _music(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """A pad of slow chords with a bell on every second beat, at its full level."""
    total = np.zeros_like(seconds)
    first = math.floor(seconds[0] / _CHORD_SECONDS)
    for number in range(max(0, first - 1), math.floor(seconds[-1] / _CHORD_SECONDS) + 1):
        since = seconds - number * _CHORD_SECONDS
        notes = _CHORDS[number % len(_CHORDS)]
        swell = np.clip(np.minimum(since / 1.0, (_CHORD_SECONDS + 1.0 - since) / 1.0), 0.0, 1.0)
        for note in notes:
            pitch = 2 * np.pi * _pitch(note)
            total += swell * (np.sin(pitch * since) + 0.3 * np.sin(2 * pitch * since)) / 3
        for beat, note in enumerate((*notes, notes[1])):
            struck = since - beat * _CHORD_SECONDS / 4
            ring = np.where(struck >= 0, np.exp(-3.0 * np.maximum(struck, 0.0)), 0.0)
            total += 0.5 * ring * np.sin(2 * np.pi * _pitch(note + 24) * struck)
    return _MUSIC_PEAK * total / 1.6


def _pitch(note: int) -> float:
    """Hz of a MIDI note."""
    return float(440.0 * 2 ** ((note - 69) / 12))


# --- pictures -------------------------------------------------------------------------------------


def _pictures() -> Iterator[Pixels]:
    starts = [shot.start for shot in _SHOTS] + [SECONDS]
    for shot, end in zip(_SHOTS, starts[1:], strict=True):
        draw = shot.stage()
        for index in range((end - shot.start) * RATE):
            yield draw(index / RATE)


def _gradient(top: Colour, bottom: Colour) -> Pixels:
    part = np.linspace(0.0, 1.0, HEIGHT)[:, None, None]
    column = np.array(top) * (1 - part) + np.array(bottom) * part
    # a little noise, else the encoder shows the steps of so slow a gradient as bands
    noise = np.random.default_rng(1).uniform(-1.5, 1.5, (HEIGHT, WIDTH, 1))
    return np.clip(column + noise, 0, 255).astype(np.uint8)


@functools.lru_cache(maxsize=16)
def _light(radius: int, colour: Colour) -> Pixels:
    """A spot of light, full in its middle, none at its edge; (2 radius + 1) squared, read-only."""
    down, across = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    near = np.clip(1 - np.hypot(across, down) / radius, 0, 1) ** 2
    spot: Pixels = (near[..., None] * np.array(colour)).astype(np.uint8)
    spot.setflags(write=False)
    return spot


def _glow(picture: Pixels, x: float, y: float, radius: int, colour: Colour) -> None:
    """Adds light around a point, none at `radius` and beyond."""
    left, top = int(x) - radius, int(y) - radius
    spot = _light(radius, colour)[max(0, -top) : HEIGHT - top, max(0, -left) : WIDTH - left]
    down, across = max(0, top), max(0, left)
    part = picture[down : down + spot.shape[0], across : across + spot.shape[1]]
    part[:] = cv2.add(part, spot)


def _ridge(picture: Pixels, height: float, waves: Sequence[float], colour: Colour) -> None:
    """Hills from the picture's foot up to `height` of it, by sines of so many turns."""
    x = np.linspace(0, 1, 65)
    swing = sum(np.sin(2 * np.pi * turns * x + turns * 2) / turns for turns in waves)
    y = HEIGHT * (1 - height) - 30 * swing
    edge = np.stack((x * WIDTH, y), axis=1)
    shape = np.vstack((edge, [[WIDTH, HEIGHT], [0, HEIGHT]])).astype(np.int32)
    cv2.fillPoly(picture, [shape], colour, cv2.LINE_AA)


def _write_text(picture: Pixels, text: str, y: int, scale: float, colour: Colour) -> None:
    """`text` centred, its foot at `y`."""
    font, thick = cv2.FONT_HERSHEY_DUPLEX, max(1, round(scale * 1.6))
    (wide, _), _ = cv2.getTextSize(text, font, scale, thick)
    place = ((WIDTH - wide) // 2, y)
    cv2.putText(picture, text, place, font, scale, colour, thick, cv2.LINE_AA)


def _card(text: str, below: str) -> Callable[[], Drawing]:
    """A title card that comes up out of the dark within a second."""

    def stage() -> Drawing:
        card = _gradient((70, 35, 18), (40, 18, 10))
        _glow(card, WIDTH / 2, HEIGHT / 2, 420, (60, 45, 30))
        _write_text(card, text, 280, 2.4, (235, 240, 245))
        cv2.line(card, (330, 315), (630, 315), (120, 170, 210), 2, cv2.LINE_AA)
        _write_text(card, below, 365, 0.9, (190, 205, 220))

        def draw(since: float) -> Pixels:
            return (card * min(1.0, 0.1 + since)).astype(np.uint8)

        return draw

    return stage


def _night(lit: bool) -> Callable[[], Drawing]:
    """Moon, stars and hills; on the highest one a tower, its lamp dark or lit."""

    def stage() -> Drawing:
        sky = _gradient((64, 28, 10), (120, 78, 44))
        stars = np.random.default_rng(7).uniform((0, 0, 0), (WIDTH, 300, 7), (120, 3))
        for x, y, _ in stars:
            cv2.circle(sky, (int(x), int(y)), 1, (190, 190, 180), cv2.FILLED, cv2.LINE_AA)

        def draw(since: float) -> Pixels:
            picture = sky.copy()
            for x, y, phase in stars[:40]:
                shine = 200 + int(55 * math.sin(4 * since + phase))
                cv2.circle(picture, (int(x), int(y)), 2, (shine,) * 3, cv2.FILLED, cv2.LINE_AA)
            moon = (250 + 6 * since, 190 - 9 * since)
            _glow(picture, *moon, 190, (70, 75, 75))
            cv2.circle(picture, (int(moon[0]), int(moon[1])), 48, (205, 228, 235), -1, cv2.LINE_AA)
            if lit:
                _beam(picture, 742, 150, since)
            _ridge(picture, 0.36, (1.0, 2.3), (62, 44, 30))
            _tower(picture, lit)
            _ridge(picture, 0.20, (1.4, 3.1), (36, 25, 16))
            return picture

        return draw

    return stage


def _tower(picture: Pixels, lit: bool) -> None:
    body = np.array([[722, 430], [730, 175], [754, 175], [762, 430]], np.int32)
    cv2.fillPoly(picture, [body], (92, 88, 86), cv2.LINE_AA)
    cv2.rectangle(picture, (724, 128), (760, 175), (70, 64, 60), cv2.FILLED)
    lamp = (150, 235, 255) if lit else (45, 38, 32)
    cv2.rectangle(picture, (730, 134), (754, 170), lamp, cv2.FILLED)
    roof = np.array([[720, 128], [742, 104], [764, 128]], np.int32)
    cv2.fillPoly(picture, [roof], (50, 44, 40), cv2.LINE_AA)
    if lit:
        _glow(picture, 742, 152, 160, (60, 150, 190))


def _beam(picture: Pixels, x: int, y: int, since: float) -> None:
    """The light that turns once in twelve seconds, seen from the side."""
    swing = math.cos(2 * math.pi * since / 12)
    far = (int(x - 1000 * swing), y)
    wide = int(90 * abs(swing)) + 4
    light = np.zeros_like(picture)
    cone = np.array([[x, y - 3], [far[0], far[1] - wide], [far[0], far[1] + wide], [x, y + 3]])
    cv2.fillPoly(light, [cone.astype(np.int32)], (50, 105, 125), cv2.LINE_AA)
    cv2.add(picture, light, picture)


def _corridor() -> Drawing:
    """A wall with a door under a lit sign; the door opens after three seconds."""
    wall = _gradient((150, 172, 182), (120, 140, 150))
    cv2.rectangle(wall, (0, 455), (WIDTH, HEIGHT), (72, 84, 96), cv2.FILLED)
    cv2.rectangle(wall, (0, 447), (WIDTH, 455), (92, 106, 116), cv2.FILLED)
    cv2.rectangle(wall, (372, 148), (588, 455), (58, 74, 92), cv2.FILLED)
    cv2.rectangle(wall, (395, 48), (565, 122), (70, 120, 20), cv2.FILLED)
    cv2.rectangle(wall, (395, 48), (565, 122), (225, 240, 225), 3, cv2.LINE_AA)
    _write_text(wall, "EXIT", 105, 1.7, (245, 255, 245))

    def draw(since: float) -> Pixels:
        picture = wall.copy()
        cv2.rectangle(picture, (384, 160), (576, 455), (200, 235, 250), cv2.FILLED)
        opened = 150 * min(1.0, max(0.0, (since - 3.0) / 2.0))
        edge = int(576 - opened)
        slant = int(opened / 5)
        door = np.array([[384, 160], [edge, 160 + slant], [edge, 455 - slant // 3], [384, 455]])
        cv2.fillPoly(picture, [door.astype(np.int32)], (52, 92, 138), cv2.LINE_AA)
        cv2.circle(picture, (edge - 18, 315), 7, (120, 190, 215), cv2.FILLED, cv2.LINE_AA)
        _glow(picture, 480, 90, 260, (20, 50, 15))
        return picture

    return draw


def _climb() -> Drawing:
    """Someone with a lantern walks up a slope in the rain."""
    slope = _gradient((58, 50, 44), (86, 74, 62))
    ground = np.array([[0, 500], [WIDTH, 230], [WIDTH, HEIGHT], [0, HEIGHT]], np.int32)
    cv2.fillPoly(slope, [ground], (38, 52, 46), cv2.LINE_AA)
    cv2.line(slope, (0, 506), (WIDTH, 236), (70, 92, 96), 14, cv2.LINE_AA)
    drops = np.random.default_rng(5).uniform((0, 0), (WIDTH, HEIGHT), (160, 2))

    def draw(since: float) -> Pixels:
        picture = slope.copy()
        x = 120 + 75 * since
        y = 500 - 270 * x / WIDTH
        _walker(picture, x, y, since)
        for left, top in drops:
            down = (top + 620 * since) % HEIGHT
            start = (int(left - 0.1 * down), int(down))
            cv2.line(picture, start, (start[0] - 3, start[1] + 22), (128, 120, 112), 1, cv2.LINE_AA)
        return picture

    return draw


def _walker(picture: Pixels, x: float, y: float, since: float) -> None:
    """A figure with its feet at (x, y), a step every half second."""
    step = 16 * math.sin(2 * math.pi * since)
    dark = (24, 20, 18)
    hip, neck = (int(x), int(y - 52)), (int(x + 6), int(y - 112))
    for foot in (step, -step):
        cv2.line(picture, hip, (int(x + foot), int(y - foot * 0.28)), dark, 9, cv2.LINE_AA)
    cv2.line(picture, hip, neck, dark, 22, cv2.LINE_AA)
    cv2.circle(picture, (int(x + 9), int(y - 130)), 15, dark, cv2.FILLED, cv2.LINE_AA)
    lantern = (int(x + 46), int(y - 66 + 3 * math.sin(4 * math.pi * since)))
    cv2.line(picture, (neck[0], neck[1] + 14), (lantern[0], lantern[1] - 10), dark, 6, cv2.LINE_AA)
    _glow(picture, *lantern, 210, (50, 130, 170))
    cv2.circle(picture, lantern, 9, (190, 240, 255), cv2.FILLED, cv2.LINE_AA)


def _lamp() -> Drawing:
    """The lamp close by: dark at first, alight from the fifth second on."""
    room = _gradient((44, 34, 28), (26, 20, 16))
    for x in range(60, WIDTH, 140):
        cv2.line(room, (x, 0), (x, HEIGHT), (58, 50, 46), 6, cv2.LINE_AA)
    cv2.rectangle(room, (330, 430), (630, 470), (60, 66, 72), cv2.FILLED)
    cv2.rectangle(room, (400, 470), (560, HEIGHT), (48, 52, 58), cv2.FILLED)
    dark, lit = room.copy(), room
    _glass(dark, (60, 54, 50))
    _glass(lit, (140, 225, 255))
    _glow(lit, 480, 290, 620, (70, 150, 190))

    def draw(since: float) -> Pixels:
        light = min(1.0, max(0.0, (since - 5.0) / 1.5))
        return np.asarray(cv2.addWeighted(lit, light, dark, 1.0 - light, 0.0), np.uint8)

    return draw


def _glass(picture: Pixels, colour: Colour) -> None:
    middle, ring = (480, 290), (96, 100, 104)
    cv2.ellipse(picture, middle, (120, 145), 0, 0, 360, colour, cv2.FILLED, cv2.LINE_AA)
    for number in range(1, 5):
        axes = (120 - 24 * number, 145 - 29 * number)
        cv2.ellipse(picture, middle, axes, 0, 0, 360, ring, 2, cv2.LINE_AA)


_SHOTS = (
    _Shot(0, _card("THE NIGHT LAMP", "A short film")),
    _Shot(6, _night(lit=False)),
    _Shot(13, _corridor),
    _Shot(20, _climb),
    _Shot(28, _lamp),
    _Shot(36, _night(lit=True)),
    _Shot(44, _card("THE END", "Made by the studio")),
)
