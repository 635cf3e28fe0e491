"""The texts of one language version in another, each on its own cue whatever a translator does.

Texts are handed over one at a time, and an answer is taken only if it can be one: a line of its
own, of a length that fits, not the answer to the text before, with every name of the cast in it.
Otherwise the text is asked for once more and then left to a person, with an issue. Names go as
marks that no language inflects away, and come back as the cast sheet spells them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from studio import engines
from studio.drafting.describe import Drafted
from studio.engines import Translator, Unanswered
from studio.errors import UsageError
from studio.progress import Progress
from studio.script.likeness import likeness, nearest
from studio.script.model import Cue, Draft, Issue, Person, Project, Severity
from studio.script.pace import words

UNTRANSLATED = "translating.failed"
"""The rule of issues about texts for which no translation came."""

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

    def text(self, text: str, progress: Progress) -> str | Unanswered:
        """The translation of a text, or why there is none."""
        first = self._marks + 1
        marked, names = with_marks(text, self._names, first)
        self._marks += len(names)
        why, came = "No translation came.", list[str]()
        for attempt in range(_TRIES):
            # names that got lost as marks may survive as they are
            asked = marked if attempt == 0 else text
            answer = self._translator.translate(asked, *self._languages, progress.check)
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
