"""Who speaks a language."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from studio import engines
from studio.errors import UsageError
from studio.script.languages import language_code
from studio.script.model import VoiceChoice


def choose(language: str, speaker: str | None = None, voice: str | None = None) -> VoiceChoice:
    """A speaker and a voice for `language`, as far as they are not given.

    Unasked, the first row of the table that speaks the language and is installed. With `voice`
    alone, the first such row that has that voice. Raises UsageError for names that do not exist
    (with the nearest that do), EngineError when the speaker is not installed.
    """
    code = language_code(language)
    if speaker is not None:
        return _of_speaker(code, speaker, voice)
    fitting = [row for row in engines.rows("speaker") if row.speaks(code)]
    installed = [row for row in fitting if not row.missing()]
    if not installed and fitting:
        engines.open("speaker", fitting[0].name)  # says what to get
    problems: list[UsageError] = []
    for row in installed:
        try:
            return _of_speaker(code, row.name, voice)
        except UsageError as error:
            problems.append(error)
    raise problems[0] if len(problems) == 1 else _no_voice(code, voice, installed)


def all_voices(language: str) -> tuple[VoiceChoice, ...]:
    """Every installed voice for `language`, in the order in which they would be chosen unasked."""
    code = language_code(language)
    fitting = (row for row in engines.rows("speaker") if row.speaks(code) and not row.missing())
    return tuple(
        dict.fromkeys(
            VoiceChoice(code, row.name, voice.name)
            for row in fitting
            for voice in _able(engines.open("speaker", row.name).voices(), code)
        )
    )


def _able(voices: Sequence[engines.Voice], language: str) -> list[engines.Voice]:
    """Those that speak `language`, the nearest variety of it first."""
    able = [one for one in voices if _distance(one.language, language) is not None]
    return sorted(able, key=lambda one: _distance(one.language, language) or 0)


def _of_speaker(language: str, speaker: str, voice: str | None) -> VoiceChoice:
    row = engines.row("speaker", speaker)
    if not row.speaks(language):
        raise UsageError(
            f"The speaker “{speaker}” does not speak “{language}”.",
            f"It only knows {', '.join(row.languages)}.",
            "Leave the speaker open, or choose another: see `studio engines`.",
        )
    voices = engines.open("speaker", speaker).voices()
    able = _able(voices, language)
    if not able:
        known = sorted({one.language for one in voices})
        raise UsageError(
            f"The speaker “{speaker}” does not speak “{language}”.",
            advice=_near(language, known) or "Choose another language: see `studio engines`.",
        )
    if voice is None:
        return VoiceChoice(language, speaker, able[0].name)
    chosen = next((one for one in able if one.name.casefold() == voice.casefold()), None)
    if chosen is None:
        names = list(dict.fromkeys(one.name for one in able))
        raise UsageError(
            f"The speaker “{speaker}” has no voice “{voice}” for “{language}”.",
            advice=_near(voice, names) or f"Choose one of: {', '.join(names[:12])}.",
        )
    return VoiceChoice(language, speaker, chosen.name)


def _distance(offered: str, wanted: str) -> int | None:
    """0 the same language, 1 a variety of it ("fr-ch" for "fr"), 2 the language of a variety."""
    if offered == wanted:
        return 0
    if offered.startswith(wanted + "-"):
        return 1
    return 2 if wanted.startswith(offered + "-") else None


def _no_voice(language: str, voice: str | None, rows: Sequence[engines.Row]) -> UsageError:
    if voice is None:
        return UsageError(
            f"No speaker knows “{language}”.",
            advice=_near(language, _languages(rows)) or "See `studio engines` for the languages.",
        )
    names = {one.name for row in rows for one in engines.open("speaker", row.name).voices()}
    return UsageError(
        f"No speaker of “{language}” has a voice “{voice}”.",
        advice=_near(voice, sorted(names)) or "Leave the voice open: each language has one.",
    )


def _languages(rows: Sequence[engines.Row]) -> list[str]:
    voices = (one for row in rows for one in engines.open("speaker", row.name).voices())
    return sorted({one.language for one in voices})


def _near(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, 3, 0.5)
    return f"Did you mean {' or '.join(f'“{one}”' for one in near)}?" if near else ""
