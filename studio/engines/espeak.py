"""The speaker espeak-ng: over 100 languages, robotic, a program of its own."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from studio.engines import Sound, Voice, speech_program
from studio.errors import UsageError

_OWN_PACE = 175  # words per minute, espeak-ng's default
_LIST_TIMEOUT = 30.0  # seconds

# priority, language, age and gender, name, file, other languages with their priorities
_ROW = re.compile(r"\s*(?P<priority>\d+)\s+(?P<language>\S+)\s+\S+\s+\S+\s+\S+(?P<others>.*)")
_OTHER = re.compile(r"\((\S+) (\d+)\)")


class Espeak:
    """Speaks with the voices of the program `espeak-ng`; a voice is named like its language."""

    def voices(self) -> tuple[Voice, ...]:
        """All voices, the preferred one of each language first. Raises EngineError."""
        return _voices()

    def speak(self, text: str, voice: Voice, tempo: float) -> Sound:
        """`text` at `tempo` times the voice's own pace; 22.05 kHz.

        Raises EngineError when there is nothing to say or the program fails, UsageError for a
        voice it does not have.
        """
        if all(voice.name != one.name for one in self.voices()):
            raise UsageError(
                f"espeak-ng has no voice “{voice.name}”.",
                advice="See `espeak-ng --voices`; a voice is named like its language, e.g. pt-br.",
            )
        # "[[" would start espeak-ng's own phoneme letters
        spoken = speech_program.plain(text).replace("[", " ").replace("]", " ")
        if not speech_program.has_words(spoken):
            raise speech_program.nothing_to_say("espeak-ng", text)
        pace = str(round(_OWN_PACE * tempo))

        def command(source: Path, target: Path) -> list[str]:
            utf8 = ["-b", "1"]
            files = ["-f", str(source), "-w", str(target)]
            return ["espeak-ng", "-v", voice.name, "-s", pace, *utf8, *files]

        return speech_program.say("espeak-ng", spoken, command)


@functools.cache
def _voices() -> tuple[Voice, ...]:
    listing = speech_program.run("espeak-ng", ["espeak-ng", "--voices"], _LIST_TIMEOUT)
    return _parsed(listing)


def _parsed(listing: str) -> tuple[Voice, ...]:
    """The voices in the output of `espeak-ng --voices`, best priority (lowest) first.

    A voice also serves the "other languages" of its row (fr-fr serves fr). Two rows may bear one
    language (a Latin transcription beside the script); the first is the script.
    """
    found: dict[tuple[str, str], int] = {}
    for line in listing.splitlines()[1:]:
        match = _ROW.fullmatch(line)
        if match is None:
            continue
        name = match["language"].lower()
        others = [(language, int(rank)) for language, rank in _OTHER.findall(match["others"])]
        for language, rank in [(name, int(match["priority"])), *others]:
            found.setdefault((name, language.lower()), rank)
    ranked = sorted(found, key=lambda pair: (pair[1], found[pair], pair[0]))
    return tuple(Voice(name, language) for name, language in ranked)
