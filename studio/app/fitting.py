"""How a description fits, as the meter under its text shows and says it: a pure function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from studio.app.words import seconds
from studio.script import pace
from studio.script.model import Cue, Placement, Version
from studio.settings import Settings

Level = Literal["good", "warn", "bad", "plain"]


@dataclass(frozen=True, slots=True)
class Fit:
    """used: ms of the clip, measured or, where `estimated`, guessed from its words. room: ms there
    are without waiting. freeze: ms the film waits. pace: words a minute, 0 without words.

    sentence: all of it in words, with what to do. level: how the sentence is meant.
    """

    used: int
    room: int
    freeze: int
    pace: int
    estimated: bool
    sentence: str
    level: Level


def fit(
    cue: Cue, version: Version | None, placement: Placement, room: int, settings: Settings
) -> Fit:
    """How `cue` fits in one language. room: ms without a wait."""
    text = version.text.strip() if version is not None else ""
    clip = version.clip if version is not None else None
    count = pace.words(text)
    if not text and cue.left_silent:
        return Fit(0, room, 0, 0, True, "Left silent: nothing is said here.", "plain")
    if not text:
        can = pace.words_in(room, settings.pace_target)
        sentence = f"Nothing is written yet. There is room for about {can} words."
        return Fit(0, room, 0, 0, True, sentence, "plain")
    if clip is None:
        used = count * 60_000 // settings.pace_target
        sentence = f"Not spoken yet: about {seconds(used)} of {seconds(room)}."
        return Fit(used, room, 0, settings.pace_target, True, sentence, "plain")
    wpm = round(pace.words_per_minute(text, clip.duration))
    sentence, level = _verdict(cue, placement, clip.duration, room, count)
    if wpm > settings.pace_error:
        sentence, level = f"{sentence} {wpm} words a minute: too fast to follow.", "bad"
    elif wpm > settings.pace_caution:
        sentence = f"{sentence} {wpm} words a minute: fast."
        level = "warn" if level == "good" else level
    else:
        sentence = f"{sentence} {wpm} words a minute."
    return Fit(clip.duration, room, placement.freeze, wpm, False, sentence, level)


def _verdict(cue: Cue, placement: Placement, used: int, room: int, count: int) -> tuple[str, Level]:
    measure = f"{seconds(used)} of {seconds(room)}"
    if placement.state == "extended":
        return f"The film waits {seconds(placement.freeze)}: {measure}.", "good"
    if placement.state == "faster" and placement.clip is not None:
        faster = round((placement.clip.tempo - 1) * 100)
        return f"Fits, spoken {faster} % faster: {measure}.", "warn"
    if placement.state == "left out":
        missing = used - room
        if missing <= 0:
            return "Left out: the description before takes its room.", "bad"
        cut = min(count, -(-count * missing // used))
        words = "1 word" if cut == 1 else f"{cut} words"
        wait = "or let the film wait" if cue.mode == "inline" else "or let the film wait longer"
        return f"Left out, {seconds(missing)} too long: cut about {words}, {wait}.", "bad"
    return f"Fits: {measure}, {seconds(max(0, room - used))} spare.", "good"
