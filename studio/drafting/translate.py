"""Texts in another language, each on its own cue or line whatever a translator does.

Texts are handed over one at a time, and an answer is taken only if it can be one: a line of its
own, of a length that fits, not the answer to the text before, with every name of the cast in it.
Otherwise the text is asked for once more and then left to a person, with an issue. Names go as
marks that no language inflects away, and come back as the cast sheet spells them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from studio import engines
from studio.drafting.describe import Drafted
from studio.engines import ALONE, Around, ContextTranslator, Translator, Unanswered
from studio.errors import UsageError
from studio.progress import Progress
from studio.script.likeness import likeness, nearest
from studio.script.model import (
    Cue,
    Draft,
    Issue,
    Line,
    Person,
    Project,
    Severity,
    Translation,
)
from studio.script.pace import words

UNTRANSLATED = "translating.failed"
"""The rule of issues about texts for which no translation came."""

LINE_UNTRANSLATED = "subtitling.untranslated"
"""The same of lines of the film."""

_NEIGHBOURS = 2  # lines before and after that a translator may look at

_TRIES = 2
_LONG = 24  # letters from which a text's length says something about its translation's
_SHORTER, _LONGER = 0.33, 1.9  # times as long, by letters and by words: alphabets differ in one
_SAME, _UNLIKE = 0.8, 0.5  # likeness from which two texts say the same; below which they do not
_MARK = re.compile(r"Q\s?X\s?(\d+)\s?Z", re.IGNORECASE)


def translate(
    project: Project, source: str, target: str, translator_name: str, progress: Progress
) -> Iterator[Drafted]:
    """Cue by cue, the translation of its `source` text as a draft in `target`, or an issue.

    Cues whose `target` text a person has accepted are passed over. Raises UsageError where the
    languages are the same, EngineError when the translator fails altogether.
    """
    if source == target:
        raise UsageError(
            f"The texts are in “{source}” already.", advice="Name another language to translate to."
        )
    open_cues = [cue for cue in project.cues if _wants(cue, source, target)]
    if not open_cues:
        return
    turned = _Turned(engines.open("translator", translator_name), project.named, source, target)
    for done, cue in enumerate(open_cues):
        progress(done / len(open_cues), "Translating")
        text = _text(cue, source)
        answer = turned.text(text, progress)
        if isinstance(answer, Unanswered):
            sentence = f"“{text}” was not translated: {answer.why}"
            severity: Severity = "info" if translator_name == "by-hand" else "caution"
            issue = Issue(UNTRANSLATED, severity, sentence, cue.id, target)
            yield Drafted(cue.id, (), (issue,))
        else:
            evidence = (f"translated from {source}: {text}",)
            yield Drafted(cue.id, (Draft(target, answer, translator_name, evidence),))
    progress(1.0, "Translating")


@dataclass(frozen=True, slots=True)
class TranslatedLine:
    """What became of a line: its translation, or an issue that says why there is none."""

    line: str
    translation: Translation | None
    issue: Issue | None = None


def translate_lines(
    project: Project, source: str, target: str, translator_name: str, progress: Progress
) -> Iterator[TranslatedLine]:
    """Line by line, the translation of what people in the film say, or an issue.

    Lines whose translation a person has written are passed over. Engines that take it are given
    the lines around. Raises UsageError where the languages are the same, EngineError when
    the translator fails altogether.
    """
    if source == target:
        raise UsageError(
            f"The lines are in “{source}” already.", advice="Name another language to translate to."
        )
    lines = [one for one in project.lines if one.text.strip()]
    wanted = [(at, one) for at, one in enumerate(lines) if _is_open(one, target)]
    if not wanted:
        return
    turned = _Turned(engines.open("translator", translator_name), project.named, source, target)
    for done, (at, line) in enumerate(wanted):
        progress(done / len(wanted), "Translating")
        before = tuple(one.text for one in lines[max(0, at - _NEIGHBOURS) : at])
        after = tuple(one.text for one in lines[at + 1 : at + 1 + _NEIGHBOURS])
        text = " ".join(line.text.split())
        answer = turned.text(text, progress, Around(before, after))
        if isinstance(answer, Unanswered):
            sentence = f"The line “{text}” was not translated: {answer.why}"
            severity: Severity = "info" if translator_name == "by-hand" else "caution"
            issue = Issue(LINE_UNTRANSLATED, severity, sentence, language=target)
            yield TranslatedLine(line.id, None, issue)
        else:
            yield TranslatedLine(line.id, Translation(target, answer, translator_name))
    progress(1.0, "Translating")


def _is_open(line: Line, target: str) -> bool:
    """Whether an engine may translate a line: no person has."""
    there = line.translation(target)
    return there is None or not there.text.strip() or there.engine != ""


def with_translations(project: Project, made: Sequence[TranslatedLine]) -> Project:
    """The project with these translations on their lines; what a person wrote stays."""
    by_line = {one.line: one.translation for one in made if one.translation is not None}
    lines = tuple(_translated(one, by_line.get(one.id)) for one in project.lines)
    return project if lines == project.lines else replace(project, lines=lines)


def _translated(line: Line, new: Translation | None) -> Line:
    if new is None or not _is_open(line, new.language):
        return line
    others = tuple(one for one in line.translations if one.language != new.language)
    return replace(line, translations=(*others, new))


def _wants(cue: Cue, source: str, target: str) -> bool:
    return bool(_text(cue, source)) and not (cue.accepted and _text(cue, target))


def _text(cue: Cue, language: str) -> str:
    version = cue.version(language)
    return version.text.strip() if version is not None else ""


class _Turned:
    """One run of a translator over the texts of a version, in order."""

    def __init__(
        self, translator: Translator, people: Sequence[Person], source: str, target: str
    ) -> None:
        self._translator = translator
        self._names = [one.name for one in people]
        self._languages = source, target
        self._marks = 0  # given so far; each is given once, so that a strange one is known
        self._last: tuple[str, list[str]] = ("", [])  # the text before and all that came for it

    def text(self, text: str, progress: Progress, around: Around = ALONE) -> str | Unanswered:
        """The translation of a text, or why there is none. around: what is said around it."""
        first = self._marks + 1
        marked, names = with_marks(text, self._names, first)
        self._marks += len(names)
        why, came = "No translation came.", list[str]()
        for attempt in range(_TRIES):
            # names that got lost as marks may survive as they are
            asked = marked if attempt == 0 else text
            answer = self._ask(asked, around, progress)
            if isinstance(answer, Unanswered):
                why = answer.why
                continue
            restored = without_marks(answer, names, first)
            if restored is None:
                why = "The answer holds names of another text."
                continue
            came.append(restored)
            why = self._problem(text, restored, names)
            if not why:
                break
        self._last = (text, came)
        return Unanswered(why) if why else came[-1]

    def _ask(self, text: str, around: Around, progress: Progress) -> str | Unanswered:
        if around != ALONE and isinstance(self._translator, ContextTranslator):
            return self._translator.translate_among(text, around, *self._languages, progress.check)
        return self._translator.translate(text, *self._languages, progress.check)

    def _problem(self, text: str, answer: str, names: Sequence[str]) -> str:
        """What is wrong with an answer, as a sentence; "" where nothing is."""
        if not any(map(str.isalnum, answer)):
            return "The answer is empty."
        last_text, came = self._last
        if nearest(answer, came) >= _SAME and likeness(text, last_text) < _UNLIKE:
            return "The answer is that of the text before."
        if _is_twofold(answer) and not _is_twofold(text):
            return "The answer says it twice."
        if len(text) >= _LONG and _is_far_off(text, answer):
            return "The answer is far too short or too long for the text."
        lost = [name for name in dict.fromkeys(names) if name not in answer]
        return f"The name {lost[0]} is lost in it." if lost else ""


def _is_twofold(text: str) -> bool:
    said = text.casefold().split()
    return len(said) % 2 == 0 and said[: len(said) // 2] == said[len(said) // 2 :]


def _is_far_off(text: str, answer: str) -> bool:
    letters, spoken = len(answer) / len(text), words(answer) / max(1, words(text))
    return max(letters, spoken) < _SHORTER or min(letters, spoken) > _LONGER


def with_marks(text: str, names: Sequence[str], first: int = 1) -> tuple[str, tuple[str, ...]]:
    """`text` with a mark for every name in it, and the names in the order of their marks.

    first: the number of the first mark.
    """
    if not names:
        return text, ()
    found: list[str] = []
    longest_first = sorted(dict.fromkeys(names), key=lambda name: (-len(name), name))
    pattern = "|".join(map(re.escape, longest_first))

    def mark(match: re.Match[str]) -> str:
        found.append(match[0])
        return f"QX{first + len(found) - 1}Z"

    return re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", mark, text), tuple(found)


def without_marks(text: str, names: Sequence[str], first: int = 1) -> str | None:
    """`text` on one line with the names back; None where it has marks that were not given."""
    marks = [int(one) for one in _MARK.findall(text)]
    if any(not 0 <= one - first < len(names) for one in marks):
        return None
    restored = _MARK.sub(lambda match: names[int(match[1]) - first], text)
    return " ".join(restored.split())
