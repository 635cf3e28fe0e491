"""English sentences that are not in the present tense or not in the third person.

Told from words alone, without a grammar, so it is careful: what may be a participle, a relative
clause or text that is read out is let pass. On the professional lines at hand (see the tests) it
speaks only where the tense does change.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from studio.script.checks import english, wording
from studio.script.checks.subject import Finding, Subject
from studio.script.checks.text import Sentence, sentences

_NEAR = 3  # words before a verb in which its helper stands
_CLAUSE = 8  # words before a verb in which the word that opens its clause stands


def findings(subject: Subject) -> Iterator[Finding]:
    """Texts that change to another tense, or to another person; English only."""
    if subject.plain_language != "en":
        return
    for one in subject.written:
        words = other_tenses(one.text)
        if words:
            what = f"is not in the present tense: {_quoted(words)}. Tell what happens now."
            yield subject.finding("language.tense", one, what)
        others = other_persons(one.text)
        # “we see” is told of by its own rule
        if others and not wording.phrases_in(one.text, "language.viewer", subject.style, "en"):
            what = f"is not in the third person: {_quoted(others)}. Say who does it."
            yield subject.finding("language.person", one, what)


@functools.lru_cache(maxsize=8192)
def other_tenses(text: str) -> tuple[str, ...]:
    """The verbs of `text`, with the word before, that are past or future tense."""
    return tuple(
        " ".join(one.words[max(0, index - 1) : index + 1])
        for one in sentences(text)
        if "ed" in one.text or "'ll" in one.text or not english.MAYBE_PAST.isdisjoint(one.folded)
        for index, word in enumerate(one.folded)
        if (word in english.MAYBE_PAST or word.endswith(("ed", "'ll")))
        and _is_other_tense(one, index)
    )


@functools.lru_cache(maxsize=8192)
def other_persons(text: str) -> tuple[str, ...]:
    """The words of `text`, with the next one, that are first or second person."""
    return tuple(
        " ".join(one.words[index : index + 2])
        for one in sentences(text)
        if "'" in one.text or not english.PERSONS.isdisjoint(one.folded)
        for index, word in enumerate(one.folded)
        if word.partition("'")[0] in english.PERSONS and _is_other_person(one, index)
    )


def _is_other_person(sentence: Sentence, index: int) -> bool:
    """Titles such as “Thank You” and “World War I” are none: what matters is how it is written."""
    written, word = sentence.words[index], sentence.folded[index].partition("'")[0]
    before = sentence.folded[index - 1] if index else ""
    after = sentence.folded[index + 1] if index + 1 < len(sentence.words) else ""
    small = written[0].islower()
    first = index == 0
    goes_on = index + 1 < len(sentence.words) and sentence.words[index + 1].islower()
    behind_small = first or sentence.words[index - 1].islower()
    told = {
        "we": small or first,
        "i": behind_small and after in english.VERBS_OF_I,
        "us": small and before in english.PREPOSITIONS,
        "our": (small or first) and after in english.OURS,
        "you": (small and before != "thank") or (first and goes_on),
        "your": small,
        **dict.fromkeys(("me", "my", "mine", "ours", "yours"), small),
    }
    return told[word]


def _is_other_tense(sentence: Sentence, index: int) -> bool:
    word = sentence.folded[index]
    if index and sentence.words[index][0].isupper():
        return False  # a title or a name
    before = _clause(sentence, index)
    if _is_future(word, before):
        return True
    if any(one in english.SUBORDINATING for one in before[-_CLAUSE:]):
        return False
    if word in english.PAST_HELPERS:
        return not _is_relative(before) and (bool(before) or index == 0)
    if any(one in english.AUXILIARIES for one in before[-_NEAR:]):
        return False
    return _is_past(sentence, index, before)


def _is_future(word: str, before: tuple[str, ...]) -> bool:
    """“He will” and “she'll”; not “his will” and not a man of that name."""
    return (word == "will" and _behind_pronoun(before)) or (
        word.endswith("'ll") and word[:-3] in english.SUBJECT_PRONOUNS
    )


def _is_past(sentence: Sentence, index: int, before: tuple[str, ...]) -> bool:
    """Whether a word with no helper before it is a verb in the past."""
    word = sentence.folded[index]
    if word in english.PAST_ANYWHERE:
        return _has_subject(before) and not _is_relative(before)
    if _behind_pronoun(before) and (word in english.PAST_BEHIND_PRONOUN or _is_regular(word)):
        return not _is_followed_by(sentence, index, "by")
    return _is_regular(word) and (
        _takes_object(sentence, index, before) or _is_all(sentence, index)
    )


def _clause(sentence: Sentence, index: int) -> tuple[str, ...]:
    """The words before the one at `index` from which no comma or the like parts it."""
    start = index
    while start and sentence.joined[start - 1]:
        start -= 1
    return sentence.folded[start:index]


def _behind_pronoun(before: tuple[str, ...]) -> bool:
    """Whether a pronoun that is a subject stands directly before, or with one adverb between."""
    if before and before[-1].endswith("ly"):
        before = before[:-1]
    return bool(before) and before[-1] in english.SUBJECT_PRONOUNS and not _is_relative(before)


def _is_relative(before: tuple[str, ...]) -> bool:
    """Whether a pronoun before the verb hangs on a noun: “the letter he wrote”."""
    return (
        len(before) > 1
        and before[-1] in english.SUBJECT_PRONOUNS
        and before[-2] not in english.CLAUSE_OPENERS
    )


def _has_subject(before: tuple[str, ...]) -> bool:
    """Whether what stands before can be a subject: “the man” and “Emo”, not “an” or “with arms”."""
    if not before or before[-1] in english.DETERMINERS:
        return False
    return before[0] not in english.NEVER_SUBJECTS


def _is_all(sentence: Sentence, index: int) -> bool:
    """Whether the verb ends a sentence of three words: “The car stopped.”"""
    whole = len(sentence.words) == index + 1 == 3  # noqa: PLR2004
    return whole and all(sentence.joined) and sentence.folded[0] in ("the", "a", "an")


def _is_regular(word: str) -> bool:
    return len(word) > 4 and word.endswith("ed") and word not in english.NOT_PAST  # noqa: PLR2004


def _takes_object(sentence: Sentence, index: int, before: tuple[str, ...]) -> bool:
    """Whether an -ed form stands between a subject and an object: “the speaker revealed a mass”."""
    if index + 1 >= len(sentence.words) or not sentence.joined[index]:
        return False
    if sentence.folded[index] in english.NAMING or not _has_subject(before):
        return False
    if sentence.folded[index + 1 : index + 3] in (("the", "other"), ("the", "same")):
        return False  # “her head turned the other way”
    between_names = all(sentence.words[place][0].isupper() for place in (index - 1, index + 1))
    return sentence.folded[index + 1] in english.OBJECT_BEGINNINGS or between_names


def _is_followed_by(sentence: Sentence, index: int, word: str) -> bool:
    return index + 1 < len(sentence.words) and sentence.folded[index + 1] == word


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"“{one}”" for one in dict.fromkeys(words))
