"""What words of mood ask for, as numbers: the vocabulary of the built-in sound-maker.

It knows English words only and takes each by itself; one that is denied ("no drums") asks for
nothing. What it does not know changes nothing, which `unknown` tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Instrument = Literal["bell", "piano", "flute", "strings"]
Texture = Literal["wind", "rain", "waves", "rumble", "air", "hiss"]

SLOWEST, FASTEST = 30.0, 240.0
"""Beats a minute that can be asked for."""

_USUAL_BPM = 84.0
_TENSE_BPM = 36.0  # by so much more, at full tension

_BRIGHT: Mapping[str, float] = {
    **dict.fromkeys(("bright", "sunny", "shining", "sparkling", "glittering", "brilliant"), 1.0),
    **dict.fromkeys(("light", "clear", "cold", "icy", "high", "airy", "crisp", "day"), 0.6),
    **dict.fromkeys(("colourful", "colorful", "vivid", "fresh", "morning"), 0.4),
    **dict.fromkeys(("warm", "soft", "mellow", "evening", "grey", "gray", "dim"), -0.4),
    **dict.fromkeys(("low", "deep", "muted", "night", "shadowy", "misty", "foggy"), -0.7),
    **dict.fromkeys(("dark", "black", "gloomy", "murky"), -1.0),
}
_TENSE: Mapping[str, float] = {
    **dict.fromkeys(("tense", "frantic", "panicked", "furious", "violent", "hectic"), 1.0),
    **dict.fromkeys(("nervous", "anxious", "urgent", "threatening", "menacing", "scary"), 0.8),
    **dict.fromkeys(("excited", "restless", "uneasy", "eerie", "wild", "stormy", "busy"), 0.6),
    **dict.fromkeys(("lively", "energetic", "driving", "suspense", "suspenseful"), 0.5),
    **dict.fromkeys(("gentle", "tender", "soft", "relaxed", "quiet", "sleepy"), -0.6),
    **dict.fromkeys(("calm", "peaceful", "serene", "still", "tranquil", "meditative"), -1.0),
}
_MAJOR: Mapping[str, float] = {
    **dict.fromkeys(("major", "happy", "joyful", "cheerful", "hopeful", "bright"), 1.0),
    **dict.fromkeys(("sunny", "warm", "playful", "proud", "tender", "peaceful"), 0.6),
    **dict.fromkeys(("minor", "sad", "melancholic", "mournful", "tragic", "eerie"), -1.0),
    **dict.fromkeys(("dark", "gloomy", "tense", "threatening", "menacing", "scary"), -0.6),
    **dict.fromkeys(("lonely", "cold", "mysterious", "uneasy", "nervous", "night"), -0.4),
}
_BPM: Mapping[str, float] = {
    **dict.fromkeys(("largo", "dragging"), 48.0),
    **dict.fromkeys(("slow", "slowly", "adagio", "heartbeat"), 60.0),
    **dict.fromkeys(("andante", "walking", "strolling"), 84.0),
    **dict.fromkeys(("moderate", "steady", "medium", "moderato"), 96.0),
    **dict.fromkeys(("brisk", "lively", "upbeat", "allegro", "driving"), 120.0),
    **dict.fromkeys(("fast", "quick", "running", "vivace"), 140.0),
    **dict.fromkeys(("frantic", "racing", "presto", "hectic"), 164.0),
}
_PULSE: Mapping[str, float] = {
    **dict.fromkeys(("pulse", "beat", "beats", "bpm", "drum", "drums", "rhythm", "ticking"), 0.7),
    **dict.fromkeys(("driving", "pounding", "heavy", "strong", "hard", "hammering"), 1.0),
    **dict.fromkeys(("soft", "gentle", "faint", "subtle", "light", "quiet", "distant"), 0.45),
}
_PULSELESS = ("still", "static", "floating", "free", "none", "drone", "drifting", "motionless")
_TEXTURES: Mapping[str, Texture] = {
    **dict.fromkeys(("wind", "windy", "breeze", "storm", "stormy", "desert", "mountain"), "wind"),
    **dict.fromkeys(("rain", "rainy", "drizzle", "waterfall", "stream", "river"), "rain"),
    **dict.fromkeys(("sea", "ocean", "waves", "surf", "beach", "shore"), "waves"),
    **dict.fromkeys(("city", "traffic", "street", "engine", "machine", "machines"), "rumble"),
    **dict.fromkeys(("factory", "thunder", "rumble", "rumbling", "underground", "ship"), "rumble"),
    **dict.fromkeys(("room", "indoor", "indoors", "outdoor", "outdoors", "air", "space"), "air"),
    **dict.fromkeys(("forest", "fog", "foggy", "misty", "empty", "hall", "cave"), "air"),
    **dict.fromkeys(("hiss", "static", "snow", "steam", "grass", "leaves", "fire"), "hiss"),
}
_INSTRUMENTS: Mapping[str, Instrument] = {
    **dict.fromkeys(("bell", "bells", "chimes", "glockenspiel", "celesta", "harp"), "bell"),
    **dict.fromkeys(("piano", "keys", "guitar", "plucked", "pizzicato"), "piano"),
    **dict.fromkeys(("flute", "whistle", "voice", "voices", "choir", "pipe"), "flute"),
    **dict.fromkeys(("strings", "violin", "cello", "viola", "bowed", "orchestra"), "strings"),
}
_MELODY: Mapping[str, float] = {
    **dict.fromkeys(("sparse", "rare", "single", "few", "simple", "minimal"), 0.25),
    **dict.fromkeys(("melody", "tune", "theme", "notes", "song", "line"), 0.5),
    **dict.fromkeys(("rich", "flowing", "many", "dense", "busy", "playful"), 0.9),
}
_TUNELESS = ("none", "drone", "ambient", "pad", "pads", "chords", "atonal")
_DENYING = ("no", "without", "not", "never")
_JOINING = ("a", "an", "and", "or", "the", "of", "with", "in", "at", "very", "some", "any", "to")

_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]+", re.UNICODE)
_ASKED_BPM = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:bpm|beats)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Feeling:
    """What a mood asks for.

    bpm: beats a minute. asked: they were given as a number. bright, tension: 0..1. major: the
    mode. pulse, melody: how strong and how dense, 0..1. textures: what else is heard, and how much.
    """

    bpm: float
    asked: bool
    bright: float
    tension: float
    major: bool
    pulse: float
    melody: float
    instrument: Instrument
    textures: tuple[tuple[Texture, float], ...]


def feeling(atmosphere: str, rhythm: str, melody: str) -> Feeling:
    """What the three fields of a mood ask for together."""
    every = tuple(_kept(f"{atmosphere} . {rhythm} . {melody}"))
    tempo = (*_kept(rhythm), *_kept(atmosphere))
    bright = 0.5 + 0.5 * _mean(_BRIGHT, every)
    tension = 0.5 + 0.5 * _mean(_TENSE, every)
    asked = _ASKED_BPM.search(f"{rhythm} {atmosphere} {melody}")
    bpm = float(asked[1].replace(",", ".")) if asked else _bpm(tempo, tension)
    return Feeling(
        bpm=min(FASTEST, max(SLOWEST, bpm)),
        asked=asked is not None,
        bright=bright,
        tension=tension,
        major=_mean(_MAJOR, every) >= 0,
        pulse=_pulse(rhythm if rhythm.strip() else _beating(atmosphere), tension),
        melody=_melody(melody, tension),
        instrument=next((_INSTRUMENTS[one] for one in every if one in _INSTRUMENTS), "piano"),
        textures=tuple(
            (name, 1.0) for name in dict.fromkeys(_TEXTURES[o] for o in every if o in _TEXTURES)
        ),
    )


def unknown(*fields: str) -> tuple[str, ...]:
    """The words of a mood that ask the built-in sound-maker for nothing, each once."""
    known = {*_BRIGHT, *_TENSE, *_MAJOR, *_BPM, *_PULSE, *_PULSELESS, *_TEXTURES, *_INSTRUMENTS}
    known |= {*_MELODY, *_TUNELESS, *_DENYING, *_JOINING}
    found = (token for one in fields for token in _tokens(one))
    return tuple(dict.fromkeys(one for one in found if one not in known and one.isalpha()))


def _tokens(text: str) -> list[str]:
    return [one.lower() for one in _TOKEN.findall(text)]


def _kept(text: str) -> Iterator[str]:
    """The words of a text without those that are denied."""
    denied = False
    for one in _tokens(text):
        if one in _DENYING:
            denied = True
        elif one not in _JOINING:
            if not denied:
                yield one
            denied = False


def _mean(words: Mapping[str, float], found: tuple[str, ...]) -> float:
    said = [words[one] for one in found if one in words]
    return sum(said) / len(said) if said else 0.0


def _bpm(found: tuple[str, ...], tension: float) -> float:
    said = next((_BPM[one] for one in found if one in _BPM), None)
    return said if said is not None else _USUAL_BPM + _TENSE_BPM * (2 * tension - 1)


def _pulse(rhythm: str, tension: float) -> float:
    """How strong the pulse is; a rhythm that says anything has one unless it says it has none."""
    found = tuple(_kept(rhythm))
    said = [_PULSE[one] for one in found if one in _PULSE]
    if any(one in _PULSELESS for one in found) or (_tokens(rhythm) and not found):
        return 0.0
    if not found:
        return 0.5 if tension > _TENSE_ENOUGH else 0.0
    return max(0.35, sum(said) / len(said) if said else 0.6)


def _beating(atmosphere: str) -> str:
    """What an atmosphere says of a rhythm, where nothing else does."""
    return atmosphere if any(one in _BEATS for one in _kept(atmosphere)) else ""


_BEATS = ("pulse", "beat", "beats", "bpm", "drum", "drums", "rhythm", "ticking")
_TENSE_ENOUGH = 0.7  # to have a pulse unasked


def _melody(words: str, tension: float) -> float:
    """How many notes there are; a field that denies all it says wants none."""
    found = tuple(_kept(words))
    if any(one in _TUNELESS for one in found) or (_tokens(words) and not found):
        return 0.0
    said = [_MELODY[one] for one in found if one in _MELODY]
    usual = 0.5 if found else 0.2
    return min(1.0, (sum(said) / len(said) if said else usual) * (0.6 + 0.8 * tension))
