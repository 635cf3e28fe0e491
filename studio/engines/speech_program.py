"""What speakers that are programs of their own share: run one, read the WAV file it wrote.

See waiting.py for one that is started before its text is there.
"""

from __future__ import annotations

import subprocess
import tempfile
import unicodedata
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np

from studio.engines import Sound
from studio.errors import EngineError

_TIMEOUT_BASE = 30.0  # seconds, for starting on a busy machine
_TIMEOUT_PER_LETTER = 0.02  # seconds; both programs need well under a thousandth of one
_FULL_SCALE = np.float32(32768)
_SILENCE = 1e-3  # full scale is 1.0; about -60 dB


def plain(text: str) -> str:
    """`text` on one line, without control characters, blanks made single."""
    kinds = ((sign, unicodedata.category(sign)) for sign in text)
    # invisible joiners and halves of surrogate pairs go; control characters part words
    shown = (" " if kind == "Cc" else sign for sign, kind in kinds if kind not in ("Cf", "Cs"))
    return " ".join("".join(shown).split())


def has_words(text: str) -> bool:
    """Whether there is a letter or a digit to say."""
    return any(sign.isalnum() for sign in text)


def nothing_to_say(speaker: str, text: str) -> EngineError:
    """The error for a text without a letter or digit."""
    return EngineError(
        f"{speaker} finds nothing to say in “{shortened(text)}”.",
        "A text needs at least one letter or digit.",
        "Write some words, or leave the cue empty.",
    )


def shortened(text: str) -> str:
    """The beginning of `text`, for a sentence."""
    limit = 60
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def say(speaker: str, text: str, command: Callable[[Path, Path], list[str]]) -> Sound:
    """The sound a program makes of `text`.

    command: gives the program's arguments for (file with the text as UTF-8, WAV file to write).
    The text goes through a file, so that none of it can be taken for an option.
    Raises EngineError when the program fails, takes too long or stays silent.
    """
    with tempfile.TemporaryDirectory(prefix="studio-say-") as folder:
        source, target = Path(folder) / "text.txt", Path(folder) / "speech.wav"
        source.write_text(text + "\n", encoding="utf-8")
        run(speaker, command(source, target), _patience(text))
        return sound_of(speaker, text, target)


def sound_of(speaker: str, text: str, file: Path) -> Sound:
    """What a program has made of `text`: the WAV `file`. Raises EngineError where that is none."""
    sound = _read(speaker, file)
    if not sound.samples.size or float(np.abs(sound.samples).max()) < _SILENCE:
        raise EngineError(
            f"{speaker} made only silence of “{shortened(text)}”.",
            "The cue stays unspoken.",
            "Change the text, or choose another voice.",
        )
    return sound


def run(speaker: str, command: list[str], timeout: float) -> str:
    """What the program prints. timeout: seconds. Raises EngineError when it fails."""
    return _finished(speaker, started(speaker, command), b"", timeout)


def started(speaker: str, command: list[str]) -> subprocess.Popen[bytes]:
    """The program, waiting for what it is told. Raises EngineError where it cannot be started."""
    try:
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as error:
        raise EngineError(
            f"{speaker} could not be started ({error.strerror}).", advice=_advice(speaker)
        ) from error


def finish(speaker: str, program: subprocess.Popen[bytes], text: str) -> None:
    """Tell a program its text and wait for its end. Raises EngineError when it fails."""
    _finished(speaker, program, f"{text}\n".encode(), _patience(text))


def _finished(speaker: str, program: subprocess.Popen[bytes], told: bytes, timeout: float) -> str:
    """What a program prints until its end, having been told all it is. timeout: seconds."""
    with program:
        try:
            printed, _ = program.communicate(told, timeout)
        except subprocess.TimeoutExpired as error:
            program.kill()
            raise EngineError(
                f"{speaker} did not finish within {timeout:.0f} seconds and was stopped.",
                advice=_advice(speaker),
            ) from error
        except BaseException:
            program.kill()
            raise
    if program.returncode:
        raise EngineError(
            f"{speaker} failed with exit code {program.returncode}.", advice=_advice(speaker)
        )
    return printed.decode("utf-8", "replace")


def _advice(speaker: str) -> str:
    return f"Try again, or choose another speaker than {speaker}."


def _patience(text: str) -> float:
    """Seconds that a program may take for `text`."""
    return _TIMEOUT_BASE + _TIMEOUT_PER_LETTER * len(text)


def _read(speaker: str, path: Path) -> Sound:
    try:
        with wave.open(str(path), "rb") as file:
            right = file.getnchannels() == 1 and file.getsampwidth() == 2  # noqa: PLR2004  # bytes
            rate, data = file.getframerate(), file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise EngineError(
            f"{speaker} wrote no sound that can be read.", "The cue stays unspoken."
        ) from error
    if not right:
        raise EngineError(
            f"{speaker} wrote sound of an unexpected kind.", "The cue stays unspoken."
        )
    return Sound(np.frombuffer(data, dtype="<i2").astype(np.float32) / _FULL_SCALE, rate)
