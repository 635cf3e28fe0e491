"""The speaker flite (Carnegie Mellon University): clear English, a program of its own."""

from __future__ import annotations

import unicodedata

from studio.engines import Sound, Voice, speech_program
from studio.engines.waiting import Spare, Waiting
from studio.errors import EngineError, UsageError

# Each voice with the `duration_stretch` it has by itself; rms is the most intelligible.
# (The 8 kHz `kal` is left out for its sound, `awb_time` because it can only tell the time.)
_OWN_STRETCH = {"rms": 1.0, "slt": 1.0, "awb": 1.0, "kal16": 1.1}

_AS_ASCII = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": ",", "‛": "'", "′": "'", "´": "'", "`": "'",
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‹": "'", "›": "'", "″": '"',
        "‐": "-", "‑": "-", "‒": "-", "–": ", ", "—": ", ", "―": ", ", "−": "-",
        "…": "... ", "·": ", ", "•": ", ",
        "&": " and ", "€": " euros ", "£": " pounds ", "¥": " yen ", "°": " degrees ",
        "©": " copyright ", "×": " times ", "½": " one half ", "¼": " one quarter ",
        "¾": " three quarters ",
        "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d",
        "Đ": "D", "ł": "l", "Ł": "L", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i",
    }
)  # fmt: skip


class Flite:
    """Speaks English with the voices built into the program `flite`."""

    def voices(self) -> tuple[Voice, ...]:
        """rms (male, US), slt (female, US), awb (male, Scottish), kal16 (male, US, older)."""
        return tuple(Voice(name, "en") for name in _OWN_STRETCH)

    def speak(self, text: str, voice: Voice, tempo: float) -> Sound:
        """`text` at `tempo` times the voice's own pace; 16 kHz.

        Raises EngineError for letters flite does not know and when the program fails,
        UsageError for a voice it does not have.
        """
        arguments, spoken = _arguments(voice, tempo), _ascii(text)
        program = _spare.take(arguments) or _waiting(arguments)
        return program.say(spoken)

    def get_ready(self, voice: Voice, tempo: float) -> None:
        """See `ReadySpeaker`. Raises EngineError and UsageError as `speak` does."""
        arguments = _arguments(voice, tempo)
        _spare.keep(arguments, lambda: _waiting(arguments))


_spare = Spare()


def _arguments(voice: Voice, tempo: float) -> tuple[str, ...]:
    """What flite is told of a voice at `tempo` times its own pace."""
    if voice.name not in _OWN_STRETCH:
        raise UsageError(
            f"flite has no voice “{voice.name}”.",
            advice=f"Choose one of: {', '.join(_OWN_STRETCH)}.",
        )
    stretch = _OWN_STRETCH[voice.name] / tempo
    return ("-voice", voice.name, "--setf", f"duration_stretch={stretch:.4f}")


def _waiting(arguments: tuple[str, ...]) -> Waiting:
    """flite, started; its text comes on its standard input, so none of it is an option."""
    return Waiting("flite", lambda target: ["flite", *arguments, "-f", "-", "-o", str(target)])


def _ascii(text: str) -> str:
    """`text` in the ASCII flite reads: accents taken off, typographic signs replaced.

    Signs that are no letters (♪, emoji) are not spoken; a letter that cannot be written in ASCII
    is an error, because leaving it out would change what is said.
    """
    spoken = speech_program.plain(text).translate(_AS_ASCII)
    spoken = "".join(
        sign for sign in unicodedata.normalize("NFKD", spoken) if not unicodedata.combining(sign)
    )
    unknown = sorted({sign for sign in spoken if not sign.isascii() and sign.isalnum()})
    if unknown:
        raise EngineError(
            f"flite cannot say {' '.join(unknown[:8])} in “{speech_program.shortened(text)}”.",
            "It only knows the Latin letters of English.",
            "Rewrite the text, or choose the speaker espeak-ng and the text's own language.",
        )
    spoken = speech_program.plain("".join(sign if sign.isascii() else " " for sign in spoken))
    if not speech_program.has_words(spoken):
        raise speech_program.nothing_to_say("flite", text)
    return spoken
